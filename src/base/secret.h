/*
 * A secret: a password, a client secret, an access token.
 *
 * The type is opaque, so that no format string takes it by accident; it is wiped before
 * its memory goes back.  Bytes may hold anything but NUL.  secret_bytes() is for the one
 * place that sends it; what it returns must not be copied into memory that is not wiped.
 * main() turns core files off (PR_SET_DUMPABLE, RLIMIT_CORE) before the first secret.
 */
#ifndef LETTERBOX_BASE_SECRET_H
#define LETTERBOX_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret;
struct buf;

/* A copy of the bytes; the caller wipes its own. */
struct secret *secret_new(const char *bytes, size_t length);

/* Takes what is in `buf` (made with buf_init_secret), which is wiped and empty then. */
struct secret *secret_take_buf(struct buf *buf);

struct secret *secret_copy(const struct secret *secret); /* NULL for NULL */

/* Wipes, frees, sets *secret to NULL.  *secret may be NULL. */
void secret_free(struct secret **secret);

const char *secret_bytes(const struct secret *secret); /* terminated; "" for NULL */
size_t secret_length(const struct secret *secret);     /* in bytes; 0 for NULL */

/* Takes the same time wherever the first difference is.  NULL equals an empty secret. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* free() for libraries whose blocks have held a secret: wipes all of the block first.
 * memory comes from malloc, or is NULL. */
void secret_wipe_free(void *memory);

/* Overwrites memory in a way the compiler does not remove. */
void secret_wipe(void *memory, size_t length);

#endif
