#include "oauth/discovery.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "oauth/http.h"

static bool array_has(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *one = json_string_value(json_array_get(array, i));
        if (one && strcmp(one, text) == 0)
            return true;
    }
    return false;
}

/* Same but for a slash at the end, which people leave out. */
static bool same_issuer(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);

    while (a_length && a[a_length - 1] == '/')
        a_length--;
    while (b_length && b[b_length - 1] == '/')
        b_length--;
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool is_https(const char *text)
{
    struct url url;
    bool good;

    /* It will be shown, and libcurl's parser lets other controls than ASCII's pass. */
    if (!text || !text_is_clean(text) || !url_parse(text, &url, NULL))
        return false;
    good = strcmp(url.scheme, "https") == 0 && !url.has_userinfo;
    url_free(&url);
    return good;
}

static bool take(const char *issuer, const json_t *root, struct discovery *found,
                 struct err *err)
{
    const json_t *methods =
        json_object_get(root, "token_endpoint_auth_methods_supported");
    const json_t *grants = json_object_get(root, "grant_types_supported");
    const char *named = json_string_value(json_object_get(root, "issuer"));
    const char *endpoint = json_string_value(json_object_get(root, "token_endpoint"));

    if (!named || !same_issuer(named, issuer))
        return err_set(
            err, ERR_SERVER,
            _("The discovery document of %s names another issuer (%s), so it is "
              "not trusted. Use the issuer exactly as the server names itself."),
            issuer, named ? named : _("none"));
    if (!is_https(endpoint))
        return err_set(err, ERR_SERVER,
                       _("The discovery document of %s has no https token_endpoint. Give "
                         "the token_endpoint in the provider's file."),
                       issuer);
    found->issuer = mem_copy_text(named);
    found->token_endpoint = mem_copy_text(endpoint);
    found->auth_post = array_has(methods, "client_secret_post");
    found->auth_basic = !methods || array_has(methods, "client_secret_basic");
    found->names_methods = json_is_array(methods);
    found->names_grants = json_is_array(grants);
    found->grants_client_credentials = array_has(grants, "client_credentials");
    return true;
}

bool discovery_parse(const char *issuer, const char *body, size_t length,
                     struct discovery *found, struct err *err)
{
    json_t *root = json_loadb(body, length, 0, NULL);
    bool done;

    *found = (struct discovery){0};
    if (json_is_object(root))
        done = take(issuer, root, found, err);
    else
        done = err_set(err, ERR_SERVER,
                       _("%s answers with something that is no discovery document."),
                       issuer);
    json_decref(root);
    return done;
}

/* OpenID Connect Discovery 4: appended to the issuer.  RFC 8414 3: between host and path.
 */
static char *well_known(const char *issuer, bool inserted)
{
    const char *host = strstr(issuer, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    size_t length = strlen(issuer);

    while (length && issuer[length - 1] == '/')
        length--;
    if (!inserted)
        return mem_format("%.*s/.well-known/openid-configuration", (int)length, issuer);
    if (!path || path >= issuer + length)
        return mem_format("%.*s/.well-known/oauth-authorization-server", (int)length,
                          issuer);
    return mem_format("%.*s/.well-known/oauth-authorization-server%.*s",
                      (int)(path - issuer), issuer, (int)(issuer + length - path), path);
}

static bool explain(const struct token_answer *how, struct err *err)
{
    const struct net_failure *failure = &how->failure;

    switch (failure->reason) {
    case NET_OK:
        return err_set(err, how->http_status >= 500 ? ERR_RETRY : ERR_SERVER,
                       _("%s answers with HTTP %d. Check the issuer, or give the "
                         "token_endpoint in the provider's file."),
                       how->url, how->http_status);
    case NET_TLS_CA_FILE:
        return err_set(err, ERR_SETTING, _("The CA file cannot be used: %s."),
                       failure->text);
    case NET_CANCELLED:
        return err_set(err, ERR_CANCELLED, _("Cancelled."));
    case NET_NAME_UNKNOWN:
        return err_set(err, ERR_SETTING, _("There is no host %s. Check the issuer."),
                       how->host);
    case NET_TLS_UNTRUSTED:
    case NET_TLS_NAME:
    case NET_TLS_EXPIRED:
    case NET_TLS_NOT_YET:
    case NET_TLS_REVOKED:
    case NET_TLS_WEAK:
        return err_set(err, ERR_SERVER,
                       _("The certificate of %s is not to be trusted: %s A CA of your "
                         "own goes into the CA file."),
                       how->host, failure->text);
    default:
        return err_set(err, ERR_RETRY, _("%s cannot be reached: %s."), how->url,
                       failure->text[0] ? failure->text : _("no answer in time"));
    }
}

/* *again: the document may stand in the other place. */
static bool find_one(const struct discovery_request *request, bool inserted,
                     const struct cancel *cancel, token_progress *progress, void *closure,
                     struct token_answer *how, struct discovery *found, bool *again,
                     struct err *err)
{
    char *url = well_known(request->issuer, inserted);
    struct http_request http = {.url = url,
                                .proxy = request->proxy,
                                .ca_file = request->ca_file,
                                .timeout_ms = request->timeout_ms};
    struct buf body;
    bool answered, done;

    *how = (struct token_answer){
        .is_discovery = true, .retry_after_s = -1, .expires_in_s = -1};
    buf_init(&body, HTTP_BODY_MAX);
    answered = http_perform(&http, cancel, progress, closure, how, &body);
    done = answered && how->http_status == 200 &&
           discovery_parse(request->issuer, body.data, body.length, found, err);
    if (!done && !(answered && how->http_status == 200))
        explain(how, err);
    *again = !done && answered && how->http_status < 500;
    buf_free(&body);
    free(url);
    return done;
}

bool discovery_find(const struct discovery_request *request, const struct cancel *cancel,
                    token_progress *progress, void *closure, struct token_answer *how,
                    struct discovery *found, struct err *err)
{
    struct err first = ERR_INIT;
    bool done = false, again = true;
    char first_url[sizeof how->url] = "";

    *found = (struct discovery){0};
    for (int inserted = 0; inserted < 2 && again && !done; inserted++) {
        done = find_one(request, inserted, cancel, progress, closure, how, found, &again,
                        &first);
        if (inserted == 0)
            snprintf(first_url, sizeof first_url, "%s", how->url);
    }
    if (done)
        return true;
    /* The first document's fault is the one to tell.  A server in trouble is known by its
     * status; any other status is not the token endpoint's. */
    if (how->failure.reason == NET_OK && how->http_status < 500) {
        net_fail(&how->failure, NET_SYSTEM, 0, "%s", first.text);
        how->http_status = 0;
        snprintf(how->url, sizeof how->url, "%s", first_url);
    }
    return err_pass(err, &first);
}

bool discovery_fetch(const char *issuer, const char *ca_file, const char *proxy,
                     int timeout_ms, const struct cancel *cancel, struct discovery *found,
                     struct err *err)
{
    struct discovery_request request = {
        .issuer = issuer, .ca_file = ca_file, .proxy = proxy, .timeout_ms = timeout_ms};
    struct token_answer how;

    return discovery_find(&request, cancel, NULL, NULL, &how, found, err);
}

void discovery_free(struct discovery *found)
{
    free(found->issuer);
    free(found->token_endpoint);
    *found = (struct discovery){0};
}
