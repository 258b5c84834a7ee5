/*
 * File systems of the test's own: small ones that fill, and ones that become read-only.
 *
 * They are tmpfs in a mount namespace (and, for who is not root, a user namespace), so
 * nobody else sees anything of them.
 */
#ifndef LETTERBOX_TESTS_FORCE_ROOM_H
#define LETTERBOX_TESTS_FORCE_ROOM_H

#include <stdbool.h>

/* Before the first thread.  From then on not even root may write where the mode forbids
 * it.  NULL when all is well; else why it is not possible here. */
const char *room_enter(void);

/* A file system of so many kilobytes at `path`, which is made when it is missing. */
void room_make(const char *path, unsigned kilobytes);
/* What is at `from` is at `path` as well. */
void room_share(const char *from, const char *path);
void room_resize(const char *path, unsigned kilobytes);
void room_set_read_only(const char *path, bool read_only);
void room_end(const char *path);

#endif
