/* Waiting for mail: IDLE (RFC 2177) and NOOP. */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "imap/session.h"
#include "imap/session_private.h"

#define AFTER_CANCEL_MS 1000 /* for DONE, when a person waits */

/* "* 23 EXISTS", "* 3 EXPUNGE", "* 1 FETCH …": something of messages. */
static void see_news(void *closure, const char *line)
{
    bool *news = closure;
    const char *word = line;

    if (strncmp(line, "* ", 2) != 0)
        return;
    word += 2 + strspn(line + 2, "0123456789");
    if (word > line + 2 && *word == ' ')
        *news = true;
}

/* What was told in the answers to other commands is news, too, once. */
static void add_earlier_news(struct imap_session *session, bool *news)
{
    *news = *news || session->has_news;
    session->has_news = false;
}

enum imap_status imap_session_noop(struct imap_session *session, bool *news)
{
    enum imap_status status;

    *news = false;
    status = session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, see_news, news, "NOOP");
    add_earlier_news(session, news);
    return status;
}

/* Reads what comes, from the server's "+" on, until there is news, the tagged refusal, or
 * it is time to stop.  The stream is whole again after a wait that was cancelled. */
static bool wait_for_news(struct imap_session *session, int64_t until_ms, int sooner,
                          bool *news, struct net_failure *stopped)
{
    struct stream *stream = session->wire.stream;
    int64_t consent_by = clock_now_ms() + session->timeout_ms;
    bool consented = false, sound = true;
    struct buf line;
    int64_t literal;
    int ready = 1;

    buf_init(&line, WIRE_LINE_MAX);
    while (sound && session->result == RESULT_NONE && !(consented && *news)) {
        if (!wire_has_more(&session->wire))
            ready = consented ? stream_wait(stream, until_ms, sooner)
                              : stream_wait(stream, consent_by, -1);
        if (ready <= 0)
            break;
        stream_set_deadline(stream, clock_now_ms() + session->timeout_ms);
        wire_set_budget(&session->wire, SESSION_BUDGET);
        sound = wire_read_line(&session->wire, &line, &literal);
        consented = consented || line.data[0] == '+';
        see_news(news, line.data);
    }
    buf_free(&line);
    if (ready < 0 && stream_failure(stream)->reason == NET_CANCELLED) {
        *stopped = *stream_failure(stream);
        stream_forgive(stream);
        return true;
    }
    if (ready == 0 && !consented)
        return stream_fail(stream, NET_TIMED_OUT, NULL);
    return sound && ready >= 0;
}

static bool end_idle(struct imap_session *session, bool hurry, bool *news)
{
    int ms = session->timeout_ms;

    if (hurry && ms > AFTER_CANCEL_MS)
        ms = AFTER_CANCEL_MS;
    stream_set_deadline(session->wire.stream, clock_now_ms() + ms);
    return wire_write_text(&session->wire, "DONE\r\n") &&
           session_read_answer(session, WIRE_LINE_MAX, see_news, news);
}

enum imap_status imap_session_idle(struct imap_session *session, int64_t until_ms,
                                   int sooner, bool *news)
{
    struct net_failure stopped = {0};
    struct buf line;
    bool done = false;
    enum imap_status status;

    *news = false;
    if (!session_can(session, IMAP_CAN_IDLE))
        return session->ended ? session_finish(session, false) : IMAP_UNABLE;
    add_earlier_news(session, news);
    if (*news)
        return IMAP_OK;
    if (session_begin(session, SESSION_BUDGET)) {
        buf_init(&line, WIRE_LINE_MAX);
        session_add_tag(session, &line);
        buf_add_text(&line, "IDLE\r\n");
        done = wire_write(&session->wire, line.data, line.length) &&
               wait_for_news(session, until_ms, sooner, news, &stopped);
        buf_free(&line);
    }
    if (done && session->result == RESULT_NONE)
        done = end_idle(session, stopped.reason != NET_OK, news);
    status = session_finish(session, done);
    add_earlier_news(session, news);
    if (stopped.reason == NET_OK || status != IMAP_OK)
        return status;
    session->stopped = stopped;
    return IMAP_STREAM;
}
