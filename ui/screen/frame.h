/*
 * What stands around every page: the title, the way, help, the keys; and the room
 * between.
 */
#ifndef LETTERBOX_UI_SCREEN_FRAME_H
#define LETTERBOX_UI_SCREEN_FRAME_H

#include "ui/screen/canvas.h"
#include "ui/screen/view.h"

struct frame {
    bool ruled;      /* rules between title, page and help */
    bool way_beside; /* the way stands on the left */
    int way_row;     /* else on this row; -1: only in the title */
    int top, height; /* the page's rows */
    int left, width; /* the page's columns */
    int help_row, help_rows;
    int keys_row, keys_rows;
};

struct frame frame_layout(const struct view *view, const struct canvas *canvas);

/* Title, way, rules, help for what has the focus, keys. */
void frame_draw(const struct view *view, const struct frame *frame,
                struct canvas *canvas);

#endif
