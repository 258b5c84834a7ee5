#include "ingest/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/file_calls.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/store.h"

/* A Maildir in there has two more. */
enum { DEPTH_MAX = 4 };

/* The entries, "." and ".." not; false ends it. */
static void for_each(int directory,
                     bool (*visit)(int directory, const char *entry, void *closure),
                     void *closure)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    if (!stream && fd >= 0)
        close(fd);
    while (stream && (entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!visit(directory, entry->d_name, closure))
            break;
    }
    if (stream)
        closedir(stream);
}

/* ---- For whoever is not root ------------------------------------------------------- */

static void explain_owner(const char *what, uid_t owner, const char *top, struct err *err)
{
    char *quoted = file_quote_path(top);

    err_set(err, ERR_REFUSED,
            _("%s belongs to uid %u, and this ingest runs as uid %u. An ingest that was "
              "run by hand may have made it. Give it back, as root: chown -R %u:%u %s"),
            what, (unsigned)owner, (unsigned)geteuid(), (unsigned)geteuid(),
            (unsigned)getegid(), quoted);
    free(quoted);
}

/* Whose it is, when it is not ours, is why it could not be opened. */
static bool explain_path(const char *path, struct err *err)
{
    struct stat status;

    if (lstat(path, &status) != 0 || status.st_uid == geteuid())
        return false;
    explain_owner(path, status.st_uid, path, err);
    return true;
}

struct foreign {
    char *entry; /* the first that is not ours; or NULL */
    uid_t owner;
};

static bool find_foreign(int directory, const char *entry, void *closure)
{
    struct foreign *foreign = closure;
    struct stat status;

    if (fstatat(directory, entry, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        status.st_uid == geteuid())
        return true;
    foreign->entry = mem_copy_text(entry);
    foreign->owner = status.st_uid;
    return false;
}

static bool check_entries(int directory, const char *path, struct err *err)
{
    struct foreign foreign = {.entry = NULL};
    char *what;

    for_each(directory, find_foreign, &foreign);
    if (!foreign.entry)
        return true;
    what = mem_format("%s/%s", path, foreign.entry);
    explain_owner(what, foreign.owner, path, err);
    free(what);
    free(foreign.entry);
    return false;
}

/* ---- For root ---------------------------------------------------------------------- */

static void give_directory(int directory, const char *state)
{
    struct stat own, above;

    if (stat(state, &above) == 0 && fstat(directory, &own) == 0 && own.st_uid == 0 &&
        above.st_uid != 0)
        file_calls()->set_owner(directory, above.st_uid, above.st_gid);
}

struct gift {
    const struct stat *above; /* whose it becomes, and on which disk it is */
    int depth;
};

static bool give(int directory, const char *entry, void *closure)
{
    const struct gift *gift = closure;
    struct gift below = {.above = gift->above, .depth = gift->depth + 1};
    struct stat status;
    int fd = openat(directory, entry,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return true;
    if (fstat(fd, &status) == 0 && status.st_uid == 0 &&
        status.st_dev == gift->above->st_dev &&
        (S_ISDIR(status.st_mode) || (S_ISREG(status.st_mode) && status.st_nlink == 1))) {
        file_calls()->set_owner(fd, gift->above->st_uid, gift->above->st_gid);
        if (S_ISDIR(status.st_mode) && gift->depth < DEPTH_MAX)
            for_each(fd, give, &below);
    }
    close(fd);
    return true;
}

void state_dir_hand_over(int directory)
{
    struct stat above;
    struct gift gift = {.above = &above};

    if (directory < 0 || geteuid() != 0 || fstat(directory, &above) != 0 ||
        above.st_uid == 0)
        return;
    for_each(directory, give, &gift);
}

/* ---- Both -------------------------------------------------------------------------- */

int state_dir_open(const struct store *store, const char *name, struct err *err)
{
    const char *state = store_state_dir(store);
    char *path = mem_format("%s/%s", state, name);
    struct err why = ERR_INIT;
    int fd = file_open_directory(path, 0700, true, &why);

    if (fd < 0 &&
        (geteuid() == 0 || (!explain_path(path, err) && !explain_path(state, err))))
        err_pass(err, &why);
    if (fd >= 0 && geteuid() == 0)
        give_directory(fd, state);
    else if (fd >= 0 && !check_entries(fd, path, err)) {
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}
