/*
 * Looking at another user's files as that user.
 *
 * The ingest runs as a user of its own, and root wants to see how it does.  Root reading
 * there as root would follow whatever that user put in its way, and would leave files
 * behind (SQLite's -wal and -shm) that are root's; so root becomes the owner of the
 * directory for as long as it looks.
 */
#ifndef LETTERBOX_BASE_OWNER_H
#define LETTERBOX_BASE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

struct owner {
    bool is_other; /* private, as all of it */
    uid_t user;
    gid_t group;
    gid_t *groups;
    int group_count;
};

/* From here to owner_leave this process acts (effective user, group and groups) as the
 * owner of `directory`, when it is root and the owner is another; else nothing changes,
 * also when there is no such directory.  ERR_REFUSED when it cannot be.  For the whole
 * process: while it has one thread. */
bool owner_enter(struct owner *owner, const char *directory, struct err *err);

/* Zeroed or not entered: does nothing. */
void owner_leave(struct owner *owner);

#endif
