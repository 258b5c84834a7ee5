#include "ui/screen/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

void canvas_init(struct canvas *canvas, int rows, int columns, bool ascii)
{
    memset(canvas, 0, sizeof *canvas);
    canvas->rows = rows;
    canvas->columns = columns;
    canvas->cells = mem_new((size_t)rows * (size_t)columns, sizeof *canvas->cells);
    canvas->ascii = ascii;
    canvas->signs = ascii ? &signs_ascii : &signs_utf8;
    canvas->cursor_row = canvas->cursor_column = -1;
}

void canvas_free(struct canvas *canvas)
{
    if (canvas->cells)
        secret_wipe(canvas->cells, (size_t)canvas->used_rows * (size_t)canvas->columns *
                                       sizeof *canvas->cells);
    free(canvas->cells);
    memset(canvas, 0, sizeof *canvas);
}

static struct cell *cell_at(const struct canvas *canvas, int row, int column)
{
    if (row < 0 || row >= canvas->rows || column < 0 || column >= canvas->columns)
        return NULL;
    return &canvas->cells[(size_t)row * (size_t)canvas->columns + (size_t)column];
}

const struct cell *canvas_cell(const struct canvas *canvas, int row, int column)
{
    return cell_at(canvas, row, column);
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
    return a->role == b->role && a->width == b->width && strcmp(a->text, b->text) == 0;
}

static void use_row(struct canvas *canvas, int row)
{
    if (row >= canvas->used_rows)
        canvas->used_rows = row + 1;
}

/* One grapheme cluster of `width` columns. */
static void put_cluster(struct canvas *canvas, int row, int column, enum role role,
                        const char *bytes, size_t length, int width)
{
    struct cell *cell = cell_at(canvas, row, column);

    if (!cell || column + width > canvas->columns)
        return;
    use_row(canvas, row);
    memset(cell->text, 0, sizeof cell->text);
    if (length >= sizeof cell->text) {
        bytes = "?";
        length = 1;
    }
    memcpy(cell->text, bytes, length);
    cell->role = (unsigned char)role;
    cell->width = (unsigned char)width;
    for (int i = 1; i < width; i++) {
        struct cell *half = cell_at(canvas, row, column + i);

        memset(half, 0, sizeof *half);
        half->role = (unsigned char)role;
    }
}

static bool is_ascii(const char *bytes, size_t length)
{
    return length == 1 && (unsigned char)bytes[0] < 0x80;
}

static int cluster_width(const char *bytes, size_t length)
{
    char cluster[CELL_TEXT_MAX] = "";

    if (length >= sizeof cluster)
        return 1;
    memcpy(cluster, bytes, length);
    return text_width(cluster);
}

/* What an ASCII canvas shows instead. */
static void put_replacement(struct canvas *canvas, int row, int column, enum role role,
                            const char *bytes, size_t length, int width)
{
    const char *sign = strncmp(bytes, "…", length) == 0 ? canvas->signs->cut : "?";

    for (int i = 0; i < width; i++)
        put_cluster(canvas, row, column + i, role, sign, 1, 1);
}

int canvas_put(struct canvas *canvas, int row, int column, int limit, enum role role,
               const char *text)
{
    int used = 0;

    while (*text) {
        size_t length = text_next(text, 0);
        int width = cluster_width(text, length);

        if (used + width > limit)
            break;
        if (canvas->ascii && !is_ascii(text, length))
            put_replacement(canvas, row, column + used, role, text, length, width);
        else if (width > 0)
            put_cluster(canvas, row, column + used, role, text, length, width);
        used += width;
        text += length;
    }
    return used;
}

int canvas_put_cut(struct canvas *canvas, int row, int column, int limit, enum role role,
                   const char *text)
{
    int used;

    if (limit <= 0)
        return 0;
    if (text_fit(text, limit, NULL) == strlen(text))
        return canvas_put(canvas, row, column, limit, role, text);
    used = canvas_put(canvas, row, column, limit - 1, role, text);
    return used + canvas_put(canvas, row, column + used, 1, role, canvas->signs->cut);
}

void canvas_repeat(struct canvas *canvas, int row, int column, int count, enum role role,
                   const char *sign)
{
    for (int i = 0; i < count; i++)
        put_cluster(canvas, row, column + i, role, sign, strlen(sign), 1);
}

/* Does the wrapped line end in the middle of a word? */
static bool splits_word(const char *text, size_t length)
{
    return length > 0 && text[length] && text[length] != ' ' && text[length] != '\n' &&
           text[length - 1] != ' ';
}

/* A word that does not fit at `left`: where it begins so that it ends before `right`.
 * One that fits nowhere is broken behind a slash, if there is one. */
static int outdent(const struct paragraph *paragraph, const char *text, size_t *length)
{
    size_t word = strcspn(text, " \n");
    size_t slash = *length;
    char *alone = mem_copy_bytes(text, word);
    int column = paragraph->right - text_width(alone);

    free(alone);
    if (column >= paragraph->least) {
        *length = word;
        return column;
    }
    while (slash > *length / 2 && text[slash - 1] != '/')
        slash--;
    if (slash > *length / 2)
        *length = slash;
    return paragraph->left;
}

int canvas_put_paragraph(struct canvas *canvas, const struct paragraph *paragraph,
                         const char *text)
{
    int columns = paragraph->right - paragraph->left;
    int rows = 0;

    while (*text && columns > 0) {
        size_t skip;
        size_t length = text_wrap(text, columns, &skip);
        int column = paragraph->left;
        char *line;

        if (splits_word(text, length)) {
            column = outdent(paragraph, text, &length);
            skip = text[length] == ' ' || text[length] == '\n';
        }
        line = mem_copy_bytes(text, length);
        canvas_put(canvas, paragraph->row + rows, column, paragraph->right - column,
                   paragraph->role, line);
        free(line);
        text += length + skip;
        rows++;
    }
    return rows;
}

void canvas_copy(struct canvas *to, int row, int column, const struct canvas *from,
                 int first, int rows)
{
    int columns =
        from->columns < to->columns - column ? from->columns : to->columns - column;

    for (int i = 0; i < rows && first + i < from->rows && row + i < to->rows; i++) {
        if (first + i < 0 || columns <= 0)
            continue;
        use_row(to, row + i);
        memcpy(cell_at(to, row + i, column), cell_at(from, first + i, 0),
               (size_t)columns * sizeof *to->cells);
    }
    if (from->cursor_row >= first && from->cursor_row < first + rows) {
        to->cursor_row = row + from->cursor_row - first;
        to->cursor_column = column + from->cursor_column;
    }
}
