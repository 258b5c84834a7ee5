#include "imap/session.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "imap/session_private.h"

#define LOGOUT_MS       1000
#define GREETING_BUDGET (64 * 1024)

/* ---- What the server says by the way ----------------------------------------------- */

static const struct {
    const char *word;
    unsigned bit;
} capability_words[] = {
    {"SASL-IR", IMAP_CAN_SASL_IR},
    {"AUTH=XOAUTH2", IMAP_CAN_XOAUTH2},
    {"AUTH=OAUTHBEARER", IMAP_CAN_OAUTHBEARER},
    {"AUTH=PLAIN", IMAP_CAN_PLAIN},
    {"LOGINDISABLED", IMAP_CAN_LOGIN_DISABLED},
    {"STARTTLS", IMAP_CAN_STARTTLS},
    {"IDLE", IMAP_CAN_IDLE},
    {"MOVE", IMAP_CAN_MOVE},
    {"UIDPLUS", IMAP_CAN_UIDPLUS},
    {"ID", IMAP_CAN_ID},
    {"LITERAL+", IMAP_CAN_LITERAL_PLUS},
};

static unsigned capability_bit(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof capability_words / sizeof capability_words[0]; i++) {
        if (strlen(capability_words[i].word) == length &&
            strncasecmp(word, capability_words[i].word, length) == 0)
            return capability_words[i].bit;
    }
    return 0;
}

static void keep_capabilities(struct imap_session *session, const char *list)
{
    size_t length = strcspn(list, "]");
    const char *end = list + length;

    session->knows_capabilities = true;
    session->told_since_login = true;
    session->capabilities = 0;
    scrub_copy_part(session->hidden, session->capability_line,
                    sizeof session->capability_line, list, strlen(list), 0, length);
    while (list < end) {
        size_t word = strcspn(list, " ]");

        session->capabilities |= capability_bit(list, word);
        list += word;
        list += strspn(list, " ");
    }
}

static bool begins_with(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

/* Splits "[CODE arg] text"; returns the text, *code and *length the code ("" if none). */
static const char *split_code(const char *words, const char **code, size_t *length)
{
    const char *end = words[0] == '[' ? strchr(words, ']') : NULL;

    *code = words;
    *length = 0;
    if (!end)
        return words;
    *code = words + 1;
    *length = (size_t)(end - *code);
    return end + 1 + strspn(end + 1, " ");
}

static const char *second_word(const char *line)
{
    const char *blank = strchr(line, ' ');

    return blank ? blank + strspn(blank, " ") : line + strlen(line);
}

/* A password that is repeated may hold the "]" that parts code and text. */
static void keep_answer(struct imap_session *session, const char *words)
{
    struct imap_answer *answer = &session->answer;
    size_t whole = strlen(words), length, begin;
    const char *code, *text = split_code(words, &code, &length);

    begin = (size_t)(code - words);
    /* A list of capabilities is kept elsewhere, and says nothing of the command. */
    if (length > 0 && !begins_with(code, "CAPABILITY "))
        scrub_copy_part(session->hidden, answer->code, sizeof answer->code, words, whole,
                        begin, begin + length);
    scrub_copy_part(session->hidden, answer->text, sizeof answer->text, words, whole,
                    (size_t)(text - words), whole);
}

static void keep_tagged(struct imap_session *session, const char *line)
{
    const char *word = second_word(line);
    const char *words = second_word(word);

    session->result = begins_with(word, "OK")   ? RESULT_OK
                      : begins_with(word, "NO") ? RESULT_NO
                                                : RESULT_BAD;
    keep_answer(session, words);
}

/* What a person must see (RFC 3501 7.1); Gmail has its reason there, before a NO that
 * says little. */
static void keep_alert(struct imap_session *session, const char *line)
{
    const char *words = second_word(second_word(line));

    if (begins_with(line, "* NO ") || begins_with(line, "* BAD ") ||
        begins_with(line, "* OK [ALERT]"))
        session_keep_words(session, session->answer.alert, sizeof session->answer.alert,
                           words, strlen(words));
}

/* "* 12 EXISTS", "* 3 EXPUNGE".  A server that repeats a number tells nothing new. */
static void count_messages(struct imap_session *session, const char *line)
{
    unsigned long number = strtoul(line + 2, NULL, 10);

    if (!strncasecmp(second_word(second_word(line)), "EXPUNGE", strlen("EXPUNGE"))) {
        session->exists -= session->exists > 0;
        return;
    }
    session->has_news = session->has_news || number > session->exists;
    session->exists = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* The wire's notice. */
static void see_line(void *closure, const char *line, size_t length)
{
    struct imap_session *session = closure;
    const char *words;

    (void)length;
    if (line[0] == '+')
        return;
    words = second_word(second_word(line));
    if (session_is_tagged(session, line)) {
        keep_tagged(session, line);
    } else if (begins_with(line, "* BYE")) {
        session->said_bye = true;
        session_keep_words(session, session->answer.bye, sizeof session->answer.bye,
                           words, strlen(words));
    } else if (begins_with(line, "* CAPABILITY ")) {
        keep_capabilities(session, words);
        return;
    } else if (isdigit((unsigned char)line[2])) {
        count_messages(session, line);
        return;
    } else {
        keep_alert(session, line);
    }
    if (begins_with(words, "[CAPABILITY "))
        keep_capabilities(session, words + strlen("[CAPABILITY "));
}

void session_keep_words(struct imap_session *session, char *out, size_t size,
                        const char *words, size_t length)
{
    scrub_copy(session->hidden, out, size, words, length);
}

/* ---- Commands ---------------------------------------------------------------------- */

static bool begin(struct imap_session *session, uint64_t budget)
{
    session->result = RESULT_NONE;
    session->stopped = (struct net_failure){0};
    if (session->ended)
        return false;
    session->answer = (struct imap_answer){.code = ""};
    stream_set_deadline(session->wire.stream, clock_now_ms() + session->timeout_ms);
    wire_set_budget(&session->wire, budget);
    return true;
}

/* Whoever asks something else while answers are on their way would take one of them for
 * its own: that is the end of the session. */
bool session_begin(struct imap_session *session, uint64_t budget)
{
    return begin(session, budget) && session->ahead_count == 0;
}

bool session_begin_ahead(struct imap_session *session, uint64_t budget)
{
    session->reads_ahead = begin(session, budget) && session->ahead_count > 0;
    return session->reads_ahead;
}

bool session_send_ahead(struct imap_session *session, enum session_errand errand,
                        const char *command)
{
    struct buf line;
    bool sent;

    if (session->ended || session->ahead_count == SESSION_AHEAD_MAX)
        return false;
    stream_set_deadline(session->wire.stream, clock_now_ms() + session->timeout_ms);
    buf_init(&line, WIRE_LINE_MAX);
    session_add_tag(session, &line);
    buf_add_text(&line, command);
    buf_add_text(&line, "\r\n");
    session->ahead[session->ahead_count].errand = errand;
    session->ahead[session->ahead_count].tag = (uint32_t)session->etpan->imap_tag;
    session->ahead[session->ahead_count++].result = RESULT_NONE;
    sent = wire_write(&session->wire, line.data, line.length);
    buf_free(&line);
    return sent;
}

static bool is_tagged(const char *line, uint32_t number)
{
    char tag[16];
    int length = snprintf(tag, sizeof tag, "%" PRIu32 " ", number);
    const char *word = line + length;

    return strncmp(line, tag, (size_t)length) == 0 &&
           (begins_with(word, "OK") || begins_with(word, "NO") ||
            begins_with(word, "BAD"));
}

bool session_end_one(struct imap_session *session, const char *line)
{
    bool all = true;

    for (size_t i = 0; i < session->ahead_count; i++) {
        if (is_tagged(line, session->ahead[i].tag))
            session->ahead[i].result = session->result;
        all = all && session->ahead[i].result != RESULT_NONE;
    }
    session->result = RESULT_NONE;
    return all;
}

void session_finish_ahead(struct imap_session *session, bool parsed,
                          enum imap_status *fetched, enum imap_status *described)
{
    enum imap_status over = IMAP_OK;

    session->reads_ahead = false;
    if (!parsed) {
        session->result = RESULT_NONE;
        over = session_finish(session, false);
    }
    *fetched = *described = over;
    for (size_t i = 0; parsed && i < session->ahead_count; i++) {
        enum imap_status status = session->ahead[i].result == RESULT_OK   ? IMAP_OK
                                  : session->ahead[i].result == RESULT_NO ? IMAP_NO
                                                                          : IMAP_BAD;

        *(session->ahead[i].errand == ERRAND_FETCH ? fetched : described) = status;
    }
    session->ahead_count = 0;
}

static size_t run_length(const uint32_t *uids, size_t count)
{
    size_t length = 1;

    while (length < count && uids[length] == uids[length - 1] + 1)
        length++;
    return length < 3 ? 1 : length;
}

void session_add_set(struct buf *line, const uint32_t *uids, size_t count)
{
    for (size_t at = 0, run; at < count; at += run) {
        run = run_length(uids + at, count - at);
        buf_add_format(line, at > 0 ? ",%lu" : "%lu", (unsigned long)uids[at]);
        if (run > 1)
            buf_add_format(line, ":%lu", (unsigned long)uids[at + run - 1]);
    }
}

enum imap_status session_finish(struct imap_session *session, bool parsed)
{
    const struct net_failure *failure = stream_failure(session->wire.stream);

    if (session->wire.garbled) {
        session->ended = true;
        return IMAP_GARBLED;
    }
    if (failure->reason != NET_OK) {
        session->ended = true;
        return session->said_bye && failure->reason != NET_CANCELLED ? IMAP_BYE
                                                                     : IMAP_STREAM;
    }
    switch (session->result) {
    case RESULT_NO:
        return IMAP_NO;
    case RESULT_BAD:
        return IMAP_BAD;
    case RESULT_OK:
        if (parsed)
            return IMAP_OK;
        break;
    case RESULT_NONE:
        break;
    }
    /* Where the next answer would begin is not known any more. */
    session->ended = true;
    return session->said_bye ? IMAP_BYE : IMAP_GARBLED;
}

/* libetpan counts the tags, so that its commands and ours share one sequence. */
void session_add_tag(struct imap_session *session, struct buf *line)
{
    session->etpan->imap_tag++;
    buf_add_format(line, "%d ", session->etpan->imap_tag);
}

bool session_is_tagged(const struct imap_session *session, const char *line)
{
    if (!session->reads_ahead)
        return is_tagged(line, (uint32_t)session->etpan->imap_tag);
    for (size_t i = 0; i < session->ahead_count; i++)
        if (is_tagged(line, session->ahead[i].tag))
            return true;
    return false;
}

bool session_read_answer(struct imap_session *session, size_t line_max,
                         session_line *each, void *closure)
{
    struct buf line;
    int64_t literal;
    bool tagged = false, continues = false;

    buf_init(&line, line_max);
    while (!tagged && wire_read_line(&session->wire, &line, &literal)) {
        tagged = !continues && session_is_tagged(session, line.data);
        if (!tagged && !continues && each)
            each(closure, line.data);
        continues = literal >= 0;
    }
    buf_free(&line);
    return tagged;
}

enum imap_status session_run(struct imap_session *session, uint64_t budget,
                             size_t line_max, session_line *each, void *closure,
                             const char *command)
{
    struct buf line;
    bool done = false;

    if (session_begin(session, budget)) {
        buf_init(&line, WIRE_LINE_MAX);
        session_add_tag(session, &line);
        buf_add_text(&line, command);
        buf_add_text(&line, "\r\n");
        done = wire_write(&session->wire, line.data, line.length) &&
               session_read_answer(session, line_max, each, closure);
        buf_free(&line);
    }
    return session_finish(session, done);
}

bool session_can(struct imap_session *session, enum imap_capability capability)
{
    if (!(session->capabilities & capability) && !session->told_since_login) {
        session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, NULL, NULL, "CAPABILITY");
        session->told_since_login = true;
    }
    return session->capabilities & capability;
}

/* ---- Opening and closing ----------------------------------------------------------- */

static enum imap_status read_greeting(struct imap_session *session)
{
    struct buf line;
    int64_t literal;
    const char *words, *code;
    size_t length;
    enum imap_status status = IMAP_GARBLED;

    session_begin(session, GREETING_BUDGET);
    buf_init(&line, WIRE_LINE_MAX);
    if (!wire_read_line(&session->wire, &line, &literal)) {
        buf_free(&line);
        return session_finish(session, false);
    }
    words = split_code(second_word(second_word(line.data)), &code, &length);
    session->is_preauthenticated = begins_with(line.data, "* PREAUTH");
    if (begins_with(line.data, "* OK") || session->is_preauthenticated)
        status = IMAP_OK;
    else if (begins_with(line.data, "* BYE"))
        status = IMAP_BYE;
    if (status == IMAP_GARBLED)
        words = line.data;
    if (session->is_preauthenticated)
        words = second_word(line.data);
    session_keep_words(session, session->greeting, sizeof session->greeting, words,
                       strlen(words));
    if (status != IMAP_OK) {
        session->ended = true;
        session_keep_words(session, session->answer.text, sizeof session->answer.text,
                           words, strlen(words));
        if (status == IMAP_BYE)
            session_keep_words(session, session->answer.code, sizeof session->answer.code,
                               code, length);
    }
    buf_free(&line);
    return status;
}

struct imap_session *imap_session_open(struct stream *stream, int timeout_ms,
                                       const struct secret *known,
                                       enum imap_status *status)
{
    struct imap_session *session = mem_new(1, sizeof *session);

    wire_init(&session->wire, stream, see_line, session);
    session->timeout_ms = timeout_ms;
    session->hidden = scrub_new();
    scrub_hide(session->hidden, secret_bytes(known), secret_length(known));
    session->etpan = mailimap_new(0, NULL);
    if (!session->etpan)
        abort(); /* out of memory, as in base/mem.h */
    session->etpan->imap_stream = wire_new_mailstream(&session->wire);
    session->etpan->imap_connection_info = mailimap_connection_info_new();
    session->etpan->imap_state = MAILIMAP_STATE_NON_AUTHENTICATED;
    *status = read_greeting(session);
    return session;
}

/* A LOGOUT that the server may answer; the session is over whatever comes. */
static void log_out(struct imap_session *session)
{
    if (session->timeout_ms > LOGOUT_MS)
        session->timeout_ms = LOGOUT_MS;
    session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, NULL, NULL, "LOGOUT");
}

void imap_session_free(struct imap_session **slot)
{
    struct imap_session *session = *slot;

    if (!session)
        return;
    *slot = NULL;
    if (!session->ended && session->ahead_count == 0)
        log_out(session);
    /* mailimap_free would say LOGOUT once more. */
    mailstream_close(session->etpan->imap_stream);
    session->etpan->imap_stream = NULL;
    mailimap_free(session->etpan);
    wire_free(&session->wire);
    scrub_free(&session->hidden);
    free(session);
}

enum imap_status imap_session_starttls(struct imap_session *session,
                                       const struct tls_trust *trust, const char *host,
                                       struct tls_facts *facts)
{
    struct stream *stream = session->wire.stream;
    enum imap_status status;

    *facts = (struct tls_facts){0};
    /* A server that is logged in already cannot be made safe any more (RFC 9051 11.3). */
    if (session->is_preauthenticated || stream_is_tls(stream))
        return IMAP_UNABLE;
    if (session->knows_capabilities && !(session->capabilities & IMAP_CAN_STARTTLS))
        return IMAP_UNABLE;
    status = session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, NULL, NULL, "STARTTLS");
    if (status != IMAP_OK)
        return status;
    session->knows_capabilities = false;
    session->capabilities = 0;
    session->capability_line[0] = '\0';
    session->said_bye = false;
    if (wire_has_more(&session->wire))
        stream_fail(stream, NET_INJECTED, NULL);
    else
        stream_start_tls(stream, trust, host, facts);
    return session_finish(session, true);
}

enum imap_status imap_session_capabilities(struct imap_session *session, unsigned *bits,
                                           const char **line)
{
    enum imap_status status = IMAP_OK;

    if (!session->knows_capabilities)
        status =
            session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, NULL, NULL, "CAPABILITY");
    *bits = session->capabilities;
    if (line)
        *line = session->capability_line;
    return status;
}

const char *imap_session_login_capabilities(struct imap_session *session, int timeout_ms)
{
    int usual_ms = session->timeout_ms;

    if (!session->is_logged_in)
        return NULL;
    if (!session->told_since_login) {
        session->timeout_ms = timeout_ms < usual_ms ? timeout_ms : usual_ms;
        session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, NULL, NULL, "CAPABILITY");
        session->timeout_ms = usual_ms;
    }
    return session->told_since_login ? session->capability_line : NULL;
}

const struct imap_answer *imap_session_answer(const struct imap_session *session)
{
    return &session->answer;
}

const struct net_failure *imap_session_failure(const struct imap_session *session)
{
    return session->stopped.reason != NET_OK ? &session->stopped
                                             : stream_failure(session->wire.stream);
}

struct stream *imap_session_stream(struct imap_session *session)
{
    return session->wire.stream;
}

bool imap_session_has_news(const struct imap_session *session)
{
    return session->has_news;
}

const char *imap_session_greeting(const struct imap_session *session)
{
    return session->greeting;
}
