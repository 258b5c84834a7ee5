/* What a key does, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/screen/act.h"
#include "ui/screen/draw.h"

static struct store *store;
static struct setup setup;
static struct view view;

static int begin(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    memset(&setup, 0, sizeof setup);
    store = store_open("/nonexistent/config", "/nonexistent/state", &err);
    assert_true(setup_open(&setup, store, NULL, &err));
    view_init(&view, &setup, false);
    return 0;
}

static int end(void **state)
{
    (void)state;
    view_free(&view);
    setup_close(&setup);
    store_close(&store);
    return 0;
}

static void press(enum key key)
{
    struct input input = {.kind = INPUT_KEY, .key = key};

    view.bell = false;
    act_on_input(&view, &input);
}

static void type(const char *text)
{
    struct input input = {.kind = INPUT_TEXT, .text = text, .length = strlen(text)};

    act_on_input(&view, &input);
}

static void paste(const char *text)
{
    struct input input = {.kind = INPUT_PASTE, .text = text, .length = strlen(text)};

    act_on_input(&view, &input);
}

static const char *value(enum setting_id id)
{
    return settings_text(wizard_settings(setup.wizard), id);
}

static enum setting_id focus(void)
{
    return view.field ? view.field->setting : SET_NONE;
}

static void go_to_exchange(void)
{
    press(K_ACCEPT); /* OAuth */
    press(K_PAGE_NEXT);
    press(K_ACCEPT); /* Microsoft Exchange */
    press(K_PAGE_NEXT);
    assert_int_equal(view.page, PAGE_EXCHANGE);
}

static void test_down_moves_in_an_upright_list_and_then_out_of_it(void **state)
{
    (void)state;
    press(K_DOWN);
    assert_int_equal(focus(), SET_AUTH_METHOD);
    type(" ");
    assert_string_equal(value(SET_AUTH_METHOD), "basic");
    press(K_DOWN);
    assert_int_equal(focus(), SET_NONE);
    press(K_ACCEPT);
    assert_int_equal(view.page, PAGE_BASIC);
}

static void test_enter_accepts_the_choice_it_stands_on(void **state)
{
    (void)state;
    press(K_DOWN);
    press(K_ACCEPT);
    assert_string_equal(value(SET_AUTH_METHOD), "basic");
    assert_int_equal(focus(), SET_NONE);
}

static void test_choices_in_a_row_go_around(void **state)
{
    (void)state;
    go_to_exchange();
    press(K_LEFT);
    assert_string_equal(value(SET_OAUTH_CLOUD), "china");
    press(K_RIGHT);
    assert_string_equal(value(SET_OAUTH_CLOUD), "global");
    type("  ");
    assert_string_equal(value(SET_OAUTH_CLOUD), "dod");
}

static void test_typing_changes_the_wizard_at_once(void **state)
{
    (void)state;
    go_to_exchange();
    press(K_NEXT);
    type("6731de76-14a6-49ae-97bc-6eba6914391e");
    assert_string_equal(value(SET_OAUTH_TOKEN_URL),
                        "https://login.microsoftonline.com/"
                        "6731de76-14a6-49ae-97bc-6eba6914391e/oauth2/v2.0/token");
    press(K_ERASE);
    assert_string_equal(value(SET_OAUTH_TENANT), "6731de76-14a6-49ae-97bc-6eba6914391");
}

static void test_nothing_is_said_of_a_value_while_it_is_typed(void **state)
{
    const struct field *client_id;

    (void)state;
    go_to_exchange();
    for (int i = 0; i < 3; i++)
        press(K_NEXT);
    client_id = view.field;
    assert_int_equal(client_id->setting, SET_OAUTH_CLIENT_ID);
    type("6731");
    assert_int_equal(view_notice(&view, client_id).level, NOTICE_NONE);
    press(K_NEXT);
    assert_int_equal(view_notice(&view, client_id).level, NOTICE_WARNING);
    /* It stood there when typing began again, so it stays until it is no longer true. */
    press(K_PREVIOUS);
    type("x");
    assert_int_equal(view_notice(&view, client_id).level, NOTICE_WARNING);
    press(K_ERASE_BEFORE);
    type("1");
    assert_int_equal(view_notice(&view, client_id).level, NOTICE_NONE);
}

static void test_of_a_pasted_value_it_is_said_at_once(void **state)
{
    (void)state;
    go_to_exchange();
    for (int i = 0; i < 3; i++)
        press(K_NEXT);
    paste("no-guid\n");
    assert_string_equal(value(SET_OAUTH_CLIENT_ID), "no-guid");
    assert_non_null(view.said);
    assert_int_equal(view_notice(&view, view.field).level, NOTICE_WARNING);
}

static void test_a_refused_paste_changes_nothing(void **state)
{
    (void)state;
    go_to_exchange();
    press(K_NEXT);
    type("abc");
    paste("one\ntwo");
    assert_string_equal(value(SET_OAUTH_TENANT), "abc");
    assert_non_null(view.said);
    assert_int_equal(focus(), SET_OAUTH_TENANT);
}

static void test_a_paste_on_choices_chooses_nothing(void **state)
{
    (void)state;
    paste("   ");
    assert_string_equal(value(SET_AUTH_METHOD), "");
    assert_true(view.bell);
}

static void test_escape_closes_what_is_on_top_and_loses_nothing(void **state)
{
    (void)state;
    go_to_exchange();
    press(K_NEXT);
    type("abc");
    press(K_HELP);
    assert_int_equal(view.overlay, OVERLAY_HELP);
    type("not typed");
    press(K_ESCAPE);
    assert_int_equal(view.overlay, OVERLAY_NONE);
    press(K_LEAVE);
    assert_non_null(wizard_question(setup.wizard));
    press(K_ESCAPE);
    assert_null(wizard_question(setup.wizard));
    for (int i = 0; i < 5; i++)
        press(K_ESCAPE);
    assert_int_equal(view.page, PAGE_EXCHANGE);
    assert_string_equal(value(SET_OAUTH_TENANT), "abc");
    assert_false(view.ended);
}

static void test_leaving_asks_and_staying_is_the_default(void **state)
{
    (void)state;
    press(K_ACCEPT);
    press(K_LEAVE);
    press(K_ACCEPT);
    assert_false(view.ended);
    press(K_LEAVE);
    press(K_DOWN);
    press(K_ACCEPT);
    assert_true(view.ended);
}

static void test_leaving_asks_nothing_when_nothing_would_be_lost(void **state)
{
    (void)state;
    press(K_LEAVE);
    assert_true(view.ended);
}

static void test_the_fix_takes_the_place_of_the_value(void **state)
{
    (void)state;
    go_to_exchange();
    press(K_FIX);
    assert_string_equal(value(SET_OAUTH_SCOPE), "https://outlook.office365.com/.default");
}

static void test_a_secret_hides_again_when_it_is_left(void **state)
{
    (void)state;
    go_to_exchange();
    for (int i = 0; i < 4; i++)
        press(K_NEXT);
    assert_int_equal(focus(), SET_OAUTH_CLIENT_SECRET);
    type("secret");
    press(K_REVEAL);
    assert_true(view.revealed);
    press(K_NEXT);
    assert_false(view.revealed);
    press(K_PREVIOUS);
    assert_string_equal(view.editor.text.data, "secret");
    assert_false(view.revealed);
    /* No word can be erased where none is seen. */
    type(" two words");
    press(K_ERASE_WORD);
    assert_string_equal(view.editor.text.data, "");
}

static void test_pages_go_back_and_forward_without_loss(void **state)
{
    (void)state;
    go_to_exchange();
    press(K_NEXT);
    type("contoso.onmicrosoft.com");
    press(K_PAGE_BACK);
    press(K_PAGE_BACK);
    assert_int_equal(view.page, PAGE_AUTHENTICATION);
    press(K_PAGE_NEXT);
    press(K_PAGE_NEXT);
    assert_string_equal(value(SET_OAUTH_TENANT), "contoso.onmicrosoft.com");
}

static void test_review_leads_to_the_page_behind_a_heading(void **state)
{
    struct wizard_event event = {.kind = WIZARD_GO_PAGE, .page = PAGE_REVIEW};

    (void)state;
    press(K_DOWN);
    press(K_ACCEPT); /* Basic auth */
    wizard_update(setup.wizard, &event);
    view_follow(&view);
    assert_int_equal(focus(), SET_NAME);
    press(K_DOWN); /* the button */
    press(K_DOWN); /* Authentication */
    assert_int_equal(view.group, 0);
    press(K_DOWN); /* Basic auth */
    press(K_UP);
    press(K_DOWN);
    assert_int_equal(view.group, 1);
    press(K_ACCEPT);
    assert_int_equal(view.page, PAGE_BASIC);
    assert_int_equal(view.group, -1);
}

static void test_the_groups_of_review_go_around(void **state)
{
    struct wizard_event event = {.kind = WIZARD_GO_PAGE, .page = PAGE_REVIEW};

    (void)state;
    press(K_DOWN);
    press(K_ACCEPT);
    wizard_update(setup.wizard, &event);
    view_follow(&view);
    press(K_UP); /* backwards from the first: the last group */
    assert_int_equal(view.group, 3);
    press(K_DOWN);
    assert_int_equal(focus(), SET_NAME);
    assert_int_equal(view.group, -1);
}

/* A generator of our own, so that a failure happens again. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

/* Tests and saves go out into the world: not here. */
static bool goes_out(enum key key)
{
    return key == K_TEST ||
           (key == K_ACCEPT && (view.page == PAGE_TEST || view.page == PAGE_REVIEW ||
                                wizard_question(setup.wizard)));
}

static void press_at_random(unsigned *seed)
{
    static const char *const texts[] = {" ",   "a",  "ü", "会",
                                        "993", "/x", "d", "https://"};
    unsigned what = next_random(seed) % 10;
    enum key key = (enum key)(next_random(seed) % (K_UNKNOWN + 1));

    if (what < 2)
        type(texts[next_random(seed) % (sizeof texts / sizeof *texts)]);
    else if (what == 2)
        paste(texts[next_random(seed) % (sizeof texts / sizeof *texts)]);
    else if (!goes_out(key))
        press(key);
}

static void test_no_order_of_keys_breaks_a_page(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 4000; i++) {
        int rows = 1 + (int)(next_random(&seed) % 50);
        int columns = 1 + (int)(next_random(&seed) % 150);
        struct canvas canvas;

        press_at_random(&seed);
        view.ended = false;
        canvas_init(&canvas, rows, columns, next_random(&seed) % 8 == 0);
        view.scrolled = draw_screen(&view, &canvas);
        assert_in_range(canvas.cursor_row, 0, rows - 1);
        assert_in_range(canvas.cursor_column, 0, columns - 1);
        canvas_free(&canvas);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_down_moves_in_an_upright_list_and_then_out_of_it),
        TEST(test_enter_accepts_the_choice_it_stands_on),
        TEST(test_choices_in_a_row_go_around),
        TEST(test_typing_changes_the_wizard_at_once),
        TEST(test_nothing_is_said_of_a_value_while_it_is_typed),
        TEST(test_of_a_pasted_value_it_is_said_at_once),
        TEST(test_a_refused_paste_changes_nothing),
        TEST(test_a_paste_on_choices_chooses_nothing),
        TEST(test_escape_closes_what_is_on_top_and_loses_nothing),
        TEST(test_leaving_asks_and_staying_is_the_default),
        TEST(test_leaving_asks_nothing_when_nothing_would_be_lost),
        TEST(test_the_fix_takes_the_place_of_the_value),
        TEST(test_a_secret_hides_again_when_it_is_left),
        TEST(test_pages_go_back_and_forward_without_loss),
        TEST(test_review_leads_to_the_page_behind_a_heading),
        TEST(test_the_groups_of_review_go_around),
        TEST(test_no_order_of_keys_breaks_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
