/*
 * What is said beside a field although its value is valid, and the fix on F3: before
 * anything is sent, what is known not to work.  One function per field that has any.
 */
#ifndef LETTERBOX_WIZARD_NOTICES_H
#define LETTERBOX_WIZARD_NOTICES_H

#include "wizard/field.h"

/* Fill level and text; `format` is translated. */
void notice_warn(struct notice *notice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void notice_inform(struct notice *notice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Offers `value` for `id`: `label` is what the key line says, `sentence` the last line of
 * the text.  A value that is too long is not offered. */
void notice_offer(struct notice *notice, enum setting_id id, const char *value,
                  const char *label, const char *sentence);

/* The same with "F3 puts VALUE" as the sentence. */
void notice_offer_value(struct notice *notice, enum setting_id id, const char *value,
                        const char *label);

/* A second value that F3 puts with the one that is offered already. */
void notice_offer_also(struct notice *notice, enum setting_id id, const char *value);

/* What came along with a value (wizard/pasted.h), and F3 that puts `clean`. */
void notice_traces(struct notice *notice, enum setting_id id, unsigned found,
                   const char *clean);

#define NOTICE(name)                                                                     \
    void notice_##name(const struct wizard_context *context,                             \
                       const struct settings *settings, struct notice *notice)

NOTICE(method);
NOTICE(username);
NOTICE(tenant);
NOTICE(token_url);
NOTICE(client_id);
NOTICE(client_secret);
NOTICE(expiry);
NOTICE(provider);
NOTICE(scope);
NOTICE(proxy);
NOTICE(user);
NOTICE(host);
NOTICE(port);
NOTICE(consumer);
NOTICE(target);
NOTICE(http_fields);
NOTICE(on_success);
NOTICE(on_failure);

#undef NOTICE

#endif
