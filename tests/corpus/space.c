#include "corpus/space.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

/* What getaddrinfo reads, and what it gets instead; and no authority but the test's own:
 * reading the system's takes longer than all the rest of a case. */
static const struct {
    const char *path, *name, *first;
    bool may_be_absent;
} files[] = {
    {"/etc/hosts", "hosts", "", false},
    {"/etc/nsswitch.conf", "nsswitch.conf", "hosts: files\n", false},
    {"/etc/resolv.conf", "resolv.conf",
     "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", false},
    {"/etc/ssl/certs/ca-certificates.crt", "authorities.crt", "", true},
};

static bool refuse(const char *what)
{
    fprintf(stderr, "Not possible here: %s: %s\n", what, strerror(errno));
    return false;
}

static bool write_map(const char *path, unsigned outside)
{
    FILE *file = fopen(path, "we");
    bool written = file && fprintf(file, "0 %u 1\n", outside) > 0;

    if (file && fclose(file) != 0)
        written = false;
    return written;
}

/* Who is not root becomes it in a user namespace. */
static bool leave(void)
{
    unsigned uid = geteuid(), gid = getegid();
    FILE *groups;

    if (uid == 0)
        return unshare(CLONE_NEWNET | CLONE_NEWNS) == 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0)
        return false;
    groups = fopen("/proc/self/setgroups", "we");
    if (groups) {
        fputs("deny", groups);
        fclose(groups);
    }
    return write_map("/proc/self/uid_map", uid) && write_map("/proc/self/gid_map", gid);
}

static bool raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool up = false;

    if (fd < 0)
        return false;
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
        request.ifr_flags |= IFF_UP;
        up = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    }
    close(fd);
    return up;
}

/* In place: what is mounted elsewhere stays the same file. */
static void put(const struct scratch *scratch, const char *name, const char *text)
{
    scratch_write(scratch, name, text, strlen(text));
}

bool space_enter(const struct scratch *scratch)
{
    if (!leave())
        return refuse("namespaces");
    if (!raise_loopback())
        return refuse("loopback");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return refuse("mounts");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i].may_be_absent && access(files[i].path, F_OK) != 0)
            continue;
        put(scratch, files[i].name, files[i].first);
        if (mount(scratch_at(scratch, files[i].name), files[i].path, NULL, MS_BIND,
                  NULL) != 0)
            return refuse(files[i].path);
    }
    return true;
}

void space_name(const struct scratch *scratch, const char *hosts, bool without_dns)
{
    put(scratch, "hosts", hosts);
    put(scratch, "nsswitch.conf", without_dns ? "hosts: files dns\n" : "hosts: files\n");
}
