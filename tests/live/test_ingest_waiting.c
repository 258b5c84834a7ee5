/*
 * The ingest that runs on, at real servers: it hears of mail by IDLE or by asking, comes
 * back to a server that was away, and keeps a second one out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "live/box.h"

#define BURST       20
#define PATIENCE_MS (120 * 1000)

/* Notes each message, and waits with the first until the gate is opened. */
static const char gated[] = "cat >\"$HERE/message.$$\"\n"
                            "if [ -p \"$HERE/gate\" ]; then\n"
                            "    read -r word <\"$HERE/gate\"\n"
                            "    rm \"$HERE/gate\"\n"
                            "fi\n"
                            "exit 0\n";

/* The gate's other end, once the script stands before it. */
static int wait_at_gate(const struct box *box)
{
    const char *gate = scratch_at(&box->live->scratch, "gate");
    int64_t until = clock_now_ms() + PATIENCE_MS;
    int fd;

    while ((fd = open(gate, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0) {
        assert_int_equal(errno, ENXIO);
        if (clock_now_ms() > until)
            fail_msg("nobody comes to the gate");
        poll(NULL, 0, 10);
    }
    return fd;
}

static void away_and_back(struct box *box)
{
    peer_close(&box->peer);
    box_server(box, "stop");
    running_wait(box->ingest, "event=waiting");
    box_server(box, "start");
    box->peer = peer_open(&box->place);
}

static void test_mail_is_taken_as_it_comes(void **state)
{
    struct box *box = *state;

    box_save(box);
    box_start(box);
    box_wait_heard(box, "IDLE", 1);
    peer_mail(box->peer, "INBOX", "one");
    box_wait_delivered(box, 1);
    box_wait_heard(box, "IDLE", 2);
    for (unsigned i = 0; i < BURST; i++) {
        char subject[16];

        snprintf(subject, sizeof subject, "burst.%u", i);
        peer_mail(box->peer, "INBOX", subject);
    }
    box_wait_delivered(box, 1 + BURST);
    box_stop(box);
    box_run(box, 0); /* what was delivered at the last moment, and is not marked yet */
    assert_int_equal(box_delivered(box), 1 + BURST);
    assert_int_equal(peer_search(box->peer, "INBOX", "UNSEEN", NULL), 0);
}

/* The server tells of a new message once only: while the one before is being marked. */
static void test_mail_that_comes_during_a_pass_is_not_slept_over(void **state)
{
    struct box *box = *state;
    int gate;

    assert_int_equal(mkfifo(scratch_at(&box->live->scratch, "gate"), 0600), 0);
    box_set_script(box, gated);
    box_save(box);
    peer_mail(box->peer, "INBOX", "one");
    box_start(box);
    gate = wait_at_gate(box);
    peer_mail(box->peer, "INBOX", "two");
    assert_int_equal(write(gate, "\n", 1), 1);
    close(gate);
    running_wait_times(box->ingest, "event=delivered", 2);
    box_stop(box);
}

/* The server tells of nothing then: only the bell does. */
static void test_what_is_put_back_is_taken_at_once(void **state)
{
    struct box *box = *state;

    box_set_script(box, "test -e \"$HERE/mended\"");
    box_save(box);
    peer_mail(box->peer, "INBOX", "one");
    box_start(box);
    running_wait(box->ingest, "event=refused");
    box_wait_heard(box, "IDLE", 1);
    scratch_write(&box->live->scratch, "mended", "", 0);
    assert_int_equal(LIVE_RUN(box->live, "messages", "box", "--retry", "all"), 0);
    assert_non_null(strstr(box->live->output, "The running ingest takes it now."));
    running_wait(box->ingest, "event=delivered");
    box_wait_heard(box, "IDLE", 2);
    box_stop(box);
}

static void test_a_server_is_asked_where_it_does_not_tell(void **state)
{
    struct box *box = *state;

    box_set_switch(box, "ingest.idle", box->kind->traits & KIND_NO_IDLE);
    box_save(box);
    box_edit(box, "\"poll_seconds\": 86400", "\"poll_seconds\": 1");
    box_start(box);
    box_wait_heard(box, "UID SEARCH", 2);
    peer_mail(box->peer, "INBOX", "one");
    box_wait_delivered(box, 1);
    box_stop(box);
    assert_int_equal(box_heard(box, "IDLE"), 0);
}

static void test_a_server_that_was_away_is_come_back_to(void **state)
{
    struct box *box = *state;

    box_save(box);
    box_start(box);
    box_wait_heard(box, "IDLE", 1);
    away_and_back(box);
    peer_mail(box->peer, "INBOX", "one");
    box_wait_delivered(box, 1);
    box_wait_heard(box, "IDLE", 2);
    peer_mail(box->peer, "INBOX", "two");
    box_wait_delivered(box, 2);
    box_stop(box);
}

static void test_a_second_ingest_is_told(void **state)
{
    struct box *box = *state;

    box_save(box);
    box_start(box);
    box_wait_heard(box, "UID SEARCH", 1);
    assert_int_equal(LIVE_RUN(box->live, "ingest", "box", "--once"), 75);
    assert_non_null(strstr(box->live->errors, "Another ingest is at work"));
    box_stop(box);
    assert_int_equal(LIVE_RUN(box->live, "ingest", "box", "--once"), 0);
}

/* A client with tokens of two seconds. */
static void use_brief_tokens(struct box *box)
{
    json_decref(box->answers);
    box->answers = live_answers(box->live, "custom");
    box_set(box, "name", "box");
    box_set(box, "oauth.client_id", live_value(box->live, "clients.brief.id"));
    box_set(box, "oauth.client_secret", live_value(box->live, "clients.brief.secret"));
    box_set_number(box, "ingest.poll_seconds", 86400);
    snprintf(box->user, sizeof box->user, "%s",
             json_string_value(json_object_get(box->answers, "mailbox.user")));
    box->place.password = json_string_value(
        json_object_get(json_object_get(box->live->sandbox, "passwords"), box->user));
    peer_close(&box->peer);
    box->peer = peer_open(&box->place);
}

static void test_tokens_of_seconds_and_a_server_that_is_away(void **state)
{
    struct box *box = *state;
    unsigned before;

    use_brief_tokens(box);
    box_save(box);
    before = peer_search(box->peer, "INBOX", "UNSEEN", NULL);
    box_start(box);
    box_wait_delivered(box, before);
    for (unsigned i = 0; i < 3; i++) {
        away_and_back(box);
        peer_mail(box->peer, "INBOX", "one");
        box_wait_delivered(box, before + 1 + i);
    }
    assert_int_equal(running_count(box->ingest, "event=parked"), 0);
    box_stop(box);
}

int main(void)
{
    static const struct box_case cases[] = {
        {.name = "test_mail_is_taken_as_it_comes",
         .test = test_mail_is_taken_as_it_comes,
         .without = KIND_NO_IDLE | KIND_NO_MOVE},
        {.name = "test_mail_that_comes_during_a_pass_is_not_slept_over",
         .test = test_mail_that_comes_during_a_pass_is_not_slept_over,
         .without = KIND_NO_IDLE | KIND_NO_MOVE},
        {.name = "test_what_is_put_back_is_taken_at_once",
         .test = test_what_is_put_back_is_taken_at_once,
         .without = KIND_NO_IDLE | KIND_NO_MOVE},
        {.name = "test_a_server_is_asked_where_it_does_not_tell",
         .test = test_a_server_is_asked_where_it_does_not_tell,
         .without = KIND_NO_MOVE},
        {.name = "test_a_server_that_was_away_is_come_back_to",
         .test = test_a_server_that_was_away_is_come_back_to,
         .without = KIND_NO_IDLE | KIND_NO_MOVE},
        {.name = "test_a_second_ingest_is_told",
         .test = test_a_second_ingest_is_told,
         .only = &box_kinds[0]},
        {.name = "test_tokens_of_seconds_and_a_server_that_is_away",
         .test = test_tokens_of_seconds_and_a_server_that_is_away,
         .only = &box_kinds[0]},
    };

    return box_run_cases("ingest: waiting", cases, sizeof cases / sizeof *cases);
}
