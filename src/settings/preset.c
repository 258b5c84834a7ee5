#include "settings/preset.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/json_value.h"

enum { PRESET_LIMIT = 256 * 1024 };

/* Embedded from presets/services/exchange.json by the build. */
extern const char preset_exchange_text[];

static bool read_cloud(struct preset_cloud *cloud, const json_t *object)
{
    *cloud = (struct preset_cloud){
        .id = json_value_text(object, "id"),
        .label = json_value_text(object, "label"),
        .login_host = json_value_text(object, "login_host"),
        .scope = json_value_text(object, "scope"),
        .imap_host = json_value_text(object, "imap_host"),
        .resource = json_value_text(object, "resource"),
        .other_login_hosts =
            json_value_words(json_object_get(object, "other_login_hosts")),
        .other_imap_hosts = json_value_words(json_object_get(object, "other_imap_hosts")),
    };
    return cloud->id && cloud->label && cloud->login_host && cloud->scope &&
           cloud->imap_host && cloud->other_login_hosts && cloud->other_imap_hosts;
}

static struct preset_exchange *parse(const char *text)
{
    struct preset_exchange *preset = mem_new(1, sizeof *preset);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_t *clouds = json_object_get(root, "clouds");
    size_t count = json_array_size(clouds);
    bool good;

    preset->token_path = json_value_text(root, "token_path");
    preset->delegated_scope = json_value_text(root, "delegated_scope");
    preset->clouds = mem_new(count + 1, sizeof *preset->clouds);
    good = preset->token_path && preset->delegated_scope && count > 0;
    for (size_t i = 0; i < count; i++) {
        good = read_cloud(&preset->clouds[i], json_array_get(clouds, i)) && good;
        preset->cloud_count++;
    }
    json_decref(root);
    if (!good)
        preset_exchange_free(&preset);
    return preset;
}

static struct preset_exchange *load_file(const char *data_dir, struct err *err)
{
    char *path = mem_format("%s/presets/services/exchange.json", data_dir);
    struct preset_exchange *preset = NULL;
    struct buf text;

    buf_init(&text, PRESET_LIMIT);
    if (file_read(AT_FDCWD, path, path, FILE_PUBLIC, &text, NULL, err)) {
        preset = parse(text.data);
        if (!preset)
            err_set(err, ERR_DATA,
                    _("%s is no preset of letterbox; the built-in values are used."),
                    path);
    }
    buf_free(&text);
    free(path);
    return preset;
}

struct preset_exchange *preset_exchange_load(const char *data_dir, struct err *err)
{
    struct preset_exchange *preset;

    if (!data_dir)
        data_dir = getenv("LETTERBOX_DATA_DIR");
    preset = load_file(data_dir ? data_dir : LETTERBOX_DATA_DIR, err);
    return preset ? preset : parse(preset_exchange_text);
}

void preset_exchange_free(struct preset_exchange **address)
{
    struct preset_exchange *preset = *address;

    if (!preset)
        return;
    for (size_t i = 0; i < preset->cloud_count; i++) {
        free(preset->clouds[i].id);
        free(preset->clouds[i].label);
        free(preset->clouds[i].login_host);
        free(preset->clouds[i].scope);
        free(preset->clouds[i].imap_host);
        free(preset->clouds[i].resource);
        argv_free(&preset->clouds[i].other_login_hosts);
        argv_free(&preset->clouds[i].other_imap_hosts);
    }
    free(preset->clouds);
    free(preset->token_path);
    free(preset->delegated_scope);
    free(preset);
    *address = NULL;
}

const struct preset_cloud *preset_cloud_find(const struct preset_exchange *preset,
                                             const char *id)
{
    for (size_t i = 0; i < preset->cloud_count; i++)
        if (strcmp(preset->clouds[i].id, id) == 0)
            return &preset->clouds[i];
    return NULL;
}

char *preset_token_url(const struct preset_exchange *preset, const char *cloud,
                       const char *tenant)
{
    const struct preset_cloud *found = preset_cloud_find(preset, cloud);
    const char *host = found ? found->login_host : preset->clouds[0].login_host;

    return mem_format("https://%s/%s%s", host, tenant, preset->token_path);
}
