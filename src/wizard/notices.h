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

void notice_method(const struct wizard_context *context, const struct settings *settings,
                   struct notice *notice);
void notice_token_url(const struct wizard_context *context,
                      const struct settings *settings, struct notice *notice);
void notice_client_id(const struct wizard_context *context,
                      const struct settings *settings, struct notice *notice);
void notice_client_secret(const struct wizard_context *context,
                          const struct settings *settings, struct notice *notice);
void notice_scope(const struct wizard_context *context, const struct settings *settings,
                  struct notice *notice);
void notice_host(const struct wizard_context *context, const struct settings *settings,
                 struct notice *notice);
void notice_port(const struct wizard_context *context, const struct settings *settings,
                 struct notice *notice);
void notice_on_success(const struct wizard_context *context,
                       const struct settings *settings, struct notice *notice);
void notice_on_failure(const struct wizard_context *context,
                       const struct settings *settings, struct notice *notice);

#endif
