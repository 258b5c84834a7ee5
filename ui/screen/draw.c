#include "ui/screen/draw.h"

#include <stdio.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/screen/pages.h"

static void draw_too_small(struct canvas *canvas)
{
    char text[96];

    snprintf(text, sizeof text, _("letterbox needs %dx%d"), SCREEN_LEAST_COLUMNS,
             SCREEN_LEAST_ROWS);
    canvas_put(canvas, 0, 0, canvas->columns, ROLE_STRONG, text);
    canvas->cursor_row = 0;
    canvas->cursor_column = 0;
}

static struct scrolled draw_page(const struct view *view, const struct frame *frame,
                                 struct canvas *canvas)
{
    if (view->overlay == OVERLAY_HELP)
        return help_draw(view, frame, canvas);
    if (view->overlay == OVERLAY_DETAILS)
        return details_draw(view, frame, canvas);
    if (view->overlay == OVERLAY_SAVED)
        return saved_draw(view, frame, canvas);
    if (view->page == PAGE_TEST)
        return test_page_draw(view, frame, canvas);
    if (view->page == PAGE_REVIEW)
        return review_page_draw(view, frame, canvas);
    return form_page_draw(view, frame, canvas);
}

struct scrolled draw_screen(const struct view *view, struct canvas *canvas)
{
    const struct question *question = wizard_question(view->setup->wizard);
    struct frame frame;
    struct scrolled scrolled;

    if (canvas->rows < SCREEN_LEAST_ROWS || canvas->columns < SCREEN_LEAST_COLUMNS) {
        draw_too_small(canvas);
        return (struct scrolled){0, 0};
    }
    frame = frame_layout(view, canvas);
    frame_draw(view, &frame, canvas);
    scrolled = draw_page(view, &frame, canvas);
    if (question)
        question_draw(question, view->answer, &frame, canvas);
    return scrolled;
}
