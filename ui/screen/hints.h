/*
 * The bottom lines: each key, where it works, and what it does there.
 */
#ifndef LETTERBOX_UI_SCREEN_HINTS_H
#define LETTERBOX_UI_SCREEN_HINTS_H

#include "ui/screen/canvas.h"
#include "ui/screen/view.h"

/* How many rows they take; two where there is room, so that a page stands still while the
 * focus moves about. */
int hints_rows(const struct view *view, int columns);
void hints_draw(const struct view *view, int row, struct canvas *canvas);

#endif
