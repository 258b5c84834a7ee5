/*
 * `--repair` against real servers: what is plainly wrong is put right and tested again, a
 * saved mailbox is written when that passed and else left alone, and every change is
 * told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "live/live.h"

static char *write_answers(const struct live *live, json_t *answers)
{
    return mem_copy_text(live_write_answers(live, answers));
}

/* TLS from the start, at a port that begins without. */
static json_t *swapped_answers(const struct live *live)
{
    json_t *answers = live_answers(live, "basic");

    json_object_set_new(answers, "name", json_string("support"));
    json_object_set_new(answers, "server.host",
                        json_string(live_host(live, "imap_remote")));
    json_object_set_new(answers, "server.port",
                        json_integer(live_port(live, "imap_remote")));
    json_object_set_new(answers, "server.security", json_string("tls"));
    return answers;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_status(const struct live *live, int status, int wanted)
{
    if (status != wanted)
        fail_msg("status %d, not %d:\n%s%s", status, wanted, live->output, live->errors);
}

static json_t *report_of(const struct live *live)
{
    json_t *report = json_loads(live->output, 0, NULL);

    assert_non_null(report);
    return report;
}

static void check_repair(const json_t *report, size_t index, const char *field,
                         const char *from, const char *to)
{
    const json_t *one = json_array_get(json_object_get(report, "repaired"), index);

    assert_non_null(one);
    assert_string_equal(json_string_value(json_object_get(one, "field")), field);
    if (from)
        assert_string_equal(json_string_value(json_object_get(one, "from")), from);
    else
        assert_null(json_object_get(one, "from"));
    if (to)
        assert_string_equal(json_string_value(json_object_get(one, "to")), to);
    else
        assert_null(json_object_get(one, "to"));
}

static void check_end(const json_t *report, bool passed, bool saved, size_t repairs)
{
    assert_int_equal(json_is_true(json_object_get(report, "ok")), passed);
    assert_int_equal(json_is_true(json_object_get(report, "saved")), saved);
    assert_int_equal(json_array_size(json_object_get(report, "repaired")), repairs);
}

static char *read_mailbox(const struct live *live)
{
    char *bytes = scratch_read(&live->scratch, "config/mailboxes/support.json", NULL);

    assert_non_null(bytes);
    return bytes;
}

/* Takes the answers; they are saved as they are. */
static void save_mailbox(struct live *live, json_t *answers)
{
    char *path = write_answers(live, answers);

    assert_status(live, LIVE_RUN(live, "setup", "--answers", path, "--no-test"), 0);
    free(path);
}

/* An answers file */

static void test_a_swapped_security_is_repaired_and_passes(void **state)
{
    struct live *live = *state;
    char *path = write_answers(live, swapped_answers(live));
    char *before = scratch_read(&live->scratch, "answers.json", NULL), *after;
    json_t *report;

    assert_status(live, LIVE_RUN(live, "test", "--answers", path, "--json"), 78);
    assert_status(live, LIVE_RUN(live, "test", "--answers", path, "--json", "--repair"),
                  0);
    report = report_of(live);
    check_end(report, true, false, 1);
    check_repair(report, 0, "server.security", "tls", "starttls");
    assert_has(live->errors,
               "repaired server.security (Security): \"tls\" is now \"starttls\".");
    assert_has(live->errors, "  \"server.security\": \"starttls\"\n");
    after = scratch_read(&live->scratch, "answers.json", NULL);
    assert_string_equal(before, after);
    json_decref(report);
    free(before);
    free(after);
    free(path);
}

static void test_several_values_are_repaired_one_after_the_other(void **state)
{
    struct live *live = *state;
    json_t *answers = live_answers(live, "custom"), *report;
    char *url = mem_format("imaps://%s", live_host(live, "imap_remote"));
    char *path;

    json_object_set_new(answers, "oauth.client_auth", json_string("basic"));
    json_object_set_new(answers, "server.host", json_string(url));
    json_object_set_new(answers, "server.port",
                        json_integer(live_port(live, "imap_remote")));
    json_object_set_new(answers, "mailbox.folder", json_string(" inbox"));
    path = write_answers(live, answers);
    assert_status(live, LIVE_RUN(live, "test", "--answers", path, "--json", "--repair"),
                  0);
    report = report_of(live);
    check_end(report, true, false, 4);
    /* First what is not valid; then as the tests find it. */
    check_repair(report, 0, "server.host", url, live_host(live, "imap_remote"));
    check_repair(report, 1, "oauth.client_auth", "basic", "post");
    check_repair(report, 2, "server.security", "tls", "starttls");
    check_repair(report, 3, "mailbox.folder", " inbox", "INBOX");
    json_decref(report);
    free(url);
    free(path);
}

static void test_blanks_around_a_secret_go_and_it_is_never_shown(void **state)
{
    struct live *live = *state;
    json_t *answers = live_answers(live, "basic"), *report;
    char *secret =
        mem_copy_text(json_string_value(json_object_get(answers, "basic.password")));
    char *pasted = mem_format(" %s ", secret);
    char *path;

    json_object_set_new(answers, "basic.password", json_string(pasted));
    path = write_answers(live, answers);
    assert_status(live, LIVE_RUN(live, "test", "--answers", path, "--json", "--repair"),
                  0);
    report = report_of(live);
    check_end(report, true, false, 1);
    check_repair(report, 0, "basic.password", NULL, NULL);
    assert_has(live->errors, "repaired basic.password (Password): removed the blanks");
    assert_null(strstr(live->output, secret));
    assert_null(strstr(live->errors, secret));
    json_decref(report);
    free(pasted);
    free(secret);
    free(path);
}

static void test_where_no_repair_is_known_all_is_as_without(void **state)
{
    struct live *live = *state;
    json_t *answers = live_answers(live, "basic"), *report, *repaired;
    char *path;

    json_object_set_new(answers, "basic.password", json_string("nonsense"));
    path = write_answers(live, answers);
    assert_status(live, LIVE_RUN(live, "test", "--answers", path, "--json"), 77);
    report = report_of(live);
    assert_null(json_object_get(report, "repaired"));
    assert_null(json_object_get(report, "saved"));
    assert_status(live, LIVE_RUN(live, "test", "--answers", path, "--json", "--repair"),
                  77);
    repaired = report_of(live);
    check_end(repaired, false, false, 0);
    assert_has(live->errors, "No repair is known");
    assert_true(json_equal(json_object_get(report, "diagnosis"),
                           json_object_get(repaired, "diagnosis")));
    json_decref(report);
    json_decref(repaired);
    free(path);
}

static void test_setup_saves_the_repaired_values(void **state)
{
    struct live *live = *state;
    char *path = write_answers(live, swapped_answers(live));
    char *saved;

    assert_status(live, LIVE_RUN(live, "setup", "--answers", path), 78);
    assert_status(live, LIVE_RUN(live, "setup", "--answers", path, "--repair"), 0);
    assert_has(live->errors, "\"tls\" is now \"starttls\"");
    saved = read_mailbox(live);
    assert_has(saved, "\"security\": \"starttls\"");
    assert_has(saved, "\"tested_at\": \"2");
    free(saved);
    free(path);
}

/* A saved mailbox */

static void test_a_saved_mailbox_is_written_when_the_repair_passed(void **state)
{
    struct live *live = *state;
    char *saved;
    json_t *report;

    save_mailbox(live, swapped_answers(live));
    assert_status(live, LIVE_RUN(live, "test", "support"), 78);
    saved = read_mailbox(live);
    assert_has(saved, "\"security\": \"tls\"");
    free(saved);

    assert_status(live, LIVE_RUN(live, "test", "support", "--repair", "--json"), 0);
    report = report_of(live);
    check_end(report, true, true, 1);
    assert_has(live->errors,
               "support: repaired server.security (Security): \"tls\" is now "
               "\"starttls\".");
    assert_has(live->errors, "support: the repaired values passed the test and are "
                             "saved.");
    saved = read_mailbox(live);
    assert_has(saved, "\"security\": \"starttls\"");
    assert_has(saved, "\"tested_at\": \"2");
    free(saved);
    json_decref(report);

    assert_status(live, LIVE_RUN(live, "test", "--all", "--repair"), 0);
    assert_string_equal(live->errors, "");
}

static void test_a_saved_mailbox_stays_when_the_repair_was_not_enough(void **state)
{
    struct live *live = *state;
    json_t *answers = swapped_answers(live), *report;
    char *before, *after;

    json_object_set_new(answers, "basic.password", json_string("nonsense"));
    save_mailbox(live, answers);
    before = read_mailbox(live);
    assert_status(live, LIVE_RUN(live, "test", "support", "--repair", "--json"), 77);
    report = report_of(live);
    check_end(report, false, false, 1);
    check_repair(report, 0, "server.security", "tls", "starttls");
    assert_has(live->errors, "Nothing was saved.");
    after = read_mailbox(live);
    assert_string_equal(before, after);
    json_decref(report);
    free(before);
    free(after);
}

static void test_blanks_around_a_stored_secret_go(void **state)
{
    struct live *live = *state;
    json_t *answers = live_answers(live, "custom"), *report;
    size_t secrets;
    char *pasted = mem_format(
        "%s ", json_string_value(json_object_get(answers, "oauth.client_secret")));

    json_object_set_new(answers, "name", json_string("support"));
    json_object_set_new(answers, "oauth.client_secret", json_string(pasted));
    save_mailbox(live, answers);
    secrets = scratch_count(&live->scratch, "config/secrets");
    assert_status(live, LIVE_RUN(live, "test", "support"), 77);
    assert_status(live, LIVE_RUN(live, "test", "support", "--repair", "--json"), 0);
    report = report_of(live);
    check_end(report, true, true, 1);
    check_repair(report, 0, "oauth.client_secret", NULL, NULL);
    assert_status(live, LIVE_RUN(live, "test", "support"), 0);
    assert_int_equal(scratch_count(&live->scratch, "config/secrets"), secrets);
    json_decref(report);
    free(pasted);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, live_set_up, live_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(test_a_swapped_security_is_repaired_and_passes),
        LIVE(test_several_values_are_repaired_one_after_the_other),
        LIVE(test_blanks_around_a_secret_go_and_it_is_never_shown),
        LIVE(test_where_no_repair_is_known_all_is_as_without),
        LIVE(test_setup_saves_the_repaired_values),
        LIVE(test_a_saved_mailbox_is_written_when_the_repair_passed),
        LIVE(test_a_saved_mailbox_stays_when_the_repair_was_not_enough),
        LIVE(test_blanks_around_a_stored_secret_go),
    };

    return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
