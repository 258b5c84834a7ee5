/*
 * A canvas onto the terminal.
 */
#ifndef LETTERBOX_UI_SCREEN_CANVAS_CURSES_H
#define LETTERBOX_UI_SCREEN_CANVAS_CURSES_H

#include <stdbool.h>

#include "ui/screen/canvas.h"

/* After curses began.  Without colours, roles differ by weight alone. */
void canvas_curses_start(bool colours);

/* Hands curses what differs from `shown` (the canvas of the last call; NULL: everything)
 * and lets it write that in as few bytes as it knows. */
void canvas_curses_show(const struct canvas *canvas, const struct canvas *shown);

#endif
