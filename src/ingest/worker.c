#include "ingest/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/backoff.h"
#include "ingest/changes.h"
#include "ingest/stand.h"
#include "ingest/state_dir.h"

#define STACK_SIZE (1024 * 1024) /* of address space: what is not used costs nothing */

static struct mailbox *load(struct worker *worker)
{
    err_clear(&worker->err);
    return store_load_mailbox(worker->shop->store, worker->name, &worker->err);
}

/* As long as it cannot be read and the run is not told to end.  A change that is noticed
 * ends the run; it is looked at now and then all the same, for not every cause is one. */
static struct mailbox *load_again_and_again(struct worker *worker, struct stand *stand)
{
    struct pollfd wait = {.fd = worker->stop.cancel.fd, .events = POLLIN};
    struct backoff backoff = {.has_worked = false};
    struct mailbox *mailbox = NULL;

    while (!mailbox && !cancel_fired(&worker->stop.cancel)) {
        struct backoff_plan plan =
            backoff_next(&backoff, worker->err.class, 0, (unsigned)clock_now_us());

        stand_fail(stand, &worker->err, NULL, &plan);
        if (poll(&wait, 1, (int)plan.seconds * 1000) == 0)
            mailbox = load(worker);
    }
    return mailbox;
}

/* A file that does not parse, or that others may write: nothing to begin with, but
 * something to say.  NULL when the run is to end. */
static struct mailbox *tell_unreadable(struct worker *worker)
{
    const struct store *store = worker->shop->store;
    char *path = mem_format("%s/%s", store_state_dir(store), worker->name);
    int directory = state_dir_open(store, worker->name, NULL);
    int lock = directory < 0 ? -1 : state_lock(directory, path, NULL);
    struct mailbox *mailbox;
    struct stand stand;

    stand_begin(&stand, worker->name, &worker->pulse);
    if (lock >= 0)
        stand_write_to(&stand, directory);
    mailbox = load_again_and_again(worker, &stand);
    if (!mailbox)
        stand_stop(&stand, NULL, NULL);
    if (lock >= 0)
        close(lock);
    state_dir_hand_over(directory);
    if (directory >= 0)
        close(directory);
    free(path);
    return mailbox;
}

static void *work(void *closure)
{
    struct worker *worker = closure;
    const struct worker_shop *shop = worker->shop;
    const struct ingest_options how = {.once = shop->once,
                                       .stop = &worker->stop,
                                       .slots = shop->slots,
                                       .pulse = &worker->pulse};
    struct mailbox *mailbox = load(worker);

    if (!mailbox && !how.once)
        mailbox = tell_unreadable(worker);
    if (mailbox)
        worker->done = ingest_run(shop->store, mailbox, &how, &worker->counts,
                                  &worker->diagnosis, &worker->err);
    mailbox_free(&mailbox);
    atomic_store(&worker->has_ended, true);
    eventfd_write(shop->wake_fd, 1);
    return NULL;
}

static int start_thread(struct worker *worker)
{
    pthread_attr_t attributes;
    int error;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    error = pthread_create(&worker->thread, &attributes, work, worker);
    pthread_attr_destroy(&attributes);
    return error;
}

struct worker *worker_new(const struct worker_shop *shop, const char *name)
{
    struct worker *worker = mem_new(1, sizeof *worker);

    worker->shop = shop;
    worker->name = mem_copy_text(name);
    pulse_init(&worker->pulse, shop->wake_fd);
    return worker;
}

static void forget_result(struct worker *worker)
{
    diagnosis_free(&worker->diagnosis);
    err_clear(&worker->err);
    worker->counts = (struct ingest_counts){0};
    worker->done = false;
}

void worker_free(struct worker **address)
{
    struct worker *worker = *address;

    forget_result(worker);
    free(worker->name);
    free(worker->print);
    free(worker);
    *address = NULL;
}

bool worker_begin(struct worker *worker)
{
    int error = EMFILE;

    forget_result(worker);
    free(worker->print);
    worker->print = changes_print(worker->shop->store, worker->name);
    atomic_store(&worker->has_ended, false);
    pulse_init(&worker->pulse, worker->shop->wake_fd);
    if (stop_init(&worker->stop))
        error = start_thread(worker);
    worker->is_running = error == 0;
    if (worker->is_running)
        return true;
    stop_destroy(&worker->stop);
    return err_set(&worker->err, ERR_RETRY,
                   _("The system has no room for another run: %s"), strerror(error));
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    stop_destroy(&worker->stop);
    worker->is_running = false;
}
