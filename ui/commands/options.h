/*
 * The command line: one table of options, and which command takes which.
 */
#ifndef LETTERBOX_UI_COMMANDS_OPTIONS_H
#define LETTERBOX_UI_COMMANDS_OPTIONS_H

#include <stdbool.h>

struct err;

/* Bits: what a command takes beside the common options (directories, -v, --help). */
enum option_bit {
    OPTION_JSON = 1 << 0,
    OPTION_ALL = 1 << 1,
    OPTION_ANSWERS = 1 << 2,
    OPTION_PLAIN = 1 << 3,
    OPTION_ASCII = 1 << 4,
    OPTION_NO_TEST = 1 << 5,
    OPTION_SAVE_UNTESTED = 1 << 6,
    OPTION_ONCE = 1 << 7,
    OPTION_FORMAT = 1 << 8,
    OPTION_CA_FILE = 1 << 9,
    OPTION_REPLACE = 1 << 10,
    OPTION_REPORT = 1 << 11,
    OPTION_REPAIR = 1 << 12,
    OPTION_MASK = 1 << 13,
    OPTION_MAX_AGE = 1 << 14,
    OPTION_STATE = 1 << 15,
    OPTION_RETRY = 1 << 16,
    OPTION_LIMIT = 1 << 17,
    OPTION_METRICS = 1 << 18,
    OPTION_CONNECTIONS = 1 << 19,
};

struct options {
    const char *config_dir, *state_dir; /* NULL: not given */
    int verbose;
    bool help, version;
    bool json, all, plain, ascii, no_test, save_untested, once, replace, repair, mask;
    /* NULL: not given */
    const char *answers, *format, *ca_file, *report, *max_age, *state, *retry, *limit,
        *metrics, *connections;
    char **words; /* what is no option; NULL-terminated, borrowed */
    int word_count;
};

/* Reads argv (its words are moved to the end, as getopt_long does).  ERR_USAGE names the
 * option and, for one that is not known, the nearest. */
bool options_read(int argc, char **argv, struct options *options, unsigned *given,
                  struct err *err);

/* The first option of `given` that is not in `taken`, or NULL. */
const char *options_not_taken(unsigned given, unsigned taken);

/* Prints the options of a command for --help. */
void options_print(unsigned taken);

#endif
