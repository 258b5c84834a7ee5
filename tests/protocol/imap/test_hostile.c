/* Servers that are broken or mean no good: a bounded, named failure, and never a crash.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/argv.h"
#include "protocol/imap/talk.h"

#define FLOOD_TIMEOUT_MS 50000 /* not met: the budget is */
#define TIMES_10(text)   text text text text text text text text text text
#define TIMES_100(text)  TIMES_10(TIMES_10(text))

/* A whole visit: every kind of command once.  The first status that is not IMAP_OK. */
static enum imap_status visit(struct talk *talk)
{
    static const uint32_t uids[] = {5};
    struct imap_preview preview;
    struct imap_message message;
    struct imap_folder folder;
    struct imap_uids found;
    enum imap_status status;
    unsigned bits;
    size_t count;
    char **names;

    status = imap_session_capabilities(talk->session, &bits, NULL);
    if (status == IMAP_OK)
        status = talk_authenticate(talk, IMAP_PLAIN, "user", "password");
    if (status == IMAP_OK)
        status = imap_session_select(talk->session, "INBOX", &folder);
    if (status == IMAP_OK) {
        status = imap_session_list(talk->session, 10, &names);
        argv_free(&names);
    }
    if (status == IMAP_OK) {
        status = imap_session_search_unseen(talk->session, &found);
        free(found.items);
    }
    if (status == IMAP_OK)
        status = imap_session_previews(talk->session, uids, 1, &preview, &count);
    if (status == IMAP_OK)
        status = imap_session_describe(talk->session, uids, 1, &message, &count);
    if (status == IMAP_OK)
        status = imap_session_mark_seen(talk->session, uids, 1);
    return status;
}

/* The server that visit() finds in order. */
static const struct server_step good_script[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_SAY("* OK ready\r\n"),
    SERVER_HEAR("* CAPABILITY"),
    SERVER_SAY("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$TAG OK\r\n"),
    SERVER_HEAR("* AUTHENTICATE PLAIN"),
    SERVER_SAY("+ \r\n"),
    SERVER_HEAR("?*"),
    SERVER_SAY("$TAG OK in\r\n"),
    SERVER_HEAR("* SELECT INBOX"),
    SERVER_SAY("* 2 EXISTS\r\n$TAG OK open\r\n"),
    SERVER_HEAR("* LIST *"),
    SERVER_SAY("* LIST () \"/\" INBOX\r\n$TAG OK\r\n"),
    SERVER_HEAR("* UID SEARCH *"),
    SERVER_SAY("* SEARCH 5\r\n$TAG OK\r\n"),
    SERVER_HEAR("* UID FETCH *"),
    SERVER_SAY("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (SUBJECT FROM)] {2}\r\n\r\n)\r\n"
               "$TAG OK\r\n"),
    SERVER_HEAR("* UID FETCH *"),
    SERVER_SAY("* 1 FETCH (UID 5 RFC822.SIZE 3 BODY[HEADER.FIELDS (MESSAGE-ID)] {2}\r\n"
               "\r\n)\r\n$TAG OK\r\n"),
    SERVER_HEAR("* UID STORE *"),
    SERVER_SAY("$TAG OK\r\n"),
    SERVER_END,
};
#define GOOD_STEPS (sizeof good_script / sizeof good_script[0])

static void test_the_visit_itself_is_good(void **state)
{
    struct talk talk;

    (void)state;
    talk_open(&talk, good_script, TALK_TIMEOUT_MS);
    assert_int_equal(visit(&talk), IMAP_OK);
    talk_end(&talk);
}

/* The first `steps` of the good script, then `last`. */
static void cut_script(struct server_step *script, size_t steps, struct server_step last)
{
    static const struct server_step end = SERVER_END;

    memcpy(script, good_script, steps * sizeof *script);
    script[steps] = last;
    script[steps + 1] = end;
}

static void test_a_server_that_leaves_at_any_step(void **state)
{
    static const struct server_step endings[] = {SERVER_CLOSE, SERVER_RESET};
    struct server_step script[GOOD_STEPS + 1];

    (void)state;
    for (size_t steps = 1; steps < GOOD_STEPS - 1; steps++) {
        for (size_t i = 0; i < 2; i++) {
            enum net_reason reason;
            struct talk talk;

            cut_script(script, steps, endings[i]);
            talk_open(&talk, script, TALK_TIMEOUT_MS);
            assert_int_equal(talk.greeted == IMAP_OK ? visit(&talk) : talk.greeted,
                             IMAP_STREAM);
            reason = talk_reason(&talk);
            assert_true(reason == NET_CLOSED || reason == NET_RESET);
            talk_end(&talk);
        }
    }
}

static void test_a_server_that_says_bye_at_any_step(void **state)
{
    static const struct server_step bye = SERVER_SAY("* BYE I am off\r\n");
    static const struct server_step close = SERVER_CLOSE;
    struct server_step script[GOOD_STEPS + 2];

    (void)state;
    for (size_t steps = 2; steps < GOOD_STEPS - 1; steps++) {
        struct talk talk;

        cut_script(script, steps, bye);
        script[steps + 1] = close;
        talk_open(&talk, script, TALK_TIMEOUT_MS);
        assert_int_equal(visit(&talk), IMAP_BYE);
        assert_string_equal(talk_answer(&talk)->bye, "I am off");
        talk_end(&talk);
    }
}

struct canceller {
    struct talk *talk;
    size_t step;
};

static void *cancel_at_step(void *argument)
{
    struct canceller *canceller = argument;

    server_wait_step(canceller->talk->server, canceller->step);
    cancel_fire(&canceller->talk->cancel);
    return NULL;
}

static void test_a_cancel_at_any_step(void **state)
{
    static const struct server_step hang = SERVER_HANG;
    struct server_step script[GOOD_STEPS + 1];

    (void)state;
    for (size_t steps = 1; steps < GOOD_STEPS - 1; steps++) {
        struct talk talk;
        struct canceller canceller = {&talk, steps};
        pthread_t thread;

        cut_script(script, steps, hang);
        talk_connect(&talk, script, true);
        assert_int_equal(pthread_create(&thread, NULL, cancel_at_step, &canceller), 0);
        talk.session = imap_session_open(talk.stream, 60000, NULL, &talk.greeted);
        talk.stream = NULL;
        assert_int_equal(talk.greeted == IMAP_OK ? visit(&talk) : talk.greeted,
                         IMAP_STREAM);
        assert_int_equal(talk_reason(&talk), NET_CANCELLED);
        pthread_join(thread, NULL);
        talk_end(&talk);
    }
}

/* ---- Too much ---------------------------------------------------------------------- */

/* At every place where the server speaks it says `start`, then `flood` for ever. */
static void expect_bounded(struct server_step start, struct server_step flood)
{
    struct server_step script[GOOD_STEPS + 2];
    long before = talk_peak_memory();

    for (size_t steps = 1; steps < GOOD_STEPS - 1; steps++) {
        struct talk talk;

        if (good_script[steps].action != SERVER_DO_SAY)
            continue;
        cut_script(script, steps, start);
        script[steps + 1] = flood;
        talk_open(&talk, script, FLOOD_TIMEOUT_MS);
        assert_int_equal(talk.greeted == IMAP_OK ? visit(&talk) : talk.greeted,
                         IMAP_STREAM);
        assert_int_equal(talk_reason(&talk), NET_TOO_MUCH);
        talk_end(&talk);
    }
    assert_true(talk_peak_memory() - before < 64 * 1024);
}

static void test_an_endless_line_is_cut_off(void **state)
{
    static const struct server_step start = SERVER_SAY("* OK endless ");
    static const struct server_step flood = SERVER_FLOOD(TIMES_100("xxxxxxxxxx"));

    (void)state;
    expect_bounded(start, flood);
}

static void test_endless_lines_are_cut_off(void **state)
{
    static const struct server_step start = SERVER_SAY("* OK one\r\n");
    static const struct server_step flood =
        SERVER_FLOOD(TIMES_100("* 1 EXISTS\r\n* LIST () \"/\" a\r\n* SEARCH 1 2 3\r\n"));

    (void)state;
    expect_bounded(start, flood);
}

static void expect_at_folder(const struct server_step *answer, enum imap_status status,
                             enum net_reason reason)
{
    struct server_step script[GOOD_STEPS + 2];
    struct talk talk;

    cut_script(script, 9, *answer);
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(visit(&talk), status);
    if (reason != NET_OK)
        assert_int_equal(talk_reason(&talk), reason);
    talk_end(&talk);
}

static void test_an_announced_gigabyte_is_not_waited_for(void **state)
{
    static const struct server_step answers[] = {
        SERVER_SAY("* LIST () \"/\" {2000000000}\r\n"),
        SERVER_SAY("* LIST () \"/\" {18446744073709551615}\r\n$TAG OK\r\n"),
        SERVER_SAY("* LIST () \"/\" {5000000}\r\n"),
        /* libetpan would allocate it before it sees that the line goes on. */
        SERVER_SAY("* LIST () \"/\" {99999999999}INBOX\r\n$TAG OK\r\n"),
    };

    (void)state;
    expect_at_folder(&answers[0], IMAP_STREAM, NET_TOO_MUCH);
    expect_at_folder(&answers[1], IMAP_STREAM, NET_TOO_MUCH);
    expect_at_folder(&answers[2], IMAP_STREAM, NET_TOO_MUCH);
    expect_at_folder(&answers[3], IMAP_STREAM, NET_TOO_MUCH);
}

/* libetpan recurses for each "(" of a body structure until its stack is gone. */
static void test_nested_brackets_do_not_overflow_the_stack(void **state)
{
    struct server_step script[GOOD_STEPS + 4];
    static const struct server_step start = SERVER_SAY("* 1 FETCH (BODYSTRUCTURE ");
    static const struct server_step nested = SERVER_REPEAT(TIMES_100("(((((((((("), 100);
    static const struct server_step rest[] = {SERVER_SAY("\r\n$TAG OK\r\n"), SERVER_END};
    struct talk talk;

    (void)state;
    cut_script(script, 9, start);
    script[10] = nested;
    script[11] = rest[0];
    script[12] = rest[1];
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(visit(&talk), IMAP_GARBLED);
    talk_end(&talk);
}

static void test_lines_that_are_no_imap(void **state)
{
    static const struct server_step answers[] = {
        SERVER_SAY("HTTP/1.1 400 Bad Request\r\n\r\n"),
        SERVER_SAY("* 2 EXISTS\r\n* what is this\r\n$TAG MAYBE\r\n"),
        SERVER_SAY_BYTES("* OK a\0b\r\n", 10),
        SERVER_SAY("* LIST (\r\n$TAG OK\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        expect_at_folder(&answers[i], IMAP_GARBLED, NET_OK);
}

static void test_escape_sequences_stay_in_the_server(void **state)
{
    static const struct server_step answer = SERVER_SAY(
        "* NO \033[2J\r\n$TAG NO [\033]0;x\007] \033[31mred\302\233 \342\200\256\r\n");
    const char *text;
    struct server_step script[GOOD_STEPS + 2];
    struct talk talk;

    (void)state;
    cut_script(script, 9, answer);
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(visit(&talk), IMAP_NO);
    text = talk_answer(&talk)->text;
    assert_null(strpbrk(text, "\033\007"));
    assert_null(strstr(text, "\302\233"));
    assert_null(strstr(text, "\342\200\256"));
    assert_null(strpbrk(talk_answer(&talk)->code, "\033\007"));
    talk_end(&talk);
}

/* ---- Slow -------------------------------------------------------------------------- */

static void test_a_drip_does_not_outlast_the_deadline(void **state)
{
    static const struct server_step drip = SERVER_DRIP(
        "* OK slowly slowly slowly slowly slowly slowly slowly slowly slowly "
        "slowly slowly slowly slowly slowly slowly slowly slowly slowly slowly");
    struct server_step script[GOOD_STEPS + 2];
    struct talk talk;

    (void)state;
    cut_script(script, 1, drip);
    talk_open(&talk, script, 200);
    assert_int_equal(talk.greeted, IMAP_STREAM);
    assert_int_equal(talk_reason(&talk), NET_TIMED_OUT);
    talk_end(&talk);
}

static void test_a_slow_but_honest_server_is_waited_for(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_DRIP("* OK [CAPABILITY IMAP4rev1 SASL-IR] a\r\n"),
        SERVER_HEAR("* LOGIN *"),
        SERVER_DRIP("* OK\r\n1 OK in\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;

    (void)state;
    talk_open(&talk, script, 20000);
    assert_int_equal(talk.greeted, IMAP_OK);
    assert_int_equal(talk_authenticate(&talk, IMAP_LOGIN, "user", "password"), IMAP_OK);
    talk_end(&talk);
}

/* Should it wait for the session's own time-out, this test would run into its own. */
static void test_goodbye_does_not_wait_for_a_server_that_hangs(void **state)
{
    static const struct server_step script[] = {SERVER_TLS(CERT_GOOD), TALK_GREETING,
                                                SERVER_HEAR("* LOGOUT"), SERVER_HANG};
    struct talk talk;

    (void)state;
    talk_open(&talk, script, 3600 * 1000);
    assert_int_equal(talk.greeted, IMAP_OK);
    talk_end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_visit_itself_is_good),
        cmocka_unit_test(test_a_server_that_leaves_at_any_step),
        cmocka_unit_test(test_a_server_that_says_bye_at_any_step),
        cmocka_unit_test(test_a_cancel_at_any_step),
        cmocka_unit_test(test_an_endless_line_is_cut_off),
        cmocka_unit_test(test_endless_lines_are_cut_off),
        cmocka_unit_test(test_an_announced_gigabyte_is_not_waited_for),
        cmocka_unit_test(test_nested_brackets_do_not_overflow_the_stack),
        cmocka_unit_test(test_lines_that_are_no_imap),
        cmocka_unit_test(test_escape_sequences_stay_in_the_server),
        cmocka_unit_test(test_a_drip_does_not_outlast_the_deadline),
        cmocka_unit_test(test_a_slow_but_honest_server_is_waited_for),
        cmocka_unit_test(test_goodbye_does_not_wait_for_a_server_that_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
