#include "settings/mailbox.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
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
    {SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_TOKEN_URL, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_TOKEN_URL, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_CLIENT_ID, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_CLIENT_ID, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_CLIENT_SECRET, SET_OAUTH_SOURCE, "exchange"},
    {SET_OAUTH_CLIENT_SECRET, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_CLIENT_AUTH, SET_OAUTH_SOURCE, "custom"},
    {SET_OAUTH_PARAMETERS, SET_OAUTH_SOURCE, "provider"},
    {SET_OAUTH_PARAMETERS, SET_OAUTH_SOURCE, "custom"},
    {SET_INGEST_RECIPIENT, SET_INGEST_DELIVER, "lmtp"},
    {SET_INGEST_HTTP_SECRET, SET_INGEST_DELIVER, "http"},
    {SET_INGEST_HTTP_SECRET_AS, SET_INGEST_DELIVER, "http"},
    {SET_INGEST_HTTP_MESSAGE_FIELD, SET_INGEST_DELIVER, "http"},
    {SET_INGEST_HTTP_MESSAGE_TYPE, SET_INGEST_DELIVER, "http"},
    {SET_INGEST_HTTP_FIELDS, SET_INGEST_DELIVER, "http"},
    {SET_INGEST_HTTP_HEADERS, SET_INGEST_DELIVER, "http"},
    {SET_INGEST_STATUSES, SET_INGEST_DELIVER, "command"},
    {SET_INGEST_STATUSES, SET_INGEST_DELIVER, "http"},
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

static bool check_version(const json_t *root, struct err *err)
{
    const json_t *version = json_object_get(root, "version");

    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return err_set_key(err, ERR_DATA, "version",
                           _("There is no \"version\": %d in it, so this is not a "
                             "mailbox of letterbox."),
                           MAILBOX_VERSION);
    if (json_integer_value(version) > MAILBOX_VERSION)
        return err_set_key(err, ERR_DATA, "version",
                           _("It has version %lld, and this letterbox (%s) reads "
                             "version %d. Install the letterbox that wrote it, or a "
                             "later one."),
                           (long long)json_integer_value(version), LETTERBOX_VERSION,
                           MAILBOX_VERSION);
    return true;
}

static bool read_setting(struct mailbox *mailbox, enum setting_id id, struct err *err)
{
    const char *member, *key = setting_defs[id].key;
    json_t *group = group_of(mailbox->extra, key, false, &member);
    json_t *value = json_object_get(group, member);
    const struct secret_ref *secret = settings_secret_const(&mailbox->settings, id);
    struct err why = ERR_INIT;

    if (group && !json_is_object(group))
        return err_set_key(err, ERR_DATA, key, _("%.*s: Wanted here is an object."),
                           (int)strcspn(key, "."), key);
    if (value && !setting_from_json(&mailbox->settings, id, value, &why))
        return err_set_key(err, ERR_DATA, key, "%s: %s", key, why.text);
    if (secret && secret->place == SECRET_TYPED)
        return err_set_key(err, ERR_DATA, key,
                           _("%s: A secret does not stand in this file. Put it into a "
                             "file of mode 600 and write {\"file\": \"/path\"} here."),
                           key);
    return true;
}

static bool read_settings(struct mailbox *mailbox, struct err *err)
{
    for (int id = 0; id < SET_COUNT; id++)
        if (id != SET_NAME && !read_setting(mailbox, id, err))
            return false;
    return true;
}

struct mailbox *mailbox_parse(const char *name, const char *bytes, size_t length,
                              struct err *err)
{
    struct mailbox *mailbox = mailbox_new(name);
    const char *tested;
    time_t when;

    mailbox->extra = json_value_parse(bytes, length, err);
    if (!mailbox->extra || !check_version(mailbox->extra, err) ||
        !read_settings(mailbox, err)) {
        mailbox_free(&mailbox);
        return NULL;
    }
    tested = json_string_value(json_object_get(mailbox->extra, "tested_at"));
    if (tested && clock_parse_date(tested, &when))
        mailbox->tested_at = mem_copy_text(tested);
    return mailbox;
}

/* The used settings, in the order of their table. */
static void write_settings(json_t *root, const struct settings *settings)
{
    for (int id = 0; id < SET_COUNT; id++) {
        const char *member;
        json_t *group, *value;

        if (id == SET_NAME || !setting_is_used(settings, id))
            continue;
        value = setting_to_json(settings, id);
        if (!value)
            continue;
        group = group_of(root, setting_defs[id].key, true, &member);
        json_object_set_new(group, member, value);
    }
}

/* What was read less all that letterbox knows: the members of others. */
static json_t *unknown_members(const json_t *extra)
{
    json_t *unknown = extra ? json_deep_copy(extra) : json_object();

    json_object_del(unknown, "version");
    json_object_del(unknown, "tested_at");
    for (int id = 0; id < SET_COUNT; id++) {
        const char *member, *key = setting_defs[id].key;
        json_t *group;

        if (id == SET_NAME)
            continue;
        group = group_of(unknown, key, false, &member);
        json_object_del(group, member);
        if (json_is_object(group) && json_object_size(group) == 0) {
            char *name = mem_copy_bytes(key, strcspn(key, "."));
            json_object_del(unknown, name);
            free(name);
        }
    }
    return unknown;
}

/* Everything in its order: version, the settings as in their table, then what letterbox
 * does not know, as it was. */
static json_t *to_json(const struct mailbox *mailbox)
{
    json_t *root = json_pack("{s:i}", "version", MAILBOX_VERSION);
    json_t *unknown = unknown_members(mailbox->extra);

    write_settings(root, &mailbox->settings);
    if (mailbox->tested_at)
        json_object_set_new(root, "tested_at", json_string(mailbox->tested_at));
    json_object_update_recursive(root, unknown);
    json_decref(unknown);
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

    json_object_update_missing(root, saved);
    json_decref(saved);
    return root;
}
