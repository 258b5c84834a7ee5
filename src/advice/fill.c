#include "advice/fill.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "advice/clouds.h"
#include "advice/folders.h"
#include "advice/look.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define TEXT_MAX  8192 /* of a whole text */
#define VALUE_MAX 300  /* of one value in it, in bytes */

/* Which values may stand in a command that a person will paste. */
enum shape {
    SHAPE_TEXT, /* never in a command */
    SHAPE_GUID,
    SHAPE_HOST,
    SHAPE_NUMBER,
    SHAPE_MAILBOX,
    SHAPE_TENANT,
    SHAPE_PATH,
    SHAPE_URL,
    SHAPE_NAME, /* of a file of letterbox's own */
    SHAPE_OWN,  /* words of letterbox's own, which stand as they are, or nothing */
};

static void add_safe(struct buf *out, const char *text)
{
    text_add_safe(out, text, strlen(text), VALUE_MAX);
}

static void add_number(struct buf *out, int64_t number)
{
    if (number > 0)
        buf_add_format(out, "%lld", (long long)number);
}

/* "2026-11-23 10:00:00 UTC" */
static void add_instant(struct buf *out, time_t when)
{
    char text[32];
    if (when == 0)
        return;
    clock_format_utc(when, text, sizeof(text));
    buf_add_format(out, "%.10s %.8s UTC", text, text + 11);
}

static void add_date(struct buf *out, time_t when)
{
    char date[32];
    if (when == 0)
        return;
    clock_format_utc(when, date, sizeof(date));
    buf_add(out, date, strcspn(date, "T"));
}

static void get_host(const struct check_facts *facts, struct buf *out)
{
    look_host(facts, out);
}

static void get_port(const struct check_facts *facts, struct buf *out)
{
    add_number(out, look_port(facts));
}

static void get_address(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_in_token_leg(facts) ? facts->token.address : facts->imap_address);
}

static void get_imap_host(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_entered(facts, SET_SERVER_HOST));
}

static void get_token_url(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->token_url[0] ? facts->token_url
                                      : look_entered(facts, SET_OAUTH_TOKEN_URL));
}

/* The Token URL with the right path behind its own host and tenant; nothing where the
 * first part of the path is no tenant. */
static void get_token_url_v2(const struct check_facts *facts, struct buf *out)
{
    const char *url = facts->token_url;
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    char tenant[128] = "";
    size_t length;

    if (!path)
        return;
    length = strcspn(path + 1, "/?#");
    if (length < sizeof(tenant))
        memcpy(tenant, path + 1, length);
    if (look_is_guid(tenant) || strchr(tenant, '.'))
        buf_add_format(out, "%.*s/%s/oauth2/v2.0/token", (int)(path - url), url, tenant);
}

/* Where the provider's metadata is as a rule: below the issuer (OpenID Connect Discovery
 * 1.0, 4), which the shape of known token endpoints tells; else below the host. */
static void get_discovery_url(const struct check_facts *facts, struct buf *out)
{
    static const char *const endings[] = {"/protocol/openid-connect/token",
                                          "/oauth2/v1/token",
                                          "/v1/token",
                                          "/connect/token",
                                          "/oauth2/token/",
                                          "/oauth2/token"};
    const char *url = facts->token_url;
    const char *host = strstr(url, "://");
    size_t length = host ? strcspn(host + 3, "/?#") + (size_t)(host + 3 - url) : 0;

    for (size_t i = 0; length > 0 && i < sizeof endings / sizeof endings[0]; i++) {
        if (look_ends_in(url + length, endings[i])) {
            length = strlen(url) - strlen(endings[i]);
            break;
        }
    }
    if (length > 0)
        buf_add_format(out, "%.*s/.well-known/openid-configuration", (int)length, url);
}

/* "REFERRAL imap://…" */
static void get_referral(const struct check_facts *facts, struct buf *out)
{
    const char *blank = strchr(facts->answer.code, ' ');
    add_safe(out, blank ? blank + 1 : "");
}

static void get_proxy(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->token.proxy);
}

static void get_proxy_status(const struct check_facts *facts, struct buf *out)
{
    add_number(out, look_proxy_status(facts));
}

static void get_seconds(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_entered(facts, SET_SERVER_TIMEOUT_SECONDS));
}

static void get_secret_day(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, facts->secret_expiry.day);
}

static void get_failure(const struct check_facts *facts, struct buf *out)
{
    const char *text = look_failure(facts)->text;
    add_safe(out, text[0] ? text : _("no reason was given"));
}

static void get_ca_file(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_entered(facts, SET_TLS_CA_FILE));
}

static void get_names(const struct check_facts *facts, struct buf *out)
{
    const struct tls_certificate *own = look_certificate(facts);
    if (own)
        add_safe(out, own->names[0] ? own->names : own->subject);
}

static void get_subject(const struct check_facts *facts, struct buf *out)
{
    const struct tls_certificate *own = look_certificate(facts);
    if (own)
        add_safe(out, own->subject);
}

/* Whom the system would have to trust: the issuer that the chain ends at. */
static void get_issuer(const struct check_facts *facts, struct buf *out)
{
    const struct tls_facts *tls = look_tls(facts);
    size_t length = tls->chain_length < TLS_CHAIN_MAX ? tls->chain_length : TLS_CHAIN_MAX;
    if (length > 0)
        add_safe(out, tls->chain[length - 1].issuer);
}

static void get_valid_from(const struct check_facts *facts, struct buf *out)
{
    const struct tls_certificate *own = look_certificate(facts);
    if (own)
        add_date(out, own->valid_from);
}

static void get_valid_until(const struct check_facts *facts, struct buf *out)
{
    const struct tls_certificate *own = look_certificate(facts);
    if (own)
        add_date(out, own->valid_until);
}

/* "5 min 12 s", with whose clock is ahead left to the sentence. */
static void get_skew(const struct check_facts *facts, struct buf *out)
{
    int64_t seconds = facts->token.clock_skew_s;
    if (seconds < 0)
        seconds = -seconds;
    if (seconds >= 3600)
        buf_add_format(out, "%lld h %lld min", (long long)(seconds / 3600),
                       (long long)(seconds % 3600 / 60));
    else if (seconds >= 60)
        buf_add_format(out, "%lld min %lld s", (long long)(seconds / 60),
                       (long long)(seconds % 60));
    else
        buf_add_format(out, "%lld s", (long long)seconds);
}

static void get_http_status(const struct check_facts *facts, struct buf *out)
{
    add_number(out, facts->token.http_status);
}

static void get_content_type(const struct check_facts *facts, struct buf *out)
{
    const char *type = facts->token.content_type;
    add_safe(out, type[0] ? type : _("of no type named"));
}

static void get_location(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->token.location);
}

static void get_retry_after(const struct check_facts *facts, struct buf *out)
{
    int seconds = look_retry_after(facts);
    if (seconds > 0)
        buf_add_format(out, "%d s", seconds);
    else
        buf_add_text(out, _("a few minutes"));
}

static void get_error(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->token.error);
}

static void get_aadsts_number(const struct check_facts *facts, struct buf *out)
{
    if (facts->token.aadsts > 0)
        buf_add_format(out, "%d", facts->token.aadsts);
}

static void get_aadsts(const struct check_facts *facts, struct buf *out)
{
    if (facts->token.aadsts > 0)
        buf_add_format(out, "AADSTS%d", facts->token.aadsts);
}

static void get_client_id(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_client_id(facts));
}

static void get_client_auth(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, facts->client_auth);
}

static void get_other_client_auth(const struct check_facts *facts, struct buf *out)
{
    if (facts->client_auth[0])
        buf_add_text(out, strcmp(facts->client_auth, "basic") == 0 ? "post" : "basic");
}

static void get_provider(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_entered(facts, SET_OAUTH_PROVIDER));
}

static void get_tenant(const struct check_facts *facts, struct buf *out)
{
    look_tenant(facts, out);
}

static void get_tid(const struct check_facts *facts, struct buf *out)
{
    if (facts->claims.tid[0])
        add_safe(out, facts->claims.tid);
    else
        get_tenant(facts, out);
}

static void get_cloud(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, cloud_of_facts(facts)->label);
}

static void get_cloud_scope(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, cloud_of_facts(facts)->scope);
}

static void get_cloud_login(const struct check_facts *facts, struct buf *out)
{
    const char *hosts = cloud_of_facts(facts)->login_hosts;
    buf_add(out, hosts, strcspn(hosts, " "));
}

/* The cloud that the token is from, which is that of the tenant. */
static void get_login_cloud(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, cloud_of_login(facts)->label);
}

static void get_login_imap_host(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, cloud_of_login(facts)->imap_host);
}

static void get_login_scope(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, cloud_of_login(facts)->scope);
}

static void get_exchange_environment(const struct check_facts *facts, struct buf *out)
{
    buf_add_text(out, cloud_of_facts(facts)->connect);
}

static void get_scope(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_entered(facts, SET_OAUTH_SCOPE));
}

static void get_granted_scope(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->token.scope);
}

static void get_token_type(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->token.token_type);
}

static void get_aud(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->claims.aud);
}

static void get_iss(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->claims.iss);
}

static void get_roles(const struct check_facts *facts, struct buf *out)
{
    for (size_t i = 0; i < facts->claims.role_count && i < CLAIMS_ROLE_MAX; i++) {
        if (i > 0)
            buf_add_text(out, ", ");
        add_safe(out, facts->claims.roles[i]);
    }
}

static void get_appid(const struct check_facts *facts, struct buf *out)
{
    if (facts->claims.appid[0])
        add_safe(out, facts->claims.appid);
    else
        get_client_id(facts, out);
}

static void get_oid(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->claims.oid);
}

static void get_scp(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->claims.scp);
}

static void get_token_expires(const struct check_facts *facts, struct buf *out)
{
    add_instant(out, facts->claims.expires);
}

static void get_server_time(const struct check_facts *facts, struct buf *out)
{
    add_instant(out, look_server_time(facts));
}

static void get_token_user(const struct check_facts *facts, struct buf *out)
{
    const struct claims *claims = &facts->claims;
    add_safe(out, claims->preferred_username[0] ? claims->preferred_username
                  : claims->email[0]            ? claims->email
                                                : claims->sub);
}

static void get_mailbox(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_mailbox(facts));
}

static void get_folder(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, look_entered(facts, SET_MAILBOX_FOLDER));
}

static void get_near_folder(const struct check_facts *facts, struct buf *out)
{
    const char *near = folders_near(facts);
    if (near)
        add_safe(out, near);
}

static void get_folders(const struct check_facts *facts, struct buf *out)
{
    struct buf list;
    buf_init(&list, 4096);
    for (char **name = facts->folders; name && *name; name++) {
        if (list.length > 0)
            buf_add_text(&list, ", ");
        buf_add_text(&list, *name);
    }
    add_safe(out, list.data);
    buf_free(&list);
}

static void get_greeting(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->greeting[0] ? facts->greeting : facts->answer.text);
}

static void get_challenge(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->answer.challenge);
}

static void get_server_text(const struct check_facts *facts, struct buf *out)
{
    const struct imap_answer *answer = &facts->answer;
    add_safe(out, answer->text[0] ? answer->text : answer->bye);
}

static void get_challenge_scope(const struct check_facts *facts, struct buf *out)
{
    look_challenge(facts, "scope", out);
}

/* The AUTH=… words of the capabilities, without "AUTH=". */
static void get_mechanisms(const struct check_facts *facts, struct buf *out)
{
    for (const char *at = facts->capabilities; (at = strstr(at, "AUTH="));) {
        at += strlen("AUTH=");
        if (out->length > 0)
            buf_add_text(out, ", ");
        text_add_safe(out, at, strcspn(at, " "), VALUE_MAX);
    }
    if (out->length == 0)
        buf_add_text(out, _("nothing"));
}

static void get_settings_error(const struct check_facts *facts, struct buf *out)
{
    add_safe(out, facts->settings_error.text);
}

static void get_stage(const struct check_facts *facts, struct buf *out)
{
    if (facts->failed < CHECK_STAGE_COUNT)
        buf_add_text(out, check_stage_id(facts->failed));
}

static const struct placeholder {
    const char *name;
    const char *word; /* what stands there while the value is not known */
    enum shape shape;
    void (*get)(const struct check_facts *facts, struct buf *out);
} placeholders[] = {
    {"aadsts", "AADSTS_NUMBER", SHAPE_TEXT, get_aadsts},
    {"aadsts_number", "NUMBER", SHAPE_NUMBER, get_aadsts_number},
    {"address", "ADDRESS", SHAPE_HOST, get_address},
    {"appid", "CLIENT_ID", SHAPE_GUID, get_appid},
    {"aud", "AUDIENCE", SHAPE_TEXT, get_aud},
    {"ca_file", "CA_FILE", SHAPE_PATH, get_ca_file},
    {"challenge", "CHALLENGE", SHAPE_TEXT, get_challenge},
    {"challenge_host", "PROVIDER_HOST", SHAPE_HOST, look_challenge_host},
    {"challenge_scope", "SCOPE", SHAPE_TEXT, get_challenge_scope},
    {"client_auth", "CLIENT_AUTH", SHAPE_TEXT, get_client_auth},
    {"client_id", "CLIENT_ID", SHAPE_GUID, get_client_id},
    {"cloud", "CLOUD", SHAPE_TEXT, get_cloud},
    {"cloud_login", "LOGIN_HOST", SHAPE_HOST, get_cloud_login},
    {"cloud_scope", "SCOPE", SHAPE_URL, get_cloud_scope},
    {"content_type", "CONTENT_TYPE", SHAPE_TEXT, get_content_type},
    {"discovery_url", "DISCOVERY_URL", SHAPE_URL, get_discovery_url},
    {"error", "ERROR", SHAPE_TEXT, get_error},
    {"exchange_environment", "", SHAPE_OWN, get_exchange_environment},
    {"failure", "REASON", SHAPE_TEXT, get_failure},
    {"folder", "FOLDER", SHAPE_TEXT, get_folder},
    {"folders", "FOLDERS", SHAPE_TEXT, get_folders},
    {"granted_scope", "GRANTED_SCOPE", SHAPE_TEXT, get_granted_scope},
    {"greeting", "GREETING", SHAPE_TEXT, get_greeting},
    {"host", "HOST", SHAPE_HOST, get_host},
    {"http_status", "STATUS", SHAPE_NUMBER, get_http_status},
    {"imap_host", "IMAP_HOST", SHAPE_HOST, get_imap_host},
    {"iss", "ISSUER", SHAPE_TEXT, get_iss},
    {"issuer", "ISSUER", SHAPE_TEXT, get_issuer},
    {"location", "LOCATION", SHAPE_TEXT, get_location},
    {"login_cloud", "CLOUD", SHAPE_TEXT, get_login_cloud},
    {"login_imap_host", "IMAP_HOST", SHAPE_HOST, get_login_imap_host},
    {"login_scope", "SCOPE", SHAPE_URL, get_login_scope},
    {"mailbox", "MAILBOX", SHAPE_MAILBOX, get_mailbox},
    {"mechanisms", "MECHANISMS", SHAPE_TEXT, get_mechanisms},
    {"names", "NAMES", SHAPE_TEXT, get_names},
    {"near_folder", "FOLDER", SHAPE_TEXT, get_near_folder},
    {"oid", "OBJECT_ID", SHAPE_GUID, get_oid},
    {"other_client_auth", "CLIENT_AUTH", SHAPE_TEXT, get_other_client_auth},
    {"port", "PORT", SHAPE_NUMBER, get_port},
    {"provider", "PROVIDER", SHAPE_NAME, get_provider},
    {"proxy", "PROXY", SHAPE_HOST, get_proxy},
    {"proxy_status", "STATUS", SHAPE_NUMBER, get_proxy_status},
    {"referral", "URL", SHAPE_TEXT, get_referral},
    {"retry_after", "A_WHILE", SHAPE_TEXT, get_retry_after},
    {"roles", "ROLES", SHAPE_TEXT, get_roles},
    {"scope", "SCOPE", SHAPE_TEXT, get_scope},
    {"scp", "SCP", SHAPE_TEXT, get_scp},
    {"seconds", "SECONDS", SHAPE_NUMBER, get_seconds},
    {"secret_day", "DATE", SHAPE_TEXT, get_secret_day},
    {"server_time", "TIME", SHAPE_TEXT, get_server_time},
    {"server_text", "TEXT", SHAPE_TEXT, get_server_text},
    {"settings_error", "REASON", SHAPE_TEXT, get_settings_error},
    {"skew", "DIFFERENCE", SHAPE_TEXT, get_skew},
    {"stage", "STAGE", SHAPE_TEXT, get_stage},
    {"subject", "SUBJECT", SHAPE_TEXT, get_subject},
    {"tenant", "TENANT", SHAPE_TENANT, get_tenant},
    {"tid", "TENANT", SHAPE_TENANT, get_tid},
    {"token_expires", "TIME", SHAPE_TEXT, get_token_expires},
    {"token_host", "TOKEN_HOST", SHAPE_HOST, look_token_host},
    {"token_type", "TYPE", SHAPE_TEXT, get_token_type},
    {"token_url", "TOKEN_URL", SHAPE_URL, get_token_url},
    {"token_url_v2", "TOKEN_URL", SHAPE_URL, get_token_url_v2},
    {"token_user", "USER", SHAPE_TEXT, get_token_user},
    {"valid_from", "DATE", SHAPE_TEXT, get_valid_from},
    {"valid_until", "DATE", SHAPE_TEXT, get_valid_until},
};

static const struct placeholder *find_placeholder(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
        if (strlen(placeholders[i].name) == length &&
            memcmp(placeholders[i].name, name, length) == 0)
            return &placeholders[i];
    }
    return NULL;
}

/* Letters, digits, and what `more` names; nothing else, nothing beyond ASCII. */
static bool is_made_of(const char *value, const char *more)
{
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c >= 0x80 || (!isalnum(c) && !strchr(more, c)))
            return false;
    }
    return true;
}

static bool has_shape(const char *value, enum shape shape)
{
    const char *at = strchr(value, '@');
    if (!value[0] || value[0] == '-' || strlen(value) > 254)
        return false;
    switch (shape) {
    case SHAPE_TEXT:
    case SHAPE_OWN:
        return false;
    case SHAPE_GUID:
        return look_is_guid(value);
    case SHAPE_HOST:
        return is_made_of(value, ".-:");
    case SHAPE_NUMBER:
        return strspn(value, "0123456789") == strlen(value);
    case SHAPE_MAILBOX: /* RFC 5322 atext, which has an apostrophe in it */
        return at && at != value && at[1] && !strchr(at + 1, '@') &&
               is_made_of(value, "@.!#%&'*+-/=?^_{|}~") && is_made_of(at + 1, ".-");
    case SHAPE_TENANT:
        return is_made_of(value, ".-");
    case SHAPE_PATH:
        return value[0] == '/' && is_made_of(value, "/._-+ ");
    case SHAPE_NAME:
        return is_made_of(value, "._-");
    case SHAPE_URL:
        return strstr(value, "://") && is_made_of(value, ":/?#[]@!&'*+,=._~%-");
    }
    return false;
}

/* Single quotes, in which neither shell knows any other special character.  PowerShell
 * doubles a quote, POSIX steps out of the quotation for it. */
static void add_quoted(struct buf *out, const char *value, enum fill_shell shell)
{
    if (shell == FILL_SHELL && is_made_of(value, "@./:_-") && value[0] != '\0') {
        buf_add_text(out, value);
        return;
    }
    buf_add_char(out, '\'');
    for (; *value; value++) {
        if (*value == '\'')
            buf_add_text(out, shell == FILL_POWERSHELL ? "''" : "'\\''");
        else
            buf_add_char(out, *value);
    }
    buf_add_char(out, '\'');
}

/* true when the value was known and fit. */
static bool add_value(const struct placeholder *placeholder,
                      const struct check_facts *facts, enum fill_shell shell,
                      struct buf *out)
{
    struct buf value;
    buf_init(&value, 4096);
    if (facts)
        placeholder->get(facts, &value);
    if (placeholder->shape == SHAPE_OWN) {
        buf_add_text(out, value.data);
        buf_free(&value);
        return true;
    }
    bool known = value.length > 0;
    if (shell != FILL_PLAIN)
        known = has_shape(value.data, placeholder->shape);

    bool bare = shell == FILL_PLAIN || shell == FILL_LINK;
    if (known && bare) {
        buf_add_text(out, value.data);
    } else if (known) {
        add_quoted(out, value.data, shell);
    } else {
        const char *quote = bare ? "" : "'";
        buf_add_format(out, "%s<%s>%s", quote, placeholder->word, quote);
    }
    buf_free(&value);
    return known;
}

char *fill_text(const char *text, const struct check_facts *facts, enum fill_shell shell,
                bool *complete)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    if (complete)
        *complete = true;
    while (*text) {
        size_t length = strcspn(text, "{");
        buf_add(&out, text, length);
        text += length;
        if (*text == '\0')
            break;
        length = strcspn(text + 1, "}");
        const struct placeholder *placeholder = find_placeholder(text + 1, length);
        if (!placeholder) { /* a brace that is meant: a PowerShell block */
            buf_add_char(&out, *text++);
            continue;
        }
        bool known = add_value(placeholder, facts, shell, &out);
        if (complete && !known)
            *complete = false;
        text += length + 2;
    }
    return buf_take(&out);
}

bool fill_knows_all(const char *text)
{
    for (text = strchr(text, '{'); text; text = strchr(text + 1, '{')) {
        size_t length = strcspn(text + 1, "}");
        if (!find_placeholder(text + 1, length))
            return false;
    }
    return true;
}
