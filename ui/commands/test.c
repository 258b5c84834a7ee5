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
#include "ui/report_file.h"
#include "ui/setup.h"

/* One test, ended: what is printed, and what the status is made of. */
struct outcome {
    struct check_facts *facts;
    struct diagnosis *diagnosis;
};

static void outcome_free(struct outcome *outcome)
{
    check_facts_free(&outcome->facts);
    diagnosis_free(&outcome->diagnosis);
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
static struct outcome test_settings(const struct options *options, struct store *store,
                                    const struct settings *settings)
{
    struct outcome outcome = {NULL, NULL};
    struct err err = ERR_INIT;
    struct access *access = access_resolve(store, settings, &err);

    if (access)
        outcome.facts = check_run(&access, interrupt_start()->fd, say_step,
                                  (void *)(uintptr_t)options, &err);
    if (!outcome.facts)
        outcome.facts = check_settings_failed(settings, &err);
    outcome.diagnosis = advice_diagnose(outcome.facts);
    return outcome;
}

/* --report; a report that cannot be written is said, and the test's own status stays. */
static void write_report(const struct options *options, const char *name,
                         const struct outcome *outcome)
{
    struct err err = ERR_INIT;

    if (options->report && !report_file_write(options->report, name, outcome->facts,
                                              outcome->diagnosis, false, &err))
        command_fail(&err);
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
    struct outcome outcome;
    int status;

    if (!mailbox) {
        if (list)
            json_array_append_new(list, json_of_failure(name, &err));
        return command_fail(&err);
    }
    outcome = test_settings(options, store, &mailbox->settings);
    write_report(options, name, &outcome);
    status = exit_status_of_diagnosis(outcome.diagnosis);
    if (list)
        json_array_append_new(list, report_json(name, outcome.facts, outcome.diagnosis));
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
                                const struct err_list *errors)
{
    const struct settings *settings = wizard_settings(setup->wizard);
    struct outcome outcome = {0};

    outcome.facts = check_settings_failed(settings, &errors->items[0]);
    outcome.diagnosis = advice_diagnose(outcome.facts);
    if (options->json) {
        json_t *report = report_json(settings_text(settings, SET_NAME), outcome.facts,
                                     outcome.diagnosis);
        json_object_set_new(report, "errors", json_of_errors(errors));
        json_print(report);
    }
    answers_file_print_errors(errors);
    outcome_free(&outcome);
    return answers_file_status(errors);
}

static int test_entered(const struct options *options, struct store *store,
                        const struct setup *setup)
{
    const struct settings *settings = wizard_settings(setup->wizard);
    const char *name = settings_text(settings, SET_NAME);
    struct outcome outcome = test_settings(options, store, settings);
    int status = exit_status_of_diagnosis(outcome.diagnosis);

    write_report(options, name, &outcome);
    if (options->json)
        json_print(report_json(name, outcome.facts, outcome.diagnosis));
    else
        print_outcome(name, &outcome);
    outcome_free(&outcome);
    return status;
}

static int test_answers(const struct options *options, struct store *store)
{
    struct setup setup = {0};
    struct err err = ERR_INIT;
    struct err_list errors = {0};
    int status;

    if (!setup_open(&setup, store, NULL, &err))
        return command_fail(&err);
    if (answers_file_take(&setup, options->answers, PAGE_SERVER, NULL, &errors))
        status = test_entered(options, store, &setup);
    else
        status = print_answers_errors(options, &setup, &errors);
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
    if (options->answers)
        return test_answers(options, store);
    if (options->all)
        return test_all(options, store);
    return test_named(options, store, options->words[0]);
}

const struct command command_test = {
    .name = "test",
    .usage = "NAME|--all|--answers FILE|- [--json] [--report FILE]",
    .summary = N_("the live test of a saved mailbox, or of an answers file"),
    .more = N_(
        "Goes the whole way, from the token to the opened folder, changes nothing in "
        "the\n"
        "mailbox, and says why it fails and what to do. The exit status is 0 only when\n"
        "the folder opened."),
    .options = OPTION_JSON | OPTION_ALL | OPTION_ANSWERS | OPTION_REPORT,
    .most_words = 1,
    .run = run,
};
