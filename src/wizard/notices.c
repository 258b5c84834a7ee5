#include "wizard/notices.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "wizard/entra.h"

static void notice_fill(struct notice *notice, enum notice_level level,
                        const char *format, va_list args)
{
    notice->level = level;
    vsnprintf(notice->text, sizeof notice->text, format, args);
    notice->key_line = strlen(notice->text);
}

void notice_warn(struct notice *notice, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    notice_fill(notice, NOTICE_WARNING, format, args);
    va_end(args);
}

void notice_inform(struct notice *notice, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    notice_fill(notice, NOTICE_INFO, format, args);
    va_end(args);
}

void notice_offer(struct notice *notice, enum setting_id id, const char *value,
                  const char *label, const char *sentence)
{
    size_t used = strlen(notice->text);

    if (strlen(value) >= sizeof notice->fix_value ||
        used + strlen(sentence) + 1 >= sizeof notice->text)
        return;
    notice->fix_for = id;
    snprintf(notice->fix_value, sizeof notice->fix_value, "%s", value);
    snprintf(notice->fix_label, sizeof notice->fix_label, "%s", label);
    notice->key_line = used;
    snprintf(notice->text + used, sizeof notice->text - used, "\n%s", sentence);
}

void notice_offer_value(struct notice *notice, enum setting_id id, const char *value,
                        const char *label)
{
    char *sentence = mem_format(_("F3 puts %s"), value);

    notice_offer(notice, id, value, label, sentence);
    free(sentence);
}

void notice_method(const struct wizard_context *context, const struct settings *settings,
                   struct notice *notice)
{
    (void)context;
    if (settings_is(settings, SET_AUTH_METHOD, "basic"))
        notice_inform(notice, _("Exchange Online and Outlook.com no longer take Basic "
                                "auth for IMAP; for them choose OAuth."));
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
    const struct preset_cloud *cloud = entra_cloud(context->exchange, settings);
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

/* Replaces the first `from` in `text`; the caller's. */
static char *replace_once(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    return mem_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* Paths of Microsoft's that look like the token endpoint and are not. */
static bool notice_microsoft_path(const char *url, struct notice *notice)
{
    char *better = NULL;

    if (strstr(url, "/oauth2/token")) {
        notice_warn(notice, _("This is the v1 endpoint, which does not take a Scope. The "
                              "v2 endpoint has /v2.0/ in its path."));
        better = replace_once(url, "/oauth2/token", "/oauth2/v2.0/token");
    } else if (strstr(url, "/oauth2/v2.0/authorize")) {
        notice_warn(notice, _("This is the authorization endpoint, where a browser goes. "
                              "The token endpoint ends in /token."));
        better = replace_once(url, "/oauth2/v2.0/authorize", "/oauth2/v2.0/token");
    }
    if (!better)
        return false;
    notice_offer_value(notice, SET_OAUTH_TOKEN_URL, better, _("use the v2 token URL"));
    free(better);
    return true;
}

static void notice_exchange_url(const struct wizard_context *context,
                                const struct settings *settings, const char *host,
                                struct notice *notice)
{
    const struct preset_cloud *cloud = entra_cloud(context->exchange, settings);
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

void notice_token_url(const struct wizard_context *context,
                      const struct settings *settings, struct notice *notice)
{
    const char *url = settings_text(settings, SET_OAUTH_TOKEN_URL);
    char host[256];

    if (entra_is_only_path(url)) {
        notice_only_path(context, settings, notice);
        return;
    }
    if (!strstr(url, "://")) {
        char *better = mem_format("https://%s", url);

        notice_warn(notice, _("A URL begins with https://."));
        notice_offer_value(notice, SET_OAUTH_TOKEN_URL, better, _("put https:// before"));
        free(better);
        return;
    }
    entra_host_in_url(url, host, sizeof host);
    if (entra_cloud_by_login(context->exchange, host) &&
        notice_microsoft_path(url, notice))
        return;
    if (host[0] && entra_is_exchange(settings))
        notice_exchange_url(context, settings, host, notice);
}

/* Client ID and Client secret */

void notice_client_id(const struct wizard_context *context,
                      const struct settings *settings, struct notice *notice)
{
    const char *id = settings_text(settings, SET_OAUTH_CLIENT_ID);

    (void)context;
    if (!entra_is_exchange(settings))
        return;
    if (!entra_is_guid(id))
        notice_warn(notice, _("Microsoft's Client ID is a GUID, such as "
                              "6731de76-14a6-49ae-97bc-6eba6914391e. This is none."));
    else if (strcasecmp(id, settings_text(settings, SET_OAUTH_TENANT)) == 0)
        notice_warn(notice, _("This is the Directory (tenant) ID. The Client ID stands "
                              "above it on the app's Overview page."));
}

void notice_client_secret(const struct wizard_context *context,
                          const struct settings *settings, struct notice *notice)
{
    const struct secret_ref *ref =
        settings_secret_const(settings, SET_OAUTH_CLIENT_SECRET);

    if (ref->place == SECRET_TYPED && entra_is_guid(secret_bytes(ref->value)) &&
        entra_cloud(context->exchange, settings))
        notice_warn(notice, _("This has the shape of a Secret ID. Enter the secret's "
                              "Value: Entra shows it once, when the secret is made."));
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

void notice_scope(const struct wizard_context *context, const struct settings *settings,
                  struct notice *notice)
{
    const struct preset_cloud *cloud = entra_cloud(context->exchange, settings);
    const char *fault;

    if (!cloud)
        return;
    fault =
        scope_fault(context->exchange, cloud, settings_text(settings, SET_OAUTH_SCOPE));
    if (!fault)
        return;
    notice_warn(notice, "%s", fault);
    notice_offer_value(notice, SET_OAUTH_SCOPE, cloud->scope, _("use .default"));
}

/* Server */

/* What was pasted with the host: "imaps://", a port, a path. */
static bool notice_host_parts(const char *text, struct notice *notice)
{
    const char *scheme = strstr(text, "://");
    const char *host = scheme ? scheme + 3 : text;
    size_t length = strcspn(host, ":/");
    char *bare;

    if (!scheme && (host[length] == '\0' || strchr(host + length + 1, ':')))
        return false; /* a plain name, or an IPv6 address */
    bare = mem_copy_bytes(host, length);
    notice_warn(notice, _("Enter the host name alone."));
    if (bare[0])
        notice_offer_value(notice, SET_SERVER_HOST, bare, _("keep the name alone"));
    free(bare);
    return true;
}

static bool is_google(const char *host)
{
    return strcasecmp(host, "imap.gmail.com") == 0 ||
           strcasecmp(host, "imap.googlemail.com") == 0;
}

/* The token must come from the cloud that the mailbox is in. */
static void notice_other_cloud(const struct wizard_context *context,
                               const struct settings *settings,
                               const struct preset_cloud *here, struct notice *notice)
{
    const struct preset_cloud *chosen, *login;
    char host[256];

    if (entra_is_exchange(settings)) {
        chosen = entra_cloud(context->exchange, settings);
        if (chosen && strcasecmp(chosen->imap_host, here->imap_host) != 0) {
            notice_warn(notice,
                        _("This host belongs to another cloud than the one chosen "
                          "(%s)."),
                        chosen->label);
            notice_offer_value(notice, SET_SERVER_HOST, chosen->imap_host,
                               _("use this host"));
        }
        return;
    }
    if (!settings_is(settings, SET_OAUTH_SOURCE, "custom"))
        return;
    entra_host_in_url(settings_text(settings, SET_OAUTH_TOKEN_URL), host, sizeof host);
    login = entra_cloud_by_login(context->exchange, host);
    if (login && strcasecmp(login->login_host, here->login_host) != 0) {
        notice_warn(notice, _("This host belongs to another cloud than the Token URL."));
        notice_offer_value(notice, SET_SERVER_HOST, login->imap_host, _("use this host"));
    }
}

void notice_host(const struct wizard_context *context, const struct settings *settings,
                 struct notice *notice)
{
    const char *host = settings_text(settings, SET_SERVER_HOST);
    const struct preset_cloud *cloud = entra_cloud_by_imap(context->exchange, host);
    bool oauth = settings_is(settings, SET_AUTH_METHOD, "oauth");

    if (notice_host_parts(host, notice))
        return;
    if (oauth && is_google(host))
        notice_warn(notice,
                    _("Google gives no mailbox access to a Client ID and Client "
                      "secret alone. Basic auth with an app password works, where "
                      "the account allows one."));
    else if (!oauth && cloud)
        notice_warn(notice, _("Exchange Online refuses Basic auth for IMAP, whatever the "
                              "password. Go back to the first page and choose OAuth."));
    else if (oauth && cloud)
        notice_other_cloud(context, settings, cloud, notice);
}

void notice_port(const struct wizard_context *context, const struct settings *settings,
                 struct notice *notice)
{
    bool tls = settings_is(settings, SET_SERVER_SECURITY, "tls");
    int port = settings_number(settings, SET_SERVER_PORT, 0);

    (void)context;
    if (port == 993 && !tls) {
        notice_warn(notice, _("Port 993 speaks TLS from the start; STARTTLS is for "
                              "port 143."));
        notice_offer(notice, SET_SERVER_SECURITY, "tls", _("choose TLS"),
                     _("F3 chooses TLS."));
    } else if (port == 143 && tls) {
        notice_warn(notice, _("Port 143 begins without TLS; TLS from the start is for "
                              "port 993."));
        notice_offer(notice, SET_SERVER_SECURITY, "starttls", _("choose STARTTLS"),
                     _("F3 chooses STARTTLS."));
    }
}

/* Processing */

void notice_on_success(const struct wizard_context *context,
                       const struct settings *settings, struct notice *notice)
{
    (void)context;
    if (settings_is(settings, SET_INGEST_ON_SUCCESS, "delete"))
        notice_inform(notice, _("Deleted for good: no copy stays in the mailbox."));
    else if (settings_is(settings, SET_INGEST_ON_SUCCESS, "keep"))
        notice_inform(notice, _("Nothing changes in the mailbox. letterbox remembers "
                                "what it has delivered."));
}

void notice_on_failure(const struct wizard_context *context,
                       const struct settings *settings, struct notice *notice)
{
    (void)context;
    if (settings_is(settings, SET_INGEST_ON_FAILURE, "delete"))
        notice_warn(notice, _("A message that could not be delivered would be lost for "
                              "good. Moving it keeps it for a person to look at."));
}
