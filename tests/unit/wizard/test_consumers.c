/* The field Application: each preset leads to valid settings, and none over a value that
 * a person typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/mem.h"
#include "unit/wizard/fixture.h"
#include "wizard/consuming.h"

/* What suits a way that no preset fills in. */
static const struct {
    const char *way, *target;
} targets[] = {
    {"maildir", "/var/mail/support"},
    {"command", "/usr/bin/deliver"},
    {"http", "https://help.example.com/mail"},
    {"lmtp", "/run/dovecot/lmtp"},
};

static const char *target_of(const char *way)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (strcmp(targets[i].way, way) == 0)
            return targets[i].target;
    fail_msg("no target for %s", way);
    return NULL;
}

static void new_mailbox(struct fixture *f)
{
    struct settings settings;

    settings_init(&settings);
    fixture_reopen(f, &settings, NULL);
    settings_free(&settings);
    fixture_edit(f, SET_AUTH_METHOD, "basic");
    fixture_edit(f, SET_BASIC_USERNAME, "support@example.com");
    fixture_edit_secret(f, SET_BASIC_PASSWORD, "a password");
    fixture_edit(f, SET_SERVER_HOST, "imap.example.com");
}

/* As a person does it, in place. */
static void replace_blanks(struct fixture *f, const struct consumer *consumer,
                           enum setting_id id)
{
    for (size_t i = 0; i < consumer->blank_count; i++) {
        char *sign = mem_format("<%s>", consumer->blanks[i].name);
        char *text = mem_copy_text(fixture_value(f, id));
        char *at = strstr(text, sign);

        if (at) {
            char *filled = mem_format("%.*s%s%s", (int)(at - text), text,
                                      consumer->blanks[i].example, at + strlen(sign));

            fixture_edit(f, id, filled);
            free(filled);
        }
        free(text);
        free(sign);
    }
}

static const struct err *error_at(const struct err_list *errors, const char *key)
{
    for (size_t i = 0; i < errors->count; i++)
        if (strcmp(errors->items[i].key, key) == 0)
            return &errors->items[i];
    return NULL;
}

static void assert_valid(struct fixture *f, const struct consumer *consumer)
{
    struct err_list errors = {0};

    if (!wizard_check(f->wizard, PAGE_REVIEW, &errors))
        fail_msg("%s: %s: %s", consumer->id, errors.items[0].key, errors.items[0].text);
    err_list_free(&errors);
}

static void test_each_leads_to_valid_settings(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < f->consumers->count; i++) {
        const struct consumer *consumer = &f->consumers->list[i];

        new_mailbox(f);
        fixture_edit(f, SET_INGEST_CONSUMER, consumer->id);
        replace_blanks(f, consumer, SET_INGEST_TARGET);
        replace_blanks(f, consumer, SET_INGEST_HTTP_FIELDS);
        if (fixture_value(f, SET_INGEST_TARGET)[0] == '\0')
            fixture_edit(f, SET_INGEST_TARGET,
                         target_of(fixture_value(f, SET_INGEST_DELIVER)));
        assert_valid(f, consumer);
        for (enum setting_id id = 0; id < SET_COUNT; id++)
            if (consumer->given[id] && id != SET_INGEST_TARGET &&
                id != SET_INGEST_HTTP_FIELDS)
                assert_string_equal(fixture_value(f, id),
                                    settings_text(&consumer->settings, id));
    }
}

static void test_nothing_is_saved_while_a_blank_stands(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < f->consumers->count; i++) {
        const struct consumer *consumer = &f->consumers->list[i];
        struct err_list errors = {0};
        const struct err *error;

        if (consumer->blank_count == 0)
            continue;
        new_mailbox(f);
        fixture_edit(f, SET_INGEST_CONSUMER, consumer->id);
        assert_false(wizard_check(f->wizard, PAGE_PROCESSING, &errors));
        error = error_at(&errors, "ingest.target");
        assert_non_null(error);
        assert_non_null(strstr(error->text, consumer->blanks[0].name));
        err_list_free(&errors);
        /* In plain sight before the field is left. */
        assert_int_equal(wizard_field_notice(f->wizard, SET_INGEST_TARGET).level,
                         NOTICE_WARNING);
        assert_int_equal(fixture_send(f, WIZARD_SAVE) & EFFECT_SAVE, 0);
    }
}

static void test_what_it_needs_stands_beside_it_whole(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < f->consumers->count; i++) {
        const struct consumer *consumer = &f->consumers->list[i];
        struct notice notice;

        new_mailbox(f);
        fixture_edit(f, SET_INGEST_CONSUMER, consumer->id);
        notice = wizard_field_notice(f->wizard, SET_INGEST_CONSUMER);
        for (size_t j = 0; consumer->needs[j]; j++)
            if (!strstr(notice.text, consumer->needs[j]))
                fail_msg("%s: not in sight: %s", consumer->id, consumer->needs[j]);
    }
}

static void test_what_was_typed_stays(void **state)
{
    struct fixture *f = *state;
    struct notice notice;

    new_mailbox(f);
    fixture_edit(f, SET_INGEST_TARGET, "/usr/bin/mine");
    fixture_edit(f, SET_INGEST_TIMEOUT_SECONDS, "77");
    fixture_edit(f, SET_INGEST_CONSUMER, "openproject");
    assert_string_equal(fixture_value(f, SET_INGEST_DELIVER), "command");
    assert_string_equal(fixture_value(f, SET_INGEST_TARGET), "/usr/bin/mine");
    assert_string_equal(fixture_value(f, SET_INGEST_TIMEOUT_SECONDS), "77");
    /* It cannot be right, and one key begins anew. */
    notice = wizard_field_notice(f->wizard, SET_INGEST_TARGET);
    assert_int_equal(notice.level, NOTICE_WARNING);
    fixture_focus(f, SET_INGEST_TARGET);
    fixture_send(f, WIZARD_FIX);
    assert_non_null(strstr(fixture_value(f, SET_INGEST_TARGET), "redmine:email:read"));
}

static void test_another_choice_takes_its_values_along(void **state)
{
    struct fixture *f = *state;

    new_mailbox(f);
    fixture_edit(f, SET_INGEST_CONSUMER, "redmine-http");
    assert_string_equal(fixture_value(f, SET_INGEST_HTTP_MESSAGE_FIELD), "email");
    fixture_edit(f, SET_INGEST_CONSUMER, "osticket-http");
    assert_string_equal(fixture_value(f, SET_INGEST_HTTP_MESSAGE_FIELD), "");
    assert_string_equal(fixture_value(f, SET_INGEST_HTTP_FIELDS), "");
    assert_string_equal(fixture_value(f, SET_INGEST_HTTP_SECRET_AS), "header:X-API-Key");
    fixture_edit(f, SET_INGEST_CONSUMER, "maildir");
    assert_string_equal(fixture_value(f, SET_INGEST_TARGET), "");
    assert_string_equal(fixture_value(f, SET_INGEST_STATUSES), "");
    assert_string_equal(fixture_value(f, SET_INGEST_HTTP_SECRET_AS), "bearer");
}

static void take(struct fixture *f, const char *consumer, const char *deliver)
{
    struct settings answers;
    bool given[SET_COUNT] = {[SET_INGEST_CONSUMER] = true};
    char note[200];

    new_mailbox(f);
    settings_init(&answers);
    settings_set(&answers, SET_INGEST_CONSUMER, consumer);
    if (deliver) {
        settings_set(&answers, SET_INGEST_DELIVER, deliver);
        given[SET_INGEST_DELIVER] = true;
    }
    wizard_take_answers(f->wizard, &answers, given, note, sizeof note);
    settings_free(&answers);
}

static void assert_refused(struct fixture *f, const char *words)
{
    struct err_list errors = {0};
    const struct err *error;

    wizard_check(f->wizard, PAGE_PROCESSING, &errors);
    error = error_at(&errors, "ingest.consumer");
    assert_non_null(error);
    if (!strstr(error->text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, error->text);
    err_list_free(&errors);
}

static void test_answers_may_name_it_alone(void **state)
{
    struct fixture *f = *state;
    struct err_list errors = {0};

    take(f, "zammad", NULL);
    assert_string_equal(fixture_value(f, SET_INGEST_DELIVER), "command");
    assert_true(wizard_check(f->wizard, PAGE_REVIEW, &errors));
    take(f, "zammad", "command");
    assert_true(wizard_check(f->wizard, PAGE_REVIEW, &errors));
    take(f, "zammad", "http");
    assert_refused(f, "command");
    take(f, "openprojekt", NULL);
    assert_refused(f, "\"openproject\"");
    take(f, "q", NULL);
    assert_refused(f, "request-tracker");
}

static void test_f1_tells_of_the_chosen_one(void **state)
{
    struct fixture *f = *state;
    const struct field *field = &wizard_pages[PAGE_PROCESSING].fields[0];
    char *text;

    assert_null(field->explain(&f->context, wizard_settings(f->wizard)));
    fixture_edit(f, SET_INGEST_CONSUMER, "request-tracker");
    text = field->explain(&f->context, wizard_settings(f->wizard));
    assert_non_null(strstr(text, "rt-mailgate"));
    assert_non_null(strstr(text, "Exit status 0"));
    free(text);
}

static void test_the_sentence_says_where_for_each_way(void **state)
{
    static const char *const words[] = {"Maildir", "the command", "posted to", "by LMTP"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        char *sentence;

        new_mailbox(f);
        fixture_edit(f, SET_INGEST_CONSUMER, targets[i].way);
        fixture_edit(f, SET_INGEST_TARGET, targets[i].target);
        sentence = wizard_ingest_sentence(wizard_settings(f->wizard));
        assert_non_null(strstr(sentence, words[i]));
        assert_non_null(strstr(sentence, targets[i].target));
        free(sentence);
    }
}

/* And no person has chosen anything: what they typed stays. */
static void test_a_mailbox_from_before_shows_the_way_it_goes_by(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct settings settings;

        settings_init(&settings);
        settings_set(&settings, SET_INGEST_DELIVER, targets[i].way);
        settings_set(&settings, SET_INGEST_TARGET, targets[i].target);
        consuming_infer(f->consumers, &settings);
        assert_string_equal(settings_text(&settings, SET_INGEST_CONSUMER),
                            targets[i].way);
        assert_string_equal(settings_text(&settings, SET_INGEST_TARGET),
                            targets[i].target);
        settings_set(&settings, SET_INGEST_CONSUMER, "redmine-http");
        consuming_infer(f->consumers, &settings);
        assert_string_equal(settings_text(&settings, SET_INGEST_CONSUMER),
                            "redmine-http");
        settings_free(&settings);
    }
}

#define TEST(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_leads_to_valid_settings),
        TEST(test_nothing_is_saved_while_a_blank_stands),
        TEST(test_what_it_needs_stands_beside_it_whole),
        TEST(test_what_was_typed_stays),
        TEST(test_another_choice_takes_its_values_along),
        TEST(test_answers_may_name_it_alone),
        TEST(test_f1_tells_of_the_chosen_one),
        TEST(test_the_sentence_says_where_for_each_way),
        TEST(test_a_mailbox_from_before_shows_the_way_it_goes_by),
    };
    return cmocka_run_group_tests_name("wizard/consumers", tests, NULL, NULL);
}
