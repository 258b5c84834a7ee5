/* Google: no client credentials, app passwords, and what Gmail's challenge says. */
#include "advice/row.h"

#define NOT_THIS_FLOW                                                                    \
    FIX(WHO_GOOGLE,                                                                      \
        N_("What Google offers for programs is a service account with domain-wide "      \
           "delegation: a key that signs for each mailbox. letterbox cannot do that; "   \
           "the mail can be forwarded to a mailbox elsewhere."))
#define APP_PASSWORDS "https://myaccount.google.com/apppasswords"
#define USE_BASIC_AUTH                                                                   \
    LINK(WHO_YOU,                                                                        \
         N_("Choose Basic auth, with an app password. It is made in the account; "       \
            "2-Step Verification must be on there."),                                    \
         APP_PASSWORDS)
#define USE_APP_PASSWORD                                                                 \
    LINK(WHO_YOU,                                                                        \
         N_("Make an app password in the account, and enter it as the Password. For "    \
            "that 2-Step Verification must be on there."),                               \
         APP_PASSWORDS)

static const struct advice_row rows[] = {
    {
        .code = "google.no_client_credentials",
        .class = ADVICE_FIX_SETTING,
        .field = SET_AUTH_METHOD,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 400,
                 .http_to = 499,
                 .signs = {SIGN_GOOGLE_TOKEN}},
        .title = N_("Google has no client credentials for mail"),
        .means =
            N_("Google's token server does not give a token to an application that "
               "shows only a Client ID and a Client secret. No value entered here can "
               "change that."),
        .causes = {LIKELY_IF(GOOGLE_TOKEN, N_("The Client ID is one for people who sign "
                                              "in."))},
        .fixes = {USE_BASIC_AUTH, NOT_THIS_FLOW},
        .repairs = {REPAIR(AUTH_METHOD, "basic")},
    },
    {
        .code = "google.token_not_googles",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_AUTH_METHOD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers =
                     ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE) | ANSWERED(UNABLE),
                 .signs = {SIGN_GMAIL, SIGN_OAUTH}},
        .title = N_("Gmail does not take this token"),
        .means = N_("Gmail accepts only tokens that Google issued for this very mailbox, "
                    "and Google issues none to an application by client credentials."),
        .causes = {LIKELY_IF(CHALLENGED, N_("The token is another issuer's, for another "
                                            "account, or not for mail."))},
        .fixes = {USE_BASIC_AUTH, NOT_THIS_FLOW},
        .repairs = {REPAIR(AUTH_METHOD, "basic")},
    },
    {
        .code = "google.app_password_needed",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_BASIC_PASSWORD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = "application-specific password",
                 .signs = {SIGN_GMAIL, SIGN_BASIC}},
        .title = N_("Gmail wants an app password"),
        .means =
            N_("The account has 2-Step Verification, so its own password does not open "
               "IMAP."),
        .fixes = {LINK(WHO_YOU,
                       N_("Make an app password in the account, and enter it as the "
                          "Password."),
                       APP_PASSWORDS)},
    },
    {
        .code = "google.web_login_required",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = "WEBALERT|Please log in via your web browser|web login required",
                 .signs = {SIGN_GMAIL}},
        .title = N_("Google wants the account's owner to log in on the web"),
        .means =
            N_("The log-in looked unusual to Google, so it blocks IMAP until the owner "
               "has confirmed it in a browser."),
        .fixes = {LINK(WHO_YOU,
                       N_("Log in as {mailbox} in a browser, confirm what is asked, "
                          "then open:"),
                       "https://accounts.google.com/DisplayUnlockCaptcha")},
    },
    {
        .code = "google.imap_disabled_for_domain",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .says = "disabled for your domain",
                 .signs = {SIGN_GMAIL}},
        .title = N_("IMAP is switched off for the whole domain"),
        .means = N_("The log-in itself was understood. Nobody in the domain of {mailbox} "
                    "may use IMAP, whatever the account's own settings say."),
        .fixes = {FIX(WHO_GOOGLE,
                      N_("Admin console, Apps, Google Workspace, Gmail, End User Access: "
                         "switch IMAP on, for the organizational unit of {mailbox} at "
                         "least. It takes up to a day to count; on the Test page the "
                         "key m tests again every minute."))},
    },
    {
        .code = "google.imap_disabled",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .says = "not enabled for IMAP|IMAP access is disabled|"
                         "IMAP is disabled|IMAP access disabled",
                 .signs = {SIGN_GMAIL}},
        .title = N_("IMAP is switched off for this account"),
        .means = N_("The log-in itself was understood; the account {mailbox} may not be "
                    "opened over IMAP."),
        .fixes = {FIX(WHO_YOU, N_("Switch IMAP on in the web mail's settings of this "
                                  "account.")),
                  FIX_IF(GMAIL, WHO_GOOGLE,
                         N_("Or for everybody: Admin console, Apps, Google "
                            "Workspace, Gmail, End User Access."))},
    },
    {
        .code = "google.password_refused",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_BASIC_PASSWORD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .signs = {SIGN_GMAIL, SIGN_BASIC}},
        .title = N_("Gmail refuses this username and password"),
        .means = N_("It does not say which of the two is wrong."),
        .causes = {ONLY_IF(SECRET_IS_BLANK_ENDED, N_("A blank was copied along.")),
                   LIKELY_IF(APP_PASSWORDS, N_("The account's own password was "
                                               "entered.")),
                   CAUSE(N_("The app password was mistyped, or was revoked: a new "
                            "password of the account revokes them all."))},
        .fixes = {USE_APP_PASSWORD},
    },
};

ADVICE_TABLE(google);
