/*
 * UID FETCH BODY.PEEK[]: the message goes from the wire to the sink as it comes.
 *
 * libetpan would hold all of it in memory; so the answer's grammar (RFC 3501
 * section 7.4.2) is read here, as far as one needs it to find one literal in it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "imap/session.h"
#include "imap/session_private.h"

#define CHUNK          (16 * 1024)
#define LINE_MAX_BYTES (64 * 1024)
#define FETCH_OVERHEAD (64 * 1024)
#define PROGRESS       (64 * 1024) /* what must come within one time-out */

struct fetch {
    struct imap_session *session;
    uint32_t uid;
    uint64_t max_bytes;
    imap_body_sink *sink;
    void *closure;
    bool delivered;

    struct buf line;  /* what of the answer's line is at hand */
    const char *at;   /* into it */
    int64_t literal;  /* that follows the line, or -1 */
    uint32_t its_uid; /* of the answer under way; 0 while not told */
    bool its_body;    /* the answer under way had a body that went to the sink */
};

/* All of these return false when the stream failed or the answer is no IMAP. */
static bool read_line(struct fetch *fetch)
{
    if (!wire_read_line(&fetch->session->wire, &fetch->line, &fetch->literal))
        return false;
    fetch->at = fetch->line.data;
    return true;
}

static bool give(struct fetch *fetch, const char *bytes, size_t length)
{
    if (length == 0 || fetch->sink(fetch->closure, bytes, length))
        return true;
    return stream_fail(fetch->session->wire.stream, NET_CANCELLED,
                       "the receiver of the message stopped");
}

/* The literal behind the line, to the sink or to nowhere; then the line goes on. */
static bool take_literal(struct fetch *fetch, bool wanted)
{
    struct imap_session *session = fetch->session;
    uint64_t progress = 0;
    char chunk[CHUNK];
    ssize_t got;

    if (wanted && (uint64_t)fetch->literal > fetch->max_bytes)
        return stream_fail(session->wire.stream, NET_TOO_MUCH, NULL);
    while ((got = wire_read_literal(&session->wire, chunk, sizeof chunk)) > 0) {
        if (wanted && !give(fetch, chunk, (size_t)got))
            return false;
        progress += (uint64_t)got;
        if (progress >= PROGRESS) {
            stream_set_deadline(session->wire.stream,
                                clock_now_ms() + session->timeout_ms);
            progress = 0;
        }
    }
    return got == 0 && read_line(fetch);
}

/* `"…"`; few servers send a short message so. */
static bool take_quoted(struct fetch *fetch, bool wanted)
{
    for (fetch->at++; *fetch->at != '"'; fetch->at++) {
        if (*fetch->at == '\\')
            fetch->at++;
        if (*fetch->at == '\0')
            return false;
        if (wanted && !give(fetch, fetch->at, 1))
            return false;
    }
    fetch->at++;
    return true;
}

/* A literal's announcement stands at the end of the line. */
static bool is_at_literal(const struct fetch *fetch)
{
    return *fetch->at == '{' && fetch->literal >= 0 && !strchr(fetch->at, ' ');
}

static bool skip_value(struct fetch *fetch)
{
    unsigned depth = 0; /* bounded by the wire */

    do {
        fetch->at += strspn(fetch->at, " ");
        if (is_at_literal(fetch)) {
            if (!take_literal(fetch, false))
                return false;
        } else if (*fetch->at == '"') {
            if (!take_quoted(fetch, false))
                return false;
        } else if (*fetch->at == '(') {
            depth++;
            fetch->at++;
        } else if (*fetch->at == ')' && depth > 0) {
            depth--;
            fetch->at++;
        } else {
            size_t length = strcspn(fetch->at, " ()\"");

            if (length == 0)
                return false;
            fetch->at += length;
        }
    } while (depth > 0);
    return true;
}

static bool take_body(struct fetch *fetch)
{
    bool wanted =
        !fetch->delivered && (fetch->its_uid == 0 || fetch->its_uid == fetch->uid);

    if (strncasecmp(fetch->at, "NIL", 3) == 0)
        return skip_value(fetch);
    fetch->delivered = fetch->delivered || wanted;
    fetch->its_body = fetch->its_body || wanted;
    if (is_at_literal(fetch))
        return take_literal(fetch, wanted);
    return *fetch->at == '"' && take_quoted(fetch, wanted);
}

/* The name of an item, with the section behind it: "BODY[]", "UID". */
static size_t item_length(const char *at)
{
    size_t length = strcspn(at, " [");

    if (at[length] == '[')
        length += strcspn(at + length, "]") + 1;
    return length + strcspn(at + length, " ");
}

static bool take_item(struct fetch *fetch)
{
    const char *name = fetch->at;
    size_t rest = strlen(name), length = item_length(name);

    if (length == 0 || length >= rest)
        return false;
    fetch->at += length;
    fetch->at += strspn(fetch->at, " ");
    if (length == strlen("BODY[]") && strncasecmp(name, "BODY[]", length) == 0)
        return take_body(fetch);
    if (length == strlen("UID") && strncasecmp(name, "UID", length) == 0)
        fetch->its_uid = (uint32_t)strtoul(fetch->at, NULL, 10);
    return skip_value(fetch);
}

/* "* 12 FETCH (" … ")" */
static bool take_fetch(struct fetch *fetch)
{
    fetch->its_uid = 0;
    fetch->its_body = false;
    fetch->at = strchr(fetch->line.data, '(');
    if (!fetch->at)
        return false;
    fetch->at++;
    for (;;) {
        fetch->at += strspn(fetch->at, " ");
        if (*fetch->at == ')')
            break;
        if (*fetch->at == '\0' || !take_item(fetch))
            return false;
    }
    /* Told too late that it was another's. */
    if (fetch->its_body && fetch->its_uid != 0 && fetch->its_uid != fetch->uid)
        return false;
    return true;
}

static bool is_fetch(const char *line)
{
    const char *word;

    if (strncmp(line, "* ", 2) != 0)
        return false;
    word = line + 2 + strspn(line + 2, "0123456789");
    return word > line + 2 && strncasecmp(word, " FETCH (", strlen(" FETCH (")) == 0;
}

/* The rest of an answer that is none of ours, literals included. */
static bool skip_answer(struct fetch *fetch)
{
    while (fetch->literal >= 0) {
        if (!take_literal(fetch, false))
            return false;
    }
    return true;
}

static bool read_answers(struct fetch *fetch)
{
    while (read_line(fetch)) {
        if (session_is_tagged(fetch->session, fetch->line.data))
            return true;
        if (is_fetch(fetch->line.data) ? !take_fetch(fetch) : !skip_answer(fetch))
            return false;
    }
    return false;
}

enum imap_status imap_session_fetch(struct imap_session *session, uint32_t uid,
                                    uint64_t max_bytes, imap_body_sink *sink,
                                    void *closure)
{
    struct fetch fetch = {.session = session,
                          .uid = uid,
                          .max_bytes = max_bytes,
                          .sink = sink,
                          .closure = closure};
    enum imap_status status;
    bool done = false;

    buf_init(&fetch.line, LINE_MAX_BYTES);
    if (session_begin(session, max_bytes + FETCH_OVERHEAD)) {
        session_add_tag(session, &fetch.line);
        buf_add_format(&fetch.line, "UID FETCH %lu (UID BODY.PEEK[])\r\n",
                       (unsigned long)uid);
        done = wire_write(&session->wire, fetch.line.data, fetch.line.length) &&
               read_answers(&fetch);
    }
    buf_free(&fetch.line);
    status = session_finish(session, done);
    if (status == IMAP_OK && !fetch.delivered) {
        session->answer = (struct imap_answer){.code = "GONE"};
        status = IMAP_NO;
    }
    return status;
}
