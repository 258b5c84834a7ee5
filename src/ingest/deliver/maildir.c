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

#define NAME_SIZE       80
#define UID_DIGITS      10
#define WRITEBACK_EVERY (1024 * 1024) /* bytes */

struct delivery {
    const char *target; /* borrowed from the settings */
    char name[NAME_SIZE];
    int tmp;            /* directory */
    int file;           /* -1 once it is closed */
    uint64_t unstarted; /* bytes whose way to the disk has not begun */
    struct err why;
};

struct held {
    char name[NAME_SIZE];
    int file;
};

struct deliver_group {
    const char *target; /* borrowed from the settings */
    struct held *held;
    size_t count, room;
};

static const char *const folders[] = {"tmp", "new", "cur"};

/* "UIDVALIDITY.UID_ORIGIN.letterbox": as unique as the message.  UIDs grow, so names sort
 * as messages came; the origin keeps mailboxes that share a Maildir apart. */
static void unique_name(const struct settings *settings,
                        const struct deliver_envelope *envelope, char *out, size_t size)
{
    char origin[DELIVER_ORIGIN_SIZE];

    deliver_origin(settings, envelope, origin);
    snprintf(out, size, "%010" PRIu64 ".%010" PRIu32 "_%s.letterbox", envelope->numbering,
             envelope->uid, origin);
}

static bool fail(struct err *err, const char *what, const char *target)
{
    int error = errno;

    return err_set_key(err, ERR_WRITE, "ingest.target", _("%s: %s: %s"), target, what,
                       strerror(error));
}

/* What to do when a directory cannot be made. */
static const char *advice_for(int error)
{
    switch (error) {
    case ENOENT:
        return _("The directory above it is not there: make it.");
    case EACCES:
    case EPERM:
        return _("The ingest's user must be allowed to write to the directory above it.");
    case EROFS:
        return _("A systemd unit may write only where it says so: name the Maildir in "
                 "ReadWritePaths= of a drop-in, as the last page of letterbox setup "
                 "shows it.");
    default:
        return _("The directory above it must exist, and the ingest's user be allowed to "
                 "write there.");
    }
}

/* `path` as an open directory, made first when it is missing; -1 with err. */
static int make_directory(int at, const char *path, const char *target, struct err *err)
{
    int fd;

    if (mkdirat(at, path, 0700) && errno != EEXIST) {
        int error = errno;

        err_set_key(err, ERR_SETTING, "ingest.target",
                    _("%s cannot be made a Maildir: %s. %s"), target, strerror(error),
                    advice_for(error));
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

/* The UID of a file that is one of `envelope`'s messages; 0 when it is another's. */
static uint32_t uid_of(const char *file, const char *before, const char *behind)
{
    size_t length = strlen(before);
    unsigned long long uid;

    if (strncmp(file, before, length) != 0)
        return 0;
    file += length;
    if (strspn(file, "0123456789") != UID_DIGITS)
        return 0;
    uid = strtoull(file, NULL, 10);
    file += UID_DIGITS;
    length = strlen(behind);
    if (strncmp(file, behind, length) != 0 ||
        (file[length] != '\0' && file[length] != ':') || uid > UINT32_MAX)
        return 0;
    return (uint32_t)uid;
}

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

/* What to look for in a folder. */
struct search {
    const char *before, *behind; /* the UID, in a name */
    const uint32_t *uids;
    size_t count;
    bool *found;
};

static void note_file(const struct search *search, const char *name)
{
    uint32_t uid = uid_of(name, search->before, search->behind);
    const uint32_t *at = uid ? bsearch(&uid, search->uids, search->count,
                                       sizeof *search->uids, compare_uids)
                             : NULL;

    if (at)
        search->found[at - search->uids] = true;
}

/* Whoever put a file there may have died before its name was on the disk, so that is seen
 * to first.  false with errno: what is there is not known. */
static bool look_into(const char *target, const char *folder, const struct search *search)
{
    int fd = open_folder(target, folder), error;
    DIR *directory = fd >= 0 && fsync(fd) == 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (!directory) {
        error = errno;
        if (fd >= 0)
            close(fd);
        errno = error;
        return false;
    }
    while (errno = 0, (entry = readdir(directory)) != NULL)
        note_file(search, entry->d_name);
    error = errno;
    closedir(directory);
    errno = error;
    return error == 0;
}

static bool maildir_has(const struct deliver_target *to,
                        const struct deliver_envelope *envelope, const uint32_t *uids,
                        size_t count, bool *found, struct err *err)
{
    const char *target = settings_text(to->settings, SET_INGEST_TARGET);
    struct deliver_envelope none = *envelope;
    char name[NAME_SIZE], *uid, *behind;
    struct search search = {.before = name, .uids = uids, .count = count, .found = found};
    bool done;

    memset(found, 0, count * sizeof *found);
    none.uid = 0;
    unique_name(to->settings, &none, name, sizeof name);
    uid = strchr(name, '.') + 1;
    search.behind = behind = mem_copy_text(uid + UID_DIGITS);
    *uid = '\0';
    /* new/ first: a reader moves from there to cur/, never back. */
    done = (look_into(target, "new", &search) && look_into(target, "cur", &search)) ||
           fail(err, _("it cannot be looked into"), target);
    free(behind);
    return done;
}

static void delivery_free(struct delivery **delivery)
{
    int fds[] = {(*delivery)->file, (*delivery)->tmp};

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
    if (delivery->tmp >= 0)
        delivery->file = make_file(delivery->tmp, delivery->name);
    if (delivery->file < 0) {
        fail(err, _("a new message cannot be made"), delivery->target);
        delivery_free(&delivery);
        return NULL;
    }
    share_with_group(delivery->tmp, delivery->file);
    return delivery;
}

/* What is written begins its way to the disk now, while the rest still comes, so that the
 * sync at the end finds little to wait for.  Only a hint: where it cannot be, nothing is
 * lost. */
static void start_writeback(struct delivery *delivery)
{
    sync_file_range(delivery->file, 0, 0, SYNC_FILE_RANGE_WRITE);
    delivery->unstarted = 0;
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
        delivery->unstarted += (uint64_t)written;
        if (delivery->unstarted >= WRITEBACK_EVERY)
            start_writeback(delivery);
    }
    return !err_is_set(&delivery->why);
}

static bool maildir_hold(struct delivery **delivery, struct deliver_group **slot,
                         struct err *err)
{
    struct delivery *it = *delivery;
    struct deliver_group *group = *slot;
    struct held *held;

    if (err_is_set(&it->why)) {
        unlinkat(it->tmp, it->name, 0);
        err_pass(err, &it->why);
        delivery_free(delivery);
        return false;
    }
    if (!group)
        *slot = group = mem_new(1, sizeof *group);
    if (group->count == group->room) {
        group->room = group->room ? 2 * group->room : 4;
        group->held = mem_resize(group->held, group->room, sizeof *group->held);
    }
    if (it->unstarted > 0)
        start_writeback(it);
    group->target = it->target;
    held = &group->held[group->count++];
    memcpy(held->name, it->name, sizeof held->name);
    held->file = it->file;
    it->file = -1;
    delivery_free(delivery);
    return true;
}

/* Syncs the messages from the first on, up to one that fails; returns how many are whole
 * on the disk. */
static size_t sync_held(struct deliver_group *group, struct err *err)
{
    size_t whole = 0;

    while (whole < group->count && fsync(group->held[whole].file) == 0)
        whole++;
    if (whole < group->count)
        fail(err, _("a message cannot be written"), group->target);
    return whole;
}

/* The first `count` from tmp/ into new/, durably: the content before the name, the name
 * before we say so. */
static size_t publish(struct deliver_group *group, size_t count, int tmp, int new,
                      struct err *err)
{
    size_t done = 0;

    while (done < count &&
           renameat(tmp, group->held[done].name, new, group->held[done].name) == 0)
        done++;
    if (done < count)
        fail(err, _("a message cannot be put into new"), group->target);
    if (done > 0 && fsync(new)) {
        fail(err, _("new cannot be synced"), group->target);
        return 0;
    }
    return done;
}

static bool maildir_commit(struct deliver_group **slot, bool wanted, size_t *done,
                           struct err *err)
{
    struct deliver_group *group = *slot;
    size_t count = 0, ready = 0;
    int tmp, new;
    bool all;

    if (done)
        *done = 0;
    if (!group)
        return true;
    tmp = open_folder(group->target, "tmp");
    new = open_folder(group->target, "new");
    if (tmp < 0 || new < 0)
        fail(err, _("it is no Maildir any more"), group->target);
    else if (wanted && (ready = sync_held(group, err)) > 0)
        count = publish(group, ready, tmp, new, err);
    for (size_t i = 0; i < group->count; i++) {
        if (i >= count && tmp >= 0)
            unlinkat(tmp, group->held[i].name,
                     0); /* absent when only the last sync failed */
        close(group->held[i].file);
    }
    if (tmp >= 0)
        close(tmp);
    if (new >= 0)
        close(new);
    if (done)
        *done = count;
    all = !wanted || count == group->count;
    free(group->held);
    free(group);
    *slot = NULL;
    return all;
}

static enum deliver_status maildir_finish(struct delivery **delivery, bool complete,
                                          struct err *err)
{
    struct deliver_group *group = NULL;

    if (complete)
        return maildir_hold(delivery, &group, err) &&
                       maildir_commit(&group, true, NULL, err)
                   ? DELIVER_DONE
                   : DELIVER_DOWN;
    unlinkat((*delivery)->tmp, (*delivery)->name, 0);
    if (err_is_set(&(*delivery)->why))
        err_pass(err, &(*delivery)->why);
    delivery_free(delivery);
    return DELIVER_DOWN;
}

const struct deliver_ops deliver_maildir = {
    .id = "maildir",
    .prepare = maildir_prepare,
    .has = maildir_has,
    .begin = maildir_begin,
    .feed = maildir_feed,
    .finish = maildir_finish,
    .hold = maildir_hold,
    .commit = maildir_commit,
};
