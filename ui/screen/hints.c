#include "ui/screen/hints.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define HINT_MAX       16
#define NARROW_COLUMNS 60
#define WIDE_COLUMNS   80
#define ROWS_MAX       3

/* How well a key can be left out (struct hint); from here on the page shows it as well:
 * an arrow at the edge, the button to test. */
#define SPARE_SEEN 5

struct hint {
    const char *key; /* as it stands on the keyboard, translated */
    char label[48];
    int spare; /* the more, the sooner it is left out where there is no room; 0: never */
};

struct hints {
    struct hint items[HINT_MAX];
    size_t count;
    size_t here; /* the first so many are of what has the focus, the others of the page */
    bool brief;  /* short labels, close together */
    bool flows;  /* both kinds one behind the other */
};

/* `brief` is for where there is little room; NULL: the same. */
static void add(struct hints *hints, const char *key, const char *label,
                const char *brief)
{
    struct hint *hint = &hints->items[hints->count];

    if (hints->count == HINT_MAX)
        return;
    hints->count++;
    hint->key = key;
    hint->spare = 0;
    snprintf(hint->label, sizeof hint->label, "%s",
             hints->brief && brief ? brief : label);
}

/* The same for one that can be left out: F1 lists every key. */
static void add_spare(struct hints *hints, int spare, const char *key, const char *label,
                      const char *brief)
{
    add(hints, key, label, brief);
    hints->items[hints->count - 1].spare = spare;
}

static void add_question(struct hints *hints)
{
    add(hints, _("Up/Down"), _("choose"), NULL);
    add(hints, _("Enter"), _("take it"), NULL);
    add(hints, _("Esc"), _("back to the page"), _("back"));
}

static void add_overlay(const struct view *view, struct hints *hints)
{
    if (view->scrolled.most > 0)
        add(hints, _("Up/Down"), _("scroll"), NULL);
    add(hints, _("Esc"), _("back to the page"), _("back"));
    add(hints, "F10", _("leave"), NULL);
}

static void add_saved(const struct view *view, struct hints *hints)
{
    const struct start *start = &view->setup->start;

    if (start_can_go(start))
        add(hints, "s",
            start->is_active ? _("start the ingest anew") : _("start the ingest"),
            _("start"));
    add(hints, _("Enter"), _("leave"), NULL);
    if (view->scrolled.most > 0)
        add(hints, _("Up/Down"), _("scroll"), NULL);
    add(hints, _("Esc"), _("back to the values"), _("back"));
}

static void add_field(const struct view *view, struct hints *hints)
{
    const struct field *field = view->field;

    if (view_is_upright(view, field)) {
        add(hints, _("Up/Down"), _("move"), NULL);
        add(hints, _("Space"), _("choose"), NULL);
    } else if (!view_is_typed(field)) {
        add(hints, _("Space"), _("choose the next"), _("choose"));
    }
    add(hints, _("Enter"), _("accept"), _("ok"));
    if (field->kind == FIELD_SECRET && view->editor.text.length > 0)
        add(hints, _("Ctrl-R"), view->revealed ? _("hide") : _("show"), NULL);
}

static void add_review_button(const struct view *view, struct hints *hints)
{
    const struct wizard *wizard = view->setup->wizard;

    if (view->group >= 0)
        add(hints, _("Enter"), _("change these"), _("change"));
    else if (wizard_is_saved(wizard) && !wizard_is_changed(wizard)) {
        add(hints, _("Enter"), _("leave"), NULL);
        add(hints, "n", _("what comes next"), _("next"));
    } else
        add(hints, _("Enter"), _("save"), NULL);
}

static void add_form(const struct view *view, struct hints *hints)
{
    const struct wizard *wizard = view->setup->wizard;
    struct notice offered;

    if (view->field)
        add_field(view, hints);
    else if (view->page == PAGE_REVIEW)
        add_review_button(view, hints);
    else
        add(hints, _("Enter"), _("next page"), NULL);
    if (wizard_offered_fix(wizard, &offered))
        add(hints, "F3", offered.fix_label, _("fix"));
    if (wizard_has_advanced(wizard))
        add(hints, "F4",
            wizard_advanced_shown(wizard) ? _("fewer fields") : _("more fields"),
            wizard_advanced_shown(wizard) ? _("fewer") : _("more"));
    hints->here = hints->count;
    add(hints, _("Tab"), _("next field"), _("next"));
    if (view->page != PAGE_REVIEW)
        add(hints, _("PgDn"), _("next page"), _("on"));
}

static void add_failed(const struct view *view, struct hints *hints)
{
    const struct field *blamed = view_blamed(view);
    char label[48];

    if (blamed) {
        snprintf(label, sizeof label, _("go to %s"), _(blamed->label));
        add(hints, _("Enter"), label, _("go there"));
    } else {
        add(hints, _("Enter"), _("test again"), _("again"));
    }
    if (view_has_repair(view))
        add(hints, "F3", _("repair and test again"), _("repair"));
    if (view->repeat.state == REPEAT_ON)
        add(hints, _("Esc"), _("stop testing"), _("stop"));
    else if (view_may_repeat(view))
        add(hints, "m", _("test every minute"), _("every minute"));
}

static void add_test(const struct view *view, struct hints *hints)
{
    enum wizard_test_state state = wizard_test_state(view->setup->wizard);

    if (state == WIZARD_TESTING)
        add(hints, "c", _("cancel"), NULL);
    else if (state == WIZARD_PASSED)
        add(hints, _("Enter"), _("review and save"), _("review"));
    else if (state == WIZARD_FAILED)
        add_failed(view, hints);
    else
        add(hints, _("Enter"), view->setup->facts ? _("test again") : _("test now"),
            _("test"));
    if (view_has_commands(view))
        add(hints, "c", _("commands"), NULL);
    if (view->setup->facts) {
        add_spare(hints, 1, "d", _("details"), NULL);
        add_spare(hints, 2, "w", _("report"), NULL);
    }
    if (view->scrolled.most > 0)
        add_spare(hints, SPARE_SEEN, _("Up/Down"), _("scroll"), NULL);
    hints->here = hints->count;
    if (state != WIZARD_TESTING)
        add_spare(hints, 3, _("PgDn"), _("review"), NULL);
}

static struct hints collect(const struct view *view, bool brief)
{
    struct hints hints = {.brief = brief};

    if (wizard_question(view->setup->wizard)) {
        add_question(&hints);
    } else if (view->overlay == OVERLAY_SAVED) {
        add_saved(view, &hints);
    } else if (view->overlay != OVERLAY_NONE) {
        add_overlay(view, &hints);
    } else {
        if (view->page == PAGE_TEST)
            add_test(view, &hints);
        else
            add_form(view, &hints);
        if (view->page != PAGE_AUTHENTICATION)
            add_spare(&hints, 4, _("PgUp"), _("back"), NULL);
        add(&hints, "F1", _("help"), NULL);
        if (!view->setup->check)
            add_spare(&hints, SPARE_SEEN, "F5", _("test"), NULL);
        add(&hints, "F10", _("leave"), NULL);
    }
    return hints;
}

static int width_of(const struct hint *hint)
{
    return text_width(hint->key) + 1 + text_width(hint->label);
}

static int gap_of(const struct hints *hints)
{
    return hints->brief ? 2 : 3;
}

/* Puts each on a row of its kind where that fits, else one behind the other.  Draws when
 * there is a canvas; returns the rows taken. */
static int lay_out(const struct hints *hints, int columns, int row, struct canvas *canvas)
{
    int gap = gap_of(hints);
    int column = 1, rows = 1;

    for (size_t i = 0; i < hints->count; i++) {
        const struct hint *hint = &hints->items[i];
        bool begins = i == hints->here && i > 0 && !hints->brief && !hints->flows;

        if ((begins && rows == 1) || column + width_of(hint) > columns) {
            rows++;
            column = 1;
        }
        if (canvas && rows <= ROWS_MAX) {
            int used = canvas_put(canvas, row + rows - 1, column, columns - column,
                                  ROLE_STRONG, hint->key);

            canvas_put(canvas, row + rows - 1, column + used + 1, columns - column - used,
                       ROLE_DIM, hint->label);
        }
        column += width_of(hint) + gap;
    }
    return rows;
}

/* Leaves out what can best be spared, of those that can be spared so well; false when
 * there is none. */
static bool leave_out(struct hints *hints, int spare)
{
    size_t spared = 0;

    for (size_t i = 1; i < hints->count; i++) {
        if (hints->items[i].spare > hints->items[spared].spare)
            spared = i;
    }
    if (hints->count == 0 || hints->items[spared].spare < spare)
        return false;
    memmove(&hints->items[spared], &hints->items[spared + 1],
            (hints->count - spared - 1) * sizeof *hints->items);
    hints->count--;
    hints->here -= spared < hints->here;
    return true;
}

/* In two rows, or three of a window that is not wide: first without a row for each kind,
 * then without what is seen elsewhere, then shorter, then fewer. */
static struct hints fit(const struct view *view, int columns)
{
    struct hints hints = collect(view, columns < NARROW_COLUMNS);
    int most = columns < WIDE_COLUMNS ? ROWS_MAX : 2;

    if (lay_out(&hints, columns, 0, NULL) > most)
        hints.flows = true;
    while (lay_out(&hints, columns, 0, NULL) > most && leave_out(&hints, SPARE_SEEN))
        continue;
    if (lay_out(&hints, columns, 0, NULL) > most)
        hints = collect(view, true);
    while (lay_out(&hints, columns, 0, NULL) > most && leave_out(&hints, 1))
        continue;
    return hints;
}

int hints_rows(const struct view *view, int columns)
{
    struct hints hints = fit(view, columns);
    int rows = lay_out(&hints, columns, 0, NULL);

    return rows < 2 ? 2 : rows > ROWS_MAX ? ROWS_MAX : rows;
}

void hints_draw(const struct view *view, int row, struct canvas *canvas)
{
    struct hints hints = fit(view, canvas->columns);

    lay_out(&hints, canvas->columns, row, canvas);
}
