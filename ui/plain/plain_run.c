/* setup --plain: the pages as questions, a line each. */
#include "ui/plain/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "advice/report.h"
#include "base/i18n.h"
#include "ui/commands/interrupt.h"
#include "ui/exit_status.h"
#include "ui/plain/prompts.h"
#include "ui/plain/starting.h"
#include "ui/plain/testing.h"
#include "ui/repair_text.h"

/* What a page came to. */
enum run_end {
    END_NONE, /* the wizard is where it should be: ask for its present page */
    END_SAVED,
    END_LEFT,
    END_CANCELLED,
};

static enum run_end carry_out(struct prompts *prompts, unsigned effects);

/* Shows the wizard's open question and takes its answer. */
static enum run_end ask_question(struct prompts *prompts)
{
    const struct question *question = wizard_question(prompts->setup->wizard);
    struct wizard_event event = {.kind = WIZARD_ANSWER};
    enum prompt_end end;

    fputc('\n', stderr);
    lines_print(0, question->text);
    end = prompts_ask_choice(prompts, question->choices, question->choice_count,
                             question->preset, &event.answer);
    if (end == PROMPT_END)
        return END_CANCELLED;
    if (end == PROMPT_BACK)
        event.kind = WIZARD_DISMISS;
    return carry_out(prompts, wizard_update(prompts->setup->wizard, &event));
}

/* What was saved stays saved, whatever comes of it. */
static enum run_end offer_start(struct prompts *prompts)
{
    struct start *start = &prompts->setup->start;
    bool wanted = false;

    if (start_can_go(start) &&
        prompts_ask_yes(prompts, _("Start the ingest now, and at each boot?"),
                        start->needs.count == 0, &wanted) == PROMPT_DONE &&
        wanted) {
        start_go(start);
        starting_tell(prompts->setup, prompts->lines.cancel);
    }
    return END_SAVED;
}

static enum run_end save(struct prompts *prompts)
{
    struct setup *setup = prompts->setup;
    struct err err = ERR_INIT;

    if (setup_save(setup, &err)) {
        printf(_("Saved %s/mailboxes/%s.json\n"), store_config_dir(setup->store),
               wizard_opened_name(setup->wizard));
        fflush(stdout);
        starting_tell(setup, prompts->lines.cancel);
        return offer_start(prompts);
    }
    lines_print(0, err.text);
    fprintf(stderr, "%s\n", _("Nothing was saved; what you entered is still here."));
    return END_NONE;
}

static enum run_end run_test(struct prompts *prompts)
{
    if (!testing_run(prompts->setup, prompts->lines.cancel, true))
        return END_CANCELLED;
    testing_print_result(prompts->setup);
    return END_NONE;
}

static void print_note(const struct setup *setup)
{
    lines_print(0, setup->report_note);
    fputc('\n', stderr);
}

/* Carries out what the wizard asks for, its questions too. */
static enum run_end carry_out(struct prompts *prompts, unsigned effects)
{
    enum run_end end = END_NONE;

    if (effects & EFFECT_START_TEST)
        end = run_test(prompts);
    if (effects & EFFECT_SAVE)
        end = save(prompts);
    if (effects & (EFFECT_REPORT | EFFECT_REPORT_MASKED)) {
        setup_write_report(prompts->setup, effects & EFFECT_REPORT_MASKED);
        print_note(prompts->setup);
    }
    if (effects & EFFECT_QUIT)
        return END_LEFT;
    if (end == END_NONE && wizard_question(prompts->setup->wizard))
        end = ask_question(prompts);
    return end;
}

/* Takes the save although it is untested: --no-test and --save-untested said so before.
 */
static enum run_end send_save(struct prompts *prompts)
{
    const struct setup *setup = prompts->setup;
    unsigned effects = prompts_send(prompts, WIZARD_SAVE);
    const struct question *question = wizard_question(setup->wizard);
    struct wizard_event event = {.kind = WIZARD_ANSWER};

    if (question && question->id == QUESTION_UNTESTED &&
        (setup->skip_test || setup->save_untested)) {
        while (strcmp(question->choices[event.answer].value, "save") != 0)
            event.answer++;
        effects = wizard_update(setup->wizard, &event);
    }
    return carry_out(prompts, effects);
}

static void go_back(struct prompts *prompts)
{
    if (prompts_send(prompts, WIZARD_PREVIOUS_PAGE) & EFFECT_BELL)
        fprintf(stderr, "%s\n", _("This is the first page."));
}

static enum run_end end_of(struct prompts *prompts, enum prompt_end end)
{
    if (end == PROMPT_END)
        return END_CANCELLED;
    if (end == PROMPT_BACK)
        go_back(prompts);
    return END_NONE;
}

/* Pages of fields */

static const struct field *first_advanced(const struct prompts *prompts)
{
    const struct field *fields[16];
    size_t count = wizard_fields(prompts->setup->wizard, fields, 16);

    for (size_t i = 0; i < count; i++) {
        if (fields[i]->flags & FIELD_ADVANCED)
            return fields[i];
    }
    return NULL;
}

/* Asks whether the folded fields are wanted, and if so goes to the first. */
static enum prompt_end offer_advanced(struct prompts *prompts, bool *wanted)
{
    struct wizard *wizard = prompts->setup->wizard;
    const struct page *page = &wizard_pages[wizard_page(wizard)];
    struct wizard_event event = {.kind = WIZARD_FOCUS};
    const char *separator = " (";
    char question[400];
    enum prompt_end end;
    size_t used;

    used = (size_t)snprintf(question, sizeof question, "%s", _("Advanced fields, too"));
    for (size_t i = 0; i < page->field_count && used < sizeof question; i++) {
        if (!(page->fields[i].flags & FIELD_ADVANCED))
            continue;
        used += (size_t)snprintf(question + used, sizeof question - used, "%s%s",
                                 separator, _(page->fields[i].label));
        separator = ", ";
    }
    if (used < sizeof question)
        snprintf(question + used, sizeof question - used, ")?");
    end = prompts_ask_yes(prompts, question, false, wanted);
    if (end == PROMPT_DONE && *wanted) {
        prompts_send(prompts, WIZARD_ADVANCED);
        event.setting = first_advanced(prompts)->setting;
        wizard_update(wizard, &event);
    }
    return end;
}

/* Asks for the focused field and those behind it. */
static enum prompt_end ask_fields(struct prompts *prompts)
{
    enum page_id page = wizard_page(prompts->setup->wizard);
    enum prompt_end end = PROMPT_DONE;
    const struct field *field;

    while (end == PROMPT_DONE && wizard_page(prompts->setup->wizard) == page &&
           (field = wizard_focus(prompts->setup->wizard)))
        end = prompts_ask_field(prompts, field);
    return end;
}

static enum run_end ask_page(struct prompts *prompts)
{
    struct wizard *wizard = prompts->setup->wizard;
    enum prompt_end end = ask_fields(prompts);
    bool wanted = false;

    if (end == PROMPT_DONE && wizard_has_advanced(wizard) &&
        !wizard_advanced_shown(wizard)) {
        end = offer_advanced(prompts, &wanted);
        if (end == PROMPT_DONE && wanted)
            end = ask_fields(prompts);
    }
    if (end == PROMPT_DONE)
        prompts_send(prompts, WIZARD_NEXT_PAGE);
    return end_of(prompts, end);
}

/* Test */

static bool has_nothing_to_test(const struct setup *setup)
{
    return setup->skip_test || wizard_test_state(setup->wizard) == WIZARD_PASSED;
}

/* What can be done on the Test page, and when it makes sense. */

#define PAUSE_MS (60 * 1000)

static bool is_failed(const struct setup *setup)
{
    return setup->diagnosis && wizard_test_state(setup->wizard) == WIZARD_FAILED;
}

static bool can_repair(const struct setup *setup)
{
    return setup_repair_count(setup) > 0;
}

static bool can_change(const struct setup *setup)
{
    return is_failed(setup) && setup->diagnosis->field != SET_NONE;
}

static bool can_write_commands(const struct setup *setup)
{
    char *commands = is_failed(setup) ? report_commands(setup->diagnosis) : NULL;
    bool any = commands != NULL;

    free(commands);
    return any;
}

static enum run_end repair(struct prompts *prompts)
{
    setup_apply_repairs(prompts->setup);
    return carry_out(prompts, prompts_send(prompts, WIZARD_TEST));
}

static enum run_end change(struct prompts *prompts)
{
    struct wizard_event focus = {.kind = WIZARD_FOCUS,
                                 .setting = prompts->setup->diagnosis->field};

    wizard_update(prompts->setup->wizard, &focus);
    return END_NONE;
}

static enum run_end test(struct prompts *prompts)
{
    return carry_out(prompts, prompts_send(prompts, WIZARD_TEST));
}

static enum run_end wait_for_it(struct prompts *prompts)
{
    struct setup *setup = prompts->setup;
    bool ended;

    fprintf(stderr, "%s\n", _("Testing again every minute. Ctrl-C stops waiting."));
    ended = testing_repeat(setup, prompts->lines.cancel, PAUSE_MS);
    if (!ended && !interrupt_take_back())
        return END_CANCELLED;
    /* What was typed while nobody asked is no answer to what comes next. */
    tcflush(STDIN_FILENO, TCIFLUSH);
    if (ended)
        testing_print_result(setup);
    else
        fprintf(stderr, "\n%s\n", _("No longer waiting."));
    return END_NONE;
}

static enum run_end write_commands(struct prompts *prompts)
{
    char *commands = report_commands(prompts->setup->diagnosis);

    setup_write_commands(prompts->setup, commands ? commands : "");
    free(commands);
    print_note(prompts->setup);
    return END_NONE;
}

static enum run_end write_report(struct prompts *prompts)
{
    return carry_out(prompts, prompts_send(prompts, WIZARD_REPORT));
}

static enum run_end review(struct prompts *prompts)
{
    prompts_send(prompts, WIZARD_NEXT_PAGE);
    return END_NONE;
}

static const struct test_choice {
    struct choice choice;
    bool (*is_offered)(const struct setup *setup); /* NULL: always */
    enum run_end (*take)(struct prompts *prompts);
} test_choices[] = {
    {{"repair", N_("Repair and test again"), NULL}, can_repair, repair},
    {{"field", N_("Change the field it names"), NULL}, can_change, change},
    {{"test", N_("Test"), NULL}, NULL, test},
    {{"minute", N_("Test again every minute until it passes"), NULL},
     testing_may_pass_later,
     wait_for_it},
    {{"commands", N_("Write the commands to a file"), NULL},
     can_write_commands,
     write_commands},
    {{"report", N_("Write a report"), NULL}, is_failed, write_report},
    {{"review", N_("Go on to Review"), NULL}, NULL, review},
};

enum { TEST_CHOICE_COUNT = sizeof test_choices / sizeof test_choices[0] };

static enum run_end ask_test(struct prompts *prompts)
{
    const struct setup *setup = prompts->setup;
    const struct test_choice *offered[TEST_CHOICE_COUNT];
    struct choice choices[TEST_CHOICE_COUNT];
    char *repairs = repair_text_choice(setup);
    size_t count = 0, chosen;
    enum prompt_end end;

    for (size_t i = 0; i < TEST_CHOICE_COUNT; i++) {
        if (test_choices[i].is_offered && !test_choices[i].is_offered(setup))
            continue;
        offered[count] = &test_choices[i];
        choices[count] = test_choices[i].choice;
        if (test_choices[i].is_offered == can_repair)
            choices[count].label = repairs;
        count++;
    }
    end = prompts_ask_choice(prompts, choices, count, 0, &chosen);
    free(repairs);
    return end == PROMPT_DONE ? offered[chosen]->take(prompts) : end_of(prompts, end);
}

/* Review */

static void print_value(const struct settings *settings, const struct field *field)
{
    const struct secret_ref *ref = settings_secret_const(settings, field->setting);
    const char *text = settings_text(settings, field->setting);

    if (ref)
        text = ref->place == SECRET_UNSET   ? ""
               : ref->place == SECRET_TYPED ? _("(entered, not shown)")
                                            : _("(kept where it is)");
    for (size_t i = 0; i < field->choice_count; i++) {
        if (strcmp(text, field->choices[i].value) == 0)
            text = _(field->choices[i].label);
    }
    if (field->kind == FIELD_SWITCH)
        text = strcmp(text, "true") == 0 ? _("yes") : _("no");
    if (text[0])
        fprintf(stderr, "  %s: %s\n", _(field->label), text);
}

/* Does what is saved here stop to work soon? */
static void print_expiry(const struct wizard *wizard)
{
    struct expiry expiry =
        field_secret_expiry(wizard_context_of(wizard), wizard_settings(wizard));
    char sentence[128];

    if (!expiry_is_near(&expiry))
        return;
    expiry_sentence(&expiry, sentence, sizeof sentence);
    lines_print(0, sentence);
}

static void print_review(const struct prompts *prompts)
{
    const struct settings *settings = wizard_settings(prompts->setup->wizard);
    enum page_id way[PAGE_COUNT];
    size_t count = wizard_way(prompts->setup->wizard, way);
    char *sentence;

    for (size_t i = 0; i < count && way[i] < PAGE_TEST; i++) {
        const struct page *page = &wizard_pages[way[i]];

        for (size_t j = 0; j < page->field_count; j++) {
            if (field_is_visible(&page->fields[j], settings))
                print_value(settings, &page->fields[j]);
        }
    }
    sentence = wizard_ingest_sentence(settings);
    fputc('\n', stderr);
    lines_print(0, sentence);
    print_expiry(prompts->setup->wizard);
    free(sentence);
}

static enum run_end ask_review(struct prompts *prompts)
{
    enum prompt_end end;
    bool yes;

    print_review(prompts);
    end = ask_fields(prompts);
    if (end == PROMPT_DONE)
        end = prompts_ask_yes(prompts, _("Save?"), true, &yes);
    if (end != PROMPT_DONE)
        return end_of(prompts, end);
    if (yes)
        return send_save(prompts);
    return carry_out(prompts, prompts_send(prompts, WIZARD_LEAVE));
}

/* The wizard */

static enum run_end run_page(struct prompts *prompts)
{
    enum page_id id = wizard_page(prompts->setup->wizard);

    if (id == PAGE_TEST && has_nothing_to_test(prompts->setup)) {
        prompts_send(prompts, WIZARD_NEXT_PAGE);
        return END_NONE;
    }
    if (prompts->titled != id) {
        fprintf(stderr, "\n%s\n", _(wizard_pages[id].title));
        lines_print(0, _(wizard_pages[id].intro));
    }
    prompts->titled = id;
    if (id == PAGE_TEST)
        return ask_test(prompts);
    if (id == PAGE_REVIEW)
        return ask_review(prompts);
    return ask_page(prompts);
}

int plain_run(struct setup *setup)
{
    struct prompts prompts = {.setup = setup, .titled = PAGE_COUNT};
    enum run_end end = END_NONE;

    lines_open(&prompts.lines, interrupt_start());
    buf_init_secret(&prompts.line, LINES_MAX);
    fprintf(stderr, "%s\n",
            _("Enter takes what stands in [brackets]; ? explains, < goes back a page."));
    while (end == END_NONE)
        end = run_page(&prompts);
    lines_close(&prompts.lines);
    buf_free(&prompts.line);
    if (end == END_SAVED)
        return EXIT_DONE;
    fprintf(stderr, "\n%s\n",
            end == END_LEFT ? _("Left without saving.")
                            : _("Cancelled: nothing was saved."));
    return EXIT_CANCELLED;
}
