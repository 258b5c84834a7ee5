/* What a run does between two passes: listening, polling, pausing, renewing its token. */
#include <poll.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/log.h"
#include "ingest/run.h"
#include "ingest/slots.h"
#include "ingest/trouble.h"

/* The longest silence on a connection.  RFC 2177 asks for less than 29 minutes; routers
 * forget a silent connection sooner.  The end of an IDLE is its test: a server that does
 * not answer DONE in time is gone. */
#define SILENCE_MS    (9 * 60 * 1000)
#define SHORTEST_MS   1000 /* between two passes, whatever the settings say */
#define PAUSE_MOST_MS 1000000
#define BEHIND_MS     10000 /* before a status is written that could not be */

/* ---- How long a step may take ------------------------------------------------------ */

#define MARGIN_MS      60000 /* a loaded machine, a slow disk, a command's grace */
#define STAGES         16    /* of the way in, each with the server's time-out… */
#define TRIES          2     /* …twice, when a kept token was refused */
#define DELIVERY_WAITS 4 /* of a destination: connecting, asking, sending, answering */

static int64_t server_ms(const struct run *run)
{
    return 1000LL *
           settings_number(&run->mailbox->settings, SET_SERVER_TIMEOUT_SECONDS, 15);
}

int64_t run_step_ms(const struct run *run)
{
    int delivery_s =
        settings_number(&run->mailbox->settings, SET_INGEST_TIMEOUT_SECONDS, 120);

    return MARGIN_MS + DELIVERY_WAITS * (server_ms(run) + 1000LL * delivery_s);
}

int64_t run_way_in_ms(const struct run *run)
{
    return MARGIN_MS + TRIES * STAGES * server_ms(run);
}

/* ---- Pausing ----------------------------------------------------------------------- */

bool run_is_cancelled(const struct run *run)
{
    return cancel_fired(run->cancel);
}

/* false when it ended before its time. */
static bool pause_until(struct run *run, int64_t until, int sooner)
{
    struct pollfd waits[] = {{.fd = run->cancel->fd, .events = POLLIN},
                             {.fd = sooner, .events = POLLIN}};
    int64_t left;

    while ((left = until - clock_now_ms()) > 0) {
        int64_t most = stand_catch_up(&run->stand) ? PAUSE_MOST_MS : BEHIND_MS;

        if (poll(waits, 2, (int)(left < most ? left : most)) > 0)
            return false;
    }
    return true;
}

static void allow_until(const struct run *run, int64_t until)
{
    pulse_allow(run->options->pulse, until - clock_now_ms() + run_step_ms(run));
}

void run_pause(struct run *run, int64_t until, int sooner)
{
    allow_until(run, until);
    pause_until(run, until, sooner);
}

enum imap_status run_pause_inside(struct run *run, int64_t until, int sooner)
{
    struct imap_session *session = run->visit.login.session;
    enum imap_status status = IMAP_OK;
    bool news = false, goes_on = true;

    allow_until(run, until);
    while (status == IMAP_OK && goes_on && !news && clock_now_ms() < until) {
        int64_t most = clock_now_ms() + SILENCE_MS;

        goes_on = pause_until(run, until < most ? until : most, sooner);
        if (!run_is_cancelled(run))
            status = imap_session_noop(session, &news);
    }
    return status;
}

/* ---- The token --------------------------------------------------------------------- */

static void renew_if_due(struct run *run)
{
    time_t due = token_keeper_renew_at(run->keeper);
    bool is_new;

    if (due == 0 || time(NULL) < due)
        return;
    pulse_allow(run->options->pulse, run_way_in_ms(run));
    is_new = visit_renew_token(&run->visit, run->keeper, run->cancel);
    log_event(is_new ? LOG_DEBUG : LOG_WARN,
              is_new ? "token-renewed" : "token-not-renewed", "mailbox",
              run->mailbox->name, NULL);
}

/* ---- For mail ---------------------------------------------------------------------- */

/* Milliseconds until then, at most `most` and at least SHORTEST_MS; 0 is never. */
static int64_t until(time_t when, int64_t most)
{
    int64_t left = (when - time(NULL)) * 1000LL;

    if (when == 0 || left > most)
        left = most;
    return left > SHORTEST_MS ? left : SHORTEST_MS;
}

static int64_t poll_ms(const struct run *run)
{
    return 1000LL * settings_number(&run->mailbox->settings, SET_INGEST_POLL_SECONDS, 60);
}

int64_t run_turn_ms(const struct run *run)
{
    return until(run->pass.retry_at, poll_ms(run));
}

/* Where somebody may want this place, not for longer than until the next look. */
static int64_t idle_ms(const struct run *run)
{
    return slots_are_taken(run->options->slots) ? poll_ms(run) : SILENCE_MS;
}

static bool was_cancelled(struct err *err)
{
    return err_set(err, ERR_CANCELLED, _("The ingest was told to stop."));
}

/* A server that has news each time it is asked, or ends each IDLE at once, is not asked
 * in circles. */
static void slow_down(struct run *run)
{
    if (run->counts->delivered == run->taken_before)
        run_pause(run, run->pass_began_ms + SHORTEST_MS, run->bell);
}

static bool listen_for_mail(struct run *run, struct err *err)
{
    const struct settings *settings = &run->mailbox->settings;
    struct imap_session *session = run->visit.login.session;
    enum imap_status status = IMAP_UNABLE;
    int64_t now;
    bool news;

    renew_if_due(run);
    if (imap_session_has_news(session))
        return true;
    now = clock_now_ms();
    if (settings_switch(settings, SET_INGEST_IDLE)) {
        int64_t end = now + until(token_keeper_renew_at(run->keeper),
                                  until(run->pass.retry_at, idle_ms(run)));

        allow_until(run, end);
        status = imap_session_idle(session, end, run->bell, &news);
    }
    if (!run_is_cancelled(run) && !trouble_ends_session(status) && status != IMAP_OK)
        status = run_pause_inside(run,
                                  now + until(token_keeper_renew_at(run->keeper),
                                              until(run->pass.retry_at, poll_ms(run))),
                                  run->bell);
    return status == IMAP_OK || run_is_cancelled(run) ||
           trouble_of_session(session, status, _("waiting for mail"), err);
}

bool run_wait_for_mail(struct run *run, struct err *err)
{
    if (!listen_for_mail(run, err))
        return false;
    slow_down(run);
    return !run_is_cancelled(run) || was_cancelled(err);
}
