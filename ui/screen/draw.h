/*
 * The screens: pure functions from a view and a size to a canvas.
 */
#ifndef LETTERBOX_UI_SCREEN_DRAW_H
#define LETTERBOX_UI_SCREEN_DRAW_H

#include "ui/screen/canvas.h"
#include "ui/screen/view.h"

/* Draws all of it on a canvas that is still blank.  What it returns belongs into
 * view->scrolled. */
struct scrolled draw_screen(const struct view *view, struct canvas *canvas);

#endif
