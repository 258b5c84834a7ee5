#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* Below PIPE_BUF, so that lines of two writers stay apart. */
#define LINE_MAX_BYTES  4000
#define VALUE_MAX_BYTES 600

static int log_fd = -1;
static enum log_level log_level_shown = LOG_OFF;
static enum log_form log_form_used = LOG_LOGFMT;
static bool log_is_journal;

/* Names, and the priorities of syslog(3). */
static const struct {
    const char *name;
    char priority;
} levels[] = {
    [LOG_OFF] = {"off", '7'},   [LOG_ERROR] = {"error", '3'}, [LOG_WARN] = {"warn", '4'},
    [LOG_INFO] = {"info", '6'}, [LOG_DEBUG] = {"debug", '7'},
};

/* JOURNAL_STREAM is "DEVICE:INODE" of the stream that leads to the journal; it is
 * inherited by children whose standard error may lead elsewhere. */
static bool leads_to_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    uintmax_t device, inode;
    char *end;

    if (!stream || fstat(fd, &status) != 0)
        return false;
    device = strtoumax(stream, &end, 10);
    if (*end != ':')
        return false;
    inode = strtoumax(end + 1, &end, 10);
    return *end == '\0' && device == (uintmax_t)status.st_dev &&
           inode == (uintmax_t)status.st_ino;
}

void log_start(int fd, enum log_level level)
{
    log_fd = fd;
    log_level_shown = level;
    log_form_used = LOG_LOGFMT;
    log_is_journal = leads_to_journal(fd);
}

void log_set_form(enum log_form form)
{
    log_form_used = form;
}

static void add_quoted(struct buf *line, const char *safe)
{
    buf_add_char(line, '"');
    for (; *safe; safe++) {
        if (*safe == '"' || *safe == '\\')
            buf_add_char(line, '\\');
        buf_add_char(line, *safe);
    }
    buf_add_char(line, '"');
}

static void add_value(struct buf *line, const char *value)
{
    struct buf safe;

    buf_init(&safe, VALUE_MAX_BYTES);
    text_add_safe(&safe, value, strlen(value), VALUE_MAX_BYTES);
    if (log_form_used == LOG_JSON || !safe.length || strpbrk(safe.data, " =\"\\"))
        add_quoted(line, safe.data);
    else
        buf_add(line, safe.data, safe.length);
    buf_free(&safe);
}

/* What stands in front of the first pair: "{", "<6>" or nothing. */
static size_t opening_length(void)
{
    if (log_form_used == LOG_JSON)
        return 1;
    return log_is_journal ? 3 : 0;
}

static void add_pair(struct buf *line, const char *key, const char *value)
{
    bool is_json = log_form_used == LOG_JSON;
    size_t before = line->length;

    if (before > opening_length())
        buf_add_text(line, is_json ? ", " : " ");
    buf_add_format(line, is_json ? "\"%s\": " : "%s=", key);
    add_value(line, value);
    if (line->overflowed)
        buf_truncate(line, before);
}

static void add_time(struct buf *line)
{
    struct timespec now;
    char second[32], text[48];

    clock_gettime(CLOCK_REALTIME, &now);
    clock_format_utc(now.tv_sec, second, sizeof second);
    snprintf(text, sizeof text, "%.19s.%03ldZ", second, now.tv_nsec / 1000000);
    add_pair(line, "time", text);
}

static void begin_line(struct buf *line, enum log_level level)
{
    if (log_form_used == LOG_JSON)
        buf_add_char(line, '{');
    else if (log_is_journal)
        buf_add_format(line, "<%c>", levels[level].priority);
    if (log_form_used == LOG_JSON || !log_is_journal)
        add_time(line);
    add_pair(line, "level", levels[level].name);
}

/* What grew too long keeps its first fields; the end of the line always fits. */
static void end_line(struct buf *line)
{
    line->limit += 2;
    line->overflowed = false;
    buf_add_text(line, log_form_used == LOG_JSON ? "}\n" : "\n");
}

void log_event(enum log_level level, const char *event, ...)
{
    struct buf line;
    va_list fields;
    const char *key;
    ssize_t written;

    if (level == LOG_OFF || level > log_level_shown || log_fd < 0)
        return;
    buf_init(&line, LINE_MAX_BYTES);
    begin_line(&line, level);
    add_pair(&line, "event", event);
    va_start(fields, event);
    while ((key = va_arg(fields, const char *))) {
        const char *value = va_arg(fields, const char *);

        if (value)
            add_pair(&line, key, value);
    }
    va_end(fields);
    end_line(&line);
    written = write(log_fd, line.data, line.length);
    (void)written; /* a log that cannot be written must not stop the mail */
    buf_free(&line);
}
