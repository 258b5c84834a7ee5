#include "wizard/notices.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "wizard/pasted.h"

static void notice_fill(struct notice *notice, enum notice_level level,
                        const char *format, va_list args)
{
    notice->level = level;
    vsnprintf(notice->text, sizeof notice->text, format, args);
    notice->key_line = strlen(notice->text);
}

void notice_warn(struct notice *notice, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    notice_fill(notice, NOTICE_WARNING, format, args);
    va_end(args);
}

void notice_inform(struct notice *notice, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    notice_fill(notice, NOTICE_INFO, format, args);
    va_end(args);
}

void notice_offer(struct notice *notice, enum setting_id id, const char *value,
                  const char *label, const char *sentence)
{
    size_t used = strlen(notice->text);

    if (strlen(value) >= sizeof notice->fix_value ||
        used + strlen(sentence) + 1 >= sizeof notice->text)
        return;
    notice->fix_for = id;
    snprintf(notice->fix_value, sizeof notice->fix_value, "%s", value);
    snprintf(notice->fix_label, sizeof notice->fix_label, "%s", label);
    notice->key_line = used;
    snprintf(notice->text + used, sizeof notice->text - used, "\n%s", sentence);
}

void notice_offer_value(struct notice *notice, enum setting_id id, const char *value,
                        const char *label)
{
    char *sentence = mem_format(_("F3 puts %s"), value);

    notice_offer(notice, id, value, label, sentence);
    free(sentence);
}

void notice_offer_also(struct notice *notice, enum setting_id id, const char *value)
{
    if (notice->fix_for == SET_NONE || strlen(value) >= sizeof notice->also_value)
        return;
    notice->also_for = id;
    snprintf(notice->also_value, sizeof notice->also_value, "%s", value);
}

/* The worst of what was found, in one sentence; F3 takes all of it away. */
static const char *sentence_of_traces(unsigned found)
{
    if (found & PASTED_LABEL)
        return _("The name of the value was copied along with it.");
    if (found & PASTED_QUOTES)
        return _("The quotes around this value were copied along with it.");
    if (found & PASTED_END)
        return _("The sign at the end was copied along with this value.");
    if (found & PASTED_INNER_BLANK)
        return _("There is a blank in this value, where none belongs.");
    if (found & PASTED_ODD_BLANK && !(found & (PASTED_BLANK | PASTED_INVISIBLE)))
        return _("There is a non-breaking blank or a tab in this value, which looks like "
                 "a blank and is none.");
    return _("There is a blank or an invisible character around or in this value: it "
             "often comes along when text is copied.");
}

void notice_traces(struct notice *notice, enum setting_id id, unsigned found,
                   const char *clean)
{
    notice_warn(notice, "%s", sentence_of_traces(found));
    notice_offer(notice, id, clean, _("remove it"), _("F3 removes it."));
}

void notice_method(const struct wizard_context *context, const struct settings *settings,
                   struct notice *notice)
{
    (void)context;
    if (settings_is(settings, SET_AUTH_METHOD, "basic"))
        notice_inform(notice, _("Exchange Online and Outlook.com no longer take Basic "
                                "auth for IMAP; for them choose OAuth."));
}

/* Processing */

void notice_on_success(const struct wizard_context *context,
                       const struct settings *settings, struct notice *notice)
{
    (void)context;
    if (settings_is(settings, SET_INGEST_ON_SUCCESS, "delete"))
        notice_inform(notice, _("Deleted for good: no copy stays in the mailbox."));
    else if (settings_is(settings, SET_INGEST_ON_SUCCESS, "keep"))
        notice_inform(notice, _("Nothing changes in the mailbox. letterbox remembers "
                                "what it has delivered."));
}

void notice_on_failure(const struct wizard_context *context,
                       const struct settings *settings, struct notice *notice)
{
    (void)context;
    if (settings_is(settings, SET_INGEST_ON_FAILURE, "delete"))
        notice_warn(notice, _("A message that could not be delivered would be lost for "
                              "good. Moving it keeps it for a person to look at."));
}
