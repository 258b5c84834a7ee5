/* The line prompts and the answers file, from the outside: the program on pipes, and, for
 * what only a terminal has, on a pseudo-terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/mem.h"
#include "support/program/program.h"
#include "support/scratch/scratch.h"
#include "support/server/server.h"
#include "support/terminal/pty.h"

#define PROGRAM TEST_BINARY_DIR "/ui/letterbox"
#define TENANT  "8f2d0c4e-5b1a-4c53-9a77-0d2f8a6b1e42"
#define CLIENT  "6731de76-14a6-49ae-97bc-6eba6914391e"

/* Runs "letterbox setup OPTIONS" with `input` on standard input. */
static struct program_outcome run(const struct scratch *scratch, const char *options,
                                  const char *input)
{
    return program_run(scratch, "setup", options, input);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static void assert_saved(const struct scratch *scratch, const char *name,
                         const char *part)
{
    char *path = mem_format("config/mailboxes/%s.json", name);
    char *bytes = scratch_read(scratch, path, NULL);

    if (!bytes)
        fail_msg("%s is not there", path);
    else
        assert_has(bytes, part);
    free(bytes);
    free(path);
}

static void assert_nothing_saved(const struct scratch *scratch)
{
    assert_int_equal(scratch_count(scratch, "config/mailboxes"), 0);
    assert_int_equal(scratch_count(scratch, "config/secrets"), 0);
}

/* The one secret there is. */
static void assert_secret(const struct scratch *scratch, const char *secret)
{
    char **names = scratch_names(scratch, "config/secrets");
    char *path, *bytes;

    assert_int_equal(argv_count(names), 1);
    path = mem_format("config/secrets/%s", names[0]);
    bytes = scratch_read(scratch, path, NULL);
    assert_string_equal(bytes, secret);
    free(bytes);
    free(path);
    argv_free(&names);
}

static int set_up(void **state)
{
    struct scratch *scratch = mem_new(1, sizeof *scratch);

    scratch_make(scratch);
    *state = scratch;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(*state);
    free(*state);
    return 0;
}

/* Prompts */

#define BASIC_PAGES "basic\nsupport@example.com\nhush hush\n"
#define SERVER_PAGE                                                                      \
    "\nimap.example.com\n\n\n\n\n" /* address host port security folder                  \
                                    */
/* application deliver target success failure */
#define PROCESSING "\n\n/var/mail/support\n\n\n\n"

static void test_basic_auth_is_asked_for_and_saved(void **state)
{
    struct program_outcome o =
        run(*state, "--plain --no-test", BASIC_PAGES SERVER_PAGE PROCESSING "\n\n");

    assert_int_equal(o.status, 0);
    assert_has(o.out, "Saved ");
    assert_has(o.err, "ingest support --once");
    assert_has(o.err, "are put into the Maildir");
    assert_lacks(o.err, "hush");
    assert_lacks(o.out, "hush");
    assert_saved(*state, "support", "\"host\": \"imap.example.com\"");
    assert_secret(*state, "hush hush");
    program_outcome_free(&o);
}

static void test_the_exchange_page_warns_repairs_and_completes(void **state)
{
    struct program_outcome o =
        run(*state, "--plain --no-test",
            "oauth\nMicrosoft Exchange\n1\n\n\n\n" /* tenant empty, path kept, refused */
            "<\n\n\n" TENANT "\n\n" CLIENT "\nabc8Q~value\n\n"
            "\n\n\n" /* the fix; scope; advanced */
            "support@example.com\n\n\n\n\n\n" PROCESSING "\n\n");

    assert_has(o.err, "This is only the path. Enter the full URL:");
    assert_has(o.err, "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token");
    assert_has(o.err, "Microsoft refuses this scope without a signed-in user "
                      "(AADSTS1002012).");
    assert_lacks(o.err, "F3");
    assert_int_equal(o.status, 0);
    assert_saved(*state, "support",
                 "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token");
    assert_saved(*state, "support", "\"https://outlook.office365.com/.default\"");
    program_outcome_free(&o);
}

static void test_a_bad_value_is_said_and_asked_for_again(void **state)
{
    struct program_outcome o =
        run(*state, "--plain --no-test",
            "3\nbasic\n?\nsupport@example.com\npw\n\nimap.example.com\n99x\n993\n\n\n\n"
            "\n\nmd\n/var/mail/support\n\n\n\n\n\n");

    assert_int_equal(o.status, 0);
    assert_has(o.err, "Enter a number or a name from the list.");
    assert_has(o.err, "The login of the mailbox: with most services");
    assert_has(o.err, "Enter a whole number.");
    assert_has(o.err, "Enter the Maildir's whole path");
    program_outcome_free(&o);
}

static void test_an_application_fills_in_and_says_what_is_left(void **state)
{
    struct program_outcome o =
        run(*state, "--plain --no-test",
            BASIC_PAGES SERVER_PAGE "?\nopenproject\n\n\n"
                                    "/usr/bin/openproject run bundle exec rake "
                                    "redmine:email:read project=helpdesk\n"
                                    "\n\n\n\n\n\n\n");

    assert_int_equal(o.status, 0);
    assert_has(o.err, " 1  OpenProject");
    assert_has(o.err, "The ingest must run as the user openproject");
    assert_has(o.err, "Still to be replaced: <project>");
    assert_saved(*state, "support", "\"consumer\": \"openproject\"");
    assert_saved(*state, "support", "\"project=helpdesk\"");
    assert_saved(*state, "support", "\"other\": \"hold\"");
    program_outcome_free(&o);
}

static void test_the_end_of_input_saves_nothing(void **state)
{
    struct program_outcome o = run(*state, "--plain", BASIC_PAGES "\nimap.exam");

    assert_int_equal(o.status, 130);
    assert_has(o.err, "nothing was saved");
    assert_nothing_saved(*state);
    program_outcome_free(&o);
}

static void test_an_opened_mailbox_keeps_its_secret(void **state)
{
    struct program_outcome o =
        run(*state, "--plain --no-test", BASIC_PAGES SERVER_PAGE PROCESSING "\n\n");

    program_outcome_free(&o);
    o = run(*state, "support --plain --no-test",
            "\n\n\n\nimap2.example.com\n\n\n\n\n\n\n\n\n\n\n\n\n");
    assert_int_equal(o.status, 0);
    assert_has(o.err, "keep the stored secret");
    assert_saved(*state, "support", "imap2.example.com");
    assert_secret(*state, "hush hush");
    program_outcome_free(&o);
}

/* What can be done after a test that failed.  Nothing listens at port 1. */

#define REFUSING_PAGE "\n127.0.0.1\n1\n\n\n\n"

static void test_a_report_and_commands_are_written_where_they_are_asked_for(void **state)
{
    const struct scratch *scratch = *state;
    struct program_outcome o = run(scratch, "--plain",
                                   BASIC_PAGES REFUSING_PAGE PROCESSING
                                   "test\nreport\n\ncommands\nreport\nas-it-is\n");
    char *report = scratch_read(scratch, "letterbox-support-report.txt", NULL);
    char *commands = scratch_read(scratch, "letterbox-support-commands.txt", NULL);

    assert_int_equal(o.status, 130);
    assert_has(o.err, "without secrets and addresses");
    assert_has(o.err, "The commands are in letterbox-support-commands.txt.");
    assert_has(o.err, "without any secret");
    assert_non_null(report);
    assert_has(report, "127.0.0.1");
    assert_lacks(report, "hush");
    assert_non_null(commands);
    assert_has(commands, "\nss -tlnp\n");
    assert_nothing_saved(scratch);
    free(report);
    free(commands);
    program_outcome_free(&o);
}

/* TLS is tried, the server speaks plain IMAP, and has no STARTTLS either. */
static void test_a_known_repair_is_the_first_choice(void **state)
{
    static const struct server_step plain[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] plain\r\n"),
        SERVER_END,
    };
    struct server *server = server_start(plain);
    char *input = mem_format(BASIC_PAGES "\n127.0.0.1\n%d\n\n\n\n" PROCESSING "test\n\n",
                             server_port(server));
    struct program_outcome o = run(*state, "--plain", input);

    assert_has(o.err, "1  Repair and test again: put STARTTLS into Security\n");
    assert_has(o.err, "does not speak TLS from the start");
    assert_has(o.err, "The server does not offer STARTTLS");
    assert_int_equal(o.status, 130);
    program_outcome_free(&o);
    free(input);
    server_stop(&server);
}

/* Answers */

#define GOOD                                                                             \
    "{\"auth.method\": \"basic\", \"basic.username\": \"support@example.com\","          \
    " \"basic.password\": \"hush hush\", \"server.host\": \"127.0.0.1\","                \
    " \"server.port\": 1, \"server.timeout_seconds\": 2,"                                \
    " \"ingest.target\": \"/var/mail/support\"%s}"

static struct program_outcome run_answers(const struct scratch *scratch,
                                          const char *options, const char *more)
{
    char *words = mem_format("--answers - %s", options);
    char *json = mem_format(GOOD, more);
    struct program_outcome outcome = run(scratch, words, json);

    free(words);
    free(json);
    return outcome;
}

static void test_answers_are_saved_without_a_question(void **state)
{
    struct program_outcome o =
        run_answers(*state, "--no-test", ", \"oauth.scope\": \"x\"");

    assert_int_equal(o.status, 0);
    assert_has(o.err, "oauth.scope: unused");
    assert_saved(*state, "support", "\"127.0.0.1\"");
    assert_secret(*state, "hush hush");
    program_outcome_free(&o);
}

static void test_all_errors_of_the_answers_come_at_once(void **state)
{
    struct program_outcome o = run_answers(*state, "--json",
                                           ", \"oauth.skope\": 1, \"mailbox.folder\": 7,"
                                           " \"tls.ca_file\": \"ca.pem\"");

    assert_int_equal(o.status, 78);
    assert_has(o.err, "oauth.skope: There is no such key. Did you mean \"oauth.scope\"?");
    assert_has(o.err, "mailbox.folder: ");
    assert_has(o.err, "tls.ca_file: ");
    assert_has(o.out, "\"ok\": false");
    assert_has(o.out, "\"key\": \"oauth.skope\"");
    assert_has(o.out, "\"key\": \"tls.ca_file\"");
    assert_nothing_saved(*state);
    program_outcome_free(&o);
}

static void test_answers_that_do_not_parse_are_bad_data(void **state)
{
    struct program_outcome o =
        run(*state, "--answers -", "{\"basic.password\": \"hush\" \"x\"}");

    assert_int_equal(o.status, 65);
    assert_has(o.err, "line 1");
    assert_lacks(o.err, "hush");
    program_outcome_free(&o);
}

static void test_what_fails_its_test_is_not_saved_unless_wanted(void **state)
{
    struct program_outcome o = run_answers(*state, "", "");

    assert_int_not_equal(o.status, 0);
    assert_has(o.err, "Nothing was saved.");
    assert_nothing_saved(*state);
    program_outcome_free(&o);

    o = run_answers(*state, "--json", "");
    assert_has(o.out, "\"saved\": false");
    assert_lacks(o.out, "hush");
    program_outcome_free(&o);

    o = run_answers(*state, "--save-untested", "");
    assert_int_equal(o.status, 0);
    assert_saved(*state, "support", "\"127.0.0.1\"");
    program_outcome_free(&o);
}

static void test_a_derived_name_does_not_replace_another_mailbox(void **state)
{
    struct program_outcome o = run_answers(*state, "--no-test", "");

    program_outcome_free(&o);
    o = run_answers(*state, "--no-test", ", \"mailbox.folder\": \"Other\"");
    assert_int_equal(o.status, 78);
    assert_has(o.err, "name: There is a mailbox \"support\" already.");
    assert_saved(*state, "support", "\"INBOX\"");
    program_outcome_free(&o);

    o = run_answers(*state, "--no-test",
                    ", \"mailbox.folder\": \"Other\", \"name\": \"support\"");
    assert_int_equal(o.status, 0);
    assert_saved(*state, "support", "\"Other\"");
    program_outcome_free(&o);

    o = run_answers(*state, "--no-test support", ", \"mailbox.folder\": \"Third\"");
    assert_int_equal(o.status, 0);
    assert_saved(*state, "support", "\"Third\"");
    program_outcome_free(&o);
}

static void test_a_secret_that_others_can_read_is_told(void **state)
{
    const struct scratch *scratch = *state;
    char *options = mem_format("--no-test --answers %s/answers.json", scratch->path);
    char *json = mem_format(GOOD, "");
    struct program_outcome o;

    scratch_write(scratch, "answers.json", json, strlen(json));
    chmod(scratch_at(scratch, "answers.json"), 0644);
    o = run(scratch, options, "");
    assert_int_equal(o.status, 0);
    assert_has(o.err, "can be read by others: chmod 600");
    program_outcome_free(&o);
    free(json);
    free(options);
}

/* A refused connection has marks, an arrow for each reason, and bullets to show. */
static void test_ascii_is_asked_for_and_given(void **state)
{
    struct program_outcome o = run_answers(*state, "--ascii", "");

    assert_has(o.err, "x failed");
    assert_has(o.err, "+ ok");
    for (const char *at = o.err; *at; at++)
        assert_true((unsigned char)*at < 0x80);
    program_outcome_free(&o);
}

/* On a terminal */

static struct pty *start_on_terminal(const struct scratch *scratch, const char *option)
{
    char *argv[] = {(char *)(uintptr_t)PROGRAM,
                    (char *)(uintptr_t) "setup",
                    (char *)(uintptr_t) "--plain",
                    (char *)(uintptr_t)option,
                    (char *)(uintptr_t) "--config-dir",
                    mem_format("%s/config", scratch->path),
                    NULL};
    struct pty *pty = pty_start(24, 80, NULL, argv);

    free(argv[5]);
    pty_see(pty, "Choose:");
    pty_type(pty, "basic\n");
    pty_see(pty, "Username:");
    pty_type(pty, "support@example.com\n");
    pty_see(pty, "Password:");
    return pty;
}

static void test_a_long_pasted_secret_is_whole_and_never_shown(void **state)
{
    struct pty *pty = start_on_terminal(*state, "--no-test");
    char secret[6001];

    for (size_t i = 0; i < sizeof secret - 1; i++)
        secret[i] = (char)('a' + i % 26);
    secret[sizeof secret - 1] = '\0';
    pty_settle(pty);
    pty_paste(pty, secret);
    pty_type(pty, "zz\177\177\n");
    pty_see(pty, "Mailbox address [support@example.com]:");
    pty_type(pty, "\nimap.example.com\n\n\n\n\n\n\n/var/mail/support\n\n\n\n\n\n");
    assert_int_equal(pty_exit_status(pty), 0);
    assert_false(pty_wrote(pty, "abcdef"));
    assert_true(pty_termios_is_restored(pty));
    assert_secret(*state, secret);
    pty_free(&pty);
}

static void test_the_echo_is_back_after_an_interrupt(void **state)
{
    struct pty *pty = start_on_terminal(*state, "--no-test");

    pty_settle(pty);
    pty_press_control(pty, 'c');
    assert_int_equal(pty_exit_status(pty), 130);
    assert_true(pty_termios_is_restored(pty));
    assert_nothing_saved(*state);
    pty_free(&pty);
}

static void test_an_interrupt_ends_the_waiting_and_not_the_wizard(void **state)
{
    struct pty *pty = start_on_terminal(*state, "--ascii");

    pty_settle(pty);
    pty_type(pty, "hush hush\n");
    pty_see(pty, "Mailbox address [support@example.com]:");
    pty_type(pty, REFUSING_PAGE PROCESSING "test\n");
    pty_see(pty, "Test again every minute until it passes");
    pty_type(pty, "minute\n");
    pty_see(pty, "Ctrl-C stops waiting.");
    pty_settle(pty);
    pty_press_control(pty, 'c');
    pty_see(pty, "No longer waiting.");
    pty_see(pty, "Choose [1]:");
    pty_type(pty, "review\n");
    pty_see(pty, "Save as [support]:");
    pty_settle(pty);
    pty_press_control(pty, 'c');
    assert_int_equal(pty_exit_status(pty), 130);
    assert_nothing_saved(*state);
    pty_free(&pty);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_basic_auth_is_asked_for_and_saved),
        UNIT(test_the_exchange_page_warns_repairs_and_completes),
        UNIT(test_a_bad_value_is_said_and_asked_for_again),
        UNIT(test_an_application_fills_in_and_says_what_is_left),
        UNIT(test_the_end_of_input_saves_nothing),
        UNIT(test_an_opened_mailbox_keeps_its_secret),
        UNIT(test_a_report_and_commands_are_written_where_they_are_asked_for),
        UNIT(test_a_known_repair_is_the_first_choice),
        UNIT(test_answers_are_saved_without_a_question),
        UNIT(test_all_errors_of_the_answers_come_at_once),
        UNIT(test_answers_that_do_not_parse_are_bad_data),
        UNIT(test_what_fails_its_test_is_not_saved_unless_wanted),
        UNIT(test_a_derived_name_does_not_replace_another_mailbox),
        UNIT(test_a_secret_that_others_can_read_is_told),
        UNIT(test_ascii_is_asked_for_and_given),
        UNIT(test_a_long_pasted_secret_is_whole_and_never_shown),
        UNIT(test_the_echo_is_back_after_an_interrupt),
        UNIT(test_an_interrupt_ends_the_waiting_and_not_the_wizard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
