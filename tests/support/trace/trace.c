#include "support/trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "support/trace/registers.h"

#define THREADS_MAX 64
#define OPTIONS                                                                          \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

/* One thread, and the call that it is in. */
struct thread {
    pid_t id; /* 0: this place is free */
    struct trace_call call;
    int error; /* that the call is to fail with; 0: it is carried out */
};

struct trace {
    pid_t pid;
    struct thread threads[THREADS_MAX];
    trace_look *look;
    void *closure;
    struct trace_end end;
    bool has_ended;
};

/* What can change something outside of the process, and what it is called. */
static const struct {
    long number;
    const char *name;
} changing[] = {
    {SYS_write, "write"},
    {SYS_pwrite64, "pwrite64"},
    {SYS_writev, "writev"},
    {SYS_pwritev, "pwritev"},
    {SYS_sendto, "sendto"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_sendmmsg, "sendmmsg"},
    {SYS_sendfile, "sendfile"},
    {SYS_copy_file_range, "copy_file_range"},
    {SYS_fsync, "fsync"},
    {SYS_fdatasync, "fdatasync"},
    {SYS_syncfs, "syncfs"},
    {SYS_openat, "openat"},
    {SYS_mkdirat, "mkdirat"},
    {SYS_renameat, "renameat"},
    {SYS_renameat2, "renameat2"},
    {SYS_linkat, "linkat"},
    {SYS_unlinkat, "unlinkat"},
    {SYS_truncate, "truncate"},
    {SYS_ftruncate, "ftruncate"},
    {SYS_fallocate, "fallocate"},
    {SYS_fchmod, "fchmod"},
    {SYS_fchown, "fchown"},
    {SYS_connect, "connect"},
    {SYS_shutdown, "shutdown"},
    {SYS_clone, "clone"},
    {SYS_clone3, "clone3"},
#ifdef SYS_open
    {SYS_open, "open"},
    {SYS_creat, "creat"},
    {SYS_mkdir, "mkdir"},
    {SYS_rmdir, "rmdir"},
    {SYS_rename, "rename"},
    {SYS_link, "link"},
    {SYS_unlink, "unlink"},
    {SYS_chmod, "chmod"},
    {SYS_fork, "fork"},
    {SYS_vfork, "vfork"},
#endif
};

/* What concerns the process's own memory, time and signals. */
static const long private[] = {
    SYS_mmap,         SYS_munmap,         SYS_mremap,
    SYS_mprotect,     SYS_madvise,        SYS_brk,
    SYS_futex,        SYS_getpid,         SYS_gettid,
    SYS_getrandom,    SYS_geteuid,        SYS_clock_gettime,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_sigaltstack,
    SYS_getrusage,    SYS_prctl,          SYS_set_robust_list,
    SYS_sched_yield,
};

const char *trace_call_name(uint64_t number)
{
    static char other[32];

    for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
        if ((uint64_t)changing[i].number == number)
            return changing[i].name;
    snprintf(other, sizeof other, "call %llu", (unsigned long long)number);
    return other;
}

enum trace_kind trace_call_kind(uint64_t number)
{
    for (size_t i = 0; i < sizeof changing / sizeof *changing; i++)
        if ((uint64_t)changing[i].number == number)
            return TRACE_CHANGES;
    for (size_t i = 0; i < sizeof private / sizeof *private; i++)
        if ((uint64_t) private[i] == number)
            return TRACE_PRIVATE;
    return TRACE_LOOKS;
}

/* ---- Threads ----------------------------------------------------------------------- */

static struct thread *find_thread(struct trace *trace, pid_t id)
{
    struct thread *free_place = NULL;

    for (size_t i = 0; i < THREADS_MAX; i++) {
        if (trace->threads[i].id == id)
            return &trace->threads[i];
        if (trace->threads[i].id == 0)
            free_place = &trace->threads[i];
    }
    assert_non_null(free_place);
    *free_place = (struct thread){.id = id};
    return free_place;
}

/* A thread that was killed meanwhile is no fault. */
static void go_on(pid_t id, int with_signal)
{
    if (ptrace(PTRACE_SYSCALL, id, NULL, (void *)(intptr_t)with_signal) != 0)
        assert_int_equal(errno, ESRCH);
}

/* ---- Stops ------------------------------------------------------------------------- */

void trace_fail_call(struct trace *trace, const struct trace_call *call, int error)
{
    struct thread *thread = find_thread(trace, call->thread);

    assert_false(call->is_exit);
    if (registers_skip_call(thread->id))
        thread->error = error;
}

static void keep_open_to_us(struct trace *trace, const struct trace_call *call)
{
    if (!call->is_exit && call->number == SYS_prctl && call->args[0] == PR_SET_DUMPABLE &&
        registers_known())
        trace_fail_call(trace, call, EPERM);
}

/* The call at which the thread stands; false when there is none. */
static bool read_call(struct thread *thread)
{
    struct __ptrace_syscall_info info;
    struct trace_call *call = &thread->call;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, (void *)sizeof info, &info) < 0)
        return false;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        *call = (struct trace_call){.thread = thread->id, .number = info.entry.nr};
        for (size_t i = 0; i < 6; i++)
            call->args[i] = info.entry.args[i];
        return true;
    }
    call->is_exit = true;
    call->result = info.exit.rval;
    return info.op == PTRACE_SYSCALL_INFO_EXIT;
}

static bool look_at(struct trace *trace, struct thread *thread)
{
    if (!read_call(thread))
        return true;
    if (thread->call.is_exit && thread->error != 0) {
        registers_set_result(thread->id, -thread->error);
        thread->call.result = -thread->error;
        thread->error = 0;
    }
    keep_open_to_us(trace, &thread->call);
    return trace->end.was_killed || trace->look(trace, &thread->call, trace->closure);
}

static void on_stop(struct trace *trace, pid_t id, int status)
{
    struct thread *thread = find_thread(trace, id);
    int signal = WSTOPSIG(status);

    if (signal == (SIGTRAP | 0x80)) {
        if (!look_at(trace, thread)) {
            trace->end.was_killed = true;
            kill(trace->pid, SIGKILL);
            return;
        }
        signal = 0;
    } else if (status >> 16 != 0 || signal == SIGSTOP) {
        signal = 0; /* an event, or how a new thread begins */
    }
    go_on(id, signal);
}

static void on_end(struct trace *trace, pid_t id, int status)
{
    if (id == trace->pid) {
        trace->end.status = status;
        trace->has_ended = true;
    } else {
        find_thread(trace, id)->id = 0;
    }
}

/* ---- The program ------------------------------------------------------------------- */

/* In the child, up to the program's first instruction. */
static void become(char *const *argv, char *const *environment, int output)
{
    int nothing = open("/dev/null", O_RDONLY);

    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ||
        ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(126);
    raise(SIGSTOP);
    execve(argv[0], argv, environment);
    _exit(127);
}

/* Ours, and no search for leaks; the caller's, as are its first and its last text. */
static char **make_environment(void)
{
    const char *options = getenv("ASAN_OPTIONS");
    char **out;
    size_t count = 0;

    while (environ[count])
        count++;
    out = mem_new(count + 2, sizeof *out);
    out[0] =
        mem_format("ASAN_OPTIONS=%s:detect_leaks=0", options && *options ? options : "");
    count = 1;
    for (size_t i = 0; environ[i]; i++)
        if (strncmp(environ[i], "ASAN_OPTIONS=", 13) != 0)
            out[count++] = environ[i];
    return out;
}

static pid_t start(char *const *argv, const char *output)
{
    int fd = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char **environment = make_environment();
    int status;
    pid_t pid;

    assert_true(fd >= 0);
    pid = fork();
    if (pid == 0)
        become(argv, environment, fd);
    assert_true(pid > 0);
    close(fd);
    free(environment[0]);
    free(environment);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)OPTIONS), 0);
    return pid;
}

struct trace_end trace_run(char *const *argv, const char *output, trace_look *look,
                           void *closure)
{
    struct trace trace = {.look = look, .closure = closure};

    trace.pid = start(argv, output);
    go_on(trace.pid, 0);
    while (!trace.has_ended) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);

        assert_true(id > 0 || errno == EINTR);
        if (id > 0 && WIFSTOPPED(status))
            on_stop(&trace, id, status);
        else if (id > 0)
            on_end(&trace, id, status);
    }
    return trace.end;
}

bool trace_path(struct trace *trace, int fd, char *out, size_t size)
{
    char link[64];
    ssize_t length;

    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)trace->pid, fd);
    length = readlink(link, out, size - 1);
    if (length < 0)
        return false;
    out[length] = '\0';
    return true;
}

/* ---- Is it allowed? ---------------------------------------------------------------- */

const char *trace_refusal(void)
{
    struct __ptrace_syscall_info info;
    const char *why = NULL;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(1);
        raise(SIGSTOP);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return "no process could be started";
    if (!WIFSTOPPED(status))
        return "ptrace is not allowed here";
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)OPTIONS) != 0 ||
        ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) < 0)
        why = "this system's ptrace cannot tell of system calls";
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return why;
}
