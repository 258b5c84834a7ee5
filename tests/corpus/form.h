/*
 * The form of a case: which members there are, and which words some of them take.  A
 * misspelt one would test something else without anybody noticing.
 */
#ifndef LETTERBOX_TESTS_CORPUS_FORM_H
#define LETTERBOX_TESTS_CORPUS_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Where in the corpus the reading is, for complaints. */
struct form_reader {
    FILE *out;
    const char *file;
    size_t number;    /* of the case in its file, from 1 */
    const char *name; /* its name, or NULL */
    bool wrong;
};

/* A line on reader->out: file, case, what is wrong, and (may be NULL) with which. */
void form_complain(struct form_reader *reader, const char *what, const char *which);

/* way: what stands under the case; NULL when it names none that there is. */
void form_check(struct form_reader *reader, const json_t *json, const json_t *way);

#endif
