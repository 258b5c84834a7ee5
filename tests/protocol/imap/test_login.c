/* From the greeting to the login: mechanisms, reasons, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/scrub.h"
#include "protocol/imap/talk.h"

static const char secret_token[] = "EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA";

static void test_five_round_trips_from_tcp_to_an_open_folder(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 ?*"),
        SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 MOVE] in\r\n"),
        SERVER_HEAR("* EXAMINE INBOX"),
        SERVER_SAY(
            "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 12] next\r\n"
            "* FLAGS (\\Seen)\r\n* 0 RECENT\r\n$TAG OK [READ-ONLY] open\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct imap_folder folder;
    const char *line;
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(talk.greeted, IMAP_OK);
    assert_int_equal(imap_session_capabilities(talk.session, &bits, &line), IMAP_OK);
    assert_int_equal(imap_choose_mechanism(bits, true), IMAP_OAUTHBEARER);
    assert_int_equal(talk_authenticate(&talk, IMAP_XOAUTH2, "a@b.test", secret_token),
                     IMAP_OK);
    assert_int_equal(imap_session_capabilities(talk.session, &bits, &line), IMAP_OK);
    assert_string_equal(line, "IMAP4rev1 MOVE");
    assert_int_equal(bits, IMAP_CAN_MOVE);
    assert_int_equal(imap_session_examine(talk.session, "INBOX", &folder), IMAP_OK);
    assert_int_equal(folder.exists, 3);
    assert_int_equal(folder.uid_validity, 7);
    assert_int_equal(folder.uid_next, 12);
    assert_true(folder.read_only);
    assert_int_equal(server_round_trips(talk.server), 5);
    talk_end(&talk);
}

static void test_without_sasl_ir_the_server_is_waited_for(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_SAY("* OK ready\r\n"),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_SAY("* CAPABILITY IMAP4rev1 auth=xoauth2\r\n$TAG OK\r\n"),
        SERVER_HEAR("* AUTHENTICATE XOAUTH2"),
        SERVER_SAY("* OK something else\r\n+ \r\n"),
        SERVER_HEAR("dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVyIEV3QkFB"
                    "bDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJDM0VvQUEBAQ=="),
        SERVER_SAY("$TAG OK\r\n"),
        SERVER_END,
    };
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(imap_session_capabilities(talk.session, &bits, NULL), IMAP_OK);
    assert_int_equal(bits, IMAP_CAN_XOAUTH2);
    assert_int_equal(talk_authenticate(&talk, IMAP_XOAUTH2,
                                       "test@contoso.onmicrosoft.com", secret_token),
                     IMAP_OK);
    talk_end(&talk);
}

/* ---- Refusals ---------------------------------------------------------------------- */

static void test_an_xoauth2_challenge_is_decoded_and_answered_with_nothing(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 ?*"),
        SERVER_SAY("+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n"),
        SERVER_HEAR(""),
        SERVER_SAY("$TAG NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    imap_session_capabilities(talk.session, &bits, NULL);
    assert_int_equal(talk_authenticate(&talk, IMAP_XOAUTH2, "a@b.test", secret_token),
                     IMAP_NO);
    assert_string_equal(talk_answer(&talk)->challenge,
                        "{\"status\":\"400\",\"schemes\":\"bearer\"}");
    assert_string_equal(talk_answer(&talk)->code, "AUTHENTICATIONFAILED");
    assert_string_equal(talk_answer(&talk)->text, "Invalid credentials");
    talk_end(&talk);
}

static void test_an_oauthbearer_challenge_is_answered_as_the_rfc_says(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* AUTHENTICATE OAUTHBEARER ?*"),
        SERVER_SAY("* OK a word before\r\n+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n"),
        SERVER_HEAR("AQ=="),
        SERVER_SAY("$TAG NO [UNAVAILABLE] later\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    imap_session_capabilities(talk.session, &bits, NULL);
    assert_int_equal(talk_authenticate(&talk, IMAP_OAUTHBEARER, "a@b.test", secret_token),
                     IMAP_NO);
    assert_string_equal(talk_answer(&talk)->challenge, "{\"status\":\"invalid_token\"}");
    assert_string_equal(talk_answer(&talk)->code, "UNAVAILABLE");
    talk_end(&talk);
}

static void test_a_bye_in_the_login_keeps_its_words(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* AUTHENTICATE PLAIN ?*"),
        SERVER_SAY("* BYE Connection closed. 14\r\n"),
        SERVER_CLOSE,
    };
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    imap_session_capabilities(talk.session, &bits, NULL);
    assert_int_equal(talk_authenticate(&talk, IMAP_PLAIN, "user", "password"), IMAP_BYE);
    assert_string_equal(talk_answer(&talk)->bye, "Connection closed. 14");
    /* And nothing more is sent. */
    assert_int_equal(talk_authenticate(&talk, IMAP_PLAIN, "user", "password"), IMAP_BYE);
    talk_end(&talk);
}

static void test_a_bad_without_a_code_keeps_its_words(void **state)
{
    static const struct server_step script[] = {
        TALK_LOGGED_IN,
        SERVER_HEAR("* EXAMINE INBOX"),
        SERVER_SAY("$TAG BAD User is authenticated but not connected.\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct imap_folder folder;
    struct talk talk;

    (void)state;
    talk_log_in(&talk, script);
    assert_int_equal(imap_session_examine(talk.session, "INBOX", &folder), IMAP_BAD);
    assert_string_equal(talk_answer(&talk)->code, "");
    assert_string_equal(talk_answer(&talk)->text,
                        "User is authenticated but not connected.");
    talk_end(&talk);
}

/* ---- Secrets ----------------------------------------------------------------------- */

static void expect_no_secret(const char *text, const char *secret, size_t length)
{
    for (size_t i = 0; i + length <= strlen(secret); i += length) {
        char part[64];

        snprintf(part, sizeof part, "%.*s", (int)length, secret + i);
        assert_null(strstr(text, part));
    }
}

static void test_a_server_that_echoes_the_token_is_not_repeated(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* AUTHENTICATE XOAUTH2 ?*"),
        /* "bad EwBAAl3B… bad": the token within the challenge. */
        SERVER_SAY(
            "+ YmFkIEV3QkFBbDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJDM0VvQUEgYmFk\r\n"),
        SERVER_HEAR(""),
        SERVER_SAY(
            "* BYE EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA\r\n"
            "$TAG NO [EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA] you said "
            "dXNlcj1hQGIudGVzdAFhdXRoPUJlYXJlciBFd0JBQWwzQkFBVUZGcFVBbzdKM1ZlMGJqTEJX"
            "WldDY2xSQzNFb0FBAQE= or EwBAAl3BAAUFFpUAo7J3.\r\n"),
        SERVER_END,
    };
    const struct imap_answer *answer;
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    imap_session_capabilities(talk.session, &bits, NULL);
    assert_int_equal(talk_authenticate(&talk, IMAP_XOAUTH2, "a@b.test", secret_token),
                     IMAP_NO);
    answer = talk_answer(&talk);
    assert_string_equal(answer->challenge, "bad " SCRUB_REMOVED " bad");
    assert_string_equal(answer->bye, SCRUB_REMOVED);
    assert_string_equal(answer->code, SCRUB_REMOVED);
    assert_string_equal(answer->text, "you said " SCRUB_REMOVED " or " SCRUB_REMOVED ".");
    expect_no_secret(answer->text, secret_token, 8);
    talk_end(&talk);
}

static void test_a_short_password_leaves_no_hole_in_a_word(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* AUTHENTICATE PLAIN ?*"),
        SERVER_SAY("$TAG NO unfailing login fail of 'fail'\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    imap_session_capabilities(talk.session, &bits, NULL);
    assert_int_equal(talk_authenticate(&talk, IMAP_PLAIN, "user", "fail"), IMAP_NO);
    assert_string_equal(talk_answer(&talk)->text,
                        "unfailing login " SCRUB_REMOVED " of '" SCRUB_REMOVED "'");
    talk_end(&talk);
}

/* The credential is not forgotten after the login. */
static void test_a_password_is_found_in_every_answer(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* AUTHENTICATE PLAIN ?*"),
        SERVER_SAY("* CAPABILITY IMAP4rev1 X-pa]ss1\r\n$TAG OK in\r\n"),
        SERVER_HEAR("* LIST *"),
        SERVER_SAY("* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"of pa]ss1\"\r\n"
                   "$TAG OK done\r\n"),
        SERVER_HEAR("* EXAMINE INBOX"),
        SERVER_SAY("* 1 EXISTS\r\n$TAG OK open\r\n"),
        SERVER_HEAR("* UID FETCH *"),
        SERVER_SAY("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (SUBJECT FROM)] {51}\r\n"
                   "Subject: of =?utf-8?q?pa=5Dss1?=\r\nFrom: pa]ss\r\n 1\r\n)\r\n"
                   "$TAG OK done\r\n"),
        SERVER_HEAR("* UID FETCH *"),
        SERVER_SAY("* 1 FETCH (UID 5 RFC822.SIZE 3 BODY[HEADER.FIELDS (MESSAGE-ID)] "
                   "{22}\r\nMessage-ID: <pa]ss1>\r\n)\r\n$TAG OK\r\n"),
        SERVER_HEAR("* EXAMINE INBOX"),
        SERVER_SAY("* BYE by pa]ss1\r\n$TAG NO [pa]ss1] pa]ss1 is not \r\n"),
        SERVER_END,
    };
    static const uint32_t uids[] = {5};
    struct imap_message message;
    struct imap_preview preview;
    struct imap_folder folder;
    const char *line;
    struct talk talk;
    unsigned bits;
    size_t count;
    char **names;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    imap_session_capabilities(talk.session, &bits, NULL);
    assert_int_equal(talk_authenticate(&talk, IMAP_PLAIN, "user", "pa]ss1"), IMAP_OK);
    imap_session_capabilities(talk.session, &bits, &line);
    assert_string_equal(line, "IMAP4rev1 X-" SCRUB_REMOVED);
    assert_int_equal(imap_session_list(talk.session, 10, &names), IMAP_OK);
    assert_string_equal(names[0], "INBOX");
    assert_null(names[1]);
    argv_free(&names);
    assert_int_equal(imap_session_examine(talk.session, "INBOX", &folder), IMAP_OK);
    assert_int_equal(imap_session_previews(talk.session, uids, 1, &preview, &count),
                     IMAP_OK);
    assert_string_equal(preview.subject, "of " SCRUB_REMOVED);
    assert_string_equal(preview.from, SCRUB_REMOVED);
    assert_int_equal(imap_session_describe(talk.session, uids, 1, &message, &count),
                     IMAP_OK);
    assert_int_equal(message.size, 3);
    assert_string_equal(message.message_id, "");
    assert_int_equal(imap_session_examine(talk.session, "INBOX", &folder), IMAP_NO);
    assert_string_equal(talk_answer(&talk)->bye, "by " SCRUB_REMOVED);
    assert_string_equal(talk_answer(&talk)->code, SCRUB_REMOVED);
    assert_string_equal(talk_answer(&talk)->text,
                        SCRUB_REMOVED "] " SCRUB_REMOVED " is not ");
    talk_end(&talk);
}

/* Of another connection, it may know the secret before it is told. */
static void test_what_a_server_knew_before_is_hidden_too(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 X-pa55-w0rd-0123456!x] Bearer "
                   "pa55-w0rd-0123456!x.\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct secret *password = secret_new("pa55-w0rd-0123456!x", 19);
    const char *line;
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_connect(&talk, script, true);
    talk.session =
        imap_session_open(talk.stream, TALK_TIMEOUT_MS, password, &talk.greeted);
    talk.stream = NULL;
    assert_string_equal(imap_session_greeting(talk.session), SCRUB_REMOVED ".");
    imap_session_capabilities(talk.session, &bits, &line);
    assert_string_equal(line, "IMAP4rev1 X-" SCRUB_REMOVED);
    secret_free(&password);
    talk_end(&talk);
}

static void tap(void *closure, bool sent, const char *bytes, size_t length)
{
    struct buf *seen = closure;

    (void)sent;
    if (bytes)
        buf_add(seen, bytes, length);
}

static void test_the_tap_never_sees_the_login(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* LOGIN \"user\" \"EwBA*\""),
        SERVER_SAY("$TAG OK in\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    struct buf seen;

    (void)state;
    buf_init(&seen, 64 * 1024);
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    stream_set_tap(imap_session_stream(talk.session), tap, &seen);
    assert_int_equal(talk_authenticate(&talk, IMAP_LOGIN, "user", secret_token), IMAP_OK);
    assert_string_equal(seen.data, "");
    stream_set_tap(imap_session_stream(talk.session), NULL, NULL);
    talk_end(&talk);
    buf_free(&seen);
}

static void test_no_credential_goes_out_in_the_clear(void **state)
{
    static const struct server_step script[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n"),
        TALK_LOGOUT, SERVER_END};
    struct talk talk;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(talk_authenticate(&talk, IMAP_PLAIN, "user", "password"),
                     IMAP_UNABLE);
    assert_int_equal(talk_authenticate(&talk, IMAP_LOGIN, "user", "password"),
                     IMAP_UNABLE);
    talk_end(&talk);
}

static void test_login_quotes_what_it_must_and_refuses_what_it_cannot(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        TALK_GREETING,
        SERVER_HEAR("* LOGIN \"u\\\\\\\\ser\" \"pa\\\\\"ss wor%d\""),
        SERVER_SAY("$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(talk_authenticate(&talk, IMAP_LOGIN, "x\r\n3 NOOP", "p"),
                     IMAP_UNABLE);
    assert_int_equal(talk_authenticate(&talk, IMAP_LOGIN, "user", "p\r\n3 NOOP"),
                     IMAP_UNABLE);
    assert_int_equal(talk_authenticate(&talk, IMAP_LOGIN, "user", "p\xc3\xa4ss"),
                     IMAP_UNABLE);
    assert_int_equal(talk_authenticate(&talk, IMAP_MECHANISM_NONE, "user", "p"),
                     IMAP_UNABLE);
    assert_int_equal(talk_authenticate(&talk, IMAP_LOGIN, "u\\ser", "pa\"ss wor%d"),
                     IMAP_OK);
    talk_end(&talk);
}

/* ---- STARTTLS ---------------------------------------------------------------------- */

static enum imap_status starttls(struct talk *talk, struct tls_facts *facts)
{
    return imap_session_starttls(talk->session, talk->trust, "localhost", facts);
}

#define PLAIN_GREETING                                                                   \
    SERVER_SAY("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=XOAUTH2] go\r\n")

static void test_starttls_forgets_what_was_said_before(void **state)
{
    static const struct server_step script[] = {
        PLAIN_GREETING,
        SERVER_HEAR("* STARTTLS"),
        SERVER_SAY("$TAG OK begin\r\n"),
        SERVER_TLS(CERT_GOOD),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_SAY("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct tls_facts facts;
    struct talk talk;
    unsigned bits;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(starttls(&talk, &facts), IMAP_OK);
    assert_true(facts.handshaken);
    assert_int_equal(imap_session_capabilities(talk.session, &bits, NULL), IMAP_OK);
    assert_int_equal(bits, IMAP_CAN_PLAIN);
    talk_end(&talk);
}

static void test_an_answer_injected_behind_starttls_is_refused(void **state)
{
    static const struct server_step script[] = {
        PLAIN_GREETING,
        SERVER_HEAR("* STARTTLS"),
        SERVER_SAY("$TAG OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"),
        SERVER_END,
    };
    struct tls_facts facts;
    struct talk talk;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(starttls(&talk, &facts), IMAP_STREAM);
    assert_int_equal(talk_reason(&talk), NET_INJECTED);
    talk_end(&talk);
}

static void test_starttls_with_a_certificate_for_another_name_is_refused(void **state)
{
    static const struct server_step script[] = {
        PLAIN_GREETING,
        SERVER_HEAR("* STARTTLS"),
        SERVER_SAY("$TAG OK begin\r\n"),
        SERVER_TLS(CERT_WRONG_NAME),
        SERVER_END,
    };
    struct tls_facts facts;
    struct talk talk;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(starttls(&talk, &facts), IMAP_STREAM);
    assert_int_equal(talk_reason(&talk), NET_TLS_NAME);
    assert_string_equal(facts.chain[0].names, "other.invalid");
    assert_int_equal(talk_authenticate(&talk, IMAP_PLAIN, "u", "p"), IMAP_STREAM);
    talk_end(&talk);
}

static void test_starttls_that_is_not_offered_or_refused_stays_plain(void **state)
{
    static const struct server_step without[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1] ready\r\n"), TALK_LOGOUT, SERVER_END};
    static const struct server_step refusing[] = {
        PLAIN_GREETING, SERVER_HEAR("* STARTTLS"), SERVER_SAY("$TAG NO not today\r\n"),
        TALK_LOGOUT, SERVER_END};
    static const struct server_step preauth[] = {SERVER_SAY("* PREAUTH welcome back\r\n"),
                                                 TALK_LOGOUT, SERVER_END};
    struct tls_facts facts;
    struct talk talk;

    (void)state;
    talk_open(&talk, without, TALK_TIMEOUT_MS);
    assert_int_equal(starttls(&talk, &facts), IMAP_UNABLE);
    talk_end(&talk);
    talk_open(&talk, refusing, TALK_TIMEOUT_MS);
    assert_int_equal(starttls(&talk, &facts), IMAP_NO);
    assert_string_equal(talk_answer(&talk)->text, "not today");
    assert_false(stream_is_tls(imap_session_stream(talk.session)));
    talk_end(&talk);
    talk_open(&talk, preauth, TALK_TIMEOUT_MS);
    assert_int_equal(starttls(&talk, &facts), IMAP_UNABLE);
    talk_end(&talk);
}

/* ---- Greetings --------------------------------------------------------------------- */

static void test_greetings_that_are_none(void **state)
{
    static const struct server_step bye[] = {
        SERVER_SAY("* BYE [UNAVAILABLE] too many connections\r\n"), SERVER_CLOSE};
    static const struct server_step other[] = {SERVER_SAY("220 mail ESMTP\r\n"),
                                               SERVER_END};
    static const struct server_step gone[] = {SERVER_CLOSE};
    struct talk talk;

    (void)state;
    talk_open(&talk, bye, TALK_TIMEOUT_MS);
    assert_int_equal(talk.greeted, IMAP_BYE);
    assert_string_equal(talk_answer(&talk)->code, "UNAVAILABLE");
    assert_string_equal(talk_answer(&talk)->text, "too many connections");
    assert_non_null(strstr(talk_answer(&talk)->bye, "too many connections"));
    talk_end(&talk);
    talk_open(&talk, other, TALK_TIMEOUT_MS);
    assert_int_equal(talk.greeted, IMAP_GARBLED);
    assert_string_equal(talk_answer(&talk)->text, "220 mail ESMTP");
    talk_end(&talk);
    talk_open(&talk, gone, TALK_TIMEOUT_MS);
    assert_int_equal(talk.greeted, IMAP_STREAM);
    assert_int_equal(talk_reason(&talk), NET_CLOSED);
    talk_end(&talk);
}

static void test_the_greeting_is_kept_without_its_code(void **state)
{
    static const struct server_step script[] = {
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1] The \033[31mMicrosoft Exchange\r\n"),
        SERVER_END};
    struct talk talk;

    (void)state;
    talk_open(&talk, script, TALK_TIMEOUT_MS);
    assert_string_equal(imap_session_greeting(talk.session),
                        "The ?[31mMicrosoft Exchange");
    talk_end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_round_trips_from_tcp_to_an_open_folder),
        cmocka_unit_test(test_without_sasl_ir_the_server_is_waited_for),
        cmocka_unit_test(test_an_xoauth2_challenge_is_decoded_and_answered_with_nothing),
        cmocka_unit_test(test_an_oauthbearer_challenge_is_answered_as_the_rfc_says),
        cmocka_unit_test(test_a_bye_in_the_login_keeps_its_words),
        cmocka_unit_test(test_a_bad_without_a_code_keeps_its_words),
        cmocka_unit_test(test_a_server_that_echoes_the_token_is_not_repeated),
        cmocka_unit_test(test_a_short_password_leaves_no_hole_in_a_word),
        cmocka_unit_test(test_a_password_is_found_in_every_answer),
        cmocka_unit_test(test_what_a_server_knew_before_is_hidden_too),
        cmocka_unit_test(test_the_tap_never_sees_the_login),
        cmocka_unit_test(test_no_credential_goes_out_in_the_clear),
        cmocka_unit_test(test_login_quotes_what_it_must_and_refuses_what_it_cannot),
        cmocka_unit_test(test_starttls_forgets_what_was_said_before),
        cmocka_unit_test(test_an_answer_injected_behind_starttls_is_refused),
        cmocka_unit_test(test_starttls_with_a_certificate_for_another_name_is_refused),
        cmocka_unit_test(test_starttls_that_is_not_offered_or_refused_stays_plain),
        cmocka_unit_test(test_greetings_that_are_none),
        cmocka_unit_test(test_the_greeting_is_kept_without_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
