#include "ui/plain/prompts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "base/secret.h"
#include "base/text.h"

unsigned prompts_send(struct prompts *prompts, enum wizard_event_kind kind)
{
    struct wizard_event event = {.kind = kind};

    return wizard_update(prompts->setup->wizard, &event);
}

static void edit(struct prompts *prompts, const struct field *field)
{
    struct wizard_event event = {.kind = WIZARD_EDIT, .setting = field->setting};
    struct secret *secret = NULL;

    if (field->kind == FIELD_SECRET) {
        secret = secret_new(prompts->line.data, prompts->line.length);
        event.secret = secret;
    } else {
        event.text = prompts->line.data;
    }
    wizard_update(prompts->setup->wizard, &event);
    secret_free(&secret);
}

static const struct settings *values(const struct prompts *prompts)
{
    return wizard_settings(prompts->setup->wizard);
}

static const char *text_of(const struct prompts *prompts, const struct field *field)
{
    return settings_text(values(prompts), field->setting);
}

/* A line into prompts->line; a line that is too long is said and asked for again. */
static enum prompt_end read_line(struct prompts *prompts, bool hidden)
{
    for (;;) {
        enum line_end end = hidden ? lines_read_hidden(&prompts->lines, &prompts->line)
                                   : lines_read(&prompts->lines, &prompts->line);

        if (end == LINE_CLOSED)
            return PROMPT_END;
        if (end == LINE_READ && !memchr(prompts->line.data, 0, prompts->line.length))
            return strcmp(prompts->line.data, "<") == 0 ? PROMPT_BACK : PROMPT_DONE;
        fprintf(stderr, "  %s\n", _("That line cannot be used. Once more:"));
    }
}

enum prompt_end prompts_ask_yes(struct prompts *prompts, const char *question,
                                bool preset, bool *yes)
{
    for (;;) {
        const char *line;
        enum prompt_end end;

        fprintf(stderr, "%s [%s] ", question, preset ? _("Y/n") : _("y/N"));
        end = read_line(prompts, false);
        line = prompts->line.data;
        *yes = preset;
        if (end != PROMPT_DONE || line[0] == '\0')
            return end;
        *yes = strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0 ||
               strcasecmp(line, _("y")) == 0 || strcasecmp(line, _("yes")) == 0;
        if (*yes || strcasecmp(line, "n") == 0 || strcasecmp(line, "no") == 0 ||
            strcasecmp(line, _("n")) == 0 || strcasecmp(line, _("no")) == 0)
            return PROMPT_DONE;
    }
}

/* Choices */

static void print_choices(const struct choice *choices, size_t count)
{
    int widest = 0;

    for (size_t i = 0; i < count; i++) {
        int width = text_width(_(choices[i].label));

        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; i < count; i++) {
        const char *label = _(choices[i].label);
        const char *hint =
            choices[i].hint && choices[i].hint[0] ? _(choices[i].hint) : "";

        fprintf(stderr, "  %*zu  %s", count > 9 ? 2 : 1, i + 1, label);
        if (hint[0])
            fprintf(stderr, "%*s  %s", widest - text_width(label), "", hint);
        fputc('\n', stderr);
    }
}

static size_t find_choice(const struct choice *choices, size_t count, const char *line)
{
    char *end;
    unsigned long number = strtoul(line, &end, 10);

    if (line[0] >= '0' && line[0] <= '9' && *end == '\0' && number >= 1 &&
        number <= count)
        return number - 1;
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(line, choices[i].value) == 0 ||
            strcasecmp(line, choices[i].label) == 0 ||
            strcasecmp(line, _(choices[i].label)) == 0)
            return i;
    }
    return count;
}

/* "Choose [1]: "; nothing in the brackets when preset is count. */
static void print_choose(size_t count, size_t preset)
{
    if (preset < count)
        fprintf(stderr, "%s [%zu]: ", _("Choose"), preset + 1);
    else
        fprintf(stderr, "%s: ", _("Choose"));
}

enum prompt_end prompts_ask_choice(struct prompts *prompts, const struct choice *choices,
                                   size_t count, size_t preset, size_t *chosen)
{
    print_choices(choices, count);
    for (;;) {
        enum prompt_end end;

        print_choose(count, preset);
        end = read_line(prompts, false);
        if (end != PROMPT_DONE)
            return end;
        *chosen = prompts->line.length == 0
                      ? preset
                      : find_choice(choices, count, prompts->line.data);
        if (*chosen < count)
            return PROMPT_DONE;
        fprintf(stderr, _("  Enter a number from 1 to %zu, or a name from the list.\n"),
                count);
    }
}

/* Fields */

static bool is_chosen(const struct field *field)
{
    return field->kind == FIELD_CHOICE || field->kind == FIELD_PROVIDER ||
           field->kind == FIELD_CONSUMER;
}

static void print_help(const struct prompts *prompts, const struct field *field)
{
    char *explained =
        field->explain
            ? field->explain(wizard_context_of(prompts->setup->wizard), values(prompts))
            : NULL;

    lines_print(2, _(field->help));
    if (field->more)
        lines_print(2, _(field->more));
    if (explained)
        lines_print(2, explained);
    free(explained);
}

static void print_secret_prompt(const struct prompts *prompts, const struct field *field)
{
    const struct secret_ref *ref = settings_secret_const(values(prompts), field->setting);

    switch (ref->place) {
    case SECRET_UNSET:
        fprintf(stderr, "%s: ", _(field->label));
        break;
    case SECRET_TYPED:
        fprintf(stderr, "%s [%s]: ", _(field->label), _("keep what was entered"));
        break;
    case SECRET_STORED:
        fprintf(stderr, "%s [%s]: ", _(field->label), _("keep the stored secret"));
        break;
    case SECRET_FILE:
    case SECRET_ENV:
    case SECRET_COMMAND:
        fprintf(stderr, "%s [%s]: ", _(field->label), _("keep where it comes from"));
        break;
    }
}

static void print_prompt(const struct prompts *prompts, const struct field *field)
{
    const char *value = text_of(prompts, field);
    size_t count;
    const struct choice *choices =
        field_choices(field, wizard_context_of(prompts->setup->wizard), &count);

    if (field->kind == FIELD_SECRET)
        print_secret_prompt(prompts, field);
    else if (is_chosen(field))
        print_choose(count, find_choice(choices, count, value));
    else if (field->kind == FIELD_SWITCH)
        fprintf(stderr, "%s [%s]: ", _(field->label),
                strcmp(value, "true") == 0 ? _("yes") : _("no"));
    else if (value[0] == '\0')
        fprintf(stderr, "%s: ", _(field->label));
    else if (field->flags & FIELD_REQUIRED)
        fprintf(stderr, "%s [%s]: ", _(field->label), value);
    else
        fprintf(stderr, "%s [%s, %s]: ", _(field->label), value, _("- for none"));
}

static void put_line(struct prompts *prompts, const char *text)
{
    buf_clear(&prompts->line);
    buf_add_text(&prompts->line, text);
}

/* Makes the value out of the words that a prompt takes for it; false when it is none. */
static bool translate_line(struct prompts *prompts, const struct field *field)
{
    const char *line = prompts->line.data;
    size_t count;
    const struct choice *choices =
        field_choices(field, wizard_context_of(prompts->setup->wizard), &count);

    if (is_chosen(field)) {
        size_t found = find_choice(choices, count, line);

        if (found == count)
            return false;
        put_line(prompts, choices[found].value);
    } else if (field->kind == FIELD_SWITCH) {
        if (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0 ||
            strcasecmp(line, _("yes")) == 0)
            put_line(prompts, "true");
        else if (strcasecmp(line, "n") == 0 || strcasecmp(line, "no") == 0 ||
                 strcasecmp(line, _("no")) == 0)
            put_line(prompts, "false");
    } else if (field->kind == FIELD_TEXT && !(field->flags & FIELD_REQUIRED) &&
               strcmp(line, "-") == 0) {
        put_line(prompts, "");
    }
    return true;
}

static bool is_valid(const struct prompts *prompts, const struct field *field,
                     struct err *err)
{
    return field_check(field, wizard_context_of(prompts->setup->wizard), values(prompts),
                       err);
}

/* What stands under the field: its notice, without the line that names a key.  Where an
 * error stands already the notice has nothing to add.  false when it was said before. */
static bool print_notice(struct prompts *prompts, const struct field *field,
                         struct notice *notice)
{
    notice->text[notice->key_line] = '\0';
    if (strcmp(notice->text, prompts->noticed) == 0)
        return false;
    snprintf(prompts->noticed, sizeof prompts->noticed, "%s", notice->text);
    if (notice->level != NOTICE_NONE &&
        (is_valid(prompts, field, NULL) || !prompts->tried))
        lines_print(2, notice->text);
    return true;
}

/* A value of another field does not stand "instead" of this one's. */
static enum prompt_end ask_fix(struct prompts *prompts, const struct field *field,
                               const struct notice *notice, bool *yes)
{
    char question[400];

    if (notice->fix_value[0] && notice->fix_for == field->setting &&
        setting_defs[notice->fix_for].kind == SETTING_TEXT)
        snprintf(question, sizeof question, _("  Put %s instead?"), notice->fix_value);
    else
        snprintf(question, sizeof question, _("  Repair it (%s)?"), notice->fix_label);
    return prompts_ask_yes(prompts, question, true, yes);
}

/* Says what is to be said of the value as it stands, and asks about the fixes that are
 * offered, until there is none or one is declined. */
static enum prompt_end tell_notices(struct prompts *prompts, const struct field *field)
{
    const struct wizard_context *context = wizard_context_of(prompts->setup->wizard);
    enum prompt_end end = PROMPT_DONE;
    bool yes = true;

    while (end == PROMPT_DONE && yes) {
        struct notice notice = field_notice(field, context, values(prompts));

        if (!print_notice(prompts, field, &notice) || notice.fix_for == SET_NONE)
            return PROMPT_DONE;
        end = ask_fix(prompts, field, &notice, &yes);
        if (end == PROMPT_DONE && yes)
            prompts_send(prompts, WIZARD_FIX);
    }
    return end;
}

/* After a line was taken: says what is wrong with the value or to be known of it; *again
 * when it is to be asked for once more. */
static enum prompt_end settle_field(struct prompts *prompts, const struct field *field,
                                    bool *again)
{
    struct err err = ERR_INIT;
    enum prompt_end end;

    prompts->tried = true;
    if (!is_valid(prompts, field, &err))
        lines_print(2, err.text);
    end = tell_notices(prompts, field);
    *again = !is_valid(prompts, field, NULL);
    if (end == PROMPT_DONE && !*again)
        prompts_send(prompts, WIZARD_FOCUS_NEXT);
    return end;
}

/* One prompt and one line; *again when nothing came of it. */
static enum prompt_end ask_once(struct prompts *prompts, const struct field *field,
                                bool *again)
{
    enum prompt_end end;

    print_prompt(prompts, field);
    end = read_line(prompts, field->kind == FIELD_SECRET);
    *again = true;
    if (end != PROMPT_DONE)
        return end;
    if (strcmp(prompts->line.data, "?") == 0) {
        print_help(prompts, field);
        return PROMPT_DONE;
    }
    if (prompts->line.length > 0) {
        if (!translate_line(prompts, field)) {
            fprintf(stderr, "  %s\n", _("Enter a number or a name from the list."));
            return PROMPT_DONE;
        }
        edit(prompts, field);
    }
    return settle_field(prompts, field, again);
}

enum prompt_end prompts_ask_field(struct prompts *prompts, const struct field *field)
{
    enum prompt_end end;
    bool again = true;
    size_t count;
    const struct choice *choices =
        field_choices(field, wizard_context_of(prompts->setup->wizard), &count);

    if (is_chosen(field)) {
        fprintf(stderr, "%s\n", _(field->label));
        print_choices(choices, count);
    }
    /* What stands there already may have something said about it. */
    prompts->noticed[0] = '\0';
    prompts->tried = false;
    end = tell_notices(prompts, field);
    while (end == PROMPT_DONE && again)
        end = ask_once(prompts, field, &again);
    return end;
}
