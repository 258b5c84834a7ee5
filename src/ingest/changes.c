#include "ingest/changes.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* Files are replaced whole, by a rename; by hand they are written, too. */
#define OF_FILES                                                                         \
    (IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE | IN_ATTRIB |              \
     IN_DELETE_SELF | IN_MOVE_SELF)
#define OF_DIRECTORIES (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)

#define PRINT_MAX      (64 * 1024)

static const char *const shelves[] = {"mailboxes", "providers", "secrets"};

struct changes {
    int fd;
    char *config;
};

static bool watch(const struct changes *changes, const char *path, uint32_t events)
{
    return inotify_add_watch(changes->fd, path, events | IN_ONLYDIR | IN_MASK_ADD) >= 0;
}

/* As long as CONFIG is not there: the nearest directory above it that is. */
static void watch_above(const struct changes *changes)
{
    char *path = mem_copy_text(changes->config);

    while (strcmp(path, "/") != 0 && strcmp(path, ".") != 0) {
        char *above = mem_copy_text(dirname(path));

        free(path);
        path = above;
        if (watch(changes, path, OF_DIRECTORIES))
            break;
    }
    free(path);
}

/* A directory that is watched already stays so; the order sees to it that one that is
 * made meanwhile is told of.  false when the system lets this user watch no more, whose
 * other programs may have used it up; one that is not there is no failure. */
static bool watch_all(const struct changes *changes)
{
    bool has_room = true;

    if (!watch(changes, changes->config, OF_DIRECTORIES)) {
        has_room = errno != ENOSPC && errno != ENOMEM;
        watch_above(changes);
    }
    for (size_t i = 0; i < sizeof shelves / sizeof shelves[0]; i++) {
        char *path = mem_format("%s/%s", changes->config, shelves[i]);

        if (!watch(changes, path, OF_FILES))
            has_room = has_room && errno != ENOSPC && errno != ENOMEM;
        free(path);
    }
    return has_room;
}

struct changes *changes_watch(const struct store *store)
{
    struct changes *changes;
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd < 0)
        return NULL;
    changes = mem_new(1, sizeof *changes);
    changes->fd = fd;
    changes->config = mem_copy_text(store_config_dir(store));
    if (!watch_all(changes))
        changes_free(&changes);
    return changes;
}

void changes_free(struct changes **address)
{
    struct changes *changes = *address;

    if (!changes)
        return;
    close(changes->fd);
    free(changes->config);
    free(changes);
    *address = NULL;
}

int changes_fd(const struct changes *changes)
{
    return changes ? changes->fd : -1;
}

void changes_take(struct changes *changes)
{
    char events[4096];

    while (read(changes->fd, events, sizeof events) > 0)
        continue;
    watch_all(changes);
}

/* ---- As it is ---------------------------------------------------------------------- */

static void add_stamp(struct buf *print, const struct file_stamp *stamp)
{
    buf_add_format(print, "%d %jx %jx %jd %jd.%ld\n", stamp->exists,
                   (uintmax_t)stamp->device, (uintmax_t)stamp->inode,
                   (intmax_t)stamp->size, (intmax_t)stamp->modified.tv_sec,
                   stamp->modified.tv_nsec);
}

/* Follows links: it is the content that counts. */
static void add_path(struct buf *print, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        buf_add_text(print, "-\n");
    else
        buf_add_format(print, "%jx %jx %jd %jd.%ld\n", (uintmax_t)st.st_dev,
                       (uintmax_t)st.st_ino, (intmax_t)st.st_size,
                       (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void add_secret(struct buf *print, const struct store *store,
                       const struct secret_ref *ref)
{
    char *path;

    if (ref->place == SECRET_FILE)
        add_path(print, ref->name);
    if (ref->place != SECRET_STORED)
        return;
    path = mem_format("%s/secrets/%s", store_config_dir(store), ref->name);
    add_path(print, path);
    free(path);
}

static void add_provider(struct buf *print, struct store *store, const char *name)
{
    char *path = mem_format("%s/providers/%s.json", store_config_dir(store), name);
    struct provider *provider = store_load_provider(store, name, NULL);

    add_path(print, path);
    if (provider)
        add_secret(print, store, &provider->client_secret);
    provider_free(&provider);
    free(path);
}

static void add_mailbox(struct buf *print, struct store *store,
                        const struct mailbox *mailbox)
{
    const struct settings *settings = &mailbox->settings;

    add_stamp(print, &mailbox->stamp);
    add_secret(print, store, &settings->basic_password);
    add_secret(print, store, &settings->client_secret);
    add_secret(print, store, &settings->http_secret);
    if (settings_is(settings, SET_AUTH_METHOD, "oauth") &&
        settings_is(settings, SET_OAUTH_SOURCE, "provider"))
        add_provider(print, store, settings_text(settings, SET_OAUTH_PROVIDER));
}

char *changes_print(struct store *store, const char *name)
{
    struct err why = ERR_INIT;
    struct mailbox *mailbox = store_load_mailbox(store, name, &why);
    struct buf print;

    buf_init(&print, PRINT_MAX);
    if (mailbox)
        add_mailbox(&print, store, mailbox);
    else
        buf_add_text(&print, why.text);
    mailbox_free(&mailbox);
    return buf_take(&print);
}
