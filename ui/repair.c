#include "ui/repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define VALUE_MAX 4096 /* bytes of a value that is told */

void repair_log_free(struct repair_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        free(log->changes[i].from);
        free(log->changes[i].to);
    }
    *log = (struct repair_log){.count = 0};
}

static bool is_secret(enum setting_id id)
{
    return setting_defs[id].kind == SETTING_SECRET;
}

static char *safe_copy(const char *text)
{
    struct buf safe;

    buf_init(&safe, VALUE_MAX);
    text_add_safe(&safe, text, strlen(text), VALUE_MAX);
    return buf_take(&safe);
}

/* What has changed since `before`; true when anything has. */
static bool note_changes(struct repair_log *log, const struct settings *before,
                         const struct settings *now)
{
    size_t count = log->count;

    for (enum setting_id id = 0; id < SET_COUNT && log->count < REPAIR_CHANGES_MAX;
         id++) {
        struct repair_change *change = &log->changes[log->count];
        const struct secret_ref *ref = settings_secret_const(now, id);

        if (ref ? secret_ref_equal(ref, settings_secret_const(before, id))
                : settings_is(now, id, settings_text(before, id)))
            continue;
        *change = (struct repair_change){.field = id};
        if (!ref) {
            change->from = safe_copy(settings_text(before, id));
            change->to = safe_copy(settings_text(now, id));
        }
        log->count++;
    }
    return log->count > count;
}

/* Has the field held this value already?  A secret is only ever cleaned once. */
static bool was_there(const struct repair_log *log, enum setting_id field,
                      const char *value)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct repair_change *change = &log->changes[i];

        if (change->field == field && (!change->to || strcmp(change->to, value) == 0 ||
                                       strcmp(change->from, value) == 0))
            return true;
    }
    return false;
}

/* The fix that is offered on F3 */

static void take_fix(struct wizard *wizard, enum setting_id field)
{
    struct wizard_event focus = {.kind = WIZARD_FOCUS, .setting = field};
    struct wizard_event fix = {.kind = WIZARD_FIX};

    wizard_update(wizard, &focus); /* the focused field's fix is the one that is taken */
    wizard_update(wizard, &fix);
}

typedef bool wants_fix(const struct wizard *wizard, const struct field *field,
                       const struct notice *notice, enum setting_id blamed);

static bool is_invalid(const struct wizard *wizard, const struct field *field,
                       const struct notice *notice, enum setting_id blamed)
{
    (void)notice;
    (void)blamed;
    return !field_check(field, wizard_context_of(wizard), wizard_settings(wizard), NULL);
}

static bool is_blamed(const struct wizard *wizard, const struct field *field,
                      const struct notice *notice, enum setting_id blamed)
{
    (void)wizard;
    return field->setting == blamed || notice->fix_for == blamed;
}

/* Takes the first offered fix, on the pages up to `last`, that is wanted and is new. */
static bool take_first_fix(const struct repair_log *log, struct wizard *wizard,
                           enum page_id last, wants_fix *wanted, enum setting_id blamed)
{
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(wizard, way);

    for (size_t i = 0; i < count && way[i] <= last; i++) {
        const struct page *page = &wizard_pages[way[i]];

        for (size_t j = 0; j < page->field_count; j++) {
            const struct field *field = &page->fields[j];
            struct notice notice;

            if (!field_is_visible(field, wizard_settings(wizard)))
                continue;
            notice =
                field_notice(field, wizard_context_of(wizard), wizard_settings(wizard));
            if (notice.fix_for == SET_NONE || !wanted(wizard, field, &notice, blamed) ||
                was_there(log, notice.fix_for, notice.fix_value))
                continue;
            take_fix(wizard, field->setting);
            return true;
        }
    }
    return false;
}

bool repair_invalid(struct repair_log *log, struct wizard *wizard, enum page_id last)
{
    size_t count = log->count;
    bool took = true;

    while (took && log->count < REPAIR_CHANGES_MAX) {
        struct settings before;

        settings_copy(&before, wizard_settings(wizard));
        took = take_first_fix(log, wizard, last, is_invalid, SET_NONE) &&
               note_changes(log, &before, wizard_settings(wizard));
        settings_free(&before);
    }
    return log->count > count;
}

/* What the diagnosis knows */

static size_t count_errors(const struct wizard *wizard)
{
    struct err_list errors = {0};
    size_t count;

    wizard_check(wizard, PAGE_SERVER, &errors);
    count = errors.count;
    err_list_free(&errors);
    return count;
}

/* Basic auth in place of OAuth asks for a password that nobody has entered. */
static bool opens_questions(const struct wizard *wizard,
                            const struct diagnosis *diagnosis)
{
    struct wizard *trial = wizard_new(wizard_context_of(wizard), wizard_settings(wizard),
                                      wizard_opened_name(wizard), NULL, NULL);
    bool opens;

    setup_put_repairs(trial, diagnosis);
    opens = count_errors(trial) > count_errors(wizard);
    wizard_free(&trial);
    return opens;
}

static bool knows_better(const struct repair_log *log, const struct wizard *wizard,
                         const struct diagnosis *diagnosis)
{
    bool is_new = false;

    for (size_t i = 0; i < diagnosis->repair_count; i++)
        is_new = is_new || !was_there(log, diagnosis->repairs[i].field,
                                      diagnosis->repairs[i].value);
    return is_new && !opens_questions(wizard, diagnosis);
}

/* The stored secret becomes one that can be cleaned, when that is what it needs. */
static void fetch_blank_secret(struct setup *setup, const struct check_facts *facts,
                               enum setting_id field)
{
    const struct secret_ref *ref =
        field == SET_NONE ? NULL
                          : settings_secret_const(wizard_settings(setup->wizard), field);
    struct wizard_event edit = {.kind = WIZARD_EDIT, .setting = field};
    struct secret *secret;

    if (!ref || ref->place != SECRET_STORED || !facts->credential.has_outer_blank)
        return;
    secret = store_read_secret(setup->store, ref, NULL);
    edit.secret = secret;
    if (secret)
        wizard_update(setup->wizard, &edit);
    secret_free(&secret);
}

bool repair_after_test(struct repair_log *log, struct setup *setup,
                       const struct check_facts *facts, const struct diagnosis *diagnosis)
{
    struct settings before;
    bool changed;

    if (log->rounds == REPAIR_ROUNDS_MAX)
        return false;
    settings_copy(&before, wizard_settings(setup->wizard));
    if (knows_better(log, setup->wizard, diagnosis)) {
        setup_put_repairs(setup->wizard, diagnosis);
    } else if (diagnosis->field != SET_NONE) {
        fetch_blank_secret(setup, facts, diagnosis->field);
        take_first_fix(log, setup->wizard, PAGE_SERVER, is_blamed, diagnosis->field);
    }
    changed = note_changes(log, &before, wizard_settings(setup->wizard));
    log->rounds += changed;
    settings_free(&before);
    return changed;
}

/* Telling */

static const char *label_of(enum setting_id id)
{
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        for (size_t j = 0; j < wizard_pages[i].field_count; j++) {
            if (wizard_pages[i].fields[j].setting == id)
                return _(wizard_pages[i].fields[j].label);
        }
    }
    return setting_defs[id].key;
}

void repair_tell(const struct repair_log *log, size_t first, const char *mailbox)
{
    for (size_t i = first; i < log->count; i++) {
        const struct repair_change *change = &log->changes[i];
        const char *key = setting_defs[change->field].key;
        const char *label = label_of(change->field);

        if (mailbox[0])
            fprintf(stderr, "%s: ", mailbox);
        if (is_secret(change->field))
            fprintf(stderr, _("repaired %s (%s): removed the blanks around it.\n"), key,
                    label);
        else if (change->from[0])
            fprintf(stderr, _("repaired %s (%s): \"%s\" is now \"%s\".\n"), key, label,
                    change->from, change->to);
        else
            fprintf(stderr, _("repaired %s (%s): it was empty and is now \"%s\".\n"), key,
                    label, change->to);
    }
}

/* A field that was changed twice holds what it was given last. */
static bool is_last(const struct repair_log *log, size_t index)
{
    for (size_t i = index + 1; i < log->count; i++) {
        if (log->changes[i].field == log->changes[index].field)
            return false;
    }
    return true;
}

static void tell_member(const struct repair_change *change)
{
    const char *key = setting_defs[change->field].key;
    json_t *value;
    char *text;

    if (is_secret(change->field)) {
        fprintf(stderr, _("  \"%s\": without the blanks around it\n"), key);
        return;
    }
    value = setting_defs[change->field].kind == SETTING_NUMBER
                ? json_integer(strtoll(change->to, NULL, 10))
                : json_string(change->to);
    text = json_dumps(value, JSON_ENCODE_ANY);
    fprintf(stderr, "  \"%s\": %s\n", key, text);
    free(text);
    json_decref(value);
}

void repair_tell_file(const struct repair_log *log, const char *path, bool passed)
{
    const char *name = strcmp(path, "-") == 0 ? _("the answers") : path;

    if (log->count == 0)
        return;
    if (!passed) {
        fprintf(stderr,
                _("The repair was not enough: the test fails all the same. %s: not "
                  "changed.\n"),
                name);
        return;
    }
    fprintf(stderr, _("Not changed: %s. To keep the repair, write there:\n"), name);
    for (size_t i = 0; i < log->count; i++) {
        if (is_last(log, i))
            tell_member(&log->changes[i]);
    }
}

json_t *repair_json(const struct repair_log *log)
{
    json_t *list = json_array();

    for (size_t i = 0; i < log->count; i++) {
        const struct repair_change *change = &log->changes[i];
        const char *key = setting_defs[change->field].key;

        json_array_append_new(list,
                              is_secret(change->field)
                                  ? json_pack("{s:s}", "field", key)
                                  : json_pack("{s:s, s:s, s:s}", "field", key, "from",
                                              change->from, "to", change->to));
    }
    return list;
}
