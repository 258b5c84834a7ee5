/*
 * Mail servers of one's own that take tokens, Dovecot above all: a client-credentials
 * token names no user by itself, and the mail server must find the mailbox in it.  What
 * the provider says to the token request is in openid.c.
 */
#include "advice/row.h"

#define REFUSED_TOKEN                                                                    \
    .stages = AT(IMAP_AUTHENTICATE),                                                     \
    .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE)

#define DOVECOT_LOG "journalctl -u dovecot --since -5min | grep oauth2"

#define KEYCLOAK_MAPPER                                                                  \
    FIX_IF(                                                                              \
        KEYCLOAK, WHO_OPENID,                                                            \
        N_("In Keycloak: Clients, {client_id}, Client scopes, {client_id}-dedicated, "   \
           "Add mapper, By configuration, \"Hardcoded claim\": Token Claim Name "        \
           "email, Claim value {mailbox}, on for access token and introspection."))

#define OTHER_LOG                                                                        \
    FIX_IF(OTHER_MAIL_SERVER, WHO_MAIL,                                                  \
           N_("Look into the mail server's log at the time of this test: it says what "  \
              "was wrong with the token."))

static const struct advice_row rows[] = {
    {
        .code = "openid.token_names_other_user",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_MAILBOX_USER,
        .when = {REFUSED_TOKEN, .signs = {SIGN_OAUTH, SIGN_TOKEN_NAMES_OTHER},
                 .unless = {SIGN_ENTRA, SIGN_EXCHANGE_ONLINE}},
        .title = N_("The token names another user than this mailbox"),
        .means =
            N_("It stands for {token_user}, and the mailbox is {mailbox}. A mail server "
               "opens a mailbox only when a claim of the token equals its name (Dovecot: "
               "username_attribute, by default email)."),
        .causes =
            {ONLY_IF(CHALLENGE_OTHER_PROVIDER,
                     N_("The mail server trusts another provider than the one that was "
                        "asked.")),
             ONLY_IF(KEYCLOAK, N_("Keycloak gives such tokens the name "
                                  "service-account-CLIENT.")),
             LIKELY_IF(TOKEN_NAMES_OTHER, N_("The client stands for another account at "
                                             "the provider."))},
        .fixes = {FIX(WHO_OPENID, N_("Let the token carry the mailbox's address.")),
                  KEYCLOAK_MAPPER,
                  TYPE_IF(MAYBE_DOVECOT, WHO_MAIL,
                          N_("Or take the name from another claim. In Dovecot that is "
                             "username_attribute; with auth_debug = yes (2.4: log_debug "
                             "= category=auth) its log says: Username '{mailbox}' did "
                             "not match 'what the claim holds'."),
                          DOVECOT_LOG),
                  OTHER_LOG},
    },
    {
        .code = "openid.scope_insufficient",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_TOKEN, .signs = {SIGN_OAUTH, SIGN_CHALLENGE_SCOPE},
                 .unless = {SIGN_EXCHANGE_ONLINE}},
        .title = N_("The mail server misses a Scope in the token"),
        .means = N_("It read the token and wants a Scope that is not in it."),
        .causes = {LIKELY_IF(
                       SCOPE_NOT_GRANTED,
                       N_("The provider did not grant the Scope that was asked for, and "
                          "said nothing.")),
                   LIKELY_IF(CHALLENGE_NAMES_SCOPE,
                             N_("The Scope entered is not the one that the mail server "
                                "checks."))},
        .fixes = {FIX_IF(CHALLENGE_NAMES_SCOPE, WHO_YOU,
                         N_("Enter {challenge_scope} as the Scope, if that is what your "
                            "mail server is meant to want.")),
                  FIX(WHO_OPENID, N_("Allow the client {client_id} the Scope that the "
                                     "mail server checks.")),
                  FIX_IF(MAYBE_DOVECOT, WHO_MAIL,
                         N_("Dovecot compares with scope in its oauth2 settings; its log "
                            "says: Token is not valid for scope …"))},
    },
    {
        .code = "openid.scope_not_granted",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_TOKEN, .signs = {SIGN_OAUTH, SIGN_SCOPE_NOT_GRANTED},
                 .unless = {SIGN_EXCHANGE_ONLINE}},
        .title = N_("The provider did not grant the Scope, and said nothing"),
        .means = N_("A token came, but not with what was asked for, and the mail server "
                    "refuses it."),
        .causes = {LIKELY_IF(SCOPE_NOT_GRANTED,
                             N_("The Scope is mistyped, or this client may "
                                "not have it."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Compare the Scope with what the mail server expects.")),
                  FIX(WHO_OPENID, N_("Allow the client {client_id} the Scope {scope}."))},
    },
    {
        .code = "openid.token_names_nobody",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {REFUSED_TOKEN, .signs = {SIGN_OAUTH, SIGN_TOKEN_NAMES_NOBODY},
                 .unless = {SIGN_ENTRA, SIGN_EXCHANGE_ONLINE}},
        .title = N_("The token does not say whose mailbox it opens"),
        .means =
            N_("A token for an application names no user by itself, and a mail server "
               "opens a mailbox only when a claim of the token equals its name (Dovecot: "
               "username_attribute, by default email)."),
        .causes =
            {ONLY_IF(CHALLENGE_OTHER_PROVIDER,
                     N_("The mail server trusts another provider than the one that was "
                        "asked.")),
             LIKELY_IF(TOKEN_NAMES_NOBODY, N_("The provider puts no address into this "
                                              "client's tokens.")),
             CAUSE(N_("The mail server asks the provider's userinfo address, which "
                      "knows no user for such a token: it needs introspection (RFC 7662) "
                      "or local validation."))},
        .fixes = {FIX(WHO_OPENID, N_("Let the token, or the introspection's answer, "
                                     "carry the mailbox's address {mailbox}.")),
                  KEYCLOAK_MAPPER,
                  TYPE_IF(MAYBE_DOVECOT, WHO_MAIL,
                          N_("Take the name from that claim. In Dovecot that is "
                             "username_attribute; with auth_debug = yes (2.4: log_debug "
                             "= category=auth) its log says: No username returned, or "
                             "Username '{mailbox}' did not match …"),
                          DOVECOT_LOG),
                  OTHER_LOG},
    },
    {
        .code = "openid.token_not_accepted",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_MAILBOX_USER,
        .when = {REFUSED_TOKEN, .signs = {SIGN_OAUTH, SIGN_CHALLENGE_BAD_TOKEN},
                 .unless = {SIGN_EXCHANGE_ONLINE}},
        .title = N_("The mail server says that the token is not valid"),
        .means =
            N_("The provider issued a token, and the mail server, asked with it, does "
               "not accept it for {mailbox}."),
        .causes =
            {ONLY_IF(CHALLENGE_OTHER_PROVIDER,
                     N_("The mail server trusts another provider than the one that was "
                        "asked.")),
             LIKELY_IF(TOKEN_READABLE, N_("Issuer, audience or Scope of the token are "
                                          "not what the mail server expects.")),
             ONLY_IF(TOKEN_OPAQUE,
                     N_("The mail server wants to read the token itself, or asks the "
                        "provider's userinfo address: such a token needs introspection "
                        "(RFC 7662).")),
             ONLY_IF(CHALLENGE_NAMES_SCOPE,
                     N_("The Scope is not the one that the mail server checks."))},
        .fixes =
            {FIX(WHO_YOU, N_("Make sure that the provider is the one that the mail "
                             "server trusts, and that {mailbox} is the mailbox this "
                             "client may open.")),
             TYPE_IF(
                 MAYBE_DOVECOT, WHO_MAIL,
                 N_("Look into the log. Dovecot, with auth_debug = yes (2.4: log_debug "
                    "= category=auth), names the check there: client_id not found "
                    "in aud field, Issuer … is not allowed, Token is not valid for "
                    "scope …, or Introspection failed. The settings are client_id, "
                    "issuers, scope, introspection_url."),
                 DOVECOT_LOG),
             FIX_IF(
                 STALWART, WHO_MAIL,
                 N_("In Stalwart's OIDC directory, compare requireAudience (by default "
                    "stalwart), requireScopes (openid, email) and claimUsername "
                    "(preferred_username) with the token.")),
             OTHER_LOG},
    },
    {
        .code = "openid.no_oauth_offered",
        .class = ADVICE_FIX_SERVER,
        .field = SET_AUTH_METHOD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(UNABLE),
                 .signs = {SIGN_OAUTH},
                 .unless = {SIGN_MECHANISM_CHOSEN}},
        .title = N_("This IMAP server takes no tokens"),
        .means =
            N_("It offers neither XOAUTH2 nor OAUTHBEARER, so no token can be handed to "
               "it. It offers: {mechanisms}."),
        .causes = {CAUSE(N_("OAuth is not set up on the mail server.")),
                   CAUSE(N_("The host is not the one that takes tokens."))},
        .fixes = {FIX(WHO_YOU, N_("Choose Basic auth if the server is meant to take "
                                  "passwords, or enter the right host.")),
                  FIX_IF(MAYBE_DOVECOT, WHO_MAIL,
                         N_("Switch the mechanisms on: in Dovecot auth_mechanisms = "
                            "plain xoauth2 oauthbearer, with an oauth2 passdb (from 2.4 "
                            "on an oauth2 block).")),
                  FIX_IF(OTHER_MAIL_SERVER, WHO_MAIL,
                         N_("Switch XOAUTH2 or OAUTHBEARER on, if the server can."))},
    },
    {
        .code = "openid.token_refused",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_MAILBOX_USER,
        .when = {REFUSED_TOKEN, .signs = {SIGN_OAUTH}},
        .title = N_("The mail server refuses the token"),
        .means = N_("The provider issued a token, and the mail server did not let it in. "
                    "Most mail servers do not tell a client why."),
        .causes =
            {CAUSE(N_("The token stands for another user, or for none.")),
             ONLY_IF(CHALLENGE_OTHER_PROVIDER,
                     N_("The mail server trusts another provider than the one that was "
                        "asked.")),
             LIKELY_IF(TOKEN_READABLE,
                       N_("Audience, issuer or Scope are not what it expects.")),
             ONLY_IF(TOKEN_OPAQUE, N_("It wants to read the token itself, or it cannot "
                                      "reach the provider to ask."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Make sure that {mailbox} is the mailbox this client may "
                         "open.")),
                  TYPE_IF(MAYBE_DOVECOT, WHO_MAIL,
                          N_("Look into the log. Dovecot, with auth_debug = yes (2.4: "
                             "log_debug = category=auth), has the true reason there in "
                             "its lines with oauth2."),
                          DOVECOT_LOG),
                  FIX_IF(STALWART, WHO_MAIL,
                         N_("In Stalwart's OIDC directory, compare requireAudience (by "
                            "default stalwart), requireScopes (openid, email) and "
                            "claimUsername (preferred_username) with the token.")),
                  OTHER_LOG},
    },
};

ADVICE_TABLE(dovecot_openid);
