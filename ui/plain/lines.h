/*
 * Lines of standard input, and text on standard error.
 *
 * A wait ends at once when the cancel fires (a signal), and the terminal's echo is back
 * before the function returns, whatever ended it.
 */
#ifndef LETTERBOX_UI_PLAIN_LINES_H
#define LETTERBOX_UI_PLAIN_LINES_H

#include <stdbool.h>

#include "base/buf.h"
#include "net/cancel.h"

/* Longest line, in bytes.  A longer one is read to its end and not used. */
#define LINES_MAX 65536

enum line_end {
    LINE_READ,
    LINE_TOO_LONG,
    LINE_CLOSED, /* end of input, or a signal: nothing more will come */
};

struct lines {
    const struct cancel *cancel; /* borrowed */
    struct buf pending;          /* read but not yet taken; wiped, it may hold a secret */
    bool closed;
};

void lines_open(struct lines *lines, const struct cancel *cancel);
void lines_close(struct lines *lines);

/* The next line without its end into `line` (made with buf_init_secret(…, LINES_MAX),
 * emptied first). */
enum line_end lines_read(struct lines *lines, struct buf *line);

/* The same without echo when standard input is a terminal.  A paste may be longer than
 * the 4095 bytes of a terminal's own line. */
enum line_end lines_read_hidden(struct lines *lines, struct buf *line);

/* `text` on standard error, wrapped, each line after `indent` blanks. */
void lines_print(int indent, const char *text);

#endif
