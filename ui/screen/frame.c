#include "ui/screen/frame.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "ui/screen/hints.h"

/* Left of the page the way takes 24 columns.  With fewer than 100 the values would be
 * left with less than the 49 that Exchange's pre-filled scope takes. */
#define BESIDE_COLUMNS 100
#define BESIDE_WIDTH   24
#define PAGE_WIDTH_MAX 92

#define RULED_ROWS     18
#define WAY_ROWS       16
#define SPACED_ROWS    30

static bool has_help(const struct view *view)
{
    return view->page != PAGE_TEST && view->overlay != OVERLAY_SAVED;
}

struct frame frame_layout(const struct view *view, const struct canvas *canvas)
{
    struct frame frame = {.way_row = -1};
    int row = 1;

    frame.ruled = canvas->rows >= RULED_ROWS;
    frame.way_beside = canvas->columns >= BESIDE_COLUMNS && frame.ruled;
    if (!frame.way_beside && canvas->rows >= WAY_ROWS)
        frame.way_row = row++;
    frame.top = row + (frame.ruled ? 1 : 0);
    frame.left = frame.way_beside ? BESIDE_WIDTH : 0;
    frame.width = canvas->columns - frame.left;
    if (frame.width > PAGE_WIDTH_MAX)
        frame.width = PAGE_WIDTH_MAX;
    frame.keys_rows = hints_rows(view, canvas->columns);
    frame.keys_row = canvas->rows - frame.keys_rows;
    if (has_help(view))
        frame.help_rows = canvas->rows >= SPACED_ROWS  ? 3
                          : canvas->rows >= RULED_ROWS ? 2
                                                       : 1;
    frame.help_row = frame.keys_row - frame.help_rows;
    frame.height = frame.help_row - (frame.ruled ? 1 : 0) - frame.top;
    return frame;
}

/* Title */

static void draw_title(const struct view *view, const struct frame *frame,
                       struct canvas *canvas)
{
    const struct wizard *wizard = view->setup->wizard;
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);
    size_t at = 0;
    char *where;
    int column;

    while (at + 1 < count && way[at] != view->page)
        at++;
    where = mem_format(_("%zu of %zu"), at + 1, count);
    column = 1 + canvas_put(canvas, 0, 1, 20, ROLE_ACCENT, "letterbox");
    column += 3;
    if (!frame->way_beside && frame->way_row < 0) {
        column += canvas_put(canvas, 0, column, canvas->columns - column - 8, ROLE_STRONG,
                             _(wizard_pages[view->page].title));
    } else {
        column +=
            canvas_put(canvas, 0, column, 40, ROLE_TEXT,
                       wizard_opened_name(wizard) ? _("mailbox") : _("new mailbox"));
        if (view->title[0]) {
            canvas_put(canvas, 0, column + 1, 1, ROLE_DIM, canvas->signs->separator);
            canvas_put_cut(canvas, 0, column + 3, canvas->columns - column - 14,
                           ROLE_STRONG, view->title);
        }
    }
    canvas_put(canvas, 0, canvas->columns - 1 - text_width(where), 12, ROLE_DIM, where);
    free(where);
}

/* The way */

struct mark {
    const char *sign;
    enum role sign_role, role;
};

static struct mark mark_of(const struct view *view, const struct canvas *canvas,
                           enum page_id page)
{
    if (page == view->page)
        return (struct mark){canvas->signs->here, ROLE_ACCENT, ROLE_ACCENT};
    if (wizard_page_is_done(view->setup->wizard, page))
        return (struct mark){canvas->signs->done, ROLE_GOOD, ROLE_TEXT};
    return (struct mark){NULL, ROLE_DIM, ROLE_DIM};
}

static void draw_way_beside(const struct view *view, const struct frame *frame,
                            struct canvas *canvas)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(view->setup->wizard, way);

    for (size_t i = 0; i < count; i++) {
        struct mark mark = mark_of(view, canvas, way[i]);
        int row = frame->top + (int)i;

        if (mark.sign)
            canvas_put(canvas, row, 1, 1, mark.sign_role, mark.sign);
        canvas_put_cut(canvas, row, 3, BESIDE_WIDTH - 4, mark.role,
                       _(wizard_pages[way[i]].title));
    }
}

/* How many columns page `i` of the way takes: whole, or as a sign alone. */
static int way_width(const struct view *view, const struct canvas *canvas,
                     enum page_id page, bool whole)
{
    int sign = mark_of(view, canvas, page).sign ? 1 : 0;

    if (!whole)
        return 1;
    return text_width(_(wizard_pages[page].title)) + (sign ? 2 : 0);
}

static int way_total(const struct view *view, const struct canvas *canvas,
                     const enum page_id *way, size_t count, const bool *whole)
{
    int total = 1;

    for (size_t i = 0; i < count; i++)
        total += way_width(view, canvas, way[i], whole[i]) + 2;
    return total - 1;
}

/* On one row.  What is too long for it shrinks to signs: first what is done, the oldest
 * first; then what is to come, the farthest first. */
static void draw_way_row(const struct view *view, int row, struct canvas *canvas)
{
    enum page_id way[PAGE_COUNT];
    bool whole[PAGE_COUNT];
    size_t count = wizard_way(view->setup->wizard, way);
    size_t here = 0;
    int column = 1;

    for (size_t i = 0; i < count; i++) {
        whole[i] = true;
        here = way[i] == view->page ? i : here;
    }
    for (size_t i = 0; i < here; i++) {
        if (way_total(view, canvas, way, count, whole) > canvas->columns)
            whole[i] = false;
    }
    for (size_t i = count - 1; i > here; i--) {
        if (way_total(view, canvas, way, count, whole) > canvas->columns)
            whole[i] = false;
    }
    for (size_t i = 0; i < count; i++) {
        struct mark mark = mark_of(view, canvas, way[i]);

        if (mark.sign || !whole[i])
            column += canvas_put(canvas, row, column, 1, mark.sign_role,
                                 mark.sign ? mark.sign : canvas->signs->waiting);
        if (whole[i])
            column += canvas_put(canvas, row, column + (mark.sign ? 1 : 0),
                                 canvas->columns - column, mark.role,
                                 _(wizard_pages[way[i]].title)) +
                      (mark.sign ? 1 : 0);
        column += 2;
    }
}

/* Help */

/* The chosen one of choices that stand in a row, without their hints; or NULL. */
static const struct choice *chosen_in_row(const struct view *view,
                                          const struct field *field)
{
    size_t count, chosen;
    const struct choice *choices;

    if (field->kind != FIELD_CHOICE || view_is_upright(view, field))
        return NULL;
    choices = field_choices(field, &view->setup->context, &count);
    chosen = view_chosen(view, field);
    return chosen < count && choices[chosen].hint ? &choices[chosen] : NULL;
}

/* What helps with the focused field, or is said of the page; the caller's (free()). */
static char *help_text(const struct view *view)
{
    const struct field *field = view->field;
    const struct choice *chosen = field ? chosen_in_row(view, field) : NULL;
    const char *text = field ? field->help : wizard_pages[view->page].intro;

    if (chosen)
        return mem_format("%s\n%s: %s.", _(text), _(chosen->label), _(chosen->hint));
    return mem_copy_text(text ? _(text) : "");
}

static void draw_help(const struct view *view, const struct frame *frame,
                      struct canvas *canvas)
{
    struct paragraph help = {.row = frame->help_row, .right = canvas->columns - 1};
    char *text = help_text(view);
    struct canvas area;

    /* In an area of its own, so that a text too long is cut at its end. */
    canvas_init(&area, frame->help_rows, canvas->columns, canvas->ascii);
    help.row = 0;
    help.left = 1;
    canvas_put_paragraph(&area, &help, text);
    canvas_copy(canvas, frame->help_row, 0, &area, 0, frame->help_rows);
    canvas_free(&area);
    free(text);
}

void frame_draw(const struct view *view, const struct frame *frame, struct canvas *canvas)
{
    const char *rule = canvas->signs->rule;

    draw_title(view, frame, canvas);
    if (frame->way_beside)
        draw_way_beside(view, frame, canvas);
    else if (frame->way_row >= 0)
        draw_way_row(view, frame->way_row, canvas);
    if (frame->ruled) {
        canvas_repeat(canvas, frame->top - 1, 0, canvas->columns, ROLE_DIM, rule);
        canvas_repeat(canvas, frame->top + frame->height, 0, canvas->columns, ROLE_DIM,
                      rule);
    }
    if (frame->help_rows > 0)
        draw_help(view, frame, canvas);
    hints_draw(view, frame->keys_row, canvas);
}
