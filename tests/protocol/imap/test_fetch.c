/* A message on its way from the server to the sink. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "protocol/imap/talk.h"

#define SELECTED                                                                         \
    TALK_LOGGED_IN, SERVER_HEAR("* SELECT INBOX"),                                       \
        SERVER_SAY("* 2 EXISTS\r\n$TAG OK [READ-WRITE] open\r\n")
#define FETCH    SERVER_HEAR("* UID FETCH 5 (UID BODY.PEEK[[][]])")

#define MEBIBYTE (1024 * 1024)

static void select_inbox(struct talk *talk, const struct server_step *script)
{
    struct imap_folder folder;

    talk_log_in(talk, script);
    assert_int_equal(imap_session_select(talk->session, "INBOX", &folder), IMAP_OK);
}

static bool keep(void *closure, const char *bytes, size_t length)
{
    return buf_add(closure, bytes, length);
}

static void expect_message(const struct server_step *script, const char *expected,
                           size_t length)
{
    struct talk talk;
    struct buf got;

    buf_init(&got, MEBIBYTE);
    select_inbox(&talk, script);
    assert_int_equal(imap_session_fetch(talk.session, 5, MEBIBYTE, keep, &got), IMAP_OK);
    assert_int_equal(got.length, length);
    assert_memory_equal(got.data, expected, length);
    buf_free(&got);
    talk_end(&talk);
}

static void test_a_message_arrives_byte_for_byte(void **state)
{
    static const char bytes[] = "a\0b\rc\nd\r\n\xff\xfe{9}\r\n5 OK no\r\n)\r\n";
    static const struct server_step script[] = {
        SELECTED,
        FETCH,
        SERVER_SAY("* 1 FETCH (UID 5 BODY[] {28}\r\n"),
        SERVER_SAY_BYTES(bytes, sizeof bytes - 1),
        SERVER_SAY(")\r\n$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };

    (void)state;
    assert_int_equal(sizeof bytes - 1, 28);
    expect_message(script, bytes, sizeof bytes - 1);
}

static void test_the_order_of_the_items_does_not_matter(void **state)
{
    static const struct server_step after[] = {
        SELECTED,
        FETCH,
        SERVER_SAY("* 3 EXISTS\r\n* 2 FETCH (FLAGS (\\Seen) UID 6)\r\n"
                   "* 1 FETCH (FLAGS (\\Seen \"x\" (y {2}\r\n() z)) BODY[] {5}\r\nhello "
                   "X-OTHER {3}\r\n) ( UID 5 MODSEQ (12))\r\n"
                   "* OK still {7}\r\n$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    static const struct server_step other_first[] = {
        SELECTED,
        FETCH,
        SERVER_SAY("* 2 FETCH (UID 6 BODY[] {5}\r\nwrong)\r\n"
                   "* LIST () \"/\" {3}\r\nabc\r\n"
                   "* 1 fetch (uid 5 body[] {5}\r\nhello)\r\n$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };

    (void)state;
    expect_message(after, "hello", 5);
    expect_message(other_first, "hello", 5);
}

static void test_a_quoted_and_an_empty_message(void **state)
{
    static const struct server_step quoted[] = {
        SELECTED, FETCH,
        SERVER_SAY("* 1 FETCH (BODY[] \"a \\\"b\\\\\" UID 5)\r\n$TAG OK\r\n"),
        TALK_LOGOUT, SERVER_END};
    static const struct server_step empty[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n$TAG OK\r\n"),
        TALK_LOGOUT, SERVER_END};

    (void)state;
    expect_message(quoted, "a \"b\\", 5);
    expect_message(empty, "", 0);
}

static void expect_status(const struct server_step *script, uint64_t max_bytes,
                          enum imap_status status, enum net_reason reason)
{
    struct talk talk;
    struct buf got;

    buf_init(&got, MEBIBYTE);
    select_inbox(&talk, script);
    assert_int_equal(imap_session_fetch(talk.session, 5, max_bytes, keep, &got), status);
    assert_int_equal(talk_reason(&talk), reason);
    buf_free(&got);
    talk_end(&talk);
}

static void test_a_message_that_is_gone(void **state)
{
    static const struct server_step none[] = {SELECTED, FETCH, SERVER_SAY("$TAG OK\r\n"),
                                              TALK_LOGOUT, SERVER_END};
    static const struct server_step nil[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (UID 5 BODY[] NIL)\r\n$TAG OK\r\n"),
        TALK_LOGOUT, SERVER_END};
    struct talk talk;
    struct buf got;

    (void)state;
    buf_init(&got, MEBIBYTE);
    select_inbox(&talk, none);
    assert_int_equal(imap_session_fetch(talk.session, 5, MEBIBYTE, keep, &got), IMAP_NO);
    assert_string_equal(talk_answer(&talk)->code, "GONE");
    talk_end(&talk);
    select_inbox(&talk, nil);
    assert_int_equal(imap_session_fetch(talk.session, 5, MEBIBYTE, keep, &got), IMAP_NO);
    assert_string_equal(talk_answer(&talk)->code, "GONE");
    assert_int_equal(got.length, 0);
    talk_end(&talk);
    buf_free(&got);
}

static void test_fetches_that_end_badly(void **state)
{
    static const struct server_step no[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (BODY[] {1}\r\nx)\r\n$TAG NO broken\r\n"),
        TALK_LOGOUT, SERVER_END};
    static const struct server_step cut[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (UID 5 BODY[] {50}\r\nhalf"),
        SERVER_CLOSE};
    static const struct server_step large[] = {
        SELECTED,
        FETCH,
        SERVER_SAY("* 1 FETCH (UID 5 BODY[] {1001}\r\n"),
        SERVER_REPEAT("x", 1001),
        SERVER_SAY(")\r\n$TAG OK\r\n"),
        SERVER_END};
    static const struct server_step huge[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (UID 5 BODY[] {99999999999999999}\r\n"),
        SERVER_FLOOD("x")};
    static const struct server_step other[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (BODY[] {1}\r\nx UID 6)\r\n$TAG OK\r\n"),
        SERVER_END};
    static const struct server_step torn[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (UID 5 BODY[] x)\r\n$TAG OK\r\n"),
        SERVER_END};
    static const struct server_step open_end[] = {
        SELECTED, FETCH, SERVER_SAY("* 1 FETCH (UID 5 FLAGS (\r\n$TAG OK\r\n"),
        SERVER_END};

    (void)state;
    expect_status(no, MEBIBYTE, IMAP_NO, NET_OK);
    expect_status(cut, MEBIBYTE, IMAP_STREAM, NET_CLOSED);
    expect_status(large, 1000, IMAP_STREAM, NET_TOO_MUCH);
    expect_status(huge, MEBIBYTE, IMAP_STREAM, NET_TOO_MUCH);
    expect_status(other, MEBIBYTE, IMAP_GARBLED, NET_OK);
    expect_status(torn, MEBIBYTE, IMAP_GARBLED, NET_OK);
    expect_status(open_end, MEBIBYTE, IMAP_GARBLED, NET_OK);
}

static bool refuse(void *closure, const char *bytes, size_t length)
{
    (void)closure;
    (void)bytes;
    (void)length;
    return false;
}

static void test_a_sink_that_refuses_ends_the_session(void **state)
{
    static const struct server_step script[] = {
        SELECTED, FETCH,
        SERVER_SAY("* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n$TAG OK\r\n"), SERVER_END};
    struct talk talk;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_fetch(talk.session, 5, MEBIBYTE, refuse, NULL),
                     IMAP_STREAM);
    assert_int_equal(talk_reason(&talk), NET_CANCELLED);
    assert_int_equal(imap_session_mark_seen(talk.session, 5), IMAP_STREAM);
    talk_end(&talk);
}

static bool count(void *closure, const char *bytes, size_t length)
{
    (void)bytes;
    *(uint64_t *)closure += length;
    return true;
}

#define LINE_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"

static void test_memory_does_not_grow_with_the_message(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        FETCH,
        SERVER_SAY("* 1 FETCH (UID 5 BODY[] {67108864}\r\n"),
        SERVER_REPEAT(LINE_64 LINE_64 LINE_64 LINE_64, 64 * 1024 * 4),
        SERVER_SAY(")\r\n$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    uint64_t bytes = 0;
    struct talk talk;
    long before;

    (void)state;
    select_inbox(&talk, script);
    before = talk_peak_memory();
    assert_int_equal(
        imap_session_fetch(talk.session, 5, 100 * (uint64_t)MEBIBYTE, count, &bytes),
        IMAP_OK);
    assert_int_equal(bytes, 67108864);
    assert_true(talk_peak_memory() - before < 8 * 1024);
    talk_end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_arrives_byte_for_byte),
        cmocka_unit_test(test_the_order_of_the_items_does_not_matter),
        cmocka_unit_test(test_a_quoted_and_an_empty_message),
        cmocka_unit_test(test_a_message_that_is_gone),
        cmocka_unit_test(test_fetches_that_end_badly),
        cmocka_unit_test(test_a_sink_that_refuses_ends_the_session),
        cmocka_unit_test(test_memory_does_not_grow_with_the_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
