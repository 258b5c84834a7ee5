/* Killed at each system call of a run in turn, and the same with the power gone: then one
 * more run, and every message is where it goes, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "force/force.h"
#include "force/order.h"
#include "support/longform/longform.h"

#define MESSAGES    3
#define SHORT_KILLS 2 /* of each scenario */

struct scenario {
    enum force_to to;
    const char *after;
    bool power_goes; /* with the process: only what was synced is left */
};

/* A run that is looked at, and where it is to end. */
struct watched {
    struct force *force;
    struct order *order; /* NULL: nobody looks at it */
    struct disk *disk;   /* NULL: the power stays */
    size_t at;           /* the instant, counted from 0; SIZE_MAX: it ends by itself */
    bool has_begun;
    size_t instants;
    char last[64]; /* the latest instant, for a message */
};

/* After each call that others could notice, and before each that changes something. */
static bool is_instant(const struct trace_call *call)
{
    enum trace_kind kind = trace_call_kind(call->number);

    return kind == TRACE_CHANGES || (kind == TRACE_LOOKS && call->is_exit);
}

static bool look(struct trace *trace, const struct trace_call *call, void *closure)
{
    struct watched *watched = closure;

    if (watched->disk)
        disk_note(watched->disk, trace, call);
    if (watched->order)
        order_look(watched->order, trace, call);
    watched->has_begun =
        watched->has_begun || force_has_begun(watched->force, trace, call);
    if (!watched->has_begun || !is_instant(call))
        return true;
    snprintf(watched->last, sizeof watched->last, "%s %s",
             call->is_exit ? "after" : "before", trace_call_name(call->number));
    return watched->instants++ != watched->at;
}

/* How many instants a run has; and on the way that its order is right. */
static size_t count_instants(const struct scenario *scenario)
{
    struct force *force = force_open(scenario->to, scenario->after);
    struct order order;
    struct watched watched = {.force = force, .order = &order, .at = SIZE_MAX};
    struct trace_end end;

    force_mail(force, MESSAGES);
    order_begin(&order, force);
    end = force_trace(force, look, &watched);
    if (!WIFEXITED(end.status) || WEXITSTATUS(end.status) != 0)
        fail_msg("a run that was only looked at ended with %x: %s", end.status,
                 force_said(force));
    if (order.wrong[0] != '\0')
        fail_msg("%s, %s: %s", force_name(scenario->to), scenario->after, order.wrong);
    if (force_wrong(force, 1))
        fail_msg("%s, %s: %s", force_name(scenario->to), scenario->after,
                 force_wrong(force, 1));
    order_end(&order);
    force_close(&force);
    return watched.instants;
}

/* false when the run had ended before that instant. */
static bool kill_at(const struct scenario *scenario, size_t at)
{
    struct force *force = force_open(scenario->to, scenario->after);
    struct watched watched = {.force = force, .at = at};
    struct trace_end end;
    const char *wrong;

    force_mail(force, MESSAGES);
    if (scenario->power_goes)
        watched.disk = disk_new(force->office->scratch.path);
    end = force_trace(force, look, &watched);
    if (watched.disk && end.was_killed)
        disk_cut_power(watched.disk);
    force_run_well(force);
    wrong = force_wrong(force, scenario->to == FORCE_MAILDIR ? 1 : 2);
    if (wrong)
        fail_msg("%s, %s, %s %s (instant %zu): %s", force_name(scenario->to),
                 scenario->after, scenario->power_goes ? "the power went" : "killed",
                 watched.last, at, wrong);
    if (watched.disk)
        disk_free(&watched.disk);
    force_close(&force);
    return end.was_killed;
}

static void kill_everywhere(const struct scenario *scenario)
{
    size_t instants = count_instants(scenario), kills = 0;

    if (longform_is_wanted())
        while (kill_at(scenario, kills))
            kills++;
    else
        for (size_t i = 0; i < SHORT_KILLS; i++)
            kills += kill_at(scenario, (i * instants + force_chance((unsigned)instants)) /
                                           SHORT_KILLS);
    print_message("%s, %s, %s: %zu kills at %zu instants\n", force_name(scenario->to),
                  scenario->after, scenario->power_goes ? "without power" : "killed",
                  kills, instants);
    assert_true(kills > 0);
}

/* ---- A name that is there, and not on the disk ---------------------------------------
 */

/* Is it about to sync the names in new/? */
static bool syncs_new(struct trace *trace, const struct trace_call *call)
{
    static const char tail[] = "/mail/new";
    char path[512];

    if (call->is_exit || call->number != SYS_fsync ||
        !trace_path(trace, (int)call->args[0], path, sizeof path))
        return false;
    return strlen(path) > strlen(tail) &&
           strcmp(path + strlen(path) - strlen(tail), tail) == 0;
}

/* Ends the first run where the messages are in new/, and nothing has synced that. */
static bool kill_at_new(struct trace *trace, const struct trace_call *call, void *closure)
{
    struct watched *watched = closure;
    bool is_there =
        syncs_new(trace, call) && office_delivered(watched->force->office) > 0;

    order_look(watched->order, trace, call);
    return !is_there;
}

/* What the next run finds there is recorded only once it is on the disk. */
static void test_a_name_that_was_not_synced(void **state)
{
    struct force *force = force_open(FORCE_MAILDIR, "delete");
    struct order order;
    struct watched watched = {.force = force, .order = &order, .at = SIZE_MAX};

    (void)state;
    force_mail(force, MESSAGES);
    order_begin(&order, force);
    assert_true(force_trace(force, kill_at_new, &watched).was_killed);
    assert_int_equal(office_delivered(force->office), MESSAGES);
    force_trace(force, look, &watched);
    assert_string_equal(order.wrong, "");
    assert_null(force_wrong(force, 1));
    order_end(&order);
    force_close(&force);
}

/* ---- Everywhere ----------------------------------------------------------------------
 */

#define SCENARIO(name, ...)                                                              \
    static void name(void **state)                                                       \
    {                                                                                    \
        const struct scenario scenario = {__VA_ARGS__};                                  \
                                                                                         \
        (void)state;                                                                     \
        kill_everywhere(&scenario);                                                      \
    }

SCENARIO(test_maildir_seen, FORCE_MAILDIR, "seen", false)
SCENARIO(test_maildir_move, FORCE_MAILDIR, "move", false)
SCENARIO(test_maildir_delete, FORCE_MAILDIR, "delete", false)
SCENARIO(test_command, FORCE_COMMAND, "seen", false)
SCENARIO(test_http, FORCE_HTTP, "seen", false)
SCENARIO(test_lmtp, FORCE_LMTP, "seen", false)
SCENARIO(test_maildir_seen_without_power, FORCE_MAILDIR, "seen", true)
SCENARIO(test_maildir_delete_without_power, FORCE_MAILDIR, "delete", true)
SCENARIO(test_http_without_power, FORCE_HTTP, "delete", true)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maildir_seen),
        cmocka_unit_test(test_maildir_move),
        cmocka_unit_test(test_maildir_delete),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_http),
        cmocka_unit_test(test_lmtp),
        cmocka_unit_test(test_maildir_seen_without_power),
        cmocka_unit_test(test_maildir_delete_without_power),
        cmocka_unit_test(test_http_without_power),
        cmocka_unit_test(test_a_name_that_was_not_synced),
    };
    const char *refusal = trace_refusal();

    if (refusal) {
        print_message("skipped: %s\n", refusal);
        return FORCE_SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
