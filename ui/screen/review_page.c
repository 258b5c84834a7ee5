#include "ui/screen/pages.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "ui/screen/field_view.h"

#define VALUE_LEFT     28
#define NARROW_COLUMNS 68 /* fewer would break an ID in two */

/* Has it passed? */
static void add_tested(const struct view *view, struct pane *pane)
{
    const struct signs *signs = pane->canvas.signs;
    const char *sign = signs->warning, *text = NULL;
    enum role role = ROLE_WARN;

    switch (wizard_test_state(view->setup->wizard)) {
    case WIZARD_PASSED:
        sign = signs->done;
        role = ROLE_GOOD;
        text = _("Tested: the folder was opened with these values.");
        break;
    case WIZARD_FAILED:
        sign = signs->failed;
        role = ROLE_BAD;
        text = _("The test failed with these values.");
        break;
    case WIZARD_STALE:
        text = _("Changed since the test passed. F5 tests again.");
        break;
    case WIZARD_TESTING:
        text = _("The test is still running.");
        break;
    case WIZARD_UNTESTED:
        text = _("Not tested yet. F5 tests now.");
        break;
    }
    canvas_put(&pane->canvas, pane->row, 1, 1, role, sign);
    pane_add_text(pane, 3, 0, ROLE_TEXT, text);
}

/* Does what is saved here stop to work soon? */
static void add_expiry(const struct view *view, struct pane *pane)
{
    const struct wizard *wizard = view->setup->wizard;
    struct expiry expiry =
        field_secret_expiry(wizard_context_of(wizard), wizard_settings(wizard));
    char sentence[128];

    if (!expiry_is_near(&expiry))
        return;
    expiry_sentence(&expiry, sentence, sizeof sentence);
    canvas_put(&pane->canvas, pane->row, 1, 1, ROLE_WARN, pane->canvas.signs->warning);
    pane_add_text(pane, 3, 0, ROLE_TEXT, sentence);
}

static void add_outcome(const struct view *view, struct pane *pane)
{
    const struct setup *setup = view->setup;
    const char *failure = wizard_message(setup->wizard);
    char *text;

    if (failure) {
        canvas_put(&pane->canvas, pane->row, 1, 1, ROLE_BAD, pane->canvas.signs->failed);
        pane_add_text(pane, 3, 0, ROLE_TEXT, failure);
    } else if (wizard_is_saved(setup->wizard) && !wizard_is_changed(setup->wizard)) {
        canvas_put(&pane->canvas, pane->row, 1, 1, ROLE_GOOD, pane->canvas.signs->done);
        text = mem_format(_("Saved %s/mailboxes/%s.json"), store_config_dir(setup->store),
                          wizard_opened_name(setup->wizard));
        pane_add_text(pane, 3, 0, ROLE_TEXT, text);
        free(text);
    }
}

static void add_save(const struct view *view, struct pane *pane)
{
    const struct wizard *wizard = view->setup->wizard;
    bool is_saved = wizard_is_saved(wizard) && !wizard_is_changed(wizard);
    const struct field *field = &wizard_pages[PAGE_REVIEW].fields[0];
    struct columns columns = field_columns(&field, 1, pane->canvas.columns);
    bool on_button = !view->field && view->group < 0;
    int top = pane->row;

    pane->row += field_draw(view, field, &columns, pane->row, &pane->canvas);
    if (view->field) {
        pane->keep_top = top;
        pane->keep_bottom = pane->row;
    }
    pane_add_button(pane, columns.value, is_saved ? _("Leave") : _("Save"), on_button);
    add_outcome(view, pane);
    if (on_button)
        pane->keep_bottom = pane->row;
}

static void add_value(const struct view *view, const struct field *field,
                      struct pane *pane)
{
    char *value = field_value_text(view, field);
    int left = pane->canvas.columns < NARROW_COLUMNS ? 0 : VALUE_LEFT;

    pane_add_pair(pane, 3, left, _(field->label), value[0] ? value : _("none"),
                  value[0] ? ROLE_TEXT : ROLE_DIM);
    free(value);
}

/* What was folded away and left at its preset says nothing. */
static bool is_worth_showing(const struct view *view, const struct field *field)
{
    const struct settings *settings = wizard_settings(view->setup->wizard);

    return field_is_visible(field, settings) &&
           (!(field->flags & FIELD_ADVANCED) ||
            !settings_is(settings, field->setting, setting_defs[field->setting].preset));
}

static void add_group(const struct view *view, const struct page *page, bool focused,
                      struct pane *pane)
{
    int top = pane->row;

    if (focused) {
        canvas_put(&pane->canvas, top, 0, 1, ROLE_ACCENT, pane->canvas.signs->focus);
        pane->canvas.cursor_row = top;
        pane->canvas.cursor_column = 1;
    }
    pane_add_text(pane, 1, 0, focused ? ROLE_ACCENT : ROLE_STRONG, _(page->title));
    for (size_t i = 0; i < page->field_count; i++) {
        if (is_worth_showing(view, &page->fields[i]))
            add_value(view, &page->fields[i], pane);
    }
    if (focused) {
        pane->keep_top = top;
        pane->keep_bottom = pane->row;
    }
}

struct scrolled review_page_draw(const struct view *view, const struct frame *frame,
                                 struct canvas *canvas)
{
    char *sentence = wizard_ingest_sentence(wizard_settings(view->setup->wizard));
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(view->setup->wizard, way);
    struct pane pane;

    pane_init(&pane, frame, view->ascii);
    pane_add_text(&pane, 1, 0, ROLE_TEXT, sentence);
    free(sentence);
    add_tested(view, &pane);
    add_expiry(view, &pane);
    pane.row++;
    add_save(view, &pane);
    for (size_t i = 0; i < count; i++) {
        const struct page *page = &wizard_pages[way[i]];

        if (way[i] == PAGE_REVIEW || page->field_count == 0)
            continue;
        pane.row++;
        add_group(view, page, view->group == (int)i, &pane);
    }
    return pane_show(&pane, frame, SCROLL_FOLLOWS, canvas);
}
