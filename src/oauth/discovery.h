/*
 * The discovery document of an issuer: OpenID Connect Discovery 1.0 4 (appended), then
 * RFC 8414 3 (inserted).  Only https; the issuer in the document must be the one asked
 * for.
 */
#ifndef LETTERBOX_OAUTH_DISCOVERY_H
#define LETTERBOX_OAUTH_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "net/cancel.h"
#include "oauth/token.h"

struct err;

struct discovery {
    char *issuer;
    char *token_endpoint;
    bool auth_post,
        auth_basic;     /* token_endpoint_auth_methods_supported; basic when absent */
    bool names_methods; /* it was there */
    bool names_grants;  /* grant_types_supported was there… */
    bool grants_client_credentials; /* …and holds client_credentials */
};

/* All borrowed. */
struct discovery_request {
    const char *issuer;
    const char *ca_file; /* as in struct token_request, like proxy and timeout_ms */
    const char *proxy;
    int timeout_ms;
};

/* `how` gets what was met on the way, as token_fetch would: of the document that was
 * asked for last.  A document that came and is no good is NET_SYSTEM in TOKEN_REQUEST,
 * with the sentence of err.  progress may be NULL, and is called anew for each document.
 */
bool discovery_find(const struct discovery_request *request, const struct cancel *cancel,
                    token_progress *progress, void *closure, struct token_answer *how,
                    struct discovery *found, struct err *err);

/* The same for those who only want the sentence. */
bool discovery_fetch(const char *issuer, const char *ca_file, const char *proxy,
                     int timeout_ms, const struct cancel *cancel, struct discovery *found,
                     struct err *err);
/* Pure; for tests. */
bool discovery_parse(const char *issuer, const char *body, size_t length,
                     struct discovery *found, struct err *err);
void discovery_free(struct discovery *found);

#endif
