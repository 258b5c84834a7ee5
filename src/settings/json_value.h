/*
 * Words for the JSON types of settings, shared by what reads them.
 */
#ifndef LETTERBOX_SETTINGS_JSON_VALUE_H
#define LETTERBOX_SETTINGS_JSON_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "settings/setting.h"

struct err;

/* {"stored"|"file"|"env"|"command": …}, or a string (SECRET_TYPED; who reads a file in
 * which that is not allowed looks afterwards).  `key` names the setting in the error,
 * which never holds the value. */
bool secret_ref_from_json(struct secret_ref *ref, const json_t *value, const char *key,
                          struct err *err);

/* NULL for SECRET_UNSET and SECRET_TYPED: a typed secret never becomes JSON. */
json_t *secret_ref_to_json(const struct secret_ref *ref);

/* JSON from a file, as an object; NULL with err (ERR_DATA: line and column, never the
 * words that stand there, which may be a secret's). */
json_t *json_value_parse(const char *bytes, size_t length, struct err *err);

/* The text of a member, the caller's (free()); NULL when it is no text. */
char *json_value_text(const json_t *object, const char *key);
/* The words of an array (NULL: none), the caller's (argv_free()); NULL when one is no
 * line of text. */
char **json_value_words(const json_t *array);

/* One JSON value <-> one setting, shared by the saved file and the answers file.  In
 * answers a secret may be a plain string (SECRET_TYPED).  The error's key is the
 * setting's. */
bool setting_from_json(struct settings *settings, enum setting_id id, const json_t *value,
                       struct err *err);
json_t *setting_to_json(const struct settings *settings, enum setting_id id);

#endif
