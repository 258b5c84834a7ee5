/* The connection is cut at every place of a session: closed, reset, or silent; then one
 * more run, and every message is where it goes, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "force/force.h"
#include "support/longform/longform.h"
#include "support/relay/relay.h"
#include "ui/exit_status.h"

#define MESSAGES   3
#define SHORT_CUTS 4 /* of each scenario */

struct scenario {
    enum force_to to;
    const char *after;
};

static const char *const ways[] = {
    [RELAY_TO_SERVER] = "to the server",
    [RELAY_TO_CLIENT] = "to the client",
};

static const char *const ends[] = {
    [RELAY_STAYS] = "not cut",
    [RELAY_CLOSES] = "closed",
    [RELAY_RESETS] = "reset",
    [RELAY_SILENCE] = "silent",
};

/* Into the next record: not at all, into its header, into its body. */
static const size_t depths[] = {0, 3, 9};

static void set_number(struct force *force, enum setting_id id, int number)
{
    char text[16];

    snprintf(text, sizeof text, "%d", number);
    office_set(force->office, id, text);
}

/* A run that says nothing of a cut has done everything; another is to be tried again.
 * Only a handshake that is cut looks like a firewall (network.cut_at_handshake). */
static const char *wrong_at_once(struct force *force, int status)
{
    char *said = force_said(force);
    bool in_handshake = said && strstr(said, "imap.tls:");

    free(said);
    if (status == EXIT_DONE)
        return force_wrong(force, 1);
    if (status != EXIT_RETRY && !(status == EXIT_SERVER && in_handshake))
        return "it did not end as what is to be tried again";
    return NULL;
}

/* `records` (may be NULL) are those that passed each way. */
static void cut_at(const struct scenario *scenario, const struct relay_cut *cut,
                   size_t records[RELAY_WAYS])
{
    struct force *force = force_open(scenario->to, scenario->after);
    struct relay *relay =
        relay_start("127.0.0.1", mailserver_port(force->office->server));
    const char *wrong;
    int status;

    force_mail(force, MESSAGES);
    set_number(force, SET_SERVER_PORT, relay_port(relay));
    set_number(force, SET_SERVER_TIMEOUT_SECONDS, cut->end == RELAY_SILENCE ? 1 : 60);
    relay_cut_next(relay, cut);
    status = force_run(force);
    for (int way = 0; records && way < RELAY_WAYS; way++)
        records[way] = relay_records(relay, way);
    wrong = wrong_at_once(force, status);
    set_number(force, SET_SERVER_TIMEOUT_SECONDS, 60);
    if (!wrong) {
        force_run_well(force);
        wrong = force_wrong(force, scenario->to == FORCE_MAILDIR ? 1 : 2);
    }
    if (wrong)
        fail_msg("%s, %s, %s after %zu records %s and %zu bytes, status %d: %s\n%s",
                 force_name(scenario->to), scenario->after, ends[cut->end], cut->records,
                 ways[cut->way], cut->bytes, status, wrong, force_said(force));
    relay_stop(&relay);
    force_close(&force);
}

static void cut_all(const struct scenario *scenario, const size_t records[RELAY_WAYS])
{
    struct relay_cut cut;

    for (cut.way = 0; cut.way < RELAY_WAYS; cut.way++)
        for (cut.records = 0; cut.records <= records[cut.way]; cut.records++)
            for (cut.end = RELAY_CLOSES; cut.end <= RELAY_SILENCE; cut.end++)
                for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
                    cut.bytes = depths[i];
                    cut_at(scenario, &cut, NULL);
                }
}

static void cut_some(const struct scenario *scenario, const size_t records[RELAY_WAYS])
{
    for (unsigned i = 0; i < SHORT_CUTS; i++) {
        struct relay_cut cut = {.end = i == 0  ? RELAY_SILENCE
                                       : i % 2 ? RELAY_CLOSES
                                               : RELAY_RESETS,
                                .way = force_chance(RELAY_WAYS),
                                .bytes =
                                    depths[force_chance(sizeof depths / sizeof *depths)]};

        cut.records = force_chance((unsigned)records[cut.way] + 1);
        cut_at(scenario, &cut, NULL);
    }
}

static void cut_everywhere(const struct scenario *scenario)
{
    const struct relay_cut none = {.end = RELAY_STAYS};
    size_t records[RELAY_WAYS];

    cut_at(scenario, &none, records);
    print_message("%s, %s: %zu records to the server, %zu to the client\n",
                  force_name(scenario->to), scenario->after, records[RELAY_TO_SERVER],
                  records[RELAY_TO_CLIENT]);
    assert_true(records[RELAY_TO_SERVER] > 0 && records[RELAY_TO_CLIENT] > 0);
    if (longform_is_wanted())
        cut_all(scenario, records);
    else
        cut_some(scenario, records);
}

static void test_maildir_seen(void **state)
{
    (void)state;
    cut_everywhere(&(struct scenario){FORCE_MAILDIR, "seen"});
}

static void test_maildir_move(void **state)
{
    (void)state;
    cut_everywhere(&(struct scenario){FORCE_MAILDIR, "move"});
}

static void test_http_delete(void **state)
{
    (void)state;
    cut_everywhere(&(struct scenario){FORCE_HTTP, "delete"});
}

/* ---- To the destination ------------------------------------------------------------ */

/* Bytes of a conversation without TLS, which the relay takes for one long record. */
static const unsigned lengths[] = {[RELAY_TO_SERVER] = 450, [RELAY_TO_CLIENT] = 90};

static void set_target(struct force *force, int port)
{
    char target[64];

    snprintf(target, sizeof target,
             force->to == FORCE_HTTP ? "http://127.0.0.1:%d/mail" : "127.0.0.1:%d", port);
    office_set(force->office, SET_INGEST_TARGET, target);
}

static void cut_destination_at(enum force_to to, const struct relay_cut *cut)
{
    struct force *force = force_open(to, "seen");
    struct relay *relay = relay_start("127.0.0.1", sink_port(force->sink));
    const char *wrong = NULL;
    int status;

    force_mail(force, MESSAGES);
    set_target(force, relay_port(relay));
    relay_cut_next(relay, cut);
    status = force_run(force);
    if (status == EXIT_DONE)
        wrong = force_wrong(force, 1);
    else if (status != EXIT_RETRY)
        wrong = "it did not end as what is to be tried again";
    if (!wrong) {
        force_run_well(force);
        wrong = force_wrong(force, 2);
    }
    if (wrong)
        fail_msg("%s %s after %zu bytes %s, status %d: %s\n%s", force_name(to),
                 ends[cut->end], cut->bytes, ways[cut->way], status, wrong,
                 force_said(force));
    relay_stop(&relay);
    force_close(&force);
}

static void cut_destination(enum force_to to)
{
    struct relay_cut cut = {.end = RELAY_CLOSES};

    for (cut.way = 0; cut.way < RELAY_WAYS; cut.way++) {
        unsigned step = longform_is_wanted() ? 3 : lengths[cut.way] / 2;

        for (cut.bytes = force_chance(step); cut.bytes < lengths[cut.way];
             cut.bytes += step) {
            cut.end = force_chance(2) ? RELAY_CLOSES : RELAY_RESETS;
            cut_destination_at(to, &cut);
        }
    }
}

static void test_http_itself(void **state)
{
    (void)state;
    cut_destination(FORCE_HTTP);
}

static void test_lmtp_itself(void **state)
{
    (void)state;
    cut_destination(FORCE_LMTP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maildir_seen), cmocka_unit_test(test_maildir_move),
        cmocka_unit_test(test_http_delete),  cmocka_unit_test(test_http_itself),
        cmocka_unit_test(test_lmtp_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
