/*
 * The commands: a table, one file each.
 */
#ifndef LETTERBOX_UI_COMMANDS_COMMAND_H
#define LETTERBOX_UI_COMMANDS_COMMAND_H

#include <stddef.h>

#include "base/err.h"
#include "settings/store.h"
#include "ui/commands/options.h"

struct command {
    const char *name;
    const char *usage;   /* what stands behind the name */
    const char *summary; /* N_(), one line */
    const char *more;    /* N_(), a paragraph for its --help */
    unsigned options;    /* bits of enum option_bit */
    int most_words;      /* behind the command's name */
    /* Returns the exit status.  options->words begin behind the command's name. */
    int (*run)(const struct options *options, struct store *store);
};

extern const struct command command_setup, command_test, command_ingest, command_status,
    command_messages, command_token, command_show, command_list, command_provider;

/* The whole program behind main(): finds the command, prints help, opens the store. */
int command_main(int argc, char **argv);

/* "letterbox: …" on standard error; returns its exit status. */
int command_fail(const struct err *err);

/* The same for a wrong command line, with a pointer to --help; returns 64. */
int command_usage(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
