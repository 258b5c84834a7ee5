#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define LINE_MAX_BYTES                                                                   \
    4000 /* below PIPE_BUF, so that lines of two writers stay apart                      \
          */
#define VALUE_MAX_BYTES 600

static int log_fd = -1;
static enum log_level log_level_shown = LOG_OFF;

static const char *const level_names[] = {
    [LOG_OFF] = "off",   [LOG_ERROR] = "error", [LOG_WARN] = "warn",
    [LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

void log_start(int fd, enum log_level level)
{
    log_fd = fd;
    log_level_shown = level;
}

static void add_value(struct buf *line, const char *value)
{
    struct buf safe;
    buf_init(&safe, VALUE_MAX_BYTES);
    text_add_safe(&safe, value, strlen(value), VALUE_MAX_BYTES);
    if (safe.length && !strpbrk(safe.data, " =\"\\")) {
        buf_add(line, safe.data, safe.length);
    } else {
        buf_add_char(line, '"');
        for (const char *c = safe.data; *c; c++) {
            if (*c == '"' || *c == '\\')
                buf_add_char(line, '\\');
            buf_add_char(line, *c);
        }
        buf_add_char(line, '"');
    }
    buf_free(&safe);
}

static void add_pair(struct buf *line, const char *key, const char *value)
{
    size_t before = line->length;
    if (before)
        buf_add_char(line, ' ');
    buf_add_text(line, key);
    buf_add_char(line, '=');
    add_value(line, value);
    if (line->overflowed)
        buf_truncate(line, before);
}

void log_event(enum log_level level, const char *event, ...)
{
    if (level == LOG_OFF || level > log_level_shown || log_fd < 0)
        return;

    char now[32];
    clock_format_utc(time(NULL), now, sizeof now);
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    add_pair(&line, "time", now);
    add_pair(&line, "level", level_names[level]);
    add_pair(&line, "event", event);

    va_list fields;
    va_start(fields, event);
    const char *key;
    while ((key = va_arg(fields, const char *))) {
        const char *value = va_arg(fields, const char *);
        if (value)
            add_pair(&line, key, value);
    }
    va_end(fields);

    /* A line that grew too long keeps its first fields; the newline always fits. */
    line.limit++;
    line.overflowed = false;
    buf_add_char(&line, '\n');
    ssize_t written = write(log_fd, line.data, line.length);
    (void)written; /* a log that cannot be written must not stop the mail */
    buf_free(&line);
}
