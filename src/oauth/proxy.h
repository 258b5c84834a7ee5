/*
 * Which proxy a token request goes through.
 */
#ifndef LETTERBOX_OAUTH_PROXY_H
#define LETTERBOX_OAUTH_PROXY_H

#include <stdbool.h>

struct proxy {
    char *url; /* as libcurl takes it; NULL: none */
    char *host;
    int port;
    bool from_environment;
};

/* `given` (may be NULL or "") wins; else https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY,
 * unless no_proxy names `host`: the rules of libcurl.  proxy_free after. */
void proxy_choose(const char *given, const char *host, struct proxy *proxy);
void proxy_free(struct proxy *proxy);

#endif
