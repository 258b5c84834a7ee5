#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "net/cancel.h"
#include "net/failure.h"

static void test_an_errno_becomes_a_reason_with_its_words(void **state)
{
    static const struct {
        int error;
        enum net_reason reason;
    } rows[] = {
        {ECONNREFUSED, NET_REFUSED},
        {ENETUNREACH, NET_UNREACHABLE},
        {EHOSTUNREACH, NET_UNREACHABLE},
        {ECONNRESET, NET_RESET},
        {EPIPE, NET_RESET},
        {ETIMEDOUT, NET_TIMED_OUT},
        {EMFILE, NET_SYSTEM},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct net_failure failure;

        assert_false(net_fail_errno(&failure, rows[i].error));
        assert_int_equal(failure.reason, rows[i].reason);
        assert_int_equal(failure.code, rows[i].error);
        assert_string_equal(failure.text, strerror(rows[i].error));
    }
}

static void test_the_words_are_safe_for_a_terminal(void **state)
{
    struct net_failure failure;

    (void)state;
    assert_false(net_fail(&failure, NET_TLS_FAILED, -1, "a%sb", "\033[2J\007"));
    assert_int_equal(failure.code, -1);
    assert_null(strchr(failure.text, '\033'));
    assert_null(strchr(failure.text, '\007'));
    assert_false(net_fail(&failure, NET_CLOSED, 0, NULL));
    assert_string_equal(failure.text, "");
}

static void test_a_cancel_stays_fired(void **state)
{
    struct cancel cancel;

    (void)state;
    assert_true(cancel_init(&cancel));
    assert_false(cancel_fired(&cancel));
    cancel_fire(&cancel);
    assert_true(cancel_fired(&cancel));
    cancel_fire(&cancel);
    assert_true(cancel_fired(&cancel));
    cancel_close(&cancel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_errno_becomes_a_reason_with_its_words),
        cmocka_unit_test(test_the_words_are_safe_for_a_terminal),
        cmocka_unit_test(test_a_cancel_stays_fired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
