/* Notices of the pages Basic auth and Server. */
#include "wizard/notices.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "wizard/entra.h"
#include "wizard/google.h"

/* Basic auth */

/* Consumer domains of Microsoft's, and the ones every directory has. */
static bool is_microsoft_address(const char *address)
{
    static const char *const domains[] = {"outlook.com", "hotmail.com", "live.com",
                                          "msn.com"};
    const char *at = strrchr(address, '@');
    size_t length = strlen(address);
    static const char end[] = ".onmicrosoft.com";
    size_t tail = sizeof end - 1;

    for (size_t i = 0; at && i < sizeof domains / sizeof *domains; i++) {
        if (strcasecmp(at + 1, domains[i]) == 0)
            return true;
    }
    return at && length > tail && strcasecmp(address + length - tail, end) == 0;
}

void notice_username(const struct wizard_context *context,
                     const struct settings *settings, struct notice *notice)
{
    const char *name = settings_text(settings, SET_BASIC_USERNAME);

    (void)context;
    if (is_microsoft_address(name))
        notice_warn(notice, _("Microsoft refuses Basic auth for this mailbox, whatever "
                              "the password. In an organisation, go back and choose "
                              "OAuth."));
}

/* Mailbox address */

/* "Support <support@example.com>", "…\\support@example.com": the address in it, when
 * there is just one; the caller's.  An apostrophe may be part of it (RFC 5322 3.2.3), and
 * is a quotation mark only before it. */
static char *find_address(const char *text)
{
    const char *at = strchr(text, '@');
    const char *first = at, *end;

    if (!at || strchr(at + 1, '@'))
        return NULL;
    while (first > text && !strchr(" <(,;:\"\\", first[-1]))
        first--;
    first += *first == '\'';
    end = at + strcspn(at, " >),;:\"'");
    if (first == at || end == at + 1)
        return NULL;
    return mem_copy_bytes(first, (size_t)(end - first));
}

/* "delegate@example.com\shared@example.com": the mailbox is the second. */
static char *find_shared(const char *text)
{
    const char *slash = strrchr(text, '\\');

    return slash ? find_address(slash + 1) : find_address(text);
}

static bool notice_user_within(const char *user, struct notice *notice)
{
    char *address = find_shared(user);
    bool within = address && strcmp(address, user) != 0;

    if (within) {
        notice_warn(notice, _("Enter the mailbox's address alone."));
        notice_offer_value(notice, SET_MAILBOX_USER, address, _("take the address"));
    }
    free(address);
    return within;
}

void notice_user(const struct wizard_context *context, const struct settings *settings,
                 struct notice *notice)
{
    const char *user = settings_text(settings, SET_MAILBOX_USER);
    bool oauth = settings_is(settings, SET_AUTH_METHOD, "oauth");
    bool microsoft = oauth && entra_cloud(context, settings);

    if (notice_user_within(user, notice))
        return;
    if (oauth && strchr(user, '\\'))
        notice_warn(notice, _("This is a Windows sign-in name. Enter the mailbox's "
                              "address, such as support@example.com."));
    else if (strcasestr(user, "#EXT#"))
        notice_warn(notice, _("This is the sign-in name of a guest. Enter the mailbox's "
                              "address."));
    else if (oauth && google_is_address(user))
        google_warn(notice);
    else if (microsoft && is_microsoft_address(user) &&
             !strcasestr(user, ".onmicrosoft.com"))
        notice_warn(notice, _("This is a personal mailbox. Without a signed-in user "
                              "Microsoft opens only an organisation's."));
}

/* Server */

/* A host and port within what was pasted: "imaps://HOST:993/INBOX", "HOST 993",
 * "[::1]:993".
 */
struct host_parts {
    char host[254];
    char port[6]; /* "" when none is told */
};

static bool is_host_sign(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* An IPv6 address without brackets has more than one colon, and no port. */
static bool is_bare_ipv6(const char *text)
{
    const char *colon = strchr(text, ':');

    return colon && strchr(colon + 1, ':') &&
           text[strspn(text, "0123456789abcdefABCDEF:."
                             "%")] == '\0';
}

static void split_host(const char *text, struct host_parts *parts)
{
    const char *scheme = strstr(text, "://");
    const char *at = scheme ? scheme + 3 : text;
    bool bracketed = at[0] == '[';
    size_t length = 0, digits;

    *parts = (struct host_parts){"", ""};
    at += bracketed;
    while (at[length] && (bracketed ? at[length] != ']' : is_host_sign(at[length])))
        length++;
    if (length >= sizeof parts->host)
        return;
    memcpy(parts->host, at, length);
    at += length;
    at += strspn(at, "]: \t,;");
    if (strncasecmp(at, "port", 4) == 0)
        at += 4 + strspn(at + 4, ":= ");
    digits = strspn(at, "0123456789");
    if (digits > 0 && digits < sizeof parts->port && !is_host_sign(at[digits]))
        memcpy(parts->port, at, digits);
}

/* What was pasted with the host: "imaps://", a port, a path, a blank. */
static bool notice_host_parts(const char *text, struct notice *notice)
{
    struct host_parts parts;

    if (is_bare_ipv6(text) || strchr(text, '@'))
        return false;
    split_host(text, &parts);
    if (strcmp(parts.host, text) == 0 || parts.host[0] == '\0')
        return false;
    notice_warn(notice, _("Enter the host name alone."));
    if (parts.port[0]) {
        char *sentence =
            mem_format(_("F3 puts %s, and %s as Port."), parts.host, parts.port);

        notice_offer(notice, SET_SERVER_HOST, parts.host, _("keep the name alone"),
                     sentence);
        notice_offer_also(notice, SET_SERVER_PORT, parts.port);
        free(sentence);
    } else {
        notice_offer_value(notice, SET_SERVER_HOST, parts.host, _("keep the name alone"));
    }
    return true;
}

/* The token must come from the cloud that the mailbox is in. */
static bool notice_other_cloud(const struct wizard_context *context,
                               const struct settings *settings,
                               const struct preset_cloud *here, struct notice *notice)
{
    const struct preset_cloud *chosen, *login;
    char host[256];

    if (entra_is_exchange(settings)) {
        chosen = entra_cloud(context, settings);
        if (!chosen || strcasecmp(chosen->imap_host, here->imap_host) == 0)
            return false;
        notice_warn(notice,
                    _("This host belongs to another cloud than the one chosen (%s)."),
                    chosen->label);
        notice_offer_value(notice, SET_SERVER_HOST, chosen->imap_host,
                           _("use this host"));
        return true;
    }
    entra_host_in_url(entra_token_source(context, settings), host, sizeof host);
    login = entra_cloud_by_login(context->exchange, host);
    if (!login || strcasecmp(login->login_host, here->login_host) == 0)
        return false;
    notice_warn(notice, settings_is(settings, SET_OAUTH_SOURCE, "custom")
                            ? _("This host belongs to another cloud than the Token URL.")
                            : _("This host belongs to another cloud than the provider."));
    notice_offer_value(notice, SET_SERVER_HOST, login->imap_host, _("use this host"));
    return true;
}

/* A host of Microsoft's, with a token. */
static void notice_microsoft_host(const struct wizard_context *context,
                                  const struct settings *settings,
                                  const struct preset_cloud *cloud, struct notice *notice)
{
    if (notice_other_cloud(context, settings, cloud, notice) ||
        strcasecmp(settings_text(settings, SET_SERVER_HOST), cloud->imap_host) == 0)
        return;
    notice_warn(notice, _("Exchange Online is reached by IMAP under another name."));
    notice_offer_value(notice, SET_SERVER_HOST, cloud->imap_host, _("use this host"));
}

/* "smtp.example.com" is most often what its name says. */
static void notice_other_service(const char *host, struct notice *notice)
{
    if (strncasecmp(host, "smtp.", 5) == 0)
        notice_warn(notice, _("This looks like the server for sending. Mail is read from "
                              "the IMAP server."));
    else if (strncasecmp(host, "pop.", 4) == 0 || strncasecmp(host, "pop3.", 5) == 0)
        notice_warn(notice, _("This looks like the server for POP3. Mail is read from "
                              "the IMAP server."));
}

static void notice_basic_at_exchange(struct notice *notice)
{
    notice_warn(notice, _("Exchange Online refuses Basic auth for IMAP, whatever the "
                          "password. It takes OAuth, chosen on the first page."));
    notice_offer(notice, SET_AUTH_METHOD, "oauth", _("choose OAuth"),
                 _("F3 chooses OAuth; its pages stand before this one."));
    notice_offer_also(notice, SET_OAUTH_SOURCE, "exchange");
}

void notice_host(const struct wizard_context *context, const struct settings *settings,
                 struct notice *notice)
{
    const char *host = settings_text(settings, SET_SERVER_HOST);
    const struct preset_cloud *cloud = entra_cloud_by_imap(context->exchange, host);
    bool oauth = settings_is(settings, SET_AUTH_METHOD, "oauth");

    if (notice_host_parts(host, notice))
        return;
    if (oauth && google_is_mail_host(host))
        google_warn(notice);
    else if (!oauth && cloud)
        notice_basic_at_exchange(notice);
    else if (cloud)
        notice_microsoft_host(context, settings, cloud, notice);
    else
        notice_other_service(host, notice);
}

/* Ports of the mail services that are not IMAP. */
static void notice_other_port(int port, bool tls, struct notice *notice)
{
    static const struct {
        int port;
        const char *service;
    } others[] = {{110, "POP3"}, {995, "POP3"}, {25, "SMTP"},
                  {465, "SMTP"}, {587, "SMTP"}, {443, "HTTPS"}};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].port != port)
            continue;
        notice_warn(notice, _("This is the usual port of %s, not of IMAP."),
                    others[i].service);
        notice_offer_value(notice, SET_SERVER_PORT, tls ? "993" : "143",
                           _("use IMAP's port"));
    }
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
    } else {
        notice_other_port(port, tls, notice);
    }
}
