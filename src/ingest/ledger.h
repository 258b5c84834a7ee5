/*
 * What became of each message: STATE/NAME/ledger.sqlite.
 *
 * A row belongs to a source (user, server, folder and numbering) and a UID, because only
 * together they name one message for ever (RFC 3501 2.3.1.1).  When the settings turn to
 * another mailbox, or the server numbers anew, no old row is taken for a new message.
 *
 * The numbering is the UIDVALIDITY; in the bits above its 32 it counts how often a server
 * gave UIDs anew under the same UIDVALIDITY, which it must not, and does after a restore
 * (docs/decisions/0024-restored.md).
 *
 * What must not be forgotten is on the disk when the call returns; what may be forgotten
 * survives the death of the process, but not that of the machine
 * (docs/decisions/0003-ledger.md).  One thread; one ingest, which holds a lock, beside
 * those who read and the one who puts messages back (LEDGER_AGAIN).
 * Errors are ERR_WRITE (disk), ERR_DATA (no ledger, or one of a later version).
 */
#ifndef LETTERBOX_INGEST_LEDGER_H
#define LETTERBOX_INGEST_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct err;
struct ledger;

enum ledger_state {
    LEDGER_UNKNOWN,    /* no row */
    LEDGER_DELIVERING, /* about to be delivered, or broken off in the middle */
    LEDGER_DEFERRED,   /* tried, and left for later */
    LEDGER_DELIVERED,  /* durably where it goes */
    LEDGER_REFUSED,    /* for good; not tried again */
    /* Refused, and put back by a person, with attempts 0 and settled '': it is due
     * whatever flags it has, and stays in this state until it is delivered or refused,
     * because one that is not unread any more is found by its row alone. */
    LEDGER_AGAIN,
};

struct ledger_source {
    const char *host;
    const char *user; /* the login */
    const char *folder;
    uint32_t uid_validity;
    uint32_t uid_next; /* as the folder was opened; 0: the server did not tell */
};

struct ledger_message {
    uint32_t uid;
    uint64_t size;
    const char *message_id;
};

struct ledger_row {
    enum ledger_state state;
    char
        settled[8]; /* the after-action that was carried out ("seen", "move", "delete",
                       "keep"), or "": done is what is delivered or refused and settled */
    unsigned attempts;
    time_t first_at;   /* when it was first seen here */
    time_t last_at;    /* when it was last tried */
    bool is_described; /* the server has told its Message-ID and size */
};

/* Opens ledger.sqlite in `directory`, making it (0600) when it is missing. */
struct ledger *ledger_open(const char *directory, struct err *err);
void ledger_close(struct ledger **ledger); /* *ledger may be NULL */

struct ledger_entry {
    bool in_doubt;      /* no pass has seen all of its messages yet (ledger_trust): one
                           without a row may have been delivered, as after the loss of
                           a ledger */
    uint64_t numbering; /* another one than before when uid_next went back */
    uint64_t known_as;  /* the numbering that this folder had last, when it was another
                           one; else 0.  Told anew until ingest/renumbered.h is done */
};

/* Turns to this source; every call below is about its messages. */
bool ledger_enter(struct ledger *ledger, const struct ledger_source *source,
                  struct ledger_entry *entry, struct err *err);

/* A pass has seen all messages of the source.  May be forgotten: then it stays in doubt.
 */
bool ledger_trust(struct ledger *ledger, struct err *err);

bool ledger_find(struct ledger *ledger, uint32_t uid, struct ledger_row *row,
                 struct err *err);
/* The same for many, ascending, in one go. */
bool ledger_find_all(struct ledger *ledger, const uint32_t *uids, size_t count,
                     struct ledger_row *rows, struct err *err);

/* Was any message recorded as delivered after that second? */
bool ledger_delivered_after(struct ledger *ledger, time_t when, bool *any,
                            struct err *err);

/* What is written between these is on the disk together, by one sync when `durable`, or
 * not at all.  After a write that failed, and instead of a commit, comes
 * ledger_roll_back, which does nothing when nothing is open. */
bool ledger_open_batch(struct ledger *ledger, bool durable, struct err *err);
bool ledger_commit(struct ledger *ledger, struct err *err);
void ledger_roll_back(struct ledger *ledger);

/* The messages that were put back (LEDGER_AGAIN), ascending; *uids is the caller's
 * (free()), also when there is none. */
bool ledger_list_again(struct ledger *ledger, uint32_t **uids, size_t *count,
                       struct err *err);
/* The same of those that were begun and not ended (LEDGER_DELIVERING, LEDGER_DEFERRED).
 */
bool ledger_list_begun(struct ledger *ledger, uint32_t **uids, size_t *count,
                       struct err *err);

/* Does the message of this UID have another Message-ID than that which was announced,
 * if one was? */
bool ledger_is_another(struct ledger *ledger, uint32_t uid, const char *message_id,
                       bool *is_another, struct err *err);

/* The numbering is not to be trusted any more: ledger_enter takes a new one.  Durable. */
bool ledger_distrust(struct ledger *ledger, struct err *err);

/* These are about to be delivered: rows that are new become LEDGER_DELIVERING, others
 * stay, but for a Message-ID and a size that were not known.  Durable, so that whatever
 * reaches its destination has a row; in one go, so that it costs one sync for many. */
bool ledger_announce(struct ledger *ledger, const struct ledger_message *messages,
                     size_t count, struct err *err);

/* One more attempt begins.  May be forgotten. */
bool ledger_begin(struct ledger *ledger, uint32_t uid, struct err *err);

/* It ended as LEDGER_DELIVERED or LEDGER_REFUSED; `why` for a person, or NULL.  Durable.
 */
bool ledger_record(struct ledger *ledger, uint32_t uid, enum ledger_state state,
                   const char *why, struct err *err);

/* It is left for later.  An attempt that says nothing about the message (a full disk, a
 * cancel) is not counted.  May be forgotten. */
bool ledger_defer(struct ledger *ledger, uint32_t uid, bool counted, const char *why,
                  struct err *err);

/* The attempt that began said nothing about the message: it is as if it had not begun.
 * May be forgotten: then it was an attempt. */
bool ledger_unbegin(struct ledger *ledger, uint32_t uid, struct err *err);

/* The after-action was carried out.  May be forgotten: it is carried out again then. */
bool ledger_settle(struct ledger *ledger, uint32_t uid, const char *action,
                   struct err *err);

/* The message is gone from the server, undelivered. */
bool ledger_forget(struct ledger *ledger, uint32_t uid, struct err *err);

#endif
