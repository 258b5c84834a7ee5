#include "wizard/validate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/url.h"
#include "settings/mailbox.h"
#include "wizard/entra.h"

#define VALIDATOR(name)                                                                  \
    bool validate_##name(const struct wizard_context *context,                           \
                         const struct settings *settings, struct err *err)

bool validate_is_between(const struct settings *settings, enum setting_id id, int least,
                         int most, struct err *err)
{
    int number = settings_number(settings, id, least - 1);

    return (number >= least && number <= most) ||
           err_set(err, ERR_SETTING, _("Enter a number from %d to %d."), least, most);
}

/* RFC 6749 appendix A: visible ASCII and blank. */
static bool is_visible_ascii(const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

/* Authentication */

static bool refuse_tenant(const char *tenant, struct err *err)
{
    if (entra_is_shared_tenant(tenant))
        return err_set(err, ERR_SETTING,
                       _("\"%s\" names no directory. A program without a signed-in user "
                         "needs the Directory (tenant) ID itself."),
                       tenant);
    if (entra_is_placeholder(tenant))
        return err_set(err, ERR_SETTING,
                       _("\"%.60s\" is a placeholder. Put the Directory (tenant) ID "
                         "in its place."),
                       tenant);
    return true;
}

VALIDATOR(tenant)
{
    const char *tenant = settings_text(settings, SET_OAUTH_TENANT);

    (void)context;
    if (strstr(tenant, "://"))
        return err_set(err, ERR_SETTING,
                       _("Enter the ID alone. A whole URL belongs into Token URL."));
    return refuse_tenant(tenant, err) &&
           (entra_is_tenant(tenant) ||
            err_set(err, ERR_SETTING,
                    _("Enter the directory's GUID, or one of its domain names, such as "
                      "contoso.onmicrosoft.com.")));
}

static bool refuse_only_path(const struct wizard_context *context,
                             const struct settings *settings, struct err *err)
{
    const char *path = settings_text(settings, SET_OAUTH_TOKEN_URL);
    const struct preset_cloud *cloud = entra_cloud(context, settings);
    char *example;

    if (!entra_is_exchange(settings))
        return err_set(err, ERR_SETTING,
                       _("This is only the path. Enter the full URL: %s%.200s"),
                       "https://HOST", path);
    example = preset_token_url(context->exchange, cloud ? cloud->id : "global", "TENANT");
    err_set(err, ERR_SETTING, _("This is only the path. Enter the full URL: %s"),
            example);
    free(example);
    return false;
}

static bool check_token_url(const struct preset_exchange *exchange, const char *text,
                            const struct url *url, struct err *err)
{
    char tenant[256];

    if (strcmp(url->scheme, "https") != 0)
        return err_set(err, ERR_SETTING,
                       _("Token URL must begin with https://, because the Client secret "
                         "is sent there."));
    if (url->has_userinfo)
        return err_set(err, ERR_SETTING,
                       _("Leave the user name and password out of the URL; they belong "
                         "into Client ID and Client secret."));
    if (strchr(text, '#'))
        return err_set(err, ERR_SETTING, _("Leave out the part from \"#\" on."));
    if (!entra_cloud_by_login(exchange, url->host))
        return true;
    entra_tenant_in_url(text, tenant, sizeof tenant);
    return refuse_tenant(tenant, err);
}

VALIDATOR(token_url)
{
    const char *text = settings_text(settings, SET_OAUTH_TOKEN_URL);
    struct url url;
    bool good;

    if (entra_is_only_path(text))
        return refuse_only_path(context, settings, err);
    if (!strstr(text, "://"))
        return err_set(err, ERR_SETTING,
                       _("Enter the full URL, beginning with https://."));
    if (strpbrk(text, " \"<>\\^`{|}") && !strpbrk(text, "{<"))
        return err_set(err, ERR_SETTING,
                       _("There is a character in this URL that no URL "
                         "has."));
    if (strpbrk(text, "{<"))
        return err_set(err, ERR_SETTING,
                       _("There is a placeholder in this URL. Put the Directory "
                         "(tenant) ID, or what it stands for, in its place."));
    if (!url_parse(text, &url, err))
        return false;
    good = check_token_url(context->exchange, text, &url, err);
    url_free(&url);
    return good;
}

VALIDATOR(client_id)
{
    (void)context;
    return is_visible_ascii(settings_text(settings, SET_OAUTH_CLIENT_ID)) ||
           err_set(err, ERR_SETTING,
                   _("A Client ID has only ASCII letters, digits and signs."));
}

VALIDATOR(expiry)
{
    time_t when;

    (void)context;
    return clock_parse_date(settings_text(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT),
                            &when) ||
           err_set(err, ERR_SETTING,
                   _("Enter a date as YYYY-MM-DD, such as 2027-03-31."));
}

/* RFC 6749 3.3. */
VALIDATOR(scope)
{
    const char *scope = settings_text(settings, SET_OAUTH_SCOPE);

    (void)context;
    return (is_visible_ascii(scope) && !strpbrk(scope, "\"\\")) ||
           err_set(err, ERR_SETTING,
                   _("A Scope has only ASCII letters, digits and signs, "
                     "without \" and \\; blanks stand between two "
                     "scopes."));
}

/* What the request has by itself must not be there twice. */
static bool refuse_own_parameter(const char *word, size_t length, struct err *err)
{
    static const char *const own[] = {"grant_type", "client_id", "client_secret",
                                      "scope"};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strlen(own[i]) == length && strncmp(word, own[i], length) == 0)
            return err_set(err, ERR_SETTING,
                           _("\"%s\" is sent already; leave it out here."), own[i]);
    }
    return true;
}

VALIDATOR(parameters)
{
    char **words = argv_split(settings_text(settings, SET_OAUTH_PARAMETERS), err);
    bool good = words != NULL;

    (void)context;
    for (size_t i = 0; good && words[i]; i++) {
        size_t length = strcspn(words[i], "=");

        if (length == 0 || words[i][length] == '\0')
            good = err_set(err, ERR_SETTING,
                           _("\"%.60s\" is no parameter: write name=value, with blanks "
                             "between two, such as audience=https://imap.example.com/."),
                           words[i]);
        else
            good = refuse_own_parameter(words[i], length, err);
    }
    argv_free(&words);
    return good;
}

VALIDATOR(proxy)
{
    static const char *const schemes[] = {"http", "https", "socks5", "socks5h"};
    struct url url;
    bool good = false;

    (void)context;
    if (!url_parse(settings_text(settings, SET_OAUTH_PROXY), &url, NULL))
        return err_set(
            err, ERR_SETTING,
            _("Enter the proxy as a URL, such as http://proxy.example.com:3128."));
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        good = good || strcmp(url.scheme, schemes[i]) == 0;
    if (!good)
        err_set(err, ERR_SETTING,
                _("A proxy's URL begins with http://, https://, socks5:// or "
                  "socks5h://."));
    if (good && url.has_userinfo)
        good = err_set(err, ERR_SETTING,
                       _("Leave the user name and password out: this value is shown and "
                         "saved in clear."));
    url_free(&url);
    return good;
}

/* Server */

VALIDATOR(user)
{
    const char *user = settings_text(settings, SET_MAILBOX_USER);
    const char *at = strchr(user, '@');

    (void)context;
    if (strpbrk(user, " <>,;"))
        return err_set(err, ERR_SETTING,
                       _("Enter one address alone, such as support@example.com."));
    return !entra_is_exchange(settings) ||
           (at && at > user && at[1] && !strchr(at + 1, '@')) ||
           err_set(err, ERR_SETTING,
                   _("Enter the whole address, such as support@example.com."));
}

VALIDATOR(host)
{
    const char *host = settings_text(settings, SET_SERVER_HOST);
    const char *colon = strchr(host, ':');

    (void)context;
    if (strstr(host, "://") || strchr(host, '/'))
        return err_set(
            err, ERR_SETTING,
            _("Enter the host name alone, without imaps:// and without a path."));
    if (colon && !strchr(colon + 1, ':'))
        return err_set(err, ERR_SETTING,
                       _("Enter the host name alone; the port has a field of its own."));
    if (strchr(host, '@'))
        return err_set(err, ERR_SETTING,
                       _("This is an address. Enter the server's host name, such as "
                         "imap.example.com."));
    if (strlen(host) > 253)
        return err_set(err, ERR_SETTING, _("A host name has at most 253 characters."));
    for (const char *c = host; *c; c++) {
        if (!(isascii(*c) && isalnum(*c)) && !strchr(".-_:", *c))
            return err_set(
                err, ERR_SETTING,
                _("A host name has only letters, digits, \"-\" and \".\"; write "
                  "an international name in its xn-- form."));
    }
    return true;
}

VALIDATOR(port)
{
    (void)context;
    return validate_is_between(settings, SET_SERVER_PORT, 1, 65535, err);
}

VALIDATOR(ca_file)
{
    (void)context;
    return settings_text(settings, SET_TLS_CA_FILE)[0] == '/' ||
           err_set(err, ERR_SETTING,
                   _("Enter the whole path, beginning with \"/\": the ingest does not "
                     "run in this directory."));
}

VALIDATOR(timeout)
{
    (void)context;
    return validate_is_between(settings, SET_SERVER_TIMEOUT_SECONDS, 1, 300, err);
}

VALIDATOR(name)
{
    (void)context;
    return mailbox_name_is_valid(settings_text(settings, SET_NAME)) ||
           err_set(err, ERR_SETTING,
                   _("A name has up to 63 small letters, digits, \".\", \"_\" and \"-\", "
                     "and begins with a letter or digit."));
}
