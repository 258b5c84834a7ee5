/*
 * Where a message goes: one contract, one file per destination (maildir.c, command.c).
 *
 * A delivery is begun, fed in chunks as they come from the server, and finished.  Only
 * DELIVER_DONE means that the message is durably there.  Memory does not grow with it.
 */
#ifndef LETTERBOX_INGEST_DELIVER_H
#define LETTERBOX_INGEST_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/cancel.h"
#include "settings/setting.h"

struct err;
struct delivery;

enum deliver_status {
    DELIVER_DONE,    /* durably accepted */
    DELIVER_REFUSED, /* never: the failure way */
    DELIVER_LATER,   /* not now: the message stays as it is */
};

/* What is known of the message beside its bytes. */
struct deliver_envelope {
    const char *mailbox; /* name */
    const char *user;    /* mailbox address */
    const char *folder;
    uint32_t uid_validity;
    uint32_t uid;
    const char *message_id;
    uint64_t size;
};

struct deliver_ops {
    const char *id; /* as in ingest.deliver */

    /* Looks at the target before the first message: is it there, may we write?
     * ERR_SETTING. */
    bool (*prepare)(const struct settings *settings, struct err *err);

    /* Has this message been delivered already, as the destination itself can tell
     * (Maildir: by the unique name)?  NULL: cannot tell. */
    bool (*has)(const struct settings *settings, const struct deliver_envelope *envelope);

    struct delivery *(*begin)(const struct settings *settings,
                              const struct deliver_envelope *envelope,
                              const struct cancel *cancel, struct err *err);
    bool (*feed)(struct delivery *delivery, const char *bytes, size_t length);

    /* Ends and frees.  complete is false when the fetch broke off: nothing may stay. */
    enum deliver_status (*finish)(struct delivery **delivery, bool complete,
                                  struct err *err);
};

/* By ingest.deliver; NULL when it is none that is built in. */
const struct deliver_ops *deliver_find(const char *id);

#endif
