/*
 * The ways in which text is written so that it passes through something: percent-encoded
 * (RFC 3986), as HTML, with backslashes (JSON, C, IMAP's quoted strings), and with "="
 * (quoted-printable, and a SASL name's of RFC 5801).
 *
 * Reading is lenient: whoever looks for something that may have been written so must find
 * it, and what is no escape stays as it is.
 */
#ifndef LETTERBOX_BASE_SPELLING_H
#define LETTERBOX_BASE_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum spelling {
    SPELLING_PERCENT,
    SPELLING_HTML,
    SPELLING_BACKSLASH,
    SPELLING_EQUALS,
    SPELLING_COUNT,
};

/* A text, and for each of its bytes the place in the original that it was read from;
 * from[text.length] is the original's end. */
struct spelled {
    struct buf text; /* wiped */
    size_t *from;
};

/* The original itself. */
void spelled_init(struct spelled *spelled, const char *bytes, size_t length);
/* `in`, read as this spelling; false when nothing in it is written so: `out` is unused
 * then, and not to be freed. */
bool spelled_read(struct spelled *out, const struct spelled *in, enum spelling spelling);
void spelled_free(struct spelled *spelled);

#endif
