/* From fact sets to diagnoses: cases.c, and Entra's numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/advice.h"
#include "base/text.h"
#include "unit/advice/cases.h"

static const char *field_key(const struct diagnosis *diagnosis)
{
    return diagnosis->field == SET_NONE ? "" : setting_defs[diagnosis->field].key;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const char *first_repair(const struct diagnosis *diagnosis)
{
    return diagnosis->repair_count > 0 ? diagnosis->repairs[0].value : "";
}

/* One line says all that differs. */
static bool fits(const struct advice_case *c, const struct diagnosis *diagnosis)
{
    char wanted[400], got[400];
    snprintf(wanted, sizeof(wanted), "%s %s field=%s refusal=%d repair=%s", c->code,
             advice_class_id(c->class), or_empty(c->field), c->refusal,
             or_empty(c->repair));
    snprintf(got, sizeof(got), "%s %s field=%s refusal=%d repair=%s", diagnosis->code,
             advice_class_id(diagnosis->class), field_key(diagnosis),
             diagnosis->is_refusal,
             c->repair || diagnosis->repair_count == 0 ? first_repair(diagnosis) : "");
    if (strcmp(wanted, got) == 0)
        return true;
    print_error("%s:\n  wanted %s\n  got    %s\n", c->name, wanted, got);
    return false;
}

static void test_each_fact_set_leads_to_its_diagnosis(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < advice_case_count; i++) {
        struct check_facts facts;
        case_build(&advice_cases[i], &facts);
        struct diagnosis *diagnosis = advice_diagnose(&facts);
        assert_non_null(diagnosis);
        wrong += !fits(&advice_cases[i], diagnosis);
        if (!(advice_cases[i].flags & WITH_CANCEL))
            assert_int_equal(diagnosis->stage, advice_cases[i].stage);
        diagnosis_free(&diagnosis);
        assert_null(diagnosis);
        case_clear(&facts);
    }
    assert_int_equal(wrong, 0);
}

/* The numbers of Microsoft's list, with the `error` they come with. */
static const struct {
    int number;
    const char *error, *code;
} numbers[] = {
    {7000215, "invalid_client", "entra.secret_wrong"},
    {7000222, "invalid_client", "entra.secret_expired"},
    {7000216, "invalid_client", "entra.secret_not_sent"},
    {7000218, "invalid_client", "entra.secret_not_sent"},
    {70002, "invalid_client", "entra.secret_wrong"},
    {50012, "invalid_client", "entra.certificate_unknown"},
    {700025, "invalid_client", "entra.public_client"},
    {700016, "unauthorized_client", "entra.client_unknown"},
    {700011, "unauthorized_client", "entra.client_unknown"},
    {7000229, "invalid_client", "entra.service_principal_missing"},
    {7000112, "unauthorized_client", "entra.service_principal_disabled"},
    {70001, "unauthorized_client", "entra.app_disabled"},
    {1000031, "unauthorized_client", "entra.app_inaccessible"},
    {90002, "invalid_request", "entra.tenant_unknown"},
    {90002, "invalid_tenant", "entra.tenant_unknown"},
    {900023, "invalid_request", "entra.tenant_malformed"},
    {90013, "invalid_request", "entra.input_invalid"},
    {50059, "invalid_request", "entra.tenant_not_named"},
    {50128, "invalid_request", "entra.tenant_not_named"},
    {90019, "invalid_request", "entra.tenant_not_named"},
    {50194, "invalid_request", "entra.tenant_common"},
    {9001023, "invalid_request", "entra.tenant_common"},
    {9002332, "invalid_request", "entra.tenant_common"},
    {90124, "invalid_request", "entra.tenant_common"},
    {90130, "invalid_request", "entra.tenant_common"},
    {90038, "invalid_request", "entra.other_cloud"},
    {90051, "invalid_request", "entra.other_cloud"},
    {900439, "invalid_request", "entra.us_government"},
    {900382, "invalid_request", "entra.across_clouds"},
    {900432, "invalid_request", "entra.across_clouds"},
    {500011, "invalid_resource", "entra.resource_unknown"},
    {50001, "invalid_resource", "entra.resource_unknown"},
    {500014, "invalid_resource", "entra.resource_disabled"},
    {650052, "invalid_resource", "entra.not_subscribed"},
    {650057, "invalid_resource", "entra.resource_not_requested"},
    {1002012, "invalid_scope", "entra.scope_not_default"},
    {70011, "invalid_scope", "entra.scope_not_default"},
    {28002, "invalid_scope", "entra.scope_not_default"},
    {700022, "invalid_scope", "entra.scope_several"},
    {700023, "invalid_scope", "entra.scope_without_resource"},
    {901002, "invalid_request", "entra.resource_parameter"},
    {65001, "invalid_grant", "entra.consent_missing"},
    {90094, "invalid_grant", "entra.consent_missing"},
    {90008, "invalid_grant", "entra.consent_missing"},
    {65005, "invalid_client", "entra.app_misconfigured"},
    {650056, "invalid_client", "entra.app_misconfigured"},
    {50105, "invalid_grant", "entra.role_not_assigned"},
    {501051, "invalid_grant", "entra.role_not_assigned"},
    {53003, "access_denied", "entra.conditional_access"},
    {530032, "access_denied", "entra.security_policy"},
    {530035, "access_denied", "entra.security_policy"},
    {5000225, "invalid_request", "entra.tenant_blocked"},
    {500021, "invalid_request", "entra.tenant_restrictions"},
    {500022, "invalid_request", "entra.tenant_restrictions"},
    {50002, "invalid_request", "entra.tenant_restrictions"},
    {900144, "invalid_request", "entra.parameter_missing"},
    {90014, "invalid_request", "entra.parameter_missing"},
    {9002313, "invalid_request", "entra.request_malformed"},
    {9002313, "invalid_grant", "entra.request_malformed"},
    {90004, "invalid_request", "entra.request_malformed"},
    {90023, "invalid_request", "entra.request_malformed"},
    {90100, "invalid_request", "entra.request_malformed"},
    {90117, "invalid_request", "entra.request_malformed"},
    {900561, "invalid_request", "entra.post_only"},
    {70003, "unsupported_grant_type", "entra.grant_not_supported"},
    {700027, "invalid_client", "entra.certificate_unknown"},
    {700024, "invalid_client", "entra.assertion_outside_validity"},
    {700021, "invalid_client", "entra.assertion_other_client"},
    {700030, "invalid_client", "entra.certificate_unknown"},
    {50013, "invalid_client", "entra.assertion_malformed"},
    {50027, "invalid_client", "entra.assertion_malformed"},
    {50048, "invalid_client", "entra.assertion_malformed"},
    {900384, "invalid_client", "entra.assertion_malformed"},
    {500133, "invalid_grant", "entra.assertion_outside_validity"},
    {50196, "invalid_request", "entra.throttled"},
    {90055, "invalid_request", "entra.throttled"},
    {50000, "invalid_request", "entra.service_error"},
    {50033, "invalid_request", "entra.service_error"},
    {90006, "invalid_request", "entra.service_error"},
    {90012, "invalid_request", "entra.service_error"},
    {90024, "invalid_request", "entra.service_error"},
    {90033, "invalid_request", "entra.service_error"},
    {90090, "invalid_request", "entra.service_error"},
    {90091, "invalid_request", "entra.service_error"},
    {50034, "invalid_grant", "entra.user_grant"},
    {50055, "invalid_grant", "entra.user_grant"},
    {50057, "invalid_grant", "entra.user_grant"},
    {50126, "invalid_grant", "entra.user_grant"},
    {50076, "invalid_grant", "entra.user_grant"},
    {50079, "invalid_grant", "entra.user_grant"},
};

static void test_each_number_of_entra_has_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const struct advice_case c = {.name = "number",
                                      .stage = CHECK_TOKEN_REQUEST,
                                      .http = 400,
                                      .error = numbers[i].error,
                                      .aadsts = numbers[i].number};
        struct check_facts facts;
        case_build(&c, &facts);
        struct diagnosis *diagnosis = advice_diagnose(&facts);
        if (strcmp(diagnosis->code, numbers[i].code) != 0)
            fail_msg("AADSTS%d %s: wanted %s, got %s", numbers[i].number,
                     numbers[i].error, numbers[i].code, diagnosis->code);
        diagnosis_free(&diagnosis);
        case_clear(&facts);
    }
}

static struct diagnosis *diagnose(const struct advice_case *c, struct check_facts *facts)
{
    case_build(c, facts);
    return advice_diagnose(facts);
}

static void test_a_passed_test_has_no_diagnosis(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_STAGE_COUNT};
    struct check_facts facts;
    assert_null(diagnose(&c, &facts));
    case_clear(&facts);
}

static void test_exchange_commands_hold_this_tokens_ids_and_this_mailbox(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_IMAP_AUTHENTICATE,
                                  .flags = WITH_ROLE,
                                  .imap = IMAP_NO,
                                  .text = "AUTHENTICATE failed."};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_int_equal(diagnosis->fix_count, 5);
    assert_string_equal(
        diagnosis->fixes[0].command,
        "Connect-ExchangeOnline -Organization '0a0b0c0d-1111-2222-3333-444455556666'\n"
        "Get-ServicePrincipal -Identity '11112222-aaaa-3333-bbbb-4444cccc5555' | "
        "Format-List DisplayName,AppId,ObjectId");
    assert_string_equal(
        diagnosis->fixes[1].command,
        "Get-ServicePrincipal -Identity '11112222-aaaa-3333-bbbb-4444cccc5555' | "
        "Where-Object ObjectId -ne '9d1c5e0a-3b77-4c1e-8f2a-6f0d1b2c3d4e' | "
        "Remove-ServicePrincipal -Confirm:$false\n"
        "New-ServicePrincipal -AppId '11112222-aaaa-3333-bbbb-4444cccc5555' "
        "-ObjectId '9d1c5e0a-3b77-4c1e-8f2a-6f0d1b2c3d4e' -DisplayName 'letterbox'");
    assert_string_equal(
        diagnosis->fixes[2].command,
        "Add-MailboxPermission -Identity 'support@contoso.com' -User "
        "'9d1c5e0a-3b77-4c1e-8f2a-6f0d1b2c3d4e' -AccessRights FullAccess");
    assert_string_equal(
        diagnosis->fixes[3].command,
        "Get-Recipient -Identity 'support@contoso.com' | Format-List "
        "PrimarySmtpAddress,RecipientTypeDetails\n"
        "Get-CASMailbox -Identity 'support@contoso.com' | Format-List ImapEnabled\n"
        "Set-CASMailbox -Identity 'support@contoso.com' -ImapEnabled $true");
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(diagnosis->fixes[i].who, "Exchange administrator");
    assert_null(diagnosis->fixes[4].command);
    assert_true(diagnosis_may_pass_later(diagnosis));
    assert_string_equal(diagnosis->said, "AUTHENTICATE failed.");
    assert_non_null(strstr(diagnosis->causes[0].why, "IMAP.AccessAsApp"));
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_an_opaque_token_leaves_the_object_id_to_be_filled_in(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_IMAP_AUTHENTICATE,
                                  .flags = WITH_OPAQUE,
                                  .imap = IMAP_NO,
                                  .text = "AUTHENTICATE failed."};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    bool looked_up = false, registered = false;
    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        const char *command = diagnosis->fixes[i].command;
        looked_up |= strstr(diagnosis->fixes[i].text, "object id") != NULL;
        registered |= command && strstr(command, "-ObjectId '<OBJECT_ID>'");
        /* It would remove the right entry, for want of anything to compare it with. */
        assert_true(!command || !strstr(command, "Remove-ServicePrincipal"));
    }
    assert_true(looked_up && registered);
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_causes_that_this_run_speaks_for_come_first(void **state)
{
    (void)state;
    struct advice_case c = {.stage = CHECK_TOKEN_REQUEST,
                            .http = 401,
                            .error = "invalid_client",
                            .aadsts = 7000215,
                            .flags = WITH_BLANK_SECRET};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_non_null(strstr(diagnosis->causes[0].text, "blank"));
    assert_non_null(diagnosis->causes[0].why);
    assert_null(diagnosis->causes[1].why);
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_a_date_that_has_passed_speaks_for_an_expired_secret(void **state)
{
    (void)state;
    static const int numbers_of[] = {7000222, 0};
    for (size_t i = 0; i < sizeof(numbers_of) / sizeof(numbers_of[0]); i++) {
        struct advice_case c = {.profile = i ? PROFILE_CUSTOM : PROFILE_EXCHANGE,
                                .stage = CHECK_TOKEN_REQUEST,
                                .http = 401,
                                .error = "invalid_client",
                                .aadsts = numbers_of[i]};
        struct check_facts facts;
        case_build(&c, &facts);
        if (i) /* no provider that is known by name */
            snprintf(facts.token_url, sizeof facts.token_url, "https://id.example/token");
        facts.secret_expiry = expiry_of_date("2026-11-01", 1795466100);
        struct diagnosis *diagnosis = advice_diagnose(&facts);
        assert_non_null(diagnosis->causes[0].why);
        assert_non_null(strstr(diagnosis->causes[0].why, "2026-11-01"));
        diagnosis_free(&diagnosis);
        facts.secret_expiry = expiry_of_date("2026-12-01", 1795466100);
        diagnosis = advice_diagnose(&facts);
        assert_null(diagnosis->causes[0].why);
        diagnosis_free(&diagnosis);
        case_clear(&facts);
    }
}

static void test_a_repair_is_for_the_field_of_its_row_alone(void **state)
{
    (void)state;
    struct advice_case c = {
        .profile = PROFILE_CUSTOM, .stage = CHECK_TOKEN_TLS, .reason = NET_TLS_NOT_TLS};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_int_equal(diagnosis->field, SET_OAUTH_TOKEN_URL);
    assert_int_equal(diagnosis->repair_count, 0);
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_one_unknown_name_of_two_is_a_mistyped_one(void **state)
{
    (void)state;
    struct advice_case c = {.profile = PROFILE_CUSTOM,
                            .stage = CHECK_TOKEN_RESOLVE,
                            .reason = NET_NAME_UNKNOWN};
    struct check_facts facts;
    case_build(&c, &facts);
    facts.steps[CHECK_IMAP_RESOLVE].state = CHECK_OK;
    struct diagnosis *diagnosis = advice_diagnose(&facts);
    assert_string_equal(diagnosis->causes[0].text, "The name is mistyped.");
    assert_non_null(diagnosis->causes[0].why);
    for (size_t i = 0; i < diagnosis->cause_count; i++)
        assert_null(strstr(diagnosis->causes[i].text, "cannot resolve names"));
    diagnosis_free(&diagnosis);

    facts.steps[CHECK_IMAP_RESOLVE].state = CHECK_FAILED;
    diagnosis = advice_diagnose(&facts);
    assert_non_null(strstr(diagnosis->causes[0].text, "cannot resolve names"));
    diagnosis_free(&diagnosis);

    /* A host that is an address says nothing about names. */
    facts.steps[CHECK_IMAP_RESOLVE].state = CHECK_OK;
    settings_set(&facts.entered, SET_SERVER_HOST, "192.0.2.7");
    diagnosis = advice_diagnose(&facts);
    assert_null(diagnosis->causes[0].why);
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_an_unknown_number_still_gives_the_servers_own_words(void **state)
{
    (void)state;
    struct advice_case c = {.stage = CHECK_TOKEN_REQUEST,
                            .http = 400,
                            .error = "brand_new",
                            .aadsts = 4242424,
                            .description = "AADSTS4242424: Something nobody has seen."};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_string_equal(diagnosis->said, "AADSTS4242424: Something nobody has seen.");
    assert_non_null(strstr(diagnosis->title, "AADSTS4242424"));
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_the_names_of_a_wrong_certificate_are_listed(void **state)
{
    (void)state;
    struct advice_case c = {.profile = PROFILE_BASIC,
                            .stage = CHECK_IMAP_TLS,
                            .reason = NET_TLS_NAME,
                            .flags = WITH_CERTIFICATE};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_non_null(strstr(diagnosis->means, "mx.hoster.example imap.hoster.example"));
    assert_int_equal(diagnosis->repair_count, 0);
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_the_date_of_an_expired_certificate_is_told(void **state)
{
    (void)state;
    struct advice_case c = {.profile = PROFILE_BASIC,
                            .stage = CHECK_IMAP_TLS,
                            .reason = NET_TLS_EXPIRED,
                            .flags = WITH_CERTIFICATE | WITH_CLOCK_OFF};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_non_null(strstr(diagnosis->means, "2026-11-05"));
    assert_non_null(strstr(diagnosis->causes[0].why, "1 h 2 min"));
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_exchanges_own_backoff_is_told_in_seconds(void **state)
{
    (void)state;
    struct advice_case c = {
        .stage = CHECK_IMAP_OPEN,
        .imap = IMAP_BAD,
        .text = "Request is throttled. Suggested Backoff Time: 59001 milliseconds"};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_non_null(strstr(diagnosis->fixes[0].text, "60 s"));
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

static void test_a_title_with_a_long_host_stays_on_one_line(void **state)
{
    (void)state;
    char host[201];
    memset(host, 'a', 200);
    host[200] = '\0';
    struct advice_case c = {.profile = PROFILE_BASIC,
                            .stage = CHECK_IMAP_RESOLVE,
                            .reason = NET_NAME_UNKNOWN,
                            .set = {"server.host", host}};
    struct check_facts facts;
    struct diagnosis *diagnosis = diagnose(&c, &facts);
    assert_true(text_width(diagnosis->title) <= 70);
    assert_non_null(strstr(diagnosis->title, "…"));
    diagnosis_free(&diagnosis);
    case_clear(&facts);
}

/* Every pair of stage and reason, and of stage and answer, ends in some named row. */
static void test_whatever_happens_there_is_a_diagnosis(void **state)
{
    (void)state;
    for (int profile = PROFILE_EXCHANGE; profile <= PROFILE_GMAIL; profile++) {
        for (int stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
            for (int reason = NET_OK; reason <= NET_SYSTEM; reason++) {
                for (int imap = IMAP_OK; imap <= IMAP_UNABLE; imap++) {
                    struct advice_case c = {.profile = (enum case_profile)profile,
                                            .stage = (enum check_stage)stage,
                                            .reason = (enum net_reason)reason,
                                            .imap = (enum imap_status)imap};
                    struct check_facts facts;
                    struct diagnosis *diagnosis = diagnose(&c, &facts);
                    assert_non_null(diagnosis);
                    assert_true(diagnosis->title[0] && diagnosis->means[0]);
                    assert_true(diagnosis->fix_count > 0);
                    assert_null(strchr(diagnosis->title, '{'));
                    diagnosis_free(&diagnosis);
                    case_clear(&facts);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fact_set_leads_to_its_diagnosis),
        cmocka_unit_test(test_each_number_of_entra_has_its_row),
        cmocka_unit_test(test_a_passed_test_has_no_diagnosis),
        cmocka_unit_test(test_exchange_commands_hold_this_tokens_ids_and_this_mailbox),
        cmocka_unit_test(test_an_opaque_token_leaves_the_object_id_to_be_filled_in),
        cmocka_unit_test(test_causes_that_this_run_speaks_for_come_first),
        cmocka_unit_test(test_a_date_that_has_passed_speaks_for_an_expired_secret),
        cmocka_unit_test(test_a_repair_is_for_the_field_of_its_row_alone),
        cmocka_unit_test(test_one_unknown_name_of_two_is_a_mistyped_one),
        cmocka_unit_test(test_an_unknown_number_still_gives_the_servers_own_words),
        cmocka_unit_test(test_the_names_of_a_wrong_certificate_are_listed),
        cmocka_unit_test(test_the_date_of_an_expired_certificate_is_told),
        cmocka_unit_test(test_exchanges_own_backoff_is_told_in_seconds),
        cmocka_unit_test(test_a_title_with_a_long_host_stays_on_one_line),
        cmocka_unit_test(test_whatever_happens_there_is_a_diagnosis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
