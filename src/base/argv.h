/*
 * One line of words <-> an argument list, without a shell.
 *
 * Words are separated by blanks; "…" and '…' group, a backslash outside '…' takes the
 * next character as it is.  No variables, globs, pipes or redirections.  Used for a
 * command and for name=value lists, so that each is one line on a screen and a list in a
 * file.
 */
#ifndef LETTERBOX_BASE_ARGV_H
#define LETTERBOX_BASE_ARGV_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* A NULL-terminated list (argv_free); NULL with err set (ERR_SETTING) when a quote is
 * open. */
char **argv_split(const char *line, struct err *err);

/* The line that argv_split takes back to the same list; the caller's (free()). */
char *argv_join(char *const *words);

size_t argv_count(char *const *words);
char **argv_copy(char *const *words); /* NULL for NULL */
void argv_free(char ***words);        /* *words may be NULL; set to NULL */

#endif
