/*
 * Microsoft Entra: policies that block, requests it cannot read, and at the end a row per
 * OAuth `error` for every number that no row names.
 */
#include "advice/row.h"

#define SIGN_IN_LOG                                                                      \
    FIX(WHO_ENTRA,                                                                       \
        N_("The entry is in the Entra admin center under Monitoring, Sign-in "           \
           "logs, Service principal sign-ins; search for the correlation id "            \
           "below."))

/* Numbers come and go; Microsoft has a page on each. */
#define LOOK_NUMBER_UP                                                                   \
    LINK_IF(HAS_AADSTS, WHO_YOU, N_("What Microsoft says of the number:"),               \
            "https://{cloud_login}/error?code={aadsts_number}")

/* Under TLS that was verified: by a CA that this machine trusts. */
#define WHO_ANSWERS                                                                      \
    {                                                                                    \
        ONLY_IF(HTML, N_("It is a web page, as filters and log-in pages of a network "   \
                         "send.")),                                                      \
            ONLY_IF(PROXY, N_("The proxy {proxy} answers in Entra's place.")),           \
            CAUSE(N_("A firewall that opens TLS (inspection) is in between, and this "   \
                     "machine trusts its certificates."))                                \
    }
#define LET_PASS                                                                         \
    FIX(WHO_NETWORK, N_("Let this machine reach {token_host}, port 443, without "        \
                        "inspection; or tell which proxy it must use."))
#define SEE_WHO_ANSWERS                                                                  \
    TYPE(WHO_SYSTEM,                                                                     \
         N_("See who answers. The certificate's issuer should be DigiCert or "           \
            "Microsoft, and the answer JSON:"),                                          \
         "curl -v https://{token_host}/{tenant}/v2.0/.well-known/openid-configuration")

static const struct advice_row rows[] = {
    {
        .code = "entra.tenant_blocked",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {5000225}},
        .title = N_("Microsoft has blocked this tenant"),
        .means = N_("The tenant {tenant} is there, and Microsoft does not serve it any "
                    "more. No value entered here can change that."),
        .causes = {CAUSE(N_("The tenant was not used for a long time, or its "
                            "subscription has ended."))},
        .fixes = {LINK(WHO_ENTRA, N_("Ask Microsoft to open it again; how is told here:"),
                       "https://aka.ms/TenantLifecycle"),
                  FIX(WHO_YOU, N_("If the organization has another tenant by now, enter "
                                  "that one and its app."))},
    },
    {
        .code = "entra.conditional_access",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {53003}},
        .title = N_("A Conditional Access policy blocks this app"),
        .means =
            N_("Client ID and Client secret were accepted. Then a policy for workload "
               "identities refused the token, because of the address this request came "
               "from or because the app is rated as a risk."),
        .causes = {CAUSE(N_("This machine's public address is not in the policy's named "
                            "locations.")),
                   ONLY_IF(PROXY, N_("The request left through a proxy with another "
                                     "address.")),
                   CAUSE(N_("The service principal is flagged as risky."))},
        .fixes = {FIX(WHO_ENTRA,
                      N_("Add the public address of this machine to the policy's "
                         "named location, or exclude the app {client_id} from "
                         "the policy.")),
                  SIGN_IN_LOG},
    },
    {
        .code = "entra.security_policy",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {530032, 530035}},
        .title = N_("A security policy of the tenant blocks this app"),
        .means = N_("The tenant's administrator has set a policy that refuses this "
                    "request. The values entered may be right."),
        .fixes = {SIGN_IN_LOG,
                  FIX(WHO_ENTRA,
                      N_("The entry names the policy. Exempt the app {client_id} "
                         "from it, or meet what it asks."))},
    },
    {
        .code = "entra.tenant_restrictions",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {500021, 500022, 50002}},
        .title = N_("Your network allows only certain Entra tenants"),
        .means =
            N_("A proxy on the way adds a header that restricts log-ins to a list of "
               "tenants (Restrict-Access-To-Tenant), and {tenant} is not on it."),
        .causes = {ONLY_IF(PROXY, N_("The proxy adds the header.")),
                   CAUSE(N_("A firewall with TLS inspection adds it."))},
        .fixes = {FIX(WHO_NETWORK,
                      N_("Add the tenant {tenant} to the list, or exempt this "
                         "machine from the restriction."))},
    },
    {
        .code = "entra.post_only",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {900561}},
        .title = N_("Entra received a GET where only POST is taken"),
        .means =
            N_("letterbox sends POST. Something between here and Entra turned it into "
               "a GET, as redirects do."),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} changes the request.")),
                   CAUSE(N_("The Token URL is one that forwards to another."))},
        .fixes = {ENTER_TOKEN_URL,
                  FIX(WHO_NETWORK, N_("Let {token_host} pass unchanged."))},
    },
    {
        .code = "entra.scope_not_received",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .aadsts = {900144, 90014},
                 .says = "'scope'|'resource'"},
        .title = N_("Entra received no Scope"),
        .means = N_("The request reached Entra without the word that says which service "
                    "the token is for."),
        .causes = {ONLY_IF(SCOPE_EMPTY, N_("The Scope is empty.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} changes the request.")),
                   CAUSE(N_("Something on the way drops a part of the request's "
                            "body."))},
        .fixes = {FIX(WHO_YOU, N_("Make sure that the Scope is {cloud_scope}.")),
                  FIX(WHO_NETWORK, N_("Let {token_host} pass unchanged."))},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.body_not_received",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .aadsts = {900144, 90014},
                 .says = "'grant_type'"},
        .title = N_("The request reached Entra without its body"),
        .means = N_("Entra misses grant_type, which letterbox always sends, and sends "
                    "first. So the body as a whole was lost between here and there."),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} drops the body.")),
                   CAUSE(N_("A firewall with TLS inspection repeats the request without "
                            "its body.")),
                   CAUSE(N_("The Token URL is one that forwards to another."))},
        .fixes = {FIX(WHO_NETWORK, N_("Let {token_host} pass unchanged.")),
                  ENTER_TOKEN_URL},
    },
    {
        .code = "entra.parameter_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {900144, 90014}},
        .title = N_("Entra misses a part of the request"),
        .means = N_("Its own words name the parameter. letterbox sends all that the flow "
                    "needs, so a field is empty, or something on the way dropped the "
                    "request's body."),
        .causes = {CAUSE(N_("The Client ID is empty.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} drops a part of the body."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the field that the server's words name again: "
                                  "client_id is the Client ID, client_secret the Client "
                                  "secret.")),
                  FIX(WHO_NETWORK, N_("Let {token_host} pass unchanged."))},
    },
    {
        .code = "entra.input_invalid",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {90013}},
        .title = N_("Entra finds a value that cannot be right"),
        .means =
            N_("One of the values holds something that has no place there, such as a "
               "stray character from copying."),
        .fixes = {FIX(WHO_YOU,
                      N_("Enter tenant, Client ID and Scope again by hand, or copy "
                         "them once more without what stands around them."))},
    },
    {
        .code = "entra.request_malformed",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .aadsts = {9002313, 90004, 90023, 90100, 90117}},
        .title = N_("Entra cannot read the request"),
        .means = N_("The request arrived in a form that it does not understand."),
        .causes = {CAUSE(N_("The Token URL has something behind /token.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} changes the request.")),
                   ONLY_IF(HAS_PARAMETERS,
                           N_("A further parameter is one that Entra does "
                              "not take."))},
        .fixes = {ENTER_TOKEN_URL,
                  FIX_IF(HAS_PARAMETERS, WHO_YOU, N_("Remove the further parameters."))},
    },
    {
        .code = "entra.grant_not_supported",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {70003}},
        .title = N_("This endpoint does not take client credentials"),
        .means =
            N_("Entra answered that the way of asking for a token (grant type) is not "
               "supported here."),
        .causes = {ONLY_IF(URL_NOT_TOKEN, N_("The Token URL is not the address for "
                                             "tokens.")),
                   ONLY_IF(URL_V1, N_("The Token URL is the older one.")),
                   LIKELY_IF(HAS_PARAMETERS, N_("A further parameter overrides "
                                                "grant_type."))},
        .fixes = {ENTER_TOKEN_URL,
                  FIX_IF(HAS_PARAMETERS, WHO_YOU, N_("Remove the further parameters."))},
    },
    {
        .code = "entra.user_grant",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_PARAMETERS,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .aadsts = {50034, 50055, 50057, 50126, 50076, 50079}},
        .title = N_("Entra was asked to log in a user, not the application"),
        .means =
            N_("{aadsts} is about a user's account or password. letterbox logs in as an "
               "application, so a parameter has turned the request into another "
               "kind."),
        .causes = {LIKELY_IF(HAS_PARAMETERS, N_("The further parameters hold grant_type, "
                                                "username or password."))},
        .fixes = {FIX(WHO_YOU, N_("Remove grant_type, username and password from the "
                                  "further parameters."))},
    },

    /* ---- by `error` alone: every number that no row above names ------------------ */

    {
        .code = "entra.client_refused",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_client",
                 .signs = {SIGN_ENTRA}},
        .title = N_("Entra refuses the Client ID or the Client secret"),
        .means =
            N_("It answered invalid_client: the application could not prove who it is. "
               "Entra's own words say more."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "Client secret.")),
                   ONLY_IF(SECRET_IS_NOT_ENTRAS,
                           N_("Something else was copied, or only a "
                              "part of the secret.")),
                   ONLY_IF(SECRET_ENDED, N_("The Client secret has expired.")),
                   CAUSE(N_("The Client secret is wrong, has expired, or was deleted.")),
                   CAUSE(N_("The Client ID is that of another app."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the Client secret again: its Value, whole.")),
                  FIX(WHO_ENTRA,
                      N_("Look at Certificates & secrets of the app, and make a "
                         "new secret if none is valid.")),
                  SIGN_IN_LOG, LOOK_NUMBER_UP},
    },
    {
        .code = "entra.client_not_allowed",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "unauthorized_client",
                 .signs = {SIGN_ENTRA}},
        .title = N_("Entra does not allow this app to get a token"),
        .means =
            N_("It answered {error}: the app {client_id} is unknown in the tenant "
               "{tenant}, switched off, or not permitted to do this. Entra's own words "
               "say more."),
        .causes = {CAUSE(N_("Client ID or tenant is wrong.")),
                   CAUSE(N_("The app is switched off, or a policy blocks it."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Compare Client ID and tenant with App registrations, the "
                         "app, Overview.")),
                  SIGN_IN_LOG, LOOK_NUMBER_UP},
    },
    {
        .code = "entra.scope_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_scope invalid_resource invalid_target",
                 .signs = {SIGN_ENTRA}},
        .title = N_("Entra does not accept the Scope"),
        .means = N_("It answered {error} to {scope}. Entra's own words say more."),
        .causes = {ONLY_IF(SCOPE_GRAPH,
                           N_("It is Microsoft Graph's, which IMAP has no use "
                              "for.")),
                   ONLY_IF(SCOPE_SEVERAL, N_("It holds more than one Scope.")),
                   ONLY_IF(CLOUDS_DIFFER, N_("It is that of another cloud."))},
        .fixes = {FIX_IF(SCOPE_IS_OTHER, WHO_YOU,
                         N_("Enter {cloud_scope} as the Scope.")),
                  TYPE(WHO_ENTRA,
                       N_("See whether Exchange Online is in the tenant, and enabled:"),
                       "az ad sp show --id 00000002-0000-0ff1-ce00-000000000000 --query "
                       "accountEnabled"),
                  SIGN_IN_LOG, LOOK_NUMBER_UP},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.grant_refused",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_grant access_denied interaction_required "
                          "consent_required login_required",
                 .signs = {SIGN_ENTRA}},
        .title = N_("Entra knows the app and refuses it the token"),
        .means =
            N_("It answered {error}: a consent, an assignment or a policy stands in the "
               "way. Entra's own words say more."),
        .causes = {CAUSE(N_("Admin consent for the permission is missing.")),
                   CAUSE(N_("A policy blocks the app."))},
        .fixes = {FIX(WHO_ENTRA,
                      N_("Grant admin consent: App registrations, the app, API "
                         "permissions.")),
                  SIGN_IN_LOG, LOOK_NUMBER_UP},
    },
    {
        .code = "entra.request_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_request unsupported_grant_type "
                          "unsupported_response_type",
                 .signs = {SIGN_ENTRA}},
        .title = N_("Entra does not accept the request as it stands"),
        .means = N_("It answered {error}. Entra's own words say more."),
        .causes = {ONLY_IF(URL_NOT_TOKEN, N_("The Token URL is not the address for "
                                             "tokens.")),
                   ONLY_IF(URL_V1, N_("The Token URL is the older one, without "
                                      "/v2.0/.")),
                   ONLY_IF(CLOUDS_DIFFER, N_("The Token URL is that of another cloud.")),
                   CAUSE(N_("A value holds something that has no place there."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Make sure that the Token URL has the form "
                         "https://{cloud_login}/TENANT/oauth2/v2.0/token, and look "
                         "at each value again.")),
                  LOOK_NUMBER_UP},
    },
    {
        .code = "entra.unknown_error",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 499,
                 .signs = {SIGN_ENTRA, SIGN_HAS_AADSTS}},
        .title = N_("Entra refuses the request ({aadsts})"),
        .means = N_("It answered HTTP {http_status} with an error that letterbox has no "
                    "explanation for. Entra's own words are the best there is."),
        .fixes = {LOOK_NUMBER_UP, SIGN_IN_LOG},
    },

    /* ---- what Entra itself would not have answered -------------------------------- */

    {
        .code = "entra.not_the_token_url",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 499,
                 .signs = {SIGN_ENTRA},
                 .unless = {SIGN_ERROR_NAMED, SIGN_URL_V2, SIGN_HOLDS_TOKEN,
                            SIGN_TOKEN_TYPE_OTHER}},
        .title = N_("The Token URL is not one of Entra's for tokens"),
        .means =
            N_("HTTP {http_status} came, and neither a token nor an OAuth error. "
               "Entra takes token requests at addresses that end in "
               "/oauth2/v2.0/token, with the tenant before it; this one is another."),
        .causes = {ONLY_IF(URL_V1, N_("It is the older one, without /v2.0/.")),
                   CAUSE(N_("A part of the path is missing, mistyped, or too many.")),
                   ONLY_IF(HTML, N_("It is a page for people.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} answers in Entra's place."))},
        .fixes = {ENTER_TOKEN_URL},
        .repairs = {REPAIR(OAUTH_TOKEN_URL, "{token_url_v2}")},
    },
    {
        .code = "entra.answer_replaced",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 299,
                 .signs = {SIGN_ENTRA, SIGN_URL_V2},
                 .unless = {SIGN_ERROR_NAMED, SIGN_HOLDS_TOKEN, SIGN_TOKEN_TYPE_OTHER}},
        .title = N_("Something on the way answers in Entra's place"),
        .means =
            N_("The Token URL is right, and Entra answers in JSON with a token or an "
               "error. HTTP {http_status} came without either, from a server whose "
               "certificate was issued by {issuer}."),
        .causes = WHO_ANSWERS,
        .fixes = {LET_PASS, SEE_WHO_ANSWERS},
    },
    {
        .code = "entra.redirected_on_the_way",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 300,
                 .http_to = 399,
                 .signs = {SIGN_ENTRA, SIGN_URL_V2, SIGN_LOCATION}},
        .title = N_("Something on the way to Entra sends the request elsewhere"),
        .means = N_("The Token URL is right, and Entra does not redirect token requests. "
                    "HTTP {http_status} leads to {location}, and came from a server "
                    "whose certificate was issued by {issuer}."),
        .causes = {CAUSE(N_("The network wants a log-in on a page of its own first "
                            "(captive portal, web filter).")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} answers in Entra's place.")),
                   CAUSE(N_("A firewall that opens TLS (inspection) is in between, and "
                            "this machine trusts its certificates."))},
        .fixes = {LET_PASS, SEE_WHO_ANSWERS},
    },
    {
        .code = "entra.refused_on_the_way",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 403,
                 .signs = {SIGN_ENTRA, SIGN_URL_V2},
                 .unless = {SIGN_ERROR_NAMED, SIGN_HAS_AADSTS}},
        .title = N_("Something on the way to Entra refuses the request"),
        .means =
            N_("The Token URL is right, and Entra refuses in JSON, with a reason. "
               "HTTP {http_status} came without one, from a server whose certificate "
               "was issued by {issuer}."),
        .causes = WHO_ANSWERS,
        .fixes = {LET_PASS, SEE_WHO_ANSWERS},
    },
};

ADVICE_TABLE(entra_policy);
