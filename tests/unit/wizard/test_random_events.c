/* Whatever events come in whatever order, what must always hold does.  The sequence is
 * the same in every run; LETTERBOX_TEST_SEED asks for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "unit/wizard/fixture.h"

#define RUNS  60
#define STEPS 400

static uint64_t random_state;

/* xorshift64 */
static unsigned pick(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % below;
}

static const char *const texts[] = {"",
                                    "basic",
                                    "oauth",
                                    "exchange",
                                    "custom",
                                    "provider",
                                    "sandbox",
                                    "global",
                                    "usgov",
                                    "china",
                                    TENANT,
                                    "contoso.com",
                                    "common",
                                    PATH_ONLY,
                                    FULL_URL,
                                    DELEGATED,
                                    WORKING,
                                    "https://sso.example.com/token",
                                    "http://sso.example.com/token",
                                    CLIENT,
                                    "letterbox",
                                    "support@example.com",
                                    "support",
                                    "imap.example.com",
                                    "outlook.office365.com",
                                    "993",
                                    "143",
                                    "99x",
                                    "tls",
                                    "starttls",
                                    "INBOX",
                                    "Done",
                                    "/var/mail/support",
                                    "/usr/bin/deliver -q \"a b\"",
                                    "maildir",
                                    "command",
                                    "http",
                                    "seen",
                                    "move",
                                    "delete",
                                    "keep",
                                    "true",
                                    "false",
                                    "2027-01-31",
                                    " padded ",
                                    "\xe2\x80\x8b",
                                    "\xff\xfe",
                                    "\x1b[2J",
                                    "audience=x",
                                    "post",
                                    "15",
                                    "60"};

static struct wizard_event random_event(void)
{
    struct wizard_event event = {0};

    event.kind =
        pick(3) == 0 ? WIZARD_EDIT : (enum wizard_event_kind)pick(WIZARD_DISMISS + 1);
    event.setting = (enum setting_id)pick(SET_COUNT);
    event.text = texts[pick(sizeof texts / sizeof *texts)];
    event.page = (enum page_id)pick(PAGE_COUNT);
    event.answer = pick(4);
    event.passed = pick(2);
    return event;
}

static void begin_again(struct fixture *f, bool opened)
{
    struct settings fresh;

    settings_init(&fresh);
    fixture_reopen(f, &fresh, opened ? "support" : NULL);
    settings_free(&fresh);
}

/* Now and then a mailbox is filled in properly, so that tests and saves come within
 * reach. */
static unsigned random_step(struct fixture *f, struct wizard_event *event)
{
    struct secret *secret;
    unsigned effects;

    *event = random_event();
    if (pick(16) == 0) {
        begin_again(f, pick(3) == 0);
        if (pick(2))
            fixture_fill_exchange(f);
        else
            fixture_fill_basic(f);
    }
    secret = secret_new(event->text, strlen(event->text));
    event->secret = secret;
    effects = wizard_update(f->wizard, event);
    secret_free(&secret);
    event->secret = NULL;
    return effects;
}

static void assert_page_and_focus(const struct fixture *f)
{
    enum page_id way[PAGE_COUNT];
    const struct field *fields[16];
    const struct field *focus = wizard_focus(f->wizard);
    size_t pages = wizard_way(f->wizard, way);
    size_t count = wizard_fields(f->wizard, fields, 16);
    bool found = false;

    for (size_t i = 0; i < pages; i++)
        found = found || way[i] == wizard_page(f->wizard);
    assert_true(found);
    found = focus == NULL;
    for (size_t i = 0; i < count; i++)
        found = found || fields[i] == focus;
    assert_true(found);
}

static void assert_question(const struct fixture *f)
{
    static const char *const defaults[] = {
        [QUESTION_SCOPE] = "use",     [QUESTION_LEAVE] = "stay",
        [QUESTION_UNTESTED] = "test", [QUESTION_REPLACE] = "keep",
        [QUESTION_REPORT] = "masked",
    };
    const struct question *question = wizard_question(f->wizard);

    if (!question)
        return;
    assert_true(question->text[0] != '\0');
    assert_true(question->preset < question->choice_count);
    assert_string_equal(question->choices[question->preset].value,
                        defaults[question->id]);
}

/* Nothing leaves the wizard that is not valid. */
static void assert_effects(const struct fixture *f, unsigned effects)
{
    const struct settings *settings = wizard_settings(f->wizard);
    struct err_list errors = {0};

    if (!(effects & (EFFECT_START_TEST | EFFECT_SAVE)))
        return;
    assert_null(wizard_question(f->wizard));
    assert_true(wizard_check(f->wizard, effects & EFFECT_SAVE ? PAGE_REVIEW : PAGE_SERVER,
                             &errors));
    if (settings_is(settings, SET_AUTH_METHOD, "oauth") &&
        !settings_is(settings, SET_OAUTH_SOURCE, "provider"))
        assert_int_equal(
            strncmp(settings_text(settings, SET_OAUTH_TOKEN_URL), "https://", 8), 0);
}

/* Only what fills in, repairs or answers may change a value. */
static bool may_change(enum wizard_event_kind kind)
{
    return kind == WIZARD_EDIT || kind == WIZARD_FIX || kind == WIZARD_ANSWER;
}

static void assert_kept(const struct settings *before, const struct fixture *f,
                        const struct wizard_event *event)
{
    if (!may_change(event->kind))
        assert_true(settings_equal(before, wizard_settings(f->wizard)));
}

static void test_whatever_comes_the_invariants_hold(void **state)
{
    struct fixture *f = *state;
    const char *seed = getenv("LETTERBOX_TEST_SEED");
    unsigned tests = 0, saves = 0;

    random_state = seed ? strtoull(seed, NULL, 10) : 20261123;
    f->taken = "support";
    for (int run = 0; run < RUNS; run++) {
        begin_again(f, false);
        for (int step = 0; step < STEPS; step++) {
            struct settings before;
            struct wizard_event event;
            unsigned effects;

            effects = random_step(f, &event);
            settings_copy(&before, wizard_settings(f->wizard));
            tests += (effects & EFFECT_START_TEST) != 0;
            saves += (effects & EFFECT_SAVE) != 0;
            assert_page_and_focus(f);
            assert_question(f);
            assert_effects(f, effects);
            for (enum setting_id id = 0; id < SET_COUNT; id++)
                (void)wizard_field_notice(f->wizard, id);
            event = random_event();
            if (!may_change(event.kind)) {
                assert_effects(f, wizard_update(f->wizard, &event));
                assert_kept(&before, f, &event);
            }
            settings_free(&before);
        }
    }
    /* Or the invariants would have been tested on nothing. */
    assert_true(tests > 20);
    assert_true(saves > 5);
}

/* A value typed into a field survives every change of the choices around it. */
static void test_what_was_typed_survives_every_change_of_choice(void **state)
{
    static const char *const typed = "https://typed.example.com/token";
    struct fixture *f = *state;

    random_state = 7;
    fixture_edit(f, SET_AUTH_METHOD, "oauth");
    fixture_edit(f, SET_OAUTH_SOURCE, "custom");
    fixture_edit(f, SET_OAUTH_TOKEN_URL, typed);
    fixture_edit(f, SET_OAUTH_SCOPE, "typed");
    fixture_edit(f, SET_SERVER_HOST, "typed.example.com");
    for (int step = 0; step < 500; step++) {
        static const enum setting_id choices[] = {SET_AUTH_METHOD, SET_OAUTH_SOURCE,
                                                  SET_OAUTH_CLOUD, SET_OAUTH_TENANT,
                                                  SET_BASIC_USERNAME};

        fixture_edit(f, choices[pick(5)], texts[pick(12)]);
        assert_string_equal(fixture_value(f, SET_OAUTH_TOKEN_URL), typed);
        assert_string_equal(fixture_value(f, SET_OAUTH_SCOPE), "typed");
        assert_string_equal(fixture_value(f, SET_SERVER_HOST), "typed.example.com");
    }
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, fixture_new, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_whatever_comes_the_invariants_hold),
        UNIT(test_what_was_typed_survives_every_change_of_choice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
