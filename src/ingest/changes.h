/*
 * What is saved, and when it changes: for an ingest that takes notice while it runs.
 */
#ifndef LETTERBOX_INGEST_CHANGES_H
#define LETTERBOX_INGEST_CHANGES_H

#include <stdbool.h>

#include "settings/store.h"

struct changes;

/* Watches CONFIG/mailboxes, CONFIG/providers and CONFIG/secrets, also when they are not
 * there yet.  NULL when the system cannot, or not as much (inotify(7)); the call below
 * then is what is left.  One thread. */
struct changes *changes_watch(const struct store *store);
void changes_free(struct changes **changes);

/* Readable when something has changed. */
int changes_fd(const struct changes *changes);

/* Takes what made it readable, and watches what is new. */
void changes_take(struct changes *changes);

/* Everything that a run of this mailbox depends on, in one text: the files as they are,
 * not what is in them.  Two that are equal mean that nothing was saved in between.  Says
 * too when a file cannot be read.  The caller's (free()). */
char *changes_print(struct store *store, const char *name);

#endif
