#include "force/room.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return done;
}

/* Root of a namespace in which nobody else is. */
static bool become_root(unsigned uid, unsigned gid)
{
    char users[64], groups[64];

    snprintf(users, sizeof users, "0 %u 1", uid);
    snprintf(groups, sizeof groups, "0 %u 1", gid);
    return write_text("/proc/self/setgroups", "deny") &&
           write_text("/proc/self/uid_map", users) &&
           write_text("/proc/self/gid_map", groups);
}

const char *room_enter(void)
{
    unsigned uid = geteuid(), gid = getegid();

    if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return "namespaces are not allowed here";
    if (uid != 0 && !become_root(uid, gid))
        return "this user may not become root of a namespace";
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return "nothing may be mounted here";
    if (prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) != 0 ||
        prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH) != 0)
        return "root's rights over modes cannot be given up here";
    return NULL;
}

void room_make(const char *path, unsigned kilobytes)
{
    char options[64];

    snprintf(options, sizeof options, "mode=0700,size=%uk", kilobytes);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    assert_int_equal(mount("letterbox-test", path, "tmpfs", 0, options), 0);
}

void room_share(const char *from, const char *path)
{
    assert_true(mkdir(from, 0700) == 0 || errno == EEXIST);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    assert_int_equal(mount(from, path, NULL, MS_BIND, NULL), 0);
}

void room_resize(const char *path, unsigned kilobytes)
{
    char options[64];

    snprintf(options, sizeof options, "size=%uk", kilobytes);
    assert_int_equal(mount(NULL, path, NULL, MS_REMOUNT, options), 0);
}

void room_set_read_only(const char *path, bool read_only)
{
    assert_int_equal(
        mount(NULL, path, NULL, MS_REMOUNT | (read_only ? MS_RDONLY : 0), NULL), 0);
}

void room_end(const char *path)
{
    assert_int_equal(umount2(path, MNT_DETACH), 0);
}
