/* Figures for Prometheus: the file, the port, and clients that mean no good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ingest/metrics.h"
#include "ingest/metrics_server.h"
#include "settings/store.h"
#include "support/exposition/exposition.h"
#include "support/watched/watched.h"

#define DEADLINE_MS 20000

struct desk {
    struct watched *watched;
    struct store *store;
    struct metrics *metrics;
};

static int open_desk(void **state)
{
    struct desk *desk = mem_new(1, sizeof *desk);

    watched_open((void **)&desk->watched);
    desk->store = store_open(scratch_at(&desk->watched->scratch, "config"),
                             scratch_at(&desk->watched->scratch, "state"), NULL);
    watched_save(desk->watched, "support", "2030-01-01");
    metrics_server_patience_ms = 5000;
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    metrics_stop(&desk->metrics);
    store_close(&desk->store);
    watched_close((void **)&desk->watched);
    free(desk);
    return 0;
}

static void start(struct desk *desk, const char *place)
{
    struct err err = ERR_INIT;

    desk->metrics = metrics_start(place, desk->store, NULL, &err);
    if (!desk->metrics)
        fail_msg("%s", err.text);
}

static void set_phase(struct desk *desk, enum state_phase phase, unsigned delivered)
{
    const struct state now = {.phase = phase,
                              .pid = 1,
                              .started = 1000,
                              .since = 1000,
                              .updated = time(NULL),
                              .last_success = 1234567890,
                              .delivered = delivered};

    watched_write(desk->watched, "support", &now);
}

/* ---- libcurl ----------------------------------------------------------------------- */

struct answer {
    long status;
    char type[100];
    struct buf body;
};

static size_t take(char *bytes, size_t size, size_t count, void *closure)
{
    return buf_add(closure, bytes, size * count) ? size * count : 0;
}

static struct answer ask(const struct desk *desk, const char *host, const char *path,
                         const char *method, const char *header)
{
    struct answer answer = {.status = 0};
    struct curl_slist *headers = header ? curl_slist_append(NULL, header) : NULL;
    char *url = mem_format("http://%s:%u%s", host, metrics_port(desk->metrics), path);
    CURL *curl = curl_easy_init();
    CURLcode code;
    const char *type = NULL;

    buf_init(&answer.body, 1 << 20);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)DEADLINE_MS);
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        fail_msg("%s: %s", url, curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    snprintf(answer.type, sizeof answer.type, "%s", type ? type : "");
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    free(url);
    return answer;
}

static void assert_served(const struct desk *desk, const char *host)
{
    struct answer answer = ask(desk, host, "/metrics", "GET", NULL);

    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.type, "text/plain; version=0.0.4; charset=utf-8");
    exposition_check(answer.body.data);
    assert_true(
        exposition_has(answer.body.data, "letterbox_mailbox_up{mailbox=\"support\"}"));
    buf_free(&answer.body);
}

static void assert_status(const struct desk *desk, const char *path, const char *method,
                          const char *header, long status)
{
    struct answer answer = ask(desk, "127.0.0.1", path, method, header);

    assert_int_equal(answer.status, status);
    buf_free(&answer.body);
}

static void test_the_port_is_asked(void **state)
{
    struct desk *desk = *state;

    set_phase(desk, STATE_SERVING, 3);
    watched_lock(desk->watched, "support");
    start(desk, "127.0.0.1:0");
    assert_served(desk, "127.0.0.1");
    assert_status(desk, "/metrics?x=y", "GET", NULL, 200);
    assert_status(desk, "/metrics", "HEAD", NULL, 200);
    assert_status(desk, "/", "GET", NULL, 404);
    assert_status(desk, "/metrics/", "GET", NULL, 404);
    assert_status(desk, "/metrics", "POST", NULL, 405);
    assert_status(desk, "/metrics", "DELETE", NULL, 405);
}

static void test_ipv6_too(void **state)
{
    struct err err = ERR_INIT;
    struct desk *desk = *state;

    desk->metrics = metrics_start("[::1]:0", desk->store, NULL, &err);
    if (!desk->metrics && err.class == ERR_WRITE)
        skip(); /* this machine has none */
    assert_served(desk, "[::1]");
}

static void test_a_mailbox_that_is_saved_later_is_there(void **state)
{
    struct desk *desk = *state;
    struct answer answer;

    start(desk, "127.0.0.1:0");
    watched_save(desk->watched, "billing", "");
    answer = ask(desk, "127.0.0.1", "/metrics", "GET", NULL);
    assert_int_equal((int)exposition_value(answer.body.data,
                                           "letterbox_mailbox_state{mailbox=\"billing\","
                                           "state=\"never\"}"),
                     1);
    buf_free(&answer.body);
}

static void test_places_that_are_not_this_machines_own_are_refused(void **state)
{
    static const char *const places[] = {
        "0.0.0.0:9751",
        "192.0.2.1:9751",
        "[::]:9751",
        "[2001:db8::1]:9751",
        "localhost:9751",
        "::1:9751",
        "127.0.0.1:65536",
        "127.0.0.1:999999",
        "[127.0.0.1]:9751",
        ":9751",
        "9751",
        "example.com:80",
        "[::1:9751",
        "::ffff:127.0.0.1:9751",
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct err err = ERR_INIT;

        assert_null(metrics_start(places[i], desk->store, NULL, &err));
        assert_int_equal(err.class, ERR_USAGE);
        watched_assert_has(err.text, places[i]);
        watched_assert_has(err.text, "127.0.0.1:9751");
    }
}

static void test_a_port_that_is_taken_is_told(void **state)
{
    struct desk *desk = *state;
    struct err err = ERR_INIT;
    char place[40];

    start(desk, "127.0.0.1:0");
    snprintf(place, sizeof place, "127.0.0.1:%u", metrics_port(desk->metrics));
    assert_null(metrics_start(place, desk->store, NULL, &err));
    assert_int_equal(err.class, ERR_WRITE);
    watched_assert_has(err.text, place);
}

/* ---- Hostile clients --------------------------------------------------------------- */

static int dial(const struct desk *desk)
{
    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_port = htons((in_port_t)metrics_port(desk->metrics)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof there), 0);
    return fd;
}

static void say(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

        if (sent < 0)
            return; /* it may have hung up already */
        bytes += sent;
        length -= (size_t)sent;
    }
}

/* All that comes until the end. */
static void hear(int fd, char *out, size_t size)
{
    int64_t until = clock_now_ms() + DEADLINE_MS;
    size_t length = 0;

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got;

        if (poll(&wait, 1, (int)(until - clock_now_ms())) <= 0)
            fail_msg("it does not hang up");
        got = recv(fd, out + length, size - 1 - length, 0);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    out[length] = '\0';
}

static void assert_answer(const struct desk *desk, const char *bytes, size_t length,
                          const char *status)
{
    int fd = dial(desk);
    char text[65536];

    say(fd, bytes, length);
    shutdown(fd, SHUT_WR);
    hear(fd, text, sizeof text);
    close(fd);
    if (strncmp(text, status, strlen(status)) != 0)
        fail_msg("%s is answered with %.60s", bytes, text);
    assert_served(desk, "127.0.0.1");
}

static void test_garbage_is_a_bad_request(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
#define CASE(text) {text, sizeof text - 1}
        CASE("\r\n\r\n"),
        CASE("GET\r\n\r\n"),
        CASE("GET /metrics\r\n\r\n"),
        CASE("GET  /metrics HTTP/1.1\r\n\r\n"),
        CASE("GET /metrics HTTP/2.0\r\n\r\n"),
        CASE("GET /metrics HTTP/1.1 \r\n\r\n"),
        CASE("GET /metrics\0 HTTP/1.1\r\n\r\n"),
        CASE("\x16\x03\x01\x02\x00\x01\x00\x01"), /* TLS */
        CASE(" / HTTP/1.1\n\n"),
    };
    struct desk *desk = *state;

    start(desk, "127.0.0.1:0");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_answer(desk, cases[i].bytes, cases[i].length,
                      "HTTP/1.1 400 Bad Request\r\n");
}

static void test_a_request_without_end_is_cut(void **state)
{
    struct desk *desk = *state;
    size_t length = 200000;
    char *bytes = mem_new(length, 1);
    static const char line[] = "GET /metrics HTTP/1.1\r\nX: ";

    start(desk, "127.0.0.1:0");
    memset(bytes, 'x', length);
    memcpy(bytes, line, sizeof line - 1);
    assert_answer(desk, bytes, length,
                  "HTTP/1.1 431 Request Header Fields Too Large\r\n");
    free(bytes);
}

static void test_one_who_hangs_up_harms_nobody(void **state)
{
    struct desk *desk = *state;

    start(desk, "127.0.0.1:0");
    for (int i = 0; i < 50; i++) {
        int fd = dial(desk);

        if (i % 3 > 0)
            say(fd, "GET /metrics HTTP/1.1\r\n\r\n", i % 3 == 1 ? 9 : 25);
        close(fd);
    }
    assert_served(desk, "127.0.0.1");
}

/* More than there is room for, each with a request that never ends: the newest is served
 * all the same. */
static void test_slow_clients_do_not_keep_others_out(void **state)
{
    struct desk *desk = *state;
    int slow[30];

    metrics_server_patience_ms = 10 * DEADLINE_MS;
    start(desk, "127.0.0.1:0");
    for (size_t i = 0; i < 30; i++) {
        slow[i] = dial(desk);
        say(slow[i], "GET /metrics HTTP/1.1\r\nX", 24);
    }
    assert_served(desk, "127.0.0.1");
    for (size_t i = 0; i < 30; i++)
        close(slow[i]);
}

static void test_a_silent_client_is_hung_up_on(void **state)
{
    struct desk *desk = *state;
    char text[100];
    int fd;

    metrics_server_patience_ms = 50;
    start(desk, "127.0.0.1:0");
    fd = dial(desk);
    say(fd, "GET", 3);
    hear(fd, text, sizeof text);
    assert_string_equal(text, "");
    close(fd);
}

static void test_it_ends_while_a_client_waits(void **state)
{
    struct desk *desk = *state;
    char text[100];
    int fd;

    start(desk, "127.0.0.1:0");
    fd = dial(desk);
    metrics_stop(&desk->metrics);
    hear(fd, text, sizeof text);
    close(fd);
}

/* ---- The file ---------------------------------------------------------------------- */

static char *read_file(const struct desk *desk)
{
    char *text = scratch_read(&desk->watched->scratch, "letterbox.prom", NULL);

    assert_non_null(text);
    exposition_check(text);
    return text;
}

static void wait_for_sample(const struct desk *desk, const char *sample, double value)
{
    int64_t until = clock_now_ms() + DEADLINE_MS;
    bool found = false;

    while (!found && clock_now_ms() < until) {
        char *text = read_file(desk);

        found = exposition_has(text, sample) && exposition_value(text, sample) == value;
        free(text);
        poll(NULL, 0, 20);
    }
    if (!found)
        fail_msg("%s does not become %f", sample, value);
}

#define DELIVERED "letterbox_messages_total{mailbox=\"support\",result=\"delivered\"}"

/* The same at the port, which makes its text anew each second. */
static void wait_for_answer(struct desk *desk, const char *sample, double value)
{
    int64_t until = clock_now_ms() + DEADLINE_MS;
    bool found = false;

    while (!found) {
        struct answer answer = ask(desk, "127.0.0.1", "/metrics", "GET", NULL);

        found = exposition_value(answer.body.data, sample) == value;
        buf_free(&answer.body);
        if (clock_now_ms() > until)
            fail_msg("%s does not become %f", sample, value);
        poll(NULL, 0, 20);
    }
}

static void test_the_file_follows_the_mailbox(void **state)
{
    struct desk *desk = *state;
    struct stat status;
    char *text;

    set_phase(desk, STATE_SERVING, 3);
    watched_lock(desk->watched, "support");
    start(desk, scratch_at(&desk->watched->scratch, "letterbox.prom"));
    text = read_file(desk);
    assert_int_equal((int)exposition_value(text, DELIVERED), 3);
    free(text);
    assert_int_equal(stat(scratch_at(&desk->watched->scratch, "letterbox.prom"), &status),
                     0);
    assert_int_equal(status.st_mode & 07777, 0644);
    set_phase(desk, STATE_PARKED, 4);
    wait_for_sample(desk, "letterbox_mailbox_state{mailbox=\"support\",state=\"parked\"}",
                    1);
    set_phase(desk, STATE_PARKED, 9);
    metrics_stop(&desk->metrics);
    text = read_file(desk);
    assert_int_equal((int)exposition_value(text, DELIVERED), 9);
    free(text);
    assert_int_equal(scratch_count(&desk->watched->scratch, ""), 3);
}

/* For a moment: it is no second beginning. */
static void test_a_state_that_cannot_be_read_is_not_counted_twice(void **state)
{
    struct desk *desk = *state;
    struct answer answer;

    set_phase(desk, STATE_SERVING, 3);
    start(desk, "127.0.0.1:0");
    assert_served(desk, "127.0.0.1");
    scratch_write(&desk->watched->scratch, "state/support/status.json", "{", 1);
    wait_for_answer(desk,
                    "letterbox_mailbox_state{mailbox=\"support\",state=\"unknown\"}", 1);
    set_phase(desk, STATE_SERVING, 4);
    wait_for_answer(desk,
                    "letterbox_mailbox_state{mailbox=\"support\",state=\"unknown\"}", 0);
    answer = ask(desk, "127.0.0.1", "/metrics", "GET", NULL);
    assert_int_equal((int)exposition_value(answer.body.data, DELIVERED), 4);
    buf_free(&answer.body);
}

static void test_a_file_that_cannot_be_is_told(void **state)
{
    struct desk *desk = *state;
    struct err err = ERR_INIT;

    assert_null(metrics_start(scratch_at(&desk->watched->scratch, "none/x.prom"),
                              desk->store, NULL, &err));
    assert_int_equal(err.class, ERR_DATA);
    err_clear(&err);
    assert_null(metrics_start(scratch_at(&desk->watched->scratch, "state/"), desk->store,
                              NULL, &err));
    assert_int_equal(err.class, ERR_USAGE);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_the_port_is_asked),
        UNIT(test_ipv6_too),
        UNIT(test_a_mailbox_that_is_saved_later_is_there),
        UNIT(test_places_that_are_not_this_machines_own_are_refused),
        UNIT(test_a_port_that_is_taken_is_told),
        UNIT(test_garbage_is_a_bad_request),
        UNIT(test_a_request_without_end_is_cut),
        UNIT(test_one_who_hangs_up_harms_nobody),
        UNIT(test_slow_clients_do_not_keep_others_out),
        UNIT(test_a_silent_client_is_hung_up_on),
        UNIT(test_it_ends_while_a_client_waits),
        UNIT(test_the_file_follows_the_mailbox),
        UNIT(test_a_state_that_cannot_be_read_is_not_counted_twice),
        UNIT(test_a_file_that_cannot_be_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
