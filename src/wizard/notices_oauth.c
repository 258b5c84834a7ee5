/* Notices of the pages Microsoft Exchange, OpenID provider and Custom. */
#include "wizard/notices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "wizard/endpoints.h"
#include "wizard/entra.h"
#include "wizard/entra_url.h"
#include "wizard/google.h"

/* Directory (tenant) ID */

/* What else than an ID was entered, and holds one. */
static bool notice_tenant_within(const struct wizard_context *context, const char *text,
                                 struct notice *notice)
{
    struct entra_url url = entra_url_look(context->exchange, text);
    char guid[ENTRA_GUID_LENGTH + 1];
    const char *at = strchr(text, '@');

    if (entra_is_tenant(url.tenant)) {
        notice_warn(notice, _("This is a URL. The ID in it is enough."));
        notice_offer_value(notice, SET_OAUTH_TENANT, url.tenant, _("take the ID"));
    } else if (at && entra_is_tenant(at + 1)) {
        notice_warn(notice, _("This is an address. Its domain names the directory."));
        notice_offer_value(notice, SET_OAUTH_TENANT, at + 1, _("take the domain"));
    } else if (!strstr(text, "://") && entra_find_guid(text, guid)) {
        notice_warn(notice, _("There is more here than the ID."));
        notice_offer_value(notice, SET_OAUTH_TENANT, guid, _("take the ID"));
    } else {
        return false;
    }
    return true;
}

void notice_tenant(const struct wizard_context *context, const struct settings *settings,
                   struct notice *notice)
{
    const char *tenant = settings_text(settings, SET_OAUTH_TENANT);

    if (!entra_is_tenant(tenant) && notice_tenant_within(context, tenant, notice))
        return;
    if (entra_is_nil_guid(tenant))
        notice_warn(notice, _("This ID stands for one in an example. Enter the "
                              "directory's own."));
    else if (entra_is_personal_tenant(tenant))
        notice_warn(notice, _("This is the directory of personal Microsoft accounts, "
                              "which this flow does not reach. Enter the "
                              "organisation's."));
    else if (entra_is_guid(tenant) &&
             strcasecmp(tenant, settings_text(settings, SET_OAUTH_CLIENT_ID)) == 0)
        notice_warn(notice, _("This is the Client ID. The Directory (tenant) ID stands "
                              "below it on the app's Overview page."));
}

/* Token URL */

static void offer_derived_url(const struct wizard_context *context,
                              const struct settings *settings, struct notice *notice)
{
    const char *tenant = settings_text(settings, SET_OAUTH_TENANT);
    char *url = entra_derived_url(context->exchange,
                                  settings_text(settings, SET_OAUTH_CLOUD), tenant);

    if (entra_is_exchange(settings) && !entra_is_only_path(url))
        notice_offer_value(notice, SET_OAUTH_TOKEN_URL, url, _("use this URL"));
    free(url);
}

static void notice_only_path(const struct wizard_context *context,
                             const struct settings *settings, struct notice *notice)
{
    const struct preset_cloud *cloud = entra_cloud(context, settings);
    const char *path = settings_text(settings, SET_OAUTH_TOKEN_URL);

    if (entra_is_exchange(settings)) {
        char *example =
            preset_token_url(context->exchange, cloud ? cloud->id : "global", "TENANT");

        notice_warn(notice, _("This is only the path. Enter the full URL:\n%s"), example);
        offer_derived_url(context, settings, notice);
        free(example);
    } else {
        notice_warn(notice, _("This is only the path. Enter the full URL:\n%s%.200s"),
                    "https://HOST", path);
    }
}

/* What stands where the token endpoint should; NULL when it is that. */
static const char *fault_of_kind(enum entra_url_kind kind)
{
    switch (kind) {
    case ENTRA_URL_V1:
        return _("This is the v1 endpoint, which does not take a Scope. The v2 endpoint "
                 "has /v2.0/ in its path.");
    case ENTRA_URL_AUTHORIZE:
        return _("This is the authorization endpoint, where a browser goes. The token "
                 "endpoint ends in /token.");
    case ENTRA_URL_ISSUER:
        return _("This names the directory, not its token endpoint, which ends in "
                 "/oauth2/v2.0/token.");
    case ENTRA_URL_NO_TENANT:
        return _("The Directory (tenant) ID is missing before the path.");
    case ENTRA_URL_OTHER:
        return _("Microsoft's token endpoint ends in /oauth2/v2.0/token.");
    case ENTRA_URL_PORTAL:
        return _("This is a page of the admin center. The token endpoint is another "
                 "URL.");
    case ENTRA_URL_NONE:
    case ENTRA_URL_TOKEN:
        break;
    }
    return NULL;
}

/* URLs of Microsoft's that are not the token endpoint, and directories that are none. */
static bool notice_microsoft_url(const struct wizard_context *context,
                                 const struct settings *settings, struct notice *notice)
{
    struct entra_url url =
        entra_url_look(context->exchange, settings_text(settings, SET_OAUTH_TOKEN_URL));
    const char *fault = fault_of_kind(url.kind);
    char *better;

    if (fault)
        notice_warn(notice, "%s", fault);
    else if (entra_is_shared_tenant(url.tenant) || entra_is_placeholder(url.tenant))
        notice_warn(notice, _("This URL names no directory."));
    else
        return false;
    better = entra_url_repair(context->exchange, &url, entra_cloud(context, settings));
    if (better)
        notice_offer_value(notice, SET_OAUTH_TOKEN_URL, better, _("use the token URL"));
    else
        offer_derived_url(context, settings, notice);
    free(better);
    return true;
}

/* URLs of other servers that are not the token endpoint, by their path. */
static bool notice_other_url(const char *text, struct notice *notice)
{
    char *better = endpoints_token_url(text);

    if (better) {
        notice_warn(notice, _("By its path this is not the token endpoint."));
        notice_offer_value(notice, SET_OAUTH_TOKEN_URL, better, _("use the token URL"));
    } else if (strstr(text, "/.well-known/")) {
        notice_warn(notice, _("This is the discovery document. The Token URL stands in "
                              "it as \"token_endpoint\"."));
    } else if (endpoints_is_authorization(text)) {
        notice_warn(notice, _("This looks like the authorization endpoint, where a "
                              "browser goes. Enter the token endpoint."));
    } else {
        return false;
    }
    free(better);
    return true;
}

static void notice_exchange_url(const struct wizard_context *context,
                                const struct settings *settings, const char *host,
                                struct notice *notice)
{
    const struct preset_cloud *cloud = entra_cloud(context, settings);
    const char *tenant = settings_text(settings, SET_OAUTH_TENANT);
    char named[256];

    if (cloud && strcasecmp(host, cloud->login_host) != 0) {
        notice_warn(notice, _("The chosen cloud's login host is %s, not %.100s."),
                    cloud->login_host, host);
        offer_derived_url(context, settings, notice);
        return;
    }
    entra_tenant_in_url(settings_text(settings, SET_OAUTH_TOKEN_URL), named,
                        sizeof named);
    if (entra_is_tenant(tenant) && entra_is_tenant(named) &&
        strcasecmp(tenant, named) != 0 && entra_is_guid(tenant) == entra_is_guid(named)) {
        notice_warn(notice, _("The URL names another directory than Directory (tenant) "
                              "ID above."));
        offer_derived_url(context, settings, notice);
    }
}

/* https:// is missing or is another word. */
static bool notice_scheme(const char *text, struct notice *notice)
{
    const char *colon = strstr(text, "://");
    const char *bare = colon ? colon + 3 : text;
    char *better;

    if (strncmp(text, "https://", 8) == 0 || bare[0] == '\0')
        return false;
    better = mem_format("https://%s", bare);
    notice_warn(notice, _("A Token URL begins with https://."));
    notice_offer_value(notice, SET_OAUTH_TOKEN_URL, better, _("put https:// before"));
    free(better);
    return true;
}

void notice_token_url(const struct wizard_context *context,
                      const struct settings *settings, struct notice *notice)
{
    const char *url = settings_text(settings, SET_OAUTH_TOKEN_URL);
    char host[256];

    if (entra_is_only_path(url)) {
        notice_only_path(context, settings, notice);
        return;
    }
    if (notice_microsoft_url(context, settings, notice) || notice_scheme(url, notice))
        return;
    entra_host_in_url(url, host, sizeof host);
    if (google_is_token_host(host))
        google_warn(notice);
    else if (entra_cloud_by_imap(context->exchange, host))
        notice_warn(notice, _("This is the mail server. The token comes from Microsoft's "
                              "login host."));
    else if (host[0] && entra_is_exchange(settings))
        notice_exchange_url(context, settings, host, notice);
    else
        notice_other_url(url, notice);
}

/* Client ID */

/* Apps that many know the ID of, and that are nobody's own. */
static const struct {
    const char *id, *name;
} known_apps[] = {
    {"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"},
    {"00000003-0000-0000-c000-000000000000", "Microsoft Graph"},
    {"9e5f94bc-e8a4-4e73-b8be-63364c29d753", "Thunderbird"},
    {"08162f7c-0fd2-4200-a84a-f25a4db0b584", "Thunderbird"},
};

static bool notice_known_app(const char *id, struct notice *notice)
{
    for (size_t i = 0; i < sizeof known_apps / sizeof *known_apps; i++) {
        if (strcasecmp(known_apps[i].id, id) != 0)
            continue;
        notice_warn(notice,
                    _("This is the ID of %s. Enter that of the app which was "
                      "registered for letterbox."),
                    known_apps[i].name);
        return true;
    }
    return false;
}

static void notice_no_guid(const char *id, struct notice *notice)
{
    char guid[ENTRA_GUID_LENGTH + 1];

    if (entra_find_guid(id, guid)) {
        notice_warn(notice, _("There is more here than the Client ID."));
        notice_offer_value(notice, SET_OAUTH_CLIENT_ID, guid, _("take the ID"));
    } else if (strchr(id, '@')) {
        notice_warn(notice, _("This is an address. Microsoft's Client ID is a GUID, such "
                              "as 6731de76-14a6-49ae-97bc-6eba6914391e."));
    } else {
        notice_warn(notice, _("Microsoft's Client ID is a GUID, such as "
                              "6731de76-14a6-49ae-97bc-6eba6914391e. This is none."));
    }
}

/* Is the typed secret this text? */
static bool is_secret(const struct settings *settings, const char *text)
{
    const struct secret_ref *ref =
        settings_secret_const(settings, SET_OAUTH_CLIENT_SECRET);

    return text[0] && ref->place == SECRET_TYPED &&
           strcasecmp(secret_bytes(ref->value), text) == 0;
}

void notice_client_id(const struct wizard_context *context,
                      const struct settings *settings, struct notice *notice)
{
    const char *id = settings_text(settings, SET_OAUTH_CLIENT_ID);

    if (google_is_client_id(id)) {
        google_warn(notice);
    } else if (!entra_cloud(context, settings)) {
        if (strchr(id, '@') && settings_is(settings, SET_MAILBOX_USER, id))
            notice_warn(notice, _("This is the mailbox's address. The Client ID is the "
                                  "name of the client at the token server."));
    } else if (!entra_is_guid(id)) {
        notice_no_guid(id, notice);
    } else if (entra_is_nil_guid(id)) {
        notice_warn(notice, _("This ID stands for one in an example. Enter the app's "
                              "own."));
    } else if (entra_is_exchange(settings) &&
               strcasecmp(id, settings_text(settings, SET_OAUTH_TENANT)) == 0) {
        notice_warn(notice, _("This is the Directory (tenant) ID. The Client ID stands "
                              "above it on the app's Overview page."));
    } else {
        notice_known_app(id, notice);
    }
}

/* Client secret */

/* Base64url of a JSON object, with dots between. */
static bool is_token(const char *text)
{
    const char *dot = strchr(text, '.');

    return strncmp(text, "eyJ", 3) == 0 && dot && strchr(dot + 1, '.');
}

static bool is_thumbprint(const char *text)
{
    size_t length = strlen(text);

    return length == 40 && strspn(text, "0123456789abcdefABCDEF") == length;
}

/* What is no secret of any server's; NULL when it may be one. */
static const char *secret_fault(const struct settings *settings, const char *text)
{
    if (is_secret(settings, settings_text(settings, SET_OAUTH_CLIENT_ID)))
        return _("This is the Client ID. The Client secret is another value.");
    if (strstr(text, "-----BEGIN"))
        return _("This is a key or certificate. letterbox logs in with a Client secret.");
    if (is_token(text))
        return _("This is a token. Enter the Client secret; letterbox gets the token "
                 "itself.");
    if (strstr(text, "****") || strstr(text, "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"))
        return _("This is what is shown in place of the secret. The secret itself is "
                 "shown only once, when it is made.");
    return NULL;
}

static const char *entra_secret_fault(const struct settings *settings, const char *text)
{
    if (is_secret(settings, settings_text(settings, SET_OAUTH_TENANT)))
        return _("This is the Directory (tenant) ID. Enter the secret's Value.");
    if (entra_is_guid(text))
        return _("This has the shape of a Secret ID. Enter the secret's Value: Entra "
                 "shows it once, when the secret is made.");
    if (is_thumbprint(text))
        return _("This has the shape of a certificate's thumbprint. Enter the Value of a "
                 "Client secret.");
    return NULL;
}

void notice_client_secret(const struct wizard_context *context,
                          const struct settings *settings, struct notice *notice)
{
    const struct secret_ref *ref =
        settings_secret_const(settings, SET_OAUTH_CLIENT_SECRET);
    const char *fault = NULL;

    if (ref->place != SECRET_TYPED)
        return;
    fault = secret_fault(settings, secret_bytes(ref->value));
    if (!fault && entra_cloud(context, settings))
        fault = entra_secret_fault(settings, secret_bytes(ref->value));
    if (fault)
        notice_warn(notice, "%s", fault);
}

/* Client secret expires */

/* The date in the form that is asked for, from "31.3.2027", "3/31/2027" or "2027/3/31";
 * false when it is none, or when its day and month may be either way round. */
static bool read_date(const char *text, char out[11])
{
    int first, second, third, used = 0, day, month, year;
    char between, again;
    time_t when;

    if (sscanf(text, "%4d%c%2d%c%4d%n", &first, &between, &second, &again, &third,
               &used) != 5 ||
        text[used] != '\0' || between != again || !strchr("./-", between))
        return false;
    if (first > 31) {
        year = first, month = second, day = third;
    } else {
        bool american = between == '/' && first <= 12 && second > 12;

        if (between == '/' && first <= 12 && second <= 12 && first != second)
            return false;
        year = third;
        month = american ? first : second;
        day = american ? second : first;
    }
    if (year < 1000 || month < 0 || day < 0 || day > 99)
        return false;
    snprintf(out, 11, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
    return clock_parse_date(out, &when);
}

static void notice_secret_ends(const struct expiry *expiry, const char *what_to_do,
                               struct notice *notice)
{
    char sentence[128];

    if (!expiry_is_near(expiry))
        return;
    expiry_sentence(expiry, sentence, sizeof sentence);
    notice_warn(notice, "%s %s", sentence, what_to_do);
}

void notice_expiry(const struct wizard_context *context, const struct settings *settings,
                   struct notice *notice)
{
    const char *text = settings_text(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT);
    struct expiry expiry = field_secret_expiry(context, settings);
    time_t when;
    char date[11];

    if (!clock_parse_date(text, &when) && read_date(text, date)) {
        notice_warn(notice, _("This date is written in another way."));
        notice_offer_value(notice, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, date,
                           _("use this date"));
        return;
    }
    notice_secret_ends(
        &expiry, _("Make a new one, and enter it above with its own date here."), notice);
}

/* OpenID provider */

void notice_provider(const struct wizard_context *context,
                     const struct settings *settings, struct notice *notice)
{
    struct expiry expiry = field_secret_expiry(context, settings);
    const char *source = entra_token_source(context, settings);
    struct entra_url url = entra_url_look(context->exchange, source);
    char host[256];

    entra_host_in_url(source, host, sizeof host);
    if (google_is_token_host(host))
        google_warn(notice);
    else if (entra_is_shared_tenant(url.tenant) ||
             (url.tenant[0] && entra_is_placeholder(url.tenant)))
        notice_warn(notice,
                    _("This provider's URL names no directory (%.60s). A program "
                      "without a signed-in user needs the directory's own."),
                    url.tenant);
    else if (url.kind == ENTRA_URL_V1)
        notice_warn(notice, _("This provider has Microsoft's v1 endpoint, which does not "
                              "take a Scope. Its token_endpoint must have /v2.0/ in its "
                              "path."));
    else
        notice_secret_ends(&expiry,
                           _("Add the provider again with a new one: \"letterbox "
                             "provider add --replace\"."),
                           notice);
}

/* Scope */

/* What is wrong with a scope for Exchange in this flow; NULL when nothing is. */
static const char *scope_fault(const struct preset_exchange *exchange,
                               const struct preset_cloud *cloud, const char *scope)
{
    static const char default_end[] = "/.default";
    const struct preset_cloud *other = entra_cloud_by_scope(exchange, scope);
    size_t length = strlen(scope);
    size_t tail = sizeof default_end - 1;

    if (entra_scope_is_delegated(exchange, scope))
        return _("Microsoft refuses this scope without a signed-in user "
                 "(AADSTS1002012).");
    if (strpbrk(scope, " \t"))
        return _("Microsoft takes one scope alone in this flow.");
    if (length < tail || strcmp(scope + length - tail, default_end) != 0)
        return _("In this flow Microsoft takes only a scope that ends in /.default "
                 "(AADSTS1002012).");
    if (strcasestr(scope, "graph.microsoft."))
        return _("This scope gives a token for Microsoft Graph, which the IMAP server "
                 "refuses.");
    if (strcasestr(scope, "ps.outlook.com"))
        return _("This scope belongs in the admin consent link; the IMAP server refuses "
                 "its token.");
    if (other && strcmp(other->scope, cloud->scope) != 0)
        return _("This scope belongs to another cloud.");
    return NULL;
}

/* The same words with blanks between them instead of commas; the caller's. */
static char *without_commas(const char *scope)
{
    char *words = mem_copy_text(scope);

    for (char *at = words; *at; at++) {
        if (*at == ',' || *at == ';')
            *at = ' ';
    }
    return words;
}

/* Of a scope for a server that is not Microsoft's. */
static void notice_other_scope(const struct wizard_context *context, const char *scope,
                               struct notice *notice)
{
    char *words;

    if (strcasestr(scope, "mail.google.com") || strcasestr(scope, "gmail.imap")) {
        google_warn(notice);
    } else if (entra_cloud_by_scope(context->exchange, scope) ||
               strcasestr(scope, ".AccessAsUser.") ||
               strcasestr(scope, "graph.microsoft.")) {
        notice_warn(notice, _("This is a scope of Microsoft's, and the token comes from "
                              "elsewhere."));
    } else if (strpbrk(scope, ",;") && !strpbrk(scope, " :")) {
        words = without_commas(scope);
        notice_warn(notice, _("Several scopes stand with blanks between them."));
        notice_offer_value(notice, SET_OAUTH_SCOPE, words, _("put blanks"));
        free(words);
    }
}

void notice_scope(const struct wizard_context *context, const struct settings *settings,
                  struct notice *notice)
{
    const struct preset_cloud *cloud = entra_cloud(context, settings);
    const char *scope = settings_text(settings, SET_OAUTH_SCOPE);
    const char *fault;

    if (!cloud) {
        if (entra_token_source(context, settings)[0])
            notice_other_scope(context, scope, notice);
        return;
    }
    fault = scope_fault(context->exchange, cloud, scope);
    if (!fault)
        return;
    notice_warn(notice, "%s", fault);
    notice_offer_value(notice, SET_OAUTH_SCOPE, cloud->scope, _("use .default"));
}

/* Proxy */

void notice_proxy(const struct wizard_context *context, const struct settings *settings,
                  struct notice *notice)
{
    const char *proxy = settings_text(settings, SET_OAUTH_PROXY);
    char *better;

    (void)context;
    if (strstr(proxy, "://"))
        return;
    better = mem_format("http://%s", proxy);
    notice_warn(notice, _("A proxy is entered as a URL."));
    notice_offer_value(notice, SET_OAUTH_PROXY, better, _("put http:// before"));
    free(better);
}
