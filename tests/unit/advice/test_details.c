/* The details: what a test learnt, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/details.h"
#include "base/buf.h"
#include "base/text.h"
#include "unit/advice/cases.h"

#define PUT(array, text) snprintf(array, sizeof(array), "%s", text)

static void note(void *closure, enum details_section section, const char *name,
                 const char *value)
{
    buf_add_format(closure, "%s | %s | %s\n", details_title(section), name, value);
}

/* "section | name | value" lines. */
static char *details_of(const struct check_facts *facts)
{
    struct buf out;

    buf_init(&out, 256 * 1024);
    details_walk(facts, note, &out);
    return buf_take(&out);
}

static void expect_row(const char *rows, const char *row)
{
    if (!strstr(rows, row))
        fail_msg("\"%s\" is not in:\n%s", row, rows);
}

static void fill_token_leg(struct check_facts *facts)
{
    struct token_answer *token = &facts->token;

    PUT(token->address, "203.0.113.7");
    PUT(token->proxy, "proxy.example.org:3128");
    token->proxy_from_environment = true;
    token->http_status = 429;
    PUT(token->content_type, "application/json");
    PUT(token->server_date, "Mon, 23 Nov 2026 06:03:00 GMT");
    token->clock_skew_s = -312;
    token->retry_after_s = 7;
    PUT(token->www_authenticate, "Basic realm=\"x\"");
    PUT(token->location, "https://elsewhere.example.org/");
    PUT(token->error, "invalid_client");
    PUT(token->description, "AADSTS7000215: no");
    token->aadsts = 7000215;
    PUT(token->trace_id, "trace");
    PUT(token->correlation_id, "correlation");
    PUT(token->timestamp, "2026-11-23 06:03:00Z");
    token->tls =
        (struct tls_facts){.version = "TLS 1.2", .cipher = "CIPHER", .chain_length = 2};
    token->tls.verify_status = GNUTLS_CERT_EXPIRED | GNUTLS_CERT_UNEXPECTED_OWNER;
    PUT(token->tls.chain[0].subject, "CN=id.example.org");
    PUT(token->tls.chain[0].issuer, "CN=An authority");
    PUT(token->tls.chain[0].names, "id.example.org");
    token->tls.chain[0].valid_from = 1736640000;
    token->tls.chain[0].valid_until = 1799711999;
    PUT(token->tls.chain[1].subject, "CN=An authority");
}

static void fill_claims(struct check_facts *facts)
{
    struct claims *claims = &facts->claims;

    facts->had_token = true;
    *claims = (struct claims){.decoded = true, .role_count = 2};
    PUT(claims->aud, "https://outlook.office365.com");
    PUT(claims->roles[0], "IMAP.AccessAsApp");
    PUT(claims->roles[1], "Mail.Read");
    PUT(claims->scp, "a scope");
    PUT(claims->appid, "an app");
    PUT(claims->oid, "an oid");
    PUT(claims->tid, "a tid");
    PUT(claims->iss, "an issuer");
    PUT(claims->preferred_username, "jane");
    PUT(claims->email, "jane@example.org");
    claims->expires = 1799711999;
}

static void fill_imap_leg(struct check_facts *facts)
{
    PUT(facts->imap_address, "2001:db8::1");
    PUT(facts->greeting, "Dovecot ready.");
    PUT(facts->capabilities, "IMAP4rev1 AUTH=XOAUTH2");
    PUT(facts->login_capabilities, "IMAP4rev1 MOVE");
    facts->mechanism = IMAP_XOAUTH2;
    facts->imap_status = IMAP_NO;
    PUT(facts->answer.code, "AUTHENTICATIONFAILED");
    PUT(facts->answer.text, "no, thank you");
    PUT(facts->answer.alert, "[ALERT] look here");
    PUT(facts->answer.challenge, "{\"status\":\"401\"}");
    PUT(facts->answer.bye, "good bye");
    facts->imap_failure =
        (struct net_failure){NET_RESET, 104, "Connection reset by peer"};
    facts->imap_tls = (struct tls_facts){.handshaken = true, .version = "TLS 1.3"};
}

/* What the facts hold of a test, each in its place. */
static void test_every_fact_has_its_row(void **state)
{
    static const char *const rows[] = {
        "For the provider's support | trace_id | trace\n",
        "For the provider's support | correlation_id | correlation\n",
        "For the provider's support | timestamp | 2026-11-23 06:03:00Z\n",
        "Token server | Token URL | https://login.microsoftonline.com/",
        "Token server | Proxy | proxy.example.org:3128, from the environment\n",
        "Token server | Address | 203.0.113.7\n",
        "Token server | HTTP | 429\n",
        "Token server | Content-Type | application/json\n",
        "Token server | Date | Mon, 23 Nov 2026 06:03:00 GMT\n",
        "Token server | Clock here | 312 s ahead of the server's\n",
        "Token server | Retry-After | 7 s\n",
        "Token server | WWW-Authenticate | Basic realm=\"x\"\n",
        "Token server | Location | https://elsewhere.example.org/\n",
        "Token server | error | invalid_client\n",
        "Token server | Number | AADSTS7000215\n",
        "Token server | error_description | AADSTS7000215: no\n",
        "TLS of the token server | Version | TLS 1.2, CIPHER\n",
        "TLS of the token server | Check failed | the certificate is for another name\n",
        "TLS of the token server | Check failed | a certificate has expired\n",
        "TLS of the token server | Certificate 1 | CN=id.example.org\n",
        "TLS of the token server | issued by | CN=An authority\n",
        "TLS of the token server | for the names | id.example.org\n",
        "TLS of the token server | valid | from 2025-01-12T00:00:00Z until "
        "2027-01-11T23:59:59Z\n",
        "TLS of the token server | Certificate 2 | CN=An authority\n",
        "The token says | aud | https://outlook.office365.com\n",
        "The token says | roles | IMAP.AccessAsApp, Mail.Read\n",
        "The token says | scp | a scope\n",
        "The token says | appid | an app\n",
        "The token says | oid | an oid\n",
        "The token says | tid | a tid\n",
        "The token says | iss | an issuer\n",
        "The token says | preferred_username | jane\n",
        "The token says | email | jane@example.org\n",
        "The token says | exp | 2027-01-11T23:59:59Z\n",
        "Mail server | Host | outlook.office365.com\n",
        "Mail server | Address | 2001:db8::1\n",
        "Mail server | Connection | connection reset\n",
        "Mail server | Reason | Connection reset by peer\n",
        "Mail server | Greeting | Dovecot ready.\n",
        "Mail server | Software | Dovecot\n",
        "Mail server | Capabilities | IMAP4rev1 AUTH=XOAUTH2\n",
        "Mail server | After login | IMAP4rev1 MOVE\n",
        "Mail server | Mechanism | XOAUTH2\n",
        "Mail server | Answer | NO\n",
        "Mail server | Code | AUTHENTICATIONFAILED\n",
        "Mail server | Text | no, thank you\n",
        "Mail server | Alert | [ALERT] look here\n",
        "Mail server | Challenge | {\"status\":\"401\"}\n",
        "Mail server | BYE | good bye\n",
        "TLS of the mail server | Check | good: issuer, name and dates\n",
        "What was entered | oauth.scope | https://outlook.office365.com/.default\n",
        "What was entered | mailbox.user | support@contoso.com\n",
        "Stages | settings | ok, ",
        "Stages | imap.authenticate | failed, ",
    };
    const struct advice_case c = {.stage = CHECK_IMAP_AUTHENTICATE};
    struct check_facts facts;
    char *details;

    (void)state;
    case_build(&c, &facts);
    fill_token_leg(&facts);
    fill_claims(&facts);
    fill_imap_leg(&facts);
    details = details_of(&facts);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_row(details, rows[i]);
    assert_null(strstr(details, "imap.preview")); /* it was not reached */
    assert_null(strstr(details, "ingest."));
    free(details);
    case_clear(&facts);
}

static void test_an_opened_folder_is_told_with_its_numbers(void **state)
{
    static const char *const rows[] = {
        "Folder | Name | INBOX\n",
        "Folder | Messages | 12\n",
        "Folder | UIDVALIDITY | 3\n",
        "Folder | UIDNEXT | 10\n",
        "Folder | Unread | 2\n",
        "The newest unread messages | Subject | Printer\n",
        "The newest unread messages | From | jane@example.org\n",
    };
    const struct advice_case c = {.stage = CHECK_STAGE_COUNT};
    struct check_facts facts;
    char *details;

    (void)state;
    case_build(&c, &facts);
    facts.folder = (struct imap_folder){.exists = 12, .uid_validity = 3, .uid_next = 10};
    facts.unread = 2;
    facts.preview_count = 1;
    PUT(facts.previews[0].subject, "Printer");
    PUT(facts.previews[0].from, "jane@example.org");
    details = details_of(&facts);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_row(details, rows[i]);
    free(details);
    case_clear(&facts);
}

static void test_an_opaque_token_is_said_to_be_no_fault(void **state)
{
    const struct advice_case c = {.stage = CHECK_STAGE_COUNT};
    struct check_facts facts;
    char *details;

    (void)state;
    case_build(&c, &facts);
    facts.had_token = true;
    facts.claims.decoded = false;
    details = details_of(&facts);
    expect_row(details, "The token says | Token | opaque: it cannot be read, which is no "
                        "fault\n");
    free(details);
    facts.claims.decoded = true;
    facts.claims.role_count = 0;
    details = details_of(&facts);
    expect_row(details, "The token says | roles | none\n");
    free(details);
    case_clear(&facts);
}

static void test_a_secret_is_only_said_to_be_set(void **state)
{
    static const struct {
        struct check_credential_shape shape;
        bool set;
        const char *row;
    } rows[] = {
        {{.length = 0}, false, "oauth.client_secret | not set\n"},
        {{.length = 0}, true, "oauth.client_secret | set\n"},
        {{.length = 9}, false, "oauth.client_secret | set\n"},
        {{.length = 36, .is_guid = true},
         true,
         "oauth.client_secret | set, in the shape of a GUID\n"},
        {{.length = 40, .is_entra_value = true},
         true,
         "oauth.client_secret | set, in the shape of a secret of Entra's\n"},
        {{.length = 9, .has_outer_blank = true},
         true,
         "oauth.client_secret | set, with a blank at its beginning or end\n"},
    };
    const struct advice_case c = {.stage = CHECK_TOKEN_REQUEST};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_facts facts;
        char *details;

        case_build(&c, &facts);
        facts.credential = rows[i].shape;
        facts.credential_set = rows[i].set;
        details = details_of(&facts);
        expect_row(details, rows[i].row);
        free(details);
        case_clear(&facts);
    }
}

/* A parameter may be anything, an assertion for one. */
static void test_further_parameters_are_told_by_name(void **state)
{
    const struct advice_case c = {
        .profile = PROFILE_CUSTOM,
        .stage = CHECK_TOKEN_REQUEST,
        .set = {"oauth.parameters", "audience=imap client_assertion=canary canary"}};
    struct check_facts facts;
    char *details;

    (void)state;
    case_build(&c, &facts);
    details = details_of(&facts);
    expect_row(details, "oauth.parameters | audience=imap, client_assertion=…, …\n");
    assert_null(strstr(details, "canary"));
    free(details);
    case_clear(&facts);
}

static void expect_clean(void *closure, enum details_section section, const char *name,
                         const char *value)
{
    (void)closure, (void)section;
    assert_true(name[0] != '\0' && text_is_clean(name));
    assert_true(value[0] != '\0' && text_is_clean(value));
    assert_true(strlen(value) <= DETAILS_VALUE_MAX);
}

static void test_values_are_safe_and_bounded(void **state)
{
    struct check_facts facts;
    char longest[5000];

    (void)state;
    for (size_t i = 0; i < advice_case_count; i++) {
        case_build(&advice_cases[i], &facts);
        details_walk(&facts, expect_clean, NULL);
        case_clear(&facts);
    }
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "\x1b[2J\n\xff", 6);
    longest[sizeof longest - 1] = '\0';
    case_build(&(const struct advice_case){.stage = CHECK_IMAP_OPEN}, &facts);
    settings_set(&facts.entered, SET_MAILBOX_FOLDER, longest);
    settings_set(&facts.entered, SET_OAUTH_SCOPE, longest);
    details_walk(&facts, expect_clean, NULL);
    case_clear(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fact_has_its_row),
        cmocka_unit_test(test_an_opened_folder_is_told_with_its_numbers),
        cmocka_unit_test(test_an_opaque_token_is_said_to_be_no_fault),
        cmocka_unit_test(test_a_secret_is_only_said_to_be_set),
        cmocka_unit_test(test_further_parameters_are_told_by_name),
        cmocka_unit_test(test_values_are_safe_and_bounded),
    };

    return cmocka_run_group_tests_name("advice/details", tests, NULL, NULL);
}
