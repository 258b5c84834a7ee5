#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

enum { LINE_LIMIT = 8192, VALUE_LIMIT = 1024 };

static int log_fd = -1;
static enum log_level log_most = LOG_OFF;

static const char *const level_names[] = {"off", "error", "warn", "info", "debug"};

void log_start(int fd, enum log_level level)
{
    log_fd = fd;
    log_most = level;
}

/* A value with blanks, quotes or nothing at all is quoted. */
static void add_value(struct buf *line, const char *value)
{
    struct buf safe;

    buf_init(&safe, VALUE_LIMIT + 8);
    text_add_safe(&safe, value, strlen(value), VALUE_LIMIT);
    if (safe.length && !strpbrk(safe.data, " =\"\\")) {
        buf_add(line, safe.data, safe.length);
    } else {
        buf_add_char(line, '"');
        for (const char *at = safe.data; *at; at++) {
            if (*at == '"' || *at == '\\')
                buf_add_char(line, '\\');
            buf_add_char(line, *at);
        }
        buf_add_char(line, '"');
    }
    buf_free(&safe);
}

void log_event(enum log_level level, const char *event, ...)
{
    char when[32];
    struct buf line;
    va_list fields;
    const char *key, *value;

    if (level > log_most || log_fd < 0)
        return;
    buf_init(&line, LINE_LIMIT);
    clock_format_utc(time(NULL), when, sizeof when);
    buf_add_format(&line, "time=%s level=%s event=%s", when, level_names[level], event);
    va_start(fields, event);
    while ((key = va_arg(fields, const char *))) {
        value = va_arg(fields, const char *);
        if (!value)
            continue;
        buf_add_format(&line, " %s=", key);
        add_value(&line, value);
    }
    va_end(fields);
    line.overflowed = false;
    buf_truncate(&line, LINE_LIMIT - 1);
    buf_add_char(&line, '\n');
    /* A log that cannot be written must not stop what it speaks of. */
    if (write(log_fd, line.data, line.length) < 0)
        line.length = 0;
    buf_free(&line);
}
