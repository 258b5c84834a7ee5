/*
 * When a mailbox that failed is tried again, and whether a person has to act first.
 *
 * What may pass by itself (the classes ERR_RETRY and ERR_WRITE) is waited for, longer
 * each time.  All else needs a person: such a mailbox is parked, and tried now and then
 * all the same, because people act without telling.  One that has worked is doubted
 * before it is parked: a server in its nightly backup refuses good passwords, too.
 *
 * Every wait is part chance, so that many mailboxes do not come back in step.
 */
#ifndef LETTERBOX_INGEST_BACKOFF_H
#define LETTERBOX_INGEST_BACKOFF_H

#include <stdbool.h>

#include "base/err.h"

#define BACKOFF_MOST_S   300  /* between two tries, as long as nobody has to act */
#define BACKOFF_ASKED_S  3600 /* what a server may ask for */
#define BACKOFF_PARKED_S 900  /* parked: first this, then doubled… */
#define BACKOFF_RARELY_S 3600 /* …up to this */
#define BACKOFF_DOUBTS   2

/* Zeroed: nothing has happened yet. */
struct backoff {
    bool has_worked;
    unsigned losses;   /* in a row, of the kind that passes */
    unsigned refusals; /* since it last worked, of the kind that needs a person */
};

struct backoff_plan {
    bool is_parked;
    unsigned seconds;
};

/* After a failure of this class.  asked_s: how long the server asked to be left alone, 0
 * when it did not; honoured up to BACKOFF_ASKED_S.  `chance` is any number. */
struct backoff_plan backoff_next(struct backoff *backoff, enum err_class why,
                                 unsigned asked_s, unsigned chance);

void backoff_note_success(struct backoff *backoff);

#endif
