/*
 * late_link MILLISECONDS COMMAND [ARGUMENT …]
 *
 * Runs COMMAND in a network namespace that reaches one other machine, 10.77.0.2, with
 * this round trip.  That machine is a second namespace, which COMMAND can enter:
 * nsenter --net="$LATE_LINK_FAR".  Each has a TUN device, and this program carries the
 * packets from one to the other, each half a round trip late, so that a TCP handshake is
 * late as well: a relay could not do that.  Ends with COMMAND's status, or with 77 where
 * the kernel does not allow it.  Wants to be root, if only of a user namespace.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEAR_ADDRESS "10.77.0.1"
#define FAR_ADDRESS  "10.77.0.2"
#define NETMASK      "255.255.255.252"

enum { PACKET_MAX = 2048, QUEUE_MAX = 4096, NOT_POSSIBLE = 77 };

struct packet {
    int64_t due_ns;
    size_t length;
    char bytes[PACKET_MAX];
};

/* One direction.  Everything is equally late, so the first to come is the first to go. */
struct way {
    int from, to;
    size_t first, count;
    struct packet packets[QUEUE_MAX];
};

static struct way to_far, to_near;

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "Not possible here: %s: %s\n", what, strerror(errno));
    exit(NOT_POSSIBLE);
}

/* Making the two machines */

static void set_address(int socket_fd, const char *device, unsigned long request,
                        const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct ifreq ask = {0};

    inet_pton(AF_INET, text, &address.sin_addr);
    snprintf(ask.ifr_name, sizeof ask.ifr_name, "%s", device);
    memcpy(&ask.ifr_addr, &address, sizeof address);
    must(ioctl(socket_fd, request, &ask) == 0, "address");
}

static void switch_on(int socket_fd, const char *device)
{
    struct ifreq ask = {.ifr_flags = IFF_UP | IFF_RUNNING};

    snprintf(ask.ifr_name, sizeof ask.ifr_name, "%s", device);
    must(ioctl(socket_fd, SIOCSIFFLAGS, &ask) == 0, "interface up");
}

/* This process moves into a new namespace whose device has `address`; returns the
 * device. */
static int make_machine(const char *address)
{
    struct ifreq ask = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int device, socket_fd;

    must(unshare(CLONE_NEWNET) == 0, "network namespace");
    device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    must(device >= 0, "/dev/net/tun");
    snprintf(ask.ifr_name, sizeof ask.ifr_name, "late0");
    must(ioctl(device, TUNSETIFF, &ask) == 0, "TUN device");
    socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(socket_fd >= 0, "socket");
    set_address(socket_fd, "late0", SIOCSIFADDR, address);
    set_address(socket_fd, "late0", SIOCSIFNETMASK, NETMASK);
    switch_on(socket_fd, "late0");
    switch_on(socket_fd, "lo");
    close(socket_fd);
    return device;
}

static pid_t start_command(char *const *argv, int far_namespace)
{
    char path[64];
    pid_t pid;

    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), far_namespace);
    setenv("LATE_LINK_FAR", path, 1);
    pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        execvp(argv[0], argv);
        fprintf(stderr, "late_link: %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    return pid;
}

/* Carrying packets */

static void take(struct way *way, int64_t delay_ns)
{
    while (way->count < QUEUE_MAX) {
        struct packet *packet = &way->packets[(way->first + way->count) % QUEUE_MAX];
        ssize_t got = read(way->from, packet->bytes, sizeof packet->bytes);

        if (got <= 0)
            return;
        packet->length = (size_t)got;
        packet->due_ns = now_ns() + delay_ns;
        way->count++;
    }
}

static void give(struct way *way)
{
    while (way->count > 0 && way->packets[way->first].due_ns <= now_ns()) {
        struct packet *packet = &way->packets[way->first];

        /* A packet that finds no room is lost, as on any line. */
        if (write(way->to, packet->bytes, packet->length) < 0 && errno == EINTR)
            continue;
        way->first = (way->first + 1) % QUEUE_MAX;
        way->count--;
    }
}

/* Until the next packet is due; false when none waits. */
static bool time_left(struct timespec *left)
{
    const struct way *ways[] = {&to_far, &to_near};
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < 2; i++) {
        const struct packet *packet = &ways[i]->packets[ways[i]->first];
        if (ways[i]->count > 0 && packet->due_ns < next)
            next = packet->due_ns;
    }
    if (next == INT64_MAX)
        return false;
    next = next > now_ns() ? next - now_ns() : 0;
    *left = (struct timespec){.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
    return true;
}

static void on_child(int number)
{
    (void)number; /* only to end ppoll() */
}

static int carry(pid_t child, int64_t delay_ns, const sigset_t *outside)
{
    struct pollfd ready[] = {{.fd = to_far.from, .events = POLLIN},
                             {.fd = to_near.from, .events = POLLIN}};
    int status;

    while (waitpid(child, &status, WNOHANG) != child) {
        struct timespec left;

        ppoll(ready, 2, time_left(&left) ? &left : NULL, outside);
        take(&to_far, delay_ns);
        take(&to_near, delay_ns);
        give(&to_far);
        give(&to_near);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_child};
    sigset_t child_ended, outside;
    int far_namespace;
    long round_trip_ms;

    if (argc < 3) {
        fprintf(stderr, "usage: late_link MILLISECONDS COMMAND [ARGUMENT …]\n");
        return 64;
    }
    round_trip_ms = strtol(argv[1], NULL, 10);
    sigemptyset(&child_ended);
    sigaddset(&child_ended, SIGCHLD);
    to_near.from = to_far.to = make_machine(FAR_ADDRESS);
    far_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    must(far_namespace >= 0, "/proc/self/ns/net");
    to_far.from = to_near.to = make_machine(NEAR_ADDRESS);
    sigaction(SIGCHLD, &action, NULL);
    sigprocmask(SIG_SETMASK, NULL, &outside);
    {
        pid_t child = start_command(argv + 2, far_namespace);

        /* From here on the signal arrives inside ppoll() alone; one that came before is
         * seen by the first waitpid(). */
        sigprocmask(SIG_BLOCK, &child_ended, NULL);
        return carry(child, round_trip_ms * 1000000 / 2, &outside);
    }
}
