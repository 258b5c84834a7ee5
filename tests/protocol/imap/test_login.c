/* From the greeting to the login: mechanisms, reasons, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_round_trips_from_tcp_to_an_open_folder),
        cmocka_unit_test(test_without_sasl_ir_the_server_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
