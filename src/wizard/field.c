#include "wizard/field.h"

#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/text.h"
#include "wizard/consuming.h"
#include "wizard/notices.h"
#include "wizard/pasted.h"

/* Longer than any true value; an accident of the clipboard is said so. */
#define FIELD_TEXT_MAX 4096

/* Lists of words are split at blanks, so blanks around them mean nothing. */
static bool is_one_value(const struct field *field)
{
    enum setting_kind kind = setting_defs[field->setting].kind;

    return kind == SETTING_TEXT || kind == SETTING_NUMBER;
}

/* A folder may be named as its owner likes. */
static bool must_be_clean(const struct field *field)
{
    enum setting_id id = field->setting;

    return is_one_value(field) && id != SET_MAILBOX_FOLDER &&
           id != SET_INGEST_SUCCESS_FOLDER && id != SET_INGEST_FAILURE_FOLDER;
}

static enum pasted_kind kind_of(const struct field *field)
{
    switch (field->setting) {
    case SET_OAUTH_CLIENT_SECRET:
        return PASTED_SECRET;
    case SET_BASIC_PASSWORD:
        return PASTED_PASSWORD;
    case SET_OAUTH_TOKEN_URL:
    case SET_OAUTH_PROXY:
        return PASTED_WORD;
    default:
        return field->kind == FIELD_NUMBER ? PASTED_WORD : PASTED_LINE;
    }
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
    case FIELD_CONSUMER:
        return consuming_is_known(context, value, err);
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
    bool good = true;

    if (strlen(value) > FIELD_TEXT_MAX)
        good = err_set(err, ERR_SETTING, _("This is too long: at most %d bytes."),
                       FIELD_TEXT_MAX);
    else if (must_be_clean(field) && pasted_is_blanked(value))
        good = err_set(err, ERR_SETTING,
                       _("There is a blank or an invisible character around or in "
                         "this value. Remove it."));
    else if (!text_is_clean(value))
        good = err_set(err, ERR_SETTING,
                       _("There is a control character in this value, "
                         "or it is not valid UTF-8."));
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

/* Also for a secret: what came along is said, what it is is not. */
static bool notice_pasted(const struct field *field, const struct settings *settings,
                          struct notice *notice)
{
    const struct secret_ref *ref = settings_secret_const(settings, field->setting);
    const char *value = settings_text(settings, field->setting);
    struct buf clean;
    unsigned found;

    if (!ref && !is_one_value(field))
        return false;
    if (ref)
        value = ref->place == SECRET_TYPED ? secret_bytes(ref->value) : "";
    found = pasted_clean(&clean, value, kind_of(field));
    if (clean.length == 0)
        found = 0; /* nothing would be left of it */
    if (found)
        notice_traces(notice, field->setting, found, ref ? "" : clean.data);
    buf_free(&clean);
    return found != 0;
}

struct notice field_notice(const struct field *field,
                           const struct wizard_context *context,
                           const struct settings *settings)
{
    struct notice notice = NOTICE_INIT;

    notice.beside = field->setting;
    if (!is_empty(field, settings) && !notice_pasted(field, settings, &notice) &&
        field->notice)
        field->notice(context, settings, &notice);
    return notice;
}

struct expiry field_secret_expiry(const struct wizard_context *context,
                                  const struct settings *settings)
{
    const time_t *ends = context->provider_secrets_end;
    struct expiry none = {.state = EXPIRY_NONE};

    if (context->now == 0)
        return none;
    if (!settings_is(settings, SET_OAUTH_SOURCE, "provider") ||
        !settings_is(settings, SET_AUTH_METHOD, "oauth"))
        return expiry_of_settings(settings, context->now);
    for (size_t i = 0; ends && i < context->provider_count; i++) {
        if (settings_is(settings, SET_OAUTH_PROVIDER, context->providers[i].value))
            return expiry_of_seconds(ends[i], context->now);
    }
    return none;
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
    if (field->kind == FIELD_CONSUMER) {
        *count = context->consumers ? context->consumers->count : 0;
        return context->consumer_choices;
    }
    *count = field->choice_count;
    return field->choices;
}

struct secret *field_clean_secret(const struct field *field, const struct secret *secret)
{
    struct buf clean;

    pasted_clean(&clean, secret_bytes(secret), kind_of(field));
    return secret_take_buf(&clean);
}
