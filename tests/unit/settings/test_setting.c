/* settings/setting: the table, a set of values, and each value as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/mem.h"
#include "settings/json_value.h"
#include "settings/mailbox.h"

static struct settings settings;

static int set_up(void **state)
{
    (void)state;
    settings_init(&settings);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    settings_free(&settings);
    return 0;
}

static void test_every_key_is_found_and_only_once(void **state)
{
    (void)state;
    for (int id = 0; id < SET_COUNT; id++) {
        enum setting_id nearest = SET_NAME;
        assert_int_equal(setting_find(setting_defs[id].key, &nearest), id);
        assert_true(id == SET_NAME || strchr(setting_defs[id].key, '.'));
        assert_string_equal(settings_text(&settings, id), setting_defs[id].preset);
    }
}

static void assert_nearest(const char *typed, enum setting_id expected)
{
    enum setting_id nearest = SET_NAME;
    assert_int_equal(setting_find(typed, &nearest), SET_NONE);
    assert_int_equal(nearest, expected);
    assert_int_equal(setting_find(typed, NULL), SET_NONE);
}

static void test_a_slip_names_the_nearest_key(void **state)
{
    (void)state;
    assert_nearest("oauth.scoep", SET_OAUTH_SCOPE);
    assert_nearest("oauth.client-secret", SET_OAUTH_CLIENT_SECRET);
    assert_nearest("client_secret", SET_OAUTH_CLIENT_SECRET);
    assert_nearest("Server.Host", SET_SERVER_HOST);
    assert_nearest("host", SET_SERVER_HOST);
    assert_nearest("oauth.tokenUrl", SET_OAUTH_TOKEN_URL);
    assert_nearest("", SET_NONE);
    assert_nearest("xyzzy", SET_NONE);
    assert_nearest("foo", SET_NONE);

    char *endless = mem_new(1, 1000 * 1000 + 1);
    memset(endless, 'a', 1000 * 1000);
    assert_nearest(endless, SET_NONE);
    free(endless);
}

static void test_a_copy_is_equal_until_one_value_differs(void **state)
{
    (void)state;
    struct settings copy;
    struct secret_ref *secret = settings_secret(&settings, SET_OAUTH_CLIENT_SECRET);
    secret->place = SECRET_TYPED;
    secret->value = secret_new("abc", 3);
    settings_set(&settings, SET_SERVER_HOST, "imap.example.com");
    settings_copy(&copy, &settings);
    assert_true(settings_equal(&copy, &settings));
    secret_free(&secret->value);
    secret->value = secret_new("abd", 3);
    assert_false(settings_equal(&copy, &settings));
    secret_ref_clear(secret);
    secret_ref_clear(&copy.client_secret);
    assert_true(settings_equal(&copy, &settings));
    settings_set(&copy, SET_SERVER_HOST, NULL);
    assert_string_equal(settings_text(&copy, SET_SERVER_HOST), "");
    assert_false(settings_equal(&copy, &settings));
    settings_free(&copy);
}

static void test_a_number_is_one_or_the_other(void **state)
{
    (void)state;
    assert_int_equal(settings_number(&settings, SET_SERVER_PORT, 7), 993);
    static const char *const none[] = {"", "99x", "x", "99999999999999999999",
                                       "3000000000"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        settings_set(&settings, SET_SERVER_PORT, none[i]);
        assert_int_equal(settings_number(&settings, SET_SERVER_PORT, 7), 7);
    }
}

static void test_the_login_follows_the_method(void **state)
{
    (void)state;
    settings_set(&settings, SET_BASIC_USERNAME, "user");
    settings_set(&settings, SET_MAILBOX_USER, "support@example.com");
    settings_set(&settings, SET_AUTH_METHOD, "basic");
    assert_string_equal(settings_login(&settings), "user");
    settings_set(&settings, SET_AUTH_METHOD, "oauth");
    assert_string_equal(settings_login(&settings), "support@example.com");
}

/* Takes JSON and gives it back; expected NULL: as it was. */
static void assert_json(enum setting_id id, const char *json, const char *text,
                        const char *expected)
{
    struct err err = ERR_INIT;
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    assert_true(setting_from_json(&settings, id, value, &err));
    json_decref(value);
    if (text)
        assert_string_equal(settings_text(&settings, id), text);
    value = setting_to_json(&settings, id);
    char *back = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    assert_string_equal(back ? back : "(none)", expected ? expected : json);
    free(back);
    json_decref(value);
}

static void test_values_go_to_json_and_back(void **state)
{
    (void)state;
    assert_json(SET_SERVER_HOST, "\"imap.example.com\"", "imap.example.com", NULL);
    assert_json(SET_SERVER_HOST, "\"\"", "", "(none)");
    assert_json(SET_SERVER_PORT, "143", "143", NULL);
    assert_json(SET_INGEST_IDLE, "false", "false", NULL);
    assert_json(SET_OAUTH_PARAMETERS,
                "{\"audience\":\"https://x/\",\"b\":\"a \\\"c\\\"=\"}",
                "audience=https://x/ \"b=a \\\"c\\\"=\"", NULL);
    assert_json(SET_OAUTH_PARAMETERS, "{}", "", "(none)");
    assert_json(SET_INGEST_TARGET, "\"/var/mail/my box\"", "/var/mail/my box", NULL);
    assert_json(SET_INGEST_TARGET, "[\"/var/mail/my box\"]", "/var/mail/my box",
                "\"/var/mail/my box\"");
    settings_set(&settings, SET_INGEST_DELIVER, "command");
    assert_json(SET_INGEST_TARGET, "[\"/bin/x\",\"first line\",\"\",\"a\\\"b\"]", NULL,
                NULL);
    assert_json(SET_INGEST_TARGET, "\"/bin/x 'first line'\"", NULL,
                "[\"/bin/x\",\"first line\"]");
}

static void test_secrets_are_references_and_typed_ones_never_json(void **state)
{
    (void)state;
    enum setting_id id = SET_OAUTH_CLIENT_SECRET;
    assert_json(id, "{\"stored\":\"support.client_secret.1f\"}", NULL, NULL);
    assert_json(id, "{\"file\":\"/run/s\"}", NULL, NULL);
    assert_json(id, "{\"env\":\"X\"}", NULL, NULL);
    assert_json(id, "{\"command\":[\"pass\",\"imap\"]}", NULL, NULL);
    assert_json(id, "\"planted\"", NULL, "(none)");
    assert_int_equal(settings.client_secret.place, SECRET_TYPED);
    assert_string_equal(secret_bytes(settings.client_secret.value), "planted");
}

static void test_a_wrong_type_says_which_is_right(void **state)
{
    (void)state;
    static const struct {
        enum setting_id id;
        const char *json, *said;
    } cases[] = {
        {SET_SERVER_PORT, "\"993\"", "Leave the quotes away"},
        {SET_SERVER_PORT, "993.5", "whole number"},
        {SET_SERVER_PORT, "99999999999", "whole number"},
        {SET_SERVER_PORT, "null", "whole number"},
        {SET_INGEST_IDLE, "\"true\"", "without quotes"},
        {SET_INGEST_IDLE, "1", "true or false"},
        {SET_SERVER_HOST, "1", "string"},
        {SET_SERVER_HOST, "\"a\\nb\"", "one line"},
        {SET_SERVER_HOST, "null", "string"},
        {SET_OAUTH_PARAMETERS, "\"a=b\"", "object"},
        {SET_OAUTH_PARAMETERS, "{\"a\":1}", "strings"},
        {SET_OAUTH_PARAMETERS, "{\"a=b\":\"c\"}", "strings"},
        {SET_INGEST_TARGET, "[\"a\",\"b\"]", "only a command"},
        {SET_INGEST_TARGET, "[1]", "list of strings"},
        {SET_INGEST_TARGET, "[\"/bin/x\",\"a\\u001b[2Jb\"]", "list of strings"},
        {SET_INGEST_TARGET, "{}", "string"},
        {SET_BASIC_PASSWORD, "1", "file"},
        {SET_BASIC_PASSWORD, "{}", "file"},
        {SET_BASIC_PASSWORD, "{\"file\":\"\"}", "file"},
        {SET_BASIC_PASSWORD, "{\"file\":\"/a\",\"env\":\"B\"}", "file"},
        {SET_BASIC_PASSWORD, "{\"stored\":\"../passwd\"}", "file"},
        {SET_BASIC_PASSWORD, "{\"stored\":\".lock\"}", "file"},
        {SET_BASIC_PASSWORD, "{\"command\":\"pass\"}", "file"},
        {SET_BASIC_PASSWORD, "{\"command\":[]}", "file"},
        {SET_BASIC_PASSWORD, "{\"vault\":\"x\"}", "file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = ERR_INIT;
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        assert_false(setting_from_json(&settings, cases[i].id, value, &err));
        json_decref(value);
        assert_int_equal(err.class, ERR_SETTING);
        assert_string_equal(err.key, setting_defs[cases[i].id].key);
        if (!strstr(err.text, cases[i].said))
            fail_msg("%s: %s", cases[i].json, err.text);
    }
    assert_int_equal(settings.basic_password.place, SECRET_UNSET);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_key_is_found_and_only_once),
        TEST(test_a_slip_names_the_nearest_key),
        TEST(test_a_copy_is_equal_until_one_value_differs),
        TEST(test_a_number_is_one_or_the_other),
        TEST(test_the_login_follows_the_method),
        TEST(test_values_go_to_json_and_back),
        TEST(test_secrets_are_references_and_typed_ones_never_json),
        TEST(test_a_wrong_type_says_which_is_right),
    };
    return cmocka_run_group_tests_name("settings/setting", tests, NULL, NULL);
}
