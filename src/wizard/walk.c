/* The whole way at once: for the answers file, and for what is said of all of it. */
#include "wizard/wizard_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

/* Calls `visit` for every field in sight on the way up to `last`. */
static void visit_fields(const struct wizard *wizard, enum page_id last,
                         void (*visit)(const struct wizard *wizard,
                                       const struct field *field, struct err_list *list),
                         struct err_list *list)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);

    for (size_t i = 0; i < count && way[i] <= last; i++) {
        const struct page *page = &wizard_pages[way[i]];

        for (size_t j = 0; j < page->field_count; j++) {
            if (field_is_visible(&page->fields[j], &wizard->settings))
                visit(wizard, &page->fields[j], list);
        }
    }
}

/* The line that names F3 is for screens; the same without a key, or "". */
static char *words_of_fix(const struct notice *notice)
{
    if (notice->fix_for == SET_NONE ||
        setting_defs[notice->fix_for].kind == SETTING_SECRET)
        return mem_copy_text("");
    if (notice->also_for != SET_NONE)
        return mem_format(_(" Put \"%s\" as %s, and \"%s\" as %s."), notice->fix_value,
                          setting_defs[notice->fix_for].key, notice->also_value,
                          setting_defs[notice->also_for].key);
    return mem_format(_(" Put \"%s\" as %s."), notice->fix_value,
                      setting_defs[notice->fix_for].key);
}

static void add_error(const struct wizard *wizard, const struct field *field,
                      struct err_list *errors)
{
    struct err err = ERR_INIT, whole = ERR_INIT;
    struct notice notice;
    char *fix;

    if (field_check(field, wizard->context, &wizard->settings, &err))
        return;
    notice = field_notice(field, wizard->context, &wizard->settings);
    fix = words_of_fix(&notice);
    err_set_key(&whole, err.class, err.key, "%s%s", err.text, fix);
    err_list_add(errors, &whole);
    free(fix);
}

static void add_warning(const struct wizard *wizard, const struct field *field,
                        struct err_list *warnings)
{
    struct notice notice = field_notice(field, wizard->context, &wizard->settings);
    struct err warning = ERR_INIT;
    char *fix;

    if (notice.level != NOTICE_WARNING ||
        !field_check(field, wizard->context, &wizard->settings, NULL))
        return;
    fix = words_of_fix(&notice);
    notice.text[notice.key_line] = '\0';
    err_set_key(&warning, ERR_SETTING, setting_defs[field->setting].key, "%s%s",
                notice.text, fix);
    err_list_add(warnings, &warning);
    free(fix);
}

void wizard_warnings(const struct wizard *wizard, enum page_id last,
                     struct err_list *warnings)
{
    visit_fields(wizard, last, add_warning, warnings);
}

bool wizard_check(const struct wizard *wizard, enum page_id last, struct err_list *errors)
{
    size_t before = errors->count;

    visit_fields(wizard, last, add_error, errors);
    return errors->count == before;
}

size_t wizard_unused(const struct wizard *wizard, const bool given[SET_COUNT],
                     enum setting_id unused[SET_COUNT])
{
    size_t count = 0;
    enum page_id page;
    size_t field;

    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        if (given[id] && !steps_find(&wizard->settings, id, &page, &field))
            unused[count++] = id;
    }
    return count;
}

/* The first row of the tables for a setting, on the way or not: what follows from it is
 * the same on each page that asks for it. */
static const struct field *any_field(enum setting_id id)
{
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        for (size_t j = 0; j < wizard_pages[i].field_count; j++) {
            if (wizard_pages[i].fields[j].setting == id)
                return &wizard_pages[i].fields[j];
        }
    }
    return NULL;
}

static void take_answer(struct wizard *wizard, const struct settings *answers,
                        enum setting_id id)
{
    const struct secret_ref *ref = settings_secret_const(answers, id);
    const struct field *field = any_field(id);
    char *before;

    if (ref) {
        struct secret_ref *mine = settings_secret(&wizard->settings, id);

        secret_ref_clear(mine);
        secret_ref_copy(mine, ref);
        return;
    }
    before = mem_copy_text(settings_text(&wizard->settings, id));
    settings_set(&wizard->settings, id, settings_text(answers, id));
    if (field && field->changed && !settings_is(&wizard->settings, id, before))
        field->changed(wizard->context, &wizard->settings, wizard->touched, before);
    mem_replace_text(&before, NULL);
}

void wizard_take_answers(struct wizard *wizard, const struct settings *answers,
                         const bool given[SET_COUNT], char *note, size_t note_size)
{
    const struct preset_cloud *cloud;

    snprintf(note, note_size, "%s", "");
    for (size_t i = 0; i < SET_COUNT; i++)
        wizard->touched[i] = wizard->touched[i] || given[i];
    /* The order of the settings' table is that of the pages. */
    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        if (given[id])
            take_answer(wizard, answers, id);
    }
    cloud = given[SET_OAUTH_SCOPE] ? NULL : wizard_better_scope(wizard);
    if (cloud) {
        snprintf(note, note_size,
                 _("No Scope was given: %s is used. The pre-filled one is refused "
                   "without a signed-in user (AADSTS1002012)."),
                 cloud->scope);
        wizard_put_scope(wizard, cloud);
    }
    for (size_t i = 0; i < PAGE_COUNT; i++)
        wizard->visited[i] = true;
    wizard_settle(wizard);
}

/* Review */

/* Review can be looked at before every page was filled in. */
static const char *entered(const struct settings *settings, enum setting_id id)
{
    const char *text = settings_text(settings, id);

    return text[0] ? text : _("(not entered yet)");
}

static char *sentence_lmtp(const struct settings *settings, const char *target)
{
    const char *recipient = settings_text(settings, SET_INGEST_RECIPIENT);

    return mem_format(_("are delivered to %s by LMTP at %s"),
                      recipient[0] ? recipient : entered(settings, SET_MAILBOX_USER),
                      target);
}

static char *sentence_where(const struct settings *settings)
{
    const char *target = entered(settings, SET_INGEST_TARGET);

    if (settings_is(settings, SET_INGEST_DELIVER, "command"))
        return mem_format(_("are given to the command %s"), target);
    if (settings_is(settings, SET_INGEST_DELIVER, "http"))
        return mem_format(_("are posted to %s"), target);
    if (settings_is(settings, SET_INGEST_DELIVER, "lmtp"))
        return sentence_lmtp(settings, target);
    return mem_format(_("are put into the Maildir %s"), target);
}

static char *sentence_success(const struct settings *settings)
{
    if (settings_is(settings, SET_INGEST_ON_SUCCESS, "move"))
        return mem_format(_("once delivered, a message is moved to %s"),
                          entered(settings, SET_INGEST_SUCCESS_FOLDER));
    if (settings_is(settings, SET_INGEST_ON_SUCCESS, "delete"))
        return mem_copy_text(_("once delivered, a message is deleted for good"));
    if (settings_is(settings, SET_INGEST_ON_SUCCESS, "keep"))
        return mem_copy_text(_("once delivered, a message is left as it is and only "
                               "remembered here"));
    return mem_copy_text(_("once delivered, a message is marked as read"));
}

static char *sentence_failure(const struct settings *settings)
{
    if (settings_is(settings, SET_INGEST_ON_FAILURE, "move"))
        return mem_format(_("one that is refused is moved to %s"),
                          entered(settings, SET_INGEST_FAILURE_FOLDER));
    if (settings_is(settings, SET_INGEST_ON_FAILURE, "delete"))
        return mem_copy_text(_("one that is refused is deleted, too"));
    if (settings_is(settings, SET_INGEST_ON_FAILURE, "seen"))
        return mem_copy_text(_("one that is refused is marked as read"));
    return mem_copy_text(_("one that is refused is left as it is"));
}

char *wizard_ingest_sentence(const struct settings *settings)
{
    char *where = sentence_where(settings);
    char *success = sentence_success(settings);
    char *failure = sentence_failure(settings);
    char *sentence =
        mem_format(_("Unread messages in %s of %s %s; %s, and %s."),
                   entered(settings, SET_MAILBOX_FOLDER),
                   entered(settings, SET_MAILBOX_USER), where, success, failure);

    mem_replace_text(&where, NULL);
    mem_replace_text(&success, NULL);
    mem_replace_text(&failure, NULL);
    return sentence;
}
