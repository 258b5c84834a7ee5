/* A line of words: what was split is joined to a line that splits the same way. */
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/err.h"
#include "fuzz/fuzz.h"

static void check(char **words)
{
    char *line = argv_join(words);
    struct err err = ERR_INIT;
    char **again = argv_split(line, &err);
    size_t count = argv_count(words);

    fuzz_need_err(&err, false);
    FUZZ_NEED(again && argv_count(again) == count);
    for (size_t i = 0; i < count; i++)
        FUZZ_NEED(strcmp(words[i], again[i]) == 0);
    argv_free(&again);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *line = fuzz_rest(&input);
    struct err err = ERR_INIT;
    char **words = argv_split(line, &err);

    fuzz_need_err(&err, !words);
    if (words)
        check(words);
    argv_free(&words);
    free(line);
    return 0;
}
