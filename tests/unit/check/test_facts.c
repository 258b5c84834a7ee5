/* Stages by their names, and what the facts keep of what was entered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "check/facts.h"

#define GUID "11112222-aaaa-3333-bBbB-4444cccc5555"

/* In the order and the words of the JSON; programs read them. */
static void test_stages_have_their_names(void **state)
{
    static const char *const ids[] = {
        "settings",      "token.resolve", "token.connect",     "token.tls",
        "token.request", "token.claims",  "imap.resolve",      "imap.connect",
        "imap.tls",      "imap.greeting", "imap.authenticate", "imap.open",
        "imap.preview",
    };

    (void)state;
    assert_int_equal(sizeof ids / sizeof ids[0], CHECK_STAGE_COUNT);
    for (int stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        assert_string_equal(check_stage_id((enum check_stage)stage), ids[stage]);
        assert_string_not_equal(check_stage_label((enum check_stage)stage), "");
        assert_int_equal(check_stage_is_token((enum check_stage)stage),
                         strncmp(ids[stage], "token.", 6) == 0);
    }
}

static void test_states_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(check_state_id(CHECK_OK), "ok");
    assert_string_equal(check_state_id(CHECK_WARNED), "warned");
    assert_string_equal(check_state_id(CHECK_FAILED), "failed");
    assert_string_equal(check_state_id(CHECK_SKIPPED), "skipped");
    assert_string_equal(check_state_id(CHECK_STOPPED), "cancelled");
    assert_string_equal(check_state_id(CHECK_WAITING), "skipped");
}

static void test_a_credential_is_known_by_its_shape(void **state)
{
    static const struct {
        const char *credential;
        bool is_guid, is_entra_value, has_outer_blank, has_special;
    } rows[] = {
        {"", false, false, false, false},
        {GUID, true, false, false, false},
        {"11112222-aaaa-3333-bbbb-4444cccc555", false, false, false, false},
        {"1111222g-aaaa-3333-bbbb-4444cccc5555", false, false, false, false},
        {"11112222aaaaa-3333-bbbb-4444cccc5555", false, false, false, false},
        {"Ab~8Q~abcdefghijklmnopqrstuvwxyz01234", false, true, false, false},
        {"Ab~8Q~abcdefghijklmnopqrstuvwxyz01234567", false, true, false, false},
        {"Ab~8Q~abcdefghijklmnopqrstuvwxyz0123", false, false, false, false},
        {"Ab~8Q~abcdefghijklmnopqrstuvwxyz012345678", false, false, false, false},
        {"Ab~xQ~abcdefghijklmnopqrstuvwxyz01234", false, false, false, false},
        {"Ab 8Q~abcdefghijklmnopqrstuvwxyz01234", false, false, false, true},
        {" blank", false, false, true, true},
        {"blank\n", false, false, true, true},
        {"a+b", false, false, false, true},
        {"\xC3\xA9", false, false, false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_facts *facts = check_facts_new();
        struct secret *secret =
            secret_new(rows[i].credential, strlen(rows[i].credential));

        check_facts_shape(facts, secret);
        assert_int_equal(facts->credential.length, strlen(rows[i].credential));
        assert_int_equal(facts->credential.is_guid, rows[i].is_guid);
        assert_int_equal(facts->credential.is_entra_value, rows[i].is_entra_value);
        assert_int_equal(facts->credential.has_outer_blank, rows[i].has_outer_blank);
        assert_int_equal(facts->credential.has_special, rows[i].has_special);
        secret_free(&secret);
        check_facts_free(&facts);
    }
}

static void test_what_was_entered_is_kept_without_its_secrets(void **state)
{
    struct check_facts *facts = check_facts_new();
    struct settings settings;

    (void)state;
    settings_init(&settings);
    settings_set(&settings, SET_AUTH_METHOD, "oauth");
    settings_set(&settings, SET_OAUTH_SCOPE, "imap");
    settings.client_secret.place = SECRET_TYPED;
    settings.client_secret.value = secret_new("s", 1);
    settings.basic_password.place = SECRET_TYPED;
    settings.basic_password.value = secret_new("p", 1);
    check_facts_enter(facts, &settings);
    assert_true(facts->used_oauth);
    assert_string_equal(settings_text(&facts->entered, SET_OAUTH_SCOPE), "imap");
    assert_int_equal(facts->entered.client_secret.place, SECRET_UNSET);
    assert_int_equal(facts->entered.basic_password.place, SECRET_UNSET);
    assert_true(facts->credential_set);
    secret_ref_clear(&settings.client_secret);
    check_facts_enter(facts, &settings);
    assert_false(facts->credential_set); /* the password is not what OAuth asks for */
    settings_free(&settings);
    check_facts_free(&facts);
    assert_null(facts);
}

static void test_a_proxys_login_is_not_kept(void **state)
{
    static const struct {
        const char *entered, *kept;
    } rows[] = {
        {"", ""},
        {"http://proxy:3128", "http://proxy:3128"},
        {"http://jane:s3cret@proxy:3128", "http://proxy:3128"},
        {"http://jane:p@ss@proxy:3128/a@b", "http://proxy:3128/a@b"},
        {"jane:s3cret@proxy:3128", "proxy:3128"},
        {"http://proxy/?a=b@c", "http://proxy/?a=b@c"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_facts *facts = check_facts_new();
        struct settings settings;

        settings_init(&settings);
        settings_set(&settings, SET_OAUTH_PROXY, rows[i].entered);
        check_facts_enter(facts, &settings);
        assert_string_equal(settings_text(&facts->entered, SET_OAUTH_PROXY),
                            rows[i].kept);
        settings_free(&settings);
        check_facts_free(&facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages_have_their_names),
        cmocka_unit_test(test_states_have_their_names),
        cmocka_unit_test(test_a_credential_is_known_by_its_shape),
        cmocka_unit_test(test_what_was_entered_is_kept_without_its_secrets),
        cmocka_unit_test(test_a_proxys_login_is_not_kept),
    };

    return cmocka_run_group_tests_name("check/facts", tests, NULL, NULL);
}
