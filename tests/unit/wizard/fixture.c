#include "unit/wizard/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "wizard/consuming.h"

static const struct choice providers[] = {
    {"sandbox", "Sandbox", "https://localhost:8443/token"},
    {"keycloak", "Keycloak", "https://sso.example.com/realms/x"},
};

static bool is_taken(const char *name, void *closure)
{
    const struct fixture *f = closure;

    return f->taken && strcmp(f->taken, name) == 0;
}

void fixture_reopen(struct fixture *f, const struct settings *settings,
                    const char *opened)
{
    struct settings copy;

    settings_copy(&copy, settings);
    wizard_free(&f->wizard);
    f->wizard = wizard_new(&f->context, &copy, opened, is_taken, f);
    settings_free(&copy);
}

int fixture_new(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    struct err err = ERR_INIT;
    struct settings settings;

    f->exchange = preset_exchange_load(NULL, &err);
    f->context.exchange = f->exchange;
    f->consumers = consumers_load("/nowhere", &err);
    f->choices = consuming_choices(f->consumers);
    f->context.consumers = f->consumers;
    f->context.consumer_choices = f->choices;
    f->context.providers = providers;
    f->context.provider_count = sizeof providers / sizeof *providers;
    settings_init(&settings);
    fixture_reopen(f, &settings, NULL);
    settings_free(&settings);
    *state = f;
    return 0;
}

int fixture_free(void **state)
{
    struct fixture *f = *state;

    wizard_free(&f->wizard);
    preset_exchange_free(&f->exchange);
    consumers_free(&f->consumers);
    free(f->choices);
    free(f);
    return 0;
}

unsigned fixture_send(struct fixture *f, enum wizard_event_kind kind)
{
    struct wizard_event event = {.kind = kind};

    return wizard_update(f->wizard, &event);
}

unsigned fixture_edit(struct fixture *f, enum setting_id id, const char *text)
{
    struct wizard_event event = {.kind = WIZARD_EDIT, .setting = id, .text = text};

    return wizard_update(f->wizard, &event);
}

unsigned fixture_edit_secret(struct fixture *f, enum setting_id id, const char *bytes)
{
    struct secret *secret = secret_new(bytes, strlen(bytes));
    struct wizard_event event = {.kind = WIZARD_EDIT, .setting = id, .secret = secret};
    unsigned effects = wizard_update(f->wizard, &event);

    secret_free(&secret);
    return effects;
}

unsigned fixture_focus(struct fixture *f, enum setting_id id)
{
    struct wizard_event event = {.kind = WIZARD_FOCUS, .setting = id};

    return wizard_update(f->wizard, &event);
}

unsigned fixture_go(struct fixture *f, enum page_id page)
{
    struct wizard_event event = {.kind = WIZARD_GO_PAGE, .page = page};

    return wizard_update(f->wizard, &event);
}

unsigned fixture_answer(struct fixture *f, const char *value)
{
    const struct question *question = wizard_question(f->wizard);
    struct wizard_event event = {.kind = WIZARD_ANSWER};

    assert_non_null(question);
    while (strcmp(question->choices[event.answer].value, value) != 0)
        assert_true(++event.answer < question->choice_count);
    return wizard_update(f->wizard, &event);
}

unsigned fixture_end_test(struct fixture *f, bool passed)
{
    struct wizard_event event = {.kind = WIZARD_TEST_ENDED, .passed = passed};

    return wizard_update(f->wizard, &event);
}

const char *fixture_value(const struct fixture *f, enum setting_id id)
{
    return settings_text(wizard_settings(f->wizard), id);
}

static void fill_mail(struct fixture *f)
{
    fixture_edit(f, SET_MAILBOX_USER, "support@example.com");
    fixture_edit(f, SET_INGEST_TARGET, "/var/mail/support");
}

void fixture_fill_exchange(struct fixture *f)
{
    fixture_edit(f, SET_AUTH_METHOD, "oauth");
    fixture_edit(f, SET_OAUTH_SOURCE, "exchange");
    fixture_edit(f, SET_OAUTH_TENANT, TENANT);
    fixture_edit(f, SET_OAUTH_CLIENT_ID, CLIENT);
    fixture_edit_secret(f, SET_OAUTH_CLIENT_SECRET, SECRET);
    fixture_edit(f, SET_OAUTH_SCOPE, WORKING);
    fill_mail(f);
}

void fixture_fill_basic(struct fixture *f)
{
    fixture_edit(f, SET_AUTH_METHOD, "basic");
    fixture_edit(f, SET_BASIC_USERNAME, "support@example.com");
    fixture_edit_secret(f, SET_BASIC_PASSWORD, "a password");
    fixture_edit(f, SET_SERVER_HOST, "imap.example.com");
    fill_mail(f);
}
