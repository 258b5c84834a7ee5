/* A folder that is deleted and made anew while a session has it open, at a server that
 * does not tell. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/ingest/office.h"
#include "support/fasttime/fasttime.h"

#define SPEED 300 /* nine minutes are two seconds, and a time-out of 300 s is one */

struct worker {
    struct office *office;
    struct cancel cancel;
    pthread_t thread;
};

static void *work(void *closure)
{
    struct worker *worker = closure;
    const struct ingest_options options = {.cancel = &worker->cancel};
    struct office *office = worker->office;

    ingest_run(office->store, office->mailbox, &options, &office->counts,
               &office->diagnosis, &office->err);
    return NULL;
}

static void test_the_folder_is_looked_at_again(void **state)
{
    struct office *office = *state;
    struct worker worker = {.office = office};

    office_set(office, SET_SERVER_TIMEOUT_SECONDS, "300");
    office_set(office, SET_INGEST_POLL_SECONDS, "60");
    office_mail(office, "one");
    assert_true(cancel_init(&worker.cancel));
    assert_int_equal(pthread_create(&worker.thread, NULL, work, &worker), 0);
    assert_true(mailserver_wait_heard(office->server, "UID SEARCH", 2));
    mailserver_renumber(office->server, 1800000000);
    /* The way in, the look, and the way in again. */
    assert_true(mailserver_wait_heard(office->server, "SELECT", 3));
    assert_true(mailserver_connections(office->server) >= 2);
    office_mail(office, "two");
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 2));
    cancel_fire(&worker.cancel);
    pthread_join(worker.thread, NULL);
    cancel_close(&worker.cancel);
    assert_int_equal(office_delivered(office), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_folder_is_looked_at_again, office_open,
                                        office_close),
    };

    fasttime_start(SPEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
