/* docs/SETTINGS.md and docs/mailbox.schema.json say what the table of settings says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "settings/setting.h"

static char *read_document(const char *name)
{
    char *path = mem_format("%s/docs/%s", TEST_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    struct buf text;
    char chunk[4096];
    size_t got;
    assert_non_null(file);
    buf_init(&text, 1024 * 1024);
    while ((got = fread(chunk, 1, sizeof chunk, file)))
        assert_true(buf_add(&text, chunk, got));
    fclose(file);
    free(path);
    return buf_take(&text);
}

static const char *const kind_names[] = {
    [SETTING_TEXT] = "text",     [SETTING_NUMBER] = "number", [SETTING_SWITCH] = "switch",
    [SETTING_SECRET] = "secret", [SETTING_MAP] = "map",       [SETTING_TARGET] = "target",
};

static void test_the_page_has_a_row_for_every_key_in_order(void **state)
{
    (void)state;
    char *page = read_document("SETTINGS.md");
    const char *at = page;
    for (int id = 0; id < SET_COUNT; id++) {
        const struct setting_def *def = &setting_defs[id];
        const char *tick = def->preset[0] ? "`" : "";
        const char *blank = def->preset[0] ? " " : "";
        char *row = mem_format("\n| `%s` | %s | %s%s%s%s| ", def->key,
                               kind_names[def->kind], tick, def->preset, tick, blank);
        at = strstr(at, row);
        if (!at)
            fail_msg("docs/SETTINGS.md has no row, or not here:%s", row);
        at += strlen(row) - 1;
        free(row);
    }
    free(page);
}

/* The schema of "oauth.scope": properties.oauth.properties.scope. */
static json_t *schema_of(json_t *schema, const char *key)
{
    char *group = mem_copy_bytes(key, strcspn(key, "."));
    json_t *properties = json_object_get(schema, "properties");
    json_t *inner = json_object_get(json_object_get(properties, group), "properties");
    free(group);
    return json_object_get(inner, strchr(key, '.') + 1);
}

static void test_the_schema_has_every_key_and_its_default(void **state)
{
    (void)state;
    char *text = read_document("mailbox.schema.json");
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    for (int id = 0; id < SET_COUNT; id++) {
        const struct setting_def *def = &setting_defs[id];
        if (id == SET_NAME)
            continue;
        json_t *found = schema_of(schema, def->key);
        if (!found)
            fail_msg("docs/mailbox.schema.json has no %s", def->key);
        json_t *preset = json_object_get(found, "default");
        char *shown = preset ? json_dumps(preset, JSON_ENCODE_ANY) : mem_copy_text("");
        char *expected = def->preset[0] && def->kind == SETTING_TEXT
                             ? mem_format("\"%s\"", def->preset)
                             : mem_copy_text(def->preset);
        assert_string_equal(shown, expected);
        free(shown);
        free(expected);
        const char *type = json_string_value(json_object_get(found, "type"));
        if (def->kind == SETTING_NUMBER)
            assert_string_equal(type, "integer");
        else if (def->kind == SETTING_SWITCH)
            assert_string_equal(type, "boolean");
        else if (def->kind == SETTING_MAP)
            assert_string_equal(type, "object");
        else if (def->kind == SETTING_SECRET)
            assert_string_equal(json_string_value(json_object_get(found, "$ref")),
                                "#/$defs/secret");
    }
    json_decref(schema);
    free(text);
}

static void test_the_schema_has_no_other_key(void **state)
{
    (void)state;
    char *text = read_document("mailbox.schema.json");
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *group, *member;
    json_t *inner, *value;
    json_object_foreach(json_object_get(schema, "properties"), group, inner)
    {
        json_object_foreach(json_object_get(inner, "properties"), member, value)
        {
            char *key = mem_format("%s.%s", group, member);
            if (setting_find(key, NULL) == SET_NONE)
                fail_msg("docs/mailbox.schema.json has %s, which is no setting", key);
            free(key);
        }
    }
    json_decref(schema);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_page_has_a_row_for_every_key_in_order),
        cmocka_unit_test(test_the_schema_has_every_key_and_its_default),
        cmocka_unit_test(test_the_schema_has_no_other_key),
    };
    return cmocka_run_group_tests_name("settings/documents", tests, NULL, NULL);
}
