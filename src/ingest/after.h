/*
 * What happens to a message in the mailbox once it is settled: seen, move, delete, keep.
 */
#ifndef LETTERBOX_INGEST_AFTER_H
#define LETTERBOX_INGEST_AFTER_H

#include <stdint.h>

#include "imap/session.h"
#include "settings/setting.h"

enum after {
    AFTER_KEEP,
    AFTER_SEEN,
    AFTER_MOVE,
    AFTER_DELETE,
};

/* As it was set; an unknown word is AFTER_KEEP, which harms nothing. */
enum after after_success(const struct settings *settings);
enum after after_failure(const struct settings *settings);

const char *after_id(enum after after); /* "seen", as in settings and ledger */

/* What is still to do when `wanted` is set and `settled` (a ledger's word, "" for
 * nothing) was done before.  A message that was moved or deleted and is still there is
 * one that the server cannot expunge: marking it as seen is all that is left. */
enum after after_still_due(enum after wanted, const char *settled);

/* Does it.  A missing `folder` (AFTER_MOVE) is created once; AFTER_KEEP does nothing. */
enum imap_status after_carry_out(enum after after, struct imap_session *session,
                                 uint32_t uid, const char *folder);

#endif
