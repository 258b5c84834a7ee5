/*
 * The program itself, on pipes: its standard output, standard error and exit status.
 */
#ifndef LETTERBOX_TESTS_PROGRAM_H
#define LETTERBOX_TESTS_PROGRAM_H

#include "support/scratch/scratch.h"

struct program_outcome {
    int status;
    char *out, *err;
};

/* Runs "letterbox COMMAND --config-dir SCRATCH/config OPTIONS" (words as base/argv.h has
 * them) in the scratch directory, with `input` on standard input; fails the test when it
 * does not exit. */
struct program_outcome program_run(const struct scratch *scratch, const char *command,
                                   const char *options, const char *input);
void program_outcome_free(struct program_outcome *outcome);

#endif
