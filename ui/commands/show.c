#include "ui/commands/command.h"

#include <stdio.h>
#include <time.h>

#include "base/i18n.h"
#include "settings/expiry.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"

/* Where a secret is, never what it is. */
static void print_secret(const char *key, const struct secret_ref *ref)
{
    switch (ref->place) {
    case SECRET_UNSET:
        printf("%-32s %s\n", key, _("(not set)"));
        break;
    case SECRET_TYPED:
    case SECRET_STORED:
        printf("%-32s %s\n", key, _("(stored)"));
        break;
    case SECRET_FILE:
        printf(_("%-32s (in the file %s)\n"), key, ref->name);
        break;
    case SECRET_ENV:
        printf(_("%-32s (in the environment variable %s)\n"), key, ref->name);
        break;
    case SECRET_COMMAND:
        printf(_("%-32s (printed by the command %s)\n"), key, ref->argv[0]);
        break;
    }
}

/* Behind the values, because an existing provider's own date stands in no setting. */
static void print_expiry(const struct expiry *expiry)
{
    char sentence[128];

    if (!expiry_is_near(expiry))
        return;
    expiry_sentence(expiry, sentence, sizeof sentence);
    printf("! %s\n", sentence);
}

static void print_settings(const struct settings *settings)
{
    for (int id = 0; id < SET_COUNT; id++) {
        const struct secret_ref *secret = settings_secret_const(settings, id);
        if (!setting_is_used(settings, id))
            continue;
        if (secret)
            print_secret(setting_defs[id].key, secret);
        else if (settings_text(settings, id)[0])
            printf("%-32s %s\n", setting_defs[id].key, settings_text(settings, id));
    }
}

static int run(const struct options *options, struct store *store)
{
    struct err err = ERR_INIT;
    struct mailbox *mailbox;
    struct expiry expiry;

    if (options->word_count != 1)
        return command_usage(&command_show, _("show wants the NAME of a mailbox."));
    mailbox = store_load_mailbox(store, options->words[0], &err);
    if (!mailbox)
        return command_fail(&err);
    if (options->json) {
        json_print(mailbox_to_public_json(mailbox));
    } else {
        print_settings(&mailbox->settings);
        expiry = expiry_of_mailbox(store, &mailbox->settings, time(NULL));
        print_expiry(&expiry);
    }
    mailbox_free(&mailbox);
    return EXIT_DONE;
}

const struct command command_show = {
    .name = "show",
    .usage = "NAME [--json]",
    .summary = N_("one saved mailbox; secrets are never shown"),
    .more = N_(
        "Every setting by its key, as it is in the saved file. Of a secret it says only\n"
        "where it is. Last, when the Client secret ends within 30 days or has ended."),
    .options = OPTION_JSON,
    .most_words = 1,
    .run = run,
};
