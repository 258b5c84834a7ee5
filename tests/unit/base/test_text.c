/* base/text, argv and err: what a stranger's bytes become before anybody sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static void assert_safe(const char *bytes, size_t length, const char *expected)
{
    struct buf out;
    buf_init(&out, 4096);
    text_add_safe(&out, bytes, length, 0);
    assert_string_equal(out.data, expected);
    buf_free(&out);
}

#define ASSERT_SAFE(literal, expected) assert_safe(literal, sizeof(literal) - 1, expected)

static void test_text_for_people_stays_as_it_is(void **state)
{
    (void)state;
    ASSERT_SAFE("", "");
    ASSERT_SAFE("Grüße 日本語 ✓ 🙂", "Grüße 日本語 ✓ 🙂");
}

static void test_controls_become_a_question_mark(void **state)
{
    (void)state;
    ASSERT_SAFE("a\x1b[2Jb", "a?[2Jb");
    ASSERT_SAFE("a\0b", "a?b");
    ASSERT_SAFE("a\x7f"
                "b\xc2\x9b"
                "c",
                "a?b?c");
}

static void test_line_ends_and_tabs_become_one_blank(void **state)
{
    (void)state;
    ASSERT_SAFE("one\r\n\ttwo\nthree\xe2\x80\xa8"
                "four",
                "one two three four");
}

static void test_bidirectional_and_invisible_characters_are_shown(void **state)
{
    (void)state;
    ASSERT_SAFE("a\xe2\x80\xae"
                "b",
                "a?b"); /* RIGHT-TO-LEFT OVERRIDE */
    ASSERT_SAFE("a\xe2\x81\xa6"
                "b",
                "a?b"); /* LEFT-TO-RIGHT ISOLATE */
    ASSERT_SAFE("a\xe2\x80\x8b"
                "b",
                "a?b"); /* ZERO WIDTH SPACE */
    ASSERT_SAFE("a\xe3\x85\xa4"
                "b",
                "a?b"); /* HANGUL FILLER */
    ASSERT_SAFE("a\xef\xbb\xbf"
                "b",
                "a?b"); /* BYTE ORDER MARK */
}

static void test_a_variation_selector_is_left_out(void **state)
{
    (void)state;
    ASSERT_SAFE("\xe2\x9d\xa4\xef\xb8\x8f!", "\xe2\x9d\xa4!"); /* a heart, as emoji */
}

static void test_clean_is_what_would_not_be_changed(void **state)
{
    (void)state;
    assert_true(text_is_clean(""));
    assert_true(text_is_clean("Grüße 日本語 ✓"));
    assert_true(text_is_clean("\xe2\x9d\xa4\xef\xb8\x8f"));
    assert_false(text_is_clean("a\tb"));
    assert_false(text_is_clean("a\x7f"));
    assert_false(text_is_clean("gr\xc3"));
    assert_false(text_is_clean("a\xe2\x80\x8b")); /* pasted with a zero-width space */
}

static void test_invalid_bytes_become_a_question_mark(void **state)
{
    (void)state;
    ASSERT_SAFE("a\xff"
                "b",
                "a?b");
    ASSERT_SAFE("\xc0\xaf", "??");           /* overlong */
    ASSERT_SAFE("\xed\xa0\x80", "???");      /* a surrogate */
    ASSERT_SAFE("gr\xc3", "gr?");            /* cut */
    ASSERT_SAFE("\xf4\x90\x80\x80", "????"); /* past U+10FFFF */
}

static void test_long_text_ends_in_an_ellipsis_between_characters(void **state)
{
    (void)state;
    char out[9];
    text_copy_safe(out, sizeof out, "12345678", 8);
    assert_string_equal(out, "12345678");
    text_copy_safe(out, sizeof out, "123456789", 9);
    assert_string_equal(out, "12345…");
    text_copy_safe(out, sizeof out, "1234ßßß", 10);
    assert_string_equal(out, "1234…");
    text_copy_safe(out, 2, "12", 2);
    assert_string_equal(out, "");
    text_copy_safe(out, 1, "12", 2);
    assert_string_equal(out, "");
}

static void test_width_counts_columns(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("日本"), 4);
    assert_int_equal(text_width("e\xcc\x81"), 1);
}

static void test_what_fits_never_splits_a_cluster(void **state)
{
    (void)state;
    int width;
    assert_int_equal(text_fit("日本", 3, &width), 3);
    assert_int_equal(width, 2);
    assert_int_equal(text_fit("ae\xcc\x81z", 2, &width), 4);
    assert_int_equal(width, 2);
    assert_int_equal(text_fit("abc", 10, NULL), 3);
    assert_int_equal(text_fit("abc", 0, NULL), 0);
}

static void test_steps_forward_and_back_meet(void **state)
{
    (void)state;
    const char *text = "ae\xcc\x81🇩🇪🇫🇷日z";
    size_t at[32] = {0};
    size_t count = 0;
    for (size_t i = 0; i < strlen(text); i = text_next(text, i))
        at[count++] = i;
    assert_int_equal(count, 6);
    assert_int_equal(text_next(text, strlen(text)), strlen(text));
    size_t back = strlen(text);
    while (count) {
        back = text_previous(text, back);
        assert_int_equal(back, at[--count]);
    }
    assert_int_equal(text_previous(text, 0), 0);
}

static void assert_wraps(const char *text, int columns, const char *expected)
{
    struct buf lines;
    buf_init(&lines, 4096);
    size_t length, skip;
    for (; *text; text += length + skip) {
        length = text_wrap(text, columns, &skip);
        assert_true(length + skip > 0);
        buf_add(&lines, text, length);
        buf_add_char(&lines, '|');
    }
    assert_string_equal(lines.data, expected);
    buf_free(&lines);
}

/* Longer than any window: it is cut, on a code point, and the walk comes to its end. */
static void test_an_endless_cluster_is_cut(void **state)
{
    (void)state;
    char text[1 + 2 * 500 + 1] = "e";
    for (int i = 0; i < 500; i++)
        memcpy(text + 1 + 2 * i, "\xcc\x81", 3);
    size_t steps = 0;
    for (size_t at = 0; at < strlen(text); at = text_next(text, at), steps++)
        assert_int_not_equal((unsigned char)text[at] & 0xc0, 0x80);
    assert_in_range(steps, 10, 100);
    assert_int_equal(text_fit(text, 1, NULL), strlen(text));
}

static void test_text_wraps_at_blanks(void **state)
{
    (void)state;
    assert_wraps("one two three", 7, "one two|three|");
    assert_wraps("one two three", 8, "one two|three|");
    assert_wraps("one  two", 3, "one|two|");
    assert_wraps("a\n\nb", 5, "a||b|");
    assert_wraps("a \nb", 5, "a|b|");
    assert_wraps("abcdefgh ij", 3, "abc|def|gh|ij|");
    assert_wraps("  in", 10, "  in|");
    assert_wraps("日本語", 1, "日|本|語|");
    assert_wraps("one two\n", 3, "one|two|");
}

static void test_distance_counts_a_swap_as_one(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("scope", "scoep"), 1);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_for_people_stays_as_it_is),
        cmocka_unit_test(test_controls_become_a_question_mark),
        cmocka_unit_test(test_line_ends_and_tabs_become_one_blank),
        cmocka_unit_test(test_bidirectional_and_invisible_characters_are_shown),
        cmocka_unit_test(test_a_variation_selector_is_left_out),
        cmocka_unit_test(test_clean_is_what_would_not_be_changed),
        cmocka_unit_test(test_invalid_bytes_become_a_question_mark),
        cmocka_unit_test(test_long_text_ends_in_an_ellipsis_between_characters),
        cmocka_unit_test(test_width_counts_columns),
        cmocka_unit_test(test_what_fits_never_splits_a_cluster),
        cmocka_unit_test(test_steps_forward_and_back_meet),
        cmocka_unit_test(test_an_endless_cluster_is_cut),
        cmocka_unit_test(test_text_wraps_at_blanks),
        cmocka_unit_test(test_distance_counts_a_swap_as_one),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
