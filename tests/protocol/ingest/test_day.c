/*
 * A day in fast motion: a mailbox whose servers do something else in each cycle.
 *
 * Tokens last seconds, servers restart, throttle, refuse, go silent and come back; after
 * each trouble the mail of that cycle arrives.  At the end every message was delivered
 * once, and the process is no bigger than at the beginning.
 *
 * LETTERBOX_TEST_LONG makes it thousands of cycles (./dev soak), LETTERBOX_DAY_CYCLES as
 * many as it says.
 */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/service.h"
#include "ingest/state.h"
#include "protocol/ingest/office.h"
#include "support/fasttime/fasttime.h"
#include "support/longform/longform.h"
#include "support/tokenserver/tokenserver.h"

#define SPEED       1000
#define CYCLES      56  /* of the short form */
#define TOLD        100 /* cycles between two figures */
#define LONG_CYCLES 5000
#define WARM        28    /* before the first look at what the process takes */
#define WAIT_MS     60000 /* real, for the mail of one cycle */
#define MET_MS      3000
/* The mail server is in this process, and keeps what it was sent and told. */
#define GROWTH_KB         4096
#define GROWTH_OF_MAIL_KB 2   /* of each message */
#define FEW_CYCLES        300 /* with so few, memory says nothing */

struct day {
    struct office *office;
    struct tokenserver *tokens;
    struct cancel cancel;
    pthread_t thread;
    bool done;
    unsigned cycle, mailed;
    unsigned troubles, met; /* those that there were, and that the status told of */
};

/* ---- What goes wrong --------------------------------------------------------------- */

enum mishap_kind {
    QUIET,   /* nobody is troubled */
    SESSION, /* met on the open session */
    DOOR,    /* met on the way in: the connection is cut first */
    CUT,     /* a message breaks off */
};

struct mishap {
    const char *name;
    enum mishap_kind kind;
    struct mailserver_faults faults;
    struct tokenserver_mood mood;
};

#define USUAL .with_xoauth2 = true, .with_idle = true
#define GOOD_TOKEN                                                                       \
    {                                                                                    \
        .status = 200, .expires_in = 1500                                                \
    }

static const struct mishap mishaps[] = {
    {"nothing", QUIET, {USUAL}, GOOD_TOKEN},
    {"a restart", DOOR, {USUAL}, GOOD_TOKEN},
    {"a connection cut in a message", CUT, {USUAL, .cut_times = 1}, GOOD_TOKEN},
    {"BYE at the door", DOOR, {USUAL, .bye = "too busy"}, GOOD_TOKEN},
    {"BYE to a command", SESSION, {USUAL, .say_bye = "shutting down"}, GOOD_TOKEN},
    {"throttled",
     SESSION,
     {USUAL,
      .say_no = "Request is throttled. Suggested Backoff Time: 90000 milliseconds"},
     GOOD_TOKEN},
    {"a login refused", DOOR, {USUAL, .refuse_login = true}, GOOD_TOKEN},
    {"a login that cannot be checked",
     DOOR,
     {USUAL, .refuse_login = true, .refusal = "[UNAVAILABLE] come back later"},
     GOOD_TOKEN},
    {"DONE that is not answered", SESSION, {USUAL, .mute_done = true}, GOOD_TOKEN},
    {"a STORE refused", QUIET, {USUAL, .refuse_store = true}, GOOD_TOKEN},
    {"no IDLE", QUIET, {.with_xoauth2 = true}, GOOD_TOKEN},
    {"429 of the token server",
     DOOR,
     {USUAL, .refuse_login = true},
     {.status = 429, .headers = "Retry-After: 90\r\n", .error = "slow_down"}},
    {"401 of the token server",
     DOOR,
     {USUAL, .refuse_login = true},
     {.status = 401, .error = "invalid_client"}},
    {"503 of the token server", DOOR, {USUAL, .refuse_login = true}, {.status = 503}},
};

enum { MISHAPS = sizeof mishaps / sizeof mishaps[0] };

static const struct mailserver_faults well = {USUAL};
static const struct tokenserver_mood good_token = GOOD_TOKEN;

/* ---- The ingest -------------------------------------------------------------------- */

static void *work(void *closure)
{
    struct day *day = closure;
    const struct service_options options = {.connections = 10, .cancel = &day->cancel};

    day->done = service_run(day->office->store, &options, &day->office->err);
    return NULL;
}

static void use_tokens(struct day *day)
{
    office_set(day->office, SET_SERVER_TIMEOUT_SECONDS, "1000");
    office_set(day->office, SET_INGEST_POLL_SECONDS, "20");
    office_use_tokens(day->office, tokenserver_url(day->tokens));
}

static void wait_for_mail(struct day *day, const char *what)
{
    struct pollfd none = {.fd = -1};

    /* Each turn is 10 ms of real time: poll is the fast one. */
    for (int turns = 0; mailserver_unseen(day->office->server, "INBOX") > 0; turns++) {
        if (turns > WAIT_MS / 10)
            fail_msg("cycle %u, %s: the mail does not arrive", day->cycle, what);
        poll(&none, 1, 10 * SPEED);
    }
}

/* ---- What the process takes -------------------------------------------------------- */

struct size {
    long kb;
    size_t descriptors, threads;
};

static size_t entries(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;

    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static long resident_kb(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long kb = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, "VmRSS:", 6))
            kb = strtol(line + 6, NULL, 10);
    fclose(file);
    return kb;
}

static struct size look(void)
{
    return (struct size){.kb = resident_kb(),
                         .descriptors = entries("/proc/self/fd"),
                         .threads = entries("/proc/self/task")};
}

static bool is_no_more(const struct size *now, const struct size *first)
{
    return now->descriptors <= first->descriptors + 4 &&
           now->threads <= first->threads + 1;
}

/* A connection that is just being made or ended is no growth: it passes. */
static struct size look_after(const struct size *first)
{
    struct size now = look();

    for (int i = 0; i < 1000 && !is_no_more(&now, first); i++) {
        poll(NULL, 0, 10);
        now = look();
    }
    return now;
}

/* ---- Cycles ------------------------------------------------------------------------ */

static void mail(struct day *day)
{
    char subject[32];

    snprintf(subject, sizeof subject, "message-%u", ++day->mailed);
    office_mail(day->office, subject);
}

/* The trouble stays until the status tells of it. */
static void wait_until_met(struct day *day)
{
    const char *directory = scratch_at(&day->office->scratch, "state/support");
    struct state state;

    day->troubles++;
    for (int turns = 0; turns < MET_MS / 10; turns++) {
        if (state_read(directory, &state, NULL) && state.trouble.title[0]) {
            day->met++;
            return;
        }
        poll(NULL, 0, 10 * SPEED);
    }
}

static void live_through(struct day *day, const struct mishap *mishap)
{
    struct mailserver *server = day->office->server;
    struct mailserver_faults faults = mishap->faults;

    if (mishap->kind == CUT) {
        char text[] = "Subject: cut\r\n\r\nin the middle of this\r\n";

        day->mailed++;
        faults.cut_uid = mailserver_add(server, "INBOX", text, strlen(text));
    }
    tokenserver_set(day->tokens, &mishap->mood);
    mailserver_set_faults(server, &faults);
    if (mishap->kind == DOOR) {
        mailserver_go_down(server);
        mailserver_come_back(server);
    }
    mail(day);
    if (mishap->kind != QUIET)
        wait_until_met(day);
    tokenserver_set(day->tokens, &good_token);
    mailserver_set_faults(server, &well);
    mail(day);
    wait_for_mail(day, mishap->name);
}

static unsigned cycles_wanted(void)
{
    const char *text = getenv("LETTERBOX_DAY_CYCLES");

    if (text)
        return (unsigned)strtoul(text, NULL, 10);
    return longform_is_wanted() ? LONG_CYCLES : CYCLES;
}

static void test_a_day_leaves_no_trace_but_its_mail(void **state)
{
    struct day day = {.office = *state, .tokens = tokenserver_start()};
    unsigned cycles = cycles_wanted();
    struct size first = {0}, last;

    use_tokens(&day);
    assert_true(cancel_init(&day.cancel));
    mailserver_set_faults(day.office->server, &well);
    tokenserver_set(day.tokens, &good_token);
    fasttime_start(SPEED);
    assert_int_equal(pthread_create(&day.thread, NULL, work, &day), 0);
    for (; day.cycle < cycles; day.cycle++) {
        live_through(&day, &mishaps[day.cycle % MISHAPS]);
        if (day.cycle == WARM)
            first = look();
        if (day.cycle % TOLD == TOLD - 1)
            print_message("%u cycles, %ld kB\n", day.cycle + 1, look().kb);
    }
    last = look_after(&first);
    cancel_fire(&day.cancel);
    pthread_join(day.thread, NULL);
    cancel_close(&day.cancel);
    assert_true(day.done);
    print_message("%u of %u troubles were seen in the status\n", day.met, day.troubles);
    print_message("%u cycles, %u messages, %u tokens; %ld kB, %zu descriptors, %zu "
                  "threads; then %ld kB, %zu, %zu\n",
                  day.cycle, day.mailed, tokenserver_asked(day.tokens), first.kb,
                  first.descriptors, first.threads, last.kb, last.descriptors,
                  last.threads);
    assert_true(day.met > day.troubles / 2);
    assert_int_equal(office_delivered(day.office), day.mailed);
    assert_true(is_no_more(&last, &first));
    if (cycles >= FEW_CYCLES)
        assert_true(last.kb <=
                    first.kb + GROWTH_KB + GROWTH_OF_MAIL_KB * (long)day.mailed);
    tokenserver_stop(&day.tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_day_leaves_no_trace_but_its_mail,
                                        office_open, office_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
