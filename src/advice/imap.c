/* The IMAP server at large: greeting, log-in, folders (RFC 3501). */
#include "advice/row.h"

#define REFUSED ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE)

#define MAIL_LOG                                                                         \
    FIX(WHO_MAIL, N_("Look into the mail server's log at the time of this test."))

static const struct advice_row rows[] = {
    {
        .code = "imap.greeting_smtp",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_PORT,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_TLS),
                 .signs = {SIGN_GREETING_SMTP}},
        .title = N_("This is an SMTP server: it sends mail, it is not IMAP"),
        .means = N_("Host and port lead to the server for sending mail."),
        .causes = {LIKELY_IF(GREETING_SMTP, N_("The settings for outgoing mail were "
                                               "taken."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the host for incoming mail, with port 993 and "
                                  "TLS."))},
        .repairs = {REPAIR(SERVER_PORT, "993"), REPAIR(SERVER_SECURITY, "tls")},
    },
    {
        .code = "imap.greeting_pop",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_PORT,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_TLS),
                 .signs = {SIGN_GREETING_POP}},
        .title = N_("This is a POP3 server, not IMAP"),
        .means =
            N_("Host and port lead to a server for another way of fetching mail, which "
               "knows no folders."),
        .causes = {LIKELY_IF(GREETING_POP, N_("The settings for POP3 were taken."))},
        .fixes = {FIX(WHO_YOU, N_("Enter port 993 with TLS; the host may be the same."))},
        .repairs = {REPAIR(SERVER_PORT, "993"), REPAIR(SERVER_SECURITY, "tls")},
    },
    {
        .code = "imap.greeting_http",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_TLS),
                 .signs = {SIGN_GREETING_HTTP}},
        .title = N_("This is a web server, not IMAP"),
        .means = N_("Host and port lead to a server for web pages."),
        .causes = {LIKELY_IF(GREETING_HTTP,
                             N_("The port is one of the web, or the host is "
                                "that of the web mail."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the IMAP host with port 993 and TLS."))},
    },
    {
        .code = "imap.greeting_refused",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_GREETING), .signs = {SIGN_REFUSED_AT_DOOR}},
        .title = N_("The IMAP server turns this machine away at the door"),
        .means =
            N_("It ended the connection with its first line, before anybody logged in. "
               "Its own words say why, if it says."),
        .causes = {CAUSE(N_(
                       "The server lets in only certain addresses, or has blocked this "
                       "one after failed log-ins.")),
                   CAUSE(N_("It is full, or about to be shut down."))},
        .fixes = {FIX(WHO_YOU, N_("Wait some minutes and test again.")),
                  FIX(WHO_MAIL, N_("See whether this machine's address is blocked."))},
    },
    {
        .code = "imap.not_imap",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_PORT,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_TLS),
                 .answers = ANSWERED(GARBLED)},
        .title = N_("What answers at port {port} is not an IMAP server"),
        .means = N_("The first line of {host} is none that IMAP knows."),
        .causes = {ONLY_IF(PORT_OTHER_MAIL, N_("The port belongs to another protocol.")),
                   ONLY_IF(PORT_ODD, N_("The port belongs to another service.")),
                   CAUSE(N_("Something in between answers in the server's place."))},
        .fixes = {FIX(WHO_YOU, N_("Enter host and port as the provider states them; as a "
                                  "rule port 993 with TLS."))},
    },
    {
        .code = "imap.capability_refused",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(NO) | ANSWERED(BAD),
                 .signs = {SIGN_CAPABILITIES_UNKNOWN},
                 .unless = {SIGN_MECHANISM_CHOSEN}},
        .title = N_("The server does not say what it can do"),
        .means = N_("It greeted, and refused the command CAPABILITY, which every IMAP "
                    "server must carry out at any time."),
        .causes = {CAUSE(N_("Something in between answers in the server's place.")),
                   CAUSE(N_("The server has a fault, or is not meant for users."))},
        .fixes = {MAIL_LOG,
                  FIX(WHO_YOU, N_("See that host and port are those for IMAP."))},
    },
    {
        .code = "imap.starttls_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_SECURITY,
        .when = {.stages = AT(IMAP_TLS) | AT(IMAP_GREETING), .answers = ANSWERED(UNABLE)},
        .title = N_("The server does not offer STARTTLS"),
        .means =
            N_("The connection cannot be encrypted at this port, so letterbox sent "
               "nothing. Either the server has no TLS here, or somebody on the way hides "
               "that it has."),
        .causes = {CAUSE(N_("The server offers TLS only at port 993.")),
                   CAUSE(N_("A firewall with mail inspection removes STARTTLS from the "
                            "server's answer."))},
        .fixes = {FIX(WHO_YOU, N_("Choose TLS and enter port 993.")),
                  FIX(WHO_MAIL, N_("Switch STARTTLS on for this port."))},
    },
    {
        .code = "imap.starttls_refused",
        .class = ADVICE_FIX_SERVER,
        .field = SET_SERVER_SECURITY,
        .when = {.stages = AT(IMAP_TLS), .answers = REFUSED},
        .title = N_("The server refuses STARTTLS"),
        .means = N_("The connection cannot be encrypted at this port, so letterbox sent "
                    "nothing."),
        .causes = {CAUSE(N_("The server offers TLS only at port 993.")),
                   CAUSE(N_("The server's certificate is missing or broken."))},
        .fixes = {FIX(WHO_YOU, N_("Choose TLS and enter port 993.")), MAIL_LOG},
    },
    {
        .code = "imap.login_disabled",
        .class = ADVICE_FIX_SERVER,
        .field = SET_AUTH_METHOD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(UNABLE),
                 .signs = {SIGN_BASIC, SIGN_LOGIN_DISABLED},
                 .unless = {SIGN_MECHANISM_CHOSEN}},
        .title = N_("The server has switched passwords off on this connection"),
        .means =
            N_("It says LOGINDISABLED and offers no other way to give a password. It "
               "offers: {mechanisms}."),
        .causes = {ONLY_IF(OFFERS_OAUTH, N_("The server wants OAuth.")),
                   ONLY_IF(OFFERS_OTHER, N_("The server wants a way to log in that "
                                            "letterbox cannot do, such as CRAM-MD5, "
                                            "SCRAM or Kerberos.")),
                   CAUSE(N_("The server takes this connection for an unencrypted one."))},
        .fixes = {FIX_IF(OFFERS_OAUTH, WHO_YOU, N_("Choose OAuth on the first page.")),
                  FIX(WHO_MAIL, N_("Allow log-ins with a password over TLS."))},
    },
    {
        .code = "imap.no_password_mechanism",
        .class = ADVICE_FIX_SETTING,
        .field = SET_AUTH_METHOD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(UNABLE),
                 .signs = {SIGN_BASIC},
                 .unless = {SIGN_MECHANISM_CHOSEN}},
        .title = N_("The server offers no way to log in with this password"),
        .means =
            N_("letterbox can use PLAIN and LOGIN. The server offers: {mechanisms}."),
        .causes =
            {ONLY_IF(OFFERS_OAUTH, N_("The server wants OAuth.")),
             ONLY_IF(OFFERS_OTHER, N_("The server wants a way to log in that letterbox "
                                      "cannot do, such as CRAM-MD5, SCRAM or Kerberos.")),
             CAUSE(N_(
                 "The server keeps its ways to log in for other clients or networks."))},
        .fixes = {FIX_IF(OFFERS_OAUTH, WHO_YOU, N_("Choose OAuth on the first page.")),
                  FIX(WHO_MAIL, N_("Switch PLAIN on for connections over TLS."))},
    },
    {
        .code = "imap.login_unsendable",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_USER,
        .when = {.stages = AT(IMAP_AUTHENTICATE), .answers = ANSWERED(UNABLE)},
        .title = N_("The log-in cannot be sent to this server"),
        .means = N_("What would have to be sent does not fit the ways to log in that the "
                    "server offers, so nothing was sent."),
        .causes = {LIKELY_IF(
                       BASIC, N_("Username or password hold characters beyond ASCII, "
                                 "and the server offers only LOGIN.")),
                   CAUSE(N_("A line break or another control character was entered."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the mailbox and its credentials again.")),
                  FIX(WHO_MAIL, N_("Switch PLAIN on for connections over TLS."))},
    },
    {
        .code = "imap.app_password_needed",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_BASIC_PASSWORD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = REFUSED,
                 .signs = {SIGN_BASIC, SIGN_APP_PASSWORDS}},
        .title = N_("This service wants an app password"),
        .means =
            N_("{imap_host} does not take the account's own password for IMAP. In the "
               "account's security settings a password for one program is made."),
        .causes = {LIKELY_IF(APP_PASSWORDS,
                             N_("The account's own password was entered.")),
                   ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along.")),
                   CAUSE(N_("IMAP is switched off in the account's settings."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Make an app password in the account's security settings, "
                         "and enter it here; switch IMAP on there."))},
    },
    {
        .code = "imap.password_refused",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_BASIC_PASSWORD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = REFUSED,
                 .signs = {SIGN_BASIC}},
        .title = N_("The server refuses this username and password"),
        .means = N_("Servers do not say which of the two is wrong."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along with the "
                                                     "password.")),
                   ONLY_IF(USER_NOT_ADDRESS,
                           N_("The server wants the whole address as the "
                              "username.")),
                   CAUSE(N_("The password was mistyped or has been changed.")),
                   CAUSE(N_("The account has two-step verification and needs an app "
                            "password, or IMAP is switched off for it."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Enter username and password again. Some servers want the "
                         "whole address as the username, some only the part before "
                         "the @.")),
                  FIX(WHO_MAIL,
                      N_("Look into the mail server's log at the time of this test: "
                         "it says which of the two was wrong."))},
    },
    {
        .code = "imap.folder_near",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_FOLDER,
        .when = {.stages = AT(IMAP_OPEN),
                 .answers = ANSWERED(NO) | ANSWERED(BAD),
                 .signs = {SIGN_FOLDER_NEAR}},
        .title = N_("There is no such folder, but one with nearly that name"),
        .means =
            N_("The log-in worked. The folder {folder} cannot be opened, and the server "
               "has a folder {near_folder}."),
        .causes = {LIKELY_IF(FOLDER_NEAR,
                             N_("The name is mistyped: case, a separator or the "
                                "folder above it."))},
        .fixes = {FIX(WHO_YOU, N_("Enter {near_folder} as the folder."))},
        .repairs = {REPAIR(MAILBOX_FOLDER, "{near_folder}")},
    },
    {
        .code = "imap.folder_name_unusable",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_FOLDER,
        .when = {.stages = AT(IMAP_OPEN), .answers = ANSWERED(UNABLE)},
        .title = N_("The folder's name cannot be sent"),
        .means =
            N_("It holds a character that has no place in a folder's name, or it is too "
               "long: {folder}."),
        .fixes = {FIX(WHO_YOU,
                      N_("Enter the name again by hand. INBOX is always there."))},
    },
    {
        .code = "imap.folder_forbidden",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_MAILBOX_FOLDER,
        .when = {.stages = AT(IMAP_OPEN) | AT(IMAP_PREVIEW),
                 .signs = {SIGN_ACCESS_DENIED}},
        .title = N_("This account may not open the folder"),
        .means = N_("The log-in worked, but {mailbox} has no right to read the folder "
                    "{folder}."),
        .fixes = {FIX(WHO_MAIL, N_("Give {mailbox} the right to read this folder (ACL: "
                                   "lookup, read).")),
                  FIX(WHO_YOU, N_("Or enter a folder that it may read. INBOX is always "
                                  "there."))},
    },
    {
        .code = "imap.folder_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_FOLDER,
        .when = {.stages = AT(IMAP_OPEN),
                 .answers = ANSWERED(NO),
                 .says = "[NONEXISTENT]|[TRYCREATE]|doesn't exist|does not exist|no such "
                         "mailbox|no such folder|unknown mailbox|mailbox not "
                         "found|folder not found"},
        .title = N_("There is no folder of this name in the mailbox"),
        .means = N_("The log-in worked. The folder {folder} is not there."),
        .causes = {ONLY_IF(FOLDERS_KNOWN, N_("The name is another one, or stands below "
                                             "another folder.")),
                   CAUSE(N_("It was renamed or deleted."))},
        .fixes = {FIX(WHO_YOU, N_("Enter one of the mailbox's folders. INBOX is always "
                                  "there."))},
    },
    {
        .code = "imap.folder_there_but_refused",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_OPEN),
                 .answers = ANSWERED(NO) | ANSWERED(BAD),
                 .signs = {SIGN_FOLDER_LISTED}},
        .title = N_("The folder is there, but the server does not open it"),
        .means = N_("The log-in worked, and the server lists the folder {folder}. It "
                    "refuses to open it; its own words say why, if it says."),
        .causes = {CAUSE(N_("{mailbox} may see the folder but not read it.")),
                   CAUSE(N_("The folder holds folders only, or its data is damaged."))},
        .fixes = {MAIL_LOG},
    },
    {
        .code = "imap.folder_refused",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_FOLDER,
        .when = {.stages = AT(IMAP_OPEN), .answers = ANSWERED(NO) | ANSWERED(BAD)},
        .title = N_("The log-in worked, but the folder cannot be opened"),
        .means =
            N_("The server refused to open {folder}. Its own words say why, if it says."),
        .causes = {ONLY_IF(FOLDERS_KNOWN, N_("The name is another one, or stands below "
                                             "another folder.")),
                   CAUSE(N_(
                       "The account has no right to read it, or the mailbox is not set "
                       "up."))},
        .fixes = {FIX(WHO_YOU, N_("Enter one of the mailbox's folders. INBOX is always "
                                  "there.")),
                  MAIL_LOG},
    },
    {
        .code = "imap.preview_refused",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_PREVIEW), .answers = ANSWERED(NO) | ANSWERED(BAD)},
        .title = N_("The folder opens, but its messages cannot be listed"),
        .means =
            N_("The server refused to search the folder {folder} or to show subjects."),
        .causes = {CAUSE(N_("A message in it is damaged, or the server's index is."))},
        .fixes = {MAIL_LOG},
    },
    {
        .code = "imap.said_goodbye",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .answers = ANSWERED(BYE)},
        .title = N_("The server ended the session"),
        .means =
            N_("At the stage {stage} it said BYE. Its own words say why, if it says."),
        .fixes = {FIX(WHO_YOU, N_("Test again. If it happens each time, it is no "
                                  "accident.")),
                  MAIL_LOG},
    },
    {
        .code = "imap.garbled",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .answers = ANSWERED(GARBLED)},
        .title = N_("The server's answer is not proper IMAP"),
        .means = N_("At the stage {stage} an answer came that cannot be read."),
        .causes = {CAUSE(N_("Something in between changes the connection.")),
                   CAUSE(N_("The server has a fault."))},
        .fixes = {MAIL_LOG},
    },
};

ADVICE_TABLE(imap);
