#include "wizard/entra_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "wizard/entra.h"

/* Paths behind the directory, in the order in which they are tried; the whole rest of the
 * path, or, with a star, its beginning. */
static const struct {
    const char *path;
    enum entra_url_kind kind;
} paths[] = {
    {"oauth2/v2.0/token", ENTRA_URL_TOKEN},
    {"oauth2/token*", ENTRA_URL_V1},
    {"oauth2/v2.0/authorize*", ENTRA_URL_AUTHORIZE},
    {"oauth2/authorize*", ENTRA_URL_AUTHORIZE},
    {"v2.0/.well-known/*", ENTRA_URL_ISSUER},
    {".well-known/*", ENTRA_URL_ISSUER},
    {"v2.0", ENTRA_URL_ISSUER},
    {"v2.0/", ENTRA_URL_ISSUER},
    {"", ENTRA_URL_ISSUER},
};

static enum entra_url_kind kind_of_path(const char *rest)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        size_t length = strcspn(paths[i].path, "*");
        bool is_whole = paths[i].path[length] == '\0';

        if (strncasecmp(rest, paths[i].path, length) == 0 &&
            (!is_whole || rest[length] == '\0'))
            return paths[i].kind;
    }
    return ENTRA_URL_OTHER;
}

/* The path begins with what should stand behind the directory. */
static bool lacks_tenant(const char *first)
{
    return first[0] == '\0' || strcasecmp(first, "oauth2") == 0 ||
           strcasecmp(first, "v2.0") == 0 || first[0] == '.';
}

static void look_at_login(struct entra_url *url, const char *whole)
{
    const char *path = strchr(strstr(whole, "://") + 3, '/');
    char first[sizeof url->tenant];

    entra_tenant_in_url(whole, first, sizeof first);
    if (!path || path[1] == '\0') {
        url->kind = ENTRA_URL_ISSUER;
    } else if (lacks_tenant(first)) {
        url->kind = ENTRA_URL_NO_TENANT;
    } else {
        const char *rest = path + 1 + strlen(first);

        memcpy(url->tenant, first, sizeof first);
        url->kind = kind_of_path(rest[0] == '/' ? rest + 1 : rest);
    }
}

/* Takes the word at `at`, up to what cannot be part of a directory's name. */
static bool take_tenant(const char *at, struct entra_url *url)
{
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789.-");

    if (length == 0 || length >= sizeof url->tenant)
        return false;
    snprintf(url->tenant, sizeof url->tenant, "%.*s", (int)length, at);
    if (entra_is_tenant(url->tenant))
        return true;
    url->tenant[0] = '\0';
    return false;
}

/* "…/tenantId/GUID…", "…?tenantId=GUID", "…tid=GUID",
 * "https://portal.azure.com/#@DOMAIN/…"
 */
static bool look_at_portal(struct entra_url *url, const char *whole)
{
    static const char *const signs[] = {"tenantid/",   "tenantid=", "tenantid%2f",
                                        "tenantid%3d", "tid=",      "/#@"};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const char *at = strcasestr(whole, signs[i]);

        if (at && take_tenant(at + strlen(signs[i]), url)) {
            url->kind = ENTRA_URL_PORTAL;
            return true;
        }
    }
    return false;
}

struct entra_url entra_url_look(const struct preset_exchange *exchange, const char *text)
{
    struct entra_url url = {.kind = ENTRA_URL_NONE};
    bool has_scheme = strstr(text, "://") != NULL;
    char *whole = mem_format("%s%s", has_scheme ? "" : "https://", text);
    char host[256];

    entra_host_in_url(whole, host, sizeof host);
    url.cloud = entra_cloud_by_login(exchange, host);
    if (url.cloud)
        look_at_login(&url, whole);
    else if (has_scheme)
        look_at_portal(&url, whole);
    /* What this host signs with is the v1 issuer, and nothing is asked there. */
    if (strncasecmp(host, "sts.", 4) == 0 && url.kind != ENTRA_URL_NONE)
        url.kind = ENTRA_URL_ISSUER;
    free(whole);
    return url;
}

char *entra_url_repair(const struct preset_exchange *exchange,
                       const struct entra_url *url, const struct preset_cloud *cloud)
{
    const struct preset_cloud *right = url->cloud ? url->cloud : cloud;

    if (url->kind == ENTRA_URL_NONE || !right || !entra_is_tenant(url->tenant))
        return NULL;
    return preset_token_url(exchange, right->id, url->tenant);
}
