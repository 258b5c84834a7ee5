/*
 * From a real mailbox into another one by LMTP over TCP, at Dovecot: the messages are the
 * same but for what the server puts before them, a server that is away is waited for, and
 * a connection that is cut loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "live/box.h"
#include "support/relay/relay.h"

struct sample {
    const char *bytes;
    size_t length;
};

#define SAMPLE(text)                                                                     \
    {                                                                                    \
        text, sizeof(text) - 1                                                           \
    }

static const struct sample samples[] = {
    SAMPLE("Subject: plain\r\n\r\nbody\r\n"),
    SAMPLE("Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\n"),
    SAMPLE(
        "Subject: an end\r\n\r\nx\r\n.\r\nMAIL FROM:<a@example.org>\r\nBDAT 5 LAST\r\n"),
    SAMPLE("Subject: From\r\n\r\nFrom here on\r\n>From\r\n"),
    SAMPLE("Subject: eight bits\r\n\r\nGr\u00fc\u00dfe \x80\xff\r\n"),
    SAMPLE("Subject: no newline at the end\r\n\r\nbody"),
};
enum { SAMPLES = sizeof samples / sizeof *samples };

/* Another mailbox, at Dovecot, and its own client. */
struct inbox {
    char *user;
    struct peer_place place;
    struct peer *peer;
};

static void open_inbox(const struct box *box, struct inbox *inbox)
{
    size_t local = strcspn(box->user, "@");

    inbox->user =
        mem_format("to-%.*s-%d@%s", (int)local, box->user, box->kind->traits & KIND_CYRUS,
                   live_value(box->live, "fresh.domain"));
    inbox->place = (struct peer_place){.host = live_host(box->live, "imaps"),
                                       .port = live_port(box->live, "imaps"),
                                       .user = inbox->user,
                                       .password = box->place.password};
    inbox->peer = peer_open(&inbox->place);
}

static void close_inbox(struct inbox *inbox)
{
    peer_close(&inbox->peer);
    free(inbox->user);
}

static unsigned arrived(struct inbox *inbox)
{
    return peer_search(inbox->peer, "INBOX", "ALL", NULL);
}

static void deliver_to(struct box *box, const struct inbox *inbox, int port)
{
    char *target = mem_format("127.0.0.1:%d", port);

    box_set(box, "ingest.deliver", "lmtp");
    box_set(box, "ingest.target", target);
    box_set(box, "ingest.recipient", inbox->user);
    box_save(box);
    free(target);
}

/* Behind the header fields that the server put before it.  Where the last line had no
 * end, it has got one. */
static void check_arrived(const struct inbox *inbox, uint32_t uid,
                          const struct sample *sample)
{
    static const char begin[] = "Subject: ";
    size_t length, wanted = sample->length;
    char *text = peer_fetch(&inbox->place, "INBOX", uid, &length);
    const char *at = strstr(text, begin);
    bool is_ended = sample->bytes[wanted - 1] == '\n';

    assert_non_null(at);
    length -= (size_t)(at - text);
    if (!is_ended && length == wanted + 2 && !memcmp(at + wanted, "\r\n", 2))
        length -= 2;
    assert_int_equal(length, wanted);
    assert_memory_equal(at, sample->bytes, wanted);
    free(text);
}

static void test_messages_are_the_same(void **state)
{
    struct box *box = *state;
    struct inbox inbox;

    open_inbox(box, &inbox);
    deliver_to(box, &inbox, live_port(box->live, "lmtp"));
    for (size_t i = 0; i < SAMPLES; i++)
        peer_append(box->peer, "INBOX", "", samples[i].bytes, samples[i].length);
    box_run(box, 0);
    assert_int_equal(arrived(&inbox), SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++)
        check_arrived(&inbox, (uint32_t)i + 1, &samples[i]);
    assert_int_equal(peer_search(box->peer, "INBOX", "UNSEEN", NULL), 0);
    box_run(box, 0);
    assert_int_equal(arrived(&inbox), SAMPLES);
    close_inbox(&inbox);
}

/* The mail is at Cyrus, which stays. */
static void test_a_server_that_is_away_is_waited_for(void **state)
{
    struct box *box = *state, dovecot = *box;
    struct inbox inbox;

    dovecot.kind = &box_kinds[0];
    open_inbox(box, &inbox);
    deliver_to(box, &inbox, live_port(box->live, "lmtp"));
    peer_close(&inbox.peer);
    box_server(&dovecot, "stop");
    peer_mail(box->peer, "INBOX", "one");
    peer_mail(box->peer, "INBOX", "two");
    box_start(box);
    running_wait(box->ingest, "event=waiting");
    assert_int_equal(running_count(box->ingest, "event=refused"), 0);
    box_server(&dovecot, "start");
    running_wait_times(box->ingest, "event=delivered", 2);
    box_stop(box);
    inbox.peer = peer_open(&inbox.place);
    assert_int_equal(arrived(&inbox), 2);
    close_inbox(&inbox);
}

/* Cut on the way there it has not arrived; cut on the way back it may have. */
static void cut(struct box *box, struct inbox *inbox, struct relay *relay,
                enum relay_way way, size_t bytes)
{
    const struct relay_cut cut = {.end = RELAY_RESETS, .way = way, .bytes = bytes};
    unsigned before = arrived(inbox), most = way == RELAY_TO_SERVER ? 1 : 2, now;

    peer_mail(box->peer, "INBOX", "cut");
    relay_cut_next(relay, &cut);
    box_run(box, 75);
    assert_int_equal(peer_search(box->peer, "INBOX", "UNSEEN", NULL), 1);
    box_run(box, 0);
    assert_int_equal(peer_search(box->peer, "INBOX", "UNSEEN", NULL), 0);
    now = arrived(inbox);
    if (now < before + 1 || now > before + most)
        fail_msg("cut after %zu bytes of way %d: it arrived %u times", bytes, way,
                 now - before);
}

static void test_a_connection_that_is_cut(void **state)
{
    static const size_t to_server[] = {0, 4, 20, 80, 150};
    static const size_t to_client[] = {0, 3, 60, 200};
    struct box *box = *state;
    struct relay *relay = relay_start("127.0.0.1", live_port(box->live, "lmtp"));
    struct inbox inbox;

    open_inbox(box, &inbox);
    deliver_to(box, &inbox, relay_port(relay));
    for (size_t i = 0; i < sizeof to_server / sizeof *to_server; i++)
        cut(box, &inbox, relay, RELAY_TO_SERVER, to_server[i]);
    for (size_t i = 0; i < sizeof to_client / sizeof *to_client; i++)
        cut(box, &inbox, relay, RELAY_TO_CLIENT, to_client[i]);
    close_inbox(&inbox);
    relay_stop(&relay);
}

int main(void)
{
    static const struct box_case cases[] = {
        {.name = "test_messages_are_the_same",
         .test = test_messages_are_the_same,
         .only = &box_kinds[0]},
        {.name = "test_a_connection_that_is_cut",
         .test = test_a_connection_that_is_cut,
         .only = &box_kinds[0]},
        {.name = "test_a_server_that_is_away_is_waited_for",
         .test = test_a_server_that_is_away_is_waited_for,
         .only = &box_kinds[BOX_KINDS - 1]},
    };

    return box_run_cases("ingest: LMTP over TCP", cases, sizeof cases / sizeof *cases);
}
