#include "oauth/form_value.h"

#include <ctype.h>
#include <string.h>

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static void add_decoded(const char *at, const char *end, struct buf *out)
{
    while (at < end) {
        if (*at == '%' && end - at > 2 && isxdigit((unsigned char)at[1]) &&
            isxdigit((unsigned char)at[2])) {
            buf_add_char(out, (char)(digit(at[1]) * 16 + digit(at[2])));
            at += 3;
        } else {
            buf_add_char(out, *at == '+' ? ' ' : *at);
            at++;
        }
    }
}

bool form_value(const char *form, size_t length, const char *name, struct buf *out)
{
    const char *at = form, *end = form + length;
    size_t name_length = strlen(name);

    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));

        stop = stop ? stop : end;
        if ((size_t)(stop - at) > name_length && memcmp(at, name, name_length) == 0 &&
            at[name_length] == '=') {
            add_decoded(at + name_length + 1, stop, out);
            return true;
        }
        at = stop < end ? stop + 1 : end;
    }
    return false;
}
