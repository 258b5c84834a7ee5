/*
 * One line of text that is being edited, in UTF-8, by grapheme clusters.
 *
 * Pure: no keys, no screen.  The memory is always wiped, secret or not.
 */
#ifndef LETTERBOX_UI_SCREEN_EDITOR_H
#define LETTERBOX_UI_SCREEN_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define EDITOR_MAX (1024u * 1024u) /* bytes; more is refused */

struct editor {
    struct buf text;
    size_t cursor; /* byte offset of a cluster's beginning, or the end */
};

void editor_init(struct editor *editor);
void editor_free(struct editor *editor);

/* Replaces the text; the cursor goes to its end. */
void editor_load(struct editor *editor, const char *text);

/* Puts clean text (no control characters) before the cursor; false when it is too long,
 * and then nothing of it is put. */
bool editor_insert(struct editor *editor, const char *bytes, size_t length);

void editor_left(struct editor *editor);
void editor_right(struct editor *editor);
void editor_home(struct editor *editor);
void editor_end(struct editor *editor);

/* Each returns whether the text changed. */
bool editor_backspace(struct editor *editor);
bool editor_delete(struct editor *editor);
bool editor_delete_word(struct editor *editor);   /* before the cursor */
bool editor_delete_before(struct editor *editor); /* all before the cursor */

/* Where offset `at` of `text` stands when the text is broken every `columns` columns. The
 * position behind a full row is the beginning of the next. */
void editor_place(const char *text, size_t at, int columns, int *row, int *column);

/* The offset at which broken row `row` begins; the text's end when there is no such row.
 */
size_t editor_row_start(const char *text, int columns, int row);

#endif
