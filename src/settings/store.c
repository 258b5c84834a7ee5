#include "settings/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/json_value.h"
#include "settings/secret_source.h"

enum {
    FILE_LIMIT = 1024 * 1024,
    LOCK_WAIT_MS = 5000,
    LOCK_STEP_NS = 20 * 1000 * 1000,
};

struct store {
    char *config;
    char *state;
    gid_t group; /* the ingest's, when root saves for it; else (gid_t)-1 */
};

/* What is kept, and where. */
enum shelf { MAILBOXES, PROVIDERS, SECRETS };

static const struct {
    const char *folder;
    mode_t mode;
    bool shared;
} shelves[] = {
    [MAILBOXES] = {"mailboxes", 0750, true},
    [PROVIDERS] = {"providers", 0750, true},
    [SECRETS] = {"secrets", 0700, false},
};

/* $variable, or ~/fallback, with "/letterbox" behind. */
static char *user_directory(const char *variable, const char *fallback)
{
    const char *base = getenv(variable);
    const char *home = getenv("HOME");

    if (base && base[0] == '/')
        return mem_format("%s/letterbox", base);
    return mem_format("%s/%s/letterbox", home ? home : "", fallback);
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

static gid_t ingest_group(void)
{
    struct group *group = geteuid() == 0 ? getgrnam("letterbox") : NULL;

    return group ? group->gr_gid : (gid_t)-1;
}

struct store *store_open(const char *config_dir, const char *state_dir, struct err *err)
{
    struct store *store = mem_new(1, sizeof *store);

    (void)err;
    store->config = choose_directory(config_dir, "LETTERBOX_CONFIG_DIR", "/etc/letterbox",
                                     "XDG_CONFIG_HOME", ".config");
    store->state =
        choose_directory(state_dir, "LETTERBOX_STATE_DIR", "/var/lib/letterbox",
                         "XDG_STATE_HOME", ".local/state");
    store->group = ingest_group();
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

static char *shelf_path(const struct store *store, enum shelf shelf, const char *name)
{
    const char *folder = shelves[shelf].folder;

    if (!name)
        return mem_format("%s/%s", store->config, folder);
    if (shelf == SECRETS)
        return mem_format("%s/%s/%s", store->config, folder, name);
    return mem_format("%s/%s/%s.json", store->config, folder, name);
}

/* Before the first save the directory may be missing: -1, with errno ENOENT, and no err.
 */
static int open_shelf_to_read(struct store *store, enum shelf shelf, struct err *err)
{
    char *path = shelf_path(store, shelf, NULL);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;

    if (fd < 0 && error != ENOENT)
        err_set(err, ERR_DATA, _("The directory %s cannot be opened: %s."), path,
                strerror(error));
    free(path);
    errno = error;
    return fd;
}

static int open_shelf_to_write(struct store *store, enum shelf shelf, struct err *err)
{
    char *path = shelf_path(store, shelf, NULL);
    int fd = file_open_directory(path, shelves[shelf].mode, true, err);

    if (fd >= 0 && shelves[shelf].shared && store->group != (gid_t)-1 &&
        fchown(fd, (uid_t)-1, store->group) < 0) {
        err_set(err, ERR_WRITE, _("%s cannot be given to the group letterbox: %s."), path,
                strerror(errno));
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the .json files of a shelf (of all files for SECRETS), in order. */
static char **shelf_names(struct store *store, enum shelf shelf, struct err *err)
{
    char **names = mem_new(1, sizeof *names);
    size_t count = 0;
    int fd = open_shelf_to_read(store, shelf, err);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        if (err_is_set(err))
            argv_free(&names);
        return names;
    }
    while ((entry = readdir(directory))) {
        const char *end = strrchr(entry->d_name, '.');
        size_t length = strlen(entry->d_name);
        char *name;

        if (shelf != SECRETS && end && strcmp(end, ".json") == 0)
            length = (size_t)(end - entry->d_name);
        else if (shelf != SECRETS)
            continue;
        name = mem_copy_bytes(entry->d_name, length);
        if (shelf != SECRETS && !mailbox_name_is_valid(name)) {
            free(name);
            continue;
        }
        names = mem_resize(names, count + 2, sizeof *names);
        names[count++] = name;
        names[count] = NULL;
    }
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    return names;
}

char **store_mailbox_names(struct store *store, struct err *err)
{
    return shelf_names(store, MAILBOXES, err);
}

char **store_provider_names(struct store *store, struct err *err)
{
    return shelf_names(store, PROVIDERS, err);
}

/* Reading */

static bool read_document(struct store *store, enum shelf shelf, const char *name,
                          struct buf *text, struct file_stamp *stamp, struct err *err)
{
    char *path = shelf_path(store, shelf, name);
    char *file = mem_format("%s.json", name);
    int dir = open_shelf_to_read(store, shelf, err);
    bool done = false;

    if (dir >= 0)
        done = file_read(dir, file, path, FILE_SHARED, text, stamp, err);
    else
        err_set(err, ERR_DATA, _("%s does not exist."), path);
    if (dir >= 0)
        close(dir);
    free(file);
    free(path);
    return done;
}

static bool shelf_has(struct store *store, enum shelf shelf, const char *name)
{
    char *path = shelf_path(store, shelf, name);
    bool exists = access(path, F_OK) == 0;

    free(path);
    return exists;
}

bool store_mailbox_exists(struct store *store, const char *name)
{
    return mailbox_name_is_valid(name) && shelf_has(store, MAILBOXES, name);
}

static bool check_there(struct store *store, enum shelf shelf, const char *name,
                        struct err *err)
{
    if (mailbox_name_is_valid(name) && shelf_has(store, shelf, name))
        return true;
    if (shelf == MAILBOXES)
        return err_set(
            err, ERR_SETTING,
            _("There is no mailbox %s in %s. letterbox list shows what is there; "
              "letterbox setup makes one."),
            name, store->config);
    return err_set(
        err, ERR_SETTING,
        _("There is no OpenID provider %s in %s. letterbox provider list shows "
          "what is there; letterbox provider add makes one."),
        name, store->config);
}

struct mailbox *store_load_mailbox(struct store *store, const char *name, struct err *err)
{
    struct mailbox *mailbox = NULL;
    struct file_stamp stamp;
    struct buf text;

    if (!check_there(store, MAILBOXES, name, err))
        return NULL;
    buf_init(&text, FILE_LIMIT);
    if (read_document(store, MAILBOXES, name, &text, &stamp, err))
        mailbox = mailbox_parse(name, text.data, text.length, err);
    if (mailbox)
        mailbox->stamp = stamp;
    buf_free(&text);
    return mailbox;
}

struct provider *store_load_provider(struct store *store, const char *name,
                                     struct err *err)
{
    struct provider *provider = NULL;
    struct buf text;

    if (!check_there(store, PROVIDERS, name, err))
        return NULL;
    buf_init_secret(&text, FILE_LIMIT);
    if (read_document(store, PROVIDERS, name, &text, NULL, err))
        provider = provider_parse(name, text.data, text.length, err);
    buf_free(&text);
    return provider;
}

/* Secrets in use */

static bool names_stored(const struct secret_ref *ref, const char *name)
{
    return ref->place == SECRET_STORED && strcmp(ref->name, name) == 0;
}

/* Does anything refer to this secret?  What cannot be read might, so it counts as one. */
static bool is_referred_to(struct store *store, const char *secret)
{
    char **mailboxes = store_mailbox_names(store, NULL);
    char **providers = store_provider_names(store, NULL);
    bool found = !mailboxes || !providers;

    for (size_t i = 0; mailboxes && mailboxes[i] && !found; i++) {
        struct mailbox *mailbox = store_load_mailbox(store, mailboxes[i], NULL);
        found = !mailbox || names_stored(&mailbox->settings.client_secret, secret) ||
                names_stored(&mailbox->settings.basic_password, secret);
        mailbox_free(&mailbox);
    }
    for (size_t i = 0; providers && providers[i] && !found; i++) {
        struct provider *provider = store_load_provider(store, providers[i], NULL);
        found = !provider || names_stored(&provider->client_secret, secret);
        provider_free(&provider);
    }
    argv_free(&mailboxes);
    argv_free(&providers);
    return found;
}

/* Removes the secrets of `prefix` that nothing refers to: the old one after a save, and
 * what a crash may have left.  Best effort: an unused secret hurts nobody. */
static void sweep_secrets(struct store *store, const char *prefix)
{
    char **names = shelf_names(store, SECRETS, NULL);
    size_t length = strlen(prefix);
    int dir = open_shelf_to_read(store, SECRETS, NULL);

    for (size_t i = 0; names && names[i] && dir >= 0; i++) {
        const char *name = names[i] + (names[i][0] == '.'); /* a temporary file's dot */
        if (strncmp(name, prefix, length) == 0 && !is_referred_to(store, names[i]))
            unlinkat(dir, names[i], 0);
    }
    if (dir >= 0) {
        fsync(dir);
        close(dir);
    }
    argv_free(&names);
}

/* Writes a typed secret under a fresh name; *ref becomes SECRET_STORED. */
static bool put_secret_away(struct store *store, const char *prefix, const char *key,
                            struct secret_ref *ref, struct err *err)
{
    unsigned char random[8];
    unsigned long long number = 0;
    char *name, *path;
    bool done = false;
    int dir;

    if (ref->place != SECRET_TYPED)
        return true;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_set(err, ERR_INTERNAL, _("The system gives no random numbers."));
    memcpy(&number, random, sizeof random);
    name = mem_format("%s%s.%016llx", prefix, key, number);
    path = shelf_path(store, SECRETS, name);
    dir = open_shelf_to_write(store, SECRETS, err);
    if (dir >= 0) {
        done = file_replace(dir, name, path, secret_bytes(ref->value),
                            secret_length(ref->value), 0600, (gid_t)-1, NULL, err);
        close(dir);
    }
    if (done) {
        secret_ref_clear(ref);
        ref->place = SECRET_STORED;
        ref->name = name;
        name = NULL;
    }
    free(name);
    free(path);
    return done;
}

/* Saving */

/* One save at a time in a configuration.  The lock is an open descriptor: it goes with
 * the process, whatever happens to that. */
static int lock(struct store *store, struct err *err)
{
    const struct timespec step = {.tv_nsec = LOCK_STEP_NS};
    int64_t until = clock_now_ms() + LOCK_WAIT_MS;
    int dir = file_open_directory(store->config, 0750, true, err);
    int fd;

    if (dir < 0)
        return -1;
    fd = openat(dir, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        err_set(err, ERR_WRITE, _("%s/.lock cannot be written: %s."), store->config,
                strerror(errno));
    } else {
        while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
            if (clock_now_ms() >= until) {
                err_set(err, ERR_WRITE,
                        _("Another letterbox is saving in %s. Nothing was written; save "
                          "again when it is done."),
                        store->config);
                close(fd);
                fd = -1;
                break;
            }
            nanosleep(&step, NULL);
        }
    }
    close(dir);
    return fd;
}

static bool write_document(struct store *store, enum shelf shelf, const char *name,
                           const char *text, struct file_stamp *stamp, struct err *err)
{
    char *path = shelf_path(store, shelf, name);
    char *file = mem_format("%s.json", name);
    int dir = open_shelf_to_write(store, shelf, err);
    bool done = false;

    if (dir >= 0) {
        done = file_replace(dir, file, path, text, strlen(text), 0640, store->group,
                            stamp, err);
        close(dir);
    }
    free(file);
    free(path);
    return done;
}

static bool check_unchanged(struct store *store, const struct mailbox *mailbox,
                            struct err *err)
{
    char *path = shelf_path(store, MAILBOXES, mailbox->name);
    struct file_stamp now;
    bool same;

    file_stamp_get(AT_FDCWD, path, &now);
    same = file_stamp_equal(&now, &mailbox->stamp);
    if (!same)
        err_set(err, ERR_WRITE,
                _("%s was changed by somebody else since it was opened here. Nothing was "
                  "written. See what it holds now: letterbox show %s"),
                path, mailbox->name);
    free(path);
    return same;
}

static bool put_mailbox(struct store *store, struct mailbox *draft, const char *prefix,
                        struct err *err)
{
    char *text;
    bool done;

    if (!put_secret_away(store, prefix, "password", &draft->settings.basic_password,
                         err) ||
        !put_secret_away(store, prefix, "client_secret", &draft->settings.client_secret,
                         err))
        return false;
    text = mailbox_format(draft);
    done = write_document(store, MAILBOXES, draft->name, text, &draft->stamp, err);
    free(text);
    return done;
}

/* Secrets that this choice does not ask for are not kept. */
static void drop_unused_secrets(struct settings *settings)
{
    if (!setting_is_used(settings, SET_BASIC_PASSWORD))
        secret_ref_clear(&settings->basic_password);
    if (!setting_is_used(settings, SET_OAUTH_CLIENT_SECRET))
        secret_ref_clear(&settings->client_secret);
}

bool store_save_mailbox(struct store *store, struct mailbox *mailbox, struct err *err)
{
    struct mailbox draft = *mailbox;
    char *prefix = mem_format("%s.", mailbox->name);
    bool done = false;
    int held = lock(store, err);

    settings_copy(&draft.settings, &mailbox->settings);
    drop_unused_secrets(&draft.settings);
    if (held >= 0 && check_unchanged(store, mailbox, err))
        done = put_mailbox(store, &draft, prefix, err);
    if (held >= 0)
        sweep_secrets(store,
                      prefix); /* the old secret, or, after a failure, the new one */
    if (done) {
        settings_free(&mailbox->settings);
        mailbox->settings = draft.settings;
        mailbox->stamp = draft.stamp;
    } else {
        settings_free(&draft.settings);
    }
    if (held >= 0)
        close(held);
    free(prefix);
    return done;
}

bool store_save_provider(struct store *store, struct provider *provider, bool replace,
                         struct err *err)
{
    char *prefix = mem_format("provider.%s.", provider->name);
    char *text = NULL;
    bool done = false;
    int held = lock(store, err);

    if (held < 0)
        goto done;
    if (!replace && shelf_has(store, PROVIDERS, provider->name)) {
        err_set(err, ERR_SETTING,
                _("There is a provider %s already. Use another name, or --replace."),
                provider->name);
        goto done;
    }
    if (put_secret_away(store, prefix, "client_secret", &provider->client_secret, err)) {
        text = provider_format(provider);
        done = write_document(store, PROVIDERS, provider->name, text, NULL, err);
    }
    sweep_secrets(store, prefix);
done:
    free(text);
    free(prefix);
    if (held >= 0)
        close(held);
    return done;
}

static bool provider_is_used(struct store *store, const char *name, struct err *err)
{
    char **names = store_mailbox_names(store, err);
    bool used = false;

    for (size_t i = 0; names && names[i] && !used; i++) {
        struct mailbox *mailbox = store_load_mailbox(store, names[i], NULL);
        used = mailbox && setting_is_used(&mailbox->settings, SET_OAUTH_PROVIDER) &&
               settings_is(&mailbox->settings, SET_OAUTH_PROVIDER, name);
        if (used)
            err_set(err, ERR_SETTING,
                    _("The mailbox %s uses the provider %s. Change that mailbox first."),
                    names[i], name);
        mailbox_free(&mailbox);
    }
    argv_free(&names);
    return used || err_is_set(err);
}

bool store_remove_provider(struct store *store, const char *name, struct err *err)
{
    char *prefix, *path;
    struct err used = ERR_INIT;
    bool done;
    int held;

    if (!check_there(store, PROVIDERS, name, err))
        return false;
    if (provider_is_used(store, name, &used))
        return err_set(err, used.class, "%s", used.text);
    held = lock(store, err);
    if (held < 0)
        return false;
    prefix = mem_format("provider.%s.", name);
    path = shelf_path(store, PROVIDERS, name);
    done = unlink(path) == 0 ||
           err_set(err, ERR_WRITE, _("%s cannot be removed: %s."), path, strerror(errno));
    if (done)
        sweep_secrets(store, prefix);
    close(held);
    free(path);
    free(prefix);
    return done;
}

struct secret *store_read_secret(struct store *store, const struct secret_ref *ref,
                                 struct err *err)
{
    struct secret *secret;
    char *path;

    if (ref->place != SECRET_STORED)
        return secret_source_read(ref, err);
    path = shelf_path(store, SECRETS, ref->name);
    secret = secret_source_read_file(path, err);
    free(path);
    return secret;
}
