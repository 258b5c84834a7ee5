/* Placeholders: sentences, and commands that no value can break out of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/fill.h"
#include "unit/advice/cases.h"

static void build(struct check_facts *facts)
{
    const struct advice_case c = {.stage = CHECK_IMAP_AUTHENTICATE, .flags = WITH_ROLE};
    case_build(&c, facts);
}

static void expect_fill(const struct check_facts *facts, const char *text,
                        enum fill_shell shell, const char *wanted)
{
    char *got = fill_text(text, facts, shell, NULL);
    assert_string_equal(got, wanted);
    free(got);
}

static void test_a_sentence_takes_values_as_they_are(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    expect_fill(&facts, "{imap_host} is {mailbox}'s.", FILL_PLAIN,
                "outlook.office365.com is support@contoso.com's.");
    case_clear(&facts);
}

static void test_an_unknown_value_leaves_its_word(void **state)
{
    (void)state;
    struct check_facts facts;
    bool complete = true;
    build(&facts);
    char *got = fill_text("at {location}", &facts, FILL_PLAIN, &complete);
    assert_string_equal(got, "at <LOCATION>");
    assert_false(complete);
    free(got);
    case_clear(&facts);
}

static void test_without_facts_every_placeholder_is_its_word(void **state)
{
    (void)state;
    expect_fill(NULL, "{oid} of {mailbox}", FILL_PLAIN, "<OBJECT_ID> of <MAILBOX>");
}

static void test_powershell_values_are_in_single_quotes(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    expect_fill(&facts, "Get-CASMailbox -Identity {mailbox}", FILL_POWERSHELL,
                "Get-CASMailbox -Identity 'support@contoso.com'");
    case_clear(&facts);
}

static void test_an_apostrophe_in_a_mailbox_is_doubled_or_stepped_around(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    settings_set(&facts.entered, SET_MAILBOX_USER, "o'brien@contoso.com");
    expect_fill(&facts, "{mailbox}", FILL_POWERSHELL, "'o''brien@contoso.com'");
    expect_fill(&facts, "{mailbox}", FILL_SHELL, "'o'\\''brien@contoso.com'");
    case_clear(&facts);
}

static const char *const hostile[] = {
    "x@y.z'; Remove-Mailbox -Identity all; '",
    "$(reboot)@contoso.com",
    "a@b.c\nRemove-Mailbox b",
    "a@b.c; reboot",
    "a\u2019@b.c", /* a quote too, for PowerShell */
    "`whoami`@b.c ",
    "a\"b@c.d",
    "a@b@c.d",
    "@b.c",
    "a@",
    "-Confirm@b.c",
    "a b@c.d",
    "",
};

static void test_what_is_no_mailbox_never_reaches_a_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        struct check_facts facts;
        build(&facts);
        settings_set(&facts.entered, SET_MAILBOX_USER, hostile[i]);
        char *got = fill_text("{mailbox}", &facts, FILL_POWERSHELL, NULL);
        if (strcmp(hostile[i], "$(reboot)@contoso.com") != 0 &&
            strcmp(hostile[i], "`whoami`@b.c ") != 0)
            assert_string_equal(got, "'<MAILBOX>'");
        /* Whatever stands there, it is one quotation. */
        assert_int_equal(got[0], '\'');
        assert_int_equal(got[strlen(got) - 1], '\'');
        assert_null(strchr(got, '\n'));
        free(got);
        case_clear(&facts);
    }
}

static void test_an_object_id_must_be_a_guid(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    snprintf(facts.claims.oid, sizeof(facts.claims.oid), "x'; reboot; '");
    expect_fill(&facts, "-User {oid}", FILL_POWERSHELL, "-User '<OBJECT_ID>'");
    expect_fill(&facts, "https://x/?id={oid}", FILL_LINK, "https://x/?id=<OBJECT_ID>");
    case_clear(&facts);
}

static void test_a_shell_command_quotes_only_what_needs_it(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    expect_fill(&facts, "openssl s_client -connect {host}:{port}", FILL_SHELL,
                "openssl s_client -connect outlook.office365.com:993");
    settings_set(&facts.entered, SET_TLS_CA_FILE, "/etc/my own/ca.pem");
    expect_fill(&facts, "-in {ca_file}", FILL_SHELL, "-in '/etc/my own/ca.pem'");
    settings_set(&facts.entered, SET_TLS_CA_FILE, "/etc/$HOME;reboot");
    expect_fill(&facts, "-in {ca_file}", FILL_SHELL, "-in '<CA_FILE>'");
    settings_set(&facts.entered, SET_SERVER_HOST, "-oProxyCommand=reboot");
    expect_fill(&facts, "nc {host}", FILL_SHELL, "nc '<HOST>'");
    case_clear(&facts);
}

static void test_another_cloud_names_its_environment_to_powershell(void **state)
{
    (void)state;
    const char *connect = "Connect-ExchangeOnline -Organization {tid}"
                          "{exchange_environment}";
    struct check_facts facts;
    build(&facts);
    expect_fill(&facts, connect, FILL_POWERSHELL,
                "Connect-ExchangeOnline -Organization "
                "'0a0b0c0d-1111-2222-3333-444455556666'");
    settings_set(&facts.entered, SET_SERVER_HOST, "partner.outlook.cn");
    expect_fill(&facts, connect, FILL_POWERSHELL,
                "Connect-ExchangeOnline -Organization "
                "'0a0b0c0d-1111-2222-3333-444455556666' -ExchangeEnvironmentName "
                "O365China");
    case_clear(&facts);
}

static void test_server_text_never_stands_in_a_command(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    snprintf(facts.greeting, sizeof(facts.greeting), "harmless");
    expect_fill(&facts, "echo {greeting}", FILL_SHELL, "echo '<GREETING>'");
    case_clear(&facts);
}

static void test_control_characters_do_not_pass(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    settings_set(&facts.entered, SET_MAILBOX_FOLDER, "a\033[31mb\nc");
    char *got = fill_text("{folder}", &facts, FILL_PLAIN, NULL);
    assert_null(strpbrk(got, "\033\n"));
    free(got);
    case_clear(&facts);
}

static void test_the_scope_follows_the_cloud_of_the_imap_host(void **state)
{
    (void)state;
    struct check_facts facts;
    build(&facts);
    expect_fill(&facts, "{cloud_scope}", FILL_PLAIN,
                "https://outlook.office365.com/.default");
    settings_set(&facts.entered, SET_SERVER_HOST, "outlook-dod.office365.us");
    expect_fill(&facts, "{cloud_scope} {cloud_login}", FILL_PLAIN,
                "https://outlook-dod.office365.us/.default login.microsoftonline.us");
    settings_set(&facts.entered, SET_SERVER_HOST, "");
    snprintf(facts.token_url, sizeof(facts.token_url), "%s",
             "https://login.partner.microsoftonline.cn/contoso.cn/oauth2/v2.0/token");
    expect_fill(&facts, "{cloud_scope} {tenant}", FILL_PLAIN,
                "https://partner.outlook.cn/.default contoso.cn");
    case_clear(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sentence_takes_values_as_they_are),
        cmocka_unit_test(test_an_unknown_value_leaves_its_word),
        cmocka_unit_test(test_without_facts_every_placeholder_is_its_word),
        cmocka_unit_test(test_powershell_values_are_in_single_quotes),
        cmocka_unit_test(test_an_apostrophe_in_a_mailbox_is_doubled_or_stepped_around),
        cmocka_unit_test(test_what_is_no_mailbox_never_reaches_a_command),
        cmocka_unit_test(test_an_object_id_must_be_a_guid),
        cmocka_unit_test(test_a_shell_command_quotes_only_what_needs_it),
        cmocka_unit_test(test_another_cloud_names_its_environment_to_powershell),
        cmocka_unit_test(test_server_text_never_stands_in_a_command),
        cmocka_unit_test(test_control_characters_do_not_pass),
        cmocka_unit_test(test_the_scope_follows_the_cloud_of_the_imap_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
