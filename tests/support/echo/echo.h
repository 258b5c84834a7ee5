/*
 * A secret as a hostile or careless server may write it back, and a look at whether it is
 * in what a program showed.
 *
 * Nothing of this is the program's own code: what is looked for here is written here.
 */
#ifndef LETTERBOX_TESTS_ECHO_ECHO_H
#define LETTERBOX_TESTS_ECHO_ECHO_H

#include <stddef.h>

/* Secrets with characters that every escape changes. */
#define ECHO_SECRET   "Kanarie7+Gold/Vogel&9~Ei<\"x\">"
#define ECHO_PASSWORD "Pa5]s \"w&rd+/%\\=t!"
/* What RFC 6750 allows in a token: opaque, so that no pattern tells that it is one. */
#define ECHO_TOKEN "opaque-Kiebitz.3+Nest/Moor~Ried_88=="

/* A spelling that is of more than the secret: who hides that alone does not find it. */
#define ECHO_OF_LINE "base64 of the SASL line"

size_t echo_count(void);
/* How it is written: "as HTML, with names". */
const char *echo_name(size_t which);
/* The secret so written, on one line unless the name says that it is folded; the caller's
 * (free()). */
char *echo_write(size_t which, const char *secret);

/* What of the secret stands in these bytes: a name as above, or NULL.  Parts of it are
 * found as well. */
const char *echo_find(const char *bytes, size_t length, const char *secret);

#endif
