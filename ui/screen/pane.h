/*
 * A page that may be longer than its place: drawn whole on a canvas of its own, of which
 * the part in sight is copied.
 */
#ifndef LETTERBOX_UI_SCREEN_PANE_H
#define LETTERBOX_UI_SCREEN_PANE_H

#include "ui/screen/canvas.h"
#include "ui/screen/frame.h"

struct pane {
    struct canvas canvas;
    int row;                   /* the next free one */
    int keep_top, keep_bottom; /* the rows that must be in sight: [top, bottom) */
};

void pane_init(struct pane *pane, const struct frame *frame, bool ascii);

/* Adds a paragraph between two columns; `right` 0: to the pane's edge. */
void pane_add_text(struct pane *pane, int left, int right, enum role role,
                   const char *text);

/* A name on the left, and what belongs to it from column `left` on; below it when that is
 * 0.  Takes a row at least. */
void pane_add_pair(struct pane *pane, int indent, int left, const char *name,
                   const char *text, enum role role);

/* "[ label ]", with the cursor on it when it has the focus. */
void pane_add_button(struct pane *pane, int column, const char *label, bool focused);

/* Copies what is in sight with `scroll` rows above it (SCROLL_FOLLOWS: as many as it
 * takes to keep the rows to be kept in sight), with signs where there is more; frees. */
struct scrolled pane_show(struct pane *pane, const struct frame *frame, int scroll,
                          struct canvas *canvas);

#endif
