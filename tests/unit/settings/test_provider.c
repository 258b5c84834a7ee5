/* settings/provider, preset and access: what others know, and the way to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/mem.h"
#include "settings/access.h"
#include "settings/preset.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"

static const char company[] =
    "{\"client_name\": \"Company login\", \"issuer\": \"https://id.example.com\","
    " \"token_endpoint\": \"https://id.example.com/token\", \"client_id\": \"letterbox\","
    " \"client_secret\": \"planted\", \"token_endpoint_auth_method\": "
    "\"client_secret_post\","
    " \"scope\": \"openid email\", \"client_secret_expires_at\": 1900000000,"
    " \"registration_access_token\": \"planted\", \"contacts\": [\"a@example.com\"]}";

static struct provider *parse(const char *text, struct err *err)
{
    err_clear(err);
    return provider_parse("company", text, strlen(text), err);
}

static void test_a_provider_has_the_names_of_the_rfcs(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct provider *provider = parse(company, &err);
    assert_non_null(provider);
    assert_string_equal(provider->title, "Company login");
    assert_string_equal(provider->issuer, "https://id.example.com");
    assert_string_equal(provider->token_endpoint, "https://id.example.com/token");
    assert_string_equal(provider->client_id, "letterbox");
    assert_string_equal(provider->auth_method, "post");
    assert_string_equal(provider->scope, "openid email");
    assert_int_equal(provider->secret_expires_at, 1900000000);
    assert_int_equal(provider->client_secret.place, SECRET_TYPED);
    assert_string_equal(secret_bytes(provider->client_secret.value), "planted");
    provider_free(&provider);
    assert_null(provider);
    provider_free(&provider);
}

static void test_an_issuer_alone_is_enough(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct provider *provider =
        parse("{\"issuer\": \"https://id.example.com\", \"client_id\": \"x\","
              " \"client_secret\": {\"env\": \"S\"}}",
              &err);
    assert_non_null(provider);
    assert_null(provider->token_endpoint);
    assert_string_equal(provider->title, "company");
    assert_string_equal(provider->auth_method, "basic"); /* RFC 7591 2 */
    assert_int_equal(provider->client_secret.place, SECRET_ENV);
    provider_free(&provider);
}

static void test_a_written_provider_keeps_members_and_no_secret(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct provider *provider = parse(company, &err);
    char *text = provider_format(provider);
    assert_null(strstr(text, "planted"));
    assert_null(strstr(text, "registration_access_token"));
    assert_non_null(strstr(text, "a@example.com"));
    assert_non_null(strstr(text, "openid email"));
    free(text);
    provider_free(&provider);
}

static void test_a_bad_provider_names_the_member(void **state)
{
    (void)state;
#define REST "\"client_id\": \"x\", \"client_secret\": \"planted\""
    static const struct {
        const char *text, *key;
    } cases[] = {
        {"", ""},
        {"[]", ""},
        {"{\"client_secret\": \"planted", ""},
        {"{" REST "}", "token_endpoint"},
        {"{\"issuer\": \"https://a\", \"client_secret\": \"planted\"}", "client_id"},
        {"{\"issuer\": \"https://a\", \"client_id\": \"x\"}", "client_secret"},
        {"{\"issuer\": \"https://a\", \"client_id\": \"x\", \"client_secret\": 1}",
         "client_secret"},
        {"{\"issuer\": \"http://a\", " REST "}", "issuer"},
        {"{\"issuer\": 1, " REST "}", "issuer"},
        {"{\"token_endpoint\": \"/token\", " REST "}", "token_endpoint"},
        {"{\"token_endpoint\": \"https://u:planted@a/\", " REST "}", "token_endpoint"},
        {"{\"issuer\": \"https://a\", \"client_name\": \"a\\u001bb\", " REST "}",
         "client_name"},
        {"{\"issuer\": \"https://a\", \"token_endpoint_auth_method\": "
         "\"private_key_jwt\", " REST "}",
         "token_endpoint_auth_method"},
        {"{\"issuer\": \"https://a\", \"client_secret_expires_at\": \"x\", " REST "}",
         "client_secret_expires_at"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = ERR_INIT;
        assert_null(parse(cases[i].text, &err));
        assert_int_not_equal(err.class, ERR_NONE);
        assert_string_equal(err.key, cases[i].key);
        assert_null(strstr(err.text, "planted"));
    }
}

/* A store with this one provider, and what is in it. */
struct fixture {
    struct scratch scratch;
    struct store *store;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    scratch_make(&f->scratch);
    f->store = store_open(scratch_at(&f->scratch, "config"),
                          scratch_at(&f->scratch, "state"), NULL);
    struct provider *provider = parse(company, &f->err);
    assert_true(store_save_provider(f->store, provider, false, &f->err));
    provider_free(&provider);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(&f->store);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void test_a_saved_provider_has_its_secret_apart(void **state)
{
    struct fixture *f = *state;
    char **names = store_provider_names(f->store, &f->err);
    assert_int_equal(argv_count(names), 1);
    assert_string_equal(names[0], "company");
    argv_free(&names);
    char *text = scratch_read(&f->scratch, "config/providers/company.json", NULL);
    assert_null(strstr(text, "planted"));
    free(text);
    struct provider *provider = store_load_provider(f->store, "company", &f->err);
    assert_non_null(provider);
    struct secret *secret =
        store_read_secret(f->store, &provider->client_secret, &f->err);
    assert_string_equal(secret_bytes(secret), "planted");
    secret_free(&secret);
    provider_free(&provider);
}

static void test_a_provider_is_replaced_only_when_asked(void **state)
{
    struct fixture *f = *state;
    struct provider *provider = parse(company, &f->err);
    assert_false(store_save_provider(f->store, provider, false, &f->err));
    assert_int_equal(f->err.class, ERR_SETTING);
    assert_int_equal(provider->client_secret.place, SECRET_TYPED);
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 1);
    err_clear(&f->err);
    assert_true(store_save_provider(f->store, provider, true, &f->err));
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 1);
    provider_free(&provider);
}

static void test_a_provider_in_use_is_not_removed(void **state)
{
    struct fixture *f = *state;
    struct mailbox *mailbox = mailbox_new("support");
    settings_set(&mailbox->settings, SET_AUTH_METHOD, "oauth");
    settings_set(&mailbox->settings, SET_OAUTH_SOURCE, "provider");
    settings_set(&mailbox->settings, SET_OAUTH_PROVIDER, "company");
    assert_true(store_save_mailbox(f->store, mailbox, &f->err));
    assert_false(store_remove_provider(f->store, "company", &f->err));
    assert_int_equal(f->err.class, ERR_SETTING);
    assert_non_null(strstr(f->err.text, "support"));
    err_clear(&f->err);
    settings_set(&mailbox->settings, SET_OAUTH_SOURCE, "custom");
    assert_true(store_save_mailbox(f->store, mailbox, &f->err));
    assert_true(store_remove_provider(f->store, "company", &f->err));
    assert_int_equal(scratch_count(&f->scratch, "config/providers"), 0);
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 0);
    assert_false(store_remove_provider(f->store, "company", &f->err));
    assert_int_equal(f->err.class, ERR_SETTING);
    err_clear(&f->err);
    assert_false(store_remove_provider(f->store, "../mailboxes/support", &f->err));
    assert_true(store_mailbox_exists(f->store, "support"));
    mailbox_free(&mailbox);
}

static void test_a_provider_with_its_secret_inside_must_be_private(void **state)
{
    struct fixture *f = *state;
    scratch_write(&f->scratch, "config/providers/by-hand.json", company,
                  sizeof company - 1);
    chmod(scratch_at(&f->scratch, "config/providers/by-hand.json"), 0640);
    assert_null(store_load_provider(f->store, "by-hand", &f->err));
    assert_non_null(strstr(f->err.text, "chmod 600"));
    err_clear(&f->err);
    chmod(scratch_at(&f->scratch, "config/providers/by-hand.json"), 0600);
    struct provider *provider = store_load_provider(f->store, "by-hand", &f->err);
    assert_non_null(provider);
    provider_free(&provider);
}

static void test_access_follows_the_provider(void **state)
{
    struct fixture *f = *state;
    struct settings settings;
    settings_init(&settings);
    settings_set(&settings, SET_AUTH_METHOD, "oauth");
    settings_set(&settings, SET_OAUTH_SOURCE, "provider");
    settings_set(&settings, SET_OAUTH_PROVIDER, "company");
    settings_set(&settings, SET_OAUTH_SCOPE, "imap");
    struct access *access = access_resolve(f->store, &settings, &f->err);
    assert_non_null(access);
    assert_true(access->uses_token);
    assert_string_equal(access->token_url, "https://id.example.com/token");
    assert_null(access->issuer);
    assert_string_equal(access->client_id, "letterbox");
    assert_string_equal(access->client_auth, "post");
    assert_string_equal(secret_bytes(access->credential), "planted");
    assert_int_equal(access->secret_expires_at, 1900000000);
    /* The provider's own scope is not the mailbox's. */
    assert_string_equal(settings_text(&access->settings, SET_OAUTH_SCOPE), "imap");
    access_free(&access);

    settings_set(&settings, SET_OAUTH_PROVIDER, "nobody");
    assert_null(access_resolve(f->store, &settings, &f->err));
    assert_string_equal(f->err.key, "oauth.provider");
    settings_free(&settings);
}

static void test_access_takes_the_typed_secret_and_shows_none(void **state)
{
    struct fixture *f = *state;
    struct settings settings;
    settings_init(&settings);
    settings_set(&settings, SET_AUTH_METHOD, "basic");
    assert_null(access_resolve(f->store, &settings, &f->err));
    assert_string_equal(f->err.key, "basic.password");
    err_clear(&f->err);
    settings.basic_password.place = SECRET_TYPED;
    settings.basic_password.value = secret_new("planted", 7);
    struct access *access = access_resolve(f->store, &settings, &f->err);
    assert_non_null(access);
    assert_false(access->uses_token);
    assert_null(access->token_url);
    assert_string_equal(secret_bytes(access->credential), "planted");
    assert_int_equal(access->settings.basic_password.place, SECRET_UNSET);
    access_free(&access);
    settings_free(&settings);
}

static void test_access_takes_the_date_beside_the_secret(void **state)
{
    static const struct {
        const char *date;
        time_t expires_at;
    } cases[] = {{"2030-03-17", 1900000000 - 1900000000 % 86400}, {"", 0}, {"soon", 0}};
    struct fixture *f = *state;
    struct settings settings;
    settings_init(&settings);
    settings_set(&settings, SET_AUTH_METHOD, "oauth");
    settings_set(&settings, SET_OAUTH_SOURCE, "custom");
    settings.client_secret.place = SECRET_TYPED;
    settings.client_secret.value = secret_new("planted", 7);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        settings_set(&settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, cases[i].date);
        struct access *access = access_resolve(f->store, &settings, &f->err);
        assert_non_null(access);
        assert_int_equal(access->secret_expires_at, cases[i].expires_at);
        access_free(&access);
    }
    settings_free(&settings);
}

/* The screens prepare on the thread that draws; only the worker may wait for a command.
 */
static void test_a_prepared_access_has_run_no_command(void **state)
{
    struct fixture *f = *state;
    struct settings settings;
    settings_init(&settings);
    settings_set(&settings, SET_AUTH_METHOD, "basic");
    settings.basic_password.place = SECRET_COMMAND;
    settings.basic_password.argv = argv_split("/bin/echo planted", NULL);
    struct access *access = access_prepare(f->store, &settings);
    assert_null(access->credential);
    assert_true(access_complete(access, &f->err));
    assert_string_equal(secret_bytes(access->credential), "planted");
    assert_int_equal(access->settings.basic_password.place, SECRET_UNSET);
    /* Once is enough. */
    assert_true(access_complete(access, &f->err));
    access_free(&access);
    settings_free(&settings);
}

static void assert_exchange(const struct preset_exchange *preset)
{
    static const char *const clouds[][4] = {
        {"global", "login.microsoftonline.com", "https://outlook.office365.com/.default",
         "outlook.office365.com"},
        {"usgov", "login.microsoftonline.us", "https://outlook.office365.us/.default",
         "outlook.office365.us"},
        {"dod", "login.microsoftonline.us", "https://outlook-dod.office365.us/.default",
         "outlook-dod.office365.us"},
        {"china", "login.partner.microsoftonline.cn",
         "https://partner.outlook.cn/.default", "partner.outlook.cn"},
    };
    assert_non_null(preset);
    assert_string_equal(preset->token_path, "/oauth2/v2.0/token");
    assert_string_equal(preset->delegated_scope,
                        "https://outlook.office.com/IMAP.AccessAsUser.All");
    assert_int_equal(preset->cloud_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct preset_cloud *cloud = preset_cloud_find(preset, clouds[i][0]);
        assert_ptr_equal(cloud, &preset->clouds[i]);
        assert_string_equal(cloud->login_host, clouds[i][1]);
        assert_string_equal(cloud->scope, clouds[i][2]);
        assert_string_equal(cloud->imap_host, clouds[i][3]);
    }
    assert_null(preset_cloud_find(preset, "germany"));
}

static void test_exchange_has_four_clouds(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    /* A checkout may be writable by its group, which is no reason to fail here. */
    struct preset_exchange *preset = preset_exchange_load(TEST_SOURCE_DIR, &err);
    assert_exchange(preset);
    char *url = preset_token_url(preset, "china", "TENANT");
    assert_string_equal(
        url, "https://login.partner.microsoftonline.cn/TENANT/oauth2/v2.0/token");
    free(url);
    preset_exchange_free(&preset);
    assert_null(preset);
}

static void test_without_its_file_the_same_preset_is_built_in(void **state)
{
    struct fixture *f = *state;
    struct preset_exchange *preset = preset_exchange_load("/nowhere", &f->err);
    assert_int_equal(f->err.class, ERR_DATA);
    assert_exchange(preset);
    preset_exchange_free(&preset);

    err_clear(&f->err);
    mkdir(scratch_at(&f->scratch, "presets"), 0755);
    mkdir(scratch_at(&f->scratch, "presets/services"), 0755);
    scratch_write(&f->scratch, "presets/services/exchange.json", "{\"clouds\": [{}]}",
                  16);
    preset = preset_exchange_load(f->scratch.path, &f->err);
    assert_int_equal(f->err.class, ERR_DATA);
    assert_exchange(preset);
    preset_exchange_free(&preset);
}

static void test_a_new_cloud_needs_no_code(void **state)
{
    struct fixture *f = *state;
    static const char text[] =
        "{\"token_path\": \"/t\", \"delegated_scope\": \"d\", \"clouds\": [{\"id\": "
        "\"moon\","
        " \"label\": \"Moon\", \"login_host\": \"login.moon\", \"scope\": \"s\","
        " \"imap_host\": \"imap.moon\"}]}";
    mkdir(scratch_at(&f->scratch, "presets"), 0755);
    mkdir(scratch_at(&f->scratch, "presets/services"), 0755);
    scratch_write(&f->scratch, "presets/services/exchange.json", text, sizeof text - 1);
    setenv("LETTERBOX_DATA_DIR", f->scratch.path, 1);
    struct preset_exchange *preset = preset_exchange_load(NULL, &f->err);
    unsetenv("LETTERBOX_DATA_DIR");
    assert_false(err_is_set(&f->err));
    assert_non_null(preset_cloud_find(preset, "moon"));
    assert_null(preset->clouds[0].resource);
    preset_exchange_free(&preset);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_provider_has_the_names_of_the_rfcs),
        cmocka_unit_test(test_an_issuer_alone_is_enough),
        cmocka_unit_test(test_a_written_provider_keeps_members_and_no_secret),
        cmocka_unit_test(test_a_bad_provider_names_the_member),
        TEST(test_a_saved_provider_has_its_secret_apart),
        TEST(test_a_provider_is_replaced_only_when_asked),
        TEST(test_a_provider_in_use_is_not_removed),
        TEST(test_a_provider_with_its_secret_inside_must_be_private),
        TEST(test_access_follows_the_provider),
        TEST(test_access_takes_the_typed_secret_and_shows_none),
        TEST(test_access_takes_the_date_beside_the_secret),
        TEST(test_a_prepared_access_has_run_no_command),
        cmocka_unit_test(test_exchange_has_four_clouds),
        TEST(test_without_its_file_the_same_preset_is_built_in),
        TEST(test_a_new_cloud_needs_no_code),
    };
    return cmocka_run_group_tests_name("settings/provider", tests, NULL, NULL);
}
