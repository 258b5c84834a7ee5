/*
 * Writes docs/DIAGNOSES.md from the tables of src/advice/, or checks that it is in step.
 *
 *     letterbox_diagnoses FILE            writes it
 *     letterbox_diagnoses --check FILE    exit 1, naming the first line that differs
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice/row.h"
#include "base/buf.h"
#include "check/stages.h"

#define PAGE_MAX (4 * 1024 * 1024)

/* Text of a row: placeholders as `<WORD>`, so that Markdown shows them. */
static void add_text(struct buf *page, const char *text)
{
    char *filled = fill_text(text, NULL, FILL_PLAIN, NULL);
    for (const char *at = filled; *at;) {
        size_t length = *at == '<' ? strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;
        if (length > 0 && at[length + 1] == '>') {
            buf_add_char(page, '`');
            buf_add(page, at, length + 2);
            buf_add_char(page, '`');
            at += length + 2;
        } else {
            buf_add_char(page, *at++);
        }
    }
    free(filled);
}

/* As the exit status of `letterbox test` follows from a diagnosis. */
static int exit_status(const struct advice_row *row)
{
    static const int statuses[] = {
        [ADVICE_FIX_SETTING] = 78, [ADVICE_FIX_SERVER] = 69, [ADVICE_RETRY_NOW] = 75,
        [ADVICE_RETRY_LATER] = 75, [ADVICE_CANCELLED] = 130, [ADVICE_INTERNAL] = 70,
    };
    return row->refusal ? 77 : statuses[row->class];
}

static void add_field(struct buf *page, const struct advice_row *row)
{
    if (row->field == SET_NONE)
        return;
    buf_add_format(page, ", field `%s`", setting_defs[row->field].key);
    if (row->token_field)
        buf_add_format(page, " (of the token server: `%s`)",
                       setting_defs[row->token_field].key);
}

/* A list of words in code, from "one|two". */
static void add_words(struct buf *page, const char *list, char separator)
{
    bool first = true;
    while (*list) {
        const char *end = strchr(list, separator);
        size_t length = end ? (size_t)(end - list) : strlen(list);
        if (length > 0) {
            buf_add_text(page, first ? " `" : ", `");
            buf_add(page, list, length);
            buf_add_char(page, '`');
            first = false;
        }
        list += length + (end != NULL);
    }
}

/* What an administrator may have in hand: numbers and words of servers. */
static void add_recognised(struct buf *page, const struct advice_row *row)
{
    const struct advice_match *when = &row->when;
    struct buf list;

    buf_init(&list, PAGE_MAX);
    for (size_t i = 0; i < ADVICE_NUMBER_MAX && when->aadsts[i]; i++)
        buf_add_format(&list, "%s `AADSTS%d`", i > 0 ? "," : "", when->aadsts[i]);
    if (when->http_from && when->http_to)
        buf_add_format(&list, "%s HTTP %d to %d", list.length > 0 ? ";" : "",
                       when->http_from, when->http_to);
    else if (when->http_from)
        buf_add_format(&list, "%s HTTP %d", list.length > 0 ? ";" : "", when->http_from);
    const struct {
        const char *words;
        char separator;
    } columns[] = {{when->error, ' '}, {when->response_code, ' '}, {when->says, '|'}};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (!columns[i].words)
            continue;
        buf_add_text(&list, list.length > 0 ? ";" : "");
        add_words(&list, columns[i].words, columns[i].separator);
    }
    if (list.length > 0)
        buf_add_format(page, "Seen with:%s.\n\n", list.data);
    buf_free(&list);
}

static void add_causes(struct buf *page, const struct advice_row *row)
{
    if (!row->causes[0].text)
        return;
    buf_add_text(page, "Likely causes:\n\n");
    for (size_t i = 0; i < ADVICE_CAUSE_MAX && row->causes[i].text; i++) {
        buf_add_text(page, "- ");
        add_text(page, row->causes[i].text);
        buf_add_char(page, '\n');
    }
    buf_add_char(page, '\n');
}

static void add_command(struct buf *page, const struct advice_fix *fix)
{
    const char *language = fix->shell == FILL_POWERSHELL ? "powershell"
                           : fix->shell == FILL_SHELL    ? "sh"
                                                         : "";
    char *command = fill_text(fix->command, NULL, fix->shell, NULL);
    buf_add_format(page, "\n  ```%s\n", language);
    for (char *line = command; *line;) {
        size_t length = strcspn(line, "\n");
        buf_add_text(page, "  ");
        buf_add(page, line, length);
        buf_add_char(page, '\n');
        line += length + (line[length] == '\n');
    }
    buf_add_text(page, "  ```\n");
    free(command);
}

static void add_fixes(struct buf *page, const struct advice_row *row)
{
    buf_add_text(page, "What to do:\n\n");
    for (size_t i = 0; i < ADVICE_FIX_MAX && row->fixes[i].text; i++) {
        buf_add_format(page, "- **%s:** ", row->fixes[i].who);
        add_text(page, row->fixes[i].text);
        buf_add_char(page, '\n');
        if (row->fixes[i].command)
            add_command(page, &row->fixes[i]);
    }
    buf_add_char(page, '\n');
}

static void add_row(struct buf *page, const struct advice_row *row)
{
    buf_add_format(page, "### %s\n\n**", row->code);
    add_text(page, row->title);
    buf_add_text(page, "**\n\n");
    add_text(page, row->means);
    buf_add_format(page, "\n\nClass `%s`, exit status %d", advice_class_id(row->class),
                   exit_status(row));
    add_field(page, row);
    buf_add_text(page, ".\n\n");
    add_recognised(page, row);
    add_causes(page, row);
    add_fixes(page, row);
}

static void add_page(struct buf *page)
{
    buf_add_text(
        page,
        "# Diagnoses\n\n"
        "Every diagnosis that `letterbox test` and the wizard can give, by its code. The "
        "codes are stable; `<WORDS>` stand for what is filled in from the test.\n\n"
        "This page is made from the tables in `src/advice/` by `cmake --build build/dev "
        "--target diagnoses`; edit the tables, not the page.\n\n");
    for (const struct advice_subject *subject = advice_subjects; subject->heading;
         subject++) {
        buf_add_format(page, "- %s:", subject->heading);
        for (size_t i = 0; i < subject->table->count; i++)
            buf_add_format(page, "%s `%s`", i > 0 ? "," : "",
                           subject->table->rows[i].code);
        buf_add_char(page, '\n');
    }
    for (const struct advice_subject *subject = advice_subjects; subject->heading;
         subject++) {
        buf_add_format(page, "\n## %s\n\n", subject->heading);
        for (size_t i = 0; i < subject->table->count; i++)
            add_row(page, &subject->table->rows[i]);
    }
    while (page->length > 1 && page->data[page->length - 2] == '\n')
        buf_truncate(page, page->length - 1);
}

static int write_page(const char *path, const struct buf *page)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        return 1;
    }
    bool written = fwrite(page->data, 1, page->length, file) == page->length;
    if (fclose(file) != 0 || !written) {
        perror(path);
        return 1;
    }
    return 0;
}

static int check_page(const char *path, const struct buf *page)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return 1;
    }
    int line = 1, got;
    size_t at = 0;
    while ((got = getc(file)) != EOF && at < page->length &&
           got == (unsigned char)page->data[at]) {
        line += got == '\n';
        at++;
    }
    fclose(file);
    if (got == EOF && at == page->length)
        return 0;
    fprintf(stderr,
            "%s differs from the tables at line %d.\n"
            "Write it anew: cmake --build build/dev --target diagnoses\n",
            path, line);
    return 1;
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    if (!check && argc != 2) {
        fprintf(stderr, "usage: %s [--check] FILE\n", argv[0]);
        return 64;
    }
    struct buf page;
    buf_init(&page, PAGE_MAX);
    add_page(&page);
    int status = check ? check_page(argv[2], &page) : write_page(argv[1], &page);
    buf_free(&page);
    return status;
}
