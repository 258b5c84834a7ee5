/* What is wrong for now and not noticed when it ends: it is looked at again. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "ingest/service.h"
#include "ingest/slots.h"
#include "ingest/state.h"
#include "protocol/ingest/office.h"
#include "support/fasttime/fasttime.h"

#define SPEED 200  /* a quarter of an hour is some seconds */
#define TURNS 6000 /* of 10 ms, real */

struct worker {
    struct office *office;
    struct service_options options;
    struct cancel cancel;
    pthread_t thread;
    int told;
};

static void *work(void *closure)
{
    struct worker *worker = closure;

    service_run(worker->office->store, &worker->options, &worker->office->err);
    return NULL;
}

static void start(struct worker *worker, struct office *office)
{
    *worker = (struct worker){.office = office};
    assert_true(cancel_init(&worker->cancel));
    worker->options =
        (struct service_options){.connections = 10, .cancel = &worker->cancel};
    assert_int_equal(pthread_create(&worker->thread, NULL, work, worker), 0);
}

static void stop(struct worker *worker)
{
    cancel_fire(&worker->cancel);
    pthread_join(worker->thread, NULL);
    cancel_close(&worker->cancel);
}

static void wait_for_phase(const struct office *office, enum state_phase phase,
                           struct state *state)
{
    const char *directory = scratch_at(&office->scratch, "state/support");
    struct pollfd none = {.fd = -1};

    for (int turns = 0; turns < TURNS; turns++) {
        if (state_read(directory, state, NULL) && state->phase == phase)
            return;
        poll(&none, 1, 10 * SPEED);
    }
    fail_msg("it never is %s", state_phase_id(phase));
}

static void wait_for_log(const struct office *office, const char *part)
{
    struct pollfd none = {.fd = -1};

    for (int turns = 0; turns < TURNS; turns++) {
        char *log = scratch_read(&office->scratch, "log", NULL);
        bool is_there = log && strstr(log, part);

        free(log);
        if (is_there)
            return;
        poll(&none, 1, 10 * SPEED);
    }
    fail_msg("the log never has %s", part);
}

/* Through another name of the file, which inotify on the directory does not tell of. */
static void test_a_mailbox_that_can_be_read_again_is_served(void **state)
{
    struct office *office = *state;
    char *text = scratch_read(&office->scratch, "config/mailboxes/support.json", NULL);
    struct worker worker;
    struct state seen;

    scratch_write(&office->scratch, "config/mailboxes/support.json", "{", 1);
    assert_int_equal(link(scratch_at(&office->scratch, "config/mailboxes/support.json"),
                          scratch_at(&office->scratch, "elsewhere")),
                     0);
    start(&worker, office);
    wait_for_phase(office, STATE_PARKED, &seen);
    assert_true(seen.next_try > seen.since);
    scratch_write(&office->scratch, "elsewhere", text, strlen(text));
    wait_for_phase(office, STATE_SERVING, &seen);
    assert_string_equal(seen.trouble.title, "");
    stop(&worker);
    free(text);
}

/* Where it can be written neither beside the old one nor over it. */
static void test_a_status_that_could_not_be_written_is_caught_up_with(void **state)
{
    const struct mailserver_faults faults = {.refuse_login = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;
    int log =
        open(scratch_at(&office->scratch, "log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    log_start(log, LOG_INFO);
    assert_int_equal(mkdir(scratch_at(&office->scratch, "state"), 0700), 0);
    assert_int_equal(mkdir(scratch_at(&office->scratch, "state/support"), 0700), 0);
    assert_int_equal(
        mkdir(scratch_at(&office->scratch, "state/support/.status.json.tmp"), 0700), 0);
    mailserver_set_faults(office->server, &faults);
    start(&worker, office);
    wait_for_log(office, "event=parked");
    assert_int_equal(
        rmdir(scratch_at(&office->scratch, "state/support/.status.json.tmp")), 0);
    wait_for_phase(office, STATE_PARKED, &seen);
    assert_true(seen.next_try > 0); /* not by the next try, which has none planned */
    stop(&worker);
    log_start(-1, LOG_OFF);
    close(log);
}

static void count_and_end(void *closure)
{
    struct worker *worker = closure;

    if (++worker->told == 3)
        cancel_fire(&worker->cancel);
}

/* So that nobody takes it for one that hangs. */
static void test_one_that_waits_in_line_tells_that_it_lives(void **state)
{
    struct slots *slots = slots_new(1);
    struct worker worker = {.office = *state};

    assert_true(cancel_init(&worker.cancel));
    assert_true(slots_take(slots, &worker.cancel, NULL, NULL));
    assert_false(slots_take(slots, &worker.cancel, count_and_end, &worker));
    assert_int_equal(worker.told, 3);
    slots_give_back(slots);
    slots_free(&slots);
    cancel_close(&worker.cancel);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_mailbox_that_can_be_read_again_is_served),
        TEST(test_a_status_that_could_not_be_written_is_caught_up_with),
        TEST(test_one_that_waits_in_line_tells_that_it_lives),
    };

    fasttime_start(SPEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
