/*
 * What the ingest leaves behind in the mailbox of a real server: what is marked, moved
 * and deleted, and what is another client's and is not touched.
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

/* A name of every kind of letter, and as the wire has it (RFC 3501 5.1.3); what Cyrus
 * does not take for a name is in the second. */
#define ODD_NAME    "Erledigt/Gr\u00f6\u00dfe & Ma\u00df (7)"
#define ODD_WIRE    "Erledigt/Gr&APYA3w-e &- Ma&AN8- (7)"
#define QUOTED_NAME "a \"b\" \\ c% {5}"
#define QUOTED_WIRE "a \\\"b\\\" \\\\ c% {5}"

/* Where messages of a kind must be after the run. */
struct place {
    const char *search; /* which they are */
    const char *action; /* what was set for them */
    const char *folder; /* for a move, as a peer writes it */
    unsigned count;
};

/* Refuses messages with "bad" as their subject, and notes each that it saw. */
static const char script[] = "cat >\"$HERE/message.$$\"\n"
                             "echo x >>\"$HERE/calls\"\n"
                             "! grep -q '^Subject: bad' \"$HERE/message.$$\"\n";

static unsigned calls(const struct box *box)
{
    size_t length = 0;
    char *text = scratch_read(&box->live->scratch, "calls", &length);

    free(text);
    return (unsigned)(length / 2);
}

static unsigned count(struct box *box, const char *folder, const char *search,
                      const char *flags)
{
    char *what = mem_format("%s %s", search, flags);
    unsigned found = peer_search(box->peer, folder, what, NULL);

    free(what);
    return found;
}

/* Without UIDPLUS nothing of ours alone can be expunged: it stays, marked. */
static void check_place(struct box *box, const struct place *place)
{
    bool stays = box->kind->traits & KIND_NO_UIDPLUS;
    unsigned all = place->count;

    if (!strcmp(place->action, "keep") || !strcmp(place->action, "seen")) {
        bool seen = !strcmp(place->action, "seen");

        assert_int_equal(count(box, box->folder, place->search, "UNDELETED"), all);
        assert_int_equal(count(box, box->folder, place->search, "SEEN"), seen ? all : 0);
        return;
    }
    assert_int_equal(count(box, box->folder, place->search, "UNDELETED"), 0);
    assert_int_equal(count(box, box->folder, place->search, "DELETED"), stays ? all : 0);
    if (!strcmp(place->action, "move")) {
        assert_int_equal(count(box, place->folder, place->search, "UNDELETED"), all);
        assert_int_equal(count(box, place->folder, place->search, "ALL"), all);
    }
}

/* Two good messages and a bad one between those that another client has marked as
 * deleted, and may still want back. */
static void fill(struct box *box)
{
    static const char read[] = "Subject: theirs, read\r\n\r\nx\r\n";

    peer_append(box->peer, box->folder, "(\\Deleted \\Seen)", read, strlen(read));
    peer_mail(box->peer, box->folder, "good.1");
    peer_mail(box->peer, box->folder, "bad.1");
    peer_mail(box->peer, box->folder, "good.2");
    peer_append(box->peer, box->folder, "(\\Deleted \\Seen)", read, strlen(read));
}

static void check_wire(const struct box *box)
{
    assert_int_equal(box_heard(box, "EXPUNGE"), 0);
    assert_int_equal(box_heard(box, "CLOSE"), 0);
    assert_true(box_heard(box, "UID SEARCH") > 0);
    if (box->kind->traits & KIND_NO_MOVE)
        assert_int_equal(box_heard(box, "UID MOVE"), 0);
    if (box->kind->traits & KIND_NO_UIDPLUS)
        assert_int_equal(box_heard(box, "UID EXPUNGE"), 0);
}

static void try(struct box *box, const char *success, const char *failure)
{
    const struct place good = {"SUBJECT good", success, ODD_WIRE, 2};
    const struct place bad = {"SUBJECT bad", failure, "Refused", 1};

    box_set_script(box, script);
    box_set(box, "ingest.on_success", success);
    box_set(box, "ingest.on_failure", failure);
    if (!strcmp(success, "move"))
        box_set(box, "ingest.success_folder", ODD_NAME);
    if (!strcmp(failure, "move"))
        box_set(box, "ingest.failure_folder", "Refused");
    box_save(box);
    fill(box);
    box_run(box, 0);
    check_place(box, &good);
    box_run(box, 0); /* finds all done */
    assert_int_equal(calls(box), 3);
    check_place(box, &good);
    check_place(box, &bad);
    assert_int_equal(count(box, box->folder, "SUBJECT theirs", "DELETED"), 2);
    check_wire(box);
}

static void test_success_seen_failure_keep(void **state)
{
    try(*state, "seen", "keep");
}

static void test_success_move_failure_seen(void **state)
{
    try(*state, "move", "seen");
}

static void test_success_delete_failure_move(void **state)
{
    try(*state, "delete", "move");
}

static void test_success_keep_failure_delete(void **state)
{
    try(*state, "keep", "delete");
}

static void try_folder(struct box *box, const char *name, const char *wire)
{
    char *done = mem_format("%s/Fertig", name),
         *done_wire = mem_format("%s/Fertig", wire);

    snprintf(box->folder, sizeof box->folder, "%s", wire);
    peer_ask(box->peer, "CREATE \"%s\"", wire);
    box_set(box, "mailbox.folder", name);
    box_set(box, "ingest.on_success", "move");
    box_set(box, "ingest.success_folder", done);
    box_save(box);
    peer_mail(box->peer, wire, "one");
    box_run(box, 0);
    assert_int_equal(box_delivered_subject(box, "one"), 1);
    assert_int_equal(count(box, done_wire, "SUBJECT one", "UNSEEN"), 1);
    assert_int_equal(count(box, wire, "SUBJECT one", "UNDELETED"), 0);
    free(done);
    free(done_wire);
}

static void test_a_folder_of_any_letters(void **state)
{
    try_folder(*state, ODD_NAME, ODD_WIRE);
}

static void test_a_folder_with_quotes(void **state)
{
    try_folder(*state, QUOTED_NAME, QUOTED_WIRE);
}

/* IDLE makes no difference here. */
#define WHERE_MOVES_DIFFER(function)                                                     \
    {                                                                                    \
        .name = #function, .test = (function), .without = KIND_NO_IDLE                   \
    }

int main(void)
{
    static const struct box_case cases[] = {
        WHERE_MOVES_DIFFER(test_success_seen_failure_keep),
        WHERE_MOVES_DIFFER(test_success_move_failure_seen),
        WHERE_MOVES_DIFFER(test_success_delete_failure_move),
        WHERE_MOVES_DIFFER(test_success_keep_failure_delete),
        WHERE_MOVES_DIFFER(test_a_folder_of_any_letters),
        {.name = "test_a_folder_with_quotes",
         .test = test_a_folder_with_quotes,
         .only = &box_kinds[1]},
    };

    return box_run_cases("ingest: after", cases, sizeof cases / sizeof *cases);
}
