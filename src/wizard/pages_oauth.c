/* The pages Microsoft Exchange, OpenID provider and Custom. */
#include "wizard/pages.h"

#include "base/i18n.h"
#include "wizard/follow.h"
#include "wizard/notices.h"
#include "wizard/validate.h"

#define CHOICES(table) .choices = (table), .choice_count = sizeof(table) / sizeof *(table)

/* Their hosts and scopes are in presets/services/exchange.json. */
static const struct choice clouds[] = {
    {"global", N_("Global"), N_("Microsoft 365 worldwide, and GCC")},
    {"usgov", N_("US Government"), N_("GCC High")},
    {"dod", N_("US DoD"), N_("Department of Defense")},
    {"china", N_("China"), N_("operated by 21Vianet")},
};

/* Asked on more than one page, in the same words. */
#define PARAMETERS_FIELD                                                                 \
    {                                                                                    \
        .setting = SET_OAUTH_PARAMETERS, .kind = FIELD_TEXT, .flags = FIELD_ADVANCED,    \
        .label = N_("Further parameters"),                                               \
        .help =                                                                          \
            N_("What else belongs into the token request, as name=value, with blanks "   \
               "between two."),                                                          \
        .more = N_(                                                                      \
            "Example: audience=https://imap.example.com/\n"                              \
            "Auth0 wants audience; others want resource (RFC 8707). A value with "       \
            "blanks "                                                                    \
            "stands in quotes: name=\"two words\".\n"                                    \
            "Nothing secret belongs here: these values are shown and saved in clear."),  \
        .validate = validate_parameters,                                                 \
    }

#define PROXY_FIELD                                                                      \
    {                                                                                    \
        .setting = SET_OAUTH_PROXY, .kind = FIELD_TEXT, .flags = FIELD_ADVANCED,         \
        .label = N_("Proxy"),                                                            \
        .help =                                                                          \
            N_("A proxy for the token request, as a URL. Empty: what the environment "   \
               "says in https_proxy."),                                                  \
        .more = N_("Example: http://proxy.example.com:3128. Only the way to the token "  \
                   "server goes through it; IMAP is always direct."),                    \
        .validate = validate_proxy, .notice = notice_proxy,                              \
    }

const struct field page_exchange_fields[FIELDS_EXCHANGE] = {
    {
        .setting = SET_OAUTH_CLOUD,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("Cloud"),
        .help = N_("Where the organisation's Microsoft 365 is run. Nearly everywhere: "
                   "Global."),
        .more = N_(
            "Each cloud has its own login host, IMAP host and scope; they follow from "
            "this choice. The address you open the admin center with tells which it is: "
            "entra.microsoft.com is Global, entra.microsoft.us is US Government or DoD, "
            "and a name that ends in .cn is China.\n"
            "Usual mistake: GCC without \"High\" is in the Global cloud."),
        CHOICES(clouds),
        .changed = follow_cloud,
    },
    {
        .setting = SET_OAUTH_TENANT,
        .kind = FIELD_TEXT,
        .label = N_("Directory (tenant) ID"),
        .help = N_("Entra admin center, App registrations, your app, Overview. It "
                   "completes the Token URL; leave it empty to enter that by hand."),
        .more = N_(
            "A GUID, such as 8f2d0c4e-5b1a-4c53-9a77-0d2f8a6b1e42, or one of the "
            "directory's domain names, such as contoso.onmicrosoft.com.\n"
            "\"common\", \"organizations\" and \"consumers\" do not work here: without a "
            "signed-in user Microsoft must be told which directory is meant.\n"
            "Usual mistake: the Object ID, which stands on the same page."),
        .validate = validate_tenant,
        .notice = notice_tenant,
        .changed = follow_tenant,
    },
    {
        .setting = SET_OAUTH_TOKEN_URL,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = "Token URL",
        .help = N_("Entra admin center, App registrations, your app, Endpoints: \"OAuth "
                   "2.0 token endpoint (v2)\"."),
        .more = N_(
            "The whole address, with the directory's ID in it:\n"
            "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token\n"
            "TENANT is the Directory (tenant) ID; enter that in the field above and the "
            "URL completes itself. The path alone is not enough: nothing is tested or "
            "saved with it.\n"
            "Usual mistakes: the authorization endpoint, which stands next to it in the "
            "list, and the v1 endpoint, which has no /v2.0/ in it."),
        .validate = validate_token_url,
        .notice = notice_token_url,
    },
    {
        .setting = SET_OAUTH_CLIENT_ID,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = "Client ID",
        .help = N_("Entra admin center, App registrations, your app, Overview: "
                   "\"Application (client) ID\"."),
        .more = N_(
            "A GUID, such as 6731de76-14a6-49ae-97bc-6eba6914391e. No app yet? App "
            "registrations, New registration: a name is enough, no redirect URI is "
            "needed.\n"
            "Then API permissions, Add a permission, \"APIs my organization uses\", "
            "Office 365 Exchange Online, Application permissions, IMAP.AccessAsApp; and "
            "\"Grant admin consent\". In Exchange Online PowerShell: "
            "New-ServicePrincipal and Add-MailboxPermission for each mailbox.\n"
            "Usual mistake: the app's Object ID."),
        .validate = validate_client_id,
        .notice = notice_client_id,
    },
    {
        .setting = SET_OAUTH_CLIENT_SECRET,
        .kind = FIELD_SECRET,
        .flags = FIELD_REQUIRED,
        .label = "Client secret",
        .help = N_("Entra admin center, your app, Certificates & secrets: the Value, not "
                   "the Secret ID. It is shown once, when the secret is made."),
        .more = N_(
            "Certificates & secrets, Client secrets, New client secret. Copy the column "
            "\"Value\" at once: after you leave that page it is never shown again, and a "
            "new secret must be made.\n"
            "Usual mistake: the column \"Secret ID\", which is a GUID.\n"
            "The secret is saved in a file that only its owner can read. An empty field "
            "keeps the one that is stored already."),
        .notice = notice_client_secret,
    },
    {
        .setting = SET_OAUTH_CLIENT_SECRET_EXPIRES_AT,
        .kind = FIELD_TEXT,
        .label = N_("Client secret expires"),
        .help = N_("The date in the column \"Expires\" beside the secret, as YYYY-MM-DD. "
                   "Optional."),
        .more = N_(
            "Entra's secrets end after two years at the latest, and mail stops coming in "
            "on that day. With the date here letterbox says so from 30 days before: in "
            "the "
            "test, in \"letterbox list\", and in the ingest's log.\n"
            "Example: 2027-03-31."),
        .validate = validate_expiry,
        .notice = notice_expiry,
    },
    {
        .setting = SET_OAUTH_SCOPE,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = "Scope",
        .help = N_("What the token is for. Without a signed-in user Microsoft takes only "
                   "the resource's name with /.default behind it."),
        .more = N_(
            "For IMAP in the Global cloud: https://outlook.office365.com/.default\n"
            "It means every application permission that was granted to the app for that "
            "resource; IMAP.AccessAsApp must be among them.\n"
            "https://outlook.office.com/IMAP.AccessAsUser.All is the delegated scope, "
            "for "
            "programs in which a person signs in. In this flow Microsoft answers it "
            "with "
            "AADSTS1002012. A scope of graph.microsoft.com gives a token, but the IMAP "
            "server refuses that."),
        .validate = validate_scope,
        .notice = notice_scope,
    },
    PROXY_FIELD,
};

const struct field page_openid_fields[FIELDS_OPENID] = {
    {
        .setting = SET_OAUTH_PROVIDER,
        .kind = FIELD_PROVIDER,
        .flags = FIELD_REQUIRED,
        .label = N_("OpenID provider"),
        .help =
            N_("Its token endpoint, Client ID and Client secret are used as they are; "
               "the provider itself is not changed."),
        .more = N_(
            "The list holds the providers that were added with \"letterbox provider add "
            "FILE\". The file is a JSON object with issuer or token_endpoint, client_id "
            "and client_secret.\n"
            "The client must be allowed the client credentials grant. In Keycloak that "
            "is \"Service accounts roles\" in the client's settings."),
        .notice = notice_provider,
    },
    {
        .setting = SET_OAUTH_SCOPE,
        .kind = FIELD_TEXT,
        .label = "Scope",
        .help = N_("The scope that the mail server wants to see in the token. It belongs "
                   "to this mailbox; the provider keeps its own."),
        .more = N_(
            "Ask whoever runs the mail server. Several scopes stand with blanks between "
            "them, for example: openid email\n"
            "Leave it empty when none is needed: the provider then gives its default. "
            "Whether the mail server takes the token shows in the test."),
        .validate = validate_scope,
        .notice = notice_scope,
    },
    PARAMETERS_FIELD,
    PROXY_FIELD,
};

static const struct choice client_auths[] = {
    {"post", N_("post"), N_("in the form: client_secret_post")},
    {"basic", N_("basic"), N_("in the header: client_secret_basic")},
};

const struct field page_custom_fields[FIELDS_CUSTOM] = {
    {
        .setting = SET_OAUTH_CLIENT_ID,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = "Client ID",
        .help = N_("The name under which letterbox is registered at the token server."),
        .more =
            N_("Keycloak: Clients, your client, \"Client ID\". authentik: Applications, "
               "Providers, your provider. Zitadel: the service user's client ID.\n"
               "The client must be a confidential one, and must be allowed the client "
               "credentials grant (in Keycloak: \"Client authentication\" and \"Service "
               "accounts roles\" on)."),
        .validate = validate_client_id,
        .notice = notice_client_id,
    },
    {
        .setting = SET_OAUTH_CLIENT_SECRET,
        .kind = FIELD_SECRET,
        .flags = FIELD_REQUIRED,
        .label = "Client secret",
        .help = N_("The secret that belongs to the Client ID."),
        .more = N_(
            "Keycloak: Clients, your client, Credentials. Others show it once, when the "
            "client is made.\n"
            "Paste it as it is; letterbox encodes it for the request. It is saved in a "
            "file that only its owner can read. An empty field keeps the one that is "
            "stored already."),
        .notice = notice_client_secret,
    },
    {
        .setting = SET_OAUTH_TOKEN_URL,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = "Token URL",
        .help = N_("The token endpoint, as a full https:// URL."),
        .more =
            N_("It stands as \"token_endpoint\" in the server's discovery document, at "
               "https://SERVER/.well-known/openid-configuration.\n"
               "Keycloak: https://SERVER/realms/REALM/protocol/openid-connect/token\n"
               "authentik: https://SERVER/application/o/token/\n"
               "Zitadel: https://SERVER/oauth/v2/token\n"
               "Usual mistake: the issuer, or the authorization endpoint."),
        .validate = validate_token_url,
        .notice = notice_token_url,
    },
    {
        .setting = SET_OAUTH_SCOPE,
        .kind = FIELD_TEXT,
        .label = "Scope",
        .help = N_("The scope that the mail server wants to see in the token; several "
                   "with blanks between them. Empty when none is needed."),
        .more =
            N_("Example: openid email\n"
               "A client credentials token often names no person. The mail server must "
               "find the mailbox in it all the same, for example in a claim \"email\"; "
               "whoever runs the token server can add one. Whether the mail server takes "
               "the token shows in the test."),
        .validate = validate_scope,
        .notice = notice_scope,
    },
    {
        .setting = SET_OAUTH_CLIENT_AUTH,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("Client authentication"),
        .help = N_("How Client ID and Client secret are sent. If the server answers "
                   "invalid_client although both are right, try the other."),
        .more =
            N_("post sends them in the form (client_secret_post), basic in the "
               "Authorization header (client_secret_basic). The discovery document names "
               "what the server takes as token_endpoint_auth_methods_supported; when it "
               "names nothing, basic is meant."),
        CHOICES(client_auths),
    },
    {
        .setting = SET_OAUTH_CLIENT_SECRET_EXPIRES_AT,
        .kind = FIELD_TEXT,
        .flags = FIELD_ADVANCED,
        .label = N_("Client secret expires"),
        .help = N_("The day on which the Client secret ends, as YYYY-MM-DD, where the "
                   "token server sets one. Optional."),
        .more = N_(
            "On that day mail stops coming in. With the date here letterbox says so from "
            "30 days before: in the test, in \"letterbox list\", and in the ingest's "
            "log.\n"
            "Example: 2027-03-31. Keycloak, authentik and others set no such day unless "
            "they are told to."),
        .validate = validate_expiry,
        .notice = notice_expiry,
    },
    PARAMETERS_FIELD,
    PROXY_FIELD,
};
