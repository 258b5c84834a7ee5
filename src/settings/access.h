/*
 * What it takes to get into a mailbox: settings with every reference followed.
 *
 * Made once per test or ingest run from a mailbox's settings: the secret is read, an
 * existing provider's values are put in.  Deep-copied for each thread, wiped when freed.
 */
#ifndef LETTERBOX_SETTINGS_ACCESS_H
#define LETTERBOX_SETTINGS_ACCESS_H

#include <stdbool.h>
#include <time.h>

#include "settings/setting.h"

struct err;
struct store;

struct access {
    struct settings settings;  /* secrets unset, once complete */
    bool uses_token;           /* OAuth; without it all below but credential is NULL */
    struct secret *credential; /* the password, or the client secret */
    char *token_url;           /* NULL when only an issuer is known */
    char *issuer;              /* to be discovered when token_url is NULL; else NULL */
    char *client_id;
    char *client_auth;        /* "post" or "basic" */
    time_t secret_expires_at; /* as far as it is known, once complete; 0: it is not */
    char *config_dir,
        *state_dir; /* private: where the references lead; NULL once complete */
};

/* The settings with their references not yet followed: never waits, reads nothing. */
struct access *access_prepare(const struct store *store, const struct settings *settings);

/* Follows them, with a store of its own on the same directories: on a thread where a
 * secret that a command prints may take its time.  Does nothing when that is done
 * already.  false with err (and its key) when a reference leads nowhere. */
bool access_complete(struct access *access, struct err *err);

/* Both at once; NULL with err. */
struct access *access_resolve(const struct store *store, const struct settings *settings,
                              struct err *err);
void access_free(struct access **access);

#endif
