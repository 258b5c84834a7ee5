/*
 * A program under ptrace(2): stopped before and after every system call of each of its
 * threads, where a test may look, let the call fail, or kill the program.
 *
 * Programs that it starts in turn are not stopped.  It dies with the test.  While it is
 * traced it may be looked into even where it forbids that (PR_SET_DUMPABLE), and nothing
 * looks for leaks in it, which would need ptrace as well.
 * One thread at a time; faults of the tracing end the test.
 */
#ifndef LETTERBOX_TESTS_TRACE_TRACE_H
#define LETTERBOX_TESTS_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct trace;

struct trace_call {
    pid_t thread;
    bool is_exit;    /* it was carried out; else it is about to be */
    uint64_t number; /* SYS_… */
    uint64_t args[6];
    int64_t result; /* at the exit: what it returned, or -errno */
};

/* Called at each stop; false: the program is killed there.  At the entry it is killed
 * before the call is carried out, at the exit after that and before it returns. */
typedef bool trace_look(struct trace *trace, const struct trace_call *call,
                        void *closure);

struct trace_end {
    bool was_killed; /* by `look` */
    int status;      /* as waitpid(2) has it */
};

/* NULL when a program can be traced here; else why not, for a person. */
const char *trace_refusal(void);

/* Runs argv[0], its output into the file `output`. */
struct trace_end trace_run(char *const *argv, const char *output, trace_look *look,
                           void *closure);

/* ---- For `look` -------------------------------------------------------------------- */

/* At the entry: the call is not carried out, and fails with that errno. */
void trace_fail_call(struct trace *trace, const struct trace_call *call, int error);

/* The path (or "socket:[…]") of one of its descriptors; false when there is none. */
bool trace_path(struct trace *trace, int fd, char *out, size_t size);

enum trace_kind {
    TRACE_PRIVATE, /* memory, time, signals: nobody else sees anything of it */
    TRACE_LOOKS,   /* reads, waits, asks */
    TRACE_CHANGES, /* files, names, what is sent */
};

enum trace_kind trace_call_kind(uint64_t number);
/* For messages: the name of a call that changes something, else "call N". */
const char *trace_call_name(uint64_t number);

#endif
