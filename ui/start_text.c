#include "ui/start_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ui/plain/lines.h"

void start_lines_take(struct start_lines *lines, enum start_kind kind, char *text)
{
    lines->items = mem_resize(lines->items, lines->count + 1, sizeof *lines->items);
    lines->items[lines->count++] = (struct start_line){.kind = kind, .text = text};
}

void start_lines_add(struct start_lines *lines, enum start_kind kind, const char *text)
{
    start_lines_take(lines, kind, mem_copy_text(text));
}

void start_lines_copy(struct start_lines *lines, const struct start_lines *from)
{
    for (size_t i = 0; i < from->count; i++)
        start_lines_add(lines, from->items[i].kind, from->items[i].text);
}

void start_lines_free(struct start_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i].text);
    free(lines->items);
    *lines = (struct start_lines){.items = NULL};
}

void start_lines_print(const struct start_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct start_line *line = &lines->items[i];

        if (line->kind == START_COMMAND || line->kind == START_ENTRY)
            fprintf(stderr, "    %s\n", line->text);
        else if (line->kind != START_KEY)
            lines_print(0, line->text);
    }
}
