/* The line beside each stage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "check/evidence.h"

static char line[EVIDENCE_MAX];

static void test_each_reason_of_the_network_has_words(void **state)
{
    (void)state;
    for (int reason = NET_CANCELLED; reason <= NET_SYSTEM; reason++) {
        struct net_failure failure = {.reason = (enum net_reason)reason};

        evidence_of_net_failure(line, sizeof line, &failure);
        assert_string_not_equal(line, "");
    }
}

static void test_the_librarys_words_stand_where_ours_say_too_little(void **state)
{
    struct net_failure failure = {.reason = NET_TLS_FAILED, .text = "Handshake failed."};

    (void)state;
    evidence_of_net_failure(line, sizeof line, &failure);
    assert_string_equal(line, "the TLS handshake failed: Handshake failed.");
    failure.reason = NET_SYSTEM;
    evidence_of_net_failure(line, sizeof line, &failure);
    assert_string_equal(line, "Handshake failed.");
    failure.reason = NET_REFUSED;
    evidence_of_net_failure(line, sizeof line, &failure);
    assert_string_equal(line, "connection refused");
}

static void test_a_certificate_near_its_end_is_warned_of(void **state)
{
    static const struct {
        int days;
        enum check_state state;
    } rows[] = {{1, CHECK_WARNED}, {13, CHECK_WARNED}, {15, CHECK_OK}, {90, CHECK_OK}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_facts tls = {.version = "TLS 1.3", .chain_length = 1};

        tls.chain[0].valid_until = time(NULL) + (time_t)rows[i].days * 24 * 3600;
        assert_int_equal(evidence_tls_state(&tls), rows[i].state);
    }
}

static void test_tls_tells_its_version_and_the_last_day(void **state)
{
    struct tls_facts tls = {.version = "TLS 1.3", .chain_length = 1};

    (void)state;
    tls.chain[0].valid_until = 1803859200; /* 2027-03-01 */
    evidence_of_tls(line, sizeof line, &tls);
    assert_string_equal(line, "TLS 1.3, valid until 2027-03-01");
    tls.chain_length = 0;
    evidence_of_tls(line, sizeof line, &tls);
    assert_string_equal(line, "TLS 1.3");
    assert_int_equal(evidence_tls_state(&tls), CHECK_OK);
}

static void test_a_proxy_is_named_with_where_it_comes_from(void **state)
{
    struct token_answer answer = {.host = "proxy", .proxy = "proxy:3128"};

    (void)state;
    evidence_of_token_phase(line, sizeof line, TOKEN_RESOLVE, &answer);
    assert_string_equal(line, "proxy proxy:3128");
    answer.proxy_from_environment = true;
    evidence_of_token_phase(line, sizeof line, TOKEN_RESOLVE, &answer);
    assert_string_equal(line, "proxy proxy:3128, from the environment");
    answer.phase = TOKEN_CONNECT;
    answer.failure = (struct net_failure){.reason = NET_REFUSED, .code = 407};
    evidence_of_token_failure(line, sizeof line, &answer);
    assert_string_equal(line, "the proxy answers HTTP 407");
}

static void assert_scope(const char *asked, const char *granted,
                         enum check_state expected)
{
    struct check_facts *facts = check_facts_new();

    settings_set(&facts->entered, SET_OAUTH_SCOPE, asked);
    snprintf(facts->token.scope, sizeof facts->token.scope, "%s", granted);
    assert_int_equal(evidence_of_token(line, sizeof line, facts), expected);
    check_facts_free(&facts);
}

static void test_a_scope_that_was_dropped_is_warned_of(void **state)
{
    (void)state;
    assert_scope("imap", "imap", CHECK_OK);
    assert_scope("imap", "", CHECK_OK);
    assert_scope("", "imap", CHECK_OK);
    assert_scope("a b", "b a", CHECK_OK);
    assert_scope("a b", "c b a", CHECK_OK);
    assert_scope("a b", "b", CHECK_WARNED);
    assert_scope("imap", "imap.read", CHECK_WARNED);
    assert_scope("https://x/.default", "https://x/IMAP.AccessAsApp", CHECK_OK);
    assert_scope("a  b ", "a b", CHECK_OK);
}

static void assert_claims(const char *source, const char *aud, const char *role,
                          enum check_state expected)
{
    struct check_facts *facts = check_facts_new();

    settings_set(&facts->entered, SET_OAUTH_SOURCE, source);
    facts->claims.decoded = true;
    snprintf(facts->claims.aud, sizeof facts->claims.aud, "%s", aud);
    if (role)
        snprintf(facts->claims.roles[facts->claims.role_count++],
                 sizeof facts->claims.roles[0], "%s", role);
    assert_int_equal(evidence_of_claims(line, sizeof line, facts), expected);
    check_facts_free(&facts);
}

static void test_a_token_for_exchange_needs_its_role(void **state)
{
    (void)state;
    assert_claims("exchange", "x", NULL, CHECK_WARNED);
    assert_claims("exchange", "x", "IMAP.AccessAsApp", CHECK_OK);
    assert_string_equal(line, "aud x, role IMAP.AccessAsApp");
    assert_claims("custom", "https://outlook.office365.com", NULL, CHECK_WARNED);
    assert_claims("custom", "https://outlook.office365.com", "Mail.Read", CHECK_WARNED);
    assert_claims("custom", "https://mail.example.com", NULL, CHECK_OK);
    assert_string_equal(line, "aud https://mail.example.com");
}

static void test_a_greeting_is_told_as_its_software(void **state)
{
    static const char exchange[] =
        "The Microsoft Exchange IMAP4 service is ready. [TABPAEEAUAByADAA]";

    (void)state;
    evidence_of_greeting(line, sizeof line, exchange);
    assert_string_equal(line, "Microsoft Exchange");
    evidence_of_greeting(line, sizeof line, "Something of our own");
    assert_string_equal(line, "Something of our own");
    evidence_of_greeting(line, sizeof line, "");
    assert_string_equal(line, "ready");
}

static void test_an_imap_answer_is_told_in_the_servers_words(void **state)
{
    static const struct {
        enum imap_status status;
        struct imap_answer answer;
        enum net_reason reason;
        const char *evidence;
    } rows[] = {
        {IMAP_NO, {.code = "ALERT", .text = "no"}, NET_OK, "NO [ALERT] no"},
        {IMAP_NO, {.text = "no"}, NET_OK, "NO no"},
        {IMAP_BAD, {.text = "what"}, NET_OK, "BAD what"},
        {IMAP_BYE, {.bye = "bye"}, NET_OK, "BYE bye"},
        {IMAP_GARBLED, {.text = ""}, NET_OK, "the answer is no IMAP"},
        {IMAP_UNABLE, {.text = ""}, NET_OK, "the server does not offer it"},
        {IMAP_STREAM, {.text = ""}, NET_TIMED_OUT, "no answer in time"},
        {IMAP_STREAM, {.bye = "closed. 14"}, NET_CLOSED, "BYE closed. 14"},
        {IMAP_STREAM, {.text = ""}, NET_CLOSED, "the server ended the connection"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct net_failure failure = {.reason = rows[i].reason};

        evidence_of_answer(line, sizeof line, rows[i].status, &rows[i].answer, &failure);
        assert_string_equal(line, rows[i].evidence);
    }
}

static void test_settings_tell_of_a_secret_that_ends_soon(void **state)
{
    static const struct {
        bool oauth;
        struct expiry expiry;
        enum check_state state;
        const char *evidence;
    } rows[] = {
        {false, {EXPIRY_NONE, 0, ""}, CHECK_OK, "Basic auth"},
        {true, {EXPIRY_NONE, 0, ""}, CHECK_OK, "OAuth"},
        {true, {EXPIRY_FINE, 31, "2026-12-24"}, CHECK_OK, "OAuth"},
        {true,
         {EXPIRY_SOON, 12, "2026-12-05"},
         CHECK_WARNED,
         "OAuth; Client secret expires 2026-12-05, in 12 days"},
        {true,
         {EXPIRY_PAST, -1, "2026-11-22"},
         CHECK_WARNED,
         "OAuth; Client secret expired 2026-11-22, 1 day ago"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_facts *facts = check_facts_new();

        facts->used_oauth = rows[i].oauth;
        facts->secret_expiry = rows[i].expiry;
        assert_int_equal(evidence_of_settings(line, sizeof line, facts), rows[i].state);
        assert_string_equal(line, rows[i].evidence);
        check_facts_free(&facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_tell_of_a_secret_that_ends_soon),
        cmocka_unit_test(test_each_reason_of_the_network_has_words),
        cmocka_unit_test(test_the_librarys_words_stand_where_ours_say_too_little),
        cmocka_unit_test(test_a_certificate_near_its_end_is_warned_of),
        cmocka_unit_test(test_tls_tells_its_version_and_the_last_day),
        cmocka_unit_test(test_a_proxy_is_named_with_where_it_comes_from),
        cmocka_unit_test(test_a_scope_that_was_dropped_is_warned_of),
        cmocka_unit_test(test_a_token_for_exchange_needs_its_role),
        cmocka_unit_test(test_a_greeting_is_told_as_its_software),
        cmocka_unit_test(test_an_imap_answer_is_told_in_the_servers_words),
    };

    return cmocka_run_group_tests_name("check/evidence", tests, NULL, NULL);
}
