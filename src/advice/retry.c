/*
 * Come back later: throttling and servers that are in trouble.  Asked before the
 * special subjects, because an overloaded server's words about a client prove nothing.
 */
#include "advice/row.h"

#define IN_TROUBLE                                                                       \
    "Server Unavailable|temporarily unavailable|Temporary authentication failure|"       \
    "try again later|Internal error occurred|System Error|shutting down|"                \
    "temporary failure|Server Busy|server is busy|internal server error|I/O error|"      \
    "unavailable to complete|Could not connect|down for maintenance|"                    \
    "under maintenance|scheduled maintenance|Auth process|authentication process|"       \
    "Service not available|service is not available"

static const struct advice_row rows[] = {
    {
        .code = "entra.throttled",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .aadsts = {50196, 90055}},
        .title = N_("Entra limits how often tokens may be asked for"),
        .means = N_("The same request came too often in a short time. Entra stops "
                    "answering it for a while; the values may be right."),
        .causes = {CAUSE(N_("A program with this Client ID asks for a token again and "
                            "again, without keeping it."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in {retry_after}; sooner than that "
                                  "makes it longer.")),
                  FIX(WHO_YOU, N_("Look for a program with this Client ID that runs in a "
                                  "loop."))},
    },
    {
        .code = "entra.service_error",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .aadsts = {50000, 50033, 90006, 90012, 90024, 90033, 90090, 90091}},
        .title = N_("Entra has a passing fault"),
        .means = N_("Microsoft lists {aadsts} as a passing fault of its service. It says "
                    "nothing about the values entered."),
        .fixes = {FIX(WHO_YOU, N_("Test again in {retry_after}.")),
                  FIX(WHO_ENTRA, N_("If it lasts, open a case with the trace id and the "
                                    "correlation id below."))},
    },
    {
        .code = "entra.unavailable",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .http_from = 500,
                 .http_to = 599,
                 .signs = {SIGN_ENTRA}},
        .title = N_("Entra is in trouble just now"),
        .means = N_("{token_host} answered HTTP {http_status}: the fault is on "
                    "Microsoft's side, or in a gateway before it. It says nothing about "
                    "the values entered."),
        .causes = {ONLY_IF(HTML, N_("A gateway in front of Entra answers in its place.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} answers in its place.")),
                   CAUSE(N_("A passing disturbance of Microsoft's service."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in {retry_after}.")),
                  FIX(WHO_ENTRA, N_("If it lasts, look at Health, Service health in the "
                                    "Microsoft 365 admin center."))},
    },
    {
        .code = "token.throttled",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 429},
        .title = N_("The token server says: too many requests"),
        .means = N_("HTTP 429. {token_host} limits how often tokens may be asked for. It "
                    "says nothing about the Client ID or the Client secret."),
        .causes = {LIKELY_IF(RETRY_AFTER,
                             N_("The limit of this client or this address is "
                                "used up for now.")),
                   CAUSE(
                       N_("Another program with the same Client ID asks for a new token "
                          "each time instead of keeping it."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in {retry_after}; sooner than that "
                                  "makes it longer.")),
                  FIX(WHO_YOU, N_("Look for programs that share this Client ID."))},
    },
    {
        .code = "network.login_wanted",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 511},
        .title = N_("The network wants a log-in of its own first"),
        .means = N_("HTTP 511 comes from the network that this machine is in (RFC 6585), "
                    "not from {token_host}, which was never reached."),
        .causes = {CAUSE(N_("A captive portal, as guest networks have it."))},
        .fixes = {FIX(WHO_NETWORK, N_("Let this machine reach {token_host} without a "
                                      "log-in."))},
    },
    {
        .code = "network.proxy_login_wanted",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PROXY,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 407, .unless = {SIGN_PROXY}},
        .title = N_("A proxy that nobody entered wants a log-in"),
        .means = N_("HTTP 407 is a proxy's answer, and no proxy is set: one stands on "
                    "the way to {token_host} unseen, or the Token URL leads to a "
                    "proxy."),
        .causes = {CAUSE(N_("The network sends all web traffic through a proxy that asks "
                            "for a name and a password."))},
        .fixes = {FIX(WHO_NETWORK, N_("Let this machine reach {token_host} without that "
                                      "proxy, or say which proxy it must use.")),
                  FIX(WHO_YOU, N_("Enter the proxy as http://NAME:PASSWORD@HOST:PORT, if "
                                  "there is one for this machine."))},
    },
    {
        .code = "oauth.not_implemented",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 501},
        .title = N_("The server at the Token URL takes no such requests"),
        .means = N_("HTTP 501. {token_host} was reached, and knows no POST, so this is "
                    "not a token endpoint. It will not be one later either."),
        .fixes = {FIX(WHO_YOU, N_("Compare the Token URL with the provider's "
                                  "instructions.")),
                  LINK(WHO_YOU,
                       N_("The right address is token_endpoint in the provider's "
                          "discovery document, which as a rule is here:"),
                       "{discovery_url}")},
    },
    {
        .code = "token.server_in_trouble",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 500, .http_to = 599},
        .title = N_("The token server is in trouble"),
        .means = N_("{token_host} answered HTTP {http_status}: the fault is on its side. "
                    "It says nothing about the values entered."),
        .causes = {CAUSE(
                       N_("A passing disturbance, a restart or an overload of the token "
                          "server.")),
                   ONLY_IF(HTML, N_("A load balancer or gateway in front of it answers "
                                    "in its place."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in {retry_after}. If it lasts, look at "
                                  "the provider's status page.")),
                  FIX(WHO_OPENID,
                      N_("Look into the token server's own log at the time of "
                         "this test."))},
    },
    {
        .code = "token.gave_up_waiting",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .http_from = 408},
        .title = N_("The token server gave up waiting for the request"),
        .means = N_("HTTP 408. {token_host}, or something in front of it, did not get "
                    "the whole request in time. It says nothing about the values "
                    "entered."),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} delays the request.")),
                   CAUSE(N_("The network is slow or loses packets just now."))},
        .fixes = {FIX(WHO_YOU, N_("Test again."))},
    },
    {
        .code = "token.temporarily_unavailable",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST),
                 .error = "temporarily_unavailable server_error slow_down "
                          "too_many_requests rate_limit_exceeded"},
        .title = N_("The token server asks to come back later"),
        .means = N_("It answered {error}, which OAuth reserves for trouble on the "
                    "server's side that passes."),
        .fixes = {FIX(WHO_YOU, N_("Test again in {retry_after}."))},
    },
    {
        .code = "imap.throttled",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP,
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = "throttled|Backoff Time|rate limit|too many requests|"
                         "bandwidth limit|OVERQUOTA] Account exceeded command"},
        .title = N_("The IMAP server is throttling"),
        .means = N_("The server limits how much may be asked of it in a time. It says "
                    "nothing about the credentials."),
        .causes = {CAUSE(N_("Another program reads this mailbox heavily.")),
                   CAUSE(N_("The mailbox or the whole organization has reached its limit "
                            "for now."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Test again in {retry_after}; sooner than that makes it "
                         "longer.")),
                  FIX(WHO_YOU, N_("Look for other programs that read {mailbox}."))},
    },
    {
        .code = "imap.blocked_for_a_while",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = "too many failed|too many login|too many invalid log|"
                         "too many authentication|temporarily blocked|"
                         "temporarily locked|failed attempts|too many bad"},
        .title = N_("The server blocks log-ins for a while after failures"),
        .means = N_("Too many log-ins failed before this one. Whether these credentials "
                    "are right, the server does not look at now."),
        .causes = {CAUSE(N_("Another program still tries an old password or token of "
                            "this mailbox.")),
                   CAUSE(N_("The test was repeated with wrong values."))},
        .fixes = {FIX(WHO_YOU, N_("Find what else logs in to {mailbox}, wait some "
                                  "minutes, and test again once.")),
                  FIX(WHO_MAIL, N_("Lift the block of this machine's address or of the "
                                   "account."))},
    },
    {
        .code = "imap.too_many_connections",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP,
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = "too many simultaneous|Too many connections|"
                         "Maximum number of connections|connection limit|"
                         "too many sessions|too many users|exceeded the maximum"},
        .title = N_("Too many connections to this mailbox are open"),
        .means = N_("The server allows only so many connections at once for a user or an "
                    "address, and they are taken."),
        .causes = {CAUSE(
                       N_("Mail programs, telephones or another ingest have this mailbox "
                          "open.")),
                   CAUSE(N_("Connections of a program that crashed have not ended "
                            "yet."))},
        .fixes = {FIX(WHO_YOU,
                      N_("Close what else reads {mailbox}, wait some minutes, and "
                         "test again.")),
                  FIX_IF(MAYBE_DOVECOT, WHO_MAIL,
                         N_("Raise the limit, in Dovecot mail_max_userip_connections."))},
    },
    {
        .code = "imap.in_use",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .signs = {SIGN_IN_USE}},
        .title = N_("The mailbox is in use by another session"),
        .means = N_("The server lets one session do this at a time, and another one is "
                    "doing it."),
        .fixes = {FIX(WHO_YOU, N_("Test again in a moment."))},
    },
    {
        .code = "imap.unavailable",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_GREETING) | AT(IMAP_TLS) | AT(IMAP_AUTHENTICATE),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .response_code = "UNAVAILABLE"},
        .title = N_("The mail server cannot check logins just now"),
        .means = N_("The server says that something behind it is not available. It says "
                    "nothing about the credentials."),
        .causes = {ONLY_IF(OAUTH, N_("The mail server cannot ask the OpenID provider "
                                     "about the token: it is down, or the address, "
                                     "credentials or certificate for asking are wrong.")),
                   CAUSE(N_("Its user database or storage is down."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in a few minutes.")),
                  TYPE_IF(MAYBE_DOVECOT, WHO_MAIL,
                          N_("If it lasts, look into the mail server's log: it says what "
                             "is not available."),
                          "journalctl -u dovecot --since -5min"),
                  FIX_IF(OTHER_MAIL_SERVER, WHO_MAIL,
                         N_("If it lasts, look into the mail server's log at the time of "
                            "this test.")),
                  FIX_IF(OAUTH, WHO_MAIL,
                         N_("Try the address that it asks about tokens from there. In "
                            "Dovecot that is introspection_url, and the log line begins "
                            "with \"Introspection failed\"."))},
    },
    {
        .code = "imap.storage_unavailable",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_OPEN) | AT(IMAP_PREVIEW),
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .response_code = "UNAVAILABLE"},
        .title = N_("The mailbox's storage is not available just now"),
        .means = N_("The log-in worked. Something behind the mail server that it needs "
                    "for {folder} does not answer."),
        .fixes = {FIX(WHO_YOU, N_("Test again in a few minutes.")),
                  FIX(WHO_MAIL, N_("If it lasts, look into the mail server's log and at "
                                   "its storage."))},
    },
    {
        .code = "imap.server_bug",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .response_code = "SERVERBUG"},
        .title = N_("The mail server reports a fault of its own"),
        .means = N_("It answered SERVERBUG at the stage {stage}: something in it went "
                    "wrong that should not. It says nothing about the values entered."),
        .fixes = {FIX(WHO_YOU, N_("Test again in a few minutes.")),
                  FIX(WHO_MAIL, N_("Look into the mail server's log at the time of this "
                                   "test; the words it sent as a rule have the key to "
                                   "look for."))},
    },
    {
        .code = "imap.messages_gone",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP, .response_code = "EXPUNGEISSUED"},
        .title = N_("Messages were deleted while they were looked at"),
        .means = N_("Another program deleted messages of this folder in the same "
                    "moment. Nothing is wrong with the settings."),
        .fixes = {FIX(WHO_YOU, N_("Test again."))},
    },
    {
        .code = "exchange.server_unavailable",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP,
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = IN_TROUBLE,
                 .signs = {SIGN_EXCHANGE_ONLINE}},
        .title = N_("Exchange Online is in trouble just now"),
        .means = N_("Microsoft's server itself says that it cannot serve for the time "
                    "being. It says nothing about the token or the mailbox."),
        .fixes = {FIX(WHO_YOU, N_("Test again in a few minutes.")),
                  FIX(WHO_EXCHANGE, N_("If it lasts, look at Health, Service health in "
                                       "the Microsoft 365 admin center."))},
    },
    {
        .code = "imap.server_unavailable",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_IMAP,
                 .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE),
                 .says = IN_TROUBLE},
        .title = N_("The mail server is in trouble just now"),
        .means = N_("The server itself says that it cannot serve for the time being. It "
                    "says nothing about the credentials."),
        .fixes = {FIX(WHO_YOU, N_("Test again in a few minutes.")),
                  FIX(WHO_MAIL, N_("If it lasts, look into the mail server's log at the "
                                   "time of this test."))},
    },
};

ADVICE_TABLE(retry);
