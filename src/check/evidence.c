#include "check/evidence.h"

#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "check/software.h"

enum { NEAR_END_S = 14 * 24 * 3600, SKEW_S = 60 };

enum check_state evidence_of_settings(char *out, size_t size,
                                      const struct check_facts *facts)
{
    const struct expiry *expiry = &facts->secret_expiry;
    char distance[64];

    if (!facts->used_oauth || !expiry_is_near(expiry)) {
        snprintf(out, size, "%s", facts->used_oauth ? "OAuth" : "Basic auth");
        return CHECK_OK;
    }
    expiry_distance(expiry, distance, sizeof distance);
    snprintf(out, size,
             expiry->state == EXPIRY_PAST ? _("OAuth; Client secret expired %s, %s")
                                          : _("OAuth; Client secret expires %s, %s"),
             expiry->day, distance);
    return CHECK_WARNED;
}

static const char *const reasons[] = {
    [NET_OK] = "",
    [NET_CANCELLED] = N_("cancelled"),
    [NET_TIMED_OUT] = N_("no answer in time"),
    [NET_NAME_UNKNOWN] = N_("no such host name"),
    [NET_NAME_TEMPORARY] = N_("the resolver does not answer"),
    [NET_REFUSED] = N_("connection refused"),
    [NET_UNREACHABLE] = N_("no route"),
    [NET_RESET] = N_("connection reset"),
    [NET_CLOSED] = N_("the server ended the connection"),
    [NET_TLS_FAILED] = N_("the TLS handshake failed"),
    [NET_TLS_NOT_TLS] = N_("the answer was not TLS"),
    [NET_TLS_UNTRUSTED] = N_("the certificate's issuer is unknown"),
    [NET_TLS_NAME] = N_("the certificate is for another name"),
    [NET_TLS_EXPIRED] = N_("the certificate has expired"),
    [NET_TLS_NOT_YET] = N_("the certificate is not valid yet"),
    [NET_TLS_REVOKED] = N_("the certificate is revoked"),
    [NET_TLS_WEAK] = N_("the certificate is too weak"),
    [NET_TLS_CA_FILE] = N_("the CA file cannot be used"),
    [NET_INJECTED] = N_("plain text was waiting behind STARTTLS"),
    [NET_TOO_MUCH] = N_("the answer is too long"),
    [NET_SYSTEM] = N_("the system refused"),
};

/* The library's words add nothing where the reason says it all. */
void evidence_of_net_failure(char *out, size_t size, const struct net_failure *failure)
{
    bool own = failure->reason == NET_TLS_FAILED || failure->reason == NET_TLS_CA_FILE;
    const char *reason = reasons[failure->reason];

    if (failure->reason == NET_SYSTEM && failure->text[0])
        snprintf(out, size, "%s", failure->text);
    else if (own && failure->text[0])
        snprintf(out, size, "%s: %s", _(reason), failure->text);
    else
        snprintf(out, size, "%s", reason[0] ? _(reason) : failure->text);
}

static void format_day(time_t when, char *out, size_t size)
{
    char full[32];

    clock_format_utc(when, full, sizeof full);
    snprintf(out, size, "%.10s", full);
}

void evidence_of_tls(char *out, size_t size, const struct tls_facts *tls)
{
    char day[16] = "";

    if (tls->chain_length == 0) {
        snprintf(out, size, "%s", tls->version);
        return;
    }
    format_day(tls->chain[0].valid_until, day, sizeof day);
    snprintf(out, size, _("%s, valid until %s"), tls->version, day);
}

enum check_state evidence_tls_state(const struct tls_facts *tls)
{
    bool near =
        tls->chain_length > 0 && tls->chain[0].valid_until - time(NULL) < NEAR_END_S;

    return near ? CHECK_WARNED : CHECK_OK;
}

void evidence_of_token_phase(char *out, size_t size, enum token_phase phase,
                             const struct token_answer *answer)
{
    switch (phase) {
    case TOKEN_RESOLVE:
        if (answer->proxy[0])
            snprintf(out, size,
                     answer->proxy_from_environment ? _("proxy %s, from the environment")
                                                    : _("proxy %s"),
                     answer->proxy);
        else
            snprintf(out, size, "%s", answer->host);
        break;
    case TOKEN_CONNECT:
        snprintf(out, size, "%s", answer->address);
        break;
    case TOKEN_TLS:
        evidence_of_tls(out, size, &answer->tls);
        break;
    case TOKEN_REQUEST:
        out[0] = '\0';
        break;
    }
}

/* An answer that is no RFC 6749 5.2 error: what its status and headers tell. */
static void describe_http(char *out, size_t size, const struct token_answer *answer)
{
    int status = answer->http_status;

    if (status / 100 == 3 && answer->location[0])
        snprintf(out, size, _("HTTP %d, redirected to %s"), status, answer->location);
    else if (answer->retry_after_s >= 0 && (status == 429 || status / 100 == 5))
        snprintf(out, size, _("HTTP %d, retry after %d s"), status,
                 answer->retry_after_s);
    else if (answer->is_json)
        snprintf(out, size, _("HTTP %d, but no Bearer token in the answer"), status);
    else
        snprintf(out, size, _("HTTP %d, and the answer is not JSON"), status);
}

void evidence_of_token_failure(char *out, size_t size, const struct token_answer *answer)
{
    if (answer->http_status == 0 && answer->proxy[0] && answer->phase == TOKEN_CONNECT &&
        answer->failure.code >= 300 && answer->failure.reason == NET_REFUSED)
        snprintf(out, size, _("the proxy answers HTTP %d"), answer->failure.code);
    else if (answer->http_status == 0)
        evidence_of_net_failure(out, size, &answer->failure);
    else if (answer->error[0] && answer->aadsts)
        snprintf(out, size, "HTTP %d %s, AADSTS%d", answer->http_status, answer->error,
                 answer->aadsts);
    else if (answer->error[0])
        snprintf(out, size, "HTTP %d %s", answer->http_status, answer->error);
    else
        describe_http(out, size, answer);
}

static bool has_word(const char *list, const char *word, size_t length)
{
    while (*list) {
        size_t next = strcspn(list, " ");
        if (next == length && memcmp(list, word, length) == 0)
            return true;
        list += next;
        list += strspn(list, " ");
    }
    return false;
}

/* Some servers drop what they do not know, silently; others grant more, or give the
 * single scopes behind "/.default" (RFC 6749 3.3: the order means nothing). */
static bool lacks_scope(const char *granted, const char *asked)
{
    static const char all[] = "/.default";

    while (*asked) {
        size_t length = strcspn(asked, " ");
        bool is_all = length >= strlen(all) &&
                      memcmp(asked + length - strlen(all), all, strlen(all)) == 0;
        if (length && !is_all && !has_word(granted, asked, length))
            return true;
        asked += length;
        asked += strspn(asked, " ");
    }
    return false;
}

enum check_state evidence_of_token(char *out, size_t size,
                                   const struct check_facts *facts)
{
    const struct token_answer *answer = &facts->token;
    long long skew = (long long)answer->clock_skew_s;

    if (llabs(skew) > SKEW_S) {
        snprintf(
            out, size,
            skew > 0
                ? _("token given; this machine's clock is %lld s behind the server's")
                : _("token given; this machine's clock is %lld s ahead of the server's"),
            llabs(skew));
        return CHECK_WARNED;
    }
    if (answer->scope[0] &&
        lacks_scope(answer->scope, settings_text(&facts->entered, SET_OAUTH_SCOPE))) {
        snprintf(out, size, _("token given, but for the Scope \"%s\""), answer->scope);
        return CHECK_WARNED;
    }
    if (answer->expires_in_s >= 0)
        snprintf(out, size, _("Bearer token, %lld s"), (long long)answer->expires_in_s);
    else
        snprintf(out, size, "%s", _("Bearer token"));
    return CHECK_OK;
}

/* The resources of Exchange Online in its clouds, as `aud` names them. */
static bool is_exchange(const char *audience)
{
    static const char *const hosts[] = {
        "https://outlook.office365.com",       "https://outlook.office.com",
        "https://outlook.office365.us",        "https://outlook-dod.office365.us",
        "https://partner.outlook.cn",          "https://ps.outlook.com",
        "00000002-0000-0ff1-ce00-000000000000"};

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (strncmp(audience, hosts[i], strlen(hosts[i])) == 0)
            return true;
    }
    return false;
}

/* A token for Exchange without the role is given, and refused later: better said here. */
static bool lacks_role(const struct check_facts *facts)
{
    return (settings_is(&facts->entered, SET_OAUTH_SOURCE, "exchange") ||
            is_exchange(facts->claims.aud)) &&
           facts->claims.decoded && !claims_have_role(&facts->claims, "IMAP.AccessAsApp");
}

enum check_state evidence_of_claims(char *out, size_t size,
                                    const struct check_facts *facts)
{
    const struct claims *claims = &facts->claims;

    if (!claims->decoded) {
        snprintf(out, size, "%s", _("opaque token: nothing to read in it"));
        return CHECK_OK;
    }
    if (lacks_role(facts)) {
        snprintf(out, size, _("aud %.80s, without the role IMAP.AccessAsApp"),
                 claims->aud);
        return CHECK_WARNED;
    }
    if (claims->role_count > 0)
        snprintf(out, size, _("aud %.80s, role %s"), claims->aud, claims->roles[0]);
    else
        snprintf(out, size, "aud %.120s", claims->aud);
    return CHECK_OK;
}

void evidence_of_greeting(char *out, size_t size, const char *greeting)
{
    const char *software = software_name(software_of(greeting, ""));

    if (software[0])
        snprintf(out, size, "%s", software);
    else
        snprintf(out, size, "%s", greeting[0] ? greeting : _("ready"));
}

void evidence_of_answer(char *out, size_t size, enum imap_status status,
                        const struct imap_answer *answer,
                        const struct net_failure *failure)
{
    bool is_bye = status == IMAP_BYE || (status == IMAP_STREAM && answer->bye[0]);
    const char *kind = status == IMAP_BAD ? "BAD" : "NO";

    if (is_bye)
        snprintf(out, size, "BYE %s", answer->bye);
    else if (status == IMAP_STREAM)
        evidence_of_net_failure(out, size, failure);
    else if (status == IMAP_GARBLED)
        snprintf(out, size, "%s", _("the answer is no IMAP"));
    else if (status == IMAP_UNABLE)
        snprintf(out, size, "%s", _("the server does not offer it"));
    else if (answer->code[0])
        snprintf(out, size, "%s [%s] %s", kind, answer->code, answer->text);
    else
        snprintf(out, size, "%s %s", kind, answer->text);
}

void evidence_of_folder(char *out, size_t size, const char *name,
                        const struct imap_folder *folder)
{
    snprintf(out, size, ngettext("%s, %u message", "%s, %u messages", folder->exists),
             name, folder->exists);
}

void evidence_of_unread(char *out, size_t size, uint32_t unread)
{
    snprintf(out, size, _("%u unread"), unread);
}
