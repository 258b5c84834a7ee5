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
struct delivery; /* each destination has its own, and no other looks into it */

enum deliver_status {
    DELIVER_DONE,    /* durably accepted */
    DELIVER_REFUSED, /* never: the failure way */
    /* Not now: the message stays as it is.  The error's class says whose trouble it is:
     * ERR_RETRY that of this message, which is tried again later while the others go on;
     * ERR_WRITE and ERR_SETTING that of the destination, so the run ends;
     * ERR_CANCELLED nobody's. */
    DELIVER_LATER,
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
    const char *state_dir; /* STATE/NAME: room for what must not outlive a delivery */
};

struct deliver_ops {
    const char *id; /* as in ingest.deliver */

    /* Looks at the target before the first message: is it there, may we write?  Makes
     * what is the destination's own to make.  ERR_SETTING with key ingest.target. */
    bool (*prepare)(const struct settings *settings, struct err *err);

    /* Has this message been delivered already, as the destination itself can tell
     * (Maildir: by the unique name)?  NULL: cannot tell. */
    bool (*has)(const struct settings *settings, const struct deliver_envelope *envelope);

    /* NULL with err as for DELIVER_LATER.  Settings and envelope are borrowed until
     * finish. */
    struct delivery *(*begin)(const struct settings *settings,
                              const struct deliver_envelope *envelope,
                              const struct cancel *cancel, struct err *err);
    /* false when no more is of use: finish says why.  */
    bool (*feed)(struct delivery *delivery, const char *bytes, size_t length);

    /* Ends, frees and sets *delivery to NULL.  complete is false when the fetch broke
     * off: nothing may stay, and the answer means nothing.  err unless DELIVER_DONE. */
    enum deliver_status (*finish)(struct delivery **delivery, bool complete,
                                  struct err *err);
};

extern const struct deliver_ops deliver_maildir;
extern const struct deliver_ops deliver_command;

/* By ingest.deliver; NULL when it is none that is built in. */
const struct deliver_ops *deliver_find(const char *id);

#endif
