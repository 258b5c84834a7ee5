/*
 * The reminder of a Client secret that ends: a line in the log, once a day.
 */
#ifndef LETTERBOX_INGEST_REMINDER_H
#define LETTERBOX_INGEST_REMINDER_H

#include <time.h>

#include "settings/mailbox.h"
#include "settings/store.h"

/* Zeroed: nothing was looked at yet. */
struct reminder {
    time_t next; /* not before */
};

/* At the first call and then once in each day of UTC: looks when the secret ends, and
 * from 30 days before logs it as a warning ("secret-expires").  An existing provider's
 * file is read anew.  `now` in seconds since 1970. */
void reminder_look(struct reminder *reminder, struct store *store,
                   const struct mailbox *mailbox, time_t now);

#endif
