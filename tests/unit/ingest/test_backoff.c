/* When a mailbox that failed is tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/backoff.h"

#define MOST_CHANCE 3599u

static struct backoff_plan next(struct backoff *backoff, enum err_class why)
{
    return backoff_next(backoff, why, 0, 0);
}

static void test_what_passes_is_tried_again_soon_and_then_less_often(void **state)
{
    struct backoff backoff = {0};
    unsigned before = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct backoff_plan plan = next(&backoff, ERR_RETRY);

        assert_false(plan.is_parked);
        assert_true(plan.seconds >= 1 && plan.seconds >= before);
        before = plan.seconds;
    }
    assert_int_equal(before, BACKOFF_MOST_S / 2 + 1);
}

static void test_chance_adds_up_to_as_much_again(void **state)
{
    (void)state;
    for (unsigned chance = 0; chance < 1000; chance++) {
        struct backoff backoff = {.losses = 20};
        struct backoff_plan plan = backoff_next(&backoff, ERR_WRITE, 0, chance);

        assert_true(plan.seconds > BACKOFF_MOST_S / 2);
        assert_true(plan.seconds <= BACKOFF_MOST_S + 1);
    }
}

static void test_what_a_server_asks_is_honoured_within_bounds(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    for (unsigned chance = 0; chance < 5000; chance += 7) {
        unsigned seconds = backoff_next(&backoff, ERR_RETRY, 600, chance).seconds;

        assert_true(seconds >= 600 && seconds <= 680);
    }
    assert_true(backoff_next(&backoff, ERR_RETRY, 1u << 31, MOST_CHANCE).seconds <=
                BACKOFF_ASKED_S + BACKOFF_ASKED_S / 8 + 2);
    assert_true(backoff_next(&backoff, ERR_REFUSED, 2000, 0).seconds >= 2000);
}

static void test_one_that_never_worked_is_parked_at_once_and_never_given_up(void **state)
{
    struct backoff backoff = {0};
    struct backoff_plan plan = next(&backoff, ERR_REFUSED);

    (void)state;
    assert_true(plan.is_parked);
    assert_int_equal(plan.seconds, BACKOFF_PARKED_S / 2 + 1);
    for (int i = 0; i < 10000; i++)
        plan = next(&backoff, ERR_SETTING);
    assert_true(plan.is_parked);
    assert_int_equal(plan.seconds, BACKOFF_RARELY_S / 2 + 1);
}

static void test_one_that_worked_is_doubted_first(void **state)
{
    struct backoff backoff = {0};
    unsigned before = 0;

    (void)state;
    backoff_note_success(&backoff);
    for (int i = 0; i < BACKOFF_DOUBTS; i++) {
        struct backoff_plan plan = next(&backoff, ERR_REFUSED);

        assert_false(plan.is_parked);
        assert_true(plan.seconds > before && plan.seconds < BACKOFF_PARKED_S / 2);
        before = plan.seconds;
    }
    assert_int_equal(next(&backoff, ERR_REFUSED).seconds, BACKOFF_PARKED_S / 2 + 1);
    assert_true(next(&backoff, ERR_REFUSED).is_parked);
    backoff_note_success(&backoff);
    assert_false(next(&backoff, ERR_REFUSED).is_parked);
}

/* A server that is away in between proves nothing of a refused password. */
static void test_a_lost_connection_does_not_unpark(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    assert_true(next(&backoff, ERR_REFUSED).is_parked);
    assert_false(next(&backoff, ERR_RETRY).is_parked);
    assert_true(next(&backoff, ERR_REFUSED).is_parked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_passes_is_tried_again_soon_and_then_less_often),
        cmocka_unit_test(test_chance_adds_up_to_as_much_again),
        cmocka_unit_test(test_what_a_server_asks_is_honoured_within_bounds),
        cmocka_unit_test(test_one_that_never_worked_is_parked_at_once_and_never_given_up),
        cmocka_unit_test(test_one_that_worked_is_doubted_first),
        cmocka_unit_test(test_a_lost_connection_does_not_unpark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
