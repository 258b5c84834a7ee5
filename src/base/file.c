#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/secret.h"

/* What each privacy does not allow, and the chmod that repairs it. */
static const struct {
    mode_t forbidden;
    const char *repair;
} privacies[] = {
    [FILE_PUBLIC] = {S_IWGRP | S_IWOTH, "go-w"},
    [FILE_SHARED] = {S_IWGRP | S_IRWXO, "640"},
    [FILE_PRIVATE] = {S_IRWXG | S_IRWXO, "600"},
};

static void stamp_fill(struct file_stamp *stamp, const struct stat *st)
{
    if (!stamp)
        return;
    *stamp = (struct file_stamp){
        .exists = true,
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = st->st_size,
        .modified = st->st_mtim,
    };
}

static bool check_open_file(const struct stat *st, const char *path,
                            enum file_privacy privacy, struct err *err)
{
    if (!S_ISREG(st->st_mode))
        return err_set(err, ERR_DATA, _("%s is not a regular file."), path);
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return err_set(err, ERR_DATA,
                       _("%s belongs to user %u, not to you (%u) or root, so it is not "
                         "trusted. Repair: chown %u %s"),
                       path, st->st_uid, geteuid(), geteuid(), path);
    if (st->st_mode & privacies[privacy].forbidden)
        return err_set(err, ERR_DATA,
                       _("%s has mode %04o: others could read or change it, so it is not "
                         "used. Repair: chmod %s %s"),
                       path, st->st_mode & 07777, privacies[privacy].repair, path);
    return true;
}

static bool read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    char chunk[8192];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_set(err, ERR_DATA, _("%s cannot be read: %s."), path, strerror(errno));
            break;
        }
        if (!buf_add(out, chunk, (size_t)got)) {
            err_set(err, ERR_DATA, _("%s is longer than %zu bytes, so it is not used."),
                    path, out->limit);
            break;
        }
    }
    secret_wipe(chunk, sizeof chunk);
    return got == 0;
}

bool file_read(int dir, const char *name, const char *path, enum file_privacy privacy,
               struct buf *out, struct file_stamp *stamp, struct err *err)
{
    struct stat st;
    bool done = false;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (stamp)
        *stamp = (struct file_stamp){.exists = false};
    if (fd < 0 && errno == ELOOP)
        return err_set(err, ERR_DATA, _("%s is a link; letterbox does not follow it."),
                       path);
    if (fd < 0)
        return err_set(err, ERR_DATA, _("%s cannot be opened: %s."), path,
                       strerror(errno));
    if (fstat(fd, &st) < 0)
        err_set(err, ERR_DATA, _("%s cannot be examined: %s."), path, strerror(errno));
    else if (check_open_file(&st, path, privacy, err))
        done = read_all(fd, path, out, err);
    if (done)
        stamp_fill(stamp, &st);
    close(fd);
    return done;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static const char *remedy(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return _("Make room on that disk and save again.");
    case EROFS:
        return _(
            "That file system is read-only; mount it writable, or use --config-dir.");
    case EACCES:
    case EPERM:
        return _("Run letterbox as a user who may write there, or use --config-dir.");
    default:
        return _("Nothing was changed.");
    }
}

static bool refuse_write(const char *path, int error, struct err *err)
{
    return err_set(err, ERR_WRITE, _("%s cannot be written: %s. %s"), path,
                   strerror(error), remedy(error));
}

/* Hidden, so that no listing takes it for a mailbox; unique by process and instant. */
static char *temporary_name(const char *name)
{
    return mem_format(".%s.%ld.%llx.new", name, (long)getpid(),
                      (unsigned long long)clock_now_us());
}

static bool fill(int fd, const char *bytes, size_t length, mode_t mode, gid_t group,
                 struct stat *st)
{
    if (group != (gid_t)-1 && fchown(fd, (uid_t)-1, group) < 0)
        return false;
    return fchmod(fd, mode) == 0 && write_all(fd, bytes, length) && fsync(fd) == 0 &&
           fstat(fd, st) == 0;
}

bool file_replace(int dir, const char *name, const char *path, const char *bytes,
                  size_t length, mode_t mode, gid_t group, struct file_stamp *stamp,
                  struct err *err)
{
    char *temporary = temporary_name(name);
    struct stat st;
    bool done = false;
    int error;
    int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);

    if (fd < 0) {
        refuse_write(path, errno, err);
        goto done;
    }
    done = fill(fd, bytes, length, mode, group, &st);
    error = errno;
    if (close(fd) < 0 && done) {
        done = false;
        error = errno;
    }
    if (done && renameat(dir, temporary, dir, name) < 0) {
        done = false;
        error = errno;
    }
    if (!done) {
        unlinkat(dir, temporary, 0);
        refuse_write(path, error, err);
        goto done;
    }
    stamp_fill(stamp, &st);
    /* The rename stands; a directory that cannot be synced is no reason to call it
     * failed. */
    fsync(dir);
done:
    free(temporary);
    return done;
}

bool file_stamp_get(int dir, const char *name, struct file_stamp *stamp)
{
    struct stat st;

    *stamp = (struct file_stamp){.exists = false};
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    stamp_fill(stamp, &st);
    return true;
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
    if (!a->exists || !b->exists)
        return a->exists == b->exists;
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec &&
           a->modified.tv_nsec == b->modified.tv_nsec;
}

/* mkdir of every missing part; mode holds for those it makes, whatever the umask is. */
static bool make_directories(const char *path, mode_t mode)
{
    char *parts = mem_copy_text(path);
    bool done = true;

    for (char *at = parts + 1; done; at++) {
        char end = *at;
        if (end != '/' && end != '\0')
            continue;
        *at = '\0';
        if (mkdir(parts, mode) == 0)
            done = chmod(parts, mode) == 0;
        else
            done = errno == EEXIST;
        *at = end;
        if (end == '\0')
            break;
    }
    free(parts);
    return done;
}

int file_open_directory(const char *path, mode_t mode, bool create, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && create) {
        if (make_directories(path, mode))
            fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0 && create)
        refuse_write(path, errno, err);
    else if (fd < 0)
        err_set(err, ERR_DATA, _("The directory %s cannot be opened: %s."), path,
                strerror(errno));
    return fd;
}
