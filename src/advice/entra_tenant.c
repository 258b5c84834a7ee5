/* Microsoft Entra's answers about the tenant, the cloud and the Token URL. */
#include "advice/row.h"

#define USE_OWN_TENANT                                                                   \
    FIX(WHO_YOU, N_("Enter your own tenant: its Directory (tenant) ID or one of its "    \
                    "domains, as in https://{cloud_login}/TENANT/oauth2/v2.0/token."))
#define WHERE_TENANT                                                                     \
    FIX(WHO_ENTRA,                                                                       \
        N_("The Directory (tenant) ID stands in the Entra admin center under "           \
           "Overview, and on the app's own page."))

/* Each with the values that go together. */
#define CLOUD_GLOBAL                                                                     \
    LINK(WHO_YOU,                                                                        \
         N_("Global: choose it as the cloud on the Microsoft Exchange page; or enter "   \
            "Scope https://outlook.office365.com/.default, IMAP host "                   \
            "outlook.office365.com, and as the Token URL:"),                             \
         "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
#define CLOUD_US_GOVERNMENT                                                              \
    LINK(WHO_YOU,                                                                        \
         N_("US Government: choose it as the cloud on the Microsoft Exchange page; or "  \
            "enter Scope https://outlook.office365.us/.default, IMAP host "              \
            "outlook.office365.us, and as the Token URL:"),                              \
         "https://login.microsoftonline.us/{tenant}/oauth2/v2.0/token")
#define CLOUD_US_DOD                                                                     \
    LINK(WHO_YOU,                                                                        \
         N_("US DoD: choose it as the cloud on the Microsoft Exchange page; or enter "   \
            "Scope https://outlook-dod.office365.us/.default, IMAP host "                \
            "outlook-dod.office365.us, and as the Token URL:"),                          \
         "https://login.microsoftonline.us/{tenant}/oauth2/v2.0/token")
#define CLOUD_CHINA                                                                      \
    LINK(WHO_YOU,                                                                        \
         N_("China: choose it as the cloud on the Microsoft Exchange page; or enter "    \
            "Scope https://partner.outlook.cn/.default, IMAP host partner.outlook.cn, "  \
            "and as the Token URL:"),                                                    \
         "https://login.partner.microsoftonline.cn/{tenant}/oauth2/v2.0/token")

static const struct advice_row rows[] = {
    {
        .code = "entra.tenant_placeholder",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 499,
                 .signs = {SIGN_ENTRA, SIGN_URL_PLACEHOLDER}},
        .title = N_("The Token URL still holds a placeholder for the tenant"),
        .means =
            N_("Where {tenant} stands, the Directory (tenant) ID of your organization "
               "belongs."),
        .causes = {ONLY_IF(URL_PLACEHOLDER, N_("An example was copied as it is."))},
        .fixes = {USE_OWN_TENANT, WHERE_TENANT},
    },
    {
        .code = "entra.url_not_token",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 200,
                 .http_to = 499,
                 .signs = {SIGN_ENTRA, SIGN_URL_NOT_TOKEN},
                 .unless = {SIGN_URL_COMMON}},
        .title = N_("The Token URL is not the address for tokens"),
        .means =
            N_("The path of {token_url} is the one of something else. Of the endpoints "
               "that Entra lists, the one named \"OAuth 2.0 token endpoint (v2)\" is "
               "needed."),
        .causes = {ONLY_IF(URL_NOT_TOKEN, N_("The line above or below it was copied."))},
        .fixes = {ENTER_TOKEN_URL},
        .repairs = {REPAIR(OAUTH_TOKEN_URL, "{token_url_v2}")},
    },
    {
        .code = "entra.tenant_common",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .aadsts = {50194, 9001023, 9002332, 90124, 90130}},
        .title = N_("The Token URL names no single tenant"),
        .means =
            N_("An application that logs in by itself belongs to one organization, so "
               "the Token URL must name it. \"common\", \"organizations\" and "
               "\"consumers\" are for people who sign in."),
        .causes = {ONLY_IF(URL_COMMON, N_("A Token URL for signing in people was "
                                          "copied."))},
        .fixes = {USE_OWN_TENANT, WHERE_TENANT},
    },
    {
        .code = "entra.common_with_client_credentials",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 499,
                 .error = "invalid_request unauthorized_client invalid_grant",
                 .signs = {SIGN_URL_COMMON}},
        .title = N_("The Token URL is for people, not for one organization"),
        .means = N_("It names {tenant} where an application that logs in by itself must "
                    "name its own organization's tenant."),
        .causes = {ONLY_IF(URL_COMMON, N_("A Token URL for signing in people was "
                                          "copied."))},
        .fixes = {USE_OWN_TENANT, WHERE_TENANT},
    },
    {
        .code = "entra.tenant_not_named",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {50059, 50128, 90019}},
        .title = N_("Entra cannot tell which tenant is meant"),
        .means = N_("The Token URL has to name the organization's tenant, and nothing in "
                    "the request does."),
        .causes = {ONLY_IF(URL_COMMON, N_("The Token URL is the general one, without a "
                                          "tenant.")),
                   CAUSE(N_("The domain in it is not one that Entra knows."))},
        .fixes = {USE_OWN_TENANT, WHERE_TENANT},
    },
    {
        .code = "entra.tenant_malformed",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {900023}},
        .title = N_("What stands for the tenant is neither an ID nor a domain"),
        .means =
            N_("Entra cannot read {tenant} as a Directory (tenant) ID or as a domain "
               "name."),
        .causes = {CAUSE(N_("A digit is missing, or a character too many was copied "
                            "along.")),
                   ONLY_IF(URL_NOT_TOKEN, N_("The Token URL is not the address for "
                                             "tokens."))},
        .fixes = {USE_OWN_TENANT, WHERE_TENANT},
    },
    {
        .code = "entra.other_cloud",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {90038, 90051}},
        .title = N_("The tenant lives in another Microsoft cloud"),
        .means =
            N_("{token_host} knows of the tenant {tenant}, and says that it belongs to "
               "another national cloud. Token URL, Scope and IMAP host must all be "
               "that cloud's."),
        .causes = {ONLY_IF(CLOUDS_DIFFER, N_("Token URL and IMAP host are of two "
                                             "clouds."))},
        .fixes = {CLOUD_US_GOVERNMENT, CLOUD_US_DOD, CLOUD_CHINA, CLOUD_GLOBAL},
    },
    {
        .code = "entra.us_government",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {900439}},
        .title = N_("This app belongs to the US Government cloud"),
        .means = N_("It was asked for at {token_host}, but its tokens come from "
                    "login.microsoftonline.us."),
        .fixes = {CLOUD_US_GOVERNMENT, CLOUD_US_DOD},
    },
    {
        .code = "entra.across_clouds",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {900382, 900432}},
        .title = N_("App and mailbox are in different Microsoft clouds"),
        .means =
            N_("An application that logs in by itself works only within the cloud it "
               "is registered in."),
        .causes = {ONLY_IF(CLOUDS_DIFFER, N_("Token URL and IMAP host are of two "
                                             "clouds."))},
        .fixes =
            {FIX(WHO_YOU,
                 N_("The mailbox at {imap_host} is in the cloud {cloud}. Choose that "
                    "on the Microsoft Exchange page, or enter {cloud_scope} as the "
                    "Scope and {cloud_login} as the host of the Token URL.")),
             FIX(WHO_ENTRA, N_("Register the app in the tenant of the same cloud that "
                               "the mailbox is in."))},
    },
    {
        .code = "entra.tenant_unknown",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {90002}},
        .title = N_("Entra does not know this tenant"),
        .means = N_("There is no tenant {tenant} at {token_host}."),
        .causes = {ONLY_IF(CLOUDS_DIFFER, N_("The tenant is in another cloud.")),
                   CAUSE(N_("The id or domain is mistyped.")),
                   CAUSE(N_("The tenant is in another national cloud, which has its own "
                            "login host.")),
                   CAUSE(N_("The tenant was deleted, or its trial has ended."))},
        .fixes = {LINK_IF(CLOUDS_DIFFER, WHO_YOU,
                          N_("If the mailbox is at {imap_host}, enter this as the Token "
                             "URL:"),
                          "https://{cloud_login}/{tenant}/oauth2/v2.0/token"),
                  USE_OWN_TENANT, WHERE_TENANT},
    },
    {
        .code = "entra.tenant_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {.stages = AT(TOKEN_REQUEST), .error = "invalid_tenant"},
        .title = N_("Entra does not accept the tenant in the Token URL"),
        .means = N_("It answered {error} for {tenant}. Its own words say more."),
        .fixes = {USE_OWN_TENANT, WHERE_TENANT},
    },
};

ADVICE_TABLE(entra_tenant);
