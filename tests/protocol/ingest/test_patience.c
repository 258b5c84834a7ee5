/* What is wrong for now and not noticed when it ends: it is looked at again. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "ingest/service.h"
#include "ingest/slots.h"
#include "ingest/state.h"
#include "protocol/ingest/office.h"
#include "support/fasttime/fasttime.h"
#include "support/tokenserver/tokenserver.h"

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

static int open_log(const struct office *office)
{
    int log =
        open(scratch_at(&office->scratch, "log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(log >= 0);
    log_start(log, LOG_DEBUG);
    return log;
}

static void close_log(int log)
{
    log_start(-1, LOG_OFF);
    close(log);
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
    int log = open_log(office);

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
    close_log(log);
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

/* ---- A token that cannot be renewed ------------------------------------------------ */

#define TOKEN_FILE "state/support/token"

struct outage {
    struct tokenserver_mood mood;
    unsigned pause_s;  /* from one request to the next */
    unsigned refusals; /* before it is over */
    unsigned logins;   /* more of them meanwhile */
};

static const struct mailserver_faults with_tokens = {.with_xoauth2 = true,
                                                     .with_idle = true};

static void wait_until_asked(struct tokenserver *tokens, unsigned times)
{
    struct pollfd none = {.fd = -1};

    for (int turns = 0; turns < TURNS; turns++) {
        if (tokenserver_asked(tokens) >= times)
            return;
        poll(&none, 1, 10 * SPEED);
    }
    fail_msg("%u requests, not %u", tokenserver_asked(tokens), times);
}

static void use_tokens(struct office *office, struct tokenserver *tokens)
{
    mailserver_set_faults(office->server, &with_tokens);
    office_set(office, SET_SERVER_TIMEOUT_SECONDS, "2000");
    office_use_tokens(office, tokenserver_url(tokens));
    office_run_well(office);
    assert_int_equal(tokenserver_asked(tokens), 1);
}

/* The kept token has ten minutes left, less a little, and is to be renewed. */
static void age_token(const struct office *office)
{
    char *text = scratch_read(&office->scratch, TOKEN_FILE, NULL), *aged;
    char mark[80], key[80], token[80];
    long now = (long)time(NULL);

    assert_int_equal(
        sscanf(text, "%79[^\n]\n%79[^\n]\n%*[^\n]\n%79[^\n]", mark, key, token), 3);
    aged = mem_format("%s\n%s\n%ld %ld\n%s\n", mark, key, now - 3000, now + 590, token);
    scratch_write(&office->scratch, TOKEN_FILE, aged, strlen(aged));
    free(aged);
    free(text);
}

/* Until it is over, and a new token is there; the mailbox goes on with the old one. */
static void live_through(struct office *office, struct tokenserver *tokens,
                         const struct outage *outage)
{
    const struct tokenserver_mood good = {.status = 200, .expires_in = 100000000};

    wait_until_asked(tokens, 1 + outage->refusals);
    assert_true(mailserver_wait_heard(office->server, "SELECT", 2));
    for (unsigned i = 0; i < outage->logins; i++) {
        mailserver_go_down(office->server);
        mailserver_come_back(office->server);
        assert_true(mailserver_wait_heard(office->server, "SELECT", 3 + i));
    }
    office_mail(office, "one");
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 1));
    tokenserver_set(tokens, &good);
    wait_for_log(office, "event=token-renewed mailbox=support");
}

/* The request on the way in is the first.  Counted over all the time that it took,
 * however slow the machine is. */
static void expect_pauses(struct office *office, const struct outage *outage)
{
    struct tokenserver *tokens = tokenserver_start();
    int log = open_log(office);
    struct worker worker;
    unsigned asked, most;
    time_t began;

    use_tokens(office, tokens);
    tokenserver_set(tokens, &outage->mood);
    age_token(office);
    began = time(NULL);
    start(&worker, office);
    live_through(office, tokens, outage);
    most = (unsigned)(time(NULL) - began) / outage->pause_s + 1;
    asked = tokenserver_asked(tokens) - 1;
    office_mail(office, "two");
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 2));
    stop(&worker);
    close_log(log);
    assert_in_range(asked, outage->refusals + 1, most);
    assert_int_equal(tokenserver_asked(tokens) - 1, asked);
    assert_int_equal(mailserver_connections(office->server), 2 + outage->logins);
    assert_int_equal(office_delivered(office), 2);
    tokenserver_stop(&tokens);
}

static void test_a_token_server_in_trouble_is_asked_once_a_minute(void **state)
{
    const struct outage outage = {.mood = {.status = 503}, .pause_s = 60, .refusals = 3};

    expect_pauses(*state, &outage);
}

static void test_a_token_server_that_asks_for_less_is_left_alone_for_a_minute(
    void **state)
{
    const struct outage outage = {
        .mood = {.status = 429, .headers = "Retry-After: 5\r\n"},
        .pause_s = 60,
        .refusals = 3};

    expect_pauses(*state, &outage);
}

/* Beyond the end of the token that is there. */
static void test_a_token_server_is_left_alone_as_long_as_it_asks(void **state)
{
    const struct outage outage = {
        .mood = {.status = 503, .headers = "Retry-After: 600\r\n"},
        .pause_s = 600,
        .refusals = 1};

    expect_pauses(*state, &outage);
}

/* A log-in that is due meanwhile takes the old token, too. */
static void test_a_token_server_in_trouble_is_not_asked_by_each_login(void **state)
{
    const struct outage outage = {
        .mood = {.status = 503, .headers = "Retry-After: 600\r\n"},
        .pause_s = 600,
        .refusals = 1,
        .logins = 3};

    expect_pauses(*state, &outage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_mailbox_that_can_be_read_again_is_served),
        TEST(test_a_status_that_could_not_be_written_is_caught_up_with),
        TEST(test_one_that_waits_in_line_tells_that_it_lives),
        TEST(test_a_token_server_in_trouble_is_asked_once_a_minute),
        TEST(test_a_token_server_that_asks_for_less_is_left_alone_for_a_minute),
        TEST(test_a_token_server_is_left_alone_as_long_as_it_asks),
        TEST(test_a_token_server_in_trouble_is_not_asked_by_each_login),
    };

    fasttime_start(SPEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
