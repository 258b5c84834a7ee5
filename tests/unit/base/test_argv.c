/* base/argv: one line and a list of words, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/err.h"

static void assert_split(const char *line, const char *const *expected)
{
    struct err err = ERR_INIT;
    char **words = argv_split(line, &err);
    assert_non_null(words);
    size_t count = 0;
    for (; expected[count]; count++)
        assert_string_equal(words[count] ? words[count] : "(none)", expected[count]);
    assert_int_equal(argv_count(words), count);
    argv_free(&words);
    assert_null(words);
}

static void test_blanks_separate_words(void **state)
{
    (void)state;
    assert_split("", (const char *[]){NULL});
    assert_split("  \t ", (const char *[]){NULL});
    assert_split(" one\ttwo  three ", (const char *[]){"one", "two", "three", NULL});
}

static void test_quotes_group_and_keep(void **state)
{
    (void)state;
    assert_split("--queue \"first line\"",
                 (const char *[]){"--queue", "first line", NULL});
    assert_split("a'b \"c'd", (const char *[]){"ab \"cd", NULL});
    assert_split("'' \"\"", (const char *[]){"", "", NULL});
    assert_split("\"a\\\"b\\\\\"", (const char *[]){"a\"b\\", NULL});
}

static void test_a_backslash_takes_the_next_character(void **state)
{
    (void)state;
    assert_split("a\\ b c", (const char *[]){"a b", "c", NULL});
    assert_split("'a\\b'", (const char *[]){"a\\b", NULL}); /* but not in '…' */
    assert_split("end\\", (const char *[]){"end\\", NULL});
}

static void test_nothing_is_expanded(void **state)
{
    (void)state;
    assert_split("$HOME *.c a|b >x;y",
                 (const char *[]){"$HOME", "*.c", "a|b", ">x;y", NULL});
}

static void test_an_open_quote_is_an_error(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_null(argv_split("one \"two", &err));
    assert_int_equal(err.class, ERR_SETTING);
    assert_null(argv_split("one 'two", NULL));
}

/* Any words at all: the signs that mean something are the likeliest to be drawn. */
static void test_every_list_survives_the_line(void **state)
{
    (void)state;
    static const char signs[] = "ab \t\n\"'\\$=é";
    unsigned seed = 1;
    for (int round = 0; round < 5000; round++) {
        char *words[6] = {NULL};
        const char *expected[6] = {NULL};
        char texts[5][9];
        int count = rand_r(&seed) % 6;
        for (int i = 0; i < count; i++) {
            int length = rand_r(&seed) % 9;
            for (int j = 0; j < length; j++)
                texts[i][j] = signs[(size_t)rand_r(&seed) % (sizeof signs - 1)];
            texts[i][length] = '\0';
            expected[i] = words[i] = texts[i];
        }
        char *line = argv_join(words);
        assert_split(line, expected);
        free(line);
    }
}

static void test_a_long_word_is_not_cut(void **state)
{
    (void)state;
    size_t length = 300 * 1000;
    char *word = malloc(length + 1);
    memset(word, 'x', length);
    word[length] = '\0';
    char *line = argv_join((char *[]){word, word, NULL});
    assert_split(line, (const char *[]){word, word, NULL});
    free(line);
    free(word);
}

static void test_no_list_is_an_empty_one(void **state)
{
    (void)state;
    char **none = NULL;
    char *line = argv_join(NULL);
    assert_string_equal(line, "");
    free(line);
    assert_int_equal(argv_count(NULL), 0);
    assert_null(argv_copy(NULL));
    argv_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_separate_words),
        cmocka_unit_test(test_quotes_group_and_keep),
        cmocka_unit_test(test_a_backslash_takes_the_next_character),
        cmocka_unit_test(test_nothing_is_expanded),
        cmocka_unit_test(test_an_open_quote_is_an_error),
        cmocka_unit_test(test_every_list_survives_the_line),
        cmocka_unit_test(test_a_long_word_is_not_cut),
        cmocka_unit_test(test_no_list_is_an_empty_one),
    };
    return cmocka_run_group_tests_name("base/argv", tests, NULL, NULL);
}
