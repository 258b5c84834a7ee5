#include "ingest/metrics.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/metrics_server.h"
#include "ingest/metrics_text.h"
#include "ingest/overview.h"
#include "net/cancel.h"

#define TEXT_MAX   (16 * 1024 * 1024)
#define LOOK_MS    1000  /* whether a mailbox has changed */
#define REWRITE_MS 15000 /* the file, when none has */

/* A mailbox that was met; it is kept when its settings go, for its counters. */
struct watched {
    char name[MAILBOX_NAME_MAX + 1];
    struct metrics_totals totals;
    struct ledger_memory memory;
    struct overview overview;
    enum state_phase phase; /* when the file was written */
    bool is_alive;
};

struct metrics {
    struct store *store;
    const char *name;
    struct watched **watched;
    size_t count;

    struct metrics_server *server; /* or: */
    char *path, *file;             /* file is its last part */
    int directory;
    int64_t written_ms;
    bool has_failed; /* and the log says so */

    struct cancel stop;
    pthread_t thread;
    bool is_running;
};

/* ---- Looking ----------------------------------------------------------------------- */

static struct watched *find(struct metrics *metrics, const char *name)
{
    struct watched *one;

    for (size_t i = 0; i < metrics->count; i++)
        if (strcmp(metrics->watched[i]->name, name) == 0)
            return metrics->watched[i];
    one = mem_new(1, sizeof *one);
    snprintf(one->name, sizeof one->name, "%s", name);
    metrics->watched =
        mem_resize(metrics->watched, metrics->count + 1, sizeof *metrics->watched);
    metrics->watched[metrics->count++] = one;
    return one;
}

/* The mailboxes as of now, the caller's (argv_free). */
static char **names_of(struct metrics *metrics)
{
    char **names;

    if (!metrics->name) {
        names = store_mailbox_names(metrics->store, NULL);
        return names ? names : mem_new(1, sizeof *names);
    }
    names = mem_new(2, sizeof *names);
    names[0] = mem_copy_text(metrics->name);
    return names;
}

static void look_at(struct metrics *metrics, struct watched *one)
{
    const struct overview_how how = {
        .now = time(NULL), .max_age = OVERVIEW_AGE_S, .memory = &one->memory};

    overview_free(&one->overview);
    overview_take(&one->overview, metrics->store, one->name, &how);
    /* What cannot be read for a moment did not begin anew. */
    if (!err_is_set(&one->overview.state_error))
        metrics_totals_follow(&one->totals, &one->overview.state);
    one->phase = one->overview.state.phase;
    one->is_alive = one->overview.state.is_alive;
}

/* The whole text, from a look at every mailbox. */
static void make_text(void *closure, struct buf *out)
{
    struct metrics *metrics = closure;
    char **names = names_of(metrics);
    size_t count = argv_count(names);
    struct metrics_sample *samples = mem_new(count + 1, sizeof *samples);

    for (size_t i = 0; i < count; i++) {
        struct watched *one = find(metrics, names[i]);

        look_at(metrics, one);
        samples[i] = (struct metrics_sample){&one->overview, &one->totals};
    }
    metrics_text_add(out, samples, count);
    free(samples);
    argv_free(&names);
}

/* Does a mailbox stand otherwise than when the file was written?  Its counters are
 * followed, too, so that those of a short run are not lost. */
static bool has_changed(struct metrics *metrics)
{
    bool has_changed = false;

    for (size_t i = 0; i < metrics->count; i++) {
        struct watched *one = metrics->watched[i];
        struct state state;

        if (!state_read(one->overview.directory, &state, NULL))
            continue;
        metrics_totals_follow(&one->totals, &state);
        has_changed =
            has_changed || state.phase != one->phase || state.is_alive != one->is_alive;
    }
    return has_changed;
}

/* ---- The file ---------------------------------------------------------------------- */

static bool write_file(struct metrics *metrics, struct err *err)
{
    struct buf text;
    bool done;

    buf_init(&text, TEXT_MAX);
    make_text(metrics, &text);
    done = file_replace(metrics->directory, metrics->file, metrics->path, text.data,
                        text.length, 0644, (gid_t)-1, NULL, err);
    buf_free(&text);
    metrics->written_ms = clock_now_ms();
    return done;
}

/* Trouble is told once, and its end too. */
static void rewrite_file(struct metrics *metrics)
{
    struct err why = ERR_INIT;
    bool failed = !write_file(metrics, &why);

    if (failed && !metrics->has_failed)
        log_event(LOG_WARN, "metrics-failed", "error", why.text, NULL);
    if (!failed && metrics->has_failed)
        log_event(LOG_INFO, "metrics-written", "path", metrics->path, NULL);
    metrics->has_failed = failed;
}

static bool open_file(struct metrics *metrics, const char *place, struct err *err)
{
    const char *slash = strrchr(place, '/');
    char *directory = slash == place ? mem_copy_text("/")
                      : slash        ? mem_copy_bytes(place, (size_t)(slash - place))
                                     : mem_copy_text(".");

    metrics->path = mem_copy_text(place);
    metrics->file = mem_copy_text(slash ? slash + 1 : place);
    if (metrics->file[0])
        metrics->directory = file_open_directory(directory, 0, false, err);
    else
        err_set(err, ERR_USAGE, _("%s is a directory; the metrics want a file."), place);
    free(directory);
    return metrics->directory >= 0 && write_file(metrics, err);
}

/* ---- The thread -------------------------------------------------------------------- */

static void keep_file(struct metrics *metrics)
{
    struct pollfd stop = {.fd = metrics->stop.fd, .events = POLLIN};

    while (!cancel_fired(&metrics->stop)) {
        poll(&stop, 1, LOOK_MS);
        if (has_changed(metrics) || clock_now_ms() - metrics->written_ms >= REWRITE_MS)
            rewrite_file(metrics);
    }
    rewrite_file(metrics);
}

static void serve(struct metrics *metrics)
{
    struct pollfd polls[METRICS_SERVER_POLLS + 1];

    while (!cancel_fired(&metrics->stop)) {
        int timeout = -1;
        size_t count = metrics_server_polls(metrics->server, polls, &timeout);

        polls[count] = (struct pollfd){.fd = metrics->stop.fd, .events = POLLIN};
        poll(polls, count + 1, timeout);
        metrics_server_work(metrics->server);
    }
}

static void *work(void *closure)
{
    struct metrics *metrics = closure;

    if (metrics->server)
        serve(metrics);
    else
        keep_file(metrics);
    return NULL;
}

/* Signals are for the threads that wait for them. */
static bool start_thread(struct metrics *metrics)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    metrics->is_running = pthread_create(&metrics->thread, NULL, work, metrics) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return metrics->is_running;
}

static bool open_place(struct metrics *metrics, const char *place, struct err *err)
{
    if (!metrics_server_is_address(place))
        return open_file(metrics, place, err);
    metrics->server = metrics_server_new(place, make_text, metrics, err);
    return metrics->server != NULL;
}

/* Port 0 is told as the one that it became. */
static void say_where(const struct metrics *metrics, const char *place)
{
    char *address = metrics->server
                        ? mem_format("%.*s:%u", (int)(strrchr(place, ':') - place), place,
                                     metrics_server_port(metrics->server))
                        : NULL;

    log_event(LOG_INFO, "metrics", "address", address, "path", metrics->path, NULL);
    free(address);
}

struct metrics *metrics_start(const char *place, struct store *store, const char *name,
                              struct err *err)
{
    struct metrics *metrics = mem_new(1, sizeof *metrics);

    metrics->store = store;
    metrics->name = name;
    metrics->directory = -1;
    metrics->stop.fd = -1;
    if (open_place(metrics, place, err)) {
        if (cancel_init(&metrics->stop) && start_thread(metrics)) {
            say_where(metrics, place);
            return metrics;
        }
        err_set(err, ERR_RETRY, _("The metrics could not be started: no thread."));
    }
    metrics_stop(&metrics);
    return NULL;
}

void metrics_stop(struct metrics **handle)
{
    struct metrics *metrics = *handle;

    if (!metrics)
        return;
    if (metrics->is_running) {
        cancel_fire(&metrics->stop);
        pthread_join(metrics->thread, NULL);
    }
    if (metrics->stop.fd >= 0)
        cancel_close(&metrics->stop);
    metrics_server_free(&metrics->server);
    for (size_t i = 0; i < metrics->count; i++) {
        overview_free(&metrics->watched[i]->overview);
        free(metrics->watched[i]);
    }
    free(metrics->watched);
    if (metrics->directory >= 0)
        close(metrics->directory);
    free(metrics->path);
    free(metrics->file);
    free(metrics);
    *handle = NULL;
}

unsigned metrics_port(const struct metrics *metrics)
{
    return metrics->server ? metrics_server_port(metrics->server) : 0;
}
