#include "support/relay/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

#define PATIENCE_S 120
#define HEADER     5 /* bytes of a record before its body; the last two are its length */

/* One way of a connection, as far as it has passed. */
struct flow {
    int from, to;
    size_t records; /* whole ones */
    size_t bytes;   /* of the record that has begun */
    size_t length;  /* of its body, once the header is whole */
    bool is_over;
};

struct relay {
    struct in_addr address;
    int listener, port, server_port, stop_fd;
    pthread_t thread;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct relay_cut cut;
    unsigned wanted; /* the holds are counted: the last that a test asked for, */
    unsigned held;   /* that was come to, */
    unsigned over;   /* whose connection is over, */
    unsigned free;   /* and up to which they are released */
    size_t records[RELAY_WAYS];
};

/* One connection; the relay's thread alone. */
struct link {
    struct relay *relay;
    struct flow flows[RELAY_WAYS];
    struct relay_cut cut;
    unsigned hold; /* its number, when `cut` is one */
    bool is_cut;
};

/* ---- Counting ---------------------------------------------------------------------- */

static bool is_at_cut(const struct link *link, enum relay_way way)
{
    const struct flow *flow = &link->flows[way];
    const struct relay_cut *cut = &link->cut;

    if (cut->end == RELAY_STAYS || cut->way != way)
        return false;
    return flow->records > cut->records ||
           (flow->records == cut->records && flow->bytes >= cut->bytes);
}

static void count(struct flow *flow, unsigned char byte)
{
    if (flow->bytes == HEADER - 2)
        flow->length = (size_t)byte << 8;
    else if (flow->bytes == HEADER - 1)
        flow->length += byte;
    flow->bytes++;
    if (flow->bytes >= HEADER && flow->bytes == HEADER + flow->length) {
        flow->records++;
        flow->bytes = 0;
    }
}

/* How many of these bytes come before the cut; they are counted. */
static size_t before_cut(struct link *link, enum relay_way way,
                         const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (is_at_cut(link, way))
            return i;
        count(&link->flows[way], bytes[i]);
    }
    return length;
}

/* ---- Passing on -------------------------------------------------------------------- */

static void send_all(int fd, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

        if (sent < 0)
            return; /* who has gone is seen when reading */
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void set_linger(int fd)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

/* What happens at the cut; from then on what comes is read and dropped. */
static void cut(struct link *link)
{
    link->is_cut = true;
    for (size_t way = 0; way < RELAY_WAYS; way++) {
        struct flow *flow = &link->flows[way];

        if (link->cut.end == RELAY_CLOSES)
            shutdown(flow->to, SHUT_WR);
        if (link->cut.end != RELAY_RESETS)
            continue;
        set_linger(flow->to);
        flow->is_over = true;
    }
}

static void note(struct relay *relay, unsigned *what, unsigned number)
{
    pthread_mutex_lock(&relay->lock);
    *what = number;
    pthread_cond_broadcast(&relay->changed);
    pthread_mutex_unlock(&relay->lock);
}

static void hold(struct link *link)
{
    struct relay *relay = link->relay;

    link->cut.end = RELAY_STAYS;
    note(relay, &relay->held, link->hold);
    pthread_mutex_lock(&relay->lock);
    while (relay->free < link->hold)
        pthread_cond_wait(&relay->changed, &relay->lock);
    pthread_mutex_unlock(&relay->lock);
}

static void pass_up_to_cut(struct link *link, enum relay_way way,
                           const unsigned char *bytes, size_t length)
{
    size_t before = before_cut(link, way, bytes, length);

    send_all(link->flows[way].to, bytes, before);
    if (!is_at_cut(link, way))
        return;
    if (link->cut.end != RELAY_HOLDS) {
        cut(link);
        return;
    }
    hold(link);
    before_cut(link, way, bytes + before, length - before); /* counts the rest */
    send_all(link->flows[way].to, bytes + before, length - before);
}

static void pass_on(struct link *link, enum relay_way way)
{
    struct flow *flow = &link->flows[way];
    unsigned char bytes[16384];
    ssize_t got = recv(flow->from, bytes, sizeof bytes, 0);

    if (got <= 0) {
        flow->is_over = true;
        if (!link->is_cut)
            shutdown(flow->to, SHUT_WR);
        /* After a silence only the client's end counts. */
        if (link->is_cut && way == RELAY_TO_SERVER)
            link->flows[RELAY_TO_CLIENT].is_over = true;
        return;
    }
    if (link->is_cut)
        return;
    pass_up_to_cut(link, way, bytes, (size_t)got);
}

static void tell(struct link *link)
{
    struct relay *relay = link->relay;

    pthread_mutex_lock(&relay->lock);
    for (size_t way = 0; way < RELAY_WAYS; way++)
        relay->records[way] = link->flows[way].records;
    pthread_mutex_unlock(&relay->lock);
}

static bool is_over(const struct link *link)
{
    return link->flows[RELAY_TO_SERVER].is_over && link->flows[RELAY_TO_CLIENT].is_over;
}

static void serve(struct link *link)
{
    struct pollfd waits[RELAY_WAYS + 1];

    pass_up_to_cut(link, link->cut.way, NULL, 0);
    while (!is_over(link)) {
        for (size_t way = 0; way < RELAY_WAYS; way++)
            waits[way] = (struct pollfd){
                .fd = link->flows[way].is_over ? -1 : link->flows[way].from,
                .events = POLLIN};
        waits[RELAY_WAYS] = (struct pollfd){.fd = link->relay->stop_fd, .events = POLLIN};
        if (poll(waits, RELAY_WAYS + 1, -1) < 0 && errno != EINTR)
            abort();
        if (waits[RELAY_WAYS].revents)
            return;
        for (size_t way = 0; way < RELAY_WAYS; way++)
            if (waits[way].revents)
                pass_on(link, way);
        tell(link);
    }
}

/* ---- Connections ------------------------------------------------------------------- */

static int open_socket(const struct relay *relay, struct sockaddr_in *address, int port)
{
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *address = (struct sockaddr_in){.sin_family = AF_INET,
                                    .sin_addr = relay->address,
                                    .sin_port = htons((uint16_t)port)};
    return fd;
}

static void take(struct relay *relay, int client)
{
    const int one = 1;
    struct sockaddr_in address;
    int server = open_socket(relay, &address, relay->server_port);
    struct link link = {.relay = relay,
                        .flows = {[RELAY_TO_SERVER] = {.from = client, .to = server},
                                  [RELAY_TO_CLIENT] = {.from = server, .to = client}}};

    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_mutex_lock(&relay->lock);
    link.cut = relay->cut;
    link.hold = link.cut.end == RELAY_HOLDS ? relay->wanted : 0;
    relay->cut.end = RELAY_STAYS;
    pthread_mutex_unlock(&relay->lock);
    if (connect(server, (struct sockaddr *)&address, sizeof address) == 0)
        serve(&link);
    if (link.hold > 0)
        note(relay, &relay->over, link.hold);
    close(client);
    close(server);
}

static void *relay_main(void *closure)
{
    struct relay *relay = closure;
    int client;

    while ((client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        take(relay, client);
    return NULL;
}

struct relay *relay_start(const char *host, int port)
{
    struct relay *relay = mem_new(1, sizeof *relay);
    struct sockaddr_in address;
    socklen_t size = sizeof address;

    relay->server_port = port;
    if (inet_pton(AF_INET, host, &relay->address) != 1)
        relay->address.s_addr = htonl(INADDR_LOOPBACK);
    pthread_mutex_init(&relay->lock, NULL);
    pthread_cond_init(&relay->changed, NULL);
    relay->stop_fd = eventfd(0, EFD_CLOEXEC);
    relay->listener = open_socket(relay, &address, 0);
    assert_int_equal(bind(relay->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(relay->listener, 16), 0);
    assert_int_equal(getsockname(relay->listener, (struct sockaddr *)&address, &size), 0);
    relay->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&relay->thread, NULL, relay_main, relay), 0);
    return relay;
}

void relay_stop(struct relay **slot)
{
    struct relay *relay = *slot;

    if (!relay)
        return;
    shutdown(relay->listener, SHUT_RDWR);
    eventfd_write(relay->stop_fd, 1);
    note(relay, &relay->free, UINT_MAX);
    pthread_join(relay->thread, NULL);
    close(relay->listener);
    close(relay->stop_fd);
    pthread_cond_destroy(&relay->changed);
    pthread_mutex_destroy(&relay->lock);
    free(relay);
    *slot = NULL;
}

int relay_port(const struct relay *relay)
{
    return relay->port;
}

void relay_cut_next(struct relay *relay, const struct relay_cut *wanted)
{
    pthread_mutex_lock(&relay->lock);
    relay->cut = *wanted;
    relay->wanted += wanted->end == RELAY_HOLDS;
    pthread_mutex_unlock(&relay->lock);
}

bool relay_wait_held(struct relay *relay)
{
    struct timespec until;
    bool held, is_late = false;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&relay->lock);
    while (!is_late && relay->held != relay->wanted && relay->over != relay->wanted)
        is_late = pthread_cond_timedwait(&relay->changed, &relay->lock, &until) != 0;
    held = relay->held == relay->wanted;
    pthread_mutex_unlock(&relay->lock);
    if (is_late)
        fail_msg("the connection neither came to where it is held, nor ended");
    return held;
}

void relay_release(struct relay *relay)
{
    note(relay, &relay->free, relay->wanted);
}

size_t relay_records(struct relay *relay, enum relay_way way)
{
    size_t records;

    pthread_mutex_lock(&relay->lock);
    records = relay->records[way];
    pthread_mutex_unlock(&relay->lock);
    return records;
}
