#include "ui/commands/command.h"

#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <libetpan/libetpan.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "ui/exit_status.h"

static const struct command *const commands[] = {
    &command_setup, &command_test, &command_ingest, &command_status,   &command_messages,
    &command_token, &command_show, &command_list,   &command_provider,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

int command_fail(const struct err *err)
{
    if (err->key[0])
        fprintf(stderr, "letterbox: %s: %s\n", err->key, err->text);
    else
        fprintf(stderr, "letterbox: %s\n", err->text);
    return exit_status_of_err(err);
}

int command_usage(const struct command *command, const char *format, ...)
{
    va_list args;

    fputs("letterbox: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    if (command)
        fprintf(stderr, _("\nUsage: letterbox %s %s\n"), command->name, command->usage);
    else
        fputs(_("\nSee letterbox --help.\n"), stderr);
    return EXIT_USAGE;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int print_version(void)
{
    int major = 0, minor = 0;

    major = libetpan_get_version_major();
    minor = libetpan_get_version_minor();
    printf("letterbox %s\n", LETTERBOX_VERSION);
    printf("%s\n", curl_version());
    printf("GnuTLS %s, libetpan %d.%d, jansson %s, SQLite %s\n",
           gnutls_check_version(NULL), major, minor, jansson_version_str(),
           sqlite3_libversion());
    return EXIT_DONE;
}

static int print_help(void)
{
    puts(_("letterbox: set up inbound mail over IMAP, test it live, and fetch it.\n\n"
           "Usage: letterbox [setup] [NAME]\n"));
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i]->name, _(commands[i]->summary));
    puts(_("\nEach command has --help. Options of every command:"));
    options_print(0);
    return EXIT_DONE;
}

static int print_command_help(const struct command *command)
{
    printf(_("Usage: letterbox %s %s\n\n%s\n\n"), command->name, command->usage,
           _(command->more));
    options_print(command->options);
    puts(_("\nExit status: 0 done, 64 usage, 65 bad data, 69 server, 73 cannot write,\n"
           "75 try again later, 77 refused, 78 a setting must change, 130 cancelled."));
    return EXIT_DONE;
}

static int run(const struct command *command, const struct options *options)
{
    struct err err = ERR_INIT;
    struct store *store = store_open(options->config_dir, options->state_dir, &err);
    int status;

    if (!store)
        return command_fail(&err);
    status = command->run(options, store);
    store_close(&store);
    return status;
}

int command_main(int argc, char **argv)
{
    struct options options = {0};
    struct err err = ERR_INIT;
    const struct command *command = &command_setup;
    const char *foreign;
    unsigned given;

    if (!options_read(argc, argv, &options, &given, &err))
        return command_usage(NULL, "%s", err.text);
    if (options.version)
        return print_version();
    if (options.word_count > 0 && find(options.words[0])) {
        command = find(options.words[0]);
        options.words++;
        options.word_count--;
    } else if (options.help) {
        return print_help();
    }
    if (options.help)
        return print_command_help(command);
    foreign = options_not_taken(given, command->options);
    if (foreign)
        return command_usage(command, _("%s does not take --%s."), command->name,
                             foreign);
    if (options.word_count > command->most_words)
        return command_usage(command, _("There is a word too many: %s."),
                             options.words[command->most_words]);
    return run(command, &options);
}
