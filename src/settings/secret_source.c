#include "settings/secret_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"

enum { SECRET_LIMIT = 64 * 1024, COMMAND_TIMEOUT_MS = 10000 };

extern char **environ;

static struct secret *not_empty(struct buf *bytes, const char *where, struct err *err)
{
    if (bytes->length > 0)
        return secret_take_buf(bytes);
    err_set(err, ERR_SETTING, _("There is no secret in %s: it is empty."), where);
    return NULL;
}

struct secret *secret_source_read_file(const char *path, struct err *err)
{
    struct secret *secret = NULL;
    struct buf bytes;

    buf_init_secret(&bytes, SECRET_LIMIT);
    if (file_read(AT_FDCWD, path, path, FILE_PRIVATE, &bytes, NULL, err)) {
        if (bytes.length && bytes.data[bytes.length - 1] == '\n')
            buf_truncate(&bytes, bytes.length - 1);
        if (bytes.length && bytes.data[bytes.length - 1] == '\r')
            buf_truncate(&bytes, bytes.length - 1);
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

/* Starts it with nothing on standard input, nobody for its errors, and our end of a pipe.
 */
static pid_t start(char *const *argv, int *output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int ends[2];
    pid_t child = -1;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    errno = posix_spawn(&child, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (child < 0)
        close(ends[0]);
    *output = ends[0];
    return child;
}

/* Reads until the end of the output or the deadline; false at the deadline. */
static bool collect(int output, struct buf *bytes)
{
    int64_t until = clock_now_ms() + COMMAND_TIMEOUT_MS;
    char chunk[4096];
    ssize_t got = 1;

    while (got != 0) {
        struct pollfd wait = {.fd = output, .events = POLLIN};
        int64_t left = until - clock_now_ms();
        if (left <= 0)
            break;
        if (poll(&wait, 1, (int)left) <= 0)
            continue;
        got = read(output, chunk, sizeof chunk);
        if (got < 0 && errno != EINTR)
            break;
        if (got > 0)
            buf_add(bytes, chunk, (size_t)got);
    }
    secret_wipe(chunk, sizeof chunk);
    return got == 0;
}

static struct secret *read_command(char *const *argv, struct err *err)
{
    struct secret *secret = NULL;
    struct buf bytes;
    int output = -1, status = -1;
    pid_t child = start(argv, &output);
    bool ended;

    if (child < 0) {
        err_set(err, ERR_SETTING, _("The command %s cannot be started: %s."), argv[0],
                strerror(errno));
        return NULL;
    }
    buf_init_secret(&bytes, SECRET_LIMIT);
    ended = collect(output, &bytes);
    close(output);
    if (!ended)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    buf_truncate(&bytes, strcspn(bytes.data, "\r\n"));
    if (!ended)
        err_set(err, ERR_SETTING, _("The command %s did not end within %d seconds."),
                argv[0], COMMAND_TIMEOUT_MS / 1000);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        err_set(err, ERR_SETTING,
                _("The command %s failed (status %d). Run it by hand to see why."),
                argv[0],
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    else
        secret = not_empty(&bytes, argv[0], err);
    buf_free(&bytes);
    return secret;
}

struct secret *secret_source_read(const struct secret_ref *ref, struct err *err)
{
    switch (ref->place) {
    case SECRET_TYPED:
        return secret_copy(ref->value);
    case SECRET_FILE:
        return secret_source_read_file(ref->name, err);
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
