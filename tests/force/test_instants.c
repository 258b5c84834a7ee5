/* Killed after random times, again and again, until all is delivered: a message comes
 * once more only when a kill fell between its delivery and its record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "force/force.h"
#include "support/longform/longform.h"

#define MESSAGES   200
#define PER_RUN    6 /* are fresh when a run is let go */
#define GROUP_MOST 64

/* Of each destination: the short form's, and the long form's. */
enum { KILLS = 20, KILLS_LONG = 1000 };

struct tally {
    struct force *force;
    int64_t most_us;                /* kills come from a quarter of that on */
    unsigned kills;                 /* that met a run which had not ended */
    unsigned excused[MESSAGES + 1]; /* kills between delivery and record, by message */
    bool recorded[MESSAGES + 1];
    unsigned open_most;
};

/* Of a copy: to open the ledger itself would tidy it up. */
static void read_ledger(struct tally *tally)
{
    static const char *const files[] = {"ledger.sqlite", "ledger.sqlite-wal"};
    const struct scratch *scratch = &tally->force->office->scratch;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *from = mem_format("state/support/%s", files[i]);
        char *to = mem_format("copy.%s", files[i]);
        size_t length = 0;
        char *bytes = scratch_read(scratch, from, &length);

        remove(scratch_at(scratch, to));
        if (bytes)
            scratch_write(scratch, to, bytes, length);
        free(bytes);
        free(from);
        free(to);
    }
    remove(scratch_at(scratch, "copy.ledger.sqlite-shm"));
    force_read_ledger(scratch_at(scratch, "copy.ledger.sqlite"), NULL, tally->recorded,
                      MESSAGES);
}

/* After a kill. */
static void take_stock(struct tally *tally)
{
    struct force_counts counts;
    unsigned open = 0;

    read_ledger(tally);
    force_count(tally->force, &counts);
    for (unsigned i = 1; i <= tally->force->mailed; i++) {
        if (tally->recorded[i] || counts.times[i] == 0)
            continue;
        tally->excused[i]++;
        open++;
    }
    if (open > tally->open_most)
        tally->open_most = open;
}

static void check_no_more_than_excused(const struct tally *tally)
{
    bool is_maildir = tally->force->to == FORCE_MAILDIR;
    struct force_counts counts;

    force_count(tally->force, &counts);
    for (unsigned i = 1; i <= tally->force->mailed; i++) {
        unsigned most = 1 + (is_maildir ? 0 : tally->excused[i]);

        if (counts.times[i] > most)
            fail_msg("message %u came %u times, although only %u kills excuse that", i,
                     counts.times[i], tally->excused[i]);
    }
}

/* What a run takes, roughly; kill_at_random() finds what suits the machine's load. */
static void measure(struct tally *tally)
{
    int64_t began = clock_now_us();

    force_mail(tally->force, PER_RUN);
    force_run_well(tally->force);
    tally->most_us = clock_now_us() - began;
}

/* Later when a kill came in time, sooner when the run had ended by then. */
static void kill_at_random(struct tally *tally)
{
    int64_t after = tally->most_us / 4 +
                    (int64_t)force_chance(1000) * (tally->most_us * 3 / 4) / 1000;
    int status;

    while (tally->force->mailed < MESSAGES &&
           mailserver_unseen(tally->force->office->server, "INBOX") < PER_RUN)
        force_mail(tally->force, 1);
    if (force_end(force_start(tally->force), after, &status)) {
        assert_int_equal(WEXITSTATUS(status), 0);
        tally->most_us -= tally->most_us / 4;
        return;
    }
    force_wait_for_orphans();
    tally->most_us += tally->most_us / 20;
    tally->kills++;
    take_stock(tally);
    check_no_more_than_excused(tally);
    if (tally->force->to == FORCE_MAILDIR)
        office_read_all(tally->force->office);
}

static void kill_often(enum force_to to)
{
    struct tally tally = {.force = force_open(to, "seen")};
    unsigned kills = longform_is_wanted() ? KILLS_LONG : KILLS;
    const char *wrong;
    unsigned most = 1;

    measure(&tally);
    for (unsigned runs = 0; tally.kills < kills && runs < 3 * kills; runs++)
        kill_at_random(&tally);
    force_run_well(tally.force);
    check_no_more_than_excused(&tally);
    for (unsigned i = 1; i <= MESSAGES; i++)
        if (to != FORCE_MAILDIR && tally.excused[i] >= most)
            most = tally.excused[i] + 1;
    wrong = force_wrong(tally.force, most);
    if (wrong)
        fail_msg("%s: %s", force_name(to), wrong);
    print_message("%s: %u messages, %u kills, at most %u delivered and not recorded\n",
                  force_name(to), tally.force->mailed, tally.kills, tally.open_most);
    assert_true(tally.kills > 0);
    assert_true(tally.open_most <= GROUP_MOST);
    force_close(&tally.force);
}

static void test_maildir(void **state)
{
    (void)state;
    kill_often(FORCE_MAILDIR);
}

static void test_http(void **state)
{
    (void)state;
    kill_often(FORCE_HTTP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maildir),
        cmocka_unit_test(test_http),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
