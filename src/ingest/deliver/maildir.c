/*
 * Delivery into a Maildir (https://cr.yp.to/proto/maildir.html).
 *
 * The file's name is made of the message's identity alone, not of the time, so a run
 * after a crash finds what an earlier one delivered.  The bytes are the server's, CRLF
 * included: what was signed stays signed, and what reads a Maildir takes both.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/deliver/deliver.h"

#define NAME_SIZE 80

struct delivery {
    const char *target; /* borrowed from the settings */
    char name[NAME_SIZE];
    int tmp, new; /* directories */
    int file;     /* -1 once it is closed */
    struct err why;
};

static const char *const folders[] = {"tmp", "new", "cur"};

/* "UIDVALIDITY.UID_ORIGIN.letterbox": as unique as the message.  UIDs grow, so names sort
 * as messages came; the origin keeps mailboxes that share a Maildir apart. */
static void unique_name(const struct settings *settings,
                        const struct deliver_envelope *envelope, char *out, size_t size)
{
    char origin[DELIVER_ORIGIN_SIZE];

    deliver_origin(settings, envelope, origin);
    snprintf(out, size, "%010" PRIu32 ".%010" PRIu32 "_%s.letterbox",
             envelope->uid_validity, envelope->uid, origin);
}

static bool fail(struct err *err, const char *what, const char *target)
{
    int error = errno;

    return err_set_key(err, ERR_WRITE, "ingest.target", _("%s: %s: %s"), target, what,
                       strerror(error));
}

/* `path` as an open directory, made first when it is missing; -1 with err. */
static int make_directory(int at, const char *path, const char *target, struct err *err)
{
    int fd;

    if (mkdirat(at, path, 0700) && errno != EEXIST) {
        err_set_key(err, ERR_SETTING, "ingest.target",
                    _("%s cannot be made a Maildir: %s. Its parent directory must exist, "
                      "and the ingest's user must be allowed to write there."),
                    target, strerror(errno));
        return -1;
    }
    fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        err_set_key(err, ERR_SETTING, "ingest.target", _("%s is no Maildir: %s: %s"),
                    target, path, strerror(errno));
    return fd;
}

static bool sync_parent(const char *target, struct err *err)
{
    char *copy = mem_copy_text(target);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;

    if (!done)
        fail(err, _("its parent directory cannot be synced"), target);
    if (fd >= 0)
        close(fd);
    free(copy);
    return done;
}

static bool maildir_prepare(const struct deliver_target *to, struct err *err)
{
    const char *target = settings_text(to->settings, SET_INGEST_TARGET);
    bool done = false;
    int root;

    if (target[0] != '/')
        return err_set_key(err, ERR_SETTING, "ingest.target",
                           _("The Maildir must be an absolute path, such as "
                             "/var/mail/support; it is \"%s\"."),
                           target);
    root = make_directory(AT_FDCWD, target, target, err);
    if (root < 0)
        return false;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        int fd = make_directory(root, folders[i], target, err);

        if (fd < 0)
            goto done;
        close(fd);
        if (faccessat(root, folders[i], W_OK | X_OK, AT_EACCESS)) {
            err_set_key(err, ERR_SETTING, "ingest.target",
                        _("%s/%s: the ingest's user may not write there: %s"), target,
                        folders[i], strerror(errno));
            goto done;
        }
    }
    done = fsync(root) == 0 || fail(err, _("it cannot be synced"), target);
    done = done && sync_parent(target, err);
done:
    close(root);
    return done;
}

/* The folder `name` of the Maildir, open; -1 with errno. */
static int open_folder(const char *target, const char *name)
{
    char *path = mem_format("%s/%s", target, name);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    free(path);
    return fd;
}

/* Takes `fd`. */
static bool folder_holds(int fd, const char *name)
{
    size_t length = strlen(name);
    const struct dirent *entry;
    bool found = false;
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    while (!found && (entry = readdir(directory)) != NULL)
        found = !strncmp(entry->d_name, name, length) &&
                (entry->d_name[length] == '\0' || entry->d_name[length] == ':');
    closedir(directory);
    return found;
}

static bool maildir_has(const struct deliver_target *to,
                        const struct deliver_envelope *envelope)
{
    const char *target = settings_text(to->settings, SET_INGEST_TARGET);
    char name[NAME_SIZE];

    unique_name(to->settings, envelope, name, sizeof name);
    /* new/ first: a reader moves from there to cur/, never back. */
    return folder_holds(open_folder(target, "new"), name) ||
           folder_holds(open_folder(target, "cur"), name);
}

static void delivery_free(struct delivery **delivery)
{
    int fds[] = {(*delivery)->file, (*delivery)->tmp, (*delivery)->new};

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(*delivery);
    *delivery = NULL;
}

/* A new file in tmp/.  One that is there is our own, left by a crash: nobody else makes
 * this name, and the ingest's lock keeps us alone. */
static int make_file(int tmp, const char *name)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(tmp, name, flags, 0600);

    if (fd < 0 && errno == EEXIST && unlinkat(tmp, name, 0) == 0)
        fd = openat(tmp, name, flags, 0600);
    return fd;
}

/* The group's rights are those it has in the folder.  Where the file system has no modes
 * the file keeps its own, which is no harm. */
static void share_with_group(int tmp, int file)
{
    struct stat folder;

    if (fstat(tmp, &folder) == 0 && (folder.st_mode & 0060) != 0)
        fchmod(file, 0600 | (folder.st_mode & 0060));
}

static struct delivery *maildir_begin(const struct deliver_target *to,
                                      const struct deliver_envelope *envelope,
                                      const struct cancel *cancel, struct err *err)
{
    struct delivery *delivery = mem_new(1, sizeof *delivery);

    (void)cancel; /* nothing here waits for anybody */
    delivery->target = settings_text(to->settings, SET_INGEST_TARGET);
    unique_name(to->settings, envelope, delivery->name, sizeof delivery->name);
    delivery->file = -1;
    delivery->tmp = open_folder(delivery->target, "tmp");
    delivery->new = open_folder(delivery->target, "new");
    if (delivery->tmp >= 0 && delivery->new >= 0)
        delivery->file = make_file(delivery->tmp, delivery->name);
    if (delivery->file < 0) {
        fail(err, _("a new message cannot be made"), delivery->target);
        delivery_free(&delivery);
        return NULL;
    }
    share_with_group(delivery->tmp, delivery->file);
    return delivery;
}

static bool maildir_feed(struct delivery *delivery, const char *bytes, size_t length)
{
    while (length > 0 && !err_is_set(&delivery->why)) {
        ssize_t written = write(delivery->file, bytes, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(&delivery->why, _("a message cannot be written"),
                        delivery->target);
        bytes += written;
        length -= (size_t)written;
    }
    return !err_is_set(&delivery->why);
}

/* From tmp/ into new/, durably: the content before the name, the name before we say so.
 */
static bool publish(struct delivery *delivery)
{
    struct err *why = &delivery->why;
    bool synced = fsync(delivery->file) == 0;
    bool closed = close(delivery->file) == 0;

    delivery->file = -1;
    if (!synced || !closed)
        return fail(why, _("a message cannot be written"), delivery->target);
    if (renameat(delivery->tmp, delivery->name, delivery->new, delivery->name))
        return fail(why, _("a message cannot be put into new"), delivery->target);
    if (fsync(delivery->new))
        return fail(why, _("new cannot be synced"), delivery->target);
    return true;
}

static enum deliver_status maildir_finish(struct delivery **delivery, bool complete,
                                          struct err *err)
{
    struct delivery *it = *delivery;
    bool done = complete && !err_is_set(&it->why) && publish(it);

    if (!done)
        unlinkat(it->tmp, it->name, 0); /* absent when only the last sync failed */
    if (err_is_set(&it->why))
        err_pass(err, &it->why);
    delivery_free(delivery);
    return done ? DELIVER_DONE : DELIVER_DOWN;
}

const struct deliver_ops deliver_maildir = {
    .id = "maildir",
    .prepare = maildir_prepare,
    .has = maildir_has,
    .begin = maildir_begin,
    .feed = maildir_feed,
    .finish = maildir_finish,
};
