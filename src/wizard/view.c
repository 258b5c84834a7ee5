/* What only looks at a wizard, and the rules of sight behind it. */
#include "wizard/wizard_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wizard/entra.h"

/* A folded field comes into sight when it has a value of its own: nothing that counts is
 * hidden. */
bool wizard_field_is_in_sight(const struct wizard *wizard, enum page_id page,
                              const struct field *field)
{
    if (!field_is_visible(field, &wizard->settings))
        return false;
    return !(field->flags & FIELD_ADVANCED) || wizard->advanced[page] ||
           !settings_is(&wizard->settings, field->setting,
                        setting_defs[field->setting].preset);
}

const struct field *wizard_bad_field(const struct wizard *wizard, enum page_id page)
{
    for (size_t i = 0; i < wizard_pages[page].field_count; i++) {
        const struct field *field = &wizard_pages[page].fields[i];

        if (field_is_visible(field, &wizard->settings) &&
            !field_check(field, wizard->context, &wizard->settings, NULL))
            return field;
    }
    return NULL;
}

void wizard_leave_field(struct wizard *wizard)
{
    if (wizard->focus != SET_NONE)
        wizard->left[wizard->focus] = true;
}

void wizard_leave_page(struct wizard *wizard)
{
    const struct page *page = &wizard_pages[wizard->page];

    for (size_t i = 0; i < page->field_count; i++)
        wizard->left[page->fields[i].setting] = true;
    wizard->visited[wizard->page] = true;
}

static enum setting_id first_in_sight(const struct wizard *wizard)
{
    const struct field *first;

    return wizard_fields(wizard, &first, 1) ? first->setting : SET_NONE;
}

void wizard_enter_page(struct wizard *wizard, enum page_id page)
{
    wizard->page = page;
    wizard->focus = first_in_sight(wizard);
}

/* A change of choice can take the page away: to the nearest one before it. */
static void settle_page(struct wizard *wizard)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);
    enum page_id nearest = way[0];

    for (size_t i = 0; i < count && way[i] <= wizard->page; i++)
        nearest = way[i];
    if (nearest != wizard->page)
        wizard_enter_page(wizard, nearest);
}

static void settle_errors(struct wizard *wizard)
{
    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        struct err err = ERR_INIT;
        const struct field *field = NULL;
        enum page_id page;
        size_t index;

        if (wizard->left[id] && steps_find(&wizard->settings, id, &page, &index))
            field = &wizard_pages[page].fields[index];
        free(wizard->errors[id]);
        wizard->errors[id] = NULL;
        if (field && !field_check(field, wizard->context, &wizard->settings, &err))
            wizard->errors[id] = mem_copy_text(err.text);
    }
}

void wizard_settle(struct wizard *wizard)
{
    settle_page(wizard);
    if (wizard->focus != SET_NONE && !wizard_focus(wizard))
        wizard->focus = first_in_sight(wizard);
    settle_errors(wizard);
}

const struct settings *wizard_settings(const struct wizard *wizard)
{
    return &wizard->settings;
}

const struct wizard_context *wizard_context_of(const struct wizard *wizard)
{
    return wizard->context;
}

const char *wizard_opened_name(const struct wizard *wizard)
{
    return wizard->opened;
}

enum page_id wizard_page(const struct wizard *wizard)
{
    return wizard->page;
}

size_t wizard_way(const struct wizard *wizard, enum page_id way[PAGE_COUNT])
{
    return steps_on_the_way(&wizard->settings, way);
}

bool wizard_page_is_done(const struct wizard *wizard, enum page_id page)
{
    if (page == PAGE_TEST)
        return wizard_test_state(wizard) == WIZARD_PASSED;
    if (page == PAGE_REVIEW)
        return wizard->saved && !wizard_is_changed(wizard);
    return wizard->visited[page] && !wizard_bad_field(wizard, page);
}

size_t wizard_fields(const struct wizard *wizard, const struct field **fields, size_t max)
{
    const struct page *page = &wizard_pages[wizard->page];
    size_t count = 0;

    for (size_t i = 0; i < page->field_count && count < max; i++) {
        if (wizard_field_is_in_sight(wizard, wizard->page, &page->fields[i]))
            fields[count++] = &page->fields[i];
    }
    return count;
}

/* The field in sight on this page that asks for `id`; NULL when none does. */
static const struct field *field_here(const struct wizard *wizard, enum setting_id id)
{
    const struct field *fields[WIZARD_FIELDS_MAX];
    size_t count = wizard_fields(wizard, fields, WIZARD_FIELDS_MAX);

    for (size_t i = 0; i < count; i++) {
        if (fields[i]->setting == id)
            return fields[i];
    }
    return NULL;
}

const struct field *wizard_focus(const struct wizard *wizard)
{
    return wizard->focus == SET_NONE ? NULL : field_here(wizard, wizard->focus);
}

bool wizard_has_advanced(const struct wizard *wizard)
{
    const struct page *page = &wizard_pages[wizard->page];

    for (size_t i = 0; i < page->field_count; i++) {
        if ((page->fields[i].flags & FIELD_ADVANCED) &&
            field_is_visible(&page->fields[i], &wizard->settings))
            return true;
    }
    return false;
}

bool wizard_advanced_shown(const struct wizard *wizard)
{
    return wizard->advanced[wizard->page];
}

const char *wizard_field_error(const struct wizard *wizard, enum setting_id id)
{
    return id >= 0 && id < SET_COUNT ? wizard->errors[id] : NULL;
}

static struct notice notice_of(const struct wizard *wizard, enum setting_id id)
{
    struct notice none = NOTICE_INIT;
    enum page_id page;
    size_t index;

    if (id < 0 || !steps_find(&wizard->settings, id, &page, &index))
        return none;
    return field_notice(&wizard_pages[page].fields[index], wizard->context,
                        &wizard->settings);
}

struct notice wizard_field_notice(const struct wizard *wizard, enum setting_id id)
{
    struct notice none = NOTICE_INIT;

    return wizard_field_error(wizard, id) ? none : notice_of(wizard, id);
}

/* A fix is offered for a value that is not valid, too. */
bool wizard_offered_fix(const struct wizard *wizard, struct notice *notice)
{
    const struct field *fields[WIZARD_FIELDS_MAX];
    size_t count = wizard_fields(wizard, fields, WIZARD_FIELDS_MAX);

    *notice = notice_of(wizard, wizard->focus);
    for (size_t i = 0; i < count && notice->fix_for == SET_NONE; i++)
        *notice = notice_of(wizard, fields[i]->setting);
    return notice->fix_for != SET_NONE;
}

const struct question *wizard_question(const struct wizard *wizard)
{
    return wizard->question.id == QUESTION_NONE ? NULL : &wizard->question;
}

static bool value_equal(const struct settings *a, const struct settings *b,
                        enum setting_id id)
{
    const struct secret_ref *ref = settings_secret_const(a, id);

    if (ref)
        return secret_ref_equal(ref, settings_secret_const(b, id));
    return strcmp(settings_text(a, id), settings_text(b, id)) == 0;
}

/* Is what the test would use still what was tested?  The test needs the pages up to
 * Server, except for the one date on them, which is only kept. */
static bool is_as_tested(const struct wizard *wizard)
{
    enum page_id page;
    size_t index;

    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        if (id != SET_OAUTH_CLIENT_SECRET_EXPIRES_AT &&
            steps_find(&wizard->settings, id, &page, &index) && page <= PAGE_SERVER &&
            !value_equal(&wizard->settings, &wizard->tested, id))
            return false;
    }
    return true;
}

enum wizard_test_state wizard_test_state(const struct wizard *wizard)
{
    switch (wizard->test) {
    case TEST_RUNNING:
        if (!wizard->tests_again)
            return WIZARD_TESTING;
        return is_as_tested(wizard) ? WIZARD_FAILED : WIZARD_UNTESTED;
    case TEST_PASSED:
        return is_as_tested(wizard) ? WIZARD_PASSED : WIZARD_STALE;
    case TEST_FAILED:
        return is_as_tested(wizard) ? WIZARD_FAILED : WIZARD_UNTESTED;
    case TEST_NONE:
        break;
    }
    return WIZARD_UNTESTED;
}

bool wizard_is_testing(const struct wizard *wizard)
{
    return wizard->test == TEST_RUNNING;
}

bool wizard_is_changed(const struct wizard *wizard)
{
    return !settings_equal(&wizard->settings, &wizard->baseline);
}

bool wizard_is_saved(const struct wizard *wizard)
{
    return wizard->saved;
}

const char *wizard_message(const struct wizard *wizard)
{
    return wizard->message;
}
