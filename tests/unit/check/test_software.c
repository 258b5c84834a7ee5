/* Which server it is, by what it tells of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "check/software.h"

/* LO4P123CA0123.GBRP123.PROD.OUTLOOK.COM and mail.contoso.local, in UTF-16. */
#define ONLINE                                                                           \
    "TABPADQAUAAxADIAMwBDAEEAMAAxADIAMwAuAEcAQgBSAFAAMQAyADMALgBQAFIATwBEAC4ATwBVAFQA"   \
    "TABPAE8ASwAuAEMATwBNAA=="
#define OWN "bQBhAGkAbAAuAGMAbwBuAHQAbwBzAG8ALgBsAG8AYwBhAGwA"

static void test_a_greeting_names_its_software(void **state)
{
    static const struct {
        const char *greeting;
        enum check_software software;
    } rows[] = {
        {"", SOFTWARE_UNKNOWN},
        {"IMAP4rev1 ready", SOFTWARE_UNKNOWN},
        {"The Microsoft Exchange IMAP4 service is ready.", SOFTWARE_EXCHANGE},
        {"The Microsoft Exchange IMAP4 service is ready. [" ONLINE "]",
         SOFTWARE_EXCHANGE_ONLINE},
        {"The Microsoft Exchange IMAP4 service is ready. [" OWN "]", SOFTWARE_EXCHANGE},
        {"The Microsoft Exchange IMAP4 service is ready. [%%%]", SOFTWARE_EXCHANGE},
        {"The Microsoft Exchange IMAP4 service is ready. [", SOFTWARE_EXCHANGE},
        {"The Microsoft Exchange IMAP4 service is ready. []", SOFTWARE_EXCHANGE},
        {"Microsoft Exchange Server 2003 IMAP4rev1 server version 6.5.7638.1 (mx) ready.",
         SOFTWARE_EXCHANGE_SERVER},
        {"Gimap ready for requests from 192.0.2.1 q12", SOFTWARE_GMAIL},
        {"Dovecot (Debian) ready.", SOFTWARE_DOVECOT},
        {"dovecot ready", SOFTWARE_DOVECOT},
        {"mx Cyrus IMAP 3.8.1 server ready", SOFTWARE_CYRUS},
        {"Courier-IMAP ready. Copyright 1998-2018 Double Precision, Inc.",
         SOFTWARE_COURIER},
        {"IMAPrev1", SOFTWARE_HMAILSERVER},
        {"mx.example.org Zimbra IMAP4rev1 server ready", SOFTWARE_ZIMBRA},
        {"Stalwart IMAP4rev2 at your service.", SOFTWARE_STALWART},
        {"JAMES IMAP4rev1 Server mx is ready.", SOFTWARE_JAMES},
        {"james.example.org ready", SOFTWARE_UNKNOWN},
        {"IMAP4rev1 DavMail 6.2.2 server ready", SOFTWARE_DAVMAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (software_of(rows[i].greeting, "IMAP4rev1 IDLE") != rows[i].software)
            fail_msg("%s: %s", rows[i].greeting,
                     software_name(software_of(rows[i].greeting, "IMAP4rev1 IDLE")));
    }
}

static void test_a_capability_tells_what_the_greeting_hides(void **state)
{
    (void)state;
    assert_int_equal(software_of("ready", "IMAP4rev1 X-GM-EXT-1 IDLE"), SOFTWARE_GMAIL);
    assert_int_equal(software_of("ready", "IMAP4rev1 CLIENTACCESSRULES"),
                     SOFTWARE_EXCHANGE);
    assert_int_equal(software_of("ready", "IMAP4rev1 X-GM-EXT-10"), SOFTWARE_UNKNOWN);
    assert_int_equal(software_of("Dovecot ready.", "X-GM-EXT-1"), SOFTWARE_DOVECOT);
}

static void test_every_exchange_is_an_exchange(void **state)
{
    (void)state;
    assert_true(software_is_exchange(SOFTWARE_EXCHANGE));
    assert_true(software_is_exchange(SOFTWARE_EXCHANGE_ONLINE));
    assert_true(software_is_exchange(SOFTWARE_EXCHANGE_SERVER));
    assert_false(software_is_exchange(SOFTWARE_UNKNOWN));
    assert_false(software_is_exchange(SOFTWARE_DAVMAIL));
}

static void test_each_has_an_id_and_a_name(void **state)
{
    (void)state;
    assert_string_equal(software_id(SOFTWARE_UNKNOWN), "");
    assert_string_equal(software_name(SOFTWARE_UNKNOWN), "");
    for (int i = SOFTWARE_EXCHANGE; i <= SOFTWARE_SMARTERMAIL; i++) {
        assert_string_not_equal(software_id((enum check_software)i), "");
        assert_string_not_equal(software_name((enum check_software)i), "");
    }
    assert_string_equal(software_id(SOFTWARE_HMAILSERVER), "hmailserver");
    assert_string_equal(software_name(SOFTWARE_SMARTERMAIL), "SmarterMail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_greeting_names_its_software),
        cmocka_unit_test(test_a_capability_tells_what_the_greeting_hides),
        cmocka_unit_test(test_every_exchange_is_an_exchange),
        cmocka_unit_test(test_each_has_an_id_and_a_name),
    };

    return cmocka_run_group_tests_name("check/software", tests, NULL, NULL);
}
