#include "settings/consumer.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/json_value.h"

enum { PRESET_LIMIT = 64 * 1024 };

/* Embedded from presets/consumers/ by the build; NULL at the end. */
extern const char *const preset_consumer_texts[];

/* A preset may fill what is asked on Processing, and no secret. */
static bool may_fill(enum setting_id id)
{
    return strncmp(setting_defs[id].key, "ingest.", 7) == 0 &&
           id != SET_INGEST_CONSUMER && setting_defs[id].kind != SETTING_SECRET;
}

static bool read_settings(struct consumer *consumer, const json_t *object)
{
    size_t read = 0;

    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        const json_t *value = json_object_get(object, setting_defs[id].key);

        if (!value)
            continue;
        if (!may_fill(id) || !setting_from_json(&consumer->settings, id, value, NULL))
            return false;
        consumer->given[id] = true;
        read++;
    }
    return read == json_object_size(object) && consumer->given[SET_INGEST_DELIVER];
}

static bool read_blanks(struct consumer *consumer, const json_t *object)
{
    bool good = true;
    const char *name;
    json_t *blank;

    consumer->blanks = mem_new(json_object_size(object) + 1, sizeof *consumer->blanks);
    json_object_foreach((json_t *)(uintptr_t)object, name, blank)
    {
        struct consumer_blank *into = &consumer->blanks[consumer->blank_count++];

        *into =
            (struct consumer_blank){mem_copy_text(name), json_value_text(blank, "means"),
                                    json_value_text(blank, "example")};
        good = good && into->means && into->example;
    }
    return good;
}

static void clear(struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->blank_count; i++) {
        free(consumer->blanks[i].name);
        free(consumer->blanks[i].means);
        free(consumer->blanks[i].example);
    }
    free(consumer->blanks);
    free(consumer->id);
    free(consumer->label);
    free(consumer->hint);
    free(consumer->mark);
    argv_free(&consumer->needs);
    argv_free(&consumer->more);
    settings_free(&consumer->settings);
}

static bool parse(struct consumer *consumer, const char *text)
{
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool good;

    *consumer = (struct consumer){
        .id = json_value_text(root, "id"),
        .label = json_value_text(root, "label"),
        .hint = json_value_text(root, "hint"),
        .is_way = json_is_true(json_object_get(root, "is_way")),
        .mark = json_value_text(root, "mark"),
        .needs = json_value_words(json_object_get(root, "needs")),
        .more = json_value_words(json_object_get(root, "more")),
    };
    settings_init(&consumer->settings);
    good = read_settings(consumer, json_object_get(root, "settings")) &&
           read_blanks(consumer, json_object_get(root, "blanks")) && consumer->id &&
           consumer->label && consumer->hint && consumer->needs && consumer->more;
    json_decref(root);
    if (!good)
        clear(consumer);
    return good;
}

/* In the place of the one with its id, or as one more.  Taken. */
static void put(struct consumers *consumers, struct consumer *consumer)
{
    struct consumer *into =
        (struct consumer *)(uintptr_t)consumer_find(consumers, consumer->id, NULL);

    if (into) {
        clear(into);
    } else {
        consumers->list =
            mem_resize(consumers->list, consumers->count + 1, sizeof *consumers->list);
        into = &consumers->list[consumers->count++];
    }
    *into = *consumer;
}

static void load_file(struct consumers *consumers, const char *path, struct err *err)
{
    struct consumer consumer;
    struct buf text;

    buf_init(&text, PRESET_LIMIT);
    if (file_read(AT_FDCWD, path, path, FILE_PUBLIC, &text, NULL, err)) {
        if (parse(&consumer, text.data))
            put(consumers, &consumer);
        else
            err_set(err, ERR_DATA, _("%s is no preset of letterbox; it is left out."),
                    path);
    }
    buf_free(&text);
}

static void load_folder(struct consumers *consumers, const char *folder, struct err *err)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;

    while (directory && (entry = readdir(directory))) {
        const char *end = strrchr(entry->d_name, '.');
        char *path;

        if (entry->d_name[0] == '.' || !end || strcmp(end, ".json") != 0)
            continue;
        path = mem_format("%s/%s", folder, entry->d_name);
        load_file(consumers, path, err);
        free(path);
    }
    if (directory)
        closedir(directory);
}

static int by_label(const void *a, const void *b)
{
    const struct consumer *one = a, *other = b;

    if (one->is_way != other->is_way)
        return one->is_way ? 1 : -1;
    return strcasecmp(one->label, other->label);
}

struct consumers *consumers_load(const char *data_dir, struct err *err)
{
    struct consumers *consumers = mem_new(1, sizeof *consumers);
    struct consumer consumer;
    char *folder;

    for (const char *const *text = preset_consumer_texts; *text; text++) {
        if (parse(&consumer, *text))
            put(consumers, &consumer);
    }
    if (!data_dir)
        data_dir = getenv("LETTERBOX_DATA_DIR");
    folder = mem_format("%s/presets/consumers", data_dir ? data_dir : LETTERBOX_DATA_DIR);
    load_folder(consumers, folder, err);
    free(folder);
    qsort(consumers->list, consumers->count, sizeof *consumers->list, by_label);
    return consumers;
}

void consumers_free(struct consumers **address)
{
    struct consumers *consumers = *address;

    if (!consumers)
        return;
    for (size_t i = 0; i < consumers->count; i++)
        clear(&consumers->list[i]);
    free(consumers->list);
    free(consumers);
    *address = NULL;
}

const struct consumer *consumer_find(const struct consumers *consumers, const char *id,
                                     const struct consumer **nearest)
{
    size_t least = strlen(id) / 2 + 1;

    if (nearest)
        *nearest = NULL;
    for (size_t i = 0; i < consumers->count; i++) {
        const struct consumer *consumer = &consumers->list[i];
        size_t distance;

        if (strcmp(consumer->id, id) == 0)
            return consumer;
        distance = nearest && least > 1 && strlen(id) < 64
                       ? text_distance(consumer->id, id)
                       : least;
        if (distance < least) {
            least = distance;
            *nearest = consumer;
        }
    }
    return NULL;
}

const struct consumer_blank *consumer_blank_in(const struct consumer *consumer,
                                               const char *text)
{
    for (size_t i = 0; i < consumer->blank_count; i++) {
        char *blank = mem_format("<%s>", consumer->blanks[i].name);
        bool stands = strstr(text, blank) != NULL;

        free(blank);
        if (stands)
            return &consumer->blanks[i];
    }
    return NULL;
}
