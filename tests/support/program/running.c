#include "support/program/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "support/longform/longform.h"

/* Long enough for a machine that does ten other things; nobody waits for it else. */
#define PATIENCE_MS (120 * 1000)
#define LONG_MS     (3600 * 1000) /* in a long form */
#define SAID_MAX    (64 * 1024 * 1024)

struct running {
    pid_t pid; /* 0: it has ended, and was waited for */
    int fd;    /* what it says */
    struct buf said;
    size_t satisfied; /* what earlier waits have had */
};

static int64_t deadline(void)
{
    return clock_now_ms() + (longform_is_wanted() ? LONG_MS : PATIENCE_MS);
}

static void become(const char *const *argv, int out)
{
    int in = open("/dev/null", O_RDONLY);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(out, STDERR_FILENO) >= 0)
        execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

struct running *running_start(const char *const *argv)
{
    struct running *running = mem_new(1, sizeof *running);
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    buf_init(&running->said, SAID_MAX);
    running->pid = fork();
    assert_true(running->pid >= 0);
    if (running->pid == 0)
        become(argv, ends[1]);
    close(ends[1]);
    running->fd = ends[0];
    return running;
}

void running_free(struct running **running)
{
    if (!*running)
        return;
    if ((*running)->pid > 0) {
        kill((*running)->pid, SIGKILL);
        waitpid((*running)->pid, NULL, 0);
    }
    close((*running)->fd);
    buf_free(&(*running)->said);
    free(*running);
    *running = NULL;
}

/* Takes what there is to read, waiting for it until then; false at its end. */
static bool listen_on(struct running *running, int64_t until, const char *wanted)
{
    struct pollfd wait = {.fd = running->fd, .events = POLLIN};
    int64_t left = until - clock_now_ms();
    char chunk[4096];
    ssize_t got;

    if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
        fail_msg("no \"%s\" in time; it said:\n%s", wanted, running->said.data);
    got = read(running->fd, chunk, sizeof chunk);
    return got > 0 && buf_add(&running->said, chunk, (size_t)got);
}

/* The end of the first whole line behind `from` that has the text, or 0. */
static size_t find(const struct running *running, size_t from, const char *text)
{
    const char *at = strstr(running->said.data + from, text);
    const char *end = at ? strchr(at, '\n') : NULL;

    return end ? (size_t)(end + 1 - running->said.data) : 0;
}

void running_wait(struct running *running, const char *text)
{
    int64_t until = deadline();
    size_t from = running->satisfied, end;

    while ((end = find(running, from, text)) == 0) {
        /* What is looked through is not looked through again. */
        for (size_t at = running->said.length; at > from; at--)
            if (running->said.data[at - 1] == '\n') {
                from = at;
                break;
            }
        if (!listen_on(running, until, text))
            fail_msg("it ended without \"%s\"; it said:\n%s", text, running->said.data);
    }
    running->satisfied = end;
}

void running_wait_times(struct running *running, const char *text, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        running_wait(running, text);
}

int running_end(struct running *running)
{
    int64_t until = deadline();
    int status;

    while (listen_on(running, until, "end"))
        ;
    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    running->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int running_stop(struct running *running)
{
    kill(running->pid, SIGTERM);
    return running_end(running);
}

const char *running_said(const struct running *running)
{
    return running->said.data;
}

unsigned running_count(const struct running *running, const char *text)
{
    unsigned count = 0;

    for (size_t at = 0; (at = find(running, at, text)) != 0;)
        count++;
    return count;
}

long running_peak(const struct running *running)
{
    char *path = mem_format("/proc/%ld/status", (long)running->pid);
    FILE *file = fopen(path, "r");
    char line[256];
    long peak = -1;

    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld kB", &peak) == 1)
            break;
    fclose(file);
    free(path);
    assert_true(peak > 0);
    return peak;
}
