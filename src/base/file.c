#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file_calls.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/secret.h"

#define CHUNK         4096
#define TEMPORARY_TAG 16 /* hexadecimal digits */

static const mode_t widest_mode[] = {
    [FILE_PUBLIC] = 0644,
    [FILE_SHARED] = 0640,
    [FILE_PRIVATE] = 0600,
};

static const char plain_in_a_shell[] = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_./-+@:,=%";

char *file_quote_path(const char *path)
{
    if (*path && *path != '-' && path[strspn(path, plain_in_a_shell)] == '\0')
        return mem_copy_text(path);
    struct buf quoted;
    buf_init(&quoted, SIZE_MAX - 1);
    buf_add_text(&quoted, *path == '-' ? "./'" : "'");
    for (; *path; path++) {
        if (*path == '\'')
            buf_add_text(&quoted, "'\\''");
        else
            buf_add_char(&quoted, *path);
    }
    buf_add_char(&quoted, '\'');
    char *text = buf_take(&quoted);
    buf_free(&quoted);
    return text;
}

static struct file_stamp stamp_of(const struct stat *status)
{
    return (struct file_stamp){
        .exists = true,
        .device = status->st_dev,
        .inode = status->st_ino,
        .size = status->st_size,
        .modified = status->st_mtim,
    };
}

/* Owner and mode of the open file. */
static bool check_trust(const struct stat *status, const char *path,
                        enum file_privacy privacy, struct err *err)
{
    if (!S_ISREG(status->st_mode))
        return err_set(err, ERR_DATA, _("%s is not a regular file."), path);

    bool trusted = true;
    char *quoted = file_quote_path(path);
    mode_t widest = widest_mode[privacy];
    if (status->st_uid != geteuid() && status->st_uid != 0) {
        trusted = err_set(err, ERR_DATA,
                          _("%s belongs to another user (uid %u) and is not trusted. "
                            "If its content is right: chown %u %s"),
                          path, (unsigned)status->st_uid, (unsigned)geteuid(), quoted);
    } else if (status->st_mode & 07077 & ~widest) {
        const char *problem = privacy == FILE_PRIVATE
                                  ? _("holds a secret, and other users can read it")
                              : privacy == FILE_SHARED
                                  ? _("can be read by every user, or changed by others")
                                  : _("can be changed by other users");
        /* TRANSLATORS: path, what is wrong with it, mode, path as a shell word. */
        trusted = err_set(err, ERR_DATA, _("%s %s. Repair it: chmod %o %s"), path,
                          problem, (unsigned)widest, quoted);
    }
    free(quoted);
    return trusted;
}

static bool explain_open(int error, const char *path, struct err *err)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return err_set(err, ERR_DATA, _("%s does not exist."), path);
    case ELOOP:
        return err_set(err, ERR_DATA,
                       _("%s is a symbolic link, which is not followed here. "
                         "Put the file itself in its place."),
                       path);
    case EACCES:
    case EPERM:
        return err_set(err, ERR_REFUSED,
                       _("This user may not read %s. "
                         "Run letterbox as its owner, or as root."),
                       path);
    default:
        return err_set(err, ERR_DATA, _("%s cannot be read: %s."), path, strerror(error));
    }
}

static bool read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    char chunk[CHUNK];
    bool done = false;
    while (!done) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_set(err, ERR_DATA, _("%s cannot be read: %s."), path, strerror(errno));
            break;
        }
        done = got == 0;
        if (!done && !buf_add(out, chunk, (size_t)got)) {
            err_set(err, ERR_DATA, _("%s is larger than the %zu bytes that are allowed."),
                    path, out->limit);
            break;
        }
    }
    secret_wipe(chunk, sizeof chunk);
    return done;
}

bool file_read(int dir, const char *name, const char *path, enum file_privacy privacy,
               struct buf *out, struct file_stamp *stamp, struct err *err)
{
    if (stamp)
        *stamp = (struct file_stamp){.exists = false};
    /* O_NONBLOCK: a FIFO in its place must not hang us; it is refused below. */
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return explain_open(errno, path, err);

    bool read = false;
    struct stat status;
    if (fstat(fd, &status) != 0)
        explain_open(errno, path, err);
    else if (check_trust(&status, path, privacy, err))
        read = read_all(fd, path, out, err);
    if (read && stamp)
        *stamp = stamp_of(&status);
    close(fd);
    return read;
}

bool file_explain_write(int error, const char *path, struct err *err)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return err_set(err, ERR_WRITE,
                       _("%s cannot be written: the disk is full. "
                         "Make room and save again; nothing was changed."),
                       path);
    case EROFS:
        return err_set(err, ERR_WRITE,
                       _("%s cannot be written: the file system is read-only. "
                         "Mount it writable, or choose another place; "
                         "nothing was changed."),
                       path);
    case EACCES:
    case EPERM:
        return err_set(err, ERR_WRITE,
                       _("%s cannot be written: this user has no right to. "
                         "Run letterbox as root or as the directory's owner; nothing was "
                         "changed."),
                       path);
    default:
        return err_set(err, ERR_WRITE,
                       _("%s cannot be written: %s. Nothing was changed."), path,
                       strerror(error));
    }
}

static char *temporary_name(const char *name)
{
    unsigned char random[TEMPORARY_TAG / 2];
    if (getentropy(random, sizeof random) != 0)
        abort();
    struct buf text;
    buf_init(&text, SIZE_MAX - 1);
    buf_add_format(&text, ".%s.", name);
    for (size_t i = 0; i < sizeof random; i++)
        buf_add_format(&text, "%02x", random[i]);
    buf_add_text(&text, ".tmp");
    char *temporary = buf_take(&text);
    buf_free(&text);
    return temporary;
}

bool file_is_temporary(const char *entry, const char *name)
{
    size_t length = strlen(name);
    if (entry[0] != '.' || strncmp(entry + 1, name, length) != 0)
        return false;
    entry += 1 + length;
    return entry[0] == '.' && strspn(entry + 1, "0123456789abcdef") == TEMPORARY_TAG &&
           strcmp(entry + 1 + TEMPORARY_TAG, ".tmp") == 0;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = file_calls()->write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* Owner, mode and content, on the disk; errno says why not. */
static bool fill(int fd, const char *bytes, size_t length, mode_t mode, gid_t group)
{
    const struct file_calls *calls = file_calls();
    if (group != (gid_t)-1 && calls->set_owner(fd, (uid_t)-1, group) != 0)
        return false;
    return calls->set_mode(fd, mode) == 0 && write_all(fd, bytes, length) &&
           calls->sync(fd) == 0;
}

/* A whole temporary file beside what it will replace; 0, or the errno that says why not.
 * A close that fails (a full network disk says so only then) is a failure too. */
static int write_temporary(int dir, const char *name, const char *bytes, size_t length,
                           mode_t mode, gid_t group, struct stat *status)
{
    const struct file_calls *calls = file_calls();
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = calls->create(dir, name, flags, 0600);
    if (fd < 0)
        return errno;
    int error = 0;
    if (!fill(fd, bytes, length, mode, group) || fstat(fd, status) != 0)
        error = errno;
    if (close(fd) != 0 && !error)
        error = errno;
    if (error)
        calls->unlink(dir, name, 0);
    return error;
}

bool file_replace(int dir, const char *name, const char *path, const char *bytes,
                  size_t length, mode_t mode, gid_t group, struct file_stamp *stamp,
                  struct err *err)
{
    const struct file_calls *calls = file_calls();
    char *temporary = temporary_name(name);
    struct stat status;
    int error = write_temporary(dir, temporary, bytes, length, mode, group, &status);
    if (!error && calls->rename(dir, temporary, dir, name) != 0) {
        error = errno;
        calls->unlink(dir, temporary, 0);
    }
    free(temporary);
    if (error)
        return file_explain_write(error, path, err);
    calls->sync(dir);
    if (stamp)
        *stamp = stamp_of(&status);
    return true;
}

bool file_stamp_get(int dir, const char *name, struct file_stamp *stamp)
{
    struct stat status;
    *stamp = (struct file_stamp){.exists = false};
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        *stamp = stamp_of(&status);
    return stamp->exists;
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
    if (!a->exists || !b->exists)
        return a->exists == b->exists;
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec &&
           a->modified.tv_nsec == b->modified.tv_nsec;
}

/* Makes `name` in `dir`; one that is there already is as good. */
static bool make_directory(int dir, const char *name, mode_t mode)
{
    const struct file_calls *calls = file_calls();
    if (calls->make_directory(dir, name, mode) != 0)
        return errno == EEXIST;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        calls->set_mode(fd, mode); /* the umask may have taken bits away */
        close(fd);
    }
    calls->sync(dir);
    return true;
}

static int explain_directory(int error, const char *path, bool create, struct err *err)
{
    if (error == ENOENT && !create)
        err_set(err, ERR_DATA, _("The directory %s does not exist."), path);
    else if (error == ENOTDIR)
        err_set(err, ERR_DATA, _("%s is not a directory, or something above it is not."),
                path);
    else if (create)
        file_explain_write(error, path, err);
    else if (error == EACCES)
        err_set(err, ERR_REFUSED,
                _("This user may not open the directory %s. "
                  "Run letterbox as its owner, or as root."),
                path);
    else
        err_set(err, ERR_DATA, _("The directory %s cannot be opened: %s."), path,
                strerror(error));
    return -1;
}

/* Opens `name` in `dir`, made when it is missing and `create`; closes `dir`. */
static int descend(int dir, const char *name, mode_t mode, bool create)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int next = openat(dir, name, flags);
    if (next < 0 && errno == ENOENT && create && make_directory(dir, name, mode))
        next = openat(dir, name, flags);
    else if (next < 0 && errno == EACCES) /* may be passed through all the same */
        next = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    close(dir);
    errno = error;
    return next;
}

int file_open_directory(const char *path, mode_t mode, bool create, struct err *err)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int dir = open(path, flags);
    if (dir >= 0)
        return dir;
    if (errno != ENOENT || !create || !*path)
        return explain_directory(errno, path, create, err);

    char *parts = mem_copy_text(path);
    char *rest = parts;
    dir = open(*path == '/' ? "/" : ".", flags);
    for (char *part; dir >= 0 && (part = strsep(&rest, "/"));)
        if (*part)
            dir = descend(dir, part, mode, create);
    int error = errno;
    free(parts);
    return dir >= 0 ? dir : explain_directory(error, path, create, err);
}

/* 0, or errno.  Some file systems have directories that need no sync, and say EINVAL. */
static int sync_directory(const char *path)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return errno;
    int error = file_calls()->sync(dir) == 0 || errno == EINVAL ? 0 : errno;
    close(dir);
    return error;
}

bool file_sync_above(const char *path, struct err *err)
{
    char *above = mem_copy_text(path);
    bool is_top = false;
    int error = 0;
    while (!is_top && !error) {
        char *slash = strrchr(above, '/');
        const char *directory = !slash ? "." : slash == above ? "/" : above;
        is_top = !slash || slash == above;
        if (slash)
            *slash = '\0';
        if (faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) != 0)
            break;
        error = sync_directory(directory);
    }
    free(above);
    return !error || error == EACCES || file_explain_write(error, path, err);
}
