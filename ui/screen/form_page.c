#include "ui/screen/pages.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "ui/screen/field_view.h"

#define FIELDS_MAX  16
#define INTRO_ROWS  14 /* with fewer for the page, its introduction is left out */
#define BUTTON_LEFT 3

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

static void add_intro(const struct view *view, const struct frame *frame,
                      struct pane *pane)
{
    const char *intro = wizard_pages[view->page].intro;

    if (!intro || frame->height < INTRO_ROWS)
        return;
    pane_add_text(pane, 1, 0, ROLE_DIM, _(intro));
    pane->row++;
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

int form_page_draw(const struct view *view, const struct frame *frame,
                   struct canvas *canvas)
{
    const struct field *fields[FIELDS_MAX];
    size_t count = wizard_fields(view->setup->wizard, fields, FIELDS_MAX);
    char *folded = folded_away(view, fields, count);
    struct pane pane;
    int column;

    pane_init(&pane, frame, view->ascii);
    add_intro(view, frame, &pane);
    add_fields(view, fields, count, &pane);
    pane.row++;
    column = field_columns(fields, count, frame->width).value;
    pane_add_button(&pane, column, _("Next page"), !view->field);
    if (folded[0]) {
        pane.row++;
        pane_add_text(&pane, column, 0, ROLE_DIM, folded);
    }
    free(folded);
    return pane_show(&pane, frame, SCROLL_FOLLOWS, canvas);
}
