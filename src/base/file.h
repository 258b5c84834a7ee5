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
    FILE_PUBLIC,  /* anybody may read, only the owner (or root) may write */
    FILE_SHARED,  /* owner and group may read: settings, for the ingest's group */
    FILE_PRIVATE, /* the owner alone (0600 or less): secrets */
};

/* Reads the whole file `name` in `dir` into `out` (up to its limit).  The last part is
 * never followed when it is a link (O_NOFOLLOW); owner (this user or root) and mode are
 * checked on the open file.  A mode that is too wide is ERR_DATA with the path and the
 * chmod that repairs it.  A missing file is ERR_DATA, and stamp->exists false.  stamp may
 * be NULL. */
bool file_read(int dir, const char *name, const char *path, enum file_privacy privacy,
               struct buf *out, struct file_stamp *stamp, struct err *err);

/* Writes a temporary file beside `name` with `mode`, fsyncs it, renames it over `name`,
 * and fsyncs the directory.  On failure (ERR_WRITE) the old file is untouched and no
 * temporary file is left.  group may be (gid_t)-1 to leave it. */
bool file_replace(int dir, const char *name, const char *path, const char *bytes,
                  size_t length, mode_t mode, gid_t group, struct file_stamp *stamp,
                  struct err *err);

bool file_stamp_get(int dir, const char *name, struct file_stamp *stamp);
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

/* Opens directory `path`, making it and what is missing above it with `mode`. -1 on
 * failure. */
int file_open_directory(const char *path, mode_t mode, bool create, struct err *err);

#endif
