/*
 * Exchange Online's refusals, explained from the token that was sent.
 *
 * Exchange says no more than "AUTHENTICATE failed." to every one of them.  The claims
 * tell most of them apart: audience, then role; what is left is the registration in
 * Exchange and the mailbox's permission, for which the commands are made ready from the
 * token itself (`oid` is the Enterprise application's object id).
 */
#include "advice/row.h"

#define REFUSED_AT_LOGIN                                                                 \
    .stages = AT(IMAP_AUTHENTICATE),                                                     \
    .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE)

#define CONNECT "Connect-ExchangeOnline -Organization {tid}{exchange_environment}\n"

#define REGISTER_APP                                                                     \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("Register the application in Exchange. The object id is that of the "  \
                  "Enterprise application, not of the App registration; the one here "   \
                  "is taken from the token where it tells."),                            \
               CONNECT "New-ServicePrincipal -AppId {appid} -ObjectId {oid} "            \
                       "-DisplayName 'letterbox'")
#define ALLOW_MAILBOX                                                                    \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("Give it access to the mailbox. This is needed for each "              \
                  "mailbox, and cannot be given to a group."),                           \
               "Add-MailboxPermission -Identity {mailbox} -User {oid} "                  \
               "-AccessRights FullAccess")
#define SHOW_REGISTRATION                                                                \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("If it is registered already, compare: AppId must be {appid} and "     \
                  "ObjectId {oid}. With another ObjectId, remove it and register "       \
                  "again."),                                                             \
               "Get-ServicePrincipal -Identity {appid} | Format-List "                   \
               "DisplayName,AppId,ObjectId\n"                                            \
               "Get-MailboxPermission -Identity {mailbox} | Format-List "                \
               "User,AccessRights")
#define GRANT_ROLE                                                                       \
    FIX(WHO_ENTRA,                                                                       \
        N_("App registrations, the app, API permissions, Add a permission, APIs my "     \
           "organization uses, Office 365 Exchange Online, Application permissions, "    \
           "IMAP.AccessAsApp. Then \"Grant admin consent\"."))
#define TEST_LATER                                                                       \
    FIX(WHO_YOU,                                                                         \
        N_("Then test again. Exchange takes minutes, at times an hour, until a "         \
           "change counts."))

static const struct advice_row rows[] = {
    {
        .code = "exchange.basic_auth_retired",
        .class = ADVICE_FIX_SETTING,
        .field = SET_AUTH_METHOD,
        .when = {REFUSED_AT_LOGIN, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_BASIC}},
        .title = N_("Exchange Online no longer takes passwords for IMAP"),
        .means = N_("Microsoft switched Basic auth off for IMAP: no password and no app "
                    "password will do, however right it is. The server still lists "
                    "AUTH=PLAIN among what it offers, which misleads many."),
        .causes = {LIKELY_IF(EXCHANGE_ONLINE,
                             N_("Basic auth was chosen for a mailbox that "
                                "needs OAuth."))},
        .fixes = {FIX(WHO_YOU, N_("Choose OAuth on the first page, then Microsoft "
                                  "Exchange.")),
                  GRANT_ROLE},
        .repairs = {REPAIR(AUTH_METHOD, "oauth")},
    },
    {
        .code = "exchange.consumer_mailbox",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_USER,
        .when = {REFUSED_AT_LOGIN,
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_OAUTH, SIGN_CONSUMER_MAILBOX}},
        .title = N_("Personal Outlook.com mailboxes cannot be read this way"),
        .means = N_("An application may log in by itself only to mailboxes of an "
                    "organization's tenant. {mailbox} is a personal account, for which a "
                    "person must sign in."),
        .causes = {LIKELY_IF(CONSUMER_MAILBOX, N_("The mailbox belongs to no tenant."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Use a mailbox of your organization, or forward the mail "
                         "to one."))},
    },
    {
        .code = "exchange.user_is_not_mailbox",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_USER,
        .when = {REFUSED_AT_LOGIN,
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_OAUTH, SIGN_USER_NOT_ADDRESS}},
        .title = N_("The mailbox must be given as its e-mail address"),
        .means = N_("With OAuth, Exchange wants the address of the mailbox that is to be "
                    "opened: the primary address, for shared mailboxes too. {mailbox} is "
                    "not an address."),
        .causes = {ONLY_IF(USER_IS_CLIENT, N_("The application's id was entered.")),
                   ONLY_IF(USER_NOT_ADDRESS, N_("A login name or DOMAIN\\user was "
                                                "entered."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the mailbox's own address, such as "
                                  "support@YOURDOMAIN."))},
    },
    {
        .code = "exchange.token_delegated",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_AT_LOGIN, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_TOKEN_DELEGATED}},
        .title = N_("The token is a user's, not the application's"),
        .means = N_("It holds delegated permissions (scp), which come from a person who "
                    "signed in. It opens that person's mailbox at most."),
        .causes = {LIKELY_IF(TOKEN_DELEGATED, N_("The token server issued it for another "
                                                 "flow."))},
        .fixes = {FIX(WHO_YOU, N_("Enter {cloud_scope} as the Scope, and remove further "
                                  "parameters such as grant_type.")),
                  GRANT_ROLE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.token_for_graph",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_AT_LOGIN, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_TOKEN_FOR_GRAPH}},
        .title = N_("The token is for Microsoft Graph, not for the mailbox"),
        .means =
            N_("Its audience is {aud}. Exchange's IMAP server takes only tokens made "
               "for Exchange. Which service a token is for follows from the Scope."),
        .causes = {LIKELY_IF(TOKEN_FOR_GRAPH,
                             N_("The Scope is Graph's, as the portal shows "
                                "it."))},
        .fixes = {FIX(WHO_YOU, N_("Enter {cloud_scope} as the Scope.")), GRANT_ROLE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.token_for_other_cloud",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_AT_LOGIN,
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_TOKEN_FOR_OTHER_CLOUD}},
        .title = N_("The token is for another Microsoft cloud's mailboxes"),
        .means = N_("Its audience is {aud}, and the IMAP host {imap_host} belongs to the "
                    "{cloud} cloud. Token URL, Scope and host must be of one cloud."),
        .causes = {LIKELY_IF(TOKEN_FOR_OTHER_CLOUD,
                             N_("Scope and IMAP host do not belong "
                                "together."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Enter {cloud_scope} as the Scope, or choose the cloud the "
                         "mailbox is in."))},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.token_for_other_service",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_AT_LOGIN, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_TOKEN_FOR_OTHER}},
        .title = N_("The token is for another service, not for the mailbox"),
        .means =
            N_("Its audience is {aud}. Exchange's IMAP server takes only tokens made "
               "for Exchange. Which service a token is for follows from the Scope."),
        .causes = {LIKELY_IF(TOKEN_FOR_OTHER, N_("The Scope names another service."))},
        .fixes = {FIX(WHO_YOU, N_("Enter {cloud_scope} as the Scope.")), GRANT_ROLE},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.permission_missing",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {REFUSED_AT_LOGIN, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_TOKEN_NO_ROLES}},
        .title = N_("The app has no permission to read mail over IMAP"),
        .means =
            N_("Entra issued a token, as it does for any app that can prove who it is, "
               "but no permission is in it. IMAP.AccessAsApp is needed, as an "
               "application permission of Office 365 Exchange Online."),
        .causes = {LIKELY_IF(TOKEN_NO_ROLES, N_("The permission was not added, or admin "
                                                "consent was not granted.")),
                   CAUSE(N_("A delegated permission was added in its place; its name, "
                            "IMAP.AccessAsUser.All, is much alike.")),
                   CAUSE(
                       N_("Consent was given a moment ago, and has not reached the token "
                          "server."))},
        .fixes = {GRANT_ROLE, REGISTER_APP, ALLOW_MAILBOX, TEST_LATER},
    },
    {
        .code = "exchange.permission_other",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {REFUSED_AT_LOGIN,
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_TOKEN_OTHER_ROLES}},
        .title = N_("The app's permissions do not include IMAP.AccessAsApp"),
        .means =
            N_("The token holds {roles}. For IMAP the application permission "
               "IMAP.AccessAsApp of Office 365 Exchange Online is needed; none of the "
               "others will do."),
        .causes = {LIKELY_IF(TOKEN_OTHER_ROLES,
                             N_("Another permission was granted, such as "
                                "Mail.Read, which is for Graph.")),
                   CAUSE(
                       N_("IMAP.AccessAsApp was added, but admin consent was not granted "
                          "after that."))},
        .fixes = {GRANT_ROLE, REGISTER_APP, ALLOW_MAILBOX, TEST_LATER},
    },
    {
        .code = "exchange.scope_ps_outlook",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_SCOPE,
        .when = {REFUSED_AT_LOGIN,
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_SCOPE_PS_OUTLOOK}},
        .title = N_("The Scope is the one for the consent link, not for IMAP"),
        .means =
            N_("Older instructions ask for the token with ps.outlook.com. Microsoft "
               "uses that address only in the link for admin consent, and asks for the "
               "token with {cloud_scope}."),
        .causes = {ONLY_IF(SCOPE_PS_OUTLOOK, N_("The Scope was copied from older "
                                                "instructions.")),
                   LIKELY_IF(TOKEN_HAS_ROLE,
                             N_("If it fails with the other Scope as well, "
                                "the application is not registered in "
                                "Exchange, or has no access to this "
                                "mailbox."))},
        .fixes = {FIX(WHO_YOU, N_("Enter {cloud_scope} as the Scope.")), REGISTER_APP,
                  ALLOW_MAILBOX},
        .repairs = {REPAIR(OAUTH_SCOPE, "{cloud_scope}")},
    },
    {
        .code = "exchange.not_registered",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {REFUSED_AT_LOGIN, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_TOKEN_HAS_ROLE}},
        .title = N_("Exchange does not let this app into this mailbox"),
        .means =
            N_("The token is right: it is for Exchange and holds IMAP.AccessAsApp. What "
               "is missing is on Exchange's side: it must know the application as a "
               "service principal, and that one must have access to {mailbox}."),
        .causes = {LIKELY_IF(TOKEN_HAS_ROLE,
                             N_("The service principal was never registered "
                                "in Exchange, or with the object id of the "
                                "App registration, which is the wrong "
                                "one.")),
                   CAUSE(N_("It has no FullAccess permission on this mailbox.")),
                   CAUSE(N_("{mailbox} is an alias or mistyped; the primary address is "
                            "needed.")),
                   CAUSE(N_("All is set up, and the change has not reached this server "
                            "yet."))},
        .fixes = {REGISTER_APP, ALLOW_MAILBOX, SHOW_REGISTRATION, TEST_LATER},
    },
    {
        .code = "exchange.not_connected",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN) | AT(IMAP_PREVIEW),
                 .says = "authenticated but not connected"},
        .title = N_("Logged in, but Exchange does not open the mailbox"),
        .means =
            N_("\"User is authenticated but not connected\": the token was accepted, "
               "and then no mailbox stood behind it. Either IMAP is switched off for "
               "{mailbox}, or the application has no access to it."),
        .causes = {CAUSE(N_("IMAP is switched off for this mailbox.")),
                   CAUSE(N_("The service principal has no FullAccess permission on it.")),
                   CAUSE(N_("The address is an alias, mistyped, or has no licence."))},
        .fixes = {POWERSHELL(
                      WHO_EXCHANGE,
                      N_("See whether IMAP is on for the mailbox (ImapEnabled must be "
                         "True), and switch it on."),
                      CONNECT "Get-CASMailbox -Identity {mailbox} | Format-List "
                              "ImapEnabled\n"
                              "Set-CASMailbox -Identity {mailbox} -ImapEnabled "
                              "$true"),
                  ALLOW_MAILBOX, SHOW_REGISTRATION, TEST_LATER},
    },
    {
        .code = "exchange.mailbox_access_denied",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_OPEN) | AT(IMAP_PREVIEW),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says =
                     "access is denied|access denied|not authorized|Connection closed",
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_OAUTH}},
        .title = N_("Logged in, but Exchange ends the session at the mailbox"),
        .means =
            N_("The token was accepted, and opening the mailbox {mailbox} was refused."),
        .causes = {CAUSE(N_("The service principal has no FullAccess permission on this "
                            "mailbox.")),
                   CAUSE(N_("IMAP is switched off for it."))},
        .fixes = {ALLOW_MAILBOX,
                  POWERSHELL(
                      WHO_EXCHANGE,
                      N_("See whether IMAP is on for the mailbox, and switch it on."),
                      "Get-CASMailbox -Identity {mailbox} | Format-List "
                      "ImapEnabled\n"
                      "Set-CASMailbox -Identity {mailbox} -ImapEnabled $true"),
                  TEST_LATER},
    },
    {
        .code = "exchange.own_server_no_oauth",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(UNABLE) | ANSWERED(NO) | ANSWERED(BAD),
                 .signs = {SIGN_EXCHANGE_OWN, SIGN_OAUTH}},
        .title = N_("Exchange in your own house has no OAuth for IMAP"),
        .means =
            N_("{imap_host} is an Exchange server of your own. Microsoft's modern "
               "authentication for such servers leaves IMAP out; only Exchange Online "
               "takes tokens there."),
        .causes = {LIKELY_IF(EXCHANGE_OWN,
                             N_("The mailbox is not in Exchange Online, or the "
                                "host is not the one for it."))},
        .fixes = {FIX(WHO_YOU, N_("If the mailbox has moved to Exchange Online, enter "
                                  "outlook.office365.com as the host. Otherwise choose "
                                  "Basic auth.")),
                  FIX(WHO_EXCHANGE, N_("Tell where this mailbox lives."))},
    },
    {
        .code = "exchange.no_xoauth2_offered",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(UNABLE),
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_OAUTH},
                 .unless = {SIGN_MECHANISM_CHOSEN}},
        .title = N_("This is not Exchange Online's own IMAP server"),
        .means =
            N_("Exchange Online always offers AUTH=XOAUTH2, and this server does not: "
               "it offers {mechanisms}. Something answers in its place."),
        .causes = {CAUSE(N_("A mail gateway or proxy stands in between and hides the "
                            "mechanism.")),
                   CAUSE(N_("DNS in this network leads {imap_host} elsewhere "
                            "({address})."))},
        .fixes = {TYPE(WHO_NETWORK,
                       N_("See where the name leads, and let the connection "
                          "pass unchanged."),
                       "getent ahosts {imap_host}")},
    },
    {
        .code = "exchange.refused",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {REFUSED_AT_LOGIN, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_OAUTH}},
        .title = N_("Exchange refuses the token"),
        .means =
            N_("Entra issued a token, and Exchange did not let it in. The token cannot "
               "be looked into, so here is all that must be in order, most frequent "
               "first."),
        .causes = {LIKELY_IF(TOKEN_OPAQUE,
                             N_("The service principal is not registered in "
                                "Exchange, or with the wrong object id.")),
                   CAUSE(N_("The permission IMAP.AccessAsApp or its consent is "
                            "missing.")),
                   CAUSE(N_("The service principal has no FullAccess permission on "
                            "{mailbox}.")),
                   ONLY_IF(SCOPE_GRAPH, N_("The Scope is not Exchange's."))},
        .fixes = {GRANT_ROLE, REGISTER_APP, ALLOW_MAILBOX, SHOW_REGISTRATION},
    },
};

ADVICE_TABLE(exchange);
