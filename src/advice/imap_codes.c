/*
 * What an IMAP server says itself in a response code (RFC 5530), or by BAD and BYE in
 * place of NO: more than any guess, so asked before the rows that reason from a bare NO.
 */
#include "advice/row.h"

#define REFUSED ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE)

#define LOOK_INTO_LOG                                                                    \
    FIX(WHO_MAIL, N_("Look into the mail server's log at the time of this test."))

static const struct advice_row rows[] = {
    {
        .code = "imap.already_logged_in",
        .class = ADVICE_FIX_SERVER,
        .field = SET_SERVER_HOST,
        .when = {.stages = AT(IMAP_TLS) | AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(UNABLE),
                 .signs = {SIGN_PREAUTH}},
        .title = N_("The server takes everybody for logged in already"),
        .means = N_("It greeted with PREAUTH. Whose mailbox that is cannot be known, a "
                    "log-in is not possible any more, and neither is STARTTLS. letterbox "
                    "sent nothing."),
        .causes = {CAUSE(N_("The port is one that the server keeps for programs of its "
                            "own.")),
                   CAUSE(N_("Somebody on the way answers in the server's place, to get "
                            "around the encryption."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the host and port for users, as a rule 993 with "
                                  "TLS.")),
                  FIX(WHO_MAIL, N_("Do not offer PREAUTH on this port."))},
    },
    {
        .code = "imap.credentials_expired",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE), .response_code = "EXPIRED"},
        .title = N_("The mail server says that the token has expired"),
        .means =
            N_("The token was fetched a moment ago, so one of the clocks is wrong, or "
               "the account behind it has expired."),
        .causes = {CAUSE(N_("The mail server's clock is ahead.")),
                   ONLY_IF(CLOCK_OFF, N_("The token server's clock is behind, so its "
                                         "tokens are old when they come."))},
        .fixes = {TYPE(WHO_MAIL, N_("Look at the mail server's clock, and its log."),
                       "timedatectl"),
                  FIX_IF(CLOCK_OFF, WHO_OPENID,
                         N_("Look at the token server's "
                            "clock."))},
    },
    {
        .code = "imap.contact_administrator",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .response_code = "CONTACTADMIN"},
        .title = N_("The server asks to turn to its administrator"),
        .means =
            N_("Something about this account needs a hand that only the administrator of "
               "the mail server has. Its own words say more."),
        .fixes = {FIX(WHO_MAIL,
                      N_("Look up the account {mailbox}, and the log at the time of "
                         "this test."))},
    },
    {
        .code = "imap.not_authorized",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_MAILBOX_USER,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .response_code = "AUTHORIZATIONFAILED NOPERM"},
        .title = N_("Logged in, but not allowed to use this mailbox"),
        .means = N_("The credentials are right; they may not open {mailbox}."),
        .fixes = {FIX(WHO_MAIL, N_("Give this account the right to open the mailbox."))},
    },
    {
        .code = "imap.alert",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .response_code = "ALERT WEBALERT"},
        .title = N_("The server has a message that a person must read"),
        .means = N_("It refused with an ALERT, which is meant for a person's eyes: "
                    "\"{server_text}\""),
        .causes = {ONLY_IF(APP_PASSWORDS, N_("The account's own password was entered, "
                                             "where an app password is wanted."))},
        .fixes = {FIX(WHO_YOU, N_("Do what the message says, as a rule in the account's "
                                  "web mail, and test again.")),
                  FIX(WHO_MAIL, N_("Look up the account {mailbox}."))},
    },
    {
        .code = "imap.web_login_wanted",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .answers = REFUSED,
                 .says = "via your web browser|via the web|web login required|"
                         "log in to webmail|login to webmail|log into webmail|"
                         "accept the new terms|accept the terms|log in on the web"},
        .title = N_("The account's owner must log in on the web first"),
        .means = N_("The server keeps IMAP closed for {mailbox} until somebody has "
                    "logged in to its web mail; its own words say what is waiting "
                    "there."),
        .fixes = {FIX(WHO_YOU, N_("Log in as {mailbox} in a browser, do what is asked, "
                                  "and test again."))},
    },
    {
        .code = "imap.limit_reached",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .response_code = "LIMIT"},
        .title = N_("The server has reached one of its limits"),
        .means = N_("It answered LIMIT at the stage {stage}: more than it allows of "
                    "something, which its own words name."),
        .fixes = {FIX(WHO_YOU, N_("Test again later.")),
                  FIX(WHO_MAIL, N_("See which limit it is, and raise it for "
                                   "{mailbox}."))},
    },
    {
        .code = "imap.corruption",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .response_code = "CORRUPTION"},
        .title = N_("The server says that the mailbox is damaged"),
        .means = N_("It answered CORRUPTION: data of {mailbox} on the server is broken. "
                    "The settings are right."),
        .fixes = {TYPE_IF(MAYBE_DOVECOT, WHO_MAIL,
                          N_("Look into the mail server's log, and let the server repair "
                             "the folder's index, in Dovecot with:"),
                          "doveadm force-resync -u {mailbox} '*'"),
                  FIX_IF(OTHER_MAIL_SERVER, WHO_MAIL,
                         N_("Look into the mail server's log, and let the server repair "
                            "the mailbox."))},
    },
    {
        .code = "imap.client_bug",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .response_code = "CLIENTBUG"},
        .title = N_("The server takes a command for a client's mistake"),
        .means = N_("It answered CLIENTBUG at the stage {stage}: it sees a fault in what "
                    "letterbox sent, so no setting mends it."),
        .causes = {CAUSE(N_("Something in between changes the connection.")),
                   CAUSE(N_("letterbox and this server understand IMAP differently."))},
        .fixes = {LOOK_INTO_LOG,
                  FIX(WHO_YOU, N_("Write a report of the test, and report it."))},
    },
    {
        .code = "imap.cannot",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP,
                 .response_code = "CANNOT",
                 .unless = {SIGN_FOLDER_NEAR}},
        .title = N_("The server cannot do this, and never will"),
        .means = N_("It answered CANNOT at the stage {stage}: the operation goes against "
                    "a rule of the server. Its own words name it."),
        .causes = {CAUSE(N_("The folder {folder} is a special one, or its name is one "
                            "that the server does not allow."))},
        .fixes = {FIX(WHO_YOU, N_("Enter another folder. INBOX is always there.")),
                  LOOK_INTO_LOG},
    },
    {
        .code = "imap.folder_exists",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .response_code = "ALREADYEXISTS"},
        .title = N_("The folder is there already"),
        .means = N_("Another program made it in the same moment."),
        .fixes = {FIX(WHO_YOU, N_("Test again."))},
    },
    {
        .code = "imap.wants_client_id",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = "Unsafe Login"},
        .title = N_("This service serves only the programs it knows"),
        .means = N_("It calls the log-in unsafe. 163.com and its sisters say so to "
                    "programs that do not name themselves with the command ID, and after "
                    "log-ins from new places."),
        .fixes = {FIX(WHO_YOU, N_("Make a new authorisation code in the web mail's "
                                  "settings for IMAP, and enter it as the password.")),
                  FIX(WHO_MAIL, N_("Ask the service to let this machine in, or forward "
                                   "the mail to another mailbox."))},
    },
    {
        .code = "imap.login_not_understood",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE), .answers = ANSWERED(BAD)},
        .title = N_("The server did not understand the log-in"),
        .means =
            N_("It answered BAD, which is about the form of a command and not about who "
               "logs in. So it says little about the credentials."),
        .causes = {CAUSE(N_("The server offers a way to log in that it does not carry "
                            "out properly.")),
                   ONLY_IF(SECRET_IS_SPECIAL, N_("Special characters of the password or "
                                                 "secret confuse it.")),
                   CAUSE(N_("Something in between changes the connection."))},
        .fixes = {LOOK_INTO_LOG,
                  FIX(WHO_YOU, N_("See that host and port are those for IMAP log-ins."))},
    },
    {
        .code = "imap.goodbye_at_login",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE), .answers = ANSWERED(BYE)},
        .title = N_("The server hung up at the log-in"),
        .means = N_("It ended the session with BYE in place of an answer. Its own words "
                    "say why, if it says."),
        .causes = {CAUSE(N_("It refuses these credentials, and ends the connection at "
                            "once.")),
                   CAUSE(N_("It blocks this machine's address after failed log-ins.")),
                   CAUSE(N_("It is being restarted."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in some minutes; then enter the "
                                  "credentials again.")),
                  LOOK_INTO_LOG},
    },
};

ADVICE_TABLE(imap_codes);
