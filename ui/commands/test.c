#include "ui/commands/command.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "advice/report.h"
#include "base/argv.h"
#include "base/i18n.h"
#include "check/check.h"
#include "ui/charset.h"
#include "ui/commands/interrupt.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"
#include "ui/plain/answers_file.h"
#include "ui/repair.h"
#include "ui/report_file.h"
#include "ui/setup.h"

/* The last test of a mailbox, ended: what is printed, and what the status is made of. */
struct outcome {
    struct check_facts *facts;
    struct diagnosis *diagnosis;
    struct repair_log repairs; /* that were made before it */
    bool saved;                /* they are */
    struct err trouble;        /* why they could not be */
};

static void outcome_forget_test(struct outcome *outcome)
{
    check_facts_free(&outcome->facts);
    diagnosis_free(&outcome->diagnosis);
}

static void outcome_free(struct outcome *outcome)
{
    outcome_forget_test(outcome);
    repair_log_free(&outcome->repairs);
}

static int outcome_status(const struct outcome *outcome)
{
    if (err_is_set(&outcome->trouble))
        return exit_status_of_err(&outcome->trouble);
    return exit_status_of_diagnosis(outcome->diagnosis);
}

static void say_step(void *closure, enum check_stage stage, const struct check_step *step)
{
    const struct options *options = closure;

    if (options->verbose && step->state > CHECK_RUNNING)
        fprintf(stderr, "%s: %s %lld ms %s\n", check_stage_id(stage),
                check_state_id(step->state), (long long)(step->took_us / 1000),
                step->evidence);
}

/* Tests these values.  Trouble before the first stage (a secret that cannot be read) ends
 * in stage `settings`, as an incomplete value does. */
static void test_settings(const struct options *options, struct store *store,
                          const struct settings *settings, struct outcome *outcome)
{
    struct err err = ERR_INIT;
    struct access *access = access_resolve(store, settings, &err);

    outcome_forget_test(outcome);
    if (access)
        outcome->facts = check_run(&access, interrupt_start()->fd, say_step,
                                   (void *)(uintptr_t)options, &err);
    if (!outcome->facts)
        outcome->facts = check_settings_failed(settings, &err);
    outcome->diagnosis = advice_diagnose(outcome->facts);
}

/* Repairs what the last test found, and tests again, as long as a repair is known. */
static void repair_and_test(const struct options *options, struct setup *setup,
                            const char *name, struct outcome *outcome)
{
    struct repair_log *repairs = &outcome->repairs;
    size_t told = repairs->count;

    while (outcome->diagnosis &&
           repair_after_test(repairs, setup, outcome->facts, outcome->diagnosis)) {
        repair_tell(repairs, told, name);
        told = repairs->count;
        test_settings(options, setup->store, wizard_settings(setup->wizard), outcome);
    }
    if (outcome->diagnosis && repairs->count == 0)
        fprintf(stderr, "%s%s%s\n", name, name[0] ? ": " : "",
                _("No repair is known for what this test found."));
}

static void say_saved(const char *name, const struct outcome *outcome)
{
    if (outcome->saved)
        fprintf(stderr, _("%s: the repaired values passed the test and are saved.\n"),
                name);
    else if (outcome->facts->cancelled)
        fprintf(stderr, _("%s: nothing was saved.\n"), name);
    else if (outcome->diagnosis && outcome->repairs.count > 0)
        fprintf(stderr,
                _("%s: the repair was not enough, the test fails all the same. Nothing "
                  "was saved.\n"),
                name);
}

/* --repair of a saved mailbox: it is written when, and only when, a repair passed. */
static void repair_saved(const struct options *options, struct store *store,
                         const char *name, struct outcome *outcome)
{
    struct setup setup = {0};

    if (!outcome->diagnosis)
        return;
    if (setup_open(&setup, store, name, &outcome->trouble)) {
        repair_and_test(options, &setup, name, outcome);
        if (!outcome->diagnosis)
            outcome->saved = setup_save_tested(&setup, &outcome->trouble);
        setup_close(&setup);
    }
    if (err_is_set(&outcome->trouble))
        command_fail(&outcome->trouble);
    say_saved(name, outcome);
}

/* --report; a report that cannot be written is said, and the test's own status stays. */
static void write_report(const struct options *options, const char *name,
                         const struct outcome *outcome)
{
    struct err err = ERR_INIT;

    if (options->report && !report_file_write(options->report, name, outcome->facts,
                                              outcome->diagnosis, options->mask, &err))
        command_fail(&err);
}

/* The test's object, and with --repair what was changed before it. */
static json_t *json_of_outcome(const struct options *options, const char *name,
                               const struct outcome *outcome)
{
    json_t *report = report_json(name, outcome->facts, outcome->diagnosis);

    if (options->repair) {
        json_object_set_new(report, "repaired", repair_json(&outcome->repairs));
        json_object_set_new(report, "saved", json_boolean(outcome->saved));
    }
    return report;
}

static void print_outcome(const char *name, const struct outcome *outcome)
{
    charset_print_take(stdout, report_text(name, outcome->facts, outcome->diagnosis),
                       charset_is_ascii(false));
}

/* One saved mailbox: to `list` as JSON, or to standard output as text. */
static int test_saved(const struct options *options, struct store *store,
                      const char *name, json_t *list)
{
    struct err err = ERR_INIT;
    struct mailbox *mailbox = store_load_mailbox(store, name, &err);
    struct outcome outcome = {.saved = false};
    int status;

    if (!mailbox) {
        if (list)
            json_array_append_new(list, json_of_failure(name, &err));
        return command_fail(&err);
    }
    test_settings(options, store, &mailbox->settings, &outcome);
    if (options->repair)
        repair_saved(options, store, name, &outcome);
    write_report(options, name, &outcome);
    status = outcome_status(&outcome);
    if (list)
        json_array_append_new(list, json_of_outcome(options, name, &outcome));
    else
        print_outcome(name, &outcome);
    outcome_free(&outcome);
    mailbox_free(&mailbox);
    return status;
}

/* The worst status counts; a mailbox that fails does not keep the others from their test.
 */
static int test_all(const struct options *options, struct store *store)
{
    struct err err = ERR_INIT;
    char **names = store_mailbox_names(store, &err);
    json_t *list = options->json ? json_array() : NULL;
    int worst = EXIT_DONE;

    if (!names)
        return command_fail(&err);
    for (size_t i = 0; names[i] && worst != EXIT_CANCELLED; i++) {
        int status = test_saved(options, store, names[i], list);
        worst = status > worst ? status : worst;
    }
    if (list)
        json_print(list);
    argv_free(&names);
    return worst;
}

static int test_named(const struct options *options, struct store *store,
                      const char *name)
{
    json_t *list = options->json ? json_array() : NULL;
    int status = test_saved(options, store, name, list);

    if (list) {
        json_print(json_incref(json_array_get(list, 0)));
        json_decref(list);
    }
    return status;
}

/* Errors of the answers are all in the JSON; the first is the diagnosis of stage
 * settings. */
static int print_answers_errors(const struct options *options, const struct setup *setup,
                                const struct err_list *errors, struct outcome *outcome)
{
    const struct settings *settings = wizard_settings(setup->wizard);

    outcome->facts = check_settings_failed(settings, &errors->items[0]);
    outcome->diagnosis = advice_diagnose(outcome->facts);
    if (options->json) {
        json_t *report =
            json_of_outcome(options, settings_text(settings, SET_NAME), outcome);
        json_object_set_new(report, "errors", json_of_errors(errors));
        json_object_set_new(report, "warnings", json_of_errors(&setup->warnings));
        json_print(report);
    }
    answers_file_print_errors(errors);
    return answers_file_status(errors);
}

static int test_entered(const struct options *options, struct setup *setup,
                        struct outcome *outcome)
{
    const struct settings *settings = wizard_settings(setup->wizard);
    const char *name;

    test_settings(options, setup->store, settings, outcome);
    if (options->repair)
        repair_and_test(options, setup, "", outcome);
    name = settings_text(settings, SET_NAME);
    write_report(options, name, outcome);
    if (options->json) {
        json_t *report = json_of_outcome(options, name, outcome);
        json_object_set_new(report, "warnings", json_of_errors(&setup->warnings));
        json_print(report);
    } else {
        print_outcome(name, outcome);
    }
    repair_tell_file(&outcome->repairs, options->answers, !outcome->diagnosis);
    return outcome_status(outcome);
}

static int test_answers(const struct options *options, struct store *store)
{
    struct setup setup = {0};
    struct err err = ERR_INIT;
    struct err_list errors = {0};
    struct outcome outcome = {.saved = false};
    int status;

    setup.repair = options->repair;
    if (!setup_open(&setup, store, NULL, &err))
        return command_fail(&err);
    if (answers_file_take(&setup, options->answers, PAGE_SERVER, NULL, &outcome.repairs,
                          &errors))
        status = test_entered(options, &setup, &outcome);
    else
        status = print_answers_errors(options, &setup, &errors, &outcome);
    outcome_free(&outcome);
    err_list_free(&errors);
    setup_close(&setup);
    return status;
}

static int run(const struct options *options, struct store *store)
{
    int sources = !!options->answers + options->all + (options->word_count > 0);

    if (sources != 1)
        return command_usage(&command_test,
                             _("test wants one of: a NAME, --all, --answers FILE."));
    if (options->report && options->all)
        return command_usage(&command_test, _("--report is for one mailbox, not --all."));
    if (options->mask && !options->report)
        return command_usage(&command_test, _("--mask is about the file of --report."));
    if (options->answers)
        return test_answers(options, store);
    if (options->all)
        return test_all(options, store);
    return test_named(options, store, options->words[0]);
}

const struct command command_test = {
    .name = "test",
    .usage = "NAME|--all|--answers FILE|- [--json] [--report FILE [--mask]] [--repair]",
    .summary = N_("the live test of a saved mailbox, or of an answers file"),
    .more = N_(
        "Goes the whole way, from the token to the opened folder, changes nothing in "
        "the\n"
        "mailbox, and says why it fails and what to do. The exit status is 0 only when\n"
        "the folder opened.\n"
        "With --repair, values that are plainly wrong are put right where the right one\n"
        "is known, and tested again; each change is said. A saved mailbox is written\n"
        "only when the repaired values passed; an answers file never is.\n"
        "The file of --report tells everything that the test learnt, and no secret."),
    .options = OPTION_JSON | OPTION_ALL | OPTION_ANSWERS | OPTION_REPORT | OPTION_REPAIR |
               OPTION_MASK,
    .most_words = 1,
    .run = run,
};
