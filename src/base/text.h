/*
 * Text that can be shown, and how wide it is.
 *
 * Servers, mail headers and files are hostile: nothing of theirs reaches a terminal, a
 * log or JSON except through text_add_safe.  Widths are those of a terminal:
 * libunistring's grapheme clusters and East Asian widths (UAX #29, UAX #11).
 */
#ifndef LETTERBOX_BASE_TEXT_H
#define LETTERBOX_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Adds `bytes` as valid UTF-8 on one line: runs of CR, LF, TAB and the line and paragraph
 * separators become one blank; other controls (C0, C1, DEL), bidirectional and invisible
 * formatting characters, unassigned code points and invalid bytes become "?"; variation
 * selectors are left out.  Never adds more than `max_bytes` (no limit when 0): what does
 * not fit is cut, with "…" as the last that is added. */
void text_add_safe(struct buf *out, const char *bytes, size_t length, size_t max_bytes);

/* The same into a fixed array; always terminated. */
void text_copy_safe(char *out, size_t size, const char *bytes, size_t length);

/* Is it valid UTF-8 on one line, with nothing in it that text_add_safe would replace? */
bool text_is_clean(const char *text);

/* Columns that `text` (valid UTF-8) takes: the sum over its code points, as terminals and
 * curses count; controls count as none. */
int text_width(const char *text);

/* How many bytes of `text` fit into `columns`, never splitting a grapheme cluster; *width
 * (may be NULL) gets the columns that they take. */
size_t text_fit(const char *text, int columns, int *width);

/* Offset after / before the grapheme cluster at `offset`; stays within the text. */
size_t text_next(const char *text, size_t offset);
size_t text_previous(const char *text, size_t offset);

/* Length in bytes of the next line when `text` is wrapped at blanks to `columns`; *skip
 * gets the bytes to leave out before the line after it (blanks, newline).  A word that is
 * wider than a line is split between clusters.  At the end both are 0; an empty line is
 * length 0 with the newline in *skip, so length and *skip together always lead on:
 *
 *     for (; *text; text += length + skip)
 *         length = text_wrap(text, columns, &skip);
 */
size_t text_wrap(const char *text, int columns, size_t *skip);

/* Edit distance for "did you mean": insertions, deletions, substitutions, swaps. */
size_t text_distance(const char *a, const char *b);

#endif
