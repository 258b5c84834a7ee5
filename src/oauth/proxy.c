#include "oauth/proxy.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/secret.h"

/* libcurl's, for a proxy URL that names no port. */
enum { DEFAULT_PORT = 1080, DEFAULT_PORT_HTTPS = 443 };

static const char *environment(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && value[0])
            return value;
    }
    return NULL;
}

/* ---- no_proxy --------------------------------------------------------------------- */

/* Bytes of the address in `text`, 4 or 16; 0 when it is none. */
static size_t read_address(const char *text, unsigned char bytes[16])
{
    if (inet_pton(AF_INET, text, bytes) == 1)
        return 4;
    return inet_pton(AF_INET6, text, bytes) == 1 ? 16 : 0;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    unsigned mask = rest ? 0xFFu << (8 - rest) & 0xFFu : 0;

    return memcmp(a, b, whole) == 0 && (!rest || ((a[whole] ^ b[whole]) & mask) == 0);
}

/* An address, or a network in the way of 10.0.0.0/8. */
static bool has_address(const char *entry, const unsigned char *host, size_t size)
{
    unsigned char bytes[16];
    unsigned long bits = 8 * size;
    char text[INET6_ADDRSTRLEN], *end;
    size_t length = strcspn(entry, "/");
    size_t bracket = entry[0] == '[' && length > 1 && entry[length - 1] == ']';

    if (length - 2 * bracket >= sizeof text)
        return false;
    memcpy(text, entry + bracket, length - 2 * bracket);
    text[length - 2 * bracket] = '\0';
    if (entry[length] == '/') {
        errno = 0;
        bits = strtoul(entry + length + 1, &end, 10);
        if (end == entry + length + 1 || *end || errno || bits > 8 * size)
            return false;
    }
    return read_address(text, bytes) == size && same_bits(bytes, host, (unsigned)bits);
}

/* ".example.com" and "example.com" both mean the domain and what is below it. */
static bool is_below(const char *host, const char *domain)
{
    size_t host_length = strlen(host), length;

    domain += domain[0] == '.';
    length = strlen(domain);
    if (length == 0 || length > host_length ||
        strcasecmp(host + host_length - length, domain) != 0)
        return false;
    return host_length == length || host[host_length - length - 1] == '.';
}

static bool is_exempt(const char *host)
{
    static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
    const char *list = environment(names);
    unsigned char address[16];
    size_t size = read_address(host, address);
    bool exempt = list && strcmp(list, "*") == 0;

    while (list && *list && !exempt) {
        size_t length = strcspn(list, ", \t");
        char *entry = mem_copy_bytes(list, length);

        exempt = size ? has_address(entry, address, size) : is_below(host, entry);
        free(entry);
        list += length;
        list += strspn(list, ", \t");
    }
    return exempt;
}

/* ---- The proxy's own name --------------------------------------------------------- */

static void strip_brackets(char *host)
{
    size_t length = strlen(host);

    if (length > 2 && host[0] == '[') {
        memmove(host, host + 1, length - 2);
        host[length - 2] = '\0';
    }
}

/* Host and port as libcurl will take them; what does not parse is named as it stands,
 * without what may be a password in it. */
static void read_url(struct proxy *proxy)
{
    CURLU *handle = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    const char *at = strrchr(proxy->url, '@');

    if (!handle)
        abort();
    if (curl_url_set(handle, CURLUPART_URL, proxy->url,
                     CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK) {
        curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0);
        curl_url_get(handle, CURLUPART_HOST, &host, 0);
        curl_url_get(handle, CURLUPART_PORT, &port, 0);
    }
    proxy->port =
        scheme && strcmp(scheme, "https") == 0 ? DEFAULT_PORT_HTTPS : DEFAULT_PORT;
    if (port)
        proxy->port = (int)strtol(port, NULL, 10);
    proxy->host = mem_copy_text(host && host[0] ? host : at ? at + 1 : proxy->url);
    strip_brackets(proxy->host);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(handle);
}

void proxy_choose(const char *given, const char *host, struct proxy *proxy)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY", NULL};

    *proxy = (struct proxy){0};
    if (!given || !given[0]) {
        given = is_exempt(host) ? NULL : environment(names);
        proxy->from_environment = given != NULL;
    }
    if (!given)
        return;
    /* libcurl takes a proxy without a scheme as an HTTP one, whatever its name. */
    proxy->url =
        strstr(given, "://") ? mem_copy_text(given) : mem_format("http://%s", given);
    read_url(proxy);
}

void proxy_free(struct proxy *proxy)
{
    if (proxy->url)
        secret_wipe(proxy->url, strlen(proxy->url));
    free(proxy->url);
    free(proxy->host);
    *proxy = (struct proxy){0};
}
