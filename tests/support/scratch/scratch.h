/*
 * A directory for one test, and a look at what is in it.  Faults end the test.
 */
#ifndef LETTERBOX_TESTS_SCRATCH_SCRATCH_H
#define LETTERBOX_TESTS_SCRATCH_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#define SCRATCH_PATH_MAX 512

struct scratch {
    char path[SCRATCH_PATH_MAX];
};

void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch); /* with all that is in it */

/* "PATH/name"; valid until the fourth next call. */
const char *scratch_at(const struct scratch *scratch, const char *name);

void scratch_write(const struct scratch *scratch, const char *name, const char *bytes,
                   size_t length);
/* A shell script that may be run. */
void scratch_script(const struct scratch *scratch, const char *name, const char *text);

/* The whole file, terminated, the caller's (free()); NULL when it is not there.  length
 * may be NULL. */
char *scratch_read(const struct scratch *scratch, const char *name, size_t *length);

/* How many entries a directory holds; 0 when it is not there. */
size_t scratch_count(const struct scratch *scratch, const char *name);

/* Names in a directory, in order, the caller's (argv_free). */
char **scratch_names(const struct scratch *scratch, const char *name);

#endif
