/* Folders and messages: opened, listed, found, described, moved, waited for. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/argv.h"
#include "base/clock.h"
#include "protocol/imap/talk.h"

#define SELECTED                                                                         \
    TALK_LOGGED_IN, SERVER_HEAR("* SELECT INBOX"),                                       \
        SERVER_SAY("* 2 EXISTS\r\n$TAG OK [READ-WRITE] open\r\n")

static void select_inbox(struct talk *talk, const struct server_step *script)
{
    struct imap_folder folder;

    talk_log_in(talk, script);
    assert_int_equal(imap_session_select(talk->session, "INBOX", &folder), IMAP_OK);
    assert_int_equal(folder.exists, 2);
    assert_false(folder.read_only);
}

/* ---- Folders ----------------------------------------------------------------------- */

static void test_a_folder_goes_out_in_modified_utf7(void **state)
{
    static const struct server_step script[] = {
        TALK_LOGGED_IN,
        SERVER_HEAR("* EXAMINE \"Entw&APw-rfe 2026\""),
        SERVER_SAY("$TAG NO [NONEXISTENT] Mailbox doesn't exist\r\n"),
        SERVER_HEAR("* CREATE \"Entw&APw-rfe \\\\\"2\\\\\"\""),
        SERVER_SAY("$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct imap_folder folder;
    struct talk talk;

    (void)state;
    talk_log_in(&talk, script);
    assert_int_equal(
        imap_session_examine(talk.session, "INBOX\r\n3 DELETE INBOX", &folder),
        IMAP_UNABLE);
    assert_int_equal(imap_session_examine(talk.session, "Entw\xc3\xbcrfe 2026", &folder),
                     IMAP_NO);
    assert_string_equal(talk_answer(&talk)->code, "NONEXISTENT");
    assert_string_equal(talk_answer(&talk)->text, "Mailbox doesn't exist");
    assert_int_equal(imap_session_create(talk.session, "Entw\xc3\xbcrfe \"2\""), IMAP_OK);
    assert_int_equal(imap_session_create(talk.session, "a\nb"), IMAP_UNABLE);
    talk_end(&talk);
}

static void test_folders_are_listed_as_a_person_writes_them(void **state)
{
    static const struct server_step script[] = {
        TALK_LOGGED_IN,
        SERVER_HEAR("* LIST \"\" \"\\*\""),
        SERVER_SAY("* LIST (\\HasNoChildren) \"/\" INBOX\r\n"
                   "* LIST (\\Noselect) \"/\" Parent\r\n"
                   "* LIST (\\HasNoChildren \\Drafts) \"/\" \"Entw&APw-rfe\"\r\n"
                   "* LIST () \"/\" {5}\r\nA \"b\"\r\n"
                   "* LIST () NIL \"bad &name\"\r\n"
                   "* LIST () \"/\" beyond\r\n"
                   "$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    char **names;

    (void)state;
    talk_log_in(&talk, script);
    assert_int_equal(imap_session_list(talk.session, 3, &names), IMAP_OK);
    assert_int_equal(argv_count(names), 3);
    assert_string_equal(names[0], "INBOX");
    assert_string_equal(names[1], "Entw\xc3\xbcrfe");
    assert_string_equal(names[2], "A \"b\"");
    argv_free(&names);
    talk_end(&talk);
}

static void test_an_ok_without_text_is_an_ok(void **state)
{
    static const struct server_step script[] = {
        TALK_LOGGED_IN,
        SERVER_HEAR("* EXAMINE INBOX"),
        SERVER_SAY("* 9 EXISTS\r\n$TAG OK\r\n"),
        SERVER_HEAR("* EXAMINE INBOX"),
        SERVER_SAY("$TAG NO\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct imap_folder folder;
    struct talk talk;

    (void)state;
    talk_log_in(&talk, script);
    assert_int_equal(imap_session_examine(talk.session, "INBOX", &folder), IMAP_OK);
    assert_int_equal(folder.exists, 9);
    assert_int_equal(imap_session_examine(talk.session, "INBOX", &folder), IMAP_NO);
    talk_end(&talk);
}

/* ---- Messages ---------------------------------------------------------------------- */

static void test_unseen_messages_come_in_order_and_once(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* UID SEARCH UNSEEN"),
        SERVER_SAY("* SEARCH 12 4294967295 3 \r\n* 3 EXISTS\r\n* SEARCH 3 4294967296\r\n"
                   "$TAG OK\r\n"),
        SERVER_HEAR("* UID SEARCH UNSEEN"),
        SERVER_SAY("* SEARCH\r\n$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct imap_uids uids;
    struct talk talk;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_search_unseen(talk.session, &uids), IMAP_OK);
    assert_int_equal(uids.count, 3);
    assert_int_equal(uids.items[0], 3);
    assert_int_equal(uids.items[1], 12);
    assert_int_equal(uids.items[2], 4294967295u);
    free(uids.items);
    assert_int_equal(imap_session_search_unseen(talk.session, &uids), IMAP_OK);
    assert_int_equal(uids.count, 0);
    talk_end(&talk);
}

static void test_previews_are_decoded_and_in_the_order_asked_for(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* UID FETCH 9,5,7 (UID INTERNALDATE BODY.PEEK[[]HEADER.FIELDS*"),
        SERVER_SAY("* 1 FETCH (UID 5 INTERNALDATE \" 1-Jan-2026 02:00:00 +0200\" "
                   "BODY[HEADER.FIELDS (Subject From)] {49}\r\n"
                   "Subject: =?utf-8?B?w4RyZ2Vy?=\r\nFrom: a@b.test\r\n\r\n)\r\n"
                   "* 2 FETCH (FLAGS (\\Seen))\r\n"
                   "* 3 FETCH (BODY[HEADER.FIELDS (\"SUBJECT\" \"FROM\")] "
                   "\"Subject: nine\" UID 9)\r\n"
                   "* 1 FETCH (UID 5 FLAGS (\\Flagged))\r\n"
                   "* 4 FETCH (UID 1 INTERNALDATE \"01-Jan-2026 02:00:00 +0200\")\r\n"
                   "$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    static const uint32_t uids[] = {9, 5, 7};
    struct imap_preview previews[3];
    struct talk talk;
    size_t count;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_previews(talk.session, uids, 3, previews, &count),
                     IMAP_OK);
    assert_int_equal(count, 2);
    assert_int_equal(previews[0].uid, 9);
    assert_string_equal(previews[0].subject, "nine");
    assert_int_equal(previews[0].date, 0);
    assert_int_equal(previews[1].uid, 5);
    assert_string_equal(previews[1].subject, "\xc3\x84rger");
    assert_string_equal(previews[1].from, "a@b.test");
    assert_int_equal(previews[1].date, 1767225600); /* 2026-01-01T00:00:00Z */
    talk_end(&talk);
}

static void test_messages_are_described_before_they_are_fetched(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* UID FETCH 5,6 (UID FLAGS RFC822.SIZE BODY.PEEK[[]HEADER.FIELDS*"),
        SERVER_SAY(
            "* 1 FETCH (UID 5 FLAGS (\\Answered \\Seen $Junk) RFC822.SIZE 4294967295 "
            "BODY[HEADER.FIELDS (Message-ID)] {26}\r\nMessage-ID:\r\n <x@y.test>\r\n)"
            "\r\n"
            "* 2 FETCH (UID 6 FLAGS () RFC822.SIZE 10 "
            "BODY[HEADER.FIELDS (Message-ID)] {2}\r\n\r\n)\r\n$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    static const uint32_t uids[] = {5, 6};
    struct imap_message messages[2];
    struct talk talk;
    size_t found;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_describe(talk.session, uids, 2, messages, &found),
                     IMAP_OK);
    assert_int_equal(found, 2);
    assert_int_equal(messages[0].uid, 5);
    assert_int_equal(messages[0].size, 4294967295u);
    assert_true(messages[0].seen);
    assert_string_equal(messages[0].message_id, "<x@y.test>");
    assert_int_equal(messages[1].uid, 6);
    assert_false(messages[1].seen);
    assert_string_equal(messages[1].message_id, "");
    talk_end(&talk);
}

static void test_a_message_is_marked(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* UID STORE 5 +FLAGS.SILENT (\\\\Seen)"),
        SERVER_SAY("$TAG OK\r\n"),
        SERVER_HEAR("* UID STORE 6 +FLAGS.SILENT (\\\\Seen)"),
        SERVER_SAY("$TAG NO [NOPERM] read-only\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_mark_seen(talk.session, (uint32_t[]){5}, 1), IMAP_OK);
    assert_int_equal(imap_session_mark_seen(talk.session, (uint32_t[]){6}, 1), IMAP_NO);
    assert_string_equal(talk_answer(&talk)->code, "NOPERM");
    talk_end(&talk);
}

static void test_a_move_is_one_command_where_the_server_has_it(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* UID MOVE 5 \"Done\""),
        SERVER_SAY("* OK [COPYUID 1 5 9] moved\r\n* 1 EXPUNGE\r\n$TAG OK\r\n"),
        SERVER_HEAR("* UID MOVE 6 \"Missing\""),
        SERVER_SAY("$TAG NO [TRYCREATE] no such folder\r\n"),
        SERVER_HEAR("* UID STORE 7 +FLAGS.SILENT (\\\\Deleted)"),
        SERVER_SAY("$TAG OK\r\n"),
        SERVER_HEAR("* UID EXPUNGE 7"),
        SERVER_SAY("* 1 EXPUNGE\r\n$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_move(talk.session, (uint32_t[]){5}, 1, "Done"),
                     IMAP_OK);
    assert_int_equal(imap_session_move(talk.session, (uint32_t[]){6}, 1, "Missing"),
                     IMAP_NO);
    assert_string_equal(talk_answer(&talk)->code, "TRYCREATE");
    assert_int_equal(imap_session_move(talk.session, (uint32_t[]){6}, 1, "a\r\nb"),
                     IMAP_UNABLE);
    assert_int_equal(imap_session_delete(talk.session, (uint32_t[]){7}, 1), IMAP_OK);
    talk_end(&talk);
}

/* The script of a server without MOVE; it says what it has when asked after the login. */
#define POOR_SERVER(list)                                                                \
    SERVER_TLS(CERT_GOOD), TALK_GREETING, SERVER_HEAR("* AUTHENTICATE PLAIN *"),         \
        SERVER_SAY("$TAG OK [CAPABILITY " list "] in\r\n"),                              \
        SERVER_HEAR("* SELECT INBOX"),                                                   \
        SERVER_SAY("* 2 EXISTS\r\n$TAG OK [READ-WRITE] open\r\n")

static void test_without_move_a_message_is_copied_and_expunged_alone(void **state)
{
    static const struct server_step script[] = {
        POOR_SERVER("IMAP4rev1 UIDPLUS"),
        SERVER_HEAR("* UID COPY 5 \"Done\""),
        SERVER_SAY("$TAG OK\r\n"),
        SERVER_HEAR("* UID STORE 5 +FLAGS.SILENT (\\\\Deleted)"),
        SERVER_SAY("$TAG OK\r\n"),
        SERVER_HEAR("* UID EXPUNGE 5"),
        SERVER_SAY("$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_move(talk.session, (uint32_t[]){5}, 1, "Done"),
                     IMAP_UNABLE);
    assert_int_equal(imap_session_copy(talk.session, (uint32_t[]){5}, 1, "Done"),
                     IMAP_OK);
    assert_int_equal(imap_session_delete(talk.session, (uint32_t[]){5}, 1), IMAP_OK);
    talk_end(&talk);
}

static void test_without_uidplus_nothing_is_expunged(void **state)
{
    static const struct server_step script[] = {
        POOR_SERVER("IMAP4rev1"),
        SERVER_HEAR("* UID COPY 5 \"Done\""),
        SERVER_SAY("$TAG OK\r\n"),
        SERVER_HEAR("* UID STORE 5 +FLAGS.SILENT (\\\\Deleted)"),
        SERVER_SAY("$TAG OK\r\n"),
        SERVER_HEAR("* UID COPY 6 \"Missing\""),
        SERVER_SAY("$TAG NO [TRYCREATE] no such folder\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_copy(talk.session, (uint32_t[]){5}, 1, "Done"),
                     IMAP_OK);
    assert_int_equal(imap_session_delete(talk.session, (uint32_t[]){5}, 1), IMAP_OK);
    assert_int_equal(imap_session_copy(talk.session, (uint32_t[]){6}, 1, "Missing"),
                     IMAP_NO);
    talk_end(&talk);
}

static void test_capabilities_of_before_the_login_are_asked_again(void **state)
{
    static const struct server_step script[] = {
        SERVER_TLS(CERT_GOOD),
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n"),
        SERVER_HEAR("* AUTHENTICATE PLAIN *"),
        SERVER_SAY("$TAG OK in\r\n"),
        SERVER_HEAR("* SELECT INBOX"),
        SERVER_SAY("* 2 EXISTS\r\n$TAG OK [READ-WRITE] open\r\n"),
        SERVER_HEAR("* CAPABILITY"),
        SERVER_SAY("* CAPABILITY IMAP4rev1 MOVE\r\n$TAG OK\r\n"),
        SERVER_HEAR("* UID MOVE 5 \"Done\""),
        SERVER_SAY("$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_move(talk.session, (uint32_t[]){5}, 1, "Done"),
                     IMAP_OK);
    talk_end(&talk);
}

/* ---- Waiting ----------------------------------------------------------------------- */

static int64_t late(void)
{
    return clock_now_ms() + 20000;
}

static void test_idle_ends_with_news(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* IDLE"),
        SERVER_SAY("+ idling\r\n* OK still here\r\n"),
        SERVER_DRIP("* 3 EXISTS\r\n"),
        SERVER_HEAR("DONE"),
        SERVER_SAY("$TAG OK done\r\n"),
        SERVER_HEAR("* NOOP"),
        SERVER_SAY("* 3 EXPUNGE\r\n$TAG OK done\r\n"),
        SERVER_HEAR("* NOOP"),
        SERVER_SAY("$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    bool news;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_idle(talk.session, late(), -1, &news), IMAP_OK);
    assert_true(news);
    assert_int_equal(imap_session_noop(talk.session, &news), IMAP_OK);
    assert_true(news);
    assert_int_equal(imap_session_noop(talk.session, &news), IMAP_OK);
    assert_false(news);
    talk_end(&talk);
}

/* A server tells once: in the answer to whatever it is asked next. */
static void test_news_of_another_answer_are_not_slept_over(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* UID SEARCH *"),
        SERVER_SAY("* SEARCH 5\r\n* 3 EXISTS\r\n$TAG OK\r\n"),
        SERVER_HEAR("* UID SEARCH *"),
        SERVER_SAY("* SEARCH 5 6\r\n* 3 EXISTS\r\n$TAG OK\r\n"),
        SERVER_HEAR("* IDLE"),
        SERVER_SAY("+ idling\r\n* 2 EXPUNGE\r\n"),
        SERVER_HEAR("DONE"),
        SERVER_SAY("$TAG OK done\r\n"),
        SERVER_HEAR("* CREATE \"Done\""),
        SERVER_SAY("* 3 EXISTS\r\n$TAG OK\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct imap_uids uids;
    struct talk talk;
    bool news;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_search_unseen(talk.session, &uids), IMAP_OK);
    free(uids.items);
    assert_int_equal(imap_session_idle(talk.session, late(), -1, &news), IMAP_OK);
    assert_true(news);
    /* The same number again is nothing new, but one more than was left is. */
    assert_int_equal(imap_session_search_unseen(talk.session, &uids), IMAP_OK);
    free(uids.items);
    assert_int_equal(imap_session_idle(talk.session, late(), -1, &news), IMAP_OK);
    assert_true(news);
    assert_int_equal(imap_session_create(talk.session, "Done"), IMAP_OK);
    assert_int_equal(imap_session_idle(talk.session, late(), -1, &news), IMAP_OK);
    assert_true(news);
    talk_end(&talk);
}

static void test_idle_ends_when_its_time_is_up(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* IDLE"),
        SERVER_SAY("+ idling\r\n"),
        SERVER_HEAR("DONE"),
        SERVER_SAY("$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    bool news;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(imap_session_idle(talk.session, clock_now_ms() + 50, -1, &news),
                     IMAP_OK);
    assert_false(news);
    talk_end(&talk);
}

/* The session goes on. */
static void test_idle_ends_sooner_when_somebody_wants_it(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* IDLE"),
        SERVER_SAY("+ idling\r\n"),
        SERVER_HEAR("DONE"),
        SERVER_SAY("$TAG OK done\r\n"),
        SERVER_HEAR("* NOOP"),
        SERVER_SAY("$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct cancel sooner;
    struct talk talk;
    bool news;

    (void)state;
    assert_true(cancel_init(&sooner));
    select_inbox(&talk, script);
    cancel_fire(&sooner);
    assert_int_equal(imap_session_idle(talk.session, INT64_MAX, sooner.fd, &news),
                     IMAP_OK);
    assert_false(news);
    assert_int_equal(imap_session_noop(talk.session, &news), IMAP_OK);
    talk_end(&talk);
    cancel_close(&sooner);
}

static void *cancel_when_idle(void *argument)
{
    struct talk *talk = argument;

    server_wait_step(talk->server, 8);
    cancel_fire(&talk->cancel);
    return NULL;
}

static void test_a_cancelled_idle_still_says_goodbye(void **state)
{
    static const struct server_step script[] = {
        SELECTED,
        SERVER_HEAR("* IDLE"),
        SERVER_SAY("+ idling\r\n"),
        SERVER_HEAR("DONE"),
        SERVER_SAY("$TAG OK done\r\n"),
        TALK_LOGOUT,
        SERVER_END,
    };
    struct talk talk;
    pthread_t thread;
    bool news;

    (void)state;
    select_inbox(&talk, script);
    assert_int_equal(pthread_create(&thread, NULL, cancel_when_idle, &talk), 0);
    assert_int_equal(imap_session_idle(talk.session, late(), -1, &news), IMAP_STREAM);
    assert_int_equal(talk_reason(&talk), NET_CANCELLED);
    pthread_join(thread, NULL);
    imap_session_free(&talk.session);
    assert_true(server_wait_end(talk.server));
    talk_end(&talk);
}

static void test_idle_that_is_refused_or_missing(void **state)
{
    static const struct server_step refused[] = {SELECTED, SERVER_HEAR("* IDLE"),
                                                 SERVER_SAY("$TAG BAD no\r\n"),
                                                 TALK_LOGOUT, SERVER_END};
    static const struct server_step missing[] = {POOR_SERVER("IMAP4rev1"), TALK_LOGOUT,
                                                 SERVER_END};
    struct talk talk;
    bool news;

    (void)state;
    select_inbox(&talk, refused);
    assert_int_equal(imap_session_idle(talk.session, late(), -1, &news), IMAP_BAD);
    talk_end(&talk);
    select_inbox(&talk, missing);
    assert_int_equal(imap_session_idle(talk.session, late(), -1, &news), IMAP_UNABLE);
    talk_end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_goes_out_in_modified_utf7),
        cmocka_unit_test(test_folders_are_listed_as_a_person_writes_them),
        cmocka_unit_test(test_an_ok_without_text_is_an_ok),
        cmocka_unit_test(test_unseen_messages_come_in_order_and_once),
        cmocka_unit_test(test_previews_are_decoded_and_in_the_order_asked_for),
        cmocka_unit_test(test_messages_are_described_before_they_are_fetched),
        cmocka_unit_test(test_a_message_is_marked),
        cmocka_unit_test(test_a_move_is_one_command_where_the_server_has_it),
        cmocka_unit_test(test_without_move_a_message_is_copied_and_expunged_alone),
        cmocka_unit_test(test_without_uidplus_nothing_is_expunged),
        cmocka_unit_test(test_capabilities_of_before_the_login_are_asked_again),
        cmocka_unit_test(test_idle_ends_with_news),
        cmocka_unit_test(test_news_of_another_answer_are_not_slept_over),
        cmocka_unit_test(test_idle_ends_when_its_time_is_up),
        cmocka_unit_test(test_idle_ends_sooner_when_somebody_wants_it),
        cmocka_unit_test(test_a_cancelled_idle_still_says_goodbye),
        cmocka_unit_test(test_idle_that_is_refused_or_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
