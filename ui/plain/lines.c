#include "ui/plain/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"

#define COLUMNS 78

void lines_open(struct lines *lines, const struct cancel *cancel)
{
    lines->cancel = cancel;
    lines->closed = false;
    buf_init_secret(&lines->pending, 2 * LINES_MAX);
}

void lines_close(struct lines *lines)
{
    buf_free(&lines->pending);
    lines->closed = true;
}

/* Waits for more; false when nothing more will come. */
static bool fill(struct lines *lines)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = lines->cancel->fd, .events = POLLIN}};
    char chunk[4096];
    ssize_t count;

    if (lines->closed)
        return false;
    do {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
    } while (!fds[0].revents && !fds[1].revents);
    if (fds[1].revents) {
        lines->closed = true;
        return false;
    }
    do
        count = read(STDIN_FILENO, chunk, sizeof chunk);
    while (count < 0 && errno == EINTR);
    if (count <= 0) {
        lines->closed = true;
        return false;
    }
    buf_add(&lines->pending, chunk, (size_t)count);
    secret_wipe(chunk, sizeof chunk);
    return true;
}

/* Moves pending bytes into `line` up to and without a newline; true when it was there. */
static bool take_line(struct lines *lines, struct buf *line)
{
    struct buf *pending = &lines->pending;
    const char *newline = memchr(pending->data, '\n', pending->length);
    size_t length = newline ? (size_t)(newline - pending->data) : pending->length;

    buf_add(line, pending->data, length);
    buf_drop_front(pending, newline ? length + 1 : length);
    return newline != NULL;
}

enum line_end lines_read(struct lines *lines, struct buf *line)
{
    bool whole;

    buf_clear(line);
    if (cancel_fired(lines->cancel)) /* what was read ahead must not go on without us */
        return LINE_CLOSED;
    do
        whole = take_line(lines, line);
    while (!whole && fill(lines));
    if (line->overflowed)
        return LINE_TOO_LONG;
    if (!whole && line->length == 0)
        return LINE_CLOSED;
    if (!whole && cancel_fired(lines->cancel))
        return LINE_CLOSED;
    if (line->length > 0 && line->data[line->length - 1] == '\r')
        buf_truncate(line, line->length - 1);
    return LINE_READ;
}

/* What the terminal's own line editing would have done. */
enum hidden_state { HIDDEN_TEXT, HIDDEN_ESCAPE, HIDDEN_SEQUENCE };

/* Takes one byte; true when it ends the line. */
static bool take_hidden(struct lines *lines, struct buf *line, enum hidden_state *state,
                        char c)
{
    enum hidden_state was = *state;

    *state = HIDDEN_TEXT;
    if (was == HIDDEN_ESCAPE && (c == '[' || c == 'O')) {
        *state = HIDDEN_SEQUENCE;
    } else if (was == HIDDEN_SEQUENCE && (c < '@' || c > '~')) {
        *state = HIDDEN_SEQUENCE;
    } else if (was == HIDDEN_SEQUENCE) {
        return false; /* its last byte */
    } else if (c == '\033') {
        *state = HIDDEN_ESCAPE;
    } else if (c == '\n' || c == '\r') {
        return true;
    } else if (c == '\177' || c == '\b') {
        buf_truncate(line, text_previous(line->data, line->length));
    } else if (c == ('U' & 0x1f)) {
        buf_clear(line);
    } else if (c == ('D' & 0x1f)) {
        lines->closed = lines->closed || line->length == 0;
        return true;
    } else if ((unsigned char)c >= ' ' || c == '\t') {
        buf_add_char(line, c);
    }
    return false;
}

static enum line_end read_hidden(struct lines *lines, struct buf *line)
{
    enum hidden_state state = HIDDEN_TEXT;

    buf_clear(line);
    for (;;) {
        while (lines->pending.length > 0) {
            char c = lines->pending.data[0];

            buf_drop_front(&lines->pending, 1);
            if (!take_hidden(lines, line, &state, c))
                continue;
            if (lines->closed)
                return LINE_CLOSED;
            return line->overflowed ? LINE_TOO_LONG : LINE_READ;
        }
        if (!fill(lines))
            return LINE_CLOSED;
    }
}

enum line_end lines_read_hidden(struct lines *lines, struct buf *line)
{
    struct termios saved, hidden;
    enum line_end end;

    if (tcgetattr(STDIN_FILENO, &saved) != 0)
        return lines_read(lines, line);
    hidden = saved;
    hidden.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ECHONL);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    /* Ctrl-C and the like come as signals that end the wait; these two would stop or kill
     * the program with the echo still off. */
    hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
    hidden.c_cc[VQUIT] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &hidden);
    end = read_hidden(lines, line);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    fputc('\n', stderr);
    return end;
}

void lines_print(int indent, const char *text)
{
    size_t length, skip;

    for (; *text; text += length + skip) {
        length = text_wrap(text, COLUMNS - indent, &skip);
        fprintf(stderr, "%*s%.*s\n", length ? indent : 0, "", (int)length, text);
        if (length + skip == 0)
            break;
    }
}
