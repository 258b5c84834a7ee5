/* Testing again until it passes, without a minute's wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "support/server/server.h"
#include "ui/plain/testing.h"

#define IN                                                                               \
    SERVER_TLS(CERT_GOOD),                                                               \
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Lab ready\r\n"),      \
        SERVER_HEAR("* AUTHENTICATE PLAIN *")
#define UNAVAILABLE                                                                      \
    IN, SERVER_SAY("$TAG NO [UNAVAILABLE] try again later\r\n"), SERVER_END
#define REFUSED IN, SERVER_SAY("$TAG NO [AUTHENTICATIONFAILED] wrong\r\n"), SERVER_END

static const struct server_step unavailable[] = {UNAVAILABLE};
static const struct server_step refused[] = {REFUSED};
static const struct server_step good[] = {
    IN,
    SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1] in\r\n"),
    SERVER_HEAR("* EXAMINE *"),
    SERVER_SAY("* 0 EXISTS\r\n* OK [UIDVALIDITY 3] v\r\n$TAG OK [READ-ONLY] open\r\n"),
    SERVER_HEAR("* UID SEARCH UNSEEN"),
    SERVER_SAY("* SEARCH\r\n$TAG OK found\r\n"),
    SERVER_END,
};

struct lab {
    struct server *server;
    struct store *store;
    struct setup setup;
    struct cancel cancel;
};

static void put(struct lab *lab, enum setting_id id, const char *text)
{
    struct secret *secret = secret_new(text, strlen(text));
    struct wizard_event edit = {
        .kind = WIZARD_EDIT, .setting = id, .text = text, .secret = secret};

    wizard_update(lab->setup.wizard, &edit);
    secret_free(&secret);
}

/* A test of complete values, which has failed with the first script. */
static void set_up(struct lab *lab, const struct server_step *const *scripts,
                   size_t count)
{
    struct wizard_event test = {.kind = WIZARD_TEST};
    struct err err = ERR_INIT;
    char port[16];

    *lab = (struct lab){.server = server_start_each(scripts, count)};
    snprintf(port, sizeof port, "%d", server_port(lab->server));
    lab->store = store_open("/nonexistent/config", "/nonexistent/state", &err);
    assert_true(setup_open(&lab->setup, lab->store, NULL, &err));
    assert_true(cancel_init(&lab->cancel));
    put(lab, SET_AUTH_METHOD, "basic");
    put(lab, SET_BASIC_USERNAME, "support@example.com");
    put(lab, SET_BASIC_PASSWORD, "a password");
    put(lab, SET_MAILBOX_USER, "support@example.com");
    put(lab, SET_SERVER_HOST, "localhost");
    put(lab, SET_SERVER_PORT, port);
    put(lab, SET_TLS_CA_FILE, certs_ca_file());
    assert_int_equal(wizard_update(lab->setup.wizard, &test), EFFECT_START_TEST);
    assert_true(testing_run(&lab->setup, &lab->cancel, false));
}

static void tear_down(struct lab *lab)
{
    setup_close(&lab->setup);
    store_close(&lab->store);
    cancel_close(&lab->cancel);
    server_stop(&lab->server);
}

static void test_it_ends_when_the_test_passes(void **state)
{
    static const struct server_step *const scripts[] = {unavailable, unavailable, good};
    struct lab lab;

    (void)state;
    set_up(&lab, scripts, 3);
    assert_true(testing_may_pass_later(&lab.setup));
    assert_true(testing_repeat(&lab.setup, &lab.cancel, 1));
    assert_int_equal(wizard_test_state(lab.setup.wizard), WIZARD_PASSED);
    assert_null(lab.setup.diagnosis);
    tear_down(&lab);
}

static void test_it_ends_when_a_person_must_act(void **state)
{
    static const struct server_step *const scripts[] = {unavailable, refused};
    struct lab lab;

    (void)state;
    set_up(&lab, scripts, 2);
    assert_true(testing_repeat(&lab.setup, &lab.cancel, 1));
    assert_string_equal(lab.setup.diagnosis->code, "imap.password_refused");
    tear_down(&lab);
}

static void test_what_was_found_stands_after_a_cancel(void **state)
{
    static const struct server_step *const scripts[] = {unavailable};
    struct lab lab;

    (void)state;
    set_up(&lab, scripts, 1);
    cancel_fire(&lab.cancel);
    assert_false(testing_repeat(&lab.setup, &lab.cancel, 60 * 1000));
    assert_int_equal(wizard_test_state(lab.setup.wizard), WIZARD_FAILED);
    assert_true(testing_may_pass_later(&lab.setup));
    tear_down(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_ends_when_the_test_passes),
        cmocka_unit_test(test_it_ends_when_a_person_must_act),
        cmocka_unit_test(test_what_was_found_stands_after_a_cancel),
    };

    return cmocka_run_group_tests_name("plain/repeat", tests, NULL, NULL);
}
