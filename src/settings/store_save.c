#include "settings/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/file_calls.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/shelf.h"

enum { DOCUMENT_MODE = 0640, SECRET_MODE = 0600 };

/* What refers to secrets */

/* Every SECRET_STORED of the configuration.  One document that cannot be read might refer
 * to anything: the list is not complete then, and nothing may be removed by it. */
struct references {
    char **names;
    size_t count;
    bool complete;
};

/* The secrets of a mailbox, and the word for each in its file's name. */
static const struct {
    enum setting_id id;
    const char *word;
} secrets[] = {
    {SET_BASIC_PASSWORD, "password"},
    {SET_OAUTH_CLIENT_SECRET, "client_secret"},
    {SET_INGEST_HTTP_SECRET, "http_secret"},
};

enum { SECRET_COUNT = sizeof secrets / sizeof secrets[0] };

static void add_reference(struct references *to, const struct secret_ref *ref)
{
    if (ref->place != SECRET_STORED)
        return;
    to->names = mem_resize(to->names, to->count + 2, sizeof *to->names);
    to->names[to->count++] = mem_copy_text(ref->name);
    to->names[to->count] = NULL;
}

static void collect_references(struct store *store, struct references *to)
{
    char **mailboxes = store_mailbox_names(store, NULL);
    char **providers = store_provider_names(store, NULL);

    *to = (struct references){.complete = mailboxes && providers};
    for (size_t i = 0; mailboxes && mailboxes[i]; i++) {
        struct mailbox *mailbox = store_load_mailbox(store, mailboxes[i], NULL);
        to->complete = to->complete && mailbox;
        for (size_t k = 0; mailbox && k < SECRET_COUNT; k++)
            add_reference(to, settings_secret(&mailbox->settings, secrets[k].id));
        mailbox_free(&mailbox);
    }
    for (size_t i = 0; providers && providers[i]; i++) {
        struct provider *provider = store_load_provider(store, providers[i], NULL);
        to->complete = to->complete && provider;
        if (provider)
            add_reference(to, &provider->client_secret);
        provider_free(&provider);
    }
    argv_free(&mailboxes);
    argv_free(&providers);
}

static bool is_referred_to(const struct references *references, const char *name)
{
    for (size_t i = 0; i < references->count; i++)
        if (strcmp(references->names[i], name) == 0)
            return true;
    return !references->complete;
}

/* Sweeping: what the last save replaced, and what a crash left.  Only under the lock, so
 * a temporary file is nobody's.  Best effort: an unused secret hurts nobody. */

static void sweep_secrets(struct store *store, const char *prefix)
{
    char **entries = shelf_entries(store, SHELF_SECRETS, NULL);
    int dir = shelf_open(store, SHELF_SECRETS, false, NULL);
    size_t length = strlen(prefix), removed = 0;
    struct references references;

    collect_references(store, &references);
    for (size_t i = 0; entries && entries[i] && dir >= 0; i++) {
        const char *entry = entries[i];
        bool is_temporary = entry[0] == '.';
        if (strncmp(entry + is_temporary, prefix, length) == 0 &&
            (is_temporary || !is_referred_to(&references, entry)))
            removed += file_calls()->unlink(dir, entry, 0) == 0;
    }
    if (removed)
        file_calls()->sync(dir);
    if (dir >= 0)
        close(dir);
    argv_free(&references.names);
    argv_free(&entries);
}

static void sweep_temporaries(struct store *store, enum shelf shelf, const char *name)
{
    char **entries = shelf_entries(store, shelf, NULL);
    int dir = shelf_open(store, shelf, false, NULL);
    char *file = shelf_file(name);

    for (size_t i = 0; entries && entries[i] && dir >= 0; i++)
        if (file_is_temporary(entries[i], file))
            file_calls()->unlink(dir, entries[i], 0);
    if (dir >= 0)
        close(dir);
    free(file);
    argv_free(&entries);
}

/* Secrets */

static char *fresh_name(const char *prefix, const char *key)
{
    unsigned char random[8];
    struct buf name;
    char *text;

    if (getentropy(random, sizeof random) != 0)
        abort();
    buf_init(&name, 256);
    buf_add_format(&name, "%s%s.", prefix, key);
    for (size_t i = 0; i < sizeof random; i++)
        buf_add_format(&name, "%02x", random[i]);
    text = buf_take(&name);
    buf_free(&name);
    return text;
}

/* One newline at a file's end is dropped when it is read (store_read_secret), so that an
 * editor may write it; a secret that ends in one therefore gets another. */
static bool write_secret(struct store *store, const char *name,
                         const struct secret *secret, struct err *err)
{
    char *path = shelf_path(store, SHELF_SECRETS, name);
    int dir = shelf_open(store, SHELF_SECRETS, true, err);
    size_t length = secret_length(secret);
    struct buf bytes;
    bool done = false;

    buf_init_secret(&bytes, length + 1);
    buf_add(&bytes, secret_bytes(secret), length);
    if (length && bytes.data[length - 1] == '\n')
        buf_add_char(&bytes, '\n');
    if (dir >= 0) {
        done = file_replace(dir, name, path, bytes.data, bytes.length, SECRET_MODE,
                            (gid_t)-1, NULL, err);
        close(dir);
    }
    buf_free(&bytes);
    free(path);
    return done;
}

/* A typed secret goes to a file under a fresh name; *ref becomes SECRET_STORED.  A stored
 * one must be there. */
static bool put_secret_away(struct store *store, const char *prefix, const char *member,
                            const char *key, struct secret_ref *ref, struct err *err)
{
    char *name;

    if (ref->place == SECRET_STORED && !shelf_has(store, SHELF_SECRETS, ref->name))
        return err_set_key(err, ERR_SETTING, key,
                           _("The stored secret %s/secrets/%s is gone. Enter the secret "
                             "again."),
                           store->config, ref->name);
    if (ref->place != SECRET_TYPED)
        return true;
    name = fresh_name(prefix, member);
    if (!write_secret(store, name, ref->value, err)) {
        free(name);
        return false;
    }
    secret_ref_clear(ref);
    ref->place = SECRET_STORED;
    ref->name = name;
    return true;
}

/* Takes back what put_secret_away did to `now`, which was a copy of `before`. */
static void take_secret_back(struct store *store, const struct secret_ref *before,
                             const struct secret_ref *now)
{
    int dir;

    if (before->place != SECRET_TYPED || now->place != SECRET_STORED)
        return;
    dir = shelf_open(store, SHELF_SECRETS, false, NULL);
    if (dir < 0)
        return;
    file_calls()->unlink(dir, now->name, 0);
    close(dir);
}

/* The ingest does not run where the wizard ran. */
static void make_path_absolute(struct secret_ref *ref)
{
    char *here, *path;

    if (ref->place != SECRET_FILE || ref->name[0] == '/')
        return;
    here = getcwd(NULL, 0);
    if (!here)
        return;
    path = mem_format("%s/%s", here, ref->name);
    free(here);
    free(ref->name);
    ref->name = path;
}

/* Documents */

static bool write_document(struct store *store, enum shelf shelf, const char *name,
                           const char *text, struct file_stamp *stamp, struct err *err)
{
    char *path = shelf_path(store, shelf, name);
    char *file = shelf_file(name);
    int dir = shelf_open(store, shelf, true, err);
    bool done = false;

    if (dir >= 0) {
        done = file_replace(dir, file, path, text, strlen(text), DOCUMENT_MODE,
                            shelf_group(), stamp, err);
        close(dir);
    }
    free(file);
    free(path);
    return done;
}

static bool check_name(const char *name, struct err *err)
{
    return mailbox_name_is_valid(name) ||
           err_set_key(err, ERR_SETTING, setting_defs[SET_NAME].key,
                       _("A name has lower-case letters, digits, dot, dash and "
                         "underscore, begins with a letter or digit, and is 1 to %d "
                         "long."),
                       MAILBOX_NAME_MAX);
}

static bool check_unchanged(struct store *store, const struct mailbox *mailbox,
                            struct err *err)
{
    char *path = shelf_path(store, SHELF_MAILBOXES, mailbox->name);
    struct file_stamp now;
    bool same;

    file_stamp_get(AT_FDCWD, path, &now);
    same = file_stamp_equal(&now, &mailbox->stamp);
    if (!same && !now.exists)
        err_set(err, ERR_WRITE,
                _("%s was removed since it was opened here. Nothing was written."), path);
    else if (!same)
        err_set(err, ERR_WRITE,
                _("%s was changed by somebody else since it was opened here. Nothing was "
                  "written. See what it holds now: letterbox show %s"),
                path, mailbox->name);
    free(path);
    return same;
}

/* Secrets that this choice does not ask for are not kept. */
static void tidy_secrets(struct settings *settings)
{
    for (size_t i = 0; i < SECRET_COUNT; i++) {
        struct secret_ref *ref = settings_secret(settings, secrets[i].id);

        if (!setting_is_used(settings, secrets[i].id))
            secret_ref_clear(ref);
        make_path_absolute(ref);
    }
}

/* Writes `draft`, the copy of `mailbox` that is to become it.  The document is the
 * commit: before it only secrets that nothing refers to come, after it only such ones go.
 */
static bool put_mailbox(struct store *store, const struct mailbox *mailbox,
                        struct mailbox *draft, const char *prefix, struct err *err)
{
    const struct settings *before = &mailbox->settings;
    struct settings *now = &draft->settings;
    bool done = true;

    for (size_t i = 0; done && i < SECRET_COUNT; i++)
        done = put_secret_away(store, prefix, secrets[i].word,
                               setting_defs[secrets[i].id].key,
                               settings_secret(now, secrets[i].id), err);
    if (done) {
        char *text = mailbox_format(draft);
        done =
            write_document(store, SHELF_MAILBOXES, draft->name, text, &draft->stamp, err);
        free(text);
    }
    for (size_t i = 0; !done && i < SECRET_COUNT; i++)
        take_secret_back(store, settings_secret_const(before, secrets[i].id),
                         settings_secret(now, secrets[i].id));
    return done;
}

bool store_save_mailbox(struct store *store, struct mailbox *mailbox, struct err *err)
{
    struct mailbox draft = *mailbox;
    bool done = false;
    char *prefix;
    int held;

    if (!check_name(mailbox->name, err))
        return false;
    held = store_lock(store, err);
    if (held < 0)
        return false;
    prefix = mem_format("%s.", mailbox->name);
    settings_copy(&draft.settings, &mailbox->settings);
    tidy_secrets(&draft.settings);
    if (check_unchanged(store, mailbox, err))
        done = put_mailbox(store, mailbox, &draft, prefix, err);
    if (done) {
        sweep_secrets(store, prefix);
        sweep_temporaries(store, SHELF_MAILBOXES, mailbox->name);
        settings_free(&mailbox->settings);
        mailbox->settings = draft.settings;
        mailbox->stamp = draft.stamp;
    } else {
        settings_free(&draft.settings);
    }
    free(prefix);
    close(held);
    return done;
}

bool store_save_provider(struct store *store, struct provider *provider, bool replace,
                         struct err *err)
{
    struct secret_ref before;
    bool done = false;
    char *prefix;
    int held;

    if (!check_name(provider->name, err))
        return false;
    held = store_lock(store, err);
    if (held < 0)
        return false;
    prefix = mem_format("provider.%s.", provider->name);
    secret_ref_copy(&before, &provider->client_secret);
    if (!replace && shelf_has(store, SHELF_PROVIDERS, provider->name)) {
        err_set(err, ERR_SETTING,
                _("There is a provider %s already. Use another name, or --replace."),
                provider->name);
    } else if (put_secret_away(store, prefix, "client_secret", "client_secret",
                               &provider->client_secret, err)) {
        make_path_absolute(&provider->client_secret);
        char *text = provider_format(provider);
        done = write_document(store, SHELF_PROVIDERS, provider->name, text, NULL, err);
        free(text);
    }
    if (done) {
        sweep_secrets(store, prefix);
        sweep_temporaries(store, SHELF_PROVIDERS, provider->name);
    } else {
        take_secret_back(store, &before, &provider->client_secret);
        secret_ref_clear(&provider->client_secret);
        secret_ref_copy(&provider->client_secret, &before);
    }
    secret_ref_clear(&before);
    free(prefix);
    close(held);
    return done;
}

/* A mailbox that cannot be read might use it. */
static bool check_unused(struct store *store, const char *name, struct err *err)
{
    char **names = store_mailbox_names(store, err);
    bool unused = names != NULL;

    for (size_t i = 0; names && names[i] && unused; i++) {
        struct mailbox *mailbox = store_load_mailbox(store, names[i], err);
        if (!mailbox)
            unused = false;
        else if (setting_is_used(&mailbox->settings, SET_OAUTH_PROVIDER) &&
                 settings_is(&mailbox->settings, SET_OAUTH_PROVIDER, name))
            unused = err_set(err, ERR_SETTING,
                             _("The mailbox %s uses the provider %s. Change that mailbox "
                               "first: letterbox setup %s"),
                             names[i], name, names[i]);
        mailbox_free(&mailbox);
    }
    argv_free(&names);
    return unused;
}

static bool remove_document(struct store *store, enum shelf shelf, const char *name,
                            struct err *err)
{
    char *path = shelf_path(store, shelf, name);
    char *file = shelf_file(name);
    int dir = shelf_open(store, shelf, false, err);
    bool done = dir >= 0 && file_calls()->unlink(dir, file, 0) == 0;

    if (done)
        file_calls()->sync(dir);
    else if (dir >= 0)
        err_set(err, ERR_WRITE, _("%s cannot be removed: %s."), path, strerror(errno));
    if (dir >= 0)
        close(dir);
    free(file);
    free(path);
    return done;
}

bool store_remove_provider(struct store *store, const char *name, struct err *err)
{
    char *prefix;
    bool done;
    int held;

    if (!mailbox_name_is_valid(name) || !shelf_has(store, SHELF_PROVIDERS, name))
        return shelf_explain_missing(store, SHELF_PROVIDERS, name, err);
    held = store_lock(store, err);
    if (held < 0)
        return false;
    done = check_unused(store, name, err) &&
           remove_document(store, SHELF_PROVIDERS, name, err);
    if (done) {
        prefix = mem_format("provider.%s.", name);
        sweep_secrets(store, prefix);
        free(prefix);
    }
    close(held);
    return done;
}
