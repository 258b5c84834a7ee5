/* What may stand on the page Processing. */
#include "wizard/validate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/url.h"
#include "wizard/consuming.h"

#define VALIDATOR(name)                                                                  \
    bool validate_##name(const struct wizard_context *context,                           \
                         const struct settings *settings, struct err *err)

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

    if (!consuming_is_filled(context, settings, SET_INGEST_TARGET, err))
        return false;
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

/* A token of RFC 9110 5.6.2, as names of headers are. */
static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("!#$%&'*+-.^_`|~", text[i]))
            return false;
    return length > 0;
}

/* Applications name the fields of a form as they like ("issue[project]"); a quote would
 * end the name in the request. */
static bool is_field_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)text[i]) || strchr("\"\\=", text[i]))
            return false;
    return length > 0;
}

VALIDATOR(http_secret_as)
{
    const char *text = settings_text(settings, SET_INGEST_HTTP_SECRET_AS);
    const char *colon = strchr(text, ':');
    bool good = strcmp(text, "bearer") == 0;

    (void)context;
    if (strncmp(text, "header:", 7) == 0)
        good = is_token(colon + 1, strlen(colon + 1));
    else if (strncmp(text, "field:", 6) == 0)
        good = is_field_name(colon + 1, strlen(colon + 1));
    return good ||
           err_set(err, ERR_SETTING,
                   _("Enter bearer, header:NAME (such as header:X-API-Key) or field:NAME "
                     "(such as field:key)."));
}

VALIDATOR(http_message_field)
{
    const char *text = settings_text(settings, SET_INGEST_HTTP_MESSAGE_FIELD);

    (void)context;
    return is_field_name(text, strlen(text)) ||
           err_set(err, ERR_SETTING,
                   _("A field's name is one word, such as email, without quotes."));
}

/* "text/plain; charset=utf-8" (RFC 9110 8.3.1), as far as it could break a header. */
VALIDATOR(http_message_type)
{
    const char *text = settings_text(settings, SET_INGEST_HTTP_MESSAGE_TYPE);
    size_t type = strcspn(text, "/");
    size_t subtype = text[type] ? strcspn(text + type + 1, "; ") : 0;

    (void)context;
    return (is_token(text, type) && is_token(text + type + 1, subtype)) ||
           err_set(err, ERR_SETTING,
                   _("Enter a media type, such as message/rfc822 or text/plain; "
                     "charset=utf-8."));
}

static bool check_pairs(const struct settings *settings, enum setting_id id,
                        bool (*is_name)(const char *text, size_t length), struct err *err)
{
    char **words = argv_split(settings_text(settings, id), err);
    bool good = words != NULL;

    for (size_t i = 0; good && words[i]; i++) {
        size_t length = strcspn(words[i], "=");

        if (words[i][length] == '\0' || !is_name(words[i], length))
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
    return consuming_is_filled(context, settings, SET_INGEST_HTTP_FIELDS, err) &&
           check_pairs(settings, SET_INGEST_HTTP_FIELDS, is_field_name, err);
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
    bool good = check_pairs(settings, SET_INGEST_HTTP_HEADERS, is_token, err);

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

static bool is_status(const char *text, size_t length, bool is_http)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (length == 5 && strncmp(text, "other", 5) == 0)
        return true;
    return isdigit((unsigned char)text[0]) && end == text + length &&
           number >= (is_http ? 200 : 0) && number <= (is_http ? 599 : 255);
}

static bool is_meaning(const char *word)
{
    static const char *const meanings[] = {"accepted", "refused", "later", "hold"};

    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(word, meanings[i]) == 0)
            return true;
    return false;
}

VALIDATOR(statuses)
{
    bool is_http = settings_is(settings, SET_INGEST_DELIVER, "http");
    char **words = argv_split(settings_text(settings, SET_INGEST_STATUSES), err);
    bool good = words != NULL;

    (void)context;
    for (size_t i = 0; good && words[i]; i++) {
        size_t length = strcspn(words[i], "=");

        good = (words[i][length] && is_status(words[i], length, is_http) &&
                is_meaning(words[i] + length + 1)) ||
               err_set(err, ERR_SETTING,
                       _("\"%.60s\" says nothing of a status: write a number (%s) or "
                         "other, \"=\", and accepted, refused, later or hold."),
                       words[i], is_http ? "200-599" : "0-255");
    }
    argv_free(&words);
    return good;
}

VALIDATOR(delivery_timeout)
{
    (void)context;
    return validate_is_between(settings, SET_INGEST_TIMEOUT_SECONDS, 1, 3600, err);
}

VALIDATOR(max_megabytes)
{
    (void)context;
    return validate_is_between(settings, SET_INGEST_MAX_MEGABYTES, 1, 4000, err);
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
    return validate_is_between(settings, SET_INGEST_POLL_SECONDS, 10, 86400, err);
}
