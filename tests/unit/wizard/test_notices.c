/* What is said beside a field before anything is sent, and what F3 makes of its value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "unit/wizard/fixture.h"

#define OTHER     "0d2f8a6b-5b1a-4c53-9a77-8f2d0c4e1e42"
#define NIL       "00000000-0000-0000-0000-000000000000"
#define LOGIN     "https://login.microsoftonline.com/"
#define IMAP_HOST "outlook.office365.com"
#define NBSP      "\xc2\xa0"
#define ZERO      "\xe2\x80\x8b"
#define BOM       "\xef\xbb\xbf"
#define SHY       "\xc2\xad"

/* On a valid mailbox, `id` is set to `value`; the notice must hold `text` (NULL: there
 * must be none), and F3 must make `fixed` of `fix_id` (NULL: nothing is offered). */
struct notice_case {
    enum setting_id id;
    const char *value;
    const char *text;
    enum setting_id fix_id;
    const char *fixed;
};

static const struct field *field_of(struct fixture *f, enum setting_id id)
{
    enum page_id page;
    size_t index;

    assert_true(steps_find(wizard_settings(f->wizard), id, &page, &index));
    return &wizard_pages[page].fields[index];
}

static struct notice notice_of(struct fixture *f, enum setting_id id)
{
    return field_notice(field_of(f, id), &f->context, wizard_settings(f->wizard));
}

static void assert_notice(struct fixture *f, const struct notice_case *c)
{
    char *before = strdup(fixture_value(f, c->id));
    char *method = strdup(fixture_value(f, SET_AUTH_METHOD));
    char *source = strdup(fixture_value(f, SET_OAUTH_SOURCE));
    struct notice notice;

    fixture_edit(f, c->id, c->value);
    fixture_focus(f, c->id);
    notice = notice_of(f, c->id);
    if ((notice.level != NOTICE_NONE) != (c->text != NULL) ||
        (c->text && !strstr(notice.text, c->text)) ||
        (notice.fix_for != SET_NONE) != (c->fixed != NULL))
        fail_msg("%s = \"%s\": \"%s\" for %d", setting_defs[c->id].key, c->value,
                 notice.text, notice.fix_for);
    if (c->fixed) {
        assert_int_equal(fixture_send(f, WIZARD_FIX), 0);
        if (strcmp(fixture_value(f, c->fix_id), c->fixed) != 0)
            fail_msg("%s = \"%s\": F3 made \"%s\"", setting_defs[c->id].key, c->value,
                     fixture_value(f, c->fix_id));
    }
    if (c->fixed && c->fix_id == SET_AUTH_METHOD) {
        fixture_edit(f, SET_AUTH_METHOD, method);
        fixture_edit(f, SET_OAUTH_SOURCE, source);
    }
    fixture_edit(f, c->id, before);
    free(before);
    free(method);
    free(source);
}

#define ASSERT_NOTICES(f, cases)                                                         \
    for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)                         \
    assert_notice(f, &(cases)[i])

/* With a typed secret of these bytes the notice holds `text` (NULL: there is none). */
static void assert_secret(struct fixture *f, enum setting_id id, const char *bytes,
                          const char *text)
{
    struct notice notice;

    fixture_edit_secret(f, id, bytes);
    notice = notice_of(f, id);
    if ((notice.level != NOTICE_NONE) != (text != NULL) ||
        (text && !strstr(notice.text, text)))
        fail_msg("\"%s\": \"%s\"", bytes, notice.text);
    assert_null(strstr(notice.text, SECRET));
    assert_string_equal(notice.fix_value, "");
}

static void fill_custom(struct fixture *f)
{
    fixture_fill_exchange(f);
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    fixture_edit(f, SET_OAUTH_TOKEN_URL, "https://id.example.com/token");
    fixture_edit(f, SET_OAUTH_CLIENT_ID, "letterbox");
    fixture_edit(f, SET_OAUTH_SCOPE, "imap");
    fixture_edit(f, SET_SERVER_HOST, "imap.example.com");
}

static void test_a_scope_that_microsoft_refuses(void **state)
{
    static const struct notice_case cases[] = {
        {SET_OAUTH_SCOPE, WORKING, NULL, SET_NONE, NULL},
        {SET_OAUTH_SCOPE, DELEGATED, "AADSTS1002012", SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "https://outlook.office365.com/SMTP.Send", "signed-in user",
         SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, WORKING " offline_access", "signed-in user", SET_OAUTH_SCOPE,
         WORKING},
        {SET_OAUTH_SCOPE, WORKING " https://graph.microsoft.com/.default", "one scope",
         SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "https://outlook.office365.com/", "ends in /.default",
         SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "https://graph.microsoft.com/Mail.Read", "ends in /.default",
         SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "https://graph.microsoft.com/.default", "Graph",
         SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "https://ps.outlook.com/.default", "consent", SET_OAUTH_SCOPE,
         WORKING},
        {SET_OAUTH_SCOPE, "https://partner.outlook.cn/.default", "another cloud",
         SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "\"" WORKING "\",", "copied along", SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "scope=" WORKING, "name of the value", SET_OAUTH_SCOPE,
         WORKING},
    };

    fixture_fill_exchange(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_what_else_is_pasted_for_a_tenant(void **state)
{
    static const struct notice_case cases[] = {
        {SET_OAUTH_TENANT, TENANT, NULL, SET_NONE, NULL},
        {SET_OAUTH_TENANT, "contoso.com", NULL, SET_NONE, NULL},
        {SET_OAUTH_TENANT, FULL_URL, "URL", SET_OAUTH_TENANT, TENANT},
        {SET_OAUTH_TENANT, LOGIN TENANT "/v2.0", "URL", SET_OAUTH_TENANT, TENANT},
        {SET_OAUTH_TENANT, "login.microsoftonline.com/" TENANT, "URL", SET_OAUTH_TENANT,
         TENANT},
        {SET_OAUTH_TENANT, "https://sts.windows.net/" TENANT "/", "URL", SET_OAUTH_TENANT,
         TENANT},
        {SET_OAUTH_TENANT,
         "https://login.partner.microsoftonline.cn/contoso.cn/oauth2/v2.0/token", "URL",
         SET_OAUTH_TENANT, "contoso.cn"},
        {SET_OAUTH_TENANT,
         "https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/"
         "ApplicationMenuBlade/~/Overview/appId/" CLIENT "/objectId/" OTHER
         "/tenantId/" TENANT "/isMSAApp~/false",
         "URL", SET_OAUTH_TENANT, TENANT},
        {SET_OAUTH_TENANT, "https://entra.microsoft.com/?tenantId=" TENANT "#home", "URL",
         SET_OAUTH_TENANT, TENANT},
        {SET_OAUTH_TENANT, "https://portal.azure.com/#@contoso.com/resource/x", "URL",
         SET_OAUTH_TENANT, "contoso.com"},
        {SET_OAUTH_TENANT, "https://entra.microsoft.com/#view/x/appId/" CLIENT, NULL,
         SET_NONE, NULL},
        {SET_OAUTH_TENANT, "admin@contoso.onmicrosoft.com", "address", SET_OAUTH_TENANT,
         "contoso.onmicrosoft.com"},
        {SET_OAUTH_TENANT, "{" TENANT "}", "more here", SET_OAUTH_TENANT, TENANT},
        {SET_OAUTH_TENANT, "8f2d0c4e-5b1a-4c53-9a77- 0d2f8a6b1e42", "more here",
         SET_OAUTH_TENANT, TENANT},
        {SET_OAUTH_TENANT, "Directory (tenant) ID: " TENANT, "name of the value",
         SET_OAUTH_TENANT, TENANT},
        {SET_OAUTH_TENANT, "Directory (tenant) ID " TENANT, "more here", SET_OAUTH_TENANT,
         TENANT},
        {SET_OAUTH_TENANT, TENANT " " OTHER, NULL, SET_NONE, NULL},
        {SET_OAUTH_TENANT, NIL, "example", SET_NONE, NULL},
        {SET_OAUTH_TENANT, "9188040d-6c67-4c5b-b112-36a304b66dad", "personal", SET_NONE,
         NULL},
        {SET_OAUTH_TENANT, CLIENT, "Client ID", SET_NONE, NULL},
    };

    fixture_fill_exchange(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_another_url_of_microsofts_than_the_token_url(void **state)
{
    static const struct notice_case cases[] = {
        {SET_OAUTH_TOKEN_URL, FULL_URL, NULL, SET_NONE, NULL},
        {SET_OAUTH_TOKEN_URL, PATH_ONLY, "only the path", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/oauth2/token", "v1 endpoint",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/oauth2/v2.0/authorize?x=y",
         "authorization endpoint", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/oauth2/authorize", "authorization endpoint",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/v2.0", "names the directory",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT, "names the directory", SET_OAUTH_TOKEN_URL,
         FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/v2.0/.well-known/openid-configuration",
         "names the directory", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, "https://sts.windows.net/" TENANT "/",
         "names the directory", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, "https://sts.windows.net/" TENANT "/oauth2/v2.0/token",
         "names the directory", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/oauth2/v2.0/devicecode", "ends in",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/oauth2/v2.0/token/", "ends in",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN "oauth2/v2.0/token", "is missing",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN "common/oauth2/v2.0/token", "no directory",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN "organizations/oauth2/token", "v1 endpoint",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN "YOUR_TENANT/oauth2/v2.0/token", "no directory",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, "https://portal.azure.com/#x/tenantId/" TENANT,
         "admin center", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, "https://" IMAP_HOST "/oauth2/v2.0/token", "mail server",
         SET_NONE, NULL},
        {SET_OAUTH_TOKEN_URL,
         "https://login.microsoftonline.us/" TENANT "/oauth2/v2.0/token",
         "login.microsoftonline.com, not", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN OTHER PATH_ONLY, "another directory",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, "http://login.microsoftonline.com/" TENANT PATH_ONLY,
         "https://", SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, "login.microsoftonline.com/" TENANT PATH_ONLY, "https://",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, "\xe2\x80\x9c" FULL_URL "\xe2\x80\x9d", "quotes",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/oauth2 /v2.0/token", "blank",
         SET_OAUTH_TOKEN_URL, FULL_URL},
    };

    fixture_fill_exchange(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_a_client_id_that_is_none_of_microsofts(void **state)
{
    static const struct notice_case cases[] = {
        {SET_OAUTH_CLIENT_ID, CLIENT, NULL, SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "letterbox", "GUID", SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "letterbox@contoso.com", "address", SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "api://" CLIENT, "more here", SET_OAUTH_CLIENT_ID, CLIENT},
        {SET_OAUTH_CLIENT_ID, "{" CLIENT "}", "more here", SET_OAUTH_CLIENT_ID, CLIENT},
        {SET_OAUTH_CLIENT_ID, "Application (client) ID : " CLIENT, "name of the value",
         SET_OAUTH_CLIENT_ID, CLIENT},
        {SET_OAUTH_CLIENT_ID, "client_id: \"" CLIENT "\",", "name of the value",
         SET_OAUTH_CLIENT_ID, CLIENT},
        {SET_OAUTH_CLIENT_ID, CLIENT ZERO, "invisible", SET_OAUTH_CLIENT_ID, CLIENT},
        {SET_OAUTH_CLIENT_ID, TENANT, "Directory (tenant) ID", SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, NIL, "example", SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "00000002-0000-0ff1-ce00-000000000000",
         "Office 365 Exchange Online", SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "9e5f94bc-e8a4-4e73-b8be-63364c29d753", "Thunderbird",
         SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "123-abc.apps.googleusercontent.com", "Google",
         SET_AUTH_METHOD, "basic"},
    };

    fixture_fill_exchange(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_a_client_secret_that_is_something_else(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {SECRET, NULL},
        {OTHER, "Secret ID"},
        {CLIENT, "Client ID"},
        {TENANT, "Directory (tenant) ID"},
        {"eyJ0eXAi.eyJhdWQi.c2lnbmVk", "token"},
        {"-----BEGIN PRIVATE KEY-----", "key or certificate"},
        {"0123456789ABCDEF0123456789ABCDEF01234567", "thumbprint"},
        {"abc*****************", "shown only once"},
        {"Bearer " SECRET, "name of the value"},
        {"Client secret: " SECRET, "name of the value"},
        {"client_secret=" SECRET, "name of the value"},
        {"\"client_secret\": \"" SECRET "\",", "name of the value"},
        {"\"" SECRET "\"", "quotes"},
        {"\xe2\x80\x98" SECRET "\xe2\x80\x99", "quotes"},
        {SECRET ",", "sign at the end"},
        {SECRET NBSP, "blank"},
        {BOM SECRET, "invisible"},
        {"abc8Q~" SHY "not-a-true-secret", "invisible"},
        {"abc8Q~" NBSP "not-a-true-secret", "non-breaking"},
    };

    fixture_fill_exchange(*state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_secret(*state, SET_OAUTH_CLIENT_SECRET, cases[i].bytes, cases[i].text);
}

static void test_what_came_along_with_a_secret_is_removed_unseen(void **state)
{
    static const char *const pasted[] = {
        " " SECRET "\t",
        "Client secret: " SECRET,
        "\"client_secret\" : \"" SECRET "\",",
        BOM "Value = '" SECRET "' ;",
        "Bearer " SECRET,
    };
    struct fixture *f = *state;

    fixture_fill_exchange(f);
    for (size_t i = 0; i < sizeof pasted / sizeof *pasted; i++) {
        fixture_edit_secret(f, SET_OAUTH_CLIENT_SECRET, pasted[i]);
        fixture_focus(f, SET_OAUTH_CLIENT_SECRET);
        assert_secret(f, SET_OAUTH_CLIENT_SECRET, pasted[i], "");
        assert_int_equal(notice_of(f, SET_OAUTH_CLIENT_SECRET).fix_for,
                         SET_OAUTH_CLIENT_SECRET);
        fixture_send(f, WIZARD_FIX);
        assert_string_equal(secret_bytes(wizard_settings(f->wizard)->client_secret.value),
                            SECRET);
    }
}

/* What a person made up may look like anything. */
static void test_a_password_is_left_as_it_is(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    assert_secret(f, SET_BASIC_PASSWORD, "a pass word,", NULL);
    assert_secret(f, SET_BASIC_PASSWORD, "server:993", NULL);
    assert_secret(f, SET_BASIC_PASSWORD, OTHER, NULL);
    assert_secret(f, SET_BASIC_PASSWORD, "abcd" NBSP "efgh", "non-breaking");
    assert_secret(f, SET_BASIC_PASSWORD, "password ", "blank");
    assert_secret(f, SET_BASIC_PASSWORD, "\"", NULL);
}

static void test_a_host_with_more_than_its_name(void **state)
{
    static const struct notice_case cases[] = {
        {SET_SERVER_HOST, "imap.example.com", NULL, SET_NONE, NULL},
        {SET_SERVER_HOST, "2001:db8::1", NULL, SET_NONE, NULL},
        {SET_SERVER_HOST, "imaps://imap.example.com:1993/INBOX", "alone", SET_SERVER_HOST,
         "imap.example.com"},
        {SET_SERVER_PORT, "993", NULL, SET_NONE, NULL},
        {SET_SERVER_HOST, "imap.example.com:1993", "1993 as Port", SET_SERVER_PORT,
         "1993"},
        {SET_SERVER_HOST, "imap.example.com 2993", "2993 as Port", SET_SERVER_PORT,
         "2993"},
        {SET_SERVER_HOST, "imap.example.com, Port: 3993", "3993 as Port", SET_SERVER_PORT,
         "3993"},
        {SET_SERVER_HOST, "[2001:db8::1]:4993", "4993 as Port", SET_SERVER_HOST,
         "2001:db8::1"},
        {SET_SERVER_HOST, "https://imap.example.com/", "alone", SET_SERVER_HOST,
         "imap.example.com"},
        {SET_SERVER_HOST, "IMAP server: imap.example.com", "name of the value",
         SET_SERVER_HOST, "imap.example.com"},
        {SET_SERVER_HOST, "imap.example.com" NBSP, "blank", SET_SERVER_HOST,
         "imap.example.com"},
        {SET_SERVER_HOST, "imap.exam" SHY "ple.com", "invisible", SET_SERVER_HOST,
         "imap.example.com"},
        {SET_SERVER_HOST, "smtp.example.com", "sending", SET_NONE, NULL},
        {SET_SERVER_HOST, "pop.example.com", "POP3", SET_NONE, NULL},
        {SET_SERVER_HOST, "support@example.com", NULL, SET_NONE, NULL},
    };
    struct fixture *f = *state;

    fixture_fill_basic(f);
    ASSERT_NOTICES(f, cases);
}

static void test_basic_auth_towards_microsoft(void **state)
{
    static const struct notice_case cases[] = {
        {SET_AUTH_METHOD, "basic", "choose OAuth", SET_NONE, NULL},
        {SET_BASIC_USERNAME, "support@example.com", NULL, SET_NONE, NULL},
        {SET_BASIC_USERNAME, "support@contoso.onmicrosoft.com", "refuses Basic auth",
         SET_NONE, NULL},
        {SET_BASIC_USERNAME, "someone@hotmail.com", "refuses Basic auth", SET_NONE, NULL},
        {SET_SERVER_HOST, IMAP_HOST, "refuses Basic auth", SET_AUTH_METHOD, "oauth"},
        {SET_SERVER_HOST, "smtp.office365.com", "refuses Basic auth", SET_AUTH_METHOD,
         "oauth"},
        {SET_SERVER_HOST, "partner.outlook.cn", "refuses Basic auth", SET_AUTH_METHOD,
         "oauth"},
        {SET_SERVER_HOST, "contoso-com.mail.protection.outlook.com", "refuses Basic auth",
         SET_AUTH_METHOD, "oauth"},
        {SET_SERVER_HOST, "imap.gmail.com", NULL, SET_NONE, NULL},
    };

    fixture_fill_basic(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_ports_and_what_happens_to_messages(void **state)
{
    static const struct notice_case cases[] = {
        {SET_SERVER_PORT, "143", "begins without TLS", SET_SERVER_SECURITY, "starttls"},
        {SET_SERVER_PORT, "995", "POP3", SET_SERVER_PORT, "143"},
        {SET_SERVER_PORT, "993", "TLS from the start", SET_SERVER_SECURITY, "tls"},
        {SET_SERVER_PORT, "587", "SMTP", SET_SERVER_PORT, "993"},
        {SET_SERVER_PORT, "1143", NULL, SET_NONE, NULL},
        {SET_INGEST_ON_SUCCESS, "keep", "Nothing changes", SET_NONE, NULL},
        {SET_INGEST_ON_FAILURE, "delete", "lost", SET_NONE, NULL},
    };

    fixture_fill_basic(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_the_host_and_mailbox_of_an_exchange_mailbox(void **state)
{
    static const struct notice_case cases[] = {
        {SET_SERVER_HOST, IMAP_HOST, NULL, SET_NONE, NULL},
        {SET_SERVER_HOST, "localhost", NULL, SET_NONE, NULL},
        {SET_SERVER_HOST, "outlook.office365.us", "another cloud", SET_SERVER_HOST,
         IMAP_HOST},
        {SET_SERVER_HOST, "outlook.office.com", "another name", SET_SERVER_HOST,
         IMAP_HOST},
        {SET_SERVER_HOST, "contoso-com.mail.protection.outlook.com", "another name",
         SET_SERVER_HOST, IMAP_HOST},
        {SET_SERVER_HOST, "imap.gmail.com", "Google", SET_AUTH_METHOD, "basic"},
        {SET_MAILBOX_USER, "support@example.com", NULL, SET_NONE, NULL},
        {SET_MAILBOX_USER, "CONTOSO\\support", "Windows", SET_NONE, NULL},
        {SET_MAILBOX_USER, "admin@example.com\\support@example.com", "alone",
         SET_MAILBOX_USER, "support@example.com"},
        {SET_MAILBOX_USER, "Support <support@example.com>", "alone", SET_MAILBOX_USER,
         "support@example.com"},
        {SET_MAILBOX_USER, "o'brien@example.com", NULL, SET_NONE, NULL},
        {SET_MAILBOX_USER, "Support 'support@example.com'", "alone", SET_MAILBOX_USER,
         "support@example.com"},
        {SET_MAILBOX_USER, "mailto:support@example.com", "name of the value",
         SET_MAILBOX_USER, "support@example.com"},
        {SET_MAILBOX_USER, ZERO " support@example.com" NBSP, "blank", SET_MAILBOX_USER,
         "support@example.com"},
        {SET_MAILBOX_USER, "a_example.com#EXT#@contoso.onmicrosoft.com", "guest",
         SET_NONE, NULL},
        {SET_MAILBOX_USER, "someone@gmail.com", "Google", SET_AUTH_METHOD, "basic"},
        {SET_MAILBOX_USER, "someone@outlook.com", "personal", SET_NONE, NULL},
    };

    fixture_fill_exchange(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_the_custom_page_knows_microsoft_and_google(void **state)
{
    static const struct notice_case by_itself[] = {
        {SET_OAUTH_CLIENT_ID, "letterbox", NULL, SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "support@example.com", "mailbox's address", SET_NONE, NULL},
        {SET_OAUTH_CLIENT_ID, "1-a.apps.googleusercontent.com", "Google", SET_AUTH_METHOD,
         "basic"},
        {SET_OAUTH_SCOPE, "openid email", NULL, SET_NONE, NULL},
        {SET_OAUTH_SCOPE, "openid,email", "blanks between", SET_OAUTH_SCOPE,
         "openid email"},
        {SET_OAUTH_SCOPE, DELEGATED, "from elsewhere", SET_NONE, NULL},
        {SET_OAUTH_SCOPE, "https://mail.google.com/", "Google", SET_AUTH_METHOD, "basic"},
        {SET_OAUTH_TOKEN_URL, "https://oauth2.googleapis.com/token", "Google",
         SET_AUTH_METHOD, "basic"},
        {SET_OAUTH_TOKEN_URL, LOGIN TENANT "/oauth2/token", "v1 endpoint",
         SET_OAUTH_TOKEN_URL, FULL_URL},
        {SET_OAUTH_TOKEN_URL, LOGIN "common/oauth2/v2.0/token", "no directory", SET_NONE,
         NULL},
        {SET_OAUTH_TOKEN_URL, "/token", "only the path", SET_NONE, NULL},
        {SET_OAUTH_PROXY, "proxy:3128", "as a URL", SET_OAUTH_PROXY, "http://proxy:3128"},
    };
    static const struct notice_case with_microsoft[] = {
        {SET_OAUTH_CLIENT_ID, "letterbox", "GUID", SET_NONE, NULL},
        {SET_OAUTH_SCOPE, DELEGATED, "AADSTS1002012", SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "openid email", "one scope", SET_OAUTH_SCOPE, WORKING},
        {SET_SERVER_HOST, "partner.outlook.cn", "than the Token URL", SET_SERVER_HOST,
         IMAP_HOST},
        {SET_SERVER_HOST, "imap.gmail.com", "Google", SET_AUTH_METHOD, "basic"},
    };
    struct fixture *f = *state;

    fill_custom(f);
    ASSERT_NOTICES(f, by_itself);
    assert_secret(f, SET_OAUTH_CLIENT_SECRET, OTHER, NULL);
    assert_secret(f, SET_OAUTH_CLIENT_SECRET, "letterbox", "Client ID");
    fixture_edit(f, SET_OAUTH_TOKEN_URL, FULL_URL);
    ASSERT_NOTICES(f, with_microsoft);
    assert_secret(f, SET_OAUTH_CLIENT_SECRET, OTHER, "Secret ID");
}

static void test_urls_of_other_servers_than_their_token_endpoint(void **state)
{
    static const struct notice_case cases[] = {
        {SET_OAUTH_TOKEN_URL,
         "https://k.example/realms/mail/protocol/openid-connect/token", NULL, SET_NONE,
         NULL},
        {SET_OAUTH_TOKEN_URL,
         "https://k.example/realms/mail/protocol/openid-connect/auth",
         "not the token endpoint", SET_OAUTH_TOKEN_URL,
         "https://k.example/realms/mail/protocol/openid-connect/token"},
        {SET_OAUTH_TOKEN_URL, "https://k.example/auth/realms/mail/",
         "not the token endpoint", SET_OAUTH_TOKEN_URL,
         "https://k.example/auth/realms/mail/protocol/openid-connect/token"},
        {SET_OAUTH_TOKEN_URL,
         "https://k.example/realms/mail/.well-known/openid-configuration",
         "not the token endpoint", SET_OAUTH_TOKEN_URL,
         "https://k.example/realms/mail/protocol/openid-connect/token"},
        {SET_OAUTH_TOKEN_URL, "https://a.example/application/o/authorize/?x",
         "not the token endpoint", SET_OAUTH_TOKEN_URL,
         "https://a.example/application/o/token/"},
        {SET_OAUTH_TOKEN_URL, "https://z.example/oauth/v2/authorize",
         "not the token endpoint", SET_OAUTH_TOKEN_URL,
         "https://z.example/oauth/v2/token"},
        {SET_OAUTH_TOKEN_URL, "https://id.example/.well-known/openid-configuration",
         "token_endpoint", SET_NONE, NULL},
        {SET_OAUTH_TOKEN_URL, "https://id.example/authorize", "authorization endpoint",
         SET_NONE, NULL},
        {SET_OAUTH_TOKEN_URL, "https://id.example/oauth/token", NULL, SET_NONE, NULL},
    };

    fill_custom(*state);
    ASSERT_NOTICES(*state, cases);
}

static void test_an_existing_provider_is_known_by_its_endpoint(void **state)
{
    static const struct choice providers[] = {
        {"own", "Own", "https://sso.example.com/token"},
        {"entra", "Entra", FULL_URL},
        {"shared", "Shared", LOGIN "common/oauth2/v2.0/token"},
        {"old", "Old", LOGIN TENANT "/oauth2/token"},
        {"google", "Google", "https://accounts.google.com"},
    };
    static const struct notice_case of_provider[] = {
        {SET_OAUTH_PROVIDER, "own", NULL, SET_NONE, NULL},
        {SET_OAUTH_PROVIDER, "entra", NULL, SET_NONE, NULL},
        {SET_OAUTH_PROVIDER, "shared", "names no directory", SET_NONE, NULL},
        {SET_OAUTH_PROVIDER, "old", "v1 endpoint", SET_NONE, NULL},
        {SET_OAUTH_PROVIDER, "google", "Google", SET_AUTH_METHOD, "basic"},
    };
    static const struct notice_case of_scope[] = {
        {SET_OAUTH_SCOPE, DELEGATED, "AADSTS1002012", SET_OAUTH_SCOPE, WORKING},
        {SET_OAUTH_SCOPE, "https://graph.microsoft.com/.default", "Graph",
         SET_OAUTH_SCOPE, WORKING},
        {SET_SERVER_HOST, "partner.outlook.cn", "than the provider", SET_SERVER_HOST,
         IMAP_HOST},
    };
    struct fixture *f = *state;

    f->context.providers = providers;
    f->context.provider_count = sizeof providers / sizeof *providers;
    fill_custom(f);
    fixture_edit(f, SET_OAUTH_SOURCE, "provider");
    ASSERT_NOTICES(f, of_provider);
    fixture_edit(f, SET_OAUTH_PROVIDER, "own");
    assert_notice(f,
                  &(struct notice_case){SET_OAUTH_SCOPE, "imap", NULL, SET_NONE, NULL});
    fixture_edit(f, SET_OAUTH_PROVIDER, "entra");
    ASSERT_NOTICES(f, of_scope);
}

/* 2026-11-23T20:35:00Z */
#define NOW 1795466100

static void test_a_secret_that_ends_soon(void **state)
{
    enum { id = SET_OAUTH_CLIENT_SECRET_EXPIRES_AT };
    static const struct notice_case cases[] = {
        {id, "2026-12-24", NULL, SET_NONE, NULL},
        {id, "2026-12-23", "2026-12-23, in 30 days", SET_NONE, NULL},
        {id, "2026-11-23", "2026-11-23, today", SET_NONE, NULL},
        {id, "2026-11-22", "expired on 2026-11-22, 1 day ago", SET_NONE, NULL},
        {id, "31.12.2027", "another way", id, "2027-12-31"},
        {id, "3/31/2027", "another way", id, "2027-03-31"},
        {id, "31/3/2027", "another way", id, "2027-03-31"},
        {id, "2027/3/1", "another way", id, "2027-03-01"},
        {id, "3/4/2027", NULL, SET_NONE, NULL},
        {id, "31.2.2027", NULL, SET_NONE, NULL},
        {id, "never", NULL, SET_NONE, NULL},
    };
    struct fixture *f = *state;

    f->context.now = NOW;
    fixture_fill_exchange(f);
    ASSERT_NOTICES(f, cases);
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    ASSERT_NOTICES(f, cases);
    f->context.now = 0;
    assert_notice(f, &(struct notice_case){id, "2026-11-22", NULL, SET_NONE, NULL});
}

static void test_a_providers_secret_that_ends_soon(void **state)
{
    static const time_t ends[] = {NOW + 3 * 24 * 3600, 0};
    static const struct notice_case cases[] = {
        {SET_OAUTH_PROVIDER, "sandbox", "2026-11-26, in 3 days", SET_NONE, NULL},
        {SET_OAUTH_PROVIDER, "keycloak", NULL, SET_NONE, NULL},
    };
    struct fixture *f = *state;

    f->context.now = NOW;
    f->context.provider_secrets_end = ends;
    fixture_edit(f, SET_AUTH_METHOD, "oauth");
    fixture_edit(f, SET_OAUTH_SOURCE, "provider");
    ASSERT_NOTICES(f, cases);
}

/* The focused field's fix comes first; else that of the page's first field with one. */
static void test_the_fix_tells_which_field_it_is_of(void **state)
{
    struct fixture *f = *state;
    struct notice notice;

    fixture_fill_basic(f);
    fixture_edit(f, SET_SERVER_HOST, "imaps://imap.example.com/");
    fixture_edit(f, SET_SERVER_PORT, "143");
    fixture_focus(f, SET_SERVER_PORT);
    assert_true(wizard_offered_fix(f->wizard, &notice));
    assert_int_equal(notice.beside, SET_SERVER_PORT);
    assert_int_equal(notice.fix_for, SET_SERVER_SECURITY);
    fixture_focus(f, SET_MAILBOX_FOLDER);
    assert_true(wizard_offered_fix(f->wizard, &notice));
    assert_int_equal(notice.beside, SET_SERVER_HOST);
}

static void test_a_folder_is_named_as_its_owner_likes(void **state)
{
    struct fixture *f = *state;

    fixture_fill_basic(f);
    fixture_edit(f, SET_MAILBOX_FOLDER, " first");
    assert_true(field_check(field_of(f, SET_MAILBOX_FOLDER), &f->context,
                            wizard_settings(f->wizard), NULL));
    assert_int_equal(notice_of(f, SET_MAILBOX_FOLDER).level, NOTICE_WARNING);
}

/* For the answers file: no key is named that nobody can press. */
static void test_warnings_name_the_value_to_put(void **state)
{
    struct fixture *f = *state;
    struct err_list warnings = {0}, errors = {0};

    fixture_fill_exchange(f);
    fixture_edit(f, SET_OAUTH_SCOPE, DELEGATED);
    fixture_edit(f, SET_INGEST_ON_FAILURE, "delete");
    wizard_warnings(f->wizard, PAGE_SERVER, &warnings);
    assert_int_equal(warnings.count, 1);
    assert_string_equal(warnings.items[0].key, "oauth.scope");
    assert_non_null(strstr(warnings.items[0].text, "\"" WORKING "\""));
    assert_null(strstr(warnings.items[0].text, "F3"));
    wizard_warnings(f->wizard, PAGE_REVIEW, &warnings);
    assert_int_equal(warnings.count, 3);
    assert_string_equal(warnings.items[2].key, "ingest.on_failure");
    fixture_edit(f, SET_OAUTH_TENANT, "https://sts.windows.net/" TENANT "/");
    assert_false(wizard_check(f->wizard, PAGE_EXCHANGE, &errors));
    assert_string_equal(errors.items[0].key, "oauth.tenant");
    assert_non_null(strstr(errors.items[0].text, "Put \"" TENANT "\""));
    err_list_free(&warnings);
    err_list_free(&errors);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_a_scope_that_microsoft_refuses),
        UNIT(test_what_else_is_pasted_for_a_tenant),
        UNIT(test_another_url_of_microsofts_than_the_token_url),
        UNIT(test_a_client_id_that_is_none_of_microsofts),
        UNIT(test_a_client_secret_that_is_something_else),
        UNIT(test_what_came_along_with_a_secret_is_removed_unseen),
        UNIT(test_a_password_is_left_as_it_is),
        UNIT(test_a_host_with_more_than_its_name),
        UNIT(test_basic_auth_towards_microsoft),
        UNIT(test_ports_and_what_happens_to_messages),
        UNIT(test_the_host_and_mailbox_of_an_exchange_mailbox),
        UNIT(test_the_custom_page_knows_microsoft_and_google),
        UNIT(test_urls_of_other_servers_than_their_token_endpoint),
        UNIT(test_an_existing_provider_is_known_by_its_endpoint),
        UNIT(test_a_secret_that_ends_soon),
        UNIT(test_a_providers_secret_that_ends_soon),
        UNIT(test_the_fix_tells_which_field_it_is_of),
        UNIT(test_a_folder_is_named_as_its_owner_likes),
        UNIT(test_warnings_name_the_value_to_put),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
