/* letterbox ingest for programs: --json and --metrics, where no server is reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/exposition/exposition.h"
#include "support/watched/watched.h"

/* The secret of watched_save is in a variable that is not set. */
static int enter(void **state)
{
    watched_open(state);
    watched_save(*state, "support", "2026-01-01");
    return 0;
}

/* Every line is one object; the last that has this event is returned, the caller's. */
static json_t *find_event(const char *lines, const char *event)
{
    json_t *found = NULL;

    for (; *lines; lines += strcspn(lines, "\n") + 1) {
        json_error_t error;
        json_t *one =
            json_loadb(lines, strcspn(lines, "\n"), JSON_REJECT_DUPLICATES, &error);
        const char *name = json_string_value(json_object_get(one, "event"));

        if (!one)
            fail_msg("%s in: %s", error.text, lines);
        if (name && strcmp(name, event) == 0) {
            json_decref(found);
            found = json_incref(one);
        }
        json_decref(one);
    }
    if (!found)
        fail_msg("no %s is logged", event);
    return found;
}

static void test_log_and_result_are_json(void **state)
{
    struct program_outcome outcome =
        watched_run(*state, "ingest", "support --once --json");
    json_t *result = json_loads(outcome.out, 0, NULL);
    json_t *failed = find_event(outcome.err, "failed");

    assert_int_equal(outcome.status, 78);
    assert_ptr_equal(strchr(outcome.out, '\n'), outcome.out + strlen(outcome.out) - 1);
    assert_true(json_is_false(json_object_get(result, "ok")));
    assert_string_equal(json_string_value(json_object_get(result, "mailbox")), "support");
    assert_int_equal(json_integer_value(json_object_get(result, "delivered")), 0);
    assert_true(
        json_equal(json_object_get(result, "error"), json_object_get(failed, "error")));
    json_decref(find_event(outcome.err, "secret-expires"));
    json_decref(failed);
    json_decref(result);
    program_outcome_free(&outcome);
}

/* A run that is over leaves its figures in the file. */
static void test_the_figures_are_written_at_the_end(void **state)
{
    struct watched *watched = *state;
    struct program_outcome outcome =
        watched_run(watched, "ingest", "support --once --metrics letterbox.prom");
    char *text = scratch_read(&watched->scratch, "letterbox.prom", NULL);

    assert_non_null(text);
    exposition_check(text);
    assert_int_equal(
        (int)exposition_value(
            text, "letterbox_mailbox_state{mailbox=\"support\",state=\"failed\"}"),
        1);
    watched_assert_has(outcome.err, "event=metrics path=letterbox.prom\n");
    free(text);
    program_outcome_free(&outcome);
}

static void test_a_place_that_is_wrong_is_refused(void **state)
{
    struct program_outcome outcome =
        watched_run(*state, "ingest", "support --once --metrics 0.0.0.0:9751");

    assert_int_equal(outcome.status, 64);
    watched_assert_has(outcome.err, "0.0.0.0:9751 is not a loopback address");
    program_outcome_free(&outcome);
}

/* The mail comes all the same: what ends the run is the mailbox's own trouble. */
static void test_one_that_cannot_be_had_is_a_warning(void **state)
{
    struct program_outcome outcome =
        watched_run(*state, "ingest", "support --once --metrics none/x.prom");

    assert_int_equal(outcome.status, 78);
    watched_assert_has(outcome.err, "level=warn event=metrics-failed error=");
    program_outcome_free(&outcome);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, enter, watched_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_log_and_result_are_json),
        UNIT(test_the_figures_are_written_at_the_end),
        UNIT(test_a_place_that_is_wrong_is_refused),
        UNIT(test_one_that_cannot_be_had_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
