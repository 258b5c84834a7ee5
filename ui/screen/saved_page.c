#include "ui/screen/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define COMMAND_LEFT 5
#define GOES_ON      " \\" /* the shell reads on in the next line */

static void add_signed(struct pane *pane, const char *sign, enum role role,
                       const char *text)
{
    canvas_put(&pane->canvas, pane->row, 1, 1, role, sign);
    pane_add_text(pane, 3, 0, ROLE_TEXT, text);
}

/* Does the blank at `offset` lie between two of the shell's words? */
static bool is_between_words(const char *text, size_t offset)
{
    bool quoted = false;

    if (text[offset] != ' ')
        return false;
    for (size_t i = 0; i < offset; i++)
        quoted ^= text[i] == '\'';
    return !quoted;
}

/* Whoever marks several rows of a command with the mouse pastes several lines: all but
 * the last say that it goes on. */
static void add_command(struct pane *pane, const char *text)
{
    int columns = pane->canvas.columns - 1 - COMMAND_LEFT;

    while (text_width(text) > columns) {
        size_t skip;
        size_t length = text_wrap(text, columns - (int)strlen(GOES_ON), &skip);
        char *row;

        if (!is_between_words(text, length))
            break;
        row = mem_format("%.*s%s", (int)length, text, GOES_ON);
        pane_add_text(pane, COMMAND_LEFT, 0, ROLE_STRONG, row);
        free(row);
        text += length + skip;
    }
    pane_add_text(pane, COMMAND_LEFT, 0, ROLE_STRONG, text);
}

/* A paragraph begins after a blank row, but not where a sentence goes with the one
 * before. */
static void add_line(struct pane *pane, const struct start_line *line, bool begins)
{
    const struct signs *signs = pane->canvas.signs;

    if (begins && line->kind != START_COMMAND && line->kind != START_ENTRY &&
        line->kind != START_KEY)
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
        add_command(pane, line->text);
        break;
    case START_ENTRY:
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
