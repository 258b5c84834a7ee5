#include "ui/screen/editor.h"

#include <string.h>

#include "base/text.h"

void editor_init(struct editor *editor)
{
    buf_init_secret(&editor->text, EDITOR_MAX);
    editor->cursor = 0;
}

void editor_free(struct editor *editor)
{
    buf_free(&editor->text);
    editor->cursor = 0;
}

void editor_load(struct editor *editor, const char *text)
{
    buf_clear(&editor->text);
    buf_add_text(&editor->text, text);
    editor->cursor = editor->text.length;
}

bool editor_insert(struct editor *editor, const char *bytes, size_t length)
{
    size_t tail = editor->text.length - editor->cursor;
    char *at;

    if (!buf_add(&editor->text, bytes, length)) {
        editor->text.overflowed = false;
        return false;
    }
    at = editor->text.data + editor->cursor;
    memmove(at + length, at, tail);
    memcpy(at, bytes, length);
    editor->cursor += length;
    return true;
}

void editor_left(struct editor *editor)
{
    editor->cursor = text_previous(editor->text.data, editor->cursor);
}

void editor_right(struct editor *editor)
{
    editor->cursor = text_next(editor->text.data, editor->cursor);
}

void editor_home(struct editor *editor)
{
    editor->cursor = 0;
}

void editor_end(struct editor *editor)
{
    editor->cursor = editor->text.length;
}

/* Removes from `begin` to before `end`; buf_truncate wipes what is behind the new end. */
static bool cut(struct editor *editor, size_t begin, size_t end)
{
    struct buf *text = &editor->text;
    size_t count = end - begin;

    if (count == 0)
        return false;
    memmove(text->data + begin, text->data + end, text->length - end);
    buf_truncate(text, text->length - count);
    editor->cursor = begin;
    return true;
}

bool editor_backspace(struct editor *editor)
{
    return cut(editor, text_previous(editor->text.data, editor->cursor), editor->cursor);
}

bool editor_delete(struct editor *editor)
{
    return cut(editor, editor->cursor, text_next(editor->text.data, editor->cursor));
}

bool editor_delete_word(struct editor *editor)
{
    const char *text = editor->text.data;
    size_t begin = editor->cursor;

    while (begin > 0 && text[begin - 1] == ' ')
        begin--;
    while (begin > 0 && text[begin - 1] != ' ')
        begin--;
    return cut(editor, begin, editor->cursor);
}

bool editor_delete_before(struct editor *editor)
{
    return cut(editor, 0, editor->cursor);
}

/* The bytes of one row; at least one cluster, so that every row moves on. */
static size_t row_length(const char *text, int columns, int *width)
{
    size_t length = text_fit(text, columns, width);

    if (length == 0 && *text) {
        length = text_next(text, 0);
        *width = columns;
    }
    return length;
}

void editor_place(const char *text, size_t at, int columns, int *row, int *column)
{
    size_t begin = 0;
    int width = 0;

    *row = 0;
    for (;;) {
        size_t length = row_length(text + begin, columns, &width);

        if (at < begin + length || length == 0)
            break;
        if (!text[begin + length] && width < columns)
            break;
        begin += length;
        ++*row;
    }
    /* The fewest columns that hold what stands before `at` in its row. */
    *column = 0;
    for (int fits = 0; fits <= columns; fits++) {
        if (text_fit(text + begin, fits, column) >= at - begin)
            break;
    }
}

size_t editor_row_start(const char *text, int columns, int row)
{
    size_t begin = 0;

    for (int i = 0; i < row && text[begin]; i++) {
        int width;

        begin += row_length(text + begin, columns, &width);
    }
    return begin;
}
