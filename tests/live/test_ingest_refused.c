/*
 * A server that does not let messages be marked, moved or deleted, by the rights of a
 * folder (RFC 4314) or a quota (RFC 9208): each is delivered once, the administrator is
 * told what to type, and what was told helps.
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

#define CYRUS    (&box_kinds[BOX_KINDS - 1])
#define MESSAGES 3

static struct peer *administrator(const struct box *box)
{
    struct peer_place place = box->place;

    place.user = "admin";
    return peer_open(&place);
}

static void administrate(const struct box *box, const char *command)
{
    struct peer *peer = administrator(box);

    peer_ask(peer, "%s", command);
    peer_close(&peer);
}

/* `folder` is "" for INBOX, else "/NAME". */
static void set_rights(const struct box *box, const char *folder, const char *rights)
{
    char *command =
        mem_format("SETACL \"user/%s%s\" %s %s", box->user, folder, box->user, rights);

    administrate(box, command);
    free(command);
}

static void set_quota(const struct box *box, const char *folder, unsigned kib)
{
    char *command =
        mem_format("SETQUOTA \"user/%s%s\" (STORAGE %u)", box->user, folder, kib);

    administrate(box, command);
    free(command);
}

/* Types what stands at the end of it, behind "In cyradm: ": IMAP has these commands too.
 */
static void do_as_told(const struct box *box, const char *said)
{
    static const char before[] = "In cyradm: ";
    const char *at = NULL;
    char *line, *rest, *command;

    while ((said = strstr(said, before)) != NULL) {
        said += strlen(before);
        at = said;
    }
    assert_non_null(at);
    line = rest = mem_copy_bytes(at, strcspn(at, "\n"));
    while ((command = strtok_r(rest, ";", &rest)) != NULL) {
        command += strspn(command, " ");
        assert_int_equal(strncmp(command, "setacl ", 7), 0);
        administrate(box, command);
    }
    free(line);
}

static unsigned left_unread(const struct box *box)
{
    return peer_search(box->peer, "INBOX", "UNSEEN", NULL);
}

struct refusal {
    const char *action;
    const char *folder, *rights; /* what is left of them, of which folder */
    const char *command;         /* that is sent once for all messages, in each run */
    const char *told;
};

static void try_refusal(struct box *box, const struct refusal *refusal)
{
    peer_ask(box->peer, "CREATE Done");
    box_set(box, "ingest.on_success", refusal->action);
    if (!strcmp(refusal->action, "move"))
        box_set(box, "ingest.success_folder", "Done");
    box_save(box);
    peer_mail_many(box->peer, "INBOX", "", "refused", MESSAGES, 0);
    set_rights(box, refusal->folder, refusal->rights);
    for (unsigned run = 1; run <= 2; run++) {
        const char *said = box_run(box, 77);

        assert_non_null(strstr(said, refusal->told));
        assert_int_equal(box_delivered(box), MESSAGES);
        assert_int_equal(box_heard(box, refusal->command), run);
    }
    do_as_told(box, running_said(box->ingest));
    box_run(box, 0);
    assert_int_equal(box_delivered(box), MESSAGES);
    assert_int_equal(left_unread(box), 0);
}

static void test_a_folder_that_takes_no_messages(void **state)
{
    const struct refusal refusal = {"move", "/Done", "lr", "UID MOVE", "does not let"};

    try_refusal(*state, &refusal);
    assert_int_equal(peer_search(((struct box *)*state)->peer, "Done", "ALL", NULL),
                     MESSAGES);
}

static void test_a_folder_that_gives_no_messages_away(void **state)
{
    const struct refusal refusal = {"move", "", "lrswi", "UID MOVE", "does not let"};

    try_refusal(*state, &refusal);
    assert_int_equal(peer_search(((struct box *)*state)->peer, "Done", "ALL", NULL),
                     MESSAGES);
}

static void test_a_folder_where_nothing_may_be_deleted(void **state)
{
    const struct refusal refusal = {"delete", "", "lrswi", "UID STORE",
                                    "rights t and e are needed"};

    try_refusal(*state, &refusal);
}

static void test_a_folder_where_nothing_may_be_marked(void **state)
{
    const struct refusal refusal = {"seen", "", "lr", "UID STORE", "right s is needed"};

    try_refusal(*state, &refusal);
}

/* One try for what is overdue and one for what is new, at each look. */
static void test_what_is_refused_is_not_tried_without_end(void **state)
{
    struct box *box = *state;

    peer_ask(box->peer, "CREATE Done");
    box_set(box, "ingest.on_success", "move");
    box_set(box, "ingest.success_folder", "Done");
    box_save(box);
    set_rights(box, "/Done", "lr");
    peer_mail_many(box->peer, "INBOX", "", "first", MESSAGES, 0);
    box_start(box);
    box_wait_heard(box, "IDLE", 1);
    assert_int_equal(box_heard(box, "UID MOVE"), 1);
    assert_int_equal(LIVE_RUN(box->live, "status", "box", "--json"), 0);
    assert_non_null(strstr(box->live->output, "setacl"));
    peer_mail(box->peer, "INBOX", "second");
    box_wait_heard(box, "IDLE", 2);
    assert_int_equal(box_heard(box, "UID MOVE"), 3);
    box_stop(box);
    assert_int_equal(box_delivered(box), MESSAGES + 1);
}

static void test_a_folder_without_room(void **state)
{
    struct box *box = *state;
    char *create = mem_format("CREATE \"user/%s/Full\"", box->user);

    administrate(box, create);
    set_quota(box, "/Full", 1);
    box_set(box, "ingest.on_success", "move");
    box_set(box, "ingest.success_folder", "Full");
    box_save(box);
    peer_mail_many(box->peer, "INBOX", "", "large", MESSAGES, 3000);
    for (unsigned run = 1; run <= 2; run++) {
        assert_non_null(strstr(box_run(box, 75), "has no room in Full"));
        assert_non_null(strstr(running_said(box->ingest), "setquota"));
        assert_int_equal(box_delivered(box), MESSAGES);
    }
    assert_int_equal(left_unread(box), MESSAGES);
    set_quota(box, "/Full", 1000);
    box_run(box, 0);
    assert_int_equal(box_delivered(box), MESSAGES);
    assert_int_equal(peer_search(box->peer, "Full", "ALL", NULL), MESSAGES);
    free(create);
}

#define AT_CYRUS(function)                                                               \
    {                                                                                    \
        .name = #function, .test = (function), .only = CYRUS                             \
    }

int main(void)
{
    const struct box_case cases[] = {
        AT_CYRUS(test_a_folder_that_takes_no_messages),
        AT_CYRUS(test_a_folder_that_gives_no_messages_away),
        AT_CYRUS(test_a_folder_where_nothing_may_be_deleted),
        AT_CYRUS(test_a_folder_where_nothing_may_be_marked),
        AT_CYRUS(test_what_is_refused_is_not_tried_without_end),
        AT_CYRUS(test_a_folder_without_room),
    };

    return box_run_cases("ingest: refused", cases, sizeof cases / sizeof *cases);
}
