/* The token request against endpoints that are good, slow, broken and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "oauth/token.h"
#include "support/server/server.h"

#define SECRET "p~1+2/3=%&"
#define TOKEN_JSON                                                                       \
    "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"opaque-1\"}"

/* Long for what must happen; short for what must not. */
enum { PATIENT_MS = 10000, SHORT_MS = 2000 };

/* One request and what became of it. */
struct fetch {
    char url[128];
    struct token_request request;
    struct secret *secret;
    struct cancel cancel;
    struct token_answer answer;
    bool got;
    enum token_phase phases[8]; /* as they were reported */
    size_t phase_count;
};

static void setup(struct fetch *fetch, const char *host, int port)
{
    *fetch = (struct fetch){.secret = secret_new(SECRET, strlen(SECRET))};
    snprintf(fetch->url, sizeof fetch->url, "https://%s:%d/token", host, port);
    assert_true(cancel_init(&fetch->cancel));
    fetch->request = (struct token_request){.url = fetch->url,
                                            .client_id = "box",
                                            .client_secret = fetch->secret,
                                            .scope = "imap",
                                            .ca_file = certs_ca_file(),
                                            .timeout_ms = PATIENT_MS};
}

static void on_progress(void *closure, enum token_phase phase, int64_t took_us,
                        const struct token_answer *so_far)
{
    struct fetch *fetch = closure;

    assert_true(took_us >= 0);
    assert_ptr_equal(so_far, &fetch->answer);
    if (fetch->phase_count < sizeof fetch->phases / sizeof fetch->phases[0])
        fetch->phases[fetch->phase_count++] = phase;
}

static void run(struct fetch *fetch)
{
    fetch->got =
        token_fetch(&fetch->request, &fetch->cancel, on_progress, fetch, &fetch->answer);
}

static void teardown(struct fetch *fetch)
{
    token_answer_clear(&fetch->answer);
    cancel_close(&fetch->cancel);
    secret_free(&fetch->secret);
}

/* The whole of most tests: one script, one request; server_stop() is the caller's. */
static struct server *fetch_from(struct fetch *fetch, const struct server_step *script)
{
    struct server *server = server_start(script);

    setup(fetch, "localhost", server_port(server));
    run(fetch);
    return server;
}

static void assert_failed(const struct fetch *fetch, enum token_phase phase,
                          enum net_reason reason)
{
    assert_false(fetch->got);
    assert_null(fetch->answer.token);
    assert_int_equal(fetch->answer.failure.reason, reason);
    assert_int_equal(fetch->answer.phase, phase);
    assert_int_equal(fetch->answer.http_status, 0);
}

static void assert_phases(const struct fetch *fetch, size_t count)
{
    assert_int_equal(fetch->phase_count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fetch->phases[i], i);
}

/* ---- Good -------------------------------------------------------------------------- */

static void test_a_token_comes_with_all_there_is_to_know(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_REPLY(200, TOKEN_JSON),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_from(&fetch, script);
    char *heard;

    (void)state;
    assert_true(fetch.got);
    assert_string_equal(secret_bytes(fetch.answer.token), "opaque-1");
    assert_phases(&fetch, 4);
    assert_int_equal(fetch.answer.expires_in_s, 3599);
    assert_int_equal(fetch.answer.http_status, 200);
    assert_int_equal(fetch.answer.failure.reason, NET_OK);
    assert_int_equal(fetch.answer.phase, TOKEN_REQUEST);
    assert_string_equal(fetch.answer.host, "localhost");
    assert_string_equal(fetch.answer.address, "127.0.0.1");
    assert_string_equal(fetch.answer.proxy, "");
    assert_string_equal(fetch.answer.content_type, "application/json");
    assert_true(fetch.answer.tls.handshaken);
    assert_int_equal(fetch.answer.tls.verify_status, 0);
    assert_string_equal(fetch.answer.tls.version, "TLS 1.3");
    assert_int_equal(fetch.answer.tls.chain_length, 1);
    assert_non_null(strstr(fetch.answer.tls.chain[0].names, "localhost"));
    assert_true(fetch.answer.tls.chain[0].valid_until > time(NULL));
    heard = server_heard(server);
    assert_non_null(strstr(heard, "Content-Type: application/x-www-form-urlencoded"));
    assert_non_null(strstr(heard, "Accept: application/json"));
    assert_non_null(strstr(heard, "grant_type=client_credentials&client_id=box"
                                  "&client_secret=p~1%2B2%2F3%3D%25%26&scope=imap"));
    assert_null(strstr(heard, "Authorization:"));
    free(heard);
    teardown(&fetch);
    server_stop(&server);
}

static void test_basic_sends_the_secret_in_the_header_alone(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_REPLY(200, TOKEN_JSON),
        SERVER_END,
    };
    struct server *server = server_start(script);
    struct fetch fetch;
    char *heard;

    (void)state;
    setup(&fetch, "localhost", server_port(server));
    fetch.request.client_auth = CLIENT_AUTH_BASIC;
    run(&fetch);
    assert_true(fetch.got);
    heard = server_heard(server);
    assert_non_null(
        strstr(heard, "Authorization: Basic Ym94OnB+MSUyQjIlMkYzJTNEJTI1JTI2\r\n"));
    assert_non_null(strstr(heard, "\r\n\r\ngrant_type=client_credentials&scope=imap"));
    assert_null(strstr(heard, "client_secret"));
    free(heard);
    teardown(&fetch);
    server_stop(&server);
}

static void test_an_address_needs_no_name(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_REPLY(200, TOKEN_JSON),
        SERVER_END,
    };
    struct server *server = server_start(script);
    struct fetch fetch;

    (void)state;
    setup(&fetch, "127.0.0.1", server_port(server));
    run(&fetch);
    assert_true(fetch.got);
    assert_string_equal(fetch.answer.host, "127.0.0.1");
    teardown(&fetch);
    server_stop(&server);
}

/* ---- Refused, in words ------------------------------------------------------------- */

static void test_a_refused_client_is_told_in_the_servers_words(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 401 No\r\nContent-Type: application/json\r\n"
                   "WWW-Authenticate: Basic realm=\"x\x1b[2J\"\r\n"
                   "Date: Thu, 01 Jan 2015 00:00:00 GMT\r\nContent-Length: 76\r\n\r\n"
                   "{\"error\":\"invalid_client\",\"error_description\":"
                   "\"the secret p~1+2/3=%& is no\"}"),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_from(&fetch, script);

    (void)state;
    assert_false(fetch.got);
    assert_int_equal(fetch.answer.failure.reason, NET_OK);
    assert_int_equal(fetch.answer.http_status, 401);
    assert_string_equal(fetch.answer.error, "invalid_client");
    assert_string_equal(fetch.answer.description, "the secret [removed] is no");
    assert_string_equal(fetch.answer.www_authenticate, "Basic realm=\"x?[2J\"");
    assert_string_equal(fetch.answer.server_date, "Thu, 01 Jan 2015 00:00:00 GMT");
    assert_true(fetch.answer.clock_skew_s < -60);
    assert_int_equal(fetch.answer.retry_after_s, -1);
    teardown(&fetch);
    server_stop(&server);
}

static void test_a_busy_server_says_when_to_come_back(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\n"
                   "Content-Length: 0\r\n\r\n"),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_from(&fetch, script);

    (void)state;
    assert_false(fetch.got);
    assert_int_equal(fetch.answer.http_status, 429);
    assert_int_equal(fetch.answer.retry_after_s, 17);
    assert_false(fetch.answer.is_json);
    teardown(&fetch);
    server_stop(&server);
}

static void test_a_redirect_is_named_and_not_followed(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 307 Go\r\nLocation: https://localhost:1/p~1+2/3=%&\x07\r\n"
                   "Content-Length: 0\r\n\r\n"),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_from(&fetch, script);

    (void)state;
    assert_false(fetch.got);
    assert_int_equal(fetch.answer.http_status, 307);
    assert_string_equal(fetch.answer.location, "https://localhost:1/[removed]?");
    assert_int_equal(server_connections(server), 1);
    teardown(&fetch);
    server_stop(&server);
}

static void test_of_a_web_page_the_words_are_kept(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 30\r\n"
                   "\r\n<html>\r\n<title>Sign in</title>"),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_from(&fetch, script);

    (void)state;
    assert_false(fetch.got);
    assert_int_equal(fetch.answer.http_status, 200);
    assert_string_equal(fetch.answer.content_type, "text/html");
    assert_string_equal(fetch.answer.said, "Sign in"); /* its words, not its tags */
    teardown(&fetch);
    server_stop(&server);
}

/* ---- Broken and hostile ------------------------------------------------------------ */

static void test_broken_answers_fail_in_the_request(void **state)
{
    static const struct server_step closes[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_CLOSE,
        SERVER_END,
    };
    static const struct server_step resets[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_RESET,
        SERVER_END,
    };
    static const struct server_step stops_short[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
        SERVER_CLOSE,
        SERVER_END,
    };
    static const struct server_step no_http[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("220 mail.example.com ESMTP\r\n"),
        SERVER_CLOSE,
        SERVER_END,
    };
    static const struct server_step endless_body[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 200 OK\r\n\r\n"),
        SERVER_FLOOD(
            "{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","),
        SERVER_END,
    };
    static const struct server_step endless_header[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 200 OK\r\nDate: "),
        SERVER_FLOOD("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        SERVER_END,
    };
    static const struct server_step endless_headers[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 200 OK\r\n"),
        SERVER_FLOOD("X-Header: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
        SERVER_END,
    };
    static const struct server_step endless_continue[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_FLOOD("HTTP/1.1 100 Continue\r\n\r\n"),
        SERVER_END,
    };
    static const struct {
        const struct server_step *script;
        enum net_reason reason;
    } rows[] = {
        {closes, NET_CLOSED},
        {resets, NET_RESET},
        {stops_short, NET_CLOSED},
        {no_http, NET_SYSTEM},
        {endless_body, NET_TOO_MUCH},
        {endless_header, NET_TOO_MUCH},
        {endless_headers, NET_TOO_MUCH},
        {endless_continue, NET_TOO_MUCH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fetch fetch;
        struct server *server = fetch_from(&fetch, rows[i].script);

        assert_failed(&fetch, TOKEN_REQUEST, rows[i].reason);
        assert_phases(&fetch, 3);
        teardown(&fetch);
        server_stop(&server);
    }
}

static void test_each_fault_of_a_certificate_has_its_reason(void **state)
{
    static const struct {
        enum cert cert;
        enum net_reason reason;
    } rows[] = {
        {CERT_WRONG_NAME, NET_TLS_NAME}, {CERT_EXPIRED, NET_TLS_EXPIRED},
        {CERT_NOT_YET, NET_TLS_NOT_YET}, {CERT_OTHER_CA, NET_TLS_UNTRUSTED},
        {CERT_WEAK, NET_TLS_WEAK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct server_step script[] = {
            SERVER_TLS(rows[i].cert),
            SERVER_REQUEST("POST /token HTTP/1.1"),
            SERVER_END,
        };
        struct fetch fetch;
        struct server *server = fetch_from(&fetch, script);
        char *heard = server_heard(server);

        assert_failed(&fetch, TOKEN_TLS, rows[i].reason);
        assert_int_equal(fetch.answer.tls.chain_length, 1);
        assert_string_not_equal(fetch.answer.tls.chain[0].names, "");
        assert_true(!heard || !strstr(heard, "client_secret"));
        assert_phases(&fetch, 2);
        free(heard);
        teardown(&fetch);
        server_stop(&server);
    }
}

static void test_a_plain_answer_is_no_tls(void **state)
{
    static const struct server_step script[] = {
        SERVER_SAY("HTTP/1.1 400 Bad Request\r\n\r\n"),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_from(&fetch, script);

    (void)state;
    assert_failed(&fetch, TOKEN_TLS, NET_TLS_NOT_TLS);
    teardown(&fetch);
    server_stop(&server);
}

static void test_a_missing_ca_file_is_named(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_END,
    };
    struct server *server = server_start(script);
    struct fetch fetch;

    (void)state;
    setup(&fetch, "localhost", server_port(server));
    fetch.request.ca_file = "/nonexistent/ca.pem";
    run(&fetch);
    assert_failed(&fetch, TOKEN_TLS, NET_TLS_CA_FILE);
    assert_non_null(strstr(fetch.answer.failure.text, "/nonexistent/ca.pem"));
    teardown(&fetch);
    server_stop(&server);
}

static void test_a_name_that_is_not_there_fails_to_resolve(void **state)
{
    struct fetch fetch;

    (void)state;
    setup(&fetch, "nobody.invalid", 443);
    run(&fetch);
    assert_false(fetch.got);
    assert_int_equal(fetch.answer.phase, TOKEN_RESOLVE);
    assert_true(fetch.answer.failure.reason == NET_NAME_UNKNOWN ||
                fetch.answer.failure.reason == NET_NAME_TEMPORARY);
    assert_string_equal(fetch.answer.host, "nobody.invalid");
    assert_phases(&fetch, 0);
    teardown(&fetch);
}

static void test_a_closed_port_is_refused(void **state)
{
    static const struct server_step script[] = {SERVER_END};
    struct server *server = server_start(script);
    int port = server_port(server);
    struct fetch fetch;

    (void)state;
    server_stop(&server);
    setup(&fetch, "localhost", port);
    run(&fetch);
    assert_failed(&fetch, TOKEN_CONNECT, NET_REFUSED);
    assert_phases(&fetch, 1);
    teardown(&fetch);
}

/* ---- Slow, and given up ------------------------------------------------------------ */

static const struct server_step hangs_in_tls[] = {
    SERVER_HANG,
    SERVER_END,
};
static const struct server_step hangs_in_request[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_REQUEST("POST /token HTTP/1.1"),
    SERVER_HANG,
    SERVER_END,
};
static const struct server_step hangs_in_body[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_REQUEST("POST /token HTTP/1.1"),
    SERVER_SAY("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    SERVER_HANG,
    SERVER_END,
};
static const struct server_step drips[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_REQUEST("POST /token HTTP/1.1"),
    SERVER_SAY("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
    SERVER_DRIP(
        "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    SERVER_HANG,
    SERVER_END,
};

/* A script, the step at which it hangs, and the phase that this is in. */
static const struct {
    const struct server_step *script;
    size_t step;
    enum token_phase phase;
} slow[] = {
    {hangs_in_tls, 0, TOKEN_TLS},
    {hangs_in_request, 2, TOKEN_REQUEST},
    {hangs_in_body, 3, TOKEN_REQUEST},
    {drips, 3, TOKEN_REQUEST},
};

static void test_each_phase_has_its_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
        struct server *server = server_start(slow[i].script);
        struct fetch fetch;

        setup(&fetch, "localhost", server_port(server));
        fetch.request.timeout_ms = SHORT_MS;
        run(&fetch);
        assert_failed(&fetch, slow[i].phase, NET_TIMED_OUT);
        teardown(&fetch);
        server_stop(&server);
    }
}

static void *run_thread(void *closure)
{
    run(closure);
    return NULL;
}

/* The request would wait for ten minutes, so the end of this test is the cancel's. */
static void test_cancel_ends_each_phase(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
        struct server *server = server_start(slow[i].script);
        struct fetch fetch;
        pthread_t thread;

        setup(&fetch, "localhost", server_port(server));
        fetch.request.timeout_ms = 600 * 1000;
        assert_int_equal(pthread_create(&thread, NULL, run_thread, &fetch), 0);
        assert_true(server_wait_step(server, slow[i].step));
        cancel_fire(&fetch.cancel);
        pthread_join(thread, NULL);
        assert_failed(&fetch, fetch.answer.phase, NET_CANCELLED);
        teardown(&fetch);
        server_stop(&server);
    }
}

static void test_a_cancel_before_the_start_connects_to_nothing(void **state)
{
    static const struct server_step script[] = {SERVER_HANG, SERVER_END};
    struct server *server = server_start(script);
    struct fetch fetch;

    (void)state;
    setup(&fetch, "localhost", server_port(server));
    cancel_fire(&fetch.cancel);
    run(&fetch);
    assert_failed(&fetch, TOKEN_RESOLVE, NET_CANCELLED);
    assert_int_equal(server_connections(server), 0);
    teardown(&fetch);
    server_stop(&server);
}

/* ---- Through a proxy --------------------------------------------------------------- */

/* The name of the endpoint is the proxy's to resolve; the scripted server is both. */
static struct server *fetch_through(struct fetch *fetch, const struct server_step *script,
                                    bool by_environment)
{
    struct server *server = server_start(script);
    char proxy[64];

    setup(fetch, "localhost", 4443);
    snprintf(proxy, sizeof proxy, "http://u:hidden@127.0.0.1:%d", server_port(server));
    if (by_environment)
        setenv("https_proxy", proxy, 1);
    else
        fetch->request.proxy = proxy;
    run(fetch);
    fetch->request.proxy = NULL;
    unsetenv("https_proxy");
    return server;
}

static void test_a_proxy_carries_the_request(void **state)
{
    static const struct server_step script[] = {
        SERVER_REQUEST("CONNECT localhost:4443 HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 200 Connection established\r\n\r\n"),
        SERVER_TLS(CERT_GOOD),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_REPLY(200, TOKEN_JSON),
        SERVER_END,
    };

    (void)state;
    for (int by_environment = 0; by_environment < 2; by_environment++) {
        struct fetch fetch;
        struct server *server = fetch_through(&fetch, script, by_environment);
        char expected[64];

        snprintf(expected, sizeof expected, "127.0.0.1:%d", server_port(server));
        assert_true(fetch.got);
        assert_string_equal(fetch.answer.proxy, expected);
        assert_int_equal(fetch.answer.proxy_from_environment, by_environment);
        assert_string_equal(fetch.answer.host, "127.0.0.1");
        assert_int_equal(fetch.answer.http_status, 200);
        assert_phases(&fetch, 4);
        teardown(&fetch);
        server_stop(&server);
    }
}

static void test_a_proxy_that_refuses_fails_the_connection(void **state)
{
    static const struct server_step script[] = {
        SERVER_REQUEST("CONNECT localhost:4443 HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 407 Proxy Authentication Required\r\n"
                   "Content-Length: 0\r\n\r\n"),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_through(&fetch, script, false);

    (void)state;
    assert_failed(&fetch, TOKEN_CONNECT, NET_REFUSED);
    assert_int_equal(fetch.answer.failure.code, 407);
    assert_non_null(strstr(fetch.answer.failure.text, "407"));
    assert_null(strstr(fetch.answer.failure.text, "hidden"));
    assert_phases(&fetch, 1);
    teardown(&fetch);
    server_stop(&server);
}

static void test_a_proxy_that_says_nothing_times_out(void **state)
{
    static const struct server_step script[] = {
        SERVER_REQUEST("CONNECT localhost:4443 HTTP/1.1"),
        SERVER_HANG,
        SERVER_END,
    };
    struct server *server = server_start(script);
    struct fetch fetch;
    char proxy[64];

    (void)state;
    setup(&fetch, "localhost", 4443);
    snprintf(proxy, sizeof proxy, "127.0.0.1:%d", server_port(server));
    fetch.request.proxy = proxy;
    fetch.request.timeout_ms = SHORT_MS;
    run(&fetch);
    assert_failed(&fetch, TOKEN_CONNECT, NET_TIMED_OUT);
    teardown(&fetch);
    server_stop(&server);
}

/* A proxy that looks into TLS shows a certificate of its own. */
static void test_a_certificate_behind_a_proxy_is_told(void **state)
{
    static const struct server_step script[] = {
        SERVER_REQUEST("CONNECT localhost:4443 HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 200 Connection established\r\n\r\n"),
        SERVER_TLS(CERT_OTHER_CA),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_END,
    };
    struct fetch fetch;
    struct server *server = fetch_through(&fetch, script, false);

    (void)state;
    assert_failed(&fetch, TOKEN_TLS, NET_TLS_UNTRUSTED);
    assert_int_equal(fetch.answer.tls.chain_length, 1);
    assert_string_equal(fetch.answer.tls.chain[0].issuer, "CN=a CA that nobody knows");
    assert_phases(&fetch, 2);
    teardown(&fetch);
    server_stop(&server);
}

static void test_an_unknown_proxy_is_what_does_not_resolve(void **state)
{
    struct fetch fetch;

    (void)state;
    setup(&fetch, "localhost", 4443);
    fetch.request.proxy = "http://nobody.invalid:3128";
    run(&fetch);
    assert_false(fetch.got);
    assert_int_equal(fetch.answer.phase, TOKEN_RESOLVE);
    assert_string_equal(fetch.answer.host, "nobody.invalid");
    assert_string_equal(fetch.answer.proxy, "nobody.invalid:3128");
    teardown(&fetch);
}

/* The machine's own proxy has no say here. */
static int without_proxies(void **state)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",   "no_proxy",    "NO_PROXY"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_comes_with_all_there_is_to_know),
        cmocka_unit_test(test_basic_sends_the_secret_in_the_header_alone),
        cmocka_unit_test(test_an_address_needs_no_name),
        cmocka_unit_test(test_a_refused_client_is_told_in_the_servers_words),
        cmocka_unit_test(test_a_busy_server_says_when_to_come_back),
        cmocka_unit_test(test_a_redirect_is_named_and_not_followed),
        cmocka_unit_test(test_of_a_web_page_the_words_are_kept),
        cmocka_unit_test(test_broken_answers_fail_in_the_request),
        cmocka_unit_test(test_each_fault_of_a_certificate_has_its_reason),
        cmocka_unit_test(test_a_plain_answer_is_no_tls),
        cmocka_unit_test(test_a_missing_ca_file_is_named),
        cmocka_unit_test(test_a_name_that_is_not_there_fails_to_resolve),
        cmocka_unit_test(test_a_closed_port_is_refused),
        cmocka_unit_test(test_each_phase_has_its_deadline),
        cmocka_unit_test(test_cancel_ends_each_phase),
        cmocka_unit_test(test_a_cancel_before_the_start_connects_to_nothing),
        cmocka_unit_test(test_a_proxy_carries_the_request),
        cmocka_unit_test(test_a_proxy_that_refuses_fails_the_connection),
        cmocka_unit_test(test_a_proxy_that_says_nothing_times_out),
        cmocka_unit_test(test_a_certificate_behind_a_proxy_is_told),
        cmocka_unit_test(test_an_unknown_proxy_is_what_does_not_resolve),
    };

    return cmocka_run_group_tests_name("oauth/token_fetch", tests, without_proxies, NULL);
}
