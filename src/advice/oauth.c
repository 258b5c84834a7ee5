/*
 * The token request at any provider: RFC 6749 5.2 and plain HTTP.
 *
 * By HTTP status and `error` alone; what a product's own words add is asked before.
 */
#include "advice/row.h"

#define LOOK_AT_DISCOVERY                                                                \
    LINK(WHO_YOU,                                                                        \
         N_("The right address is token_endpoint in the provider's discovery document, " \
            "which as a rule is here:"),                                                 \
         "{discovery_url}")

static const struct advice_row rows[] = {
    {
        .code = "oauth.redirected",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 300,
                 .http_to = 399,
                 .signs = {SIGN_LOCATION}},
        .title = N_("The Token URL only forwards to another address"),
        .means =
            N_("The server answered HTTP {http_status} with a redirect to {location}. "
               "letterbox does not follow it, because the Client secret would go along "
               "to wherever it leads."),
        .causes =
            {CAUSE(N_("The host or the path is not quite the right one: www., a slash "
                      "at the end, a part that is missing.")),
             CAUSE(N_("A log-in page stands in front of it (captive portal, single "
                      "sign-on).")),
             ONLY_IF(LOCATION_IS_PLAIN,
                     N_("The provider stands behind a proxy that ends TLS, and does not "
                        "know that it is asked over https.")),
             ONLY_IF(PROXY, N_("The proxy {proxy} answers in the server's place."))},
        .fixes = {FIX_IF(LOCATION_IS_PLAIN, WHO_OPENID,
                         N_("Tell the provider its address with https://, or let its "
                            "proxy pass X-Forwarded-Proto.")),
                  FIX(WHO_YOU, N_("If the address it leads to is your provider's token "
                                  "endpoint, enter it as the Token URL.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.not_found",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 404,
                 .http_to = 406,
                 .unless = {SIGN_CLIENT_REFUSED}},
        .title = N_("There is no token endpoint at this Token URL"),
        .means =
            N_("{token_host} was reached and answered HTTP {http_status}: nothing at "
               "this path takes token requests."),
        .causes = {CAUSE(N_("The path is mistyped, or a part of it is missing.")),
                   ONLY_IF(KEYCLOAK, N_("Keycloak before release 17 has /auth before "
                                        "/realms in its URLs, later releases have not.")),
                   ONLY_IF(URL_NOT_TOKEN, N_("It is the address of something else.")),
                   ONLY_IF(ENTRA, N_("For Microsoft it ends in "
                                     "/TENANT/oauth2/v2.0/token."))},
        .fixes = {FIX(WHO_YOU, N_("Compare the Token URL with the provider's "
                                  "instructions.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.client_auth_encoding",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_AUTH,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_client invalid_request unauthorized_client",
                 .signs = {SIGN_SECRET_IS_SPECIAL_BASIC}},
        .title = N_("The secret's special characters may be misread"),
        .means =
            N_("In the Authorization header a secret must be form-encoded first (RFC "
               "6749 2.3.1), and letterbox does so. Not every server decodes it, so a "
               "secret with special characters can be refused although it is right. In "
               "the form (post) there is no such doubt."),
        .causes = {ONLY_IF(SECRET_IS_SPECIAL_BASIC, N_("The server does not decode the "
                                                       "header.")),
                   ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "Client secret.")),
                   CAUSE(N_("Client ID or Client secret are wrong."))},
        .fixes = {FIX(WHO_YOU, N_("Send the Client secret in the form (post), if the "
                                  "provider allows it.")),
                  FIX(WHO_OPENID, N_("Or make a secret of letters and digits alone."))},
        .repairs = {REPAIR(OAUTH_CLIENT_AUTH, "post")},
    },
    {
        .code = "oauth.client_switched_off",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "not in active state|client is disabled|client disabled|"
                         "client is inactive|client is not active|inactive client|"
                         "application is disabled|app is disabled|"
                         "client has been disabled|client is not enabled|"
                         "client not enabled|client is blocked|client is suspended",
                 .signs = {SIGN_ERROR_NAMED}},
        .title = N_("The provider has switched this client off"),
        .means = N_("It knows {client_id}, and does not serve it at the moment. Its own "
                    "words say so."),
        .fixes = {FIX(WHO_OPENID, N_("Switch the client {client_id} on, or say which one "
                                     "to use in its place."))},
    },
    {
        .code = "oauth.secret_expired",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "secret has expired|secret expired|secret is expired|"
                         "expired client secret|expired secret|"
                         "credentials have expired|credential has expired",
                 .signs = {SIGN_ERROR_NAMED}},
        .title = N_("The Client secret has expired"),
        .means = N_("The provider knows {client_id}, and takes its secret no longer. Its "
                    "own words say so."),
        .fixes = {FIX(WHO_OPENID, N_("Make a new secret for {client_id}, and pass it on "
                                     "with the date on which it ends.")),
                  FIX(WHO_YOU, N_("Enter the new secret."))},
    },
    {
        .code = "oauth.client_unknown",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "no registered client|client could not be found|"
                         "client was not found|client not found|client is not found|"
                         "unknown client_id|unknown client id|client_id is invalid|"
                         "invalid client_id|invalid client id|client_id is unknown|"
                         "'client_id' parameter in the request is invalid|"
                         "client does not exist|client doesn't exist|no such client|"
                         "no client with|no client found",
                 .signs = {SIGN_CLIENT_REFUSED}},
        .title = N_("The provider does not know this Client ID"),
        .means = N_("Its words are about the Client ID {client_id}, not about the "
                    "secret."),
        .causes = {CAUSE(N_("The Client ID is mistyped, or is the client's display "
                            "name.")),
                   CAUSE(N_("The client is registered in another realm or tenant than "
                            "the one in the Token URL, or was deleted."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the Client ID as the provider shows it.")),
                  FIX(WHO_OPENID, N_("Look the client {client_id} up at {token_host}."))},
    },
    {
        .code = "oauth.client_refused",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST), .signs = {SIGN_CLIENT_REFUSED}},
        .title = N_("The provider refuses the Client ID or the Client secret"),
        .means =
            N_("It answered HTTP {http_status}, {error}: the client is unknown, the "
               "secret is wrong, or it was sent in a way the provider does not accept "
               "for this client."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "Client secret.")),
                   ONLY_IF(WANTS_BASIC, N_("The provider wants the Client secret in the "
                                           "Authorization header (basic).")),
                   ONLY_IF(SECRET_ENDED, N_("The Client secret has expired.")),
                   CAUSE(N_("The Client secret was mistyped, replaced or has expired.")),
                   CAUSE(N_("The Client ID is unknown there."))},
        .fixes = {FIX(WHO_YOU, N_("Enter Client ID and Client secret again.")),
                  FIX(WHO_YOU, N_("Or try the other way to send it: let the client "
                                  "authenticate by {other_client_auth}.")),
                  OTHER_METHOD_OF_PROVIDER,
                  FIX(WHO_OPENID, N_("Look up the client {client_id}, its secret and its "
                                     "token_endpoint_auth_method."))},
        .repairs = {REPAIR_IF(WANTS_BASIC, OAUTH_CLIENT_AUTH, "basic")},
    },
    {
        .code = "oauth.resource_not_allowed",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "unauthorized_client access_denied invalid_grant",
                 .says = "access the requested resource|access this resource|"
                         "requested scope|not authorized for the scope|"
                         "not allowed to request scope|not authorized to access"},
        .title = N_("The provider does not let this client have that token"),
        .means = N_("It knows {client_id}, and does not allow it what the token was to "
                    "be for. Its own words say more."),
        .causes = {CAUSE(N_("The client has no permission for the mail service's "
                            "resource or Scope."))},
        .fixes = {FIX(WHO_OPENID, N_("Give the client {client_id} the permission for the "
                                     "mail service's resource or Scope {scope}. In ADFS: "
                                     "Application Groups, the Web API, Client "
                                     "permissions; and its access control policy."))},
    },
    {
        .code = "oauth.client_not_allowed",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST), .error = "unauthorized_client"},
        .title = N_("This client may not ask for a token by itself"),
        .means = N_("The provider knows {client_id} and does not allow it client "
                    "credentials."),
        .causes = {CAUSE(N_("The grant client_credentials is not switched on for this "
                            "client.")),
                   ONLY_IF(AUTH0, N_("In Auth0, the client is not authorized for this "
                                     "API."))},
        .fixes = {FIX(WHO_OPENID, N_("Allow the client {client_id} the grant "
                                     "client_credentials.")),
                  FIX_IF(KEYCLOAK, WHO_OPENID,
                         N_("In Keycloak: Clients, {client_id}, Settings, Capability "
                            "config: Client authentication on, and \"Service accounts "
                            "roles\" ticked; Save."))},
    },
    {
        .code = "oauth.scope_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_scope",
                 .signs = {SIGN_SCOPE_EMPTY}},
        .title = N_("The provider wants a Scope"),
        .means = N_("It answered invalid_scope, and the request had none."),
        .fixes = {FIX(WHO_YOU, N_("Enter the Scope that the mail server expects.")),
                  FIX(WHO_OPENID, N_("Tell which Scope the client {client_id} may ask "
                                     "for, or give it a default one."))},
    },
    {
        .code = "oauth.scope_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST), .error = "invalid_scope"},
        .title = N_("The provider does not accept the Scope"),
        .means = N_("It answered invalid_scope to {scope}: it does not know that Scope, "
                    "or this client may not have it."),
        .causes = {CAUSE(N_("The Scope is mistyped; upper and lower case differ.")),
                   ONLY_IF(SCOPE_DELEGATED, N_("It is a Scope for signed-in users.")),
                   CAUSE(N_("It was not allowed for this client."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the Scope that the mail server expects.")),
                  FIX(WHO_OPENID, N_("Allow the client {client_id} the Scope {scope}.")),
                  FIX_IF(KEYCLOAK, WHO_OPENID,
                         N_("In Keycloak: Client scopes, Create client scope, Name "
                            "{scope}; then Clients, {client_id}, Client scopes, Add "
                            "client scope, Optional."))},
    },
    {
        .code = "oauth.target_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PARAMETERS,
        .when = {.stages = AT(TOKEN_REQUEST), .error = "invalid_target invalid_resource"},
        .title = N_("The provider does not know the service the token is for"),
        .means = N_("It answered {error}: the resource or audience among the further "
                    "parameters is not one it issues tokens for."),
        .fixes = {FIX(WHO_YOU, N_("Correct resource or audience among the further "
                                  "parameters.")),
                  FIX(WHO_OPENID,
                      N_("Register the mail service's identifier, and allow this "
                         "client to use it."))},
    },
    {
        .code = "oauth.grant_not_supported",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .error = "unsupported_grant_type"},
        .title = N_("The provider does not offer client credentials"),
        .means = N_("It answered unsupported_grant_type: applications cannot log in by "
                    "themselves here, or not at this address."),
        .causes = {CAUSE(N_("The grant client_credentials is switched off at the "
                            "provider.")),
                   CAUSE(N_("The Token URL is not the token endpoint."))},
        .fixes = {LOOK_AT_DISCOVERY,
                  FIX(WHO_OPENID, N_("Switch the grant client_credentials on."))},
    },
    {
        .code = "oauth.realm_switched_off",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .says = "realm not enabled|realm is disabled|realm disabled|"
                         "tenant is disabled|tenant disabled|tenant is suspended|"
                         "tenant suspended|organization is disabled"},
        .title = N_("The provider has switched this realm off"),
        .means = N_("{token_host} was reached, and the realm or tenant that the Token "
                    "URL names is not served at the moment."),
        .causes = {CAUSE(N_("It is another one than the client's."))},
        .fixes = {FIX(WHO_OPENID, N_("Switch the realm on. In Keycloak: Realm settings, "
                                     "Enabled.")),
                  FIX(WHO_YOU, N_("Or enter the Token URL of the right realm."))},
    },
    {
        .code = "oauth.grant_refused",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_grant access_denied consent_required "
                          "interaction_required login_required"},
        .title = N_("The provider refuses this client the token"),
        .means =
            N_("It answered {error}: the client is known, and a rule of the provider "
               "stands in the way."),
        .fixes = {FIX(WHO_OPENID, N_("Look into the provider's log at the time of this "
                                     "test, for the client {client_id}."))},
    },
    {
        .code = "oauth.body_not_received",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 499,
                 .says = "missing form parameter: grant_type|missing grant_type|"
                         "missing parameter: grant_type|missing parameters: grant_type|"
                         "grant_type is missing|grant_type missing|"
                         "grant_type parameter is missing|grant_type is required|"
                         "grant_type parameter is required|'grant_type' is missing|"
                         "'grant_type' is required|grant type was not specified|"
                         "\"grant_type\",\"message\":\"can't be blank"},
        .title = N_("The request arrived without what was in it"),
        .means = N_("letterbox always sends grant_type=client_credentials, as a form. "
                    "The server says that it is missing, so the form did not arrive, or "
                    "the server does not read forms."),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} takes the form away.")),
                   CAUSE(N_("A gateway in front of the provider drops the body of the "
                            "request, or reads it itself.")),
                   CAUSE(N_("The address is that of an interface which wants JSON, and "
                            "no token endpoint."))},
        .fixes = {FIX(WHO_OPENID, N_("Send a request by hand, past the gateway, and see "
                                     "whether its form arrives.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.form_not_taken",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 415},
        .title = N_("What answers at the Token URL takes no forms"),
        .means = N_("HTTP 415: it wants another kind of request. A token endpoint takes "
                    "a form (RFC 6749 4.4.2), so this is another interface of "
                    "{token_host}."),
        .causes = {CAUSE(N_("The Token URL is the address of something else."))},
        .fixes = {FIX(WHO_YOU, N_("Compare the Token URL with the provider's "
                                  "instructions.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.request_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .error = "invalid_request"},
        .title = N_("The provider does not accept the request as it stands"),
        .means =
            N_("It answered invalid_request. Its own words say which part it misses or "
               "does not like."),
        .causes = {ONLY_IF(SCOPE_EMPTY, N_("It wants a Scope.")),
                   ONLY_IF(AUTH0, N_("Auth0 needs the parameter audience.")),
                   ONLY_IF(WANTS_BASIC, N_("It wants the Client secret in the "
                                           "Authorization header (basic).")),
                   CAUSE(N_("A further parameter is missing or too many.")),
                   CAUSE(N_("The Token URL is not the token endpoint."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Compare Token URL, Scope and further parameters with the "
                         "provider's instructions.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.other_error",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .signs = {SIGN_ERROR_NAMED}},
        .title = N_("The provider refuses the request: {error}"),
        .means =
            N_("This error is none of those OAuth defines. The provider's own words are "
               "the best there is."),
        .fixes = {FIX(WHO_OPENID, N_("Look up {error} in the provider's documentation, "
                                     "and the log at the time of this test, for the "
                                     "client {client_id}."))},
    },
    {
        .code = "oauth.token_type_not_bearer",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST) | AT(TOKEN_CLAIMS),
                 .http_from = 200,
                 .signs = {SIGN_TOKEN_TYPE_OTHER}},
        .title = N_("The provider issued a kind of token IMAP cannot use"),
        .means =
            N_("IMAP takes bearer tokens, and a provider must call them so (RFC 6749 "
               "7.1). This one is of the type {token_type}."),
        .causes = {ONLY_IF(TOKEN_TYPE_BOUND, N_("It must be presented together with a "
                                                "proof.")),
                   CAUSE(N_("The Token URL is not the provider's usual one, or the "
                            "client is set up for another kind of token."))},
        .fixes = {FIX(WHO_OPENID,
                      N_("Let this client have bearer tokens (switch DPoP or MTLS "
                         "binding off for it)."))},
    },
    {
        .code = "oauth.token_not_json",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 299,
                 .signs = {SIGN_HOLDS_TOKEN},
                 .unless = {SIGN_ANSWER_IS_JSON}},
        .title = N_("A token came, but not in proper JSON"),
        .means =
            N_("The answer holds an access_token, and cannot be read: OAuth demands one "
               "JSON object (RFC 6749 5.1), whole and with no name twice."),
        .causes = {ONLY_IF(FORM_ENCODED, N_("The provider answers in the old way, as a "
                                            "form.")),
                   CAUSE(N_("The answer was cut short or changed on the way.")),
                   CAUSE(N_("Two values have the same name, so which one counts is "
                            "anybody's guess."))},
        .fixes = {FIX(WHO_OPENID, N_("Let the token endpoint answer with JSON "
                                     "(application/json).")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.token_unusable",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 299,
                 .signs = {SIGN_HOLDS_TOKEN}},
        .title = N_("A token came that cannot be used"),
        .means =
            N_("The answer holds an access_token, but OAuth wants it as a text of "
               "printable ASCII, with \"token_type\": \"Bearer\" beside it (RFC 6749 "
               "5.1, RFC 6750 2.1)."),
        .causes = {ONLY_IF(TOKEN_TYPE_MISSING, N_("The provider leaves token_type "
                                                  "out.")),
                   CAUSE(N_("The token is empty, too long, no text, or has blanks in "
                            "it."))},
        .fixes = {FIX(WHO_OPENID, N_("Let the token endpoint answer as RFC 6749 5.1 "
                                     "says.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.answer_without_token",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 299,
                 .signs = {SIGN_ANSWER_IS_JSON}},
        .title = N_("The answer holds no token"),
        .means = N_("The server answered HTTP {http_status} with JSON that has no "
                    "access_token in it. Its own words are the best there is."),
        .causes = {ONLY_IF(URL_NOT_TOKEN, N_("The Token URL is the address of something "
                                             "else.")),
                   CAUSE(N_("It refuses the request, and says so in a way of its own in "
                            "place of OAuth's.")),
                   CAUSE(N_("The Token URL is not the token endpoint."))},
        .fixes = {FIX(WHO_YOU, N_("Read what it said. If it speaks of the client or its "
                                  "secret, enter Client ID and Client secret again.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.blocked_on_the_way",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 499,
                 .says = "Request Rejected|requested URL was rejected|support ID is|"
                         "incident ID|Web Page Blocked|Access Blocked|URL blocked|"
                         "website is blocked|site is blocked|page is blocked|"
                         "you have been blocked|has been blocked|request was blocked|"
                         "web filter|blocked by your|Unavailable For Legal Reasons",
                 .unless = {SIGN_ERROR_NAMED}},
        .title = N_("A web firewall or filter refuses the request"),
        .means = N_("HTTP {http_status} came with words that no token endpoint uses. It "
                    "stands on the way to {token_host}, in this network or in front of "
                    "the provider."),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} filters what goes through.")),
                   CAUSE(N_("The provider's web firewall takes the request for an "
                            "attack, or this machine's address for a bad one.")),
                   CAUSE(N_("This network's filter does not allow {token_host}."))},
        .fixes = {FIX(WHO_YOU, N_("Read whose words they are, and pass on the number "
                                  "that is in them.")),
                  FIX(WHO_NETWORK, N_("Let this machine reach {token_host} without the "
                                      "filter.")),
                  FIX(WHO_OPENID, N_("Allow token requests from this machine's public "
                                     "address."))},
    },
    {
        .code = "oauth.web_page",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 299,
                 .signs = {SIGN_HTML}},
        .title = N_("A web page came in place of a token"),
        .means = N_("The server answered HTTP {http_status} with a page for people."),
        .causes = {ONLY_IF(HTML, N_("The Token URL is that of a log-in or start page.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} answers in the server's place.")),
                   CAUSE(N_("The network shows a log-in page of its own first (captive "
                            "portal)."))},
        .fixes = {LOOK_AT_DISCOVERY,
                  FIX(WHO_NETWORK, N_("Let this machine reach {token_host} directly."))},
    },
    {
        .code = "oauth.client_certificate_wanted",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 499,
                 .says = "SSL certificate was sent|client certificate|"
                         "SSL certificate error"},
        .title = N_("The token server wants a client certificate"),
        .means = N_("It answered HTTP {http_status}: whoever asks there must show a TLS "
                    "certificate of their own, which letterbox has none of."),
        .fixes = {FIX(WHO_OPENID, N_("Tell a Token URL that takes a Client secret "
                                     "without a client certificate, or switch the "
                                     "demand off for it."))},
    },
    {
        .code = "oauth.forbidden",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 403},
        .title = N_("The token server lets nobody in from here"),
        .means =
            N_("It answered HTTP 403 without an OAuth error, as firewalls and gateways "
               "in front of a server do."),
        .causes = {ONLY_IF(ANSWER_IS_JSON, N_("The client has no right to this; what the "
                                              "answer says is more exact.")),
                   ONLY_IF(HTML, N_("A protection against robots in front of it refuses "
                                    "programs.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} does not allow this host.")),
                   CAUSE(N_("The provider lets in only certain addresses."))},
        .fixes = {FIX_IF(PROXY, WHO_NETWORK, N_("Allow {token_host} in the proxy.")),
                  FIX(WHO_OPENID, N_("Allow this machine's public address, and look up "
                                     "what the client {client_id} may do."))},
    },
    {
        .code = "oauth.unauthorized",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 401},
        .title = N_("The token server refuses Client ID or Client secret"),
        .means = N_("It answered HTTP 401 and named no OAuth error."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "Client secret.")),
                   ONLY_IF(WANTS_BASIC, N_("The provider wants the Client secret in the "
                                           "Authorization header (basic).")),
                   CAUSE(N_("Client ID or Client secret are wrong.")),
                   CAUSE(
                       N_("Something in front of the token server wants a log-in of its "
                          "own."))},
        .fixes = {FIX(WHO_YOU, N_("Enter Client ID and Client secret again.")),
                  FIX_IF(WANTS_BASIC, WHO_YOU,
                         N_("Change how the client authenticates to "
                            "basic.")),
                  FIX_IF(HTML, WHO_OPENID,
                         N_("Let token requests through without another log-in in front "
                            "(single sign-on, web firewall).")),
                  OTHER_METHOD_OF_PROVIDER},
        .repairs = {REPAIR_IF(WANTS_BASIC, OAUTH_CLIENT_AUTH, "basic")},
    },
    {
        .code = "oauth.json_without_error",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 499,
                 .signs = {SIGN_ANSWER_IS_JSON}},
        .title = N_("The Token URL answers HTTP {http_status}, in words of its own"),
        .means =
            N_("The answer is JSON, but without the error that a token endpoint names "
               "(RFC 6749 5.2). The server's own words are the best there is."),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} answers in the server's place.")),
                   CAUSE(N_("The Token URL is that of another interface, or of a gateway "
                            "in front of the provider.")),
                   CAUSE(N_("The provider says its errors in a way of its own."))},
        .fixes = {FIX(WHO_YOU, N_("Read what it said, and compare the Token URL with "
                                  "the provider's instructions.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.http_error",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 400, .http_to = 499},
        .title = N_("The Token URL answers HTTP {http_status}, without an OAuth error"),
        .means =
            N_("A token endpoint says what is wrong in JSON. This answer does not, so "
               "something else stands at this address."),
        .causes = {ONLY_IF(HTML, N_("It is a web page.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} answers in the server's place.")),
                   CAUSE(N_("The Token URL is not the token endpoint."))},
        .fixes = {FIX(WHO_YOU, N_("Compare the Token URL with the provider's "
                                  "instructions.")),
                  LOOK_AT_DISCOVERY},
    },
    {
        .code = "oauth.no_oauth_answer",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST) | AT(TOKEN_CLAIMS)},
        .title = N_("The answer at the Token URL is not what OAuth demands"),
        .means =
            N_("{token_host} answered (HTTP {http_status}), and neither a token nor an "
               "OAuth error is in it."),
        .causes = {ONLY_IF(HTML, N_("It is a web page.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} answers in the server's place.")),
                   CAUSE(N_("The Token URL is not the token endpoint."))},
        .fixes = {FIX(WHO_YOU, N_("Compare the Token URL with the provider's "
                                  "instructions.")),
                  LOOK_AT_DISCOVERY},
    },
};

ADVICE_TABLE(oauth);
