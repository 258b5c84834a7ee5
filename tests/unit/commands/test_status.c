/* letterbox status: what is said of each kind of mailbox, and the exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ingest/overview.h"
#include "support/watched/watched.h"

enum { NOBODY = 65534 };

static struct state serving(void)
{
    time_t now = time(NULL);

    return (struct state){.phase = STATE_SERVING,
                          .pid = 4711,
                          .started = now - 7200,
                          .since = now - 7200,
                          .last_success = now - 5,
                          .updated = now - 5,
                          .delivered = 3};
}

static struct state in_trouble(enum state_phase phase, const char *class)
{
    struct state state = serving();

    state.phase = phase;
    state.next_try = state.updated + 300;
    state.trouble = (struct state_trouble){.code = "net.refused",
                                           .title = "Nothing listens there",
                                           .fix = "Ask whoever runs it.",
                                           .at = state.updated};
    snprintf(state.trouble.class, sizeof state.trouble.class, "%s", class);
    return state;
}

static void look(struct watched *watched, const char *options, int status,
                 const char *const *parts)
{
    struct program_outcome outcome = watched_run(watched, "status", options);

    for (; *parts; parts++)
        watched_assert_has(outcome.out, *parts);
    if (outcome.status != status)
        fail_msg("status %d:\n%s%s", outcome.status, outcome.out, outcome.err);
    program_outcome_free(&outcome);
}

#define LOOK(options, status, ...)                                                       \
    look(*state, options, status, (const char *const[]){__VA_ARGS__, NULL})

static void test_a_mailbox_that_is_served_is_well(void **state)
{
    const struct state now = serving();

    watched_save(*state, "support", "");
    watched_write(*state, "support", &now);
    watched_lock(*state, "support");
    LOOK("", 0, "MAILBOX", "support", "serving", " ago");
    LOOK("support", 0, "serving, for 2 h (process 4711)", " UTC)");
}

/* A delivery may take an hour; who ends its process then has it twice. */
static void test_one_that_delivers_for_long_is_not_silent(void **state)
{
    const time_t now = 1800000000;
    struct overview one = {.poll_seconds = 60, .timeout_seconds = 120};

    (void)state;
    one.state =
        (struct state){.phase = STATE_SERVING, .updated = now - 3600, .is_alive = true};
    overview_judge(&one, now, 60);
    assert_int_equal(one.health, OVERVIEW_SILENT);
    one.timeout_seconds = 3600;
    overview_judge(&one, now, 60);
    assert_int_equal(one.health, OVERVIEW_SERVING);
}

static void test_one_that_was_never_served_says_how_it_is(void **state)
{
    watched_save(*state, "support", "");
    LOOK("", 69, "never run", "\n    letterbox ingest support\n");
    LOOK("support", 69, "never run", "\n    letterbox ingest support\n");
}

static void test_one_whose_process_died_says_so(void **state)
{
    const struct state now = serving();

    watched_save(*state, "support", "");
    watched_write(*state, "support", &now);
    LOOK("", 69, "died", "(4711)", "\n    letterbox ingest support\n");
}

static void test_one_whose_process_hangs_says_so(void **state)
{
    struct state now = serving();

    now.last_success = now.updated = now.since = time(NULL) - 2 * 3600;
    watched_save(*state, "support", "");
    watched_write(*state, "support", &now);
    watched_lock(*state, "support");
    LOOK("", 69, "silent", "(4711)");
    LOOK("--max-age 10000", 0, "serving");
}

static void test_trouble_that_passes_is_75(void **state)
{
    const struct state now = in_trouble(STATE_WAITING, "retry_later");

    watched_save(*state, "support", "");
    watched_write(*state, "support", &now);
    watched_lock(*state, "support");
    LOOK("", 75, "waiting", "in 4 min", "! Nothing listens there", "Ask whoever runs it.",
         "net.refused", "\n    letterbox test support\n");
}

/* More mailboxes than connections. */
static void test_waiting_for_its_turn_is_well(void **state)
{
    struct state now = serving();

    now.phase = STATE_WAITING;
    now.next_try = time(NULL) + 30;
    watched_save(*state, "support", "");
    watched_write(*state, "support", &now);
    watched_lock(*state, "support");
    LOOK("", 0, "waiting", "in ");
}

static void test_a_parked_one_wants_a_person(void **state)
{
    const struct state setting = in_trouble(STATE_PARKED, "fix_setting");
    const struct state server = in_trouble(STATE_PARKED, "fix_server");

    watched_save(*state, "support", "");
    watched_lock(*state, "support");
    watched_write(*state, "support", &setting);
    LOOK("", 78, "parked", "! Nothing listens there");
    watched_write(*state, "support", &server);
    LOOK("", 69, "parked");
}

/* cron runs `ingest --once`: between two runs nothing lives, and all is well. */
static void test_one_that_ended_well_is_well_for_a_while(void **state)
{
    struct state now = serving();

    watched_save(*state, "support", "");
    now.phase = STATE_STOPPED;
    watched_write(*state, "support", &now);
    LOOK("", 0, "stopped");
    LOOK("--max-age 2", 69, "stopped", "Nobody fetches its mail");
    now.last_success = time(NULL) - 2 * 3600;
    watched_write(*state, "support", &now);
    LOOK("", 69, "stopped", "Nobody fetches its mail");
    LOOK("--max-age 10000", 0, "stopped");
    now = in_trouble(STATE_STOPPED, "retry_now");
    watched_write(*state, "support", &now);
    LOOK("", 75, "failed", "! Nothing listens there");
    now = in_trouble(STATE_STOPPED, "fix_setting");
    watched_write(*state, "support", &now);
    LOOK("", 78, "failed", "! Nothing listens there");
}

static void test_what_passes_hides_nothing_worse(void **state)
{
    const struct state now = in_trouble(STATE_WAITING, "retry_later");

    watched_save(*state, "a", "");
    watched_save(*state, "b", "");
    watched_write(*state, "a", &now);
    watched_lock(*state, "a");
    LOOK("", 69, "waiting", "never run");
}

static void test_a_status_that_cannot_be_read_says_why(void **state)
{
    struct watched *watched = *state;

    watched_save(watched, "support", "");
    watched_write(watched, "support", NULL);
    scratch_write(&watched->scratch, "state/support/status.json", "{", 1);
    assert_int_equal(
        chmod(scratch_at(&watched->scratch, "state/support/status.json"), 0600), 0);
    LOOK("", 65, "unknown", "status.json is no status");
    assert_int_equal(
        chmod(scratch_at(&watched->scratch, "state/support/status.json"), 0644), 0);
    LOOK("", 65, "unknown", "chmod 600");
}

static void test_a_mailbox_that_is_none_is_told(void **state)
{
    struct program_outcome outcome = watched_run(*state, "status", "none");

    assert_int_equal(outcome.status, 78);
    watched_assert_has(outcome.err, "There is no mailbox none");
    program_outcome_free(&outcome);
    outcome = watched_run(*state, "status", "../state");
    assert_int_not_equal(outcome.status, 0);
    assert_string_equal(outcome.out, "");
    program_outcome_free(&outcome);
}

static void test_the_end_of_a_secret_stands_in_its_column(void **state)
{
    char date[32];

    clock_format_utc(time(NULL) + 5 * 24 * 3600 + 3600, date, sizeof date);
    date[10] = '\0';
    watched_save(*state, "support", date);
    LOOK("", 69, " days !");
    LOOK("support", 69, "! The Client secret expires on ", date);
}

static void test_waiting_and_refused_are_those_of_the_ledger(void **state)
{
    const struct state now = serving();
    struct ledger *ledger = watched_ledger(*state, "support");

    watched_save(*state, "support", "");
    watched_write(*state, "support", &now);
    watched_lock(*state, "support");
    watched_record(ledger, 1, LEDGER_DELIVERED, NULL, "seen");
    watched_record(ledger, 2, LEDGER_DEFERRED, "later", NULL);
    watched_record(ledger, 3, LEDGER_DEFERRED, "later", NULL);
    watched_record(ledger, 4, LEDGER_REFUSED, "no", "keep");
    LOOK("support", 0, "2 waiting, 1 refused, 1 delivered",
         "\n    letterbox messages support --state refused\n");
    ledger_close(&ledger);
}

static const char *member(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void test_programs_get_instants_and_numbers(void **state)
{
    const struct state now = in_trouble(STATE_PARKED, "fix_setting");
    const json_t *error;
    json_t *one;
    time_t when;

    watched_save(*state, "support", "2030-01-01");
    watched_write(*state, "support", &now);
    watched_lock(*state, "support");
    one = watched_json(*state, "status", "support", 78);
    assert_string_equal(member(one, "mailbox"), "support");
    assert_string_equal(member(one, "state"), "parked");
    assert_true(json_is_false(json_object_get(one, "ok")));
    assert_true(json_is_true(json_object_get(one, "alive")));
    assert_true(clock_parse_date(member(one, "next_try"), &when));
    assert_int_equal(when, now.next_try);
    error = json_object_get(one, "error");
    assert_string_equal(member(error, "title"), "Nothing listens there");
    assert_string_equal(member(one, "client_secret_expires_at"), "2030-01-01");
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(one, "since_started"), "delivered")),
                     3);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(one, "messages"), "waiting")),
        0);
    json_decref(one);
    one = watched_json(*state, "status", "", 78);
    assert_true(json_is_array(one));
    assert_int_equal(json_array_size(one), 1);
    json_decref(one);
}

static void test_no_line_is_wider_than_80_columns(void **state)
{
    static const char *const names[] = {
        "a", "support-and-sales", "a-name-of-fifty-characters-has-a-line-of-its-own-x"};
    const struct state now = in_trouble(STATE_WAITING, "retry_later");
    struct program_outcome outcome;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        watched_save(*state, names[i], "2026-01-01");
        watched_write(*state, names[i], &now);
    }
    outcome = watched_run(*state, "status", "--ascii");
    for (const char *line = outcome.out; *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 1, 80);
    program_outcome_free(&outcome);
}

static void test_a_wrong_age_is_refused(void **state)
{
    static const char *const ages[] = {"--max-age x", "--max-age -1", "--max-age 1h",
                                       "--max-age 99999999999"};

    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++) {
        struct program_outcome outcome = watched_run(*state, "status", ages[i]);

        assert_int_equal(outcome.status, 64);
        program_outcome_free(&outcome);
    }
}

/* The service runs as a user of its own; root looks, and leaves nothing of root's. */

static void give_away(struct watched *watched, const char *name)
{
    char *path = mem_format("state/support/%s", name);

    assert_int_equal(chown(scratch_at(&watched->scratch, path), NOBODY, NOBODY), 0);
    free(path);
}

static void test_root_sees_the_state_of_another_user(void **state)
{
    struct watched *watched = *state;
    const struct state now = serving();
    struct ledger *ledger;
    char **names;

    if (geteuid() != 0)
        skip();
    ledger = watched_ledger(watched, "support");
    watched_record(ledger, 4, LEDGER_REFUSED, "no", "keep");
    ledger_close(&ledger);
    watched_save(watched, "support", "");
    watched_write(watched, "support", &now);
    watched_lock(watched, "support");
    give_away(watched, "status.json");
    give_away(watched, "lock");
    give_away(watched, "ledger.sqlite");
    assert_int_equal(
        chown(scratch_at(&watched->scratch, "state/support"), NOBODY, NOBODY), 0);
    assert_int_equal(chown(scratch_at(&watched->scratch, "state"), NOBODY, NOBODY), 0);
    assert_int_equal(chmod(watched->scratch.path, 0711), 0);
    LOOK("support", 0, "serving", "1 refused");
    names = scratch_names(&watched->scratch, "state/support");
    for (size_t i = 0; names[i]; i++) {
        char *path = mem_format("state/support/%s", names[i]);
        struct stat status;

        assert_int_equal(stat(scratch_at(&watched->scratch, path), &status), 0);
        assert_int_equal(status.st_uid, NOBODY);
        free(path);
    }
    argv_free(&names);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, watched_open, watched_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_a_mailbox_that_is_served_is_well),
        UNIT(test_one_that_delivers_for_long_is_not_silent),
        UNIT(test_one_that_was_never_served_says_how_it_is),
        UNIT(test_one_whose_process_died_says_so),
        UNIT(test_one_whose_process_hangs_says_so),
        UNIT(test_trouble_that_passes_is_75),
        UNIT(test_waiting_for_its_turn_is_well),
        UNIT(test_a_parked_one_wants_a_person),
        UNIT(test_one_that_ended_well_is_well_for_a_while),
        UNIT(test_what_passes_hides_nothing_worse),
        UNIT(test_a_status_that_cannot_be_read_says_why),
        UNIT(test_a_mailbox_that_is_none_is_told),
        UNIT(test_the_end_of_a_secret_stands_in_its_column),
        UNIT(test_waiting_and_refused_are_those_of_the_ledger),
        UNIT(test_programs_get_instants_and_numbers),
        UNIT(test_no_line_is_wider_than_80_columns),
        UNIT(test_a_wrong_age_is_refused),
        UNIT(test_root_sees_the_state_of_another_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
