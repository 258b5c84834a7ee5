/*
 * Files whose content matters: opened without following links, checked, replaced whole.
 *
 * Directories are given as open descriptors (openat), so a path that is swapped
 * underneath changes nothing.  `path` arguments are only for the sentence in err.
 */
#ifndef LETTERBOX_BASE_FILE_H
#define LETTERBOX_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

struct buf;
struct err;

/* What a file was when it was read: to see whether somebody else has replaced it since.
 */
struct file_stamp {
    bool exists;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

enum file_privacy {
    FILE_PUBLIC,  /* 0644 or less: anybody may read, only the owner may write */
    FILE_SHARED,  /* 0640 or less: settings, for the ingest's group */
    FILE_PRIVATE, /* 0600 or less: secrets */
};

/* Adds the whole file `name` in `dir` to `out` (up to its limit).  The last part is never
 * followed when it is a link (O_NOFOLLOW); kind (a regular file), owner (this user or
 * root) and mode are checked on the open file.  What must not be trusted is ERR_DATA with
 * the path and the command that repairs it.  A missing file is ERR_DATA, and
 * stamp->exists false; one that this user may not read is ERR_REFUSED.  stamp may be
 * NULL. */
bool file_read(int dir, const char *name, const char *path, enum file_privacy privacy,
               struct buf *out, struct file_stamp *stamp, struct err *err);

/* Writes a temporary file beside `name` with `mode`, fsyncs it, renames it over `name`,
 * and fsyncs the directory.  On failure (ERR_WRITE, with the path and what to do) the old
 * file is untouched and no temporary file is left.  The rename is the point of no return:
 * a directory that cannot be synced after it is no failure, for the new file stands.
 * group may be (gid_t)-1 to leave it.  stamp (may be NULL) gets the new file's.
 *
 * The temporary file is ".NAME.RANDOM.tmp" (file_is_temporary): what a crash leaves
 * behind can be told apart and removed. */
bool file_replace(int dir, const char *name, const char *path, const char *bytes,
                  size_t length, mode_t mode, gid_t group, struct file_stamp *stamp,
                  struct err *err);

/* Is `entry` the name of a temporary file that file_replace makes for `name`? */
bool file_is_temporary(const char *entry, const char *name);

/* false, and *stamp of no file, when there is none. */
bool file_stamp_get(int dir, const char *name, struct file_stamp *stamp);
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

/* Opens directory `path`; with `create`, makes it and what is missing above it with
 * `mode` (whatever the umask) and syncs what it made.  -1 on failure: ERR_DATA when it is
 * missing, ERR_WRITE when it cannot be made, ERR_REFUSED when this user may not enter. */
int file_open_directory(const char *path, mode_t mode, bool create, struct err *err);

/* Syncs what is above `path` as far up as this user may write, so that its name is there
 * after a power cut too, whoever made it and did not come to sync it.  ERR_WRITE. */
bool file_sync_above(const char *path, struct err *err);

/* The sentence for a write that failed with errno `error`: why, what to do, and that
 * nothing was changed.  ERR_WRITE; false. */
bool file_explain_write(int error, const char *path, struct err *err);

/* `path` as one word for a shell, quoted when it has to be; the caller's (free()). */
char *file_quote_path(const char *path);

#endif
