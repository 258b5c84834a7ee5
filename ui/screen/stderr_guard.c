#include "ui/screen/stderr_guard.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

#define HELD_MAX (64u * 1024u)

void stderr_guard_start(struct stderr_guard *guard)
{
    guard->held = guard->errors = -1;
    if (!isatty(STDERR_FILENO))
        return;
    guard->held = memfd_create("letterbox-stderr", MFD_CLOEXEC);
    if (guard->held < 0)
        return;
    guard->errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (guard->errors >= 0)
        dup2(guard->held, STDERR_FILENO);
}

static void add_lines(struct buf *out, const char *bytes, size_t length)
{
    while (length > 0) {
        const char *end = memchr(bytes, '\n', length);
        size_t line = end ? (size_t)(end - bytes) : length;

        text_add_safe(out, bytes, line, 0);
        buf_add_char(out, '\n');
        line += end ? 1 : 0;
        bytes += line;
        length -= line;
    }
}

static void replay(const struct stderr_guard *guard)
{
    struct buf out;
    char bytes[4096];
    ssize_t got;

    buf_init(&out, HELD_MAX);
    lseek(guard->held, 0, SEEK_SET);
    while ((got = read(guard->held, bytes, sizeof bytes)) > 0)
        add_lines(&out, bytes, (size_t)got);
    for (size_t at = 0; at < out.length;) {
        ssize_t written = write(guard->errors, out.data + at, out.length - at);

        if (written <= 0)
            break;
        at += (size_t)written;
    }
    buf_free(&out);
}

void stderr_guard_stop(struct stderr_guard *guard)
{
    if (guard->errors >= 0) {
        dup2(guard->errors, STDERR_FILENO);
        replay(guard);
        close(guard->errors);
    }
    if (guard->held >= 0)
        close(guard->held);
    guard->held = guard->errors = -1;
}
