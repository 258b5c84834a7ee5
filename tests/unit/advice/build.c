#include "unit/advice/cases.h"

#include <stdio.h>
#include <string.h>

#include "base/argv.h"
#include "base/mem.h"

#define OID "9d1c5e0a-3b77-4c1e-8f2a-6f0d1b2c3d4e"
#define APP "11112222-aaaa-3333-bbbb-4444cccc5555"
#define TID CASE_TID

static void put(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "");
}

#define PUT(array, text) put(array, sizeof(array), text)

static void set(struct check_facts *facts, const char *key, const char *text)
{
    enum setting_id id = setting_find(key, NULL);
    if (id != SET_NONE)
        settings_set(&facts->entered, id, text);
}

static void build_oauth(struct check_facts *facts, const char *source, const char *url,
                        const char *scope, const char *host)
{
    facts->used_oauth = true;
    set(facts, "auth.method", "oauth");
    set(facts, "oauth.source", source);
    set(facts, "oauth.scope", scope);
    if (strcmp(source, "provider") != 0) {
        set(facts, "oauth.token_url", url);
        set(facts, "oauth.client_id", APP);
    } else {
        set(facts, "oauth.provider", "keycloak");
    }
    set(facts, "server.host", host);
    set(facts, "mailbox.user", "support@contoso.com");
    PUT(facts->token_url, url);
    PUT(facts->client_id, APP);
    PUT(facts->client_auth, "post");
    facts->credential.length = 40;
}

static void build_profile(enum case_profile profile, struct check_facts *facts)
{
    switch (profile) {
    case PROFILE_EXCHANGE:
        build_oauth(facts, "exchange",
                    "https://login.microsoftonline.com/" TID "/oauth2/v2.0/token",
                    "https://outlook.office365.com/.default", "outlook.office365.com");
        set(facts, "oauth.cloud", "global");
        set(facts, "oauth.tenant", TID);
        facts->credential.is_entra_value = true;
        break;
    case PROFILE_CUSTOM:
    case PROFILE_PROVIDER:
        build_oauth(facts, profile == PROFILE_CUSTOM ? "custom" : "provider",
                    "https://id.example.org/realms/mail/protocol/openid-connect/token",
                    "imap", "mail.example.org");
        PUT(facts->greeting, "[CAPABILITY IMAP4rev1 SASL-IR] Dovecot ready.");
        PUT(facts->capabilities, "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2");
        break;
    case PROFILE_BASIC:
    case PROFILE_GMAIL:
        set(facts, "auth.method", "basic");
        set(facts, "basic.username", "support@example.org");
        set(facts, "server.host",
            profile == PROFILE_GMAIL ? "imap.gmail.com" : "mail.example.org");
        PUT(facts->capabilities, "IMAP4rev1 AUTH=PLAIN");
        facts->credential.length = 12;
        break;
    }
}

/* Every stage before the failed one of its leg is ok; the rest was not reached. */
static void build_steps(const struct advice_case *c, struct check_facts *facts)
{
    facts->failed = c->stage;
    facts->cancelled = (c->flags & WITH_CANCEL) != 0;
    for (int stage = 0; stage < (int)c->stage && stage < CHECK_STAGE_COUNT; stage++) {
        bool token = stage >= CHECK_TOKEN_RESOLVE && stage <= CHECK_TOKEN_CLAIMS;
        facts->steps[stage].state =
            token && !facts->used_oauth ? CHECK_SKIPPED : CHECK_OK;
        facts->steps[stage].took_us = 12000;
    }
    if (c->stage < CHECK_STAGE_COUNT) {
        facts->steps[c->stage].state =
            c->flags & WITH_CANCEL ? CHECK_STOPPED : CHECK_FAILED;
        facts->steps[c->stage].took_us = 130000;
        PUT(facts->steps[c->stage].evidence, "what was seen");
    }
    if (c->flags & WITH_OTHER_LEG)
        facts->steps[CHECK_IMAP_CONNECT].state = CHECK_OK;
    facts->elapsed_us = 412345;
}

static void build_token_answer(const struct advice_case *c, struct check_facts *facts)
{
    struct token_answer *token = &facts->token;
    token->retry_after_s = -1;
    token->expires_in_s = -1;
    token->http_status = c->http;
    token->is_json = c->error != NULL;
    token->aadsts = c->aadsts;
    PUT(token->error, c->error);
    PUT(token->description, c->description);
    PUT(token->scope, c->granted);
    PUT(token->token_type, c->token_type);
    token->is_discovery = (c->flags & WITH_DISCOVERY) != 0;
    if (c->http >= 300 && c->http < 400)
        PUT(token->location, "https://id.example.org/login");
    token->holds_token = (c->flags & WITH_HELD_TOKEN) != 0;
    if (c->flags & WITH_HTML) {
        PUT(token->content_type, "text/html; charset=utf-8");
        PUT(token->said, "<!DOCTYPE html><title>Sign in</title>");
    }
    if (c->flags & WITH_PROXY) {
        PUT(token->proxy, "proxy.corp.example:3128");
        PUT(token->host, "proxy.corp.example");
        token->proxy_from_environment = true;
    }
    if (c->flags & WITH_BASIC_WANTED)
        PUT(token->www_authenticate, "Basic realm=\"tokens\"");
    if (c->flags & WITH_CLOCK_OFF)
        token->clock_skew_s = -3725;
    if (c->aadsts) {
        PUT(token->trace_id, "5f2a0000-0000-0000-0000-00000000aaaa");
        PUT(token->correlation_id, "7e1b0000-0000-0000-0000-00000000bbbb");
        PUT(token->timestamp, "2026-11-23 06:03:00Z");
    }
}

static void build_claims(const struct advice_case *c, struct check_facts *facts)
{
    struct claims *claims = &facts->claims;
    bool decoded = (c->flags & (WITH_ROLE | WITH_OTHER_ROLE | WITH_NO_ROLE)) != 0;
    if (!decoded && !(c->flags & WITH_OPAQUE))
        return;
    facts->had_token = true;
    facts->token.expires_in_s = 3599;
    claims->decoded = decoded;
    if (!decoded)
        return;
    if (c->profile == PROFILE_EXCHANGE) {
        PUT(claims->aud, c->aud ? c->aud : "https://outlook.office365.com");
        PUT(claims->oid, OID);
        PUT(claims->tid, TID);
    }
    if (c->flags & WITH_STALE) {
        claims->expires = 1795424400; /* 2026-11-23 09:00 */
        PUT(facts->token.server_date, "Mon, 23 Nov 2026 10:00:00 GMT");
    }
    PUT(claims->appid, APP);
    PUT(claims->scp, c->scp);
    PUT(claims->preferred_username, c->preferred_username);
    if (c->flags & WITH_ROLE)
        PUT(claims->roles[claims->role_count++], "IMAP.AccessAsApp");
    if (c->flags & WITH_OTHER_ROLE)
        PUT(claims->roles[claims->role_count++], "Mail.Read");
}

static void build_connection(const struct advice_case *c, struct check_facts *facts)
{
    bool token = c->stage >= CHECK_TOKEN_RESOLVE && c->stage <= CHECK_TOKEN_CLAIMS;
    struct net_failure *failure = token ? &facts->token.failure : &facts->imap_failure;
    struct tls_facts *tls = token ? &facts->token.tls : &facts->imap_tls;

    failure->reason = c->reason;
    failure->code = c->failure_code;
    PUT(failure->text, c->failure);
    PUT(facts->imap_address, "192.0.2.7");
    PUT(facts->token.address, "192.0.2.8");
    if (!(c->flags & (WITH_CERTIFICATE | WITH_SELF_SIGNED | WITH_INSPECTION)))
        return;
    struct tls_certificate *own = &tls->chain[0];
    tls->chain_length = 1;
    PUT(own->subject, "CN=mx.hoster.example");
    PUT(own->issuer, c->flags & WITH_SELF_SIGNED  ? "CN=mx.hoster.example"
                     : c->flags & WITH_INSPECTION ? "CN=FortiGate CA,O=Fortinet"
                                                  : "CN=Example Issuing CA 3");
    PUT(own->names, "mx.hoster.example imap.hoster.example");
    own->valid_from = 1767225600;  /* 2026-01-01 */
    own->valid_until = 1793836800; /* 2026-11-05 */
}

void case_build(const struct advice_case *c, struct check_facts *facts)
{
    memset(facts, 0, sizeof(*facts));
    settings_init(&facts->entered);
    build_profile(c->profile, facts);
    build_steps(c, facts);
    build_token_answer(c, facts);
    build_connection(c, facts);
    build_claims(c, facts);

    facts->credential.is_guid = (c->flags & WITH_GUID_SECRET) != 0;
    facts->credential.has_special = (c->flags & WITH_SPECIAL_SECRET) != 0;
    facts->credential.has_outer_blank = (c->flags & WITH_BLANK_SECRET) != 0;
    if (c->flags & WITH_BASIC_HEADER)
        PUT(facts->client_auth, "basic");
    facts->auth_methods.known = (c->flags & (WITH_BASIC_ALONE | WITH_BOTH_METHODS)) != 0;
    facts->auth_methods.basic = facts->auth_methods.known;
    facts->auth_methods.post = (c->flags & WITH_BOTH_METHODS) != 0;

    facts->imap_status = c->imap;
    facts->mechanism = c->mechanism;
    PUT(facts->answer.code, c->response_code);
    PUT(facts->answer.text, c->text);
    PUT(facts->answer.challenge, c->challenge);
    PUT(facts->answer.bye, c->bye);
    if (c->greeting)
        PUT(facts->greeting, c->greeting);
    if (c->capabilities)
        PUT(facts->capabilities, c->capabilities);
    if (c->flags & WITH_FOLDERS) {
        facts->folders = mem_new(4, sizeof(char *));
        facts->folders[0] = mem_copy_text("INBOX");
        facts->folders[1] = mem_copy_text("INBOX.Archive");
        facts->folders[2] = mem_copy_text("Sent");
    }
    if (c->settings_error)
        err_set_key(&facts->settings_error,
                    c->settings_class ? c->settings_class : ERR_SETTING,
                    c->field ? c->field : "", "%s", c->settings_error);
    for (size_t i = 0; i + 1 < sizeof(c->set) / sizeof(c->set[0]) && c->set[i]; i += 2) {
        set(facts, c->set[i], c->set[i + 1]);
        if (strcmp(c->set[i], "oauth.token_url") == 0)
            PUT(facts->token_url, c->set[i + 1]);
        if (strcmp(c->set[i], "oauth.client_id") == 0)
            PUT(facts->client_id, c->set[i + 1]);
    }
}

void case_clear(struct check_facts *facts)
{
    settings_free(&facts->entered);
    argv_free(&facts->folders);
}
