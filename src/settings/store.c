#include "settings/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/credentials.h"
#include "settings/secret_source.h"
#include "settings/shelf.h"

enum { DOCUMENT_LIMIT = 1024 * 1024 };

/* $variable/letterbox, or ~/fallback/letterbox; NULL when there is neither. */
static char *user_directory(const char *variable, const char *fallback)
{
    const char *base = getenv(variable);
    const char *home = getenv("HOME");

    if (base && base[0] == '/')
        return mem_format("%s/letterbox", base);
    return home && home[0] ? mem_format("%s/%s/letterbox", home, fallback) : NULL;
}

static char *choose_directory(const char *given, const char *variable,
                              const char *for_root, const char *xdg, const char *fallback)
{
    const char *from_environment = getenv(variable);

    if (given)
        return mem_copy_text(given);
    if (from_environment && from_environment[0])
        return mem_copy_text(from_environment);
    if (geteuid() == 0)
        return mem_copy_text(for_root);
    return user_directory(xdg, fallback);
}

struct store *store_open(const char *config_dir, const char *state_dir, struct err *err)
{
    struct store *store = mem_new(1, sizeof *store);

    store->config = choose_directory(config_dir, "LETTERBOX_CONFIG_DIR", "/etc/letterbox",
                                     "XDG_CONFIG_HOME", ".config");
    store->state =
        choose_directory(state_dir, "LETTERBOX_STATE_DIR", "/var/lib/letterbox",
                         "XDG_STATE_HOME", ".local/state");
    if (!store->config || !store->config[0] || !store->state || !store->state[0]) {
        err_set(err, ERR_USAGE,
                _("It is not known where the settings are: HOME is not set. Name the "
                  "directories with --config-dir and --state-dir."));
        store_close(&store);
    }
    return store;
}

void store_close(struct store **store)
{
    if (!*store)
        return;
    free((*store)->config);
    free((*store)->state);
    free(*store);
    *store = NULL;
}

const char *store_config_dir(const struct store *store)
{
    return store->config;
}

const char *store_state_dir(const struct store *store)
{
    return store->state;
}

/* Names of the documents of a shelf. */
static char **document_names(const struct store *store, enum shelf shelf, struct err *err)
{
    char **entries = shelf_entries(store, shelf, err);
    size_t count = 0;

    for (size_t i = 0; entries && entries[i]; i++) {
        char *entry = entries[i];
        char *end = strrchr(entry, '.');
        bool is_document = end && strcmp(end, ".json") == 0;
        if (is_document) {
            *end = '\0';
            is_document = mailbox_name_is_valid(entry);
        }
        entries[i] = NULL;
        if (is_document)
            entries[count++] = entry;
        else
            free(entry);
    }
    return entries;
}

char **store_mailbox_names(struct store *store, struct err *err)
{
    return document_names(store, SHELF_MAILBOXES, err);
}

char **store_provider_names(struct store *store, struct err *err)
{
    return document_names(store, SHELF_PROVIDERS, err);
}

bool store_mailbox_exists(struct store *store, const char *name)
{
    return mailbox_name_is_valid(name) && shelf_has(store, SHELF_MAILBOXES, name);
}

/* What a parser said of a document, with its path; and for one that is no JSON at all
 * (its error has no key) the command that sets it aside. */
static void explain_document(const struct store *store, enum shelf shelf,
                             const char *name, const struct err *why, struct err *err)
{
    char *path = shelf_path(store, shelf, name);
    char *quoted = file_quote_path(path);

    if (why->key[0])
        err_set_key(err, why->class, why->key, "%s: %s", path, why->text);
    else
        err_set(err, why->class,
                _("%s: %s Repair it there, or set it aside and begin anew: "
                  "mv %s %s.broken"),
                path, why->text, quoted, quoted);
    free(quoted);
    free(path);
}

struct mailbox *store_load_mailbox(struct store *store, const char *name, struct err *err)
{
    struct mailbox *mailbox = NULL;
    struct err why = ERR_INIT;
    struct file_stamp stamp;
    struct buf text;

    buf_init(&text, DOCUMENT_LIMIT);
    if (shelf_read(store, SHELF_MAILBOXES, name, &text, &stamp, err)) {
        mailbox = mailbox_parse(name, text.data, text.length, &why);
        if (mailbox)
            mailbox->stamp = stamp;
        else
            explain_document(store, SHELF_MAILBOXES, name, &why, err);
    }
    buf_free(&text);
    return mailbox;
}

/* A provider that was put there by hand may hold its secret, if it is its owner's alone.
 */
static bool check_private(const struct store *store, const char *name, struct err *err)
{
    char *path = shelf_path(store, SHELF_PROVIDERS, name);
    struct buf text;
    bool good;

    buf_init_secret(&text, DOCUMENT_LIMIT);
    good = file_read(AT_FDCWD, path, path, FILE_PRIVATE, &text, NULL, err);
    buf_free(&text);
    free(path);
    return good;
}

struct provider *store_load_provider(struct store *store, const char *name,
                                     struct err *err)
{
    struct provider *provider = NULL;
    struct err why = ERR_INIT;
    struct buf text;

    buf_init_secret(&text, DOCUMENT_LIMIT);
    if (shelf_read(store, SHELF_PROVIDERS, name, &text, NULL, err)) {
        provider = provider_parse(name, text.data, text.length, &why);
        if (!provider)
            explain_document(store, SHELF_PROVIDERS, name, &why, err);
    }
    if (provider && provider->client_secret.place == SECRET_TYPED &&
        !check_private(store, name, err))
        provider_free(&provider);
    buf_free(&text);
    return provider;
}

/* In CONFIG/secrets. */
static struct secret *read_stored(struct store *store, const char *name, struct err *err)
{
    char *path = shelf_path(store, SHELF_SECRETS, name);
    struct secret *secret = NULL;
    struct err why = ERR_INIT;
    int dir = shelf_open(store, SHELF_SECRETS, false, &why);

    if (dir >= 0) {
        secret = secret_source_read_file(dir, name, path, FILE_PRIVATE, false, err);
        close(dir);
    } else if (err_is_set(&why)) {
        err_pass(err, &why);
    } else {
        err_set(err, ERR_DATA, _("%s does not exist."), path);
    }
    free(path);
    return secret;
}

struct secret *store_read_secret(struct store *store, const struct secret_ref *ref,
                                 struct err *err)
{
    struct secret *secret;
    struct err why = ERR_INIT;

    if (ref->place != SECRET_STORED)
        return secret_source_read(ref, err);
    secret = credentials_read(ref->name, &why);
    if (secret || err_is_set(&why)) {
        err_pass(err, &why);
        return secret;
    }
    secret = read_stored(store, ref->name, &why);
    if (secret)
        return secret;
    if (credentials_given() && why.class == ERR_REFUSED)
        credentials_explain_missing(ref->name, err);
    else
        err_pass(err, &why);
    return NULL;
}
