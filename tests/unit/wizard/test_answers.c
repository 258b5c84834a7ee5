/* The answers file: JSON into settings, settings into the wizard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "unit/wizard/fixture.h"
#include "wizard/answers.h"

/* Parses `json` over the wizard's values; the caller frees settings and errors. */
static bool parse(struct fixture *f, const char *json, struct settings *settings,
                  bool given[SET_COUNT], struct err_list *errors)
{
    settings_copy(settings, wizard_settings(f->wizard));
    return answers_parse(json, strlen(json), settings, given, errors);
}

static bool take(struct fixture *f, const char *json, struct err_list *errors, char *note,
                 size_t note_size)
{
    struct settings settings;
    bool given[SET_COUNT];
    bool good = parse(f, json, &settings, given, errors);

    wizard_take_answers(f->wizard, &settings, given, note, note_size);
    settings_free(&settings);
    return good;
}

static const struct err *find_error(const struct err_list *errors, const char *key)
{
    for (size_t i = 0; i < errors->count; i++) {
        if (strcmp(errors->items[i].key, key) == 0)
            return &errors->items[i];
    }
    fail_msg("no error for %s", key);
    return NULL;
}

static void test_a_full_file_is_taken(void **state)
{
    static const char json[] =
        "{\"name\": \"support\", \"auth.method\": \"basic\","
        " \"basic.username\": \"support@example.com\", \"basic.password\": \"secret\","
        " \"server.host\": \"imap.example.com\", \"server.port\": 1993,"
        " \"mailbox.user\": \"support@example.com\", \"ingest.deliver\": \"command\","
        " \"ingest.target\": [\"/usr/bin/deliver\", \"--queue\", \"first line\"],"
        " \"ingest.idle\": false}";
    struct fixture *f = *state;
    struct err_list errors = {0};
    char note[200];

    assert_true(take(f, json, &errors, note, sizeof note));
    assert_true(wizard_check(f->wizard, PAGE_REVIEW, &errors));
    assert_string_equal(note, "");
    assert_string_equal(fixture_value(f, SET_SERVER_PORT), "1993");
    assert_string_equal(fixture_value(f, SET_INGEST_TARGET),
                        "/usr/bin/deliver --queue \"first line\"");
    assert_string_equal(fixture_value(f, SET_INGEST_IDLE), "false");
    assert_string_equal(secret_bytes(wizard_settings(f->wizard)->basic_password.value),
                        "secret");
}

static void test_all_errors_come_at_once(void **state)
{
    static const char json[] = "{\"auth.method\": \"oauth\", \"oauth.skope\": \"x\","
                               " \"server.port\": \"many\", \"nothing.like.it\": 1,"
                               " \"oauth.source\": \"exchange\"}";
    struct fixture *f = *state;
    struct err_list errors = {0};
    char note[200];

    assert_false(take(f, json, &errors, note, sizeof note));
    assert_non_null(strstr(find_error(&errors, "oauth.skope")->text, "oauth.scope"));
    assert_null(strstr(find_error(&errors, "nothing.like.it")->text, "mean"));
    find_error(&errors, "server.port");
    wizard_check(f->wizard, PAGE_REVIEW, &errors);
    assert_non_null(strstr(find_error(&errors, "oauth.token_url")->text, "full URL"));
    find_error(&errors, "oauth.client_id");
    find_error(&errors, "oauth.client_secret");
    find_error(&errors, "mailbox.user");
    find_error(&errors, "ingest.target");
    find_error(&errors, "name");
    err_list_free(&errors);
}

static void test_broken_json_names_the_place_and_no_secret(void **state)
{
    static const char json[] = "{\"name\": \"support\",\n"
                               " \"oauth.client_secret\": \"hush-hush\" \"x\"}";
    struct settings settings;
    struct err_list errors = {0};
    bool given[SET_COUNT];

    assert_false(parse(*state, json, &settings, given, &errors));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].class, ERR_DATA);
    assert_non_null(strstr(errors.items[0].text, "line 2"));
    assert_null(strstr(errors.items[0].text, "hush"));
    assert_null(strstr(errors.items[0].text, "\"x\""));
    err_list_free(&errors);
    settings_free(&settings);
}

static void test_what_is_no_object_is_refused(void **state)
{
    static const char *const texts[] = {"[]", "1", "", "null", "\"x\""};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct settings settings;
        struct err_list errors = {0};
        bool given[SET_COUNT];

        assert_false(parse(*state, texts[i], &settings, given, &errors));
        assert_int_equal(errors.items[0].class, ERR_DATA);
        err_list_free(&errors);
        settings_free(&settings);
    }
}

static void test_a_secret_may_be_a_reference(void **state)
{
    static const char json[] = "{\"auth.method\": \"basic\","
                               " \"basic.password\": {\"env\": \"IMAP_PASSWORD\"}}";
    struct fixture *f = *state;
    struct err_list errors = {0};
    char note[200];

    assert_true(take(f, json, &errors, note, sizeof note));
    assert_int_equal(wizard_settings(f->wizard)->basic_password.place, SECRET_ENV);
}

static void test_a_missing_scope_becomes_the_one_that_works(void **state)
{
    static const char json[] =
        "{\"auth.method\": \"oauth\", \"oauth.source\": \"exchange\","
        " \"oauth.cloud\": \"usgov\","
        " \"oauth.tenant\": \"" TENANT "\"}";
    struct fixture *f = *state;
    struct err_list errors = {0};
    char note[300];

    assert_true(take(f, json, &errors, note, sizeof note));
    assert_string_equal(fixture_value(f, SET_OAUTH_SCOPE),
                        "https://outlook.office365.us/.default");
    assert_non_null(strstr(note, "https://outlook.office365.us/.default"));
    assert_string_equal(fixture_value(f, SET_OAUTH_TOKEN_URL),
                        "https://login.microsoftonline.us/" TENANT "/oauth2/v2.0/token");
    assert_string_equal(fixture_value(f, SET_SERVER_HOST), "outlook.office365.us");
}

static void test_a_given_scope_is_taken_as_it_is(void **state)
{
    static const char json[] =
        "{\"auth.method\": \"oauth\", \"oauth.source\": \"exchange\","
        " \"oauth.scope\": \"" DELEGATED "\"}";
    struct fixture *f = *state;
    struct err_list errors = {0};
    char note[300];

    assert_true(take(f, json, &errors, note, sizeof note));
    assert_string_equal(fixture_value(f, SET_OAUTH_SCOPE), DELEGATED);
    assert_string_equal(note, "");
}

static void test_keys_that_no_page_asks_for_are_named(void **state)
{
    static const char json[] = "{\"auth.method\": \"basic\", \"oauth.scope\": \"x\","
                               " \"ingest.success_folder\": \"Done\","
                               " \"server.port\": 993}";
    struct fixture *f = *state;
    struct settings settings;
    struct err_list errors = {0};
    bool given[SET_COUNT];
    enum setting_id unused[SET_COUNT];
    char note[200];

    assert_true(parse(f, json, &settings, given, &errors));
    wizard_take_answers(f->wizard, &settings, given, note, sizeof note);
    settings_free(&settings);
    assert_int_equal(wizard_unused(f->wizard, given, unused), 2);
    assert_int_equal(unused[0], SET_OAUTH_SCOPE);
    assert_int_equal(unused[1], SET_INGEST_SUCCESS_FOLDER);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_a_full_file_is_taken),
        UNIT(test_all_errors_come_at_once),
        UNIT(test_broken_json_names_the_place_and_no_secret),
        UNIT(test_what_is_no_object_is_refused),
        UNIT(test_a_secret_may_be_a_reference),
        UNIT(test_a_missing_scope_becomes_the_one_that_works),
        UNIT(test_a_given_scope_is_taken_as_it_is),
        UNIT(test_keys_that_no_page_asks_for_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
