#include "support/exposition/exposition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/argv.h"
#include "base/mem.h"

#define NAME_FIRST  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_LETTER NAME_FIRST "0123456789"

struct reader {
    const char *line;
    char *help, *type, *family; /* of the family that is being read */
    char **families;            /* that were read */
    char **samples;
    size_t family_count, sample_count;
};

static void wrong(const struct reader *reader, const char *what)
{
    fail_msg("%s in line: %.*s", what, (int)strcspn(reader->line, "\n"), reader->line);
}

static char *take_name(const struct reader *reader, const char **at, bool colon)
{
    size_t length = strspn(*at, colon ? NAME_LETTER ":" : NAME_LETTER);
    char *name = mem_copy_bytes(*at, length);

    if (length == 0 || !strchr(colon ? NAME_FIRST ":" : NAME_FIRST, **at))
        wrong(reader, "no name");
    *at += length;
    return name;
}

static void expect(const struct reader *reader, const char **at, const char *text)
{
    if (strncmp(*at, text, strlen(text)) != 0)
        wrong(reader, text);
    *at += strlen(text);
}

static void remember(char ***list, size_t *count, char *text, const struct reader *reader)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*list)[i], text) == 0)
            wrong(reader, "the second time");
    *list = mem_resize(*list, *count + 2, sizeof **list);
    (*list)[(*count)++] = text;
    (*list)[*count] = NULL;
}

/* "# HELP name text" begins a family, "# TYPE name type" follows. */
static void read_comment(struct reader *reader)
{
    const char *at = reader->line;
    bool is_help = strncmp(at, "# HELP ", 7) == 0;
    char *name;

    expect(reader, &at, is_help ? "# HELP " : "# TYPE ");
    name = take_name(reader, &at, true);
    expect(reader, &at, " ");
    if (is_help) {
        remember(&reader->families, &reader->family_count, mem_copy_text(name), reader);
        mem_replace_text(&reader->family, name);
        mem_replace_text(&reader->type, NULL);
    } else {
        if (!reader->family || strcmp(reader->family, name) != 0 || reader->type)
            wrong(reader, "TYPE without its HELP before it");
        reader->type = mem_copy_bytes(at, strcspn(at, "\n"));
        if (strcmp(reader->type, "gauge") != 0 && strcmp(reader->type, "counter") != 0)
            wrong(reader, "a type that is none of ours");
        if ((strcmp(reader->type, "counter") == 0) !=
            (strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0))
            wrong(reader, "_total is for counters, and counters have it");
    }
    free(name);
}

static void read_label(const struct reader *reader, const char **at)
{
    free(take_name(reader, at, false));
    expect(reader, at, "=\"");
    for (; **at != '"'; ++*at) {
        if (**at == '\n' || **at == '\0')
            wrong(reader, "a value without end");
        if (**at == '\\' && !strchr("\\\"n", *++*at))
            wrong(reader, "an escape that is none");
    }
    ++*at;
}

static void read_sample(struct reader *reader)
{
    const char *at = reader->line;
    char *name = take_name(reader, &at, true), *end;

    if (!reader->type || strcmp(name, reader->family) != 0)
        wrong(reader, "a sample outside of its family");
    free(name);
    if (*at == '{') {
        do {
            at++;
            read_label(reader, &at);
        } while (*at == ',');
        expect(reader, &at, "}");
    }
    remember(&reader->samples, &reader->sample_count,
             mem_copy_bytes(reader->line, (size_t)(at - reader->line)), reader);
    expect(reader, &at, " ");
    if (*at == ' ' || *at == '\n')
        wrong(reader, "no value");
    strtod(at, &end);
    if (*end != '\n')
        wrong(reader, "no number alone");
}

void exposition_check(const char *text)
{
    struct reader reader = {.line = text};

    assert_true(*text && text[strlen(text) - 1] == '\n');
    for (; *reader.line; reader.line += strcspn(reader.line, "\n") + 1) {
        if (*reader.line == '#')
            read_comment(&reader);
        else
            read_sample(&reader);
    }
    argv_free(&reader.families);
    argv_free(&reader.samples);
    free(reader.family);
    free(reader.type);
}

static const char *find(const char *text, const char *sample)
{
    size_t length = strlen(sample);

    for (; *text; text += strcspn(text, "\n") + 1)
        if (strncmp(text, sample, length) == 0 && text[length] == ' ')
            return text + length + 1;
    return NULL;
}

double exposition_value(const char *text, const char *sample)
{
    const char *value = find(text, sample);

    if (!value)
        fail_msg("%s is not in:\n%s", sample, text);
    return value ? strtod(value, NULL) : 0;
}

bool exposition_has(const char *text, const char *sample)
{
    return find(text, sample) != NULL;
}
