/*
 * The answers file: one flat JSON object, keyed as the fields are.
 *
 * {"name": "support", "auth.method": "oauth", "oauth.client_secret": {"file": "/run/s"},
 * …}
 */
#ifndef LETTERBOX_WIZARD_ANSWERS_H
#define LETTERBOX_WIZARD_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/setting.h"

struct err;
struct err_list;

/* Reads over `settings` (which hold presets, or an existing mailbox).  given[id] tells
 * which keys were there.  Every error is added to `errors` with its key: an unknown key
 * names the nearest known one; a value of the wrong JSON type says which is right.  JSON
 * that does not parse is one error (ERR_DATA) with line and column.  false when there was
 * any error. */
bool answers_parse(const char *bytes, size_t length, struct settings *settings,
                   bool given[SET_COUNT], struct err_list *errors);

#endif
