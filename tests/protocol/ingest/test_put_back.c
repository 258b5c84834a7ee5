/* What ledger_view puts back is what the next pass takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ingest/bell.h"
#include "ingest/ledger_view.h"
#include "ingest/service.h"
#include "ingest/state.h"
#include "office.h"

#define WAIT_MS 30000

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

/* ---- While an ingest runs -----------------------------------------------------------
 */

struct worker {
    struct office *office;
    struct service_options options;
    struct cancel cancel;
    pthread_t thread;
};

static void *work(void *closure)
{
    struct worker *worker = closure;

    service_run(worker->office->store, &worker->options, &worker->office->err);
    return NULL;
}

static void start(struct worker *worker, struct office *office, unsigned connections)
{
    *worker = (struct worker){.office = office};
    assert_true(cancel_init(&worker->cancel));
    worker->options =
        (struct service_options){.connections = connections, .cancel = &worker->cancel};
    assert_int_equal(pthread_create(&worker->thread, NULL, work, worker), 0);
}

static void stop(struct worker *worker)
{
    cancel_fire(&worker->cancel);
    pthread_join(worker->thread, NULL);
    cancel_close(&worker->cancel);
}

static void ring(const struct office *office)
{
    char *directory = mem_format("%s/support", store_state_dir(office->store));

    assert_true(bell_ring(directory));
    free(directory);
}

/* A message that the command refuses until "mended" is there. */
static uint32_t mail_that_is_refused(struct office *office)
{
    office_set_command(office, "test -e $HERE/mended");
    office_set(office, SET_INGEST_ON_FAILURE, "seen");
    office_set(office, SET_INGEST_POLL_SECONDS, "86400");
    return office_mail(office, "one");
}

static void mend(const struct office *office, uint32_t uid)
{
    scratch_write(&office->scratch, "mended", "", 0);
    assert_int_equal(retry(office, uid), LEDGER_RETRY_DONE);
    ring(office);
}

static void wait_for_delivery(const struct office *office)
{
    int64_t until = clock_now_ms() + WAIT_MS;

    while (count(office).delivered == 0) {
        assert_true(clock_now_ms() < until);
        poll(NULL, 0, 5);
    }
}

static void test_an_ingest_in_idle_takes_it_at_once(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    uint32_t uid;

    mailserver_set_faults(office->server, &faults);
    uid = mail_that_is_refused(office);
    start(&worker, office, 10);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    mend(office, uid);
    wait_for_delivery(office);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 2));
    stop(&worker);
    assert_int_equal(mailserver_connections(office->server), 1);
    assert_int_equal(mailserver_heard(office->server, "UID SEARCH"), 2);
}

static void test_an_ingest_that_polls_once_a_day_takes_it_at_once(void **state)
{
    struct office *office = *state;
    struct worker worker;
    uint32_t uid = mail_that_is_refused(office);

    start(&worker, office, 10);
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 1));
    assert_true(mailserver_wait_quiet(office->server));
    mend(office, uid);
    wait_for_delivery(office);
    stop(&worker);
    assert_int_equal(mailserver_connections(office->server), 1);
}

/* One more mailbox, which looks every second. */
static void save_other(const struct office *office)
{
    struct mailbox *other = mailbox_new("other");
    struct err err = ERR_INIT;
    struct secret_ref *ref;

    settings_free(&other->settings);
    settings_copy(&other->settings, &office->mailbox->settings);
    settings_set(&other->settings, SET_NAME, "other");
    settings_set(&other->settings, SET_INGEST_POLL_SECONDS, "1");
    ref = settings_secret(&other->settings, SET_BASIC_PASSWORD);
    secret_ref_clear(ref);
    ref->place = SECRET_TYPED;
    ref->value = secret_new("correct-horse", 13);
    if (!store_save_mailbox(office->store, other, &err))
        fail_msg("%s", err.text);
    mailbox_free(&other);
}

/* It leaves after the next pass that begins while the other waits. */
static void ring_until_it_has_left(const struct office *office)
{
    const char *directory = scratch_at(&office->scratch, "state/support");
    int64_t until = clock_now_ms() + WAIT_MS;
    struct state state = {.phase = STATE_NEVER};

    while (state.phase != STATE_WAITING) {
        assert_true(clock_now_ms() < until);
        ring(office);
        poll(NULL, 0, 20);
        assert_true(state_read(directory, &state, NULL));
    }
}

/* With one connection for two, and its turn a day away. */
static void test_an_ingest_that_waits_for_its_turn_comes_back_for_it(void **state)
{
    struct office *office = *state;
    struct worker worker;
    uint32_t uid = mail_that_is_refused(office);

    start(&worker, office, 1);
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 1));
    save_other(office);
    ring_until_it_has_left(office);
    mend(office, uid);
    wait_for_delivery(office);
    stop(&worker);
}

/* Heard, and not forgotten, while it is at work on another. */
static void test_a_ring_during_a_pass_is_not_slept_over(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    uint32_t uid;

    mailserver_set_faults(office->server, &faults);
    uid = mail_that_is_refused(office);
    office_run_well(office);
    office_set_command(office,
                       "test -e $HERE/mended && exit; touch $HERE/began; "
                       "while [ ! -e $HERE/mended ]; do sleep 0.05; done; exit 1");
    office_mail(office, "two");
    start(&worker, office, 10);
    for (int64_t until = clock_now_ms() + WAIT_MS;
         access(scratch_at(&office->scratch, "began"), F_OK) != 0;) {
        assert_true(clock_now_ms() < until);
        poll(NULL, 0, 5);
    }
    assert_int_equal(retry(office, uid), LEDGER_RETRY_DONE);
    ring(office);
    scratch_write(&office->scratch, "mended", "", 0);
    wait_for_delivery(office);
    stop(&worker);
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

/* ---- Put off, and read by another client ------------------------------------------- */

static void test_one_that_was_put_off_and_read_waits_no_more(void **state)
{
    struct office *office = *state;
    uint32_t first;

    office_set_command(office, "exit 75");
    first = office_mail(office, "one");
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(count(office).waiting, 2);
    mailserver_read(office->server, first);
    office_run_well(office);
    assert_int_equal(count(office).waiting, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_that_was_put_back_is_delivered),
        TEST(test_one_that_is_refused_again_can_be_put_back_again),
        TEST(test_one_that_was_moved_is_not_put_back),
        TEST(test_an_ingest_in_idle_takes_it_at_once),
        TEST(test_an_ingest_that_polls_once_a_day_takes_it_at_once),
        TEST(test_an_ingest_that_waits_for_its_turn_comes_back_for_it),
        TEST(test_a_ring_during_a_pass_is_not_slept_over),
        TEST(test_one_that_was_put_off_and_read_waits_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
