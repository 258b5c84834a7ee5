/*
 * One value of an answer that is a form (application/x-www-form-urlencoded), as some
 * providers still give their errors: "error=invalid_client&error_description=…".  Pure.
 */
#ifndef LETTERBOX_OAUTH_FORM_VALUE_H
#define LETTERBOX_OAUTH_FORM_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Adds the decoded value of `name`; false when the form has none. */
bool form_value(const char *form, size_t length, const char *name, struct buf *out);

#endif
