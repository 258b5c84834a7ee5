/*
 * TLS: trust, names, dates, and what answered where TLS was expected.
 *
 * A certificate for another name lists the names it has but offers no repair: whoever
 * stands in the way could put a name of their own there and be handed the secret.
 */
#include "advice/row.h"

#define SHOW_CHAIN                                                                       \
    "openssl s_client -connect {host}:{port} -servername {host} -showcerts </dev/null"
#define SHOW_CHAIN_STARTTLS                                                              \
    "openssl s_client -connect {host}:{port} -servername {host} -starttls imap "         \
    "-showcerts </dev/null"

static const struct advice_row rows[] = {
    {
        .code = "tls.too_old",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(TLS_FAILED) | BECAUSE(TLS_NOT_TLS),
                 .says = "protocol version|unsupported version|"
                         "No supported cipher|insufficient security|"
                         "no cipher suites|handshake failed"},
        .title = N_("No common TLS version or cipher with the server"),
        .means =
            N_("{host} and this machine could not agree on how to encrypt. letterbox "
               "wants TLS 1.2 or newer, and keeps to the system's policy."),
        .causes = {CAUSE(N_("The server knows only TLS 1.0 or 1.1.")),
                   CAUSE(
                       N_("The server demands a client certificate, which letterbox has "
                          "none of.")),
                   CAUSE(N_("A middlebox on the way answers in the server's place."))},
        .fixes = {FIX(WHO_SERVER,
                      N_("Switch TLS 1.2 and 1.3 on (in Dovecot, ssl_min_protocol "
                         "= TLSv1.2).")),
                  TYPE(WHO_YOU, N_("See what the server can do."), SHOW_CHAIN)},
    },
    {
        .code = "tls.other_mail_port",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_PORT,
        .when = {.stages = AT_IMAP,
                 .reasons = BECAUSE(TLS_NOT_TLS) | BECAUSE(TLS_FAILED) |
                            BECAUSE(TIMED_OUT) | BECAUSE(CLOSED) | BECAUSE(RESET),
                 .signs = {SIGN_PORT_OTHER_MAIL}},
        .title = N_("Port {port} is not an IMAP port"),
        .means =
            N_("{host} was reached, but port {port} belongs to another protocol: 25, 465 "
               "and 587 send mail (SMTP), 110 and 995 are POP3, 80 and 443 are the "
               "web's. IMAP is at 993 with TLS, or at 143 with STARTTLS."),
        .causes = {ONLY_IF(PORT_OTHER_MAIL,
                           N_("The port was taken from the settings for sending "
                              "mail, for POP3 or for the web mail."))},
        .fixes = {FIX(WHO_YOU, N_("Enter port 993 with TLS."))},
        .repairs = {REPAIR(SERVER_PORT, "993"), REPAIR(SERVER_SECURITY, "tls")},
    },
    {
        .code = "tls.port_wants_starttls",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_SECURITY,
        .when = {.stages = AT_IMAP,
                 .reasons = BECAUSE(TLS_NOT_TLS) | BECAUSE(TLS_FAILED),
                 .signs = {SIGN_PORT_PLAIN, SIGN_SECURITY_TLS}},
        .title = N_("Port 143 begins without TLS: it wants STARTTLS"),
        .means = N_("The server spoke plain IMAP where a TLS handshake was expected. At "
                    "port 143 a connection begins in the clear and turns to TLS with the "
                    "command STARTTLS; TLS from the start is at port 993."),
        .causes = {ONLY_IF(PORT_PLAIN, N_("Port and security do not belong together."))},
        .fixes = {FIX(WHO_YOU, N_("Choose STARTTLS and keep port 143. Or keep TLS and "
                                  "enter port 993."))},
        .repairs = {REPAIR(SERVER_SECURITY, "starttls")},
    },
    {
        .code = "tls.not_tls",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_SECURITY,
        .token_field = SET_OAUTH_TOKEN_URL,
        .when = {.reasons = BECAUSE(TLS_NOT_TLS)},
        .title = N_("The server at port {port} does not speak TLS from the start"),
        .means = N_("{host} answered the TLS handshake in plain text. Nothing secret was "
                    "sent."),
        .causes = {ONLY_IF(PORT_ODD, N_("The port is one for connections that begin "
                                        "without TLS.")),
                   ONLY_IF(PORT_TLS, N_("The server, or what stands before it, is set up "
                                        "to serve this port without TLS.")),
                   ONLY_IF(PROXY, N_("The proxy's URL says https://, but the proxy "
                                     "itself speaks plain HTTP.")),
                   ONLY_IF(TOKEN_LEG, N_("The Token URL names a port that serves plain "
                                         "http."))},
        .fixes = {FIX_IF(
                      IMAP_LEG, WHO_YOU,
                      N_("Choose STARTTLS for this port, or enter the port for TLS, as "
                         "a rule 993.")),
                  FIX_IF(TOKEN_LEG, WHO_YOU,
                         N_("Enter the Token URL with the port that serves https, as a "
                            "rule none at all.")),
                  FIX_IF(PROXY, WHO_YOU,
                         N_("Enter the proxy as http://HOST:PORT. The connection to the "
                            "token server stays encrypted within it."))},
        .repairs = {REPAIR(SERVER_SECURITY, "starttls")},
    },
    {
        .code = "tls.port_wants_tls",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_SECURITY,
        .when = {.stages = AT(IMAP_TLS) | AT(IMAP_GREETING),
                 .reasons = BECAUSE(TIMED_OUT) | BECAUSE(CLOSED) | BECAUSE(RESET) |
                            BECAUSE(TLS_FAILED),
                 .signs = {SIGN_PORT_TLS, SIGN_SECURITY_STARTTLS}},
        .title = N_("Port 993 wants TLS from the start, not STARTTLS"),
        .means =
            N_("The server was reached, but it said nothing: at port 993 it waits for "
               "a TLS handshake, while letterbox waited for a greeting in the "
               "clear."),
        .causes = {ONLY_IF(PORT_TLS, N_("Port and security do not belong together."))},
        .fixes = {FIX(WHO_YOU, N_("Choose TLS and keep port 993."))},
        .repairs = {REPAIR(SERVER_SECURITY, "tls")},
    },
    {
        .code = "tls.silent_starttls_port",
        .class = ADVICE_RETRY_LATER,
        .field = SET_SERVER_SECURITY,
        .when = {.stages = AT(IMAP_TLS) | AT(IMAP_GREETING),
                 .reasons = BECAUSE(TIMED_OUT) | BECAUSE(CLOSED) | BECAUSE(RESET),
                 .signs = {SIGN_PORT_ODD, SIGN_SECURITY_STARTTLS}},
        .title = N_("The server at port {port} sent no greeting in the clear"),
        .means = N_("{host} was reached, but nothing came. A server that waits for a TLS "
                    "handshake behaves exactly so when STARTTLS is tried."),
        .causes = {LIKELY_IF(SECURITY_STARTTLS,
                             N_("This port wants TLS from the start.")),
                   CAUSE(N_("The server is overloaded, or something in between swallows "
                            "the connection."))},
        .fixes = {FIX(WHO_YOU, N_("Choose TLS for this port and test again."))},
        .repairs = {REPAIR(SERVER_SECURITY, "tls")},
    },
    {
        .code = "tls.injected",
        .class = ADVICE_FIX_SERVER,
        .field = SET_SERVER_SECURITY,
        .when = {.reasons = BECAUSE(INJECTED)},
        .title = N_("Plain text was smuggled in before the TLS handshake"),
        .means =
            N_("After STARTTLS was agreed, more unencrypted bytes were waiting than "
               "the server may send. Either the server is broken, or somebody on the "
               "way adds answers of their own. letterbox stopped before sending "
               "anything secret."),
        .causes = {CAUSE(N_(
                       "A middlebox (firewall, mail gateway) changes the connection.")),
                   CAUSE(N_("The server has the fault known as STARTTLS injection."))},
        .fixes = {FIX(WHO_YOU, N_("Use TLS at port 993, where this cannot happen.")),
                  FIX(WHO_NETWORK, N_("Find out what stands between this machine and "
                                      "{host}, and switch its mail inspection off.")),
                  FIX(WHO_SERVER,
                      N_("Update the server: it must discard what was buffered "
                         "when STARTTLS is accepted."))},
    },
    {
        .code = "tls.inspected",
        .class = ADVICE_FIX_SETTING,
        .field = SET_TLS_CA_FILE,
        .when = {.reasons = BECAUSE(TLS_UNTRUSTED), .signs = {SIGN_INSPECTED}},
        .title = N_("Something on the way opens the TLS connection"),
        .means =
            N_("The certificate for {host} is not the server's own: it was issued by "
               "{issuer}, as a firewall or proxy does that reads encrypted "
               "traffic. This machine does not know that issuer."),
        .causes = {LIKELY_IF(INSPECTED,
                             N_("TLS inspection stands between this machine and "
                                "{host}."))},
        .fixes = {FIX(WHO_NETWORK,
                      N_("Take {host} out of the TLS inspection. This is the "
                         "better way: secrets pass here.")),
                  FIX(WHO_YOU, N_("Or, if your organization wants it so, get its root "
                                  "certificate as a PEM file and enter it as the CA "
                                  "file.")),
                  TYPE(WHO_SYSTEM, N_("See the chain that arrives here."), SHOW_CHAIN)},
    },
    {
        .code = "tls.self_signed",
        .class = ADVICE_FIX_SETTING,
        .field = SET_TLS_CA_FILE,
        .when = {.reasons = BECAUSE(TLS_UNTRUSTED), .signs = {SIGN_SELF_SIGNED}},
        .title = N_("The server's certificate is signed by itself"),
        .means = N_("Nobody this machine trusts vouches for {host}; the certificate "
                    "vouches for itself. That may be meant so on a server of your own, "
                    "and is alarming on a public one."),
        .causes = {LIKELY_IF(SELF_SIGNED, N_("The server still has the certificate that "
                                             "its installation made, or one of your "
                                             "own.")),
                   ONLY_IF(CA_FILE, N_("The CA file holds another certificate."))},
        .fixes = {FIX(WHO_YOU, N_("On a server of your own: get its certificate on a way "
                                  "you trust, save it as PEM, and enter it as the CA "
                                  "file.")),
                  FIX(WHO_SERVER,
                      N_("Better: give the server a certificate of an authority "
                         "that is known everywhere.")),
                  TYPE(WHO_YOU, N_("See the certificate that arrives here."),
                       SHOW_CHAIN)},
    },
    {
        .code = "tls.untrusted",
        .class = ADVICE_FIX_SETTING,
        .field = SET_TLS_CA_FILE,
        .when = {.reasons = BECAUSE(TLS_UNTRUSTED)},
        .title = N_("The certificate comes from an authority not trusted here"),
        .means = N_("{host} showed a certificate that leads to {issuer}, which this "
                    "machine does not know. Nothing was sent."),
        .causes = {LIKELY_IF(CHAIN_SHORT, N_("The server leaves out the intermediate "
                                             "certificate between its own and the "
                                             "authority's.")),
                   ONLY_IF(CA_FILE,
                           N_("The CA file does not hold the authority that issued "
                              "this certificate.")),
                   CAUSE(N_(
                       "A private authority issued it, and its root certificate is not "
                       "on this machine.")),
                   CAUSE(N_("The system's list of authorities is missing or very old."))},
        .fixes = {FIX(WHO_YOU, N_("With a private authority: enter its root certificate "
                                  "(PEM) as the CA file.")),
                  FIX_IF(
                      CHAIN_SHORT, WHO_SERVER,
                      N_("Let the server send its whole chain (in Dovecot, ssl_cert is "
                         "the file with the server's and the intermediate "
                         "certificates).")),
                  TYPE(WHO_SYSTEM, N_("Bring the system's authorities up to date."),
                       "apt-get install --reinstall ca-certificates && "
                       "update-ca-certificates"),
                  TYPE(WHO_YOU, N_("See the chain that arrives here."), SHOW_CHAIN)},
    },
    {
        .code = "tls.name_is_address",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .token_field = SET_OAUTH_TOKEN_URL,
        .when = {.reasons = BECAUSE(TLS_NAME), .signs = {SIGN_HOST_IS_ADDRESS}},
        .title = N_("The certificate names a host, but an address was entered"),
        .means =
            N_("The server was reached at {host}. Its certificate is made out to: "
               "{names}. A certificate holds for names, and for an address only when "
               "that address is written into it."),
        .causes = {LIKELY_IF(HOST_IS_ADDRESS,
                             N_("The address was entered in place of the "
                                "server's name."))},
        .fixes = {FIX(WHO_YOU, N_("Enter the server's name, if it is one of those the "
                                  "certificate lists and you expect it."))},
    },
    {
        .code = "tls.name_mismatch",
        .class = ADVICE_FIX_SETTING,
        .field = SET_SERVER_HOST,
        .token_field = SET_OAUTH_TOKEN_URL,
        .when = {.reasons = BECAUSE(TLS_NAME)},
        .title = N_("The certificate is for another name"),
        .means = N_("{host} was reached, but its certificate is made out to: {names}. So "
                    "this is another server, or the same server under a name that its "
                    "certificate does not know."),
        .causes = {CAUSE(N_("The host was entered as an alias, such as mail.YOURDOMAIN, "
                            "while the provider's certificate knows the provider's name "
                            "only.")),
                   CAUSE(N_("The name is mistyped, or DNS leads to another machine "
                            "({address}).")),
                   LIKELY_IF(INSPECTED, N_("Something on the way answers in the server's "
                                           "place.")),
                   CAUSE(N_("The certificate was renewed without this name."))},
        .fixes = {FIX(WHO_YOU, N_("If you know one of the names listed as your server's, "
                                  "enter that name.")),
                  FIX(WHO_SERVER, N_("Otherwise: put {host} into the server's "
                                     "certificate.")),
                  TYPE(WHO_YOU, N_("See the certificate that arrives here."),
                       SHOW_CHAIN)},
    },
    {
        .code = "tls.expired",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(TLS_EXPIRED)},
        .title = N_("The server's certificate has expired"),
        .means =
            N_("The certificate of {host} was valid until {valid_until}. Nothing was "
               "sent, because an expired certificate proves nothing."),
        .causes = {CAUSE(N_("The certificate was not renewed, or it was renewed and the "
                            "server not reloaded.")),
                   LIKELY_IF(CLOCK_OFF, N_("This machine's clock is ahead.")),
                   CAUSE(N_("An intermediate certificate in the chain has expired."))},
        .fixes = {FIX(WHO_SERVER, N_("Renew the certificate of {host} and reload the "
                                     "server.")),
                  TYPE(WHO_SYSTEM, N_("Make sure that this machine's clock is right."),
                       "timedatectl"),
                  TYPE(WHO_YOU, N_("See the chain and its dates."), SHOW_CHAIN)},
    },
    {
        .code = "tls.not_yet_valid",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(TLS_NOT_YET)},
        .title = N_("The certificate is not valid yet: look at the clock"),
        .means =
            N_("The certificate of {host} is valid from {valid_from}, which is in the "
               "future as this machine sees it. Nearly always this machine's clock is "
               "wrong."),
        .causes = {CAUSE(N_("This machine's clock is behind (a virtual machine that "
                            "slept, an empty clock battery, no time service).")),
                   CAUSE(N_("The certificate was made on a machine whose clock is "
                            "ahead."))},
        .fixes = {TYPE(WHO_SYSTEM,
                       N_("Look at the clock, and switch the time service "
                          "on."),
                       "timedatectl && timedatectl set-ntp true"),
                  FIX(WHO_SERVER, N_("If this machine's clock is right, make the "
                                     "certificate anew."))},
    },
    {
        .code = "tls.revoked",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(TLS_REVOKED)},
        .title = N_("The server's certificate has been revoked"),
        .means =
            N_("The authority that issued the certificate of {host} has withdrawn it. "
               "Its key may be in other hands, so nothing was sent."),
        .fixes = {FIX(WHO_SERVER,
                      N_("Install a new certificate with a new key on {host}."))},
    },
    {
        .code = "tls.weak",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(TLS_WEAK)},
        .title = N_("The server's certificate or key is too weak"),
        .means = N_("The certificate of {host} uses a key or a signature that can be "
                    "forged today, such as SHA-1 or a short RSA key."),
        .fixes = {FIX(WHO_SERVER,
                      N_("Install a certificate with an RSA key of at least 2048 "
                         "bits or an elliptic curve key, signed with SHA-256 or "
                         "better.")),
                  TYPE(WHO_YOU, N_("See the chain that arrives here."), SHOW_CHAIN)},
    },
    {
        .code = "tls.starttls_handshake_failed",
        .class = ADVICE_FIX_SERVER,
        .field = SET_SERVER_SECURITY,
        .when = {.stages = AT_IMAP,
                 .reasons = BECAUSE(TLS_FAILED),
                 .signs = {SIGN_SECURITY_STARTTLS}},
        .title = N_("The TLS handshake after STARTTLS failed"),
        .means =
            N_("{host} agreed to STARTTLS, but the handshake did not come to an end: "
               "{failure}"),
        .causes = {CAUSE(N_("The server's certificate or key is not set up for this "
                            "port.")),
                   CAUSE(N_("A firewall on the way interferes with STARTTLS."))},
        .fixes = {FIX(WHO_YOU, N_("Try TLS at port 993.")),
                  TYPE(WHO_SERVER, N_("Try it by hand, and look into the server's log."),
                       SHOW_CHAIN_STARTTLS)},
    },
    {
        .code = "tls.handshake_failed",
        .class = ADVICE_FIX_SERVER,
        .field = SET_NONE,
        .when = {.reasons = BECAUSE(TLS_FAILED)},
        .title = N_("The TLS handshake failed"),
        .means = N_("{host} was reached at port {port}, but no encrypted connection came "
                    "about: {failure}"),
        .causes = {ONLY_IF(PORT_ODD, N_("This port does not speak TLS from the start.")),
                   ONLY_IF(PROXY, N_("The proxy {proxy} breaks the handshake off.")),
                   CAUSE(N_("A firewall on the way interferes.")),
                   CAUSE(N_("The server is not set up for TLS on this port, or demands a "
                            "client certificate."))},
        .fixes = {FIX_IF(PORT_ODD, WHO_YOU,
                         N_("Make sure that port and security belong together: 993 with "
                            "TLS, 143 with STARTTLS.")),
                  TYPE(WHO_YOU, N_("Try it by hand."), SHOW_CHAIN),
                  FIX(WHO_NETWORK, N_("Make sure that nothing on the way inspects or "
                                      "blocks TLS to {host}."))},
    },
};

ADVICE_TABLE(tls);
