/*
 * Every value that letterbox asks for, in one table; and a set of such values.
 *
 * The key is the same everywhere: the answers file, the saved file (where "oauth.scope"
 * is member "scope" of object "oauth"), error messages, and the wizard's fields.
 *
 * In memory each value is the text that a person typed or that a file held, so nothing is
 * lost when it is not yet valid; only secrets have a type of their own (struct
 * secret_ref).  Lists and maps are one line in the words of base/argv.h:
 *
 *     ingest.target     /usr/bin/deliver --queue "first line"
 *     oauth.parameters  audience=https://imap.example.com/ "resource=a b"
 */
#ifndef LETTERBOX_SETTINGS_SETTING_H
#define LETTERBOX_SETTINGS_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"

enum setting_kind {
    SETTING_TEXT,
    SETTING_NUMBER, /* a JSON integer in files */
    SETTING_SWITCH, /* "true" or "false"; a JSON boolean in files */
    SETTING_SECRET, /* struct secret_ref */
    SETTING_MAP,    /* a JSON object of strings in files */
    SETTING_TARGET, /* a JSON string, or an array of strings when ingest.deliver is
                       command */
};

/*          id                          key                             kind    default */
#define SETTING_TABLE(ROW)                                                               \
    ROW(NAME, "name", TEXT, "") /* the file's name, not in the file */                   \
    ROW(AUTH_METHOD, "auth.method", TEXT, "")                                            \
    ROW(BASIC_USERNAME, "basic.username", TEXT, "")                                      \
    ROW(BASIC_PASSWORD, "basic.password", SECRET, "")                                    \
    ROW(OAUTH_SOURCE, "oauth.source", TEXT, "")                                          \
    ROW(OAUTH_PROVIDER, "oauth.provider", TEXT, "")                                      \
    ROW(OAUTH_CLOUD, "oauth.cloud", TEXT, "global")                                      \
    ROW(OAUTH_TENANT, "oauth.tenant", TEXT, "")                                          \
    ROW(OAUTH_TOKEN_URL, "oauth.token_url", TEXT, "")                                    \
    ROW(OAUTH_CLIENT_ID, "oauth.client_id", TEXT, "")                                    \
    ROW(OAUTH_CLIENT_SECRET, "oauth.client_secret", SECRET, "")                          \
    ROW(OAUTH_CLIENT_SECRET_EXPIRES_AT, "oauth.client_secret_expires_at", TEXT, "")      \
    ROW(OAUTH_CLIENT_AUTH, "oauth.client_auth", TEXT, "post")                            \
    ROW(OAUTH_SCOPE, "oauth.scope", TEXT, "")                                            \
    ROW(OAUTH_PARAMETERS, "oauth.parameters", MAP, "")                                   \
    ROW(OAUTH_PROXY, "oauth.proxy", TEXT, "")                                            \
    ROW(SERVER_HOST, "server.host", TEXT, "")                                            \
    ROW(SERVER_PORT, "server.port", NUMBER, "993")                                       \
    ROW(SERVER_SECURITY, "server.security", TEXT, "tls")                                 \
    ROW(SERVER_TIMEOUT_SECONDS, "server.timeout_seconds", NUMBER, "15")                  \
    ROW(TLS_CA_FILE, "tls.ca_file", TEXT, "")                                            \
    ROW(MAILBOX_USER, "mailbox.user", TEXT, "")                                          \
    ROW(MAILBOX_FOLDER, "mailbox.folder", TEXT, "INBOX")                                 \
    ROW(INGEST_CONSUMER, "ingest.consumer", TEXT, "")                                    \
    ROW(INGEST_DELIVER, "ingest.deliver", TEXT, "maildir")                               \
    ROW(INGEST_TARGET, "ingest.target", TARGET, "")                                      \
    ROW(INGEST_RECIPIENT, "ingest.recipient", TEXT, "")                                  \
    ROW(INGEST_HTTP_SECRET, "ingest.http_secret", SECRET, "")                            \
    ROW(INGEST_HTTP_SECRET_AS, "ingest.http_secret_as", TEXT, "bearer")                  \
    ROW(INGEST_HTTP_MESSAGE_FIELD, "ingest.http_message_field", TEXT, "")                \
    ROW(INGEST_HTTP_MESSAGE_TYPE, "ingest.http_message_type", TEXT, "")                  \
    ROW(INGEST_HTTP_FIELDS, "ingest.http_fields", MAP, "")                               \
    ROW(INGEST_HTTP_HEADERS, "ingest.http_headers", MAP, "")                             \
    ROW(INGEST_STATUSES, "ingest.statuses", MAP, "")                                     \
    ROW(INGEST_TIMEOUT_SECONDS, "ingest.timeout_seconds", NUMBER, "120")                 \
    ROW(INGEST_MAX_MEGABYTES, "ingest.max_megabytes", NUMBER, "1024")                    \
    ROW(INGEST_ON_SUCCESS, "ingest.on_success", TEXT, "seen")                            \
    ROW(INGEST_SUCCESS_FOLDER, "ingest.success_folder", TEXT, "")                        \
    ROW(INGEST_ON_FAILURE, "ingest.on_failure", TEXT, "keep")                            \
    ROW(INGEST_FAILURE_FOLDER, "ingest.failure_folder", TEXT, "")                        \
    ROW(INGEST_POLL_SECONDS, "ingest.poll_seconds", NUMBER, "60")                        \
    ROW(INGEST_IDLE, "ingest.idle", SWITCH, "true")

enum setting_id {
#define ROW(id, key, kind, value) SET_##id,
    SETTING_TABLE(ROW)
#undef ROW
        SET_COUNT,
    SET_NONE = -1,
};

struct setting_def {
    const char *key;
    enum setting_kind kind;
    const char *preset; /* the value of a new mailbox */
};

extern const struct setting_def setting_defs[SET_COUNT];

/* The setting with this key, or SET_NONE; *nearest (may be NULL) then gets the id whose
 * key is most like it, or SET_NONE when none is near. */
enum setting_id setting_find(const char *key, enum setting_id *nearest);

/* Where a secret is. */
enum secret_place {
    SECRET_UNSET,
    SECRET_TYPED,   /* in memory, not yet saved: `value` */
    SECRET_STORED,  /* a file of letterbox's own in CONFIG/secrets: `name` */
    SECRET_FILE,    /* somebody else's file: `name` is its path */
    SECRET_ENV,     /* an environment variable: `name` */
    SECRET_COMMAND, /* the first line a command prints: `argv` */
};

struct secret_ref {
    enum secret_place place;
    struct secret *value; /* owned; SECRET_TYPED only */
    char *name;           /* owned */
    char **argv;          /* owned */
};

/* To SECRET_UNSET; what it held is wiped. */
void secret_ref_clear(struct secret_ref *ref);
/* Deep; `to` uninitialised. */
void secret_ref_copy(struct secret_ref *to, const struct secret_ref *from);
bool secret_ref_equal(const struct secret_ref *a, const struct secret_ref *b);

/* A set of values.  Plain data: copied deep, never shared between threads. */
struct settings {
    char *text[SET_COUNT]; /* never NULL after settings_init; "" for secrets */
    struct secret_ref basic_password;
    struct secret_ref client_secret;
    struct secret_ref http_secret;
};

void settings_init(struct settings *settings); /* every value at its preset */
void settings_free(struct settings *settings);
void settings_copy(struct settings *to,
                   const struct settings *from); /* `to` uninitialised */
bool settings_equal(const struct settings *a, const struct settings *b);

const char *settings_text(const struct settings *settings, enum setting_id id);
bool settings_is(const struct settings *settings, enum setting_id id, const char *text);
void settings_set(struct settings *settings, enum setting_id id, const char *text);

/* The number in a NUMBER; `otherwise` when it is none or does not fit an int. */
int settings_number(const struct settings *settings, enum setting_id id, int otherwise);
bool settings_switch(const struct settings *settings, enum setting_id id);

/* The reference behind a SECRET setting; NULL for others. */
struct secret_ref *settings_secret(struct settings *settings, enum setting_id id);
const struct secret_ref *settings_secret_const(const struct settings *settings,
                                               enum setting_id id);

/* The login that IMAP is given: basic.username, or mailbox.user for OAuth. */
const char *settings_login(const struct settings *settings);

#endif
