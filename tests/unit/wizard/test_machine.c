/* The state machine: the way, the focus, messages, questions, test and save. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "unit/wizard/fixture.h"

static void test_it_begins_on_the_first_field(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(wizard_page(f->wizard), PAGE_AUTHENTICATION);
    assert_int_equal(wizard_focus(f->wizard)->setting, SET_AUTH_METHOD);
    assert_false(wizard_is_changed(f->wizard));
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_UNTESTED);
}

static void assert_way(struct fixture *f, const enum page_id *pages, size_t count)
{
    enum page_id way[PAGE_COUNT];

    assert_int_equal(wizard_way(f->wizard, way), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(way[i], pages[i]);
}

static void test_the_way_follows_the_choices(void **state)
{
    static const enum page_id basic[] = {PAGE_AUTHENTICATION, PAGE_BASIC, PAGE_SERVER,
                                         PAGE_PROCESSING,     PAGE_TEST,  PAGE_REVIEW};
    static const enum page_id custom[] = {
        PAGE_AUTHENTICATION, PAGE_OAUTH_PROVIDER, PAGE_CUSTOM, PAGE_SERVER,
        PAGE_PROCESSING,     PAGE_TEST,           PAGE_REVIEW};
    struct fixture *f = *state;

    fixture_edit(f, SET_AUTH_METHOD, "basic");
    assert_way(f, basic, 6);
    fixture_edit(f, SET_AUTH_METHOD, "oauth");
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    assert_way(f, custom, 7);
}

static void test_focus_goes_through_the_fields_to_the_button_and_around(void **state)
{
    static const enum setting_id order[] = {SET_OAUTH_CLIENT_ID, SET_OAUTH_CLIENT_SECRET,
                                            SET_OAUTH_TOKEN_URL, SET_OAUTH_SCOPE,
                                            SET_OAUTH_CLIENT_AUTH};
    struct fixture *f = *state;

    fixture_edit(f, SET_AUTH_METHOD, "oauth");
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    fixture_go(f, PAGE_CUSTOM);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        assert_int_equal(wizard_focus(f->wizard)->setting, order[i]);
        fixture_send(f, WIZARD_FOCUS_NEXT);
    }
    assert_null(wizard_focus(f->wizard));
    fixture_send(f, WIZARD_FOCUS_NEXT);
    assert_int_equal(wizard_focus(f->wizard)->setting, SET_OAUTH_CLIENT_ID);
    fixture_send(f, WIZARD_FOCUS_PREVIOUS);
    assert_null(wizard_focus(f->wizard));
}

static void test_a_field_is_checked_when_it_is_left(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_go(f, PAGE_SERVER);
    fixture_focus(f, SET_SERVER_PORT);
    fixture_edit(f, SET_SERVER_PORT, "99x");
    assert_null(wizard_field_error(f->wizard, SET_SERVER_PORT));
    fixture_send(f, WIZARD_FOCUS_NEXT);
    assert_non_null(wizard_field_error(f->wizard, SET_SERVER_PORT));
    /* The message goes as soon as the value is good, and not before. */
    fixture_edit(f, SET_SERVER_PORT, "0");
    assert_non_null(wizard_field_error(f->wizard, SET_SERVER_PORT));
    fixture_edit(f, SET_SERVER_PORT, "993");
    assert_null(wizard_field_error(f->wizard, SET_SERVER_PORT));
}

static void test_the_next_page_waits_for_a_valid_one(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(fixture_send(f, WIZARD_NEXT_PAGE), EFFECT_BELL);
    assert_int_equal(wizard_page(f->wizard), PAGE_AUTHENTICATION);
    assert_non_null(wizard_field_error(f->wizard, SET_AUTH_METHOD));
    fixture_edit(f, SET_AUTH_METHOD, "basic");
    assert_int_equal(fixture_send(f, WIZARD_NEXT_PAGE), 0);
    assert_int_equal(wizard_page(f->wizard), PAGE_BASIC);
    assert_true(wizard_page_is_done(f->wizard, PAGE_AUTHENTICATION));
    assert_false(wizard_page_is_done(f->wizard, PAGE_BASIC));
}

static void test_back_and_forward_lose_nothing(void **state)
{
    struct fixture *f = *state;
    struct settings before;

    fixture_fill_exchange(f);
    fixture_go(f, PAGE_SERVER);
    fixture_edit(f, SET_SERVER_PORT, "nonsense");
    settings_copy(&before, wizard_settings(f->wizard));
    for (int i = 0; i < 8; i++)
        fixture_send(f, WIZARD_PREVIOUS_PAGE);
    for (int i = 0; i < 8; i++)
        fixture_send(f, WIZARD_NEXT_PAGE);
    assert_true(settings_equal(&before, wizard_settings(f->wizard)));
    settings_free(&before);
}

static void test_a_hidden_field_keeps_its_value_and_is_not_checked(void **state)
{
    struct fixture *f = *state;
    struct err_list errors = {0};

    fixture_fill_basic(f);
    fixture_edit(f, SET_INGEST_ON_SUCCESS, "move");
    fixture_edit(f, SET_INGEST_SUCCESS_FOLDER, "INBOX");
    assert_false(wizard_check(f->wizard, PAGE_PROCESSING, &errors));
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].key, "ingest.success_folder");
    err_list_free(&errors);
    fixture_edit(f, SET_INGEST_ON_SUCCESS, "seen");
    assert_true(wizard_check(f->wizard, PAGE_PROCESSING, &errors));
    assert_string_equal(fixture_value(f, SET_INGEST_SUCCESS_FOLDER), "INBOX");
}

static void test_advanced_fields_are_folded_until_asked_for(void **state)
{
    struct fixture *f = *state;
    const struct field *fields[16];

    fixture_fill_basic(f);
    fixture_go(f, PAGE_SERVER);
    assert_true(wizard_has_advanced(f->wizard));
    assert_int_equal(wizard_fields(f->wizard, fields, 16), 5);
    fixture_send(f, WIZARD_ADVANCED);
    assert_int_equal(wizard_fields(f->wizard, fields, 16), 7);
    fixture_edit(f, SET_TLS_CA_FILE, "/etc/ca.pem");
    fixture_focus(f, SET_SERVER_TIMEOUT_SECONDS);
    fixture_send(f, WIZARD_ADVANCED);
    /* One with a value of its own stays, and the focus never stands on a hidden one. */
    assert_int_equal(wizard_fields(f->wizard, fields, 16), 6);
    assert_int_equal(wizard_focus(f->wizard)->setting, SET_MAILBOX_USER);
    assert_int_equal(fixture_focus(f, SET_SERVER_TIMEOUT_SECONDS), 0);
    assert_int_equal(wizard_focus(f->wizard)->setting, SET_SERVER_TIMEOUT_SECONDS);
}

static void test_the_address_suggests_the_name(void **state)
{
    struct fixture *f = *state;

    fixture_edit(f, SET_MAILBOX_USER, "Help.Desk+eu@example.com");
    assert_string_equal(fixture_value(f, SET_NAME), "help.desk-eu");
    fixture_edit(f, SET_NAME, "own");
    fixture_edit(f, SET_MAILBOX_USER, "sales@example.com");
    assert_string_equal(fixture_value(f, SET_NAME), "own");
}

static void test_with_basic_auth_the_login_suggests_the_address(void **state)
{
    struct fixture *f = *state;

    fixture_edit(f, SET_AUTH_METHOD, "basic");
    fixture_edit(f, SET_BASIC_USERNAME, "sales@example.com");
    assert_string_equal(fixture_value(f, SET_MAILBOX_USER), "sales@example.com");
    assert_string_equal(fixture_value(f, SET_NAME), "sales");
}

static void test_a_test_needs_only_the_pages_up_to_server(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_edit(f, SET_INGEST_TARGET, "");
    fixture_go(f, PAGE_BASIC);
    assert_int_equal(fixture_send(f, WIZARD_TEST), EFFECT_START_TEST);
    assert_int_equal(wizard_page(f->wizard), PAGE_TEST);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_TESTING);
    assert_int_equal(fixture_send(f, WIZARD_TEST), EFFECT_BELL);
    assert_int_equal(fixture_send(f, WIZARD_NEXT_PAGE), EFFECT_BELL);
    fixture_end_test(f, true);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_PASSED);
    assert_int_equal(fixture_send(f, WIZARD_NEXT_PAGE), 0);
}

static void test_a_change_after_a_passed_test_makes_it_stale(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_send(f, WIZARD_TEST);
    fixture_end_test(f, true);
    fixture_edit(f, SET_INGEST_TARGET, "/var/mail/other");
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_PASSED);
    fixture_edit_secret(f, SET_BASIC_PASSWORD, "another");
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_STALE);
    fixture_edit_secret(f, SET_BASIC_PASSWORD, "a password");
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_PASSED);
}

static void test_a_change_during_the_test_counts_against_its_result(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_send(f, WIZARD_TEST);
    fixture_edit(f, SET_MAILBOX_FOLDER, "Support");
    fixture_end_test(f, true);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_STALE);
}

static void test_a_cancelled_test_says_nothing(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_send(f, WIZARD_TEST);
    assert_int_equal(fixture_send(f, WIZARD_TEST_CANCEL), EFFECT_CANCEL_TEST);
    fixture_end_test(f, false);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_UNTESTED);
    assert_int_equal(fixture_send(f, WIZARD_TEST_CANCEL), EFFECT_BELL);
}

static void fail_a_test(struct fixture *f)
{
    fixture_fill_exchange(f);
    fixture_edit(f, SET_OAUTH_SCOPE, DELEGATED);
    fixture_send(f, WIZARD_TEST);
    fixture_answer(f, "as-it-is");
    fixture_end_test(f, false);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_FAILED);
}

static void test_what_failed_is_tested_again_without_a_question(void **state)
{
    struct fixture *f = *state;

    fail_a_test(f);
    assert_int_equal(fixture_send(f, WIZARD_TEST_AGAIN), EFFECT_START_TEST);
    assert_null(wizard_question(f->wizard));
    assert_true(wizard_is_testing(f->wizard));
    assert_int_equal(fixture_send(f, WIZARD_TEST_AGAIN), EFFECT_BELL);
    fixture_end_test(f, true);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_PASSED);
}

static void test_until_a_test_again_has_ended_it_has_failed(void **state)
{
    struct fixture *f = *state;

    fail_a_test(f);
    fixture_send(f, WIZARD_TEST_AGAIN);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_FAILED);
    fixture_edit(f, SET_MAILBOX_FOLDER, "Support");
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_UNTESTED);
    fixture_end_test(f, false);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_UNTESTED);
    assert_false(wizard_is_testing(f->wizard));
}

static void test_only_what_failed_is_tested_again(void **state)
{
    struct fixture *f = *state;

    fixture_fill_exchange(f);
    assert_int_equal(fixture_send(f, WIZARD_TEST_AGAIN), EFFECT_BELL);
    fail_a_test(f);
    fixture_edit(f, SET_MAILBOX_FOLDER, "Support");
    assert_int_equal(fixture_send(f, WIZARD_TEST_AGAIN), EFFECT_BELL);
    fixture_edit(f, SET_MAILBOX_FOLDER, "INBOX");
    fixture_send(f, WIZARD_TEST);
    fixture_answer(f, "as-it-is");
    fixture_end_test(f, true);
    assert_int_equal(fixture_send(f, WIZARD_TEST_AGAIN), EFFECT_BELL);
}

/* The date is no part of what was tested, and yet nothing is tested with a wrong one. */
static void test_nothing_is_tested_again_beside_a_value_that_is_not_valid(void **state)
{
    struct fixture *f = *state;

    fail_a_test(f);
    fixture_edit(f, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "soon");
    assert_int_equal(fixture_send(f, WIZARD_TEST_AGAIN), EFFECT_BELL);
    assert_int_equal(wizard_focus(f->wizard)->setting,
                     SET_OAUTH_CLIENT_SECRET_EXPIRES_AT);
}

static void test_a_test_again_that_is_cancelled_leaves_the_result_of_before(void **state)
{
    struct fixture *f = *state;

    fail_a_test(f);
    fixture_send(f, WIZARD_TEST_AGAIN);
    assert_int_equal(fixture_send(f, WIZARD_TEST_CANCEL), EFFECT_CANCEL_TEST);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_FAILED);
    fixture_send(f, WIZARD_TEST);
    fixture_answer(f, "as-it-is");
    fixture_send(f, WIZARD_TEST_CANCEL);
    assert_int_equal(wizard_test_state(f->wizard), WIZARD_UNTESTED);
}

static void test_a_report_is_masked_unless_asked_for_otherwise(void **state)
{
    struct fixture *f = *state;
    const struct question *question;

    assert_int_equal(fixture_send(f, WIZARD_REPORT), 0);
    question = wizard_question(f->wizard);
    assert_int_equal(question->id, QUESTION_REPORT);
    assert_string_equal(question->choices[question->preset].value, "masked");
    assert_int_equal(fixture_answer(f, "masked"), EFFECT_REPORT_MASKED);
    fixture_send(f, WIZARD_REPORT);
    assert_int_equal(fixture_answer(f, "as-it-is"), EFFECT_REPORT);
    fixture_send(f, WIZARD_REPORT);
    assert_int_equal(fixture_answer(f, "back"), 0);
    assert_null(wizard_question(f->wizard));
}

static void test_saving_untested_asks_with_test_first_as_the_default(void **state)
{
    struct fixture *f = *state;
    const struct question *question;

    fixture_fill_basic(f);
    assert_int_equal(fixture_send(f, WIZARD_SAVE), 0);
    question = wizard_question(f->wizard);
    assert_int_equal(question->id, QUESTION_UNTESTED);
    assert_string_equal(question->choices[question->preset].value, "test");
    assert_int_equal(fixture_answer(f, "test"), EFFECT_START_TEST);
    fixture_end_test(f, true);
    assert_int_equal(fixture_send(f, WIZARD_SAVE), EFFECT_SAVE);
}

static void test_saving_over_another_mailbox_asks(void **state)
{
    struct fixture *f = *state;
    const struct question *question;

    f->taken = "support";
    fixture_fill_basic(f);
    fixture_send(f, WIZARD_SAVE);
    assert_int_equal(fixture_answer(f, "save"), 0);
    question = wizard_question(f->wizard);
    assert_int_equal(question->id, QUESTION_REPLACE);
    assert_string_equal(question->choices[question->preset].value, "keep");
    assert_int_equal(fixture_answer(f, "keep"), 0);
    fixture_send(f, WIZARD_SAVE);
    fixture_answer(f, "save");
    assert_int_equal(fixture_answer(f, "replace"), EFFECT_SAVE);
}

static void test_an_opened_mailbox_is_saved_under_its_own_name(void **state)
{
    struct fixture *f = *state;

    f->taken = "support";
    fixture_fill_basic(f);
    fixture_reopen(f, wizard_settings(f->wizard), "support");
    assert_false(wizard_is_changed(f->wizard));
    fixture_edit(f, SET_MAILBOX_USER, "sales@example.com");
    assert_string_equal(fixture_value(f, SET_NAME), "support");
    fixture_send(f, WIZARD_SAVE);
    assert_int_equal(fixture_answer(f, "save"), EFFECT_SAVE);
}

static void test_an_emptied_secret_is_the_stored_one_again(void **state)
{
    struct fixture *f = *state;
    struct settings settings;
    const struct secret_ref *ref;

    fixture_fill_basic(f);
    settings_copy(&settings, wizard_settings(f->wizard));
    secret_ref_clear(&settings.basic_password);
    settings.basic_password.place = SECRET_STORED;
    settings.basic_password.name = strdup("support.password.1f0c");
    fixture_reopen(f, &settings, "support");
    settings_free(&settings);

    fixture_edit_secret(f, SET_BASIC_PASSWORD, "new");
    assert_true(wizard_is_changed(f->wizard));
    fixture_edit_secret(f, SET_BASIC_PASSWORD, "");
    ref = settings_secret_const(wizard_settings(f->wizard), SET_BASIC_PASSWORD);
    assert_int_equal(ref->place, SECRET_STORED);
    assert_string_equal(ref->name, "support.password.1f0c");
    assert_false(wizard_is_changed(f->wizard));
}

static void test_a_failed_save_keeps_the_answers_and_says_why(void **state)
{
    struct fixture *f = *state;
    struct wizard_event failed = {.kind = WIZARD_SAVE_FAILED,
                                  .text = "The disk is full."};

    fixture_fill_basic(f);
    wizard_update(f->wizard, &failed);
    assert_string_equal(wizard_message(f->wizard), "The disk is full.");
    assert_true(wizard_is_changed(f->wizard));
    assert_false(wizard_is_saved(f->wizard));
    fixture_send(f, WIZARD_SAVED);
    assert_null(wizard_message(f->wizard));
    assert_true(wizard_is_saved(f->wizard));
    assert_false(wizard_is_changed(f->wizard));
    assert_string_equal(wizard_opened_name(f->wizard), "support");
}

static void test_leaving_asks_only_when_something_would_be_lost(void **state)
{
    struct fixture *f = *state;
    const struct question *question;

    assert_int_equal(fixture_send(f, WIZARD_LEAVE), EFFECT_QUIT);
    fixture_fill_basic(f);
    assert_int_equal(fixture_send(f, WIZARD_LEAVE), 0);
    question = wizard_question(f->wizard);
    assert_int_equal(question->id, QUESTION_LEAVE);
    assert_string_equal(question->choices[question->preset].value, "stay");
    assert_int_equal(fixture_send(f, WIZARD_DISMISS), 0);
    assert_null(wizard_question(f->wizard));
    fixture_send(f, WIZARD_LEAVE);
    assert_int_equal(fixture_answer(f, "leave"), EFFECT_QUIT);
}

static void test_leaving_during_a_test_cancels_it(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_send(f, WIZARD_TEST);
    fixture_send(f, WIZARD_LEAVE);
    assert_int_equal(fixture_answer(f, "leave"), EFFECT_QUIT | EFFECT_CANCEL_TEST);
}

static void test_an_open_question_holds_the_keys_back(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_send(f, WIZARD_LEAVE);
    assert_int_equal(fixture_edit(f, SET_SERVER_HOST, "x"), EFFECT_BELL);
    assert_string_equal(fixture_value(f, SET_SERVER_HOST), "imap.example.com");
}

static void test_the_sentence_says_what_happens_to_a_message(void **state)
{
    struct fixture *f = *state;
    char *sentence;

    fixture_fill_basic(f);
    fixture_edit(f, SET_INGEST_ON_FAILURE, "move");
    fixture_edit(f, SET_INGEST_FAILURE_FOLDER, "Refused");
    sentence = wizard_ingest_sentence(wizard_settings(f->wizard));
    assert_string_equal(sentence,
                        "Unread messages in INBOX of support@example.com are put into "
                        "the Maildir /var/mail/support; once delivered, a message is "
                        "marked as read, and one that is refused is moved to Refused.");
    free(sentence);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_it_begins_on_the_first_field),
        UNIT(test_the_way_follows_the_choices),
        UNIT(test_focus_goes_through_the_fields_to_the_button_and_around),
        UNIT(test_a_field_is_checked_when_it_is_left),
        UNIT(test_the_next_page_waits_for_a_valid_one),
        UNIT(test_back_and_forward_lose_nothing),
        UNIT(test_a_hidden_field_keeps_its_value_and_is_not_checked),
        UNIT(test_advanced_fields_are_folded_until_asked_for),
        UNIT(test_the_address_suggests_the_name),
        UNIT(test_with_basic_auth_the_login_suggests_the_address),
        UNIT(test_a_test_needs_only_the_pages_up_to_server),
        UNIT(test_a_change_after_a_passed_test_makes_it_stale),
        UNIT(test_a_change_during_the_test_counts_against_its_result),
        UNIT(test_a_cancelled_test_says_nothing),
        UNIT(test_what_failed_is_tested_again_without_a_question),
        UNIT(test_until_a_test_again_has_ended_it_has_failed),
        UNIT(test_only_what_failed_is_tested_again),
        UNIT(test_nothing_is_tested_again_beside_a_value_that_is_not_valid),
        UNIT(test_a_test_again_that_is_cancelled_leaves_the_result_of_before),
        UNIT(test_a_report_is_masked_unless_asked_for_otherwise),
        UNIT(test_saving_untested_asks_with_test_first_as_the_default),
        UNIT(test_saving_over_another_mailbox_asks),
        UNIT(test_an_opened_mailbox_is_saved_under_its_own_name),
        UNIT(test_an_emptied_secret_is_the_stored_one_again),
        UNIT(test_a_failed_save_keeps_the_answers_and_says_why),
        UNIT(test_leaving_asks_only_when_something_would_be_lost),
        UNIT(test_leaving_during_a_test_cancels_it),
        UNIT(test_an_open_question_holds_the_keys_back),
        UNIT(test_the_sentence_says_what_happens_to_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
