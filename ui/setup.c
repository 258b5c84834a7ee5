#include "ui/setup.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/access.h"
#include "ui/report_file.h"
#include "wizard/consuming.h"

static bool name_is_taken(const char *name, void *closure)
{
    return store_mailbox_exists(closure, name);
}

/* A provider that cannot be read stays in the list, with the reason where its address
 * would stand: leaving it out would look as if it had never been added. */
static void describe_provider(struct store *store, const char *name,
                              struct choice *choice, time_t *secret_ends)
{
    struct err err = ERR_INIT;
    struct provider *provider = store_load_provider(store, name, &err);

    choice->value = mem_copy_text(name);
    if (provider) {
        const char *where =
            provider->token_endpoint ? provider->token_endpoint : provider->issuer;
        choice->label = mem_copy_text(provider->title);
        *secret_ends = provider->secret_expires_at;
        choice->hint = mem_copy_text(where);
    } else {
        choice->label = mem_copy_text(name);
        choice->hint = mem_copy_text(err.text);
    }
    provider_free(&provider);
}

static bool load_providers(struct setup *setup, struct err *err)
{
    char **names = store_provider_names(setup->store, err);
    struct choice *choices;
    size_t count;

    if (!names)
        return false;
    count = argv_count(names);
    choices = mem_new(count + 1, sizeof *choices);
    setup->secrets_end = mem_new(count + 1, sizeof *setup->secrets_end);
    for (size_t i = 0; i < count; i++)
        describe_provider(setup->store, names[i], &choices[i], &setup->secrets_end[i]);
    setup->providers = choices;
    setup->context.providers = choices;
    setup->context.provider_secrets_end = setup->secrets_end;
    setup->context.provider_count = count;
    argv_free(&names);
    return true;
}

static void free_providers(struct setup *setup)
{
    for (size_t i = 0; i < setup->context.provider_count; i++) {
        free((void *)(uintptr_t)setup->providers[i].value);
        free((void *)(uintptr_t)setup->providers[i].label);
        free((void *)(uintptr_t)setup->providers[i].hint);
    }
    free(setup->providers);
    free(setup->secrets_end);
    setup->providers = NULL;
    setup->secrets_end = NULL;
    setup->context.provider_count = 0;
}

static void load_presets(struct setup *setup)
{
    struct err err = ERR_INIT; /* the built-in ones are as good */

    setup->exchange = preset_exchange_load(NULL, &err);
    setup->consumers = consumers_load(NULL, &err);
    setup->consumer_choices = consuming_choices(setup->consumers);
    setup->context.exchange = setup->exchange;
    setup->context.consumers = setup->consumers;
    setup->context.consumer_choices = setup->consumer_choices;
}

/* LETTERBOX_CA_FILE spares an organisation with a CA of its own the typing. */
static struct mailbox *new_mailbox(const char *name)
{
    struct mailbox *mailbox = mailbox_new(name ? name : "");
    const char *ca_file = getenv("LETTERBOX_CA_FILE");

    if (ca_file)
        settings_set(&mailbox->settings, SET_TLS_CA_FILE, ca_file);
    return mailbox;
}

bool setup_open(struct setup *setup, struct store *store, const char *name,
                struct err *err)
{
    bool existing = name && store_mailbox_exists(store, name);

    setup->store = store;
    load_presets(setup);
    setup->context.now = time(NULL);
    if (!load_providers(setup, err))
        goto fail;
    setup->mailbox = existing ? store_load_mailbox(store, name, err) : new_mailbox(name);
    if (!setup->mailbox)
        goto fail;
    if (existing && setup->is_asked)
        consuming_infer(setup->consumers, &setup->mailbox->settings);
    setup->wizard = wizard_new(&setup->context, &setup->mailbox->settings,
                               existing ? name : NULL, name_is_taken, store);
    return true;
fail:
    setup_close(setup);
    return false;
}

static void forget_test(struct setup *setup)
{
    check_free(&setup->check);
    check_facts_free(&setup->facts);
    diagnosis_free(&setup->diagnosis);
    mem_replace_text(&setup->report_note, NULL);
    memset(setup->steps, 0, sizeof setup->steps);
}

void setup_close(struct setup *setup)
{
    forget_test(setup);
    start_end(&setup->start);
    err_list_free(&setup->warnings);
    wizard_free(&setup->wizard);
    mailbox_free(&setup->mailbox);
    free_providers(setup);
    preset_exchange_free(&setup->exchange);
    consumers_free(&setup->consumers);
    free(setup->consumer_choices);
    setup->consumer_choices = NULL;
}

/* Takes the facts. */
static void end_test(struct setup *setup, struct check_facts *facts)
{
    struct wizard_event ended = {.kind = WIZARD_TEST_ENDED};

    check_facts_free(&setup->facts);
    diagnosis_free(&setup->diagnosis);
    setup->facts = facts;
    memcpy(setup->steps, facts->steps, sizeof setup->steps);
    setup->diagnosis = advice_diagnose(facts);
    ended.passed = !setup->diagnosis;
    wizard_update(setup->wizard, &ended);
}

/* The access for a test of what is entered so far; NULL with the first error. */
static struct access *resolve_entered(struct setup *setup, struct err *err)
{
    struct err_list errors = {0};
    struct access *access = NULL;

    if (wizard_check(setup->wizard, PAGE_SERVER, &errors))
        access = access_prepare(setup->store, wizard_settings(setup->wizard));
    else
        *err = errors.items[0];
    err_list_free(&errors);
    return access;
}

static void begin_test(struct setup *setup)
{
    struct err err = ERR_INIT;
    struct access *access = resolve_entered(setup, &err);

    if (access)
        setup->check = check_start(&access, ++setup->job, &err);
    if (!setup->check)
        end_test(setup, check_settings_failed(wizard_settings(setup->wizard), &err));
}

void setup_start_test(struct setup *setup)
{
    forget_test(setup);
    begin_test(setup);
}

void setup_repeat_test(struct setup *setup)
{
    check_free(&setup->check);
    begin_test(setup);
}

/* Is the result of before still there, because this is a test again? */
static bool repeats(const struct setup *setup)
{
    return setup->facts != NULL;
}

/* A test again that nobody waits for any more changes nothing. */
static bool take_end(struct setup *setup)
{
    struct check_facts *facts = check_take_facts(setup->check);
    bool wanted = !repeats(setup) || wizard_is_testing(setup->wizard);

    check_free(&setup->check);
    if (wanted)
        end_test(setup, facts);
    else
        check_facts_free(&facts);
    return wanted;
}

void setup_cancel_test(struct setup *setup)
{
    if (setup->check)
        check_cancel(setup->check);
}

bool setup_pump_test(struct setup *setup, bool *ended)
{
    struct check_event event;
    bool changed = false;

    *ended = false;
    while (setup->check && check_next_event(setup->check, &event)) {
        if (event.job != setup->job)
            continue;
        changed = true;
        if (event.kind == CHECK_STEP) {
            if (!repeats(setup))
                setup->steps[event.stage] = event.step;
            continue;
        }
        *ended = take_end(setup);
    }
    return changed;
}

size_t setup_repair_count(const struct setup *setup)
{
    if (!setup->diagnosis || wizard_test_state(setup->wizard) != WIZARD_FAILED)
        return 0;
    return setup->diagnosis->repair_count;
}

void setup_put_repairs(struct wizard *wizard, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->repair_count; i++) {
        const struct diagnosis_repair *repair = &diagnosis->repairs[i];
        struct wizard_event edit = {.kind = WIZARD_EDIT};

        edit.setting = repair->field;
        edit.text = repair->value;
        wizard_update(wizard, &edit);
    }
}

void setup_apply_repairs(struct setup *setup)
{
    if (setup_repair_count(setup) > 0)
        setup_put_repairs(setup->wizard, setup->diagnosis);
}

/* "letterbox-support-report.txt"; the caller's. */
static char *path_to_hand_on(const struct setup *setup, const char *what)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);

    return mem_format("letterbox-%s-%s.txt", name[0] ? name : "new", what);
}

void setup_write_report(struct setup *setup, bool masked)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);
    char *path = path_to_hand_on(setup, "report");
    struct err err = ERR_INIT;

    free(setup->report_note);
    if (report_file_write(path, name, setup->facts, setup->diagnosis, masked, &err))
        setup->report_note =
            mem_format(masked ? _("The report is in %s, without secrets and addresses.")
                              : _("The report is in %s, without any secret."),
                       path);
    else
        setup->report_note = mem_copy_text(err.text);
    free(path);
}

void setup_write_commands(struct setup *setup, const char *commands)
{
    char *path = path_to_hand_on(setup, "commands");
    struct err err = ERR_INIT;

    free(setup->report_note);
    if (report_file_write_commands(path, commands, &err))
        setup->report_note = mem_format(_("The commands are in %s."), path);
    else
        setup->report_note = mem_copy_text(err.text);
    free(path);
}

/* The mailbox to write: the opened one, or, under another name, one of its own.  One that
 * has this name already is replaced (the wizard asked), so its stamp is taken over. */
static struct mailbox *mailbox_to_save(struct setup *setup, struct err *err)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);
    const char *opened = wizard_opened_name(setup->wizard);
    struct mailbox *mailbox;

    if (opened && strcmp(opened, name) == 0)
        return setup->mailbox;
    if (store_mailbox_exists(setup->store, name))
        mailbox = store_load_mailbox(setup->store, name, err);
    else
        mailbox = mailbox_new(name);
    return mailbox;
}

static bool write_values(struct setup *setup, struct mailbox *mailbox, bool passed,
                         struct err *err)
{
    char now[32];

    settings_free(&mailbox->settings);
    settings_copy(&mailbox->settings, wizard_settings(setup->wizard));
    clock_format_utc(time(NULL), now, sizeof now);
    mem_replace_text(&mailbox->tested_at, passed ? now : NULL);
    return store_save_mailbox(setup->store, mailbox, err);
}

bool setup_save_tested(struct setup *setup, struct err *err)
{
    return write_values(setup, setup->mailbox, true, err);
}

bool setup_save(struct setup *setup, struct err *err)
{
    struct wizard_event outcome = {.kind = WIZARD_SAVED};
    struct mailbox *mailbox = mailbox_to_save(setup, err);
    bool saved = false;

    if (mailbox) {
        saved = write_values(setup, mailbox,
                             wizard_test_state(setup->wizard) == WIZARD_PASSED, err);
        if (saved && mailbox != setup->mailbox) {
            mailbox_free(&setup->mailbox);
            setup->mailbox = mailbox;
        } else if (mailbox != setup->mailbox) {
            mailbox_free(&mailbox);
        }
    }
    if (!saved) {
        outcome.kind = WIZARD_SAVE_FAILED;
        outcome.text = err->text;
    }
    wizard_update(setup->wizard, &outcome);
    if (saved)
        start_begin(&setup->start, setup->store, setup->mailbox->name,
                    &setup->mailbox->settings);
    return saved;
}
