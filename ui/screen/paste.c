#include "ui/screen/paste.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

static const char around[] = "\r\n\t";

enum paste paste_look(const char *text, size_t *begin, size_t *length)
{
    size_t whole = strlen(text);
    enum paste paste;
    char *inside;

    *begin = strspn(text, around);
    *length = whole - *begin;
    while (*length > 0 && strchr(around, text[*begin + *length - 1]))
        --*length;
    if (*length == 0)
        return PASTE_EMPTY;
    inside = mem_copy_bytes(text + *begin, *length);
    if (strpbrk(inside, "\r\n"))
        paste = PASTE_BROKEN;
    else if (!text_is_clean(inside))
        paste = PASTE_CONTROL;
    else
        paste = *length < whole ? PASTE_TRIMMED : PASTE_WHOLE;
    secret_wipe(inside, *length);
    free(inside);
    return paste;
}

const char *paste_sentence(enum paste paste)
{
    switch (paste) {
    case PASTE_TRIMMED:
        return _("Pasted; the line break at its end was left out.");
    case PASTE_EMPTY:
        return _("There was nothing to paste.");
    case PASTE_BROKEN:
        return _("Nothing was pasted: there is a line break in the middle of it. Copy "
                 "one line alone.");
    case PASTE_CONTROL:
        return _("Nothing was pasted: there is a control character in it. Copy the "
                 "value alone.");
    case PASTE_WHOLE:
        break;
    }
    return NULL;
}
