#include "ui/screen/canvas_curses.h"

#include <curses.h>
#include <string.h>
#include <unistr.h>

#define CLUSTER_MAX 5 /* curses: one character and four that combine with it */

static struct {
    attr_t attributes;
    short pair;
} looks[ROLE_COUNT];

static void set_look(enum role role, attr_t attributes, short pair, short colour,
                     bool colours)
{
    looks[role].attributes = attributes;
    looks[role].pair = 0;
    if (colours && colour >= 0 && init_pair(pair, colour, -1) == OK)
        looks[role].pair = pair;
}

void canvas_curses_start(bool colours)
{
    colours =
        colours && has_colors() && start_color() == OK && use_default_colors() == OK;
    set_look(ROLE_DIM, A_DIM, 0, -1, colours);
    set_look(ROLE_STRONG, A_BOLD, 0, -1, colours);
    set_look(ROLE_ACCENT, A_BOLD, 1, COLOR_CYAN, colours);
    set_look(ROLE_GOOD, A_NORMAL, 2, COLOR_GREEN, colours);
    set_look(ROLE_WARN, A_BOLD, 3, COLOR_YELLOW, colours);
    set_look(ROLE_BAD, A_BOLD, 4, COLOR_RED, colours);
    set_look(ROLE_CHOSEN, A_REVERSE, 0, -1, colours);
}

/* The cluster's characters; false when curses cannot hold them. */
static bool decode(const char *text, wchar_t out[CLUSTER_MAX + 1])
{
    size_t left = strlen(text);
    int count = 0;

    while (left > 0 && count < CLUSTER_MAX) {
        ucs4_t character;
        int length = u8_mbtouc(&character, (const uint8_t *)text, left);

        out[count++] = (wchar_t)character;
        text += length;
        left -= (size_t)length;
    }
    out[count] = L'\0';
    return left == 0;
}

static void put_cell(int row, int column, const struct cell *cell)
{
    wchar_t text[CLUSTER_MAX + 1] = L" ";
    cchar_t c;

    if (cell->text[0] && !decode(cell->text, text))
        memcpy(text, L"?", sizeof L"?");
    if (setcchar(&c, text, looks[cell->role].attributes, looks[cell->role].pair, NULL) ==
        OK)
        mvadd_wch(row, column, &c);
}

static void put_row(const struct canvas *canvas, const struct canvas *shown, int row)
{
    for (int column = 0; column < canvas->columns; column++) {
        const struct cell *cell = canvas_cell(canvas, row, column);
        const struct cell *left = column > 0 ? cell - 1 : NULL;

        if (left && left->width == 2)
            continue; /* curses fills the right half by itself */
        if (!shown || !cell_equal(cell, canvas_cell(shown, row, column)))
            put_cell(row, column, cell);
    }
}

void canvas_curses_show(const struct canvas *canvas, const struct canvas *shown)
{
    if (shown && (shown->rows != canvas->rows || shown->columns != canvas->columns))
        shown = NULL;
    if (!shown)
        erase();
    for (int row = 0; row < canvas->rows; row++)
        put_row(canvas, shown, row);
    if (canvas->cursor_row >= 0) {
        move(canvas->cursor_row, canvas->cursor_column);
        curs_set(1);
    } else {
        curs_set(0);
    }
    wnoutrefresh(stdscr);
    doupdate();
}
