#include "ui/screen/pages.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"

#define COMMAND_LEFT 5

static void add_signed(struct pane *pane, const char *sign, enum role role,
                       const char *text)
{
    canvas_put(&pane->canvas, pane->row, 1, 1, role, sign);
    pane_add_text(pane, 3, 0, ROLE_TEXT, text);
}

/* A paragraph begins after a blank row, but not where a sentence goes with the one
 * before. */
static void add_line(struct pane *pane, const struct start_line *line, bool begins)
{
    const struct signs *signs = pane->canvas.signs;

    if (begins && line->kind != START_COMMAND && line->kind != START_KEY)
        pane->row++;
    switch (line->kind) {
    case START_GOOD:
        add_signed(pane, signs->done, ROLE_GOOD, line->text);
        break;
    case START_BAD:
        add_signed(pane, signs->failed, ROLE_BAD, line->text);
        break;
    case START_WARN:
        add_signed(pane, signs->warning, ROLE_WARN, line->text);
        break;
    case START_TEXT:
        pane_add_text(pane, 3, 0, ROLE_TEXT, line->text);
        break;
    case START_KEY:
        pane_add_text(pane, 3, 0, ROLE_ACCENT, line->text);
        break;
    case START_COMMAND:
        pane_add_text(pane, COMMAND_LEFT, 0, ROLE_STRONG, line->text);
        break;
    }
}

struct scrolled saved_draw(const struct view *view, const struct frame *frame,
                           struct canvas *canvas)
{
    const struct start *start = &view->setup->start;
    struct start_lines lines = {.items = NULL};
    struct pane pane;
    char *saved = mem_format(_("Saved %s/mailboxes/%s.json"), start->config, start->name);

    pane_init(&pane, frame, view->ascii);
    pane.canvas.cursor_row = 0;
    pane.canvas.cursor_column = 1;
    add_signed(&pane, pane.canvas.signs->done, ROLE_GOOD, saved);
    start_tell(start, &lines);
    for (size_t i = 0; i < lines.count; i++)
        add_line(&pane, &lines.items[i], i > 0 || lines.items[i].kind != START_GOOD);
    start_lines_free(&lines);
    free(saved);
    return pane_show(&pane, frame, view->scroll, canvas);
}
