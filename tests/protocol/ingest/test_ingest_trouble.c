/* Servers that break off, refuse, forget and count anew: nothing lost, nothing twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ingest/ledger_view.h"
#include "protocol/ingest/office.h"

static void test_nothing_stays_of_a_message_that_broke_off(void **state)
{
    struct mailserver_faults faults = {.cut_times = 1};
    struct office *office = *state;

    faults.cut_uid = office_mail(office, "one");
    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_RETRY);
    assert_int_equal(office->counts.delivered, 0);
    assert_int_equal(office->counts.deferred, 1);
    assert_int_equal(scratch_count(&office->scratch, "mail/new"), 0);
    assert_int_equal(scratch_count(&office->scratch, "mail/tmp"), 0);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
    office_run_well(office);
    assert_int_equal(office_count_subject(office, "one"), 1);
}

static void test_a_command_never_sees_a_message_that_broke_off(void **state)
{
    struct mailserver_faults faults = {.cut_times = 1};
    struct office *office = *state;

    office_set_command(office, "cat >> $HERE/got");
    faults.cut_uid = office_mail(office, "one");
    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    assert_null(scratch_read(&office->scratch, "got", NULL));
}

static void test_a_message_that_always_breaks_off_holds_up_no_other(void **state)
{
    struct mailserver_faults faults = {.cut_times = 100};
    struct office *office = *state;

    faults.cut_uid = office_mail(office, "poison");
    office_mail(office, "one");
    office_mail(office, "two");
    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    assert_false(office_run(office));
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office_delivered(office), 2);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
}

static void test_a_message_that_the_server_refuses_holds_up_no_other(void **state)
{
    struct mailserver_faults faults = {0};
    struct office *office = *state;

    faults.refuse_fetch_uid = office_mail(office, "broken");
    office_mail(office, "one");
    mailserver_set_faults(office->server, &faults);
    office_run_well(office);
    assert_int_equal(office->counts.deferred, 1);
    assert_int_equal(office->counts.delivered, 1);
    assert_int_equal(office_count_subject(office, "broken"), 0);
    assert_int_equal(scratch_count(&office->scratch, "mail/tmp"), 0);
}

/* ---- Groups ------------------------------------------------------------------------ */

static const char *const five[] = {"one", "two", "three", "four", "five"};

/* Five messages; whatever the server does wrong, each is delivered once in the end. */
static void expect_five(struct office *office, const struct mailserver_faults *faults)
{
    static const struct mailserver_faults none = {0};

    mailserver_set_faults(office->server, faults);
    for (size_t i = 0; i < 5; i++)
        office_mail(office, five[i]);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 5);
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    assert_int_equal(office->counts.found, 0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(office_count_subject(office, five[i]), 1);
    assert_int_equal(office_delivered(office), 5);
    assert_int_equal(scratch_count(&office->scratch, "mail/tmp"), 0);
}

static void test_a_group_may_come_in_any_order(void **state)
{
    const struct mailserver_faults faults = {.backwards = true};

    expect_five(*state, &faults);
}

static void test_the_uid_may_be_told_behind_the_message(void **state)
{
    const struct mailserver_faults faults = {.uid_behind = true};

    expect_five(*state, &faults);
}

static void test_no_message_is_taken_for_another(void **state)
{
    const struct mailserver_faults faults = {.uid_behind = true, .backwards = true};

    expect_five(*state, &faults);
}

static void test_a_message_that_is_left_out_is_asked_for_alone(void **state)
{
    const struct mailserver_faults faults = {.leave_uid = 2};

    expect_five(*state, &faults);
}

static void test_a_message_that_comes_twice_is_delivered_once(void **state)
{
    const struct mailserver_faults faults = {.repeat_uid = 2};

    expect_five(*state, &faults);
}

static void test_what_nobody_asked_for_is_not_delivered(void **state)
{
    const struct mailserver_faults faults = {.add_uid = 1};
    const struct mailserver_faults none = {0};
    struct office *office = *state;

    office_mail(office, "seen");
    office_run_well(office);
    mailserver_set_faults(office->server, &faults);
    office_mail(office, "two");
    office_mail(office, "three");
    office_run_well(office);
    mailserver_set_faults(office->server, &none);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office_count_subject(office, "seen"), 1);
    assert_int_equal(office_delivered(office), 3);
}

static void test_a_refused_set_is_marked_one_by_one(void **state)
{
    const struct mailserver_faults faults = {.refuse_sets = true};

    expect_five(*state, &faults);
}

static void test_a_refused_set_is_moved_one_by_one(void **state)
{
    const struct mailserver_faults faults = {.refuse_sets = true};
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    expect_five(office, &faults);
    assert_int_equal(mailserver_count(office->server, "Done"), 5);
}

static void test_a_refused_set_is_copied_one_by_one(void **state)
{
    const struct mailserver_faults faults = {.refuse_sets = true, .without_move = true};
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    expect_five(office, &faults);
    assert_int_equal(mailserver_count(office->server, "Done"), 5);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
}

static void test_what_came_whole_before_the_end_is_not_fetched_again(void **state)
{
    const struct mailserver_faults faults = {.cut_uid = 3, .cut_times = 1};
    struct office *office = *state;

    mailserver_set_faults(office->server, &faults);
    for (size_t i = 0; i < 5; i++)
        office_mail(office, five[i]);
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_RETRY);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office->counts.deferred, 1);
    office_change_ledger(office, "UPDATE message SET size = size WHERE uid = 3 AND"
                                 " attempts = 1");
    office_change_ledger(office, "UPDATE message SET size = size WHERE uid = 4 AND"
                                 " attempts = 0");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 3);
    assert_int_equal(office->counts.repeated, 2);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(office_count_subject(office, five[i]), 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

static void test_a_refused_mark_is_told_and_nothing_is_delivered_twice(void **state)
{
    const struct mailserver_faults refusing = {.refuse_store = true}, none = {0};
    struct office *office = *state;

    mailserver_set_faults(office->server, &refusing);
    office_mail(office, "one");
    office_mail(office, "two");
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_REFUSED);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 2);
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 0);
    assert_int_equal(office->counts.repeated, 2);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
    assert_int_equal(office_delivered(office), 2);
}

#define WORDS_50 " a word and a word and a word and a word, so it is"
#define WORDS_450                                                                        \
    WORDS_50 WORDS_50 WORDS_50 WORDS_50 WORDS_50 WORDS_50 WORDS_50 WORDS_50 WORDS_50

/* However much the server says, the command is whole. */
static void test_a_refused_move_has_the_command_against_it(void **state)
{
    static const char *const words[] = {"", WORDS_450};
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "What the ticket system has");
    office_mail(office, "one");
    for (size_t i = 0; i < 2; i++) {
        const struct mailserver_faults refusing = {
            .refuse_store = true, .and_words = words[i], .name = "Dovecot "};

        mailserver_set_faults(office->server, &refusing);
        assert_false(office_run(office));
        assert_non_null(strstr(office->err.text, "you may not"));
        assert_non_null(strstr(office->err.text, "doveadm acl add -u "));
        assert_string_equal(strrchr(office->err.text, ' '), " insert");
    }
}

static void test_a_refused_move_is_made_up_for_in_the_next_run(void **state)
{
    const struct mailserver_faults refusing = {.refuse_store = true}, none = {0};
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    mailserver_set_faults(office->server, &refusing);
    office_mail(office, "one");
    assert_false(office_run(office));
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    assert_int_equal(office->counts.repeated, 1);
    assert_int_equal(mailserver_count(office->server, "Done"), 1);
    assert_int_equal(office_delivered(office), 1);
}

/* As a crash leaves it between the Maildir's rename and the ledger's record. */
static void test_a_crash_before_the_record_does_not_deliver_twice(void **state)
{
    const struct mailserver_faults refusing = {.refuse_store = true}, none = {0};
    struct office *office = *state;

    mailserver_set_faults(office->server, &refusing);
    office_mail(office, "one");
    assert_false(office_run(office));
    office_change_ledger(office, "UPDATE message SET state = 'delivering', settled = ''");
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 0);
    assert_int_equal(office->counts.repeated, 1);
    assert_int_equal(office_delivered(office), 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

/* The same with a command, which cannot be asked: never lost, so perhaps twice. */
static void test_a_crash_before_the_record_gives_a_command_its_message_again(void **state)
{
    const struct mailserver_faults refusing = {.refuse_store = true}, none = {0};
    struct office *office = *state;
    char *seen;

    office_set_command(office, "echo $LETTERBOX_UIDVALIDITY/$LETTERBOX_UID >> $HERE/ids");
    mailserver_set_faults(office->server, &refusing);
    office_mail(office, "one");
    assert_false(office_run(office));
    office_change_ledger(office, "UPDATE message SET state = 'delivering', settled = ''");
    mailserver_set_faults(office->server, &none);
    office_run_well(office);
    seen = scratch_read(&office->scratch, "ids", NULL);
    assert_string_equal(seen, "1700000000/1\n1700000000/1\n");
    free(seen);
}

/* Broken off by a crash, and read by another client before the next run: one that had
 * reached the Maildir is recorded, the other is left to who has read it. */
static void test_what_another_reads_behind_a_crash_does_not_wait(void **state)
{
    const struct mailserver_faults refusing = {.refuse_store = true}, none = {0};
    struct office *office = *state;
    struct ledger_counts counts;

    mailserver_set_faults(office->server, &refusing);
    office_mail(office, "one");
    assert_false(office_run(office));
    mailserver_set_faults(office->server, &none);
    office_mail(office, "two");
    office_change_ledger(office, "UPDATE message SET state = 'delivering', settled = ''");
    office_change_ledger(office, "INSERT INTO message (source, uid, state, message_id,"
                                 " size, first_at, last_at) SELECT source, 2, state,"
                                 " '<two>', size, first_at, last_at FROM message");
    mailserver_read(office->server, 1);
    mailserver_read(office->server, 2);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 0);
    assert_int_equal(office->counts.repeated, 1);
    assert_true(ledger_view_count_at(scratch_at(&office->scratch, "state/support"), NULL,
                                     &counts, NULL));
    assert_int_equal(counts.delivered, 1);
    assert_int_equal(counts.waiting, 0);
    assert_int_equal(office_delivered(office), 1);
}

static void test_a_lost_ledger_does_not_fill_the_maildir_again(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    office_mail(office, "one");
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(unlink(scratch_at(&office->scratch, "state/support/ledger.sqlite")),
                     0);
    office_run_well(office);
    assert_int_equal(office->counts.repeated, 2);
    assert_int_equal(office_delivered(office), 2);
}

static void test_what_was_delivered_is_known_when_a_server_counts_anew(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    office_mail(office, "one");
    office_run_well(office);
    mailserver_renumber(office->server, 1800000000);
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 1);
    assert_int_equal(office_count_subject(office, "one"), 1);
    assert_int_equal(office_count_subject(office, "two"), 1);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 0);
}

/* Two that cannot be told apart: better twice than not at all. */
static void test_what_cannot_be_told_apart_is_delivered_again(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    office_mail(office, "one");
    office_mail(office, "one");
    office_run_well(office);
    mailserver_renumber(office->server, 1800000000);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office_delivered(office), 4);
}

/* ---- Restored from a backup: the same UIDVALIDITY, and UIDs that are given again ------
 */

static void expect_once(const struct office *office, const char *const *subjects,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (office_count_subject(office, subjects[i]) != 1)
            fail_msg("%s: %zu times", subjects[i],
                     office_count_subject(office, subjects[i]));
    assert_int_equal(office_delivered(office), count);
}

static void test_a_uid_that_is_given_again_is_a_new_message(void **state)
{
    static const char *const subjects[] = {"one", "two", "three", "four"};
    struct office *office = *state;

    for (size_t i = 0; i < 3; i++)
        office_mail(office, subjects[i]);
    office_run_well(office);
    mailserver_restore(office->server, 2);
    assert_int_equal(office_mail(office, "four"), 2);
    office_run_well(office);
    expect_once(office, subjects, 4);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
    office_run_well(office);
    assert_int_equal(office->counts.found, 0);
}

/* Given before to what the ledger never had, so that only the UIDNEXT of then tells. */
static void test_a_uid_is_given_again_that_the_ledger_does_not_know(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    for (size_t i = 0; i < 5; i++)
        office_mail(office, five[i]);
    office_run_well(office);
    office_run_well(office);
    office_change_ledger(office, "DELETE FROM message WHERE uid > 2");
    mailserver_restore(office->server, 2);
    assert_int_equal(office_mail(office, "six"), 2);
    office_mail(office, "seven");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office_count_subject(office, "one"), 1);
    assert_int_equal(office_count_subject(office, "six"), 1);
    assert_int_equal(office_count_subject(office, "seven"), 1);
}

/* So much came between the restore and the next visit that the numbers tell nothing. */
static void test_a_known_uid_with_another_message_is_a_new_one(void **state)
{
    static const char *const subjects[] = {"one", "two", "three", "four", "five", "six"};
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "delete");
    for (size_t i = 0; i < 2; i++)
        office_mail(office, subjects[i]);
    office_run_well(office);
    mailserver_restore(office->server, 2);
    for (size_t i = 2; i < 6; i++)
        office_mail(office, subjects[i]);
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_RETRY);
    assert_int_equal(office->counts.delivered, 0);
    office_run_well(office);
    expect_once(office, subjects, 6);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
}

static void test_a_server_without_uid_validity_is_not_trusted(void **state)
{
    struct office *office = *state;

    mailserver_renumber(office->server, 0);
    office_mail(office, "one");
    assert_false(office_run(office));
    assert_int_equal(office_delivered(office), 0);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
}

static void test_the_same_numbers_in_another_folder_are_other_messages(void **state)
{
    static const char mail[] = "Subject: elsewhere\r\n\r\nhello\r\n";
    struct office *office = *state;

    office_mail(office, "one");
    office_run_well(office);
    mailserver_add(office->server, "Bugs", mail, sizeof mail - 1);
    office_set(office, SET_MAILBOX_FOLDER, "Bugs");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 1);
    assert_int_equal(office_delivered(office), 2);
}

static void test_a_folder_that_is_read_only_is_told_before_any_delivery(void **state)
{
    const struct mailserver_faults faults = {.read_only = true};
    struct office *office = *state;

    mailserver_set_faults(office->server, &faults);
    office_mail(office, "one");
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_REFUSED);
    assert_int_equal(office_delivered(office), 0);
}

static void test_a_read_only_folder_will_do_for_keep(void **state)
{
    const struct mailserver_faults faults = {.read_only = true};
    struct office *office = *state;

    mailserver_set_faults(office->server, &faults);
    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    office_mail(office, "one");
    office_run_well(office);
    assert_int_equal(office_delivered(office), 1);
}

static void test_a_refused_login_comes_with_its_diagnosis(void **state)
{
    const struct mailserver_faults faults = {.refuse_login = true};
    struct office *office = *state;

    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_REFUSED);
    assert_non_null(office->diagnosis);
    assert_int_equal(office->diagnosis->stage, CHECK_IMAP_AUTHENTICATE);
    assert_true(office->diagnosis->is_refusal);
}

static void test_a_folder_that_is_not_there_comes_with_its_diagnosis(void **state)
{
    struct office *office = *state;

    office_set(office, SET_MAILBOX_FOLDER, "Absent");
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_SETTING);
    assert_non_null(office->diagnosis);
    assert_int_equal(office->diagnosis->stage, CHECK_IMAP_OPEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_stays_of_a_message_that_broke_off),
        TEST(test_a_command_never_sees_a_message_that_broke_off),
        TEST(test_a_message_that_always_breaks_off_holds_up_no_other),
        TEST(test_a_message_that_the_server_refuses_holds_up_no_other),
        TEST(test_a_group_may_come_in_any_order),
        TEST(test_the_uid_may_be_told_behind_the_message),
        TEST(test_no_message_is_taken_for_another),
        TEST(test_a_message_that_is_left_out_is_asked_for_alone),
        TEST(test_a_message_that_comes_twice_is_delivered_once),
        TEST(test_what_nobody_asked_for_is_not_delivered),
        TEST(test_a_refused_set_is_marked_one_by_one),
        TEST(test_a_refused_set_is_moved_one_by_one),
        TEST(test_a_refused_set_is_copied_one_by_one),
        TEST(test_what_came_whole_before_the_end_is_not_fetched_again),
        TEST(test_a_refused_mark_is_told_and_nothing_is_delivered_twice),
        TEST(test_a_refused_move_has_the_command_against_it),
        TEST(test_a_refused_move_is_made_up_for_in_the_next_run),
        TEST(test_a_crash_before_the_record_does_not_deliver_twice),
        TEST(test_a_crash_before_the_record_gives_a_command_its_message_again),
        TEST(test_what_another_reads_behind_a_crash_does_not_wait),
        TEST(test_a_lost_ledger_does_not_fill_the_maildir_again),
        TEST(test_what_was_delivered_is_known_when_a_server_counts_anew),
        TEST(test_what_cannot_be_told_apart_is_delivered_again),
        TEST(test_a_uid_that_is_given_again_is_a_new_message),
        TEST(test_a_uid_is_given_again_that_the_ledger_does_not_know),
        TEST(test_a_known_uid_with_another_message_is_a_new_one),
        TEST(test_a_server_without_uid_validity_is_not_trusted),
        TEST(test_the_same_numbers_in_another_folder_are_other_messages),
        TEST(test_a_folder_that_is_read_only_is_told_before_any_delivery),
        TEST(test_a_read_only_folder_will_do_for_keep),
        TEST(test_a_refused_login_comes_with_its_diagnosis),
        TEST(test_a_folder_that_is_not_there_comes_with_its_diagnosis),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
