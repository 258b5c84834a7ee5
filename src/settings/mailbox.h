/*
 * One mailbox as it is saved: the contract between the wizard and the ingest.
 *
 * CONFIG/mailboxes/NAME.json, described for other programs in docs/SETTINGS.md and
 * docs/mailbox.schema.json.  Keys of setting.h in nested objects, "version": 1, values at
 * their preset left in (a reader needs no defaults), keys of pages that this choice does
 * not ask for left out, unknown keys kept.  Secrets are references:
 *
 *     "client_secret": {"stored": "support.client_secret.1f0c"}  of CONFIG/secrets
 *     "client_secret": {"file": "/run/secrets/imap"} | {"env": "X"} |
 *                      {"command": ["pass", "imap"]}
 */
#ifndef LETTERBOX_SETTINGS_MAILBOX_H
#define LETTERBOX_SETTINGS_MAILBOX_H

#include <jansson.h>
#include <stdbool.h>

#include "base/file.h"
#include "settings/setting.h"

struct err;
struct err_list;

#define MAILBOX_VERSION  1
#define MAILBOX_NAME_MAX 63

struct mailbox {
    char *name; /* == settings_text(&settings, SET_NAME) */
    struct settings settings;
    char *tested_at; /* RFC 3339, when these settings last passed the test; or NULL */
    json_t *extra;   /* the object as it was read, for its unknown keys; or NULL */
    struct file_stamp stamp; /* of the file as read; `exists` is false for a new one */
};

struct mailbox *mailbox_new(const char *name);
void mailbox_free(struct mailbox **mailbox);

/* [a-z0-9][a-z0-9._-]{0,62} */
bool mailbox_name_is_valid(const char *name);

/* Which settings this choice uses (by method, source, deliver, on_success, on_failure):
 * the rule behind what is asked, saved, and named as unused. */
bool setting_is_used(const struct settings *settings, enum setting_id id);

/* From the file's bytes.  ERR_DATA names line and column (no key then), a later version
 * (key "version"), or the setting's key; a secret that stands in the file itself is one.
 */
struct mailbox *mailbox_parse(const char *name, const char *bytes, size_t length,
                              struct err *err);

/* The file's content, with a newline at the end; the caller's (free()).  Secrets must not
 * be SECRET_TYPED any more (the store puts them away first). */
char *mailbox_format(const struct mailbox *mailbox);

/* What a person may see: secrets as where they are, never their value. */
json_t *mailbox_to_public_json(const struct mailbox *mailbox);

#endif
