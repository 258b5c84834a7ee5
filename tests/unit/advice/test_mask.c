/* What a mask leaves out of a text, and what it leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/mask.h"
#include "base/mem.h"

struct row {
    const char *text, *masked;
};

/* A run that was logged in as `login`. */
static struct mask *mask_of(const char *login)
{
    struct check_facts *facts = check_facts_new();
    struct mask *mask;

    settings_set(&facts->entered, SET_MAILBOX_USER, login);
    mask = mask_new(facts);
    check_facts_free(&facts);
    return mask;
}

/* Each row is a text of its own, so that the numbers begin anew. */
static void expect_rows(const char *login, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mask *mask = mask_of(login);
        char *masked = mask_text(mask, rows[i].text);

        if (strcmp(masked, rows[i].masked) != 0)
            fail_msg("%s\nbecame %s\nand not %s", rows[i].text, masked, rows[i].masked);
        free(masked);
        mask_free(&mask);
    }
}

#define EXPECT(login, rows) expect_rows(login, rows, sizeof(rows) / sizeof(rows)[0])

static void test_an_address_of_any_shape_is_left_out(void **state)
{
    static const struct row rows[] = {
        {"", ""},
        {"no address here, only @ and a@", "no address here, only @ and <address 1>"},
        {"jane@example.org", "<address 1>"},
        {"To jane@example.org.", "To <address 1>."},
        {"(jane@example.org), then", "(<address 1>), then"},
        {"<jane@example.org>", "<<address 1>>"},
        {"mailto:jane@example.org?subject=x", "mailto:<address 1>?subject=x"},
        {"jane.doe+tag@mail.example.org", "<address 1>"},
        {"o'brien@example.org", "<address 1>"},
        {"!#$%&*+-/=?^_`{|}~a@example.org", "<address 1>"},
        {"jane_contoso.com#EXT#@fabrikam.onmicrosoft.com", "<address 1>"},
        {"jane@localhost", "<address 1>"},
        {"jane@[192.0.2.1]", "<address 1>"},
        {"jane@[IPv6:2001:db8::1]", "<address 1>"},
        {"\"jane doe\"@example.org", "<address 1>"},
        {"it says \"jane \\\"j\\\" doe\"@example.org", "it says <address 1>"},
        {"{\"user\":\"\\\"jane doe\\\"@example.org\"}", "{\"user\":\"<address 1>\"}"},
        {"{\"user\":\"jane@example.org\"}", "{\"user\":\"<address 1>\"}"},
        {"{\"user\":\"jane\\u0040example.org\"}", "{\"user\":\"<address 1>\"}"},
        {"cut: doe\"@example.org", "cut: <address 1>"},
        {"jane&#64;example.org", "<address 1>"},
        {"jür­gen", "jür­gen"},
        {"jürgen@exämple.org", "<address 1>"},
        {"“jane@example.org”", "“<address 1>”"},
        {"jane＠example.org", "<address 1>"},
        {"jane@example.org…", "<address 1>…"},
        {"jane@exam…", "<address 1>…"},
        {"EMAIL=jane@example.org,O=Example", "<address 1>,O=Example"},
    };

    (void)state;
    EXPECT("", rows);
}

static void test_an_address_in_a_url_is_left_out_and_the_url_stays(void **state)
{
    static const struct row rows[] = {
        {"https://example.org/?login_hint=jane@example.org&x=1",
         "https://example.org/?login_hint=<address 1>&x=1"},
        {"https://example.org/?login_hint=jane%40example.org&x=1",
         "https://example.org/?login_hint=<address 1>&x=1"},
        {"https://example.org/?login_hint=jane%2540example.org",
         "https://example.org/?login_hint=<address 1>"},
        {"https://example.org/?u=https%3A%2F%2Fx%2F%3Fhint%3Djane%40example%2Eorg",
         "https://example.org/?u=https%3A%2F%2Fx%2F%3Fhint%3D<address 1>"},
        {"https://example.org/users/jane@example.org/joe@example.org",
         "https://example.org/users/<address 1>/<address 2>"},
        {"https://example.org/a/b?c=d", "https://example.org/a/b?c=d"},
    };

    (void)state;
    EXPECT("", rows);
}

static void test_the_same_address_has_the_same_name(void **state)
{
    struct mask *mask = mask_of("");
    char *first = mask_text(mask, "jane@example.org joe@example.org");
    char *second = mask_text(mask, "JOE@Example.ORG joe%40example.org jane@example.org "
                                   "'jim@example.org'");

    (void)state;
    assert_string_equal(first, "<address 1> <address 2>");
    assert_string_equal(second, "<address 2> <address 2> <address 1> '<address 3>'");
    free(first);
    free(second);
    mask_free(&mask);
}

static void test_the_runs_own_address_is_known_however_it_is_written(void **state)
{
    static const struct row rows[] = {
        {"jane.o'brien@example.org", "<address 1>"},
        {"-Identity 'jane.o''brien@example.org' -User", "-Identity '<address 1>' -User"},
        {"curl --user 'jane.o'\\''brien@example.org'", "curl --user '<address 1>'"},
        {"user=jane.o'brien@example.org", "user=<address 1>"},
        {"hint%3Djane.o%27brien%40example.org", "hint%3D<address 1>"},
        {"JANE.O'BRIEN@EXAMPLE.ORG", "<address 1>"},
        {"of jane.o'brien alone", "of <user 1> alone"},
        {"The mailbox jane.o'br…", "The mailbox <address 1>…"},
        {"The mailbox jane.o'brien@ex…", "The mailbox <address 1>…"},
        {"x-jane.o'brien@example.org", "<address 2>"},
        {"jane.o'brien@example.org.evil.example", "<address 2>"},
    };

    (void)state;
    EXPECT("jane.o'brien@example.org", rows);
    EXPECT(" jane.o'brien@example.org ", rows);
}

static void test_a_login_that_is_no_address_is_left_out(void **state)
{
    static const struct row rows[] = {
        {"PLAIN as jdoe", "PLAIN as <user 1>"},
        {"User JDOE unknown", "User <user 1> unknown"},
        {"\"jdoe\", jdoes, xjdoe", "\"<user 1>\", jdoes, xjdoe"},
        {"jdoe@example.org", "<address 1>"},
    };
    static const struct row windows[] = {
        {"CONTOSO\\jdoe", "<user 1>"},
        {"{\"u\":\"CONTOSO\\\\jdoe\"}", "{\"u\":\"<user 1>\"}"},
        {"no mailbox for jdoe", "no mailbox for <user 2>"},
    };

    (void)state;
    EXPECT("jdoe", rows);
    EXPECT("CONTOSO\\jdoe", windows);
}

/* A word that may stand anywhere is none to leave out, though it begins an address. */
static void test_an_ordinary_word_stays(void **state)
{
    static const struct row rows[] = {
        {"ask the support of support@example.org", "ask the support of <address 1>"},
    };

    (void)state;
    EXPECT("support@example.org", rows);
}

static void test_host_addresses_are_left_out(void **state)
{
    static const struct row rows[] = {
        {"192.0.2.7", "<host address 1>"},
        {"to 192.0.2.7, port 993", "to <host address 1>, port 993"},
        {"192.0.2.7:993 and 192.0.2.8.", "<host address 1>:993 and <host address 2>."},
        {"https://192.0.2.7/token", "https://<host address 1>/token"},
        {"→192.0.2.7…", "→<host address 1>…"},
        {"[2001:db8::1]:993", "[<host address 1>]:993"},
        {"2001:DB8:0::1 is 2001:db8::1.", "<host address 1> is <host address 1>."},
        {"IPv6:2001:db8::1", "IPv6:<host address 1>"},
        {"::ffff:192.0.2.7", "<host address 1>"},
        {"2001::db8::1", "<host address 2><host address 1>"},
        {"::1", "<host address 1>"},
        {"fe80::1%eth0", "<host address 1>%eth0"},
        {"2001%3Adb8%3A%3A1", "<host address 1>"},
    };

    (void)state;
    EXPECT("", rows);
}

static void test_names_numbers_and_ids_stay(void **state)
{
    static const char *const texts[] = {
        "outlook.office365.com, port 993",
        "11112222-aaaa-3333-bbbb-4444cccc5555",
        "AADSTS7000215: Invalid client secret provided.",
        "2026-11-23T20:35:00Z, 06:03:00",
        "Exchange 15.20.7762.10, object 1.2.840.113549.1.9.1",
        "Dovecot 2.3.21 ready, std::string, ::",
        "00:1a:2b:3c:4d:5e",
        "host-1.2.3.4.5",
        "a @ b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct mask *mask = mask_of("11112222-aaaa-3333-bbbb-4444cccc5555");
        char *masked = mask_text(mask, texts[i]);

        assert_string_equal(masked, texts[i]);
        free(masked);
        mask_free(&mask);
    }
}

static void test_a_text_cannot_bring_marks_of_its_own(void **state)
{
    static const struct row rows[] = {
        {"\0011\002 \001999999\002 \001", "?1? ?999999? ?"},
    };

    (void)state;
    EXPECT("", rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_of_any_shape_is_left_out),
        cmocka_unit_test(test_an_address_in_a_url_is_left_out_and_the_url_stays),
        cmocka_unit_test(test_the_same_address_has_the_same_name),
        cmocka_unit_test(test_the_runs_own_address_is_known_however_it_is_written),
        cmocka_unit_test(test_a_login_that_is_no_address_is_left_out),
        cmocka_unit_test(test_an_ordinary_word_stays),
        cmocka_unit_test(test_host_addresses_are_left_out),
        cmocka_unit_test(test_names_numbers_and_ids_stay),
        cmocka_unit_test(test_a_text_cannot_bring_marks_of_its_own),
    };

    return cmocka_run_group_tests_name("advice/mask", tests, NULL, NULL);
}
