/*
 * Folder names between UTF-8 and the wire's modified UTF-7 (RFC 3501 section 5.1.3).
 */
#ifndef LETTERBOX_IMAP_NAMES_H
#define LETTERBOX_IMAP_NAMES_H

#include <stdbool.h>

#include "base/buf.h"

#define NAMES_MAX 1024 /* bytes of a folder name, on either side */

/* Both add to `out`, which should be empty; false when it is no valid name: not UTF-8 or
 * not modified UTF-7, control characters (a CR LF would begin another command), empty. */
bool names_to_wire(const char *name, struct buf *out);
bool names_from_wire(const char *wire, struct buf *out);

#endif
