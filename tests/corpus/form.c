#include "corpus/form.h"

#include <stdint.h>
#include <string.h>

static const char *const case_keys[] = {"name",  "source",    "way",         "answers",
                                        "token", "discovery", "token_tls",   "imap",
                                        "proxy", "imap_tls",  "environment", "expect",
                                        "pure",  "provider",  "note",        NULL};
static const char *const reply_keys[] = {"status", "headers",     "body", "claims",
                                         "opaque", "extra",       "does", "after",
                                         "times",  "body_base64", NULL};
static const char *const imap_keys[] = {"greeting",
                                        "capability",
                                        "capability_after",
                                        "starttls",
                                        "authenticate",
                                        "open",
                                        "list",
                                        "does",
                                        "after",
                                        "latin1",
                                        NULL};
static const char *const expect_keys[] = {"code", "class",   "stage", "field",    "exit",
                                          "said", "repairs", "says",  "commands", NULL};

static const char *const does_words[] = {
    "refuse", "hang", "close", "reset", "plain", "unresolved", "no_dns", "old_tls", NULL};
static const char *const after_words[] = {"connect",    "request",      "greeting",
                                          "capability", "starttls",     "credential",
                                          "open",       "authenticate", NULL};
static const char *const tls_words[] = {"good",        "expired",    "not_yet",
                                        "self_signed", "other_name", "untrusted",
                                        "weak",        "inspected",  NULL};

void form_complain(struct form_reader *reader, const char *what, const char *which)
{
    fprintf(reader->out, "%s: ", reader->file);
    if (reader->name)
        fprintf(reader->out, "\"%s\": ", reader->name);
    else if (reader->number > 0)
        fprintf(reader->out, "case %zu: ", reader->number);
    fprintf(reader->out, "%s%s%s\n", what, which ? ": " : "", which ? which : "");
    reader->wrong = true;
}

static void check_keys(struct form_reader *reader, const json_t *object, const char *part,
                       const char *const *known)
{
    const char *key;
    json_t *value;

    if (object && !json_is_object(object)) {
        form_complain(reader, "is no object", part);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        size_t i = 0;

        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            form_complain(reader, part ? part : "unknown key", key);
    }
}

/* A word that is none would do something else than what was meant. */
static void check_word(struct form_reader *reader, const json_t *object, const char *key,
                       const char *const *known)
{
    const json_t *value = json_object_get(object, key);
    size_t i = 0;

    if (!value)
        return;
    while (known[i] &&
           (!json_is_string(value) || strcmp(known[i], json_string_value(value)) != 0))
        i++;
    if (!known[i])
        form_complain(reader, "is not a word that is known", key);
}

static void check_lines(struct form_reader *reader, const json_t *lines, const char *key)
{
    json_t *line;
    size_t i;

    if (lines && !json_is_array(lines))
        form_complain(reader, "is no list of lines", key);
    json_array_foreach(lines, i, line)
    {
        if (!json_is_string(line))
            form_complain(reader, "holds what is no text", key);
    }
}

static void check_imap(struct form_reader *reader, const json_t *imap)
{
    static const char *const texts[] = {"greeting", "capability", "capability_after"};
    static const char *const lists[] = {"starttls", "authenticate", "open", "list"};

    check_keys(reader, imap, "unknown in imap", imap_keys);
    check_word(reader, imap, "does", does_words);
    check_word(reader, imap, "after", after_words);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const json_t *text = json_object_get(imap, texts[i]);

        if (text && !json_is_string(text))
            form_complain(reader, "is no text", texts[i]);
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        check_lines(reader, json_object_get(imap, lists[i]), lists[i]);
}

static void check_reply(struct form_reader *reader, const json_t *json, const char *part)
{
    const json_t *reply = json_object_get(json, part);

    check_keys(reader, reply, part, reply_keys);
    check_word(reader, reply, "does", does_words);
    check_word(reader, reply, "after", after_words);
}

/* What a case cannot do without. */
static void check_needed(struct form_reader *reader, const json_t *object,
                         const char *key, json_type type)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_typeof(value) != type)
        form_complain(reader, "is missing, or of another type than it must be", key);
}

void form_check(struct form_reader *reader, const json_t *json, const json_t *way)
{
    const json_t *expect = json_object_get(json, "expect");

    check_keys(reader, json, NULL, case_keys);
    check_reply(reader, json, "token");
    check_reply(reader, json, "proxy");
    check_reply(reader, json, "discovery");
    check_imap(reader, json_object_get(json, "imap"));
    check_word(reader, json, "token_tls", tls_words);
    check_word(reader, json, "imap_tls", tls_words);
    check_keys(reader, expect, "unknown in expect", expect_keys);
    check_needed(reader, json, "name", JSON_STRING);
    check_needed(reader, json, "source", JSON_STRING);
    check_needed(reader, json, "expect", JSON_OBJECT);
    if (!json_is_null(json_object_get(expect, "code"))) {
        check_needed(reader, expect, "code", JSON_STRING);
        check_needed(reader, expect, "class", JSON_STRING);
        check_needed(reader, expect, "stage", JSON_STRING);
    }
    check_needed(reader, expect, "exit", JSON_INTEGER);
    if (!way)
        form_complain(reader, "there is no such way",
                      json_string_value(json_object_get(json, "way")));
}
