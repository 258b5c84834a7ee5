#include "imap/fetch_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "imap/session_private.h"

#define LINE_MAX_BYTES   (64 * 1024)
#define HEADER_MAX_BYTES (8 * 1024)

/* What must come within one time-out: a whole message, or so much of it; or so many
 * descriptions. */
#define PROGRESS     (64 * 1024)
#define DESCRIPTIONS 64

/* Where a value goes. */
enum value { VALUE_NOWHERE, VALUE_BODY, VALUE_HEADER };

void fetch_reader_init(struct fetch_reader *reader, struct imap_session *session)
{
    *reader = (struct fetch_reader){.session = session};
    buf_init(&reader->line, LINE_MAX_BYTES);
    buf_init(&reader->header, HEADER_MAX_BYTES);
}

void fetch_reader_free(struct fetch_reader *reader)
{
    buf_free(&reader->line);
    buf_free(&reader->header);
}

/* All of these return false when the stream failed or the answer is no IMAP. */
static bool read_line(struct fetch_reader *reader)
{
    if (!wire_read_line(&reader->session->wire, &reader->line, &reader->literal))
        return false;
    reader->at = reader->line.data;
    return true;
}

static bool stop(struct fetch_reader *reader)
{
    return stream_fail(reader->session->wire.stream, NET_CANCELLED,
                       "the receiver of the message stopped");
}

static bool give(struct fetch_reader *reader, enum value value, const char *bytes,
                 size_t length)
{
    size_t room = reader->header.limit - reader->header.length;

    if (value == VALUE_HEADER)
        buf_add(&reader->header, bytes, length < room ? length : room);
    if (value != VALUE_BODY || !reader->body_wanted || length == 0 ||
        reader->sink->bytes(reader->closure, bytes, length))
        return true;
    return stop(reader);
}

/* The time-out counts anew. */
static void note_progress(struct fetch_reader *reader)
{
    stream_set_deadline(reader->session->wire.stream,
                        clock_now_ms() + reader->session->timeout_ms);
}

/* The literal behind the line; then the line goes on. */
static bool take_literal(struct fetch_reader *reader, enum value value)
{
    struct imap_session *session = reader->session;
    uint64_t progress = 0;
    const char *bytes;
    ssize_t got;

    if (value == VALUE_BODY && reader->body_wanted &&
        (uint64_t)reader->literal > reader->max_bytes)
        return stream_fail(session->wire.stream, NET_TOO_MUCH, NULL);
    while ((got = wire_lend_literal(&session->wire, &bytes)) > 0) {
        if (!give(reader, value, bytes, (size_t)got))
            return false;
        progress += (uint64_t)got;
        if (progress >= PROGRESS) {
            note_progress(reader);
            progress = 0;
        }
    }
    return got == 0 && read_line(reader);
}

/* `"…"`; few servers send a short message so. */
static bool take_quoted(struct fetch_reader *reader, enum value value)
{
    for (reader->at++; *reader->at != '"'; reader->at++) {
        if (*reader->at == '\\')
            reader->at++;
        if (*reader->at == '\0')
            return false;
        if (!give(reader, value, reader->at, 1))
            return false;
    }
    reader->at++;
    return true;
}

/* A literal's announcement stands at the end of the line. */
static bool is_at_literal(const struct fetch_reader *reader)
{
    return *reader->at == '{' && reader->literal >= 0 && !strchr(reader->at, ' ');
}

static bool skip_value(struct fetch_reader *reader)
{
    unsigned depth = 0; /* bounded by the wire */

    do {
        reader->at += strspn(reader->at, " ");
        if (is_at_literal(reader)) {
            if (!take_literal(reader, VALUE_NOWHERE))
                return false;
        } else if (*reader->at == '"') {
            if (!take_quoted(reader, VALUE_NOWHERE))
                return false;
        } else if (*reader->at == '(') {
            depth++;
            reader->at++;
        } else if (*reader->at == ')' && depth > 0) {
            depth--;
            reader->at++;
        } else {
            size_t length = strcspn(reader->at, " ()\"");

            if (length == 0)
                return false;
            reader->at += length;
        }
    } while (depth > 0);
    return true;
}

/* A literal or a string; NIL is neither. */
static bool take_text(struct fetch_reader *reader, enum value value)
{
    if (is_at_literal(reader))
        return take_literal(reader, value);
    return *reader->at == '"' && take_quoted(reader, value);
}

static bool is_nil(const struct fetch_reader *reader)
{
    return strncasecmp(reader->at, "NIL", 3) == 0;
}

/* A second body in one answer is nobody's. */
static bool take_body(struct fetch_reader *reader)
{
    if (is_nil(reader))
        return skip_value(reader);
    reader->body_wanted = reader->sink && !reader->has_body &&
                          reader->sink->begin(reader->closure, reader->uid);
    reader->has_body = reader->has_body || reader->body_wanted;
    return take_text(reader, VALUE_BODY);
}

static bool take_header(struct fetch_reader *reader)
{
    buf_clear(&reader->header);
    return is_nil(reader) ? skip_value(reader) : take_text(reader, VALUE_HEADER);
}

/* Not within a literal: no server sends a flag so. */
static bool take_flags(struct fetch_reader *reader)
{
    size_t length = strcspn(reader->at, ")");

    for (const char *at = reader->at; at < reader->at + length;) {
        size_t word = strcspn(at, " ()");

        if (word == strlen("\\Seen") && strncasecmp(at, "\\Seen", word) == 0)
            reader->is_seen = true;
        at += word > 0 ? word : 1;
    }
    return skip_value(reader);
}

static bool take_uid(struct fetch_reader *reader)
{
    unsigned long uid = strtoul(reader->at, NULL, 10);

    reader->uid = uid <= UINT32_MAX ? (uint32_t)uid : 0;
    return skip_value(reader);
}

static bool take_size(struct fetch_reader *reader)
{
    reader->has_size = true;
    reader->size = strtoull(reader->at, NULL, 10);
    return skip_value(reader);
}

static const struct {
    const char *name;
    bool is_prefix;
    bool (*take)(struct fetch_reader *reader);
} items[] = {
    {"BODY[]", false, take_body},      {"BODY[HEADER", true, take_header},
    {"UID", false, take_uid},          {"FLAGS", false, take_flags},
    {"RFC822.SIZE", false, take_size},
};

/* The name of an item, with the section behind it: "BODY[]", "UID". */
static size_t item_length(const char *at)
{
    size_t length = strcspn(at, " [");

    if (at[length] == '[')
        length += strcspn(at + length, "]") + 1;
    return length + strcspn(at + length, " ");
}

static bool take_item(struct fetch_reader *reader)
{
    const char *name = reader->at;
    size_t rest = strlen(name), length = item_length(name);

    if (length == 0 || length >= rest)
        return false;
    reader->at += length;
    reader->at += strspn(reader->at, " ");
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        size_t known = strlen(items[i].name);

        if ((items[i].is_prefix ? length >= known : length == known) &&
            strncasecmp(name, items[i].name, known) == 0)
            return items[i].take(reader);
    }
    return skip_value(reader);
}

static bool end_answer(struct fetch_reader *reader)
{
    bool is_described =
        reader->each && reader->uid != 0 && reader->each(reader, reader->each_closure);

    reader->described += is_described;
    if (reader->has_body || (is_described && reader->described % DESCRIPTIONS == 0))
        note_progress(reader);
    return !reader->has_body || reader->sink->end(reader->closure, reader->uid);
}

/* "* 12 FETCH (" … ")" */
static bool take_fetch(struct fetch_reader *reader)
{
    reader->uid = 0;
    reader->has_body = reader->body_wanted = false;
    reader->has_size = reader->is_seen = false;
    reader->size = 0;
    buf_clear(&reader->header);
    reader->at = strchr(reader->line.data, '(');
    if (!reader->at)
        return false;
    reader->at++;
    for (;;) {
        reader->at += strspn(reader->at, " ");
        if (*reader->at == ')')
            return end_answer(reader);
        if (*reader->at == '\0' || !take_item(reader))
            return false;
    }
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
static bool skip_answer(struct fetch_reader *reader)
{
    while (reader->literal >= 0) {
        if (!take_literal(reader, VALUE_NOWHERE))
            return false;
    }
    return true;
}

bool fetch_reader_run(struct fetch_reader *reader)
{
    while (read_line(reader)) {
        if (session_is_tagged(reader->session, reader->line.data)) {
            if (session_end_one(reader->session, reader->line.data))
                return true;
            continue;
        }
        if (is_fetch(reader->line.data) ? !take_fetch(reader) : !skip_answer(reader))
            return false;
    }
    return false;
}
