/* Names and sockets.  The system's resolver is replaced by one that the test steers. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "net/dial.h"

#define SOON_MS       50    /* for what must fail by its deadline */
#define HEAD_START_MS 240   /* less than an address has before the next one begins */
#define LATE_MS       10000 /* for what must not come to its deadline */

/* ---- The resolver ----------------------------------------------------------------- */

static sem_t resolver_may_go;
static atomic_int resolver_result, resolver_left;
static atomic_bool resolver_blocks;

/* "host" is 192.0.2.1 and 2001:db8::1; literal addresses are themselves. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    struct addrinfo *item = calloc(1, sizeof *item + sizeof(struct sockaddr_in));
    struct sockaddr_in *address = (struct sockaddr_in *)(item + 1);

    *list = item;
    item->ai_family = AF_INET;
    item->ai_addr = (struct sockaddr *)address;
    item->ai_addrlen = sizeof *address;
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)atoi(service));
    if (inet_pton(AF_INET, host, &address->sin_addr) == 1)
        return 0;
    if (!(hints->ai_flags & AI_NUMERICHOST)) {
        if (resolver_blocks)
            sem_wait(&resolver_may_go);
        resolver_left++;
        inet_pton(AF_INET, "192.0.2.1", &address->sin_addr);
        if (resolver_result == 0)
            return 0;
    }
    free(item);
    *list = NULL;
    return hints->ai_flags & AI_NUMERICHOST ? EAI_NONAME : resolver_result;
}

void freeaddrinfo(struct addrinfo *list)
{
    free(list);
}

static bool resolve(const char *host, struct cancel *cancel, int64_t ms,
                    struct dial_addresses *found, struct net_failure *failure)
{
    return dial_resolve(host, 993, cancel, clock_now_ms() + ms, found, failure);
}

static void test_a_literal_address_asks_nobody(void **state)
{
    struct cancel cancel;
    struct dial_addresses found;
    struct net_failure failure;
    int asked = resolver_left;

    (void)state;
    cancel_init(&cancel);
    assert_true(resolve("127.0.0.1", &cancel, LATE_MS, &found, &failure));
    assert_int_equal(found.count, 1);
    assert_string_equal(found.items[0].text, "127.0.0.1");
    assert_int_equal(resolver_left, asked);
    cancel_close(&cancel);
}

static void test_a_name_becomes_addresses(void **state)
{
    struct cancel cancel;
    struct dial_addresses found;
    struct net_failure failure;

    (void)state;
    cancel_init(&cancel);
    resolver_result = 0;
    assert_true(resolve("host", &cancel, LATE_MS, &found, &failure));
    assert_int_equal(found.count, 1);
    assert_string_equal(found.items[0].text, "192.0.2.1");
    cancel_close(&cancel);
}

static void test_the_resolvers_refusals_are_told_apart(void **state)
{
    static const struct {
        int result;
        enum net_reason reason;
    } rows[] = {{EAI_NONAME, NET_NAME_UNKNOWN},
                {EAI_AGAIN, NET_NAME_TEMPORARY},
                {EAI_FAIL, NET_NAME_TEMPORARY},
                {EAI_MEMORY, NET_SYSTEM}};
    struct cancel cancel;
    struct dial_addresses found;
    struct net_failure failure;

    (void)state;
    cancel_init(&cancel);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        resolver_result = rows[i].result;
        assert_false(resolve("host", &cancel, LATE_MS, &found, &failure));
        assert_int_equal(failure.reason, rows[i].reason);
        assert_string_equal(failure.text, gai_strerror(rows[i].result));
    }
    resolver_result = 0;
    cancel_close(&cancel);
}

static void *fire(void *cancel)
{
    cancel_fire(cancel);
    return NULL;
}

/* The resolver is still blocked when dial_resolve is back; it ends later, alone. */
static void test_a_resolver_that_hangs_is_left_behind(void **state)
{
    struct cancel cancel;
    struct dial_addresses found;
    struct net_failure failure;
    int left = resolver_left;
    pthread_t thread;

    (void)state;
    cancel_init(&cancel);
    resolver_blocks = true;
    assert_false(resolve("host", &cancel, SOON_MS, &found, &failure));
    assert_int_equal(failure.reason, NET_TIMED_OUT);
    assert_int_equal(pthread_create(&thread, NULL, fire, &cancel), 0);
    assert_false(resolve("host", &cancel, LATE_MS, &found, &failure));
    assert_int_equal(failure.reason, NET_CANCELLED);
    pthread_join(thread, NULL);
    assert_int_equal(resolver_left, left);
    /* The second look-up may not have begun when the cancel was quicker. */
    resolver_blocks = false;
    sem_post(&resolver_may_go);
    sem_post(&resolver_may_go);
    while (resolver_left == left)
        sched_yield();
    cancel_close(&cancel);
}

/* ---- Connections ------------------------------------------------------------------- */

/* A listener on 127.0.0.n; its queue full when `deaf`, so that a connection hangs. */
struct listener {
    int fd, fillers[4];
    struct dial_address address;
};

static void listener_open(struct listener *listener, const char *address, bool deaf)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t length = sizeof in;

    inet_pton(AF_INET, address, &in.sin_addr);
    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener->fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(listener->fd, deaf ? 0 : 8), 0);
    getsockname(listener->fd, (struct sockaddr *)&in, &length);
    memcpy(&listener->address.address, &in, sizeof in);
    listener->address.length = sizeof in;
    snprintf(listener->address.text, sizeof listener->address.text, "%s", address);
    for (size_t i = 0; i < 4; i++) {
        listener->fillers[i] =
            deaf ? socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
        if (deaf)
            (void)connect(listener->fillers[i], (struct sockaddr *)&in, sizeof in);
    }
}

static void listener_close(struct listener *listener)
{
    for (size_t i = 0; i < 4; i++) {
        if (listener->fillers[i] >= 0)
            close(listener->fillers[i]);
    }
    close(listener->fd);
}

/* A listener that is gone: its port refuses. */
static struct dial_address refusing_address(const char *address)
{
    struct listener listener;

    listener_open(&listener, address, false);
    listener_close(&listener);
    return listener.address;
}

/* A listener on ::1; false on a machine without IPv6. */
static bool listener_open_v6(struct listener *listener)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t length = sizeof in;

    *listener = (struct listener){.fillers = {-1, -1, -1, -1}};
    listener->fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener->fd < 0)
        return false;
    if (bind(listener->fd, (struct sockaddr *)&in, sizeof in) != 0 ||
        listen(listener->fd, 8) != 0) {
        close(listener->fd);
        return false;
    }
    getsockname(listener->fd, (struct sockaddr *)&in, &length);
    memcpy(&listener->address.address, &in, sizeof in);
    listener->address.length = sizeof in;
    snprintf(listener->address.text, sizeof listener->address.text, "::1");
    return true;
}

static int connect_to(const struct dial_addresses *addresses, int64_t ms,
                      const char **winner, struct net_failure *failure)
{
    const struct dial_address *used = NULL;
    struct cancel cancel;
    int fd;

    cancel_init(&cancel);
    fd = dial_connect(addresses, &cancel, clock_now_ms() + ms, &used, failure);
    *winner = used ? used->text : "";
    cancel_close(&cancel);
    return fd;
}

static void test_an_address_that_refuses_leads_to_the_next_at_once(void **state)
{
    struct dial_addresses addresses = {.count = 3};
    struct listener good;
    struct net_failure failure;
    const char *winner;
    int fd;

    (void)state;
    listener_open(&good, "127.0.0.3", false);
    addresses.items[0] = refusing_address("127.0.0.1");
    addresses.items[1] = refusing_address("127.0.0.2");
    addresses.items[2] = good.address;
    fd = connect_to(&addresses, HEAD_START_MS, &winner, &failure);
    assert_true(fd >= 0);
    assert_string_equal(winner, "127.0.0.3");
    close(fd);
    listener_close(&good);
}

static void test_an_address_that_hangs_is_overtaken(void **state)
{
    struct dial_addresses addresses = {.count = 2};
    struct listener deaf, good;
    struct net_failure failure;
    const char *winner;
    int fd;

    (void)state;
    listener_open(&deaf, "127.0.0.1", true);
    listener_open(&good, "127.0.0.2", false);
    addresses.items[0] = deaf.address;
    addresses.items[1] = good.address;
    fd = connect_to(&addresses, LATE_MS, &winner, &failure);
    assert_true(fd >= 0);
    assert_string_equal(winner, "127.0.0.2");
    close(fd);
    listener_close(&deaf);
    listener_close(&good);
}

static void test_the_other_family_is_tried_second(void **state)
{
    struct dial_addresses addresses = {.count = 3};
    struct listener deaf, good, other;
    struct net_failure failure;
    const char *winner;
    int fd;

    (void)state;
    if (!listener_open_v6(&other))
        skip();
    listener_open(&deaf, "127.0.0.1", true);
    listener_open(&good, "127.0.0.2", false);
    addresses.items[0] = deaf.address;
    addresses.items[1] = good.address;
    addresses.items[2] = other.address;
    fd = connect_to(&addresses, LATE_MS, &winner, &failure);
    assert_true(fd >= 0);
    assert_string_equal(winner, "::1");
    close(fd);
    listener_close(&deaf);
    listener_close(&good);
    listener_close(&other);
}

static void test_a_connection_has_a_deadline(void **state)
{
    struct dial_addresses addresses = {.count = 1};
    struct listener deaf;
    struct net_failure failure;
    const char *winner;

    (void)state;
    listener_open(&deaf, "127.0.0.1", true);
    addresses.items[0] = deaf.address;
    assert_int_equal(connect_to(&addresses, SOON_MS, &winner, &failure), -1);
    assert_int_equal(failure.reason, NET_TIMED_OUT);
    assert_string_equal(failure.text, "127.0.0.1");
    listener_close(&deaf);
}

static void test_a_refusal_is_named_with_its_address(void **state)
{
    struct dial_addresses addresses = {.count = 1};
    struct net_failure failure;
    const char *winner;

    (void)state;
    addresses.items[0] = refusing_address("127.0.0.1");
    assert_int_equal(connect_to(&addresses, LATE_MS, &winner, &failure), -1);
    assert_int_equal(failure.reason, NET_REFUSED);
    assert_int_equal(failure.code, ECONNREFUSED);
    assert_string_equal(failure.text, "127.0.0.1: Connection refused");
}

static void test_a_refusal_says_more_than_a_missing_route(void **state)
{
    struct dial_addresses addresses = {.count = 2};
    struct sockaddr_in none = {.sin_family = AF_INET, .sin_port = htons(993)};
    struct net_failure failure;
    const char *winner;

    (void)state;
    addresses.items[0] = refusing_address("127.0.0.1");
    addresses.items[1] = addresses.items[0];
    none.sin_addr.s_addr = htonl(INADDR_BROADCAST); /* ENETUNREACH: TCP has none */
    memcpy(&addresses.items[1].address, &none, sizeof none);
    assert_int_equal(connect_to(&addresses, LATE_MS, &winner, &failure), -1);
    assert_int_equal(failure.reason, NET_REFUSED);
}

static void test_a_cancel_ends_a_connection_that_hangs(void **state)
{
    struct dial_addresses addresses = {.count = 1};
    const struct dial_address *used;
    struct listener deaf;
    struct cancel cancel;
    struct net_failure failure;
    pthread_t thread;

    (void)state;
    listener_open(&deaf, "127.0.0.1", true);
    addresses.items[0] = deaf.address;
    cancel_init(&cancel);
    assert_int_equal(pthread_create(&thread, NULL, fire, &cancel), 0);
    assert_int_equal(
        dial_connect(&addresses, &cancel, clock_now_ms() + LATE_MS, &used, &failure), -1);
    assert_int_equal(failure.reason, NET_CANCELLED);
    pthread_join(thread, NULL);
    cancel_close(&cancel);
    listener_close(&deaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_literal_address_asks_nobody),
        cmocka_unit_test(test_a_name_becomes_addresses),
        cmocka_unit_test(test_the_resolvers_refusals_are_told_apart),
        cmocka_unit_test(test_a_resolver_that_hangs_is_left_behind),
        cmocka_unit_test(test_an_address_that_refuses_leads_to_the_next_at_once),
        cmocka_unit_test(test_an_address_that_hangs_is_overtaken),
        cmocka_unit_test(test_the_other_family_is_tried_second),
        cmocka_unit_test(test_a_connection_has_a_deadline),
        cmocka_unit_test(test_a_refusal_is_named_with_its_address),
        cmocka_unit_test(test_a_refusal_says_more_than_a_missing_route),
        cmocka_unit_test(test_a_cancel_ends_a_connection_that_hangs),
    };

    sem_init(&resolver_may_go, 0, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
