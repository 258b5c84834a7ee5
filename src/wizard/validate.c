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

static bool is_between(const struct settings *settings, enum setting_id id, int least,
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
    return is_between(settings, SET_SERVER_PORT, 1, 65535, err);
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
    return is_between(settings, SET_SERVER_TIMEOUT_SECONDS, 1, 300, err);
}

/* Processing */

static bool check_command(const char *line, struct err *err)
{
    char **words = argv_split(line, err);
    bool good = words && argv_count(words) > 0 && words[0][0] == '/';

    if (words && !good)
        err_set(err, ERR_SETTING,
                _("Begin with the program's whole path, such as /usr/bin/deliver; no "
                  "shell looks for it."));
    argv_free(&words);
    return good;
}

static bool check_maildir(const char *path, struct err *err)
{
    return path[0] == '/' ||
           err_set(err, ERR_SETTING,
                   _("Enter the Maildir's whole path, beginning with \"/\"."));
}

/* Mail and a key in clear are for this machine alone. */
static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "::1") == 0;
}

static bool check_target_url(const char *text, struct err *err)
{
    struct url url;
    bool is_https, good;

    if (!url_parse(text, &url, NULL))
        return err_set(err, ERR_SETTING,
                       _("Enter the whole URL, such as https://help.example.com/mail."));
    is_https = strcmp(url.scheme, "https") == 0;
    good = is_https || (strcmp(url.scheme, "http") == 0 && is_this_machine(url.host));
    if (!good)
        err_set(err, ERR_SETTING,
                _("The URL must begin with https://. Without TLS (http://) messages go "
                  "to this machine alone: 127.0.0.1, ::1 or localhost."));
    if (good && url.has_userinfo)
        good = err_set(err, ERR_SETTING,
                       _("Leave the user name and password out: the URL is shown and "
                         "saved in clear."));
    if (good && url.has_fragment)
        good = err_set(err, ERR_SETTING, _("Leave out what follows \"#\"."));
    url_free(&url);
    return good;
}

static bool check_lmtp_address(const char *text, struct err *err)
{
    const char *colon = strrchr(text, ':');
    char *end;
    long port;

    if (text[0] == '/')
        return true;
    port = colon ? strtol(colon + 1, &end, 10) : 0;
    if (!colon || colon == text || !isdigit((unsigned char)colon[1]) || *end ||
        port < 1 || port > 65535 || strpbrk(text, " \t/@"))
        return err_set(err, ERR_SETTING,
                       _("Enter the socket's whole path, such as /run/dovecot/lmtp, or "
                         "HOST:PORT, such as 127.0.0.1:24."));
    return true;
}

VALIDATOR(target)
{
    static const struct {
        const char *deliver;
        bool (*check)(const char *target, struct err *err);
    } checks[] = {
        {"maildir", check_maildir},
        {"command", check_command},
        {"http", check_target_url},
        {"lmtp", check_lmtp_address},
    };

    (void)context;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (settings_is(settings, SET_INGEST_DELIVER, checks[i].deliver))
            return checks[i].check(settings_text(settings, SET_INGEST_TARGET), err);
    return true;
}

VALIDATOR(recipient)
{
    const char *text = settings_text(settings, SET_INGEST_RECIPIENT);

    (void)context;
    return (strchr(text, '@') && !strpbrk(text, " <>\t")) ||
           err_set(err, ERR_SETTING,
                   _("Enter one address, such as support@example.com."));
}

/* A token of RFC 9110 5.6.2, which names of headers are and of fields had better be. */
static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("!#$%&'*+-.^_`|~", text[i]))
            return false;
    return length > 0;
}

VALIDATOR(http_secret_as)
{
    const char *text = settings_text(settings, SET_INGEST_HTTP_SECRET_AS);
    const char *colon = strchr(text, ':');
    bool good = strcmp(text, "bearer") == 0;

    (void)context;
    if (strncmp(text, "header:", 7) == 0 || strncmp(text, "field:", 6) == 0)
        good = is_token(colon + 1, strlen(colon + 1));
    return good ||
           err_set(err, ERR_SETTING,
                   _("Enter bearer, header:NAME (such as header:X-API-Key) or field:NAME "
                     "(such as field:key)."));
}

VALIDATOR(http_message_field)
{
    const char *text = settings_text(settings, SET_INGEST_HTTP_MESSAGE_FIELD);

    (void)context;
    return is_token(text, strlen(text)) ||
           err_set(err, ERR_SETTING,
                   _("A field's name is one word, such as email, without quotes."));
}

static bool check_pairs(const struct settings *settings, enum setting_id id,
                        struct err *err)
{
    char **words = argv_split(settings_text(settings, id), err);
    bool good = words != NULL;

    for (size_t i = 0; good && words[i]; i++) {
        size_t length = strcspn(words[i], "=");

        if (words[i][length] == '\0' || !is_token(words[i], length))
            good = err_set(err, ERR_SETTING,
                           _("\"%.60s\" is no pair: write name=value, with blanks "
                             "between two."),
                           words[i]);
    }
    argv_free(&words);
    return good;
}

VALIDATOR(http_fields)
{
    (void)context;
    return check_pairs(settings, SET_INGEST_HTTP_FIELDS, err);
}

/* What the request itself decides. */
static bool is_own_header(const char *word, size_t length)
{
    static const char *const own[] = {
        "content-type",      "content-length",  "host",
        "transfer-encoding", "idempotency-key", "connection"};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == length && strncasecmp(word, own[i], length) == 0)
            return true;
    return false;
}

VALIDATOR(http_headers)
{
    char **words;
    bool good = check_pairs(settings, SET_INGEST_HTTP_HEADERS, err);

    (void)context;
    if (!good)
        return false;
    words = argv_split(settings_text(settings, SET_INGEST_HTTP_HEADERS), err);
    for (size_t i = 0; words && words[i] && good; i++)
        if (is_own_header(words[i], strcspn(words[i], "=")))
            good = err_set(err, ERR_SETTING,
                           _("letterbox sets the header %.*s itself: leave it out."),
                           (int)strcspn(words[i], "="), words[i]);
    argv_free(&words);
    return good;
}

VALIDATOR(delivery_timeout)
{
    (void)context;
    return is_between(settings, SET_INGEST_TIMEOUT_SECONDS, 1, 3600, err);
}

VALIDATOR(max_megabytes)
{
    (void)context;
    return is_between(settings, SET_INGEST_MAX_MEGABYTES, 1, 4000, err);
}

/* A message moved to where it was found would be found again. */
static bool is_another_folder(const struct settings *settings, enum setting_id id,
                              struct err *err)
{
    const char *to = settings_text(settings, id);
    const char *from = settings_text(settings, SET_MAILBOX_FOLDER);
    bool same = strcmp(to, from) == 0 ||
                (strcasecmp(to, "INBOX") == 0 && strcasecmp(from, "INBOX") == 0);

    return !same || err_set(err, ERR_SETTING,
                            _("This is the folder the messages are read from. Choose "
                              "another."));
}

VALIDATOR(success_folder)
{
    (void)context;
    return is_another_folder(settings, SET_INGEST_SUCCESS_FOLDER, err);
}

VALIDATOR(failure_folder)
{
    (void)context;
    return is_another_folder(settings, SET_INGEST_FAILURE_FOLDER, err);
}

VALIDATOR(poll_seconds)
{
    (void)context;
    return is_between(settings, SET_INGEST_POLL_SECONDS, 10, 86400, err);
}

VALIDATOR(name)
{
    (void)context;
    return mailbox_name_is_valid(settings_text(settings, SET_NAME)) ||
           err_set(err, ERR_SETTING,
                   _("A name has up to 63 small letters, digits, \".\", \"_\" and \"-\", "
                     "and begins with a letter or digit."));
}
