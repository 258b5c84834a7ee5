#include "settings/mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/json_value.h"

struct mailbox *mailbox_new(const char *name)
{
    struct mailbox *mailbox = mem_new(1, sizeof *mailbox);

    mailbox->name = mem_copy_text(name);
    settings_init(&mailbox->settings);
    settings_set(&mailbox->settings, SET_NAME, name);
    return mailbox;
}

void mailbox_free(struct mailbox **address)
{
    struct mailbox *mailbox = *address;

    if (!mailbox)
        return;
    settings_free(&mailbox->settings);
    json_decref(mailbox->extra);
    free(mailbox->tested_at);
    free(mailbox->name);
    free(mailbox);
    *address = NULL;
}

bool mailbox_name_is_valid(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);

    return length > 0 && length <= MAILBOX_NAME_MAX && strchr(first, name[0]) &&
           strspn(name, rest) == length;
}

/* Who uses a setting: one value of one other setting; a row each, any of them is enough.
 */
static const struct {
    enum setting_id id;
    enum setting_id depends_on;
    const char *value;
} uses[] = {
    {SET_BASIC_USERNAME, SET_AUTH_METHOD, "basic"},
    {SET_BASIC_PASSWORD, SET_AUTH_METHOD, "basic"},
    {SET_OAUTH_SOURCE, SET_AUTH_METHOD, "oauth"},
    {SET_OAUTH_SCOPE, SET_AUTH_METHOD, "oauth"},
    {SET_OAUTH_PROXY, SET_AUTH_METHOD, "oauth"},
    {SET_OAUTH_PROVIDER, SET_OAUTH_SOURCE, "provider"},
    {SET_OAUTH_CLOUD, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_TENANT, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_TOKEN_URL, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_TOKEN_URL, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_CLIENT_ID, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_CLIENT_ID, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_CLIENT_SECRET, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_CLIENT_SECRET, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_CLIENT_AUTH, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_PARAMETERS, SET_OAUTH_SOURCE, "provider"},
    {SET_OAUTH_PARAMETERS, SET_OAUTH_SOURCE, "custom"},
    {SET_INGEST_SUCCESS_FOLDER, SET_INGEST_ON_SUCCESS, "move"},
    {SET_INGEST_FAILURE_FOLDER, SET_INGEST_ON_FAILURE, "move"},
};

bool setting_is_used(const struct settings *settings, enum setting_id id)
{
    bool depends = false;

    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if (uses[i].id != id)
            continue;
        depends = true;
        if (settings_is(settings, uses[i].depends_on, uses[i].value) &&
            (uses[i].depends_on != SET_OAUTH_SOURCE ||
             settings_is(settings, SET_AUTH_METHOD, "oauth")))
            return true;
    }
    return !depends;
}

/* "oauth.scope" is member "scope" of object "oauth": the object, made when `create`. */
static json_t *group_of(json_t *root, const char *key, bool create, const char **member)
{
    const char *dot = strchr(key, '.');
    char *name = mem_copy_bytes(key, (size_t)(dot - key));
    json_t *group = json_object_get(root, name);

    if (create && !json_is_object(group)) {
        group = json_object();
        json_object_set_new(root, name, group);
    }
    *member = dot + 1;
    free(name);
    return group;
}

static bool check_version(const json_t *root, const char *name, struct err *err)
{
    const json_t *version = json_object_get(root, "version");

    if (!json_is_integer(version))
        return err_set(err, ERR_DATA,
                       _("%s.json has no \"version\": it is not a mailbox of letterbox."),
                       name);
    if (json_integer_value(version) > MAILBOX_VERSION)
        return err_set(err, ERR_DATA,
                       _("%s.json has version %lld, and this letterbox reads version %d. "
                         "Install the letterbox that wrote it, or a later one."),
                       name, (long long)json_integer_value(version), MAILBOX_VERSION);
    return true;
}

static bool read_settings(struct mailbox *mailbox, struct err *err)
{
    for (int id = 0; id < SET_COUNT; id++) {
        const char *member;
        json_t *group, *value;

        if (id == SET_NAME)
            continue;
        group = group_of(mailbox->extra, setting_defs[id].key, false, &member);
        value = json_object_get(group, member);
        if (value && !setting_from_json(&mailbox->settings, id, value, err))
            return false;
    }
    return true;
}

struct mailbox *mailbox_parse(const char *name, const char *bytes, size_t length,
                              struct err *err)
{
    struct mailbox *mailbox = mailbox_new(name);
    json_error_t error;
    const char *tested;

    mailbox->extra = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
    if (!mailbox->extra) {
        err_set(err, ERR_DATA,
                _("%s.json does not parse at line %d, column %d: %s. Repair it there, or "
                  "remove it and set the mailbox up anew."),
                name, error.line, error.column, error.text);
    } else if (!json_is_object(mailbox->extra)) {
        err_set(err, ERR_DATA, _("%s.json is not a JSON object."), name);
    } else if (check_version(mailbox->extra, name, err) && read_settings(mailbox, err)) {
        tested = json_string_value(json_object_get(mailbox->extra, "tested_at"));
        mailbox->tested_at = mem_copy_text(tested);
        return mailbox;
    }
    mailbox_free(&mailbox);
    return NULL;
}

/* The settings over `root`: used ones set, others and empty ones taken out. */
static void write_settings(json_t *root, const struct settings *settings)
{
    for (int id = 0; id < SET_COUNT; id++) {
        const char *member;
        json_t *group, *value;

        if (id == SET_NAME)
            continue;
        value = setting_is_used(settings, id) ? setting_to_json(settings, id) : NULL;
        group = group_of(root, setting_defs[id].key, value != NULL, &member);
        if (value)
            json_object_set_new(group, member, value);
        else
            json_object_del(group, member);
    }
}

static void drop_empty_groups(json_t *root)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(root, next, key, value)
    {
        if (json_is_object(value) && json_object_size(value) == 0)
            json_object_del(root, key);
    }
}

/* Everything in its order: version, the settings as in their table, then what letterbox
 * does not know, as it was. */
static json_t *to_json(const struct mailbox *mailbox)
{
    json_t *root = json_object();
    json_t *known = mailbox->extra ? json_deep_copy(mailbox->extra) : json_object();

    json_object_set_new(root, "version", json_integer(MAILBOX_VERSION));
    write_settings(root, &mailbox->settings);
    if (mailbox->tested_at)
        json_object_set_new(root, "tested_at", json_string(mailbox->tested_at));
    /* What was read, less the settings as they were then, adds only unknown members. */
    json_object_del(known, "version");
    json_object_del(known, "tested_at");
    for (int id = 0; id < SET_COUNT; id++) {
        const char *member;
        if (id != SET_NAME)
            json_object_del(group_of(known, setting_defs[id].key, false, &member),
                            member);
    }
    drop_empty_groups(known);
    json_object_update_recursive(root, known);
    json_decref(known);
    return root;
}

char *mailbox_format(const struct mailbox *mailbox)
{
    json_t *root = to_json(mailbox);
    char *text = json_dumps(root, JSON_INDENT(2));
    char *line = mem_format("%s\n", text);

    free(text);
    json_decref(root);
    return line;
}

json_t *mailbox_to_public_json(const struct mailbox *mailbox)
{
    json_t *root = json_pack("{s:s}", "name", mailbox->name);
    json_t *saved = to_json(mailbox);

    json_object_update(root, saved);
    json_decref(saved);
    return root;
}
