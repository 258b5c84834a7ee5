/* base/buf and base/secret: caps that hold, and memory that is wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/secret.h"

static void test_an_empty_buffer_is_a_text(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_string_equal(buf.data, "");
    buf_truncate(&buf, 0);
    buf_drop_front(&buf, 3);
    assert_true(buf_add(&buf, NULL, 0));
    char *taken = buf_take(&buf);
    assert_string_equal(taken, "");
    free(taken);
    buf_free(&buf);
}

static void test_nothing_passes_the_limit(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 5);
    assert_true(buf_add_text(&buf, "abc"));
    assert_false(buf_add_text(&buf, "def"));
    assert_string_equal(buf.data, "abc");
    assert_true(buf.overflowed);
    assert_false(
        buf_add_char(&buf, 'd')); /* would fit, but a hole is worse than an end */
    assert_string_equal(buf.data, "abc");
    buf_clear(&buf);
    assert_true(buf_add_format(&buf, "%d", 12345));
    assert_false(buf_add_format(&buf, "%s", "x"));
    assert_string_equal(buf.data, "12345");
    buf_free(&buf);
}

static void test_a_buffer_grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct buf plain, secret;
    buf_init(&plain, SIZE_MAX - 1);
    buf_init_secret(&secret, SIZE_MAX - 1);
    for (int i = 0; i < 1000; i++) {
        assert_true(buf_add_format(&plain, "%d,", i));
        assert_true(buf_add_format(&secret, "%d,", i));
    }
    assert_int_equal(plain.length, strlen(plain.data));
    assert_string_equal(plain.data, secret.data);
    assert_memory_equal(plain.data, "0,1,2,3,", 8);
    buf_free(&plain);
    buf_free(&secret);
}

static void test_the_front_goes_and_the_rest_moves_up(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_add(&buf, "one\0two", 7);
    buf_drop_front(&buf, 4);
    assert_string_equal(buf.data, "two");
    buf_drop_front(&buf, 100);
    assert_string_equal(buf.data, "");
    buf_free(&buf);
}

static void test_a_secret_buffer_wipes_what_it_gives_up(void **state)
{
    (void)state;
    static const char zeros[16];
    struct buf buf;
    buf_init_secret(&buf, 100);
    buf_add_text(&buf, "0123456789abcdef");
    buf_truncate(&buf, 4);
    assert_memory_equal(buf.data + 4, zeros, 12);
    buf_drop_front(&buf, 2);
    assert_memory_equal(buf.data + 2, zeros, 14);
    buf_clear(&buf);
    assert_memory_equal(buf.data, zeros, 16);
    buf_free(&buf);
}

static void test_a_secret_takes_over_a_buffer(void **state)
{
    (void)state;
    struct buf buf;
    buf_init_secret(&buf, 100);
    buf_add_text(&buf, "p~1 é");
    struct secret *secret = secret_take_buf(&buf);
    assert_int_equal(buf.length, 0);
    assert_string_equal(secret_bytes(secret), "p~1 é");
    assert_int_equal(secret_length(secret), 6);
    buf_free(&buf);
    secret_free(&secret);
    assert_null(secret);
    secret_free(&secret);
}

static void test_secrets_are_equal_by_their_bytes(void **state)
{
    (void)state;
    struct secret *a = secret_new("abc", 3), *b = secret_new("abd", 3);
    struct secret *empty = secret_new("", 0), *copy = secret_copy(a);
    assert_true(secret_equal(a, copy));
    assert_false(secret_equal(a, b));
    assert_false(secret_equal(a, empty));
    assert_true(secret_equal(empty, NULL));
    assert_true(secret_equal(NULL, NULL));
    assert_null(secret_copy(NULL));
    assert_string_equal(secret_bytes(NULL), "");
    secret_free(&a);
    secret_free(&b);
    secret_free(&empty);
    secret_free(&copy);
}

static void test_a_text_is_replaced_by_a_part_of_itself(void **state)
{
    (void)state;
    char *text = mem_format("%s-%d", "abc", 7);
    mem_replace_text(&text, text + 4);
    assert_string_equal(text, "7");
    mem_replace_text(&text, NULL);
    assert_null(text);
    assert_null(mem_copy_text(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_buffer_is_a_text),
        cmocka_unit_test(test_nothing_passes_the_limit),
        cmocka_unit_test(test_a_buffer_grows_and_keeps_what_it_has),
        cmocka_unit_test(test_the_front_goes_and_the_rest_moves_up),
        cmocka_unit_test(test_a_secret_buffer_wipes_what_it_gives_up),
        cmocka_unit_test(test_a_secret_takes_over_a_buffer),
        cmocka_unit_test(test_secrets_are_equal_by_their_bytes),
        cmocka_unit_test(test_a_text_is_replaced_by_a_part_of_itself),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
