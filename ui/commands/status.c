#include "ui/commands/command.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/argv.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/overview.h"
#include "ui/charset.h"
#include "ui/commands/json_output.h"
#include "ui/commands/status_text.h"
#include "ui/exit_status.h"

/* ---- The exit status --------------------------------------------------------------- */

static int status_of_person(const struct overview *one)
{
    const char *class = one->state.trouble.class;

    if (strcmp(class, "fix_server") == 0)
        return EXIT_SERVER;
    return strcmp(class, "internal") == 0 ? EXIT_INTERNAL : EXIT_SETTING;
}

static int status_of(const struct overview *one)
{
    if (err_is_set(&one->settings_error))
        return exit_status_of_err(&one->settings_error);
    if (err_is_set(&one->state_error))
        return exit_status_of_err(&one->state_error);
    if (err_is_set(&one->ledger_error))
        return exit_status_of_err(&one->ledger_error);
    switch (one->care) {
    case OVERVIEW_WELL:
        return EXIT_DONE;
    case OVERVIEW_BY_ITSELF:
        return EXIT_RETRY;
    case OVERVIEW_NOBODY:
        return EXIT_SERVER;
    case OVERVIEW_PERSON:
        return status_of_person(one);
    case OVERVIEW_BLIND:
        break;
    }
    return EXIT_INTERNAL;
}

/* What passes by itself must not hide what does not. */
static int worse_of(int a, int b)
{
    if (a == EXIT_RETRY || b == EXIT_RETRY) {
        int other = a == EXIT_RETRY ? b : a;

        return other == EXIT_DONE ? EXIT_RETRY : other;
    }
    return a > b ? a : b;
}

/* ---- As JSON ----------------------------------------------------------------------- */

static void add_counts(json_t *object, const struct overview *one)
{
    bool is_known = !err_is_set(&one->ledger_error);
    const struct ledger_counts *counts = &one->counts;

    json_object_set_new(object, "messages",
                        is_known ? json_pack("{s:I, s:I, s:I}", "waiting",
                                             (json_int_t)counts->waiting, "refused",
                                             (json_int_t)counts->refused, "delivered",
                                             (json_int_t)counts->delivered)
                                 : json_null());
}

static void add_expiry(json_t *object, const struct expiry *expiry)
{
    bool is_known = expiry->state != EXPIRY_NONE;

    json_object_set_new(object, "client_secret_expires_at",
                        is_known ? json_string(expiry->day) : json_null());
    json_object_set_new(object, "client_secret_expires_in_days",
                        is_known ? json_integer(expiry->days_left) : json_null());
}

/* Why it cannot be told, where that is so. */
static void add_errors(json_t *object, const struct overview *one)
{
    const struct err *const errors[] = {&one->settings_error, &one->state_error,
                                        &one->ledger_error};
    struct err_list list = {0};

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (err_is_set(errors[i]))
            err_list_add(&list, errors[i]);
    json_object_set_new(object, "errors", json_of_errors(&list));
    err_list_free(&list);
}

/* The counts of one process, apart from the ledger's. */
static void gather_counts(json_t *object)
{
    static const char *const keys[] = {"delivered", "repeated", "refused", "deferred"};
    json_t *counts = json_object();

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_object_set(counts, keys[i], json_object_get(object, keys[i]));
        json_object_del(object, keys[i]);
    }
    json_object_set_new(object, "since_started", counts);
}

/* The members of status.json (docs/SETTINGS.md), judged and completed. */
static json_t *json_of(const struct overview *one)
{
    json_t *object = json_pack(
        "{s:s, s:b, s:s, s:b}", "mailbox", one->name, "ok", status_of(one) == EXIT_DONE,
        "state", overview_health_id(one->health), "alive", one->state.is_alive);
    char *text = state_format(&one->state);
    json_t *state = json_loads(text, 0, NULL);

    json_object_del(state, "version");
    json_object_del(state, "state");
    json_object_del(state, "waiting_messages");
    gather_counts(state);
    json_object_update(object, state);
    add_counts(object, one);
    add_expiry(object, &one->expiry);
    add_errors(object, one);
    json_decref(state);
    free(text);
    return object;
}

/* ---- The command ------------------------------------------------------------------- */

static int tell_one(const struct options *options, const struct overview *one, time_t now)
{
    if (options->json)
        json_print(json_of(one));
    else
        charset_print_take(stdout, status_text_page(one, now),
                           charset_is_ascii(options->ascii));
    return status_of(one);
}

static int tell_all(const struct options *options, const struct overview *list,
                    size_t count, time_t now)
{
    json_t *array = json_array();
    int worst = EXIT_DONE;

    for (size_t i = 0; i < count; i++) {
        worst = worse_of(worst, status_of(&list[i]));
        if (options->json)
            json_array_append_new(array, json_of(&list[i]));
    }
    if (options->json)
        json_print(json_incref(array));
    else
        charset_print_take(stdout, status_text_table(list, count, now),
                           charset_is_ascii(options->ascii));
    json_decref(array);
    return worst;
}

static int look_at_all(const struct options *options, struct store *store,
                       const struct overview_how *how)
{
    struct err err = ERR_INIT;
    char **names = store_mailbox_names(store, &err);
    struct overview *list;
    size_t count;
    int status;

    if (!names)
        return command_fail(&err);
    count = argv_count(names);
    if (count == 0 && !options->json) {
        fprintf(stderr, _("No mailbox is set up in %s. Start with: letterbox setup\n"),
                store_config_dir(store));
        argv_free(&names);
        return EXIT_DONE;
    }
    list = mem_new(count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        overview_take(&list[i], store, names[i], how);
    status = tell_all(options, list, count, how->now);
    for (size_t i = 0; i < count; i++)
        overview_free(&list[i]);
    free(list);
    argv_free(&names);
    return status;
}

static bool read_age(const char *text, long *age)
{
    char *end;

    errno = 0;
    *age = strtol(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
           *age <= INT_MAX;
}

static int run(const struct options *options, struct store *store)
{
    struct overview_how how = {
        .now = time(NULL), .max_age = OVERVIEW_AGE_S, .as_owner = true};
    struct err err = ERR_INIT;
    struct overview one;
    struct mailbox *mailbox;
    int status;

    if (options->max_age && !read_age(options->max_age, &how.max_age))
        return command_usage(&command_status, _("--max-age wants a number of seconds."));
    if (options->word_count == 0)
        return look_at_all(options, store, &how);
    mailbox = store_load_mailbox(store, options->words[0], &err);
    if (!mailbox && err.class == ERR_SETTING && !err.key[0])
        return command_fail(&err); /* there is none of that name */
    mailbox_free(&mailbox);
    overview_take(&one, store, options->words[0], &how);
    status = tell_one(options, &one, how.now);
    overview_free(&one);
    return status;
}

const struct command command_status = {
    .name = "status",
    .usage = "[NAME] [--json] [--max-age SECONDS]",
    .summary = N_("how the ingest of each mailbox does"),
    .more = N_(
        "State, last success, next try, messages that wait and that were refused, and\n"
        "when the Client secret ends; below it what stands in the way, and what to do.\n"
        "The exit status is 0 when every mailbox is served (or was, by --once, within\n"
        "--max-age), 75 when trouble passes by itself, and another one when somebody\n"
        "must act; docs/WATCHING.md has them."),
    .options = OPTION_JSON | OPTION_ASCII | OPTION_MAX_AGE,
    .most_words = 1,
    .run = run,
};
