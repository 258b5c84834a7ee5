#include "ingest/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/changes.h"
#include "ingest/stand.h"

#define STACK_SIZE (1024 * 1024) /* of address space: what is not used costs nothing */

/* A file that does not parse, or that others may write: nothing to begin with, but
 * something to say. */
static void tell_unreadable(struct worker *worker)
{
    const struct backoff_plan plan = {.is_parked = true};
    char *path = mem_format("%s/%s", store_state_dir(worker->shop->store), worker->name);
    int directory = file_open_directory(path, 0700, true, NULL);
    int lock = directory < 0 ? -1 : state_lock(directory, path, NULL);
    struct pollfd wait = {.fd = worker->stop.cancel.fd, .events = POLLIN};
    struct stand stand;

    stand_begin(&stand, worker->name, &worker->pulse);
    if (lock >= 0)
        stand_write_to(&stand, directory);
    stand_fail(&stand, &worker->err, NULL, &plan);
    while (!cancel_fired(&worker->stop.cancel))
        poll(&wait, 1, -1);
    stand_stop(&stand, NULL, NULL);
    if (lock >= 0)
        close(lock);
    if (directory >= 0)
        close(directory);
    free(path);
}

static void *work(void *closure)
{
    struct worker *worker = closure;
    const struct worker_shop *shop = worker->shop;
    const struct ingest_options how = {.once = shop->once,
                                       .stop = &worker->stop,
                                       .slots = shop->slots,
                                       .pulse = &worker->pulse};
    struct mailbox *mailbox = store_load_mailbox(shop->store, worker->name, &worker->err);

    if (mailbox)
        worker->done = ingest_run(shop->store, mailbox, &how, &worker->counts,
                                  &worker->diagnosis, &worker->err);
    else if (!how.once)
        tell_unreadable(worker);
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
