/* The rules of the Microsoft Exchange page: pre-fills, the path that is no URL, the scope
 * that does not work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "unit/wizard/fixture.h"

static void choose_exchange(struct fixture *f)
{
    fixture_edit(f, SET_AUTH_METHOD, "oauth");
    fixture_edit(f, SET_OAUTH_SOURCE, "exchange");
    fixture_go(f, PAGE_EXCHANGE);
}

static void assert_value(const struct fixture *f, enum setting_id id, const char *text)
{
    assert_string_equal(fixture_value(f, id), text);
}

static void test_choosing_exchange_fills_in_what_is_known(void **state)
{
    struct fixture *f = *state;

    choose_exchange(f);
    assert_value(f, SET_OAUTH_SCOPE, DELEGATED);
    assert_value(f, SET_OAUTH_TOKEN_URL, PATH_ONLY);
    assert_value(f, SET_SERVER_HOST, "outlook.office365.com");
    assert_value(f, SET_SERVER_PORT, "993");
    assert_value(f, SET_SERVER_SECURITY, "tls");
}

static void test_a_path_says_what_the_full_url_looks_like(void **state)
{
    struct fixture *f = *state;
    struct notice notice;

    choose_exchange(f);
    notice = wizard_field_notice(f->wizard, SET_OAUTH_TOKEN_URL);
    assert_int_equal(notice.level, NOTICE_WARNING);
    assert_non_null(strstr(notice.text, "only the path. Enter the full URL:\n"
                                        "https://login.microsoftonline.com/TENANT"
                                        "/oauth2/v2.0/token"));
    fixture_edit(f, SET_OAUTH_CLOUD, "china");
    notice = wizard_field_notice(f->wizard, SET_OAUTH_TOKEN_URL);
    assert_non_null(
        strstr(notice.text, "https://login.partner.microsoftonline.cn/TENANT"));
}

static void test_a_path_is_neither_tested_nor_saved(void **state)
{
    struct fixture *f = *state;

    fixture_fill_exchange(f);
    fixture_edit(f, SET_OAUTH_TENANT, "");
    assert_value(f, SET_OAUTH_TOKEN_URL, PATH_ONLY);
    assert_int_equal(fixture_send(f, WIZARD_TEST), EFFECT_BELL);
    assert_int_equal(wizard_page(f->wizard), PAGE_EXCHANGE);
    assert_int_equal(wizard_focus(f->wizard)->setting, SET_OAUTH_TOKEN_URL);
    assert_non_null(wizard_field_error(f->wizard, SET_OAUTH_TOKEN_URL));
    assert_int_equal(fixture_send(f, WIZARD_SAVE), EFFECT_BELL);
    assert_null(wizard_question(f->wizard));
}

static void test_the_tenant_completes_the_url_in_place(void **state)
{
    struct fixture *f = *state;

    choose_exchange(f);
    fixture_edit(f, SET_OAUTH_TENANT, "contoso.onmicrosoft.com");
    assert_value(f, SET_OAUTH_TOKEN_URL,
                 "https://login.microsoftonline.com/contoso.onmicrosoft.com"
                 "/oauth2/v2.0/token");
    fixture_edit(f, SET_OAUTH_TENANT, TENANT);
    assert_value(f, SET_OAUTH_TOKEN_URL, FULL_URL);
    fixture_edit(f, SET_OAUTH_TENANT, "");
    assert_value(f, SET_OAUTH_TOKEN_URL, PATH_ONLY);
}

static void test_typing_the_tenant_letter_by_letter_completes_the_url(void **state)
{
    struct fixture *f = *state;
    char typed[sizeof TENANT];

    choose_exchange(f);
    for (size_t i = 1; i < sizeof typed; i++) {
        memcpy(typed, TENANT, i);
        typed[i] = '\0';
        fixture_edit(f, SET_OAUTH_TENANT, typed);
    }
    assert_value(f, SET_OAUTH_TOKEN_URL, FULL_URL);
}

static void test_another_cloud_moves_what_was_derived(void **state)
{
    struct fixture *f = *state;

    choose_exchange(f);
    fixture_edit(f, SET_OAUTH_TENANT, TENANT);
    fixture_edit(f, SET_OAUTH_CLOUD, "usgov");
    assert_value(f, SET_OAUTH_TOKEN_URL,
                 "https://login.microsoftonline.us/" TENANT "/oauth2/v2.0/token");
    assert_value(f, SET_SERVER_HOST, "outlook.office365.us");
    assert_value(f, SET_OAUTH_SCOPE, DELEGATED);
}

static void test_another_cloud_leaves_alone_what_was_typed(void **state)
{
    struct fixture *f = *state;
    const char *url = "https://login.example.com/own/oauth2/v2.0/token";

    choose_exchange(f);
    fixture_edit(f, SET_OAUTH_TENANT, TENANT);
    fixture_edit(f, SET_OAUTH_TOKEN_URL, url);
    fixture_edit(f, SET_OAUTH_SCOPE, WORKING);
    fixture_edit(f, SET_SERVER_HOST, "outlook.office365.com");
    fixture_edit(f, SET_OAUTH_CLOUD, "china");
    fixture_edit(f, SET_OAUTH_TENANT, "contoso.com");
    assert_value(f, SET_OAUTH_TOKEN_URL, url);
    assert_value(f, SET_OAUTH_SCOPE, WORKING);
    assert_value(f, SET_SERVER_HOST, "outlook.office365.com");
}

static void test_a_typed_bare_path_is_completed_too(void **state)
{
    struct fixture *f = *state;

    choose_exchange(f);
    fixture_edit(f, SET_OAUTH_TOKEN_URL, "");
    fixture_edit(f, SET_OAUTH_TOKEN_URL, PATH_ONLY);
    fixture_edit(f, SET_OAUTH_TENANT, TENANT);
    assert_value(f, SET_OAUTH_TOKEN_URL, FULL_URL);
}

static void test_the_delegated_scope_is_said_to_be_refused(void **state)
{
    struct fixture *f = *state;
    struct notice notice;

    choose_exchange(f);
    notice = wizard_field_notice(f->wizard, SET_OAUTH_SCOPE);
    assert_int_equal(notice.level, NOTICE_WARNING);
    assert_string_equal(notice.text,
                        "Microsoft refuses this scope without a signed-in user "
                        "(AADSTS1002012).\nF3 puts " WORKING);
    assert_string_equal(notice.text + notice.key_line, "\nF3 puts " WORKING);
    assert_string_equal(notice.fix_value, WORKING);
}

static void test_f3_puts_the_scope_that_works(void **state)
{
    struct fixture *f = *state;

    choose_exchange(f);
    assert_int_equal(fixture_send(f, WIZARD_FIX), 0);
    assert_value(f, SET_OAUTH_SCOPE, WORKING);
    assert_int_equal(wizard_field_notice(f->wizard, SET_OAUTH_SCOPE).level, NOTICE_NONE);
    assert_int_equal(fixture_send(f, WIZARD_FIX), EFFECT_BELL);
}

static void test_f3_puts_the_scope_of_the_chosen_cloud(void **state)
{
    struct fixture *f = *state;

    choose_exchange(f);
    fixture_edit(f, SET_OAUTH_CLOUD, "china");
    fixture_send(f, WIZARD_FIX);
    assert_value(f, SET_OAUTH_SCOPE, "https://partner.outlook.cn/.default");
    fixture_edit(f, SET_OAUTH_CLOUD, "dod");
    assert_value(f, SET_OAUTH_SCOPE, "https://outlook-dod.office365.us/.default");
}

static void test_testing_with_the_delegated_scope_asks_first(void **state)
{
    struct fixture *f = *state;
    const struct question *question;

    fixture_fill_exchange(f);
    fixture_edit(f, SET_OAUTH_SCOPE, DELEGATED);
    assert_int_equal(fixture_send(f, WIZARD_TEST), 0);
    question = wizard_question(f->wizard);
    assert_non_null(question);
    assert_int_equal(question->id, QUESTION_SCOPE);
    assert_non_null(strstr(question->text, WORKING));
    assert_string_equal(question->choices[question->preset].value, "use");

    assert_int_equal(fixture_answer(f, "back"), 0);
    assert_value(f, SET_OAUTH_SCOPE, DELEGATED);

    fixture_send(f, WIZARD_TEST);
    assert_int_equal(fixture_answer(f, "as-it-is"), EFFECT_START_TEST);
    assert_value(f, SET_OAUTH_SCOPE, DELEGATED);
    fixture_end_test(f, false);

    fixture_send(f, WIZARD_TEST);
    assert_int_equal(fixture_answer(f, "use"), EFFECT_START_TEST);
    assert_value(f, SET_OAUTH_SCOPE, WORKING);
}

static void test_away_from_exchange_its_prefills_go_and_come_back(void **state)
{
    struct fixture *f = *state;

    choose_exchange(f);
    fixture_edit(f, SET_OAUTH_TENANT, TENANT);
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    assert_value(f, SET_OAUTH_SCOPE, "");
    assert_value(f, SET_OAUTH_TOKEN_URL, "");
    assert_value(f, SET_SERVER_HOST, "");
    fixture_edit(f, SET_OAUTH_SOURCE, "exchange");
    assert_value(f, SET_OAUTH_SCOPE, DELEGATED);
    assert_value(f, SET_OAUTH_TOKEN_URL, FULL_URL);
    fixture_edit(f, SET_AUTH_METHOD, "basic");
    assert_value(f, SET_SERVER_HOST, "");
}

static void test_choosing_exchange_overwrites_nothing_typed(void **state)
{
    struct fixture *f = *state;

    fixture_edit(f, SET_AUTH_METHOD, "oauth");
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    fixture_edit(f, SET_OAUTH_SCOPE, "mail");
    fixture_edit(f, SET_SERVER_HOST, "imap.example.com");
    fixture_edit(f, SET_OAUTH_SOURCE, "exchange");
    assert_value(f, SET_OAUTH_SCOPE, "mail");
    assert_value(f, SET_SERVER_HOST, "imap.example.com");
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    assert_value(f, SET_OAUTH_SCOPE, "mail");
    assert_value(f, SET_SERVER_HOST, "imap.example.com");
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_choosing_exchange_fills_in_what_is_known),
        UNIT(test_a_path_says_what_the_full_url_looks_like),
        UNIT(test_a_path_is_neither_tested_nor_saved),
        UNIT(test_the_tenant_completes_the_url_in_place),
        UNIT(test_typing_the_tenant_letter_by_letter_completes_the_url),
        UNIT(test_another_cloud_moves_what_was_derived),
        UNIT(test_another_cloud_leaves_alone_what_was_typed),
        UNIT(test_a_typed_bare_path_is_completed_too),
        UNIT(test_the_delegated_scope_is_said_to_be_refused),
        UNIT(test_f3_puts_the_scope_that_works),
        UNIT(test_f3_puts_the_scope_of_the_chosen_cloud),
        UNIT(test_testing_with_the_delegated_scope_asks_first),
        UNIT(test_away_from_exchange_its_prefills_go_and_come_back),
        UNIT(test_choosing_exchange_overwrites_nothing_typed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
