#include "wizard/entra.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/url.h"

bool entra_is_guid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

static bool is_domain(const char *text)
{
    size_t label = 0;
    bool has_dot = false;

    if (strlen(text) > 253)
        return false;
    for (; *text; text++) {
        if (*text == '.') {
            if (label == 0)
                return false;
            has_dot = true;
            label = 0;
        } else if ((isascii(*text) && isalnum(*text)) || (*text == '-' && label > 0)) {
            label++;
        } else {
            return false;
        }
    }
    return has_dot && label > 0;
}

bool entra_is_tenant(const char *text)
{
    return entra_is_guid(text) || is_domain(text);
}

bool entra_is_shared_tenant(const char *text)
{
    return strcasecmp(text, "common") == 0 || strcasecmp(text, "organizations") == 0 ||
           strcasecmp(text, "consumers") == 0;
}

bool entra_is_placeholder(const char *text)
{
    static const char *const words[] = {
        "tenant",      "tenantid",       "tenant-id",      "tenant_id",    "your-tenant",
        "your_tenant", "your-tenant-id", "your_tenant_id", "directory-id", "directory_id",
        "tenant-guid", "mytenant",       "yourtenant.com"};

    if (text[0] && strpbrk(text, "{}<>[]%$"))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

bool entra_is_exchange(const struct settings *settings)
{
    return settings_is(settings, SET_AUTH_METHOD, "oauth") &&
           settings_is(settings, SET_OAUTH_SOURCE, "exchange");
}

bool entra_is_only_path(const char *token_url)
{
    return token_url[0] == '/' && token_url[1] != '/';
}

void entra_tenant_in_url(const char *token_url, char *out, size_t size)
{
    const char *scheme = strstr(token_url, "://");
    const char *path = scheme ? strchr(scheme + 3, '/') : NULL;
    size_t length = path ? strcspn(path + 1, "/?#") : 0;

    snprintf(out, size, "%.*s", (int)(length < size ? length : 0), path ? path + 1 : "");
}

void entra_host_in_url(const char *url, char *out, size_t size)
{
    struct url parts;

    snprintf(out, size, "%s", "");
    if (!url_parse(url, &parts, NULL))
        return;
    snprintf(out, size, "%s", parts.host);
    url_free(&parts);
}

const struct preset_cloud *entra_cloud_by_login(const struct preset_exchange *exchange,
                                                const char *host)
{
    for (size_t i = 0; i < exchange->cloud_count; i++) {
        if (strcasecmp(exchange->clouds[i].login_host, host) == 0)
            return &exchange->clouds[i];
    }
    return NULL;
}

const struct preset_cloud *entra_cloud_by_imap(const struct preset_exchange *exchange,
                                               const char *host)
{
    for (size_t i = 0; i < exchange->cloud_count; i++) {
        if (strcasecmp(exchange->clouds[i].imap_host, host) == 0)
            return &exchange->clouds[i];
    }
    return NULL;
}

const struct preset_cloud *entra_cloud_by_scope(const struct preset_exchange *exchange,
                                                const char *scope)
{
    for (size_t i = 0; i < exchange->cloud_count; i++) {
        if (strcmp(exchange->clouds[i].scope, scope) == 0)
            return &exchange->clouds[i];
    }
    return NULL;
}

const struct preset_cloud *entra_cloud(const struct preset_exchange *exchange,
                                       const struct settings *settings)
{
    const struct preset_cloud *cloud;
    char host[256];

    if (entra_is_exchange(settings))
        return preset_cloud_find(exchange, settings_text(settings, SET_OAUTH_CLOUD));
    cloud = entra_cloud_by_imap(exchange, settings_text(settings, SET_SERVER_HOST));
    if (cloud || !settings_is(settings, SET_OAUTH_SOURCE, "custom"))
        return cloud;
    entra_host_in_url(settings_text(settings, SET_OAUTH_TOKEN_URL), host, sizeof host);
    return entra_cloud_by_login(exchange, host);
}

char *entra_derived_url(const struct preset_exchange *exchange, const char *cloud,
                        const char *tenant)
{
    if (!entra_is_tenant(tenant) || !preset_cloud_find(exchange, cloud))
        return mem_copy_text(exchange->token_path);
    return preset_token_url(exchange, cloud, tenant);
}

bool entra_scope_is_delegated(const struct preset_exchange *exchange, const char *scope)
{
    return strcmp(scope, exchange->delegated_scope) == 0 ||
           strcasestr(scope, ".AccessAsUser.") || strcasestr(scope, "SMTP.Send") ||
           strcasestr(scope, "offline_access");
}
