/* What is repaired, what is left to a person, and that it comes to an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "ui/repair.h"

#define TENANT "8f2d0c4e-5b1a-4c53-9a77-0d2f8a6b1e42"

static struct store *store;
static struct setup setup;
static struct repair_log repairs;
static struct check_facts *facts;

static void put(enum setting_id id, const char *text)
{
    struct secret *secret = secret_new(text, strlen(text));

    wizard_update(setup.wizard, &(struct wizard_event){.kind = WIZARD_EDIT,
                                                       .setting = id,
                                                       .text = text,
                                                       .secret = secret});
    secret_free(&secret);
}

static const char *value(enum setting_id id)
{
    return settings_text(wizard_settings(setup.wizard), id);
}

static int begin(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    memset(&setup, 0, sizeof setup);
    store = store_open("/nonexistent/config", "/nonexistent/state", &err);
    assert_true(setup_open(&setup, store, NULL, &err));
    put(SET_AUTH_METHOD, "basic");
    put(SET_BASIC_USERNAME, "support@example.com");
    put(SET_BASIC_PASSWORD, "a password");
    put(SET_SERVER_HOST, "imap.example.com");
    facts = check_facts_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    check_facts_free(&facts);
    repair_log_free(&repairs);
    setup_close(&setup);
    store_close(&store);
    return 0;
}

static void choose_exchange(void)
{
    put(SET_AUTH_METHOD, "oauth");
    put(SET_OAUTH_SOURCE, "exchange");
    put(SET_OAUTH_TENANT, TENANT);
    put(SET_OAUTH_CLIENT_ID, "6731de76-14a6-49ae-97bc-6eba6914391e");
    put(SET_OAUTH_CLIENT_SECRET, "abc8Q~value");
    put(SET_MAILBOX_USER, "support@example.com");
}

/* A failed test that blames `field`; with `to`, which knows its right value. */
static bool repair(enum setting_id field, const char *to)
{
    char copy[256] = "";
    struct diagnosis diagnosis = {.field = field, .repair_count = to ? 1 : 0};

    if (to)
        memcpy(copy, to, strlen(to) + 1);
    diagnosis.repairs[0] = (struct diagnosis_repair){field, copy};
    return repair_after_test(&repairs, &setup, facts, &diagnosis);
}

static void check_change(size_t index, enum setting_id field, const char *from,
                         const char *to)
{
    assert_true(index < repairs.count);
    assert_int_equal(repairs.changes[index].field, field);
    assert_string_equal(repairs.changes[index].from, from);
    assert_string_equal(repairs.changes[index].to, to);
}

static void test_what_the_diagnosis_knows_is_put_in(void **state)
{
    (void)state;
    put(SET_SERVER_PORT, "993");
    put(SET_SERVER_SECURITY, "starttls");
    assert_true(repair(SET_SERVER_SECURITY, "tls"));
    assert_string_equal(value(SET_SERVER_SECURITY), "tls");
    assert_int_equal(repairs.count, 1);
    check_change(0, SET_SERVER_SECURITY, "starttls", "tls");
}

static void test_a_value_that_stood_there_is_not_put_back(void **state)
{
    (void)state;
    put(SET_SERVER_PORT, "9930");
    put(SET_SERVER_SECURITY, "starttls");
    assert_true(repair(SET_SERVER_SECURITY, "tls"));
    assert_false(repair(SET_SERVER_SECURITY, "starttls"));
    assert_false(repair(SET_SERVER_SECURITY, "tls"));
    assert_string_equal(value(SET_SERVER_SECURITY), "tls");
    assert_int_equal(repairs.count, 1);
}

static void test_the_rounds_are_bounded(void **state)
{
    static const char *const folders[] = {"A", "B", "C", "D", "E"};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(repair(SET_MAILBOX_FOLDER, folders[i]), i < REPAIR_ROUNDS_MAX);
    assert_string_equal(value(SET_MAILBOX_FOLDER), folders[REPAIR_ROUNDS_MAX - 1]);
}

/* OAuth in place of Basic auth asks for values that nobody has entered. */
static void test_a_repair_that_opens_questions_is_a_persons(void **state)
{
    (void)state;
    assert_false(repair(SET_AUTH_METHOD, "oauth"));
    assert_string_equal(value(SET_AUTH_METHOD), "basic");
    assert_int_equal(repairs.count, 0);
}

static void test_the_fix_beside_the_blamed_field_is_taken(void **state)
{
    (void)state;
    choose_exchange();
    assert_string_equal(value(SET_OAUTH_SCOPE),
                        "https://outlook.office.com/IMAP.AccessAsUser.All");
    assert_false(repair(SET_MAILBOX_USER, NULL));
    assert_true(repair(SET_OAUTH_SCOPE, NULL));
    assert_string_equal(value(SET_OAUTH_SCOPE), "https://outlook.office365.com/.default");
}

static void test_a_fix_that_lies_in_another_field_is_taken(void **state)
{
    (void)state;
    put(SET_SERVER_SECURITY, "starttls");
    put(SET_SERVER_PORT, "993");
    assert_true(repair(SET_SERVER_SECURITY, NULL));
    assert_string_equal(value(SET_SERVER_SECURITY), "tls");
}

static void test_nothing_is_changed_where_nothing_is_known(void **state)
{
    (void)state;
    assert_false(repair(SET_BASIC_PASSWORD, NULL));
    assert_false(repair(SET_NONE, NULL));
    assert_int_equal(repairs.count, 0);
}

static void test_values_that_are_not_valid_are_put_right(void **state)
{
    (void)state;
    choose_exchange();
    put(SET_OAUTH_TENANT,
        "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token");
    put(SET_OAUTH_CLIENT_ID, " 6731de76-14a6-49ae-97bc-6eba6914391e");
    put(SET_SERVER_HOST, "imaps://outlook.office365.com:993");
    assert_true(repair_invalid(&repairs, setup.wizard, PAGE_SERVER));
    assert_string_equal(value(SET_OAUTH_TENANT), TENANT);
    assert_string_equal(value(SET_OAUTH_CLIENT_ID),
                        "6731de76-14a6-49ae-97bc-6eba6914391e");
    assert_string_equal(value(SET_SERVER_HOST), "outlook.office365.com");
    assert_false(repair_invalid(&repairs, setup.wizard, PAGE_SERVER));
}

/* What was pasted can hold anything; what is told of it cannot. */
static void test_what_is_told_is_safe_for_a_terminal(void **state)
{
    json_t *list, *one;

    (void)state;
    put(SET_SERVER_HOST, " imap\x1b[2J.example.com\xe2\x80\x8b");
    put(SET_MAILBOX_FOLDER, "IN\x1b[2JBOX");
    repair_invalid(&repairs, setup.wizard, PAGE_SERVER);
    repair(SET_MAILBOX_FOLDER, "INBOX");
    list = repair_json(&repairs);
    assert_true(json_array_size(list) >= 1);
    one = json_array_get(list, json_array_size(list) - 1);
    assert_string_equal(json_string_value(json_object_get(one, "from")), "IN?[2JBOX");
    assert_string_equal(json_string_value(json_object_get(one, "to")), "INBOX");
    json_decref(list);
}

static void test_a_secret_is_cleaned_and_its_text_is_kept_nowhere(void **state)
{
    json_t *list, *one;

    (void)state;
    put(SET_BASIC_PASSWORD, " a password ");
    assert_true(repair(SET_BASIC_PASSWORD, NULL));
    assert_int_equal(repairs.count, 1);
    assert_null(repairs.changes[0].from);
    assert_null(repairs.changes[0].to);
    list = repair_json(&repairs);
    one = json_array_get(list, 0);
    assert_int_equal(json_object_size(one), 1);
    json_decref(list);
    assert_false(repair(SET_BASIC_PASSWORD, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_the_diagnosis_knows_is_put_in),
        TEST(test_a_value_that_stood_there_is_not_put_back),
        TEST(test_the_rounds_are_bounded),
        TEST(test_a_repair_that_opens_questions_is_a_persons),
        TEST(test_the_fix_beside_the_blamed_field_is_taken),
        TEST(test_a_fix_that_lies_in_another_field_is_taken),
        TEST(test_nothing_is_changed_where_nothing_is_known),
        TEST(test_values_that_are_not_valid_are_put_right),
        TEST(test_what_is_told_is_safe_for_a_terminal),
        TEST(test_a_secret_is_cleaned_and_its_text_is_kept_nowhere),
    };

    return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
