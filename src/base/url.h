/*
 * Just enough of URLs to say what is wrong with one (over libcurl's URL parser, RFC
 * 3986).
 */
#ifndef LETTERBOX_BASE_URL_H
#define LETTERBOX_BASE_URL_H

#include <stdbool.h>

struct buf;
struct err;

struct url {
    char *scheme; /* lower case */
    char *host;   /* lower case, without brackets */
    int port;     /* the scheme's own where the URL names none; 0 when that is unknown */
    char *path;   /* begins with "/" */
    char *query;  /* without "?", or NULL */
    bool has_userinfo;
    bool has_fragment; /* "#…", which no endpoint may have (RFC 6749 3.1, 3.2) */
};

/* false with a sentence in err (ERR_SETTING) when it is not an absolute URL.  On success
 * the caller calls url_free. */
bool url_parse(const char *text, struct url *url, struct err *err);
void url_free(struct url *url);

/* Adds `text` as application/x-www-form-urlencoded: unreserved as they are, blank as "+".
 */
void url_add_form(struct buf *out, const char *text);

#endif
