/* When the next test is due, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/screen/repeat.h"

#define SECOND INT64_C(1000000)

/* 14:06:30 UTC, and 1000 s after the machine was started. */
static struct moment moment_at(int seconds)
{
    return (struct moment){(1000 + seconds) * SECOND, 1795442790 + seconds};
}

static void assert_said(const struct repeat *repeat, bool testing, const char *expected)
{
    char *sentence = repeat_sentence(repeat, testing);

    if (expected)
        assert_string_equal(sentence, expected);
    else
        assert_null(sentence);
    free(sentence);
}

static void test_nothing_is_due_until_it_is_asked_for(void **state)
{
    struct repeat repeat = {.tests = 0};

    (void)state;
    repeat_note(&repeat, moment_at(0), false, true);
    assert_int_equal(repeat_wait_us(&repeat, moment_at(600)), -1);
    assert_said(&repeat, false, NULL);
}

static void test_a_minute_lies_between_the_end_and_the_next(void **state)
{
    struct repeat repeat = {.tests = 0};

    (void)state;
    repeat_note(&repeat, moment_at(0), false, true);
    repeat.state = REPEAT_ON;
    assert_int_equal(repeat_wait_us(&repeat, moment_at(0)), 60 * SECOND);
    assert_int_equal(repeat_wait_us(&repeat, moment_at(59)), SECOND);
    assert_int_equal(repeat_wait_us(&repeat, moment_at(60)), 0);
    assert_int_equal(repeat_wait_us(&repeat, moment_at(3600)), 0);
    repeat_note(&repeat, moment_at(75), false, true);
    assert_int_equal(repeat_wait_us(&repeat, moment_at(75)), 60 * SECOND);
}

static void test_it_says_when_and_no_countdown(void **state)
{
    struct repeat repeat = {.tests = 0};

    (void)state;
    repeat_note(&repeat, moment_at(0), false, true);
    repeat.state = REPEAT_ON;
    assert_said(&repeat, false,
                "Tested 1 time, last at 14:06:30; again at 14:07:30. Esc stops.");
    assert_said(&repeat, true,
                "Tested 1 time, last at 14:06:30; testing again now. Esc stops.");
    repeat_note(&repeat, moment_at(61), false, true);
    assert_said(&repeat, false,
                "Tested 2 times, last at 14:07:31; again at 14:08:31. Esc stops.");
}

static void test_it_ends_when_one_passes(void **state)
{
    struct repeat repeat = {.state = REPEAT_ON, .tests = 2};

    (void)state;
    repeat_note(&repeat, moment_at(61), true, false);
    assert_int_equal(repeat.state, REPEAT_PASSED);
    assert_int_equal(repeat_wait_us(&repeat, moment_at(600)), -1);
    assert_said(&repeat, false, "Passed at 14:07:31, with test number 3.");
}

static void test_it_ends_where_waiting_does_not_help(void **state)
{
    struct repeat repeat = {.state = REPEAT_ON, .tests = 2};

    (void)state;
    repeat_note(&repeat, moment_at(61), false, false);
    assert_int_equal(repeat.state, REPEAT_STOPPED);
    assert_int_equal(repeat_wait_us(&repeat, moment_at(600)), -1);
    assert_said(&repeat, false,
                "Testing every minute has ended: this does not pass by waiting.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_due_until_it_is_asked_for),
        cmocka_unit_test(test_a_minute_lies_between_the_end_and_the_next),
        cmocka_unit_test(test_it_says_when_and_no_countdown),
        cmocka_unit_test(test_it_ends_when_one_passes),
        cmocka_unit_test(test_it_ends_where_waiting_does_not_help),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
