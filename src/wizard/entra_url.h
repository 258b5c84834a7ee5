/*
 * Which of Microsoft's URLs was pasted, and what the Token URL is that was meant.
 *
 * Pure functions over text and the Exchange preset; nothing is looked up.
 */
#ifndef LETTERBOX_WIZARD_ENTRA_URL_H
#define LETTERBOX_WIZARD_ENTRA_URL_H

#include "settings/preset.h"

enum entra_url_kind {
    ENTRA_URL_NONE,      /* nothing of Microsoft's login, or no URL */
    ENTRA_URL_TOKEN,     /* the v2 token endpoint */
    ENTRA_URL_V1,        /* the v1 token endpoint */
    ENTRA_URL_AUTHORIZE, /* the authorization endpoint, v1 or v2 */
    ENTRA_URL_ISSUER,    /* the issuer, its discovery document, or the login host alone */
    ENTRA_URL_NO_TENANT, /* an endpoint whose path begins without a directory */
    ENTRA_URL_OTHER,     /* another path of the login host */
    ENTRA_URL_PORTAL,    /* a page of an admin center that names the directory */
};

struct entra_url {
    enum entra_url_kind kind;
    char tenant[254];                 /* as it stands in the URL; "" when none does */
    const struct preset_cloud *cloud; /* whose login host it is; NULL for a portal */
};

/* A missing "https://" is overlooked. */
struct entra_url entra_url_look(const struct preset_exchange *exchange, const char *text);

/* The Token URL for the directory in it, in its cloud, else in `cloud` (may be NULL); the
 * caller's (free()).  NULL when the URL names no directory, or no cloud is known. */
char *entra_url_repair(const struct preset_exchange *exchange,
                       const struct entra_url *url, const struct preset_cloud *cloud);

#endif
