/* Delivery by HTTP: what is sent, and what each answer means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/secret.h"
#include "ingest/deliver/deliver.h"
#include "support/scratch/scratch.h"
#include "support/server/server.h"

#define KEY "k3y-of-the-application"

struct fixture {
    struct scratch scratch;
    struct settings settings;
    struct secret *secret;
    struct deliver_target target;
    struct deliver_envelope envelope;
    struct server *server;
    unsigned asked_s;
    struct deliver_line *line; /* tests that keep one put it into the target */
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    scratch_make(&f->scratch);
    settings_init(&f->settings);
    settings_set(&f->settings, SET_INGEST_DELIVER, "http");
    f->secret = secret_new(KEY, strlen(KEY));
    f->target = (struct deliver_target){
        .settings = &f->settings, .secret = f->secret, .asked_s = &f->asked_s};
    f->envelope = (struct deliver_envelope){.mailbox = "support",
                                            .user = "support@example.com",
                                            .folder = "INBOX",
                                            .numbering = 17,
                                            .uid = 12,
                                            .message_id = "<a@example.com>",
                                            .state_dir = f->scratch.path};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    deliver_http.hang_up(&f->line);
    if (f->server)
        server_stop(&f->server);
    secret_free(&f->secret);
    settings_free(&f->settings);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void serve(struct fixture *f, const struct server_step *script)
{
    char *url;

    if (f->server)
        server_stop(&f->server);
    f->server = server_start(script);
    url = mem_format("http://127.0.0.1:%d/mail", server_port(f->server));
    settings_set(&f->settings, SET_INGEST_TARGET, url);
    free(url);
}

static enum deliver_status deliver(struct fixture *f, const char *message)
{
    struct delivery *delivery;

    err_clear(&f->err);
    f->asked_s = 0;
    assert_true(deliver_http.prepare(&f->target, &f->err));
    delivery = deliver_http.begin(&f->target, &f->envelope, NULL, &f->err);
    assert_non_null(delivery);
    assert_true(deliver_http.feed(delivery, message, strlen(message)));
    return deliver_http.finish(&delivery, true, &f->err);
}

struct answer {
    size_t http;
    const char *statuses; /* ingest.statuses */
    enum deliver_status status;
    enum err_class class;
    const char *key;
};

static const struct answer answers[] = {
    {200, "", DELIVER_DONE, ERR_NONE, ""},
    {201, "", DELIVER_DONE, ERR_NONE, ""},
    {204, "", DELIVER_DONE, ERR_NONE, ""},
    {301, "", DELIVER_DOWN, ERR_SETTING, "ingest.target"},
    {400, "", DELIVER_REFUSED, ERR_SERVER, ""},
    {401, "", DELIVER_DOWN, ERR_SETTING, "ingest.http_secret"},
    {403, "", DELIVER_REFUSED, ERR_SERVER, ""},
    {407, "", DELIVER_DOWN, ERR_SETTING, "ingest.http_secret"},
    {408, "", DELIVER_LATER, ERR_RETRY, ""},
    {413, "", DELIVER_REFUSED, ERR_SERVER, ""},
    {422, "", DELIVER_REFUSED, ERR_SERVER, ""},
    {425, "", DELIVER_LATER, ERR_RETRY, ""},
    {429, "", DELIVER_DOWN, ERR_RETRY, ""},
    {500, "", DELIVER_LATER, ERR_RETRY, ""},
    {502, "", DELIVER_DOWN, ERR_RETRY, ""},
    {503, "", DELIVER_DOWN, ERR_RETRY, ""},
    {504, "", DELIVER_DOWN, ERR_RETRY, ""},
    {200, "200=hold", DELIVER_DOWN, ERR_SETTING, "ingest.target"},
    {403, "403=hold", DELIVER_DOWN, ERR_SETTING, "ingest.http_secret"},
    {404, "404=hold", DELIVER_DOWN, ERR_SETTING, "ingest.target"},
    {422, "422=later", DELIVER_LATER, ERR_RETRY, ""},
    {409, "409=accepted", DELIVER_DONE, ERR_NONE, ""},
    {418, "other=hold", DELIVER_DOWN, ERR_SETTING, "ingest.target"},
    {500, "other=refused", DELIVER_LATER, ERR_RETRY, ""},
    {500, "500=refused", DELIVER_REFUSED, ERR_SERVER, ""},
};

static void test_each_answer_has_its_meaning(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const struct answer *it = &answers[i];
        const struct server_step script[] = {SERVER_REQUEST("POST /mail HTTP/1.1"),
                                             SERVER_REPLY(it->http, "{}"), SERVER_END};
        enum deliver_status got;

        serve(f, script);
        settings_set(&f->settings, SET_INGEST_STATUSES, it->statuses);
        got = deliver(f, "x");
        if (got != it->status || f->err.class != it->class ||
            strcmp(f->err.key, it->key) != 0)
            fail_msg("%zu with \"%s\": %d %d %s: %s", it->http, it->statuses, (int)got,
                     (int)f->err.class, f->err.key, f->err.text);
        server_stop(&f->server); /* before its script is gone */
    }
}

static void test_the_message_is_the_body_and_the_key_a_bearer(void **state)
{
    static const struct server_step script[] = {SERVER_REQUEST("POST /mail HTTP/1.1"),
                                                SERVER_REPLY(200, "{}"), SERVER_END};
    struct fixture *f = *state;
    char identity[DELIVER_IDENTITY_SIZE], *line, *heard;

    serve(f, script);
    settings_set(&f->settings, SET_INGEST_HTTP_HEADERS, "X-Queue=\"first line\"");
    assert_int_equal(deliver(f, "From: a\r\n\r\nbody\n.\n"), DELIVER_DONE);
    heard = server_heard(f->server);
    deliver_identity(&f->settings, &f->envelope, identity, sizeof identity);
    line = mem_format("Idempotency-Key: %s\r\n", identity);
    assert_non_null(strstr(heard, line));
    assert_non_null(strstr(heard, "Content-Type: message/rfc822\r\n"));
    assert_non_null(strstr(heard, "Authorization: Bearer " KEY "\r\n"));
    assert_non_null(strstr(heard, "X-Queue: first line\r\n"));
    assert_non_null(strstr(heard, "\r\n\r\nFrom: a\r\n\r\nbody\n.\n"));
    assert_null(strstr(heard, "Expect:"));
    free(line);
    free(heard);
}

static void test_the_message_is_a_field_of_a_form(void **state)
{
    static const struct server_step script[] = {SERVER_REQUEST("POST /mail HTTP/1.1"),
                                                SERVER_REPLY(201, "{}"), SERVER_END};
    struct fixture *f = *state;
    char *heard;

    serve(f, script);
    settings_set(&f->settings, SET_INGEST_HTTP_MESSAGE_FIELD, "email");
    settings_set(&f->settings, SET_INGEST_HTTP_MESSAGE_TYPE,
                 "text/plain; charset=ISO-8859-1");
    settings_set(&f->settings, SET_INGEST_HTTP_SECRET_AS, "field:key");
    settings_set(&f->settings, SET_INGEST_HTTP_FIELDS, "issue[project]=helpdesk");
    assert_int_equal(deliver(f, "From: a\r\n\r\nGr\xfc\xdf"
                                "e"),
                     DELIVER_DONE);
    heard = server_heard(f->server);
    assert_non_null(strstr(heard, "name=\"issue[project]\"\r\n\r\nhelpdesk\r\n"));
    assert_non_null(strstr(heard, "name=\"key\"\r\n\r\n" KEY "\r\n"));
    assert_non_null(strstr(heard, "name=\"email\"\r\nContent-Type: text/plain; "
                                  "charset=ISO-8859-1\r\n\r\nFrom: a\r\n\r\nGr\xfc\xdf"
                                  "e\r\n--"));
    assert_null(strstr(heard, "filename"));
    assert_null(strstr(heard, "Authorization"));
    free(heard);
}

static void test_what_is_asked_for_by_retry_after_is_told(void **state)
{
    static const struct server_step script[] = {
        SERVER_REQUEST("POST /mail HTTP/1.1"),
        SERVER_SAY("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n"
                   "Connection: close\r\n\r\n"),
        SERVER_END};
    struct fixture *f = *state;

    serve(f, script);
    assert_int_equal(deliver(f, "x"), DELIVER_DOWN);
    assert_int_equal(f->asked_s, 120);
    f->target.asked_s = NULL;
    assert_int_equal(deliver(f, "x"), DELIVER_DOWN);
}

static void test_a_key_that_is_repeated_stays_hidden(void **state)
{
    static const struct server_step script[] = {
        SERVER_REQUEST("POST /mail HTTP/1.1"),
        SERVER_REPLY(400, "the key " KEY " is \033[31mbad"), SERVER_END};
    struct fixture *f = *state;

    serve(f, script);
    assert_int_equal(deliver(f, "x"), DELIVER_REFUSED);
    assert_null(strstr(f->err.text, KEY));
    assert_null(strchr(f->err.text, '\033'));
    assert_non_null(strstr(f->err.text, "the key"));
}

static void test_an_answer_without_end_is_not_waited_for(void **state)
{
    static const struct server_step script[] = {SERVER_REQUEST("POST /mail HTTP/1.1"),
                                                SERVER_HANG, SERVER_END};
    struct fixture *f = *state;

    serve(f, script);
    settings_set(&f->settings, SET_INGEST_TIMEOUT_SECONDS, "1");
    assert_int_equal(deliver(f, "x"), DELIVER_LATER);
    assert_int_equal(f->err.class, ERR_RETRY);
}

/* That is an outage, however long the network takes to tell: no message's try. */
static void test_one_that_cannot_be_reached_in_time_is_down(void **state)
{
    static const struct server_step script[] = {SERVER_HANG, SERVER_END};
    struct fixture *f = *state;
    char *url;

    serve(f, script);
    url = mem_format("https://127.0.0.1:%d/mail", server_port(f->server));
    settings_set(&f->settings, SET_INGEST_TARGET, url);
    settings_set(&f->settings, SET_SERVER_TIMEOUT_SECONDS, "1");
    assert_int_equal(deliver(f, "x"), DELIVER_DOWN);
    assert_int_equal(f->err.class, ERR_RETRY);
    free(url);
}

/* ---- One connection for many ------------------------------------------------------- */

#define GOOD_ANSWER SERVER_SAY("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

static void test_messages_share_a_connection(void **state)
{
    static const struct server_step script[] = {
        SERVER_REQUEST("POST /mail HTTP/1.1"), GOOD_ANSWER,
        SERVER_REQUEST("POST /mail HTTP/1.1"), GOOD_ANSWER, SERVER_END};
    struct fixture *f = *state;

    serve(f, script);
    f->target.line = &f->line;
    assert_int_equal(deliver(f, "x"), DELIVER_DONE);
    assert_int_equal(deliver(f, "y"), DELIVER_DONE);
    assert_int_equal(server_connections(f->server), 1);
    deliver_http.hang_up(&f->line);
    assert_null(f->line);
    assert_int_equal(deliver(f, "z"), DELIVER_DONE);
    assert_int_equal(server_connections(f->server), 2);
}

static void test_messages_share_a_connection_with_tls(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD), SERVER_REQUEST("POST /mail HTTP/1.1"),
        GOOD_ANSWER,           SERVER_REQUEST("POST /mail HTTP/1.1"),
        GOOD_ANSWER,           SERVER_END};
    struct fixture *f = *state;
    char *url;

    serve(f, script);
    url = mem_format("https://localhost:%d/mail", server_port(f->server));
    settings_set(&f->settings, SET_INGEST_TARGET, url);
    settings_set(&f->settings, SET_TLS_CA_FILE, certs_ca_file());
    f->target.line = &f->line;
    assert_int_equal(deliver(f, "x"), DELIVER_DONE);
    assert_int_equal(deliver(f, "y"), DELIVER_DONE);
    assert_int_equal(server_connections(f->server), 1);
    free(url);
}

/* The server has closed it meanwhile, which is its right. */
static void test_a_connection_that_was_closed_is_made_anew(void **state)
{
    static const struct server_step script[] = {SERVER_REQUEST("POST /mail HTTP/1.1"),
                                                GOOD_ANSWER, SERVER_CLOSE, SERVER_END};
    struct fixture *f = *state;
    char *heard;

    serve(f, script);
    f->target.line = &f->line;
    assert_int_equal(deliver(f, "x"), DELIVER_DONE);
    assert_int_equal(deliver(f, "the second"), DELIVER_DONE);
    heard = server_heard(f->server);
    assert_non_null(strstr(heard, "\r\n\r\nthe second"));
    free(heard);
}

/* It is closed only when the next message is on its way: sent again, whole. */
static void test_a_connection_that_breaks_under_a_message_is_made_anew(void **state)
{
    static const struct server_step first[] = {
        SERVER_REQUEST("POST /mail HTTP/1.1"), GOOD_ANSWER,
        SERVER_REQUEST("POST /mail HTTP/1.1"), SERVER_CLOSE, SERVER_END};
    static const struct server_step second[] = {SERVER_REQUEST("POST /mail HTTP/1.1"),
                                                GOOD_ANSWER, SERVER_END};
    static const struct server_step *const scripts[] = {first, second};
    struct fixture *f = *state;
    char *url;

    f->server = server_start_each(scripts, 2);
    url = mem_format("http://127.0.0.1:%d/mail", server_port(f->server));
    settings_set(&f->settings, SET_INGEST_TARGET, url);
    f->target.line = &f->line;
    assert_int_equal(deliver(f, "x"), DELIVER_DONE);
    assert_int_equal(deliver(f, "the second"), DELIVER_DONE);
    assert_int_equal(server_connections(f->server), 2);
    free(url);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_answer_has_its_meaning),
        TEST(test_the_message_is_the_body_and_the_key_a_bearer),
        TEST(test_the_message_is_a_field_of_a_form),
        TEST(test_what_is_asked_for_by_retry_after_is_told),
        TEST(test_a_key_that_is_repeated_stays_hidden),
        TEST(test_an_answer_without_end_is_not_waited_for),
        TEST(test_one_that_cannot_be_reached_in_time_is_down),
        TEST(test_messages_share_a_connection),
        TEST(test_messages_share_a_connection_with_tls),
        TEST(test_a_connection_that_was_closed_is_made_anew),
        TEST(test_a_connection_that_breaks_under_a_message_is_made_anew),
    };
    return cmocka_run_group_tests_name("ingest/http", tests, NULL, NULL);
}
