/* The way in for the ingest and for `letterbox token`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "check/login.h"
#include "protocol/check/trial.h"

static bool open_login(struct trial *trial, struct login *login, struct cancel *cancel)
{
    assert_true(cancel_init(cancel));
    return login_open(login, trial->access, NULL, cancel);
}

static void close_login(struct trial *trial, struct login *login, struct cancel *cancel)
{
    trial_assert_no_secret(login->facts);
    login_close(login);
    cancel_close(cancel);
    trial_teardown(trial);
}

static void test_a_login_is_a_session_that_has_opened_nothing(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_LOGGED_IN,
        SERVER_HEAR("* LOGOUT"),
        SERVER_SAY("* BYE\r\n$TAG OK\r\n"),
        SERVER_END,
    };
    struct trial trial;
    struct login login;
    struct cancel cancel;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    assert_true(open_login(&trial, &login, &cancel));
    assert_non_null(login.session);
    assert_int_equal(login.facts->failed, CHECK_STAGE_COUNT);
    assert_int_equal(login.facts->steps[CHECK_IMAP_AUTHENTICATE].state, CHECK_OK);
    assert_int_equal(login.facts->steps[CHECK_IMAP_OPEN].state, CHECK_SKIPPED);
    close_login(&trial, &login, &cancel);
}

static void test_a_refused_token_ends_before_the_mail_server(void **state)
{
    static const struct server_step token[] = {
        TRIAL_ASKED,
        SERVER_REPLY(401, "{\"error\":\"invalid_client\"}"),
        SERVER_END,
    };
    struct trial trial;
    struct login login;
    struct cancel cancel;

    (void)state;
    trial_setup(&trial, token, trial_imap_good);
    assert_false(open_login(&trial, &login, &cancel));
    assert_null(login.session);
    assert_int_equal(login.facts->failed, CHECK_TOKEN_REQUEST);
    assert_int_equal(server_connections(trial.imap), 0);
    close_login(&trial, &login, &cancel);
}

static void test_the_token_alone_needs_no_mail_server(void **state)
{
    struct trial trial;
    struct login login;
    struct cancel cancel;
    struct secret *token;

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    assert_true(cancel_init(&cancel));
    assert_true(login_token(&login, trial.access, NULL, &cancel, &token));
    assert_string_equal(secret_bytes(token), TRIAL_TOKEN);
    assert_int_equal(server_connections(trial.imap), 0);
    secret_free(&token);
    close_login(&trial, &login, &cancel);
}

static void test_a_cancelled_login_says_so(void **state)
{
    struct trial trial;
    struct login login;
    struct cancel cancel;

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    assert_true(cancel_init(&cancel));
    cancel_fire(&cancel);
    assert_false(login_open(&login, trial.access, NULL, &cancel));
    assert_true(login.facts->cancelled);
    assert_int_equal(login.facts->steps[CHECK_TOKEN_RESOLVE].state, CHECK_STOPPED);
    close_login(&trial, &login, &cancel);
}

static void test_a_later_failure_is_noted_like_one_of_the_test(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_LOGGED_IN,
        SERVER_HEAR("* SELECT *"),
        SERVER_SAY("$TAG NO [NONEXISTENT] gone\r\n"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    struct trial trial;
    struct login login;
    struct cancel cancel;
    struct imap_folder folder;
    enum imap_status status;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    assert_true(open_login(&trial, &login, &cancel));
    status = imap_session_select(login.session, "INBOX", &folder);
    assert_int_equal(status, IMAP_NO);
    login_note_failure(&login, CHECK_IMAP_OPEN, status);
    assert_int_equal(login.facts->failed, CHECK_IMAP_OPEN);
    assert_int_equal(login.facts->steps[CHECK_IMAP_OPEN].state, CHECK_FAILED);
    assert_string_equal(login.facts->steps[CHECK_IMAP_OPEN].evidence,
                        "NO [NONEXISTENT] gone");
    close_login(&trial, &login, &cancel);
}

/* ---- An existing provider that is only known by its issuer ------------------------- */

#define OPENID  "GET /.well-known/openid-configuration HTTP/1.1"
#define RFC8414 "GET /.well-known/oauth-authorization-server HTTP/1.1"

enum { EXCHANGES = 3 };

/* One exchange after the other: what is asked for, the status, the body. */
struct exchange {
    const char *request;
    size_t status;
    const char *body;
};

/* The scripts of a server that is known by its issuer alone; they outlive it. */
static struct server_step steps[EXCHANGES][4];
static const struct server_step *const scripts[EXCHANGES] = {steps[0], steps[1],
                                                             steps[2]};
static char document[256];

/* A mail server that is left after its greeting. */
static const struct server_step left[] = {
    TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
    SERVER_HEAR("* LOGOUT"),
    SERVER_END,
};

static void setup_issuer(struct trial *trial, const struct exchange *exchanges,
                         const char *suffix, const struct server_step *imap)
{
    const struct server_step tls = SERVER_TLS(CERT_GOOD), end = SERVER_END;
    char *issuer;

    for (size_t i = 0; i < EXCHANGES; i++) {
        const struct exchange *exchange = &exchanges[i];

        steps[i][0] = tls;
        steps[i][1] = (struct server_step){SERVER_DO_REQUEST, exchange->request, 0};
        steps[i][2] =
            (struct server_step){SERVER_DO_REPLY, exchange->body, exchange->status};
        steps[i][3] = end;
    }
    trial_setup(trial, trial_token_good, imap);
    server_stop(&trial->token);
    trial->token = server_start_each(scripts, EXCHANGES);
    issuer = mem_format("https://localhost:%d", server_port(trial->token));
    snprintf(document, sizeof document,
             "{\"issuer\":\"%s%s\",\"token_endpoint\":\"%s/token\"}", issuer, suffix,
             issuer);
    free(trial->access->token_url);
    trial->access->token_url = NULL;
    trial->access->issuer = issuer;
}

static void assert_leads_to_the_token(const struct exchange *exchanges)
{
    struct trial trial;
    char *url;

    setup_issuer(&trial, exchanges, "", trial_imap_good);
    url = mem_format("%s/token", trial.access->issuer);
    trial_run(&trial);
    assert_int_equal(trial.facts->failed, CHECK_STAGE_COUNT);
    assert_string_equal(trial.facts->token_url, url);
    free(url);
    trial_teardown(&trial);
}

static void test_an_issuer_leads_to_its_token_endpoint(void **state)
{
    static const struct exchange appended[EXCHANGES] = {
        {OPENID, 200, document},
        {"POST /token HTTP/1.1", 200, TRIAL_TOKEN_JSON},
        {"none", 500, ""},
    };
    static const struct exchange inserted[EXCHANGES] = {
        {OPENID, 404, "<html>"},
        {RFC8414, 200, document},
        {"POST /token HTTP/1.1", 200, TRIAL_TOKEN_JSON},
    };

    (void)state;
    assert_leads_to_the_token(appended);
    assert_leads_to_the_token(inserted);
}

static void test_a_discovery_that_fails_is_told_as_such(void **state)
{
    static const struct exchange exchanges[EXCHANGES] = {
        {OPENID, 200, document},
        {RFC8414, 404, ""},
        {"none", 500, ""},
    };
    struct trial trial;

    (void)state;
    setup_issuer(&trial, exchanges, "/other", left);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_TOKEN_REQUEST);
    assert_non_null(
        strstr(trial.facts->steps[CHECK_TOKEN_REQUEST].evidence, "another issuer"));
    trial_assert_state(&trial, CHECK_TOKEN_TLS, CHECK_OK, NULL);
    assert_true(trial.facts->token.is_discovery);
    trial_teardown(&trial);
}

static void test_an_issuer_without_a_name_fails_to_resolve(void **state)
{
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, left);
    free(trial.access->token_url);
    trial.access->token_url = NULL;
    trial.access->issuer = mem_copy_text("https://nobody.invalid");
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_TOKEN_RESOLVE);
    assert_string_equal(trial.facts->token.host, "nobody.invalid");
    assert_true(trial.facts->token.failure.reason == NET_NAME_UNKNOWN ||
                trial.facts->token.failure.reason == NET_NAME_TEMPORARY);
    assert_int_equal(server_connections(trial.token), 0);
    trial_teardown(&trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_login_is_a_session_that_has_opened_nothing),
        cmocka_unit_test(test_a_refused_token_ends_before_the_mail_server),
        cmocka_unit_test(test_the_token_alone_needs_no_mail_server),
        cmocka_unit_test(test_a_cancelled_login_says_so),
        cmocka_unit_test(test_a_later_failure_is_noted_like_one_of_the_test),
        cmocka_unit_test(test_an_issuer_leads_to_its_token_endpoint),
        cmocka_unit_test(test_a_discovery_that_fails_is_told_as_such),
        cmocka_unit_test(test_an_issuer_without_a_name_fails_to_resolve),
    };

    return cmocka_run_group_tests_name("check/login", tests, trial_without_proxies, NULL);
}
