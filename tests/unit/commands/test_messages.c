/* letterbox messages: the ledger listed, and what was refused put back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ingest/bell.h"
#include "support/watched/watched.h"

enum { SERVICE = 64123 };

static int enter(void **state)
{
    struct ledger *ledger;

    watched_open(state);
    watched_save(*state, "support", "");
    ledger = watched_ledger(*state, "support");
    watched_record(ledger, 10, LEDGER_DELIVERED, NULL, "seen");
    watched_record(ledger, 11, LEDGER_REFUSED, "There is no queue \"help\".", "keep");
    watched_record(ledger, 12, LEDGER_REFUSED, "Too large.", "move");
    watched_record(ledger, 13, LEDGER_REFUSED, "Too large.", "delete");
    watched_record(ledger, 14, LEDGER_DEFERRED, "The disk is full.", NULL);
    ledger_close(&ledger);
    return 0;
}

static void change(struct watched *watched, const char *sql)
{
    sqlite3 *database = NULL;
    const char *path = scratch_at(&watched->scratch, "state/support/ledger.sqlite");

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void run(struct watched *watched, const char *options, int status, const char *out,
                const char *err)
{
    struct program_outcome outcome = watched_run(watched, "messages", options);

    if (outcome.status != status)
        fail_msg("status %d:\n%s%s", outcome.status, outcome.out, outcome.err);
    watched_assert_has(outcome.out, out);
    watched_assert_has(outcome.err, err);
    program_outcome_free(&outcome);
}

static void test_the_list_has_a_line_each_and_why(void **state)
{
    struct program_outcome outcome = watched_run(*state, "messages", "support");

    assert_int_equal(outcome.status, 0);
    watched_assert_has(outcome.out, "       UID  STATE       TRIES     SIZE  LAST");
    watched_assert_has(outcome.out, "        10  delivered       1    12 kB  ");
    watched_assert_has(outcome.out, "  <a@example.com>\n");
    watched_assert_has(outcome.out, "\n            ! There is no queue \"help\".\n");
    watched_assert_has(outcome.out, "! The disk is full.");
    assert_true(strstr(outcome.out, "  10  ") < strstr(outcome.out, "  14  "));
    assert_string_equal(outcome.err, "");
    program_outcome_free(&outcome);
}

static void test_one_state_and_the_newest_few(void **state)
{
    struct program_outcome outcome =
        watched_run(*state, "messages", "support --state refused --limit 2");

    watched_assert_lacks(outcome.out, "  11  ");
    watched_assert_has(outcome.out, "  12  ");
    watched_assert_has(outcome.out, "  13  ");
    watched_assert_lacks(outcome.out, "  14  ");
    watched_assert_has(outcome.err, "1 older ones are not shown");
    program_outcome_free(&outcome);
}

static void test_programs_get_an_array(void **state)
{
    json_t *list = watched_json(*state, "messages", "support", 0);
    const json_t *one = json_array_get(list, 1);
    time_t when;

    assert_int_equal(json_array_size(list), 5);
    assert_int_equal(json_integer_value(json_object_get(one, "uid")), 11);
    assert_int_equal(json_integer_value(json_object_get(one, "uid_validity")), 7);
    assert_string_equal(json_string_value(json_object_get(one, "state")), "refused");
    assert_string_equal(json_string_value(json_object_get(one, "error")),
                        "There is no queue \"help\".");
    assert_true(
        clock_parse_date(json_string_value(json_object_get(one, "last_at")), &when));
    json_decref(list);
    list = watched_json(*state, "messages", "support --state again", 0);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

static void test_a_long_list_is_valid_and_whole(void **state)
{
    json_t *list;

    change(*state, "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n"
                   " WHERE i < 5099) INSERT INTO message (source, uid, state, message_id,"
                   " size, first_at, last_at) SELECT 1, i, 'delivered', '<' || i ||"
                   " '\"\\@b>', i * 1000000, 1, 1 FROM n");
    list = watched_json(*state, "messages", "support", 0);
    assert_int_equal(json_array_size(list), 5005);
    json_decref(list);
    run(*state, "support --state deferred --limit 1", 0, "  14  ", "");
    run(*state, "support --state refused --limit 1", 0, "  13  ",
        "letterbox messages support --state refused --limit 0\n");
    run(*state, "support", 0, "  5099  ",
        "4805 older ones are not shown: letterbox "
        "messages support --limit 0\n");
}

static void test_a_long_id_is_cut_at_the_edge(void **state)
{
    struct program_outcome outcome;

    change(*state, "UPDATE message SET message_id = '<' || printf('%.*c', 26, 'x')"
                   " WHERE uid = 10");
    change(*state, "UPDATE message SET message_id = '<' || printf('%.*c', 27, 'x')"
                   " WHERE uid = 11");
    outcome = watched_run(*state, "messages", "support --ascii");
    watched_assert_has(outcome.out, "  <xxxxxxxxxxxxxxxxxxxxxxxxxx\n");
    watched_assert_has(outcome.out, "  <xxxxxxxxxxxxxxxxxxxxxxxxx~\n");
    for (const char *line = outcome.out; *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 1, 80);
    program_outcome_free(&outcome);
}

/* The ledger is a file like another. */
static void test_nothing_hostile_reaches_the_terminal(void **state)
{
    struct program_outcome outcome;

    change(*state, "UPDATE message SET last_error = 'a' || char(27) || '[2Jb',"
                   " message_id = '<' || char(155, 10, 8238) || '>'");
    outcome = watched_run(*state, "messages", "support --ascii");
    for (const char *at = outcome.out; *at; at++)
        assert_true(*at == '\n' || (*at >= ' ' && *at < 127));
    program_outcome_free(&outcome);
}

static void test_without_a_ledger_the_list_is_empty(void **state)
{
    json_t *list;

    watched_save(*state, "new", "");
    run(*state, "new", 0, "", "No ingest has written to ");
    list = watched_json(*state, "messages", "new", 0);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    run(*state, "new --retry all", 64, "", "No ingest has written to ");
}

static void test_a_refused_message_is_put_back(void **state)
{
    run(*state, "support --retry 11", 0, "1 message is put back.\nThe next ingest takes",
        "");
    run(*state, "support --state again", 0, "  11  again           0  ", "");
    run(*state, "support --retry 11", 0, "Nothing was put back",
        "going to be tried anyway");
}

static bool is_rung(int bell)
{
    struct pollfd wait = {.fd = bell, .events = POLLIN};

    return poll(&wait, 1, 0) > 0;
}

static void test_a_running_ingest_takes_it(void **state)
{
    struct state now = {.phase = STATE_SERVING, .pid = 1, .updated = time(NULL)};

    watched_write(*state, "support", &now);
    watched_lock(*state, "support");
    run(*state, "support --retry 11", 0, "at the next look: within 9 min by", "");
    now.phase = STATE_WAITING;
    now.trouble.title[0] = '!';
    watched_write(*state, "support", &now);
    run(*state, "support --retry all", 0, "Nothing", "");
    change(*state, "UPDATE message SET state = 'refused' WHERE uid = 11");
    run(*state, "support --retry all", 0, "when it tries next", "");
}

static void test_a_running_ingest_is_rung_for(void **state)
{
    struct watched *watched = *state;
    const struct state now = {.phase = STATE_SERVING, .pid = 1, .updated = time(NULL)};
    int directory, bell;

    watched_write(watched, "support", &now);
    watched_lock(watched, "support");
    directory = open(scratch_at(&watched->scratch, "state/support"),
                     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bell = bell_hang(directory);
    assert_true(bell >= 0);
    run(watched, "support --retry 10", 0, "Nothing", "");
    assert_false(is_rung(bell));
    run(watched, "support --retry 11", 0, "The running ingest takes it now.\n", "");
    assert_true(is_rung(bell));
    bell_hush(bell);
    change(watched, "UPDATE message SET state = 'refused' WHERE uid = 11");
    json_decref(watched_json(watched, "messages", "support --retry all", 0));
    assert_true(is_rung(bell));
    bell_take_down(directory, &bell);
    close(directory);
}

static void give_away(struct watched *watched, const char *name)
{
    assert_int_equal(lchown(scratch_at(&watched->scratch, name), SERVICE, SERVICE), 0);
}

/* Root may look, and ring, where another user's ingest runs. */
static void test_root_rings_for_the_ingest_of_another_user(void **state)
{
    struct watched *watched = *state;
    const struct state now = {.phase = STATE_SERVING, .pid = 1, .updated = time(NULL)};
    char **entries;
    int directory, bell;

    if (geteuid() != 0)
        skip();
    watched_write(watched, "support", &now);
    watched_lock(watched, "support");
    directory = open(scratch_at(&watched->scratch, "state/support"),
                     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bell = bell_hang(directory);
    assert_int_equal(chmod(watched->scratch.path, 0755), 0);
    assert_int_equal(chmod(scratch_at(&watched->scratch, "state"), 0751), 0);
    entries = scratch_names(&watched->scratch, "state/support");
    for (size_t i = 0; entries[i]; i++) {
        char *name = mem_format("state/support/%s", entries[i]);

        give_away(watched, name);
        free(name);
    }
    give_away(watched, "state/support");
    run(watched, "support --retry 11", 0, "The running ingest takes it now.\n", "");
    assert_true(is_rung(bell));
    argv_free(&entries);
    bell_take_down(directory, &bell);
    close(directory);
}

static void test_what_is_gone_says_where_and_what_to_do(void **state)
{
    run(*state, "support --retry 12", 69, "Nothing was put back",
        "moved to the folder \"Failed\"");
    run(*state, "support --retry 12", 69, "", "\"INBOX\"");
    run(*state, "support --retry 13", 69, "Nothing was put back",
        "deleted from the mailbox");
}

static void test_all_that_can_be_are_put_back(void **state)
{
    json_t *object = watched_json(*state, "messages", "support --retry all", 0);

    assert_int_equal(json_integer_value(json_object_get(object, "put_back")), 1);
    assert_int_equal(json_integer_value(json_object_get(object, "moved")), 1);
    assert_int_equal(json_integer_value(json_object_get(object, "deleted")), 1);
    json_decref(object);
}

static void test_others_are_told_apart(void **state)
{
    run(*state, "support --retry 10", 0, "", "UID 10 is delivered");
    run(*state, "support --retry 14", 0, "", "UID 14 is going to be tried anyway");
    run(*state, "support --retry 99", 64, "", "no message with the UID 99");
}

static void test_wrong_words_are_usage(void **state)
{
    static const char *const options[] = {
        "",
        "support --retry 0",
        "support --retry x",
        "support --retry 4294967296",
        "support --retry all --limit 3",
        "support --limit x",
        "support --state lost",
    };

    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        run(*state, options[i], 64, "", "letterbox: ");
    run(*state, "none", 78, "", "There is no mailbox none");
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, enter, watched_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_the_list_has_a_line_each_and_why),
        UNIT(test_one_state_and_the_newest_few),
        UNIT(test_programs_get_an_array),
        UNIT(test_a_long_list_is_valid_and_whole),
        UNIT(test_a_long_id_is_cut_at_the_edge),
        UNIT(test_nothing_hostile_reaches_the_terminal),
        UNIT(test_without_a_ledger_the_list_is_empty),
        UNIT(test_a_refused_message_is_put_back),
        UNIT(test_a_running_ingest_takes_it),
        UNIT(test_a_running_ingest_is_rung_for),
        UNIT(test_root_rings_for_the_ingest_of_another_user),
        UNIT(test_what_is_gone_says_where_and_what_to_do),
        UNIT(test_all_that_can_be_are_put_back),
        UNIT(test_others_are_told_apart),
        UNIT(test_wrong_words_are_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
