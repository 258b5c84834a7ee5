/* One line of text under the keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/screen/editor.h"

static struct editor editor;

static int begin(void **state)
{
    (void)state;
    editor_init(&editor);
    return 0;
}

static int end(void **state)
{
    (void)state;
    editor_free(&editor);
    return 0;
}

static void type(const char *text)
{
    assert_true(editor_insert(&editor, text, strlen(text)));
}

static void test_text_goes_in_before_the_cursor(void **state)
{
    (void)state;
    type("support@com");
    for (int i = 0; i < 3; i++)
        editor_left(&editor);
    type("example.");
    assert_string_equal(editor.text.data, "support@example.com");
    editor_home(&editor);
    type("<");
    editor_end(&editor);
    type(">");
    assert_string_equal(editor.text.data, "<support@example.com>");
}

static void test_a_cluster_is_one_step_and_one_erasure(void **state)
{
    (void)state;
    type("ab\xc3\xbc"                                     /* ü in one piece */
         "e\xcc\x81"                                      /* é in two */
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"); /* one picture of three parts */
    assert_true(editor_backspace(&editor));
    assert_string_equal(editor.text.data, "ab\xc3\xbc"
                                          "e\xcc\x81");
    editor_left(&editor);
    assert_true(editor_backspace(&editor));
    assert_string_equal(editor.text.data, "abe\xcc\x81");
    assert_true(editor_delete(&editor));
    assert_string_equal(editor.text.data, "ab");
}

static void test_keys_at_the_ends_change_nothing(void **state)
{
    (void)state;
    assert_false(editor_backspace(&editor));
    assert_false(editor_delete(&editor));
    assert_false(editor_delete_word(&editor));
    assert_false(editor_delete_before(&editor));
    editor_left(&editor);
    editor_right(&editor);
    assert_int_equal(editor.cursor, 0);
    type("x");
    editor_right(&editor);
    assert_int_equal(editor.cursor, 1);
    assert_false(editor_delete(&editor));
}

static void test_a_word_goes_with_the_blanks_behind_it(void **state)
{
    (void)state;
    type("openid email  ");
    assert_true(editor_delete_word(&editor));
    assert_string_equal(editor.text.data, "openid ");
    assert_true(editor_delete_word(&editor));
    assert_string_equal(editor.text.data, "");
}

static void test_erasing_before_the_cursor_keeps_what_is_behind_it(void **state)
{
    (void)state;
    type("https://host");
    for (int i = 0; i < 4; i++)
        editor_left(&editor);
    assert_true(editor_delete_before(&editor));
    assert_string_equal(editor.text.data, "host");
    assert_int_equal(editor.cursor, 0);
}

static void test_erased_bytes_do_not_stay_in_memory(void **state)
{
    (void)state;
    type("public-secret");
    for (int i = 0; i < 6; i++)
        editor_backspace(&editor);
    assert_string_equal(editor.text.data, "public-");
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(editor.text.data[editor.text.length + i], 0);
}

static void test_a_text_too_long_is_refused_whole(void **state)
{
    char *big = malloc(EDITOR_MAX);

    (void)state;
    memset(big, 'x', EDITOR_MAX);
    type("y");
    assert_false(editor_insert(&editor, big, EDITOR_MAX));
    assert_string_equal(editor.text.data, "y");
    type("z");
    assert_string_equal(editor.text.data, "yz");
    free(big);
}

static void test_a_long_value_is_broken_into_rows(void **state)
{
    int row, column;

    (void)state;
    editor_place("abcdefgh", 0, 4, &row, &column);
    assert_int_equal(row, 0);
    assert_int_equal(column, 0);
    editor_place("abcdefgh", 3, 4, &row, &column);
    assert_int_equal(row, 0);
    assert_int_equal(column, 3);
    editor_place("abcdefgh", 4, 4, &row, &column);
    assert_int_equal(row, 1);
    assert_int_equal(column, 0);
    /* Behind the last column there is no cell for the cursor: the next row's first. */
    editor_place("abcdefgh", 8, 4, &row, &column);
    assert_int_equal(row, 2);
    assert_int_equal(column, 0);
    editor_place("abcdefg", 7, 4, &row, &column);
    assert_int_equal(row, 1);
    assert_int_equal(column, 3);
    assert_int_equal(editor_row_start("abcdefgh", 4, 1), 4);
    assert_int_equal(editor_row_start("abcdefgh", 4, 9), 8);
}

static void test_a_wide_character_is_never_broken_in_two(void **state)
{
    int row, column;

    (void)state;
    /* 会議会: two columns each; three columns hold one. */
    editor_place("\xe4\xbc\x9a\xe8\xad\xb0\xe4\xbc\x9a", 3, 3, &row, &column);
    assert_int_equal(row, 1);
    assert_int_equal(column, 0);
    editor_place("a\xe4\xbc\x9a", 4, 5, &row, &column);
    assert_int_equal(row, 0);
    assert_int_equal(column, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text_goes_in_before_the_cursor, begin, end),
        cmocka_unit_test_setup_teardown(test_a_cluster_is_one_step_and_one_erasure, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_keys_at_the_ends_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_a_word_goes_with_the_blanks_behind_it, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            test_erasing_before_the_cursor_keeps_what_is_behind_it, begin, end),
        cmocka_unit_test_setup_teardown(test_erased_bytes_do_not_stay_in_memory, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_text_too_long_is_refused_whole, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_long_value_is_broken_into_rows, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_wide_character_is_never_broken_in_two,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
