/*
 * A folder whose UIDVALIDITY has changed, or that gave UIDs anew under the same one: all
 * its messages have new numbers, and those that the ledger knows are recognised
 * (docs/decisions/0021-renumbered.md, 0024-restored.md).
 */
#ifndef LETTERBOX_INGEST_RENUMBERED_H
#define LETTERBOX_INGEST_RENUMBERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "imap/session.h"
#include "ingest/pass.h"

struct err;

/* Looks at these messages, of which the ledger has no row yet: one whose Message-ID and
 * size are those of a single message that was delivered or refused under the numbering
 * pass->former, and of no other among these, gets that message's row.  All or nothing,
 * durable; until it is done, ledger_enter tells of the change again.  Sets pass->former
 * to 0.  false with err as pass_run. */
bool renumbered_recognise(struct pass *pass, const struct imap_uids *uids,
                          struct err *err);

/* Are these, at most IMAP_SET_MAX that are unread although the ledger has them as
 * delivered or refused, still the same messages?  false with err: ERR_RETRY when one is
 * not, and the next visit takes the folder for one that is numbered anew; else as
 * pass_run. */
bool renumbered_check(struct pass *pass, const uint32_t *uids, size_t count,
                      struct err *err);

#endif
