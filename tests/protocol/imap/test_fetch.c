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

/* ---- Many at once ------------------------------------------------------------------ */

/* What came, as "5=hello;" */
struct came {
    struct buf text;
    bool (*wants)(uint32_t uid);
};

static bool wants_five_and_six(uint32_t uid)
{
    return uid == 5 || uid == 6;
}

static bool begin_came(void *closure, uint32_t uid)
{
    struct came *came = closure;

    if (!came->wants(uid))
        return false;
    buf_add_format(&came->text, "%lu=", (unsigned long)uid);
    return true;
}

static bool keep_came(void *closure, const char *bytes, size_t length)
{
    return buf_add(&((struct came *)closure)->text, bytes, length);
}

static bool end_came(void *closure, uint32_t uid)
{
    (void)uid;
    return buf_add_char(&((struct came *)closure)->text, ';');
}

static const struct imap_fetch_sink came_sink = {begin_came, keep_came, end_came};

/* Asks for 5 and 6, and for descriptions of 7 to 9, at the same time. */
static void expect_round(const struct server_step *script, const char *expected,
                         enum imap_status fetched, enum imap_status described,
                         size_t found)
{
    static const uint32_t bodies[] = {5, 6}, descriptions[] = {7, 8, 9};
    struct came came = {.wants = wants_five_and_six};
    struct imap_message messages[3];
    struct imap_ahead ahead = {.sink = &came_sink,
                               .closure = &came,
                               .max_bytes = 1000,
                               .all_bytes = 2000,
                               .uids = descriptions,
                               .count = 3,
                               .messages = messages};
    struct talk talk;

    buf_init(&came.text, MEBIBYTE);
    select_inbox(&talk, script);
    assert_true(imap_session_send_fetch(talk.session, bodies, 2));
    assert_true(imap_session_send_describe(talk.session, descriptions, 3));
    imap_session_read_ahead(talk.session, &ahead);
    assert_int_equal(ahead.fetched, fetched);
    assert_int_equal(ahead.described, described);
    assert_string_equal(came.text.data, expected);
    assert_int_equal(ahead.found, found);
    for (size_t i = 1; i < found; i++)
        assert_true(messages[i - 1].uid < messages[i].uid);
    buf_free(&came.text);
    talk_end(&talk);
}

/* libetpan counts the tags: 1 for the login, 2 for SELECT. */
#define BOTH                                                                             \
    SERVER_HEAR("3 UID FETCH 5,6 (UID BODY.PEEK[[][]])"),                                \
        SERVER_HEAR("4 UID FETCH 7:9 (UID FLAGS RFC822.SIZE *")

static void test_answers_to_two_commands_may_be_mixed(void **state)
{
    static const struct server_step mixed[] = {
        SELECTED,
        BOTH,
        SERVER_SAY("* 5 FETCH (UID 9 FLAGS () RFC822.SIZE 9)\r\n"
                   "* 2 FETCH (UID 6 BODY[] {3}\r\nsix)\r\n"
                   "* 3 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 7)\r\n"
                   "4 OK described\r\n"
                   "* 9 FETCH (UID 30 BODY[] {3}\r\nnot)\r\n"
                   "* 1 FETCH (UID 5 BODY[] {4}\r\nfive)\r\n"
                   "3 OK fetched\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    static const struct server_step refused[] = {
        SELECTED,
        BOTH,
        SERVER_SAY("* 2 FETCH (UID 6 BODY[] {3}\r\nsix)\r\n3 NO five is broken\r\n"
                   "4 BAD no\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };

    (void)state;
    expect_round(mixed, "6=six;5=five;", IMAP_OK, IMAP_OK, 2);
    expect_round(refused, "6=six;", IMAP_NO, IMAP_BAD, 0);
}

static void test_what_ends_in_the_middle_of_many(void **state)
{
    static const struct server_step cut[] = {
        SELECTED, BOTH,
        SERVER_SAY("* 2 FETCH (UID 6 BODY[] {3}\r\nsix)\r\n"
                   "* 1 FETCH (UID 5 BODY[] {4}\r\nfi"),
        SERVER_CLOSE};
    static const struct server_step large[] = {
        SELECTED, BOTH, SERVER_SAY("* 2 FETCH (UID 6 BODY[] {1001}\r\n"), SERVER_END};

    (void)state;
    expect_round(cut, "6=six;5=fi", IMAP_STREAM, IMAP_STREAM, 0);
    expect_round(large, "6=", IMAP_STREAM, IMAP_STREAM, 0);
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
    assert_int_equal(imap_session_mark_seen(talk.session, (uint32_t[]){5}, 1),
                     IMAP_STREAM);
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

/* ---- Several, slowly --------------------------------------------------------------- */

static bool begin_any(void *closure, uint32_t uid)
{
    (void)closure;
    return uid != 0;
}

static bool end_any(void *closure, uint32_t uid)
{
    (void)closure;
    return uid != 0;
}

#define A_SECOND                                                                         \
    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee" /* of a byte in 20 ms */

/* The time-out is for one of them, however small: a server may need it for each. */
static void test_the_time_out_counts_anew_with_each_message(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* UID FETCH 5:7 (UID BODY.PEEK[[][]])"),
        SERVER_SAY("* 1 FETCH (UID 5 BODY[] {50}\r\n"),
        SERVER_DRIP(A_SECOND),
        SERVER_SAY(")\r\n* 2 FETCH (UID 6 BODY[] {50}\r\n"),
        SERVER_DRIP(A_SECOND),
        SERVER_SAY(")\r\n* 3 FETCH (UID 7 BODY[] {50}\r\n"),
        SERVER_DRIP(A_SECOND),
        SERVER_SAY(")\r\n$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    static const struct imap_fetch_sink sink = {begin_any, keep, end_any};
    static const uint32_t uids[] = {5, 6, 7};
    struct imap_folder folder;
    struct imap_ahead ahead = {.sink = &sink, .max_bytes = 100, .all_bytes = 300};
    struct talk talk;
    struct buf got;

    (void)state;
    buf_init(&got, MEBIBYTE);
    ahead.closure = &got;
    talk_open(&talk, script, 2000);
    assert_int_equal(talk_authenticate(&talk, IMAP_PLAIN, "user", "password"), IMAP_OK);
    assert_int_equal(imap_session_select(talk.session, "INBOX", &folder), IMAP_OK);
    assert_true(imap_session_send_fetch(talk.session, uids, 3));
    imap_session_read_ahead(talk.session, &ahead);
    assert_int_equal(ahead.fetched, IMAP_OK);
    assert_int_equal(got.length, 150);
    buf_free(&got);
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
        cmocka_unit_test(test_answers_to_two_commands_may_be_mixed),
        cmocka_unit_test(test_what_ends_in_the_middle_of_many),
        cmocka_unit_test(test_a_sink_that_refuses_ends_the_session),
        cmocka_unit_test(test_memory_does_not_grow_with_the_message),
        cmocka_unit_test(test_the_time_out_counts_anew_with_each_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
