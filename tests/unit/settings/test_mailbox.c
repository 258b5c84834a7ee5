/* settings/mailbox: the saved file, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "settings/mailbox.h"

static struct mailbox *parse(const char *text, struct err *err)
{
    err_clear(err);
    return mailbox_parse("support", text, strlen(text), err);
}

static void test_names_are_file_names_and_no_more(void **state)
{
    (void)state;
    char longest[65];
    memset(longest, 'a', 64);
    longest[64] = '\0';
    assert_false(mailbox_name_is_valid(longest));
    longest[63] = '\0';
    assert_true(mailbox_name_is_valid(longest));
    assert_true(mailbox_name_is_valid("0.a-b_c"));
    static const char *const bad[] = {"",  ".",   "..",  "-a", "_a",
                                      "A", "a/b", "a b", "ä",  "a\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(mailbox_name_is_valid(bad[i]));
}

/* Everything set, so that what stays out of the file does so by the choice alone. */
static void fill(struct settings *settings, const char *method, const char *source)
{
    for (int id = 0; id < SET_COUNT; id++)
        if (setting_defs[id].kind == SETTING_TEXT && !setting_defs[id].preset[0])
            settings_set(settings, id, "value");
    settings_set(settings, SET_AUTH_METHOD, method);
    settings_set(settings, SET_OAUTH_SOURCE, source);
    settings_set(settings, SET_OAUTH_PARAMETERS, "a=b");
    settings->basic_password.place = SECRET_STORED;
    settings->basic_password.name = strdup("support.password.1");
    settings->client_secret.place = SECRET_STORED;
    settings->client_secret.name = strdup("support.client_secret.1");
}

static void assert_members(const char *method, const char *source, const char *expected)
{
    struct mailbox *mailbox = mailbox_new("support");
    fill(&mailbox->settings, method, source);
    char *text = mailbox_format(mailbox);
    json_t *root = json_loads(text, 0, NULL);
    json_t *group = json_object_get(root, strcmp(method, "basic") ? "oauth" : "basic");
    char found[400] = "";
    const char *key;
    json_t *value;
    json_object_foreach(group, key, value)
    {
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s ", key);
    }
    assert_string_equal(found, expected);
    assert_null(json_object_get(root, strcmp(method, "basic") ? "basic" : "oauth"));
    assert_null(json_object_get(root, "name"));
    assert_null(json_object_get(json_object_get(root, "ingest"), "success_folder"));
    json_decref(root);
    free(text);
    mailbox_free(&mailbox);
}

static void test_only_what_the_choice_asks_for_is_saved(void **state)
{
    (void)state;
    assert_members("basic", "custom", "username password ");
    assert_members("oauth", "exchange",
                   "source cloud tenant token_url client_id client_secret "
                   "client_secret_expires_at scope proxy ");
    assert_members("oauth", "provider", "source provider scope parameters proxy ");
    assert_members("oauth", "custom",
                   "source token_url client_id client_secret "
                   "client_secret_expires_at client_auth scope parameters proxy ");
}

static const char whole[] = "{\n"
                            "  \"version\": 1,\n"
                            "  \"auth\": {\n"
                            "    \"method\": \"basic\"\n"
                            "  },\n"
                            "  \"basic\": {\n"
                            "    \"username\": \"user\",\n"
                            "    \"password\": {\n"
                            "      \"file\": \"/run/secrets/imap\"\n"
                            "    }\n"
                            "  },\n"
                            "  \"server\": {\n"
                            "    \"host\": \"imap.example.com\",\n"
                            "    \"port\": 993,\n"
                            "    \"security\": \"tls\",\n"
                            "    \"timeout_seconds\": 15\n"
                            "  },\n"
                            "  \"mailbox\": {\n"
                            "    \"user\": \"support@example.com\",\n"
                            "    \"folder\": \"INBOX\"\n"
                            "  },\n"
                            "  \"ingest\": {\n"
                            "    \"deliver\": \"maildir\",\n"
                            "    \"target\": \"/var/mail/support\",\n"
                            "    \"timeout_seconds\": 120,\n"
                            "    \"max_megabytes\": 1024,\n"
                            "    \"on_success\": \"seen\",\n"
                            "    \"on_failure\": \"keep\",\n"
                            "    \"poll_seconds\": 60,\n"
                            "    \"idle\": true\n"
                            "  },\n"
                            "  \"tested_at\": \"2026-11-23T20:35:00Z\"\n"
                            "}\n";

static void test_a_file_comes_back_byte_for_byte(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct mailbox *mailbox = parse(whole, &err);
    assert_non_null(mailbox);
    assert_string_equal(mailbox->name, "support");
    assert_string_equal(settings_text(&mailbox->settings, SET_NAME), "support");
    assert_string_equal(mailbox->tested_at, "2026-11-23T20:35:00Z");
    char *text = mailbox_format(mailbox);
    assert_string_equal(text, whole);
    free(text);
    mailbox_free(&mailbox);
    mailbox_free(&mailbox);
}

/* A reader of the file has no presets to fall back to, and must not be given one. */
static void test_an_empty_choice_does_not_come_back_as_its_preset(void **state)
{
    static const char file[] = "{\"version\": 1, \"ingest\": {\"deliver\": \"\"}}";
    struct mailbox *mailbox = mailbox_parse("support", file, strlen(file), NULL), *again;
    char *written;

    (void)state;
    assert_non_null(mailbox);
    written = mailbox_format(mailbox);
    again = mailbox_parse("support", written, strlen(written), NULL);
    assert_non_null(again);
    assert_string_equal(settings_text(&again->settings, SET_INGEST_DELIVER), "");
    mailbox_free(&mailbox);
    mailbox_free(&again);
    free(written);
}

static void test_unknown_members_survive_an_edit_at_every_level(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct mailbox *mailbox = parse(
        "{\"note\": \"mine\", \"empty\": {}, \"version\": 1, \"auth\": {\"method\": "
        "\"oauth\","
        " \"later\": [1, null]}, \"oauth\": {\"source\": \"custom\", \"tenant\": \"old\","
        " \"client_id\": \"id\", \"x\": {\"y\": true}}, \"server\": {\"port\": 143}}",
        &err);
    assert_non_null(mailbox);
    settings_set(&mailbox->settings, SET_SERVER_PORT, "993");
    settings_set(&mailbox->settings, SET_OAUTH_CLIENT_ID, "");
    char *text = mailbox_format(mailbox);
    json_t *root = json_loads(text, 0, NULL);
    json_t *oauth = json_object_get(root, "oauth");
    assert_string_equal(json_string_value(json_object_get(root, "note")), "mine");
    assert_true(json_is_object(json_object_get(root, "empty")));
    assert_int_equal(
        json_array_size(json_object_get(json_object_get(root, "auth"), "later")), 2);
    assert_true(json_is_true(json_object_get(json_object_get(oauth, "x"), "y")));
    assert_null(json_object_get(oauth, "tenant")); /* known, and not asked for */
    assert_null(json_object_get(oauth, "client_id"));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(root, "server"), "port")),
        993);
    assert_int_equal(strncmp(text, "{\n  \"version\": 1,\n  \"auth\"", 26), 0);
    json_decref(root);
    free(text);
    mailbox_free(&mailbox);
}

static void test_a_group_that_becomes_empty_goes(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct mailbox *mailbox =
        parse("{\"version\": 1, \"tls\": {\"ca_file\": \"/a\"}}", &err);
    assert_non_null(mailbox);
    settings_set(&mailbox->settings, SET_TLS_CA_FILE, "");
    char *text = mailbox_format(mailbox);
    assert_null(strstr(text, "tls\": {"));
    free(text);
    mailbox_free(&mailbox);
}

static void assert_refused(const char *text, const char *key, const char *said)
{
    struct err err = ERR_INIT;
    struct mailbox *mailbox = parse(text, &err);
    assert_null(mailbox);
    assert_int_equal(err.class, ERR_DATA);
    assert_string_equal(err.key, key);
    if (!strstr(err.text, said))
        fail_msg("%s", err.text);
    assert_null(strstr(err.text, "planted"));
}

static void test_a_torn_file_names_line_and_column(void **state)
{
    (void)state;
    assert_refused("", "", "line 1");
    assert_refused("{\n  \"version\": 1,\n  \"a", "", "line 3, column");
    assert_refused("{\"version\": 1, \"version\": 1}", "", "duplicate");
    assert_refused("{\"version\": 1, \"oauth\": {\"client_secret\": planted}}", "",
                   "line 1");
    assert_refused("[1]", "", "not a JSON object");
}

static void test_another_version_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"version\": 2, \"new\": 1}", "version", "version 2");
    assert_refused("{}", "version", "no \"version\"");
    assert_refused("{\"version\": \"1\"}", "version", "no \"version\"");
}

static void test_a_wrong_value_names_its_key(void **state)
{
    (void)state;
    assert_refused("{\"version\": 1, \"server\": {\"port\": \"993\"}}", "server.port",
                   "server.port: Leave the quotes away");
    assert_refused("{\"version\": 1, \"oauth\": 5}", "oauth.source", "oauth: Wanted");
    assert_refused("{\"version\": 1, \"auth\": [1]}", "auth.method", "object");
}

/* Else what is saved from it could not be read again. */
static void test_a_target_in_a_list_is_one_line_too(void **state)
{
    static const char file[] =
        "{\"version\": 1, \"ingest\": {\"target\": [\"/srv/mail\\t1\"]}}";
    struct err err = ERR_INIT;

    (void)state;
    assert_null(mailbox_parse("support", file, strlen(file), &err));
    assert_string_equal(err.key, "ingest.target");
}

static void test_a_secret_does_not_stand_in_the_file(void **state)
{
    (void)state;
    assert_refused("{\"version\": 1, \"basic\": {\"password\": \"planted\"}}",
                   "basic.password", "file of mode 600");
}

static void test_what_is_shown_has_no_secret(void **state)
{
    (void)state;
    struct mailbox *mailbox = mailbox_new("support");
    settings_set(&mailbox->settings, SET_AUTH_METHOD, "basic");
    mailbox->settings.basic_password.place = SECRET_TYPED;
    mailbox->settings.basic_password.value = secret_new("planted", 7);
    json_t *shown = mailbox_to_public_json(mailbox);
    char *text = json_dumps(shown, 0);
    assert_null(strstr(text, "planted"));
    assert_int_equal(strncmp(text, "{\"name\": \"support\", \"version\": 1", 31), 0);
    free(text);
    json_decref(shown);
    mailbox_free(&mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_file_names_and_no_more),
        cmocka_unit_test(test_only_what_the_choice_asks_for_is_saved),
        cmocka_unit_test(test_a_file_comes_back_byte_for_byte),
        cmocka_unit_test(test_an_empty_choice_does_not_come_back_as_its_preset),
        cmocka_unit_test(test_unknown_members_survive_an_edit_at_every_level),
        cmocka_unit_test(test_a_group_that_becomes_empty_goes),
        cmocka_unit_test(test_a_torn_file_names_line_and_column),
        cmocka_unit_test(test_another_version_is_refused),
        cmocka_unit_test(test_a_wrong_value_names_its_key),
        cmocka_unit_test(test_a_target_in_a_list_is_one_line_too),
        cmocka_unit_test(test_a_secret_does_not_stand_in_the_file),
        cmocka_unit_test(test_what_is_shown_has_no_secret),
    };
    return cmocka_run_group_tests_name("settings/mailbox", tests, NULL, NULL);
}
