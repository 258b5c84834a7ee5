/* However the program ends, the terminal is whole again. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/fixture.h"

#define SECRET "kX9~very.secret-Canary"

static struct pty *start_and_type(void **state)
{
    struct pty *pty = fixture_start(*state, 24, 80, NULL, NULL);

    pty_see(pty, "Authentication");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER); /* Basic auth */
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Username");
    pty_type(pty, "support@example.com\t" SECRET);
    pty_see_beside(pty, "Password", "••••••••••••");
    assert_false(pty_termios_is_restored(pty));
    return pty;
}

static void test_after_f10(void **state)
{
    struct pty *pty = start_and_type(state);

    pty_key(pty, PTY_F10);
    pty_see(pty, "▸ Stay");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(pty), 130);
    fixture_assert_whole(pty);
    assert_false(fixture_has_file(*state, "mailboxes"));
}

static void end_by(void **state, int signal_number, int status)
{
    struct pty *pty = start_and_type(state);

    pty_signal(pty, signal_number);
    assert_int_equal(pty_exit_status(pty), status);
    fixture_assert_whole(pty);
    assert_false(fixture_has_file(*state, "mailboxes"));
}

static void test_after_sigterm(void **state)
{
    end_by(state, SIGTERM, 130);
}

static void test_after_sighup(void **state)
{
    end_by(state, SIGHUP, 130);
}

static void test_after_sigint(void **state)
{
    end_by(state, SIGINT, 130);
}

static void test_after_a_crash(void **state)
{
    end_by(state, SIGSEGV, 128 + SIGSEGV);
}

static void test_after_an_abort(void **state)
{
    end_by(state, SIGABRT, 128 + SIGABRT);
}

static void test_after_a_crash_while_something_is_open_on_top(void **state)
{
    struct pty *pty = start_and_type(state);

    pty_key(pty, PTY_F1);
    pty_see(pty, "Keys");
    pty_signal(pty, SIGBUS);
    assert_int_equal(pty_exit_status(pty), 128 + SIGBUS);
    fixture_assert_whole(pty);
}

static void test_a_closed_window_ends_it(void **state)
{
    struct pty *pty = start_and_type(state);

    pty_hang_up(pty);
    assert_int_equal(pty_exit_status(pty), 130);
    assert_false(fixture_has_file(*state, "mailboxes"));
}

/* In a shell with job control, as at a prompt. */
static void test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(void **state)
{
    struct pty *pty = fixture_start_shell(
        *state,
        "set -m; \"$LETTERBOX\" setup; echo stopped here; read line; fg; echo $?");

    pty_see(pty, "Authentication");
    pty_key(pty, PTY_ENTER);
    pty_see(pty, "(•) OAuth");
    pty_press_control(pty, 'z');
    pty_see(pty, "stopped here");
    assert_false(pty_is_alternate(pty));
    assert_false(pty_pastes_in_brackets(pty));
    assert_true(pty_termios_is_restored(pty));
    pty_type(pty, "\n");
    pty_see(pty, "(•) OAuth");
    pty_see(pty, "F10");
    assert_true(pty_is_alternate(pty));
    assert_true(pty_pastes_in_brackets(pty));
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "▸ OAuth provider");
    pty_press_control(pty, 'q');
    pty_see(pty, "▸ Stay");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER);
    pty_see(pty, "130");
    fixture_assert_whole(pty);
}

/* Without anybody to bring it back, Ctrl-Z is nothing. */
static void test_ctrl_z_without_job_control_goes_on(void **state)
{
    struct pty *pty = start_and_type(state);

    pty_press_control(pty, 'z');
    pty_settle(pty);
    pty_type(pty, "x");
    pty_see_beside(pty, "Password", "••••••••••••");
    assert_true(pty_is_alternate(pty));
    assert_true(pty_pastes_in_brackets(pty));
}

static void test_what_libraries_write_is_shown_afterwards(void **state)
{
    /* Nothing writes to standard error in good health, so it is written from outside,
     * to the file that stands in for it. */
    struct pty *pty = start_and_type(state);
    char command[160];

    snprintf(command, sizeof command,
             "test -w /proc/%d/fd/2 && printf 'GnuTLS\\033[2J error\\n' >> /proc/%d/fd/2",
             (int)pty_pid(pty), (int)pty_pid(pty));
    if (system(command) != 0)
        skip();
    pty_settle(pty);
    assert_false(pty_has(pty, "GnuTLS"));
    pty_signal(pty, SIGTERM);
    pty_exit_status(pty);
    pty_see(pty, "GnuTLS");
    fixture_assert_whole(pty);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_after_f10),
        TEST(test_after_sigterm),
        TEST(test_after_sighup),
        TEST(test_after_sigint),
        TEST(test_after_a_crash),
        TEST(test_after_an_abort),
        TEST(test_after_a_crash_while_something_is_open_on_top),
        TEST(test_a_closed_window_ends_it),
        TEST(test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again),
        TEST(test_ctrl_z_without_job_control_goes_on),
        TEST(test_what_libraries_write_is_shown_afterwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
