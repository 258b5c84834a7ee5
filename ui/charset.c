#include "ui/charset.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *sign;
    const char *ascii; /* as many columns, so that what is aligned stays so */
} signs[] = {{"✓", "+"}, {"✗", "x"}, {"·", "-"}, {"→", ">"}, {"…", "~"}};

enum { SIGN_COUNT = sizeof signs / sizeof signs[0] };

bool charset_is_ascii(bool asked)
{
    return asked || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* One character as ASCII; returns its bytes in UTF-8. */
static size_t print_character(FILE *to, const char *text)
{
    size_t length = 1;

    if ((unsigned char)*text < 0x80) {
        fputc(*text, to);
        return 1;
    }
    for (size_t i = 0; i < SIGN_COUNT; i++) {
        size_t size = strlen(signs[i].sign);
        if (strncmp(text, signs[i].sign, size) == 0) {
            fputs(signs[i].ascii, to);
            return size;
        }
    }
    while (((unsigned char)text[length] & 0xC0) == 0x80)
        length++;
    fputc('?', to);
    return length;
}

void charset_print_take(FILE *to, char *text, bool ascii)
{
    const char *at = text;

    if (!ascii)
        fputs(text, to);
    while (ascii && *at)
        at += print_character(to, at);
    free(text);
}
