/*
 * The system calls behind base/file, replaceable by a test.
 *
 * A test that wants to see a save stopped at any step (disk full, killed) puts its own
 * functions here; the program never does.  Set before the first thread.
 */
#ifndef LETTERBOX_BASE_FILE_CALLS_H
#define LETTERBOX_BASE_FILE_CALLS_H

#include <sys/types.h>

struct file_calls {
    /* openat(2), for writing only */
    int (*create)(int dir, const char *name, int flags, mode_t mode);
    ssize_t (*write)(int fd, const void *bytes, size_t length);
    int (*set_mode)(int fd, mode_t mode);
    int (*set_owner)(int fd, uid_t owner, gid_t group);
    int (*sync)(int fd);
    int (*rename)(int from_dir, const char *from, int to_dir, const char *to);
    int (*unlink)(int dir, const char *name, int flags);
    int (*make_directory)(int dir, const char *name, mode_t mode);
};

extern const struct file_calls file_calls_system;

/* The ones in use; NULL puts the system's back. */
const struct file_calls *file_calls(void);
void file_calls_use(const struct file_calls *calls);

#endif
