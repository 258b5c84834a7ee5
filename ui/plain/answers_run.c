/* setup --answers: the whole wizard without a question. */
#include "ui/plain/plain.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "advice/report.h"
#include "base/i18n.h"
#include "ui/charset.h"
#include "ui/commands/interrupt.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"
#include "ui/plain/answers_file.h"
#include "ui/plain/starting.h"
#include "ui/plain/testing.h"
#include "ui/repair.h"

static unsigned tell(struct setup *setup, enum wizard_event_kind kind, size_t answer)
{
    struct wizard_event event = {.kind = kind, .answer = answer};

    return wizard_update(setup->wizard, &event);
}

static int refuse(const struct setup *setup, const struct err_list *errors, bool json)
{
    answers_file_print_errors(errors);
    if (json)
        json_print(json_pack("{s:b, s:o, s:o}", "ok", 0, "errors", json_of_errors(errors),
                             "warnings", json_of_errors(&setup->warnings)));
    return answers_file_status(errors);
}

/* The choice of an open question by its value. */
static unsigned choose(struct setup *setup, const char *value)
{
    const struct question *question = wizard_question(setup->wizard);

    for (size_t i = 0; question && i < question->choice_count; i++) {
        if (strcmp(question->choices[i].value, value) == 0)
            return tell(setup, WIZARD_ANSWER, i);
    }
    return EFFECT_BELL;
}

/* A scope that the file names is tested as it is: its writer meant it. */
static bool test_once(struct setup *setup)
{
    unsigned effects = tell(setup, WIZARD_TEST, 0);
    const struct question *question = wizard_question(setup->wizard);

    if (question && question->id == QUESTION_SCOPE)
        effects = choose(setup, "as-it-is");
    return (effects & EFFECT_START_TEST) && testing_run(setup, interrupt_start(), false);
}

/* With --repair again after each repair, as long as one is known. */
static bool test(struct setup *setup, struct repair_log *repairs)
{
    size_t told = repairs->count;
    bool ended = test_once(setup);

    while (ended && setup->repair && setup->diagnosis &&
           repair_after_test(repairs, setup, setup->facts, setup->diagnosis)) {
        repair_tell(repairs, told, "");
        told = repairs->count;
        ended = test_once(setup);
    }
    return ended;
}

/* A file that names the mailbox means that mailbox; a name that was only derived from the
 * address must not hit another one.  Found before anything is tested. */
static bool name_is_free(const struct setup *setup, bool named, struct err_list *errors)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);
    const char *opened = wizard_opened_name(setup->wizard);
    struct err err = ERR_INIT;

    if ((opened && strcmp(opened, name) == 0) ||
        !store_mailbox_exists(setup->store, name))
        return true;
    if (named) {
        fprintf(stderr, _("There is a mailbox \"%s\" already; a save replaces it.\n"),
                name);
        return true;
    }
    err_set_key(&err, ERR_SETTING, "name",
                _("There is a mailbox \"%s\" already. To replace it, name it in the "
                  "answers; or choose another name."),
                name);
    err_list_add(errors, &err);
    return false;
}

static bool save(struct setup *setup, struct err *err)
{
    unsigned effects = tell(setup, WIZARD_SAVE, 0);
    const struct question *question = wizard_question(setup->wizard);

    if (question && question->id == QUESTION_UNTESTED) {
        effects = choose(setup, "save");
        question = wizard_question(setup->wizard);
    }
    if (question && question->id == QUESTION_REPLACE)
        effects = choose(setup, "replace");
    return (effects & EFFECT_SAVE) && setup_save(setup, err);
}

static void print_report(const struct setup *setup)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);

    charset_print_take(stderr, report_text(name, setup->facts, setup->diagnosis),
                       setup->ascii);
}

/* The report when there was a test, and whether the mailbox is saved. */
static void print_json(const struct setup *setup, const struct repair_log *repairs,
                       bool saved, const struct err *err)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);
    json_t *document = setup->facts
                           ? report_json(name, setup->facts, setup->diagnosis)
                           : json_pack("{s:s, s:b}", "mailbox", name, "ok", saved);

    json_object_set_new(document, "saved", json_boolean(saved));
    json_object_set_new(document, "warnings", json_of_errors(&setup->warnings));
    if (setup->repair)
        json_object_set_new(document, "repaired", repair_json(repairs));
    if (err_is_set(err)) {
        struct err_list one = {0};

        err_list_add(&one, err);
        json_object_set_new(document, "ok", json_false());
        json_object_set_new(document, "errors", json_of_errors(&one));
        err_list_free(&one);
    }
    json_print(document);
}

static int finish(struct setup *setup, const char *path, const struct repair_log *repairs,
                  bool json)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);
    struct err err = ERR_INIT;
    bool wanted = setup->skip_test || !setup->diagnosis || setup->save_untested;
    bool saved = wanted && save(setup, &err);

    if (json)
        print_json(setup, repairs, saved, &err);
    else if (saved)
        printf(_("Saved %s/mailboxes/%s.json\n"), store_config_dir(setup->store), name);
    if (saved && !json) {
        fflush(stdout);
        starting_tell(setup, interrupt_start());
    }
    repair_tell_file(repairs, path, !setup->diagnosis);
    if (saved)
        return EXIT_DONE;
    if (err_is_set(&err)) {
        fprintf(stderr, "%s%s%s\n", err.key, err.key[0] ? ": " : "", err.text);
        return exit_status_of_err(&err);
    }
    fprintf(stderr, "%s\n", _("Nothing was saved."));
    return exit_status_of_diagnosis(setup->diagnosis);
}

static int run(struct setup *setup, const char *path, struct repair_log *repairs,
               bool json)
{
    struct err_list errors = {0};
    bool given[SET_COUNT];
    int status;

    if (!answers_file_take(setup, path, PAGE_REVIEW, given, repairs, &errors) ||
        !name_is_free(setup, given[SET_NAME], &errors)) {
        status = refuse(setup, &errors, json);
        err_list_free(&errors);
        return status;
    }
    if (!setup->skip_test) {
        if (!test(setup, repairs)) {
            fprintf(stderr, "%s\n", _("Cancelled: nothing was saved."));
            return EXIT_CANCELLED;
        }
        if (!json)
            print_report(setup);
    }
    return finish(setup, path, repairs, json);
}

int plain_answers(struct setup *setup, const char *path, bool json)
{
    struct repair_log repairs = {.count = 0};
    int status = run(setup, path, &repairs, json);

    repair_log_free(&repairs);
    return status;
}
