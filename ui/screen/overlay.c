#include "ui/screen/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice/details.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screen/field_view.h"

/* Help */

static const struct {
    const char *keys, *text;
} all_keys[] = {
    {N_("Tab, Down"), N_("next field; Shift-Tab and Up: the one before")},
    {N_("Space"), N_("choose; Left and Right, too")},
    {N_("Enter"), N_("accept the field, press the button")},
    {N_("PgDn, Ctrl-N"), N_("next page")},
    {N_("PgUp, Ctrl-P"), N_("page back; nothing that was entered is lost")},
    {N_("Ctrl-R"), N_("show a secret, and hide it again")},
    {N_("Ctrl-U, Ctrl-W"), N_("erase what is before the cursor; the word before it")},
    {N_("F1, Ctrl-G"), N_("help for the field")},
    {N_("F3, Ctrl-F"), N_("the repair that the page offers")},
    {N_("F4, Ctrl-O"), N_("the page's further fields")},
    {N_("F5, Ctrl-T"), N_("test what is entered so far")},
    {N_("m"), N_("on Test: test again every minute, until it passes")},
    {N_("c"), N_("on Test: the commands to copy; while it runs: cancel")},
    {N_("d, w"), N_("on Test: all that was learnt; write a report")},
    {N_("n, s"), N_("when it is saved: what comes next; start the ingest")},
    {N_("F10, Ctrl-Q"), N_("leave; asks first when something would be lost")},
    {N_("Ctrl-Z"), N_("stop for a while; \"fg\" in the shell comes back")},
    {N_("Ctrl-L"), N_("draw the screen anew")},
};

/* Where what belongs to a name begins; 0: below it. */
static int pair_left(const struct pane *pane)
{
    return pane->canvas.columns < 60 ? 0 : 20;
}

static void add_keys(struct pane *pane)
{
    pane->row++;
    pane_add_text(pane, 1, 0, ROLE_STRONG, _("Keys"));
    for (size_t i = 0; i < sizeof all_keys / sizeof *all_keys; i++)
        pane_add_pair(pane, 1, pair_left(pane), _(all_keys[i].keys), _(all_keys[i].text),
                      ROLE_TEXT);
}

static const char *help_of_page(enum page_id page)
{
    if (page == PAGE_TEST)
        return _("The test connects to the token server and to the mail server, side by "
                 "side, with what is entered now; nothing needs to be saved for it. "
                 "Each step shows how long it took, and the bars are all on one scale.\n"
                 "A token alone proves nothing, so the folder is opened too, in a way "
                 "that changes nothing in the mailbox.\n"
                 "When a step fails, the page says what it means and what to do, and "
                 "Enter goes to the field that is to blame. F3 makes the repair that the "
                 "page names. What others have to mend first can be tested every minute, "
                 "with m.");
    if (page == PAGE_REVIEW)
        return _("Enter on a heading goes to the page where its values were entered. "
                 "Saving writes the mailbox and its secret, or nothing at all.");
    return wizard_pages[page].intro ? _(wizard_pages[page].intro) : "";
}

/* What the value that stands there means, above what is true of every value. */
static void add_explanation(const struct view *view, const struct field *field,
                            struct pane *pane)
{
    const struct wizard *wizard = view->setup->wizard;
    char *text = field->explain
                     ? field->explain(wizard_context_of(wizard), wizard_settings(wizard))
                     : NULL;

    if (text) {
        pane_add_text(pane, 1, 0, ROLE_TEXT, text);
        pane->row++;
    }
    free(text);
}

struct scrolled help_draw(const struct view *view, const struct frame *frame,
                          struct canvas *canvas)
{
    const struct field *field = view->field;
    const char *title = field ? field->label : wizard_pages[view->page].title;
    struct pane pane;

    pane_init(&pane, frame, view->ascii);
    pane.canvas.cursor_row = 0;
    pane.canvas.cursor_column = 1;
    pane_add_text(&pane, 1, 0, ROLE_ACCENT, _(title));
    if (field && field->help)
        pane_add_text(&pane, 1, 0, ROLE_TEXT, _(field->help));
    pane.row++;
    if (field && field->more) {
        add_explanation(view, field, &pane);
        pane_add_text(&pane, 1, 0, ROLE_TEXT, _(field->more));
    } else
        pane_add_text(&pane, 1, 0, ROLE_TEXT, help_of_page(view->page));
    add_keys(&pane);
    return pane_show(&pane, frame, view->scroll, canvas);
}

/* Details of a test */

static void add_heading(struct pane *pane, const char *text)
{
    pane->row++;
    pane_add_text(pane, 1, 0, ROLE_STRONG, text);
}

/* The longest key of a setting but one fits before it. */
#define VALUE_LEFT 24

/* "name  value", left out when there is no value. */
static void add_line(struct pane *pane, const char *name, const char *value)
{
    bool is_beside = pane->canvas.columns >= 60 && text_width(name) < VALUE_LEFT - 1;

    if (value && value[0])
        pane_add_pair(pane, 1, is_beside ? VALUE_LEFT : 0, name, value, ROLE_TEXT);
}

static void add_diagnosis(const struct diagnosis *diagnosis, struct pane *pane)
{
    add_line(pane, _("Code"), diagnosis->code);
    add_line(pane, _("Stage"), check_stage_id(diagnosis->stage));
    add_line(pane, _("Server said"), diagnosis->said);
    if (diagnosis->cause_count > 0)
        add_heading(pane, _("Likely causes, the likeliest first"));
    for (size_t i = 0; i < diagnosis->cause_count; i++) {
        pane_add_text(pane, 3, 0, ROLE_TEXT, diagnosis->causes[i].text);
        if (diagnosis->causes[i].why)
            pane_add_text(pane, 5, 0, ROLE_DIM, diagnosis->causes[i].why);
    }
    if (diagnosis->fix_count > 0)
        add_heading(pane, _("What to do"));
    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        const struct diagnosis_fix *fix = &diagnosis->fixes[i];

        pane_add_text(pane, 3, 0, ROLE_ACCENT, fix->who);
        pane_add_text(pane, 5, 0, ROLE_TEXT, fix->text);
        if (fix->command)
            pane_add_text(pane, 5, 0, ROLE_STRONG, fix->command);
    }
}

/* Where the walk over the details has come to. */
struct telling {
    struct pane *pane;
    int section; /* -1: before the first */
};

static void add_detail(void *closure, enum details_section section, const char *name,
                       const char *value)
{
    struct telling *telling = closure;
    struct pane *pane = telling->pane;

    if (telling->section != (int)section)
        add_heading(pane, _(details_title(section)));
    telling->section = (int)section;
    add_line(pane, name, value);
}

struct scrolled details_draw(const struct view *view, const struct frame *frame,
                             struct canvas *canvas)
{
    const struct setup *setup = view->setup;
    struct pane pane;
    struct telling telling = {&pane, -1};

    pane_init(&pane, frame, view->ascii);
    pane.canvas.cursor_row = 0;
    pane.canvas.cursor_column = 1;
    pane_add_text(&pane, 1, 0, ROLE_ACCENT,
                  setup->diagnosis ? setup->diagnosis->title : _("Details of the test"));
    if (setup->diagnosis)
        add_diagnosis(setup->diagnosis, &pane);
    if (setup->facts)
        details_walk(setup->facts, add_detail, &telling);
    return pane_show(&pane, frame, view->scroll, canvas);
}

/* Questions */

void question_draw(const struct question *question, size_t answer,
                   const struct frame *frame, struct canvas *canvas)
{
    struct canvas sheet;
    struct paragraph text = {
        .row = 1, .left = 4, .right = canvas->columns - 1, .least = 1};
    int rows, row;

    canvas_init(&sheet, frame->keys_row, canvas->columns, canvas->ascii);
    canvas_repeat(&sheet, 0, 0, canvas->columns, ROLE_WARN, canvas->signs->rule);
    canvas_put(&sheet, 1, 2, 1, ROLE_WARN, "?");
    rows = 1 + canvas_put_paragraph(&sheet, &text, question->text) + 1;
    for (size_t i = 0; i < question->choice_count; i++, rows++) {
        bool is_here = i == answer;

        if (is_here) {
            canvas_put(&sheet, rows, 4, 1, ROLE_ACCENT, canvas->signs->here);
            sheet.cursor_row = rows;
            sheet.cursor_column = 6;
        }
        canvas_put_cut(&sheet, rows, 6, canvas->columns - 7,
                       is_here ? ROLE_CHOSEN : ROLE_TEXT, question->choices[i].label);
    }
    row = frame->keys_row - rows - 1;
    canvas->cursor_row = -1;
    canvas_copy(canvas, row > 0 ? row : 0, 0, &sheet, 0, rows + 1);
    canvas_free(&sheet);
}
