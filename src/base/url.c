#include "base/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

/* A copy of one part, or NULL when the URL has none; fails softly. */
static char *take_part(CURLU *handle, CURLUPart part, unsigned flags)
{
    char *theirs = NULL;
    if (curl_url_get(handle, part, &theirs, flags) != CURLUE_OK)
        return NULL;
    char *copy = mem_copy_text(theirs);
    curl_free(theirs);
    return copy;
}

static bool has_part(CURLU *handle, CURLUPart part)
{
    char *text = take_part(handle, part, 0);
    free(text);
    return text != NULL;
}

static void lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

/* "https://…": libcurl also takes "https:/host" and "host", which nobody means here. */
static bool has_scheme(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789+-.");
    return length && isalpha((unsigned char)text[0]) &&
           strncmp(text + length, "://", 3) == 0 && text[length + 3] != '/';
}

static bool has_blank(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return true;
    return false;
}

static bool explain(CURLUcode code, const char *text, struct err *err)
{
    switch (code) {
    case CURLUE_BAD_PORT_NUMBER:
        return err_set(err, ERR_SETTING,
                       _("The port in %s is not a number from 1 to 65535."), text);
    case CURLUE_NO_HOST:
    case CURLUE_BAD_HOSTNAME:
        return err_set(err, ERR_SETTING, _("%s has no usable host name."), text);
    case CURLUE_BAD_IPV6:
        return err_set(err, ERR_SETTING, _("The IPv6 address in %s is not valid."), text);
    default:
        return err_set(err, ERR_SETTING, _("%s is not a valid URL."), text);
    }
}

static void take_parts(CURLU *handle, struct url *url)
{
    url->scheme = take_part(handle, CURLUPART_SCHEME, 0);
    url->host = take_part(handle, CURLUPART_HOST, 0);
    url->path = take_part(handle, CURLUPART_PATH, 0);
    url->query = take_part(handle, CURLUPART_QUERY, 0);
    url->has_userinfo =
        has_part(handle, CURLUPART_USER) || has_part(handle, CURLUPART_PASSWORD);
    url->has_fragment = has_part(handle, CURLUPART_FRAGMENT);

    char *port = take_part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    url->port = port ? (int)strtol(port, NULL, 10) : 0;
    free(port);

    lower(url->scheme);
    lower(url->host);
    size_t length = strlen(url->host);
    if (length > 2 && url->host[0] == '[') {
        memmove(url->host, url->host + 1, length - 2);
        url->host[length - 2] = '\0';
    }
}

bool url_parse(const char *text, struct url *url, struct err *err)
{
    *url = (struct url){.scheme = NULL};
    if (!*text)
        return err_set(err, ERR_SETTING, _("The URL is empty."));
    if (has_blank(text))
        return err_set(err, ERR_SETTING, _("%s has a blank in it; a URL has none."),
                       text);
    if (!has_scheme(text))
        return err_set(err, ERR_SETTING,
                       _("%s is not a full URL: it must begin like https://host/."),
                       text);

    CURLU *handle = curl_url();
    if (!handle)
        abort();
    CURLUcode code = curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OK && !has_part(handle, CURLUPART_HOST))
        code = CURLUE_NO_HOST;
    if (code == CURLUE_OK)
        take_parts(handle, url);
    curl_url_cleanup(handle);
    return code == CURLUE_OK ? true : explain(code, text, err);
}

void url_free(struct url *url)
{
    free(url->scheme);
    free(url->host);
    free(url->path);
    free(url->query);
    *url = (struct url){.scheme = NULL};
}

/* Characters that application/x-www-form-urlencoded leaves as they are; "~" is left too,
 * which every decoder takes (RFC 3986, 2.3). */
static bool is_plain_in_form(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~*", c));
}

void url_add_form(struct buf *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_plain_in_form(c)) {
            buf_add_char(out, *text);
        } else if (c == ' ') {
            buf_add_char(out, '+');
        } else {
            buf_add_char(out, '%');
            buf_add_char(out, digits[c >> 4]);
            buf_add_char(out, digits[c & 15]);
        }
    }
}
