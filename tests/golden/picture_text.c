#include "golden/picture_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define PICTURE_MAX (256u * 1024u)

static void trim(struct buf *out, size_t from, char blank)
{
    size_t end = out->length;

    while (end > from && out->data[end - 1] == blank)
        end--;
    buf_truncate(out, end);
    buf_add_char(out, '\n');
}

static void add_row(struct buf *out, const struct canvas *canvas, int row)
{
    size_t from = out->length;

    for (int column = 0; column < canvas->columns; column++) {
        const struct cell *cell = canvas_cell(canvas, row, column);

        buf_add_text(out, cell->text[0] ? cell->text : " ");
        if (cell->width == 2)
            column++;
    }
    trim(out, from, ' ');
}

static void add_looks(struct buf *out, const struct canvas *canvas, int row)
{
    size_t from = out->length;

    for (int column = 0; column < canvas->columns; column++)
        buf_add_char(out, role_letter(canvas_cell(canvas, row, column)->role));
    trim(out, from, '.');
}

char *picture_text(const struct canvas *canvas, bool with_looks)
{
    struct buf out;

    buf_init(&out, PICTURE_MAX);
    for (int row = 0; row < canvas->rows; row++)
        add_row(&out, canvas, row);
    buf_add_format(&out, "--- cursor %d,%d\n", canvas->cursor_row, canvas->cursor_column);
    for (int row = 0; with_looks && row < canvas->rows; row++)
        add_looks(&out, canvas, row);
    return buf_take(&out);
}

static char *read_file(const char *path)
{
    char *text = calloc(1, PICTURE_MAX);
    FILE *file = fopen(path, "r");

    if (file) {
        size_t got = fread(text, 1, PICTURE_MAX - 1, file);

        text[got] = '\0';
        fclose(file);
    }
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void picture_compare(const char *name, const char *text)
{
    const char *update = getenv("UPDATE_GOLDEN");
    char path[512];
    char *expected;

    snprintf(path, sizeof path, "%s/tests/golden/files/%s.txt", TEST_SOURCE_DIR, name);
    if (update && update[0]) {
        write_file(path, text);
        return;
    }
    expected = read_file(path);
    if (strcmp(expected, text) != 0) {
        print_message("%s is now:\n%s\n", name, text);
        free(expected);
        fail_msg("%s differs from %s (UPDATE_GOLDEN=1 rewrites it)", name, path);
    }
    free(expected);
}
