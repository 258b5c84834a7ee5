/* Which signals end a command gently, and which end it at once. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ui/commands/interrupt.h"

enum { GENTLE = 7, LONG_ENOUGH_MS = 600 };

/* In a process of its own: one SIGTERM, and another so long after it. */
static int end_of_two(int apart_ms)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        const struct cancel *cancel = interrupt_start();
        int64_t until = clock_now_ms() + apart_ms;

        raise(SIGTERM);
        while (clock_now_ms() < until)
            usleep(1000);
        raise(SIGTERM);
        _exit(cancel_fired(cancel) ? GENTLE : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* timeout(1) signals the process, and then the group that it is in. */
static void two_in_one_breath_are_one(void **state)
{
    int status = end_of_two(0);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), GENTLE);
}

static void a_second_one_ends_it_at_once(void **state)
{
    int status = end_of_two(LONG_ENOUGH_MS);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_in_one_breath_are_one),
        cmocka_unit_test(a_second_one_ends_it_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
