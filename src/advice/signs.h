/*
 * Signs: yes-or-no questions about a test, each with the sentence that tells of it.
 *
 * They are the conditions of rows and, as evidence, what ranks a row's causes.  Pure.
 */
#ifndef LETTERBOX_ADVICE_SIGNS_H
#define LETTERBOX_ADVICE_SIGNS_H

#include <stdbool.h>

#include "check/facts.h"

enum advice_sign {
    SIGN_NONE,

    /* Before anything was asked. */
    SIGN_CANCELLED,
    SIGN_INTERNAL_ERROR, /* letterbox could not begin */
    SIGN_FILE_ERROR,     /* a file does not parse, or must not be trusted */
    SIGN_CA_FILE_UNUSABLE,
    SIGN_SECRET_MISSING, /* the settings' error is about a secret */
    SIGN_URL_IS_PATH,    /* …or about a Token URL that is only a path */

    /* How one logs in, and with what. */
    SIGN_OAUTH,
    SIGN_BASIC,
    SIGN_SECRET_IS_GUID,
    SIGN_SECRET_IS_BLANK_ENDED,
    SIGN_SECRET_IS_SPECIAL,       /* characters that form-encoding changes */
    SIGN_SECRET_IS_SPECIAL_BASIC, /* and it went by client_secret_basic */
    SIGN_SECRET_IS_NOT_ENTRAS,    /* Entra is asked, but the shape is another */
    SIGN_SECRET_ENDED,            /* the date that is known for it has come */
    SIGN_CLIENT_AUTH_POST,
    SIGN_CLIENT_AUTH_BASIC,
    SIGN_WANTS_BASIC,        /* post was sent, the server asks for Basic */
    SIGN_METHOD_NOT_OFFERED, /* the metadata names the other of post and basic alone */
    SIGN_CLIENT_ID_NOT_GUID, /* Entra is asked */
    SIGN_DISCOVERY,          /* the issuer's document was asked for, not yet the token */
    SIGN_PROVIDER,           /* an existing OpenID provider is used */
    SIGN_HAS_PARAMETERS,     /* further parameters of the token request */

    /* Token URL. */
    SIGN_ENTRA,
    SIGN_HAS_AADSTS,
    SIGN_GOOGLE_TOKEN,
    SIGN_KEYCLOAK,
    SIGN_AUTHENTIK,
    SIGN_AUTH0,
    SIGN_OKTA,
    SIGN_URL_COMMON,      /* /common, /organizations or /consumers for a tenant */
    SIGN_URL_PLACEHOLDER, /* an example's tenant is still in it */
    SIGN_URL_V1,
    SIGN_URL_V2,        /* at a login host of Microsoft's, and of the right form */
    SIGN_URL_NOT_TOKEN, /* …/authorize, a discovery document, an issuer */
    SIGN_CLOUDS_DIFFER, /* login host of one cloud, IMAP host of another */

    /* Scope. */
    SIGN_SCOPE_DELEGATED,
    SIGN_SCOPE_GRAPH,
    SIGN_SCOPE_SEVERAL,
    SIGN_SCOPE_OPENID,
    SIGN_SCOPE_PS_OUTLOOK,
    SIGN_SCOPE_EMPTY,
    SIGN_SCOPE_IS_CLOUDS,   /* the one that the IMAP host's cloud needs */
    SIGN_SCOPE_IS_OTHER,    /* …or not that one */
    SIGN_SCOPE_NOT_GRANTED, /* the token answer grants other scopes */

    /* The token's claims. */
    SIGN_TOKEN_OPAQUE,
    SIGN_TOKEN_DELEGATED,
    SIGN_TOKEN_FOR_GRAPH,
    SIGN_TOKEN_FOR_OTHER, /* decoded, and not for Exchange mailboxes */
    SIGN_TOKEN_FOR_OTHER_CLOUD,
    SIGN_TOKEN_FOR_EXCHANGE,
    SIGN_TOKEN_OF_OTHER_APP,    /* than the Client ID that asked */
    SIGN_TOKEN_OF_OTHER_TENANT, /* than the one entered by its id */
    SIGN_TOKEN_EXPIRED,         /* when it was handed out, by that server's clock */
    SIGN_TOKEN_NO_ROLES,
    SIGN_TOKEN_OTHER_ROLES,
    SIGN_TOKEN_HAS_ROLE, /* IMAP.AccessAsApp */
    SIGN_TOKEN_NAMES_MAILBOX,
    SIGN_TOKEN_NAMES_OTHER, /* preferred_username or email of another account */
    SIGN_TOKEN_NAMES_NOBODY,
    SIGN_TOKEN_KNOWS_OID,
    SIGN_TOKEN_READABLE,    /* its issuer or audience is known */
    SIGN_OBJECT_ID_UNKNOWN, /* there is a token, and no object id to be read in it */

    /* Connection. */
    SIGN_TOKEN_LEG,
    SIGN_IMAP_LEG,
    SIGN_OTHER_NAME_KNOWN,   /* the other leg's host was resolved, and was a name */
    SIGN_OTHER_NAME_UNKNOWN, /* …or could not be resolved either */
    SIGN_OTHER_LEG_WORKS,
    SIGN_OTHER_LEG_FAILED,
    SIGN_PROXY,
    SIGN_PROXY_FROM_ENVIRONMENT,
    SIGN_PROXY_ENTERED,
    SIGN_PROXY_WANTS_LOGIN,
    SIGN_PROXY_GATEWAY_ERROR,
    SIGN_PROXY_REFUSES,
    SIGN_PROXY_IS_NONE,   /* a web server answers CONNECT */
    SIGN_PROXY_REDIRECTS, /* …or sends a browser elsewhere */
    SIGN_HOST_IS_ADDRESS,
    SIGN_NAME_LEADS_HERE, /* it was looked up as an address of this machine */
    SIGN_CLOCK_OFF,
    SIGN_CA_FILE,
    SIGN_SELF_SIGNED,
    SIGN_CHAIN_SHORT,     /* the server sent its own certificate alone */
    SIGN_INSPECTED,       /* issued by a product that opens TLS on its way */
    SIGN_PORT_PLAIN,      /* 143 */
    SIGN_PORT_TLS,        /* 993 */
    SIGN_PORT_OTHER_MAIL, /* SMTP, POP, sieve */
    SIGN_PORT_ODD,        /* neither 143 nor 993 */
    SIGN_SECURITY_TLS,
    SIGN_SECURITY_STARTTLS,

    /* HTTP answer. */
    SIGN_HTML,
    SIGN_NOT_JSON,
    SIGN_ERROR_NAMED,
    SIGN_CLIENT_REFUSED, /* invalid_client, or what some say for it with HTTP 401 */
    SIGN_ANSWER_IS_JSON,
    SIGN_TOKEN_TYPE_OTHER,
    SIGN_TOKEN_TYPE_BOUND, /* to a proof: DPoP, mac, PoP */
    SIGN_TOKEN_TYPE_MISSING,
    SIGN_LOCATION,          /* a redirect says where it leads */
    SIGN_LOCATION_IS_PLAIN, /* …and that is http:// on the same host */
    SIGN_HOLDS_TOKEN,       /* an access_token is in the answer, though of no use */
    SIGN_FORM_ENCODED,
    SIGN_RETRY_AFTER,

    /* IMAP server. */
    SIGN_EXCHANGE_ONLINE,
    SIGN_EXCHANGE_OWN,       /* Exchange by its greeting, at no host of Microsoft's */
    SIGN_EXCHANGE_SHUTS_OUT, /* refused at log-in, or connected to no mailbox after it */
    SIGN_GMAIL,
    SIGN_MAYBE_DOVECOT,     /* the greeting names no other software */
    SIGN_OTHER_MAIL_SERVER, /* …or it does */
    SIGN_STALWART,
    SIGN_GREETING_SMTP,
    SIGN_GREETING_POP,
    SIGN_GREETING_HTTP,
    SIGN_OFFERS_OAUTH,
    SIGN_OFFERS_PLAIN,
    SIGN_CAPABILITIES_UNKNOWN,
    SIGN_MECHANISM_CHOSEN,
    SIGN_LOGIN_DISABLED,
    SIGN_PREAUTH,
    SIGN_ACCESS_DENIED, /* NOPERM, or words for it */
    SIGN_CHALLENGED,    /* the server explained itself in a SASL challenge */
    SIGN_CHALLENGE_BAD_TOKEN,
    SIGN_CHALLENGE_SCOPE,
    SIGN_CHALLENGE_NAMES_SCOPE,
    SIGN_CHALLENGE_OTHER_PROVIDER, /* not the one that issued the token */
    SIGN_APP_PASSWORDS,            /* the service takes app passwords only */
    SIGN_CONSUMER_MAILBOX,         /* outlook.com and its like */
    SIGN_USER_NOT_ADDRESS,
    SIGN_USER_IS_CLIENT,
    SIGN_USER_IS_DELEGATE,        /* user\\mailbox, both addresses */
    SIGN_MAILBOX_DOMAIN_INTERNAL, /* .local and its like */
    SIGN_MAILBOX_ONMICROSOFT,
    SIGN_OFFERS_OTHER,    /* mechanisms that letterbox has no use for */
    SIGN_REFUSED_AT_DOOR, /* BYE for a greeting; or NO or BAD, which are none */

    /* By code or in words. */
    SIGN_IMAP_SWITCHED_OFF,
    SIGN_PASSWORD_EXPIRED,
    SIGN_WANTS_PRIVACY,
    SIGN_OVER_QUOTA,
    SIGN_IN_USE,

    SIGN_FOLDER_NEAR,
    SIGN_FOLDER_LISTED, /* the very folder is among the server's */
    SIGN_FOLDERS_KNOWN,

    SIGN_COUNT,
};

bool sign_holds(enum advice_sign sign, const struct check_facts *facts);

/* A sentence with {placeholders}, not yet translated: what was seen. */
const char *sign_sentence(enum advice_sign sign);

#endif
