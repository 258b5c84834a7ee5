/*
 * The ingest: unread messages of a saved mailbox, oldest first, to where they go.
 *
 * The order is what makes it safe: fetch, deliver durably, record in the ledger, then
 * mark, move or delete.  A crash anywhere loses nothing; the ledger keeps a second run
 * from delivering into a Maildir twice.  A failure takes the configured way and holds up
 * no other message.
 */
#ifndef LETTERBOX_INGEST_INGEST_H
#define LETTERBOX_INGEST_INGEST_H

#include <stdbool.h>
#include <time.h>

#include "advice/advice.h"
#include "net/cancel.h"
#include "settings/mailbox.h"
#include "settings/store.h"

struct err;

struct pulse;
struct slots;
struct stop;

struct ingest_options {
    bool once; /* end when nothing unread is left */
    const struct cancel
        *cancel;         /* fired by the command on SIGINT, SIGTERM; NULL: never */
    struct stop *stop;   /* counts in place of cancel: may also end it softly; or NULL */
    struct slots *slots; /* for its connection; NULL: there are enough */
    struct pulse *pulse; /* shows that it lives; NULL: nobody looks */
    time_t (*now)(void); /* what day it is, for reminders; NULL: the system's clock */
};

struct ingest_counts {
    unsigned found; /* unread when the run began */
    unsigned delivered;
    unsigned
        repeated;     /* delivered by an earlier run; only marked, moved or deleted now */
    unsigned refused; /* by the destination, for good: the failure way was taken */
    unsigned deferred; /* left for a later run */
};

/* With `once`: false with err when the run ended early, or when the server refused to
 * mark, move or delete what was delivered; when the mailbox could not be reached
 * *diagnosis (may be NULL) says why; the caller's.
 *
 * Without it the run ends by the cancel only, with ERR_CANCELLED: what goes wrong is
 * waited for, or, when a person has to act, the mailbox is parked and tried now and then
 * (backoff.h); log and STATE/NAME/status.json say so (stand.h).
 *
 * counts are right in every case.  Logs through base/log. */
bool ingest_run(struct store *store, const struct mailbox *mailbox,
                const struct ingest_options *options, struct ingest_counts *counts,
                struct diagnosis **diagnosis, struct err *err);

#endif
