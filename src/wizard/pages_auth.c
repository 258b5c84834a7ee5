/* The pages Authentication, OAuth provider and Basic auth. */
#include "wizard/pages.h"

#include "base/i18n.h"
#include "wizard/follow.h"
#include "wizard/notices.h"

#define CHOICES(table) .choices = (table), .choice_count = sizeof(table) / sizeof *(table)

static const struct choice methods[] = {
    {"oauth", "OAuth",
     N_("client credentials: a Client ID and a Client secret, no person signs in")},
    {"basic", "Basic auth", N_("username and password")},
};

const struct field page_authentication_fields[FIELDS_AUTHENTICATION] = {
    {
        .setting = SET_AUTH_METHOD,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("Method"),
        .help = N_("Exchange Online takes OAuth only. Your own mail server and most "
                   "others take Basic auth."),
        .more = N_(
            "OAuth here means the client credentials flow: letterbox proves who it is "
            "with a Client ID and a Client secret, gets a token, and shows that to the "
            "mail server. Nobody has to sign in, so it also works at night and after "
            "a restart.\n"
            "Basic auth is the username and password of the mailbox, sent over TLS. "
            "Microsoft has switched it off for IMAP in Exchange Online and Outlook.com; "
            "a server there may still announce it, and refuses every password.\n"
            "Gmail cannot be reached with OAuth client credentials. Use Basic auth with "
            "an app password, where the account allows one."),
        CHOICES(methods),
        .notice = notice_method,
        .changed = follow_choice,
    },
};

static const struct choice sources[] = {
    {"exchange", "Microsoft Exchange", N_("Exchange Online, in Microsoft 365")},
    {"provider", N_("Use existing OpenID provider"), N_("one that is set up already")},
    {"custom", N_("Custom"), N_("any other token server, entered by hand")},
};

const struct field page_oauth_provider_fields[FIELDS_OAUTH_PROVIDER] = {
    {
        .setting = SET_OAUTH_SOURCE,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("Provider"),
        .help = N_("Who gives out the token: the server on which the mailbox's "
                   "application is registered."),
        .more = N_(
            "Microsoft Exchange fills in what is known about Exchange Online: the login "
            "host, the IMAP host, and a scope.\n"
            "Use existing OpenID provider takes the token endpoint, Client ID and Client "
            "secret of a provider that was added with \"letterbox provider add\".\n"
            "Custom asks for Client ID, Client secret, Token URL and Scope. Take it for "
            "Keycloak, authentik, Zitadel and others. The mail server must accept that "
            "server's tokens and find the mailbox's user in them; the test shows whether "
            "it does."),
        CHOICES(sources),
        .changed = follow_choice,
    },
};

const struct field page_basic_fields[FIELDS_BASIC] = {
    {
        .setting = SET_BASIC_USERNAME,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Username"),
        .help = N_("The login of the mailbox: with most services the whole mail address, "
                   "with some the part before the @."),
        .more = N_(
            "Example: support@example.com. iCloud, web.de and some others want only the "
            "part before the @.\n"
            "Usual mistake: the name of the administrator's own account. It must be the "
            "login of the mailbox that is to be read."),
        .notice = notice_username,
        .changed = follow_username,
    },
    {
        .setting = SET_BASIC_PASSWORD,
        .kind = FIELD_SECRET,
        .flags = FIELD_REQUIRED,
        .label = N_("Password"),
        .help = N_("The mailbox's password. Where the account has two-step verification, "
                   "an app password made for this purpose."),
        .more = N_(
            "It is sent only after TLS is up and the server's certificate has been "
            "checked, and saved in a file that only its owner can read.\n"
            "Google, Yahoo, Fastmail and iCloud refuse the account's own password over "
            "IMAP: make an app password in the account's security settings. Many "
            "services also have a switch for IMAP in their webmail.\n"
            "An empty field keeps the password that is stored already."),
    },
};
