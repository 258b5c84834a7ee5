#include "ui/commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "ui/charset.h"
#include "ui/exit_status.h"
#include "ui/plain/plain.h"
#include "ui/screen/screen.h"
#include "ui/setup.h"

static bool has_screen(const struct options *options)
{
    const char *term = getenv("TERM");

    return !options->plain && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term &&
           term[0] && strcmp(term, "dumb") != 0;
}

static int tell_end(const struct setup *setup, enum screen_end end, int signal_number)
{
    const char *name = settings_text(wizard_settings(setup->wizard), SET_NAME);
    struct start_lines lines = {.items = NULL};

    switch (end) {
    case SCREEN_SAVED:
        printf(_("Saved %s/mailboxes/%s.json\n"), store_config_dir(setup->store), name);
        fflush(stdout);
        start_tell(&setup->start, &lines);
        start_lines_print(&lines);
        start_lines_free(&lines);
        return EXIT_DONE;
    case SCREEN_SIGNALLED:
        fprintf(stderr, _("letterbox: ended by signal %d; nothing was saved.\n"),
                signal_number);
        return EXIT_CANCELLED;
    default:
        fputs(_("Left without saving.\n"), stderr);
        return EXIT_CANCELLED;
    }
}

static int run_wizard(struct setup *setup, const struct options *options)
{
    enum screen_end end;
    int signal_number = 0;

    if (options->answers)
        return plain_answers(setup, options->answers, options->json);
    if (!has_screen(options))
        return plain_run(setup);
    end = screen_run(setup, &signal_number);
    if (end == SCREEN_IMPOSSIBLE)
        return plain_run(setup);
    return tell_end(setup, end, signal_number);
}

static int run(const struct options *options, struct store *store)
{
    struct setup setup = {0};
    struct err err = ERR_INIT;
    const char *name = options->words[0];
    int status;

    if (name && !mailbox_name_is_valid(name))
        return command_usage(
            &command_setup,
            _("%s is no command and no mailbox name. A name is lower-case "
              "letters, digits, dot, dash and underscore, 63 at most."),
            name);
    if (options->repair && !options->answers)
        return command_usage(&command_setup,
                             _("--repair goes with --answers. The screens offer a "
                               "repair on F3."));
    setup.is_asked = !options->answers;
    setup.skip_test = options->no_test;
    setup.save_untested = options->save_untested;
    setup.repair = options->repair;
    setup.ascii = charset_is_ascii(options->ascii);
    if (!setup_open(&setup, store, name, &err))
        return command_fail(&err);
    status = run_wizard(&setup, options);
    setup_close(&setup);
    return status;
}

const struct command command_setup = {
    .name = "setup",
    .usage = "[NAME] [--answers FILE|- [--repair]] [--plain] [--ascii] [--no-test] "
             "[--save-untested]",
    .summary = N_("the wizard: set up a mailbox, see it tested, save it"),
    .more = N_(
        "Asks for what reading a mailbox over IMAP takes, with Basic auth or OAuth\n"
        "(client credentials), tests it live, and saves it. An existing NAME is opened\n"
        "with its values. Without a terminal it asks with plain lines; with --answers\n"
        "it asks nothing."),
    .options = OPTION_ANSWERS | OPTION_PLAIN | OPTION_ASCII | OPTION_NO_TEST |
               OPTION_SAVE_UNTESTED | OPTION_JSON | OPTION_REPAIR,
    .most_words = 1,
    .run = run,
};
