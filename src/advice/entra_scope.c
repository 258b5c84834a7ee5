/* Microsoft Entra's answers about the Scope, the resource, permissions and consent. */
#include "advice/row.h"

#define USE_DEFAULT_SCOPE                                                                \
    FIX(WHO_YOU, N_("Enter {cloud_scope} as the Scope. It means: whatever the app has "  \
                    "been permitted."))
#define GRANT_PERMISSION                                                                 \
    FIX(WHO_ENTRA,                                                                       \
        N_("App registrations, the app, API permissions, Add a permission, APIs my "     \
           "organization uses, Office 365 Exchange Online, Application permissions, "    \
           "IMAP.AccessAsApp. Then \"Grant admin consent\"."))

static const struct advice_row rows[] = {
    {
        .code = "entra.scope_several",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {700022}},
        .title = N_("The Scope names more than one resource"),
        .means =
            N_("A token is for one resource only, and client credentials take exactly "
               "one Scope."),
        .causes = {ONLY_IF(SCOPE_SEVERAL, N_("The Scope was copied from a program that "
                                             "lets people sign in."))},
        .fixes = {USE_DEFAULT_SCOPE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.scope_without_resource",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {700023}},
        .title = N_("The Scope does not say which service the token is for"),
        .means =
            N_("Words such as openid or profile name no resource. Client credentials "
               "need the resource's address, with /.default behind it."),
        .causes = {ONLY_IF(SCOPE_OPENID, N_("The Scope is one for signing in "
                                            "people."))},
        .fixes = {USE_DEFAULT_SCOPE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.scope_delegated",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_scope",
                 .signs = {SIGN_ENTRA, SIGN_SCOPE_DELEGATED}},
        .title = N_("This Scope works only where a user signs in"),
        .means =
            N_("{scope} is a delegated permission: a person grants it while signing "
               "in. An application that logs in by itself (client credentials) gets "
               "what an administrator has granted, and asks for it with a Scope that "
               "ends in /.default."),
        .causes = {ONLY_IF(SCOPE_DELEGATED,
                           N_("This is the Scope most instructions name, "
                              "and they mean the other flow."))},
        .fixes = {USE_DEFAULT_SCOPE, GRANT_PERMISSION},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.scope_not_default",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {1002012, 70011, 28002}},
        .title = N_("The Scope must end in /.default"),
        .means =
            N_("Client credentials take a resource's address with /.default behind it "
               "and nothing else; {scope} is not of that form, or Entra does not know "
               "it."),
        .causes = {ONLY_IF(SCOPE_DELEGATED, N_("It is a Scope for signed-in users.")),
                   ONLY_IF(SCOPE_GRAPH, N_("It is Microsoft Graph's, which IMAP has no "
                                           "use for.")),
                   ONLY_IF(SCOPE_SEVERAL, N_("It holds more than one Scope.")),
                   CAUSE(N_("A character is missing or too many."))},
        .fixes = {USE_DEFAULT_SCOPE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.scope_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .signs = {SIGN_ENTRA, SIGN_SCOPE_EMPTY},
                 .error = "invalid_request invalid_scope"},
        .title = N_("The Scope is empty, and Entra needs one"),
        .means = N_("Without a Scope Entra does not know which service the token is "
                    "for."),
        .fixes = {USE_DEFAULT_SCOPE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.resource_unknown",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {500011, 50001}},
        .title = N_("The service that the Scope names is not in this tenant"),
        .means = N_("Entra found no service for {scope} in the tenant {tenant}."),
        .causes = {ONLY_IF(SCOPE_IS_OTHER, N_("The address in the Scope is mistyped, or "
                                              "that of another service or cloud.")),
                   CAUSE(N_("The tenant has no Exchange Online.")),
                   ONLY_IF(CLOUDS_DIFFER,
                           N_("Token URL and IMAP host are of two clouds."))},
        .fixes = {FIX_IF(
                      SCOPE_IS_OTHER, WHO_YOU,
                      N_("Enter {cloud_scope} as the Scope. It means: whatever the app "
                         "has been permitted.")),
                  TYPE(WHO_ENTRA,
                       N_("See whether Exchange Online is in the tenant. If it is not, "
                          "give the tenant a subscription with Exchange Online, or use "
                          "the tenant that has it:"),
                       "az ad sp show --id 00000002-0000-0ff1-ce00-000000000000")},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "entra.resource_disabled",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {500014}},
        .title = N_("The service is switched off in this tenant"),
        .means =
            N_("The tenant {tenant} knows the service of the Scope {scope}, but its "
               "service principal is disabled, so nobody gets a token for it. The values "
               "entered may be right."),
        .causes = {CAUSE(N_("A subscription with Exchange Online has lapsed.")),
                   CAUSE(N_("An administrator has disabled \"Office 365 Exchange "
                            "Online\" under Enterprise applications."))},
        .fixes =
            {FIX(WHO_ENTRA,
                 N_("See in the Microsoft 365 admin center under Billing whether the "
                    "subscription is active.")),
             TYPE(WHO_ENTRA,
                  N_("Or switch the service on: Enterprise applications, "
                     "Application type \"Microsoft Applications\", Office 365 "
                     "Exchange Online, Properties, \"Enabled for users to sign "
                     "in\". Or:"),
                  "az ad sp update --id 00000002-0000-0ff1-ce00-000000000000 --set "
                  "accountEnabled=true")},
    },
    {
        .code = "entra.not_subscribed",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {650052}},
        .title = N_("The tenant has no subscription to this service"),
        .means = N_("The app asks for a service that the organization {tenant} has not "
                    "subscribed to or not yet enabled."),
        .causes = {CAUSE(N_("The tenant has no Exchange Online.")),
                   CAUSE(N_("The Token URL names a test or developer tenant."))},
        .fixes = {FIX(WHO_ENTRA,
                      N_("Give the tenant a subscription with Exchange Online, or "
                         "use the tenant that has it."))},
    },
    {
        .code = "entra.resource_not_requested",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {650057}},
        .title = N_("The app has not asked for this permission"),
        .means =
            N_("The service named by the Scope {scope} is not among the API permissions "
               "of the app registration."),
        .causes = {ONLY_IF(SCOPE_GRAPH, N_("The permission was added for one API and the "
                                           "Scope names another."))},
        .fixes = {GRANT_PERMISSION, FIX_IF(SCOPE_IS_OTHER, WHO_YOU,
                                           N_("Enter {cloud_scope} as the Scope."))},
    },
    {
        .code = "entra.resource_parameter",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PARAMETERS,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {901002}},
        .title = N_("The parameter \"resource\" is not for this Token URL"),
        .means = N_("The newer Token URL (with /v2.0/) takes a Scope, the older one a "
                    "resource. The two cannot be mixed."),
        .fixes = {FIX(WHO_YOU, N_("Remove \"resource\" from the further parameters, and "
                                  "enter {cloud_scope} as the Scope."))},
    },
    {
        .code = "entra.v1_endpoint",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .error = "invalid_request invalid_resource invalid_scope",
                 .signs = {SIGN_URL_V1}},
        .title = N_("The Token URL is the older one, without /v2.0/"),
        .means =
            N_("The older endpoint does not understand a Scope; it wants a parameter "
               "named resource."),
        .causes = {ONLY_IF(URL_V1,
                           N_("Of the two token endpoints that Entra lists, the v1 "
                              "one was copied."))},
        .fixes = {ENTER_TOKEN_URL},
        .repairs = {REPAIR(OAUTH_TOKEN_URL, "{token_url_v2}")},
    },
    {
        .code = "entra.consent_missing",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {65001, 90094, 90008}},
        .title = N_("No administrator has consented to this app yet"),
        .means = N_("The app asks for permissions that an administrator of {tenant} must "
                    "grant once for the whole organization."),
        .causes = {CAUSE(
                       N_("The permission was added, but \"Grant admin consent\" was not "
                          "pressed.")),
                   CAUSE(N_("Permissions were changed after the consent."))},
        .fixes = {GRANT_PERMISSION,
                  LINK(WHO_ENTRA, N_("Or open this page as an administrator and agree:"),
                       "https://{cloud_login}/{tenant}/adminconsent?client_id="
                       "{client_id}")},
    },
    {
        .code = "entra.app_misconfigured",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {65005, 650056}},
        .title = N_("The app registration is incomplete"),
        .means =
            N_("The permission is missing from the app, was not consented to, or the "
               "Client ID is not the one that was given it."),
        .causes = {CAUSE(N_("The API permission is missing or without consent.")),
                   CAUSE(N_("The Client ID is that of another app of yours."))},
        .fixes = {GRANT_PERMISSION,
                  FIX(WHO_YOU,
                      N_("Compare the Client ID with App registrations, the app, "
                         "Overview."))},
    },
    {
        .code = "entra.role_not_assigned",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {50105, 501051}},
        .title = N_("The app has not been assigned to the service"),
        .means =
            N_("The service named by {scope} lets in only applications that have been "
               "assigned to one of its roles, and this app has not."),
        .fixes = {GRANT_PERMISSION,
                  FIX(WHO_ENTRA,
                      N_("Or, for a service of your own: Enterprise applications, "
                         "the service, Properties, \"Assignment required\"; "
                         "assign the role to the app."))},
    },
};

ADVICE_TABLE(entra_scope);
