/*
 * A few header fields of a message, made fit to be shown (RFC 5322, RFC 2047).
 */
#ifndef LETTERBOX_IMAP_HEADERS_H
#define LETTERBOX_IMAP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/scrub.h"

/* The first field `name` of a block of header lines, unfolded, its encoded words decoded
 * to UTF-8, safe for a terminal and scrubbed (`hidden` may be NULL); "" and false when
 * there is none.  What cannot be decoded stays as it is. */
bool headers_show(const char *block, size_t length, const char *name,
                  const struct scrub *hidden, char *out, size_t size);

/* The same without decoding: identifiers.  One that holds what is hidden is none: "" and
 * false. */
bool headers_copy(const char *block, size_t length, const char *name,
                  const struct scrub *hidden, char *out, size_t size);

#endif
