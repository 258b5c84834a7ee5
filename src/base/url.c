#include "base/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

/* One part, as memory of ours; NULL when the URL does not have it. */
static char *part(CURLU *handle, CURLUPart which, unsigned flags)
{
    char *text = NULL, *copy = NULL;

    if (curl_url_get(handle, which, &text, flags) == CURLUE_OK)
        copy = mem_copy_text(text);
    curl_free(text);
    return copy;
}

static void to_lower(char *text)
{
    for (; text && *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static void strip_brackets(char *host)
{
    size_t length = strlen(host);

    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        memmove(host, host + 1, length - 2);
        host[length - 2] = '\0';
    }
}

bool url_parse(const char *text, struct url *url, struct err *err)
{
    CURLU *handle = curl_url();
    char *user = NULL, *port = NULL;
    CURLUcode code;

    *url = (struct url){0};
    if (!handle)
        abort();
    code = curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (code == CURLUE_OK) {
        url->scheme = part(handle, CURLUPART_SCHEME, 0);
        url->host = part(handle, CURLUPART_HOST, 0);
        url->path = part(handle, CURLUPART_PATH, 0);
        url->query = part(handle, CURLUPART_QUERY, 0);
        port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        user = part(handle, CURLUPART_USER, 0);
    }
    url->has_userinfo = user != NULL;
    url->port = port ? (int)strtol(port, NULL, 10) : 0;
    free(user);
    free(port);
    curl_url_cleanup(handle);
    if (!url->scheme || !url->host || !url->host[0]) {
        url_free(url);
        return err_set(
            err, ERR_SETTING,
            _("This is not a full URL. It begins with https:// and a host name."));
    }
    to_lower(url->scheme);
    to_lower(url->host);
    strip_brackets(url->host);
    return true;
}

void url_free(struct url *url)
{
    free(url->scheme);
    free(url->host);
    free(url->path);
    free(url->query);
    *url = (struct url){0};
}
