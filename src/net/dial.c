#include "net/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define HEAD_START_MS 250 /* RFC 8305 section 5, Connection Attempt Delay */
#define POLL_MAX_MS   (60 * 60 * 1000)

static int poll_ms(int64_t until)
{
    int64_t left = until - clock_now_ms();

    if (left <= 0)
        return 0;
    return left > POLL_MAX_MS ? POLL_MAX_MS : (int)left;
}

/* ---- Names ---------------------------------------------------------------------- */

/* One look-up, owned by the thread that does it and by the caller that may have left. */
struct lookup {
    atomic_int owners;
    int done_fd;
    char *host;
    char service[8];
    atomic_bool done; /* set before done_fd is readable; orders what follows */
    int result;       /* of getaddrinfo */
    int system_error;
    struct dial_addresses found;
};

static void lookup_release(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->owners, 1) > 1)
        return;
    close(lookup->done_fd);
    free(lookup->host);
    free(lookup);
}

static void keep_addresses(const struct addrinfo *list, struct dial_addresses *found)
{
    found->count = 0;
    for (; list && found->count < DIAL_ADDRESS_MAX; list = list->ai_next) {
        struct dial_address *item = &found->items[found->count];

        if (list->ai_addrlen > sizeof item->address ||
            (list->ai_family != AF_INET && list->ai_family != AF_INET6))
            continue;
        memcpy(&item->address, list->ai_addr, list->ai_addrlen);
        item->length = list->ai_addrlen;
        if (getnameinfo(list->ai_addr, list->ai_addrlen, item->text, sizeof item->text,
                        NULL, 0, NI_NUMERICHOST) == 0)
            found->count++;
    }
}

static int ask_system(const char *host, const char *service, int flags,
                      struct dial_addresses *found)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = flags | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int result = getaddrinfo(host, service, &hints, &list);

    if (result != 0)
        return result;
    keep_addresses(list, found);
    freeaddrinfo(list);
    return found->count > 0 ? 0 : EAI_NONAME;
}

static void *lookup_main(void *argument)
{
    struct lookup *lookup = argument;

    lookup->result = ask_system(lookup->host, lookup->service, 0, &lookup->found);
    lookup->system_error = errno;
    atomic_store(&lookup->done, true);
    eventfd_write(lookup->done_fd, 1);
    lookup_release(lookup);
    return NULL;
}

/* The thread takes no signal: they belong to the loop of the program. */
static bool start_thread(struct lookup *lookup)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    int result;

    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&thread, &attributes, lookup_main, lookup);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    errno = result;
    return result == 0;
}

static struct lookup *lookup_start(const char *host, const char *service)
{
    struct lookup *lookup = mem_new(1, sizeof *lookup);

    atomic_init(&lookup->owners, 2);
    lookup->host = mem_copy_text(host);
    snprintf(lookup->service, sizeof lookup->service, "%s", service);
    lookup->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (lookup->done_fd >= 0 && start_thread(lookup))
        return lookup;
    if (lookup->done_fd >= 0)
        close(lookup->done_fd);
    free(lookup->host);
    free(lookup);
    return NULL;
}

static bool fail_lookup(struct net_failure *failure, int result, int system_error)
{
    enum net_reason reason = NET_SYSTEM;

    switch (result) {
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
        reason = NET_NAME_UNKNOWN;
        break;
    case EAI_AGAIN:
    case EAI_FAIL: /* the resolver answered, but with a fault of its own */
        reason = NET_NAME_TEMPORARY;
        break;
    case EAI_SYSTEM:
        return net_fail(failure, NET_SYSTEM, system_error, "%s",
                        strerrordesc_np(system_error));
    }
    return net_fail(failure, reason, result, "%s", gai_strerror(result));
}

/* true when `fd` became readable in time. */
static bool wait_readable(int fd, const struct cancel *cancel, int64_t deadline,
                          struct net_failure *failure)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
                                {.fd = cancel->fd, .events = POLLIN}};
        int ready = poll(fds, 2, poll_ms(deadline));

        if (ready < 0 && errno != EINTR)
            return net_fail_errno(failure, errno);
        if (ready > 0 && fds[1].revents)
            return net_fail(failure, NET_CANCELLED, 0, NULL);
        if (ready > 0)
            return true;
        if (clock_now_ms() >= deadline)
            return net_fail(failure, NET_TIMED_OUT, 0, NULL);
    }
}

bool dial_resolve(const char *host, int port, const struct cancel *cancel,
                  int64_t deadline, struct dial_addresses *found,
                  struct net_failure *failure)
{
    struct lookup *lookup;
    char service[8];
    bool done;

    *failure = (struct net_failure){0};
    found->count = 0;
    if (cancel_fired(cancel))
        return net_fail(failure, NET_CANCELLED, 0, NULL);
    if (port < 1 || port > 65535 || host[0] == '\0')
        return net_fail(failure, NET_NAME_UNKNOWN, 0, NULL);
    snprintf(service, sizeof service, "%d", port);
    if (ask_system(host, service, AI_NUMERICHOST, found) == 0)
        return true;

    lookup = lookup_start(host, service);
    if (!lookup)
        return net_fail_errno(failure, errno);
    done = wait_readable(lookup->done_fd, cancel, deadline, failure) &&
           atomic_load(&lookup->done);
    if (done && lookup->result == 0)
        *found = lookup->found;
    else if (done)
        done = fail_lookup(failure, lookup->result, lookup->system_error);
    lookup_release(lookup);
    return done;
}

/* ---- Connections ------------------------------------------------------------------ */

struct race {
    const struct dial_address *order[DIAL_ADDRESS_MAX];
    int sockets[DIAL_ADDRESS_MAX]; /* -1: not begun, or lost */
    size_t count, begun;
    size_t pending;
    int64_t next_start;
    struct net_failure failure; /* the most telling so far */
};

/* The families by turns, each in the system's own order (RFC 8305 section 4). */
static void interleave(const struct dial_addresses *addresses, struct race *race)
{
    bool used[DIAL_ADDRESS_MAX] = {false};
    int wanted = addresses->count ? addresses->items[0].address.ss_family : 0;

    while (race->count < addresses->count) {
        size_t pick = addresses->count;

        for (size_t i = 0; i < addresses->count; i++) {
            if (used[i])
                continue;
            if (pick == addresses->count)
                pick = i; /* any, when the wanted family has no more */
            if (addresses->items[i].address.ss_family == wanted) {
                pick = i;
                break;
            }
        }
        used[pick] = true;
        race->order[race->count++] = &addresses->items[pick];
        wanted = addresses->items[pick].address.ss_family == AF_INET ? AF_INET6 : AF_INET;
    }
}

/* How much a failed address says about the server; of equals, the later one counts. */
static int weight(enum net_reason reason)
{
    switch (reason) {
    case NET_OK:
        return -1;
    case NET_UNREACHABLE: /* often just this machine without IPv6 */
        return 0;
    case NET_TIMED_OUT:
        return 1;
    default:
        return 2;
    }
}

static void note_failure(struct race *race, const struct dial_address *address, int error)
{
    struct net_failure failure = {0};

    net_fail_errno(&failure, error);
    if (weight(failure.reason) >= weight(race->failure.reason))
        net_fail(&race->failure, failure.reason, error, "%s: %s", address->text,
                 failure.text);
}

/* A peer that is gone without a word (a router that forgot the connection, a machine that
 * lost its network) is noticed in some minutes also where nothing is sent: in IDLE. */
static void set_options(int fd)
{
    static const struct {
        int level, name, value;
    } options[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},    {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, 120}, {IPPROTO_TCP, TCP_KEEPINTVL, 30},
        {IPPROTO_TCP, TCP_KEEPCNT, 4},
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                   sizeof options[i].value);
}

/* Begins with the next address; true when it is connected at once. */
static bool begin_next(struct race *race)
{
    size_t which = race->begun++;
    const struct dial_address *to = race->order[which];
    int fd = socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    IPPROTO_TCP);

    race->next_start = clock_now_ms() + HEAD_START_MS;
    if (fd < 0) {
        note_failure(race, to, errno);
        race->next_start = 0;
        return false;
    }
    set_options(fd);
    race->sockets[which] = fd;
    if (connect(fd, (const struct sockaddr *)&to->address, to->length) == 0)
        return true;
    if (errno == EINPROGRESS || errno == EINTR) {
        race->pending++;
        return false;
    }
    note_failure(race, to, errno);
    close(fd);
    race->sockets[which] = -1;
    race->next_start = 0;
    return false;
}

/* Looks at a socket that is ready: true when it is connected. */
static bool finish(struct race *race, size_t which)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(race->sockets[which], SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    if (error == 0)
        return true;
    note_failure(race, race->order[which], error);
    close(race->sockets[which]);
    race->sockets[which] = -1;
    race->pending--;
    race->next_start = 0; /* the next need not wait for the one that failed */
    return false;
}

/* Index of a connected socket, -1 to go on, -2 when the cancel fired. */
static int watch(struct race *race, const struct cancel *cancel, int64_t until)
{
    struct pollfd fds[DIAL_ADDRESS_MAX + 1] = {{.fd = cancel->fd, .events = POLLIN}};

    for (size_t i = 0; i < race->begun; i++)
        fds[i + 1] = (struct pollfd){.fd = race->sockets[i], .events = POLLOUT};
    if (poll(fds, race->begun + 1, poll_ms(until)) <= 0)
        return -1;
    if (fds[0].revents)
        return -2;
    for (size_t i = 0; i < race->begun; i++) {
        if (fds[i + 1].revents && finish(race, i))
            return (int)i;
    }
    return -1;
}

/* Index of the address that won, or -1 with race->failure set. */
static int run(struct race *race, const struct cancel *cancel, int64_t deadline)
{
    while (race->begun < race->count || race->pending > 0) {
        int64_t now = clock_now_ms();
        bool more = race->begun < race->count;
        int won;

        if (now >= deadline) {
            net_fail(&race->failure, NET_TIMED_OUT, 0, "%s",
                     race->begun ? race->order[race->begun - 1]->text : "");
            return -1;
        }
        if (more && now >= race->next_start) {
            if (begin_next(race))
                return (int)race->begun - 1;
            continue;
        }
        won = watch(race, cancel,
                    more && race->next_start < deadline ? race->next_start : deadline);
        if (won >= 0)
            return won;
        if (won == -2) {
            net_fail(&race->failure, NET_CANCELLED, 0, NULL);
            return -1;
        }
    }
    return -1;
}

int dial_connect(const struct dial_addresses *addresses, const struct cancel *cancel,
                 int64_t deadline, const struct dial_address **used,
                 struct net_failure *failure)
{
    struct race race = {.count = 0};
    int won, fd = -1;

    *failure = (struct net_failure){0};
    if (addresses->count == 0) {
        net_fail(failure, NET_NAME_UNKNOWN, 0, NULL);
        return -1;
    }
    if (cancel_fired(cancel)) {
        net_fail(failure, NET_CANCELLED, 0, NULL);
        return -1;
    }
    for (size_t i = 0; i < DIAL_ADDRESS_MAX; i++)
        race.sockets[i] = -1;
    interleave(addresses, &race);
    won = run(&race, cancel, deadline);
    if (won >= 0) {
        fd = race.sockets[won];
        race.sockets[won] = -1;
        *used = race.order[won];
    } else {
        *failure = race.failure;
    }
    for (size_t i = 0; i < race.begun; i++) {
        if (race.sockets[i] >= 0)
            close(race.sockets[i]);
    }
    return fd;
}
