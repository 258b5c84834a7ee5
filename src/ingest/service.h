/*
 * One process, many mailboxes: a thread for each, and one that supervises.
 *
 * The supervisor begins the runs, takes notice of what is saved while it works, tells
 * systemd, and waits for no server.  One mailbox's trouble is its own.
 */
#ifndef LETTERBOX_INGEST_SERVICE_H
#define LETTERBOX_INGEST_SERVICE_H

#include <stdbool.h>

#include "advice/advice.h"
#include "ingest/ingest.h"
#include "net/cancel.h"
#include "settings/store.h"

#define SERVICE_CONNECTIONS 100 /* at a time, unless told otherwise */

/* How one mailbox's run ended. */
struct service_result {
    const char *name;
    bool done;
    const struct ingest_counts *counts;
    const struct diagnosis *diagnosis; /* or NULL */
    const struct err *err;
};

struct service_options {
    const char *name; /* NULL: every mailbox, also those that come later */
    bool once;        /* ends when every run has ended */
    unsigned connections;
    const struct cancel *cancel; /* ends it: every run at once */
    const struct cancel *reload; /* fired: every run begins anew; NULL: never */
    /* Called on the supervisor's thread for each run that ended for good. */
    void (*tell)(void *closure, const struct service_result *result);
    void *closure;
};

/* Until the cancel; with `once` until all is done.  false with err when it could not
 * begin: the list of mailboxes cannot be read, or there is none of that name.
 *
 * A mailbox that is saved anew ends its run after the message under way and begins the
 * next at once; one that is removed ends its run; one that is new begins.  One that
 * cannot be read is parked until it can be. */
bool service_run(struct store *store, const struct service_options *options,
                 struct err *err);

#endif
