#include "wizard/consuming.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "wizard/notices.h"
#include "wizard/validate.h"

enum { EXPLAIN_MAX = 8 * 1024 };

struct choice *consuming_choices(const struct consumers *consumers)
{
    struct choice *choices = mem_new(consumers->count + 1, sizeof *choices);

    for (size_t i = 0; i < consumers->count; i++)
        choices[i] = (struct choice){consumers->list[i].id, consumers->list[i].label,
                                     consumers->list[i].hint};
    return choices;
}

const struct consumer *consuming_find(const struct wizard_context *context,
                                      const char *id)
{
    return context->consumers && id[0] ? consumer_find(context->consumers, id, NULL)
                                       : NULL;
}

const struct consumer *consuming_chosen(const struct wizard_context *context,
                                        const struct settings *settings)
{
    return consuming_find(context, settings_text(settings, SET_INGEST_CONSUMER));
}

void consuming_infer(const struct consumers *consumers, struct settings *settings)
{
    const char *way = settings_text(settings, SET_INGEST_DELIVER);

    if (settings_text(settings, SET_INGEST_CONSUMER)[0])
        return;
    for (size_t i = 0; i < consumers->count; i++) {
        const struct consumer *consumer = &consumers->list[i];

        if (!consumer->is_way ||
            !settings_is(&consumer->settings, SET_INGEST_DELIVER, way))
            continue;
        settings_set(settings, SET_INGEST_CONSUMER, consumer->id);
        return;
    }
}

static void list_ids(const struct consumers *consumers, struct buf *list)
{
    for (size_t i = 0; i < consumers->count; i++)
        buf_add_format(list, "%s%s", i ? ", " : "", consumers->list[i].id);
}

bool consuming_is_known(const struct wizard_context *context, const char *id,
                        struct err *err)
{
    const struct consumer *nearest = NULL;
    struct buf list;

    if (!context->consumers || consumer_find(context->consumers, id, &nearest))
        return true;
    if (nearest)
        return err_set(err, ERR_SETTING,
                       _("\"%.60s\" is no application that letterbox knows. Did you mean "
                         "\"%s\"?"),
                       id, nearest->id);
    buf_init(&list, 400);
    list_ids(context->consumers, &list);
    err_set(err, ERR_SETTING,
            _("\"%.60s\" is no application that letterbox knows. It knows %s."), id,
            list.data);
    buf_free(&list);
    return false;
}

/* "<queue> (the queue's name, such as General) and <host> (…)"; empty when all is
 * filled. */
static void list_blanks(const struct consumer *consumer, const char *text,
                        struct buf *list)
{
    for (size_t i = 0; i < consumer->blank_count; i++) {
        const struct consumer_blank *blank = &consumer->blanks[i];
        char *sign = mem_format("<%s>", blank->name);

        if (strstr(text, sign))
            buf_add_format(list, _("%s%s (%s, such as %s)"),
                           list->length ? _(" and ") : "", sign, _(blank->means),
                           blank->example);
        free(sign);
    }
}

bool consuming_is_filled(const struct wizard_context *context,
                         const struct settings *settings, enum setting_id id,
                         struct err *err)
{
    const struct consumer *consumer = consuming_chosen(context, settings);
    struct buf list;
    bool filled;

    if (!consumer)
        return true;
    buf_init(&list, NOTICE_TEXT_MAX / 2);
    list_blanks(consumer, settings_text(settings, id), &list);
    filled = list.length == 0 ||
             err_set(err, ERR_SETTING, _("Still to be replaced: %s."), list.data);
    buf_free(&list);
    return filled;
}

/* What must be replaced stands there as soon as it was filled in, not only when the field
 * is left. */
static bool warn_of_blanks(const struct wizard_context *context,
                           const struct settings *settings, enum setting_id id,
                           struct notice *notice)
{
    struct err err = ERR_INIT;

    if (consuming_is_filled(context, settings, id, &err))
        return false;
    notice_warn(notice, "%s", err.text);
    return true;
}

void notice_target(const struct wizard_context *context, const struct settings *settings,
                   struct notice *notice)
{
    const struct consumer *consumer = consuming_chosen(context, settings);
    const char *target = settings_text(settings, SET_INGEST_TARGET);

    if (!consumer || warn_of_blanks(context, settings, SET_INGEST_TARGET, notice) ||
        !consumer->mark || strstr(target, consumer->mark))
        return;
    notice_warn(notice, _("%s wants \"%s\" in it, which is not there."),
                _(consumer->label), consumer->mark);
    notice_offer(notice, SET_INGEST_TARGET,
                 settings_text(&consumer->settings, SET_INGEST_TARGET),
                 _("begin anew with its own"), _("F3 puts its own there to begin with."));
}

void notice_http_fields(const struct wizard_context *context,
                        const struct settings *settings, struct notice *notice)
{
    warn_of_blanks(context, settings, SET_INGEST_HTTP_FIELDS, notice);
}

void notice_consumer(const struct wizard_context *context,
                     const struct settings *settings, struct notice *notice)
{
    const struct consumer *consumer = consuming_chosen(context, settings);
    struct buf needs;

    if (!consumer || !consumer->needs[0])
        return;
    buf_init(&needs, NOTICE_TEXT_MAX - 1);
    for (size_t i = 0; consumer->needs[i]; i++)
        buf_add_format(&needs, "%s%s", i ? " " : "", _(consumer->needs[i]));
    notice_inform(notice, "%s", needs.data);
    buf_free(&needs);
}

bool validate_consumer(const struct wizard_context *context,
                       const struct settings *settings, struct err *err)
{
    const struct consumer *consumer = consuming_chosen(context, settings);
    const char *way;

    if (!consumer)
        return true;
    way = settings_text(&consumer->settings, SET_INGEST_DELIVER);
    return settings_is(settings, SET_INGEST_DELIVER, way) ||
           err_set(err, ERR_SETTING,
                   _("%s gets its messages by %s, but ingest.deliver is %s. Choose "
                     "another application, or that way."),
                   _(consumer->label), way, settings_text(settings, SET_INGEST_DELIVER));
}

static void add_paragraphs(char *const *list, struct buf *text)
{
    for (size_t i = 0; list[i]; i++)
        buf_add_format(text, "\n%s", _(list[i]));
}

char *consuming_explain(const struct wizard_context *context,
                        const struct settings *settings)
{
    const struct consumer *consumer = consuming_chosen(context, settings);
    struct buf text;

    if (!consumer)
        return NULL;
    buf_init(&text, EXPLAIN_MAX);
    buf_add_format(&text, "%s: %s.", _(consumer->label), _(consumer->hint));
    add_paragraphs(consumer->needs, &text);
    add_paragraphs(consumer->more, &text);
    return buf_take(&text);
}
