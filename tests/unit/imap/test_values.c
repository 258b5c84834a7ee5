/* What goes over the wire and comes back, without a wire: SASL, names, header fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "imap/headers.h"
#include "imap/names.h"
#include "imap/sasl.h"
#include "imap/session.h"

static struct secret *secret_of(const char *text)
{
    return secret_new(text, strlen(text));
}

/* The vector of Microsoft's page on XOAUTH2. */
static void test_xoauth2_is_as_microsoft_writes_it(void **state)
{
    struct secret *token = secret_of("EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA");
    struct buf out;

    (void)state;
    buf_init_secret(&out, SASL_LINE_MAX);
    assert_true(sasl_xoauth2("test@contoso.onmicrosoft.com", token, &out));
    assert_string_equal(out.data, "dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9Qm"
                                  "VhcmVyIEV3QkFBbDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJD"
                                  "M0VvQUEBAQ==");
    buf_free(&out);
    secret_free(&token);
}

/* The example of RFC 7628 section 4.1. */
static void test_oauthbearer_is_as_the_rfc_writes_it(void **state)
{
    struct secret *token = secret_of("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
    struct buf out;

    (void)state;
    buf_init_secret(&out, SASL_LINE_MAX);
    assert_true(
        sasl_oauthbearer("user@example.com", "server.example.com", 143, token, &out));
    assert_string_equal(
        out.data,
        "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQz"
        "AWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9"
        "PQEB");
    buf_free(&out);
    secret_free(&token);
}

static void test_oauthbearer_escapes_a_comma_in_the_name(void **state)
{
    struct secret *token = secret_of("t");
    struct buf out, plain;

    (void)state;
    buf_init_secret(&out, SASL_LINE_MAX);
    buf_init(&plain, 256);
    assert_true(sasl_oauthbearer("a,b=c", NULL, 0, token, &out));
    assert_true(sasl_decode(out.data, out.length, &plain));
    assert_string_equal(plain.data, "n,a=a=2Cb=3Dc,\001auth=Bearer t\001\001");
    buf_free(&plain);
    buf_free(&out);
    secret_free(&token);
}

static void test_plain_carries_utf8(void **state)
{
    struct secret *password = secret_of("p\xc3\xa4ss w\"\\");
    struct buf out, plain;

    (void)state;
    buf_init_secret(&out, SASL_LINE_MAX);
    buf_init(&plain, 256);
    assert_true(sasl_plain("user", password, &out));
    assert_true(sasl_decode(out.data, out.length, &plain));
    assert_int_equal(plain.length, 15);
    assert_memory_equal(plain.data, "\0user\0p\xc3\xa4ss w\"\\", 15);
    buf_free(&plain);
    buf_free(&out);
    secret_free(&password);
}

static void test_control_characters_are_refused_everywhere(void **state)
{
    struct secret *good = secret_of("token"), *bad = secret_of("to\001ken");
    struct secret *line = secret_of("pass\r\nword"), *blank = secret_of("a b");
    struct secret *none = secret_of("");
    struct buf out;

    (void)state;
    buf_init_secret(&out, SASL_LINE_MAX);
    assert_false(sasl_xoauth2("user\001auth=Bearer x", good, &out));
    assert_false(sasl_xoauth2("user\r\n", good, &out));
    assert_false(sasl_xoauth2("user", bad, &out));
    assert_false(sasl_xoauth2("user", blank, &out));
    assert_false(sasl_xoauth2("user", none, &out));
    assert_false(sasl_oauthbearer("user\n", "host", 1, good, &out));
    assert_false(sasl_oauthbearer("user", "host\001", 1, good, &out));
    assert_false(sasl_oauthbearer("user", "host", 1, bad, &out));
    assert_false(sasl_plain("user", line, &out));
    assert_false(sasl_plain("us\rer", good, &out));
    buf_free(&out);
    secret_free(&good);
    secret_free(&bad);
    secret_free(&line);
    secret_free(&blank);
    secret_free(&none);
}

static void test_the_mechanism_follows_the_offer(void **state)
{
    (void)state;
    assert_int_equal(imap_choose_mechanism(IMAP_CAN_XOAUTH2 | IMAP_CAN_OAUTHBEARER, true),
                     IMAP_OAUTHBEARER);
    assert_int_equal(imap_choose_mechanism(IMAP_CAN_XOAUTH2 | IMAP_CAN_PLAIN, true),
                     IMAP_XOAUTH2);
    /* A token is no password: it never goes by PLAIN. */
    assert_int_equal(imap_choose_mechanism(IMAP_CAN_PLAIN, true), IMAP_MECHANISM_NONE);
    assert_int_equal(imap_choose_mechanism(IMAP_CAN_PLAIN | IMAP_CAN_XOAUTH2, false),
                     IMAP_PLAIN);
    assert_int_equal(imap_choose_mechanism(0, false), IMAP_LOGIN);
    assert_int_equal(imap_choose_mechanism(IMAP_CAN_LOGIN_DISABLED, false),
                     IMAP_MECHANISM_NONE);
    assert_string_equal(imap_mechanism_name(IMAP_XOAUTH2), "XOAUTH2");
}

static const struct {
    const char *name, *wire;
} folder_names[] = {
    {"INBOX", "INBOX"},
    {"Tom & Jerry", "Tom &- Jerry"},
    {"Entw\xc3\xbcrfe", "Entw&APw-rfe"},
    {"~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
     "~peter/mail/&U,BTFw-/&ZeVnLIqe-"}, /* RFC 3501 section 5.1.3 */
    {"\xf0\x9f\x93\xae", "&2D3c7g-"},    /* beyond the 16 bits */
    {"\xc3\xa9\xc3\xa9\xc3\xa9", "&AOkA6QDp-"},
    {"\xc3\xa4&\xc3\xb6", "&AOQ-&-&APY-"},
};

static void test_folder_names_go_to_the_wire_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof folder_names / sizeof folder_names[0]; i++) {
        struct buf out;

        buf_init(&out, NAMES_MAX);
        assert_true(names_to_wire(folder_names[i].name, &out));
        assert_string_equal(out.data, folder_names[i].wire);
        buf_clear(&out);
        assert_true(names_from_wire(folder_names[i].wire, &out));
        assert_string_equal(out.data, folder_names[i].name);
        buf_free(&out);
    }
}

static void test_names_that_are_none_are_refused(void **state)
{
    static const char *const names[] = {"", "a\r\n3 NOOP", "a\nb", "a\033[2J", "\xff"};
    static const char *const wires[] = {"",      "&",     "&AP",  "&AP!-",
                                        "&2D0-", "&3O4-", "a\033"};
    struct buf out;

    (void)state;
    buf_init(&out, NAMES_MAX);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        buf_clear(&out);
        assert_false(names_to_wire(names[i], &out));
    }
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
        buf_clear(&out);
        assert_false(names_from_wire(wires[i], &out));
    }
    buf_free(&out);
}

static void expect_subject(const char *block, const char *expected)
{
    char subject[160];

    headers_show(block, strlen(block), "Subject", NULL, subject, sizeof subject);
    assert_string_equal(subject, expected);
}

static void test_subjects_are_decoded(void **state)
{
    (void)state;
    expect_subject("From: x\r\nsubject: plain words\r\n\r\n", "plain words");
    expect_subject("Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n", "Gr\xc3\xbc\xc3\x9f"
                                                            "e");
    expect_subject("Subject: =?iso-8859-1?Q?Gr=FC=DFe_an?= alle\r\n", "Gr\xc3\xbc\xc3\x9f"
                                                                      "e an alle");
    expect_subject("Subject: one\r\n two\r\n\tthree\r\nTo: x\r\n", "one two three");
    expect_subject("X-Subject: no\r\n", "");
    expect_subject("Subject:\r\n", "");
    expect_subject("Subject: =?nonsense?B?R3LD?= left\r\n", "Gr\xc3\x83 left");
    expect_subject("Subject: raw \xc3\xa4\r\n", "raw \xc3\xa4");
}

static void test_subjects_cannot_reach_the_terminal(void **state)
{
    char subject[160];
    static const char block[] = "Subject: =?utf-8?B?G1sySmE=?= \033]0;x\007\r\n";

    (void)state;
    assert_true(
        headers_show(block, sizeof block - 1, "Subject", NULL, subject, sizeof subject));
    assert_null(strchr(subject, '\033'));
    assert_null(strchr(subject, '\007'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xoauth2_is_as_microsoft_writes_it),
        cmocka_unit_test(test_oauthbearer_is_as_the_rfc_writes_it),
        cmocka_unit_test(test_oauthbearer_escapes_a_comma_in_the_name),
        cmocka_unit_test(test_plain_carries_utf8),
        cmocka_unit_test(test_control_characters_are_refused_everywhere),
        cmocka_unit_test(test_the_mechanism_follows_the_offer),
        cmocka_unit_test(test_folder_names_go_to_the_wire_and_back),
        cmocka_unit_test(test_names_that_are_none_are_refused),
        cmocka_unit_test(test_subjects_are_decoded),
        cmocka_unit_test(test_subjects_cannot_reach_the_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
