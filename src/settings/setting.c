#include "settings/setting.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/mem.h"
#include "base/text.h"

/* No key comes near this; what is longer is not compared letter by letter. */
enum { LONGEST_KEY = 100 };

const struct setting_def setting_defs[SET_COUNT] = {
#define ROW(id, key, kind, preset) [SET_##id] = {key, SETTING_##kind, preset},
    SETTING_TABLE(ROW)
#undef ROW
};

/* How far a key may be from another and still be taken for a slip of it: half of it, so
 * that three strange letters are not "name".  A key without its page ("client_secret") is
 * as near as it gets. */
static size_t distance_between(const char *key, const char *typed)
{
    const char *dot = strchr(key, '.');
    if (dot && strcmp(dot + 1, typed) == 0)
        return 1;
    size_t distance = text_distance(key, typed);
    return distance <= strlen(typed) / 2 ? distance : SIZE_MAX;
}

enum setting_id setting_find(const char *key, enum setting_id *nearest)
{
    size_t least = SIZE_MAX;

    if (nearest)
        *nearest = SET_NONE;
    for (int id = 0; id < SET_COUNT; id++) {
        size_t distance;
        if (strcmp(setting_defs[id].key, key) == 0)
            return id;
        if (!nearest || strlen(key) > LONGEST_KEY)
            continue;
        distance = distance_between(setting_defs[id].key, key);
        if (distance < least) {
            least = distance;
            *nearest = id;
        }
    }
    return SET_NONE;
}

void secret_ref_clear(struct secret_ref *ref)
{
    secret_free(&ref->value);
    free(ref->name);
    argv_free(&ref->argv);
    *ref = (struct secret_ref){.place = SECRET_UNSET};
}

void secret_ref_copy(struct secret_ref *to, const struct secret_ref *from)
{
    *to = (struct secret_ref){
        .place = from->place,
        .value = secret_copy(from->value),
        .name = mem_copy_text(from->name),
        .argv = argv_copy(from->argv),
    };
}

static bool words_equal(char *const *a, char *const *b)
{
    size_t i = 0;

    if (argv_count(a) != argv_count(b))
        return false;
    while (i < argv_count(a) && strcmp(a[i], b[i]) == 0)
        i++;
    return i == argv_count(a);
}

bool secret_ref_equal(const struct secret_ref *a, const struct secret_ref *b)
{
    const char *a_name = a->name ? a->name : "", *b_name = b->name ? b->name : "";

    return a->place == b->place && secret_equal(a->value, b->value) &&
           strcmp(a_name, b_name) == 0 && words_equal(a->argv, b->argv);
}

void settings_init(struct settings *settings)
{
    *settings = (struct settings){0};
    for (int id = 0; id < SET_COUNT; id++)
        settings->text[id] = mem_copy_text(setting_defs[id].preset);
}

void settings_free(struct settings *settings)
{
    for (int id = 0; id < SET_COUNT; id++) {
        struct secret_ref *secret = settings_secret(settings, id);

        free(settings->text[id]);
        if (secret)
            secret_ref_clear(secret);
    }
    *settings = (struct settings){0};
}

void settings_copy(struct settings *to, const struct settings *from)
{
    for (int id = 0; id < SET_COUNT; id++) {
        struct secret_ref *secret = settings_secret(to, id);

        to->text[id] = mem_copy_text(from->text[id]);
        if (secret)
            secret_ref_copy(secret, settings_secret_const(from, id));
    }
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
    for (int id = 0; id < SET_COUNT; id++) {
        const struct secret_ref *secret = settings_secret_const(a, id);

        if (strcmp(a->text[id], b->text[id]) != 0 ||
            (secret && !secret_ref_equal(secret, settings_secret_const(b, id))))
            return false;
    }
    return true;
}

const char *settings_text(const struct settings *settings, enum setting_id id)
{
    return settings->text[id];
}

bool settings_is(const struct settings *settings, enum setting_id id, const char *text)
{
    return strcmp(settings->text[id], text) == 0;
}

void settings_set(struct settings *settings, enum setting_id id, const char *text)
{
    mem_replace_text(&settings->text[id], text ? text : "");
}

int settings_number(const struct settings *settings, enum setting_id id, int otherwise)
{
    const char *text = settings->text[id];
    char *end;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    if (end == text || *end || errno || number < INT_MIN || number > INT_MAX)
        return otherwise;
    return (int)number;
}

bool settings_switch(const struct settings *settings, enum setting_id id)
{
    return settings_is(settings, id, "true");
}

struct secret_ref *settings_secret(struct settings *settings, enum setting_id id)
{
    switch (id) {
    case SET_BASIC_PASSWORD:
        return &settings->basic_password;
    case SET_OAUTH_CLIENT_SECRET:
        return &settings->client_secret;
    case SET_INGEST_HTTP_SECRET:
        return &settings->http_secret;
    default:
        return NULL;
    }
}

const struct secret_ref *settings_secret_const(const struct settings *settings,
                                               enum setting_id id)
{
    return settings_secret((struct settings *)(uintptr_t)settings, id);
}

const char *settings_login(const struct settings *settings)
{
    if (settings_is(settings, SET_AUTH_METHOD, "basic"))
        return settings_text(settings, SET_BASIC_USERNAME);
    return settings_text(settings, SET_MAILBOX_USER);
}
