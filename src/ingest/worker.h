/*
 * One mailbox of a service: its run, on a thread of its own.
 */
#ifndef LETTERBOX_INGEST_WORKER_H
#define LETTERBOX_INGEST_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "advice/advice.h"
#include "base/err.h"
#include "ingest/ingest.h"
#include "ingest/pulse.h"
#include "ingest/slots.h"
#include "ingest/stop.h"
#include "settings/store.h"

/* What all workers of a service have; it outlives them. */
struct worker_shop {
    struct store *store; /* only read */
    struct slots *slots;
    int wake_fd; /* an eventfd: a run has ended, or shows another phase */
    bool once;
};

/* The supervisor's, but for what the run's thread fills in: that is read when it was
 * joined. */
struct worker {
    struct worker *next;
    const struct worker_shop *shop;
    char *name;
    char *print; /* of what its run began with (changes_print) */
    struct stop stop;
    struct pulse pulse;
    pthread_t thread;
    atomic_bool has_ended;
    bool is_running;
    bool is_wanted; /* it is saved */
    bool is_due;    /* its run is to begin (once more) */

    /* How the run ended. */
    bool done;
    struct ingest_counts counts;
    struct diagnosis *diagnosis;
    struct err err;
};

struct worker *worker_new(const struct worker_shop *shop, const char *name);
void worker_free(struct worker **worker); /* its run is joined */

/* Begins its run with what is saved now.  false with worker->err (ERR_RETRY) when the
 * system has no room for another.  A mailbox that cannot be read is parked, and looked
 * at now and then; with `once` its run ends with that error. */
bool worker_begin(struct worker *worker);

/* After has_ended: stop_* may not be called any more. */
void worker_join(struct worker *worker);

#endif
