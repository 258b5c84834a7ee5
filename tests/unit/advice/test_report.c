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

static void test_json_tells_what_the_mail_server_told_of_itself(void **state)
{
    (void)state;
    const struct advice_case c = {.profile = PROFILE_CUSTOM,
                                  .stage = CHECK_IMAP_AUTHENTICATE,
                                  .imap = IMAP_NO,
                                  .text = "no"};
    json_t *report = json_of(&c, "support");
    const json_t *server = json_object_get(report, "server");
    assert_string_equal(string_at(server, "software"), "dovecot");
    assert_non_null(strstr(string_at(server, "greeting"), "Dovecot ready."));
    assert_string_equal(string_at(server, "capabilities"),
                        "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2");
    assert_true(json_is_null(json_object_get(server, "login_capabilities")));
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

/* ---- The whole, and what a mask leaves of it -------------------------------------- */

static char *full_of(const struct check_facts *facts, const char *mailbox, bool masked)
{
    struct diagnosis *diagnosis = advice_diagnose(facts);
    char *text = report_full(mailbox, facts, diagnosis, masked);
    diagnosis_free(&diagnosis);
    return text;
}

/* Persons and hosts in every way of writing: "canary", 192.0.2.… and 2001:db8:… are
 * nowhere in the report's own words. */
static const char *const planted[] = {
    "canary@x.example",
    "canary.o'two@x.example said 192.0.2.1",
    "\"canary three\"@x.example",
    "<canary+4@x.example>",
    "https://x.example/?login_hint=canary%40x.example&a=b",
    "{\"u\":\"canary\\u0040x.example\",\"h\":\"2001:db8::7\"}",
    "CANARY@X.EXAMPLE",
    "canary@[192.0.2.9]",
    "n,a=canary@x.example,",
    "canary-login from [2001:db8::8]:993",
};

static size_t plant_next;

static void plant_text(char *to, size_t size)
{
    const char *text;
    do {
        text = planted[plant_next++ % (sizeof(planted) / sizeof(planted[0]))];
    } while (strlen(text) + 5 > size);
    snprintf(to, size, "x %s y", text);
}

#define PLANT(array) plant_text(array, sizeof(array))

static void plant_tls(struct tls_facts *tls)
{
    tls->chain_length = 1;
    tls->chain[0].valid_until = 1;
    PLANT(tls->chain[0].subject);
    PLANT(tls->chain[0].issuer);
    PLANT(tls->chain[0].names);
}

static void plant_answer(struct imap_answer *answer)
{
    PLANT(answer->code);
    PLANT(answer->text);
    PLANT(answer->challenge);
    PLANT(answer->bye);
    PLANT(answer->alert);
}

static void plant_token(struct token_answer *token)
{
    PLANT(token->failure.text);
    PLANT(token->proxy);
    PLANT(token->address);
    PLANT(token->content_type);
    PLANT(token->server_date);
    PLANT(token->www_authenticate);
    PLANT(token->location);
    PLANT(token->error);
    PLANT(token->description);
    PLANT(token->trace_id);
    PLANT(token->correlation_id);
    PLANT(token->timestamp);
    PLANT(token->said);
    PLANT(token->token_type);
    PLANT(token->scope);
    token->failure.reason = NET_SYSTEM;
    token->http_status = token->http_status ? token->http_status : 400;
    plant_tls(&token->tls);
}

static void plant_claims(struct claims *claims)
{
    claims->role_count = 1;
    PLANT(claims->aud);
    PLANT(claims->iss);
    PLANT(claims->roles[0]);
    PLANT(claims->scp);
    PLANT(claims->appid);
    PLANT(claims->oid);
    PLANT(claims->tid);
    PLANT(claims->sub);
    PLANT(claims->preferred_username);
    PLANT(claims->email);
}

static void plant_everywhere(struct check_facts *facts)
{
    static const enum setting_id entered[] = {
        SET_OAUTH_TENANT,    SET_OAUTH_PROVIDER,   SET_OAUTH_SCOPE,
        SET_OAUTH_TOKEN_URL, SET_OAUTH_CLIENT_ID,  SET_OAUTH_PROXY,
        SET_SERVER_HOST,     SET_TLS_CA_FILE,      SET_MAILBOX_FOLDER,
        SET_MAILBOX_USER,    SET_OAUTH_PARAMETERS,
    };
    char text[512];
    for (size_t i = 0; i < sizeof(entered) / sizeof(entered[0]); i++) {
        plant_text(text, sizeof(text));
        settings_set(&facts->entered, entered[i], text);
    }
    settings_set(&facts->entered, SET_BASIC_USERNAME, "canary-login");
    for (int stage = 0; stage < CHECK_STAGE_COUNT; stage++)
        PLANT(facts->steps[stage].evidence);
    PLANT(facts->settings_error.text);
    PLANT(facts->token_url);
    PLANT(facts->client_id);
    plant_token(&facts->token);
    facts->claims.decoded = true;
    plant_claims(&facts->claims);
    PLANT(facts->imap_failure.text);
    PLANT(facts->imap_address);
    plant_tls(&facts->imap_tls);
    PLANT(facts->greeting);
    PLANT(facts->capabilities);
    PLANT(facts->login_capabilities);
    plant_answer(&facts->answer);
    facts->preview_status = IMAP_NO;
    plant_answer(&facts->preview_answer);
    facts->preview_count = 1;
    PLANT(facts->previews[0].subject);
    PLANT(facts->previews[0].from);
}

/* A line's end in the middle of it hides nothing. */
static void expect_absent(const char *name, const char *report, const char *canary)
{
    char *whole = mem_copy_text(report), *to = whole;
    for (const char *from = report; *from; from++) {
        if (!strchr(" \n", *from))
            *to++ = *from;
    }
    *to = '\0';
    const char *found = strcasestr(whole, canary);
    if (found)
        fail_msg("%s: %.60s", name, found > whole + 20 ? found - 20 : whole);
    free(whole);
}

/* Whatever the run brought, and wherever it stands in the report. */
static void test_no_address_survives_a_mask(void **state)
{
    (void)state;
    for (size_t i = 0; i < advice_case_count; i++) {
        for (int turn = 0; turn < 3; turn++) {
            struct check_facts facts;
            case_build(&advice_cases[i], &facts);
            plant_everywhere(&facts);
            char *report = full_of(&facts, "canary-login", true);
            expect_absent(advice_cases[i].name, report, "canary");
            expect_absent(advice_cases[i].name, report, "192.0.2.");
            expect_absent(advice_cases[i].name, report, "2001:db8");
            free(report);
            report = full_of(&facts, "canary-login", false);
            assert_non_null(strstr(report, "canary@x.example"));
            assert_non_null(strstr(report, "192.0.2.1"));
            free(report);
            case_clear(&facts);
        }
    }
}

static void test_a_mask_leaves_hosts_and_ids(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_IMAP_AUTHENTICATE,
                                  .flags = WITH_ROLE,
                                  .imap = IMAP_NO,
                                  .text = "AUTHENTICATE failed."};
    struct check_facts facts;
    case_build(&c, &facts);
    char *report = full_of(&facts, "support", true);
    assert_non_null(strstr(report, "outlook.office365.com"));
    assert_non_null(strstr(report, facts.claims.oid));
    assert_non_null(strstr(report, facts.claims.appid));
    assert_non_null(strstr(report, "\nAdd-MailboxPermission -Identity '<address 1>' "
                                   "-User '9d1c5e0a-3b77-4c1e-8f2a-6f0d1b2c3d4e' "));
    assert_non_null(strstr(report, "login names and messages are left out"));
    assert_null(strstr(report, "support@contoso.com"));
    free(report);
    case_clear(&facts);
}

static void test_messages_are_in_a_report_without_a_mask_alone(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_STAGE_COUNT};
    struct check_facts facts;
    case_build(&c, &facts);
    facts.unread = 1;
    facts.preview_count = 1;
    snprintf(facts.previews[0].subject, sizeof(facts.previews[0].subject), "Salaries");
    snprintf(facts.previews[0].from, sizeof(facts.previews[0].from), "The boss");
    char *kept = full_of(&facts, "support", false);
    char *masked = full_of(&facts, "support", true);
    assert_non_null(strstr(kept, "Salaries"));
    assert_non_null(strstr(kept, "The boss"));
    assert_null(strstr(masked, "Salaries"));
    assert_null(strstr(masked, "The boss"));
    assert_non_null(strstr(masked, "1 unread message"));
    free(kept);
    free(masked);
    case_clear(&facts);
}

static void expect_in_order(const char *text, const char *const *parts)
{
    const char *at = text;
    for (; *parts; parts++) {
        const char *found = strstr(at, *parts);
        if (!found)
            fail_msg("\"%s\" is not behind the one before in:\n%s", *parts, text);
        at = found + strlen(*parts);
    }
}

static void test_the_whole_report_begins_with_the_date_and_ends_with_the_details(
    void **state)
{
    static const char *const parts[] = {
        "letterbox " LETTERBOX_VERSION ": report of a test, 2026-11-23T20:35:00Z\n",
        "support: the test failed after 0.41 s\n",
        "✗ failed      request",
        "✗ The Client secret is the Secret ID, not its Value\n",
        "AADSTS7000215: Invalid client secret provided.",
        "Likely causes",
        "→ The Client secret that was entered is a GUID.",
        "What to do",
        "Code             entra.secret_id_not_value",
        "\nCommands, to paste\n------------------\n\n# Entra administrator: ",
        "\naz ad app credential reset --id ",
        "\nFor the provider's support\n",
        "\nToken server\n------------\n",
        "  HTTP                    401\n",
        "\nWhat was entered\n",
        "  oauth.client_secret     set, in the shape of a GUID\n",
        NULL,
    };
    struct check_facts facts;

    (void)state;
    case_build(&secret_id, &facts);
    facts.began_at = 1795466100;
    char *report = full_of(&facts, "support", false);
    expect_in_order(report, parts);
    assert_null(strstr(report, "\nStages\n"));
    free(report);
    case_clear(&facts);
}

/* Commands apart, which must stay whole, and the URLs among them. */
static void test_the_whole_report_keeps_to_its_width(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * advice_case_count; i++) {
        const struct advice_case *c = &advice_cases[i / 2];
        struct check_facts facts;
        case_build(c, &facts);
        char *report = full_of(&facts, "support", i % 2 == 1);
        char *commands = strstr(report, "\nCommands, to paste\n"), *rest, *line;
        if (commands) {
            char *end = strstr(commands, "\nWhat was entered\n");
            memmove(commands, end, strlen(end) + 1);
        }
        for (rest = report; (line = strsep(&rest, "\n"));) {
            if (strspn(line, " ") != 6 && text_width(line) > 90)
                fail_msg("%s: %d columns: %s", c->name, text_width(line), line);
        }
        free(report);
        case_clear(&facts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_has_every_stage_in_order),
        cmocka_unit_test(test_json_has_the_diagnosis_with_its_parts),
        cmocka_unit_test(test_json_of_a_token_holds_claims_alone),
        cmocka_unit_test(test_json_tells_what_the_mail_server_told_of_itself),
        cmocka_unit_test(test_json_of_a_passed_test_has_null_for_a_diagnosis),
        cmocka_unit_test(test_json_of_basic_auth_has_no_token_stages),
        cmocka_unit_test(test_json_of_a_cancelled_test_says_so),
        cmocka_unit_test(test_text_keeps_to_its_width),
        cmocka_unit_test(test_text_shows_marks_words_and_times_in_columns),
        cmocka_unit_test(test_commands_stand_in_the_text_as_they_are_typed),
        cmocka_unit_test(test_a_paste_of_all_commands_runs_the_commands_alone),
        cmocka_unit_test(test_commands_to_paste_say_who_and_what_for),
        cmocka_unit_test(test_no_address_survives_a_mask),
        cmocka_unit_test(test_a_mask_leaves_hosts_and_ids),
        cmocka_unit_test(test_messages_are_in_a_report_without_a_mask_alone),
        cmocka_unit_test(
            test_the_whole_report_begins_with_the_date_and_ends_with_the_details),
        cmocka_unit_test(test_the_whole_report_keeps_to_its_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
