/* A COPY or MOVE that is never answered, or late: nothing is copied or delivered twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/ingest/office.h"

#define RUNS 2 /* more, with the same fault */

static const struct mailserver_faults well = {0};
static const char *const three[] = {"one", "two", "three"};

/* Moves to "Done". */
static int open_mover(void **state)
{
    struct office *office;

    office_open(state);
    office = *state;
    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    office_set(office, SET_SERVER_TIMEOUT_SECONDS, "1");
    return 0;
}

/* The folder is there, which takes one message. */
static void make_done(struct office *office)
{
    static const char old[] = "Subject: old\r\n\r\nhello\r\n";

    mailserver_add(office->server, "Done", old, sizeof old - 1);
}

static size_t count_done(struct office *office)
{
    return mailserver_count(office->server, "Done") - 1;
}

static void mail_three(struct office *office)
{
    make_done(office);
    for (size_t i = 0; i < 3; i++)
        office_mail(office, three[i]);
}

static void expect_three(const struct office *office)
{
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(office_count_subject(office, three[i]), 1);
    assert_int_equal(office_delivered(office), 3);
}

static void run_into_silence(struct office *office)
{
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_RETRY);
    assert_non_null(strstr(office->err.text,
                           "marking, moving or deleting a message: no answer in time"));
}

/* ---- COPY -------------------------------------------------------------------------- */

/* The message may be in the folder, so it is never asked for again; what can be done
 * with it without a copy is done. */
static void expect_one_try(struct office *office, const struct mailserver_faults *faults,
                           size_t copies)
{
    mail_three(office);
    mailserver_set_faults(office->server, faults);
    run_into_silence(office);
    assert_int_equal(office->counts.delivered, 3);
    for (int i = 0; i < RUNS; i++)
        office_run_well(office);
    assert_int_equal(office->counts.found, 0);
    assert_int_equal(mailserver_heard(office->server, "UID COPY"), 1);
    assert_int_equal(count_done(office), copies);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 3);
    expect_three(office);
}

static void test_a_copy_that_was_made_in_silence_is_not_made_again(void **state)
{
    const struct mailserver_faults faults = {.without_move = true, .mute_at = "UID COPY"};

    expect_one_try(*state, &faults, 3);
}

static void test_a_copy_of_which_nothing_is_known_is_not_tried_again(void **state)
{
    const struct mailserver_faults faults = {.without_move = true, .deaf_at = "UID COPY"};

    expect_one_try(*state, &faults, 0);
}

/* Where messages are taken singly. */
static void test_a_single_copy_that_was_made_in_silence_is_not_made_again(void **state)
{
    const struct mailserver_faults faults = {.without_move = true, .mute_at = "UID COPY"};
    struct office *office = *state;
    char *taken;

    office_set_command(office, "echo $LETTERBOX_UID >> $HERE/taken");
    make_done(office);
    office_mail(office, "one");
    mailserver_set_faults(office->server, &faults);
    run_into_silence(office);
    for (int i = 0; i < RUNS; i++)
        office_run_well(office);
    assert_int_equal(office->counts.found, 0);
    assert_int_equal(count_done(office), 1);
    taken = scratch_read(&office->scratch, "taken", NULL);
    assert_string_equal(taken, "1\n");
    free(taken);
}

/* The set is refused, the second of the three is not answered: the third is still due. */
static void test_who_had_no_turn_yet_is_copied_in_the_next_run(void **state)
{
    const struct mailserver_faults faults = {
        .without_move = true, .refuse_sets = true, .mute_at = "UID COPY 2"};
    const struct mailserver_faults same = {.without_move = true, .refuse_sets = true};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    run_into_silence(office);
    assert_int_equal(count_done(office), 2);
    mailserver_set_faults(office->server, &same);
    for (int i = 0; i < RUNS; i++)
        office_run_well(office);
    assert_int_equal(office->counts.found, 0);
    assert_int_equal(count_done(office), 3);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 2);
    expect_three(office);
}

/* Nothing was copied into a folder that was missing. */
static void test_a_folder_that_was_made_in_silence_gets_its_message(void **state)
{
    const struct mailserver_faults faults = {.without_move = true, .mute_at = "CREATE"};
    const struct mailserver_faults plain = {.without_move = true};
    struct office *office = *state;

    office_mail(office, "one");
    mailserver_set_faults(office->server, &faults);
    run_into_silence(office);
    mailserver_set_faults(office->server, &plain);
    office_run_well(office);
    assert_int_equal(mailserver_count(office->server, "Done"), 1);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
    assert_int_equal(office_delivered(office), 1);
}

/* ---- MOVE -------------------------------------------------------------------------- */

static void test_what_was_moved_in_silence_is_gone(void **state)
{
    const struct mailserver_faults faults = {.mute_at = "UID MOVE"};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    run_into_silence(office);
    assert_int_equal(office->counts.delivered, 3);
    office_run_well(office);
    assert_int_equal(office->counts.found, 0);
    assert_int_equal(count_done(office), 3);
    expect_three(office);
}

/* A message is either here or there, so it can be tried as often as it takes: once in
 * each run, and never one by one. */
static void test_a_move_that_was_not_made_is_tried_in_each_run(void **state)
{
    const struct mailserver_faults faults = {.deaf_at = "UID MOVE"};
    struct office *office = *state;

    mail_three(office);
    mailserver_set_faults(office->server, &faults);
    for (unsigned runs = 1; runs <= RUNS; runs++) {
        run_into_silence(office);
        assert_int_equal(mailserver_heard(office->server, "UID MOVE"), runs);
    }
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 3);
    mailserver_set_faults(office->server, &well);
    office_run_well(office);
    assert_int_equal(office->counts.repeated, 3);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
    assert_int_equal(count_done(office), 3);
    expect_three(office);
}

/* ---- Late -------------------------------------------------------------------------- */

/* More than one time-out, less than the four that many messages may take. */
static void test_a_server_may_take_longer_for_many_messages(void **state)
{
    const struct mailserver_faults slow[] = {{.copy_ms = 3000},
                                             {.copy_ms = 3000, .without_move = true}};
    struct office *office = *state;

    office_set(office, SET_SERVER_TIMEOUT_SECONDS, "2");
    make_done(office);
    for (size_t i = 0; i < 2; i++) {
        mailserver_set_faults(office->server, &slow[i]);
        office_mail(office, three[2 * i]);
        office_mail(office, "another");
        office_run_well(office);
        assert_int_equal(count_done(office), 2 * (i + 1));
        assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_mover, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_copy_that_was_made_in_silence_is_not_made_again),
        TEST(test_a_copy_of_which_nothing_is_known_is_not_tried_again),
        TEST(test_a_single_copy_that_was_made_in_silence_is_not_made_again),
        TEST(test_who_had_no_turn_yet_is_copied_in_the_next_run),
        TEST(test_a_folder_that_was_made_in_silence_gets_its_message),
        TEST(test_what_was_moved_in_silence_is_gone),
        TEST(test_a_move_that_was_not_made_is_tried_in_each_run),
        TEST(test_a_server_may_take_longer_for_many_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
