#include "ui/commands/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/text.h"

enum { FLAG, WORD, COUNT };

struct option_row {
    const char *name;
    const char *argument; /* shown in --help; NULL: takes none */
    unsigned bit;         /* 0: every command takes it */
    char letter;
    int kind;
    size_t offset;
    const char *help;
};

#define AT(member) offsetof(struct options, member)

static const struct option_row rows[] = {
    {"answers", "FILE", OPTION_ANSWERS, 0, WORD, AT(answers),
     N_("read every answer from a JSON file (- for standard input)")},
    {"all", NULL, OPTION_ALL, 0, FLAG, AT(all), N_("every saved mailbox")},
    {"json", NULL, OPTION_JSON, 0, FLAG, AT(json),
     N_("for programs: JSON on standard output")},
    {"plain", NULL, OPTION_PLAIN, 0, FLAG, AT(plain),
     N_("line prompts instead of screens")},
    {"ascii", NULL, OPTION_ASCII, 0, FLAG, AT(ascii), N_("no characters beyond ASCII")},
    {"no-test", NULL, OPTION_NO_TEST, 0, FLAG, AT(no_test), N_("save without testing")},
    {"save-untested", NULL, OPTION_SAVE_UNTESTED, 0, FLAG, AT(save_untested),
     N_("save even when the test fails")},
    {"once", NULL, OPTION_ONCE, 0, FLAG, AT(once), N_("end when nothing unread is left")},
    {"connections", "N", OPTION_CONNECTIONS, 0, WORD, AT(connections),
     N_("to mail servers at a time (else 100)")},
    {"format", "FORMAT", OPTION_FORMAT, 0, WORD, AT(format), N_("raw, xoauth2 or json")},
    {"ca-file", "FILE", OPTION_CA_FILE, 0, WORD, AT(ca_file),
     N_("a PEM bundle that counts beside the system's")},
    {"replace", NULL, OPTION_REPLACE, 0, FLAG, AT(replace),
     N_("over one of the same name")},
    {"repair", NULL, OPTION_REPAIR, 0, FLAG, AT(repair),
     N_("change what is known to be wrong, and test again")},
    {"report", "FILE", OPTION_REPORT, 0, WORD, AT(report),
     N_("write the report to a file, for whoever must act")},
    {"mask", NULL, OPTION_MASK, 0, FLAG, AT(mask),
     N_("leave addresses, login names and messages out of it")},
    {"max-age", "SECONDS", OPTION_MAX_AGE, 0, WORD, AT(max_age),
     N_("how old the last success may be where nothing runs (3600)")},
    {"state", "STATE", OPTION_STATE, 0, WORD, AT(state),
     N_("delivering, deferred, delivered, refused or again")},
    {"limit", "N", OPTION_LIMIT, 0, WORD, AT(limit),
     N_("only the newest so many; 0 for all")},
    {"retry", "UID|all", OPTION_RETRY, 0, WORD, AT(retry),
     N_("put refused messages back, to be tried again")},
    {"metrics", "PLACE", OPTION_METRICS, 0, WORD, AT(metrics),
     N_("figures for Prometheus, in a FILE or at 127.0.0.1:PORT")},
    {"config-dir", "DIR", 0, 0, WORD, AT(config_dir),
     N_("settings (else LETTERBOX_CONFIG_DIR, /etc/letterbox, or your own)")},
    {"state-dir", "DIR", 0, 0, WORD, AT(state_dir),
     N_("the ingest's own files (else LETTERBOX_STATE_DIR, /var/lib/letterbox)")},
    {"verbose", NULL, 0, 'v', COUNT, AT(verbose), N_("say more on standard error")},
    {"help", NULL, 0, 'h', FLAG, AT(help), N_("this help")},
    {"version", NULL, 0, 0, FLAG, AT(version), N_("version and libraries")},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static void take(struct options *options, const struct option_row *row, char *argument)
{
    char *at = (char *)options + row->offset;

    switch (row->kind) {
    case FLAG:
        *(bool *)(void *)at = true;
        break;
    case WORD:
        *(const char **)(void *)at = argument;
        break;
    default:
        ++*(int *)(void *)at;
        break;
    }
}

static const struct option_row *row_of_letter(int letter)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].letter && rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

static const char *nearest_option(const char *given)
{
    const char *best = NULL;
    size_t least = 4;

    for (size_t i = 0; i < ROW_COUNT; i++) {
        size_t distance = text_distance(rows[i].name, given);
        if (distance < least) {
            least = distance;
            best = rows[i].name;
        }
    }
    return best;
}

static bool refuse(char *const *argv, int sign, struct err *err)
{
    const char *given = argv[optind - 1];
    const char *near;

    if (sign == ':')
        return err_set(err, ERR_USAGE, _("%s needs a value after it."), given);
    near = strncmp(given, "--", 2) == 0 ? nearest_option(given + 2) : NULL;
    if (near)
        return err_set(err, ERR_USAGE, _("There is no option %s. Did you mean --%s?"),
                       given, near);
    return err_set(err, ERR_USAGE, _("There is no option %s. See letterbox --help."),
                   given);
}

bool options_read(int argc, char **argv, struct options *options, unsigned *given,
                  struct err *err)
{
    struct option list[ROW_COUNT + 1] = {{0}};
    int sign, index = 0;

    for (size_t i = 0; i < ROW_COUNT; i++) {
        list[i].name = rows[i].name;
        list[i].has_arg = rows[i].argument ? required_argument : no_argument;
        list[i].val = 0;
    }
    *given = 0;
    opterr = 0;
    while ((sign = getopt_long(argc, argv, ":vh", list, &index)) != -1) {
        const struct option_row *row = sign == 0 ? &rows[index] : row_of_letter(sign);
        if (!row)
            return refuse(argv, sign, err);
        take(options, row, optarg);
        *given |= row->bit;
    }
    options->words = argv + optind;
    options->word_count = argc - optind;
    return true;
}

const char *options_not_taken(unsigned given, unsigned taken)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].bit & given & ~taken)
            return rows[i].name;
    return NULL;
}

void options_print(unsigned taken)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char name[48];
        if (rows[i].bit && !(rows[i].bit & taken))
            continue;
        snprintf(name, sizeof name, "--%s %s", rows[i].name,
                 rows[i].argument ? rows[i].argument : "");
        printf("  %-20s %s\n", name, _(rows[i].help));
    }
}
