/*
 * The claims of a JWT access token, for hints only.
 *
 * The signature is not checked and an undecodable token is no failure: Microsoft says its
 * tokens for its own APIs may be opaque.  Texts are safe for a terminal and bounded.
 */
#ifndef LETTERBOX_OAUTH_CLAIMS_H
#define LETTERBOX_OAUTH_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/scrub.h"
#include "base/secret.h"

#define CLAIMS_ROLE_MAX 16

struct claims {
    bool decoded;  /* false: opaque, or an encrypted token; all else is empty then */
    char aud[256]; /* several: blank-separated */
    char iss[256];
    char roles[CLAIMS_ROLE_MAX][64];
    size_t role_count;
    char scp[256];  /* there only in a delegated (user's) token */
    char appid[64]; /* appid (v1), else azp (v2), else client_id (RFC 9068) */
    char
        oid[64]; /* object id of the service principal: what New-ServicePrincipal wants */
    char tid[64];
    char sub[128];
    char preferred_username[128];
    char email[128];
    time_t expires, issued, not_before; /* 0 when not said */
};

/* `hidden` (may be NULL) is removed from every text: who makes the token knows the client
 * secret. */
void claims_decode(const struct secret *token, const struct scrub *hidden,
                   struct claims *claims);
bool claims_have_role(const struct claims *claims, const char *role);

#endif
