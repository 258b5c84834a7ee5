/*
 * What the sources of ingest/pass.h share; nobody else includes it.
 *
 * pass.c finds the messages and sorts them by what the ledger knows; pass_group.c takes
 * many at once, pass_single.c one by one; pass_outcome.c is what becomes of one.
 */
#ifndef LETTERBOX_INGEST_PASS_PRIVATE_H
#define LETTERBOX_INGEST_PASS_PRIVATE_H

#include "base/log.h"
#include "ingest/after.h"
#include "ingest/pass.h"

/* A message to deliver, and what the ledger knew of it when the pass looked. */
struct item {
    uint32_t uid;
    struct ledger_row row;
};

struct items {
    struct item *list;
    size_t count, room;
};

void items_add(struct items *items, const struct item *item);

/* ---- pass_outcome.c ---------------------------------------------------------------- */

/* Tells whoever looks; false when the pass is to end. */
bool pass_tell_progress(const struct pass *pass);
/* Between two messages; false with err (ERR_CANCELLED). */
bool pass_may_go_on(const struct pass *pass, struct err *err);

void pass_log(const struct pass *pass, enum log_level level, const char *event,
              const struct imap_message *message, const char *why);

/* What a message may have; no hostile server may fill the disk. */
uint64_t pass_most_bytes(const struct pass *pass);
void pass_envelope(const struct pass *pass, const struct imap_message *message,
                   struct deliver_envelope *envelope);

/* What is done with messages in that state, by the settings. */
enum after pass_wanted_after(const struct pass *pass, enum ledger_state state);

/* Marks, moves or deletes at most IMAP_SET_MAX messages of that state, for which `due` is
 * due, and notes it.  A server's refusal is a complaint, not the end: the ledger knows
 * that they are settled, and the next run comes back to them. */
bool pass_settle(struct pass *pass, const uint32_t *uids, size_t count,
                 enum ledger_state state, enum after due, struct err *err);

/* Records, logs and settles one message. */
bool pass_delivered(struct pass *pass, const struct imap_message *message,
                    struct err *err);
bool pass_refuse(struct pass *pass, const struct imap_message *message, const char *why,
                 struct err *err);
/* Why one is refused before it is fetched: NULL when it is not.  `room` is for the text.
 */
const char *pass_why_refused(const struct pass *pass, const struct imap_message *message,
                             const struct ledger_row *row, char *room, size_t size);

/* Left as it is for a later run, although the others can have their turn now. */
bool pass_defer(struct pass *pass, const struct imap_message *message, unsigned attempts,
                const struct err *why, struct err *err);
/* The same, and nothing more can be done now: `why` is also why the pass ends.  Whether
 * it says something about the message is whether it counts as an attempt. */
bool pass_break_off(struct pass *pass, const struct imap_message *message, bool counted,
                    const struct err *why, struct err *err);
void pass_due_at(struct pass *pass, time_t when);

/* One that the server does not even describe, because of `why`: it is put off, which
 * counts, or refused when that was so too often.  false with err when that cannot be
 * noted. */
bool pass_blame(struct pass *pass, const struct item *item, const struct err *why,
                struct err *err);

/* The session ended while so many of `items` were described, because of `why`: the first
 * that was not is the one that it ended for, as a rule. */
bool pass_broke_off_describing(struct pass *pass, const struct item *items, size_t count,
                               const struct imap_message *messages, size_t described,
                               const struct err *why, struct err *err);

/* One that another client has taken out of the folder since the search: it is said, and
 * the ledger knows nothing of it any more. */
bool pass_absent(struct pass *pass, const struct item *item, struct err *err);
/* Has another client read it since the search?  Then it is that client's, and left alone:
 * pass_leave says so, and the ledger knows nothing of it any more, so that it comes as a
 * new one when it is marked as unread again. */
bool pass_is_others(const struct imap_message *message, const struct item *item);
bool pass_leave(struct pass *pass, const struct imap_message *message, struct err *err);

/* ---- The two ways ------------------------------------------------------------------ */

bool pass_take_singly(struct pass *pass, const struct items *items, struct err *err);
/* Those that have to be taken singly are added to `late`. */
bool pass_take_groups(struct pass *pass, const struct items *items, struct items *late,
                      struct err *err);

#endif
