#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/after.h"
#include "ingest/pass.h"

static void test_what_was_not_done_is_still_due(void **state)
{
    (void)state;
    assert_int_equal(after_still_due(AFTER_SEEN, ""), AFTER_SEEN);
    assert_int_equal(after_still_due(AFTER_MOVE, ""), AFTER_MOVE);
    assert_int_equal(after_still_due(AFTER_DELETE, "keep"), AFTER_DELETE);
    assert_int_equal(after_still_due(AFTER_SEEN, "seen"), AFTER_SEEN);
}

static void test_keep_never_touches_a_message(void **state)
{
    (void)state;
    assert_int_equal(after_still_due(AFTER_KEEP, ""), AFTER_KEEP);
    assert_int_equal(after_still_due(AFTER_KEEP, "move"), AFTER_KEEP);
}

static void test_a_moved_message_is_never_copied_again(void **state)
{
    (void)state;
    assert_int_equal(after_still_due(AFTER_MOVE, "move"), AFTER_SEEN);
    assert_int_equal(after_still_due(AFTER_DELETE, "move"), AFTER_SEEN);
    assert_int_equal(after_still_due(AFTER_MOVE, "delete"), AFTER_SEEN);
}

static void test_settings_name_the_action(void **state)
{
    struct settings settings;

    (void)state;
    settings_init(&settings);
    assert_int_equal(after_success(&settings), AFTER_SEEN);
    assert_int_equal(after_failure(&settings), AFTER_KEEP);
    settings_set(&settings, SET_INGEST_ON_SUCCESS, "move");
    settings_set(&settings, SET_INGEST_ON_FAILURE, "delete");
    assert_int_equal(after_success(&settings), AFTER_MOVE);
    assert_int_equal(after_failure(&settings), AFTER_DELETE);
    settings_set(&settings, SET_INGEST_ON_SUCCESS, "burn");
    assert_int_equal(after_success(&settings), AFTER_KEEP);
    settings_free(&settings);
}

static void test_later_tries_are_further_apart_up_to_an_hour(void **state)
{
    int total = 0;

    (void)state;
    for (unsigned attempts = 1; attempts < PASS_ATTEMPTS_MAX; attempts++) {
        assert_true(pass_retry_delay(attempts) <= pass_retry_delay(attempts + 1));
        total += pass_retry_delay(attempts);
    }
    assert_int_equal(pass_retry_delay(1), 60);
    assert_int_equal(pass_retry_delay(1000000), 3600);
    assert_true(total >= PASS_PATIENCE_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_not_done_is_still_due),
        cmocka_unit_test(test_keep_never_touches_a_message),
        cmocka_unit_test(test_a_moved_message_is_never_copied_again),
        cmocka_unit_test(test_settings_name_the_action),
        cmocka_unit_test(test_later_tries_are_further_apart_up_to_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
