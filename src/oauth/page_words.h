/*
 * What a person would read of a web page that came in place of an answer: its title and
 * text, without tags, scripts, styles and comments.  Pure; bytes of any kind may come.
 */
#ifndef LETTERBOX_OAUTH_PAGE_WORDS_H
#define LETTERBOX_OAUTH_PAGE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Does it begin as a page does: with a tag? */
bool page_is_one(const char *bytes, size_t length);

/* Adds the words, a blank between them, as far as `out` takes them. */
void page_words(const char *bytes, size_t length, struct buf *out);

#endif
