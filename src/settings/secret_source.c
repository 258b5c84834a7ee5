#include "settings/secret_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"

enum { SECRET_LIMIT = 64 * 1024 };

int secret_source_command_ms = 10000;

extern char **environ;

static struct secret *not_empty(struct buf *bytes, const char *where, struct err *err)
{
    if (bytes->length > 0)
        return secret_take_buf(bytes);
    err_set(err, ERR_SETTING, _("There is no secret in %s: it is empty."), where);
    return NULL;
}

static void drop_last(struct buf *bytes, char c)
{
    if (bytes->length && bytes->data[bytes->length - 1] == c)
        buf_truncate(bytes, bytes->length - 1);
}

struct secret *secret_source_read_file(int dir, const char *name, const char *path,
                                       enum file_privacy privacy, bool crlf,
                                       struct err *err)
{
    struct secret *secret = NULL;
    struct buf bytes;

    buf_init_secret(&bytes, SECRET_LIMIT);
    if (file_read(dir, name, path, privacy, &bytes, NULL, err)) {
        size_t before = bytes.length;
        drop_last(&bytes, '\n');
        if (crlf && bytes.length < before)
            drop_last(&bytes, '\r');
        if (memchr(bytes.data, '\0', bytes.length))
            err_set(err, ERR_DATA, _("%s is not a text: it holds a NUL byte."), path);
        else
            secret = not_empty(&bytes, path, err);
    }
    buf_free(&bytes);
    return secret;
}

static struct secret *read_variable(const char *name, struct err *err)
{
    const char *value = getenv(name);

    if (value && value[0])
        return secret_new(value, strlen(value));
    err_set(err, ERR_SETTING, _("The environment variable %s is not set."), name);
    return NULL;
}

/* Runs it apart from us: no input, nobody for its errors, our end of a pipe, a session of
 * its own (so that it neither asks on our terminal nor leaves children behind), and no
 * signal blocked.  0, or the errno. */
static int start(char *const *argv, int output, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t set;
    int error;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigaddset(&set, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSID);
    error = posix_spawnp(child, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Reads until the end of the output or the deadline; false at the deadline. */
static bool collect(int output, int64_t until, struct buf *bytes)
{
    char chunk[4096];
    ssize_t got = -1;

    while (got != 0) {
        struct pollfd wait = {.fd = output, .events = POLLIN};
        int64_t left = until - clock_now_ms();
        if (left <= 0)
            break;
        if (poll(&wait, 1, (int)left) <= 0)
            continue;
        got = read(output, chunk, sizeof chunk);
        if (got > 0)
            buf_add(bytes, chunk, (size_t)got);
    }
    secret_wipe(chunk, sizeof chunk);
    return got == 0;
}

/* Its status, waited for until the deadline; false at the deadline.  The child may have
 * closed its output long before it ends. */
static bool wait_for(pid_t child, int64_t until, int *status)
{
    const struct timespec step = {.tv_nsec = 5 * 1000 * 1000};

    for (;;) {
        pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child)
            return true;
        if ((ended < 0 && errno != EINTR) || clock_now_ms() >= until)
            return false;
        nanosleep(&step, NULL);
    }
}

static void kill_session(pid_t child)
{
    kill(-child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* The first line of what it printed, or why not. */
static struct secret *take_first_line(struct buf *bytes, const char *command, int status,
                                      struct err *err)
{
    size_t line = strcspn(bytes->data, "\r\n");

    if (WIFSIGNALED(status))
        err_set(err, ERR_SETTING, _("The command %s was ended by signal %d."), command,
                WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        err_set(err, ERR_SETTING,
                _("The command %s failed with status %d. Run it by hand to see why."),
                command, WEXITSTATUS(status));
    else if (bytes->overflowed && line == bytes->length)
        err_set(err, ERR_SETTING,
                _("The first line that the command %s prints is longer than %d bytes."),
                command, SECRET_LIMIT);
    else {
        buf_truncate(bytes, line);
        return not_empty(bytes, command, err);
    }
    return NULL;
}

static struct secret *read_command(char *const *argv, struct err *err)
{
    int64_t until = clock_now_ms() + secret_source_command_ms;
    struct secret *secret = NULL;
    struct buf bytes;
    int ends[2], status = 0, error;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        err_set(err, ERR_INTERNAL, _("The command %s cannot be started: %s."), argv[0],
                strerror(errno));
        return NULL;
    }
    buf_init_secret(&bytes, SECRET_LIMIT);
    error = start(argv, ends[1], &child);
    close(ends[1]);
    if (error) {
        err_set(err, ERR_SETTING, _("The command %s cannot be started: %s."), argv[0],
                strerror(error));
    } else if (collect(ends[0], until, &bytes) && wait_for(child, until, &status)) {
        secret = take_first_line(&bytes, argv[0], status, err);
    } else {
        kill_session(child);
        err_set(err, ERR_SETTING, _("The command %s did not end within %d s."), argv[0],
                secret_source_command_ms / 1000);
    }
    close(ends[0]);
    buf_free(&bytes);
    return secret;
}

struct secret *secret_source_read(const struct secret_ref *ref, struct err *err)
{
    switch (ref->place) {
    case SECRET_TYPED:
        return secret_copy(ref->value);
    case SECRET_FILE:
        return secret_source_read_file(AT_FDCWD, ref->name, ref->name, FILE_PRIVATE, true,
                                       err);
    case SECRET_ENV:
        return read_variable(ref->name, err);
    case SECRET_COMMAND:
        return read_command(ref->argv, err);
    case SECRET_UNSET:
    case SECRET_STORED:
        break;
    }
    err_set(err, ERR_SETTING, _("The secret is not set."));
    return NULL;
}
