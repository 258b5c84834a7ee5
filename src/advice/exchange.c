/*
 * Exchange Online refuses a token that is right, or something else answers in its place.
 *
 * What is left is the registration in Exchange, the mailbox's permission and IMAP itself,
 * for which the commands are made ready from the token (`oid` is the Enterprise
 * application's object id); and servers that are not Exchange Online's.
 */
#include "advice/exchange_steps.h"

/* Removes nothing but an entry of this app with a wrong object id, so that all commands
 * of a diagnosis can be run one after the other, whatever they find. */
#define REMOVE_WRONG_ENTRY                                                               \
    "Get-ServicePrincipal -Identity {appid} | Where-Object ObjectId -ne {oid} | "        \
    "Remove-ServicePrincipal -Confirm:$false\n"
#define SHOW_ENTRY                                                                       \
    CONNECT "Get-ServicePrincipal -Identity {appid} | Format-List "                      \
            "DisplayName,AppId,ObjectId"
#define WHERE_OBJECT_ID                                                                  \
    FIX_IF(OBJECT_ID_UNKNOWN, WHO_ENTRA,                                                 \
           N_("Look up the app's object id and pass it on: Entra admin center, "         \
              "Enterprise applications, the app, Overview, Object ID. The one under "    \
              "App registrations is another, and does not work."))
#define LOOK_AT_ENTRY                                                                    \
    POWERSHELL_IF(TOKEN_KNOWS_OID, WHO_EXCHANGE,                                         \
                  N_("In Exchange Online PowerShell look the app up. "                   \
                     "ObjectId must be {oid}, the Enterprise application's; the App "    \
                     "registration's is the most frequent mistake."),                    \
                  SHOW_ENTRY),                                                           \
        POWERSHELL_IF(OBJECT_ID_UNKNOWN, WHO_EXCHANGE,                                   \
                      N_("In Exchange Online PowerShell look the app up. It must have "  \
                         "that ObjectId."),                                              \
                      SHOW_ENTRY)
/* With an object id that is not known nothing is to be removed by it. */
#define REGISTER_APP                                                                     \
    POWERSHELL_IF(TOKEN_KNOWS_OID, WHO_EXCHANGE,                                         \
                  N_("If Exchange does not know the app, or knows another ObjectId for " \
                     "it, register it. The first line removes the app's entry only if "  \
                     "its ObjectId is wrong."),                                          \
                  REMOVE_WRONG_ENTRY REGISTER),                                          \
        POWERSHELL_IF(OBJECT_ID_UNKNOWN, WHO_EXCHANGE,                                   \
                      N_("If Exchange does not know the app, register it. If it stands " \
                         "there with another ObjectId, remove it first with "            \
                         "Remove-ServicePrincipal."),                                    \
                      REGISTER)
#define ALLOW_MAILBOX                                                                    \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("Give the app access to the mailbox. Each mailbox needs this, and a "  \
                  "group will not do; a new registration needs it anew."),               \
               ALLOW)
#define CHECK_MAILBOX                                                                    \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("See that {mailbox} is the PrimarySmtpAddress of a mailbox, and that " \
                  "ImapEnabled is True; the last line switches IMAP on."),               \
               "Get-Recipient -Identity {mailbox} | Format-List "                        \
               "PrimarySmtpAddress,RecipientTypeDetails\n"                               \
               "Get-CASMailbox -Identity {mailbox} | Format-List ImapEnabled\n"          \
               "Set-CASMailbox -Identity {mailbox} -ImapEnabled $true")
#define SWITCH_IMAP_ON                                                                   \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("In Exchange Online PowerShell see whether IMAP is on for the "        \
                  "mailbox: ImapEnabled must be True. The last line switches it on."),   \
               CONNECT "Get-CASMailbox -Identity {mailbox} | Format-List ImapEnabled\n"  \
                       "Set-CASMailbox -Identity {mailbox} -ImapEnabled $true")
#define CHECK_ADDRESS                                                                    \
    POWERSHELL(WHO_EXCHANGE,                                                             \
               N_("See that {mailbox} is the mailbox's PrimarySmtpAddress, and no "      \
                  "alias; a user's mailbox needs a license as well."),                   \
               "Get-Mailbox -Identity {mailbox} | Format-List "                          \
               "PrimarySmtpAddress,RecipientTypeDetails,SKUAssigned")

static const struct advice_row rows[] = {
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
                   CAUSE(N_("{mailbox} is an alias or mistyped.")),
                   CAUSE(N_("The mailbox has no license."))},
        .fixes = {WHERE_OBJECT_ID, SWITCH_IMAP_ON, ALLOW_MAILBOX, CHECK_ADDRESS,
                  REGISTER_APP, TEST_LATER},
    },
    {
        .code = "exchange.mailbox_access_denied",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_OPEN) | AT(IMAP_PREVIEW),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = "access is denied|access denied|not authorized|"
                         "Connection closed|Invalid state",
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_OAUTH}},
        .title = N_("Logged in, but Exchange ends the session at the mailbox"),
        .means =
            N_("The token was accepted, and opening the mailbox {mailbox} was refused."),
        .causes = {CAUSE(N_("IMAP is switched off for this mailbox.")),
                   CAUSE(
                       N_("The service principal has no FullAccess permission on it."))},
        .fixes = {WHERE_OBJECT_ID, SWITCH_IMAP_ON, ALLOW_MAILBOX, CHECK_ADDRESS,
                  TEST_LATER},
    },
    {
        .code = "exchange.not_registered",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {SHUT_OUT, .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT,
                                     SIGN_TOKEN_HAS_ROLE}},
        .title = N_("Exchange does not let this app into this mailbox"),
        .means = N_(
            "The token is right, and holds IMAP.AccessAsApp. What is left is Exchange's "
            "side: it must know the app as a service principal that has access to "
            "{mailbox}."),
        .causes = {LIKELY_IF(TOKEN_HAS_ROLE,
                             N_("The service principal was never registered "
                                "in Exchange, or with the object id of the "
                                "App registration, which is the wrong "
                                "one.")),
                   CAUSE(N_("It has no FullAccess permission on this mailbox.")),
                   ONLY_IF(MAILBOX_ONMICROSOFT,
                           N_("The mailbox's own address is another one.")),
                   CAUSE(N_("{mailbox} is an alias, is mistyped, or is a mailbox of "
                            "another tenant than {tid}.")),
                   CAUSE(N_("All is set up, and the change has not reached this server "
                            "yet."))},
        .fixes = {WHERE_OBJECT_ID, LOOK_AT_ENTRY, REGISTER_APP, ALLOW_MAILBOX,
                  CHECK_MAILBOX, TEST_LATER},
    },
    {
        .code = "exchange.own_server_no_oauth",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(UNABLE) | ANSWERED(NO) | ANSWERED(BAD),
                 .signs = {SIGN_EXCHANGE_OWN, SIGN_OAUTH}},
        .title = N_("An Exchange server of your own takes no OAuth for IMAP"),
        .means =
            N_("{imap_host} is an Exchange server, but not Exchange Online. Microsoft's "
               "modern authentication for such servers leaves IMAP out; only Exchange "
               "Online takes tokens there."),
        .causes = {LIKELY_IF(EXCHANGE_OWN,
                             N_("The mailbox is not in Exchange Online, or the "
                                "host is not the one for it."))},
        .fixes = {FIX(WHO_YOU, N_("If the mailbox has moved to Exchange Online, enter "
                                  "{login_imap_host} as the host. Otherwise choose "
                                  "Basic auth.")),
                  FIX(WHO_EXCHANGE, N_("Say where this mailbox is: on this server, or in "
                                       "Exchange Online."))},
    },
    {
        .code = "exchange.own_server_password",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_BASIC_PASSWORD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .signs = {SIGN_EXCHANGE_OWN, SIGN_BASIC}},
        .title = N_("The Exchange server refuses this username and password"),
        .means = N_("It does not say what is wrong: the username, the password, or that "
                    "IMAP is not on for this mailbox."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "password.")),
                   CAUSE(N_("Username or password were mistyped, or the account is "
                            "locked.")),
                   CAUSE(N_("IMAP is switched off for this mailbox."))},
        .fixes = {FIX(WHO_YOU, N_("Enter username and password again: the user "
                                  "principal name, as in jane@contoso.com, or "
                                  "DOMAIN\\user.")),
                  POWERSHELL(WHO_EXCHANGE,
                             N_("In the Exchange Management Shell see whether IMAP is on "
                                "for the mailbox; the second line switches it on."),
                             "Get-CASMailbox -Identity {mailbox} | Format-List "
                             "ImapEnabled\n"
                             "Set-CASMailbox -Identity {mailbox} -ImapEnabled $true")},
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
        .code = "exchange.host_is_another",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers =
                     ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE) | ANSWERED(UNABLE),
                 .signs = {SIGN_TOKEN_FOR_EXCHANGE},
                 .unless = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_OWN}},
        .title = N_("The token is for Exchange Online, and the IMAP host is not"),
        .means = N_("{imap_host} is some other mail server, which has no use for a token "
                    "whose audience is {aud}."),
        .causes = {LIKELY_IF(TOKEN_FOR_EXCHANGE,
                             N_("The host is that of a former provider, or of the web "
                                "host of the domain."))},
        .fixes = {FIX(WHO_YOU, N_("Enter {login_imap_host} as the IMAP host, if the "
                                  "mailbox is in Exchange Online."))},
        .repairs = {REPAIR(SERVER_HOST, "{login_imap_host}")},
    },
    {
        .code = "exchange.refused",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {SHUT_OUT,
                 .signs = {SIGN_EXCHANGE_ONLINE, SIGN_EXCHANGE_SHUTS_OUT, SIGN_OAUTH}},
        .title = N_("Exchange refuses the token"),
        .means =
            N_("Entra issued a token, and Exchange did not let it in. What is in the "
               "token cannot be read, so here is all that must be in order, in the order "
               "in which it is set up."),
        .causes = {LIKELY_IF(TOKEN_OPAQUE,
                             N_("The service principal is not registered in "
                                "Exchange, or with the wrong object id.")),
                   CAUSE(N_("The permission IMAP.AccessAsApp or its consent is "
                            "missing.")),
                   CAUSE(N_("The service principal has no FullAccess permission on "
                            "{mailbox}.")),
                   ONLY_IF(SCOPE_GRAPH, N_("The Scope is not Exchange's."))},
        .fixes = {CHECK_ROLE, WHERE_OBJECT_ID, LOOK_AT_ENTRY, REGISTER_APP, ALLOW_MAILBOX,
                  TEST_LATER},
    },
};

ADVICE_TABLE(exchange);
