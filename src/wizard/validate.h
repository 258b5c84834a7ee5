/*
 * Is a value possible?  One function per field that has more to it than its kind; each is
 * called with a value that is not empty, and says what is wrong and what to type.
 */
#ifndef LETTERBOX_WIZARD_VALIDATE_H
#define LETTERBOX_WIZARD_VALIDATE_H

#include "wizard/field.h"

#define VALIDATOR(name)                                                                  \
    bool validate_##name(const struct wizard_context *context,                           \
                         const struct settings *settings, struct err *err)

VALIDATOR(tenant);
VALIDATOR(token_url);
VALIDATOR(client_id);
VALIDATOR(expiry);
VALIDATOR(scope);
VALIDATOR(parameters);
VALIDATOR(proxy);
VALIDATOR(user);
VALIDATOR(host);
VALIDATOR(port);
VALIDATOR(ca_file);
VALIDATOR(timeout);
VALIDATOR(consumer);
VALIDATOR(target);
VALIDATOR(recipient);
VALIDATOR(http_secret_as);
VALIDATOR(http_message_field);
VALIDATOR(http_message_type);
VALIDATOR(http_fields);
VALIDATOR(http_headers);
VALIDATOR(statuses);
VALIDATOR(delivery_timeout);
VALIDATOR(max_megabytes);
VALIDATOR(success_folder);
VALIDATOR(failure_folder);
VALIDATOR(poll_seconds);
VALIDATOR(name);

#undef VALIDATOR

/* A number from `least` to `most`; false with a sentence. */
bool validate_is_between(const struct settings *settings, enum setting_id id, int least,
                         int most, struct err *err);

#endif
