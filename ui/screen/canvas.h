/*
 * A grid of cells in memory that screens are drawn on: by the program and by tests alike.
 *
 * Drawing outside the grid is cut off, so no caller counts rows.  Text is valid UTF-8
 * without control characters (base/text.h); on an ASCII canvas everything else becomes
 * one "?" per column.  The memory is wiped when it is freed, because a revealed secret
 * may stand in it.
 */
#ifndef LETTERBOX_UI_SCREEN_CANVAS_H
#define LETTERBOX_UI_SCREEN_CANVAS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/screen/theme.h"

#define CELL_TEXT_MAX 24

struct cell {
    char text[CELL_TEXT_MAX]; /* one grapheme cluster; "": a blank, or the right half of a
                                 wide one */
    unsigned char role;
    unsigned char width; /* 0: the right half of the cell before it, or untouched */
};

struct canvas {
    int rows, columns;
    struct cell *cells;
    bool ascii;
    const struct signs *signs;
    int cursor_row, cursor_column; /* -1: no cursor is shown */
    int used_rows; /* private: none behind them was drawn on, so there is nothing to wipe
                    */
};

void canvas_init(struct canvas *canvas, int rows, int columns, bool ascii);
void canvas_free(struct canvas *canvas);

const struct cell *canvas_cell(const struct canvas *canvas, int row, int column);
bool cell_equal(const struct cell *a, const struct cell *b);

/* At most `limit` columns; returns how many were used. */
int canvas_put(struct canvas *canvas, int row, int column, int limit, enum role role,
               const char *text);

/* The same, with the sign `cut` at the end of what does not fit. */
int canvas_put_cut(struct canvas *canvas, int row, int column, int limit, enum role role,
                   const char *text);

/* `sign` (one column) `count` times. */
void canvas_repeat(struct canvas *canvas, int row, int column, int count, enum role role,
                   const char *sign);

/* A paragraph: wrapped into the columns from `left` to before `right`, "\n" begins a new
 * line.  A word too long for that begins further left, but not before `least`, so that a
 * URL stays whole where it can.  Returns the rows it took. */
struct paragraph {
    int row, left, right, least;
    enum role role;
};
int canvas_put_paragraph(struct canvas *canvas, const struct paragraph *paragraph,
                         const char *text);

/* Copies `rows` rows of `from`, beginning with `first`, to `to`; the cursor too. */
void canvas_copy(struct canvas *to, int row, int column, const struct canvas *from,
                 int first, int rows);

#endif
