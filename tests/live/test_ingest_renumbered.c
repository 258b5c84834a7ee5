/*
 * A folder that the server numbers anew (another UIDVALIDITY), between two runs and while
 * one listens: it is said, nothing is lost, and what is known is not delivered twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "live/box.h"

#define FOLDER "Queue"

static void use_folder(struct box *box)
{
    snprintf(box->folder, sizeof box->folder, FOLDER);
    peer_ask(box->peer, "CREATE " FOLDER);
    box_set(box, "mailbox.folder", FOLDER);
}

/* What a rebuilt mailbox is: the messages that were in it, unread, with numbers that mean
 * nothing any more. */
static void rebuild(struct box *box)
{
    uint32_t before = peer_uid_validity(box->peer, FOLDER);

    peer_ask(box->peer, "UNSELECT");
    peer_ask(box->peer, "RENAME " FOLDER " Old");
    peer_ask(box->peer, "CREATE " FOLDER);
    peer_ask(box->peer, "SELECT Old");
    peer_ask(box->peer, "UID COPY 1:* " FOLDER);
    peer_ask(box->peer, "SELECT " FOLDER);
    peer_ask(box->peer, "UID STORE 1:* -FLAGS.SILENT (\\Seen)");
    peer_ask(box->peer, "UNSELECT");
    assert_true(peer_uid_validity(box->peer, FOLDER) != before);
}

static void check_delivered(const struct box *box, const char *subject, unsigned times)
{
    assert_int_equal(box_delivered_subject(box, subject), times);
}

static void test_between_two_runs(void **state)
{
    struct box *box = *state;
    const char *said;

    use_folder(box);
    box_save(box);
    peer_mail(box->peer, FOLDER, "one");
    peer_mail(box->peer, FOLDER, "two");
    box_run(box, 0);
    rebuild(box);
    peer_mail(box->peer, FOLDER, "three");
    said = box_run(box, 0);
    assert_non_null(strstr(said, "event=renumbered"));
    assert_non_null(strstr(said, "event=recognised mailbox=box messages=2"));
    check_delivered(box, "one", 1);
    check_delivered(box, "two", 1);
    check_delivered(box, "three", 1);
    assert_int_equal(peer_search(box->peer, FOLDER, "UNSEEN", NULL), 0);
    assert_null(strstr(box_run(box, 0), "event=renumbered"));
}

/* Where messages stay unread, all of them come again. */
static void test_a_mailbox_that_keeps_all_unread(void **state)
{
    struct box *box = *state;

    use_folder(box);
    box_set(box, "ingest.on_success", "keep");
    box_save(box);
    peer_mail_many(box->peer, FOLDER, "", "kept", 150, 0);
    box_run(box, 0);
    rebuild(box);
    box_run(box, 0);
    box_run(box, 0);
    assert_int_equal(box_delivered(box), 150);
}

/* The same Message-ID and size twice may be two messages: better twice than lost. */
static void test_what_is_not_sure_is_delivered_again(void **state)
{
    static const char alike[] = "Subject: alike\r\nMessage-ID: <1@scanner>\r\n\r\n%c\r\n";
    static const char nameless[] = "Subject: nameless\r\n\r\nx\r\n";
    struct box *box = *state;
    char text[sizeof alike];

    use_folder(box);
    box_save(box);
    snprintf(text, sizeof text, alike, 'a');
    peer_append(box->peer, FOLDER, "", text, strlen(text));
    peer_append(box->peer, FOLDER, "", nameless, strlen(nameless));
    box_run(box, 0);
    rebuild(box);
    snprintf(text, sizeof text, alike, 'b');
    peer_append(box->peer, FOLDER, "", text, strlen(text));
    box_run(box, 0);
    check_delivered(box, "alike", 3);
    check_delivered(box, "nameless", 2);
}

/* ---- Restored from a backup -------------------------------------------------------- */

static void copy(const char *from, const char *to)
{
    const char *argv[] = {"/bin/cp", "-a", from, to, NULL};
    struct running *running = running_start(argv);

    assert_int_equal(running_end(running), 0);
    running_free(&running);
}

/* Where the server keeps INBOX; the caller's. */
static char *inbox_path(const struct box *box)
{
    static const char before[] = "MAILBOXID (";
    const char *at;

    if (!(box->kind->traits & KIND_CYRUS))
        return box_server_path(box, "");
    at = strstr(peer_ask(box->peer, "STATUS INBOX (MAILBOXID)"), before);
    assert_non_null(at);
    at += strlen(before);
    return mem_format("%s/cyrus/spool/uuid/%c/%c/%.*s", live_value(box->live, "dir"),
                      at[0], at[1], (int)strcspn(at, ")"), at);
}

/* The server's files of INBOX, at that path, as `saved` has them. */
static void restore(struct box *box, const char *path, const char *saved)
{
    char *lost = mem_format("%s.lost", path);

    peer_close(&box->peer);
    box_server(box, "stop");
    assert_int_equal(rename(path, lost), 0);
    copy(saved, path);
    box_server(box, "start");
    box->peer = peer_open(&box->place);
    free(lost);
}

/* The same UIDVALIDITY, and numbers that are given again. */
static void test_a_mailbox_that_was_restored(void **state)
{
    static const char *const subjects[] = {"one", "two", "three", "four"};
    struct box *box = *state;
    char *path = inbox_path(box),
         *saved = mem_format("%s", scratch_at(&box->live->scratch, "saved"));
    uint32_t before, again, validity;

    box_save(box);
    peer_mail(box->peer, "INBOX", "one");
    validity = peer_uid_validity(box->peer, "INBOX");
    copy(path, saved);
    peer_mail(box->peer, "INBOX", "two");
    peer_mail(box->peer, "INBOX", "three");
    assert_int_equal(peer_search(box->peer, "INBOX", "SUBJECT two", &before), 1);
    peer_ask(box->peer, "UNSELECT");
    box_run(box, 0);
    restore(box, path, saved);
    peer_mail(box->peer, "INBOX", "four");
    assert_int_equal(peer_search(box->peer, "INBOX", "SUBJECT four", &again), 1);
    assert_int_equal(again, before);
    assert_int_equal(peer_uid_validity(box->peer, "INBOX"), validity);
    assert_non_null(strstr(box_run(box, 0), "event=renumbered"));
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        check_delivered(box, subjects[i], 1);
    assert_int_equal(peer_search(box->peer, "INBOX", "UNSEEN", NULL), 0);
    assert_null(strstr(box_run(box, 0), "event=renumbered"));
    free(saved);
    free(path);
}

/* No server tells of it during IDLE, so the ingest hears of it when that is renewed. */
static void test_while_it_runs(void **state)
{
    struct box *box = *state;

    use_folder(box);
    box_set_switch(box, "ingest.idle", false);
    box_save(box);
    box_edit(box, "\"poll_seconds\": 86400", "\"poll_seconds\": 1");
    peer_mail(box->peer, FOLDER, "one");
    box_start(box);
    box_wait_delivered(box, 1);
    box_wait_heard(box, "UID SEARCH", 2);
    peer_ask(box->peer, "DELETE " FOLDER);
    peer_ask(box->peer, "CREATE " FOLDER);
    peer_mail(box->peer, FOLDER, "two");
    box_wait_delivered(box, 2);
    running_wait(box->ingest, "event=renumbered");
    box_stop(box);
    check_delivered(box, "one", 1);
    check_delivered(box, "two", 1);
}

#define WHERE_IDS_DIFFER(function)                                                       \
    {                                                                                    \
        .name = #function, .test = (function), .without = KIND_NO_IDLE | KIND_NO_MOVE    \
    }

int main(void)
{
    static const struct box_case cases[] = {
        WHERE_IDS_DIFFER(test_between_two_runs),
        WHERE_IDS_DIFFER(test_a_mailbox_that_keeps_all_unread),
        WHERE_IDS_DIFFER(test_a_mailbox_that_was_restored),
        WHERE_IDS_DIFFER(test_what_is_not_sure_is_delivered_again),
        {.name = "test_while_it_runs", .test = test_while_it_runs, .only = &box_kinds[0]},
    };

    return box_run_cases("ingest: renumbered", cases, sizeof cases / sizeof *cases);
}
