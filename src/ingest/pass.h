/*
 * One pass over the unread messages of an opened folder.
 */
#ifndef LETTERBOX_INGEST_PASS_H
#define LETTERBOX_INGEST_PASS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "imap/session.h"
#include "ingest/deliver/deliver.h"
#include "ingest/ingest.h"
#include "ingest/ledger.h"

/* A message that is put off this often, over at least this time, takes the failure way.
 * The time keeps a consumer's outage of an hour from turning into refusals. */
#define PASS_ATTEMPTS_MAX 10
#define PASS_PATIENCE_S   (4 * 3600)

struct pass {
    /* What it works with; all borrowed. */
    const struct mailbox *mailbox;
    const struct deliver_ops *ops;
    const struct deliver_target *target;
    struct ledger *ledger;
    struct imap_session *session; /* the folder is selected */
    uint64_t numbering;           /* ledger.h */
    const char *state_dir;
    const struct cancel *cancel;
    uint64_t former; /* the folder's numbering before, as long as its messages are not
                        recognised; 0: it did not change */
    bool doubt;   /* the ledger may not know what was delivered: ask the destination, as
                     long as no pass was whole */
    bool patient; /* leave what was put off until its time has come (not for --once) */
    struct ingest_counts *counts; /* added to; found is the caller's */

    /* Called with each part of a message that came, and after each message; false ends
     * the pass (ERR_CANCELLED) between two messages.  NULL: nobody looks. */
    bool (*progress)(void *closure);
    /* Called with what the server refused on a session that goes on: makes it ERR_RETRY
     * where that is known to pass by itself, as a throttling does.  NULL: as it is. */
    void (*weigh)(void *closure, struct err *why);
    void *closure; /* of both */

    /* What it found. */
    unsigned found;
    unsigned left;        /* of them, left for later */
    time_t retry_at;      /* when the first message that was left is due; 0: none was */
    struct err complaint; /* the first after-action that the server refused */
    bool is_destination;  /* it ended because of the destination, not of the server */
};

/* true when every message was looked at.  false with err: ERR_CANCELLED; ERR_RETRY or
 * ERR_SERVER when the session is over; ERR_WRITE, ERR_DATA, ERR_SETTING when destination
 * or ledger fail. */
bool pass_run(struct pass *pass, struct err *err);

/* Seconds after the last try until the next one, for a message tried so often. */
int pass_retry_delay(unsigned attempts);

#endif
