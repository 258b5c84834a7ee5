/*
 * Lines about starting the ingest, for whoever shows them: screen, prompts, answers file.
 */
#ifndef LETTERBOX_UI_START_TEXT_H
#define LETTERBOX_UI_START_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum start_kind {
    START_GOOD,
    START_BAD,
    START_WARN,
    START_TEXT,
    START_KEY,     /* what a key does; where there are no keys it is not shown */
    START_COMMAND, /* for a shell */
    START_ENTRY,   /* a line of a file, which no sign may break */
};

struct start_line {
    enum start_kind kind;
    char *text; /* owned, translated */
};

struct start_lines {
    struct start_line *items;
    size_t count;
};

/* Takes `text`. */
void start_lines_take(struct start_lines *lines, enum start_kind kind, char *text);
void start_lines_add(struct start_lines *lines, enum start_kind kind, const char *text);
void start_lines_copy(struct start_lines *lines, const struct start_lines *from);
void start_lines_free(struct start_lines *lines);

/* For a terminal that scrolls, on standard error. */
void start_lines_print(const struct start_lines *lines);

#endif
