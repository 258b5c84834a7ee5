#include "ui/screen/pane.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

/* The longest help text takes 60 rows in the narrowest window; the details of a test with
 * two chains of certificates take more than anything else. */
#define PANE_ROWS 600

void pane_init(struct pane *pane, const struct frame *frame, bool ascii)
{
    canvas_init(&pane->canvas, PANE_ROWS, frame->width, ascii);
    pane->row = 0;
    pane->keep_top = pane->keep_bottom = 0;
}

void pane_add_text(struct pane *pane, int left, int right, enum role role,
                   const char *text)
{
    struct paragraph paragraph = {
        .row = pane->row,
        .left = left,
        .right = right > 0 ? right : pane->canvas.columns - 1,
        .least = 1,
        .role = role,
    };

    pane->row += canvas_put_paragraph(&pane->canvas, &paragraph, text);
}

void pane_add_pair(struct pane *pane, int indent, int left, const char *name,
                   const char *text, enum role role)
{
    struct paragraph paragraph = {.right = pane->canvas.columns - 1, .role = role};
    int room = left > 0 ? left - indent - 1 : pane->canvas.columns - indent - 1;
    int rows;

    canvas_put_cut(&pane->canvas, pane->row, indent, room, ROLE_DIM, name);
    if (left == 0)
        pane->row++;
    paragraph.row = pane->row;
    paragraph.left = paragraph.least = left > 0 ? left : indent + 2;
    rows = canvas_put_paragraph(&pane->canvas, &paragraph, text);
    pane->row += rows > 0 ? rows : 1;
}

void pane_add_button(struct pane *pane, int column, const char *label, bool focused)
{
    char *text = mem_format("[ %s ]", label);

    if (focused) {
        canvas_put(&pane->canvas, pane->row, column - 2 > 0 ? 0 : column - 1, 1,
                   ROLE_ACCENT, pane->canvas.signs->focus);
        pane->canvas.cursor_row = pane->row;
        pane->canvas.cursor_column = column + 2;
        pane->keep_top = pane->row;
        pane->keep_bottom = pane->row + 1;
    }
    canvas_put_cut(&pane->canvas, pane->row, column, pane->canvas.columns - column,
                   focused ? ROLE_CHOSEN : ROLE_TEXT, text);
    free(text);
    pane->row++;
}

static int follow(const struct pane *pane, int height)
{
    int scroll = 0;
    int cursor = pane->canvas.cursor_row;

    if (pane->keep_bottom > height)
        scroll = pane->keep_bottom - height;
    if (scroll > pane->keep_top)
        scroll = pane->keep_top;
    /* What is to be kept is taller than its place: the cursor then. */
    if (cursor >= scroll + height)
        scroll = cursor - height + 1;
    return scroll;
}

struct scrolled pane_show(struct pane *pane, const struct frame *frame, int scroll,
                          struct canvas *canvas)
{
    int most = pane->row > frame->height ? pane->row - frame->height : 0;
    int right = frame->left + frame->width - 1;

    if (scroll < 0)
        scroll = follow(pane, frame->height);
    if (scroll > most)
        scroll = most;
    canvas_copy(canvas, frame->top, frame->left, &pane->canvas, scroll, frame->height);
    if (canvas->cursor_row < 0) {
        /* Scrolled out of sight: reading begins at the top. */
        canvas->cursor_row = frame->top;
        canvas->cursor_column = frame->left;
    }
    if (scroll > 0)
        canvas_put(canvas, frame->top, right, 1, ROLE_ACCENT, canvas->signs->above);
    if (scroll < most)
        canvas_put(canvas, frame->top + frame->height - 1, right, 1, ROLE_ACCENT,
                   canvas->signs->below);
    canvas_free(&pane->canvas);
    return (struct scrolled){scroll, most};
}
