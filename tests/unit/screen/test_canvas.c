/* Drawing on cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/screen/canvas.h"

#define COLUMNS 20

static struct canvas canvas;

static int begin(void **state)
{
    (void)state;
    canvas_init(&canvas, 5, COLUMNS, false);
    return 0;
}

static int begin_ascii(void **state)
{
    (void)state;
    canvas_init(&canvas, 5, COLUMNS, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    canvas_free(&canvas);
    return 0;
}

static void check_row(int row, const char *expected)
{
    char text[COLUMNS * CELL_TEXT_MAX + 1] = "";
    size_t length = 0;

    for (int column = 0; column < COLUMNS; column++) {
        const struct cell *cell = canvas_cell(&canvas, row, column);

        length += (size_t)snprintf(text + length, sizeof text - length, "%s",
                                   cell->text[0] ? cell->text : " ");
        if (cell->width == 2)
            column++;
    }
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    assert_string_equal(text, expected);
}

static void test_what_does_not_fit_is_cut_off(void **state)
{
    (void)state;
    assert_int_equal(canvas_put(&canvas, 0, 15, 5, ROLE_TEXT, "abcdefgh"), 5);
    check_row(0, "               abcde");
    canvas_put(&canvas, 0, 18, 9, ROLE_TEXT, "xyz");
    check_row(0, "               abcxy");
    canvas_put(&canvas, -1, 0, 5, ROLE_TEXT, "above");
    canvas_put(&canvas, 5, 0, 5, ROLE_TEXT, "below");
    canvas_put(&canvas, 1, -3, 9, ROLE_TEXT, "before");
    check_row(1, "ore");
}

static void test_a_cut_is_marked(void **state)
{
    (void)state;
    assert_int_equal(canvas_put_cut(&canvas, 0, 0, 6, ROLE_TEXT, "abcdefgh"), 6);
    check_row(0, "abcde…");
    assert_int_equal(canvas_put_cut(&canvas, 1, 0, 8, ROLE_TEXT, "abcdefgh"), 8);
    check_row(1, "abcdefgh");
}

static void test_wide_characters_take_two_cells(void **state)
{
    (void)state;
    assert_int_equal(canvas_put(&canvas, 0, 0, 5, ROLE_TEXT, "会議会"), 4);
    check_row(0, "会議");
    assert_int_equal(canvas_cell(&canvas, 0, 1)->width, 0);
    /* No half of one at the edge. */
    canvas_put(&canvas, 1, 19, 2, ROLE_TEXT, "会");
    check_row(1, "");
}

static void test_ascii_has_a_mark_for_each_column(void **state)
{
    (void)state;
    assert_int_equal(canvas_put(&canvas, 0, 0, 20, ROLE_TEXT, "aü会…"), 5);
    check_row(0, "a???~");
}

static void test_a_paragraph_is_wrapped_at_blanks(void **state)
{
    struct paragraph text = {.row = 0, .left = 2, .right = 12, .least = 2};

    (void)state;
    assert_int_equal(canvas_put_paragraph(&canvas, &text, "one two three\nfour"), 3);
    check_row(0, "  one two");
    check_row(1, "  three");
    check_row(2, "  four");
}

static void test_a_long_word_begins_further_left(void **state)
{
    struct paragraph text = {.row = 0, .left = 8, .right = 20, .least = 0};

    (void)state;
    assert_int_equal(canvas_put_paragraph(&canvas, &text, "see https://example.com/ it"),
                     3);
    check_row(0, "        see");
    check_row(1, "https://example.com/");
    check_row(2, "        it");
}

static void test_a_word_that_fits_nowhere_is_broken_behind_a_slash(void **state)
{
    struct paragraph text = {.row = 0, .left = 0, .right = 12, .least = 0};

    (void)state;
    assert_int_equal(canvas_put_paragraph(&canvas, &text, "/one/two/three/four"), 2);
    check_row(0, "/one/two/");
    check_row(1, "three/four");
}

static void test_a_copy_takes_the_cursor_along(void **state)
{
    struct canvas from;

    (void)state;
    canvas_init(&from, 9, 4, false);
    canvas_put(&from, 7, 0, 4, ROLE_TEXT, "here");
    from.cursor_row = 7;
    from.cursor_column = 2;
    canvas_copy(&canvas, 1, 10, &from, 6, 3);
    check_row(2, "          here");
    assert_int_equal(canvas.cursor_row, 2);
    assert_int_equal(canvas.cursor_column, 12);
    canvas_free(&from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_does_not_fit_is_cut_off, begin, end),
        cmocka_unit_test_setup_teardown(test_a_cut_is_marked, begin, end),
        cmocka_unit_test_setup_teardown(test_wide_characters_take_two_cells, begin, end),
        cmocka_unit_test_setup_teardown(test_ascii_has_a_mark_for_each_column,
                                        begin_ascii, end),
        cmocka_unit_test_setup_teardown(test_a_paragraph_is_wrapped_at_blanks, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_long_word_begins_further_left, begin, end),
        cmocka_unit_test_setup_teardown(
            test_a_word_that_fits_nowhere_is_broken_behind_a_slash, begin, end),
        cmocka_unit_test_setup_teardown(test_a_copy_takes_the_cursor_along, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
