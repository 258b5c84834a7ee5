/* A stream against servers that are good, slow, broken and hostile. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "net/dial.h"
#include "net/stream.h"
#include "net/tls.h"
#include "support/relay/relay.h"
#include "support/server/server.h"

#define SOON_MS 100   /* for what must fail by its deadline */
#define LATE_MS 20000 /* for what must not come to its deadline */

struct fixture {
    struct server *server;
    struct cancel cancel;
    struct tls_trust *trust;
    struct stream *stream;
    struct tls_facts facts;
};

/* To the server, by way of a relay where one is. */
static void connect_fixture(struct fixture *fixture, int port)
{
    struct dial_addresses addresses;
    const struct dial_address *used;
    struct net_failure failure;
    int fd;

    assert_true(cancel_init(&fixture->cancel));
    fixture->trust = tls_trust_load(certs_ca_file(), &failure);
    assert_non_null(fixture->trust);
    assert_true(dial_resolve("localhost", port, &fixture->cancel,
                             clock_now_ms() + LATE_MS, &addresses, &failure));
    fd = dial_connect(&addresses, &fixture->cancel, clock_now_ms() + LATE_MS, &used,
                      &failure);
    assert_true(fd >= 0);
    assert_string_equal(used->text, "127.0.0.1");
    fixture->stream = stream_new(fd, &fixture->cancel);
    stream_set_deadline(fixture->stream, clock_now_ms() + LATE_MS);
}

static void open_fixture(struct fixture *fixture, const struct server_step *script)
{
    *fixture = (struct fixture){.server = server_start(script)};
    connect_fixture(fixture, server_port(fixture->server));
}

static bool start_tls(struct fixture *fixture, const char *host)
{
    return stream_start_tls(fixture->stream, fixture->trust, host, &fixture->facts);
}

static void close_fixture(struct fixture *fixture)
{
    stream_free(&fixture->stream);
    tls_trust_free(&fixture->trust);
    cancel_close(&fixture->cancel);
    server_stop(&fixture->server);
}

static enum net_reason reason_of(const struct fixture *fixture)
{
    return stream_failure(fixture->stream)->reason;
}

static void expect_text(struct fixture *fixture, const char *expected)
{
    char got[64];
    size_t length = 0;

    while (length < strlen(expected)) {
        ssize_t part = stream_read(fixture->stream, got + length, sizeof got - length);

        assert_true(part > 0);
        length += (size_t)part;
    }
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(got, expected, length);
}

/* ---- Certificates ------------------------------------------------------------------ */

static void test_a_good_server_is_believed_and_described(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_SAY("hello\r\n"),
        SERVER_HEAR("good day"),
        SERVER_SAY("bye\r\n"),
        SERVER_END,
    };
    struct fixture f;

    (void)state;
    open_fixture(&f, script);
    assert_true(start_tls(&f, "localhost"));
    assert_true(stream_is_tls(f.stream));
    assert_true(f.facts.handshaken);
    assert_string_equal(f.facts.version, "TLS 1.3");
    assert_non_null(strstr(f.facts.cipher, "TLS_"));
    assert_int_equal(f.facts.verify_status, 0);
    assert_null(tls_fault(&f.facts, 0));
    assert_int_equal(f.facts.chain_length, 1);
    assert_string_equal(f.facts.chain[0].subject, "CN=localhost");
    assert_string_equal(f.facts.chain[0].issuer, "CN=letterbox test CA");
    assert_string_equal(f.facts.chain[0].names, "localhost 127.0.0.1 ::1");
    assert_true(f.facts.chain[0].valid_until > f.facts.chain[0].valid_from);
    expect_text(&f, "hello\r\n");
    assert_true(stream_write(f.stream, "good day\r\n", 10));
    expect_text(&f, "bye\r\n");
    assert_int_equal(stream_bytes_in(f.stream), 12);
    assert_int_equal(stream_bytes_out(f.stream), 10);
    /* TCP, the handshake, its end with the greeting, and one line. */
    assert_int_equal(server_round_trips(f.server), 4);
    close_fixture(&f);
}

static void test_an_address_in_the_certificate_counts(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD), SERVER_END};
    struct fixture f;

    (void)state;
    open_fixture(&f, script);
    assert_true(start_tls(&f, "127.0.0.1"));
    close_fixture(&f);
}

static const char another_name[] = "the certificate is for another name";

static void expect_refused(const struct server_step *script, const char *host,
                           enum net_reason reason, const char *fault)
{
    struct fixture f;

    open_fixture(&f, script);
    assert_false(start_tls(&f, host));
    assert_int_equal(reason_of(&f), reason);
    assert_true(stream_failure(f.stream)->text[0] != '\0');
    assert_false(f.facts.handshaken);
    /* The certificate is shown although it was refused. */
    assert_true(f.facts.chain_length > 0);
    assert_true(f.facts.verify_status != 0);
    assert_string_equal(tls_fault(&f.facts, 0), fault);
    assert_null(tls_fault(&f.facts, 1));
    assert_false(stream_write(f.stream, "secret", 6));
    assert_int_equal(reason_of(&f), reason);
    close_fixture(&f);
}

static void test_bad_certificates_are_refused_with_their_reason(void **state)
{
    static const struct {
        struct server_step script[2];
        enum net_reason reason;
        const char *fault;
    } rows[] = {
        {{SERVER_TLS(CERT_WRONG_NAME), SERVER_END}, NET_TLS_NAME, another_name},
        {{SERVER_TLS(CERT_EXPIRED), SERVER_END},
         NET_TLS_EXPIRED,
         "a certificate has expired"},
        {{SERVER_TLS(CERT_NOT_YET), SERVER_END},
         NET_TLS_NOT_YET,
         "a certificate is not valid yet"},
        {{SERVER_TLS(CERT_OTHER_CA), SERVER_END},
         NET_TLS_UNTRUSTED,
         "the issuer is not known to this system"},
        {{SERVER_TLS(CERT_WEAK), SERVER_END},
         NET_TLS_WEAK,
         "a key or signature of the chain is too weak"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_refused(rows[i].script, "localhost", rows[i].reason, rows[i].fault);
}

static void test_a_good_certificate_is_refused_for_another_host(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD), SERVER_END};

    (void)state;
    expect_refused(script, "imap.example.com", NET_TLS_NAME, another_name);
    expect_refused(script, "127.0.0.2", NET_TLS_NAME, another_name);
}

static void test_without_the_ca_file_the_server_is_unknown(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD), SERVER_END};
    struct net_failure failure;
    struct fixture f;

    (void)state;
    open_fixture(&f, script);
    tls_trust_free(&f.trust);
    f.trust = tls_trust_load("", &failure);
    assert_non_null(f.trust);
    assert_false(start_tls(&f, "localhost"));
    assert_int_equal(reason_of(&f), NET_TLS_UNTRUSTED);
    close_fixture(&f);
}

static void expect_bad_ca_file(const char *path)
{
    struct net_failure failure;

    assert_null(tls_trust_load(path, &failure));
    assert_int_equal(failure.reason, NET_TLS_CA_FILE);
    assert_non_null(strstr(failure.text, path));
}

static void test_a_ca_file_must_hold_certificates(void **state)
{
    char path[] = "/tmp/letterbox-ca-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    expect_bad_ca_file(path);
    assert_int_equal(write(fd, "no certificate\n", 15), 15);
    expect_bad_ca_file(path);
    close(fd);
    unlink(path);
    expect_bad_ca_file(path);
    expect_bad_ca_file("/tmp");
}

/* ---- No TLS ------------------------------------------------------------------------ */

static void expect_no_handshake(const struct server_step *script, enum net_reason reason)
{
    struct fixture f;

    open_fixture(&f, script);
    assert_false(start_tls(&f, "localhost"));
    assert_int_equal(reason_of(&f), reason);
    close_fixture(&f);
}

static void test_plain_text_on_the_tls_port_is_named(void **state)
{
    static const struct server_step imap[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n"),
        SERVER_END};
    static const struct server_step smtp[] = {SERVER_SAY("220 mail ESMTP\r\n"),
                                              SERVER_END};
    static const struct server_step brief[] = {SERVER_SAY("OK\r\n"), SERVER_CLOSE};

    (void)state;
    expect_no_handshake(imap, NET_TLS_NOT_TLS);
    expect_no_handshake(smtp, NET_TLS_NOT_TLS);
    expect_no_handshake(brief, NET_TLS_NOT_TLS);
}

static void test_a_server_that_leaves_the_handshake_is_named(void **state)
{
    static const struct server_step closes[] = {SERVER_AWAIT, SERVER_CLOSE};
    static const struct server_step resets[] = {SERVER_AWAIT, SERVER_RESET};
    static const struct server_step alerts[] = {
        SERVER_SAY_BYTES("\x15\x03\x03\x00\x02\x02\x28", 7), SERVER_END};

    (void)state;
    expect_no_handshake(resets, NET_RESET);
    expect_no_handshake(alerts, NET_TLS_FAILED);
    {
        struct fixture f;

        /* A socket that is closed with the hello unread is reset by the kernel, but not
         * by each. */
        open_fixture(&f, closes);
        assert_false(start_tls(&f, "localhost"));
        assert_true(reason_of(&f) == NET_CLOSED || reason_of(&f) == NET_RESET);
        close_fixture(&f);
    }
}

/* ---- Time, cancel, size ------------------------------------------------------------ */

static void test_a_silent_server_meets_the_deadline(void **state)
{
    static const struct server_step script[] = {SERVER_HANG};
    struct fixture f;

    (void)state;
    open_fixture(&f, script);
    stream_set_deadline(f.stream, clock_now_ms() + SOON_MS);
    assert_false(start_tls(&f, "localhost"));
    assert_int_equal(reason_of(&f), NET_TIMED_OUT);
    close_fixture(&f);
}

static void test_a_dripping_server_meets_the_deadline(void **state)
{
    static const struct server_step script[] = {
        SERVER_DRIP(
            "drip drip drip drip drip drip drip drip drip drip drip drip drip drip "
            "drip drip drip drip drip drip drip drip drip drip drip drip drip drip "),
        SERVER_END};
    struct fixture f;
    char byte;

    (void)state;
    open_fixture(&f, script);
    stream_set_deadline(f.stream, clock_now_ms() + SOON_MS);
    while (stream_read(f.stream, &byte, 1) == 1)
        continue;
    assert_int_equal(reason_of(&f), NET_TIMED_OUT);
    close_fixture(&f);
}

static void test_a_server_that_never_pauses_meets_the_deadline(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD),
                                                SERVER_FLOOD("flood")};
    struct fixture f;
    char bytes[4096];

    (void)state;
    open_fixture(&f, script);
    assert_true(start_tls(&f, "localhost"));
    stream_set_deadline(f.stream, clock_now_ms() + SOON_MS);
    while (stream_read(f.stream, bytes, sizeof bytes) > 0)
        continue;
    assert_int_equal(reason_of(&f), NET_TIMED_OUT);
    close_fixture(&f);
}

static void test_without_a_deadline_everything_is_too_late(void **state)
{
    static const struct server_step script[] = {SERVER_SAY("hello"), SERVER_END};
    struct cancel cancel;
    struct stream *stream;
    struct fixture f;
    char byte;
    int fd;

    (void)state;
    open_fixture(&f, script);
    cancel_init(&cancel);
    fd = dup(STDIN_FILENO);
    stream = stream_new(fd, &cancel);
    assert_int_equal(stream_read(stream, &byte, 1), -1);
    assert_int_equal(stream_failure(stream)->reason, NET_TIMED_OUT);
    stream_free(&stream);
    cancel_close(&cancel);
    close_fixture(&f);
}

struct canceller {
    struct fixture *fixture;
    size_t step;
};

static void *cancel_at_step(void *argument)
{
    struct canceller *canceller = argument;

    server_wait_step(canceller->fixture->server, canceller->step);
    cancel_fire(&canceller->fixture->cancel);
    return NULL;
}

static void test_a_cancel_ends_the_handshake_and_a_read(void **state)
{
    static const struct server_step mute[] = {SERVER_HANG};
    static const struct server_step silent[] = {SERVER_TLS(CERT_GOOD), SERVER_HANG};
    struct fixture f;
    struct canceller canceller = {&f, 0};
    pthread_t thread;
    char byte;

    (void)state;
    open_fixture(&f, mute);
    pthread_create(&thread, NULL, cancel_at_step, &canceller);
    assert_false(start_tls(&f, "localhost"));
    assert_int_equal(reason_of(&f), NET_CANCELLED);
    pthread_join(thread, NULL);
    close_fixture(&f);

    open_fixture(&f, silent);
    assert_true(start_tls(&f, "localhost"));
    canceller.step = 1;
    pthread_create(&thread, NULL, cancel_at_step, &canceller);
    assert_int_equal(stream_read(f.stream, &byte, 1), -1);
    assert_int_equal(reason_of(&f), NET_CANCELLED);
    pthread_join(thread, NULL);
    close_fixture(&f);
}

static void test_a_cancelled_wait_can_be_forgiven(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD),
                                                SERVER_HEAR("still here"),
                                                SERVER_SAY("so am I\r\n"), SERVER_END};
    struct fixture f;

    (void)state;
    open_fixture(&f, script);
    assert_true(start_tls(&f, "localhost"));
    assert_int_equal(stream_wait(f.stream, clock_now_ms() + SOON_MS, -1), 0);
    cancel_fire(&f.cancel);
    assert_int_equal(stream_wait(f.stream, clock_now_ms() + LATE_MS, -1), -1);
    assert_int_equal(reason_of(&f), NET_CANCELLED);
    stream_forgive(f.stream);
    assert_int_equal(reason_of(&f), NET_OK);
    assert_true(stream_write(f.stream, "still here\r\n", 12));
    assert_int_equal(stream_wait(f.stream, clock_now_ms() + LATE_MS, -1), 1);
    expect_text(&f, "so am I\r\n");
    close_fixture(&f);
}

static void test_a_wait_ends_sooner_than_its_time(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD), SERVER_HEAR("go"),
                                                SERVER_SAY("gone\r\n"), SERVER_END};
    struct cancel sooner;
    struct fixture f;

    (void)state;
    assert_true(cancel_init(&sooner));
    open_fixture(&f, script);
    assert_true(start_tls(&f, "localhost"));
    cancel_fire(&sooner);
    assert_int_equal(stream_wait(f.stream, INT64_MAX, sooner.fd), 0);
    assert_true(stream_write(f.stream, "go\r\n", 4));
    assert_int_equal(stream_wait(f.stream, clock_now_ms() + LATE_MS, -1), 1);
    expect_text(&f, "gone\r\n");
    close_fixture(&f);
    cancel_close(&sooner);
}

static void test_a_cancelled_read_cannot_be_forgiven(void **state)
{
    static const struct server_step script[] = {SERVER_HANG};
    struct fixture f;
    char byte;

    (void)state;
    open_fixture(&f, script);
    cancel_fire(&f.cancel);
    assert_int_equal(stream_read(f.stream, &byte, 1), -1);
    stream_forgive(f.stream);
    assert_int_equal(reason_of(&f), NET_CANCELLED);
    close_fixture(&f);
}

static void test_a_budget_bounds_what_is_read(void **state)
{
    static const struct server_step script[] = {SERVER_FLOOD("endless ")};
    struct fixture f;
    char bytes[1000];

    (void)state;
    open_fixture(&f, script);
    stream_set_budget(f.stream, 10000);
    while (stream_read(f.stream, bytes, sizeof bytes) > 0)
        continue;
    assert_int_equal(reason_of(&f), NET_TOO_MUCH);
    assert_true(stream_bytes_in(f.stream) <= 10000);
    close_fixture(&f);
}

static void test_the_end_is_told_and_stays(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD), SERVER_SAY("last"),
                                                SERVER_CLOSE};
    struct fixture f;
    char byte;

    (void)state;
    open_fixture(&f, script);
    assert_true(start_tls(&f, "localhost"));
    expect_text(&f, "last");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stream_read(f.stream, &byte, 1), -1);
        assert_int_equal(reason_of(&f), NET_CLOSED);
    }
    assert_false(stream_write(f.stream, "x", 1));
    assert_int_equal(reason_of(&f), NET_CLOSED);
    close_fixture(&f);
}

/* Reads until the stream fails; how many records came. */
static size_t read_cut(const struct server_step *script, const struct relay_cut *cut,
                       enum net_reason *reason)
{
    struct fixture f = {.server = server_start(script)};
    struct relay *relay = relay_start("127.0.0.1", server_port(f.server));
    size_t records;
    char bytes[64];

    relay_cut_next(relay, cut);
    connect_fixture(&f, relay_port(relay));
    if (start_tls(&f, "localhost"))
        while (stream_read(f.stream, bytes, sizeof bytes) > 0)
            ;
    *reason = reason_of(&f);
    records = relay_records(relay, RELAY_TO_CLIENT);
    relay_stop(&relay);
    close_fixture(&f);
    return records;
}

/* In the handshake as well as after it. */
static void test_a_record_that_breaks_off_is_the_end_and_no_fault_of_tls(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD), SERVER_SAY("first"), SERVER_SAY("second"), SERVER_CLOSE};
    struct relay_cut cut = {.end = RELAY_STAYS, .way = RELAY_TO_CLIENT, .bytes = 9};
    enum net_reason reason;
    size_t records = read_cut(script, &cut, &reason);

    (void)state;
    assert_true(records > 4);
    cut.end = RELAY_CLOSES;
    for (cut.records = 0; cut.records <= records; cut.records++) {
        read_cut(script, &cut, &reason);
        assert_int_equal(reason, NET_CLOSED);
    }
}

/* ---- STARTTLS, tap ----------------------------------------------------------------- */

static void test_tls_after_plain_text(void **state)
{
    static const struct server_step script[] = {SERVER_SAY("go ahead\r\n"),
                                                SERVER_TLS(CERT_GOOD),
                                                SERVER_SAY("hello\r\n"), SERVER_END};
    struct fixture f;

    (void)state;
    open_fixture(&f, script);
    expect_text(&f, "go ahead\r\n");
    assert_true(start_tls(&f, "localhost"));
    expect_text(&f, "hello\r\n");
    close_fixture(&f);
}

/* Whether it was read ahead or still waits in the socket. */
static void test_plain_text_that_waits_behind_starttls_is_an_injection(void **state)
{
    static const struct server_step script[] = {
        SERVER_SAY("go ahead\r\n1 OK injected\r\n"), SERVER_END};
    char bytes[10];

    (void)state;
    for (int read_ahead = 0; read_ahead < 2; read_ahead++) {
        struct fixture f;

        open_fixture(&f, script);
        assert_true(server_wait_end(f.server));
        if (read_ahead)
            assert_int_equal(stream_wait(f.stream, clock_now_ms() + LATE_MS, -1), 1);
        assert_int_equal(stream_read(f.stream, bytes, sizeof bytes), 10);
        assert_false(start_tls(&f, "localhost"));
        assert_int_equal(reason_of(&f), NET_INJECTED);
        close_fixture(&f);
    }
}

struct tapped {
    char text[256];
    size_t hidden;
};

static void tap(void *closure, bool sent, const char *bytes, size_t length)
{
    struct tapped *tapped = closure;
    size_t used = strlen(tapped->text);

    if (!bytes)
        tapped->hidden += length;
    else
        snprintf(tapped->text + used, sizeof tapped->text - used, "%c%.*s",
                 sent ? '>' : '<', (int)length, bytes);
}

static void test_the_tap_sees_everything_but_what_is_private(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),   SERVER_HEAR("name"),    SERVER_SAY("yes\r\n"),
        SERVER_HEAR("password"), SERVER_SAY("fine\r\n"), SERVER_END};
    struct tapped tapped = {.text = ""};
    struct fixture f;

    (void)state;
    open_fixture(&f, script);
    assert_true(start_tls(&f, "localhost"));
    stream_set_tap(f.stream, tap, &tapped);
    assert_true(stream_write(f.stream, "name\r\n", 6));
    expect_text(&f, "yes\r\n");
    stream_set_private(f.stream, true);
    assert_true(stream_write(f.stream, "password\r\n", 10));
    stream_set_private(f.stream, false);
    expect_text(&f, "fine\r\n");
    assert_string_equal(tapped.text, ">name\r\n<yes\r\n<fine\r\n");
    assert_int_equal(tapped.hidden, 10);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_server_is_believed_and_described),
        cmocka_unit_test(test_an_address_in_the_certificate_counts),
        cmocka_unit_test(test_bad_certificates_are_refused_with_their_reason),
        cmocka_unit_test(test_a_good_certificate_is_refused_for_another_host),
        cmocka_unit_test(test_without_the_ca_file_the_server_is_unknown),
        cmocka_unit_test(test_a_ca_file_must_hold_certificates),
        cmocka_unit_test(test_plain_text_on_the_tls_port_is_named),
        cmocka_unit_test(test_a_server_that_leaves_the_handshake_is_named),
        cmocka_unit_test(test_a_silent_server_meets_the_deadline),
        cmocka_unit_test(test_a_dripping_server_meets_the_deadline),
        cmocka_unit_test(test_a_server_that_never_pauses_meets_the_deadline),
        cmocka_unit_test(test_without_a_deadline_everything_is_too_late),
        cmocka_unit_test(test_a_cancel_ends_the_handshake_and_a_read),
        cmocka_unit_test(test_a_cancelled_wait_can_be_forgiven),
        cmocka_unit_test(test_a_wait_ends_sooner_than_its_time),
        cmocka_unit_test(test_a_cancelled_read_cannot_be_forgiven),
        cmocka_unit_test(test_a_budget_bounds_what_is_read),
        cmocka_unit_test(test_the_end_is_told_and_stays),
        cmocka_unit_test(test_a_record_that_breaks_off_is_the_end_and_no_fault_of_tls),
        cmocka_unit_test(test_tls_after_plain_text),
        cmocka_unit_test(test_plain_text_that_waits_behind_starttls_is_an_injection),
        cmocka_unit_test(test_the_tap_sees_everything_but_what_is_private),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
