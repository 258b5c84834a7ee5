/*
 * What an IMAP server says in its own words, where it has no response code for it, or
 * adds to one that says less (AUTHENTICATIONFAILED, ALERT).
 */
#include "advice/row.h"

#define REFUSED ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE)
#define AT_DOOR AT(IMAP_GREETING) | AT(IMAP_AUTHENTICATE)

#define LOOK_INTO_LOG                                                                    \
    FIX(WHO_MAIL, N_("Look into the mail server's log at the time of this test."))

static const struct advice_row rows[] = {
    {
        .code = "imap.switched_off",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .answers = REFUSED,
                 .signs = {SIGN_IMAP_SWITCHED_OFF}},
        .title = N_("IMAP is switched off for this account"),
        .means = N_("The server says that {mailbox} may not be read over IMAP."),
        .fixes = {FIX(WHO_YOU, N_("Switch IMAP on in the web mail's settings of this "
                                  "account, if they have it.")),
                  FIX(WHO_MAIL, N_("Allow IMAP for the account {mailbox}."))},
    },
    {
        .code = "imap.account_blocked",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN),
                 .answers = REFUSED,
                 .says = "account is disabled|account disabled|account is locked|"
                         "account locked|user is disabled|user disabled|"
                         "account suspended|account is suspended|"
                         "account has been disabled|account has been locked|"
                         "account has been suspended|account has been blocked|"
                         "account has been closed|account has been frozen|"
                         "account has been terminated|account has been deleted|"
                         "is inactive|account is not active|account not active|"
                         "account frozen|account is frozen|account has expired|"
                         "account expired|account is expired|maintenance mode|"
                         "mailbox is disabled|mailbox disabled|account closed|"
                         "account is closed|account is blocked|account blocked|"
                         "deactivated|access mode is disabled"},
        .title = N_("The account of this mailbox is blocked"),
        .means = N_("The server knows {mailbox} and does not let it in at the moment."),
        .fixes = {FIX(WHO_MAIL, N_("Unblock the account, or find out why it was "
                                   "blocked."))},
    },
    {
        .code = "imap.password_expired",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_BASIC_PASSWORD,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = REFUSED,
                 .signs = {SIGN_BASIC, SIGN_PASSWORD_EXPIRED}},
        .title = N_("The password has expired"),
        .means =
            N_("The server knows {mailbox}, and its password may no longer be used."),
        .fixes = {FIX(WHO_YOU, N_("Set a new password for the mailbox, and enter it "
                                  "here."))},
    },
    {
        .code = "imap.privacy_required",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .answers = REFUSED, .signs = {SIGN_WANTS_PRIVACY}},
        .title = N_("The server wants an encrypted connection first"),
        .means = N_("letterbox came over TLS, and the server does not know of it: it "
                    "takes the connection for one in the clear."),
        .causes = {CAUSE(N_("TLS ends at a proxy in front of the mail server, and the "
                            "way from there to the server is not encrypted."))},
        .fixes = {TYPE_IF(MAYBE_DOVECOT, WHO_MAIL,
                          N_("Let the server know that connections of the proxy in front "
                             "of it are secure. In Dovecot: the proxy's address in "
                             "login_trusted_networks or haproxy_trusted_networks; see "
                             "what is set:"),
                          "doveconf login_trusted_networks haproxy_trusted_networks"),
                  FIX_IF(OTHER_MAIL_SERVER, WHO_MAIL,
                         N_("Let the server know that connections of the proxy in front "
                            "of it are secure."))},
    },
    {
        .code = "imap.address_refused",
        .class = ADVICE_FIX_SERVER,
        .refusal = true,
        .field = SET_NONE,
        .when = {.stages = AT_DOOR,
                 .answers = REFUSED,
                 .says = "blacklist|blocklist|block list|black list|banned|your IP|"
                         "IP is blocked|address is blocked|address blocked|"
                         "address is not allowed|not allowed from|not permitted from|"
                         "denied from|from outside|from your address|"
                         "from this address|from this host|from your host|"
                         "from this network|from your network|from this location|"
                         "from your location|from your country"},
        .title = N_("The server lets nobody in from this machine's address"),
        .means = N_("Its words are about where the connection comes from, not about "
                    "{mailbox} or its credentials."),
        .causes = {CAUSE(N_("The server is open to certain addresses or networks "
                            "only.")),
                   CAUSE(N_("This machine's address stands on a block list, or was "
                            "blocked after failed log-ins."))},
        .fixes = {FIX(WHO_MAIL, N_("Let the public address of this machine in, or take "
                                   "it off the block list."))},
    },
    {
        .code = "imap.user_unknown",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_MAILBOX_USER,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = REFUSED,
                 .says = "user unknown|unknown user|no such user|user does not exist|"
                         "user doesn't exist|user not found|unknown account|"
                         "no such account|account does not exist|"
                         "account doesn't exist|account not found|mailbox unknown|"
                         "unknown mailbox"},
        .title = N_("The server does not know {mailbox}"),
        .means = N_("Its words are about the name, not about the credentials."),
        .causes = {CAUSE(N_("The name is mistyped, or an alias of the mailbox's own.")),
                   ONLY_IF(USER_NOT_ADDRESS, N_("The server wants the whole address.")),
                   CAUSE(N_("The mailbox is at another server."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the name as the mail server's administrator "
                                  "writes it: some want the whole address, some only the "
                                  "part before the @.")),
                  FIX(WHO_MAIL, N_("Say how {mailbox} is named at this server."))},
    },
    {
        .code = "imap.on_another_server",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .when = {.stages = AT_DOOR | AT(IMAP_OPEN), .response_code = "REFERRAL"},
        .title = N_("The mailbox is on another server"),
        .means = N_("{imap_host} refers to it (RFC 2221): {referral}. letterbox does not "
                    "follow, because the credentials would go along to wherever it "
                    "leads."),
        .fixes = {FIX(WHO_YOU, N_("If that server is one of your provider's, enter it as "
                                  "the IMAP host."))},
    },
    {
        .code = "imap.line_too_long",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = REFUSED,
                 .says = "Input buffer full|too long|too large|line length|"
                         "exceeds the limit|exceeds maximum"},
        .title = N_("The log-in is longer than the server takes"),
        .means = N_("The server did not come to look at the credentials: the line that "
                    "holds them is too long for it."),
        .causes = {ONLY_IF(OAUTH, N_("The token is large, as with many groups or roles "
                                     "in it."))},
        .fixes = {FIX_IF(OAUTH, WHO_OPENID,
                         N_("Leave groups, roles and other large claims out of the "
                            "tokens for {client_id}.")),
                  FIX(WHO_MAIL, N_("Raise the server's limit for a line of the "
                                   "log-in."))},
    },
    {
        .code = "imap.mechanism_broken",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .answers = REFUSED,
                 .says = "no mechanism available|mechanism not available|"
                         "mechanism not supported|mechanism is not supported|"
                         "unsupported authentication mechanism|"
                         "unsupported SASL mechanism|unknown authentication mechanism|"
                         "unsupported mechanism|unrecognized authentication type|"
                         "authentication type not supported"},
        .title = N_("The server offers a way to log in that it cannot carry out"),
        .means = N_("It lists {mechanisms}, and refused the one that was tried as "
                    "unknown or not available. It says nothing about the credentials."),
        .causes = {ONLY_IF(OAUTH, N_("OAuth is only half set up there: the mechanism is "
                                     "listed, and the module for it is missing or not "
                                     "configured.")),
                   CAUSE(N_("Something in front of the mail server lists what the server "
                            "behind it does not have."))},
        .fixes = {LOOK_INTO_LOG,
                  FIX(WHO_MAIL, N_("Set the mechanism up, or take it off the list."))},
    },
    {
        .code = "imap.license_limit",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_DOOR | AT(IMAP_OPEN),
                 .answers = REFUSED,
                 .says = "license limit|license exceeded|licence limit|license expired|"
                         "license has expired|licence has expired|no license|"
                         "not licensed|unlicensed"},
        .title = N_("The mail server's license stands in the way"),
        .means = N_("It serves no further mailbox, or not this one, under the license it "
                    "has. It says nothing about the credentials."),
        .fixes = {FIX(WHO_MAIL, N_("Look at the server's license and how many users it "
                                   "covers; give {mailbox} one."))},
    },
    {
        .code = "imap.data_broken",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_DOOR | AT(IMAP_OPEN),
                 .answers = REFUSED,
                 .says = "Fatal error|not owned by|no such file or directory|"
                         "mailbox has an invalid format|can't read mailbox|"
                         "cannot read mailbox|is corrupt|corrupted|Permission denied: /"},
        .title = N_("The mail server cannot get at its own data"),
        .means = N_("Its words are about its files, not about the values entered: what "
                    "it keeps for {mailbox} is missing, damaged, or belongs to another "
                    "user of its system."),
        .fixes = {FIX(WHO_MAIL, N_("Look into the mail server's log at the time of this "
                                   "test, and at owner, rights and place of the files of "
                                   "{mailbox}."))},
    },
    {
        .code = "imap.over_quota",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .answers = REFUSED, .signs = {SIGN_OVER_QUOTA}},
        .title = N_("The mailbox is over its quota"),
        .means = N_("The server says that {mailbox} holds more than it may, and does "
                    "not carry out the command."),
        .fixes = {FIX(WHO_YOU, N_("Delete or archive mail, and empty the trash.")),
                  FIX(WHO_MAIL, N_("Or raise the quota of {mailbox}."))},
    },
    {
        .code = "imap.folder_holds_folders",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_FOLDER,
        .when = {.stages = AT(IMAP_OPEN),
                 .answers = ANSWERED(NO) | ANSWERED(BAD),
                 .says = "selectable|Noselect"},
        .title = N_("This folder holds only other folders, and no mail"),
        .means = N_("The log-in worked. {folder} is there as the name above others, and "
                    "cannot be opened itself."),
        .causes = {ONLY_IF(FOLDERS_KNOWN, N_("One of the folders below it is meant."))},
        .fixes = {FIX(WHO_YOU, N_("Enter a folder that holds messages. INBOX is always "
                                  "there."))},
    },
    {
        .code = "imap.folder_prefix_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_MAILBOX_FOLDER,
        .when = {.stages = AT(IMAP_OPEN),
                 .answers = ANSWERED(NO) | ANSWERED(BAD),
                 .says = "nonexistent namespace|namespace prefix|prefixed with",
                 .unless = {SIGN_FOLDER_NEAR}},
        .title = N_("At this server the folder's name needs something before it"),
        .means = N_("The log-in worked. The server keeps its folders below a name of its "
                    "own, as a rule INBOX, and says which."),
        .fixes = {FIX(WHO_YOU, N_("Put before the name what the server says, as in "
                                  "INBOX.{folder}."))},
    },
};

ADVICE_TABLE(imap_words);
