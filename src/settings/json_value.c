#include "settings/json_value.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/secret.h"

static bool wrong_type(enum setting_id id, const char *wanted, struct err *err)
{
    return err_set_key(err, ERR_SETTING, setting_defs[id].key, _("Wanted here is %s."),
                       wanted);
}

/* Strings that reach a terminal, a header or an IMAP line: no control characters. */
static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return false;
    return true;
}

char *json_value_text(const json_t *object, const char *key)
{
    return mem_copy_text(json_string_value(json_object_get(object, key)));
}

char **json_value_words(const json_t *array)
{
    size_t count = json_array_size(array);
    char **words = mem_new(count + 1, sizeof *words);

    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(array, i));
        if (!word || !is_one_line(word)) {
            argv_free(&words);
            break;
        }
        words[i] = mem_copy_text(word);
    }
    return words;
}

static bool is_file_name(const char *name)
{
    return name && name[0] && name[0] != '.' && !strchr(name, '/') && is_one_line(name);
}

static bool place_from_json(struct secret_ref *ref, const char *place,
                            const json_t *value)
{
    const char *text = json_string_value(value);

    if (strcmp(place, "command") == 0 && json_array_size(value) > 0) {
        ref->argv = json_value_words(value);
        ref->place = SECRET_COMMAND;
        return ref->argv && ref->argv[0][0];
    }
    if (!text || !text[0] || !is_one_line(text))
        return false;
    ref->name = mem_copy_text(text);
    if (strcmp(place, "file") == 0)
        ref->place = SECRET_FILE;
    else if (strcmp(place, "env") == 0)
        ref->place = SECRET_ENV;
    else if (strcmp(place, "stored") == 0 && is_file_name(text))
        ref->place = SECRET_STORED;
    else
        return false;
    return true;
}

bool secret_ref_from_json(struct secret_ref *ref, const json_t *value, const char *key,
                          struct err *err)
{
    void *only = json_is_object(value) && json_object_size(value) == 1
                     ? json_object_iter((json_t *)(uintptr_t)value)
                     : NULL;

    secret_ref_clear(ref);
    if (json_is_string(value)) {
        ref->place = SECRET_TYPED;
        ref->value = secret_new(json_string_value(value), json_string_length(value));
        return true;
    }
    if (only &&
        place_from_json(ref, json_object_iter_key(only), json_object_iter_value(only)))
        return true;
    secret_ref_clear(ref);
    return err_set_key(
        err, ERR_SETTING, key,
        _("Wanted here is a string, {\"file\": \"/path\"}, {\"env\": \"NAME\"}, or "
          "{\"command\": [\"program\", \"argument\"]}."));
}

json_t *secret_ref_to_json(const struct secret_ref *ref)
{
    json_t *words;

    switch (ref->place) {
    case SECRET_STORED:
        return json_pack("{s:s}", "stored", ref->name);
    case SECRET_FILE:
        return json_pack("{s:s}", "file", ref->name);
    case SECRET_ENV:
        return json_pack("{s:s}", "env", ref->name);
    case SECRET_COMMAND:
        words = json_array();
        for (size_t i = 0; ref->argv[i]; i++)
            json_array_append_new(words, json_string(ref->argv[i]));
        return json_pack("{s:o}", "command", words);
    case SECRET_UNSET:
    case SECRET_TYPED:
        break;
    }
    return NULL;
}

json_t *json_value_parse(const char *bytes, size_t length, struct err *err)
{
    json_error_t error;
    json_t *root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);

    if (!root) {
        /* The message ends with what it found: " near 'words of the file'". */
        const char *near = strstr(error.text, " near ");
        int words = (int)(near ? near - error.text : (ptrdiff_t)strlen(error.text));
        err_set(err, ERR_DATA, _("This is not valid JSON at line %d, column %d: %.*s."),
                error.line, error.column, words, error.text);
    } else if (!json_is_object(root)) {
        err_set(err, ERR_DATA, _("This is not a JSON object, {\"key\": value, …}."));
        json_decref(root);
        root = NULL;
    }
    return root;
}

static bool number_from_json(struct settings *settings, enum setting_id id,
                             const json_t *value, struct err *err)
{
    json_int_t number = json_integer_value(value);
    char *text;

    if (json_is_string(value))
        return err_set_key(err, ERR_SETTING, setting_defs[id].key,
                           _("Leave the quotes away: this is a number, such as %s."),
                           setting_defs[id].preset);
    if (!json_is_integer(value) || number < INT_MIN || number > INT_MAX)
        return wrong_type(id, _("a whole number"), err);
    text = mem_format("%lld", (long long)number);
    settings_set(settings, id, text);
    free(text);
    return true;
}

static bool map_from_json(struct settings *settings, enum setting_id id,
                          const json_t *value, struct err *err)
{
    const char *name;
    json_t *member;
    char **words;
    size_t count = 0;
    bool done = true;
    char *line;

    if (!json_is_object(value))
        return wrong_type(id, _("an object of strings, such as {\"audience\": \"…\"}"),
                          err);
    words = mem_new(json_object_size(value) + 1, sizeof *words);
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        const char *text = json_string_value(member);
        if (!text || !name[0] || strchr(name, '=') || !is_one_line(text))
            done = false;
        else
            words[count++] = mem_format("%s=%s", name, text);
    }
    line = argv_join(words);
    if (done)
        settings_set(settings, id, line);
    free(line);
    argv_free(&words);
    return done ||
           wrong_type(id, _("an object whose values are strings of one line"), err);
}

static bool text_from_json(struct settings *settings, enum setting_id id,
                           const json_t *value, struct err *err)
{
    if (!json_is_string(value))
        return wrong_type(id, _("a string in quotes"), err);
    if (!is_one_line(json_string_value(value)) ||
        strlen(json_string_value(value)) != json_string_length(value))
        return wrong_type(id, _("a string of one line, without control characters"), err);
    settings_set(settings, id, json_string_value(value));
    return true;
}

/* A list is a command's; where else a list of one word is meant, it is that word.  An
 * application says itself whether it is a command, which is not known here. */
static bool target_from_json(struct settings *settings, enum setting_id id,
                             const json_t *value, struct err *err)
{
    bool is_command = settings_is(settings, SET_INGEST_DELIVER, "command") ||
                      settings_text(settings, SET_INGEST_CONSUMER)[0] != '\0';
    char **words = json_is_array(value) ? json_value_words(value) : NULL;
    bool is_one = words && argv_count(words) == 1;
    char *line;

    if (!words)
        return wrong_type(id, _("a string, or for a command a list of strings"), err);
    if (!is_command) {
        argv_free(&words);
        return is_one ? text_from_json(settings, id, json_array_get(value, 0), err)
                      : wrong_type(id, _("a string: only a command is a list of strings"),
                                   err);
    }
    line = argv_join(words);
    settings_set(settings, id, line);
    free(line);
    argv_free(&words);
    return true;
}

bool setting_from_json(struct settings *settings, enum setting_id id, const json_t *value,
                       struct err *err)
{
    switch (setting_defs[id].kind) {
    case SETTING_TEXT:
        return text_from_json(settings, id, value, err);
    case SETTING_NUMBER:
        return number_from_json(settings, id, value, err);
    case SETTING_SWITCH:
        if (!json_is_boolean(value))
            return wrong_type(id, _("true or false, without quotes"), err);
        settings_set(settings, id, json_is_true(value) ? "true" : "false");
        return true;
    case SETTING_SECRET:
        return secret_ref_from_json(settings_secret(settings, id), value,
                                    setting_defs[id].key, err);
    case SETTING_MAP:
        return map_from_json(settings, id, value, err);
    case SETTING_TARGET:
        if (json_is_string(value))
            return text_from_json(settings, id, value, err);
        return target_from_json(settings, id, value, err);
    }
    return false;
}

static json_t *map_to_json(const char *line)
{
    char **words = argv_split(line, NULL);
    json_t *object = json_object();

    for (size_t i = 0; words && words[i]; i++) {
        char *equals = strchr(words[i], '=');
        if (!equals)
            continue;
        *equals = '\0';
        json_object_set_new(object, words[i], json_string(equals + 1));
    }
    argv_free(&words);
    return object;
}

static json_t *words_to_json(const char *line)
{
    char **words = argv_split(line, NULL);
    json_t *array = json_array();

    for (size_t i = 0; words && words[i]; i++)
        json_array_append_new(array, json_string(words[i]));
    argv_free(&words);
    return array;
}

json_t *setting_to_json(const struct settings *settings, enum setting_id id)
{
    const char *text = settings_text(settings, id);

    if (setting_defs[id].kind == SETTING_SECRET)
        return secret_ref_to_json(settings_secret_const(settings, id));
    /* Left out, an emptied text would be read as its preset. */
    if (!text[0] &&
        (setting_defs[id].kind != SETTING_TEXT || !setting_defs[id].preset[0]))
        return NULL;
    switch (setting_defs[id].kind) {
    case SETTING_NUMBER:
        return json_integer(settings_number(settings, id, 0));
    case SETTING_SWITCH:
        return json_boolean(settings_switch(settings, id));
    case SETTING_MAP:
        return map_to_json(text);
    case SETTING_TARGET:
        if (settings_is(settings, SET_INGEST_DELIVER, "command"))
            return words_to_json(text);
        return json_string(text);
    default:
        return json_string(text);
    }
}
