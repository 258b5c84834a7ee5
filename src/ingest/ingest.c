#include "ingest/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/pass.h"
#include "ingest/reminder.h"
#include "ingest/trouble.h"
#include "ingest/visit.h"

/* The longest silence on a connection.  RFC 2177 asks for less than 29 minutes; routers
 * forget a silent connection sooner. */
#define SILENCE_MS  (9 * 60 * 1000)
#define SHORTEST_MS 1000 /* between two passes, whatever the settings say */

/* Between two tries to reach the mailbox. */
#define BACKOFF_FIRST_S  1
#define BACKOFF_MOST_S   300
#define BACKOFF_PERSON_S 900 /* somebody has to act first */

#define RENEW_PAUSE_S    60

struct run {
    struct store *store;
    const struct mailbox *mailbox;
    const struct ingest_options *options;
    const struct cancel *cancel; /* never NULL */
    struct ingest_counts *counts;
    struct diagnosis **diagnosis;

    char *directory; /* STATE/NAME */
    int directory_fd, lock_fd;
    const struct deliver_ops *ops;
    struct deliver_target target;
    struct secret *secret; /* owned; the target's */
    struct ledger *ledger;
    struct token_keeper *keeper;
    time_t renew_after; /* a new token is not asked for before that */
    struct visit visit;
    bool was_in;     /* at least one pass was whole */
    unsigned losses; /* in a row */
    struct reminder reminder;
};

/* ---- Getting ready ----------------------------------------------------------------- */

static bool lock(struct run *run, struct err *err)
{
    run->lock_fd = openat(run->directory_fd, "lock",
                          O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (run->lock_fd < 0)
        return err_set(err, ERR_WRITE, _("%s/lock cannot be opened: %s"), run->directory,
                       strerror(errno));
    if (flock(run->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return err_set(err, ERR_WRITE, _("%s/lock cannot be locked: %s"), run->directory,
                       strerror(errno));
    return err_set(err, ERR_RETRY,
                   _("Another ingest is at work on the mailbox %s. It holds %s/lock."),
                   run->mailbox->name, run->directory);
}

/* The key that the destination wants, where one is set. */
static bool read_target(struct run *run, struct err *err)
{
    const struct settings *settings = &run->mailbox->settings;
    const struct secret_ref *ref =
        settings_secret_const(settings, SET_INGEST_HTTP_SECRET);
    struct err why = ERR_INIT;

    run->target.settings = settings;
    if (ref->place == SECRET_UNSET || !setting_is_used(settings, SET_INGEST_HTTP_SECRET))
        return true;
    run->target.secret = run->secret = store_read_secret(run->store, ref, &why);
    return run->secret ||
           err_set_key(err, why.class, setting_defs[SET_INGEST_HTTP_SECRET].key, "%s",
                       why.text);
}

static bool get_ready(struct run *run, struct err *err)
{
    const struct settings *settings = &run->mailbox->settings;
    const char *destination = settings_text(settings, SET_INGEST_DELIVER);

    run->ops = deliver_find(destination);
    if (!run->ops)
        return err_set_key(err, ERR_SETTING, setting_defs[SET_INGEST_DELIVER].key,
                           _("This letterbox does not know how to deliver to \"%s\"."),
                           destination);
    run->directory = mem_format("%s/%s", store_state_dir(run->store), run->mailbox->name);
    run->directory_fd = file_open_directory(run->directory, 0700, true, err);
    if (run->directory_fd < 0 || !lock(run, err) || !read_target(run, err) ||
        !run->ops->prepare(&run->target, err))
        return false;
    run->keeper = token_keeper_new(run->directory);
    run->ledger = ledger_open(run->directory, err);
    return run->ledger != NULL;
}

static void clean_up(struct run *run)
{
    visit_end(&run->visit);
    ledger_close(&run->ledger);
    token_keeper_free(&run->keeper);
    secret_free(&run->secret);
    if (run->lock_fd >= 0)
        close(run->lock_fd);
    if (run->directory_fd >= 0)
        close(run->directory_fd);
    free(run->directory);
}

/* ---- Waiting ----------------------------------------------------------------------- */

static bool is_cancelled(const struct run *run)
{
    return cancel_fired(run->cancel);
}

static bool cancelled(struct err *err)
{
    return err_set(err, ERR_CANCELLED, _("The ingest was told to stop."));
}

/* Until then (clock_now_ms) or the cancel. */
static void pause_until(const struct run *run, int64_t until)
{
    struct pollfd wait = {.fd = run->cancel->fd, .events = POLLIN};
    int64_t left;

    while ((left = until - clock_now_ms()) > 0 && !is_cancelled(run))
        poll(&wait, 1, left < 1000000 ? (int)left : 1000000);
}

/* Without the server's help: silent until then, but for a word to keep the line. */
static enum imap_status poll_until(struct run *run, int64_t until)
{
    enum imap_status status = IMAP_OK;
    bool news = false;

    while (status == IMAP_OK && !news && clock_now_ms() < until && !is_cancelled(run)) {
        int64_t most = clock_now_ms() + SILENCE_MS;

        pause_until(run, until < most ? until : most);
        if (!is_cancelled(run))
            status = imap_session_noop(run->visit.login.session, &news);
    }
    return status;
}

/* When the token is to be renewed; 0: never. */
static time_t renew_at(const struct run *run)
{
    time_t due = token_keeper_renew_at(run->keeper);

    return due != 0 && due < run->renew_after ? run->renew_after : due;
}

/* A token server in trouble is left alone for a minute. */
static void renew_if_due(struct run *run)
{
    time_t due = renew_at(run), now = time(NULL);

    if (due == 0 || now < due)
        return;
    run->renew_after = now + RENEW_PAUSE_S;
    if (visit_renew_token(&run->visit, run->keeper, run->cancel))
        run->renew_after = 0;
    log_event(run->renew_after ? LOG_WARN : LOG_DEBUG,
              run->renew_after ? "token-not-renewed" : "token-renewed", "mailbox",
              run->mailbox->name, NULL);
}

/* Milliseconds until then, at most `most` and at least SHORTEST_MS; 0 is never. */
static int64_t until(time_t when, int64_t most)
{
    int64_t left = (when - time(NULL)) * 1000LL;

    if (when == 0 || left > most)
        left = most;
    return left > SHORTEST_MS ? left : SHORTEST_MS;
}

/* In IDLE where the server has it, else until poll_seconds have passed; sooner when a
 * message that was put off is due. */
static bool wait_for_mail(struct run *run, const struct pass *pass, struct err *err)
{
    const struct settings *settings = &run->mailbox->settings;
    int64_t poll_ms = settings_number(settings, SET_INGEST_POLL_SECONDS, 60) * 1000LL;
    int64_t idle_ms = SILENCE_MS;
    enum imap_status status = IMAP_UNABLE;
    bool news;

    renew_if_due(run);
    poll_ms = until(renew_at(run), until(pass->retry_at, poll_ms));
    idle_ms = until(renew_at(run), until(pass->retry_at, idle_ms));
    if (settings_switch(settings, SET_INGEST_IDLE))
        status =
            imap_session_idle(run->visit.login.session, clock_now_ms() + idle_ms, &news);
    if (!is_cancelled(run) && !trouble_ends_session(status) && status != IMAP_OK)
        status = poll_until(run, clock_now_ms() + poll_ms);
    if (is_cancelled(run))
        return cancelled(err);
    return status == IMAP_OK || trouble_of_session(run->visit.login.session, status,
                                                   _("waiting for mail"), err);
}

/* Seconds until the next try: doubled each time, up to a cap, and half of it by chance,
 * so that many mailboxes do not come back to a restarted server in step. */
static unsigned backoff(const struct run *run, const struct err *why)
{
    unsigned seconds = BACKOFF_FIRST_S << (run->losses < 10 ? run->losses : 10);
    unsigned chance = 0;

    if (seconds > BACKOFF_MOST_S)
        seconds = BACKOFF_MOST_S;
    if (why->class != ERR_RETRY && why->class != ERR_WRITE)
        seconds = BACKOFF_PERSON_S;
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0)
        chance = (unsigned)clock_now_us();
    return seconds / 2 + chance % (seconds / 2 + 1) + 1;
}

/* ---- Running ----------------------------------------------------------------------- */

static void log_done(const struct run *run, const struct pass *pass)
{
    const struct ingest_counts *counts = run->counts;
    const unsigned numbers[] = {pass->found, counts->delivered, counts->repeated,
                                counts->refused, counts->deferred};
    char text[sizeof numbers / sizeof *numbers][16];

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        snprintf(text[i], sizeof text[i], "%u", numbers[i]);
    log_event(pass->found > 0 ? LOG_INFO : LOG_DEBUG, "done", "mailbox",
              run->mailbox->name, "unread", text[0], "delivered", text[1], "repeated",
              text[2], "refused", text[3], "deferred", text[4], NULL);
}

static bool one_pass(struct run *run, struct pass *pass, struct err *err)
{
    bool done = pass_run(pass, err);

    /* The first that saw them all, however often the connection was lost before. */
    if (!run->was_in && pass->found > run->counts->found)
        run->counts->found = pass->found;
    if (!done)
        return false;
    run->was_in = true;
    run->losses = 0;
    pass->doubt = false;
    log_done(run, pass);
    return true;
}

static void remind(struct run *run)
{
    time_t now = run->options->now ? run->options->now() : time(NULL);

    reminder_look(&run->reminder, run->store, run->mailbox, now);
}

/* One connection: until it is lost, or until all is done. */
static bool serve(struct run *run, struct err *err)
{
    struct pass pass = {.mailbox = run->mailbox,
                        .ops = run->ops,
                        .target = &run->target,
                        .ledger = run->ledger,
                        .state_dir = run->directory,
                        .cancel = run->cancel,
                        .patient = !run->options->once,
                        .counts = run->counts};

    diagnosis_free(run->diagnosis);
    if (!visit_begin(&run->visit, run->store, run->mailbox, run->ledger, run->keeper,
                     run->cancel, run->diagnosis, err))
        return false;
    pass.session = run->visit.login.session;
    pass.uid_validity = run->visit.uid_validity;
    pass.doubt = run->visit.doubt;
    do {
        remind(run);
        if (!one_pass(run, &pass, err))
            return false;
    } while (!run->options->once && wait_for_mail(run, &pass, err));
    if (!run->options->once)
        return false;
    return !err_is_set(&pass.complaint) || err_pass(err, &pass.complaint);
}

/* Is it worth coming back by ourselves?  A mailbox that never worked and needs a person
 * is told at once. */
static bool comes_back(const struct run *run, const struct err *why)
{
    if (run->options->once || why->class == ERR_CANCELLED || why->class == ERR_INTERNAL)
        return false;
    return run->was_in || why->class == ERR_RETRY;
}

static bool serve_on(struct run *run, struct err *err)
{
    while (!is_cancelled(run)) {
        struct err why = ERR_INIT;
        char seconds[16];
        unsigned delay;

        remind(run);
        if (serve(run, &why))
            return true;
        visit_end(&run->visit);
        if (is_cancelled(run))
            break;
        if (!comes_back(run, &why))
            return err_pass(err, &why);
        delay = backoff(run, &why);
        run->losses++;
        snprintf(seconds, sizeof seconds, "%u", delay);
        log_event(LOG_WARN, "waiting", "mailbox", run->mailbox->name, "seconds", seconds,
                  "error", why.text, NULL);
        pause_until(run, clock_now_ms() + delay * 1000LL);
    }
    diagnosis_free(run->diagnosis);
    return cancelled(err);
}

bool ingest_run(struct store *store, const struct mailbox *mailbox,
                const struct ingest_options *options, struct ingest_counts *counts,
                struct diagnosis **diagnosis, struct err *err)
{
    static const struct cancel never = {.fd = -1};
    struct diagnosis *own = NULL;
    struct run run = {.store = store,
                      .mailbox = mailbox,
                      .options = options,
                      .cancel = options->cancel ? options->cancel : &never,
                      .counts = counts,
                      .diagnosis = diagnosis ? diagnosis : &own,
                      .directory_fd = -1,
                      .lock_fd = -1};
    bool done;

    *counts = (struct ingest_counts){0};
    *run.diagnosis = NULL;
    done = get_ready(&run, err) && serve_on(&run, err);
    clean_up(&run);
    diagnosis_free(&own);
    return done;
}
