/*
 * Exchange Online refuses what was entered, or the token that was sent.
 *
 * Exchange says no more than "AUTHENTICATE failed." to every one of them.  The claims
 * tell most of them apart: audience, application, tenant, then role.  What is left when
 * the token is right stands in advice/exchange.c.
 */
#include "advice/exchange_steps.h"

#define REGISTER_AND_ALLOW                                                               \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("If it has not been done yet, register the app in Exchange Online "    \
                  "PowerShell, and give it access to the mailbox. The object id is the " \
                  "Enterprise application's, not the App registration's."),              \
               CONNECT REGISTER "\n" ALLOW)
#define GRANT_ROLE                                                                       \
    FIX(WHO_ENTRA,                                                                       \
        N_("Entra admin center, App registrations, the app {appid}, API permissions, "   \
           "Add a permission, APIs my organization uses, Office 365 Exchange Online, "   \
           "Application permissions, IMAP.AccessAsApp. Then \"Grant admin consent\"."))
#define USE_CLOUD_SCOPE                                                                  \
    FIX_IF(SCOPE_IS_OTHER, WHO_YOU, N_("Enter {cloud_scope} as the Scope."))
#define DROP_PARAMETERS                                                                  \
    FIX_IF(HAS_PARAMETERS, WHO_YOU,                                                      \
           N_("Remove the further parameter that changes the request."))

static const struct advice_row rows[] = {
    {
        .code = "exchange.consumer_mailbox",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_USER,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_CONSUMER_MAILBOX}},
        .title = N_("Personal Outlook.com mailboxes cannot be read this way"),
        .means =
            N_("Microsoft takes no passwords for personal accounts any more, and lets an "
               "application log in by itself only to the mailboxes of an "
               "organization. A person would have to sign in, which letterbox does "
               "not do."),
        .causes = {LIKELY_IF(CONSUMER_MAILBOX,
                             N_("{mailbox} belongs to no organization."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Use a mailbox of your organization, or forward the mail "
                         "to one."))},
    },
    {
        .code = "exchange.basic_auth_retired",
        .class = ADVICE_FIX_SETTING,
        .field = SET_AUTH_METHOD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers =
                     ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE) | ANSWERED(UNABLE),
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_BASIC}},
        .title = N_("Exchange Online no longer takes passwords for IMAP"),
        .means = N_("Microsoft switched Basic auth off for IMAP: no password and no app "
                    "password will do, however right it is."),
        .causes = {LIKELY_IF(EXCHANGE_ONLINE,
                             N_("Basic auth was chosen for a mailbox that "
                                "needs OAuth.")),
                   ONLY_IF(OFFERS_PLAIN,
                           N_("That the server still lists AUTH=PLAIN misleads many."))},
        .fixes = {FIX(WHO_YOU, N_("Choose OAuth on the first page, then Microsoft "
                                  "Exchange.")),
                  FIX(WHO_ENTRA,
                      N_("If there is no app for it yet: App registrations, New "
                         "registration; then the application permission "
                         "IMAP.AccessAsApp of Office 365 Exchange Online with admin "
                         "consent, and a client secret. Hand out the Directory (tenant) "
                         "ID, the Application (client) ID and the secret's Value."))},
        .repairs = {REPAIR(AUTH_METHOD, "oauth")},
    },
    {
        .code = "exchange.user_is_not_mailbox",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_USER,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_OAUTH, SIGN_USER_NOT_ADDRESS}},
        .title = N_("The mailbox must be given as its e-mail address"),
        .means = N_("With OAuth, Exchange wants the address of the mailbox that is to be "
                    "opened: the primary address, for shared mailboxes too. {mailbox} is "
                    "not an address."),
        .causes = {ONLY_IF(USER_IS_CLIENT, N_("The application's id was entered.")),
                   ONLY_IF(USER_IS_DELEGATE,
                           N_("A user and a shared mailbox were entered together, which "
                              "was for passwords; the shared mailbox's address alone is "
                              "needed.")),
                   ONLY_IF(USER_NOT_ADDRESS, N_("A login name was entered, such as "
                                                "DOMAIN\\user."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the mailbox's own address, such as "
                                  "support@YOURDOMAIN."))},
    },
    {
        .code = "exchange.user_is_login_name",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_USER,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_OAUTH, SIGN_MAILBOX_DOMAIN_INTERNAL}},
        .title = N_("The mailbox is given by a login name, not by its address"),
        .means = N_("{mailbox} looks like an address, but its domain is one of an "
                    "internal network: no mailbox in Exchange Online has such an "
                    "address. A user principal name (UPN) and the mailbox's primary "
                    "address may differ."),
        .causes = {LIKELY_IF(MAILBOX_DOMAIN_INTERNAL,
                             N_("The user principal name was entered."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the mailbox's primary address.")),
                  POWERSHELL(WHO_EXCHANGE,
                             N_("Look up its PrimarySmtpAddress and pass it on."),
                             CONNECT "Get-Mailbox -Identity {mailbox} | Format-List "
                                     "PrimarySmtpAddress,RecipientTypeDetails")},
    },
    {
        .code = "exchange.token_not_entras",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {SHUT_OUT,
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT, SIGN_OAUTH},
                 .unless = {SIGN_ENTRA}},
        .title = N_("Exchange Online takes only tokens from Microsoft Entra"),
        .means = N_("This token is from {token_host}. However good it is, Exchange "
                    "Online trusts no other issuer than Entra."),
        .causes = {CAUSE(N_("The mailbox was meant to be on a mail server of your own.")),
                   CAUSE(N_("The OpenID provider is right for other programs, and not "
                            "for Exchange."))},
        .fixes = {FIX(WHO_YOU, N_("Choose Microsoft Exchange as the OAuth provider. If "
                                  "the mailbox is on another server than {imap_host}, "
                                  "enter that one."))},
    },
    {
        .code = "exchange.clouds_differ",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_OAUTH, SIGN_CLOUDS_DIFFER}},
        .title = N_("Token URL and IMAP host are of two different Microsoft clouds"),
        .means = N_("The token is from {token_host}, of the {login_cloud} cloud. "
                    "{imap_host} belongs to the {cloud} cloud, which takes no tokens of "
                    "another one. Your tenant is where the token was issued, so the "
                    "mailbox is there as well."),
        .causes = {ONLY_IF(CLOUDS_DIFFER,
                           N_("The IMAP host was taken from instructions for "
                              "another cloud."))},
        .fixes = {FIX(WHO_YOU, N_("Enter {login_imap_host} as the IMAP host, and "
                                  "{login_scope} as the Scope."))},
        .repairs = {REPAIR(SERVER_HOST, "{login_imap_host}"),
                    REPAIR(OAUTH_SCOPE, "{login_scope}")},
    },
    {
        .code = "exchange.token_expired",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN) | AT(IMAP_PREVIEW),
                 .says = "AccessTokenExpired"},
        .title = N_("Exchange ended the session, because the token has expired"),
        .means = N_("A token is good for about an hour, and Exchange closes the session "
                    "with it. Nothing is wrong with the settings: the next session "
                    "begins with a new token."),
        .fixes = {FIX(WHO_YOU, N_("Test again."))},
    },
    {
        .code = "exchange.token_stale",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_EXPIRED}},
        .title = N_("The token had already expired when it was handed out"),
        .means = N_("It was good until {token_expires}. Entra issues new tokens only, so "
                    "what answers as {token_host} keeps old ones."),
        .causes = {LIKELY_IF(TOKEN_EXPIRED,
                             N_("A program or gateway between letterbox and Entra hands "
                                "out a token that it has kept too long."))},
        .fixes = {FIX(WHO_YOU, N_("Enter Entra's own Token URL, "
                                  "https://{cloud_login}/{tid}/oauth2/v2.0/token.")),
                  FIX(WHO_SERVER,
                      N_("Let what answers as {token_host} ask for a new token "
                         "in time."))},
    },
    {
        .code = "exchange.token_delegated",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_DELEGATED}},
        .title = N_("The token is a user's, not the application's"),
        .means = N_("It holds delegated permissions (scp: {scp}), which come from a "
                    "person who signed in. It opens that person's mailbox at most."),
        .causes = {LIKELY_IF(TOKEN_DELEGATED, N_("The token server issued it for another "
                                                 "flow.")),
                   ONLY_IF(HAS_PARAMETERS, N_("A further parameter, such as grant_type, "
                                              "changes the request."))},
        .fixes = {USE_CLOUD_SCOPE, DROP_PARAMETERS,
                  FIX_IF(SCOPE_IS_CLOUDS, WHO_SERVER,
                         N_("The Scope is right. Let {token_host} hand out the "
                            "application's own token (client credentials).")),
                  CHECK_ROLE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.token_for_graph",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_FOR_GRAPH}},
        .title = N_("The token is for Microsoft Graph, not for the mailbox"),
        .means =
            N_("Its audience is {aud}. Exchange's IMAP server takes only tokens made "
               "for Exchange. Which service a token is for follows from the Scope."),
        .causes = {ONLY_IF(SCOPE_GRAPH, N_("The Scope is Graph's, as the portal shows "
                                           "it.")),
                   ONLY_IF(HAS_PARAMETERS, N_("A further parameter, such as resource, "
                                              "names Graph."))},
        .fixes = {USE_CLOUD_SCOPE, DROP_PARAMETERS, CHECK_ROLE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.token_for_other_cloud",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_FOR_OTHER_CLOUD}},
        .title = N_("The token is for another Microsoft cloud's mailboxes"),
        .means = N_("Its audience is {aud}, and the IMAP host {imap_host} belongs to the "
                    "{cloud} cloud. Token URL, Scope and host must be of one cloud."),
        .causes = {LIKELY_IF(TOKEN_FOR_OTHER_CLOUD,
                             N_("Scope and IMAP host do not belong "
                                "together."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Enter {cloud_scope} as the Scope, or the IMAP host of the "
                         "cloud that the mailbox is in."))},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.token_for_other_service",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_FOR_OTHER}},
        .title = N_("The token is for another service, not for the mailbox"),
        .means =
            N_("Its audience is {aud}. Exchange's IMAP server takes only tokens made "
               "for Exchange. Which service a token is for follows from the Scope."),
        .causes = {LIKELY_IF(TOKEN_FOR_OTHER, N_("The Scope names another service."))},
        .fixes = {USE_CLOUD_SCOPE, DROP_PARAMETERS, CHECK_ROLE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.token_of_other_app",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_CLIENT_ID,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_OF_OTHER_APP}},
        .title = N_("The token is another application's than the one entered"),
        .means = N_("The Client ID is {client_id}, and the token was issued to {appid}. "
                    "What Exchange was told about the one does not count for the other."),
        .causes = {LIKELY_IF(TOKEN_OF_OTHER_APP,
                             N_("A program or gateway between letterbox and Entra uses "
                                "an application of its own.")),
                   ONLY_IF(HAS_PARAMETERS, N_("A further parameter, such as client_id, "
                                              "names another application."))},
        .fixes = {FIX(WHO_YOU, N_("Enter Entra's own Token URL, "
                                  "https://{cloud_login}/{tid}/oauth2/v2.0/token.")),
                  DROP_PARAMETERS,
                  POWERSHELL(WHO_EXCHANGE,
                             N_("Or, if {appid} is meant to read the mailbox: register "
                                "that one, and give it access."),
                             CONNECT REGISTER "\n" ALLOW)},
    },
    {
        .code = "exchange.token_of_other_tenant",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TENANT,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_OF_OTHER_TENANT}},
        .title = N_("The token is another tenant's than the one entered"),
        .means = N_("A token opens mailboxes of its own tenant alone. A server for "
                    "tokens other than Entra's own may give out another tenant's."),
        .causes = {LIKELY_IF(
            TOKEN_OF_OTHER_TENANT,
            N_("What answers as {token_host} does not pass on the tenant "
               "that was asked for."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Enter the tenant that has the mailbox, in Entra's own Token "
                         "URL: https://{cloud_login}/TENANT/oauth2/v2.0/token."))},
    },
    {
        .code = "exchange.permission_missing",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_NO_ROLES}},
        .title = N_("The app has no permission to read mail over IMAP"),
        .means =
            N_("Entra issued a token, as it does for any app that can prove who it is, "
               "but no permission is in it. IMAP.AccessAsApp is needed, as an "
               "application permission of Office 365 Exchange Online."),
        .causes = {LIKELY_IF(TOKEN_NO_ROLES, N_("The permission was not added, or admin "
                                                "consent was not granted.")),
                   CAUSE(N_("A delegated permission was added in its place; its name, "
                            "IMAP.AccessAsUser.All, is much alike. Or it was added for "
                            "Microsoft Graph.")),
                   CAUSE(
                       N_("Consent was given a moment ago, and has not reached the token "
                          "server."))},
        .fixes = {GRANT_ROLE, REGISTER_AND_ALLOW, TEST_LATER},
    },
    {
        .code = "exchange.permission_other",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_OTHER_ROLES}},
        .title = N_("The app's permissions do not include IMAP.AccessAsApp"),
        .means =
            N_("The token holds {roles}. For IMAP the application permission "
               "IMAP.AccessAsApp of Office 365 Exchange Online is needed; none of the "
               "others will do."),
        .causes = {LIKELY_IF(TOKEN_OTHER_ROLES,
                             N_("A permission for another way into Exchange was granted; "
                                "each way has its own.")),
                   CAUSE(
                       N_("IMAP.AccessAsApp was added, but admin consent was not granted "
                          "after that."))},
        .fixes = {GRANT_ROLE, REGISTER_AND_ALLOW, TEST_LATER},
    },
    {
        .code = "exchange.scope_ps_outlook",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_SCOPE_PS_OUTLOOK}},
        .title = N_("The Scope is the one for the consent link, not for IMAP"),
        .means =
            N_("Older instructions ask for the token with ps.outlook.com. Microsoft "
               "uses that address only in the link for admin consent, and asks for the "
               "token with {cloud_scope}."),
        .causes = {ONLY_IF(SCOPE_PS_OUTLOOK, N_("The Scope was copied from older "
                                                "instructions."))},
        .fixes = {USE_CLOUD_SCOPE,
                  POWERSHELL(WHO_EXCHANGE,
                             N_("If it fails with that Scope as well, register the app "
                                "in Exchange and give it access to the mailbox. The "
                                "object id is the Enterprise application's."),
                             CONNECT REGISTER "\n" ALLOW)},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
};

ADVICE_TABLE(exchange_token);
