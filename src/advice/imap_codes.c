/*
 * What an IMAP server says itself in a response code (RFC 5530): more than any guess, so
 * asked before the rows that reason from a bare NO.
 */
#include "advice/row.h"

static const struct advice_row rows[] = {
    {
        .code = "imap.privacy_required",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_SECURITY,
        .when = {.stages = AT_IMAP, .response_code = "PRIVACYREQUIRED"},
        .title = N_("The server wants an encrypted connection first"),
        .means = N_("It takes this connection for an unencrypted one."),
        .fixes = {FIX(WHO_YOU, N_("Choose TLS with port 993.")),
                  FIX(WHO_MAIL,
                      N_("If TLS ends at a proxy in front of the server, let the "
                         "server know that the connection is secure."))},
    },
    {
        .code = "imap.password_expired",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_BASIC_PASSWORD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .response_code = "EXPIRED",
                 .signs = {SIGN_BASIC}},
        .title = N_("The password has expired"),
        .means =
            N_("The server knows {mailbox}, and its password may no longer be used."),
        .fixes = {FIX(WHO_YOU, N_("Set a new password for the mailbox, and enter it "
                                  "here."))},
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
        .causes = {LIKELY_IF(CLOCK_OFF, N_("The clocks of token server and this machine "
                                           "differ.")),
                   CAUSE(N_("The mail server's clock is wrong."))},
        .fixes = {FIX(WHO_MAIL, N_("Look at the mail server's clock, and its log.")),
                  TYPE(WHO_SYSTEM, N_("Look at this machine's clock."), "timedatectl")},
    },
    {
        .code = "imap.account_blocked",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .says = "account is disabled|account disabled|account is locked|"
                         "account locked|user is disabled|account suspended|"
                         "account has been|is inactive"},
        .title = N_("The account of this mailbox is blocked"),
        .means = N_("The server knows {mailbox} and does not let it in at the moment."),
        .fixes = {FIX(WHO_MAIL, N_("Unblock the account, or find out why it was "
                                   "blocked."))},
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
        .when = {.stages = AT(IMAP_AUTHENTICATE), .response_code = "AUTHORIZATIONFAILED"},
        .title = N_("Logged in, but not allowed to use this mailbox"),
        .means = N_("The credentials are right; they may not open {mailbox}."),
        .fixes = {FIX(WHO_MAIL, N_("Give this account the right to open the mailbox."))},
    },
};

ADVICE_TABLE(imap_codes);
