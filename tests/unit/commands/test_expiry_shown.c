/* list and show, where a Client secret ends soon, and the warnings of an answers file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "settings/store.h"
#include "support/program/program.h"

enum { DAY = 24 * 60 * 60 };

/* The day so many days from now; a test around midnight may see one day less. */
static void day_in(int days, char out[32])
{
    clock_format_utc(time(NULL) + (time_t)days * DAY, out, 32);
    out[10] = '\0';
}

static void save(const struct scratch *scratch, const char *name, const char *date)
{
    struct err err = ERR_INIT;
    struct store *store = store_open(scratch_at(scratch, "config"), NULL, &err);
    struct mailbox *mailbox = mailbox_new(name);
    struct settings *settings = &mailbox->settings;

    settings->client_secret.place = SECRET_ENV;
    settings->client_secret.name = mem_copy_text("SECRET");
    settings_set(settings, SET_AUTH_METHOD, "oauth");
    settings_set(settings, SET_OAUTH_SOURCE, "custom");
    settings_set(settings, SET_OAUTH_TOKEN_URL, "https://id.example.com/token");
    settings_set(settings, SET_OAUTH_CLIENT_ID, "letterbox");
    settings_set(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, date);
    settings_set(settings, SET_SERVER_HOST, "imap.example.com");
    settings_set(settings, SET_MAILBOX_USER, "support@example.com");
    settings_set(settings, SET_INGEST_TARGET, "/var/mail/support");
    if (!store_save_mailbox(store, mailbox, &err))
        fail_msg("%s", err.text);
    mailbox_free(&mailbox);
    store_close(&store);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static void test_list_has_a_line_for_a_secret_that_ends_soon(void **state)
{
    const struct scratch *scratch = *state;
    struct program_outcome outcome;
    char soon[32], late[32], past[32];

    day_in(12, soon);
    day_in(90, late);
    day_in(-3, past);
    save(scratch, "soon", soon);
    save(scratch, "late", late);
    save(scratch, "past", past);
    save(scratch, "unknown", "");
    outcome = program_run(scratch, "list", "", "");
    assert_int_equal(outcome.status, 0);
    assert_has(outcome.out, "! The Client secret expires on ");
    assert_has(outcome.out, soon);
    assert_has(outcome.out, "! The Client secret expired on ");
    assert_has(outcome.out, past);
    assert_lacks(outcome.out, late);
    program_outcome_free(&outcome);
}

static void assert_listed(const json_t *list, size_t index, const char *name,
                          const char *date, int days)
{
    const json_t *one = json_array_get(list, index);
    const json_t *left = json_object_get(one, "client_secret_expires_in_days");

    assert_string_equal(json_string_value(json_object_get(one, "name")), name);
    if (date) {
        assert_string_equal(
            json_string_value(json_object_get(one, "client_secret_expires_at")), date);
        assert_true(json_is_integer(left));
        assert_in_range(json_integer_value(left) + 1000, days + 999, days + 1000);
    } else {
        assert_true(json_is_null(json_object_get(one, "client_secret_expires_at")));
        assert_true(json_is_null(left));
    }
}

static void test_list_tells_programs_the_days(void **state)
{
    const struct scratch *scratch = *state;
    struct program_outcome outcome;
    char soon[32], past[32];
    json_t *list;

    day_in(12, soon);
    day_in(-3, past);
    save(scratch, "a", past);
    save(scratch, "b", soon);
    save(scratch, "c", "");
    outcome = program_run(scratch, "list", "--json", "");
    list = json_loads(outcome.out, 0, NULL);
    assert_listed(list, 0, "a", past, -3);
    assert_listed(list, 1, "b", soon, 12);
    assert_listed(list, 2, "c", NULL, 0);
    json_decref(list);
    program_outcome_free(&outcome);
}

static void test_list_knows_the_date_of_an_existing_provider(void **state)
{
    const struct scratch *scratch = *state;
    char *text = mem_format("{\"client_id\": \"x\", \"client_secret\": \"planted\","
                            " \"token_endpoint\": \"https://id.example.com/token\","
                            " \"client_secret_expires_at\": %lld}",
                            (long long)time(NULL) + 5 * DAY);
    struct program_outcome outcome = program_run(scratch, "provider", "add own -", text);
    struct err err = ERR_INIT;
    struct store *store = store_open(scratch_at(scratch, "config"), NULL, &err);
    struct mailbox *mailbox = mailbox_new("support");

    assert_int_equal(outcome.status, 0);
    program_outcome_free(&outcome);
    settings_set(&mailbox->settings, SET_AUTH_METHOD, "oauth");
    settings_set(&mailbox->settings, SET_OAUTH_SOURCE, "provider");
    settings_set(&mailbox->settings, SET_OAUTH_PROVIDER, "own");
    if (!store_save_mailbox(store, mailbox, &err))
        fail_msg("%s", err.text);
    outcome = program_run(scratch, "list", "", "");
    assert_has(outcome.out, "! The Client secret expires on ");
    program_outcome_free(&outcome);
    outcome = program_run(scratch, "show", "support", "");
    assert_has(outcome.out, "! The Client secret expires on ");
    program_outcome_free(&outcome);
    mailbox_free(&mailbox);
    store_close(&store);
    free(text);
}

static void test_show_says_it_last(void **state)
{
    const struct scratch *scratch = *state;
    struct program_outcome outcome;
    char date[32];

    day_in(-1, date);
    save(scratch, "support", date);
    outcome = program_run(scratch, "show", "support", "");
    assert_has(outcome.out, "\n! The Client secret expired on ");
    program_outcome_free(&outcome);
    day_in(60, date);
    save(scratch, "other", date);
    outcome = program_run(scratch, "show", "other", "");
    assert_has(outcome.out, date);
    assert_lacks(outcome.out, "!");
    program_outcome_free(&outcome);
}

/* Warnings of an answers file */

#define ANSWERS                                                                          \
    "{\"name\": \"support\", \"auth.method\": \"oauth\","                                \
    " \"oauth.source\": \"exchange\", \"oauth.client_secret\": \"a~b\","                 \
    " \"oauth.tenant\": \"8f2d0c4e-5b1a-4c53-9a77-0d2f8a6b1e42\","                       \
    " \"oauth.client_id\": \"6731de76-14a6-49ae-97bc-6eba6914391e\","                    \
    " \"oauth.scope\": \"https://graph.microsoft.com/.default\","                        \
    " \"oauth.token_url\": \"https://localhost:1/token\","                               \
    " \"mailbox.user\": \"support@example.com\", \"server.port\": 1,"                    \
    " \"server.host\": \"%s\", \"server.timeout_seconds\": 1,"                           \
    " \"ingest.target\": \"/var/mail/support\"}"

static const json_t *find_key(const json_t *list, const char *key)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);

        if (strcmp(json_string_value(json_object_get(one, "key")), key) == 0)
            return one;
    }
    fail_msg("%s is not warned of", key);
    return NULL;
}

static void assert_warned(const struct scratch *scratch, const char *command,
                          const char *options, const char *host)
{
    char *answers = mem_format(ANSWERS, host);
    struct program_outcome outcome = program_run(scratch, command, options, answers);
    json_t *root = json_loads(outcome.out, 0, NULL);
    const json_t *warning;

    assert_has(outcome.err, "warning: oauth.scope: ");
    assert_has(outcome.err, "\"https://outlook.office365.com/.default\"");
    warning = find_key(json_object_get(root, "warnings"), "oauth.scope");
    assert_has(json_string_value(json_object_get(warning, "message")), "Graph");
    json_decref(root);
    program_outcome_free(&outcome);
    free(answers);
}

static void test_an_answers_file_is_warned_of_before_it_is_saved(void **state)
{
    assert_warned(*state, "setup", "--answers - --no-test --json",
                  "outlook.office365.com");
}

/* Nothing listens at these ports, so the test ends at once. */
static void test_an_answers_file_is_warned_of_before_it_is_tested(void **state)
{
    assert_warned(*state, "test", "--answers - --json", "localhost");
}

static void test_an_answers_file_with_an_error_is_warned_of_too(void **state)
{
    assert_warned(*state, "setup", "--answers - --json", "imap://localhost");
    assert_warned(*state, "test", "--answers - --json", "imap://localhost");
}

static int open_scratch(void **state)
{
    struct scratch *scratch = mem_new(1, sizeof *scratch);

    scratch_make(scratch);
    *state = scratch;
    return 0;
}

static int close_scratch(void **state)
{
    scratch_remove(*state);
    free(*state);
    return 0;
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_scratch, close_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_list_has_a_line_for_a_secret_that_ends_soon),
        UNIT(test_list_tells_programs_the_days),
        UNIT(test_list_knows_the_date_of_an_existing_provider),
        UNIT(test_show_says_it_last),
        UNIT(test_an_answers_file_is_warned_of_before_it_is_saved),
        UNIT(test_an_answers_file_is_warned_of_before_it_is_tested),
        UNIT(test_an_answers_file_with_an_error_is_warned_of_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
