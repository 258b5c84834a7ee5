/* The report: the shape of its JSON, and the text for a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/report.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "unit/advice/cases.h"

static const struct advice_case secret_id = {
    .profile = PROFILE_EXCHANGE,
    .stage = CHECK_TOKEN_REQUEST,
    .http = 401,
    .error = "invalid_client",
    .aadsts = 7000215,
    .flags = WITH_GUID_SECRET,
    .description = "AADSTS7000215: Invalid client secret provided.",
};

static json_t *json_of(const struct advice_case *c, const char *mailbox)
{
    struct check_facts facts;
    case_build(c, &facts);
    struct diagnosis *diagnosis = advice_diagnose(&facts);
    json_t *report = report_json(mailbox, &facts, diagnosis);
    assert_non_null(report);
    diagnosis_free(&diagnosis);
    case_clear(&facts);
    return report;
}

static char *text_of(const struct advice_case *c)
{
    struct check_facts facts;
    case_build(c, &facts);
    struct diagnosis *diagnosis = advice_diagnose(&facts);
    char *text = report_text("support", &facts, diagnosis);
    diagnosis_free(&diagnosis);
    case_clear(&facts);
    return text;
}

static const char *string_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void expect_stage(const json_t *stages, size_t index, const char *id,
                         const char *state)
{
    const json_t *stage = json_array_get(stages, index);
    assert_string_equal(string_at(stage, "id"), id);
    assert_string_equal(string_at(stage, "state"), state);
    assert_true(json_is_integer(json_object_get(stage, "ms")));
    assert_true(json_is_string(json_object_get(stage, "evidence")));
}

static void test_json_has_every_stage_in_order(void **state)
{
    (void)state;
    json_t *report = json_of(&secret_id, "support");
    const json_t *stages = json_object_get(report, "stages");
    assert_string_equal(string_at(report, "mailbox"), "support");
    assert_true(json_is_false(json_object_get(report, "ok")));
    assert_int_equal(json_integer_value(json_object_get(report, "elapsed_ms")), 412);
    assert_int_equal(json_array_size(stages), 13);
    expect_stage(stages, 0, "settings", "ok");
    expect_stage(stages, 4, "token.request", "failed");
    expect_stage(stages, 12, "imap.preview", "skipped");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(stages, 4), "ms")),
                     130);
    json_decref(report);
}

static void test_json_has_the_diagnosis_with_its_parts(void **state)
{
    (void)state;
    json_t *report = json_of(&secret_id, "support");
    const json_t *diagnosis = json_object_get(report, "diagnosis");
    assert_string_equal(string_at(diagnosis, "code"), "entra.secret_id_not_value");
    assert_string_equal(string_at(diagnosis, "class"), "fix_setting");
    assert_string_equal(string_at(diagnosis, "stage"), "token.request");
    assert_string_equal(string_at(diagnosis, "field"), "oauth.client_secret");
    assert_string_equal(string_at(diagnosis, "said"), secret_id.description);
    const json_t *cause = json_array_get(json_object_get(diagnosis, "causes"), 0);
    assert_string_equal(string_at(cause, "why"),
                        "The Client secret that was entered is a GUID.");
    const json_t *fix = json_array_get(json_object_get(diagnosis, "fixes"), 0);
    assert_string_equal(string_at(fix, "who"), "Entra administrator");
    assert_non_null(strstr(string_at(fix, "command"), "az ad app credential reset"));
    const json_t *reference = json_object_get(diagnosis, "reference");
    assert_string_equal(string_at(reference, "trace_id"),
                        "5f2a0000-0000-0000-0000-00000000aaaa");
    assert_string_equal(string_at(reference, "timestamp"), "2026-11-23 06:03:00Z");
    assert_null(json_object_get(report, "token"));
    json_decref(report);
}

static void test_json_of_a_token_holds_claims_alone(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_IMAP_AUTHENTICATE,
                                  .flags = WITH_ROLE,
                                  .imap = IMAP_NO,
                                  .text = "AUTHENTICATE failed."};
    json_t *report = json_of(&c, "support");
    const json_t *token = json_object_get(report, "token");
    assert_string_equal(string_at(token, "aud"), "https://outlook.office365.com");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(token, "roles"), 0)),
        "IMAP.AccessAsApp");
    assert_int_equal(json_integer_value(json_object_get(token, "expires_in")), 3599);
    assert_null(json_object_get(token, "token"));
    assert_null(json_object_get(token, "access_token"));
    json_decref(report);
}

static void test_json_of_a_passed_test_has_null_for_a_diagnosis(void **state)
{
    (void)state;
    const struct advice_case c = {.profile = PROFILE_CUSTOM, .stage = CHECK_STAGE_COUNT};
    struct check_facts facts;
    case_build(&c, &facts);
    facts.unread = 2;
    facts.preview_count = 1;
    snprintf(facts.previews[0].subject, sizeof(facts.previews[0].subject), "Printer");
    json_t *report = report_json("support", &facts, NULL);
    assert_true(json_is_true(json_object_get(report, "ok")));
    assert_true(json_is_null(json_object_get(report, "diagnosis")));
    const json_t *preview = json_object_get(report, "preview");
    assert_int_equal(json_integer_value(json_object_get(preview, "unread")), 2);
    json_decref(report);
    case_clear(&facts);
}

static void test_json_of_basic_auth_has_no_token_stages(void **state)
{
    (void)state;
    const struct advice_case c = {
        .profile = PROFILE_BASIC, .stage = CHECK_IMAP_CONNECT, .reason = NET_REFUSED};
    json_t *report = json_of(&c, NULL);
    const json_t *stages = json_object_get(report, "stages");
    assert_int_equal(json_array_size(stages), 8);
    expect_stage(stages, 1, "imap.resolve", "ok");
    assert_true(json_is_null(json_object_get(report, "mailbox")));
    json_decref(report);
}

static void test_json_of_a_cancelled_test_says_so(void **state)
{
    (void)state;
    const struct advice_case c = {
        .profile = PROFILE_BASIC, .stage = CHECK_IMAP_GREETING, .flags = WITH_CANCEL};
    json_t *report = json_of(&c, "support");
    expect_stage(json_object_get(report, "stages"), 4, "imap.greeting", "cancelled");
    const json_t *diagnosis = json_object_get(report, "diagnosis");
    assert_string_equal(string_at(diagnosis, "class"), "cancelled");
    assert_string_equal(string_at(diagnosis, "stage"), "imap.greeting");
    assert_true(json_is_null(json_object_get(diagnosis, "field")));
    assert_true(json_is_false(json_object_get(report, "ok")));
    json_decref(report);
}

/* No line wider than 90 columns, commands apart: those must stay whole. */
static void test_text_keeps_to_its_width(void **state)
{
    (void)state;
    for (size_t i = 0; i < advice_case_count; i++) {
        char *text = text_of(&advice_cases[i]), *rest = text, *line;
        while ((line = strsep(&rest, "\n"))) {
            bool is_command = strspn(line, " ") == 6;
            if (!is_command && text_width(line) > 90)
                fail_msg("%s: %d columns: %s", advice_cases[i].name, text_width(line),
                         line);
        }
        free(text);
    }
}

static void test_text_shows_marks_words_and_times_in_columns(void **state)
{
    (void)state;
    char *text = text_of(&secret_id);
    assert_non_null(strstr(text, "✓ ok"));
    assert_non_null(strstr(text, "✗ failed      request       "));
    assert_non_null(strstr(text, "130 ms  what was seen"));
    assert_non_null(strstr(text, "· not reached authenticate"));
    assert_non_null(
        strstr(text, "✗ The Client secret is the Secret ID, not its Value\n"));
    assert_non_null(strstr(text, "AADSTS7000215: Invalid client secret provided."));
    free(text);
}

static void test_commands_stand_in_the_text_as_they_are_typed(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_IMAP_AUTHENTICATE,
                                  .flags = WITH_ROLE,
                                  .imap = IMAP_NO,
                                  .text = "AUTHENTICATE failed."};
    char *text = text_of(&c);
    assert_non_null(strstr(text, "\n      Add-MailboxPermission -Identity "
                                 "'support@contoso.com' -User "
                                 "'9d1c5e0a-3b77-4c1e-8f2a-6f0d1b2c3d4e' -AccessRights "
                                 "FullAccess\n"));
    free(text);
}

/* What a shell runs of a text that is pasted whole: all but comments and blank lines. */
static char *what_is_run(const char *pasted)
{
    char *copy = mem_copy_text(pasted), *rest = copy, *line;
    struct buf run;
    buf_init(&run, 65536);
    while ((line = strsep(&rest, "\n"))) {
        if (line[0] != '\0' && strncmp(line, "# ", 2) != 0)
            buf_add_format(&run, "%s\n", line);
    }
    free(copy);
    return buf_take(&run);
}

static void expect_pasteable(const struct diagnosis *diagnosis)
{
    char *pasted = report_commands(diagnosis);
    struct buf commands;
    size_t count = 0;
    buf_init(&commands, 65536);
    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        const struct diagnosis_fix *fix = &diagnosis->fixes[i];
        if (!fix->command)
            continue;
        count++;
        if (fix->shell != FILL_LINK)
            buf_add_format(&commands, "%s\n", fix->command);
        assert_non_null(strstr(pasted, fix->command));
    }
    assert_int_equal(count > 0, pasted != NULL);
    if (pasted) {
        char *run = what_is_run(pasted);
        assert_string_equal(run, commands.data);
        free(run);
    }
    free(pasted);
    buf_free(&commands);
}

static void test_a_paste_of_all_commands_runs_the_commands_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < advice_case_count; i++) {
        struct check_facts facts;
        case_build(&advice_cases[i], &facts);
        struct diagnosis *diagnosis = advice_diagnose(&facts);
        if (diagnosis)
            expect_pasteable(diagnosis);
        diagnosis_free(&diagnosis);
        case_clear(&facts);
    }
}

static void test_commands_to_paste_say_who_and_what_for(void **state)
{
    (void)state;
    char exchange[] = "Exchange administrator", entra[] = "Entra administrator";
    char give[] = "Give it access to the mailbox, which is needed for each mailbox and "
                  "for no group.";
    char add[] = "Connect-ExchangeOnline\nAdd-MailboxPermission";
    char you[] = "You, here", wait[] = "Wait.", open[] = "Or open:";
    char url[] = "https://example.org/";
    struct diagnosis diagnosis = {.fix_count = 3};
    diagnosis.fixes[0] = (struct diagnosis_fix){exchange, give, add, FILL_POWERSHELL};
    diagnosis.fixes[1] = (struct diagnosis_fix){you, wait, NULL, FILL_PLAIN};
    diagnosis.fixes[2] = (struct diagnosis_fix){entra, open, url, FILL_LINK};
    char *pasted = report_commands(&diagnosis);
    assert_string_equal(
        pasted,
        "# Exchange administrator: Give it access to the mailbox, which is needed for\n"
        "# each mailbox and for no group.\n"
        "Connect-ExchangeOnline\nAdd-MailboxPermission\n\n"
        "# Entra administrator: Or open:\n# https://example.org/\n");
    free(pasted);
    diagnosis.fixes[0].command = diagnosis.fixes[2].command = NULL;
    assert_null(report_commands(&diagnosis));
    assert_null(report_commands(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_has_every_stage_in_order),
        cmocka_unit_test(test_json_has_the_diagnosis_with_its_parts),
        cmocka_unit_test(test_json_of_a_token_holds_claims_alone),
        cmocka_unit_test(test_json_of_a_passed_test_has_null_for_a_diagnosis),
        cmocka_unit_test(test_json_of_basic_auth_has_no_token_stages),
        cmocka_unit_test(test_json_of_a_cancelled_test_says_so),
        cmocka_unit_test(test_text_keeps_to_its_width),
        cmocka_unit_test(test_text_shows_marks_words_and_times_in_columns),
        cmocka_unit_test(test_commands_stand_in_the_text_as_they_are_typed),
        cmocka_unit_test(test_a_paste_of_all_commands_runs_the_commands_alone),
        cmocka_unit_test(test_commands_to_paste_say_who_and_what_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
