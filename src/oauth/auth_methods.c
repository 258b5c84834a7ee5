#include "oauth/auth_methods.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The host has just answered, so it is there; a document that does not come at once is
 * not worth the wait. */
enum { PATIENCE_MS = 3000 };

/* Paths of token endpoints behind their issuer; the longer before what it ends in. */
static const char *const endings[] = {
    "/protocol/openid-connect/token", /* Keycloak */
    "/oauth2/v1/token",               /* Okta */
    "/oauth2/v2.0/token",
    "/oauth/v2/token", /* Zitadel */
    "/connect/token",  /* IdentityServer */
    "/oauth2/token",   /* Hydra */
    "/oauth/token",    /* Auth0 */
    "/v1/token",       /* Okta, a server of one's own */
    "/token",
};

static bool ends_in(const char *text, size_t length, const char *ending)
{
    size_t tail = strlen(ending);

    return length >= tail && memcmp(text + length - tail, ending, tail) == 0;
}

char *auth_methods_issuer(const char *token_url)
{
    const char *scheme_end = strstr(token_url, "://");
    size_t length = strcspn(token_url, "?#");
    size_t root;

    if (!scheme_end || scheme_end >= token_url + length)
        return NULL;
    root = (size_t)(scheme_end + 3 - token_url);
    root += strcspn(token_url + root, "/?#");
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (ends_in(token_url + root, length - root, endings[i]))
            return mem_copy_bytes(token_url, length - strlen(endings[i]));
    }
    return mem_copy_bytes(token_url, root);
}

void auth_methods_ask(const struct discovery_request *how, const char *token_url,
                      const struct cancel *cancel, struct auth_methods *methods)
{
    char *suggested = how->issuer ? NULL : auth_methods_issuer(token_url);
    struct discovery_request request = *how;
    struct token_answer answer;
    struct discovery found;

    *methods = (struct auth_methods){.known = false};
    if (suggested)
        request.issuer = suggested;
    if (request.timeout_ms > PATIENCE_MS)
        request.timeout_ms = PATIENCE_MS;
    if (request.issuer &&
        discovery_find(&request, cancel, NULL, NULL, &answer, &found, NULL)) {
        methods->known =
            found.names_methods && strcmp(found.token_endpoint, token_url) == 0;
        methods->post = methods->known && found.auth_post;
        methods->basic = methods->known && found.auth_basic;
        discovery_free(&found);
    }
    free(suggested);
}
