#include "corpus/expect.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define ALL_MAX    ((size_t)256 * 1024)
#define CANARY_MIN 8

static const char *text_of(const json_t *value)
{
    return json_is_string(value) ? json_string_value(value) : "none";
}

static void expect_same(const char *key, const json_t *wanted, const json_t *got,
                        struct buf *wrong)
{
    if (strcmp(text_of(wanted), text_of(got)) != 0)
        buf_add_format(wrong, "    %s: wanted %s, got %s\n", key, text_of(wanted),
                       text_of(got));
}

/* Of an array of objects: the strings of these members, one after the other. */
static void add_members(struct buf *all, const json_t *array, const char *const *keys)
{
    json_t *item;
    size_t i;

    json_array_foreach(array, i, item)
    {
        for (const char *const *key = keys; *key; key++) {
            const char *text = json_string_value(json_object_get(item, *key));

            buf_add_text(all, text ? text : "");
            buf_add_char(all, '\n');
        }
    }
}

static char *all_says(const json_t *diagnosis)
{
    static const char *const cause[] = {"text", "why", NULL};
    static const char *const fix[] = {"who", "text", NULL};
    struct buf all;

    buf_init(&all, ALL_MAX);
    buf_add_format(&all, "%s\n%s\n", text_of(json_object_get(diagnosis, "title")),
                   text_of(json_object_get(diagnosis, "means")));
    add_members(&all, json_object_get(diagnosis, "causes"), cause);
    add_members(&all, json_object_get(diagnosis, "fixes"), fix);
    return buf_take(&all);
}

static char *all_commands(const json_t *diagnosis)
{
    static const char *const command[] = {"command", NULL};
    struct buf all;

    buf_init(&all, ALL_MAX);
    add_members(&all, json_object_get(diagnosis, "fixes"), command);
    return buf_take(&all);
}

static void expect_all_in(const char *key, const json_t *wanted, const char *text,
                          struct buf *wrong)
{
    json_t *word;
    size_t i;

    json_array_foreach(wanted, i, word)
    {
        if (!strstr(text, json_string_value(word)))
            buf_add_format(wrong, "    %s: wanted \"%s\", got:\n%s", key,
                           json_string_value(word), text);
    }
}

static void expect_repairs(const json_t *wanted, const json_t *repairs, struct buf *wrong)
{
    json_t *got = json_object(), *repair;
    size_t i;

    json_array_foreach(repairs, i, repair)
    {
        json_object_set(got, text_of(json_object_get(repair, "field")),
                        json_object_get(repair, "value"));
    }
    if (wanted && !json_equal(wanted, got)) {
        char *want = json_dumps(wanted, JSON_COMPACT),
             *have = json_dumps(got, JSON_COMPACT);

        buf_add_format(wrong, "    repairs: wanted %s, got %s\n", want, have);
        free(want);
        free(have);
    }
    json_decref(got);
}

/* What is asked of every diagnosis, whatever its case expects. */
static void expect_whole(const json_t *diagnosis, struct buf *wrong)
{
    static const char *const needed[] = {"title", "means"};
    const json_t *fix = json_array_get(json_object_get(diagnosis, "fixes"), 0);
    const char *class = json_string_value(json_object_get(diagnosis, "class"));

    for (size_t i = 0; i < 2; i++) {
        const char *text = json_string_value(json_object_get(diagnosis, needed[i]));

        if (!text || !text[0])
            buf_add_format(wrong, "    %s: there is none\n", needed[i]);
    }
    if (!json_string_value(json_object_get(fix, "who")) && class &&
        strcmp(class, "cancelled") != 0)
        buf_add_text(wrong, "    fixes: nobody must act\n");
}

/* A sentence with "<WORD>" where a value was not known was written for another case. */
static void expect_filled(const char *text, struct buf *wrong)
{
    for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
        size_t length = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

        if (length > 2 && at[length + 1] == '>')
            buf_add_format(wrong, "    says: %.*s\n", (int)length + 2, at);
    }
}

/* No sentence stands twice; who must act may. */
static void expect_no_line_twice(const char *text, struct buf *wrong)
{
    enum { SENTENCE = 30 };

    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");
        const char *later = line + length;

        while (length > SENTENCE && (later = strstr(later, "\n")) != NULL) {
            later++;
            if (strncmp(later, line, length + 1) == 0)
                buf_add_format(wrong, "    says twice: %.*s\n", (int)length, line);
        }
        if (line[length] == '\0')
            break;
    }
}

void expect_report(const struct corpus_case *the_case, const json_t *report,
                   struct buf *wrong)
{
    static const char *const same[] = {"code", "class", "stage", "field"};
    const json_t *expect = json_object_get(the_case->json, "expect");
    const json_t *diagnosis = json_object_get(report, "diagnosis");
    char *text;

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        expect_same(same[i], json_object_get(expect, same[i]),
                    json_object_get(diagnosis, same[i]), wrong);
    if (json_is_true(json_object_get(report, "ok")) !=
        json_is_null(json_object_get(expect, "code")))
        buf_add_format(wrong, "    ok: got %s\n",
                       json_is_true(json_object_get(report, "ok")) ? "true" : "false");
    if (!json_is_object(diagnosis))
        return;
    expect_whole(diagnosis, wrong);
    expect_repairs(json_object_get(expect, "repairs"),
                   json_object_get(diagnosis, "repairs"), wrong);
    text = all_says(diagnosis);
    expect_all_in("says", json_object_get(expect, "says"), text, wrong);
    expect_filled(text, wrong);
    expect_no_line_twice(text, wrong);
    free(text);
    text = all_commands(diagnosis);
    expect_all_in("commands", json_object_get(expect, "commands"), text, wrong);
    free(text);
    expect_all_in("said", json_object_get(expect, "said"),
                  text_of(json_object_get(diagnosis, "said")), wrong);
}

void expect_exit(const struct corpus_case *the_case, int status, struct buf *wrong)
{
    json_int_t wanted = json_integer_value(
        json_object_get(json_object_get(the_case->json, "expect"), "exit"));

    if (wanted != status)
        buf_add_format(wrong, "    exit: wanted %d, got %d\n", (int)wanted, status);
}

void expect_clean(const char *what, const char *text, struct buf *wrong)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        char *line = mem_copy_bytes(text, length);

        if (!text_is_clean(line)) {
            buf_add_format(wrong, "    %s: not fit for a terminal: ", what);
            text_add_safe(wrong, line, length, 0);
            buf_add_char(wrong, '\n');
        }
        free(line);
        text += length + (text[length] == '\n');
    }
}

void expect_clean_json(const json_t *json, struct buf *wrong)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_string(json))
        expect_clean("JSON", json_string_value(json), wrong);
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        expect_clean_json(value, wrong);
    }
    json_array_foreach(json, i, value)
    {
        expect_clean_json(value, wrong);
    }
}

void expect_absent(const char *what, const char *text, const json_t *canaries,
                   struct buf *wrong)
{
    json_t *canary;
    size_t i;

    json_array_foreach(canaries, i, canary)
    {
        if (json_string_length(canary) >= CANARY_MIN &&
            strstr(text, json_string_value(canary)))
            buf_add_format(wrong, "    %s: holds what is secret: %.8s...\n", what,
                           json_string_value(canary));
    }
}

/* Who entered one of the other values as a secret has shown it himself. */
static void add_secret(json_t *canaries, const json_t *object, const char *key)
{
    const char *secret = json_string_value(json_object_get(object, key));
    const char *other_key;
    json_t *other;

    if (!secret)
        return;
    json_object_foreach((json_t *)(uintptr_t)object, other_key, other)
    {
        const char *text = json_string_value(other);

        if (text && strcmp(other_key, key) != 0 && strstr(text, secret))
            return;
    }
    json_array_append_new(canaries, json_string(secret));
}

json_t *expect_canaries(const json_t *answers, const json_t *provider, const char *token)
{
    json_t *canaries = json_array();

    add_secret(canaries, answers, "oauth.client_secret");
    add_secret(canaries, answers, "basic.password");
    add_secret(canaries, provider, "client_secret");
    if (token)
        json_array_append_new(canaries, json_string(token));
    return canaries;
}
