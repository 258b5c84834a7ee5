/* What is hidden, found in whichever way it is written; and what is not hidden, left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/scrub.h"
#include "support/echo/echo.h"

static const char *const secrets[] = {ECHO_SECRET, ECHO_PASSWORD, ECHO_TOKEN};

static struct scrub *hide(const char *secret)
{
    struct scrub *scrub = scrub_new();

    scrub_hide(scrub, secret, strlen(secret));
    return scrub;
}

/* As a login does it, which hides what it sends. */
static struct scrub *hide_with_line(const char *secret)
{
    struct scrub *scrub = hide(secret);

    for (size_t which = 0; which < echo_count(); which++) {
        char *line = echo_write(which, secret);

        if (strcmp(echo_name(which), "base64 of XOAUTH2") == 0)
            scrub_hide(scrub, line, strlen(line));
        free(line);
    }
    return scrub;
}

static void expect(const char *secret, const char *words, const char *expected)
{
    struct scrub *scrub = hide(secret);
    char out[512];

    scrub_copy(scrub, out, sizeof out, words, strlen(words));
    assert_string_equal(out, expected);
    assert_int_equal(scrub_finds(scrub, words, strlen(words)),
                     strcmp(words, expected) != 0);
    scrub_free(&scrub);
}

static void test_every_spelling_is_removed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        struct scrub *scrub = hide_with_line(secrets[i]);

        for (size_t which = 0; which < echo_count(); which++) {
            char *spelled = echo_write(which, secrets[i]);
            char *words = mem_format("was (%s), sorry", spelled);
            const char *found;
            char out[2048];

            scrub_copy(scrub, out, sizeof out, words, strlen(words));
            found = echo_find(out, strlen(out), secrets[i]);
            if (found)
                print_message("%s: %s is left of %s: %s\n", echo_name(which), found,
                              words, out);
            assert_null(found);
            assert_non_null(strstr(out, SCRUB_REMOVED));
            assert_memory_equal(out, "was (", 5);
            assert_non_null(strstr(out, "), sorry"));
            assert_true(scrub_finds(scrub, words, strlen(words)));
            free(words);
            free(spelled);
        }
        scrub_free(&scrub);
    }
}

/* The look itself must be able to see. */
static void test_what_is_shown_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        for (size_t which = 0; which < echo_count(); which++) {
            char *spelled = echo_write(which, secrets[i]);

            if (strncmp(echo_name(which), "base64 of the", 13) != 0)
                assert_non_null(echo_find(spelled, strlen(spelled), secrets[i]));
            free(spelled);
        }
        assert_null(echo_find("an ordinary answer", 18, secrets[i]));
    }
}

static void test_base64_goes_whole(void **state)
{
    (void)state;
    expect("s3cr+t/value", "Basic Ym94OnMzY3IrdC92YWx1ZQ==!", SCRUB_REMOVED "!");
    expect("s3cr+t/value", "(Ym94OnMzY3IrdC92YWx1ZQ==)", "(" SCRUB_REMOVED ")");
    expect("pass", "said AHVzZXIAcGFzcw== to me", "said " SCRUB_REMOVED " to me");
}

static void test_a_short_secret_leaves_no_hole_in_a_word(void **state)
{
    (void)state;
    expect("fail", "unfailing login fail of 'fail'",
           "unfailing login " SCRUB_REMOVED " of '" SCRUB_REMOVED "'");
    expect("fail", "failfail, failfailing", SCRUB_REMOVED ", failfailing");
    expect("7000", "AADSTS7000215: not 7000", "AADSTS7000215: not " SCRUB_REMOVED);
    expect("abc", "abc abc", "abc abc");
    expect("p]ss", "xp]ssx", "x" SCRUB_REMOVED "x");
    /* Nothing would be left of it without the blanks. */
    expect("+ + ", "a+ + b", "a" SCRUB_REMOVED "b");
}

static void test_other_words_are_left(void **state)
{
    static const char *const words[] = {
        "",
        "AADSTS7000215: Invalid client secret provided. 100% of &lt;b&gt; \\u0041 =41",
        "Bearer authorization_uri=\"https://login.example.com/authorize\", error=\"x\"",
        "Bearer realm=example.org/a/long/realm",
        "Basic realm=\"a realm with a long name\"",
        "eyJ is no token",
        "caf\xc3\xa9 \xe2\x82\xac",
    };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        expect(ECHO_SECRET, words[i], words[i]);
}

static void test_tokens_are_removed_without_being_known(void **state)
{
    static const char jwt[] = "was eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2ln, it was";
    char out[128];

    (void)state;
    scrub_copy(NULL, out, sizeof out, jwt, strlen(jwt));
    assert_string_equal(out, "was " SCRUB_REMOVED ", it was");
    scrub_copy(NULL, out, sizeof out, "bEarer abcdefghijklmnop==", 25);
    assert_string_equal(out, SCRUB_REMOVED);
}

/* What cannot be shown is left out, and must not bring the rest together. */
static void test_what_vanishes_does_not_hide_a_secret(void **state)
{
    struct scrub *scrub = hide(ECHO_SECRET);
    char words[128], out[128];

    (void)state;
    for (size_t at = 1; at < strlen(ECHO_SECRET); at++) {
        snprintf(words, sizeof words, "<%.*s\xef\xb8\x8f%s>", (int)at, ECHO_SECRET,
                 ECHO_SECRET + at);
        scrub_copy(scrub, out, sizeof out, words, strlen(words));
        assert_null(echo_find(out, strlen(out), ECHO_SECRET));
        snprintf(words, sizeof words, "<%.*s\033\r\n\t%s>", (int)at, ECHO_SECRET,
                 ECHO_SECRET + at);
        scrub_copy(scrub, out, sizeof out, words, strlen(words));
        assert_string_equal(out, "<" SCRUB_REMOVED ">");
    }
    scrub_free(&scrub);
}

static void test_a_part_is_scrubbed_as_part_of_the_whole(void **state)
{
    static const char words[] = "[pa]ss1 x] failed";
    struct scrub *scrub = hide("pa]ss1");
    char out[64];

    (void)state;
    scrub_copy_part(scrub, out, sizeof out, words, strlen(words), 1, 3);
    assert_string_equal(out, SCRUB_REMOVED);
    scrub_copy_part(scrub, out, sizeof out, words, strlen(words), 4, strlen(words));
    assert_string_equal(out, SCRUB_REMOVED " x] failed");
    scrub_copy_part(scrub, out, sizeof out, words, strlen(words), 9, 8);
    assert_string_equal(out, "");
    scrub_free(&scrub);
}

static void test_a_text_of_any_length_and_its_own_place(void **state)
{
    enum { LENGTH = 100 * 1024 };
    struct scrub *scrub = hide(ECHO_SECRET);
    char *words = mem_new(LENGTH + 1, 1), out[4096];

    (void)state;
    for (size_t at = 0; at < LENGTH; at += strlen(ECHO_SECRET))
        snprintf(words + at, LENGTH + 1 - at, "%s", ECHO_SECRET);
    scrub_copy(scrub, out, sizeof out, words, LENGTH);
    assert_string_equal(out, SCRUB_REMOVED);
    memset(words, '%', LENGTH);
    scrub_copy(scrub, out, sizeof out, words, LENGTH);
    assert_int_equal(strspn(out, "%") + strlen("…"), sizeof out - 1);
    snprintf(out, sizeof out, "a %s b", ECHO_SECRET);
    scrub_copy(scrub, out, sizeof out, out, strlen(out));
    assert_string_equal(out, "a " SCRUB_REMOVED " b");
    free(words);
    scrub_free(&scrub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_spelling_is_removed),
        cmocka_unit_test(test_what_is_shown_is_found),
        cmocka_unit_test(test_base64_goes_whole),
        cmocka_unit_test(test_a_short_secret_leaves_no_hole_in_a_word),
        cmocka_unit_test(test_other_words_are_left),
        cmocka_unit_test(test_tokens_are_removed_without_being_known),
        cmocka_unit_test(test_what_vanishes_does_not_hide_a_secret),
        cmocka_unit_test(test_a_part_is_scrubbed_as_part_of_the_whole),
        cmocka_unit_test(test_a_text_of_any_length_and_its_own_place),
    };

    return cmocka_run_group_tests_name("base/scrub", tests, NULL, NULL);
}
