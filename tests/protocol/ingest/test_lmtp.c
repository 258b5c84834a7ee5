/* Delivery by LMTP: the conversation, and whose trouble each answer is. */
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
#include "ingest/deliver/deliver.h"
#include "support/scratch/scratch.h"
#include "support/server/server.h"

struct fixture {
    struct scratch scratch;
    struct settings settings;
    struct deliver_target target;
    struct deliver_envelope envelope;
    struct server *server;
    struct cancel cancel;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    scratch_make(&f->scratch);
    assert_true(cancel_init(&f->cancel));
    settings_init(&f->settings);
    settings_set(&f->settings, SET_INGEST_DELIVER, "lmtp");
    settings_set(&f->settings, SET_MAILBOX_USER, "support@example.com");
    f->target = (struct deliver_target){.settings = &f->settings};
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

    if (f->server)
        server_stop(&f->server);
    cancel_close(&f->cancel);
    settings_free(&f->settings);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void serve(struct fixture *f, const struct server_step *script)
{
    char *address;

    if (f->server)
        server_stop(&f->server);
    f->server = server_start(script);
    address = mem_format("127.0.0.1:%d", server_port(f->server));
    settings_set(&f->settings, SET_INGEST_TARGET, address);
    free(address);
}

static enum deliver_status deliver(struct fixture *f, const char *message)
{
    struct delivery *delivery;

    err_clear(&f->err);
    assert_true(deliver_lmtp.prepare(&f->target, &f->err));
    delivery = deliver_lmtp.begin(&f->target, &f->envelope, &f->cancel, &f->err);
    assert_non_null(delivery);
    assert_true(deliver_lmtp.feed(delivery, message, strlen(message)));
    return deliver_lmtp.finish(&delivery, true, &f->err);
}

#define GREETING SERVER_SAY("220 mx LMTP\r\n"), SERVER_HEAR("LHLO *")
#define PLAIN    GREETING, SERVER_SAY("250 mx\r\n"), SERVER_HEAR("MAIL FROM:<>")
#define RCPT     PLAIN, SERVER_SAY("250 ok\r\n"), SERVER_HEAR("RCPT TO:<support@example.com>")
#define DATA     RCPT, SERVER_SAY("250 ok\r\n"), SERVER_HEAR("DATA")

static void test_by_data_lines_end_and_dots_are_doubled(void **state)
{
    static const struct server_step script[] = {DATA,
                                                SERVER_SAY("354 go\r\n"),
                                                SERVER_HEAR("Subject: a"),
                                                SERVER_HEAR(""),
                                                SERVER_HEAR("..begins with a dot"),
                                                SERVER_HEAR(".."),
                                                SERVER_HEAR("bare"),
                                                SERVER_HEAR("end"),
                                                SERVER_HEAR("."),
                                                SERVER_SAY("250 saved\r\n"),
                                                SERVER_HEAR("QUIT"),
                                                SERVER_END};
    struct fixture *f = *state;

    serve(f, script);
    assert_int_equal(deliver(f, "Subject: a\r\n\r\n.begins with a dot\r\n.\r\nbare\nend"),
                     DELIVER_DONE);
    assert_true(server_wait_end(f->server));
}

static void test_in_one_chunk_it_stays_as_it_is(void **state)
{
    /* A line may end with LF alone here: what was heard is looked at, too. */
    static const struct server_step chunk[] = {
        GREETING,
        SERVER_SAY("250-mx\r\n250-8BITMIME\r\n250-SIZE 1000\r\n250 CHUNKING\r\n"),
        SERVER_HEAR("MAIL FROM:<> BODY=8BITMIME SIZE=13"),
        SERVER_SAY("250 ok\r\n"),
        SERVER_HEAR("RCPT TO:<other@example.com>"),
        SERVER_SAY("250 ok\r\n"),
        SERVER_HEAR("BDAT 13 LAST"),
        SERVER_HEAR("A: b"),
        SERVER_HEAR(""),
        SERVER_HEAR(".x"),
        SERVER_HEAR("y"),
        SERVER_SAY("250 saved\r\n"),
        SERVER_HEAR("QUIT"),
        SERVER_END};
    struct fixture *f = *state;
    char *heard;

    serve(f, chunk);
    settings_set(&f->settings, SET_INGEST_RECIPIENT, "other@example.com");
    assert_int_equal(deliver(f, "A: b\r\n\r\n.x\ny\n"), DELIVER_DONE);
    assert_true(server_wait_end(f->server));
    heard = server_heard(f->server);
    assert_non_null(strstr(heard, "A: b\r\n\r\n.x\ny\nQUIT\r\n"));
    free(heard);
}

struct refusal {
    const char *name;
    struct server_step script[16];
    enum deliver_status status;
    enum err_class class;
    const char *key;
};

static const struct refusal refusals[] = {
    {"greeting 421",
     {SERVER_SAY("421 busy\r\n"), SERVER_END},
     DELIVER_DOWN,
     ERR_RETRY,
     "ingest.target"},
    {"greeting 554",
     {SERVER_SAY("554 no\r\n"), SERVER_END},
     DELIVER_DOWN,
     ERR_SETTING,
     "ingest.target"},
    {"nothing", {SERVER_CLOSE, SERVER_END}, DELIVER_DOWN, ERR_RETRY, "ingest.target"},
    {"no LMTP",
     {SERVER_SAY("SSH-2.0-x\r\n"), SERVER_END},
     DELIVER_DOWN,
     ERR_RETRY,
     "ingest.target"},
    {"size",
     {PLAIN, SERVER_SAY("552 too big\r\n"), SERVER_END},
     DELIVER_REFUSED,
     ERR_SERVER,
     ""},
    {"unknown recipient",
     {RCPT, SERVER_SAY("550 no such user\r\n"), SERVER_END},
     DELIVER_DOWN,
     ERR_SETTING,
     "ingest.recipient"},
    {"over quota",
     {RCPT, SERVER_SAY("452 4.2.2 full\r\n"), SERVER_END},
     DELIVER_DOWN,
     ERR_RETRY,
     "ingest.recipient"},
    {"data 451",
     {DATA, SERVER_SAY("451 later\r\n"), SERVER_END},
     DELIVER_LATER,
     ERR_RETRY,
     ""},
    {"message 451",
     {DATA, SERVER_SAY("354 go\r\n"), SERVER_HEAR("x"), SERVER_HEAR("."),
      SERVER_SAY("451 later\r\n"), SERVER_END},
     DELIVER_LATER,
     ERR_RETRY,
     ""},
    {"message 554",
     {DATA, SERVER_SAY("354 go\r\n"), SERVER_HEAR("x"), SERVER_HEAR("."),
      SERVER_SAY("554 5.6.0 no\033[31m\r\n"), SERVER_END},
     DELIVER_REFUSED,
     ERR_SERVER,
     ""},
    {"message 421",
     {DATA, SERVER_SAY("354 go\r\n"), SERVER_HEAR("x"), SERVER_HEAR("."),
      SERVER_SAY("421 shutting down\r\n"), SERVER_END},
     DELIVER_DOWN,
     ERR_RETRY,
     ""},
    {"cut",
     {DATA, SERVER_SAY("354 go\r\n"), SERVER_HEAR("x"), SERVER_RESET, SERVER_END},
     DELIVER_DOWN,
     ERR_RETRY,
     "ingest.target"},
};

static void test_whose_trouble_it_is(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *it = &refusals[i];
        enum deliver_status got;

        serve(f, it->script);
        got = deliver(f, "x\r\n");
        if (got != it->status || f->err.class != it->class ||
            strcmp(f->err.key, it->key) != 0)
            fail_msg("%s: %d %d %s: %s", it->name, (int)got, (int)f->err.class,
                     f->err.key, f->err.text);
        assert_null(strchr(f->err.text, '\033'));
    }
}

static void test_a_socket_that_is_not_there_is_the_targets_trouble(void **state)
{
    struct fixture *f = *state;

    settings_set(&f->settings, SET_INGEST_TARGET, scratch_at(&f->scratch, "no-socket"));
    assert_int_equal(deliver(f, "x\r\n"), DELIVER_DOWN);
    assert_int_equal(f->err.class, ERR_RETRY);
    assert_string_equal(f->err.key, "ingest.target");
}

/* Another message may be faster; and where none is greeted, all wait. */
static void test_a_message_that_is_not_taken_in_time_is_put_off(void **state)
{
    static const struct server_step slow[] = {DATA,
                                              SERVER_SAY("354 go\r\n"),
                                              SERVER_HEAR("x"),
                                              SERVER_HEAR("."),
                                              SERVER_HANG,
                                              SERVER_END};
    static const struct server_step mute[] = {SERVER_HANG, SERVER_END};
    struct fixture *f = *state;

    settings_set(&f->settings, SET_INGEST_TIMEOUT_SECONDS, "1");
    serve(f, slow);
    assert_int_equal(deliver(f, "x"), DELIVER_LATER);
    assert_int_equal(f->err.class, ERR_RETRY);
    serve(f, mute);
    assert_int_equal(deliver(f, "x"), DELIVER_DOWN);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_by_data_lines_end_and_dots_are_doubled),
        TEST(test_in_one_chunk_it_stays_as_it_is),
        TEST(test_whose_trouble_it_is),
        TEST(test_a_socket_that_is_not_there_is_the_targets_trouble),
        TEST(test_a_message_that_is_not_taken_in_time_is_put_off),
    };
    return cmocka_run_group_tests_name("ingest/lmtp", tests, NULL, NULL);
}
