/* The connection to a real server is cut at every place of a session: then one more run,
 * and every message is delivered once, and moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "force/force.h"
#include "live/box.h"
#include "support/longform/longform.h"
#include "support/relay/relay.h"
#include "ui/exit_status.h"

#define MESSAGES   2 /* new ones for each cut */
#define SHORT_CUTS 8

struct cutting {
    struct box *box;
    struct relay *relay;
    unsigned mailed;
};

static void name(char out[32], unsigned number)
{
    snprintf(out, 32, "message.%u.", number);
}

static void mail(struct cutting *cutting)
{
    char subject[32];

    for (unsigned i = 0; i < MESSAGES; i++) {
        name(subject, ++cutting->mailed);
        peer_mail(cutting->box->peer, cutting->box->folder, subject);
    }
}

static int run(struct box *box)
{
    return LIVE_RUN(box->live, "ingest", "box", "--once");
}

/* Only the newest can be wrong: the others were looked at before. */
static const char *wrong(const struct cutting *cutting)
{
    const struct box *box = cutting->box;
    char subject[32];

    for (unsigned i = cutting->mailed - MESSAGES + 1; i <= cutting->mailed; i++) {
        name(subject, i);
        if (box_delivered_subject(box, subject) != 1)
            return "a message was not delivered once";
    }
    if (box_delivered(box) != cutting->mailed)
        return "more was delivered than was mailed";
    if (peer_search(box->peer, box->folder, "ALL", NULL) != 0)
        return "a message is left in the folder";
    if (peer_search(box->peer, "Done", "ALL", NULL) != cutting->mailed)
        return "not every message is in Done once";
    return NULL;
}

static void cut_at(struct cutting *cutting, const struct relay_cut *cut)
{
    const char *complaint = NULL;
    int status;

    mail(cutting);
    relay_cut_next(cutting->relay, cut);
    status = run(cutting->box);
    if (status == EXIT_DONE)
        complaint = wrong(cutting);
    else if (status != EXIT_RETRY && !strstr(cutting->box->live->errors, "imap.tls:"))
        complaint = "it did not end as what is to be tried again";
    if (!complaint && run(cutting->box) != EXIT_DONE)
        complaint = "the run after it did not end well";
    if (!complaint)
        complaint = wrong(cutting);
    if (complaint)
        fail_msg("end %d after %zu records of way %d and %zu bytes, status %d: %s\n%s",
                 cut->end, cut->records, cut->way, cut->bytes, status, complaint,
                 cutting->box->live->errors);
}

/* Into the next record's body, as often as not. */
static void cut_in_turn(struct cutting *cutting, const size_t records[RELAY_WAYS])
{
    struct relay_cut cut;

    for (cut.way = 0; cut.way < RELAY_WAYS; cut.way++)
        for (cut.records = 0; cut.records <= records[cut.way]; cut.records++)
            for (cut.end = RELAY_CLOSES; cut.end <= RELAY_RESETS; cut.end++)
                for (cut.bytes = 0; cut.bytes <= 9; cut.bytes += 9)
                    cut_at(cutting, &cut);
}

static void cut_by_chance(struct cutting *cutting, const size_t records[RELAY_WAYS])
{
    for (unsigned i = 0; i < SHORT_CUTS; i++) {
        struct relay_cut cut = {.end = i % 2 ? RELAY_CLOSES : RELAY_RESETS,
                                .way = force_chance(RELAY_WAYS),
                                .bytes = 9 * force_chance(2)};

        cut.records = force_chance((unsigned)records[cut.way] + 1);
        cut_at(cutting, &cut);
    }
}

static void test_cuts(void **state)
{
    const struct relay_cut none = {.end = RELAY_STAYS};
    struct cutting cutting = {.box = *state};
    size_t records[RELAY_WAYS];

    cutting.relay = relay_start(cutting.box->place.host, cutting.box->place.port);
    box_set_number(cutting.box, "server.port", relay_port(cutting.relay));
    box_set(cutting.box, "ingest.on_success", "move");
    box_set(cutting.box, "ingest.success_folder", "Done");
    box_save(cutting.box);
    cut_at(&cutting, &none);
    for (int way = 0; way < RELAY_WAYS; way++)
        records[way] = relay_records(cutting.relay, way);
    if (longform_is_wanted())
        cut_in_turn(&cutting, records);
    else
        cut_by_chance(&cutting, records);
    relay_stop(&cutting.relay);
}

int main(void)
{
    static const struct box_case cases[] = {
        {.name = "test_cuts", .test = test_cuts, .without = KIND_NO_MOVE | KIND_NO_IDLE},
    };

    force_seed();
    return box_run_cases("cuts", cases, sizeof cases / sizeof *cases);
}
