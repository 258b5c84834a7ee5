/*
 * One field on a page: its label, its value, and what is said of it below.
 */
#ifndef LETTERBOX_UI_SCREEN_FIELD_VIEW_H
#define LETTERBOX_UI_SCREEN_FIELD_VIEW_H

#include "ui/screen/canvas.h"
#include "ui/screen/view.h"

/* Where labels and values stand on a page. */
struct columns {
    int label, label_width;
    int value, value_width;
    bool stacked; /* the value stands below its label */
};

struct columns field_columns(const struct field *const *fields, size_t count, int width);

/* Returns the rows it took, with what is said below.  Puts the cursor there when the
 * field has the focus. */
int field_draw(const struct view *view, const struct field *field,
               const struct columns *columns, int row, struct canvas *canvas);

/* The value as it is read on Review, translated; the caller's (free()).  Never a secret.
 */
char *field_value_text(const struct view *view, const struct field *field);

#endif
