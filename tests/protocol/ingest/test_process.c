/* The program itself: the token for others, and an ingest that has nothing to do yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "protocol/ingest/office.h"
#include "support/program/program.h"
#include "support/program/running.h"
#include "support/server/certs.h"
#include "support/tokenserver/tokenserver.h"

enum { SERVICE = 64123 };

static struct tokenserver *use_tokens(struct office *office)
{
    static const struct mailserver_faults faults = {.with_xoauth2 = true};
    struct tokenserver *tokens = tokenserver_start();

    mailserver_set_faults(office->server, &faults);
    office_use_tokens(office, tokenserver_url(tokens));
    return tokens;
}

/* `letterbox COMMAND --state-dir … OPTIONS` */
static struct program_outcome run(struct office *office, const char *command,
                                  const char *options)
{
    char *words =
        mem_format("%s --state-dir %s", options, scratch_at(&office->scratch, "state"));
    struct program_outcome outcome = program_run(&office->scratch, command, words, "");

    free(words);
    return outcome;
}

static void expect(struct office *office, const char *options, const char *out)
{
    struct program_outcome outcome = run(office, "token support", options);

    assert_string_equal(outcome.err, "");
    assert_string_equal(outcome.out, out);
    assert_int_equal(outcome.status, 0);
    program_outcome_free(&outcome);
}

static void test_a_token_is_one_line_and_nothing_else(void **state)
{
    struct office *office = *state;
    struct tokenserver *tokens = use_tokens(office);

    expect(office, "", "token-1\n");
    expect(office, "--format raw", "token-1\n");
    /* user=support@example.com^Aauth=Bearer token-1^A^A */
    expect(office, "--format xoauth2",
           "dXNlcj1zdXBwb3J0QGV4YW1wbGUuY29tAWF1dGg9QmVhcmVyIHRva2VuLTEBAQ==\n");
    assert_int_equal(tokenserver_asked(tokens), 1);
    tokenserver_stop(&tokens);
}

static void test_a_token_that_is_not_given_is_no_line(void **state)
{
    const struct tokenserver_mood refusing = {.status = 401, .error = "invalid_client"};
    struct office *office = *state;
    struct tokenserver *tokens = use_tokens(office);
    struct program_outcome outcome;

    tokenserver_set(tokens, &refusing);
    outcome = run(office, "token support", "");
    assert_string_equal(outcome.out, "");
    assert_string_not_equal(outcome.err, "");
    assert_int_not_equal(outcome.status, 0);
    program_outcome_free(&outcome);
    tokenserver_stop(&tokens);
}

static void test_an_ingest_and_the_token_command_share_one_token(void **state)
{
    struct office *office = *state;
    struct tokenserver *tokens = use_tokens(office);
    struct program_outcome outcome = run(office, "ingest support", "--once");

    assert_int_equal(outcome.status, 0);
    program_outcome_free(&outcome);
    expect(office, "", "token-1\n");
    assert_int_equal(tokenserver_asked(tokens), 1);
    tokenserver_stop(&tokens);
}

static uid_t owner_of(const struct office *office, const char *name)
{
    struct stat status;

    assert_int_equal(lstat(scratch_at(&office->scratch, name), &status), 0);
    return status.st_uid;
}

/* That another user can read, too. */
static void trust_a_copy(struct office *office)
{
    char *text = scratch_read(&(struct scratch){.path = "/"}, certs_ca_file() + 1, NULL);

    assert_non_null(text);
    scratch_write(&office->scratch, "ca.pem", text, strlen(text));
    assert_int_equal(chmod(scratch_at(&office->scratch, "ca.pem"), 0644), 0);
    assert_int_equal(chmod(office->scratch.path, 0755), 0);
    office_set(office, SET_TLS_CA_FILE, scratch_at(&office->scratch, "ca.pem"));
    free(text);
}

/* A file of root's in there would lock the ingest's user out at its next start. */
static void test_a_token_that_root_asks_for_is_kept_by_the_ingests_user(void **state)
{
    struct office *office = *state;
    struct tokenserver *tokens;

    if (geteuid() != 0)
        skip();
    tokens = use_tokens(office);
    trust_a_copy(office);
    assert_int_equal(mkdir(scratch_at(&office->scratch, "state"), 0755), 0);
    assert_int_equal(chown(scratch_at(&office->scratch, "state"), SERVICE, SERVICE), 0);
    for (int i = 0; i < 2; i++)
        expect(office, "", "token-1\n");
    assert_int_equal(tokenserver_asked(tokens), 1);
    assert_int_equal(owner_of(office, "state/support"), SERVICE);
    assert_int_equal(owner_of(office, "state/support/token"), SERVICE);
    tokenserver_stop(&tokens);
}

static void test_a_token_of_seconds_is_asked_for_ahead_of_its_end(void **state)
{
    const struct tokenserver_mood brief = {.status = 200, .expires_in = 2};
    struct office *office = *state;
    struct tokenserver *tokens = use_tokens(office);
    unsigned asked;
    char last[32];
    struct program_outcome outcome;

    tokenserver_set(tokens, &brief);
    do {
        outcome = run(office, "token support", "");
        assert_int_equal(outcome.status, 0);
        asked = tokenserver_asked(tokens);
        snprintf(last, sizeof last, "token-%u\n", asked);
        assert_string_equal(outcome.out, last);
        program_outcome_free(&outcome);
    } while (asked < 3);
    tokenserver_stop(&tokens);
}

static void test_a_kept_token_that_is_refused_is_asked_for_anew_once(void **state)
{
    struct mailserver_faults faults = {.with_xoauth2 = true, .refuse_times = 1};
    struct office *office = *state;
    struct tokenserver *tokens = use_tokens(office);

    office_run_well(office);
    mailserver_set_faults(office->server, &faults);
    office_run_well(office);
    assert_int_equal(tokenserver_asked(tokens), 2);
    faults.refuse_login = true;
    mailserver_set_faults(office->server, &faults);
    assert_false(office_run(office));
    assert_int_equal(office->err.class, ERR_REFUSED);
    assert_int_equal(tokenserver_asked(tokens), 3);
    tokenserver_stop(&tokens);
}

static void test_an_ingest_of_all_waits_for_the_first_mailbox(void **state)
{
    struct office *office = *state;
    char *config = mem_copy_text(scratch_at(&office->scratch, "other"));
    char *states = mem_copy_text(scratch_at(&office->scratch, "state"));
    const char *const argv[] = {TEST_BINARY_DIR "/ui/letterbox",
                                "ingest",
                                "--all",
                                "--config-dir",
                                config,
                                "--state-dir",
                                states,
                                NULL};
    struct running *running = running_start(argv);

    running_wait(running, "event=no-mailbox");
    assert_int_equal(running_stop(running), 130);
    running_free(&running);
    free(config);
    free(states);
}

static void test_a_refused_mailbox_is_told_once_and_kept(void **state)
{
    const struct mailserver_faults faults = {.refuse_login = true};
    struct office *office = *state;
    char *config = mem_copy_text(scratch_at(&office->scratch, "config"));
    char *states = mem_copy_text(scratch_at(&office->scratch, "state"));
    const char *const argv[] = {TEST_BINARY_DIR "/ui/letterbox",
                                "ingest",
                                "support",
                                "--config-dir",
                                config,
                                "--state-dir",
                                states,
                                NULL};
    struct running *running;

    mailserver_set_faults(office->server, &faults);
    running = running_start(argv);
    running_wait(running, "event=parked mailbox=support code=imap.");
    assert_int_equal(running_stop(running), 130);
    assert_null(strstr(running_said(running), "correct-horse"));
    running_free(&running);
    free(config);
    free(states);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_token_is_one_line_and_nothing_else),
        TEST(test_a_token_that_is_not_given_is_no_line),
        TEST(test_an_ingest_and_the_token_command_share_one_token),
        TEST(test_a_token_that_root_asks_for_is_kept_by_the_ingests_user),
        TEST(test_a_token_of_seconds_is_asked_for_ahead_of_its_end),
        TEST(test_a_kept_token_that_is_refused_is_asked_for_anew_once),
        TEST(test_an_ingest_of_all_waits_for_the_first_mailbox),
        TEST(test_a_refused_mailbox_is_told_once_and_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
