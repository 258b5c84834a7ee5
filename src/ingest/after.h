/*
 * What happens to a message in the mailbox once it is settled: seen, move, delete, keep.
 */
#ifndef LETTERBOX_INGEST_AFTER_H
#define LETTERBOX_INGEST_AFTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap/session.h"
#include "settings/setting.h"

struct err;

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

struct after_place {
    const char *login;
    const char *from; /* the folder that is served */
    const char *to;   /* for AFTER_MOVE */
};

/* Does it, for at most IMAP_SET_MAX messages: by one command, or one by one when the
 * server refuses that for another reason than the folder's rights, which are the same for
 * all.  done[i] tells whether it was done with uids[i]; what was
 * copied counts as moved, so that it is never copied again.  A missing folder
 * (AFTER_MOVE) is created once; AFTER_KEEP does nothing.  The first thing that the server
 * refuses goes into `complaint` (after_refusal.h); false with err when the session is
 * over, and done[] tells what was done before that.  A COPY that the server does not
 * answer in time counts as done: it may well be, and to try again would make one copy
 * each time. */
bool after_carry_out(enum after after, struct imap_session *session, const uint32_t *uids,
                     size_t count, const struct after_place *place, bool *done,
                     struct err *complaint, struct err *err);

#endif
