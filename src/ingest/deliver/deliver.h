/*
 * Where a message goes: one contract, one file per destination.
 *
 * A delivery is begun, fed in chunks as they come from the server, and finished.  Only
 * DELIVER_DONE means that the message is durably there.  Memory does not grow with it.
 * A destination where many messages can be made durable at once has also hold and commit
 * (docs/decisions/0011-groups.md); to the others they go one by one.
 */
#ifndef LETTERBOX_INGEST_DELIVER_DELIVER_H
#define LETTERBOX_INGEST_DELIVER_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"
#include "net/cancel.h"
#include "settings/setting.h"

struct err;
struct delivery; /* each destination has its own, and no other looks into it */
struct deliver_group;
struct deliver_line;

enum deliver_status {
    DELIVER_DONE,    /* durably accepted */
    DELIVER_REFUSED, /* never: the failure way */
    DELIVER_LATER,   /* not now: tried again later, while the others go on */
    /* The trouble is the destination's, not the message's (it is not reachable, the disk
     * is full, its settings are wrong), or ERR_CANCELLED: the run ends, the message stays
     * as it is, and no attempt is counted.  Not so when others go through meanwhile: then
     * it is as DELIVER_LATER (docs/decisions/0023-who-is-to-blame.md). */
    DELIVER_DOWN,
};

/* The destination; all borrowed. */
struct deliver_target {
    const struct settings *settings;
    const struct secret *secret; /* ingest.http_secret; NULL: none is wanted */
    struct deliver_line **line;  /* what the destination keeps open from one message to
                                    the next, for ops->hang_up; NULL: nothing is kept */
    unsigned *asked_s; /* where it is put how long the destination that is down asked to
                          be left alone, in seconds (Retry-After); NULL: nobody asks */
};

/* What is known of the message beside its bytes. */
struct deliver_envelope {
    const char *mailbox; /* name */
    const char *user;    /* mailbox address */
    const char *folder;
    uint64_t numbering; /* ledger.h: the UIDVALIDITY, unless UIDs were given anew */
    uint32_t uid;
    const char *message_id;
    uint64_t size;
    const char *state_dir; /* STATE/NAME: room for what must not outlive a delivery */
};

struct deliver_ops {
    const char *id; /* as in ingest.deliver */

    /* Looks at the target before the first message: is it there, may we write?  Makes
     * what is the destination's own to make.  ERR_SETTING with key ingest.target. */
    bool (*prepare)(const struct deliver_target *target, struct err *err);

    /* Which of these messages, ascending, have been delivered already, as the destination
     * itself can tell (Maildir: by the unique name)?  Everything but their UIDs is in
     * `envelope`.  One look for all of them; those that are found are durably there.
     * false with err: as DELIVER_DOWN.  NULL: cannot tell. */
    bool (*has)(const struct deliver_target *target,
                const struct deliver_envelope *envelope, const uint32_t *uids,
                size_t count, bool *found, struct err *err);

    /* NULL with err: as DELIVER_DOWN.  Target and envelope are borrowed until finish.
     */
    struct delivery *(*begin)(const struct deliver_target *target,
                              const struct deliver_envelope *envelope,
                              const struct cancel *cancel, struct err *err);
    /* false when no more is of use: finish says why.  */
    bool (*feed)(struct delivery *delivery, const char *bytes, size_t length);

    /* Ends, frees and sets *delivery to NULL.  complete is false when the fetch broke
     * off: nothing may stay, and the answer means nothing.  err unless DELIVER_DONE. */
    enum deliver_status (*finish)(struct delivery **delivery, bool complete,
                                  struct err *err);

    /* Ends what is kept open and sets *line (may be NULL) to NULL.  NULL: it keeps
     * nothing. */
    void (*hang_up)(struct deliver_line **line);

    /* Instead of finish, for a message that is complete: it waits in *group (NULL: one is
     * made) for commit, on its way to the disk already, but nobody sees it.  Takes
     * *delivery.  false with err: as DELIVER_DOWN, and nothing stays of it.  NULL: finish
     * alone is durable. */
    bool (*hold)(struct delivery **delivery, struct deliver_group **group,
                 struct err *err);
    /* Ends the group and sets *group (may be NULL) to NULL.  When `wanted`, its messages
     * are durably there, in the order in which they were held; *done (may be NULL) of
     * them are, and nothing stays of the others: all of them unless false with err. */
    bool (*commit)(struct deliver_group **group, bool wanted, size_t *done,
                   struct err *err);
};

extern const struct deliver_ops deliver_maildir;
extern const struct deliver_ops deliver_command;
extern const struct deliver_ops deliver_http;
extern const struct deliver_ops deliver_lmtp;

/* A name for the message that is the same in every run and of no other message: made of
 * mailbox, server, login, folder, numbering and UID; letters, digits, ".", "_", "-". */
#define DELIVER_IDENTITY_SIZE 160
void deliver_identity(const struct settings *settings,
                      const struct deliver_envelope *envelope, char *out, size_t size);

/* Of where the message is from (mailbox, server, login, folder), 16 hexadecimal digits.
 */
#define DELIVER_ORIGIN_SIZE 17
void deliver_origin(const struct settings *settings,
                    const struct deliver_envelope *envelope,
                    char out[DELIVER_ORIGIN_SIZE]);

/* By ingest.deliver; NULL when it is none that is built in. */
const struct deliver_ops *deliver_find(const char *id);

#endif
