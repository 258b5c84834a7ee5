#include "ui/plain/answers_file.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "ui/exit_status.h"
#include "ui/input_file.h"
#include "wizard/answers.h"

/* Many times a full set of answers; what is larger is something else. */
#define ANSWERS_MAX (1024 * 1024)

static bool holds_secret(const struct settings *settings, const bool given[SET_COUNT])
{
    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        const struct secret_ref *ref = settings_secret_const(settings, id);

        if (ref && given[id] && ref->place == SECRET_TYPED)
            return true;
    }
    return false;
}

static void tell_unused(const struct setup *setup, const bool given[SET_COUNT])
{
    enum setting_id unused[SET_COUNT];
    size_t count = wizard_unused(setup->wizard, given, unused);

    for (size_t i = 0; i < count; i++)
        fprintf(stderr, _("%s: unused, because no page of this choice asks for it.\n"),
                setting_defs[unused[i]].key);
}

static bool has_key(const struct err_list *errors, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(errors->items[i].key, key) == 0)
            return true;
    }
    return false;
}

/* A value that could not be read would be reported as missing as well. */
static void check(struct setup *setup, enum page_id last, struct err_list *errors)
{
    size_t known = errors->count;
    struct err_list found = {0};

    wizard_check(setup->wizard, last, &found);
    for (size_t i = 0; i < found.count; i++) {
        if (!has_key(errors, known, found.items[i].key))
            err_list_add(errors, &found.items[i]);
    }
    err_list_free(&found);
}

static bool is_unparsed(const struct err_list *errors)
{
    for (size_t i = 0; i < errors->count; i++) {
        if (errors->items[i].class == ERR_DATA)
            return true;
    }
    return false;
}

static void take(struct setup *setup, const struct settings *answers,
                 const bool given[SET_COUNT])
{
    char note[512];

    wizard_take_answers(setup->wizard, answers, given, note, sizeof note);
    if (note[0])
        fprintf(stderr, "%s\n", note);
    tell_unused(setup, given);
}

/* What stands as a warning beside a field is all that a screen shows before the test. */
static void warn(struct setup *setup, enum page_id last)
{
    struct err_list *warnings = &setup->warnings;

    err_list_free(warnings);
    wizard_warnings(setup->wizard, last, warnings);
    for (size_t i = 0; i < warnings->count; i++)
        fprintf(stderr, _("warning: %s: %s\n"), warnings->items[i].key,
                warnings->items[i].text);
}

bool answers_file_take(struct setup *setup, const char *path, enum page_id last,
                       bool given[SET_COUNT], struct repair_log *repairs,
                       struct err_list *errors)
{
    struct err err = ERR_INIT;
    struct settings answers;
    struct buf bytes;
    bool own_given[SET_COUNT];
    bool is_open_to_others;

    given = given ? given : own_given;
    memset(given, 0, SET_COUNT * sizeof *given);
    buf_init_secret(&bytes, ANSWERS_MAX);
    settings_copy(&answers, wizard_settings(setup->wizard));
    if (!input_file_read(path, &bytes, &is_open_to_others, &err))
        err_list_add(errors, &err);
    else
        answers_parse(bytes.data, bytes.length, &answers, given, errors);
    buf_free(&bytes);
    if (!is_unparsed(errors)) {
        if (is_open_to_others && holds_secret(&answers, given))
            fprintf(stderr,
                    _("%s holds a secret and can be read by others: chmod 600 %s\n"),
                    path, path);
        take(setup, &answers, given);
        if (setup->repair && repair_invalid(repairs, setup->wizard, last))
            repair_tell(repairs, 0, "");
        check(setup, last, errors);
        warn(setup, last);
    }
    settings_free(&answers);
    return errors->count == 0;
}

void answers_file_print_errors(const struct err_list *errors)
{
    for (size_t i = 0; i < errors->count; i++) {
        const struct err *error = &errors->items[i];

        fprintf(stderr, "%s%s%s\n", error->key, error->key[0] ? ": " : "", error->text);
    }
}

int answers_file_status(const struct err_list *errors)
{
    return is_unparsed(errors) ? EXIT_DATA : EXIT_SETTING;
}
