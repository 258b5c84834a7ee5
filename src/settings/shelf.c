#include "settings/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"

enum {
    CONFIG_MODE = 0750,
    LOCK_STEP_NS = 20 * 1000 * 1000,
};

int store_lock_wait_ms = 5000;

static const struct {
    const char *folder;
    mode_t mode;
    bool shared; /* with the ingest's group */
} shelves[] = {
    [SHELF_MAILBOXES] = {"mailboxes", 0750, true},
    [SHELF_PROVIDERS] = {"providers", 0750, true},
    [SHELF_SECRETS] = {"secrets", 0700, false},
};

char *shelf_path(const struct store *store, enum shelf shelf, const char *name)
{
    const char *folder = shelves[shelf].folder;

    if (!name)
        return mem_format("%s/%s", store->config, folder);
    if (shelf == SHELF_SECRETS)
        return mem_format("%s/%s/%s", store->config, folder, name);
    return mem_format("%s/%s/%s.json", store->config, folder, name);
}

char *shelf_file(const char *name)
{
    return mem_format("%s.json", name);
}

/* Who may change a directory may change every file in it. */
static bool check_directory(int fd, const char *path, mode_t mode, struct err *err)
{
    char *quoted = file_quote_path(path);
    struct stat st;
    bool good = true;

    if (fstat(fd, &st) < 0)
        good = err_set(err, ERR_DATA, _("The directory %s cannot be examined: %s."), path,
                       strerror(errno));
    else if (st.st_uid != geteuid() && st.st_uid != 0)
        good = err_set(err, ERR_DATA,
                       _("The directory %s belongs to another user (uid %u) and is not "
                         "trusted. If its content is right: chown %u %s"),
                       path, (unsigned)st.st_uid, (unsigned)geteuid(), quoted);
    else if (st.st_mode & (S_IWGRP | S_IWOTH))
        good = err_set(err, ERR_DATA,
                       _("The directory %s can be changed by other users. "
                         "Repair it: chmod %o %s"),
                       path, (unsigned)mode, quoted);
    free(quoted);
    return good;
}

gid_t shelf_group(void)
{
    const struct group *group = geteuid() == 0 ? getgrnam("letterbox") : NULL;

    return group ? group->gr_gid : (gid_t)-1;
}

/* So that the ingest, which is no root, can pass through and read. */
static bool give_to_group(int fd, const char *path, struct err *err)
{
    gid_t group = shelf_group();
    struct stat st;

    if (group == (gid_t)-1 || (fstat(fd, &st) == 0 && st.st_gid == group) ||
        fchown(fd, (uid_t)-1, group) == 0)
        return true;
    return file_explain_write(errno, path, err);
}

int shelf_open(const struct store *store, enum shelf shelf, bool create, struct err *err)
{
    char *path = shelf_path(store, shelf, NULL);
    struct err why = ERR_INIT;
    int fd = file_open_directory(path, shelves[shelf].mode, create, &why);

    if (fd < 0 && (create || access(path, F_OK) == 0 || errno != ENOENT))
        err_pass(err, &why);
    if (fd >= 0 && (!check_directory(fd, path, shelves[shelf].mode, err) ||
                    (create && shelves[shelf].shared && !give_to_group(fd, path, err)))) {
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

bool shelf_has(const struct store *store, enum shelf shelf, const char *name)
{
    char *path = shelf_path(store, shelf, name);
    struct stat st;
    bool exists = lstat(path, &st) == 0;

    free(path);
    return exists;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **shelf_entries(const struct store *store, enum shelf shelf, struct err *err)
{
    char **names = mem_new(1, sizeof *names);
    size_t count = 0;
    struct err why = ERR_INIT;
    int fd = shelf_open(store, shelf, false, &why);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    if (!directory && fd >= 0)
        close(fd);
    if (err_is_set(&why)) {
        err_pass(err, &why);
        argv_free(&names);
    }
    if (!directory)
        return names;
    while ((entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        names = mem_resize(names, count + 2, sizeof *names);
        names[count++] = mem_copy_text(entry->d_name);
        names[count] = NULL;
    }
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    return names;
}

bool shelf_explain_missing(const struct store *store, enum shelf shelf, const char *name,
                           struct err *err)
{
    if (shelf == SHELF_MAILBOXES)
        return err_set(err, ERR_SETTING,
                       _("There is no mailbox %s in %s. letterbox list shows what is "
                         "there; letterbox setup makes one."),
                       name, store->config);
    return err_set(err, ERR_SETTING,
                   _("There is no OpenID provider %s in %s. letterbox provider list "
                     "shows what is there; letterbox provider add makes one."),
                   name, store->config);
}

bool shelf_read(const struct store *store, enum shelf shelf, const char *name,
                struct buf *text, struct file_stamp *stamp, struct err *err)
{
    struct err why = ERR_INIT;
    struct stat st;
    bool done = false;
    int dir;

    if (!mailbox_name_is_valid(name))
        return shelf_explain_missing(store, shelf, name, err);
    dir = shelf_open(store, shelf, false, &why);
    if (dir < 0 && err_is_set(&why))
        return err_pass(err, &why);
    char *path = shelf_path(store, shelf, name);
    char *file = shelf_file(name);
    if (dir < 0 || (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT))
        shelf_explain_missing(store, shelf, name, err);
    else
        done = file_read(dir, file, path, FILE_SHARED, text, stamp, err);
    if (dir >= 0)
        close(dir);
    free(file);
    free(path);
    return done;
}

/* The lock is an open descriptor: it goes with the process, whatever happens to that. */
static bool wait_for_lock(const struct store *store, int fd, struct err *err)
{
    const struct timespec step = {.tv_nsec = LOCK_STEP_NS};
    int64_t until = clock_now_ms() + store_lock_wait_ms;

    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_set(err, ERR_WRITE, _("%s/.lock cannot be locked: %s."),
                           store->config, strerror(errno));
        if (clock_now_ms() >= until)
            return err_set(err, ERR_WRITE,
                           _("Another letterbox is saving in %s. Nothing was changed; "
                             "save again when it is done."),
                           store->config);
        nanosleep(&step, NULL);
    }
    return true;
}

int store_lock(const struct store *store, struct err *err)
{
    int dir = file_open_directory(store->config, CONFIG_MODE, true, err);
    int fd = -1;

    if (dir < 0 || !check_directory(dir, store->config, CONFIG_MODE, err) ||
        !give_to_group(dir, store->config, err))
        goto done;
    fd = openat(dir, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        char *path = mem_format("%s/.lock", store->config);
        file_explain_write(errno, path, err);
        free(path);
    } else if (!wait_for_lock(store, fd, err)) {
        close(fd);
        fd = -1;
    }
done:
    if (dir >= 0)
        close(dir);
    return fd;
}
