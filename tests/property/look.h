/*
 * What must hold of every byte that the program gave, whoever it spoke with.
 */
#ifndef LETTERBOX_TESTS_PROPERTY_LOOK_H
#define LETTERBOX_TESTS_PROPERTY_LOOK_H

#include <jansson.h>
#include <stddef.h>

#include "property/home.h"

/* The secrets of support/echo and their SASL lines are in no spelling in there.  `what`
 * is said when they are. */
void look_for_secrets(const char *what, const char *bytes, size_t length);
/* UTF-8 without a control character but the newline. */
void look_for_controls(const char *what, const char *bytes, size_t length);

/* Both, at standard output and error, and that it ended by itself. */
void look_at_run(const char *what, const struct home_run *run);
/* Secrets, in every file below the home but those of home_run and what is there to hold
 * one, which only its owner may read. */
void look_at_files(const char *what, struct home *home);

/* The document of `test --json`: it parses, is clean in every string, and says ok or has
 * a diagnosis with a code and a title.  The caller's (json_decref). */
json_t *look_at_json(const char *what, const struct home_run *run);
/* The diagnosis's code; "" when it is ok. */
const char *look_code(const json_t *document);

#endif
