/*
 * Removes from a server's words what must not be shown: the secrets that it was sent and
 * may repeat, in whichever way it writes them, and what looks like a token.
 *
 * What is hidden is found as it is, in base64 or base64url (at any of the three places
 * where it can begin, alone or in the middle of something, of a form too), in
 * hexadecimal, and in the spellings of base/spelling.h, one or two upon each other;
 * whatever the case of its letters, and with blanks, line breaks, controls or "+" between
 * its characters.  Any twelve of them in a row are enough: a server may have cut the rest
 * off.
 *
 * A secret of less than four bytes is not looked for: its places would tell more than
 * they hide.  One that may be a part of an ordinary word (short, nothing but letters, or
 * nothing but digits) is found where it stands alone, for the same reason.
 *
 * Not for use by two threads at once while something is added.
 */
#ifndef LETTERBOX_BASE_SCRUB_H
#define LETTERBOX_BASE_SCRUB_H

#include <stdbool.h>
#include <stddef.h>

#define SCRUB_REMOVED "[removed]"

/* What is to be hidden; wiped when it is freed. */
struct scrub;

struct scrub *scrub_new(void);
void scrub_free(struct scrub **scrub); /* sets it to NULL; may be NULL */

/* Adds a secret, which is copied; terminated, without a NUL in it. */
void scrub_hide(struct scrub *scrub, const char *bytes, size_t length);

/* Copies `bytes` to `out`, safe for a terminal (base/text.h) and terminated, with what is
 * hidden, everything of the shape of a JWT and the credentials behind "Basic" and
 * "Bearer" replaced by SCRUB_REMOVED.  scrub may be NULL.  The bytes may be those of
 * `out`; what stands behind the first 16 KiB is dropped. */
void scrub_copy(const struct scrub *scrub, char *out, size_t size, const char *bytes,
                size_t length);

/* The same for a part of `bytes`, from `begin` up to `end`: what is hidden is found where
 * it reaches over the part's borders, too. */
void scrub_copy_part(const struct scrub *scrub, char *out, size_t size, const char *bytes,
                     size_t length, size_t begin, size_t end);

/* Is anything of what is hidden in there? */
bool scrub_finds(const struct scrub *scrub, const char *bytes, size_t length);

#endif
