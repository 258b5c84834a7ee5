#include "ui/screen/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wizard/wizard.h"

void view_init(struct view *view, struct setup *setup, bool ascii)
{
    memset(view, 0, sizeof *view);
    view->setup = setup;
    view->ascii = ascii;
    view->page = PAGE_COUNT;
    view->group = -1;
    editor_init(&view->editor);
    view_follow(view);
}

void view_free(struct view *view)
{
    editor_free(&view->editor);
    free(view->repaired);
}

bool view_is_typed(const struct field *field)
{
    return field->kind == FIELD_TEXT || field->kind == FIELD_NUMBER ||
           field->kind == FIELD_SECRET;
}

bool view_is_upright(const struct view *view, const struct field *field)
{
    return field->kind == FIELD_PROVIDER || field->kind == FIELD_CONSUMER ||
           (field->kind == FIELD_CHOICE && wizard_pages[view->page].field_count == 1);
}

size_t view_chosen(const struct view *view, const struct field *field)
{
    size_t count;
    const struct choice *choices = field_choices(field, &view->setup->context, &count);
    const char *value =
        settings_text(wizard_settings(view->setup->wizard), field->setting);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(choices[i].value, value) == 0)
            return i;
    }
    return count;
}

struct notice view_notice(const struct view *view, const struct field *field)
{
    struct notice none = NOTICE_INIT;

    if (field == view->field && view->typing && !view->notice_stood)
        return none;
    return wizard_field_notice(view->setup->wizard, field->setting);
}

const struct field *view_blamed(const struct view *view)
{
    const struct diagnosis *diagnosis = view->setup->diagnosis;
    enum page_id page;
    size_t index;

    if (!diagnosis || diagnosis->field == SET_NONE ||
        !steps_find(wizard_settings(view->setup->wizard), diagnosis->field, &page,
                    &index))
        return NULL;
    return &wizard_pages[page].fields[index];
}

bool view_has_repair(const struct view *view)
{
    return setup_repair_count(view->setup) > 0;
}

bool view_has_commands(const struct view *view)
{
    const struct diagnosis *diagnosis = view->setup->diagnosis;

    for (size_t i = 0; diagnosis && i < diagnosis->fix_count; i++) {
        if (diagnosis->fixes[i].command)
            return true;
    }
    return false;
}

bool view_may_repeat(const struct view *view)
{
    const struct setup *setup = view->setup;

    return view->page == PAGE_TEST && setup->diagnosis &&
           wizard_test_state(setup->wizard) == WIZARD_FAILED &&
           diagnosis_may_pass_later(setup->diagnosis);
}

const char *view_blame(const struct view *view, const struct field *field)
{
    if (wizard_test_state(view->setup->wizard) != WIZARD_FAILED ||
        view_blamed(view) != field)
        return NULL;
    return view->setup->diagnosis->title;
}

/* The text behind a field that is typed.  A secret that is stored is not read: its line
 * begins empty. */
static const char *value_of(const struct view *view, const struct field *field)
{
    const struct settings *settings = wizard_settings(view->setup->wizard);
    const struct secret_ref *ref = settings_secret_const(settings, field->setting);

    if (!ref)
        return settings_text(settings, field->setting);
    return ref->place == SECRET_TYPED ? secret_bytes(ref->value) : "";
}

static void enter_field(struct view *view, const struct field *field)
{
    view->field = field;
    view->revealed = false;
    view->typing = false;
    view->said = NULL;
    view->group = -1;
    view->option = 0;
    editor_load(&view->editor, "");
    if (field && !view_is_typed(field)) {
        size_t count, chosen = view_chosen(view, field);

        field_choices(field, &view->setup->context, &count);
        view->option = chosen < count ? chosen : 0;
    }
}

static void enter_page(struct view *view, enum page_id page)
{
    const struct settings *settings = wizard_settings(view->setup->wizard);

    view->page = page;
    view->scroll = page == PAGE_TEST ? SCROLL_FOLLOWS : 0;
    view->overlay = OVERLAY_NONE;
    snprintf(view->title, sizeof view->title, "%s", settings_text(settings, SET_NAME));
    enter_field(view, wizard_focus(view->setup->wizard));
}

static void follow_question(struct view *view)
{
    const struct question *question = wizard_question(view->setup->wizard);
    enum question_id asked = question ? question->id : QUESTION_NONE;

    if (asked != view->asked && question) {
        view->answer = question->preset;
        view->overlay = OVERLAY_NONE;
    }
    view->asked = asked;
}

/* What is tested again are the values that failed, while somebody looks at it. */
static void follow_repeat(struct view *view)
{
    if (view->repeat.state == REPEAT_ON && !view_may_repeat(view))
        view->repeat.state = REPEAT_OFF;
}

void view_follow(struct view *view)
{
    struct wizard *wizard = view->setup->wizard;
    const struct field *field = wizard_focus(wizard);

    if (wizard_page(wizard) != view->page)
        enter_page(view, wizard_page(wizard));
    else if (field != view->field)
        enter_field(view, field);
    /* A fix, or a value that follows from another, may have changed it meanwhile. */
    if (field && view_is_typed(field) &&
        strcmp(view->editor.text.data, value_of(view, field)) != 0)
        editor_load(&view->editor, value_of(view, field));
    if (field && view->typing &&
        wizard_field_notice(wizard, field->setting).level == NOTICE_NONE)
        view->notice_stood = false;
    if (wizard_opened_name(wizard))
        snprintf(view->title, sizeof view->title, "%s", wizard_opened_name(wizard));
    follow_question(view);
    follow_repeat(view);
}
