/*
 * OpenID providers of one's own (Keycloak, authentik, Auth0, …), and Dovecot and its
 * like behind them: a client-credentials token names no user by itself, and the mail
 * server must find the mailbox in it.
 */
#include "advice/row.h"

#define REFUSED_TOKEN                                                                    \
    .stages = AT(IMAP_AUTHENTICATE),                                                     \
    .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE)

#define MAIL_LOG                                                                         \
    TYPE(WHO_MAIL,                                                                       \
         N_("The mail server's log has the true reason; Dovecot writes it with "         \
            "auth_debug=yes."),                                                          \
         "journalctl -u dovecot --since -5min")

static const struct advice_row rows[] = {
    {
        .code = "openid.service_accounts_off",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "Client not enabled to retrieve service account|"
                         "service accounts|client_credentials is not allowed|"
                         "client credentials is not enabled"},
        .title = N_("The client may not log in by itself at this provider"),
        .means = N_("Client ID and Client secret were understood. The provider has not "
                    "allowed client credentials for {client_id}."),
        .causes = {ONLY_IF(KEYCLOAK, N_("In Keycloak the switch is called \"Service "
                                        "accounts roles\".")),
                   CAUSE(N_("The client was made for people who sign in."))},
        .fixes = {FIX(WHO_OPENID, N_("Allow the grant client_credentials for this client "
                                     "(Keycloak: Clients, the client, Capability config, "
                                     "Client authentication on, Service accounts "
                                     "roles)."))},
    },
    {
        .code = "openid.public_client",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "Public client not allowed|public client"},
        .title = N_("The provider knows this client as a public one"),
        .means = N_("A public client has no secret, so it cannot log in by itself."),
        .fixes = {FIX(WHO_OPENID, N_("Make {client_id} a confidential client (Keycloak: "
                                     "Client authentication on), and hand out its "
                                     "secret."))},
    },
    {
        .code = "openid.client_auth_other",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_AUTH,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_client unauthorized_client invalid_request",
                 .says = "authentication method|auth_method|authentication mechanism|"
                         "client_secret_basic|client_secret_post|"
                         "Authorization header|auth method",
                 .unless = {SIGN_ENTRA}},
        .title = N_("The provider wants the Client secret sent another way"),
        .means =
            N_("A secret goes either in the form (post) or in the Authorization header "
               "(basic), and for each client the provider accepts one of them. The "
               "other one was used."),
        .causes = {ONLY_IF(CLIENT_AUTH_POST, N_("The client is registered with "
                                                "client_secret_basic.")),
                   ONLY_IF(CLIENT_AUTH_BASIC, N_("The client is registered with "
                                                 "client_secret_post."))},
        .fixes = {FIX(WHO_YOU, N_("Change how the client authenticates to "
                                  "{other_client_auth}.")),
                  OTHER_METHOD_OF_PROVIDER,
                  FIX(WHO_OPENID, N_("Or change token_endpoint_auth_method of the client "
                                     "{client_id}."))},
        .repairs = {REPAIR(OAUTH_CLIENT_AUTH, "{other_client_auth}")},
    },
    {
        .code = "openid.client_auth_not_offered",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_AUTH,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 401,
                 .signs = {SIGN_METHOD_NOT_OFFERED}},
        .title = N_("The provider takes the Client secret only by {other_client_auth}"),
        .means =
            N_("A secret goes either in the form (post) or in the Authorization header "
               "(basic). It went by {client_auth}, which the provider's metadata does "
               "not offer, and the provider refused it."),
        .causes = {ONLY_IF(METHOD_NOT_OFFERED,
                           N_("Client ID and Client secret may well be right."))},
        .fixes = {FIX(WHO_YOU, N_("Change how the client authenticates to "
                                  "{other_client_auth}.")),
                  OTHER_METHOD_OF_PROVIDER},
        .repairs = {REPAIR(OAUTH_CLIENT_AUTH, "{other_client_auth}")},
    },
    {
        .code = "openid.audience_parameter_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PARAMETERS,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "access_denied invalid_request invalid_target",
                 .says = "audience|resource parameter",
                 .unless = {SIGN_ENTRA}},
        .title = N_("The provider wants to know whom the token is for"),
        .means =
            N_("It asks for a further parameter, as a rule audience (Auth0) or resource "
               "(RFC 8707), which names the mail service."),
        .causes = {ONLY_IF(AUTH0, N_("Auth0 needs audience in every such request.")),
                   CAUSE(N_("The audience entered is not one that the provider knows."))},
        .fixes = {FIX(WHO_YOU, N_("Add audience=… (or resource=…) to the further "
                                  "parameters.")),
                  FIX(WHO_OPENID,
                      N_("Tell the identifier under which the mail service is "
                         "registered, and allow the client to use it."))},
    },
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
        .causes = {ONLY_IF(KEYCLOAK, N_("Keycloak gives such tokens the name "
                                        "service-account-CLIENT.")),
                   LIKELY_IF(TOKEN_NAMES_OTHER,
                             N_("The client is tied to another account at "
                                "the provider."))},
        .fixes = {FIX(WHO_OPENID,
                      N_("Let the token carry the mailbox's address (Keycloak: a "
                         "mapper \"Hardcoded claim\" on the client, claim email, "
                         "value {mailbox}).")),
                  FIX(WHO_MAIL,
                      N_("Or let the mail server take the name from another claim "
                         "(Dovecot: username_attribute).")),
                  MAIL_LOG},
    },
    {
        .code = "openid.scope_insufficient",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_TOKEN, .signs = {SIGN_OAUTH, SIGN_CHALLENGE_SCOPE},
                 .unless = {SIGN_EXCHANGE_ONLINE}},
        .title = N_("The mail server misses a Scope in the token"),
        .means =
            N_("It read the token and wants a Scope that is not in it. Its challenge "
               "names the one it wants, if it names any."),
        .causes = {LIKELY_IF(SCOPE_NOT_GRANTED,
                             N_("The provider did not grant the Scope that "
                                "was asked for, and said nothing.")),
                   LIKELY_IF(CHALLENGE_SCOPE,
                             N_("The Scope entered is not the one that the "
                                "mail server checks."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the Scope that the mail server names.")),
                  FIX(WHO_OPENID, N_("Allow the client {client_id} that Scope."))},
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
               "such as Dovecot opens a mailbox only when a claim of the token equals "
               "its name (username_attribute, by default email)."),
        .causes = {LIKELY_IF(TOKEN_NAMES_NOBODY,
                             N_("The provider puts no address into this "
                                "client's tokens.")),
                   CAUSE(N_("The mail server asks the provider's userinfo address, which "
                            "knows no user for such a token."))},
        .fixes = {FIX(WHO_OPENID,
                      N_("Let the token, or the introspection's answer, carry the "
                         "mailbox's address (Keycloak: a mapper \"Hardcoded "
                         "claim\" on the client, claim email, value "
                         "{mailbox}).")),
                  FIX(WHO_MAIL,
                      N_("Let the mail server take the name from that claim, and "
                         "check tokens by introspection (RFC 7662) or locally, not "
                         "by userinfo.")),
                  MAIL_LOG},
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
            {ONLY_IF(TOKEN_NAMES_MAILBOX,
                     N_("Audience, issuer or Scope of the token are not what the mail "
                        "server expects.")),
             CAUSE(N_("The token stands for another mailbox than {mailbox}.")),
             CAUSE(N_("The mail server wants another Scope, audience or issuer; some "
                      "providers drop a Scope they do not know without a word.")),
             CAUSE(N_("The mail server checks tokens with another provider, or cannot "
                      "read this kind of token."))},
        .fixes = {FIX(WHO_YOU, N_("Make sure that the provider is the one that the mail "
                                  "server trusts, and that {mailbox} is the mailbox this "
                                  "client may open.")),
                  FIX(WHO_MAIL,
                      N_("Compare its settings with the token: issuer, audience "
                         "(Dovecot compares it with client_id), Scope, and the "
                         "claim that names the user.")),
                  MAIL_LOG},
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
                  FIX(WHO_MAIL, N_("Switch the mechanisms on (Dovecot: auth_mechanisms = "
                                   "… xoauth2 oauthbearer, and an oauth2 passdb)."))},
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
            {LIKELY_IF(TOKEN_NAMES_OTHER, N_("The token stands for another user.")),
             CAUSE(N_("The mail server cannot find the mailbox's name in the token, or "
                      "it is another one.")),
             CAUSE(N_("Audience, issuer or Scope are not what it expects.")),
             LIKELY_IF(TOKEN_OPAQUE, N_("It checks tokens locally and this one is "
                                        "opaque, or it cannot reach the provider."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Make sure that {mailbox} is the mailbox this client may "
                         "open.")),
                  MAIL_LOG},
    },
};

ADVICE_TABLE(dovecot_openid);
