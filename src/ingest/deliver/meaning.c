#include "ingest/deliver/meaning.h"

#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/mem.h"

static const struct {
    const char *word;
    enum deliver_status status;
} words[] = {
    {"accepted", DELIVER_DONE},
    {"refused", DELIVER_REFUSED},
    {"later", DELIVER_LATER},
    {"hold", DELIVER_DOWN},
};

/* What follows `name` and "=" in the list; NULL when it is not there. */
static const char *value_of(char *const *pairs, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; pairs && pairs[i]; i++)
        if (strncmp(pairs[i], name, length) == 0 && pairs[i][length] == '=')
            return pairs[i] + length + 1;
    return NULL;
}

enum deliver_status meaning_of(const struct settings *settings, long status,
                               enum deliver_status rule, bool is_named)
{
    char **pairs = argv_split(settings_text(settings, SET_INGEST_STATUSES), NULL);
    char *number = mem_format("%ld", status);
    const char *word = value_of(pairs, number);

    if (!word && !is_named)
        word = value_of(pairs, "other");
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, word) == 0)
            rule = words[i].status;
    free(number);
    argv_free(&pairs);
    return rule;
}
