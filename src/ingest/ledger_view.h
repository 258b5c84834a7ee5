/*
 * The ledger for whoever watches: counted, listed, and a refused message put back.
 *
 * Another connection than the ingest's, which may run meanwhile: nothing here holds it up
 * for longer than one small statement, however slowly the caller reads.  Everything is
 * about the source that the ingest entered last; earlier ones (another mailbox, or the
 * same folder before the server numbered anew) are only counted.
 *
 * What putting back relies on (ingest/ledger.h, LEDGER_AGAIN): a pass takes such a
 * message whatever flags it has, and keeps it in that state until it is delivered or
 * refused.  The ingest sees it at its next pass; the commit changes the data_version of
 * the ingest's own connection.
 *
 * Texts are safe for a terminal.  Errors are ERR_DATA (no ledger that this letterbox
 * knows), ERR_REFUSED (this user may not read it), ERR_RETRY (it is held too long), and
 * for putting back ERR_WRITE.  One thread.
 */
#ifndef LETTERBOX_INGEST_LEDGER_VIEW_H
#define LETTERBOX_INGEST_LEDGER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/file.h"

struct err;
struct ledger_view;

enum ledger_view_use { LEDGER_VIEW_READ, LEDGER_VIEW_CHANGE };

/* Of STATE/NAME, given as its path.  NULL without err: there is no ledger yet, or none
 * whose mailbox was entered. */
struct ledger_view *ledger_view_open(const char *directory, enum ledger_view_use use,
                                     struct err *err);
void ledger_view_close(struct ledger_view **view); /* *view may be NULL */

/* ---- Counting ---------------------------------------------------------------------- */

struct ledger_counts {
    uint64_t delivered;
    uint64_t refused;
    uint64_t waiting; /* begun, put off, or put back */
    uint64_t earlier; /* of sources before this one, in any state */
};

bool ledger_view_count(struct ledger_view *view, struct ledger_counts *counts,
                       struct err *err);

/* What was counted last, and the files as they were then.  Zeroed: nothing was. */
struct ledger_memory {
    bool is_known;
    struct file_stamp ledger, journal;
    struct ledger_counts counts;
};

/* The same by the path, for the directory of a mailbox that may have no ledger: zeros.
 * With a memory (may be NULL) nothing is counted that has not changed since: for one who
 * asks again and again. */
bool ledger_view_count_at(const char *directory, struct ledger_memory *memory,
                          struct ledger_counts *counts, struct err *err);

uint32_t ledger_view_uid_validity(const struct ledger_view *view);

/* ---- Listing ----------------------------------------------------------------------- */

struct ledger_line {
    uint32_t uid;
    char state[16];  /* "delivering", "deferred", "delivered", "refused", "again" */
    char settled[8]; /* "seen", "move", "delete", "keep", or "" */
    unsigned attempts;
    uint64_t size;
    time_t first_at, last_at;
    char message_id[256];
    char last_error[800]; /* "": none */
};

/* The states' names, ended by NULL. */
extern const char *const ledger_view_states[];

bool ledger_view_knows_state(const char *state);

/* One line; false ends the listing. */
typedef bool ledger_view_line(void *closure, const struct ledger_line *line);

/* Calls `each` for the messages in `state` (NULL: in any), oldest first: the newest
 * `most` of them, or all when it is 0.  *left_out (may be NULL) gets how many older ones
 * that leaves.  Memory does not grow with the ledger. */
bool ledger_view_list(struct ledger_view *view, const char *state, uint64_t most,
                      uint64_t *left_out, ledger_view_line *each, void *closure,
                      struct err *err);

/* ---- Putting back ------------------------------------------------------------------ */

enum ledger_retry {
    LEDGER_RETRY_DONE,    /* it is in the state "again" now, its attempts forgotten */
    LEDGER_RETRY_UNKNOWN, /* there is no such UID */
    LEDGER_RETRY_MOVED,   /* it was moved when it was refused: it has another UID there */
    LEDGER_RETRY_DELETED, /* it was deleted then */
    LEDGER_RETRY_WAITING, /* it is going to be tried anyway */
    LEDGER_RETRY_DELIVERED,
};

/* Puts a refused message back; durable.  The view is one for LEDGER_VIEW_CHANGE, as
 * below. */
bool ledger_view_retry(struct ledger_view *view, uint32_t uid, enum ledger_retry *outcome,
                       struct err *err);

struct ledger_retries {
    uint64_t done, moved, deleted;
};

/* The same with every refused message, all or none. */
bool ledger_view_retry_all(struct ledger_view *view, struct ledger_retries *retries,
                           struct err *err);

#endif
