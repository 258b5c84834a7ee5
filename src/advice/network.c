/* The proxy, DNS, connecting, and connections that end too early. */
#include "advice/row.h"

#define AT_RESOLVE (AT(TOKEN_RESOLVE) | AT(IMAP_RESOLVE))
#define AT_CONNECT (AT(TOKEN_CONNECT) | AT(IMAP_CONNECT))

static const struct advice_row rows[] = {
    {
        .code = "proxy.wants_login",
        .class = ADVICE_FIX_SETTING,
        .refusal = true,
        .field = SET_OAUTH_PROXY,
        .when = {.stages = AT_TOKEN, .signs = {SIGN_PROXY_WANTS_LOGIN}},
        .title = N_("The proxy wants a name and a password"),
        .means = N_("HTTP 407 comes from the proxy {proxy}, not from the token server, "
                    "which was never reached."),
        .causes = {ONLY_IF(PROXY_FROM_ENVIRONMENT,
                           N_("The proxy of the environment needs credentials that its "
                              "URL does not hold, or that are wrong.")),
                   CAUSE(N_("The proxy's name or password is missing or wrong.")),
                   CAUSE(N_("The proxy takes Windows log-ins alone (NTLM, Negotiate), "
                            "which letterbox has none of."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the proxy as http://NAME:PASSWORD@HOST:PORT, "
                                  "with special characters percent-encoded.")),
                  FIX(WHO_NETWORK, N_("Or let {token_host} through without "
                                      "credentials."))},
    },
    {
        .code = "proxy.not_a_proxy",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PROXY,
        .when = {.stages = AT_TOKEN, .signs = {SIGN_PROXY_IS_NONE}},
        .title = N_("What answers at {proxy} is not a proxy"),
        .means = N_("It answered HTTP {proxy_status} when it was asked for a connection "
                    "to {token_host} (CONNECT), as web servers do that know nothing of "
                    "it."),
        .causes = {ONLY_IF(PROXY_FROM_ENVIRONMENT,
                           N_("The environment variable https_proxy names another kind "
                              "of server.")),
                   CAUSE(N_("The proxy's host or port is wrong.")),
                   CAUSE(N_("The proxy passes on plain http alone."))},
        .fixes = {FIX_IF(PROXY_ENTERED, WHO_YOU,
                         N_("Correct the proxy, or leave the field empty if none is "
                            "needed.")),
                  FIX_IF(PROXY_FROM_ENVIRONMENT, WHO_SYSTEM,
                         N_("Correct https_proxy in the environment of this program and "
                            "of the ingest's service.")),
                  TYPE(WHO_NETWORK, N_("Try it through the proxy by hand."),
                       "curl -sSI --proxy {proxy} {token_url}")},
    },
    {
        .code = "proxy.wants_web_login",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_PROXY,
        .when = {.stages = AT_TOKEN, .signs = {SIGN_PROXY_REDIRECTS}},
        .title = N_("The proxy wants a log-in on a web page first"),
        .means = N_("The proxy {proxy} answered HTTP {proxy_status}: it sends a browser "
                    "elsewhere, and a program cannot follow there."),
        .causes = {CAUSE(N_("The network lets machines through only once somebody has "
                            "logged in on a page of its own."))},
        .fixes = {FIX(WHO_NETWORK, N_("Let this machine through to {token_host} without "
                                      "that log-in."))},
    },
    {
        .code = "proxy.cannot_reach_server",
        .class = ADVICE_RETRY_LATER,
        .field = SET_OAUTH_PROXY,
        .when = {.stages = AT_TOKEN, .signs = {SIGN_PROXY_GATEWAY_ERROR}},
        .title = N_("The proxy cannot reach the token server"),
        .means =
            N_("The proxy {proxy} answered HTTP {proxy_status}: it could not connect "
               "to {token_host}, or waited in vain."),
        .causes = {CAUSE(N_("The proxy has no way to the internet just now, or does not "
                            "know the host's name.")),
                   CAUSE(N_("The token server itself is down."))},
        .fixes = {TYPE(WHO_NETWORK, N_("Try it through the proxy by hand."),
                       "curl -sSI --proxy {proxy} {token_url}")},
    },
    {
        .code = "proxy.refuses_host",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_PROXY,
        .when = {.stages = AT_TOKEN, .signs = {SIGN_PROXY_REFUSES}},
        .title = N_("The proxy does not let this host through"),
        .means =
            N_("The proxy {proxy} answered HTTP {proxy_status} when it was asked for a "
               "connection to {token_host}."),
        .causes = {CAUSE(N_("The host is not on the proxy's list of allowed ones.")),
                   CAUSE(N_("No proxy is needed here at all."))},
        .fixes = {FIX(WHO_NETWORK,
                      N_("Allow {token_host} in the proxy, for CONNECT to the "
                         "port in the Token URL (as a rule 443).")),
                  TYPE(WHO_NETWORK, N_("Try it through the proxy by hand."),
                       "curl -sSI --proxy {proxy} {token_url}")},
    },
    {
        .code = "network.proxy_name_unknown",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PROXY,
        .when = {.reasons = BECAUSE(NAME_UNKNOWN), .signs = {SIGN_PROXY}},
        .title = N_("The proxy's name is not known"),
        .means = N_("Token requests go through the proxy {proxy}, and DNS has no address "
                    "for {host}."),
        .causes = {ONLY_IF(PROXY_FROM_ENVIRONMENT,
                           N_("The environment variable https_proxy is left over, or "
                              "meant for another network.")),
                   CAUSE(N_("The proxy's name is mistyped."))},
        .fixes = {FIX_IF(PROXY_ENTERED, WHO_YOU,
                         N_("Correct the proxy, or leave the field empty if none is "
                            "needed.")),
                  FIX_IF(
                      PROXY_FROM_ENVIRONMENT, WHO_SYSTEM,
                      N_("Correct https_proxy in the environment of this program and of "
                         "the ingest's service."))},
    },
    {
        .code = "network.name_unknown",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .token_field = SET_OAUTH_TOKEN_URL,
        .when = {.reasons = BECAUSE(NAME_UNKNOWN)},
        .title = N_("No server is known by the name {host}"),
        .means = N_("DNS says that this name does not exist, or has no address."),
        .causes = {LIKELY_IF(OTHER_NAME_KNOWN, N_("The name is mistyped.")),
                   LIKELY_UNLESS(OTHER_NAME_UNKNOWN, OTHER_NAME_KNOWN,
                                 N_("This machine cannot resolve names of the "
                                    "internet at all.")),
                   CAUSE(N_("The name exists only in the internal DNS of another "
                            "network.")),
                   ONLY_IF(URL_PLACEHOLDER, N_("An example's placeholder was not "
                                               "replaced."))},
        .fixes = {FIX(WHO_YOU, N_("Compare the name letter by letter with the provider's "
                                  "instructions.")),
                  TYPE(WHO_YOU, N_("Ask DNS by hand."), "getent ahosts {host}"),
                  FIX_IF(OTHER_NAME_UNKNOWN, WHO_NETWORK,
                         N_("See why this machine cannot resolve names "
                            "(/etc/resolv.conf)."))},
    },
    {
        .code = "network.dns_no_answer",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(NAME_TEMPORARY)},
        .title = N_("DNS does not answer"),
        .means = N_("The name {host} could not be looked up, because no name server "
                    "answered. Whether the name exists is not known."),
        .causes = {ONLY_IF(OTHER_NAME_KNOWN, N_("The name servers of this one domain are "
                                                "in trouble.")),
                   LIKELY_UNLESS(OTHER_NAME_UNKNOWN, OTHER_NAME_KNOWN,
                                 N_("This machine has no network, or its name "
                                    "servers are down.")),
                   CAUSE(N_("A firewall blocks DNS (port 53)."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in a moment.")),
                  TYPE(WHO_SYSTEM,
                       N_("See which name servers this machine asks, and "
                          "whether they answer."),
                       "cat /etc/resolv.conf; getent ahosts {host}")},
    },
    {
        .code = "network.dns_timed_out",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_RESOLVE, .reasons = BECAUSE(TIMED_OUT)},
        .title = N_("Looking up the name took too long"),
        .means = N_("DNS did not answer for {host} within {seconds} s."),
        .causes = {LIKELY_UNLESS(OTHER_NAME_UNKNOWN, OTHER_NAME_KNOWN,
                                 N_("This machine's name servers are not "
                                    "reachable.")),
                   CAUSE(N_("The first name server in /etc/resolv.conf is dead, and each "
                            "look-up waits for it."))},
        .fixes = {TYPE(WHO_SYSTEM,
                       N_("See which name servers this machine asks, and "
                          "whether they answer."),
                       "cat /etc/resolv.conf; getent ahosts {host}")},
    },
    {
        .code = "network.proxy_unreachable",
        .class = ADVICE_FIX_SERVER,
        .field = SET_OAUTH_PROXY,
        .when = {.stages = AT(TOKEN_CONNECT),
                 .reasons = BECAUSE(REFUSED) | BECAUSE(UNREACHABLE) | BECAUSE(TIMED_OUT) |
                            BECAUSE(RESET) | BECAUSE(CLOSED),
                 .signs = {SIGN_PROXY}},
        .title = N_("The proxy cannot be reached"),
        .means =
            N_("Token requests go through the proxy {proxy}, and no connection to it "
               "came about: {failure}"),
        .causes = {ONLY_IF(PROXY_FROM_ENVIRONMENT,
                           N_("The environment variable https_proxy is left over, or "
                              "meant for another network.")),
                   CAUSE(N_("The proxy's host or port is wrong, or the proxy is down.")),
                   CAUSE(N_("No proxy is needed here at all."))},
        .fixes = {FIX_IF(PROXY_ENTERED, WHO_YOU,
                         N_("Correct the proxy, or leave the field empty if none is "
                            "needed.")),
                  FIX_IF(
                      PROXY_FROM_ENVIRONMENT, WHO_SYSTEM,
                      N_("Correct https_proxy in the environment of this program and of "
                         "the ingest's service."))},
    },
    {
        .code = "network.refused_at_unusual_port",
        .class = ADVICE_FIX_SERVER,
        .field = SET_SERVER_PORT,
        .when = {.stages = AT(IMAP_CONNECT),
                 .reasons = BECAUSE(REFUSED),
                 .signs = {SIGN_PORT_ODD}},
        .title = N_("Nothing listens at port {port} of {host}"),
        .means =
            N_("The machine was reached and refused the connection. {port} is not one "
               "of the usual IMAP ports, so the port is the first thing to look at."),
        .causes = {ONLY_IF(PORT_ODD, N_("The port is wrong.")),
                   CAUSE(N_("The mail server is not running.")),
                   CAUSE(N_("A firewall refuses in its place."))},
        .fixes = {FIX(WHO_YOU, N_("Enter 993 for TLS or 143 for STARTTLS, unless the "
                                  "provider says otherwise.")),
                  TYPE(WHO_SERVER, N_("See what listens on the server."), "ss -tlnp")},
    },
    {
        .code = "network.refused",
        .class = ADVICE_FIX_SERVER,
        .field = SET_SERVER_HOST,
        .token_field = SET_OAUTH_TOKEN_URL,
        .when = {.reasons = BECAUSE(REFUSED)},
        .title = N_("{host} refuses connections at port {port}"),
        .means = N_(
            "The machine was reached, and nothing listens at port {port}, or a firewall "
            "refuses in its place."),
        .causes = {ONLY_IF(NAME_LEADS_HERE,
                           N_("The name leads to this machine itself: by a filter in "
                              "DNS, or a line in /etc/hosts.")),
                   CAUSE(N_("The server is not running, or does not offer this "
                            "service.")),
                   CAUSE(N_("The host is not the mail server but another machine of the "
                            "same domain.")),
                   CAUSE(N_("A firewall lets only certain addresses in."))},
        .fixes = {FIX(WHO_YOU, N_("Compare host and port with the provider's "
                                  "instructions.")),
                  TYPE_IF(NAME_LEADS_HERE, WHO_SYSTEM,
                          N_("See where the name leads, and mend what says so."),
                          "getent ahosts {host}; grep -i {host} /etc/hosts"),
                  TYPE(WHO_SERVER, N_("See on the server whether it runs and listens."),
                       "ss -tlnp"),
                  TYPE(WHO_NETWORK, N_("Try the connection from this machine."),
                       "nc -vz {host} {port}")},
    },
    {
        .code = "network.unreachable",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(UNREACHABLE)},
        .title = N_("There is no way to {host}"),
        .means = N_("This machine found no way there: {failure}"),
        .causes = {ONLY_IF(OTHER_LEG_WORKS, N_("The server's network is cut off, or a "
                                               "firewall blocks this one server.")),
                   LIKELY_UNLESS(OTHER_LEG_FAILED, OTHER_LEG_WORKS,
                                 N_("This machine's network is down.")),
                   CAUSE(N_("The name has only an IPv6 address, and this machine has no "
                            "IPv6."))},
        .fixes = {FIX(WHO_YOU, N_("Test again when the network is back.")),
                  TYPE(WHO_NETWORK, N_("See which way leads there."),
                       "ip route; getent ahosts {host}")},
    },
    {
        .code = "network.connect_timed_out",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_CONNECT, .reasons = BECAUSE(TIMED_OUT)},
        .title = N_("{host} does not answer at port {port}"),
        .means = N_("No connection came about within {seconds} s, and no refusal "
                    "either. That is how it looks when a firewall drops the packets."),
        .causes = {ONLY_IF(OTHER_LEG_WORKS,
                           N_("A firewall blocks outgoing connections to port "
                              "{port}, while others pass.")),
                   LIKELY_UNLESS(OTHER_LEG_FAILED, OTHER_LEG_WORKS,
                                 N_("This machine has no way to the internet, or "
                                    "only through a proxy.")),
                   CAUSE(N_("The host or the port is wrong.")),
                   CAUSE(N_("The server is down."))},
        .fixes = {FIX(WHO_NETWORK, N_("Let this machine connect to {host}, TCP port "
                                      "{port}.")),
                  TYPE(WHO_NETWORK, N_("Try the connection from this machine."),
                       "nc -vz -w 5 {host} {port}"),
                  FIX_IF(TOKEN_LEG, WHO_YOU,
                         N_("If web servers are reached only through a "
                            "proxy here, enter the proxy.")),
                  FIX_IF(IMAP_LEG, WHO_YOU,
                         N_("Compare host and port with the provider's "
                            "instructions."))},
    },
    {
        .code = "network.tls_timed_out",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_TLS) | AT(IMAP_TLS), .reasons = BECAUSE(TIMED_OUT)},
        .title = N_("The TLS handshake with {host} took too long"),
        .means = N_("The server was reached, but the handshake did not come to an end "
                    "within {seconds} s."),
        .causes = {ONLY_IF(PORT_ODD, N_("The port is one for connections that begin "
                                        "without TLS, and the server waits too.")),
                   ONLY_IF(PORT_PLAIN, N_("The port wants STARTTLS.")),
                   CAUSE(N_("A firewall lets the connection in but not the handshake, or "
                            "large packets get lost on the way (MTU).")),
                   CAUSE(N_("The server is overloaded."))},
        .fixes = {FIX_IF(PORT_ODD, WHO_YOU,
                         N_("Make sure that port and security belong together: 993 with "
                            "TLS, 143 with STARTTLS.")),
                  TYPE(WHO_NETWORK, N_("Try the handshake by hand."),
                       "openssl s_client -connect {host}:{port} -servername {host} "
                       "</dev/null")},
    },
    {
        .code = "network.token_timed_out",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT_TOKEN, .reasons = BECAUSE(TIMED_OUT)},
        .title = N_("The token server did not answer in time"),
        .means = N_("{host} took the request, and no answer came within {seconds} s"
                    "."),
        .causes = {ONLY_IF(PROXY, N_("The proxy waits for the token server.")),
                   CAUSE(N_("The token server is overloaded."))},
        .fixes = {FIX(WHO_YOU, N_("Test again. If it lasts, allow more time in the "
                                  "advanced fields of the Server page."))},
    },
    {
        .code = "network.imap_timed_out",
        .class = ADVICE_RETRY_LATER,
        .field = SET_SERVER_TIMEOUT_SECONDS,
        .when = {.stages = AT_IMAP, .reasons = BECAUSE(TIMED_OUT)},
        .title = N_("The IMAP server did not answer in time"),
        .means = N_("{host} was reached, and at the stage {stage} no answer came within "
                    "{seconds} s."),
        .causes = {CAUSE(
                       N_("The server is overloaded, or what it asks (directory, OpenID "
                          "provider, storage) is slow.")),
                   CAUSE(N_("The server delays logins after failures, and many came "
                            "before.")),
                   ONLY_IF(PORT_ODD, N_("This is no IMAP port, and the server waits "
                                        "too."))},
        .fixes = {FIX(WHO_YOU, N_("Test again. If it lasts, allow more time in the "
                                  "advanced fields of the Server page.")),
                  FIX(WHO_SERVER,
                      N_("Look into the mail server's log at the time of this "
                         "test."))},
    },
    {
        .code = "network.cut_at_handshake",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_TLS) | AT(IMAP_TLS),
                 .reasons = BECAUSE(RESET) | BECAUSE(CLOSED)},
        .title = N_("The connection was cut during the TLS handshake"),
        .means =
            N_("{host} was reached at port {port}, and the connection ended before it "
               "was encrypted."),
        .causes = {CAUSE(
                       N_("A firewall allows the connection and cuts it when it sees TLS "
                          "or the server's name in it.")),
                   ONLY_IF(PORT_ODD, N_("The port does not speak TLS from the start.")),
                   CAUSE(N_("The server allows only certain addresses."))},
        .fixes = {FIX(WHO_NETWORK, N_("Let this machine connect to {host}, TCP port "
                                      "{port}, without inspection.")),
                  TYPE(WHO_NETWORK, N_("Try the handshake by hand."),
                       "openssl s_client -connect {host}:{port} -servername {host} "
                       "</dev/null")},
    },
    {
        .code = "network.cut_before_greeting",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_GREETING),
                 .reasons = BECAUSE(RESET) | BECAUSE(CLOSED)},
        .title = N_("The IMAP server hung up before it greeted"),
        .means = N_("{host} accepted the connection and ended it without a word."),
        .causes = {CAUSE(
                       N_("The server allows only certain addresses, or has blocked this "
                          "one after failed logins.")),
                   CAUSE(N_("Too many connections are open from this address.")),
                   ONLY_IF(PORT_ODD, N_("This is not an IMAP port."))},
        .fixes = {FIX(WHO_YOU, N_("Test again in some minutes.")),
                  FIX(WHO_SERVER, N_("See whether this machine's address is blocked "
                                     "(fail2ban, allow lists), and look into the log."))},
    },
    {
        .code = "network.cut_at_login",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.stages = AT(IMAP_AUTHENTICATE),
                 .reasons = BECAUSE(RESET) | BECAUSE(CLOSED)},
        .title = N_("The mail server hung up at the log-in, without a word"),
        .means = N_("{host} took the credentials and ended the connection in place of an "
                    "answer."),
        .causes = {CAUSE(N_("The log-in process of the server crashed or was "
                            "restarted.")),
                   CAUSE(N_("It hangs up on credentials it does not like, or on an "
                            "address with failed log-ins.")),
                   CAUSE(N_("A firewall on the way ends the connection."))},
        .fixes = {FIX(WHO_YOU, N_("Test again. If it happens each time, enter the "
                                  "credentials again.")),
                  FIX(WHO_SERVER, N_("Look into the server's log at the time of this "
                                     "test."))},
    },
    {
        .code = "network.cut",
        .class = ADVICE_RETRY_NOW,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(RESET) | BECAUSE(CLOSED)},
        .title = N_("The connection to {host} broke off"),
        .means = N_("At the stage {stage} the other side, or something in between, ended "
                    "the connection without a word."),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} ended it.")),
                   CAUSE(N_("A restart or overload of the server.")),
                   CAUSE(N_("A firewall that ends connections."))},
        .fixes = {FIX(WHO_YOU, N_("Test again. If it breaks off at the same place each "
                                  "time, it is no accident.")),
                  FIX(WHO_SERVER, N_("Look into the server's log at the time of this "
                                     "test."))},
    },
    {
        .code = "network.too_much",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(TOO_MUCH)},
        .title = N_("{host} sent more than such an answer can hold"),
        .means = N_("letterbox reads a bounded number of bytes for each answer, and the "
                    "server went past it. No sound server does so at the stage {stage}."),
        .causes = {CAUSE(N_("This is not the server it should be.")),
                   ONLY_IF(HTML, N_("A large web page came in place of the answer."))},
        .fixes = {FIX(WHO_YOU, N_("Make sure that host and port are those of the right "
                                  "server."))},
    },
    {
        .code = "network.cancelled",
        .class = ADVICE_CANCELLED,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(CANCELLED)},
        .title = N_("The test was cancelled while it waited for {host}"),
        .means = N_("It was stopped at the stage {stage}, before the server had "
                    "answered."),
        .fixes = {FIX(WHO_YOU, N_("Test again and let it run to its end."))},
    },
    {
        .code = "openid.discovery_failed",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_PROVIDER,
        .when = {.stages = AT_TOKEN,
                 .reasons = BECAUSE(SYSTEM),
                 .signs = {SIGN_PROVIDER, SIGN_DISCOVERY}},
        .title = N_("The provider's token endpoint could not be looked up"),
        .means =
            N_("The provider {provider} names only its issuer, so the token endpoint "
               "must come from the issuer's discovery document. {failure}"),
        .causes = {CAUSE(N_("The issuer is mistyped: it must be as the provider writes "
                            "it, path included.")),
                   CAUSE(N_("The provider has no such document."))},
        .fixes = {TYPE(WHO_YOU, N_("Ask for the document by hand."),
                       "curl -sS {token_url}"),
                  FIX(WHO_YOU, N_("Or give the provider a token_endpoint of its own: "
                                  "letterbox provider add."))},
    },
    {
        .code = "oauth.not_http",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT_TOKEN,
                 .reasons = BECAUSE(SYSTEM),
                 .says = "HTTP/0.9|Weird server reply|Invalid status line|"
                         "Unsupported HTTP"},
        .title = N_("What answers at the Token URL is not a web server"),
        .means =
            N_("An encrypted connection to {host}, port {port}, came about, and what "
               "was said on it is not HTTP: {failure}"),
        .causes = {CAUSE(N_("The Token URL names the port of another service."))},
        .fixes = {FIX(WHO_YOU, N_("Compare host and port of the Token URL with the "
                                  "provider's instructions; as a rule it has no port."))},
    },
    {
        .code = "oauth.answer_unreadable",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.stages = AT(TOKEN_REQUEST), .reasons = BECAUSE(SYSTEM)},
        .title = N_("The token server's answer cannot be read"),
        .means = N_("{host} answered over an encrypted connection, and the answer breaks "
                    "the rules of HTTP: {failure}"),
        .causes = {ONLY_IF(PROXY, N_("The proxy {proxy} changes the answer.")),
                   CAUSE(N_("The server, or a gateway in front of it, has a fault."))},
        .fixes = {TYPE(WHO_YOU,
                       N_("See what it answers to a request without "
                          "credentials."),
                       "curl -sS -i -d grant_type=client_credentials {token_url}"),
                  FIX(WHO_OPENID, N_("Look into the server's log at the time of this "
                                     "test."))},
    },
    {
        .code = "network.system",
        .class = ADVICE_RETRY_LATER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(SYSTEM)},
        .title = N_("This machine's system refused the connection"),
        .means = N_("The operating system reported: {failure}"),
        .causes = {CAUSE(N_("A local firewall or security policy forbids it.")),
                   CAUSE(N_("The machine is out of descriptors, memory or ports."))},
        .fixes = {TYPE(WHO_SYSTEM, N_("Look into the system's log."),
                       "journalctl --since -5min")},
    },
};

ADVICE_TABLE(network);
