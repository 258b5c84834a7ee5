/*
 * A server that does not do as it is asked: no second connection, a folder for reading
 * only, no room for what is moved.
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

static struct peer *strict_peer(const struct box *box)
{
    struct peer_place place = box->place;

    place.host = live_host(box->live, box->kind->endpoint);
    place.port = live_port(box->live, box->kind->endpoint);
    return peer_open(&place);
}

static void test_a_connection_too_many_is_tried_later(void **state)
{
    struct box *box = *state;
    struct peer *other;

    box_save(box);
    peer_mail(box->peer, "INBOX", "one");
    peer_close(&box->peer);
    other = strict_peer(box);
    assert_non_null(strstr(box_run(box, 75), "imap.authenticate"));
    peer_close(&other);
    box->peer = peer_open(&box->place);
    assert_int_equal(box_delivered(box), 0);
}

/* The other client counts as a connection, too. */
static const char *run_alone(struct box *box, int status)
{
    const char *said;

    peer_close(&box->peer);
    said = box_run(box, status);
    box->peer = peer_open(&box->place);
    return said;
}

/* A folder of the Maildir for reading only. */
static void close_folder(const struct box *box, const char *below)
{
    char *path = box_server_path(box, below);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs("owner lr\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void test_a_folder_for_reading_only_is_not_fetched(void **state)
{
    struct box *box = *state;

    close_folder(box, "/dovecot-acl");
    box_save(box);
    peer_mail(box->peer, "INBOX", "one");
    assert_non_null(strstr(run_alone(box, 77), "for reading only"));
    assert_int_equal(box_delivered(box), 0);
    box_set(box, "ingest.on_success", "keep");
    box_save(box);
    run_alone(box, 0);
    assert_int_equal(box_delivered(box), 1);
}

/* What is delivered and cannot be moved stays delivered, once, and it is said what to
 * type. */
static void test_a_folder_that_takes_no_messages(void **state)
{
    struct box *box = *state;
    char *command = mem_format("doveadm acl add -u %s Done owner lookup read write "
                               "write-seen insert",
                               box->user);

    peer_ask(box->peer, "CREATE Done");
    close_folder(box, "/.Done/dovecot-acl");
    box_set(box, "ingest.on_success", "move");
    box_set(box, "ingest.success_folder", "Done");
    box_save(box);
    peer_mail_many(box->peer, "INBOX", "", "refused", 2, 0);
    assert_non_null(strstr(run_alone(box, 77), command));
    run_alone(box, 77);
    assert_int_equal(box_delivered(box), 2);
    assert_int_equal(peer_search(box->peer, "INBOX", "UNSEEN", NULL), 2);
    free(command);
}

/* The same. */
static void test_no_room_for_what_is_moved(void **state)
{
    struct box *box = *state;

    box_set(box, "ingest.on_success", "move");
    box_set(box, "ingest.success_folder", "Done");
    box_save(box);
    peer_mail_many(box->peer, "INBOX", "", "full", 8, 0);
    assert_non_null(strstr(run_alone(box, 75), "doveadm quota get"));
    run_alone(box, 75);
    assert_int_equal(box_delivered(box), 8);
    assert_int_equal(peer_search(box->peer, "INBOX", "ALL", NULL), 8);
}

int main(void)
{
    static const struct box_case cases[] = {
        {.name = "test_a_connection_too_many_is_tried_later",
         .test = test_a_connection_too_many_is_tried_later,
         .only = &box_strict},
        {.name = "test_a_folder_for_reading_only_is_not_fetched",
         .test = test_a_folder_for_reading_only_is_not_fetched,
         .only = &box_strict},
        {.name = "test_a_folder_that_takes_no_messages",
         .test = test_a_folder_that_takes_no_messages,
         .only = &box_strict},
        {.name = "test_no_room_for_what_is_moved",
         .test = test_no_room_for_what_is_moved,
         .only = &box_strict},
    };

    return box_run_cases("ingest: strict", cases, sizeof cases / sizeof *cases);
}
