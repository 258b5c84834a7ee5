/*
 * A folder whose UIDVALIDITY has changed: all its messages have new UIDs, and those that
 * the ledger knows are recognised (docs/decisions/0021-renumbered.md).
 */
#ifndef LETTERBOX_INGEST_RENUMBERED_H
#define LETTERBOX_INGEST_RENUMBERED_H

#include <stdbool.h>

#include "imap/session.h"
#include "ingest/pass.h"

struct err;

/* Looks at these messages, of which the ledger has no row yet: one whose Message-ID and
 * size are those of a single message that was delivered or refused under the UIDVALIDITY
 * pass->former, and of no other among these, gets that message's row.  All or nothing,
 * durable; until it is done, ledger_enter tells of the change again.  Sets pass->former
 * to 0.  false with err as pass_run. */
bool renumbered_recognise(struct pass *pass, const struct imap_uids *uids,
                          struct err *err);

#endif
