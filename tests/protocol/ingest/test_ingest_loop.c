/* The ingest that runs until it is told to stop. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/state.h"
#include "protocol/ingest/office.h"
#include "support/tokenserver/tokenserver.h"

#define WAIT_MS 20000

struct worker {
    struct office *office;
    struct cancel cancel;
    pthread_t thread;
    bool done;
};

static void *work(void *closure)
{
    struct worker *worker = closure;
    const struct ingest_options options = {.once = false, .cancel = &worker->cancel};
    struct office *office = worker->office;

    worker->done = ingest_run(office->store, office->mailbox, &options, &office->counts,
                              &office->diagnosis, &office->err);
    return NULL;
}

static void start(struct worker *worker, struct office *office)
{
    *worker = (struct worker){.office = office};
    assert_true(cancel_init(&worker->cancel));
    assert_int_equal(pthread_create(&worker->thread, NULL, work, worker), 0);
}

static void stop(struct worker *worker)
{
    cancel_fire(&worker->cancel);
    pthread_join(worker->thread, NULL);
    cancel_close(&worker->cancel);
    assert_false(worker->done);
    assert_int_equal(worker->office->err.class, ERR_CANCELLED);
    assert_null(worker->office->diagnosis);
}

/* How often `part` is in the log. */
static int count_logged(const struct office *office, const char *part)
{
    char *log = scratch_read(&office->scratch, "log", NULL);
    int count = 0;

    for (const char *at = log; at && (at = strstr(at, part)); at++)
        count++;
    free(log);
    return count;
}

static int log_fd = -1;

static void open_log(struct office *office)
{
    log_fd =
        open(scratch_at(&office->scratch, "log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(log_fd >= 0);
    log_start(log_fd, LOG_INFO);
}

static void close_log(void)
{
    log_start(-1, LOG_OFF);
    close(log_fd);
}

static void test_mail_that_comes_during_idle_is_taken_at_once(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;

    mailserver_set_faults(office->server, &faults);
    office_mail(office, "one");
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    office_mail(office, "two");
    assert_true(mailserver_wait_heard(office->server, "IDLE", 2));
    stop(&worker);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office_delivered(office), 2);
    assert_int_equal(mailserver_connections(office->server), 1);
    assert_int_equal(mailserver_heard(office->server, "NOOP"), 0);
}

/* Its server tells of it once, with the answer to a STORE, and not again. */
static void test_mail_that_comes_during_a_pass_does_not_wait_for_the_next(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true,
                                             .late = "Subject: two\r\n\r\nhello\r\n"};
    struct office *office = *state;
    struct worker worker;

    mailserver_set_faults(office->server, &faults);
    office_mail(office, "one");
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 2));
    stop(&worker);
    assert_int_equal(office_delivered(office), 2);
}

/* One a second, however fast it answers. */
static void test_a_server_that_ends_each_idle_is_not_asked_in_circles(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true, .hasty_idle = true};
    struct office *office = *state;
    int64_t began = clock_now_ms();
    struct worker worker;
    unsigned most;

    mailserver_set_faults(office->server, &faults);
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 3));
    stop(&worker);
    most = (unsigned)((clock_now_ms() - began) / 1000) + 1;
    assert_in_range(mailserver_heard(office->server, "UID SEARCH"), 3, most);
}

static void test_a_server_without_idle_is_asked_again_and_again(void **state)
{
    struct office *office = *state;
    struct worker worker;

    office_set(office, SET_INGEST_POLL_SECONDS, "1");
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "UID SEARCH", 1));
    office_mail(office, "one");
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 1));
    assert_true(mailserver_wait_heard(office->server, "UID SEARCH", 3));
    stop(&worker);
    assert_int_equal(office->counts.delivered, 1);
    assert_int_equal(mailserver_connections(office->server), 1);
}

/* It went ahead for years when the message was put off, and was put right. */
static void test_a_clock_that_was_wrong_keeps_no_message(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;

    mailserver_set_faults(office->server, &faults);
    office_set_command(office, "exit 75");
    office_mail(office, "one");
    office_run(office);
    assert_int_equal(office->counts.deferred, 1);
    office_change_ledger(office, "UPDATE message SET last_at = last_at + 300000000");
    office_set_command(office, "exit 0");
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 1));
    stop(&worker);
    assert_int_equal(office->counts.delivered, 1);
}

static void test_idle_that_is_not_wanted_is_not_used(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;

    mailserver_set_faults(office->server, &faults);
    office_set(office, SET_INGEST_IDLE, "false");
    office_set(office, SET_INGEST_POLL_SECONDS, "1");
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "NOOP", 1));
    stop(&worker);
    assert_int_equal(mailserver_heard(office->server, "IDLE"), 0);
}

static void test_a_lost_connection_is_made_again(void **state)
{
    struct mailserver_faults faults = {.with_idle = true, .cut_times = 1};
    struct office *office = *state;
    struct worker worker;

    office_mail(office, "one");
    faults.cut_uid = office_mail(office, "two");
    office_mail(office, "three");
    mailserver_set_faults(office->server, &faults);
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    stop(&worker);
    assert_int_equal(mailserver_connections(office->server), 2);
    assert_int_equal(office->counts.found, 3);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office_count_subject(office, "three"), 1);
}

/* Waits until the mailbox "support" stands so; what it says then is in *state. */
static void wait_for_phase(struct office *office, enum state_phase phase,
                           struct state *state)
{
    const char *directory = scratch_at(&office->scratch, "state/support");
    int64_t until = clock_now_ms() + WAIT_MS;
    struct err err = ERR_INIT;

    do {
        assert_true(clock_now_ms() < until);
        assert_true(state_read(directory, state, &err));
        poll(NULL, 0, 5);
    } while (state->phase != phase);
}

static void test_a_login_that_never_worked_is_parked_and_not_ended(void **state)
{
    const struct mailserver_faults faults = {.refuse_login = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &faults);
    open_log(office);
    start(&worker, office);
    wait_for_phase(office, STATE_PARKED, &seen);
    assert_true(seen.is_alive);
    assert_string_equal(seen.trouble.stage, "imap.authenticate");
    assert_string_equal(seen.trouble.class, "fix_setting");
    assert_string_not_equal(seen.trouble.fix, "");
    assert_true(seen.next_try > seen.since);
    assert_int_equal(seen.last_success, 0);
    stop(&worker);
    assert_int_equal(count_logged(office, "event=parked mailbox=support code=imap."), 1);
    wait_for_phase(office, STATE_STOPPED, &seen);
    assert_false(seen.is_alive);
    close_log();
}

static void test_a_server_that_was_away_is_waited_for(void **state)
{
    const struct mailserver_faults away = {.with_idle = true, .bye = "shutting down"};
    const struct mailserver_faults back = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &away);
    office_mail(office, "one");
    open_log(office);
    start(&worker, office);
    wait_for_phase(office, STATE_WAITING, &seen);
    assert_string_equal(seen.trouble.class, "retry_later");
    mailserver_set_faults(office->server, &back);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    wait_for_phase(office, STATE_SERVING, &seen);
    assert_string_equal(seen.trouble.title, "");
    assert_int_equal(seen.delivered, 1);
    assert_int_equal(seen.next_try, 0);
    assert_true(seen.last_success >= seen.started);
    stop(&worker);
    assert_int_equal(count_logged(office, "event=waiting mailbox=support "), 1);
    assert_int_equal(count_logged(office, "event=recovered mailbox=support "), 1);
    close_log();
}

/* As Exchange says it: no response code, and a time to wait. */
static void test_a_server_that_throttles_is_left_alone_as_long_as_it_asks(void **state)
{
    const struct mailserver_faults faults = {
        .say_no = "Request is throttled. Suggested Backoff Time: 600000 milliseconds"};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &faults);
    start(&worker, office);
    wait_for_phase(office, STATE_WAITING, &seen);
    assert_true(seen.next_try - seen.trouble.at >= 600);
    stop(&worker);
}

static void test_a_destination_that_is_down_keeps_the_session(void **state)
{
    struct office *office = *state;
    struct worker worker;
    struct state seen;
    char *address = mem_format("unix:%s", scratch_at(&office->scratch, "lmtp"));

    office_set(office, SET_INGEST_DELIVER, "lmtp");
    office_set(office, SET_INGEST_TARGET, address);
    office_mail(office, "one");
    start(&worker, office);
    wait_for_phase(office, STATE_WAITING, &seen);
    assert_non_null(strstr(seen.trouble.title, "lmtp"));
    assert_true(mailserver_wait_heard(office->server, "UID SEARCH", 3));
    stop(&worker);
    assert_int_equal(mailserver_connections(office->server), 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
    free(address);
}

static void test_a_cancel_that_came_first_connects_nowhere(void **state)
{
    struct office *office = *state;
    struct cancel cancel;
    const struct ingest_options options = {.once = true, .cancel = &cancel};

    assert_true(cancel_init(&cancel));
    cancel_fire(&cancel);
    assert_false(ingest_run(office->store, office->mailbox, &options, &office->counts,
                            &office->diagnosis, &office->err));
    assert_int_equal(office->err.class, ERR_CANCELLED);
    assert_int_equal(mailserver_connections(office->server), 0);
    cancel_close(&cancel);
}

static void test_a_cancel_ends_a_command_that_hangs_and_keeps_its_message(void **state)
{
    struct office *office = *state;
    struct worker worker;

    office_set_command(office, "trap 'exit 0' TERM; touch $HERE/began; "
                               "sleep 600 & wait");
    office_mail(office, "one");
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "UID FETCH 1 (UID BODY", 1));
    stop(&worker);
    assert_int_equal(office->counts.delivered, 0);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
}

static void wait_until_logged(const struct office *office, const char *part)
{
    int64_t until = clock_now_ms() + WAIT_MS;

    while (count_logged(office, part) == 0) {
        assert_true(clock_now_ms() < until);
        poll(NULL, 0, 5);
    }
}

/* The old token does for a while, which is no reason to ask for another each second. */
static void test_a_token_server_in_trouble_is_left_alone(void **state)
{
    const struct mailserver_faults faults = {.with_xoauth2 = true, .with_idle = true};
    const struct tokenserver_mood brief = {.status = 200, .expires_in = 20};
    const struct tokenserver_mood busy = {.status = 503,
                                          .headers = "Retry-After: 600\r\n"};
    struct office *office = *state;
    struct tokenserver *tokens = tokenserver_start();
    struct worker worker;

    mailserver_set_faults(office->server, &faults);
    tokenserver_set(tokens, &brief);
    office_use_tokens(office, tokenserver_url(tokens));
    open_log(office);
    start(&worker, office);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    tokenserver_set(tokens, &busy);
    wait_until_logged(office, "event=token-not-renewed mailbox=support");
    assert_int_equal(tokenserver_asked(tokens), 2);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 2));
    office_mail(office, "one");
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 1));
    stop(&worker);
    assert_int_equal(tokenserver_asked(tokens), 2);
    close_log();
    tokenserver_stop(&tokens);
}

/* A Client secret that ends on 2026-12-05, and a token server that is not there. */
static void use_ending_secret(struct office *office)
{
    office_use_tokens(office, "https://127.0.0.1:1/token");
    office_set(office, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "2026-12-05");
}

/* 2026-11-23T20:35:00Z */
static time_t the_same_day(void)
{
    return 1795466100;
}

static void test_a_secret_that_ends_is_told_though_nothing_is_reached(void **state)
{
    struct office *office = *state;
    const struct ingest_options options = {.once = true, .now = the_same_day};

    use_ending_secret(office);
    open_log(office);
    for (int run = 1; run <= 2; run++) {
        assert_false(ingest_run(office->store, office->mailbox, &options, &office->counts,
                                &office->diagnosis, &office->err));
        err_clear(&office->err);
        diagnosis_free(&office->diagnosis);
        assert_int_equal(count_logged(office, "event=secret-expires mailbox=support "
                                              "date=2026-12-05 days_left=12 "),
                         run);
    }
    close_log();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mail_that_comes_during_idle_is_taken_at_once),
        TEST(test_mail_that_comes_during_a_pass_does_not_wait_for_the_next),
        TEST(test_a_server_that_ends_each_idle_is_not_asked_in_circles),
        TEST(test_a_server_without_idle_is_asked_again_and_again),
        TEST(test_a_clock_that_was_wrong_keeps_no_message),
        TEST(test_idle_that_is_not_wanted_is_not_used),
        TEST(test_a_lost_connection_is_made_again),
        TEST(test_a_login_that_never_worked_is_parked_and_not_ended),
        TEST(test_a_server_that_was_away_is_waited_for),
        TEST(test_a_server_that_throttles_is_left_alone_as_long_as_it_asks),
        TEST(test_a_destination_that_is_down_keeps_the_session),
        TEST(test_a_cancel_that_came_first_connects_nowhere),
        TEST(test_a_cancel_ends_a_command_that_hangs_and_keeps_its_message),
        TEST(test_a_token_server_in_trouble_is_left_alone),
        TEST(test_a_secret_that_ends_is_told_though_nothing_is_reached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
