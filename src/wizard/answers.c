#include "wizard/answers.h"

#include <jansson.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/text.h"
#include "settings/json_value.h"

static void add_unknown(struct err_list *errors, const char *key)
{
    struct err err = ERR_INIT;
    enum setting_id nearest = SET_NONE;
    char safe[ERR_KEY_MAX];

    text_copy_safe(safe, sizeof safe, key, strlen(key));
    setting_find(key, &nearest);
    if (nearest != SET_NONE)
        err_set_key(&err, ERR_SETTING, safe,
                    _("There is no such key. Did you mean \"%s\"?"),
                    setting_defs[nearest].key);
    else
        err_set_key(&err, ERR_SETTING, safe, _("There is no such key."));
    err_list_add(errors, &err);
}

/* In the order of the table, because what a target may be depends on ingest.deliver. */
static void read_known(const json_t *root, struct settings *settings,
                       bool given[SET_COUNT], struct err_list *errors)
{
    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        const json_t *value = json_object_get(root, setting_defs[id].key);
        struct err err = ERR_INIT;

        given[id] = value != NULL;
        if (value && !setting_from_json(settings, id, value, &err))
            err_list_add(errors, &err);
    }
}

static void read_unknown(json_t *root, struct err_list *errors)
{
    const char *key;
    json_t *value;

    json_object_foreach(root, key, value)
    {
        if (setting_find(key, NULL) == SET_NONE)
            add_unknown(errors, key);
    }
}

/* jansson ends its message with the words that stood there, which may be a secret's. */
static void add_broken(struct err_list *errors, const json_error_t *error)
{
    struct err err = ERR_INIT;
    const char *near = strstr(error->text, " near ");
    int length = (int)(near ? (size_t)(near - error->text) : strlen(error->text));

    err_set(&err, ERR_DATA,
            _("The answers are not valid JSON: line %d, column %d: %.*s."), error->line,
            error->column, length, error->text);
    err_list_add(errors, &err);
}

bool answers_parse(const char *bytes, size_t length, struct settings *settings,
                   bool given[SET_COUNT], struct err_list *errors)
{
    json_error_t error;
    size_t before = errors->count;
    json_t *root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);

    memset(given, 0, SET_COUNT * sizeof *given);
    if (!root) {
        add_broken(errors, &error);
        return false;
    }
    if (json_is_object(root)) {
        read_known(root, settings, given, errors);
        read_unknown(root, errors);
    } else {
        struct err err = ERR_INIT;

        err_set(&err, ERR_DATA,
                _("The answers are one JSON object, {\"key\": value, …}."));
        err_list_add(errors, &err);
    }
    json_decref(root);
    return errors->count == before;
}
