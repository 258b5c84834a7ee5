/* What is left in the mailbox and at the destination after one run and after the next. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/argv.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/state.h"
#include "protocol/ingest/office.h"

static void test_unread_messages_arrive_and_are_marked_as_seen(void **state)
{
    struct office *office = *state;

    office_mail(office, "one");
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(office->counts.found, 2);
    assert_int_equal(office->counts.delivered, 2);
    assert_int_equal(office_count_subject(office, "one"), 1);
    assert_int_equal(office_count_subject(office, "two"), 1);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 2);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

/* Mails these bytes and expects them back. */
static void expect_bytes(struct office *office, const char *bytes, size_t length)
{
    size_t got;
    char **names, *path, *content;

    mailserver_add(office->server, "INBOX", bytes, length);
    office_run_well(office);
    names = scratch_names(&office->scratch, "mail/new");
    assert_non_null(names[0]);
    path = mem_format("mail/new/%s", names[0]);
    content = scratch_read(&office->scratch, path, &got);
    assert_int_equal(got, length);
    assert_memory_equal(content, bytes, length);
    free(content);
    free(path);
    argv_free(&names);
}

static void test_the_bytes_are_the_server_s(void **state)
{
    static const char bytes[] =
        "Message-ID: <b@example.com>\r\n\r\n8-bit \xff, NUL \0, bare \r and \n, )\r\n";

    expect_bytes(*state, bytes, sizeof bytes - 1);
}

static void test_a_large_message_comes_in_pieces(void **state)
{
    const struct mailserver_faults faults = {.slice = 7777};
    struct office *office = *state;
    size_t length = (6 << 20) + 1;
    char *bytes = mem_new(length, 1);

    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i * 7 % 251);
    mailserver_set_faults(office->server, &faults);
    expect_bytes(office, bytes, length);
    free(bytes);
}

static void test_an_empty_message_is_a_message(void **state)
{
    expect_bytes(*state, "", 0);
}

static void test_the_oldest_comes_first(void **state)
{
    struct office *office = *state;
    char *order;

    office_set_command(office, "echo $LETTERBOX_UID >> $HERE/order");
    for (int i = 0; i < 3; i++)
        office_mail(office, "mail");
    office_run_well(office);
    order = scratch_read(&office->scratch, "order", NULL);
    assert_string_equal(order, "1\n2\n3\n");
    free(order);
}

static void test_an_empty_folder_is_asked_once(void **state)
{
    struct office *office = *state;

    office_run_well(office);
    assert_int_equal(office->counts.found, 0);
    assert_int_equal(mailserver_heard(office->server, "UID SEARCH"), 1);
    assert_int_equal(mailserver_heard(office->server, "UID FETCH"), 0);
}

static void test_more_messages_than_one_batch(void **state)
{
    struct office *office = *state;

    for (int i = 0; i < 600; i++)
        office_mail(office, "mail");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 600);
    assert_int_equal(office_delivered(office), 600);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
    assert_int_equal(mailserver_heard(office->server, "UID STORE"), 3);
}

static void test_success_can_move(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    office_mail(office, "one");
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
    assert_int_equal(mailserver_count(office->server, "Done"), 2);
    assert_int_equal(mailserver_heard(office->server, "CREATE"), 1);
    assert_int_equal(office_delivered(office), 2);
}

static void test_success_can_delete(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "delete");
    office_mail(office, "one");
    office_run_well(office);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
    assert_int_equal(mailserver_heard(office->server, "EXPUNGE"), 0);
    assert_int_equal(office_delivered(office), 1);
}

static void test_success_can_keep_and_the_ledger_remembers(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    office_mail(office, "one");
    office_run_well(office);
    office_mail(office, "two");
    office_run_well(office);
    assert_int_equal(office->counts.found, 2);
    assert_int_equal(office->counts.delivered, 1);
    assert_int_equal(office->counts.repeated, 0);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 2);
    assert_int_equal(office_delivered(office), 2);
    assert_int_equal(mailserver_heard(office->server, "UID STORE"), 0);
}

static void test_a_server_without_move_copies_and_expunges_that_message_alone(
    void **state)
{
    const struct mailserver_faults faults = {.without_move = true};
    struct office *office = *state;

    mailserver_set_faults(office->server, &faults);
    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    office_mail(office, "one");
    office_run_well(office);
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
    assert_int_equal(mailserver_count(office->server, "Done"), 1);
    assert_int_equal(mailserver_heard(office->server, "EXPUNGE"), 0);
}

static void test_what_a_server_cannot_expunge_is_copied_once(void **state)
{
    const struct mailserver_faults faults = {.without_move = true,
                                             .without_uidplus = true};
    struct office *office = *state;

    mailserver_set_faults(office->server, &faults);
    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    office_mail(office, "one");
    for (int i = 0; i < 3; i++)
        office_run_well(office);
    assert_int_equal(mailserver_count(office->server, "Done"), 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
    assert_int_equal(office_delivered(office), 1);
}

/* ---- The failure way --------------------------------------------------------------- */

static void refuse_all(struct office *office, const char *way)
{
    office_set_command(office, "echo x >> $HERE/tries; exit 65");
    office_set(office, SET_INGEST_ON_FAILURE, way);
    office_mail(office, "one");
    office_run_well(office);
    assert_int_equal(office->counts.refused, 1);
    assert_int_equal(office->counts.delivered, 0);
}

static void test_failure_can_keep_and_is_not_tried_again(void **state)
{
    struct office *office = *state;
    char *tries;

    refuse_all(office, "keep");
    office_run_well(office);
    assert_int_equal(office->counts.refused, 0);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
    tries = scratch_read(&office->scratch, "tries", NULL);
    assert_string_equal(tries, "x\n");
    free(tries);
}

static void test_failure_can_mark_as_seen(void **state)
{
    struct office *office = *state;

    refuse_all(office, "seen");
    assert_int_equal(mailserver_count(office->server, "INBOX"), 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

static void test_failure_can_move(void **state)
{
    struct office *office = *state;

    office_set(office, SET_INGEST_FAILURE_FOLDER, "Refused");
    refuse_all(office, "move");
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
    assert_int_equal(mailserver_count(office->server, "Refused"), 1);
}

static void test_failure_can_delete(void **state)
{
    struct office *office = *state;

    refuse_all(office, "delete");
    assert_int_equal(mailserver_count(office->server, "INBOX"), 0);
}

static void test_a_refused_message_holds_up_no_other(void **state)
{
    struct office *office = *state;

    office_set_command(office, "grep -q bad && exit 1; exit 0");
    office_mail(office, "bad");
    office_mail(office, "good");
    office_run_well(office);
    assert_int_equal(office->counts.refused, 1);
    assert_int_equal(office->counts.delivered, 1);
}

static void test_exit_status_75_leaves_the_message_for_the_next_run(void **state)
{
    struct office *office = *state;

    office_set_command(office, "test -e $HERE/open || exit 75; cat > $HERE/got");
    office_mail(office, "one");
    office_run_well(office);
    assert_int_equal(office->counts.deferred, 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 1);
    scratch_write(&office->scratch, "open", "", 0);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

static void test_ten_tries_in_four_hours_are_enough(void **state)
{
    struct office *office = *state;

    office_set_command(office, "exit 75");
    office_set(office, SET_INGEST_ON_FAILURE, "move");
    office_set(office, SET_INGEST_FAILURE_FOLDER, "Refused");
    office_mail(office, "one");
    for (int i = 0; i < 11; i++) {
        office_run_well(office);
        assert_int_equal(office->counts.deferred, 1);
    }
    office_change_ledger(office, "UPDATE message SET first_at = first_at - 4 * 3600");
    office_run_well(office);
    assert_int_equal(office->counts.refused, 1);
    assert_int_equal(mailserver_count(office->server, "Refused"), 1);
}

static void test_a_command_that_went_away_ends_the_run_and_counts_no_try(void **state)
{
    struct office *office = *state;

    office_set_command(office, "rm $0; exit 75");
    office_mail(office, "one");
    office_mail(office, "two");
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_SETTING);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 2);
    office_change_ledger(office, "UPDATE message SET attempts = 7 WHERE uid = 2 AND"
                                 " attempts = 0 AND state = 'deferred'");
}

/* What a person does with `letterbox messages --retry`. */
static void put_back(struct office *office)
{
    office_change_ledger(office, "UPDATE message SET state = 'again', attempts = 0,"
                                 " settled = '' WHERE state = 'refused'");
}

static void test_a_message_that_was_put_back_is_taken_although_it_is_seen(void **state)
{
    struct office *office = *state;

    refuse_all(office, "seen");
    office_mail(office, "two");
    put_back(office);
    office_set_command(office, "cat >> $HERE/got; echo $LETTERBOX_UID >> $HERE/order");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 2);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 0);
    office_change_ledger(office, "DELETE FROM message WHERE uid = 1 AND"
                                 " state = 'delivered' AND settled = 'seen'");
}

/* Seen as it is, nothing but its row would ever find it again. */
static void test_a_message_that_was_put_back_and_put_off_is_not_forgotten(void **state)
{
    struct office *office = *state;

    refuse_all(office, "seen");
    put_back(office);
    office_set_command(office, "exit 75");
    office_run_well(office);
    assert_int_equal(office->counts.deferred, 1);
    office_set_command(office, "exit 0");
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 1);
}

static void test_a_message_that_was_put_back_and_is_gone_is_forgotten(void **state)
{
    struct office *office = *state;

    refuse_all(office, "delete");
    put_back(office);
    office_run_well(office);
    assert_int_equal(office->counts.refused, 0);
    office_mail(office, "two");
    office_run_well(office);
    office_change_ledger(office, "DELETE FROM message WHERE uid = 2 AND"
                                 " (SELECT count(*) FROM message) = 1");
}

/* ---- Broken off in between --------------------------------------------------------- */

static void lose_ledger(const struct office *office)
{
    static const char *const names[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = mem_format("state/support/ledger.sqlite%s", names[i]);

        unlink(scratch_at(&office->scratch, path));
        free(path);
    }
}

/* What the Maildir has is asked for until one pass has seen all. */
static void test_a_lost_ledger_and_a_lost_connection_deliver_nothing_twice(void **state)
{
    const struct mailserver_faults faults = {.say_no = "[UNAVAILABLE] not now"},
                                   none = {0};
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    office_mail(office, "one");
    office_run_well(office);
    lose_ledger(office);
    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    mailserver_set_faults(office->server, &none);
    office_read_all(office);
    office_run_well(office);
    assert_int_equal(office->counts.repeated, 1);
    assert_int_equal(office_delivered(office), 1);
}

static void test_what_was_copied_before_the_connection_was_lost_is_not_copied_again(
    void **state)
{
    const struct mailserver_faults faults = {.without_move = true, .cut_at = "UID STORE"};
    struct office *office = *state;

    office_set(office, SET_INGEST_ON_SUCCESS, "move");
    office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    office_mail(office, "one");
    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    assert_int_equal(mailserver_count(office->server, "Done"), 1);
    office_run_well(office);
    assert_int_equal(mailserver_count(office->server, "Done"), 1);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

/* ---- Who else is there ------------------------------------------------------------- */

static void test_a_second_ingest_of_the_same_mailbox_steps_back(void **state)
{
    struct office *office = *state;
    const char *path = scratch_at(&office->scratch, "state/support");
    int directory, fd;

    office_run_well(office);
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = state_lock(directory, path, &office->err);
    assert_true(fd >= 0);
    office_mail(office, "one");
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_RETRY);
    assert_non_null(strstr(office->err.text, "Another ingest"));
    assert_int_equal(mailserver_connections(office->server), 1);
    close(fd);
    close(directory);
    office_run_well(office);
    assert_int_equal(office->counts.delivered, 1);
}

static void test_a_destination_that_is_not_built_in_is_named(void **state)
{
    struct office *office = *state;

    settings_set(&office->mailbox->settings, SET_INGEST_DELIVER, "pigeon");
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_SETTING);
    assert_string_equal(office->err.key, "ingest.deliver");
    assert_int_equal(mailserver_connections(office->server), 0);
}

static void test_the_log_tells_what_was_done_and_no_secret(void **state)
{
    struct office *office = *state;
    int fd =
        open(scratch_at(&office->scratch, "log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char *log;

    log_start(fd, LOG_DEBUG);
    office_mail(office, "one");
    office_run_well(office);
    log_start(-1, LOG_OFF);
    close(fd);
    log = scratch_read(&office->scratch, "log", NULL);
    assert_non_null(strstr(log, "event=connected mailbox=support"));
    assert_non_null(strstr(log, "event=delivered mailbox=support uid=1 "
                                "message_id=<one@example.com> size="));
    assert_non_null(strstr(log, "event=done mailbox=support"));
    assert_null(strstr(log, "correct-horse"));
    assert_null(strstr(log, "Dear all"));
    free(log);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unread_messages_arrive_and_are_marked_as_seen),
        TEST(test_the_bytes_are_the_server_s),
        TEST(test_a_large_message_comes_in_pieces),
        TEST(test_an_empty_message_is_a_message),
        TEST(test_the_oldest_comes_first),
        TEST(test_an_empty_folder_is_asked_once),
        TEST(test_more_messages_than_one_batch),
        TEST(test_success_can_move),
        TEST(test_success_can_delete),
        TEST(test_success_can_keep_and_the_ledger_remembers),
        TEST(test_a_server_without_move_copies_and_expunges_that_message_alone),
        TEST(test_what_a_server_cannot_expunge_is_copied_once),
        TEST(test_failure_can_keep_and_is_not_tried_again),
        TEST(test_failure_can_mark_as_seen),
        TEST(test_failure_can_move),
        TEST(test_failure_can_delete),
        TEST(test_a_refused_message_holds_up_no_other),
        TEST(test_exit_status_75_leaves_the_message_for_the_next_run),
        TEST(test_ten_tries_in_four_hours_are_enough),
        TEST(test_a_command_that_went_away_ends_the_run_and_counts_no_try),
        TEST(test_a_message_that_was_put_back_is_taken_although_it_is_seen),
        TEST(test_a_message_that_was_put_back_and_put_off_is_not_forgotten),
        TEST(test_a_message_that_was_put_back_and_is_gone_is_forgotten),
        TEST(test_a_lost_ledger_and_a_lost_connection_deliver_nothing_twice),
        TEST(test_what_was_copied_before_the_connection_was_lost_is_not_copied_again),
        TEST(test_a_second_ingest_of_the_same_mailbox_steps_back),
        TEST(test_a_destination_that_is_not_built_in_is_named),
        TEST(test_the_log_tells_what_was_done_and_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
