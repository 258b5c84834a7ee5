#include "ui/repair_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

#define SENTENCE_MAX 4096

/* As it stands on the page: a choice by its label. */
static const char *value_label(const struct setup *setup, const struct field *field,
                               const char *value)
{
    size_t count;
    const struct choice *choices = field_choices(field, &setup->context, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(choices[i].value, value) == 0)
            return _(choices[i].label);
    }
    return value;
}

/* The field that a repair is for; NULL when no page of this choice asks for it. */
static const struct field *field_of(const struct setup *setup,
                                    const struct diagnosis_repair *repair)
{
    enum page_id page;
    size_t index;

    if (!steps_find(wizard_settings(setup->wizard), repair->field, &page, &index))
        return NULL;
    return &wizard_pages[page].fields[index];
}

static void add_offer(struct buf *out, const struct setup *setup,
                      const struct diagnosis_repair *repair)
{
    const struct field *field = field_of(setup, repair);

    if (!field)
        return;
    if (field->kind == FIELD_CHOICE)
        buf_add_format(out, _("sets %s to %s, "), _(field->label),
                       value_label(setup, field, repair->value));
    else
        buf_add_format(out, _("puts %s into %s, "), repair->value, _(field->label));
}

/* Another way of authentication asks for values of its own. */
static bool opens_questions(const struct setup *setup)
{
    for (size_t i = 0; i < setup->diagnosis->repair_count; i++) {
        if (setup->diagnosis->repairs[i].field == SET_AUTH_METHOD)
            return true;
    }
    return false;
}

char *repair_text_offer(const struct setup *setup)
{
    size_t count = setup_repair_count(setup);
    struct buf out;

    if (count == 0)
        return NULL;
    buf_init(&out, SENTENCE_MAX);
    buf_add_text(&out, _("F3 "));
    for (size_t i = 0; i < count; i++)
        add_offer(&out, setup, &setup->diagnosis->repairs[i]);
    buf_add_text(&out, opens_questions(setup)
                           ? _("asks for what is missing, and tests again.")
                           : _("and tests again."));
    return buf_take(&out);
}

char *repair_text_choice(const struct setup *setup)
{
    size_t count = setup_repair_count(setup);
    struct buf out;

    if (count == 0)
        return NULL;
    buf_init(&out, SENTENCE_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct diagnosis_repair *repair = &setup->diagnosis->repairs[i];
        const struct field *field = field_of(setup, repair);

        if (field)
            buf_add_format(&out,
                           out.length > 0 ? _(", %s into %s")
                                          : _("Repair and test again: put %s into %s"),
                           value_label(setup, field, repair->value), _(field->label));
    }
    return buf_take(&out);
}

char *repair_text_done(const struct setup *setup)
{
    size_t count = setup_repair_count(setup);
    struct buf out;

    buf_init(&out, SENTENCE_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct diagnosis_repair *repair = &setup->diagnosis->repairs[i];
        const struct field *field = field_of(setup, repair);

        if (field)
            buf_add_format(&out, _("%s%s was changed to %s."), out.length > 0 ? " " : "",
                           _(field->label), value_label(setup, field, repair->value));
    }
    return buf_take(&out);
}
