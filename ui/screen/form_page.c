#include "ui/screen/pages.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screen/field_view.h"

#define FIELDS_MAX 24

static bool is_shown(const struct field *const *fields, size_t count,
                     const struct field *field)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i] == field)
            return true;
    }
    return false;
}

/* The labels of the fields that F4 would bring into sight; the caller's. */
static char *folded_away(const struct view *view, const struct field *const *fields,
                         size_t count)
{
    const struct settings *settings = wizard_settings(view->setup->wizard);
    const struct page *page = &wizard_pages[view->page];
    struct buf list;

    buf_init(&list, 256);
    for (size_t i = 0; i < page->field_count; i++) {
        const struct field *field = &page->fields[i];

        if (field_is_visible(field, settings) && !is_shown(fields, count, field))
            buf_add_format(&list, "%s%s", list.length ? ", " : _("F4 shows more: "),
                           _(field->label));
    }
    return buf_take(&list);
}

static void add_fields(const struct view *view, const struct field *const *fields,
                       size_t count, struct pane *pane)
{
    struct columns columns = field_columns(fields, count, pane->canvas.columns);

    for (size_t i = 0; i < count; i++) {
        int rows = field_draw(view, fields[i], &columns, pane->row, &pane->canvas);

        if (fields[i] == view->field) {
            pane->keep_top = pane->row;
            pane->keep_bottom = pane->row + rows;
        }
        pane->row += rows;
    }
}

/* The button, and beside it what is folded away. */
static void add_end(const struct view *view, int column, const char *folded,
                    struct pane *pane)
{
    int beside = column + text_width(_("Next page")) + 4 + 3;
    int row = ++pane->row;

    pane_add_button(pane, column, _("Next page"), !view->field);
    if (beside + text_width(folded) < pane->canvas.columns)
        canvas_put(&pane->canvas, row, beside, pane->canvas.columns, ROLE_DIM, folded);
    else
        pane_add_text(pane, column, 0, ROLE_DIM, folded);
}

static void make_pane(const struct view *view, const struct frame *frame,
                      const char *intro, struct pane *pane)
{
    const struct field *fields[FIELDS_MAX];
    size_t count = wizard_fields(view->setup->wizard, fields, FIELDS_MAX);
    char *folded = folded_away(view, fields, count);

    pane_init(pane, frame, view->ascii);
    if (intro) {
        pane_add_text(pane, 1, 0, ROLE_DIM, intro);
        pane->row++;
    }
    add_fields(view, fields, count, pane);
    add_end(view, field_columns(fields, count, frame->width).value, folded, pane);
    free(folded);
}

/* A page that does not fit does without its introduction first. */
struct scrolled form_page_draw(const struct view *view, const struct frame *frame,
                               struct canvas *canvas)
{
    const char *intro = wizard_pages[view->page].intro;
    struct pane pane;

    make_pane(view, frame, intro ? _(intro) : NULL, &pane);
    if (intro && pane.row > frame->height) {
        canvas_free(&pane.canvas);
        make_pane(view, frame, NULL, &pane);
    }
    return pane_show(&pane, frame, SCROLL_FOLLOWS, canvas);
}
