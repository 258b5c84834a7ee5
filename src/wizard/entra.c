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

/* Copies what is no blank; false when it does not fit. */
static bool close_up(const char *text, char *out, size_t size)
{
    size_t length = 0;

    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (length + 1 >= size)
            return false;
        out[length++] = *text;
    }
    out[length] = '\0';
    return true;
}

/* The only GUID that begins and ends where no hexadecimal digit goes on. */
static bool find_guid(const char *text, char out[ENTRA_GUID_LENGTH + 1])
{
    char guid[ENTRA_GUID_LENGTH + 1];
    bool found = false;

    for (const char *at = text; strlen(at) >= ENTRA_GUID_LENGTH; at++) {
        bool inside = at > text && isxdigit((unsigned char)at[-1]);

        snprintf(guid, sizeof guid, "%.*s", ENTRA_GUID_LENGTH, at);
        if (inside || isxdigit((unsigned char)at[ENTRA_GUID_LENGTH]) ||
            !entra_is_guid(guid))
            continue;
        if (found && strcasecmp(out, guid) != 0)
            return false;
        memcpy(out, guid, sizeof guid);
        found = true;
    }
    return found;
}

bool entra_find_guid(const char *text, char out[ENTRA_GUID_LENGTH + 1])
{
    char closed[600];

    if (find_guid(text, out))
        return true;
    return close_up(text, closed, sizeof closed) && find_guid(closed, out);
}

bool entra_is_nil_guid(const char *text)
{
    return entra_is_guid(text) && strspn(text, "0-") == ENTRA_GUID_LENGTH;
}

bool entra_is_personal_tenant(const char *text)
{
    return strcasecmp(text, "9188040d-6c67-4c5b-b112-36a304b66dad") == 0;
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
    char guid[ENTRA_GUID_LENGTH + 1];

    if (entra_find_guid(text, guid))
        return false; /* a true one, in braces */
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

/* `names`: whole ones, and ends that begin with a dot. */
static bool is_named(const char *host, char *const *names)
{
    size_t length = strlen(host);

    for (; *names; names++) {
        size_t tail = names[0][0] == '.' ? strlen(*names) : length;

        if (length >= tail && strcasecmp(host + length - tail, *names) == 0)
            return true;
    }
    return false;
}

const struct preset_cloud *entra_cloud_by_login(const struct preset_exchange *exchange,
                                                const char *host)
{
    for (size_t i = 0; i < exchange->cloud_count; i++) {
        if (strcasecmp(exchange->clouds[i].login_host, host) == 0 ||
            is_named(host, exchange->clouds[i].other_login_hosts))
            return &exchange->clouds[i];
    }
    return NULL;
}

const struct preset_cloud *entra_cloud_by_imap(const struct preset_exchange *exchange,
                                               const char *host)
{
    for (size_t i = 0; i < exchange->cloud_count; i++) {
        if (strcasecmp(exchange->clouds[i].imap_host, host) == 0 ||
            is_named(host, exchange->clouds[i].other_imap_hosts))
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

const char *entra_token_source(const struct wizard_context *context,
                               const struct settings *settings)
{
    if (!settings_is(settings, SET_AUTH_METHOD, "oauth"))
        return "";
    if (!settings_is(settings, SET_OAUTH_SOURCE, "provider"))
        return settings_text(settings, SET_OAUTH_TOKEN_URL);
    for (size_t i = 0; i < context->provider_count; i++) {
        if (settings_is(settings, SET_OAUTH_PROVIDER, context->providers[i].value))
            return context->providers[i].hint ? context->providers[i].hint : "";
    }
    return "";
}

const struct preset_cloud *entra_cloud(const struct wizard_context *context,
                                       const struct settings *settings)
{
    const struct preset_exchange *exchange = context->exchange;
    const struct preset_cloud *cloud;
    char host[256];

    if (entra_is_exchange(settings))
        return preset_cloud_find(exchange, settings_text(settings, SET_OAUTH_CLOUD));
    cloud = entra_cloud_by_imap(exchange, settings_text(settings, SET_SERVER_HOST));
    if (cloud)
        return cloud;
    entra_host_in_url(entra_token_source(context, settings), host, sizeof host);
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
