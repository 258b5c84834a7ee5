/* The pages, as somebody walks through them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "terminal/fixture.h"

#define TENANT "6731de76-14a6-49ae-97bc-6eba6914391e"
#define CLIENT "0f8e7d6c-5b4a-4392-8180-a1b2c3d4e5f6"
#define SECRET "kX9~very.secret-Canary"

static struct pty *start(void **state)
{
    struct pty *pty = fixture_start(*state, 24, 80, NULL, NULL);

    pty_see(pty, "Authentication");
    return pty;
}

static void go_to_exchange(struct pty *pty)
{
    pty_key(pty, PTY_ENTER); /* OAuth */
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Use existing OpenID provider");
    pty_key(pty, PTY_ENTER); /* Microsoft Exchange */
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Directory (tenant) ID");
}

static void test_the_first_page_is_drawn_whole(void **state)
{
    struct pty *pty = start(state);

    pty_see(pty, "▸ Authentication");
    pty_see(pty, "( ) OAuth");
    pty_see(pty, "( ) Basic auth");
    pty_see(pty, "1 of");
    pty_see_beside(pty, "Tab", "F10");
    assert_true(pty_is_alternate(pty));
    assert_true(pty_pastes_in_brackets(pty));
}

static void test_the_exchange_page_holds_its_promises(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_see_beside(pty, "Scope", "https://outlook.office.com/IMAP.AccessAsUser.All");
    pty_see(pty, "! Microsoft refuses this scope");
    pty_see_beside(pty, "Token URL", "/oauth2/v2.0/token");
    pty_see(pty, "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token");
    pty_key(pty, PTY_TAB);
    pty_type(pty, TENANT);
    pty_see_beside(pty, "Token URL", "https://login.microsoftonline.com/6731de76");
    pty_see_gone(pty, "This is only the path");
    pty_key(pty, PTY_F3);
    pty_see_beside(pty, "Scope", "https://outlook.office365.com/.default");
    pty_see_gone(pty, "Microsoft refuses this scope");
}

/* From the first page to the saved file, untested because there is no network here. */
static void test_a_mailbox_is_set_up_and_its_secret_never_drawn(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_type(pty, TENANT);
    pty_key(pty, PTY_TAB);
    pty_key(pty, PTY_TAB);
    pty_type(pty, CLIENT);
    pty_key(pty, PTY_TAB);
    pty_type(pty, SECRET);
    pty_see_beside(pty, "Client secret", "••••••••••••");
    pty_key(pty, PTY_F3);
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Mailbox address");
    pty_see_beside(pty, "IMAP host", "outlook.office365.com");
    pty_type(pty, "support@example.com");
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Application");
    pty_key(pty, PTY_TAB);
    pty_key(pty, PTY_TAB);
    pty_type(pty, "/var/mail/support");
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Test now");
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see_beside(pty, "Save as", "support");
    pty_key(pty, PTY_ENTER);
    pty_key(pty, PTY_ENTER);
    pty_see(pty, "▸ Test first");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER);
    pty_see(pty, "letterbox ingest support --once");
    assert_true(fixture_has_file(*state, "mailboxes/support.json"));
    pty_key(pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(pty), 0);
    assert_false(pty_wrote(pty, SECRET));
    assert_false(pty_wrote(pty, "Canary"));
}

/* Nothing listens on port 1 of loopback, so the test fails at once, network or not. */
static void test_a_failed_test_leaves_a_report_without_a_secret(void **state)
{
    struct fixture *fixture = *state;
    struct pty *pty;
    char report[4096] = "";
    FILE *file;

    assert_int_equal(chdir(fixture->directory), 0);
    pty = start(state);
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER); /* Basic auth */
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Username");
    pty_type(pty, "support@example.com");
    pty_key(pty, PTY_TAB);
    pty_type(pty, SECRET);
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see_beside(pty, "Mailbox address", "support@example.com");
    pty_key(pty, PTY_TAB);
    pty_type(pty, "127.0.0.1");
    pty_key(pty, PTY_TAB);
    pty_press_control(pty, 'u');
    pty_type(pty, "1");
    pty_key(pty, PTY_F5);
    pty_see(pty, "w report");
    pty_type(pty, "w");
    pty_see(pty, "▸ With addresses masked");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER);
    pty_see(pty, "letterbox-support-report.txt, without any secret");
    file = fopen("letterbox-support-report.txt", "r");
    assert_non_null(file);
    assert_true(fread(report, 1, sizeof report - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(report, "network.refused"));
    assert_null(strstr(report, "Canary"));
    assert_int_equal(chdir("/"), 0);
}

static void test_a_revealed_secret_is_seen_and_hidden_again(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    for (int i = 0; i < 4; i++)
        pty_key(pty, PTY_TAB);
    pty_type(pty, SECRET);
    pty_press_control(pty, 'r');
    pty_see(pty, SECRET);
    pty_see_beside(pty, "Ctrl-R", "hide");
    pty_key(pty, PTY_TAB);
    pty_see_gone(pty, SECRET);
}

static void test_a_paste_goes_in_without_its_line_break(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_paste(pty, TENANT "\n");
    pty_see_beside(pty, "Directory", TENANT);
    pty_see(pty, "the line break at its end was left out");
    /* Still on that field: what is typed goes on there. */
    pty_type(pty, "-x");
    pty_see_beside(pty, "Directory", TENANT "-x");
}

static void test_no_key_acts_inside_a_paste(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_paste(pty, "alpha\t\033[6~\021omega");
    pty_see(pty, "there is a control character in");
    pty_see(pty, "▸ Microsoft Exchange");
    assert_false(pty_has(pty, "Leave without saving"));
    assert_false(pty_has(pty, "alpha"));
}

static void test_a_paste_of_any_length_is_one_drawing(void **state)
{
    const size_t length = 100 * 1000;
    struct pty *pty = start(state);
    char *text = calloc(1, length + 1);
    size_t before, after;

    memset(text, 'k', length);
    go_to_exchange(pty);
    for (int i = 0; i < 4; i++)
        pty_key(pty, PTY_TAB);
    pty_settle(pty);
    pty_bytes(pty, &before);
    pty_paste(pty, text);
    pty_see_beside(pty, "Client secret", "••••••••••••");
    pty_settle(pty);
    pty_bytes(pty, &after);
    /* A drawing each time that some of it was read would be many times this. */
    assert_in_range(after - before, 1, 2600);
    free(text);
}

static void test_escape_alone_loses_nothing(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_type(pty, "contoso.com");
    pty_key(pty, PTY_ESCAPE);
    pty_key(pty, PTY_F1);
    pty_see(pty, "Shift-Tab and Up");
    pty_key(pty, PTY_ESCAPE);
    pty_see_beside(pty, "Directory", "contoso.com");
    pty_press_control(pty, 'q');
    pty_see(pty, "▸ Stay");
    pty_key(pty, PTY_ESCAPE);
    pty_see_gone(pty, "Stay");
    pty_see_beside(pty, "Directory", "contoso.com");
}

static void test_an_unknown_key_types_nothing(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_type(pty, "a\033[1;9Zb\033[57428uc");
    pty_see_beside(pty, "Directory", "abc");
}

static void test_pages_go_back_and_forward_without_loss(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_type(pty, "jürgen.example");
    pty_press_control(pty, 'p');
    pty_see(pty, "▸ OAuth provider");
    pty_press_control(pty, 'p');
    pty_see(pty, "▸ Authentication");
    pty_press_control(pty, 'n');
    pty_press_control(pty, 'n');
    pty_see_beside(pty, "Directory", "jürgen.example");
}

static void test_the_page_follows_the_window(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_type(pty, "contoso.com");
    pty_resize(pty, 40, 120);
    pty_see(pty, "Client secret expires");
    /* The way stands beside the page now. */
    pty_see_beside(pty, "▸ Microsoft Exchange", "(•) Global");
    pty_resize(pty, 12, 40);
    pty_see(pty, "contoso.com");
    pty_see_beside(pty, "letterbox", "3 of 7");
    pty_resize(pty, 11, 39);
    pty_see(pty, "letterbox needs 40x12");
    pty_type(pty, "x");
    pty_resize(pty, 24, 80);
    pty_see_beside(pty, "Directory", "contoso.comx");
}

static void test_no_color_means_none(void **state)
{
    struct pty *pty = fixture_start(*state, 24, 80, "NO_COLOR=1", NULL);
    const char *bytes;
    size_t length;

    pty_see(pty, "Authentication");
    go_to_exchange(pty);
    pty_key(pty, PTY_TAB);
    pty_see(pty, "▌Directory");
    bytes = pty_bytes(pty, &length);
    for (size_t i = 0; i + 3 < length; i++) {
        bool is_colour = bytes[i] == '\033' && bytes[i + 1] == '[' &&
                         (bytes[i + 2] == '3' || bytes[i + 2] == '4') &&
                         bytes[i + 3] >= '0' && bytes[i + 3] <= '9';

        if (is_colour)
            assert_false(memchr(bytes + i, 'm', 6 < length - i ? 6 : length - i) != NULL);
    }
    assert_false(pty_look_of(pty, "letterbox").coloured);
    assert_true(pty_look_of(pty, "letterbox").bold);
}

static void test_with_colours_there_is_one(void **state)
{
    struct pty *pty = start(state);

    assert_true(pty_look_of(pty, "letterbox").coloured);
}

static void test_a_locale_without_utf8_gets_ascii_alone(void **state)
{
    struct pty *pty = fixture_start(*state, 24, 80, "LC_ALL=C", NULL);
    const char *bytes;
    size_t length;

    pty_see(pty, "> Authentication");
    go_to_exchange(pty);
    pty_see(pty, "(*) Global");
    bytes = pty_bytes(pty, &length);
    for (size_t i = 0; i < length; i++)
        assert_true((unsigned char)bytes[i] < 0x80);
}

static void test_a_terminal_that_cannot_is_asked_in_lines(void **state)
{
    struct pty *pty = fixture_start(*state, 24, 80, "TERM=no-such-terminal", NULL);

    pty_see(pty, "Basic auth");
    assert_false(pty_wrote(pty, "\033"));
}

static void test_ctrl_c_asks_before_it_leaves(void **state)
{
    struct pty *pty = start(state);

    go_to_exchange(pty);
    pty_press_control(pty, 'c');
    pty_see(pty, "▸ Stay");
    pty_key(pty, PTY_ENTER);
    pty_see_gone(pty, "Stay");
    pty_press_control(pty, 'c');
    pty_see(pty, "▸ Stay");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(pty), 130);
    assert_false(fixture_has_file(*state, "mailboxes"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_page_is_drawn_whole),
        TEST(test_the_exchange_page_holds_its_promises),
        TEST(test_a_mailbox_is_set_up_and_its_secret_never_drawn),
        TEST(test_a_failed_test_leaves_a_report_without_a_secret),
        TEST(test_a_revealed_secret_is_seen_and_hidden_again),
        TEST(test_a_paste_goes_in_without_its_line_break),
        TEST(test_no_key_acts_inside_a_paste),
        TEST(test_a_paste_of_any_length_is_one_drawing),
        TEST(test_escape_alone_loses_nothing),
        TEST(test_an_unknown_key_types_nothing),
        TEST(test_pages_go_back_and_forward_without_loss),
        TEST(test_the_page_follows_the_window),
        TEST(test_no_color_means_none),
        TEST(test_with_colours_there_is_one),
        TEST(test_a_locale_without_utf8_gets_ascii_alone),
        TEST(test_a_terminal_that_cannot_is_asked_in_lines),
        TEST(test_ctrl_c_asks_before_it_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
