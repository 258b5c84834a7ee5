#include "wizard/field.h"

#include <limits.h>
#include <string.h>
#include <unistr.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/text.h"
#include "wizard/notices.h"

/* Longer than any true value; an accident of the clipboard is said so. */
#define FIELD_TEXT_MAX 4096

struct range {
    ucs4_t first, last;
};

static bool is_in(ucs4_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

static bool is_blank(ucs4_t c)
{
    static const struct range blanks[] = {
        {'\t', '\r'},     {' ', ' '},       {0x00a0, 0x00a0}, {0x2000, 0x200a},
        {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
    };

    return is_in(c, blanks, sizeof blanks / sizeof *blanks);
}

/* Zero-width and direction marks: web pages put them into what is copied. */
static bool is_invisible(ucs4_t c)
{
    static const struct range marks[] = {
        {0x00ad, 0x00ad}, {0x200b, 0x200f}, {0x202a, 0x202e},
        {0x2060, 0x2064}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
    };

    return is_in(c, marks, sizeof marks / sizeof *marks);
}

/* The text without blanks around it and without invisible characters anywhere, into
 * `out`. The buffer wipes, because the text may be a secret. */
static void clean_text(struct buf *out, const char *text)
{
    size_t keep = 0; /* up to the last character that is no blank */
    size_t left = strlen(text);

    buf_init_secret(out, left);
    while (left > 0) {
        ucs4_t c = 0;
        int length = u8_mbtouc(&c, (const uint8_t *)text, left);
        bool blank = is_blank(c);

        if (!is_invisible(c) && !(blank && out->length == 0)) {
            buf_add(out, text, (size_t)length);
            if (!blank)
                keep = out->length;
        }
        text += length;
        left -= (size_t)length;
    }
    buf_truncate(out, keep);
}

/* Lists of words are split at blanks, so blanks around them mean nothing. */
static bool must_be_clean(const struct field *field)
{
    enum setting_kind kind = setting_defs[field->setting].kind;

    return kind == SETTING_TEXT || kind == SETTING_NUMBER;
}

static bool is_empty(const struct field *field, const struct settings *settings)
{
    const struct secret_ref *ref = settings_secret_const(settings, field->setting);

    if (!ref)
        return settings_text(settings, field->setting)[0] == '\0';
    return ref->place == SECRET_UNSET ||
           (ref->place == SECRET_TYPED && secret_length(ref->value) == 0);
}

static bool refuse_empty(const struct field *field, const struct wizard_context *context,
                         struct err *err)
{
    if (field->kind == FIELD_PROVIDER && context->provider_count == 0)
        return err_set(err, ERR_SETTING,
                       _("There is no OpenID provider yet. Add one with "
                         "\"letterbox provider add FILE\", or choose Custom."));
    if (field->kind == FIELD_CHOICE || field->kind == FIELD_PROVIDER)
        return err_set(err, ERR_SETTING, _("Choose one."));
    return err_set(err, ERR_SETTING, _("\"%s\" is missing."), _(field->label));
}

static bool refuse_choice(const struct choice *choices, size_t count, const char *value,
                          struct err *err)
{
    struct buf list;

    buf_init(&list, 400);
    for (size_t i = 0; i < count; i++)
        buf_add_format(&list, "%s%s", i ? ", " : "", choices[i].value);
    err_set(err, ERR_SETTING, _("\"%.60s\" is none of the choices: %s."), value,
            list.data);
    buf_free(&list);
    return false;
}

static bool is_choice(const struct choice *choices, size_t count, const char *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(choices[i].value, value) == 0)
            return true;
    }
    return false;
}

static bool check_kind(const struct field *field, const struct wizard_context *context,
                       const struct settings *settings, struct err *err)
{
    const char *value = settings_text(settings, field->setting);
    const struct choice *choices;
    size_t count;

    switch (field->kind) {
    case FIELD_NUMBER:
        return settings_number(settings, field->setting, INT_MIN) != INT_MIN ||
               err_set(err, ERR_SETTING, _("Enter a whole number."));
    case FIELD_SWITCH:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
               err_set(err, ERR_SETTING, _("This is either \"true\" or \"false\"."));
    case FIELD_CHOICE:
    case FIELD_PROVIDER:
        choices = field_choices(field, context, &count);
        return is_choice(choices, count, value) ||
               refuse_choice(choices, count, value, err);
    case FIELD_TEXT:
    case FIELD_SECRET:
        break;
    }
    return true;
}

static bool check_text(const struct field *field, const struct settings *settings,
                       struct err *err)
{
    const char *value = settings_text(settings, field->setting);
    struct buf clean;
    bool good = true;

    clean_text(&clean, value);
    if (strlen(value) > FIELD_TEXT_MAX)
        good = err_set(err, ERR_SETTING, _("This is too long: at most %d bytes."),
                       FIELD_TEXT_MAX);
    else if (must_be_clean(field) && strcmp(clean.data, value) != 0)
        good = err_set(err, ERR_SETTING,
                       _("There is a blank or an invisible character around or in "
                         "this value. Remove it."));
    else if (!text_is_clean(value))
        good = err_set(err, ERR_SETTING,
                       _("There is a control character in this value, "
                         "or it is not valid UTF-8."));
    buf_free(&clean);
    return good;
}

static bool check_value(const struct field *field, const struct wizard_context *context,
                        const struct settings *settings, struct err *err)
{
    if (is_empty(field, settings))
        return !(field->flags & FIELD_REQUIRED) || refuse_empty(field, context, err);
    if (field->kind != FIELD_SECRET && !check_text(field, settings, err))
        return false;
    /* A choice's own sentence is better than "none of the choices"; a number's validator
     * wants a number. */
    if (field->kind == FIELD_CHOICE && field->validate &&
        !field->validate(context, settings, err))
        return false;
    if (!check_kind(field, context, settings, err))
        return false;
    return field->kind == FIELD_CHOICE || !field->validate ||
           field->validate(context, settings, err);
}

bool field_check(const struct field *field, const struct wizard_context *context,
                 const struct settings *settings, struct err *err)
{
    struct err found = ERR_INIT;

    if (check_value(field, context, settings, &found))
        return true;
    return err_set_key(err, ERR_SETTING, setting_defs[field->setting].key, "%s",
                       found.text);
}

/* Also for a secret: where the blanks are is said, what it is is not. */
static bool notice_blanks(const struct field *field, const struct settings *settings,
                          struct notice *notice)
{
    const struct secret_ref *ref = settings_secret_const(settings, field->setting);
    const char *value = settings_text(settings, field->setting);
    struct buf clean;
    bool found;

    if (!ref && !must_be_clean(field))
        return false;
    if (ref)
        value = ref->place == SECRET_TYPED ? secret_bytes(ref->value) : "";
    clean_text(&clean, value);
    found = strcmp(clean.data, value) != 0 &&
            (ref || clean.length < sizeof notice->fix_value);
    if (found) {
        notice_warn(notice, _("There is a blank or an invisible character around or in "
                              "this value: it often comes along when text is copied."));
        notice_offer(notice, field->setting, ref ? "" : clean.data, _("remove blanks"),
                     _("F3 removes it."));
    }
    buf_free(&clean);
    return found;
}

struct notice field_notice(const struct field *field,
                           const struct wizard_context *context,
                           const struct settings *settings)
{
    struct notice notice = {.level = NOTICE_NONE, .fix_for = SET_NONE};

    if (!is_empty(field, settings) && !notice_blanks(field, settings, &notice) &&
        field->notice)
        field->notice(context, settings, &notice);
    return notice;
}

bool field_is_visible(const struct field *field, const struct settings *settings)
{
    return !field->visible || field->visible(settings);
}

const struct choice *field_choices(const struct field *field,
                                   const struct wizard_context *context, size_t *count)
{
    if (field->kind == FIELD_PROVIDER) {
        *count = context->provider_count;
        return context->providers;
    }
    *count = field->choice_count;
    return field->choices;
}

struct secret *field_clean_secret(const struct secret *secret)
{
    struct buf clean;

    clean_text(&clean, secret_bytes(secret));
    return secret_take_buf(&clean);
}
