#include "oauth/proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/url.h"

enum { DEFAULT_PORT = 1080 }; /* libcurl's, for a proxy URL without a port */

static const char *environment(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && value[0])
            return value;
    }
    return NULL;
}

/* ".example.com" and "example.com" both mean the domain and what is below it. */
static bool is_below(const char *host, const char *domain, size_t length)
{
    size_t host_length = strlen(host);

    if (length && domain[0] == '.') {
        domain++;
        length--;
    }
    if (length == 0 || length > host_length ||
        strncasecmp(host + host_length - length, domain, length) != 0)
        return false;
    return host_length == length || host[host_length - length - 1] == '.';
}

static bool is_exempt(const char *host)
{
    static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
    const char *list = environment(names);

    if (!list)
        return false;
    if (strcmp(list, "*") == 0)
        return true;
    while (*list) {
        size_t length = strcspn(list, ", ");
        if (is_below(host, list, length))
            return true;
        list += length;
        list += strspn(list, ", ");
    }
    return false;
}

void proxy_choose(const char *given, const char *host, struct proxy *proxy)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY", NULL};
    struct url url;

    *proxy = (struct proxy){0};
    if (!given || !given[0]) {
        given = is_exempt(host) ? NULL : environment(names);
        proxy->from_environment = given != NULL;
    }
    if (!given)
        return;
    proxy->url =
        strstr(given, "://") ? mem_copy_text(given) : mem_format("http://%s", given);
    if (!url_parse(proxy->url, &url, NULL)) {
        proxy->host = mem_copy_text(given);
        return;
    }
    proxy->host = mem_copy_text(url.host);
    /* The default of the scheme is not the default of a proxy. */
    proxy->port = url.port;
    if (strcmp(url.scheme, "http") == 0 && url.port == 80 && !strstr(given, ":80"))
        proxy->port = DEFAULT_PORT;
    if (proxy->port == 0)
        proxy->port = DEFAULT_PORT;
    url_free(&url);
}

void proxy_free(struct proxy *proxy)
{
    free(proxy->url);
    free(proxy->host);
    *proxy = (struct proxy){0};
}
