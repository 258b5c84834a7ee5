/* Messages that never go through: tried a bounded number of times, then they take the
 * failure way, and hold up no other meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ingest/pass.h"
#include "protocol/ingest/office.h"

/* As if the first try of every message that waits had been five hours ago. */
#define LONG_AGO "UPDATE message SET first_at = first_at - 18000 WHERE attempts > 0"

static void move_failures(struct office *office)
{
    office_set(office, SET_INGEST_ON_FAILURE, "move");
    office_set(office, SET_INGEST_FAILURE_FOLDER, "Failed");
}

/* A command that notes the UID, and does as the lines before say. */
static void set_command(struct office *office, const char *script)
{
    char *whole = mem_format("echo $LETTERBOX_UID >> $HERE/tried\n%s\n"
                             "echo $LETTERBOX_UID >> $HERE/taken",
                             script);

    office_set_command(office, whole);
    free(whole);
}

/* Lines of a file that the command wrote, the blanks for newlines; the caller's. */
static char *noted(const struct office *office, const char *name)
{
    char *text = scratch_read(&office->scratch, name, NULL);

    for (char *at = text; at && *at; at++)
        if (*at == '\n')
            *at = ' ';
    return text ? text : mem_copy_text("");
}

static void expect_noted(const struct office *office, const char *name,
                         const char *expected)
{
    char *text = noted(office, name);

    assert_string_equal(text, expected);
    free(text);
}

/* It is in Failed, and no later run tries it. */
static void expect_failed_for_good(struct office *office)
{
    assert_int_equal(office->counts.refused, 1);
    assert_int_equal(mailserver_count(office->server, "Failed"), 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
    office_run_well(office);
    assert_int_equal(office->counts.refused + office->counts.deferred, 0);
}

/* ---- It breaks the session --------------------------------------------------------- */

static void break_at_the_first(struct office *office)
{
    struct mailserver_faults faults = {.cut_times = 1000};

    faults.cut_uid = office_mail(office, "poison");
    mailserver_set_faults(office->server, &faults);
}

static void test_a_message_that_breaks_each_session_fails_in_the_end(void **state)
{
    struct office *office = *state;

    move_failures(office);
    break_at_the_first(office);
    office_mail(office, "one");
    office_mail(office, "two");
    for (int i = 0; i < PASS_ATTEMPTS_MAX; i++) {
        office_mail(office, "more");
        assert_false(office_run(office));
        assert_int_equal(office->counts.refused, 0);
        assert_true(mailserver_unseen(office->server, "INBOX") <= 4);
    }
    office_change_ledger(office, LONG_AGO);
    office_run_well(office);
    assert_int_equal(office_delivered(office), 2 + PASS_ATTEMPTS_MAX);
    assert_int_equal(office_count_subject(office, "poison"), 0);
    expect_failed_for_good(office);
}

static void test_what_is_fresh_comes_before_what_broke_the_session(void **state)
{
    struct office *office = *state;

    break_at_the_first(office);
    assert_false(office_run(office));
    for (int i = 0; i < 5; i++) {
        office_mail(office, "fresh");
        assert_false(office_run(office));
        assert_int_equal(office->counts.delivered, 1);
    }
}

/* As when the program itself dies of it: the try is counted, its end is not. */
static void test_a_message_that_kills_each_run_fails_in_the_end(void **state)
{
    struct office *office = *state;
    unsigned fetched;

    move_failures(office);
    break_at_the_first(office);
    assert_false(office_run(office));
    office_change_ledger(office, "UPDATE message SET state = 'delivering', attempts = 10,"
                                 " last_error = NULL, first_at = first_at - 18000");
    fetched = mailserver_heard(office->server, "UID FETCH");
    office_run_well(office);
    assert_true(mailserver_heard(office->server, "UID FETCH") <= fetched + 1);
    assert_int_equal(office_delivered(office), 0);
    expect_failed_for_good(office);
}

/* ---- The server does not give it --------------------------------------------------- */

/* After the first try of it: each run brings what is new, until it has failed for good.
 */
static void fail_in_the_end(struct office *office, bool ends_each_run)
{
    for (int i = 1; i < PASS_ATTEMPTS_MAX; i++) {
        office_mail(office, "more");
        assert_true(office_run(office) != ends_each_run);
        assert_int_equal(office->counts.delivered, 1);
        assert_int_equal(office->counts.refused, 0);
        assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
    }
    office_change_ledger(office, LONG_AGO);
    office_run(office);
    assert_int_equal(office->counts.refused, 1);
    office_run_well(office);
    assert_int_equal(mailserver_count(office->server, "Failed"), 1);
    assert_int_equal(office_count_subject(office, "poison"), 0);
}

/* "One", the poison, "three". */
static void mail_three(struct office *office)
{
    move_failures(office);
    office_mail(office, "one");
    assert_int_equal(office_mail(office, "poison"), 2);
    office_mail(office, "three");
}

static void test_a_message_that_cannot_be_described_holds_up_no_other(void **state)
{
    const struct mailserver_faults faults = {.refuse_header_uid = 2};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office->counts.deferred, 1);
    fail_in_the_end(office, false);
}

static void test_a_message_that_breaks_off_its_description_holds_up_no_other(void **state)
{
    const struct mailserver_faults faults = {.cut_header_uid = 2};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    office_run(office);
    assert_int_equal(office->counts.delivered, 2);
    fail_in_the_end(office, true);
}

/* It is there, so it is not gone: nothing may forget it, or how often it was tried. */
static void test_a_message_that_is_never_given_fails_in_the_end(void **state)
{
    const struct mailserver_faults faults = {.hide_uid = 2};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    fail_in_the_end(office, false);
}

static void test_nothing_is_not_delivered_for_a_message(void **state)
{
    const struct mailserver_faults faults = {.empty_uid = 2}, none = {0};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office->counts.deferred, 1);
    assert_int_equal(office_delivered(office), 2);
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    assert_int_equal(office_count_subject(office, "poison"), 1);
}

/* Throttled, for instance: that says nothing of any message. */
static void test_a_server_that_describes_none_uses_up_no_tries(void **state)
{
    const struct mailserver_faults faults = {.refuse_headers = true}, none = {0};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    for (int i = 0; i < PASS_ATTEMPTS_MAX; i++)
        assert_false(office_run(office));
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 3);
}

/* Trouble that passes is not the message's, however often it is met: neither by its
 * response code, nor by words that are known. */
static void pass_by(struct office *office, const char *words)
{
    const struct mailserver_faults faults = {.say_no_to_bodies = words}, none = {0};

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    for (int i = 0; i < PASS_ATTEMPTS_MAX; i++) {
        unsigned asked = mailserver_heard(office->server, "UID FETCH");

        assert_false(office_run(office));
        assert_int_equal(office->err.class, ERR_RETRY);
        assert_true(mailserver_heard(office->server, "UID FETCH") <= asked + 4);
    }
    office_change_ledger(office, "UPDATE message SET first_at = first_at - 18000");
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 3);
    assert_int_equal(office->counts.refused, 0);
}

static void test_a_server_without_time_uses_up_no_tries(void **state)
{
    pass_by(*state, "[UNAVAILABLE] come back later");
}

static void test_a_server_that_throttles_uses_up_no_tries(void **state)
{
    pass_by(*state, "Request is throttled. Suggested Backoff Time: 90000 milliseconds");
}

/* ---- The destination refuses it ---------------------------------------------------- */

static void test_a_message_that_is_refused_is_tried_once(void **state)
{
    struct office *office = *state;

    move_failures(office);
    set_command(office, "test $LETTERBOX_UID != 1 || exit 1");
    office_mail(office, "poison");
    office_mail(office, "one");
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    expect_failed_for_good(office);
    expect_noted(office, "tried", "1 2 3 ");
    expect_noted(office, "taken", "2 3 ");
}

static void refuse_and_look(struct office *office, const char *way, size_t left,
                            size_t unseen)
{
    office_set(office, SET_INGEST_ON_FAILURE, way);
    set_command(office, "exit 1");
    office_mail(office, "poison");
    office_run_well(office);
    assert_int_equal(office->counts.refused, 1);
    assert_int_equal(mailserver_count(office->server, "INBOX"), left);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), unseen);
    office_run_well(office);
    expect_noted(office, "tried", "1 ");
}

static void test_a_refused_message_that_is_kept_is_not_tried_again(void **state)
{
    refuse_and_look(*state, "keep", 1, 1);
}

static void test_a_refused_message_that_is_marked_is_not_tried_again(void **state)
{
    refuse_and_look(*state, "seen", 1, 0);
}

static void test_a_refused_message_that_is_deleted_is_gone(void **state)
{
    refuse_and_look(*state, "delete", 0, 0);
}

/* ---- The destination puts it off --------------------------------------------------- */

static void put_off(struct office *office)
{
    move_failures(office);
    set_command(office, "test $LETTERBOX_UID != 1 || exit 75");
    office_mail(office, "poison");
}

static void test_a_message_that_is_put_off_fails_in_the_end(void **state)
{
    struct office *office = *state;

    put_off(office);
    office_mail(office, "one");
    for (int i = 0; i < PASS_ATTEMPTS_MAX; i++) {
        office_run_well(office);
        assert_int_equal(office->counts.deferred, 1);
        assert_int_equal(office->counts.refused, 0);
    }
    expect_noted(office, "taken", "2 ");
    office_change_ledger(office, LONG_AGO);
    office_run_well(office);
    expect_failed_for_good(office);
    expect_noted(office, "tried", "1 2 1 1 1 1 1 1 1 1 1 ");
}

/* An outage of a few minutes is more than ten tries of a cron job, or than one long
 * night without any. */
static void test_neither_many_tries_nor_a_long_time_alone_refuse(void **state)
{
    struct office *office = *state;

    put_off(office);
    for (int i = 0; i < PASS_ATTEMPTS_MAX + 2; i++)
        office_run_well(office);
    assert_int_equal(office->counts.deferred, 1);
    office_change_ledger(office, "UPDATE message SET attempts = 3");
    office_change_ledger(office, LONG_AGO);
    office_run_well(office);
    assert_int_equal(office->counts.deferred, 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
}

static void test_what_is_fresh_comes_before_what_was_put_off(void **state)
{
    struct office *office = *state;

    put_off(office);
    office_run_well(office);
    office_mail(office, "one");
    office_mail(office, "two");
    office_run_well(office);
    expect_noted(office, "tried", "1 2 3 1 ");
    set_command(office, "");
    office_mail(office, "three");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    expect_noted(office, "taken", "2 3 4 1 ");
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

/* Both are tried again; the one that ends each run comes behind the other. */
static void test_what_ends_each_run_comes_last(void **state)
{
    struct office *office = *state;

    break_at_the_first(office);
    set_command(office, "exit 75");
    office_mail(office, "put off");
    assert_false(office_run(office));
    assert_false(office_run(office));
    assert_int_equal(office->counts.deferred, 2);
    set_command(office, "");
    assert_false(office_run(office));
    assert_int_equal(office->counts.delivered, 1);
}

/* A destination that is down takes no try from any message, however often it is. */
static void test_a_destination_that_is_down_uses_up_no_tries(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_DELIVER, "http");
    office_set(office, SET_INGEST_TARGET, "http://127.0.0.1:1/");
    office_mail(office, "one");
    office_mail(office, "two");
    for (int i = 0; i < PASS_ATTEMPTS_MAX + 2; i++) {
        assert_false(office_run(office));
        assert_int_equal(office->counts.refused, 0);
    }
    office_change_ledger(office, "UPDATE message SET first_at = first_at - 18000");
    set_command(office, "");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office->counts.refused, 0);
}

/* ---- The destination is down because of it ----------------------------------------- */

/* So that what is delivered now is later than the last try by more than a clock's tick.
 */
#define A_WHILE_AGO "UPDATE message SET last_at = last_at - 10"

static void die_of_the_first(struct office *office)
{
    office_set(office, SET_INGEST_STATUSES, "70=hold");
    set_command(office, "test $LETTERBOX_UID != 1 || exit 70");
    office_mail(office, "poison");
    assert_false(office_run(office));
    office_change_ledger(office, A_WHILE_AGO);
}

static void test_what_a_destination_dies_of_holds_up_no_other(void **state)
{
    struct office *office = *state;

    die_of_the_first(office);
    office_mail(office, "one");
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office->counts.deferred, 1);
    expect_noted(office, "tried", "1 2 3 1 ");
    /* It is due again: nobody was taken since, so nobody knows. */
    assert_false(office_run(office));
    assert_int_equal(office->counts.deferred, 1);
}

static void test_what_a_destination_dies_of_fails_in_the_end(void **state)
{
    struct office *office = *state;

    move_failures(office);
    die_of_the_first(office);
    for (int i = 0; i < PASS_ATTEMPTS_MAX; i++) {
        office_mail(office, "more");
        office_run_well(office);
        assert_int_equal(office->counts.refused, 0);
        office_change_ledger(office, A_WHILE_AGO);
    }
    office_change_ledger(office, LONG_AGO);
    office_run_well(office);
    expect_failed_for_good(office);
}

/* Two that each run ends at: both have their turn. */
static void test_of_those_that_wait_the_longest_is_first(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_STATUSES, "70=hold");
    set_command(office, "exit 70");
    office_mail(office, "one");
    office_mail(office, "two");
    for (int i = 0; i < 4; i++) {
        assert_false(office_run(office));
        office_change_ledger(office, A_WHILE_AGO);
    }
    expect_noted(office, "tried", "1 2 1 2 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_message_that_breaks_each_session_fails_in_the_end),
        TEST(test_what_is_fresh_comes_before_what_broke_the_session),
        TEST(test_a_message_that_kills_each_run_fails_in_the_end),
        TEST(test_a_message_that_cannot_be_described_holds_up_no_other),
        TEST(test_a_message_that_breaks_off_its_description_holds_up_no_other),
        TEST(test_a_message_that_is_never_given_fails_in_the_end),
        TEST(test_nothing_is_not_delivered_for_a_message),
        TEST(test_a_server_that_describes_none_uses_up_no_tries),
        TEST(test_a_server_without_time_uses_up_no_tries),
        TEST(test_a_server_that_throttles_uses_up_no_tries),
        TEST(test_a_message_that_is_refused_is_tried_once),
        TEST(test_a_refused_message_that_is_kept_is_not_tried_again),
        TEST(test_a_refused_message_that_is_marked_is_not_tried_again),
        TEST(test_a_refused_message_that_is_deleted_is_gone),
        TEST(test_a_message_that_is_put_off_fails_in_the_end),
        TEST(test_neither_many_tries_nor_a_long_time_alone_refuse),
        TEST(test_what_is_fresh_comes_before_what_was_put_off),
        TEST(test_what_ends_each_run_comes_last),
        TEST(test_a_destination_that_is_down_uses_up_no_tries),
        TEST(test_what_a_destination_dies_of_holds_up_no_other),
        TEST(test_what_a_destination_dies_of_fails_in_the_end),
        TEST(test_of_those_that_wait_the_longest_is_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
