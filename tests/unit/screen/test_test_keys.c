/* The keys of the Test page: F3, every minute, the commands, the report.  Tests go to
 * port 1 of loopback, where nothing listens, so they fail at once with or without a
 * network. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ui/screen/act.h"
#include "ui/screen/deeds.h"

static struct store *store;
static struct setup setup;
static struct view view;

static void send_edit(enum setting_id id, const char *text)
{
    struct secret *secret = secret_new(text, strlen(text));

    wizard_update(setup.wizard, &(struct wizard_event){.kind = WIZARD_EDIT,
                                                       .setting = id,
                                                       .text = text,
                                                       .secret = secret});
    secret_free(&secret);
}

static int begin(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    memset(&setup, 0, sizeof setup);
    store = store_open("/nonexistent/config", "/nonexistent/state", &err);
    assert_true(setup_open(&setup, store, NULL, &err));
    view_init(&view, &setup, false);
    send_edit(SET_AUTH_METHOD, "basic");
    send_edit(SET_BASIC_USERNAME, "support@example.com");
    send_edit(SET_BASIC_PASSWORD, "a password");
    send_edit(SET_MAILBOX_USER, "support@example.com");
    send_edit(SET_SERVER_HOST, "127.0.0.1");
    send_edit(SET_SERVER_PORT, "1");
    view_follow(&view);
    return 0;
}

static int end(void **state)
{
    (void)state;
    setup_cancel_test(&setup);
    view_free(&view);
    setup_close(&setup);
    store_close(&store);
    return 0;
}

static void press(enum key key)
{
    struct input input = {.kind = INPUT_KEY, .key = key};

    view.bell = false;
    act_on_input(&view, &input);
}

static void type(const char *text)
{
    struct input input = {.kind = INPUT_TEXT, .text = text, .length = strlen(text)};

    view.bell = false;
    act_on_input(&view, &input);
}

static const char *value(enum setting_id id)
{
    return settings_text(wizard_settings(setup.wizard), id);
}

static enum wizard_test_state test_state(void)
{
    return wizard_test_state(setup.wizard);
}

static void wait_for_the_end(void)
{
    while (setup.check) {
        struct pollfd fd = {.fd = check_fd(setup.check), .events = POLLIN};

        assert_int_equal(poll(&fd, 1, 60 * 1000), 1);
        deeds_on_test(&view);
    }
}

static void fail_a_test(void)
{
    press(K_TEST);
    assert_int_equal(view.page, PAGE_TEST);
    wait_for_the_end();
    assert_int_equal(test_state(), WIZARD_FAILED);
}

static void know_better(enum setting_id field, const char *right)
{
    struct diagnosis *diagnosis = setup.diagnosis;
    struct diagnosis_repair *repair = &diagnosis->repairs[diagnosis->repair_count++];

    repair->field = field;
    repair->value = mem_copy_text(right);
}

static void test_the_repair_is_made_on_its_key_alone_and_tested(void **state)
{
    (void)state;
    fail_a_test();
    know_better(SET_SERVER_PORT, "2");
    know_better(SET_SERVER_SECURITY, "starttls");
    press(K_DOWN);
    type("d");
    press(K_ESCAPE);
    assert_string_equal(value(SET_SERVER_PORT), "1");
    press(K_FIX);
    assert_string_equal(value(SET_SERVER_PORT), "2");
    assert_string_equal(value(SET_SERVER_SECURITY), "starttls");
    assert_int_equal(test_state(), WIZARD_TESTING);
    assert_string_equal(view.repaired,
                        "Port was changed to 2. Security was changed to STARTTLS.");
    wait_for_the_end();
    assert_non_null(view.repaired);
    /* It is said of that test alone. */
    press(K_TEST);
    assert_null(view.repaired);
}

static void test_a_repair_is_not_made_of_values_that_were_changed_since(void **state)
{
    (void)state;
    fail_a_test();
    know_better(SET_SERVER_PORT, "2");
    send_edit(SET_SERVER_HOST, "127.0.0.2");
    press(K_FIX);
    assert_string_equal(value(SET_SERVER_PORT), "1");
}

static void test_a_repair_that_asks_for_more_goes_there_and_says_so(void **state)
{
    (void)state;
    fail_a_test();
    know_better(SET_AUTH_METHOD, "oauth");
    press(K_FIX);
    assert_string_equal(value(SET_AUTH_METHOD), "oauth");
    assert_null(setup.check);
    assert_int_equal(view.page, PAGE_OAUTH_PROVIDER);
    assert_int_equal(view.field->setting, SET_OAUTH_SOURCE);
    assert_false(view.bell);
    assert_non_null(strstr(view.said, "Method was changed to OAuth."));
    assert_non_null(strstr(view.said, "F5"));
}

/* Testing every minute.  The clock is the test's own. */

#define SECOND INT64_C(1000000)

static void wait_seconds(int seconds)
{
    view.now.us += seconds * SECOND;
    view.now.date += seconds;
    deeds_on_time(&view);
}

static void begin_to_repeat(void)
{
    view.now = (struct moment){1000 * SECOND, 1795442790};
    fail_a_test();
    type("m");
    assert_false(view.bell);
    assert_int_equal(view.repeat.state, REPEAT_ON);
}

static void test_the_same_values_are_tested_again_after_a_minute(void **state)
{
    (void)state;
    begin_to_repeat();
    assert_int_equal(deeds_wait_ms(&view), 60 * 1000);
    wait_seconds(59);
    assert_null(setup.check);
    wait_seconds(1);
    assert_non_null(setup.check);
    /* What is known stays in sight until more is known. */
    assert_non_null(setup.diagnosis);
    assert_int_equal(test_state(), WIZARD_FAILED);
    assert_int_equal(deeds_wait_ms(&view), -1);
    wait_for_the_end();
    assert_int_equal(view.repeat.tests, 2);
    assert_int_equal(deeds_wait_ms(&view), 60 * 1000);
    wait_seconds(60);
    wait_for_the_end();
    assert_int_equal(view.repeat.tests, 3);
}

static void test_late_is_soon_enough(void **state)
{
    (void)state;
    view.now = (struct moment){1000 * SECOND, 1795442790};
    fail_a_test();
    wait_seconds(600);
    assert_null(setup.check);
    type("m");
    assert_int_equal(deeds_wait_ms(&view), 0);
    wait_seconds(0);
    assert_non_null(setup.check);
}

static void test_what_does_not_pass_by_waiting_is_not_tested_again(void **state)
{
    (void)state;
    type("m");
    assert_true(view.bell);
    fail_a_test();
    setup.diagnosis->class = ADVICE_FIX_SETTING;
    type("m");
    assert_true(view.bell);
    assert_int_equal(view.repeat.state, REPEAT_OFF);
}

static void test_reading_goes_on_meanwhile(void **state)
{
    (void)state;
    begin_to_repeat();
    type("d");
    press(K_DOWN);
    wait_seconds(60);
    assert_non_null(setup.check);
    assert_int_equal(view.overlay, OVERLAY_DETAILS);
    wait_for_the_end();
    assert_int_equal(view.overlay, OVERLAY_DETAILS);
    press(K_ESCAPE); /* closes the details, and nothing else */
    assert_int_equal(view.repeat.state, REPEAT_ON);
}

static void test_an_open_question_is_answered_first(void **state)
{
    (void)state;
    begin_to_repeat();
    type("w");
    assert_int_equal(deeds_wait_ms(&view), -1);
    wait_seconds(90);
    assert_null(setup.check);
    press(K_ESCAPE);
    assert_int_equal(view.repeat.state, REPEAT_ON);
    wait_seconds(0);
    assert_non_null(setup.check);
}

static void test_escape_and_the_same_key_end_it(void **state)
{
    (void)state;
    begin_to_repeat();
    press(K_ESCAPE);
    assert_int_equal(view.repeat.state, REPEAT_OFF);
    type("m");
    assert_int_equal(view.repeat.state, REPEAT_ON);
    type("m");
    assert_int_equal(view.repeat.state, REPEAT_OFF);
    wait_seconds(600);
    assert_null(setup.check);
}

static void test_a_test_that_is_cancelled_leaves_the_diagnosis(void **state)
{
    (void)state;
    begin_to_repeat();
    wait_seconds(60);
    assert_non_null(setup.check);
    press(K_ESCAPE);
    wait_for_the_end();
    assert_int_equal(view.repeat.state, REPEAT_OFF);
    assert_int_equal(test_state(), WIZARD_FAILED);
    assert_string_equal(setup.diagnosis->code, "network.refused_at_unusual_port");
}

static void test_leaving_the_page_or_a_change_ends_it(void **state)
{
    (void)state;
    begin_to_repeat();
    press(K_PAGE_BACK);
    assert_int_equal(view.repeat.state, REPEAT_OFF);
    press(K_PAGE_NEXT);
    wizard_update(setup.wizard,
                  &(struct wizard_event){.kind = WIZARD_GO_PAGE, .page = PAGE_TEST});
    view_follow(&view);
    type("m");
    assert_int_equal(view.repeat.state, REPEAT_ON);
    send_edit(SET_SERVER_PORT, "2");
    view_follow(&view);
    assert_int_equal(view.repeat.state, REPEAT_OFF);
    assert_int_equal(deeds_wait_ms(&view), -1);
}

static void test_the_repair_ends_it_and_tests_the_new_values(void **state)
{
    (void)state;
    begin_to_repeat();
    know_better(SET_SERVER_PORT, "2");
    wait_seconds(60);
    press(K_FIX);
    assert_string_equal(value(SET_SERVER_PORT), "2");
    assert_int_equal(view.repeat.state, REPEAT_OFF);
    assert_int_equal(test_state(), WIZARD_TESTING);
    wait_for_the_end();
    assert_int_equal(view.repeat.tests, 1);
}

static void test_f5_takes_the_next_one_now(void **state)
{
    (void)state;
    begin_to_repeat();
    press(K_TEST);
    assert_non_null(setup.check);
    assert_int_equal(view.repeat.state, REPEAT_ON);
    wait_for_the_end();
    assert_int_equal(view.repeat.tests, 2);
}

static void test_the_commands_page_opens_where_there_are_commands(void **state)
{
    (void)state;
    type("c");
    assert_true(view.bell);
    fail_a_test();
    assert_true(view_has_commands(&view));
    type("cw"); /* what comes behind is for that page */
    assert_true(view.commands);
    assert_null(wizard_question(setup.wizard));
    view.commands = false;
    for (size_t i = 0; i < setup.diagnosis->fix_count; i++)
        mem_replace_text(&setup.diagnosis->fixes[i].command, NULL);
    type("c");
    assert_false(view.commands);
    assert_true(view.bell);
}

static void test_while_a_test_runs_c_cancels_it(void **state)
{
    (void)state;
    press(K_TEST);
    assert_int_equal(test_state(), WIZARD_TESTING);
    type("c");
    assert_false(view.commands);
    assert_int_equal(test_state(), WIZARD_UNTESTED);
    wait_for_the_end();
}

static void test_a_report_asks_first_and_writes_nothing_on_the_way_back(void **state)
{
    (void)state;
    type("w");
    assert_null(wizard_question(setup.wizard));
    fail_a_test();
    type("w");
    assert_int_equal(wizard_question(setup.wizard)->id, QUESTION_REPORT);
    press(K_ESCAPE);
    assert_null(wizard_question(setup.wizard));
    assert_null(setup.report_note);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_the_repair_is_made_on_its_key_alone_and_tested),
        TEST(test_a_repair_is_not_made_of_values_that_were_changed_since),
        TEST(test_a_repair_that_asks_for_more_goes_there_and_says_so),
        TEST(test_the_same_values_are_tested_again_after_a_minute),
        TEST(test_late_is_soon_enough),
        TEST(test_what_does_not_pass_by_waiting_is_not_tested_again),
        TEST(test_reading_goes_on_meanwhile),
        TEST(test_an_open_question_is_answered_first),
        TEST(test_escape_and_the_same_key_end_it),
        TEST(test_a_test_that_is_cancelled_leaves_the_diagnosis),
        TEST(test_leaving_the_page_or_a_change_ends_it),
        TEST(test_the_repair_ends_it_and_tests_the_new_values),
        TEST(test_f5_takes_the_next_one_now),
        TEST(test_the_commands_page_opens_where_there_are_commands),
        TEST(test_while_a_test_runs_c_cancels_it),
        TEST(test_a_report_asks_first_and_writes_nothing_on_the_way_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
