/* What comes out of the clipboard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ui/screen/paste.h"

static void check(const char *text, enum paste expected, const char *inside)
{
    size_t begin, length;

    assert_int_equal(paste_look(text, &begin, &length), expected);
    if (inside) {
        assert_int_equal(length, strlen(inside));
        assert_memory_equal(text + begin, inside, length);
    }
}

static void test_a_clean_paste_is_taken_as_it_is(void **state)
{
    (void)state;
    check("a~Value.that-is", PASTE_WHOLE, "a~Value.that-is");
    check(" blanks count in a secret ", PASTE_WHOLE, " blanks count in a secret ");
    assert_null(paste_sentence(PASTE_WHOLE));
}

static void test_the_line_break_at_its_end_is_left_out_and_said(void **state)
{
    (void)state;
    check("value\n", PASTE_TRIMMED, "value");
    check("value\r\n\r\n", PASTE_TRIMMED, "value");
    check("\tvalue\t\r", PASTE_TRIMMED, "value");
    assert_non_null(paste_sentence(PASTE_TRIMMED));
}

static void test_a_line_break_inside_is_refused(void **state)
{
    (void)state;
    check("one\ntwo", PASTE_BROKEN, NULL);
    check("one\rtwo\n", PASTE_BROKEN, NULL);
    assert_non_null(strstr(paste_sentence(PASTE_BROKEN), "line break"));
}

static void test_other_control_characters_are_refused(void **state)
{
    (void)state;
    check("a\033[31mb", PASTE_CONTROL, NULL);
    check("a\tb", PASTE_CONTROL, NULL);
    check("a\001b", PASTE_CONTROL, NULL);
    check("a\xc2\x9b"
          "b",
          PASTE_CONTROL, NULL); /* C1: another CSI */
    check("a\xff", PASTE_CONTROL, NULL);
}

static void test_nothing_is_nothing(void **state)
{
    (void)state;
    check("", PASTE_EMPTY, "");
    check("\r\n", PASTE_EMPTY, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clean_paste_is_taken_as_it_is),
        cmocka_unit_test(test_the_line_break_at_its_end_is_left_out_and_said),
        cmocka_unit_test(test_a_line_break_inside_is_refused),
        cmocka_unit_test(test_other_control_characters_are_refused),
        cmocka_unit_test(test_nothing_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
