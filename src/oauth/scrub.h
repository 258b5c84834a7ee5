/*
 * Removes from a server's words what must not be shown: the secret it may echo, and
 * tokens.
 */
#ifndef LETTERBOX_OAUTH_SCRUB_H
#define LETTERBOX_OAUTH_SCRUB_H

#include <stddef.h>

#include "base/secret.h"

/* Copies `bytes` to `out`, safe for a terminal and terminated, with the secret (raw and
 * form-encoded) and everything of the shape of a JWT or of an Authorization header's
 * value replaced by "[removed]".  A secret of less than four bytes is not looked for: its
 * places would tell more than they hide.  secret may be NULL. */
void scrub_copy(char *out, size_t size, const char *bytes, size_t length,
                const struct secret *secret);

#endif
