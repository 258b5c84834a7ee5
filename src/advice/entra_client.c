/*
 * Microsoft Entra's answers about the client and its secret or certificate.
 *
 * Numbers are hints: entra_policy.c ends with a row per OAuth `error`, so that a number
 * that is not listed still gets a sensible class.
 */
#include "advice/row.h"

#define NEW_SECRET                                                                       \
    TYPE(                                                                                \
        WHO_ENTRA,                                                                       \
        N_("Make a new secret (App registrations, the app, Certificates & secrets, New " \
           "client secret) and copy its Value at once: it is shown only then. Or with "  \
           "the Azure command line, which prints it as \"password\":"),                  \
        "az ad app credential reset --id {client_id} --append --years 1")

static const struct advice_row rows[] = {
    {
        .code = "entra.secret_expired",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {7000222}},
        .title = N_("The Client secret has expired"),
        .means = N_("Entra knows the app and says that its secrets have all run out. "
                    "Everything else may stay as it is."),
        .causes = {LIKELY_IF(SECRET_ENDED,
                             N_("Secrets live at most two years, and nobody is reminded "
                                "when they end."))},
        .fixes = {NEW_SECRET,
                  FIX(WHO_YOU, N_("Enter the new Value as the Client secret, and its "
                                  "expiry date beside it, so that letterbox can warn in "
                                  "time."))},
    },
    {
        .code = "entra.service_principal_missing",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {7000229}},
        .title = N_("The app has no service principal in this tenant"),
        .means =
            N_("The app {client_id} is registered, but it was never brought into the "
               "tenant {tenant}: there is no Enterprise application for it, to which "
               "permissions could be given."),
        .causes = {CAUSE(N_("Admin consent was not given in this tenant.")),
                   CAUSE(N_("The Enterprise application was deleted."))},
        .fixes = {TYPE(WHO_ENTRA,
                       N_("Make the service principal, then grant admin "
                          "consent."),
                       "az ad sp create --id {client_id}"),
                  LINK(WHO_ENTRA, N_("Or open this page as an administrator and agree:"),
                       "https://{cloud_login}/{tenant}/adminconsent?client_id="
                       "{client_id}")},
    },
    {
        .code = "entra.public_client",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {700025}},
        .title = N_("The app is registered as a public client"),
        .means = N_("Entra refuses a Client secret from an app that is registered as a "
                    "mobile or desktop application, because such an app cannot keep "
                    "one."),
        .fixes = {FIX(WHO_ENTRA,
                      N_("App registrations, the app, Authentication: set \"Allow "
                         "public client flows\" to No, or register a new app "
                         "without a mobile or desktop platform.")),
                  FIX(WHO_YOU,
                      N_("Make sure that the Client ID is the one of the app that "
                         "was made for this purpose."))},
    },
    {
        .code = "entra.secret_not_sent",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {7000216, 7000218}},
        .title = N_("Entra received no Client secret"),
        .means = N_("The request reached Entra without a secret or certificate in it."),
        .causes = {CAUSE(N_("The Client secret is empty, or the place it is read from "
                            "is.")),
                   ONLY_IF(CLIENT_AUTH_BASIC, N_("Something on the way removes the "
                                                 "Authorization header.")),
                   CAUSE(N_("The app is registered as a public client."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the Client secret again. Send it in the form "
                                  "(post), as the Exchange page does.")),
                  FIX(WHO_ENTRA,
                      N_("If the secret is there: App registrations, the app, "
                         "Authentication, \"Allow public client flows\" must be No.")),
                  FIX_IF(PROXY, WHO_NETWORK,
                         N_("Let the proxy pass {token_host} "
                            "unchanged."))},
    },
    {
        .code = "entra.certificate_unknown",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {700027, 50012, 700030}},
        .title = N_("Entra does not accept the certificate of this client"),
        .means = N_("The request was signed with a key whose certificate is not "
                    "registered with the app, has expired, or belongs to another "
                    "app."),
        .fixes = {FIX(WHO_ENTRA,
                      N_("Upload the certificate under Certificates & secrets of "
                         "the app, and compare the thumbprints.")),
                  FIX(WHO_YOU, N_("Or use a Client secret."))},
    },
    {
        .code = "entra.assertion_outside_validity",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {700024, 500133}},
        .title = N_("The signed request is outside its time: look at the clock"),
        .means = N_("A signed request is valid for a few minutes only, and by Entra's "
                    "clock it is not valid now."),
        .causes = {LIKELY_IF(CLOCK_OFF, N_("This machine's clock is wrong."))},
        .fixes = {TYPE(WHO_SYSTEM,
                       N_("Look at the clock, and switch the time service "
                          "on."),
                       "timedatectl && timedatectl set-ntp true")},
    },
    {
        .code = "entra.assertion_other_client",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {700021}},
        .title = N_("The signed request names another Client ID"),
        .means = N_("The client that signed and the client that asks must be the same "
                    "application."),
        .fixes = {FIX(WHO_YOU,
                      N_("Enter the Application (client) ID that the certificate "
                         "is registered with."))},
    },
    {
        .code = "entra.assertion_malformed",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {50013, 50027, 50048, 900384}},
        .title = N_("Entra cannot make use of the signed request"),
        .means = N_("Its audience must be the very Token URL that is asked, and issuer "
                    "and subject the Client ID; one of them is not, or the signature "
                    "does not fit."),
        .fixes = {FIX(WHO_YOU, N_("Make sure that the Token URL is the tenant's own: "
                                  "https://{cloud_login}/TENANT/oauth2/v2.0/token.")),
                  FIX(WHO_YOU, N_("Or use a Client secret."))},
    },
    {
        .code = "entra.client_id_not_guid",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "unauthorized_client invalid_client invalid_request",
                 .signs = {SIGN_CLIENT_ID_NOT_GUID}},
        .title = N_("The Client ID is not the Application (client) ID"),
        .means = N_("Entra's Client IDs look like 00001111-aaaa-2222-bbbb-3333cccc4444. "
                    "What was entered does not."),
        .causes = {ONLY_IF(CLIENT_ID_NOT_GUID, N_("The app's display name or address was "
                                                  "entered, or a part of the id is "
                                                  "missing."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the Application (client) ID from App "
                                  "registrations, the app, Overview."))},
    },
    {
        .code = "entra.client_unknown",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {700016, 700011}},
        .title = N_("This tenant has no app with this Client ID"),
        .means = N_("Entra looked for {client_id} in the tenant {tenant} and found "
                    "nothing. One of the two is wrong, or the app was never brought into "
                    "this tenant."),
        .causes = {CAUSE(N_("The object id of the app was entered in place of its "
                            "Application (client) ID; both stand on the same page.")),
                   CAUSE(N_("The Token URL names another tenant than the one the app is "
                            "in.")),
                   ONLY_IF(CLOUDS_DIFFER, N_("The app lives in another cloud.")),
                   CAUSE(N_("The app belongs to another organization, and nobody has "
                            "consented to it here."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Compare Client ID and tenant with App registrations, the "
                         "app, Overview: \"Application (client) ID\" and "
                         "\"Directory (tenant) ID\".")),
                  LINK(WHO_ENTRA,
                       N_("If the app belongs to another organization, consent "
                          "to it in this tenant:"),
                       "https://{cloud_login}/{tenant}/adminconsent?client_id="
                       "{client_id}")},
    },
    {
        .code = "entra.service_principal_disabled",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {7000112}},
        .title = N_("The app is switched off in this tenant"),
        .means =
            N_("Its Enterprise application is disabled, so it gets no tokens. Client "
               "ID and Client secret may be right."),
        .fixes = {TYPE(WHO_ENTRA,
                       N_("Switch it on: Enterprise applications, the app, "
                          "Properties, \"Enabled for users to sign in\". Or:"),
                       "az ad sp update --id {client_id} --set accountEnabled=true")},
    },
    {
        .code = "entra.app_disabled",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {70001}},
        .title = N_("The app is disabled, or not in this tenant"),
        .means = N_("Entra finds no usable app {client_id} in the tenant {tenant}."),
        .fixes = {FIX(WHO_YOU,
                      N_("Compare Client ID and tenant with App registrations, the "
                         "app, Overview.")),
                  TYPE(WHO_ENTRA,
                       N_("See whether its Enterprise application is there and "
                          "enabled."),
                       "az ad sp show --id {client_id} --query accountEnabled")},
    },
    {
        .code = "entra.app_inaccessible",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {1000031}},
        .title = N_("Entra does not let anybody use this app at this time"),
        .means = N_("The app {client_id} is there but cannot be accessed. Microsoft asks "
                    "to turn to the tenant's administrator."),
        .fixes = {FIX(WHO_ENTRA,
                      N_("Look at the app's state under Enterprise applications, "
                         "and at the service principal sign-ins in the sign-in "
                         "log, by the correlation id below."))},
    },
    {
        .code = "entra.secret_id_not_value",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "invalid_client",
                 .signs = {SIGN_ENTRA, SIGN_SECRET_IS_GUID}},
        .title = N_("The Client secret is the Secret ID, not its Value"),
        .means =
            N_("Entra lists two columns for each secret, Value and Secret ID. What was "
               "entered is a GUID, which is the ID. The Value was shown once, when the "
               "secret was made, and cannot be read again later."),
        .causes = {ONLY_IF(SECRET_IS_GUID, N_("The column Secret ID was copied, because "
                                              "the Value is hidden by now."))},
        .fixes = {NEW_SECRET,
                  FIX(WHO_YOU, N_("Enter the Value of the new secret as the Client "
                                  "secret."))},
    },
    {
        .code = "entra.secret_wrong",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_CLIENT_SECRET,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {7000215, 70002}},
        .title = N_("The Client secret is wrong"),
        .means =
            N_("Entra knows the app {client_id}; the secret that was sent is not one "
               "of its secrets."),
        .causes = {ONLY_IF(SECRET_IS_GUID, N_("The Secret ID was entered in place of the "
                                              "Value.")),
                   ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with "
                                                     "it.")),
                   ONLY_IF(SECRET_IS_NOT_ENTRAS,
                           N_("Something else was copied, or only a "
                              "part of it.")),
                   CAUSE(N_("It is the secret of another app, or it was deleted."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Enter the secret again, whole: the Value, of this very "
                         "app.")),
                  NEW_SECRET},
    },
};

ADVICE_TABLE(entra_client);
