#include "ingest/service.h"

#include <malloc.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/changes.h"
#include "ingest/notify.h"
#include "ingest/slots.h"
#include "ingest/worker.h"

#define SETTLE_MS   200   /* a save is several changes */
#define AGAIN_MS    60000 /* after what the system did not give */
#define HEAPS       2
#define DESCRIPTORS 8192 /* a dozen for each mailbox */

struct service {
    const struct service_options *options;
    struct worker_shop shop;
    struct worker *workers;
    struct changes *changes;
    struct notify *notify;
    bool is_ending;
    bool said_idle;
    int64_t look_at_ms;  /* when the saved mailboxes are looked at; INT64_MAX: not */
    bool all_anew;       /* and every run is to begin anew then */
    int64_t begin_at_ms; /* no run begins before that */
    int64_t next_ping_ms;
    char status[128]; /* that systemd was told */
};

/* ---- Beginning and ending runs ----------------------------------------------------- */

static void begin(struct worker *worker, struct service *service)
{
    worker->is_due = false;
    if (worker_begin(worker))
        return;
    log_event(LOG_ERROR, "not-begun", "mailbox", worker->name, "error", worker->err.text,
              NULL);
    if (service->options->once)
        return;
    worker->is_due = true;
    service->begin_at_ms = clock_now_ms() + AGAIN_MS;
}

static bool may_begin(const struct service *service)
{
    return !service->is_ending && service->begin_at_ms <= clock_now_ms();
}

static void tell_result(const struct service_options *options,
                        const struct worker *worker)
{
    const struct service_result result = {.name = worker->name,
                                          .done = worker->done,
                                          .counts = &worker->counts,
                                          .diagnosis = worker->diagnosis,
                                          .err = &worker->err};

    if (options->tell)
        options->tell(options->closure, &result);
}

/* Joins those that have ended; those that are still wanted begin anew, unless all is to
 * end. */
static void reap(struct service *service)
{
    for (struct worker **at = &service->workers; *at;) {
        struct worker *worker = *at;

        if (worker->is_running && atomic_load(&worker->has_ended)) {
            worker_join(worker);
            worker->is_due = worker->is_wanted && !service->options->once;
        }
        if (worker->is_due && !worker->is_running && may_begin(service))
            begin(worker, service);
        if (worker->is_running || (worker->is_due && !service->is_ending)) {
            at = &worker->next;
        } else {
            *at = worker->next;
            tell_result(service->options, worker);
            worker_free(&worker);
        }
    }
}

static void end_all(struct service *service)
{
    service->is_ending = true;
    service->look_at_ms = INT64_MAX;
    notify_say(service->notify, "STOPPING=1");
    for (struct worker *worker = service->workers; worker; worker = worker->next)
        if (worker->is_running)
            stop_at_once(&worker->stop);
}

/* ---- What is saved ----------------------------------------------------------------- */

static struct worker *find(const struct service *service, const char *name)
{
    struct worker *worker = service->workers;

    while (worker && strcmp(worker->name, name) != 0)
        worker = worker->next;
    return worker;
}

static void add(struct service *service, const char *name)
{
    struct worker **at = &service->workers;

    while (*at)
        at = &(*at)->next;
    *at = worker_new(&service->shop, name);
    (*at)->is_wanted = (*at)->is_due = true;
}

/* "again": whatever its files say. */
static void refresh(struct worker *worker, bool again)
{
    char *print;

    if (!worker->is_running || stop_is_wanted(&worker->stop))
        return; /* what begins next begins with what is there then */
    print = changes_print(worker->shop->store, worker->name);
    if (again || strcmp(print, worker->print) != 0) {
        log_event(LOG_INFO, "changed", "mailbox", worker->name, NULL);
        stop_after_message(&worker->stop);
    }
    free(print);
}

static void remove_unwanted(struct service *service)
{
    for (struct worker *worker = service->workers; worker; worker = worker->next) {
        if (worker->is_wanted)
            continue;
        worker->is_due = false;
        if (!worker->is_running || stop_is_wanted(&worker->stop))
            continue;
        log_event(LOG_INFO, "removed", "mailbox", worker->name, NULL);
        stop_after_message(&worker->stop);
    }
}

/* The names of those to serve; NULL with err. */
static char **wanted_names(const struct service *service, struct err *err)
{
    char **names;

    if (!service->options->name)
        return store_mailbox_names(service->shop.store, err);
    names = mem_new(2, sizeof *names);
    if (store_mailbox_exists(service->shop.store, service->options->name))
        names[0] = mem_copy_text(service->options->name);
    return names;
}

static void say_idle(struct service *service)
{
    if (service->workers || service->said_idle)
        return;
    service->said_idle = true;
    log_event(LOG_INFO, "no-mailbox", "todo",
              _("Save one with letterbox setup; it is served as soon as it stands."),
              NULL);
}

static bool look(struct service *service, struct err *err)
{
    char **names = wanted_names(service, err);

    if (!names)
        return false;
    for (struct worker *worker = service->workers; worker; worker = worker->next)
        worker->is_wanted = false;
    for (size_t i = 0; names[i]; i++) {
        struct worker *worker = find(service, names[i]);

        if (worker) {
            worker->is_wanted = true;
            refresh(worker, service->all_anew);
        } else {
            add(service, names[i]);
        }
    }
    argv_free(&names);
    service->all_anew = false;
    remove_unwanted(service);
    reap(service);
    if (!service->options->once)
        say_idle(service);
    return true;
}

static void look_by(struct service *service, int64_t when)
{
    if (when < service->look_at_ms && !service->is_ending)
        service->look_at_ms = when;
}

/* What could not be looked at is not forgotten. */
static void look_again(struct service *service)
{
    struct err why = ERR_INIT;

    service->look_at_ms = INT64_MAX;
    if (look(service, &why))
        return;
    log_event(LOG_ERROR, "not-looked", "error", why.text, NULL);
    look_by(service, clock_now_ms() + AGAIN_MS);
}

/* ---- systemd ----------------------------------------------------------------------- */

/* A word for `systemctl status`. */
static void tell_status(struct service *service)
{
    unsigned all = 0, phases[STATE_STOPPED + 1] = {0};
    char lines[sizeof service->status];

    for (struct worker *worker = service->workers; worker; worker = worker->next) {
        all += worker->is_running;
        phases[pulse_phase(&worker->pulse)] += worker->is_running;
    }
    snprintf(lines, sizeof lines,
             "STATUS=%u mailboxes: %u serving, %u starting, %u waiting, %u parked", all,
             phases[STATE_SERVING], phases[STATE_STARTING], phases[STATE_WAITING],
             phases[STATE_PARKED]);
    if (service->is_ending || strcmp(lines, service->status) == 0)
        return;
    memcpy(service->status, lines, sizeof lines);
    notify_say(service->notify, lines);
}

static bool is_any_late(const struct service *service, int64_t now_ms)
{
    bool is_late = false;

    for (struct worker *worker = service->workers; worker; worker = worker->next)
        is_late =
            is_late || (worker->is_running && pulse_is_late(&worker->pulse, now_ms));
    return is_late;
}

/* A run that hangs has taken none of its own ways out: then the process is no good, and
 * systemd is not told that it is.  Nothing is logged before the ping is withheld: the log
 * may be what hangs. */
static void ping(struct service *service)
{
    int64_t every_ms = notify_ping_ms(service->notify), now = clock_now_ms();

    if (every_ms == 0 || now < service->next_ping_ms)
        return;
    service->next_ping_ms = now + every_ms;
    if (!is_any_late(service, now))
        notify_say(service->notify, "WATCHDOG=1");
}

/* ---- Supervising ------------------------------------------------------------------- */

static int wait_ms(const struct service *service)
{
    int64_t until = service->look_at_ms, now = clock_now_ms();

    if (service->begin_at_ms > now && service->begin_at_ms < until)
        until = service->begin_at_ms;
    if (notify_ping_ms(service->notify) > 0 && service->next_ping_ms < until)
        until = service->next_ping_ms;
    if (until == INT64_MAX)
        return -1;
    return until <= now ? 0 : until - now > 60000 ? 60000 : (int)(until - now);
}

static void drain(int fd)
{
    eventfd_t count;

    while (eventfd_read(fd, &count) == 0)
        continue;
}

enum { CANCEL, WAKE, RELOAD, CHANGES, WAITS };

static void supervise_once(struct service *service)
{
    const struct service_options *options = service->options;
    struct pollfd waits[WAITS] = {
        [CANCEL] = {.fd = service->is_ending ? -1 : options->cancel->fd,
                    .events = POLLIN},
        [WAKE] = {.fd = service->shop.wake_fd, .events = POLLIN},
        [RELOAD] = {.fd = options->reload ? options->reload->fd : -1, .events = POLLIN},
        [CHANGES] = {.fd = changes_fd(service->changes), .events = POLLIN},
    };

    if (poll(waits, WAITS, wait_ms(service)) < 0)
        return; /* a signal; what it fired is seen by the next poll */
    if (waits[WAKE].revents)
        drain(service->shop.wake_fd);
    if (waits[CANCEL].revents)
        end_all(service);
    if (waits[RELOAD].revents) {
        drain(options->reload->fd);
        service->all_anew = true;
        look_by(service, clock_now_ms());
    }
    if (waits[CHANGES].revents) {
        changes_take(service->changes);
        look_by(service, clock_now_ms() + SETTLE_MS);
    }
    if (service->look_at_ms <= clock_now_ms())
        look_again(service);
    reap(service);
    tell_status(service);
    ping(service);
}

static bool goes_on(const struct service *service)
{
    if (service->workers)
        return true;
    return !service->is_ending && !service->options->once;
}

/* Threads that mostly sleep need no heap of their own each: with those, what a log-in
 * took stays scattered over all of them. */
static void share_heaps(void)
{
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, HEAPS);
#endif
}

/* A few hundred mailboxes need more than the usual 1024. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The store's own words for one that is not. */
static bool is_saved(struct store *store, const char *name, struct err *err)
{
    struct mailbox *mailbox;
    bool loaded;

    if (store_mailbox_exists(store, name))
        return true;
    mailbox = store_load_mailbox(store, name, err);
    loaded = mailbox != NULL;
    mailbox_free(&mailbox);
    return loaded;
}

static bool begin_all(struct service *service, struct err *err)
{
    const char *name = service->options->name;

    if (service->shop.wake_fd < 0)
        return err_set(err, ERR_RETRY, _("The system has no descriptor left."));
    if (name && !is_saved(service->shop.store, name, err))
        return false;
    if (!service->options->once)
        service->changes = changes_watch(service->shop.store);
    if (!service->options->once && !service->changes)
        log_event(LOG_WARN, "not-watching", "error",
                  _("Changes are not noticed by themselves; send SIGHUP after one."),
                  NULL);
    return look(service, err);
}

bool service_run(struct store *store, const struct service_options *options,
                 struct err *err)
{
    struct service service = {
        .options = options,
        .shop = {.store = store,
                 .slots = slots_new(options->connections),
                 .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                 .once = options->once},
        .notify = notify_open(),
        .look_at_ms = INT64_MAX,
    };
    bool done;

    share_heaps();
    raise_descriptors();
    done = begin_all(&service, err);
    if (done)
        notify_say(service.notify, "READY=1");
    while (done && goes_on(&service))
        supervise_once(&service);
    changes_free(&service.changes);
    notify_close(&service.notify);
    slots_free(&service.shop.slots);
    if (service.shop.wake_fd >= 0)
        close(service.shop.wake_fd);
    return done;
}
