#include "ingest/deliver/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"

#define KILL_AFTER_MS 2000

struct child {
    pid_t pid;
    int pidfd;     /* readable when it has ended */
    int output;    /* our end of its pipe; -1 when it was closed */
    int64_t due;   /* when we act next */
    bool stopping; /* SIGTERM was sent */
};

static int spawn(const struct child_request *request, int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int error;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, request->input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    error = posix_spawnp(pid, request->argv[0], &actions, &attributes, request->argv,
                         request->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static bool start(const struct child_request *request, struct child *child,
                  struct err *err)
{
    int ends[2], error;

    if (pipe2(ends, O_CLOEXEC))
        return err_set(err, ERR_WRITE, _("No pipe for %s: %s"), request->argv[0],
                       strerror(errno));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    error = spawn(request, ends[1], &child->pid);
    close(ends[1]);
    if (error) {
        bool crowded =
            error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;

        close(ends[0]);
        return err_set_key(err, crowded ? ERR_WRITE : ERR_SETTING, "ingest.target",
                           _("The command %s cannot be run: %s"), request->argv[0],
                           strerror(error));
    }
    child->pidfd = pidfd_open(child->pid, 0);
    if (child->pidfd < 0) {
        error = errno;
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        close(ends[0]);
        return err_set(err, ERR_WRITE, _("%s cannot be watched: %s"), request->argv[0],
                       strerror(error));
    }
    child->output = ends[0];
    child->stopping = false;
    return true;
}

/* Takes what is there; what goes past the buffer's limit is read and dropped, so that the
 * program never waits for us.  One helping at a time, so that a flood holds up neither
 * deadline nor cancel. */
static bool drain(struct child *child, struct buf *output)
{
    char bytes[4096];
    ssize_t count = read(child->output, bytes, sizeof bytes);
    size_t room = output->limit - output->length;

    if (count > 0) {
        buf_add(output, bytes, (size_t)count < room ? (size_t)count : room);
        return true;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    close(child->output);
    child->output = -1;
    return false;
}

static void stop(struct child *child)
{
    kill(-child->pid, child->stopping ? SIGKILL : SIGTERM);
    child->stopping = true;
    child->due = clock_now_ms() + KILL_AFTER_MS;
}

/* Until it has ended, by itself or by us. */
static void wait_for_end(struct child *child, const struct child_request *request,
                         struct child_result *result)
{
    bool cancel_seen = false;

    for (;;) {
        int64_t left = child->due - clock_now_ms();
        struct pollfd waits[] = {
            {.fd = child->pidfd, .events = POLLIN},
            {.fd = child->output, .events = POLLIN},
            {.fd = request->cancel && !cancel_seen ? request->cancel->fd : -1,
             .events = POLLIN},
        };

        if (left <= 0) {
            if (!child->stopping) {
                result->timed_out = !cancel_seen;
                result->cancelled = cancel_seen;
            }
            stop(child);
            continue;
        }
        if (poll(waits, sizeof waits / sizeof *waits, left < INT32_MAX ? (int)left : -1) <
            0)
            continue;
        if (waits[1].revents)
            drain(child, &result->output);
        if (waits[2].revents) {
            int64_t grace = clock_now_ms() + request->grace_ms;

            cancel_seen = true;
            if (!child->stopping && grace < child->due)
                child->due = grace;
        }
        if (waits[0].revents)
            return;
    }
}

/* A status that cannot be had (somebody ignores SIGCHLD) is no good end. */
static void reap(struct child *child, struct child_result *result)
{
    pid_t reaped;
    int status = 0;

    while ((reaped = waitpid(child->pid, &status, 0)) < 0 && errno == EINTR)
        ;
    result->exit_status = reaped > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->signal = reaped > 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

bool child_run(const struct child_request *request, struct child_result *result,
               struct err *err)
{
    struct child child;

    result->timed_out = result->cancelled = false;
    if (!start(request, &child, err))
        return false;
    child.due = clock_now_ms() + request->timeout_ms;
    wait_for_end(&child, request, result);
    /* What the leader left behind goes too; the number is ours until it is reaped. */
    if (child.stopping)
        kill(-child.pid, SIGKILL);
    while (child.output >= 0 && result->output.length < result->output.limit &&
           drain(&child, &result->output))
        ;
    reap(&child, result);
    if (child.output >= 0)
        close(child.output);
    close(child.pidfd);
    return true;
}
