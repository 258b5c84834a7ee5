/*
 * URLs of OpenID servers that are mistaken for the token endpoint, told by their path.
 *
 * Nothing is looked up: the paths are those that Keycloak, authentik, Zitadel, Okta,
 * Authelia, GitLab and others document.
 */
#ifndef LETTERBOX_WIZARD_ENDPOINTS_H
#define LETTERBOX_WIZARD_ENDPOINTS_H

#include <stdbool.h>

/* The token endpoint beside this endpoint, issuer or discovery document; the caller's
 * (free()).  NULL when its path is none of those that are known. */
char *endpoints_token_url(const char *url);

/* Does its path end as authorization endpoints do? */
bool endpoints_is_authorization(const char *url);

#endif
