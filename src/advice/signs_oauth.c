/* Signs of what one logs in with: client, Token URL, Scope, and the token's claims. */
#include <string.h>
#include <strings.h>

#include "advice/clouds.h"
#include "advice/look.h"
#include "advice/sign_rows.h"
#include "base/i18n.h"

#define GRAPH_APP_ID "00000003-0000-0000-c000-000000000000"

/* ---- how one logs in, and with what ---------------------------------------------- */

static bool uses_oauth(const struct check_facts *facts)
{
    return facts->used_oauth || look_entered_is(facts, SET_AUTH_METHOD, "oauth");
}

static bool uses_basic(const struct check_facts *facts)
{
    return !uses_oauth(facts);
}

static bool token_host_is(const struct check_facts *facts,
                          bool (*holds)(const char *host,
                                        const struct check_facts *facts))
{
    struct buf host;
    buf_init(&host, 256);
    look_token_host(facts, &host);
    bool yes = host.length > 0 && holds(host.data, facts);
    buf_free(&host);
    return yes;
}

static bool host_is_entras(const char *host, const struct check_facts *facts)
{
    (void)facts;
    return cloud_of_login_host(host, NULL) != NULL;
}

/* The tokens name their issuer, and the Exchange page has no other provider. */
static bool is_entra(const struct check_facts *facts)
{
    return facts->token.aadsts != 0 || token_host_is(facts, host_is_entras) ||
           look_contains_any(facts->claims.iss, "sts.windows.net login.microsoftonline.",
                             ' ') ||
           look_entered_is(facts, SET_OAUTH_SOURCE, "exchange");
}

static bool has_aadsts(const struct check_facts *facts)
{
    return facts->token.aadsts != 0;
}

static bool secret_is_guid(const struct check_facts *facts)
{
    return facts->credential.is_guid;
}

static bool secret_is_blank_ended(const struct check_facts *facts)
{
    return facts->credential.has_outer_blank;
}

static bool secret_is_special(const struct check_facts *facts)
{
    return facts->credential.has_special;
}

static bool client_auth_is_post(const struct check_facts *facts)
{
    return strcmp(facts->client_auth, "post") == 0;
}

static bool client_auth_is_basic(const struct check_facts *facts)
{
    return strcmp(facts->client_auth, "basic") == 0;
}

static bool secret_is_special_basic(const struct check_facts *facts)
{
    return secret_is_special(facts) && client_auth_is_basic(facts);
}

static bool secret_is_not_entras(const struct check_facts *facts)
{
    return is_entra(facts) && facts->credential.length > 0 &&
           !facts->credential.is_entra_value && !facts->credential.is_guid;
}

static bool secret_has_ended(const struct check_facts *facts)
{
    return facts->secret_expiry.state == EXPIRY_TODAY ||
           facts->secret_expiry.state == EXPIRY_PAST;
}

static bool wants_basic(const struct check_facts *facts)
{
    return client_auth_is_post(facts) &&
           strncasecmp(facts->token.www_authenticate, "Basic", 5) == 0;
}

static bool method_is_not_offered(const struct check_facts *facts)
{
    const struct auth_methods *methods = &facts->auth_methods;

    return methods->known &&
           (client_auth_is_post(facts) ? methods->basic && !methods->post
                                       : methods->post && !methods->basic);
}

static bool client_id_is_not_guid(const struct check_facts *facts)
{
    return is_entra(facts) && look_client_id(facts)[0] &&
           !look_is_guid(look_client_id(facts));
}

static bool is_discovery(const struct check_facts *facts)
{
    return facts->token.is_discovery;
}

static bool uses_provider(const struct check_facts *facts)
{
    return look_entered_is(facts, SET_OAUTH_SOURCE, "provider");
}

static bool has_parameters(const struct check_facts *facts)
{
    return look_entered(facts, SET_OAUTH_PARAMETERS)[0] != '\0';
}

/* ---- Token URL ------------------------------------------------------------------- */

static bool host_is_googles(const char *host, const struct check_facts *facts)
{
    (void)facts;
    return look_ends_in(host, ".googleapis.com") || look_ends_in(host, ".google.com");
}

static bool is_google_token(const struct check_facts *facts)
{
    return token_host_is(facts, host_is_googles);
}

static bool path_holds(const struct check_facts *facts, const char *list)
{
    struct buf path;
    buf_init(&path, 1024);
    look_token_path(facts, &path);
    bool yes = look_contains_any(path.data, list, ' ');
    buf_free(&path);
    return yes;
}

static bool path_ends_in(const struct check_facts *facts, const char *end)
{
    struct buf path;
    buf_init(&path, 1024);
    look_token_path(facts, &path);
    bool yes = look_ends_in(path.data, end);
    buf_free(&path);
    return yes;
}

static bool is_keycloak(const struct check_facts *facts)
{
    return path_holds(facts, "/protocol/openid-connect/") ||
           look_contains_any(facts->claims.iss, "/realms/", ' ');
}

static bool is_authentik(const struct check_facts *facts)
{
    return path_holds(facts, "/application/o/token");
}

static bool host_is_auth0s(const char *host, const struct check_facts *facts)
{
    (void)facts;
    return look_ends_in(host, ".auth0.com");
}

static bool is_auth0(const struct check_facts *facts)
{
    return token_host_is(facts, host_is_auth0s);
}

static bool is_okta(const struct check_facts *facts)
{
    return path_ends_in(facts, "/v1/token") && path_holds(facts, "/oauth2/");
}

static bool url_is_common(const struct check_facts *facts)
{
    return is_entra(facts) && path_holds(facts, "/common/ /organizations/ /consumers/");
}

static bool url_has_placeholder(const struct check_facts *facts)
{
    return path_holds(facts, "{tenant TENANT/ <tenant YOUR_TENANT your-tenant tenant_id "
                             "%7Btenant %3Ctenant");
}

static bool url_is_v1(const struct check_facts *facts)
{
    return is_entra(facts) && path_ends_in(facts, "/oauth2/token");
}

static bool url_is_v2(const struct check_facts *facts)
{
    return token_host_is(facts, host_is_entras) &&
           path_ends_in(facts, "/oauth2/v2.0/token");
}

static bool url_is_not_token(const struct check_facts *facts)
{
    return path_holds(facts, "/authorize /.well-known/ /userinfo /introspect "
                             "/devicecode /adminconsent") ||
           path_ends_in(facts, "/v2.0") || path_ends_in(facts, "/v2.0/");
}

static bool clouds_differ(const struct check_facts *facts)
{
    const char *imap_host = look_entered(facts, SET_SERVER_HOST);
    const struct cloud *imap = cloud_of_imap_host(imap_host);
    struct buf host;
    buf_init(&host, 256);
    look_token_host(facts, &host);
    const struct cloud *login = cloud_of_login_host(host.data, imap_host);
    buf_free(&host);
    return imap && login && imap != login;
}

/* ---- Scope ----------------------------------------------------------------------- */

static const char *scope(const struct check_facts *facts)
{
    return look_entered(facts, SET_OAUTH_SCOPE);
}

static bool scope_is_delegated(const struct check_facts *facts)
{
    return look_contains_any(scope(facts),
                             "AccessAsUser offline_access SMTP.Send Mail.Read "
                             "POP.AccessAsUser user_impersonation",
                             ' ');
}

static bool scope_is_graph(const struct check_facts *facts)
{
    return look_contains_any(scope(facts), "graph.microsoft. " GRAPH_APP_ID, ' ');
}

static bool scope_is_several(const struct check_facts *facts)
{
    return strchr(scope(facts), ' ') != NULL;
}

static bool scope_is_openid(const struct check_facts *facts)
{
    return look_is_any(scope(facts), "openid profile email", ' ');
}

static bool scope_is_ps_outlook(const struct check_facts *facts)
{
    return look_contains_any(scope(facts), "ps.outlook.com", ' ');
}

static bool scope_is_empty(const struct check_facts *facts)
{
    return uses_oauth(facts) && scope(facts)[0] == '\0';
}

static bool scope_is_clouds(const struct check_facts *facts)
{
    return strcmp(scope(facts), cloud_of_facts(facts)->scope) == 0;
}

static bool scope_is_other(const struct check_facts *facts)
{
    return uses_oauth(facts) && !scope_is_clouds(facts);
}

static bool scope_is_not_granted(const struct check_facts *facts)
{
    const char *list = scope(facts);
    if (!facts->had_token || !list[0] || !facts->token.scope[0] || is_entra(facts))
        return false;
    /* Each word that was asked for must be among those granted. */
    while (*list) {
        size_t length = strcspn(list, " ");
        char word[256];
        if (length > 0 && length < sizeof(word)) {
            memcpy(word, list, length);
            word[length] = '\0';
            if (!look_is_any(word, facts->token.scope, ' '))
                return true;
        }
        list += length + strspn(list + length, " ");
    }
    return false;
}

/* ---- the token's claims ---------------------------------------------------------- */

static bool decoded(const struct check_facts *facts)
{
    return facts->had_token && facts->claims.decoded;
}

static bool token_is_opaque(const struct check_facts *facts)
{
    return facts->had_token && !facts->claims.decoded;
}

static bool token_is_delegated(const struct check_facts *facts)
{
    return decoded(facts) && is_entra(facts) && facts->claims.scp[0];
}

static bool token_is_for_graph(const struct check_facts *facts)
{
    return decoded(facts) &&
           look_contains_any(facts->claims.aud, "graph.microsoft. " GRAPH_APP_ID, ' ');
}

static bool token_is_for_other(const struct check_facts *facts)
{
    bool any;
    return decoded(facts) && facts->claims.aud[0] &&
           !cloud_of_audience(facts->claims.aud, &any);
}

static bool token_is_for_other_cloud(const struct check_facts *facts)
{
    bool any;
    const struct cloud *imap = cloud_of_imap_host(look_entered(facts, SET_SERVER_HOST));
    const struct cloud *aud =
        decoded(facts) ? cloud_of_audience(facts->claims.aud, &any) : NULL;
    return aud && !any && imap && imap != aud;
}

static bool token_is_for_exchange(const struct check_facts *facts)
{
    bool any;
    return decoded(facts) && cloud_of_audience(facts->claims.aud, &any);
}

static bool token_is_of_other_app(const struct check_facts *facts)
{
    const char *appid = facts->claims.appid, *wanted = look_client_id(facts);
    return decoded(facts) && look_is_guid(appid) && look_is_guid(wanted) &&
           strcasecmp(appid, wanted) != 0;
}

/* A tenant that was entered by a domain has an id that is not known here. */
static bool token_is_of_other_tenant(const struct check_facts *facts)
{
    struct buf wanted;
    buf_init(&wanted, 256);
    look_tenant(facts, &wanted);
    bool yes = decoded(facts) && look_is_guid(facts->claims.tid) &&
               look_is_guid(wanted.data) &&
               strcasecmp(facts->claims.tid, wanted.data) != 0;
    buf_free(&wanted);
    return yes;
}

static bool token_is_expired(const struct check_facts *facts)
{
    time_t now = look_server_time(facts);
    return decoded(facts) && facts->claims.expires > 0 && now > facts->claims.expires;
}

static bool token_has_no_roles(const struct check_facts *facts)
{
    return decoded(facts) && facts->claims.role_count == 0 && !facts->claims.scp[0];
}

static bool token_has_role(const struct check_facts *facts)
{
    for (size_t i = 0; decoded(facts) && i < facts->claims.role_count; i++) {
        if (strcasecmp(facts->claims.roles[i], "IMAP.AccessAsApp") == 0)
            return true;
    }
    return false;
}

static bool token_has_other_roles(const struct check_facts *facts)
{
    return decoded(facts) && facts->claims.role_count > 0 && !token_has_role(facts);
}

static bool names(const char *claim, const struct check_facts *facts)
{
    return claim[0] && strcasecmp(claim, look_mailbox(facts)) == 0;
}

static bool token_names_mailbox(const struct check_facts *facts)
{
    const struct claims *claims = &facts->claims;
    return decoded(facts) && (names(claims->preferred_username, facts) ||
                              names(claims->email, facts) || names(claims->sub, facts));
}

static bool token_names_other(const struct check_facts *facts)
{
    const struct claims *claims = &facts->claims;
    return decoded(facts) && !token_names_mailbox(facts) &&
           (claims->preferred_username[0] || claims->email[0]);
}

static bool token_names_nobody(const struct check_facts *facts)
{
    return decoded(facts) && !token_names_mailbox(facts) && !token_names_other(facts);
}

static bool token_knows_oid(const struct check_facts *facts)
{
    return decoded(facts) && look_is_guid(facts->claims.oid);
}

static bool object_id_is_unknown(const struct check_facts *facts)
{
    return facts->had_token && !token_knows_oid(facts);
}

static bool token_is_readable(const struct check_facts *facts)
{
    return decoded(facts) && (facts->claims.iss[0] || facts->claims.aud[0]);
}

/* ---- the table ------------------------------------------------------------------- */

const struct sign_row signs_oauth[SIGN_COUNT] = {
    [SIGN_OAUTH] = {uses_oauth, N_("This mailbox is set up with OAuth.")},
    [SIGN_BASIC] = {uses_basic, N_("This mailbox is set up with Basic auth.")},
    [SIGN_SECRET_IS_GUID] = {secret_is_guid,
                             N_("The Client secret that was entered is a GUID.")},
    [SIGN_SECRET_IS_BLANK_ENDED] = {secret_is_blank_ended,
                                    N_("What was entered begins or ends with a blank.")},
    [SIGN_SECRET_IS_SPECIAL] =
        {secret_is_special,
         N_("What was entered holds characters other than letters, digits and -._~.")},
    [SIGN_SECRET_IS_SPECIAL_BASIC] =
        {secret_is_special_basic,
         N_("The Client secret holds characters that are encoded, and it was sent in the "
            "Authorization header.")},
    [SIGN_SECRET_ENDED] = {secret_has_ended,
                           N_("The date known for this Client secret is {secret_day}.")},
    [SIGN_SECRET_IS_NOT_ENTRAS] =
        {secret_is_not_entras,
         N_("What was entered does not have the shape of Entra's newer secrets (about 40 "
            "characters, with \"Q~\" near the beginning).")},
    [SIGN_CLIENT_AUTH_POST] = {client_auth_is_post,
                               N_("The Client secret was sent in the form (post).")},
    [SIGN_CLIENT_AUTH_BASIC] =
        {client_auth_is_basic,
         N_("The Client secret was sent in the Authorization header (basic).")},
    [SIGN_WANTS_BASIC] =
        {wants_basic,
         N_("The Client secret was sent in the form, and the server's answer "
            "asks for the Authorization header (WWW-Authenticate: Basic).")},
    [SIGN_METHOD_NOT_OFFERED] =
        {method_is_not_offered,
         N_("The provider's metadata (token_endpoint_auth_methods_supported) names "
            "client_secret_{other_client_auth}, and not the way that was used.")},
    [SIGN_CLIENT_ID_NOT_GUID] =
        {client_id_is_not_guid,
         N_("Entra's Client IDs are GUIDs; the one entered is not: {client_id}.")},
    [SIGN_DISCOVERY] = {is_discovery,
                        N_("The issuer's discovery document was asked for.")},
    [SIGN_PROVIDER] = {uses_provider,
                       N_("The values are those of the existing provider {provider}.")},
    [SIGN_HAS_PARAMETERS] = {has_parameters,
                             N_("Further parameters are sent with the token request.")},
    [SIGN_ENTRA] = {is_entra, N_("The token server is Microsoft Entra.")},
    [SIGN_HAS_AADSTS] = {has_aadsts, N_("The answer holds the number {aadsts}.")},
    [SIGN_GOOGLE_TOKEN] = {is_google_token, N_("The token server is Google's.")},
    [SIGN_KEYCLOAK] = {is_keycloak, N_("The Token URL is a Keycloak realm's.")},
    [SIGN_AUTHENTIK] = {is_authentik, N_("The Token URL is authentik's.")},
    [SIGN_AUTH0] = {is_auth0, N_("The Token URL is Auth0's.")},
    [SIGN_OKTA] = {is_okta, N_("The Token URL has the shape of Okta's.")},
    [SIGN_URL_COMMON] =
        {url_is_common,
         N_("The Token URL names {tenant} in place of one organization's tenant.")},
    [SIGN_URL_PLACEHOLDER] =
        {url_has_placeholder,
         N_("The Token URL still holds the example's placeholder {tenant}.")},
    [SIGN_URL_V2] = {url_is_v2, N_("The Token URL has the form that Entra's have.")},
    [SIGN_URL_V1] = {url_is_v1, N_("The Token URL is the older one, without /v2.0/.")},
    [SIGN_URL_NOT_TOKEN] =
        {url_is_not_token,
         N_("The Token URL is the address of something else: {token_url}")},
    [SIGN_CLOUDS_DIFFER] =
        {clouds_differ, N_("The Token URL is that of one Microsoft cloud, the IMAP host "
                           "{imap_host} is in another.")},
    [SIGN_SCOPE_DELEGATED] = {scope_is_delegated,
                              N_("The Scope {scope} is one for a signed-in user.")},
    [SIGN_SCOPE_GRAPH] = {scope_is_graph, N_("The Scope {scope} is Microsoft Graph's.")},
    [SIGN_SCOPE_SEVERAL] = {scope_is_several, N_("The Scope holds more than one word.")},
    [SIGN_SCOPE_OPENID] = {scope_is_openid, N_("The Scope {scope} names no resource.")},
    [SIGN_SCOPE_PS_OUTLOOK] =
        {scope_is_ps_outlook,
         N_("The Scope is ps.outlook.com's, which is meant for the consent link.")},
    [SIGN_SCOPE_EMPTY] = {scope_is_empty, N_("The Scope is empty.")},
    [SIGN_SCOPE_IS_CLOUDS] = {scope_is_clouds,
                              N_("The Scope is the one that Exchange needs.")},
    [SIGN_SCOPE_IS_OTHER] = {scope_is_other,
                             N_("The Scope is {scope}, and Exchange needs "
                                "{cloud_scope}.")},
    [SIGN_SCOPE_NOT_GRANTED] =
        {scope_is_not_granted, N_("Asked for was {scope}; granted was {granted_scope}.")},
    [SIGN_TOKEN_OPAQUE] =
        {token_is_opaque,
         N_("The token is opaque or encrypted, so nobody but its provider "
            "can read it.")},
    [SIGN_TOKEN_DELEGATED] =
        {token_is_delegated,
         N_("The token holds the claim scp, as only a user's token does.")},
    [SIGN_TOKEN_FOR_GRAPH] = {token_is_for_graph,
                              N_("The token's audience is {aud}, Microsoft Graph.")},
    [SIGN_TOKEN_FOR_OTHER] = {token_is_for_other, N_("The token's audience is {aud}.")},
    [SIGN_TOKEN_FOR_OTHER_CLOUD] =
        {token_is_for_other_cloud,
         N_("The token's audience is {aud}; the IMAP host is {imap_host}.")},
    [SIGN_TOKEN_FOR_EXCHANGE] = {token_is_for_exchange,
                                 N_("The token's audience is {aud}; the IMAP host is "
                                    "{imap_host}.")},
    [SIGN_TOKEN_OF_OTHER_APP] =
        {token_is_of_other_app,
         N_("The token names the application {appid}; entered was {client_id}.")},
    [SIGN_TOKEN_OF_OTHER_TENANT] =
        {token_is_of_other_tenant,
         N_("The token names the tenant {tid}; entered was {tenant}.")},
    [SIGN_TOKEN_EXPIRED] = {token_is_expired,
                            N_("The token is good until {token_expires}, and the token "
                               "server's clock says {server_time}.")},
    [SIGN_TOKEN_NO_ROLES] = {token_has_no_roles, N_("The token holds no role at all.")},
    [SIGN_TOKEN_OTHER_ROLES] = {token_has_other_roles,
                                N_("The token holds the roles {roles}.")},
    [SIGN_TOKEN_HAS_ROLE] =
        {
            token_has_role,
            N_("The token holds the role IMAP.AccessAsApp, so the permission "
               "and its consent are in order.")},
    [SIGN_TOKEN_NAMES_MAILBOX] = {token_names_mailbox,
                                  N_("The token names the mailbox {mailbox}.")},
    [SIGN_TOKEN_NAMES_OTHER] =
        {token_names_other,
         N_("The token names {token_user}, the mailbox is {mailbox}.")},
    [SIGN_TOKEN_NAMES_NOBODY] =
        {token_names_nobody, N_("The token holds neither preferred_username nor email.")},
    [SIGN_TOKEN_KNOWS_OID] =
        {token_knows_oid,
         N_("The token names the service principal: appid {appid}, oid {oid}.")},
    [SIGN_TOKEN_READABLE] = {token_is_readable, N_("The token's issuer is {iss}, its "
                                                   "audience {aud}.")},
    [SIGN_OBJECT_ID_UNKNOWN] =
        {object_id_is_unknown,
         N_("The object id of the service principal cannot be read in the token.")},
};
