/* Cancel answers at once, wherever the test is, and nothing is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "protocol/check/trial.h"

enum { JOB = 4711, WAIT_MS = 10 * 1000 };

static struct check *start(struct trial *trial)
{
    struct err err = ERR_INIT;
    struct check *check;

    /* Nothing but the cancel can end these tests. */
    trial_set(trial, SET_SERVER_TIMEOUT_SECONDS, "600");
    check = check_start(&trial->access, JOB, &err);
    assert_non_null(check);
    assert_null(trial->access);
    return check;
}

static void wait_until_readable(const struct check *check)
{
    struct pollfd wait = {.fd = check_fd(check), .events = POLLIN};

    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
}

/* Reads events until `stage` is running. */
static void wait_for_stage(struct check *check, enum check_stage stage)
{
    struct check_event event;

    for (;;) {
        while (check_next_event(check, &event)) {
            assert_int_equal(event.kind, CHECK_STEP);
            assert_int_equal(event.job, JOB);
            if (event.stage == stage && event.step.state == CHECK_RUNNING)
                return;
        }
        wait_until_readable(check);
    }
}

/* The end is there without any wait; nothing comes behind it. */
static void assert_ended_now(struct check *check, struct trial *trial)
{
    struct check_event event = {.kind = CHECK_STEP};

    while (event.kind == CHECK_STEP)
        assert_true(check_next_event(check, &event));
    assert_int_equal(event.kind, CHECK_ENDED);
    assert_int_equal(event.job, JOB);
    assert_false(check_next_event(check, &event));
    trial->facts = check_take_facts(check);
    assert_non_null(trial->facts);
    assert_null(check_take_facts(check));
    trial_assert_no_secret(trial->facts);
}

static const struct server_step silent[] = {SERVER_HANG, SERVER_END};
static const struct server_step asked[] = {TRIAL_ASKED, SERVER_HANG, SERVER_END};
static const struct server_step shaken[] = {SERVER_TLS(CERT_GOOD), SERVER_HANG,
                                            SERVER_END};
static const struct server_step greeted[] = {TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
                                             SERVER_HANG, SERVER_END};
static const struct server_step logged_in[] = {TRIAL_LOGGED_IN, SERVER_HANG, SERVER_END};
static const struct server_step opened[] = {TRIAL_OPENED, SERVER_HANG, SERVER_END};

static void test_cancel_is_answered_at_once_in_each_stage(void **state)
{
    static const struct {
        const struct server_step *token, *imap;
        enum check_stage stage;
    } rows[] = {
        {silent, greeted, CHECK_TOKEN_TLS},
        {asked, greeted, CHECK_TOKEN_REQUEST},
        {trial_token_good, silent, CHECK_IMAP_TLS},
        {trial_token_good, shaken, CHECK_IMAP_GREETING},
        {trial_token_good, greeted, CHECK_IMAP_AUTHENTICATE},
        {trial_token_good, logged_in, CHECK_IMAP_OPEN},
        {trial_token_good, opened, CHECK_IMAP_PREVIEW},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trial trial;
        struct check *check;

        trial_setup(&trial, rows[i].token, rows[i].imap);
        check = start(&trial);
        wait_for_stage(check, rows[i].stage);
        check_cancel(check);
        assert_ended_now(check, &trial);
        assert_true(trial.facts->cancelled);
        trial_assert_state(&trial, rows[i].stage, CHECK_STOPPED, NULL);
        if (rows[i].stage < CHECK_IMAP_PREVIEW)
            trial_assert_state(&trial, CHECK_IMAP_PREVIEW, CHECK_SKIPPED, "");
        assert_true(trial.facts->failed <= rows[i].stage);
        trial_assert_state(&trial, trial.facts->failed, CHECK_STOPPED, NULL);
        check_free(&check);
        assert_null(check);
        trial_teardown(&trial);
    }
}

static void test_cancel_needs_no_stage_to_have_begun(void **state)
{
    struct trial trial;
    struct check *check;

    (void)state;
    trial_setup(&trial, silent, silent);
    check = start(&trial);
    check_cancel(check);
    assert_ended_now(check, &trial);
    assert_true(trial.facts->cancelled);
    check_free(&check);
    trial_teardown(&trial);
}

static void test_cancel_after_the_end_changes_nothing(void **state)
{
    struct trial trial;
    struct check *check;
    struct check_event event = {.kind = CHECK_STEP};

    (void)state;
    trial_setup(&trial, trial_token_good, trial_imap_good);
    check = start(&trial);
    while (event.kind != CHECK_ENDED) {
        if (!check_next_event(check, &event))
            wait_until_readable(check);
    }
    check_cancel(check);
    assert_false(check_next_event(check, &event));
    trial.facts = check_take_facts(check);
    assert_false(trial.facts->cancelled);
    assert_int_equal(trial.facts->failed, CHECK_STAGE_COUNT);
    check_free(&check);
    trial_teardown(&trial);
}

static void test_letting_go_waits_for_nothing(void **state)
{
    static const enum check_stage stages[] = {CHECK_SETTINGS, CHECK_IMAP_TLS,
                                              CHECK_TOKEN_TLS};

    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        struct trial trial;
        struct check *check;

        trial_setup(&trial, silent, silent);
        check = start(&trial);
        wait_for_stage(check, stages[i]);
        check_free(&check);
        assert_null(check);
        trial_teardown(&trial);
    }
}

static void test_a_descriptor_cancels_the_blocking_test(void **state)
{
    struct trial trial;
    struct err err = ERR_INIT;
    int ends[2];

    (void)state;
    trial_setup(&trial, silent, silent);
    trial_set(&trial, SET_SERVER_TIMEOUT_SECONDS, "600");
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    trial.facts = check_run(&trial.access, ends[0], NULL, NULL, &err);
    assert_non_null(trial.facts);
    assert_true(trial.facts->cancelled);
    close(ends[0]);
    close(ends[1]);
    trial_teardown(&trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel_is_answered_at_once_in_each_stage),
        cmocka_unit_test(test_cancel_needs_no_stage_to_have_begun),
        cmocka_unit_test(test_cancel_after_the_end_changes_nothing),
        cmocka_unit_test(test_letting_go_waits_for_nothing),
        cmocka_unit_test(test_a_descriptor_cancels_the_blocking_test),
    };

    return cmocka_run_group_tests_name("check/cancel", tests, trial_without_proxies,
                                       NULL);
}
