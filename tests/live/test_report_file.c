/*
 * `--report` against real servers: everything is in the file but a secret, and with
 * `--mask` nobody's address either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/mem.h"
#include "live/live.h"

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}

/* Tests these answers; the report, the caller's. */
static char *report_of(struct live *live, json_t *answers, bool masked, int wanted)
{
    char *path = mem_copy_text(live_write_answers(live, answers));
    char *to = mem_copy_text(scratch_at(&live->scratch, "report.txt"));
    int status = masked
                     ? LIVE_RUN(live, "test", "--answers", path, "--report", to, "--mask")
                     : LIVE_RUN(live, "test", "--answers", path, "--report", to);
    struct stat file;
    char *report;

    if (status != wanted)
        fail_msg("status %d, not %d:\n%s%s", status, wanted, live->output, live->errors);
    assert_int_equal(stat(to, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    report = scratch_read(&live->scratch, "report.txt", NULL);
    assert_non_null(report);
    free(to);
    free(path);
    return report;
}

static char *answer_of(struct live *live, const char *way, const char *key)
{
    json_t *answers = live_answers(live, way);
    char *text = mem_copy_text(json_string_value(json_object_get(answers, key)));

    assert_non_null(text);
    json_decref(answers);
    return text;
}

static void test_a_passed_test_is_told_whole_and_without_its_secret(void **state)
{
    struct live *live = *state;
    char *secret = answer_of(live, "custom", "oauth.client_secret");
    char *user = answer_of(live, "custom", "mailbox.user");
    char *report = report_of(live, live_answers(live, "custom"), false, 0);

    assert_has(report, "letterbox ");
    assert_has(report, "the test passed in ");
    assert_has(report, "\nToken server\n");
    assert_has(report, "\nTLS of the token server\n");
    assert_has(report, "  Check                   good: issuer, name and dates\n");
    assert_has(report, "\nThe token says\n");
    assert_has(report, "\nTLS of the mail server\n");
    assert_has(report, "  Software                Dovecot\n");
    assert_has(report, "  After login             ");
    assert_has(report, "  UIDVALIDITY             ");
    assert_has(report, "  oauth.client_secret     set\n");
    assert_has(report, user);
    assert_lacks(report, secret);
    free(report);
    free(user);
    free(secret);
}

static void test_a_mask_keeps_the_mailbox_to_oneself(void **state)
{
    struct live *live = *state;
    char *user = answer_of(live, "custom", "mailbox.user");
    char *report = report_of(live, live_answers(live, "custom"), true, 0);

    assert_has(report, "<address 1>");
    assert_has(report, "<host address 1>");
    assert_has(report, "  After login             ");
    assert_lacks(report, user);
    assert_lacks(report, "@");
    assert_lacks(report, "127.0.0.1");
    free(report);
    free(user);
}

static void test_a_refusal_is_told_with_the_servers_words(void **state)
{
    struct live *live = *state;
    json_t *answers = live_answers(live, "basic");
    char *report, *user = answer_of(live, "basic", "basic.username");

    json_object_set_new(answers, "basic.password", json_string("n0t-the-p4ssword"));
    report = report_of(live, answers, true, 77);
    assert_has(report, "AUTHENTICATIONFAILED");
    assert_has(report, "  basic.password          set\n");
    assert_lacks(report, user);
    assert_lacks(report, "n0t-the-p4ssword");
    free(report);
    free(user);
}

static void test_a_mask_without_a_report_is_a_mistake(void **state)
{
    struct live *live = *state;

    assert_int_equal(LIVE_RUN(live, "test", "support", "--mask"), 64);
    assert_has(live->errors, "--mask");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_passed_test_is_told_whole_and_without_its_secret),
        cmocka_unit_test(test_a_mask_keeps_the_mailbox_to_oneself),
        cmocka_unit_test(test_a_refusal_is_told_with_the_servers_words),
        cmocka_unit_test(test_a_mask_without_a_report_is_a_mistake),
    };

    return cmocka_run_group_tests_name("live/report_file", tests, live_set_up,
                                       live_tear_down);
}
