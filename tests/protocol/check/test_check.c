/* The live test, whole, against servers that are good, wrong and silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "protocol/check/trial.h"

static void assert_all_ok(const struct trial *trial, enum check_stage first)
{
    for (int stage = (int)first; stage < CHECK_STAGE_COUNT; stage++)
        trial_assert_state(trial, (enum check_stage)stage, CHECK_OK, NULL);
    assert_int_equal(trial->facts->failed, CHECK_STAGE_COUNT);
}

static void assert_skipped(const struct trial *trial, enum check_stage first,
                           enum check_stage last)
{
    for (int stage = (int)first; stage <= (int)last; stage++)
        trial_assert_state(trial, (enum check_stage)stage, CHECK_SKIPPED, "");
}

/* ---- It passes --------------------------------------------------------------------- */

static void test_a_token_opens_the_mailbox(void **state)
{
    struct trial trial;
    const struct check_facts *facts;
    char address[64];

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    trial_run(&trial);
    facts = trial.facts;
    assert_all_ok(&trial, CHECK_SETTINGS);
    trial_assert_state(&trial, CHECK_TOKEN_RESOLVE, CHECK_OK, "localhost");
    trial_assert_state(&trial, CHECK_TOKEN_CONNECT, CHECK_OK, "127.0.0.1");
    assert_memory_equal(facts->steps[CHECK_TOKEN_TLS].evidence, "TLS 1.3, valid until ",
                        21);
    trial_assert_state(&trial, CHECK_TOKEN_REQUEST, CHECK_OK, "Bearer token, 3599 s");
    trial_assert_state(&trial, CHECK_IMAP_RESOLVE, CHECK_OK, "localhost");
    snprintf(address, sizeof address, "127.0.0.1, port %d", server_port(trial.imap));
    trial_assert_state(&trial, CHECK_IMAP_CONNECT, CHECK_OK, address);
    trial_assert_state(&trial, CHECK_IMAP_GREETING, CHECK_OK, "Lab ready");
    trial_assert_state(&trial, CHECK_IMAP_AUTHENTICATE, CHECK_OK,
                       "XOAUTH2 as box@example.com");
    trial_assert_state(&trial, CHECK_IMAP_OPEN, CHECK_OK, "INBOX, 12 messages");
    trial_assert_state(&trial, CHECK_IMAP_PREVIEW, CHECK_OK, "2 unread");
    assert_true(facts->used_oauth);
    assert_true(facts->had_token);
    assert_false(facts->claims.decoded);
    assert_string_equal(facts->client_id, "box");
    assert_string_equal(facts->client_auth, "post");
    assert_int_equal(facts->mechanism, IMAP_XOAUTH2);
    assert_int_equal(facts->folder.exists, 12);
    assert_int_equal(facts->unread, 2);
    assert_int_equal(facts->preview_count, 2);
    assert_string_equal(facts->previews[0].subject, "caf\xC3\xA9");
    assert_string_equal(facts->previews[1].subject, "a?[2Jb? c");
    assert_true(server_wait_end(trial.imap));
    trial_teardown(&trial);
}

/* TCP, TLS (2), AUTHENTICATE, EXAMINE, SEARCH, FETCH, LOGOUT; and for the token TCP,
 * TLS (2).  One more, and every test everywhere is slower. */
static void test_no_round_trip_is_wasted(void **state)
{
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    trial_run(&trial);
    assert_true(server_wait_end(trial.imap));
    assert_int_equal(server_round_trips(trial.imap), 8);
    assert_int_equal(server_connections(trial.imap), 1);
    /* A session ticket may cross the request on its way, and counts then. */
    assert_in_range(server_round_trips(trial.token), 3, 4);
    assert_int_equal(server_connections(trial.token), 1);
    trial_teardown(&trial);
}

static void test_oauthbearer_is_used_where_it_is_offered(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=OAUTHBEARER AUTH=XOAUTH2"),
        SERVER_HEAR("* AUTHENTICATE OAUTHBEARER *"),
        SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("* 1 EXISTS\r\n$TAG OK [READ-ONLY] open\r\n"),
        SERVER_HEAR("* UID SEARCH UNSEEN"),
        SERVER_SAY("* SEARCH\r\n$TAG OK found\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    assert_all_ok(&trial, CHECK_SETTINGS);
    trial_assert_state(&trial, CHECK_IMAP_AUTHENTICATE, CHECK_OK,
                       "OAUTHBEARER as box@example.com");
    trial_assert_state(&trial, CHECK_IMAP_OPEN, CHECK_OK, "INBOX, 1 message");
    trial_assert_state(&trial, CHECK_IMAP_PREVIEW, CHECK_OK, "0 unread");
    trial_teardown(&trial);
}

static void test_basic_auth_has_no_token_stages(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("AUTH=PLAIN SASL-IR"),
        SERVER_HEAR("* AUTHENTICATE PLAIN AGJveABwYTU1LXcwcmQ="),
        SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("* 0 EXISTS\r\n$TAG OK [READ-ONLY] open\r\n"),
        SERVER_HEAR("* UID SEARCH UNSEEN"),
        SERVER_SAY("* SEARCH\r\n$TAG OK found\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, NULL, imap);
    trial_run(&trial);
    assert_skipped(&trial, CHECK_TOKEN_RESOLVE, CHECK_TOKEN_CLAIMS);
    assert_all_ok(&trial, CHECK_IMAP_RESOLVE);
    trial_assert_state(&trial, CHECK_IMAP_AUTHENTICATE, CHECK_OK, "PLAIN as box");
    assert_false(trial.facts->used_oauth);
    assert_int_equal(trial.facts->credential.length, strlen(TRIAL_PASSWORD));
    trial_teardown(&trial);
}

static void test_starttls_comes_after_the_greeting(void **state)
{
    static const struct server_step imap[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] plain\r\n"),
        SERVER_HEAR("* STARTTLS"),
        SERVER_SAY("$TAG OK begin\r\n"),
        SERVER_TLS(CERT_GOOD),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_SAY("* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\n$TAG OK\r\n"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
        SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("* 12 EXISTS\r\n$TAG OK [READ-ONLY] open\r\n"),
        SERVER_HEAR("* UID SEARCH UNSEEN"),
        SERVER_SAY("* SEARCH\r\n$TAG OK found\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_set(&trial, SET_SERVER_SECURITY, "starttls");
    trial_run(&trial);
    assert_all_ok(&trial, CHECK_SETTINGS);
    trial_teardown(&trial);
}

/* ---- It warns ---------------------------------------------------------------------- */

static void test_what_is_odd_is_warned_of(void **state)
{
    static const struct server_step clock_is_wrong[] = {
        TRIAL_ASKED,
        SERVER_SAY("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2015 00:00:00 GMT\r\n"
                   "Connection: close\r\nContent-Length: 76\r\n\r\n" TRIAL_TOKEN_JSON),
        SERVER_END,
    };
    static const struct server_step another_scope[] = {
        TRIAL_ASKED,
        SERVER_REPLY(200, "{\"token_type\":\"Bearer\",\"scope\":\"openid\","
                          "\"access_token\":\"" TRIAL_TOKEN "\"}"),
        SERVER_END,
    };
    /* {"aud":"https://outlook.office365.com"} */
    static const struct server_step no_role[] = {
        TRIAL_ASKED,
        SERVER_REPLY(200, "{\"token_type\":\"Bearer\",\"access_token\":\"eyJhbGciOiJub25l"
                          "In0.eyJhdWQiOiJodHRwczovL291dGxvb2sub2ZmaWNlMzY1LmNvbSJ9."
                          "c2ln\"}"),
        SERVER_END,
    };
    static const struct {
        const struct server_step *script;
        enum check_stage stage;
        const char *in_evidence;
    } rows[] = {
        {clock_is_wrong, CHECK_TOKEN_REQUEST, "clock"},
        {another_scope, CHECK_TOKEN_REQUEST, "openid"},
        {no_role, CHECK_TOKEN_CLAIMS, "IMAP.AccessAsApp"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trial trial;

        trial_setup(&trial, rows[i].script, trial_imap_good);
        trial_run(&trial);
        assert_int_equal(trial.facts->failed, CHECK_STAGE_COUNT);
        trial_assert_state(&trial, rows[i].stage, CHECK_WARNED, NULL);
        assert_non_null(
            strstr(trial.facts->steps[rows[i].stage].evidence, rows[i].in_evidence));
        trial_assert_state(&trial, CHECK_IMAP_OPEN, CHECK_OK, NULL);
        trial_teardown(&trial);
    }
}

/* A server may grant more than was asked for, in another order. */
static void test_a_secret_that_ends_soon_is_told_although_the_test_passes(void **state)
{
    struct trial trial;
    const char *evidence;

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    trial.access->secret_expires_at = time(NULL) + (time_t)12 * 24 * 60 * 60;
    trial_run(&trial);
    evidence = trial.facts->steps[CHECK_SETTINGS].evidence;
    assert_int_equal(trial.facts->steps[CHECK_SETTINGS].state, CHECK_WARNED);
    assert_non_null(strstr(evidence, "Client secret expires "));
    assert_int_equal(trial.facts->failed, CHECK_STAGE_COUNT);
    assert_int_equal(trial.facts->secret_expiry.state, EXPIRY_SOON);
    trial_teardown(&trial);
}

static void test_a_scope_that_was_granted_among_others_is_fine(void **state)
{
    static const struct server_step token[] = {
        TRIAL_ASKED,
        SERVER_REPLY(200, "{\"token_type\":\"Bearer\",\"scope\":\"openid imap\","
                          "\"access_token\":\"" TRIAL_TOKEN "\"}"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, token, trial_imap_good);
    trial_run(&trial);
    assert_all_ok(&trial, CHECK_SETTINGS);
    trial_teardown(&trial);
}

static void test_a_preview_that_fails_spoils_nothing(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_OPENED,
        SERVER_HEAR("* UID SEARCH UNSEEN"),
        SERVER_SAY("$TAG NO not today\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    assert_int_equal(trial.facts->failed, CHECK_STAGE_COUNT);
    trial_assert_state(&trial, CHECK_IMAP_PREVIEW, CHECK_WARNED, "NO not today");
    assert_int_equal(trial.facts->preview_status, IMAP_NO);
    assert_string_equal(trial.facts->preview_answer.text, "not today");
    trial_teardown(&trial);
}

/* ---- The token leg fails, and IMAP is seen nevertheless ---------------------------- */

static void test_a_dead_token_leg_does_not_hide_imap(void **state)
{
    static const struct server_step refused[] = {
        TRIAL_ASKED,
        SERVER_REPLY(401,
                     "{\"error\":\"invalid_client\",\"error_codes\":[7000215],"
                     "\"error_description\":\"AADSTS7000215: not " TRIAL_SECRET "\"}"),
        SERVER_END,
    };
    static const struct server_step web_page[] = {
        TRIAL_ASKED,
        SERVER_REPLY(200, "<html>Sign in</html>"),
        SERVER_END,
    };
    static const struct server_step busy[] = {
        TRIAL_ASKED,
        SERVER_SAY("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"),
        SERVER_END,
    };
    static const struct server_step down[] = {
        TRIAL_ASKED,
        SERVER_REPLY(503, "unavailable"),
        SERVER_END,
    };
    static const struct server_step elsewhere[] = {
        TRIAL_ASKED,
        SERVER_SAY(
            "HTTP/1.1 302 Go\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n"),
        SERVER_END,
    };
    static const struct server_step endless[] = {
        TRIAL_ASKED,
        SERVER_SAY("HTTP/1.1 200 OK\r\n\r\n"),
        SERVER_FLOOD("{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"),
        SERVER_END,
    };
    static const struct server_step untrusted[] = {
        SERVER_TLS(CERT_OTHER_CA),
        SERVER_REQUEST("POST /token HTTP/1.1"),
        SERVER_END,
    };
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    static const struct {
        const struct server_step *script;
        enum check_stage stage;
        int http_status;
        const char *evidence;
    } rows[] = {
        {refused, CHECK_TOKEN_REQUEST, 401, "HTTP 401 invalid_client, AADSTS7000215"},
        {web_page, CHECK_TOKEN_REQUEST, 200, "HTTP 200, and the answer is not JSON"},
        {busy, CHECK_TOKEN_REQUEST, 429, "HTTP 429, retry after 7 s"},
        {down, CHECK_TOKEN_REQUEST, 503, "HTTP 503, and the answer is not JSON"},
        {elsewhere, CHECK_TOKEN_REQUEST, 302, "HTTP 302, redirected to https://x/"},
        {endless, CHECK_TOKEN_REQUEST, 0, "the answer is too long"},
        {untrusted, CHECK_TOKEN_TLS, 0, "the certificate's issuer is unknown"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trial trial;

        trial_setup(&trial, rows[i].script, imap);
        trial_run(&trial);
        trial_assert_failed(&trial, rows[i].stage);
        trial_assert_state(&trial, rows[i].stage, CHECK_FAILED, rows[i].evidence);
        assert_int_equal(trial.facts->token.http_status, rows[i].http_status);
        trial_assert_state(&trial, CHECK_TOKEN_CLAIMS, CHECK_SKIPPED, "");
        trial_assert_state(&trial, CHECK_IMAP_GREETING, CHECK_OK, "Lab ready");
        assert_skipped(&trial, CHECK_IMAP_AUTHENTICATE, CHECK_IMAP_PREVIEW);
        trial_teardown(&trial);
    }
}

static void test_a_token_host_without_a_name_is_named(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    free(trial.access->token_url);
    trial.access->token_url = strdup("https://nobody.invalid/token");
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_TOKEN_RESOLVE);
    assert_string_equal(trial.facts->token.host, "nobody.invalid");
    assert_string_equal(trial.facts->token_url, "https://nobody.invalid/token");
    assert_skipped(&trial, CHECK_TOKEN_CONNECT, CHECK_TOKEN_CLAIMS);
    trial_assert_state(&trial, CHECK_IMAP_GREETING, CHECK_OK, NULL);
    trial_teardown(&trial);
}

/* ---- The IMAP leg fails ------------------------------------------------------------ */

static void test_a_dead_imap_leg_does_not_hide_the_token(void **state)
{
    static const struct server_step bye[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_SAY("* BYE too many connections\r\n"),
        SERVER_END,
    };
    static const struct server_step no_imap[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_SAY("220 ESMTP\x1b[2J\r\n"),
        SERVER_END,
    };
    static const struct server_step wrong_name[] = {
        SERVER_TLS(CERT_WRONG_NAME),
        SERVER_END,
    };
    static const struct server_step plain[] = {
        SERVER_SAY("* OK plain text\r\n"),
        SERVER_END,
    };
    static const struct server_step closes[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_CLOSE,
        SERVER_END,
    };
    static const struct server_step endless[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_FLOOD(
            "* OK aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        SERVER_END,
    };
    static const struct {
        const struct server_step *script;
        enum check_stage stage;
        enum net_reason reason;
    } rows[] = {
        {bye, CHECK_IMAP_GREETING, NET_OK},
        {no_imap, CHECK_IMAP_GREETING, NET_OK},
        {wrong_name, CHECK_IMAP_TLS, NET_TLS_NAME},
        {plain, CHECK_IMAP_TLS, NET_TLS_NOT_TLS},
        {closes, CHECK_IMAP_GREETING, NET_CLOSED},
        {endless, CHECK_IMAP_GREETING, NET_TOO_MUCH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trial trial;

        trial_setup(&trial, trial_token_good, rows[i].script);
        trial_run(&trial);
        trial_assert_failed(&trial, rows[i].stage);
        if (rows[i].reason != NET_OK)
            assert_int_equal(trial.facts->imap_failure.reason, rows[i].reason);
        trial_assert_state(&trial, CHECK_TOKEN_REQUEST, CHECK_OK, "Bearer token, 3599 s");
        assert_skipped(&trial, CHECK_IMAP_AUTHENTICATE, CHECK_IMAP_PREVIEW);
        assert_true(trial.facts->had_token);
        trial_teardown(&trial);
    }
}

static void test_both_legs_may_fail(void **state)
{
    static const struct server_step token[] = {
        TRIAL_ASKED,
        SERVER_REPLY(400, "{\"error\":\"invalid_scope\"}"),
        SERVER_END,
    };
    static const struct server_step imap[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_SAY("* BYE closed\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, token, imap);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_TOKEN_REQUEST);
    trial_assert_state(&trial, CHECK_IMAP_GREETING, CHECK_FAILED, "BYE closed");
    trial_teardown(&trial);
}

static void test_a_missing_mechanism_is_named(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=PLAIN AUTH=CRAM-MD5"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_AUTHENTICATE);
    assert_int_equal(trial.facts->imap_status, IMAP_UNABLE);
    assert_int_equal(trial.facts->mechanism, IMAP_MECHANISM_NONE);
    assert_non_null(strstr(trial.facts->capabilities, "AUTH=CRAM-MD5"));
    trial_teardown(&trial);
}

/* {"status":"401","schemes":"bearer"} */
static void test_a_refused_token_keeps_the_servers_challenge(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
        SERVER_SAY("+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n"),
        SERVER_HEAR(""),
        SERVER_SAY("$TAG NO [AUTHENTICATIONFAILED] no\x1b[2J\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_AUTHENTICATE);
    assert_int_equal(trial.facts->imap_status, IMAP_NO);
    assert_string_equal(trial.facts->answer.code, "AUTHENTICATIONFAILED");
    assert_string_equal(trial.facts->answer.text, "no?[2J");
    assert_string_equal(trial.facts->answer.challenge,
                        "{\"status\":\"401\",\"schemes\":\"bearer\"}");
    assert_skipped(&trial, CHECK_IMAP_OPEN, CHECK_IMAP_PREVIEW);
    trial_teardown(&trial);
}

static void test_a_mailbox_that_is_not_connected_fails_at_open(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_LOGGED_IN,
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("$TAG BAD User is authenticated but not connected.\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_OPEN);
    trial_assert_state(&trial, CHECK_IMAP_OPEN, CHECK_FAILED,
                       "BAD User is authenticated but not connected.");
    assert_int_equal(trial.facts->imap_status, IMAP_BAD);
    assert_null(trial.facts->folders);
    trial_teardown(&trial);
}

static void test_a_missing_folder_brings_the_folders_there_are(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_LOGGED_IN,
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("$TAG NO [NONEXISTENT] no such folder\r\n"),
        SERVER_HEAR("* LIST *"),
        SERVER_SAY("* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"Support\"\r\n"
                   "$TAG OK done\r\n"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_set(&trial, SET_MAILBOX_FOLDER, "Suport");
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_OPEN);
    trial_assert_state(&trial, CHECK_IMAP_OPEN, CHECK_FAILED,
                       "NO [NONEXISTENT] no such folder");
    assert_string_equal(trial.facts->answer.code, "NONEXISTENT");
    assert_non_null(trial.facts->folders);
    assert_string_equal(trial.facts->folders[0], "INBOX");
    assert_string_equal(trial.facts->folders[1], "Support");
    assert_null(trial.facts->folders[2]);
    trial_teardown(&trial);
}

static void test_throttling_is_kept_in_the_servers_words(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_LOGGED_IN,
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("$TAG BAD Request is throttled. Suggested Backoff Time: 4711 "
                   "milliseconds\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_OPEN);
    assert_non_null(strstr(trial.facts->answer.text, "Backoff Time: 4711"));
    trial_teardown(&trial);
}

static void test_plain_text_behind_starttls_is_an_injection(void **state)
{
    static const struct server_step imap[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS] plain\r\n"),
        SERVER_HEAR("* STARTTLS"),
        SERVER_SAY("$TAG OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_set(&trial, SET_SERVER_SECURITY, "starttls");
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_TLS);
    assert_int_equal(trial.facts->imap_failure.reason, NET_INJECTED);
    trial_assert_state(&trial, CHECK_IMAP_GREETING, CHECK_OK, NULL);
    trial_teardown(&trial);
}

static void test_a_server_without_starttls_is_told_so(void **state)
{
    static const struct server_step imap[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] plain\r\n"),
        SERVER_END,
    };
    struct trial trial;
    char *heard;

    (void)state;
    trial_setup(&trial, NULL, imap);
    trial_set(&trial, SET_SERVER_SECURITY, "starttls");
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_TLS);
    assert_int_equal(trial.facts->imap_status, IMAP_UNABLE);
    heard = server_heard(trial.imap);
    assert_true(!heard || !strstr(heard, "AUTHENTICATE"));
    free(heard);
    trial_teardown(&trial);
}

/* ---- What the server offers once logged in ----------------------------------------- */

static void test_capabilities_that_the_login_told_are_kept(void **state)
{
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    trial_run(&trial);
    assert_string_equal(trial.facts->capabilities, "IMAP4rev1 SASL-IR AUTH=XOAUTH2");
    assert_string_equal(trial.facts->login_capabilities, "IMAP4rev1 IDLE MOVE");
    trial_teardown(&trial);
}

/* Neither side of the folder's opening waits for the question. */
static void test_capabilities_are_asked_for_behind_the_preview(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
        SERVER_SAY("$TAG OK in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("* 1 EXISTS\r\n$TAG OK [READ-ONLY] open\r\n"),
        SERVER_HEAR("* UID SEARCH UNSEEN"),
        SERVER_SAY("* SEARCH\r\n$TAG OK found\r\n"),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_SAY("* CAPABILITY IMAP4rev1 MOVE CLIENTACCESSRULES\r\n$TAG OK\r\n"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    assert_all_ok(&trial, CHECK_SETTINGS);
    assert_string_equal(trial.facts->capabilities, "IMAP4rev1 SASL-IR AUTH=XOAUTH2");
    assert_string_equal(trial.facts->login_capabilities,
                        "IMAP4rev1 MOVE CLIENTACCESSRULES");
    assert_true(server_wait_end(trial.imap));
    trial_teardown(&trial);
}

static void test_capabilities_are_asked_for_behind_a_refused_folder(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
        SERVER_SAY("$TAG OK in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("$TAG BAD User is authenticated but not connected.\r\n"),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_SAY("* CAPABILITY IMAP4rev1 MOVE\r\n$TAG OK done\r\n"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, imap);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_OPEN);
    assert_string_equal(trial.facts->login_capabilities, "IMAP4rev1 MOVE");
    assert_string_equal(trial.facts->answer.text,
                        "User is authenticated but not connected.");
    assert_true(server_wait_end(trial.imap));
    trial_teardown(&trial);
}

/* What is asked for the report alone must not spoil what came before it. */
static void test_a_server_that_does_not_tell_its_capabilities_spoils_nothing(void **state)
{
    static const struct server_step refuses[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
        SERVER_SAY("$TAG OK in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("$TAG BAD not connected\r\n"),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_SAY("$TAG BAD not this either\r\n"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    static const struct server_step leaves[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
        SERVER_SAY("$TAG OK in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("* BYE not connected\r\n"),
        SERVER_CLOSE,
        SERVER_END,
    };
    static const struct server_step hangs[] = {
        TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
        SERVER_SAY("$TAG OK in\r\n"),
        SERVER_HEAR("* EXAMINE *"),
        SERVER_SAY("$TAG BAD not connected\r\n"),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_HANG,
        SERVER_END,
    };
    static const struct {
        const struct server_step *script;
        const char *evidence;
    } rows[] = {
        {refuses, "BAD not connected"},
        {hangs, "BAD not connected"},
        {leaves, "BYE not connected"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trial trial;

        trial_setup(&trial, trial_token_good, rows[i].script);
        trial_set(&trial, SET_SERVER_TIMEOUT_SECONDS, "1");
        trial_run(&trial);
        trial_assert_failed(&trial, CHECK_IMAP_OPEN);
        trial_assert_state(&trial, CHECK_IMAP_OPEN, CHECK_FAILED, rows[i].evidence);
        assert_int_not_equal(trial.facts->imap_failure.reason, NET_TIMED_OUT);
        assert_string_equal(trial.facts->login_capabilities, "");
        trial_teardown(&trial);
    }
}

/* Gmail's way: the reason comes before a NO that says less. */
static void test_an_untagged_refusal_is_kept(void **state)
{
    static const struct server_step imap[] = {
        TRIAL_GREETING("SASL-IR AUTH=PLAIN"),
        SERVER_HEAR("* AUTHENTICATE PLAIN *"),
        SERVER_SAY("* NO [WEBALERT https://example.org/c] Web login required.\r\n"
                   "$TAG NO [ALERT] Please log in via your web browser\r\n"),
        SERVER_HEAR("* LOGOUT"),
        SERVER_END,
    };
    struct trial trial;

    (void)state;
    trial_setup(&trial, NULL, imap);
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_IMAP_AUTHENTICATE);
    assert_string_equal(trial.facts->answer.code, "ALERT");
    assert_string_equal(trial.facts->answer.text, "Please log in via your web browser");
    assert_string_equal(trial.facts->answer.alert,
                        "[WEBALERT https://example.org/c] Web login required.");
    trial_teardown(&trial);
}

/* ---- Settings ---------------------------------------------------------------------- */

static void test_a_ca_file_that_is_none_fails_the_settings(void **state)
{
    struct trial trial;

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    trial_set(&trial, SET_TLS_CA_FILE, "/nonexistent/ca.pem");
    trial_run(&trial);
    trial_assert_failed(&trial, CHECK_SETTINGS);
    assert_string_equal(trial.facts->settings_error.key, "tls.ca_file");
    assert_skipped(&trial, CHECK_TOKEN_RESOLVE, CHECK_IMAP_PREVIEW);
    assert_int_equal(server_connections(trial.imap), 0);
    assert_int_equal(server_connections(trial.token), 0);
    trial_teardown(&trial);
}

static void test_settings_that_are_not_complete_connect_to_nothing(void **state)
{
    struct trial trial = {0};
    struct settings settings;
    struct err err = ERR_INIT;

    (void)state;
    settings_init(&settings);
    settings.client_secret.place = SECRET_TYPED;
    settings.client_secret.value = secret_new(TRIAL_SECRET, strlen(TRIAL_SECRET));
    err_set_key(&err, ERR_SETTING, "oauth.token_url", "Token URL is only a path.");
    trial.facts = check_settings_failed(&settings, &err);
    trial_assert_failed(&trial, CHECK_SETTINGS);
    trial_assert_state(&trial, CHECK_SETTINGS, CHECK_FAILED, "Token URL is only a path.");
    assert_skipped(&trial, CHECK_TOKEN_RESOLVE, CHECK_IMAP_PREVIEW);
    assert_string_equal(trial.facts->settings_error.key, "oauth.token_url");
    assert_int_equal(trial.facts->entered.client_secret.place, SECRET_UNSET);
    trial_assert_no_secret(trial.facts);
    check_facts_free(&trial.facts);
    settings_free(&settings);
}

/* ---- Each stage's deadline --------------------------------------------------------- */

static void test_silence_ends_with_the_stages_deadline(void **state)
{
    static const struct server_step silent[] = {SERVER_HANG, SERVER_END};
    static const struct server_step asked[] = {TRIAL_ASKED, SERVER_HANG, SERVER_END};
    static const struct server_step shaken[] = {SERVER_TLS(CERT_GOOD), SERVER_HANG,
                                                SERVER_END};
    static const struct server_step greeted[] = {TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
                                                 SERVER_HANG, SERVER_END};
    static const struct server_step logged_in[] = {TRIAL_LOGGED_IN, SERVER_HANG,
                                                   SERVER_END};
    static const struct server_step opened[] = {TRIAL_OPENED, SERVER_HANG, SERVER_END};
    static const struct server_step quiet[] = {TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
                                               SERVER_END};
    static const struct {
        const struct server_step *token, *imap;
        enum check_stage stage;
    } rows[] = {
        {silent, quiet, CHECK_TOKEN_TLS},
        {asked, quiet, CHECK_TOKEN_REQUEST},
        {trial_token_good, silent, CHECK_IMAP_TLS},
        {trial_token_good, shaken, CHECK_IMAP_GREETING},
        {trial_token_good, greeted, CHECK_IMAP_AUTHENTICATE},
        {trial_token_good, logged_in, CHECK_IMAP_OPEN},
        {trial_token_good, opened, CHECK_IMAP_PREVIEW},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trial trial;

        trial_setup(&trial, rows[i].token, rows[i].imap);
        trial_set(&trial, SET_SERVER_TIMEOUT_SECONDS, "1");
        trial_run(&trial);
        if (rows[i].stage == CHECK_IMAP_PREVIEW) {
            trial_assert_state(&trial, CHECK_IMAP_PREVIEW, CHECK_WARNED,
                               "no answer in time");
        } else {
            trial_assert_failed(&trial, rows[i].stage);
            trial_assert_state(&trial, rows[i].stage, CHECK_FAILED, "no answer in time");
        }
        trial_teardown(&trial);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_opens_the_mailbox),
        cmocka_unit_test(test_no_round_trip_is_wasted),
        cmocka_unit_test(test_oauthbearer_is_used_where_it_is_offered),
        cmocka_unit_test(test_basic_auth_has_no_token_stages),
        cmocka_unit_test(test_starttls_comes_after_the_greeting),
        cmocka_unit_test(test_what_is_odd_is_warned_of),
        cmocka_unit_test(test_a_secret_that_ends_soon_is_told_although_the_test_passes),
        cmocka_unit_test(test_a_scope_that_was_granted_among_others_is_fine),
        cmocka_unit_test(test_a_preview_that_fails_spoils_nothing),
        cmocka_unit_test(test_a_dead_token_leg_does_not_hide_imap),
        cmocka_unit_test(test_a_token_host_without_a_name_is_named),
        cmocka_unit_test(test_a_dead_imap_leg_does_not_hide_the_token),
        cmocka_unit_test(test_both_legs_may_fail),
        cmocka_unit_test(test_a_missing_mechanism_is_named),
        cmocka_unit_test(test_a_refused_token_keeps_the_servers_challenge),
        cmocka_unit_test(test_a_mailbox_that_is_not_connected_fails_at_open),
        cmocka_unit_test(test_a_missing_folder_brings_the_folders_there_are),
        cmocka_unit_test(test_throttling_is_kept_in_the_servers_words),
        cmocka_unit_test(test_plain_text_behind_starttls_is_an_injection),
        cmocka_unit_test(test_a_server_without_starttls_is_told_so),
        cmocka_unit_test(test_capabilities_that_the_login_told_are_kept),
        cmocka_unit_test(test_capabilities_are_asked_for_behind_the_preview),
        cmocka_unit_test(test_capabilities_are_asked_for_behind_a_refused_folder),
        cmocka_unit_test(
            test_a_server_that_does_not_tell_its_capabilities_spoils_nothing),
        cmocka_unit_test(test_an_untagged_refusal_is_kept),
        cmocka_unit_test(test_a_ca_file_that_is_none_fails_the_settings),
        cmocka_unit_test(test_settings_that_are_not_complete_connect_to_nothing),
        cmocka_unit_test(test_silence_ends_with_the_stages_deadline),
    };

    return cmocka_run_group_tests_name("check", tests, trial_without_proxies, NULL);
}
