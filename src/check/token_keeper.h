/*
 * The token of one mailbox over time: asked for ahead of its end, kept in memory and in
 * STATE/NAME/token (0600), so that a restart or a lost connection needs no new one.
 *
 * What is kept is bound to what it was asked with (endpoint, client, secret, Scope and
 * parameters, hashed): after a change of settings it is not used any more.
 *
 * The file may have several users, `letterbox token` beside an ingest: it is replaced
 * whole, looked into again before a new token is asked for, and removed only with the
 * token that was refused.  Two who ask at once each get a good one, and the later one
 * stays.  One thread for each keeper.
 */
#ifndef LETTERBOX_CHECK_TOKEN_KEEPER_H
#define LETTERBOX_CHECK_TOKEN_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/secret.h"
#include "settings/access.h"

struct token_keeper;

/* `directory` is STATE/NAME, copied.  Reads nothing yet. */
struct token_keeper *token_keeper_new(const char *directory);
void token_keeper_free(struct token_keeper **keeper);

/* The token for `access` (complete), the keeper's until the next call; NULL when there is
 * none that has not ended.  A file that cannot be read or trusted holds none. */
const struct secret *token_keeper_get(struct token_keeper *keeper,
                                      const struct access *access, time_t now);

/* Keeps a copy of a token that was asked for just now.  expires_in_s as the server told,
 * -1 when it did not: then it is kept for five minutes.  A file that cannot be written
 * costs the next start a request and is no failure. */
void token_keeper_put(struct token_keeper *keeper, const struct access *access,
                      const struct secret *token, int64_t expires_in_s, time_t now);

/* The server refused it. */
void token_keeper_drop(struct token_keeper *keeper);

/* A new one was asked for just now, in vain: the token server is left alone for a minute,
 * or for as long as it asked (seconds, an hour at most; -1: it did not), and the present
 * one does until it ends. */
void token_keeper_put_off(struct token_keeper *keeper, int asked_s, time_t now);

/* When a new one should be asked for: ten minutes before the present one ends, or
 * earlier where it is short-lived, and not before what it was put off to; 0 when none is
 * kept. */
time_t token_keeper_renew_at(const struct token_keeper *keeper);

/* When the present one ends; 0 when none is kept. */
time_t token_keeper_expires_at(const struct token_keeper *keeper);

#endif
