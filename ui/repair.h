/*
 * Repairs without a key: what a diagnosis, or the fix that a page offers on F3, knows to
 * be right is put into the wizard's values, and every change is kept to be told.
 *
 * Nothing is saved here.  A value that stood there before is never put back, so rounds of
 * repair and test come to an end.
 */
#ifndef LETTERBOX_UI_REPAIR_H
#define LETTERBOX_UI_REPAIR_H

#include <jansson.h>
#include <stdbool.h>

#include "ui/setup.h"

#define REPAIR_ROUNDS_MAX  4 /* of repairing and testing again */
#define REPAIR_CHANGES_MAX 16

/* A value that changed, also one that followed from another.  Of a secret, the blanks
 * around it were removed: both texts are NULL. */
struct repair_change {
    enum setting_id field;
    char *from, *to; /* owned; safe for a terminal */
};

/* Starts zeroed. */
struct repair_log {
    struct repair_change changes[REPAIR_CHANGES_MAX]; /* in the order they were made */
    size_t count;
    size_t rounds;
};

void repair_log_free(struct repair_log *log);

/* Takes the fix that is offered for each value up to `last` that is not valid: before the
 * test of an answers file, which would be refused.  true when something changed. */
bool repair_invalid(struct repair_log *log, struct wizard *wizard, enum page_id last);

/* Does for the values what the failed test of them says: its repairs, else the fix that
 * is offered for the field it names.  A repair that would leave more questions open than
 * there were is a person's, and not made.  false when nothing (further) is known. */
bool repair_after_test(struct repair_log *log, struct setup *setup,
                       const struct check_facts *facts,
                       const struct diagnosis *diagnosis);

/* Says the changes from number `first` on, a line each on standard error. */
void repair_tell(const struct repair_log *log, size_t first, const char *mailbox);

/* Says which keys of the answers file are to hold what, so that it holds what was
 * tested; nothing when nothing was changed. */
void repair_tell_file(const struct repair_log *log, const char *path, bool passed);

/* [{"field": KEY, "from": …, "to": …}, …], a secret's without its texts. */
json_t *repair_json(const struct repair_log *log);

#endif
