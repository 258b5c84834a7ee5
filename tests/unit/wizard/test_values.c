/* Validators, as tables: a value, and what must be said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "settings/mailbox.h"
#include "unit/wizard/fixture.h"

/* On a valid mailbox, `id` is set to `value`; NULL error: it must be valid, else the
 * error must hold this text. */
struct value_case {
    enum setting_id id;
    const char *value;
    const char *error;
};

static void assert_case(struct fixture *f, const struct value_case *c)
{
    enum page_id page;
    size_t index;
    struct err err = ERR_INIT;
    bool good;

    fixture_edit(f, c->id, c->value);
    assert_true(steps_find(wizard_settings(f->wizard), c->id, &page, &index));
    good = field_check(&wizard_pages[page].fields[index], &f->context,
                       wizard_settings(f->wizard), &err);
    if (good != !c->error || (c->error && !strstr(err.text, c->error)))
        fail_msg("%s = \"%s\": %s", setting_defs[c->id].key, c->value,
                 good ? "valid" : err.text);
    if (!good)
        assert_string_equal(err.key, setting_defs[c->id].key);
}

static void test_values_of_an_exchange_mailbox(void **state)
{
    static const struct value_case cases[] = {
        {SET_OAUTH_TENANT, "", NULL},
        {SET_OAUTH_TENANT, TENANT, NULL},
        {SET_OAUTH_TENANT, "contoso.com", NULL},
        {SET_OAUTH_TENANT, "common", "names no directory"},
        {SET_OAUTH_TENANT, "Organizations", "names no directory"},
        {SET_OAUTH_TENANT, "{tenant}", "placeholder"},
        {SET_OAUTH_TENANT, "YOUR_TENANT", "placeholder"},
        {SET_OAUTH_TENANT, "contoso", "GUID, or one of its domain names"},
        {SET_OAUTH_TENANT, "contoso..com", "GUID, or one of its domain names"},
        {SET_OAUTH_TENANT, "https://portal.azure.com/#x", "ID alone"},
        {SET_OAUTH_TOKEN_URL, FULL_URL, NULL},
        {SET_OAUTH_TOKEN_URL, "https://localhost:8443/token", NULL},
        {SET_OAUTH_TOKEN_URL, "", "\"Token URL\" is missing"},
        {SET_OAUTH_TOKEN_URL, PATH_ONLY, "only the path"},
        {SET_OAUTH_TOKEN_URL, "/" TENANT PATH_ONLY, "only the path"},
        {SET_OAUTH_TOKEN_URL, "login.microsoftonline.com/x/oauth2/v2.0/token",
         "https://"},
        {SET_OAUTH_TOKEN_URL, "http://login.microsoftonline.com/x/oauth2/v2.0/token",
         "must begin with https://"},
        {SET_OAUTH_TOKEN_URL, "https://a:b@login.example.com/token", "user name"},
        {SET_OAUTH_TOKEN_URL, "https://login.example.com/token#x", "#"},
        {SET_OAUTH_TOKEN_URL,
         "https://login.microsoftonline.com/common/oauth2/v2.0/token",
         "names no directory"},
        {SET_OAUTH_TOKEN_URL,
         "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token", "placeholder"},
        {SET_OAUTH_TOKEN_URL,
         "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", "placeholder"},
        {SET_OAUTH_CLIENT_ID, CLIENT, NULL},
        {SET_OAUTH_CLIENT_ID, CLIENT " ", "blank or an invisible character"},
        {SET_OAUTH_CLIENT_ID, "\xe2\x80\x8b" CLIENT, "blank or an invisible character"},
        {SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "", NULL},
        {SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "2027-03-31", NULL},
        {SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "31.3.2027", "YYYY-MM-DD"},
        {SET_OAUTH_SCOPE, "", "\"Scope\" is missing"},
        {SET_OAUTH_SCOPE, "b\xc3\xb6se", "ASCII"},
        {SET_MAILBOX_USER, "support", "whole address"},
        {SET_MAILBOX_USER, "Support <support@example.com>", "one address"},
    };

    fixture_fill_exchange(*state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_case(*state, &cases[i]);
}

static void test_values_of_a_mailbox_with_basic_auth(void **state)
{
    static const struct value_case cases[] = {
        {SET_MAILBOX_USER, "support", NULL},
        {SET_SERVER_HOST, "", "\"IMAP host\" is missing"},
        {SET_SERVER_HOST, "imap.example.com", NULL},
        {SET_SERVER_HOST, "::1", NULL},
        {SET_SERVER_HOST, "imaps://imap.example.com", "alone"},
        {SET_SERVER_HOST, "imap.example.com:993", "port has a field"},
        {SET_SERVER_HOST, "me@example.com", "address"},
        {SET_SERVER_HOST, "caf\xc3\xa9.example", "xn--"},
        {SET_SERVER_PORT, "1", NULL},
        {SET_SERVER_PORT, "0", "1 to 65535"},
        {SET_SERVER_PORT, "65536", "1 to 65535"},
        {SET_SERVER_PORT, "99999999999999999999", "whole number"},
        {SET_SERVER_SECURITY, "none", "tls, starttls"},
        {SET_MAILBOX_FOLDER, "", "\"Folder\" is missing"},
        {SET_TLS_CA_FILE, "ca.pem", "whole path"},
        {SET_SERVER_TIMEOUT_SECONDS, "301", "1 to 300"},
        {SET_INGEST_DELIVER, "pigeon", "maildir, command, http, lmtp"},
        {SET_INGEST_DELIVER, "http", NULL},
        {SET_INGEST_TARGET, "https://help.example.com/mail", NULL},
        {SET_INGEST_TARGET, "http://127.0.0.1:8080/mail", NULL},
        {SET_INGEST_TARGET, "http://help.example.com/mail", "begin with https://"},
        {SET_INGEST_TARGET, "help.example.com/mail", "whole URL"},
        {SET_INGEST_TARGET, "https://me:key@help.example.com/", "in clear"},
        {SET_INGEST_TARGET, "https://help.example.com/mail#top", "#"},
        {SET_INGEST_HTTP_SECRET_AS, "basic", "header:NAME"},
        {SET_INGEST_HTTP_SECRET_AS, "header:", "header:NAME"},
        {SET_INGEST_HTTP_SECRET_AS, "header:X-API-Key", NULL},
        {SET_INGEST_HTTP_SECRET_AS, "field:key", NULL},
        {SET_INGEST_HTTP_MESSAGE_FIELD, "the mail", "one word"},
        {SET_INGEST_HTTP_MESSAGE_FIELD, "email", NULL},
        {SET_INGEST_HTTP_MESSAGE_FIELD, "mail[raw]", NULL},
        {SET_INGEST_HTTP_MESSAGE_FIELD, "mail\"raw", "one word"},
        {SET_INGEST_HTTP_MESSAGE_TYPE, "text/plain; charset=ISO-8859-1", NULL},
        {SET_INGEST_HTTP_MESSAGE_TYPE, "text", "media type"},
        {SET_INGEST_STATUSES, "403=hold other=later", NULL},
        {SET_INGEST_STATUSES, "75=later", "200-599"},
        {SET_INGEST_STATUSES, "403=wait", "accepted, refused, later or hold"},
        {SET_INGEST_STATUSES, "403", "accepted, refused, later or hold"},
        {SET_INGEST_HTTP_FIELDS, "unknown_user=create", NULL},
        {SET_INGEST_HTTP_FIELDS, "issue[project]=helpdesk", NULL},
        {SET_INGEST_HTTP_FIELDS, "unknown_user", "name=value"},
        {SET_INGEST_HTTP_HEADERS, "X-Queue=support", NULL},
        {SET_INGEST_HTTP_HEADERS, "Content-Type=text/plain", "itself"},
        {SET_INGEST_DELIVER, "lmtp", NULL},
        {SET_INGEST_TARGET, "/run/dovecot/lmtp", NULL},
        {SET_INGEST_TARGET, "mail.example.com:24", NULL},
        {SET_INGEST_TARGET, "mail.example.com", "HOST:PORT"},
        {SET_INGEST_TARGET, "mail.example.com:0", "HOST:PORT"},
        {SET_INGEST_RECIPIENT, "support", "one address"},
        {SET_INGEST_RECIPIENT, "support@example.com", NULL},
        {SET_INGEST_TIMEOUT_SECONDS, "0", "1 to 3600"},
        {SET_INGEST_MAX_MEGABYTES, "4001", "1 to 4000"},
        {SET_INGEST_DELIVER, "maildir", NULL},
        {SET_INGEST_TARGET, "Maildir", "whole path"},
        {SET_INGEST_TARGET, "/var/mail/box", NULL},
        {SET_INGEST_DELIVER, "command", NULL},
        {SET_INGEST_TARGET, "/usr/bin/deliver --queue \"first line\"", NULL},
        {SET_INGEST_TARGET, "deliver --queue x", "program's whole path"},
        {SET_INGEST_STATUSES, "1=later", NULL},
        {SET_INGEST_STATUSES, "256=later", "0-255"},
        {SET_INGEST_STATUSES, "1x=later", "0-255"},
        {SET_INGEST_TARGET, "/usr/bin/deliver \"open", ""},
        {SET_INGEST_ON_SUCCESS, "burn", "seen, move, delete, keep"},
        {SET_INGEST_POLL_SECONDS, "9", "10 to 86400"},
        {SET_INGEST_IDLE, "maybe", "true"},
        {SET_NAME, "Support", "small letters"},
        {SET_NAME, "support-2", NULL},
    };

    fixture_fill_basic(*state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_case(*state, &cases[i]);
}

static void test_values_of_a_custom_provider(void **state)
{
    static const struct value_case cases[] = {
        {SET_OAUTH_SCOPE, "", NULL},
        {SET_OAUTH_TOKEN_URL, "/token", "https://HOST/token"},
        {SET_OAUTH_CLIENT_AUTH, "jwt", "post, basic"},
        {SET_OAUTH_PARAMETERS, "audience=https://x/ resource=\"a b\"", NULL},
        {SET_OAUTH_PARAMETERS, "audience", "name=value"},
        {SET_OAUTH_PARAMETERS, "scope=x", "sent already"},
        {SET_OAUTH_PROXY, "http://proxy:3128", NULL},
        {SET_OAUTH_PROXY, "proxy:3128", ""},
        {SET_OAUTH_PROXY, "http://me:pass@proxy:3128", "in clear"},
    };
    struct fixture *f = *state;

    fixture_fill_exchange(f);
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_case(f, &cases[i]);
    fixture_edit(f, SET_OAUTH_SOURCE, "provider");
    assert_case(f, &(struct value_case){SET_OAUTH_PROVIDER, "", "Choose one"});
    assert_case(f,
                &(struct value_case){SET_OAUTH_PROVIDER, "nobody", "sandbox, keycloak"});
    assert_case(f, &(struct value_case){SET_OAUTH_PROVIDER, "keycloak", NULL});
    f->context.provider_count = 0;
    assert_case(f, &(struct value_case){SET_OAUTH_PROVIDER, "", "provider add"});
}

/* Tables */

static void test_every_field_explains_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        const struct page *page = &wizard_pages[i];

        assert_non_null(page->id);
        assert_non_null(page->title);
        assert_non_null(page->intro);
        for (size_t j = 0; j < page->field_count; j++) {
            const struct field *field = &page->fields[j];

            assert_non_null(field->label);
            assert_non_null(field->help);
            assert_non_null(field->more);
            assert_true(strlen(field->help) <= 160);
            if (field->kind == FIELD_CHOICE)
                assert_true(field->choice_count >= 2);
        }
    }
}

static void test_every_cloud_of_the_presets_can_be_chosen(void **state)
{
    struct fixture *f = *state;
    const struct field *cloud = &wizard_pages[PAGE_EXCHANGE].fields[0];

    assert_int_equal(cloud->choice_count, f->exchange->cloud_count);
    for (size_t i = 0; i < cloud->choice_count; i++)
        assert_non_null(preset_cloud_find(f->exchange, cloud->choices[i].value));
}

/* What is asked is what is saved: the settings module keeps the same rule for itself. */
static void test_what_is_asked_is_what_is_saved(void **state)
{
    static const char *const ways[][2] = {
        {"basic", ""}, {"oauth", "exchange"}, {"oauth", "provider"}, {"oauth", "custom"}};
    static const char *const after[] = {"seen", "move"};
    struct settings settings;
    enum page_id page;
    size_t field;

    (void)state;
    settings_init(&settings);
    for (size_t way = 0; way < 4; way++) {
        for (size_t move = 0; move < 2; move++) {
            settings_set(&settings, SET_AUTH_METHOD, ways[way][0]);
            settings_set(&settings, SET_OAUTH_SOURCE, ways[way][1]);
            settings_set(&settings, SET_INGEST_ON_SUCCESS, after[move]);
            settings_set(&settings, SET_INGEST_ON_FAILURE, after[1 - move]);
            for (enum setting_id id = 0; id < SET_COUNT; id++) {
                bool asked = steps_find(&settings, id, &page, &field);

                if (asked != setting_is_used(&settings, id) && id != SET_NAME)
                    fail_msg("%s with %s %s: asked %d", setting_defs[id].key,
                             ways[way][0], ways[way][1], asked);
            }
        }
    }
    settings_free(&settings);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_values_of_an_exchange_mailbox),
        UNIT(test_values_of_a_mailbox_with_basic_auth),
        UNIT(test_values_of_a_custom_provider),
        UNIT(test_every_field_explains_itself),
        UNIT(test_every_cloud_of_the_presets_can_be_chosen),
        UNIT(test_what_is_asked_is_what_is_saved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
