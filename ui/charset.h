/*
 * What a locale without UTF-8, or --ascii, gets to see of our lines of text.
 */
#ifndef LETTERBOX_UI_CHARSET_H
#define LETTERBOX_UI_CHARSET_H

#include <stdbool.h>
#include <stdio.h>

/* `asked` is --ascii.  After setlocale. */
bool charset_is_ascii(bool asked);

/* Prints `text` (UTF-8) and frees it.  In ASCII our own signs become letters, and any
 * other character that ASCII does not have becomes "?". */
void charset_print_take(FILE *to, char *text, bool ascii);

#endif
