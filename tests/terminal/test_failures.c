/* What somebody does after a test failed: repair, copy the commands, wait. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/server/server.h"
#include "terminal/fixture.h"

#define SECRET "kX9~very.secret-Canary"

/* A word of environment; valid until the next call. */
static const char *ca_word(const char *path)
{
    static char word[512];

    snprintf(word, sizeof word, "LETTERBOX_CA_FILE=%s", path);
    return word;
}

static void type_number(struct pty *pty, int number)
{
    char text[16];

    snprintf(text, sizeof text, "%d", number);
    pty_press_control(pty, 'u');
    pty_type(pty, text);
}

/* The Server page; F5 is next. */
static void fill_server(struct pty *pty, int port)
{
    pty_see(pty, "IMAP host");
    pty_press_control(pty, 'u');
    pty_type(pty, "support@example.com");
    pty_key(pty, PTY_TAB);
    pty_type(pty, "localhost");
    pty_key(pty, PTY_TAB);
    type_number(pty, port);
}

static void fill_basic(struct pty *pty, int port)
{
    pty_see(pty, "Authentication");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER);
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Username");
    pty_type(pty, "support@example.com\t" SECRET);
    pty_key(pty, PTY_PAGE_DOWN);
    fill_server(pty, port);
}

static void fill_custom(struct pty *pty, int token_port, int imap_port)
{
    char url[64];

    snprintf(url, sizeof url, "https://localhost:%d/token", token_port);
    pty_see(pty, "Authentication");
    pty_key(pty, PTY_ENTER); /* OAuth */
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Use existing OpenID provider");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER);
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Client secret");
    pty_type(pty, "box\t" SECRET "\t");
    pty_type(pty, url);
    pty_key(pty, PTY_TAB);
    pty_type(pty, "mail");
    pty_key(pty, PTY_PAGE_DOWN);
    fill_server(pty, imap_port);
}

/* F3 */

static const struct server_step plain_text[] = {
    SERVER_SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] plain\r\n"),
    SERVER_HANG,
    SERVER_END,
};

static const struct server_step after_starttls[] = {
    SERVER_SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] plain\r\n"),
    SERVER_HEAR("* STARTTLS"),
    SERVER_SAY("$TAG OK begin\r\n"),
    SERVER_TLS(CERT_GOOD),
    SERVER_HEAR("* CAPABILITY"),
    SERVER_SAY("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n$TAG OK\r\n"),
    SERVER_HEAR("* AUTHENTICATE PLAIN *"),
    SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
    SERVER_HEAR("* EXAMINE *"),
    SERVER_SAY("* 0 EXISTS\r\n$TAG OK [READ-ONLY] open\r\n"),
    SERVER_HEAR("* UID SEARCH UNSEEN"),
    SERVER_SAY("* SEARCH\r\n$TAG OK found\r\n"),
    SERVER_END,
};

static void test_f3_says_what_it_does_does_it_and_says_what_it_did(void **state)
{
    static const struct server_step *const scripts[] = {plain_text, after_starttls};
    struct server *server = server_start_each(scripts, 2);
    struct pty *pty = fixture_start(*state, 24, 80, ca_word(certs_ca_file()), NULL);

    fill_basic(pty, server_port(server));
    pty_key(pty, PTY_F5);
    pty_see(pty, "F3 sets Security to STARTTLS, and tests again.");
    pty_see_beside(pty, "Enter", "F3");
    assert_int_equal(server_connections(server), 1);
    pty_key(pty, PTY_F3);
    pty_see(pty, "Security was changed to STARTTLS.");
    pty_see(pty, "letterbox can read this mailbox");
    assert_false(pty_has(pty, "F3 sets"));
    assert_int_equal(server_connections(server), 2);
    assert_false(pty_wrote(pty, "Canary"));
    server_stop(&server);
}

/* The commands page.  A CA file that is none makes the test fail at once, and its command
 * is as long as the file's path. */

struct commands {
    struct pty *pty;
    char command[512];
};

static void fail_with_a_long_command(void **state, struct commands *commands, bool shell)
{
    struct fixture *fixture = *state;
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%0120d.pem", fixture->directory, 7);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("no certificate\n", file);
    fclose(file);
    snprintf(commands->command, sizeof commands->command,
             "openssl x509 -noout -subject -issuer -dates -in %s", path);
    assert_int_equal(chdir(fixture->directory), 0);
    if (shell) {
        char script[512];

        snprintf(script, sizeof script,
                 "set -m; LETTERBOX_CA_FILE=%s \"$LETTERBOX\" setup; echo stopped here; "
                 "read line; printf '\\033[2J'; fg; echo status $?",
                 path);
        commands->pty = fixture_start_shell(fixture, script);
    } else {
        commands->pty = fixture_start(fixture, 24, 80, ca_word(path), NULL);
    }
    fill_basic(commands->pty, 993);
    pty_key(commands->pty, PTY_F5);
    pty_see(commands->pty, "The CA file cannot be used");
    pty_see(commands->pty, "c commands");
    pty_type(commands->pty, "c");
    pty_see(commands->pty, "# Enter: back.");
    assert_int_equal(chdir("/"), 0);
}

static void assert_open(const struct commands *commands)
{
    struct pty *pty = commands->pty;
    int row = pty_find(pty, "openssl x509 -noout");

    assert_false(pty_is_alternate(pty));
    assert_false(pty_pastes_in_brackets(pty));
    assert_true(pty_cursor_is_visible(pty));
    assert_true(row >= 0);
    assert_memory_equal(pty_row(pty, row), "openssl", 7);
}

static void test_the_commands_stand_whole_on_the_normal_screen(void **state)
{
    struct commands commands;
    char line[600];

    fail_with_a_long_command(state, &commands, false);
    assert_open(&commands);
    snprintf(line, sizeof line, "\n%s\r\n", commands.command);
    assert_true(pty_wrote(commands.pty, line));
    /* Everything else is a comment, so all of it can be pasted. */
    pty_see(commands.pty, "# You, here: Look at the file");
    pty_key(commands.pty, PTY_ENTER);
    pty_see(commands.pty, "▸ Test");
    pty_see(commands.pty, "c commands");
    assert_true(pty_is_alternate(commands.pty));
    assert_true(pty_pastes_in_brackets(commands.pty));
    /* And once more, with the other keys that lead back. */
    pty_type(commands.pty, "c");
    pty_see(commands.pty, "# Enter: back.");
    pty_key(commands.pty, PTY_ESCAPE);
    pty_see(commands.pty, "▸ Test");
    pty_type(commands.pty, "c");
    pty_see(commands.pty, "# Enter: back.");
    pty_press_control(commands.pty, 'c');
    pty_see(commands.pty, "▸ Test");
    assert_false(pty_has(commands.pty, "Stay"));
    pty_press_control(commands.pty, 'q');
    pty_see(commands.pty, "▸ Stay");
    pty_key(commands.pty, PTY_DOWN);
    pty_key(commands.pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(commands.pty), 130);
    fixture_assert_whole(commands.pty);
}

static void test_the_commands_are_written_to_a_file(void **state)
{
    struct fixture *fixture = *state;
    struct commands commands;
    char path[256], text[4096] = "";
    struct stat info;
    FILE *file;

    fail_with_a_long_command(state, &commands, false);
    pty_type(commands.pty, "w");
    pty_see(commands.pty, "# The commands are in letterbox-support-commands.txt.");
    snprintf(path, sizeof path, "%s/letterbox-support-commands.txt", fixture->directory);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_non_null(strstr(text, commands.command));
    assert_null(strstr(text, "Enter: back"));
    pty_key(commands.pty, PTY_ENTER);
    pty_see(commands.pty, "▸ Test");
}

static void test_what_is_pasted_there_is_no_key(void **state)
{
    struct commands commands;

    fail_with_a_long_command(state, &commands, false);
    pty_paste(commands.pty, "write-host q\nw\n");
    pty_key(commands.pty, PTY_UP);
    pty_settle(commands.pty);
    assert_open(&commands);
    assert_false(pty_has(commands.pty, "commands are in"));
}

static void end_by(void **state, int signal_number, int status)
{
    struct commands commands;
    int row, column;

    fail_with_a_long_command(state, &commands, false);
    pty_signal(commands.pty, signal_number);
    assert_int_equal(pty_exit_status(commands.pty), status);
    fixture_assert_whole(commands.pty);
    /* They can still be copied: what the shell writes next stands below. */
    pty_cursor(commands.pty, &row, &column);
    assert_true(row > pty_find(commands.pty, "# Enter: back."));
}

static void test_the_terminal_is_whole_after_sigterm(void **state)
{
    end_by(state, SIGTERM, 130);
}

static void test_the_terminal_is_whole_after_sighup(void **state)
{
    end_by(state, SIGHUP, 130);
}

static void test_the_terminal_is_whole_after_sigint(void **state)
{
    end_by(state, SIGINT, 130);
}

static void test_the_terminal_is_whole_after_a_crash(void **state)
{
    struct commands commands;

    fail_with_a_long_command(state, &commands, false);
    pty_signal(commands.pty, SIGSEGV);
    assert_int_equal(pty_exit_status(commands.pty), 128 + SIGSEGV);
    fixture_assert_whole(commands.pty);
}

static void test_a_closed_window_ends_it(void **state)
{
    struct commands commands;

    fail_with_a_long_command(state, &commands, false);
    pty_hang_up(commands.pty);
    assert_int_equal(pty_exit_status(commands.pty), 130);
}

static void test_another_size_counts_on_the_way_back(void **state)
{
    struct commands commands;

    fail_with_a_long_command(state, &commands, false);
    pty_resize(commands.pty, 40, 120);
    pty_settle(commands.pty);
    assert_open(&commands);
    pty_key(commands.pty, PTY_ENTER);
    pty_see_beside(commands.pty, "letterbox", "5 of 6");
    pty_see_beside(commands.pty, "Where every certificate", "leave the field empty.");
}

static void test_ctrl_z_leaves_them_and_fg_shows_them_again(void **state)
{
    struct commands commands;

    fail_with_a_long_command(state, &commands, true);
    pty_press_control(commands.pty, 'z');
    pty_see(commands.pty, "stopped here");
    assert_true(pty_termios_is_restored(commands.pty));
    assert_true(pty_find(commands.pty, "stopped here") >
                pty_find(commands.pty, "# Enter: back."));
    pty_type(commands.pty, "\n"); /* the shell wipes the screen */
    pty_see_gone(commands.pty, "stopped here");
    pty_see(commands.pty, "# Enter: back.");
    assert_open(&commands);
    pty_key(commands.pty, PTY_ENTER);
    pty_see(commands.pty, "▸ Test");
    pty_press_control(commands.pty, 'q');
    pty_see(commands.pty, "▸ Stay");
    pty_key(commands.pty, PTY_DOWN);
    pty_key(commands.pty, PTY_ENTER);
    pty_see(commands.pty, "status 130");
    fixture_assert_whole(commands.pty);
}

/* Every minute: the one test that waits for it. */

static const struct server_step token[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_REQUEST("POST /token *"),
    SERVER_REPLY(200, "{\"token_type\":\"Bearer\",\"access_token\":\"Canary-token\","
                      "\"expires_in\":3599}"),
    SERVER_END,
};

#define GREETING                                                                         \
    SERVER_TLS(CERT_GOOD),                                                               \
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\r\n")

static const struct server_step refuses[] = {
    GREETING,
    SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
    SERVER_SAY("$TAG NO [AUTHENTICATIONFAILED] Authentication failed.\r\n"),
    SERVER_END,
};

static const struct server_step accepts[] = {
    GREETING,
    SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),
    SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
    SERVER_HEAR("* EXAMINE *"),
    SERVER_SAY("* 0 EXISTS\r\n$TAG OK [READ-ONLY] open\r\n"),
    SERVER_HEAR("* UID SEARCH UNSEEN"),
    SERVER_SAY("* SEARCH\r\n$TAG OK found\r\n"),
    SERVER_END,
};

static void test_a_minute_later_it_passes_while_the_commands_are_read(void **state)
{
    static const struct server_step *const scripts[] = {refuses, accepts};
    struct server *imap = server_start_each(scripts, 2);
    struct server *tokens = server_start(token);
    struct pty *pty = fixture_start(*state, 24, 80, ca_word(certs_ca_file()), NULL);

    fill_custom(pty, server_port(tokens), server_port(imap));
    pty_key(pty, PTY_F5);
    pty_see(pty, "every minute   c commands");
    pty_type(pty, "m");
    pty_see(pty, "Tested 1 time, last at ");
    pty_type(pty, "c");
    pty_see(pty, "# Enter: back.");
    pty_see_within(pty, "# Passed at ", 120);
    assert_false(pty_is_alternate(pty));
    assert_true(pty_has(pty, "# Enter: back."));
    pty_key(pty, PTY_ENTER);
    pty_see(pty, ", with test number 2.");
    pty_see(pty, "letterbox can read this mailbox");
    assert_true(pty_is_alternate(pty));
    assert_int_equal(server_connections(imap), 2);
    assert_false(pty_wrote(pty, "Canary"));
    server_stop(&imap);
    server_stop(&tokens);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_f3_says_what_it_does_does_it_and_says_what_it_did),
        TEST(test_the_commands_stand_whole_on_the_normal_screen),
        TEST(test_the_commands_are_written_to_a_file),
        TEST(test_what_is_pasted_there_is_no_key),
        TEST(test_the_terminal_is_whole_after_sigterm),
        TEST(test_the_terminal_is_whole_after_sighup),
        TEST(test_the_terminal_is_whole_after_sigint),
        TEST(test_the_terminal_is_whole_after_a_crash),
        TEST(test_a_closed_window_ends_it),
        TEST(test_another_size_counts_on_the_way_back),
        TEST(test_ctrl_z_leaves_them_and_fg_shows_them_again),
    };
    const struct CMUnitTest waiting[] = {
        TEST(test_a_minute_later_it_passes_while_the_commands_are_read),
    };

    /* "minute": the one that waits, so that others can be run beside it. */
    if (argc > 1 && strcmp(argv[1], "minute") == 0)
        return cmocka_run_group_tests_name("a minute", waiting, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
