/* Each system call on a file fails in turn: a full disk, a quota, a broken disk, a file
 * system that has become read-only.  The run ends with a failure that has a name, does
 * not take the failure for success, and a second run makes up for it. */
#include <errno.h>
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
#include "support/trace/registers.h"
#include "ui/exit_status.h"

#define MESSAGES     2
#define SHORT_FAULTS 4 /* of each destination */

/* What may happen to any of the calls that are failed here. */
static const int errors[] = {ENOSPC, EIO, EDQUOT, EROFS};

struct fault {
    size_t at; /* the call, counted from 0; SIZE_MAX: none */
    int error;
    bool stays; /* every later call that would write fails too */
};

struct watched {
    struct force *force;
    struct order order;
    struct fault fault;
    bool has_begun;
    size_t calls;
    char failed[300]; /* the first that was, for a message */
};

/* One that names its file by a path, which is not looked at. */
static bool is_named(uint64_t number)
{
    static const long named[] = {
        SYS_openat, SYS_mkdirat, SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_linkat,
#ifdef SYS_open
        SYS_open,   SYS_mkdir,   SYS_rename,   SYS_unlink,    SYS_link
#endif
    };

    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if ((uint64_t)named[i] == number)
            return true;
    return false;
}

static bool is_on_a_file(const struct watched *watched, struct trace *trace,
                         const struct trace_call *call, char *path, size_t size)
{
    const struct scratch *scratch = &watched->force->office->scratch;

    if (trace_call_kind(call->number) != TRACE_CHANGES)
        return false;
    snprintf(path, size, "a name");
    if (is_named(call->number))
        return true;
    return trace_path(trace, (int)call->args[0], path, size) &&
           strncmp(path, scratch->path, strlen(scratch->path)) == 0 &&
           strcmp(path, scratch_at(scratch, "said")) != 0;
}

static bool look(struct trace *trace, const struct trace_call *call, void *closure)
{
    struct watched *watched = closure;
    const struct fault *fault = &watched->fault;
    char path[1024];
    size_t number;

    order_look(&watched->order, trace, call);
    watched->has_begun =
        watched->has_begun || force_has_begun(watched->force, trace, call);
    if (!watched->has_begun || call->is_exit ||
        !is_on_a_file(watched, trace, call, path, sizeof path))
        return true;
    number = watched->calls++;
    if (number < fault->at ||
        (number > fault->at && (!fault->stays || is_named(call->number))))
        return true;
    trace_fail_call(trace, call, fault->error);
    if (number == fault->at)
        snprintf(watched->failed, sizeof watched->failed, "%s of %.200s",
                 trace_call_name(call->number), path);
    return true;
}

static bool is_good_end(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) != EXIT_INTERNAL &&
           WEXITSTATUS(status) != EXIT_USAGE && WEXITSTATUS(status) <= EXIT_CANCELLED;
}

/* How many calls the run had that could fail. */
static size_t run_with(enum force_to to, struct fault fault)
{
    struct watched watched = {.force = force_open(to, "seen"), .fault = fault};
    const char *wrong = NULL;
    struct trace_end end;

    force_mail(watched.force, MESSAGES);
    order_begin(&watched.order, watched.force);
    end = force_trace(watched.force, look, &watched);
    if (!is_good_end(end.status))
        wrong = "it ended badly";
    else if (watched.order.wrong[0] != '\0')
        wrong = watched.order.wrong;
    else if (WEXITSTATUS(end.status) == EXIT_DONE)
        wrong = force_wrong(watched.force, 1);
    if (!wrong) {
        force_run_well(watched.force);
        wrong = force_wrong(watched.force, to == FORCE_MAILDIR ? 1 : 2);
    }
    if (wrong)
        fail_msg("%s: %s (number %zu) %s with \"%s\", status %x: %s\n%s", force_name(to),
                 watched.failed, fault.at,
                 fault.stays ? "and all after failed" : "failed", strerror(fault.error),
                 (unsigned)end.status, wrong, force_said(watched.force));
    order_end(&watched.order);
    force_close(&watched.force);
    return watched.calls;
}

static void fail_all(enum force_to to, size_t calls)
{
    for (size_t at = 0; at < calls; at++)
        for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
            for (int stays = 0; stays < 2; stays++)
                run_with(to, (struct fault){at, errors[i], stays});
}

static void fail_some(enum force_to to, size_t calls)
{
    for (size_t i = 0; i < SHORT_FAULTS; i++)
        run_with(to, (struct fault){
                         .at = (i * calls + force_chance((unsigned)calls)) / SHORT_FAULTS,
                         .error = errors[force_chance(sizeof errors / sizeof *errors)],
                         .stays = force_chance(2),
                     });
}

static void fail_everywhere(enum force_to to)
{
    size_t calls = run_with(to, (struct fault){.at = SIZE_MAX});

    print_message("%s: %zu calls can fail\n", force_name(to), calls);
    if (longform_is_wanted())
        fail_all(to, calls);
    else
        fail_some(to, calls);
}

static void test_maildir(void **state)
{
    (void)state;
    fail_everywhere(FORCE_MAILDIR);
}

/* Through the spool, as the command and LMTP do. */
static void test_http(void **state)
{
    (void)state;
    fail_everywhere(FORCE_HTTP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maildir),
        cmocka_unit_test(test_http),
    };
    const char *refusal = registers_known()
                              ? trace_refusal()
                              : "the registers of this machine are not known";

    if (refusal) {
        print_message("skipped: %s\n", refusal);
        return FORCE_SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
