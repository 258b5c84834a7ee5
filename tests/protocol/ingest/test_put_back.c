/* What ledger_view puts back is what the next pass takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ingest/ledger_view.h"
#include "office.h"

static struct ledger_view *open_view(const struct office *office)
{
    char *directory = mem_format("%s/support", store_state_dir(office->store));
    struct ledger_view *view = ledger_view_open(directory, LEDGER_VIEW_CHANGE, NULL);

    assert_non_null(view);
    free(directory);
    return view;
}

static enum ledger_retry retry(const struct office *office, uint32_t uid)
{
    struct ledger_view *view = open_view(office);
    enum ledger_retry outcome;

    assert_true(ledger_view_retry(view, uid, &outcome, NULL));
    ledger_view_close(&view);
    return outcome;
}

static struct ledger_counts count(const struct office *office)
{
    struct ledger_view *view = open_view(office);
    struct ledger_counts counts;

    assert_true(ledger_view_count(view, &counts, NULL));
    ledger_view_close(&view);
    return counts;
}

static void test_one_that_was_put_back_is_delivered(void **state)
{
    struct office *office = *state;
    uint32_t first, second;

    office_set_command(office, "exit 1");
    office_set(office, SET_INGEST_ON_FAILURE, "seen");
    first = office_mail(office, "one");
    second = office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(count(office).refused, 2);

    assert_int_equal(retry(office, first), LEDGER_RETRY_DONE);
    assert_int_equal(count(office).waiting, 1);
    office_set_command(office, "exit 0");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 1);
    assert_int_equal(count(office).delivered, 1);
    assert_int_equal(retry(office, first), LEDGER_RETRY_DELIVERED);
    assert_int_equal(retry(office, second), LEDGER_RETRY_DONE);
}

/* Tried too often: that begins anew, too. */
static void test_one_that_is_refused_again_can_be_put_back_again(void **state)
{
    struct office *office = *state;
    uint32_t uid;

    office_set_command(office, "exit 1");
    uid = office_mail(office, "one");
    office_run_well(office);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(retry(office, uid), LEDGER_RETRY_DONE);
        office_run_well(office);
        assert_int_equal(office->counts.refused, 1);
        assert_int_equal(count(office).refused, 1);
    }
}

static void test_one_that_was_moved_is_not_put_back(void **state)
{
    struct office *office = *state;
    uint32_t uid;

    office_set_command(office, "exit 1");
    office_set(office, SET_INGEST_ON_FAILURE, "move");
    office_set(office, SET_INGEST_FAILURE_FOLDER, "Failed");
    uid = office_mail(office, "one");
    office_run_well(office);
    assert_int_equal(retry(office, uid), LEDGER_RETRY_MOVED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_that_was_put_back_is_delivered),
        TEST(test_one_that_is_refused_again_can_be_put_back_again),
        TEST(test_one_that_was_moved_is_not_put_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
