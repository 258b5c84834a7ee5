/*
 * Words for the JSON types of settings, shared by what reads them.
 */
#ifndef LETTERBOX_SETTINGS_JSON_VALUE_H
#define LETTERBOX_SETTINGS_JSON_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "settings/setting.h"

struct err;

/* {"stored"|"file"|"env"|"command": …}, or, where plain is allowed, a string.  `key`
 * names the setting in the error. */
bool secret_ref_from_json(struct secret_ref *ref, const json_t *value, const char *key,
                          struct err *err);

/* NULL for SECRET_UNSET and SECRET_TYPED: a typed secret never becomes JSON. */
json_t *secret_ref_to_json(const struct secret_ref *ref);

#endif
