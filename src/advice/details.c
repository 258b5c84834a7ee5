#include "advice/details.h"

#include <stdlib.h>
#include <string.h>

#include "advice/look.h"
#include "base/argv.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "check/evidence.h"
#include "check/software.h"
#include "settings/mailbox.h"

static const char *const titles[] = {
    [DETAILS_SUPPORT] = N_("For the provider's support"),
    [DETAILS_TOKEN_SERVER] = N_("Token server"),
    [DETAILS_TOKEN_TLS] = N_("TLS of the token server"),
    [DETAILS_TOKEN] = N_("The token says"),
    [DETAILS_MAIL_SERVER] = N_("Mail server"),
    [DETAILS_MAIL_TLS] = N_("TLS of the mail server"),
    [DETAILS_FOLDER] = N_("Folder"),
    [DETAILS_PREVIEW] = N_("The newest unread messages"),
    [DETAILS_ENTERED] = N_("What was entered"),
    [DETAILS_STAGES] = N_("Stages"),
};

const char *details_title(enum details_section section)
{
    return titles[section];
}

/* One walk: who is told, and of which section. */
struct walk {
    const struct check_facts *facts;
    details_visitor *visit;
    void *closure;
    enum details_section section;
};

static void tell(const struct walk *walk, const char *name, const char *value)
{
    struct buf safe;

    if (!value || !value[0])
        return;
    buf_init(&safe, DETAILS_VALUE_MAX);
    text_add_safe(&safe, value, strlen(value), DETAILS_VALUE_MAX);
    walk->visit(walk->closure, walk->section, name, safe.data);
    buf_free(&safe);
}

static void tell_format(const struct walk *walk, const char *name, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

static void tell_format(const struct walk *walk, const char *name, const char *format,
                        ...)
{
    struct buf value;
    va_list args;

    buf_init(&value, 2 * DETAILS_VALUE_MAX);
    va_start(args, format);
    buf_add_format_list(&value, format, args);
    va_end(args);
    tell(walk, name, value.data);
    buf_free(&value);
}

static void tell_time(const struct walk *walk, const char *name, time_t when)
{
    char text[40] = "";

    if (when == 0)
        return;
    clock_format_utc(when, text, sizeof text);
    tell(walk, name, text);
}

/* ---- Token server ------------------------------------------------------------------ */

static void tell_support(const struct walk *walk)
{
    const struct token_answer *token = &walk->facts->token;

    tell(walk, "trace_id", token->trace_id);
    tell(walk, "correlation_id", token->correlation_id);
    tell(walk, "timestamp", token->timestamp);
}

static void tell_failure(const struct walk *walk, const struct net_failure *failure)
{
    char text[EVIDENCE_MAX];

    if (failure->reason == NET_OK)
        return;
    evidence_of_net_failure(text, sizeof text, failure);
    tell(walk, _("Connection"), text);
    if (!strstr(text, failure->text))
        tell(walk, _("Reason"), failure->text);
}

static void tell_clock(const struct walk *walk, int64_t skew_s)
{
    if (skew_s > 0)
        tell_format(walk, _("Clock here"), _("%lld s behind the server's"),
                    (long long)skew_s);
    else if (skew_s < 0)
        tell_format(walk, _("Clock here"), _("%lld s ahead of the server's"),
                    -(long long)skew_s);
}

static void tell_http(const struct walk *walk, const struct token_answer *token)
{
    if (token->http_status == 0)
        return;
    tell_format(walk, "HTTP", "%d", token->http_status);
    tell(walk, "Content-Type", token->content_type);
    tell(walk, "Date", token->server_date);
    tell_clock(walk, token->clock_skew_s);
    if (token->retry_after_s >= 0)
        tell_format(walk, "Retry-After", "%d s", token->retry_after_s);
    tell(walk, "WWW-Authenticate", token->www_authenticate);
    tell(walk, "Location", token->location);
    tell(walk, "error", token->error);
    if (token->aadsts > 0)
        tell_format(walk, _("Number"), "AADSTS%d", token->aadsts);
    tell(walk, "error_description", token->description);
    tell(walk, _("Answer"), token->said);
    tell(walk, "token_type", token->token_type);
    if (token->expires_in_s >= 0)
        tell_format(walk, "expires_in", "%lld s", (long long)token->expires_in_s);
    tell(walk, "scope", token->scope);
}

static void tell_token_server(const struct walk *walk)
{
    const struct check_facts *facts = walk->facts;
    const struct token_answer *token = &facts->token;

    if (!facts->token_url[0])
        return;
    tell(walk, "Token URL", facts->token_url);
    if (token->is_discovery)
        tell(walk, _("Asked for"), _("the issuer's document alone, not yet a token"));
    tell(walk, "Client ID", facts->client_id);
    tell(walk, _("Client login"), facts->client_auth);
    if (token->proxy[0])
        tell_format(walk, _("Proxy"),
                    token->proxy_from_environment ? _("%s, from the environment") : "%s",
                    token->proxy);
    tell(walk, _("Address"), token->address);
    tell_failure(walk, &token->failure);
    tell_http(walk, token);
}

/* ---- TLS --------------------------------------------------------------------------- */

static void tell_checks(const struct walk *walk, const struct tls_facts *tls)
{
    const char *fault = tls_fault(tls, 0);

    if (tls->handshaken && !fault)
        tell(walk, _("Check"), _("good: issuer, name and dates"));
    for (size_t i = 0; (fault = tls_fault(tls, i)); i++)
        tell(walk, _("Check failed"), _(fault));
}

static void tell_certificate(const struct walk *walk, size_t number,
                             const struct tls_certificate *certificate)
{
    char from[40] = "", until[40] = "", name[64];
    struct buf text;

    buf_init(&text, sizeof name - 1);
    buf_add_format(&text, _("Certificate %zu"), number);
    tell(walk, text.data, certificate->subject[0] ? certificate->subject : _("no name"));
    buf_free(&text);
    tell(walk, _("issued by"), certificate->issuer);
    tell(walk, _("for the names"), certificate->names);
    if (certificate->valid_until == 0)
        return;
    clock_format_utc(certificate->valid_from, from, sizeof from);
    clock_format_utc(certificate->valid_until, until, sizeof until);
    tell_format(walk, _("valid"), _("from %s until %s"), from, until);
}

static void tell_tls(const struct walk *walk, const struct tls_facts *tls)
{
    if (tls->version[0])
        tell_format(walk, _("Version"), "%s, %s", tls->version, tls->cipher);
    tell_checks(walk, tls);
    for (size_t i = 0; i < tls->chain_length && i < TLS_CHAIN_MAX; i++)
        tell_certificate(walk, i + 1, &tls->chain[i]);
}

/* ---- The token --------------------------------------------------------------------- */

static void tell_roles(const struct walk *walk, const struct claims *claims)
{
    struct buf roles;

    buf_init(&roles, DETAILS_VALUE_MAX);
    for (size_t i = 0; i < claims->role_count && i < CLAIMS_ROLE_MAX; i++)
        buf_add_format(&roles, "%s%s", i ? ", " : "", claims->roles[i]);
    tell(walk, "roles", claims->role_count ? roles.data : _("none"));
    buf_free(&roles);
}

static void tell_token(const struct walk *walk)
{
    const struct claims *claims = &walk->facts->claims;

    if (!walk->facts->had_token && !claims->decoded)
        return;
    if (!claims->decoded) {
        tell(walk, _("Token"), _("opaque: it cannot be read, which is no fault"));
        return;
    }
    tell(walk, "aud", claims->aud);
    tell(walk, "iss", claims->iss);
    tell_roles(walk, claims);
    tell(walk, "scp", claims->scp);
    tell(walk, "appid", claims->appid);
    tell(walk, "oid", claims->oid);
    tell(walk, "tid", claims->tid);
    tell(walk, "sub", claims->sub);
    tell(walk, "preferred_username", claims->preferred_username);
    tell(walk, "email", claims->email);
    tell_time(walk, "iat", claims->issued);
    tell_time(walk, "nbf", claims->not_before);
    tell_time(walk, "exp", claims->expires);
}

/* ---- Mail server ------------------------------------------------------------------- */

/* How a command ended that did not end well. */
static const char *status_words(enum imap_status status)
{
    switch (status) {
    case IMAP_OK:
        return "";
    case IMAP_NO:
        return "NO";
    case IMAP_BAD:
        return "BAD";
    case IMAP_BYE:
        return "BYE";
    case IMAP_GARBLED:
        return _("no IMAP");
    case IMAP_STREAM:
        return _("none: the connection failed");
    case IMAP_UNABLE:
        return _("not asked: the server does not offer it");
    }
    return "";
}

static void tell_answer(const struct walk *walk, enum imap_status status,
                        const struct imap_answer *answer)
{
    tell(walk, _("Answer"), status_words(status));
    tell(walk, _("Code"), answer->code);
    tell(walk, _("Text"), answer->text);
    tell(walk, _("Alert"), answer->alert);
    tell(walk, _("Challenge"), answer->challenge);
    tell(walk, "BYE", answer->bye);
}

static void tell_mail_server(const struct walk *walk)
{
    const struct check_facts *facts = walk->facts;
    const char *offered =
        facts->login_capabilities[0] ? facts->login_capabilities : facts->capabilities;

    if (!facts->imap_address[0] && !facts->greeting[0] &&
        facts->imap_failure.reason == NET_OK)
        return;
    tell(walk, _("Host"), look_entered(facts, SET_SERVER_HOST));
    tell(walk, _("Address"), facts->imap_address);
    tell_failure(walk, &facts->imap_failure);
    tell(walk, _("Greeting"), facts->greeting);
    tell(walk, _("Software"), software_name(software_of(facts->greeting, offered)));
    tell(walk, _("Capabilities"), facts->capabilities);
    tell(walk, _("After login"), facts->login_capabilities);
    tell(walk, _("Mechanism"), imap_mechanism_name(facts->mechanism));
    tell_answer(walk, facts->imap_status, &facts->answer);
}

static bool folder_is_open(const struct check_facts *facts)
{
    return facts->steps[CHECK_IMAP_OPEN].state == CHECK_OK;
}

static void tell_folder(const struct walk *walk)
{
    const struct check_facts *facts = walk->facts;
    enum check_state preview = facts->steps[CHECK_IMAP_PREVIEW].state;
    struct buf names;

    if (folder_is_open(facts)) {
        tell(walk, _("Name"), look_entered(facts, SET_MAILBOX_FOLDER));
        tell_format(walk, _("Messages"), "%u", (unsigned)facts->folder.exists);
        tell_format(walk, "UIDVALIDITY", "%u", (unsigned)facts->folder.uid_validity);
        tell_format(walk, "UIDNEXT", "%u", (unsigned)facts->folder.uid_next);
    }
    if (preview == CHECK_OK)
        tell_format(walk, _("Unread"), "%u", (unsigned)facts->unread);
    if (facts->preview_status != IMAP_OK)
        tell_answer(walk, facts->preview_status, &facts->preview_answer);
    buf_init(&names, 4 * DETAILS_VALUE_MAX);
    for (char **name = facts->folders; name && *name; name++)
        buf_add_format(&names, "%s%s", names.length ? ", " : "", *name);
    tell(walk, _("There are"), names.data);
    buf_free(&names);
}

static void tell_preview(const struct walk *walk)
{
    const struct check_facts *facts = walk->facts;

    for (size_t i = 0; i < facts->preview_count && i < CHECK_PREVIEW_MAX; i++) {
        const struct imap_preview *preview = &facts->previews[i];

        tell(walk, _("Subject"), preview->subject[0] ? preview->subject : _("none"));
        tell(walk, _("From"), preview->from);
        tell_time(walk, _("Date"), preview->date);
    }
}

/* ---- What was entered -------------------------------------------------------------- */

static const char *credential_words(const struct check_facts *facts)
{
    const struct check_credential_shape *shape = &facts->credential;

    if (!facts->credential_set && shape->length == 0)
        return _("not set");
    if (shape->has_outer_blank)
        return _("set, with a blank at its beginning or end");
    if (shape->is_guid)
        return _("set, in the shape of a GUID");
    if (shape->is_entra_value)
        return _("set, in the shape of a secret of Entra's");
    return _("set");
}

/* The names alone of what might be anything: a parameter may be a secret. */
static void tell_parameters(const struct walk *walk, const char *line)
{
    char **words = argv_split(line, NULL);
    struct buf text;

    buf_init(&text, DETAILS_VALUE_MAX);
    for (char **word = words; word && *word; word++) {
        const char *sign = strchr(*word, '=');
        bool is_open =
            strncmp(*word, "audience=", 9) == 0 || strncmp(*word, "resource=", 9) == 0;

        buf_add_text(&text, text.length ? ", " : "");
        if (is_open)
            buf_add_text(&text, *word);
        else
            buf_add_format(&text, "%.*s…", sign ? (int)(sign + 1 - *word) : 0, *word);
    }
    tell(walk, setting_defs[SET_OAUTH_PARAMETERS].key, text.data);
    buf_free(&text);
    argv_free(&words);
}

/* What the test uses; where messages go is no part of it. */
static void tell_entered(const struct walk *walk)
{
    const struct check_facts *facts = walk->facts;

    for (int id = SET_AUTH_METHOD; id <= SET_MAILBOX_FOLDER; id++) {
        const char *value = look_entered(facts, (enum setting_id)id);

        if (!setting_is_used(&facts->entered, (enum setting_id)id))
            continue;
        if (setting_defs[id].kind == SETTING_SECRET)
            value = credential_words(facts);
        if (id == SET_OAUTH_PARAMETERS)
            tell_parameters(walk, value);
        else
            tell(walk, setting_defs[id].key, value);
    }
}

/* Those that were reached. */
static void tell_stages(const struct walk *walk)
{
    for (int stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        const struct check_step *step = &walk->facts->steps[stage];
        const char *label = _(check_state_label(step->state));

        if (step->state != CHECK_WAITING && step->state != CHECK_SKIPPED)
            tell_format(walk, check_stage_id((enum check_stage)stage),
                        step->evidence[0] ? _("%s, %lld ms: %s") : _("%s, %lld ms"),
                        label, (long long)(step->took_us / 1000), step->evidence);
    }
}

void details_walk(const struct check_facts *facts, details_visitor *visit, void *closure)
{
    struct walk walk = {.facts = facts, .visit = visit, .closure = closure};

    walk.section = DETAILS_SUPPORT;
    tell_support(&walk);
    walk.section = DETAILS_TOKEN_SERVER;
    tell_token_server(&walk);
    walk.section = DETAILS_TOKEN_TLS;
    tell_tls(&walk, &facts->token.tls);
    walk.section = DETAILS_TOKEN;
    tell_token(&walk);
    walk.section = DETAILS_MAIL_SERVER;
    tell_mail_server(&walk);
    walk.section = DETAILS_MAIL_TLS;
    tell_tls(&walk, &facts->imap_tls);
    walk.section = DETAILS_FOLDER;
    tell_folder(&walk);
    walk.section = DETAILS_PREVIEW;
    tell_preview(&walk);
    walk.section = DETAILS_ENTERED;
    tell_entered(&walk);
    walk.section = DETAILS_STAGES;
    tell_stages(&walk);
}
