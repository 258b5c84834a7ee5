#include "wizard/wizard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "wizard/entra.h"
#include "wizard/wizard_state.h"

struct wizard *wizard_new(const struct wizard_context *context,
                          const struct settings *settings, const char *opened,
                          bool (*taken)(const char *name, void *closure), void *closure)
{
    struct wizard *wizard = mem_new(1, sizeof *wizard);

    wizard->context = context;
    settings_copy(&wizard->settings, settings);
    settings_copy(&wizard->baseline, settings);
    settings_init(&wizard->tested);
    wizard->opened = mem_copy_text(opened);
    wizard->taken = taken;
    wizard->closure = closure;
    /* A name that came with the command line or the file is not a suggestion. */
    wizard->touched[SET_NAME] = settings_text(settings, SET_NAME)[0] != '\0';
    for (size_t i = 0; opened && i < PAGE_COUNT; i++)
        wizard->visited[i] = true;
    wizard_enter_page(wizard, PAGE_AUTHENTICATION);
    wizard_settle(wizard);
    return wizard;
}

void wizard_free(struct wizard **wizard_address)
{
    struct wizard *wizard = *wizard_address;

    if (!wizard)
        return;
    settings_free(&wizard->settings);
    settings_free(&wizard->baseline);
    settings_free(&wizard->tested);
    free(wizard->opened);
    free(wizard->message);
    for (size_t i = 0; i < SET_COUNT; i++)
        free(wizard->errors[i]);
    free(wizard);
    *wizard_address = NULL;
}

/* Values */

/* An emptied secret is the stored one again, where there is one: nobody can see it, so
 * nobody means to erase it by leaving the field empty. */
static void edit_secret(struct wizard *wizard, enum setting_id id,
                        const struct secret *secret)
{
    struct secret_ref *ref = settings_secret(&wizard->settings, id);
    const struct secret_ref *stored = settings_secret_const(&wizard->baseline, id);

    secret_ref_clear(ref);
    if (secret_length(secret) > 0) {
        ref->place = SECRET_TYPED;
        ref->value = secret_copy(secret);
    } else if (stored->place != SECRET_TYPED) {
        secret_ref_copy(ref, stored);
    }
}

static const struct field *find_field(const struct wizard *wizard, enum setting_id id,
                                      enum page_id *page)
{
    size_t index;

    if (!steps_find(&wizard->settings, id, page, &index))
        return NULL;
    return &wizard_pages[*page].fields[index];
}

static void change_value(struct wizard *wizard, const struct field *field,
                         const char *text)
{
    char *before = mem_copy_text(settings_text(&wizard->settings, field->setting));

    if (strcmp(before, text) != 0) {
        settings_set(&wizard->settings, field->setting, text);
        if (field->changed)
            field->changed(wizard->context, &wizard->settings, wizard->touched, before);
    }
    free(before);
}

static unsigned edit(struct wizard *wizard, const struct wizard_event *event)
{
    enum page_id page;
    const struct field *field = find_field(wizard, event->setting, &page);

    if (!field)
        return EFFECT_BELL;
    wizard->touched[event->setting] = true;
    /* While a message stands it follows the typing, so that it goes as soon as it can;
     * a new one waits until the field is left. */
    if (!wizard->errors[event->setting])
        wizard->left[event->setting] = false;
    if (field->kind == FIELD_SECRET)
        edit_secret(wizard, event->setting, event->secret);
    else
        change_value(wizard, field, event->text ? event->text : "");
    mem_replace_text(&wizard->message, NULL);
    return 0;
}

/* A fix is letterbox's own value, so it may follow later changes as a pre-fill does. */
static void put_value(struct wizard *wizard, enum setting_id id, const char *value)
{
    enum page_id page;
    const struct field *field = find_field(wizard, id, &page);

    if (!field)
        return;
    if (field->kind == FIELD_SECRET) {
        struct secret_ref *ref = settings_secret(&wizard->settings, field->setting);
        struct secret *clean = field_clean_secret(field, ref->value);

        secret_free(&ref->value);
        ref->value = clean;
        return;
    }
    wizard->touched[id] = false;
    change_value(wizard, field, value);
}

static void apply_fix(struct wizard *wizard, const struct notice *notice)
{
    put_value(wizard, notice->fix_for, notice->fix_value);
    if (notice->also_for != SET_NONE)
        put_value(wizard, notice->also_for, notice->also_value);
}

/* Moving about */

static unsigned move_focus(struct wizard *wizard, int step)
{
    const struct field *fields[WIZARD_FIELDS_MAX];
    int count = (int)wizard_fields(wizard, fields, WIZARD_FIELDS_MAX);
    int at = count; /* the button */

    for (int i = 0; i < count; i++) {
        if (fields[i]->setting == wizard->focus)
            at = i;
    }
    wizard_leave_field(wizard);
    at = (at + step + count + 1) % (count + 1);
    wizard->focus = at == count ? SET_NONE : fields[at]->setting;
    return 0;
}

static unsigned focus_on(struct wizard *wizard, enum setting_id id)
{
    enum page_id page;
    const struct field *field = find_field(wizard, id, &page);

    if (!field)
        return EFFECT_BELL;
    wizard_leave_field(wizard);
    if (page != wizard->page) {
        wizard->visited[wizard->page] = true;
        wizard_enter_page(wizard, page);
    }
    if (!wizard_field_is_in_sight(wizard, page, field))
        wizard->advanced[page] = true;
    wizard->focus = id;
    return 0;
}

static unsigned next_page(struct wizard *wizard)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);
    const struct field *bad;

    wizard_leave_page(wizard);
    bad = wizard_bad_field(wizard, wizard->page);
    if (bad) {
        focus_on(wizard, bad->setting);
        return EFFECT_BELL;
    }
    if (wizard->test == TEST_RUNNING && wizard->page == PAGE_TEST)
        return EFFECT_BELL;
    for (size_t i = 0; i + 1 < count; i++) {
        if (way[i] == wizard->page) {
            wizard_enter_page(wizard, way[i + 1]);
            return 0;
        }
    }
    return EFFECT_BELL;
}

static unsigned previous_page(struct wizard *wizard)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);

    for (size_t i = 1; i < count; i++) {
        if (way[i] == wizard->page) {
            wizard_leave_field(wizard);
            wizard->visited[wizard->page] = true;
            wizard_enter_page(wizard, way[i - 1]);
            return 0;
        }
    }
    return EFFECT_BELL;
}

static unsigned go_page(struct wizard *wizard, enum page_id page)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);

    for (size_t i = 0; i < count; i++) {
        if (way[i] == page) {
            wizard_leave_field(wizard);
            wizard->visited[wizard->page] = true;
            wizard_enter_page(wizard, page);
            return 0;
        }
    }
    return EFFECT_BELL;
}

static unsigned fold_advanced(struct wizard *wizard)
{
    if (!wizard_has_advanced(wizard))
        return EFFECT_BELL;
    wizard->advanced[wizard->page] = !wizard->advanced[wizard->page];
    return 0;
}

/* To the first field that is not valid on the pages up to `last`, with its message. */
static bool go_to_bad(struct wizard *wizard, enum page_id last)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);

    for (size_t i = 0; i < count && way[i] <= last; i++) {
        const struct field *bad = wizard_bad_field(wizard, way[i]);

        if (!bad)
            continue;
        focus_on(wizard, bad->setting);
        wizard_leave_page(wizard);
        return true;
    }
    return false;
}

/* Testing and saving */

static unsigned begin_test(struct wizard *wizard)
{
    settings_free(&wizard->tested);
    settings_copy(&wizard->tested, &wizard->settings);
    wizard->test = TEST_RUNNING;
    wizard->tests_again = false;
    wizard_leave_field(wizard);
    wizard->visited[wizard->page] = true;
    wizard_enter_page(wizard, PAGE_TEST);
    return EFFECT_START_TEST;
}

static unsigned test(struct wizard *wizard)
{
    if (wizard->test == TEST_RUNNING || go_to_bad(wizard, PAGE_SERVER))
        return EFFECT_BELL;
    if (wizard_better_scope(wizard)) {
        wizard_ask_scope(wizard);
        return 0;
    }
    return begin_test(wizard);
}

static unsigned test_again(struct wizard *wizard)
{
    if (wizard->test == TEST_RUNNING || wizard_test_state(wizard) != WIZARD_FAILED ||
        go_to_bad(wizard, PAGE_SERVER))
        return EFFECT_BELL;
    wizard->test = TEST_RUNNING;
    wizard->tests_again = true;
    return EFFECT_START_TEST;
}

static unsigned cancel_test(struct wizard *wizard)
{
    if (wizard->test != TEST_RUNNING)
        return EFFECT_BELL;
    wizard->test = wizard->tests_again ? TEST_FAILED : TEST_NONE;
    return EFFECT_CANCEL_TEST;
}

static unsigned end_test(struct wizard *wizard, bool passed)
{
    if (wizard->test == TEST_RUNNING)
        wizard->test = passed ? TEST_PASSED : TEST_FAILED;
    return 0;
}

/* The last gate before EFFECT_SAVE. */
static unsigned save_checked(struct wizard *wizard, bool replace)
{
    const char *name = settings_text(&wizard->settings, SET_NAME);
    bool is_own = wizard->opened && strcmp(wizard->opened, name) == 0;

    if (go_to_bad(wizard, PAGE_REVIEW))
        return EFFECT_BELL;
    if (!replace && !is_own && wizard->taken && wizard->taken(name, wizard->closure)) {
        wizard_ask_replace(wizard, name);
        return 0;
    }
    mem_replace_text(&wizard->message, NULL);
    return EFFECT_SAVE;
}

static unsigned save(struct wizard *wizard)
{
    if (go_to_bad(wizard, PAGE_REVIEW))
        return EFFECT_BELL;
    if (wizard_test_state(wizard) != WIZARD_PASSED) {
        wizard_ask_untested(wizard);
        return 0;
    }
    return save_checked(wizard, false);
}

static unsigned saved(struct wizard *wizard)
{
    settings_free(&wizard->baseline);
    settings_copy(&wizard->baseline, &wizard->settings);
    mem_replace_text(&wizard->opened, settings_text(&wizard->settings, SET_NAME));
    mem_replace_text(&wizard->message, NULL);
    wizard->touched[SET_NAME] = true;
    wizard->saved = true;
    wizard->visited[PAGE_REVIEW] = true;
    return 0;
}

static unsigned quit(struct wizard *wizard)
{
    unsigned effects = EFFECT_QUIT;

    if (wizard->test == TEST_RUNNING)
        effects |= cancel_test(wizard);
    return effects;
}

static unsigned leave(struct wizard *wizard)
{
    if (!wizard_is_changed(wizard))
        return quit(wizard);
    wizard_ask_leave(wizard);
    return 0;
}

/* Questions */

static unsigned answer(struct wizard *wizard, size_t choice)
{
    enum question_id asked = wizard->question.id;
    const struct preset_cloud *cloud;

    if (asked == QUESTION_NONE || choice >= wizard->question.choice_count)
        return EFFECT_BELL;
    wizard->question.id = QUESTION_NONE;
    switch (asked) {
    case QUESTION_SCOPE:
        if (choice == ANSWER_BACK)
            break;
        cloud = wizard_better_scope(wizard);
        if (choice == ANSWER_SCOPE_WORKING && cloud)
            wizard_put_scope(wizard, cloud);
        return begin_test(wizard);
    case QUESTION_LEAVE:
        return choice == ANSWER_LEAVE ? quit(wizard) : 0;
    case QUESTION_UNTESTED:
        if (choice == ANSWER_BACK)
            break;
        return choice == ANSWER_TEST_FIRST ? test(wizard) : save_checked(wizard, false);
    case QUESTION_REPLACE:
        return choice == ANSWER_REPLACE ? save_checked(wizard, true) : 0;
    case QUESTION_REPORT:
        if (choice == ANSWER_BACK)
            break;
        return choice == ANSWER_MASKED ? EFFECT_REPORT_MASKED : EFFECT_REPORT;
    case QUESTION_NONE:
        break;
    }
    return 0;
}

static unsigned dismiss(struct wizard *wizard)
{
    if (wizard->question.id == QUESTION_NONE)
        return EFFECT_BELL;
    wizard->question.id = QUESTION_NONE;
    return 0;
}

static unsigned fix(struct wizard *wizard)
{
    struct notice notice;

    if (!wizard_offered_fix(wizard, &notice))
        return EFFECT_BELL;
    apply_fix(wizard, &notice);
    return 0;
}

/* What still counts while a question is open: it is not about what the keys do. */
static bool passes_question(enum wizard_event_kind kind)
{
    return kind == WIZARD_ANSWER || kind == WIZARD_DISMISS || kind == WIZARD_LEAVE ||
           kind == WIZARD_TEST_ENDED || kind == WIZARD_TEST_CANCEL ||
           kind == WIZARD_SAVED || kind == WIZARD_SAVE_FAILED;
}

static unsigned dispatch(struct wizard *wizard, const struct wizard_event *event)
{
    switch (event->kind) {
    case WIZARD_EDIT:
        return edit(wizard, event);
    case WIZARD_FOCUS:
        return focus_on(wizard, event->setting);
    case WIZARD_FOCUS_NEXT:
        return move_focus(wizard, 1);
    case WIZARD_FOCUS_PREVIOUS:
        return move_focus(wizard, -1);
    case WIZARD_NEXT_PAGE:
        return next_page(wizard);
    case WIZARD_PREVIOUS_PAGE:
        return previous_page(wizard);
    case WIZARD_GO_PAGE:
        return go_page(wizard, event->page);
    case WIZARD_FIX:
        return fix(wizard);
    case WIZARD_ADVANCED:
        return fold_advanced(wizard);
    case WIZARD_TEST:
        return test(wizard);
    case WIZARD_TEST_AGAIN:
        return test_again(wizard);
    case WIZARD_TEST_CANCEL:
        return cancel_test(wizard);
    case WIZARD_TEST_ENDED:
        return end_test(wizard, event->passed);
    case WIZARD_REPORT:
        wizard_ask_report(wizard);
        return 0;
    case WIZARD_SAVE:
        return save(wizard);
    case WIZARD_SAVED:
        return saved(wizard);
    case WIZARD_SAVE_FAILED:
        mem_replace_text(&wizard->message, event->text ? event->text : "");
        return 0;
    case WIZARD_LEAVE:
        return leave(wizard);
    case WIZARD_ANSWER:
        return answer(wizard, event->answer);
    case WIZARD_DISMISS:
        return dismiss(wizard);
    }
    return EFFECT_BELL;
}

unsigned wizard_update(struct wizard *wizard, const struct wizard_event *event)
{
    unsigned effects = EFFECT_BELL;

    if (wizard->question.id == QUESTION_NONE || passes_question(event->kind))
        effects = dispatch(wizard, event);
    wizard_settle(wizard);
    return effects;
}
