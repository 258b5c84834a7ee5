/*
 * OpenID providers of one's own (Keycloak, authentik, Auth0, Okta, Hydra, Authelia, …):
 * what they say to the token request in words or shapes of their own.  What RFC 6749 says
 * of every provider is in oauth.c; the mail server that takes the token, in
 * dovecot_openid.c.
 */
#include "advice/row.h"

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
        .causes = {CAUSE(N_("The client was made for people who sign in."))},
        .fixes = {FIX(WHO_OPENID,
                      N_("Allow the grant client_credentials for this client.")),
                  FIX_IF(KEYCLOAK, WHO_OPENID,
                         N_("In Keycloak: Clients, {client_id}, Settings, Capability "
                            "config: Client authentication on, and \"Service accounts "
                            "roles\" ticked; Save."))},
    },
    {
        .code = "openid.public_client",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "Public client not allowed|public client|Bearer-only"},
        .title = N_("The provider knows this client as one without a secret"),
        .means = N_("A public or bearer-only client has no secret, so it cannot log in "
                    "by itself."),
        .fixes = {FIX(WHO_OPENID, N_("Make {client_id} a confidential client, and hand "
                                     "out its secret.")),
                  FIX_IF(KEYCLOAK, WHO_OPENID,
                         N_("In Keycloak: Clients, {client_id}, Settings, Capability "
                            "config: Client authentication on, \"Service accounts "
                            "roles\" ticked; Save. The secret is then under "
                            "Credentials."))},
    },
    {
        .code = "openid.assertion_wanted",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_client invalid_request unauthorized_client",
                 .says = "client_assertion|client assertion|private_key_jwt|"
                         "tls_client_auth|Signed JWT",
                 .unless = {SIGN_ENTRA}},
        .title = N_("The provider wants a key or a certificate, not a secret"),
        .means = N_("For the client {client_id} it takes a signed assertion or a client "
                    "certificate. letterbox authenticates with a Client secret only."),
        .fixes = {FIX(WHO_OPENID,
                      N_("Let {client_id} authenticate with a secret "
                         "(client_secret_post or client_secret_basic), or make "
                         "another client that does.")),
                  FIX_IF(KEYCLOAK, WHO_OPENID,
                         N_("In Keycloak: Clients, {client_id}, Credentials, Client "
                            "Authenticator: \"Client Id and Secret\".")),
                  FIX_IF(OKTA, WHO_OPENID,
                         N_("Okta's org server (/oauth2/v1/token) takes assertions "
                            "alone: use a custom authorization server, "
                            "/oauth2/default/v1/token."))},
    },
    {
        .code = "openid.client_auth_other",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_AUTH,
        /* Not "unsupported authentication method": RFC 6749 names it among others in a
         * sentence that many servers send with every invalid_client. */
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_client unauthorized_client invalid_request",
                 .says = "auth_method|authentication_method|auth method|"
                         "authentication mechanism|client_secret_basic|"
                         "client_secret_post|Authorization header",
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
        .code = "openid.audience_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PARAMETERS,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "access_denied invalid_request invalid_target",
                 .says = "Service not found|not been whitelisted|invalid audience|"
                         "unknown audience|audience is not|audience not",
                 .unless = {SIGN_ENTRA}},
        .title = N_("The provider does not know the audience that was asked for"),
        .means =
            N_("The further parameter audience names the service that the token is for. "
               "This value is not registered at the provider, or not allowed for "
               "{client_id}."),
        .causes =
            {CAUSE(N_("The audience is mistyped. It is compared letter by letter, a "
                      "slash at its end included.")),
             CAUSE(N_("The mail service is not registered under this identifier."))},
        .fixes = {FIX(WHO_YOU, N_("Compare audience among the further parameters with "
                                  "the identifier at the provider.")),
                  FIX_IF(AUTH0, WHO_OPENID,
                         N_("In Auth0: Applications, APIs, the API for the mail "
                            "server: its Identifier is the audience.")),
                  FIX(WHO_OPENID, N_("Register the mail service under that identifier, "
                                     "and allow it for {client_id}."))},
    },
    {
        .code = "openid.client_grant_missing",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "access_denied unauthorized_client",
                 .says = "client-grant|not authorized to access",
                 .unless = {SIGN_ENTRA}},
        .title = N_("The client is not authorized for this API yet"),
        .means =
            N_("The provider knows the client {client_id} and the audience, and has not "
               "allowed the one to ask for tokens for the other."),
        .fixes = {FIX(WHO_OPENID, N_("Authorize {client_id} for the API that the "
                                     "audience names.")),
                  FIX_IF(AUTH0, WHO_OPENID,
                         N_("In Auth0: Applications, APIs, the API, Machine to Machine "
                            "Applications: switch {client_id} on."))},
    },
    {
        .code = "openid.audience_parameter_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PARAMETERS,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "access_denied invalid_request invalid_target",
                 .says = "audience|resource parameter|access to APIv1",
                 .unless = {SIGN_ENTRA}},
        .title = N_("The provider wants to know whom the token is for"),
        .means =
            N_("It asks for a further parameter, as a rule audience or resource (RFC "
               "8707), which names the mail service."),
        .causes = {ONLY_IF(AUTH0, N_("Auth0 needs audience in every such request.")),
                   CAUSE(N_("The audience entered is not one that the provider knows."))},
        .fixes = {FIX(WHO_YOU, N_("Add audience=… (or resource=…) to the further "
                                  "parameters.")),
                  FIX(WHO_OPENID,
                      N_("Tell the identifier under which the mail service is "
                         "registered, and allow the client to use it.")),
                  FIX_IF(AUTH0, WHO_OPENID,
                         N_("In Auth0: Applications, APIs, the API for the mail "
                            "server: its Identifier is the audience."))},
    },
    {
        .code = "openid.realm_unknown",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "Realm does not exist|Realm not found",
                 .signs = {SIGN_KEYCLOAK}},
        .title = N_("Keycloak has no realm of this name"),
        .means = N_("Keycloak was reached, and the realm in the Token URL is not there: "
                    "{token_url}"),
        .causes = {CAUSE(N_("The realm's name is mistyped; upper and lower case "
                            "differ.")),
                   CAUSE(N_("The realm is in another Keycloak."))},
        .fixes = {FIX(WHO_YOU, N_("Correct the word behind /realms/ in the Token URL.")),
                  FIX(WHO_OPENID, N_("In Keycloak: Realm settings, General, Endpoints: "
                                     "\"OpenID Endpoint Configuration\" shows the right "
                                     "token_endpoint."))},
    },
    {
        .code = "openid.https_required",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .says = "HTTPS required"},
        .title = N_("The provider takes this connection for an unencrypted one"),
        .means =
            N_("letterbox came with https. TLS ends at a reverse proxy in front of the "
               "provider, which does not hear of it and refuses."),
        .fixes = {FIX(WHO_OPENID,
                      N_("Let the reverse proxy set the header X-Forwarded-Proto: https, "
                         "and let the provider believe it.")),
                  FIX_IF(KEYCLOAK, WHO_OPENID,
                         N_("Start Keycloak with proxy-headers=xforwarded (before "
                            "release 24: proxy=edge)."))},
    },
    {
        .code = "openid.authentik_login_refused",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_client invalid_grant",
                 .signs = {SIGN_AUTHENTIK}},
        .title = N_("authentik refuses the client, or the account behind it"),
        .means =
            N_("In authentik a machine's token belongs to an account: to a service "
               "account that the client's own secret leads to (since 2024.4), or to the "
               "user whose app password is given. One of the values is not right."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "Client secret.")),
                   CAUSE(N_("Client ID or Client secret are not those of the "
                            "provider.")),
                   CAUSE(N_("The app password has expired or was deleted, or the user "
                            "is not bound to the application."))},
        .fixes = {FIX(WHO_YOU, N_("Enter Client ID and Client secret again. They stand "
                                  "under Applications, Providers, the provider.")),
                  FIX(WHO_OPENID,
                      N_("So that the token names the mailbox: make an App password for "
                         "the mailbox's user (Directory, Tokens and App passwords).")),
                  TYPE(WHO_YOU,
                       N_("Then enter USER:APP-PASSWORD in base64 as the Client secret. "
                          "To make it, type those words behind this command, and "
                          "Ctrl-D twice."),
                       "base64 -w0")},
    },
    {
        .code = "openid.keycloak_client_refused",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .signs = {SIGN_KEYCLOAK, SIGN_CLIENT_REFUSED},
                 .unless = {SIGN_SECRET_IS_SPECIAL_BASIC}},
        .title = N_("Keycloak refuses the Client ID or the Client secret"),
        .means =
            N_("Keycloak does not say which of the two is wrong: the client {client_id} "
               "is not in this realm, it is disabled, or its secret is another one."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "Client secret.")),
                   CAUSE(N_("The secret was regenerated in Keycloak, or copied from "
                            "another client.")),
                   CAUSE(N_("The Token URL names another realm than the client's.")),
                   CAUSE(N_("The client is switched off."))},
        .fixes = {FIX(WHO_OPENID,
                      N_("In Keycloak: Clients, {client_id}, Credentials: copy Client "
                         "Secret; Client Authenticator must be \"Client Id and "
                         "Secret\", and the client Enabled.")),
                  FIX(WHO_YOU, N_("Enter Client ID and Client secret again."))},
    },
};

ADVICE_TABLE(openid);
