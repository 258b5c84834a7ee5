/*
 * What comes out of the clipboard, before it goes into a field.
 */
#ifndef LETTERBOX_UI_SCREEN_PASTE_H
#define LETTERBOX_UI_SCREEN_PASTE_H

#include <stddef.h>

enum paste {
    PASTE_WHOLE,   /* as it was */
    PASTE_TRIMMED, /* without the line breaks and tabs around it */
    PASTE_EMPTY,
    PASTE_BROKEN,  /* a line break inside: refused */
    PASTE_CONTROL, /* another control character, or no valid UTF-8: refused */
};

/* Looks at `text`; *begin and *length get what is to be put into the field. */
enum paste paste_look(const char *text, size_t *begin, size_t *length);

/* What is said about it, translated; NULL for PASTE_WHOLE. */
const char *paste_sentence(enum paste paste);

#endif
