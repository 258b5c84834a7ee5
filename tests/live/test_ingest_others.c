/*
 * Another client at the mailbox, in the middle of a visit: at every step of it, the
 * connection is held there, the other client reads a message or takes it out, and the
 * visit goes on.  What was read meanwhile is that client's, and comes when it is unread
 * again; what is gone is said to be; nothing is delivered twice, and nothing is held up.
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
#include "support/relay/relay.h"

/* Into the same place as the Maildir, one by one. */
static const char one_by_one[] = "mkdir -p \"$HERE/mail/new\"\n"
                                 "exec cat >\"$(mktemp \"$HERE/mail/new/XXXXXXXX\")\"\n";

struct scene {
    struct box *box;
    struct relay *relay;
    unsigned round;
    char first[32], victim[32], last[32]; /* subjects of this round */
    char uid[16];                         /* the victim's */
    unsigned untouched;                   /* victims that were left alone */
};

static void store(struct box *box, const char *uid, const char *what)
{
    peer_ask(box->peer, "SELECT %s", box->folder);
    peer_ask(box->peer, "UID STORE %s %s", uid, what);
}

static void do_read(struct box *box, const char *uid)
{
    store(box, uid, "+FLAGS.SILENT (\\Seen)");
    peer_ask(box->peer, "UNSELECT");
}

static void do_expunge(struct box *box, const char *uid)
{
    store(box, uid, "+FLAGS.SILENT (\\Deleted)");
    peer_ask(box->peer, "UID EXPUNGE %s", uid);
    peer_ask(box->peer, "UNSELECT");
}

static void name_round(struct scene *scene, unsigned round)
{
    snprintf(scene->first, sizeof scene->first, "a.%u.", round);
    snprintf(scene->victim, sizeof scene->victim, "b.%u.", round);
    snprintf(scene->last, sizeof scene->last, "c.%u.", round);
}

static void mail(struct scene *scene)
{
    struct box *box = scene->box;
    uint32_t uid = 0;
    char search[64];

    name_round(scene, ++scene->round);
    peer_mail(box->peer, box->folder, scene->first);
    peer_mail(box->peer, box->folder, scene->victim);
    peer_mail(box->peer, box->folder, scene->last);
    snprintf(search, sizeof search, "SUBJECT %s", scene->victim);
    assert_int_equal(peer_search(box->peer, box->folder, search, &uid), 1);
    peer_ask(box->peer, "UNSELECT");
    snprintf(scene->uid, sizeof scene->uid, "%u", (unsigned)uid);
}

/* The log has such a line about the victim. */
static bool said(const struct scene *scene, const char *event)
{
    char *line = mem_format("event=%s mailbox=box uid=%s ", event, scene->uid);
    char *short_line = mem_format("event=%s mailbox=box uid=%s\n", event, scene->uid);
    const char *text = running_said(scene->box->ingest);
    bool found = strstr(text, line) != NULL || strstr(text, short_line) != NULL;

    free(line);
    free(short_line);
    return found;
}

static void wrong(const struct scene *scene, size_t at, const char *what)
{
    fail_msg("held after %zu answers: %s:\n%s", at, what,
             running_said(scene->box->ingest));
}

static unsigned delivered(const struct scene *scene, const char *subject)
{
    return box_delivered_subject(scene->box, subject);
}

static void check_round(struct scene *scene, size_t at, const char *event)
{
    struct live *live = scene->box->live;
    bool is_there = delivered(scene, scene->victim) > 0;

    if (delivered(scene, scene->first) != 1 || delivered(scene, scene->last) != 1)
        wrong(scene, at, "another message was not delivered once");
    if (delivered(scene, scene->victim) > 1)
        wrong(scene, at, "it was delivered twice");
    if (said(scene, "delivered") != is_there)
        wrong(scene, at, "it is not delivered as it is said");
    if (is_there && said(scene, event))
        wrong(scene, at, "it was delivered, and is said not to be");
    LIVE_RUN(live, "status", "box", "--json");
    if (!strstr(live->output, "\"waiting\": 0"))
        wrong(scene, at, live->output);
    scene->untouched += said(scene, event);
}

/* A run that is held when the server has answered so often, while `meddle` is done; false
 * when the folder was not opened by then. */
static bool run_held(struct scene *scene, size_t at,
                     void (*meddle)(struct box *box, const char *uid), const char *event)
{
    const struct relay_cut cut = {
        .end = RELAY_HOLDS, .way = RELAY_TO_CLIENT, .records = at, .bytes = 1};
    struct box *box = scene->box;
    unsigned before = box_heard(box, "SELECT");
    bool is_opened;

    mail(scene);
    relay_cut_next(scene->relay, &cut);
    box_start_once(box);
    if (relay_wait_held(scene->relay))
        meddle(box, scene->uid);
    is_opened = box_heard(box, "SELECT") > before;
    relay_release(scene->relay);
    if (running_end(box->ingest) != 0)
        wrong(scene, at, "it did not end well");
    check_round(scene, at, event);
    return is_opened;
}

/* All is unread again: what was delivered does not come twice, and what was left to the
 * other client comes now. */
static void check_unread_again(struct scene *scene, bool is_expunged)
{
    struct box *box = scene->box;
    unsigned taken = 0;

    store(box, "1:*", "-FLAGS.SILENT (\\Seen)");
    peer_ask(box->peer, "UNSELECT");
    box_run(box, 0);
    for (unsigned round = 1; round <= scene->round; round++) {
        name_round(scene, round);
        assert_int_equal(delivered(scene, scene->first), 1);
        assert_int_equal(delivered(scene, scene->last), 1);
        taken += delivered(scene, scene->victim);
    }
    assert_int_equal(box_delivered(box), 2 * scene->round + taken);
    if (!is_expunged)
        assert_int_equal(taken, scene->round);
}

static void try(struct box *box, bool is_expunged)
{
    const struct relay_cut none = {.end = RELAY_STAYS};
    struct scene scene = {.box = box};
    size_t at;

    scene.relay = relay_start(box->place.host, box->place.port);
    box_set_number(box, "server.port", relay_port(scene.relay));
    box_save(box);
    relay_cut_next(scene.relay, &none);
    mail(&scene);
    box_run(box, 0);
    at = relay_records(scene.relay, RELAY_TO_CLIENT);
    while (run_held(&scene, --at, is_expunged ? do_expunge : do_read,
                    is_expunged ? "gone" : "left"))
        assert_true(at > 0);
    assert_true(scene.untouched > 0);
    check_unread_again(&scene, is_expunged);
    relay_stop(&scene.relay);
}

static void test_a_message_that_another_client_reads(void **state)
{
    try(*state, false);
}

static void test_a_message_that_another_client_takes_out(void **state)
{
    struct box *box = *state;

    box_set(box, "ingest.on_success", "move");
    box_set(box, "ingest.success_folder", "Done");
    try(box, true);
}

static void test_one_by_one_a_message_that_another_client_reads(void **state)
{
    struct box *box = *state;

    box_set_script(box, one_by_one);
    box_set(box, "ingest.on_success", "move");
    box_set(box, "ingest.success_folder", "Done");
    try(box, false);
}

static void test_one_by_one_a_message_that_another_client_takes_out(void **state)
{
    box_set_script(*state, one_by_one);
    try(*state, true);
}

#define WHERE_SESSIONS_DIFFER(function)                                                  \
    {                                                                                    \
        .name = #function, .test = (function), .without = KIND_NO_IDLE | KIND_NO_MOVE    \
    }

int main(void)
{
    static const struct box_case cases[] = {
        WHERE_SESSIONS_DIFFER(test_a_message_that_another_client_reads),
        WHERE_SESSIONS_DIFFER(test_a_message_that_another_client_takes_out),
        {.name = "test_one_by_one_a_message_that_another_client_reads",
         .test = test_one_by_one_a_message_that_another_client_reads,
         .only = &box_kinds[0]},
        WHERE_SESSIONS_DIFFER(test_one_by_one_a_message_that_another_client_takes_out),
    };

    return box_run_cases("ingest: others", cases, sizeof cases / sizeof *cases);
}
