#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/err.h"
#include "ingest/ledger.h"
#include "support/scratch/scratch.h"

static const struct ledger_source inbox = {
    .host = "imap.example.com", .user = "support", .folder = "INBOX", .uid_validity = 7};

static int setup(void **state)
{
    static struct scratch scratch;

    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int teardown(void **state)
{
    scratch_remove(*state);
    return 0;
}

/* The ledger, at `source`. */
static struct ledger *open_at(const struct scratch *scratch,
                              const struct ledger_source *source)
{
    struct err err = ERR_INIT;
    struct ledger_entry entry;
    struct ledger *ledger = ledger_open(scratch->path, &err);

    assert_string_equal(err.text, "");
    assert_non_null(ledger);
    assert_true(ledger_enter(ledger, source, &entry, &err));
    return ledger;
}

static void announce(struct ledger *ledger, uint32_t uid)
{
    const struct ledger_message message = {
        .uid = uid, .size = 120, .message_id = "<a@example.com>"};

    assert_true(ledger_announce(ledger, &message, 1, NULL));
}

static struct ledger_row find(struct ledger *ledger, uint32_t uid)
{
    struct ledger_row row;

    assert_true(ledger_find(ledger, uid, &row, NULL));
    return row;
}

static void test_a_message_that_was_never_seen_is_unknown(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);

    assert_int_equal(find(ledger, 1).state, LEDGER_UNKNOWN);
    ledger_close(&ledger);
    assert_null(ledger);
}

static void test_what_was_recorded_is_there_after_reopening(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);
    struct ledger_row row;

    announce(ledger, 1);
    assert_true(ledger_begin(ledger, 1, NULL));
    assert_true(ledger_record(ledger, 1, LEDGER_DELIVERED, NULL, NULL));
    assert_true(ledger_settle(ledger, 1, "delete", NULL));
    ledger_close(&ledger);
    ledger = open_at(*state, &inbox);
    row = find(ledger, 1);
    assert_int_equal(row.state, LEDGER_DELIVERED);
    assert_string_equal(row.settled, "delete");
    assert_int_equal(row.attempts, 1);
    assert_true(row.first_at > 0 && row.last_at >= row.first_at);
    ledger_close(&ledger);
}

static void test_what_was_recorded_survives_the_death_of_the_process(void **state)
{
    struct ledger *ledger;
    int status;
    pid_t child = fork();

    if (child == 0) {
        ledger = open_at(*state, &inbox);
        announce(ledger, 1);
        announce(ledger, 2);
        ledger_record(ledger, 1, LEDGER_DELIVERED, NULL, NULL);
        ledger_begin(ledger, 2, NULL);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    ledger = open_at(*state, &inbox);
    assert_int_equal(find(ledger, 1).state, LEDGER_DELIVERED);
    assert_int_equal(find(ledger, 2).state, LEDGER_DELIVERING);
    assert_int_equal(find(ledger, 2).attempts, 1);
    ledger_close(&ledger);
}

static void test_announcing_again_leaves_what_is_known(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);

    announce(ledger, 1);
    assert_true(ledger_record(ledger, 1, LEDGER_REFUSED, "no", NULL));
    announce(ledger, 1);
    assert_int_equal(find(ledger, 1).state, LEDGER_REFUSED);
    ledger_close(&ledger);
}

static void test_only_attempts_that_say_something_count(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);

    announce(ledger, 1);
    for (int i = 0; i < 3; i++) {
        assert_true(ledger_begin(ledger, 1, NULL));
        assert_true(ledger_defer(ledger, 1, i > 0, "disk full", NULL));
    }
    assert_int_equal(find(ledger, 1).state, LEDGER_DEFERRED);
    assert_int_equal(find(ledger, 1).attempts, 2);
    ledger_close(&ledger);
}

static void test_what_was_put_back_is_listed_until_it_is_delivered(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);
    uint32_t *uids;
    size_t count;

    for (uint32_t uid = 1; uid <= 40; uid++) {
        announce(ledger, uid);
        assert_true(ledger_record(ledger, uid, uid > 20 ? LEDGER_AGAIN : LEDGER_REFUSED,
                                  "no", NULL));
    }
    assert_true(ledger_begin(ledger, 30, NULL));
    assert_true(ledger_defer(ledger, 30, true, "later", NULL));
    assert_int_equal(find(ledger, 30).attempts, 1);
    assert_true(ledger_begin(ledger, 40, NULL));
    assert_true(ledger_record(ledger, 40, LEDGER_DELIVERED, NULL, NULL));
    assert_true(ledger_list_again(ledger, &uids, &count, NULL));
    assert_int_equal(count, 19);
    assert_int_equal(uids[0], 21);
    assert_int_equal(uids[18], 39);
    free(uids);
    ledger_close(&ledger);
}

static void test_many_rows_are_found_in_one_go(void **state)
{
    static const uint32_t asked[] = {1, 2, 5, 300, 301, 4000000000};
    struct ledger *ledger = open_at(*state, &inbox);
    struct ledger_row rows[6];

    assert_true(ledger_open_batch(ledger, false, NULL));
    for (uint32_t uid = 2; uid <= 300; uid++)
        announce(ledger, uid);
    assert_true(ledger_record(ledger, 5, LEDGER_DELIVERED, NULL, NULL));
    assert_true(ledger_commit(ledger, NULL));
    assert_true(ledger_find_all(ledger, asked, 6, rows, NULL));
    assert_int_equal(rows[0].state, LEDGER_UNKNOWN);
    assert_int_equal(rows[1].state, LEDGER_DELIVERING);
    assert_int_equal(rows[2].state, LEDGER_DELIVERED);
    assert_int_equal(rows[3].state, LEDGER_DELIVERING);
    assert_int_equal(rows[4].state, LEDGER_UNKNOWN);
    assert_int_equal(rows[5].state, LEDGER_UNKNOWN);
    ledger_close(&ledger);
}

static void test_a_batch_is_there_as_a_whole_or_not_at_all(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);

    assert_true(ledger_open_batch(ledger, true, NULL));
    announce(ledger, 1);
    assert_true(ledger_begin(ledger, 1, NULL));
    ledger_roll_back(ledger);
    assert_int_equal(find(ledger, 1).state, LEDGER_UNKNOWN);
    assert_true(ledger_open_batch(ledger, true, NULL));
    announce(ledger, 1);
    assert_true(ledger_begin(ledger, 1, NULL));
    assert_true(ledger_unbegin(ledger, 1, NULL));
    assert_true(ledger_commit(ledger, NULL));
    ledger_roll_back(ledger);
    assert_int_equal(find(ledger, 1).state, LEDGER_DELIVERING);
    assert_int_equal(find(ledger, 1).attempts, 0);
    ledger_close(&ledger);
}

static void test_a_forgotten_message_is_unknown(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);

    announce(ledger, 1);
    assert_true(ledger_forget(ledger, 1, NULL));
    assert_int_equal(find(ledger, 1).state, LEDGER_UNKNOWN);
    ledger_close(&ledger);
}

static void test_the_same_uid_elsewhere_is_another_message(void **state)
{
    const struct ledger_source others[] = {
        {"imap.example.org", "support", "INBOX", 7, 0},
        {"imap.example.com", "sales", "INBOX", 7, 0},
        {"imap.example.com", "support", "Bugs", 7, 0},
        {"imap.example.com", "support", "INBOX", 8, 0},
    };
    struct ledger *ledger = open_at(*state, &inbox);
    struct ledger_entry entry;

    announce(ledger, 1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_true(ledger_enter(ledger, &others[i], &entry, NULL));
        assert_int_equal(find(ledger, 1).state, LEDGER_UNKNOWN);
    }
    assert_true(ledger_enter(ledger, &inbox, &entry, NULL));
    assert_int_equal(find(ledger, 1).state, LEDGER_DELIVERING);
    ledger_close(&ledger);
}

static struct ledger_entry enter_at(struct ledger *ledger, uint32_t uid_next)
{
    struct ledger_source source = inbox;
    struct ledger_entry entry;

    source.uid_next = uid_next;
    assert_true(ledger_enter(ledger, &source, &entry, NULL));
    return entry;
}

/* A folder that was restored: its UIDs begin anew behind what was saved. */
static void test_a_uid_next_that_goes_back_is_another_numbering(void **state)
{
    const uint64_t anew = ((uint64_t)1 << 32) + 7;
    struct ledger *ledger = open_at(*state, &inbox);

    assert_int_equal(enter_at(ledger, 5).numbering, 7);
    announce(ledger, 8);
    assert_int_equal(enter_at(ledger, 9).known_as, 0);
    assert_int_equal(enter_at(ledger, 0).numbering, 7); /* it did not tell */
    for (unsigned i = 0; i < 2; i++) { /* until its messages are recognised */
        struct ledger_entry entry = enter_at(ledger, 8);

        assert_int_equal(entry.numbering, anew);
        assert_int_equal(entry.known_as, 7);
        assert_int_equal(find(ledger, 8).state, LEDGER_UNKNOWN);
    }
    ledger_close(&ledger);
}

/* What others were given counts, too. */
static void test_uids_that_the_ledger_never_had_were_given(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);

    announce(ledger, 1);
    enter_at(ledger, 90);
    assert_int_equal(enter_at(ledger, 90).numbering, 7);
    assert_int_equal(enter_at(ledger, 89).known_as, 7);
    ledger_close(&ledger);
}

static void test_a_numbering_that_is_distrusted_is_not_entered_again(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);
    bool is_another = true;

    announce(ledger, 1);
    assert_true(ledger_is_another(ledger, 1, "<a@example.com>", &is_another, NULL));
    assert_false(is_another);
    assert_true(ledger_is_another(ledger, 1, "<b@example.com>", &is_another, NULL));
    assert_true(is_another);
    assert_true(ledger_is_another(ledger, 2, "", &is_another, NULL));
    assert_false(is_another);
    assert_true(ledger_distrust(ledger, NULL));
    assert_int_equal(enter_at(ledger, 1000).known_as, 7);
    assert_int_equal(enter_at(ledger, 0).known_as, 7);
    ledger_close(&ledger);
}

/* A ledger that was lost is in doubt until one pass has seen all messages, however many
 * were broken off. */
static void test_a_new_source_is_in_doubt_until_it_is_trusted(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);
    struct ledger_entry entry;

    announce(ledger, 1);
    ledger_close(&ledger);
    ledger = open_at(*state, &inbox);
    assert_true(ledger_enter(ledger, &inbox, &entry, NULL));
    assert_true(entry.in_doubt);
    assert_true(ledger_trust(ledger, NULL));
    ledger_close(&ledger);
    ledger = open_at(*state, &inbox);
    assert_true(ledger_enter(ledger, &inbox, &entry, NULL));
    assert_false(entry.in_doubt);
    ledger_close(&ledger);
}

static bool holds(const struct scratch *scratch, const char *question)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    bool answer;

    assert_int_equal(sqlite3_open(scratch_at(scratch, "ledger.sqlite"), &database), 0);
    assert_int_equal(sqlite3_prepare_v2(database, question, -1, &statement, NULL), 0);
    answer = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return answer;
}

/* Else the folder that was entered today would not be the last one. */
static void test_a_clock_that_was_set_back_changes_no_order(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);
    struct ledger_entry entry;

    holds(*state, "UPDATE source SET entered_at = entered_at + 86400 RETURNING 1");
    assert_true(ledger_enter(ledger, &inbox, &entry, NULL));
    assert_true(holds(*state, "SELECT entered_at > strftime('%s') + 80000 FROM source"));
    ledger_close(&ledger);
}

static void test_a_changed_uid_validity_is_told(void **state)
{
    struct ledger_source renumbered = inbox;
    struct ledger *ledger = open_at(*state, &inbox);
    struct ledger_entry entry;

    assert_true(ledger_enter(ledger, &inbox, &entry, NULL));
    assert_int_equal(entry.known_as, 0);
    renumbered.uid_validity = 4000000000;
    assert_true(ledger_enter(ledger, &renumbered, &entry, NULL));
    assert_int_equal(entry.known_as, 7);
    ledger_close(&ledger);
}

static void test_the_ledger_is_for_its_owner_alone(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);
    static const char *const names[] = {"ledger.sqlite", "ledger.sqlite-wal"};
    struct stat st;

    announce(ledger, 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(stat(scratch_at(*state, names[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    ledger_close(&ledger);
}

static void test_a_ledger_of_a_later_version_is_left_alone(void **state)
{
    struct ledger *ledger = open_at(*state, &inbox);
    struct err err = ERR_INIT;
    sqlite3 *database;

    ledger_close(&ledger);
    assert_int_equal(sqlite3_open(scratch_at(*state, "ledger.sqlite"), &database), 0);
    assert_int_equal(sqlite3_exec(database, "PRAGMA user_version = 2", NULL, NULL, NULL),
                     0);
    sqlite3_close(database);
    assert_null(ledger_open(((struct scratch *)*state)->path, &err));
    assert_int_equal(err.class, ERR_DATA);
    assert_non_null(strstr(err.text, "version 2"));
}

static void test_a_file_that_is_no_ledger_is_named(void **state)
{
    struct err err = ERR_INIT;

    scratch_write(*state, "ledger.sqlite", "this is a letter, not a ledger of letters",
                  41);
    assert_null(ledger_open(((struct scratch *)*state)->path, &err));
    assert_int_equal(err.class, ERR_DATA);
    assert_non_null(strstr(err.text, "ledger.sqlite"));
}

static void test_a_directory_that_is_not_there_is_an_error(void **state)
{
    struct err err = ERR_INIT;

    assert_null(ledger_open(scratch_at(*state, "absent"), &err));
    assert_int_equal(err.class, ERR_WRITE);
}

/* As on a disk that is full: SQLite's own words, "disk I/O error", name no cause. */
static void test_why_it_cannot_be_written_is_told(void **state)
{
    const struct rlimit small = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct err err = ERR_INIT;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_null(ledger_open(((struct scratch *)*state)->path, &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(err.class, ERR_WRITE);
    assert_non_null(strstr(err.text, scratch_at(*state, "ledger.sqlite")));
    assert_non_null(strstr(err.text, strerror(EFBIG)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_message_that_was_never_seen_is_unknown),
        TEST(test_what_was_recorded_is_there_after_reopening),
        TEST(test_what_was_recorded_survives_the_death_of_the_process),
        TEST(test_announcing_again_leaves_what_is_known),
        TEST(test_only_attempts_that_say_something_count),
        TEST(test_what_was_put_back_is_listed_until_it_is_delivered),
        TEST(test_many_rows_are_found_in_one_go),
        TEST(test_a_batch_is_there_as_a_whole_or_not_at_all),
        TEST(test_a_forgotten_message_is_unknown),
        TEST(test_the_same_uid_elsewhere_is_another_message),
        TEST(test_a_uid_next_that_goes_back_is_another_numbering),
        TEST(test_uids_that_the_ledger_never_had_were_given),
        TEST(test_a_numbering_that_is_distrusted_is_not_entered_again),
        TEST(test_a_new_source_is_in_doubt_until_it_is_trusted),
        TEST(test_a_clock_that_was_set_back_changes_no_order),
        TEST(test_a_changed_uid_validity_is_told),
        TEST(test_the_ledger_is_for_its_owner_alone),
        TEST(test_a_ledger_of_a_later_version_is_left_alone),
        TEST(test_a_file_that_is_no_ledger_is_named),
        TEST(test_a_directory_that_is_not_there_is_an_error),
        TEST(test_why_it_cannot_be_written_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
