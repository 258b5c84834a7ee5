#include "ui/commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/argv.h"
#include "base/i18n.h"
#include "settings/expiry.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"

static const char *authentication(const struct settings *settings)
{
    if (settings_is(settings, SET_AUTH_METHOD, "basic"))
        return "basic";
    return settings_text(settings, SET_OAUTH_SOURCE);
}

static json_t *json_of_mailbox(const struct mailbox *mailbox, const struct expiry *expiry)
{
    const struct settings *settings = &mailbox->settings;
    const char *entered = settings_text(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT);
    const char *date = entered[0] ? entered : expiry->day;
    bool known = expiry->state != EXPIRY_NONE;

    return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:o}", "name", mailbox->name,
                     "auth", authentication(settings), "user", settings_login(settings),
                     "host", settings_text(settings, SET_SERVER_HOST), "tested_at",
                     mailbox->tested_at, "client_secret_expires_at",
                     date[0] ? date : NULL, "client_secret_expires_in_days",
                     known ? json_integer(expiry->days_left) : json_null());
}

/* A secret that lasts is no news; one that ends soon has a line of its own. */
static void print_mailbox(const struct mailbox *mailbox, const struct expiry *expiry)
{
    const struct settings *settings = &mailbox->settings;
    char sentence[128];

    printf("%-20s %-9s %-30s %-28s %s\n", mailbox->name, authentication(settings),
           settings_login(settings), settings_text(settings, SET_SERVER_HOST),
           mailbox->tested_at ? mailbox->tested_at : _("not tested"));
    if (expiry_is_near(expiry)) {
        expiry_sentence(expiry, sentence, sizeof sentence);
        printf("  ! %s\n", sentence);
    }
}

static int run(const struct options *options, struct store *store)
{
    struct err err = ERR_INIT;
    char **names = store_mailbox_names(store, &err);
    json_t *list = json_array();
    int status = EXIT_DONE;

    if (!names)
        return command_fail(&err);
    if (!options->json && !names[0])
        fprintf(stderr, _("No mailbox is set up in %s. Start with: letterbox setup\n"),
                store_config_dir(store));
    for (size_t i = 0; names[i]; i++) {
        struct mailbox *mailbox = store_load_mailbox(store, names[i], &err);
        struct expiry expiry;

        if (!mailbox) {
            json_array_append_new(list, json_of_failure(names[i], &err));
            status = command_fail(&err);
            err_clear(&err);
            continue;
        }
        expiry = expiry_of_mailbox(store, &mailbox->settings, time(NULL));
        if (options->json)
            json_array_append_new(list, json_of_mailbox(mailbox, &expiry));
        else
            print_mailbox(mailbox, &expiry);
        mailbox_free(&mailbox);
    }
    if (options->json)
        json_print(list);
    else
        json_decref(list);
    argv_free(&names);
    return status;
}

const struct command command_list = {
    .name = "list",
    .usage = "[--json]",
    .summary = N_("the saved mailboxes, a line each"),
    .more = N_(
        "Name, kind of authentication, user, host, and when the saved values last "
        "passed\n"
        "the test; below it, when the Client secret ends within 30 days or has ended."),
    .options = OPTION_JSON,
    .run = run,
};
