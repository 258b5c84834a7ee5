#include "wizard/endpoints.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define DISCOVERY "/.well-known/openid-configuration"

/* A path that ends in `end` has its token endpoint at `token`; where a name stands
 * before, `stem` is what must come before that name (Keycloak's realm). */
static const struct {
    const char *stem, *end, *token;
} known[] = {
    {NULL, "/protocol/openid-connect/auth", "/protocol/openid-connect/token"},
    {NULL, "/protocol/openid-connect/userinfo", "/protocol/openid-connect/token"},
    {NULL, "/protocol/openid-connect/certs", "/protocol/openid-connect/token"},
    {NULL, "/protocol/openid-connect/token/introspect", "/protocol/openid-connect/token"},
    {"/realms/", DISCOVERY, "/protocol/openid-connect/token"},
    {"/realms/", "", "/protocol/openid-connect/token"},
    {NULL, "/application/o/authorize", "/application/o/token/"},
    {NULL, "/application/o/userinfo", "/application/o/token/"},
    {NULL, "/oauth/v2/authorize", "/oauth/v2/token"},
    {NULL, "/v1/authorize", "/v1/token"},
    {NULL, "/api/oidc/authorization", "/api/oidc/token"},
    {NULL, "/connect/authorize", "/connect/token"},
    {NULL, "/oauth2/authorize", "/oauth2/token"},
    {NULL, "/oauth/authorize", "/oauth/token"},
};

/* The bytes of `url` without query, fragment, and slashes at its end. */
static size_t bare_length(const char *url)
{
    size_t length = strcspn(url, "?#");

    while (length > 0 && url[length - 1] == '/')
        length--;
    return length;
}

static bool ends_in(const char *text, size_t length, const char *end)
{
    size_t tail = strlen(end);

    return length >= tail && strncasecmp(text + length - tail, end, tail) == 0;
}

/* Does `text` end in `stem` and one name? */
static bool is_stem_and_name(const char *text, size_t length, const char *stem)
{
    size_t name = 0;

    while (name < length && text[length - name - 1] != '/')
        name++;
    return name > 0 && ends_in(text, length - name, stem);
}

char *endpoints_token_url(const char *url)
{
    size_t length = bare_length(url);

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t kept;

        if (!ends_in(url, length, known[i].end))
            continue;
        kept = length - strlen(known[i].end);
        if (!known[i].stem || is_stem_and_name(url, kept, known[i].stem))
            return mem_format("%.*s%s", (int)kept, url, known[i].token);
    }
    return NULL;
}

bool endpoints_is_authorization(const char *url)
{
    static const char *const ends[] = {"/authorize", "/auth", "/authorization"};
    size_t length = bare_length(url);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (ends_in(url, length, ends[i]))
            return true;
    }
    return false;
}
