/*
 * The directories of a store, and the documents in them: what store.c and store_save.c
 * share.
 */
#ifndef LETTERBOX_SETTINGS_SHELF_H
#define LETTERBOX_SETTINGS_SHELF_H

#include <stdbool.h>
#include <sys/types.h>

#include "settings/store.h"

struct buf;

struct store {
    char *config;
    char *state;
};

/* The ingest's group, when root saves for it; else (gid_t)-1.  Asked for at a save only:
 * the system's look-up can load half a dozen libraries. */
gid_t shelf_group(void);

enum shelf { SHELF_MAILBOXES, SHELF_PROVIDERS, SHELF_SECRETS };

/* CONFIG/mailboxes/NAME.json, CONFIG/secrets/NAME; of the directory itself when name is
 * NULL.  The caller's (free()). */
char *shelf_path(const struct store *store, enum shelf shelf, const char *name);

/* "NAME.json", the file of a document in its shelf; the caller's (free()). */
char *shelf_file(const char *name);

/* The directory, which must be its owner's alone to change.  Without `create`: -1 and no
 * err when it is not there yet. */
int shelf_open(const struct store *store, enum shelf shelf, bool create, struct err *err);

bool shelf_has(const struct store *store, enum shelf shelf, const char *name);

/* Every entry but "." and "..", in order; NULL with err. */
char **shelf_entries(const struct store *store, enum shelf shelf, struct err *err);

/* The whole document; ERR_SETTING when there is none of that name. */
bool shelf_read(const struct store *store, enum shelf shelf, const char *name,
                struct buf *text, struct file_stamp *stamp, struct err *err);

/* That there is no document of this name, and how to see those that are: ERR_SETTING;
 * false. */
bool shelf_explain_missing(const struct store *store, enum shelf shelf, const char *name,
                           struct err *err);

/* For saving: the configuration's directory is made, and its lock is held until the
 * descriptor is closed.  -1 with err. */
extern int store_lock_wait_ms; /* 5 s; only a test makes it shorter */
int store_lock(const struct store *store, struct err *err);

#endif
