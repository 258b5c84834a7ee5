/* Signs of the run: settings, connection, proxy, TLS, and the answer over HTTP. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "advice/look.h"
#include "advice/sign_rows.h"
#include "base/i18n.h"

#define CLOCK_TOLERANCE_S 60

/* ---- before anything was asked --------------------------------------------------- */

static bool is_internal_error(const struct check_facts *facts)
{
    return facts->failed == CHECK_SETTINGS && facts->settings_error.class == ERR_INTERNAL;
}

static bool is_file_error(const struct check_facts *facts)
{
    return facts->failed == CHECK_SETTINGS && facts->settings_error.class == ERR_DATA;
}

static bool settings_failed_at(const struct check_facts *facts, const char *keys)
{
    return facts->failed == CHECK_SETTINGS &&
           look_is_any(facts->settings_error.key, keys, ' ');
}

static bool ca_file_is_unusable(const struct check_facts *facts)
{
    return settings_failed_at(facts, "tls.ca_file") ||
           facts->token.failure.reason == NET_TLS_CA_FILE ||
           facts->imap_failure.reason == NET_TLS_CA_FILE;
}

static bool secret_is_missing(const struct check_facts *facts)
{
    return settings_failed_at(facts, "oauth.client_secret basic.password");
}

static bool url_is_path(const struct check_facts *facts)
{
    return settings_failed_at(facts, "oauth.token_url") &&
           !strstr(look_entered(facts, SET_OAUTH_TOKEN_URL), "://");
}

/* ---- connection ------------------------------------------------------------------ */

static bool in_imap_leg(const struct check_facts *facts)
{
    return facts->failed >= CHECK_IMAP_RESOLVE && facts->failed < CHECK_STAGE_COUNT;
}

static bool state_is(const struct check_facts *facts, enum check_stage first,
                     enum check_stage last, enum check_state state)
{
    for (enum check_stage stage = first; stage <= last; stage++) {
        if (facts->steps[stage].state == state)
            return true;
    }
    return false;
}

static bool is_address(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 ||
           inet_pton(AF_INET6, host, &address) == 1;
}

static enum check_state other_resolve(const struct check_facts *facts)
{
    enum check_stage other =
        look_in_token_leg(facts) ? CHECK_IMAP_RESOLVE : CHECK_TOKEN_RESOLVE;
    return facts->steps[other].state;
}

static bool other_name_is_known(const struct check_facts *facts)
{
    if (look_in_token_leg(facts) && is_address(look_entered(facts, SET_SERVER_HOST)))
        return false;
    return other_resolve(facts) == CHECK_OK;
}

static bool other_name_is_unknown(const struct check_facts *facts)
{
    return other_resolve(facts) == CHECK_FAILED;
}

static bool other_leg_works(const struct check_facts *facts)
{
    enum check_stage connect =
        look_in_token_leg(facts) ? CHECK_IMAP_CONNECT : CHECK_TOKEN_CONNECT;
    return facts->steps[connect].state == CHECK_OK;
}

static bool other_leg_failed(const struct check_facts *facts)
{
    if (look_in_token_leg(facts))
        return state_is(facts, CHECK_IMAP_RESOLVE, CHECK_IMAP_CONNECT, CHECK_FAILED);
    return state_is(facts, CHECK_TOKEN_RESOLVE, CHECK_TOKEN_CONNECT, CHECK_FAILED);
}

static bool has_proxy(const struct check_facts *facts)
{
    return look_in_token_leg(facts) && facts->token.proxy[0];
}

static bool has_proxy_from_environment(const struct check_facts *facts)
{
    return has_proxy(facts) && facts->token.proxy_from_environment;
}

static bool proxy_is_entered(const struct check_facts *facts)
{
    return has_proxy(facts) && !facts->token.proxy_from_environment;
}

static bool proxy_wants_login(const struct check_facts *facts)
{
    return look_proxy_status(facts) == 407;
}

static bool proxy_has_gateway_error(const struct check_facts *facts)
{
    int status = look_proxy_status(facts);
    return status == 429 || (status >= 500 && status <= 599 && status != 501);
}

static bool proxy_refuses(const struct check_facts *facts)
{
    return look_proxy_status(facts) != 0;
}

/* A web server that knows no CONNECT. */
static bool proxy_is_none(const struct check_facts *facts)
{
    int status = look_proxy_status(facts);
    return status == 400 || status == 404 || status == 405 || status == 501;
}

static bool proxy_redirects(const struct check_facts *facts)
{
    return look_proxy_status(facts) / 100 == 3;
}

static bool host_is_address(const struct check_facts *facts)
{
    struct buf host;
    buf_init(&host, 256);
    look_host(facts, &host);
    bool yes = is_address(host.data);
    buf_free(&host);
    return yes;
}

static bool name_leads_here(const struct check_facts *facts)
{
    const char *address =
        look_in_token_leg(facts) ? facts->token.address : facts->imap_address;
    struct buf host;
    buf_init(&host, 256);
    look_host(facts, &host);
    bool yes = (strncmp(address, "127.", 4) == 0 || strcmp(address, "0.0.0.0") == 0 ||
                strcmp(address, "::1") == 0 || strcmp(address, "::") == 0) &&
               !is_address(host.data) && strncasecmp(host.data, "localhost", 9) != 0;
    buf_free(&host);
    return yes;
}

static bool clock_is_off(const struct check_facts *facts)
{
    return llabs(facts->token.clock_skew_s) > CLOCK_TOLERANCE_S;
}

static bool has_ca_file(const struct check_facts *facts)
{
    return look_entered(facts, SET_TLS_CA_FILE)[0] != '\0';
}

static bool is_self_signed(const struct check_facts *facts)
{
    const struct tls_certificate *own = look_certificate(facts);
    return own && own->subject[0] && strcmp(own->subject, own->issuer) == 0;
}

static bool chain_is_short(const struct check_facts *facts)
{
    return look_tls(facts)->chain_length == 1 && !is_self_signed(facts);
}

static bool is_inspected(const struct check_facts *facts)
{
    const struct tls_facts *tls = look_tls(facts);
    for (size_t i = 0; i < tls->chain_length && i < TLS_CHAIN_MAX; i++) {
        if (look_contains_any(tls->chain[i].issuer,
                              "zscaler|fortinet|fortigate|palo alto|netskope|blue coat|"
                              "bluecoat|sophos|check point|cisco umbrella|mcafee|"
                              "trend micro|barracuda|watchguard|squid|mitm|proxy|"
                              "inspection|firewall",
                              '|'))
            return true;
    }
    return false;
}

static bool port_is_plain(const struct check_facts *facts)
{
    return in_imap_leg(facts) && look_port(facts) == 143;
}

static bool port_is_tls(const struct check_facts *facts)
{
    return in_imap_leg(facts) && look_port(facts) == 993;
}

static bool port_is_other_mail(const struct check_facts *facts)
{
    static const int ports[] = {21, 24, 25, 80, 110, 443, 465, 587, 995, 2525, 4190};
    for (size_t i = 0; in_imap_leg(facts) && i < sizeof(ports) / sizeof(ports[0]); i++) {
        if (ports[i] == look_port(facts))
            return true;
    }
    return false;
}

static bool port_is_odd(const struct check_facts *facts)
{
    return in_imap_leg(facts) && look_port(facts) != 143 && look_port(facts) != 993;
}

static bool security_is_tls(const struct check_facts *facts)
{
    return in_imap_leg(facts) && look_entered_is(facts, SET_SERVER_SECURITY, "tls");
}

static bool security_is_starttls(const struct check_facts *facts)
{
    return in_imap_leg(facts) && look_entered_is(facts, SET_SERVER_SECURITY, "starttls");
}

/* ---- HTTP answer ----------------------------------------------------------------- */

static bool is_html(const struct check_facts *facts)
{
    return look_contains_any(facts->token.content_type, "text/html xhtml", ' ') ||
           look_contains_any(facts->token.said, "<html|<!doctype", '|');
}

static bool is_not_json(const struct check_facts *facts)
{
    return facts->token.http_status != 0 && !facts->token.is_json;
}

/* OAuth's errors are words such as invalid_scope.  What frameworks put in that place is
 * the status in words: {"status": 415, "error": "Unsupported Media Type"}. */
static bool an_error_is_named(const struct check_facts *facts)
{
    const char *error = facts->token.error;
    return error[0] && !strchr(error, ' ') &&
           !look_is_any(error, "unauthorized forbidden conflict gone error true", ' ');
}

/* RFC 6749 5.2 has invalid_client for it; Keycloak says unauthorized_client, Auth0
 * access_denied, others what they like.  HTTP 401 is about who asks, whatever it says. */
static bool client_is_refused(const struct check_facts *facts)
{
    const char *error = facts->token.error;
    return look_is_any(error,
                       "invalid_client incorrect_client_credentials bad_client_secret "
                       "invalid_client_id invalid_client_secret",
                       ' ') ||
           (facts->token.http_status == 401 && error[0] &&
            !look_is_any(error,
                         "invalid_request invalid_scope invalid_target "
                         "unsupported_grant_type temporarily_unavailable server_error",
                         ' '));
}

static bool answer_is_json(const struct check_facts *facts)
{
    return facts->token.is_json;
}

static bool token_type_is_other(const struct check_facts *facts)
{
    return facts->token.token_type[0] &&
           strcasecmp(facts->token.token_type, "Bearer") != 0;
}

static bool token_type_is_bound(const struct check_facts *facts)
{
    return look_is_any(facts->token.token_type, "DPoP mac PoP hok", ' ');
}

static bool location_is_plain(const struct check_facts *facts)
{
    static const char plain[] = "http://";
    struct buf host;
    buf_init(&host, 256);
    look_token_host(facts, &host);
    bool yes = host.length > 0 &&
               strncasecmp(facts->token.location, plain, sizeof plain - 1) == 0 &&
               strncasecmp(facts->token.location + sizeof plain - 1, host.data,
                           host.length) == 0;
    buf_free(&host);
    return yes;
}

static bool has_location(const struct check_facts *facts)
{
    return facts->token.location[0] != '\0';
}

static bool holds_token(const struct check_facts *facts)
{
    return facts->token.holds_token;
}

static bool token_type_is_missing(const struct check_facts *facts)
{
    return holds_token(facts) && !facts->token.token_type[0];
}

static bool is_form_encoded(const struct check_facts *facts)
{
    return look_contains_any(facts->token.content_type, "x-www-form-urlencoded", ' ');
}

static bool says_retry_after(const struct check_facts *facts)
{
    return look_retry_after(facts) > 0;
}

/* ---- the table ------------------------------------------------------------------- */

const struct sign_row signs_network[SIGN_COUNT] = {
    [SIGN_CANCELLED] = {look_is_cancelled, N_("The test was stopped.")},
    [SIGN_INTERNAL_ERROR] = {is_internal_error, N_("{settings_error}")},
    [SIGN_FILE_ERROR] = {is_file_error, N_("{settings_error}")},
    [SIGN_CA_FILE_UNUSABLE] = {ca_file_is_unusable, N_("The CA file is {ca_file}.")},
    [SIGN_SECRET_MISSING] = {secret_is_missing, N_("{settings_error}")},
    [SIGN_URL_IS_PATH] = {url_is_path,
                          N_("The Token URL was entered without https:// and a host.")},
    [SIGN_TOKEN_LEG] = {look_in_token_leg, N_("The Token URL is {token_url}.")},
    [SIGN_IMAP_LEG] = {in_imap_leg, N_("The IMAP host is {imap_host}, port {port}.")},
    [SIGN_OTHER_NAME_KNOWN] = {other_name_is_known,
                               N_("The name of the test's other server was found.")},
    [SIGN_OTHER_NAME_UNKNOWN] =
        {other_name_is_unknown,
         N_("The name of the test's other server was not found either.")},
    [SIGN_OTHER_LEG_WORKS] =
        {other_leg_works,
         N_("The other server of this test was reached at the same time.")},
    [SIGN_OTHER_LEG_FAILED] =
        {other_leg_failed,
         N_("The other server of this test could not be reached either.")},
    [SIGN_PROXY] = {has_proxy, N_("The token request goes through the proxy {proxy}.")},
    [SIGN_PROXY_FROM_ENVIRONMENT] =
        {has_proxy_from_environment,
         N_("The proxy {proxy} comes from the environment (https_proxy).")},
    [SIGN_PROXY_ENTERED] = {proxy_is_entered, N_("The proxy {proxy} was entered.")},
    [SIGN_PROXY_WANTS_LOGIN] = {proxy_wants_login,
                                N_("The proxy {proxy} answered HTTP {proxy_status}.")},
    [SIGN_PROXY_GATEWAY_ERROR] = {proxy_has_gateway_error,
                                  N_("The proxy {proxy} answered HTTP {proxy_status}.")},
    [SIGN_PROXY_REFUSES] = {proxy_refuses,
                            N_("The proxy {proxy} answered HTTP {proxy_status}.")},
    [SIGN_PROXY_IS_NONE] = {proxy_is_none, N_("{proxy} answered HTTP {proxy_status}.")},
    [SIGN_PROXY_REDIRECTS] = {proxy_redirects,
                              N_("{proxy} answered HTTP {proxy_status}.")},
    [SIGN_HOST_IS_ADDRESS] =
        {host_is_address,
         N_("The host is entered as the address {host}, and certificates name hosts.")},
    [SIGN_NAME_LEADS_HERE] = {name_leads_here,
                              N_("{host} was looked up as {address}, which is this "
                                 "machine.")},
    [SIGN_CLOCK_OFF] = {clock_is_off,
                        N_("The server's clock and this machine's differ by {skew}.")},
    [SIGN_CA_FILE] = {has_ca_file, N_("The CA file {ca_file} was used as well.")},
    [SIGN_SELF_SIGNED] = {is_self_signed,
                          N_("The certificate is signed by itself: {subject}.")},
    [SIGN_CHAIN_SHORT] = {chain_is_short,
                          N_("The server sent its own certificate alone, issued by "
                             "{issuer}.")},
    [SIGN_INSPECTED] = {is_inspected, N_("The certificate was issued by {issuer}.")},
    [SIGN_PORT_PLAIN] = {port_is_plain, N_("143 is the port for STARTTLS.")},
    [SIGN_PORT_TLS] = {port_is_tls, N_("993 is the port for TLS from the start.")},
    [SIGN_PORT_OTHER_MAIL] = {port_is_other_mail,
                              N_("{port} is the port of another protocol.")},
    [SIGN_PORT_ODD] = {port_is_odd,
                       N_("{port} is not one of the usual IMAP ports, 993 and 143.")},
    [SIGN_SECURITY_TLS] = {security_is_tls, N_("TLS from the start was chosen.")},
    [SIGN_SECURITY_STARTTLS] = {security_is_starttls, N_("STARTTLS was chosen.")},
    [SIGN_HTML] = {is_html, N_("The answer is a web page ({content_type}).")},
    [SIGN_NOT_JSON] = {is_not_json, N_("The answer is not JSON ({content_type}).")},
    [SIGN_ERROR_NAMED] = {an_error_is_named, N_("The answer names the error {error}.")},
    [SIGN_CLIENT_REFUSED] = {client_is_refused,
                             N_("The answer is HTTP {http_status}, {error}.")},
    [SIGN_ANSWER_IS_JSON] = {answer_is_json, N_("The answer is JSON.")},
    [SIGN_TOKEN_TYPE_OTHER] = {token_type_is_other,
                               N_("The token's type is {token_type}.")},
    [SIGN_TOKEN_TYPE_BOUND] = {token_type_is_bound,
                               N_("The token's type is {token_type}.")},
    [SIGN_LOCATION_IS_PLAIN] = {location_is_plain, N_("It leads to {location}.")},
    [SIGN_TOKEN_TYPE_MISSING] = {token_type_is_missing,
                                 N_("The answer names no token_type.")},
    [SIGN_LOCATION] = {has_location, N_("It leads to {location}.")},
    [SIGN_HOLDS_TOKEN] = {holds_token, N_("The answer holds an access_token.")},
    [SIGN_FORM_ENCODED] = {is_form_encoded,
                           N_("The answer is of the type {content_type}.")},
    [SIGN_RETRY_AFTER] = {says_retry_after, N_("The server asks to wait {retry_after}.")},
};
