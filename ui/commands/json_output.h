/*
 * JSON on standard output, and the objects that several commands share.
 */
#ifndef LETTERBOX_UI_COMMANDS_JSON_OUTPUT_H
#define LETTERBOX_UI_COMMANDS_JSON_OUTPUT_H

#include <jansson.h>

#include "base/err.h"

/* Prints one document and a newline.  Takes `document`. */
void json_print(json_t *document);

/* The same on one line, which stays whole beside other threads' lines. */
void json_print_line(json_t *document);

/* [{"key": …, "message": …}, …] */
json_t *json_of_errors(const struct err_list *errors);

/* {"mailbox": NAME, "ok": false, "errors": [the one]} */
json_t *json_of_failure(const char *name, const struct err *err);

#endif
