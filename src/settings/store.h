/*
 * Where settings live: CONFIG/mailboxes, CONFIG/providers, CONFIG/secrets.
 *
 * A save is all or nothing across the mailbox file and its secrets.  The order: new
 * secrets under fresh names (fsync, rename), then the mailbox file that refers to them
 * (the commit), then the secrets that nothing refers to any more.  A crash in between
 * leaves the old mailbox whole, and at most an unused secret, which the next save of that
 * name removes. A lock file in CONFIG keeps two saves apart; a mailbox that was changed
 * since it was read (struct file_stamp) is not overwritten: ERR_WRITE says so.
 */
#ifndef LETTERBOX_SETTINGS_STORE_H
#define LETTERBOX_SETTINGS_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/mailbox.h"
#include "settings/provider.h"

struct err;
struct store;

/* NULL, with err, only when a user has no HOME to look in.  NULL directories mean the
 * environment (LETTERBOX_CONFIG_DIR, LETTERBOX_STATE_DIR), then /etc/letterbox and
 * /var/lib/letterbox for root, XDG directories for others.  Nothing is created before the
 * first save. */
struct store *store_open(const char *config_dir, const char *state_dir, struct err *err);
void store_close(struct store **store);

const char *store_config_dir(const struct store *store);
const char *store_state_dir(const struct store *store);

/* Names in order; the caller's (argv_free).  An absent directory is an empty list. */
char **store_mailbox_names(struct store *store, struct err *err);
char **store_provider_names(struct store *store, struct err *err);

bool store_mailbox_exists(struct store *store, const char *name);
struct mailbox *store_load_mailbox(struct store *store, const char *name,
                                   struct err *err);

/* Typed secrets become SECRET_STORED in `mailbox`, those that its choice does not use are
 * dropped, and its stamp is the new file's.  On failure `mailbox` is as it was, and so
 * are the files (directories that were made stay). */
bool store_save_mailbox(struct store *store, struct mailbox *mailbox, struct err *err);

struct provider *store_load_provider(struct store *store, const char *name,
                                     struct err *err);
bool store_save_provider(struct store *store, struct provider *provider, bool replace,
                         struct err *err);
/* ERR_SETTING when a mailbox still uses it; a mailbox that cannot be read might. */
bool store_remove_provider(struct store *store, const char *name, struct err *err);

/* The secret behind a reference, the caller's: from memory, a checked file, the
 * environment, or a command (no shell; 10 s; its first line).  One newline at a file's
 * end is dropped.  A stored one is taken from systemd's credentials where the process has
 * it there (settings/credentials.h), else from CONFIG/secrets. */
struct secret *store_read_secret(struct store *store, const struct secret_ref *ref,
                                 struct err *err);

#endif
