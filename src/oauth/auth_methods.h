/*
 * How clients may authenticate at a token endpoint, as its provider's metadata has it
 * (token_endpoint_auth_methods_supported, RFC 8414 2).  For a refusal that may be about
 * the way the secret was sent, and not about the secret.
 */
#ifndef LETTERBOX_OAUTH_AUTH_METHODS_H
#define LETTERBOX_OAUTH_AUTH_METHODS_H

#include <stdbool.h>

#include "oauth/discovery.h"

/* Zeroed: nothing is known. */
struct auth_methods {
    bool known; /* the metadata is there, is this endpoint's, and names its methods */
    bool post, basic;
};

/* The issuer that a Token URL suggests: what stands before the path that products give
 * their token endpoint (Keycloak's realm, Okta's server, …), else its host.  A guess,
 * which the document must confirm by naming itself so.  The caller's (free()); NULL when
 * it is no URL. */
char *auth_methods_issuer(const char *token_url);

/* Reads the discovery document (`how->issuer` NULL: of the issuer that the Token URL
 * suggests); leaves *methods zeroed when it does not come or is another endpoint's.  No
 * phase of it takes longer than a few seconds, whatever how->timeout_ms says. */
void auth_methods_ask(const struct discovery_request *how, const char *token_url,
                      const struct cancel *cancel, struct auth_methods *methods);

#endif
