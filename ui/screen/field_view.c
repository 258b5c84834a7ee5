#include "ui/screen/field_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define LABEL_WIDTH_MAX 26
#define VALUE_WIDTH_MAX 64
#define STACKED_BELOW   37 /* columns for the value: an ID and the cursor behind it */
#define NUMBER_WIDTH    8
#define VALUE_ROWS_MAX  4
#define FULL_CHOICES    5  /* whose hints may take several rows each */
#define HINT_LEAST      25 /* columns for such a hint */

struct columns field_columns(const struct field *const *fields, size_t count, int width)
{
    struct columns columns = {.label = 1};

    for (size_t i = 0; i < count; i++) {
        int label = text_width(_(fields[i]->label));

        if (label > columns.label_width)
            columns.label_width = label;
    }
    if (columns.label_width > LABEL_WIDTH_MAX)
        columns.label_width = LABEL_WIDTH_MAX;
    columns.value = columns.label + columns.label_width + 2;
    columns.stacked = width - columns.value - 1 < STACKED_BELOW;
    if (columns.stacked) {
        columns.label_width = width - columns.label - 1;
        columns.value = columns.label + 2;
    }
    columns.value_width = width - columns.value - 1;
    if (columns.value_width > VALUE_WIDTH_MAX)
        columns.value_width = VALUE_WIDTH_MAX;
    return columns;
}

/* Secrets */

static const struct secret_ref *secret_of(const struct view *view,
                                          const struct field *field)
{
    return settings_secret_const(wizard_settings(view->setup->wizard), field->setting);
}

/* Where a secret comes from that was not typed; NULL when there is none. */
static char *describe_place(const struct secret_ref *ref)
{
    char *line, *text;

    switch (ref->place) {
    case SECRET_STORED:
        return mem_copy_text(_("stored"));
    case SECRET_FILE:
        return mem_format(_("from the file %s"), ref->name);
    case SECRET_ENV:
        return mem_format(_("from the variable %s"), ref->name);
    case SECRET_COMMAND:
        line = argv_join(ref->argv);
        text = mem_format(_("from the command %s"), line);
        free(line);
        return text;
    case SECRET_TYPED:
    case SECRET_UNSET:
        break;
    }
    return NULL;
}

/* Typed values */

static void draw_rule(struct canvas *canvas, int row, int column, int count)
{
    canvas_repeat(canvas, row, column, count, ROLE_DIM, "_");
}

/* A value longer than its row goes on below: all of a URL is in sight.  While it is
 * edited the rows around the cursor are. */
static int draw_text(const struct view *view, const char *text, bool focused, int row,
                     int column, int width, struct canvas *canvas)
{
    int last_row, last_column, cursor_row = 0, cursor_column = 0;
    int first = 0, rows;

    editor_place(text, strlen(text), width, &last_row, &last_column);
    rows = last_row + (last_column > 0 || last_row == 0 || focused ? 1 : 0);
    if (focused)
        editor_place(text, view->editor.cursor, width, &cursor_row, &cursor_column);
    if (cursor_row >= VALUE_ROWS_MAX)
        first = cursor_row - VALUE_ROWS_MAX + 1;
    if (rows > first + VALUE_ROWS_MAX)
        rows = first + VALUE_ROWS_MAX;
    for (int i = first; i < rows; i++) {
        size_t at = editor_row_start(text, width, i);
        int used =
            canvas_put(canvas, row + i - first, column, width, ROLE_TEXT, text + at);

        draw_rule(canvas, row + i - first, column + used, width - used);
    }
    if (focused) {
        canvas->cursor_row = row + cursor_row - first;
        canvas->cursor_column = column + cursor_column;
    }
    return rows - first;
}

static int draw_secret(const struct view *view, const struct field *field, bool focused,
                       int row, int column, int width, struct canvas *canvas)
{
    const struct secret_ref *ref = secret_of(view, field);
    bool typed = ref->place == SECRET_TYPED && secret_length(ref->value) > 0;
    char *place;
    int used = 0;

    if (typed && focused && view->revealed)
        return draw_text(view, view->editor.text.data, true, row, column, width, canvas);
    place = describe_place(ref);
    if (typed)
        used = canvas_put(canvas, row, column, width, ROLE_TEXT, canvas->signs->dots);
    else if (place)
        canvas_put_cut(canvas, row, column, width, ROLE_DIM, place);
    if (!place)
        draw_rule(canvas, row, column + used, width - used);
    free(place);
    if (focused) {
        canvas->cursor_row = row;
        canvas->cursor_column = column + used;
    }
    return 1;
}

/* Choices */

/* In a row, and on as many rows as that takes. */
static int draw_flow(const struct choice *choices, size_t count, size_t chosen,
                     bool focused, const struct columns *columns, int row,
                     struct canvas *canvas)
{
    int rows = 1, column = columns->value;
    int right = columns->value + columns->value_width;

    for (size_t i = 0; i < count; i++) {
        const char *label = _(choices[i].label);
        int width = 4 + text_width(label);
        bool is_chosen = i == chosen;

        if (column > columns->value && column + width > right) {
            rows++;
            column = columns->value;
        }
        canvas_put(canvas, row + rows - 1, column, 3,
                   !is_chosen ? ROLE_DIM
                   : focused  ? ROLE_ACCENT
                              : ROLE_TEXT,
                   is_chosen ? canvas->signs->chosen : canvas->signs->unchosen);
        canvas_put_cut(canvas, row + rows - 1, column + 4, right - column - 4,
                       is_chosen && focused ? ROLE_ACCENT : ROLE_TEXT, label);
        if (focused && (is_chosen || (i == 0 && chosen >= count))) {
            canvas->cursor_row = row + rows - 1;
            canvas->cursor_column = column + 1;
        }
        column += width + 2;
    }
    return rows;
}

/* Where the hints stand that have their place to the right of the labels; 0 when there is
 * none, and they go below them.  Those of a long list have to fit into one row each: it
 * would fill the window. */
static int column_of_hints(const struct choice *choices, size_t count,
                           const struct columns *columns, int right)
{
    int label = 0, hint = 0, column;

    for (size_t i = 0; i < count; i++) {
        int label_width = text_width(_(choices[i].label));
        int hint_width = choices[i].hint ? text_width(_(choices[i].hint)) : 0;

        label = label_width > label ? label_width : label;
        hint = hint_width > hint ? hint_width : hint;
    }
    column = columns->value + 4 + label + 2;
    return column + (count > FULL_CHOICES ? hint : HINT_LEAST) <= right ? column : 0;
}

/* One below the other, with their hints: of a long list that has no place for them, only
 * the one that the focus is on. */
static int draw_upright(const struct view *view, const struct choice *choices,
                        size_t count, size_t chosen, bool focused,
                        const struct columns *columns, int row, struct canvas *canvas)
{
    int left = columns->value, right = columns->value + columns->value_width;
    int hints = column_of_hints(choices, count, columns, canvas->columns - 1);
    int rows = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_here = focused && i == view->option;

        canvas_put(canvas, row + rows, left, 3, i == chosen ? ROLE_ACCENT : ROLE_DIM,
                   i == chosen ? canvas->signs->chosen : canvas->signs->unchosen);
        canvas_put_cut(canvas, row + rows, left + 4, right - left - 4,
                       is_here ? ROLE_ACCENT : ROLE_TEXT, _(choices[i].label));
        if (is_here) {
            canvas->cursor_row = row + rows;
            canvas->cursor_column = left + 1;
        }
        if (choices[i].hint && (hints > 0 || is_here || count <= FULL_CHOICES)) {
            int at = hints > 0 ? hints : left + 4;
            struct paragraph text = {row + (hints > 0 ? rows : ++rows), at,
                                     canvas->columns - 1, at, ROLE_DIM};

            rows += canvas_put_paragraph(canvas, &text, _(choices[i].hint));
        } else {
            rows++;
        }
    }
    return rows;
}

/* A long list opens where the focus is; elsewhere its one choice stands alone. */
static int draw_closed(const struct choice *choices, size_t count, size_t chosen,
                       const struct columns *columns, int row, struct canvas *canvas)
{
    int room = columns->value_width - 4;

    if (chosen < count) {
        canvas_put(canvas, row, columns->value, 3, ROLE_TEXT, canvas->signs->chosen);
        canvas_put_cut(canvas, row, columns->value + 4, room, ROLE_TEXT,
                       _(choices[chosen].label));
    } else {
        canvas_put_cut(canvas, row, columns->value, room, ROLE_DIM,
                       _("none chosen: as it stands below"));
    }
    return 1;
}

static const struct choice switch_choices[] = {
    {"true", N_("yes"), NULL},
    {"false", N_("no"), NULL},
};

static const struct choice *choices_of(const struct view *view, const struct field *field,
                                       size_t *count, size_t *chosen)
{
    const struct settings *settings = wizard_settings(view->setup->wizard);

    if (field->kind == FIELD_SWITCH) {
        *count = 2;
        *chosen = settings_is(settings, field->setting, "true") ? 0 : 1;
        return switch_choices;
    }
    *chosen = view_chosen(view, field);
    return field_choices(field, &view->setup->context, count);
}

static int draw_choices(const struct view *view, const struct field *field, bool focused,
                        const struct columns *columns, int row, struct canvas *canvas)
{
    size_t count, chosen;
    const struct choice *choices = choices_of(view, field, &count, &chosen);

    if (count == 0) {
        canvas_put(canvas, row, columns->value, columns->value_width, ROLE_DIM,
                   _("none has been added yet"));
        if (focused) {
            canvas->cursor_row = row;
            canvas->cursor_column = columns->value;
        }
        return 1;
    }
    if (field->kind == FIELD_CONSUMER && !focused)
        return draw_closed(choices, count, chosen, columns, row, canvas);
    if (view_is_upright(view, field))
        return draw_upright(view, choices, count, chosen, focused, columns, row, canvas);
    return draw_flow(choices, count, chosen, focused, columns, row, canvas);
}

/* What is said below */

/* The widest word of `text`, in columns. */
static int widest_word(const char *text)
{
    int widest = 0;

    while (*text) {
        size_t length = strcspn(text, " \n");
        char *word = mem_copy_bytes(text, length);
        int width = text_width(word);

        widest = width > widest ? width : widest;
        free(word);
        text += length;
        text += strspn(text, " \n");
    }
    return widest;
}

/* Under the value; further left when a URL in it would have to be broken otherwise. */
static int draw_remark(const struct columns *columns, int row, enum role role,
                       const char *sign, const char *text, struct canvas *canvas)
{
    struct paragraph paragraph = {
        .row = row,
        .left = columns->value + 2,
        .right = canvas->columns - 1,
        .least = columns->label,
        .role = role == ROLE_DIM ? ROLE_DIM : ROLE_TEXT,
    };
    int left = paragraph.right - widest_word(text);

    if (left < paragraph.left && left >= columns->label + 2)
        paragraph.left = left;
    canvas_put(canvas, row, paragraph.left - 2, 1, role, sign);
    return canvas_put_paragraph(canvas, &paragraph, text);
}

/* Is it this field's fix that F3 makes now?  Only there a line names the key. */
static bool has_the_fix(const struct view *view, const struct field *field)
{
    struct notice offered;

    return wizard_offered_fix(view->setup->wizard, &offered) &&
           offered.beside == field->setting;
}

/* The fix of a value that is not valid stands below its error. */
static int draw_error(const struct columns *columns, int row, const char *error,
                      const char *fix, struct canvas *canvas)
{
    char *text = mem_format("%s%s", error, fix);
    int rows = draw_remark(columns, row, ROLE_BAD, canvas->signs->failed, text, canvas);

    free(text);
    return rows;
}

static int draw_remarks(const struct view *view, const struct field *field,
                        const struct columns *columns, int row, struct canvas *canvas)
{
    const char *error = wizard_field_error(view->setup->wizard, field->setting);
    struct notice notice = view_notice(view, field);
    const char *blame = view_blame(view, field);
    struct notice own = field_notice(field, wizard_context_of(view->setup->wizard),
                                     wizard_settings(view->setup->wizard));
    bool fix = has_the_fix(view, field);
    int rows = 0;

    if (!fix && notice.level != NOTICE_NONE)
        notice.text[notice.key_line] = '\0';
    if (field == view->field && view->said)
        rows +=
            draw_remark(columns, row, ROLE_DIM, canvas->signs->info, view->said, canvas);
    if (error)
        rows += draw_error(columns, row + rows, error, fix ? own.text + own.key_line : "",
                           canvas);
    else if (blame)
        rows += draw_remark(columns, row + rows, ROLE_BAD, canvas->signs->failed, blame,
                            canvas);
    if (notice.level == NOTICE_WARNING)
        rows += draw_remark(columns, row + rows, ROLE_WARN, canvas->signs->warning,
                            notice.text, canvas);
    else if (notice.level == NOTICE_INFO)
        rows += draw_remark(columns, row + rows, ROLE_DIM, canvas->signs->info,
                            notice.text, canvas);
    return rows;
}

static int draw_value(const struct view *view, const struct field *field, bool focused,
                      const struct columns *columns, int row, struct canvas *canvas)
{
    const char *text =
        settings_text(wizard_settings(view->setup->wizard), field->setting);
    int width = columns->value_width;

    switch (field->kind) {
    case FIELD_NUMBER:
        width = NUMBER_WIDTH;
        break;
    case FIELD_TEXT:
        break;
    case FIELD_SECRET:
        return draw_secret(view, field, focused, row, columns->value, width, canvas);
    case FIELD_CHOICE:
    case FIELD_SWITCH:
    case FIELD_PROVIDER:
    case FIELD_CONSUMER:
        return draw_choices(view, field, focused, columns, row, canvas);
    }
    return draw_text(view, text, focused, row, columns->value, width, canvas);
}

int field_draw(const struct view *view, const struct field *field,
               const struct columns *columns, int row, struct canvas *canvas)
{
    bool focused = field == view->field && view->group < 0;
    int rows = columns->stacked ? 1 : 0;

    if (focused)
        canvas_put(canvas, row, columns->label - 1, 1, ROLE_ACCENT, canvas->signs->focus);
    canvas_put_cut(canvas, row, columns->label, columns->label_width,
                   focused ? ROLE_ACCENT : ROLE_TEXT, _(field->label));
    rows += draw_value(view, field, focused, columns, row + rows, canvas);
    rows += draw_remarks(view, field, columns, row + rows, canvas);
    return rows;
}

char *field_value_text(const struct view *view, const struct field *field)
{
    const struct settings *settings = wizard_settings(view->setup->wizard);
    size_t count, chosen;
    const struct choice *choices;
    char *place;

    if (field->kind == FIELD_SECRET) {
        place = describe_place(secret_of(view, field));
        if (place || secret_of(view, field)->place == SECRET_UNSET)
            return place ? place : mem_copy_text("");
        return mem_format("%s %s", view->ascii ? signs_ascii.dots : signs_utf8.dots,
                          _("typed"));
    }
    if (view_is_typed(field))
        return mem_copy_text(settings_text(settings, field->setting));
    choices = choices_of(view, field, &count, &chosen);
    return mem_copy_text(chosen < count ? _(choices[chosen].label)
                                        : settings_text(settings, field->setting));
}
