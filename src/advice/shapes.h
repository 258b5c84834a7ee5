/*
 * Finding e-mail addresses and host addresses in a text, by their shape.
 *
 * Where it is not sure how far an address reaches, it reaches further.  Pure.
 */
#ifndef LETTERBOX_ADVICE_SHAPES_H
#define LETTERBOX_ADVICE_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

struct shape {
    const char *begin, *end;
    char *key; /* in the form in which two of them compare; the caller's (free()) */
};

/* The first e-mail address at or behind `from` (RFC 5322 addr-spec, RFC 6531): its "@"
 * may be percent-encoded or escaped, its local part quoted.  It begins not before `from`,
 * which is in `text`. */
bool shape_find_address(const char *text, const char *from, struct shape *found);

/* The first IPv6 or IPv4 address at or behind `from`. */
bool shape_find_host(const char *text, const char *from, struct shape *found);

/* Percent-encoding undone, however often it was done, and ASCII in lower case; the
 * caller's (free()). */
char *shape_comparable(const char *text, size_t length);

/* A letter or digit in any script, or "_". */
bool shape_is_word(const char *at);

/* "%" and two hexadecimal digits. */
bool shape_is_escape(const char *at);

/* The first byte of the character that ends before `at`, which is behind `start`. */
const char *shape_character_before(const char *start, const char *at);

#endif
