/*
 * What AUTHENTICATE sends, as one base64 line in a buffer that is wiped
 * (buf_init_secret).
 *
 * All return false, with nothing usable in `out`, when a value holds what the mechanism
 * cannot carry: control characters in a name, anything but visible ASCII in a token.
 */
#ifndef LETTERBOX_IMAP_SASL_H
#define LETTERBOX_IMAP_SASL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/secret.h"

#define SASL_LINE_MAX (64 * 1024)

/* "user=" name ^A "auth=Bearer " token ^A ^A (Google's and Microsoft's pages). */
bool sasl_xoauth2(const char *user, const struct secret *token, struct buf *out);

/* RFC 7628 section 3.1; host NULL or port 0 are left out. */
bool sasl_oauthbearer(const char *user, const char *host, int port,
                      const struct secret *token, struct buf *out);

/* RFC 4616, without an authorization identity. */
bool sasl_plain(const char *user, const struct secret *password, struct buf *out);

/* The text behind base64; false when it is none. */
bool sasl_decode(const char *base64, size_t length, struct buf *out);

#endif
