/*
 * An existing OpenID provider: CONFIG/providers/NAME.json.
 *
 * Names of RFC 8414 (issuer, token_endpoint, token_endpoint_auth_methods_supported) and
 * RFC 7591 (client_id, client_secret, client_name, token_endpoint_auth_method, scope,
 * client_secret_expires_at).  Unknown members are kept.  The scope for IMAP belongs to
 * the mailbox, never to the provider: `scope` here is what the provider has, and stays.
 */
#ifndef LETTERBOX_SETTINGS_PROVIDER_H
#define LETTERBOX_SETTINGS_PROVIDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "settings/setting.h"

struct err;

struct provider {
    char *name;           /* as mailbox names */
    char *title;          /* client_name, else the name */
    char *issuer;         /* or NULL */
    char *token_endpoint; /* or NULL: the issuer's discovery document has it */
    char *client_id;
    struct secret_ref client_secret;
    char *auth_method; /* "post" or "basic" (client_secret_…; basic when absent: RFC 7591
                          2) */
    char *scope;       /* the provider's own; never sent for IMAP */
    time_t secret_expires_at; /* 0: never or unknown */
    json_t *extra;            /* the object as it was read */
};

void provider_free(struct provider **provider);

/* From bytes of a provider file.  ERR_DATA names the member; needs client_id,
 * client_secret and one of token_endpoint and issuer, https only. */
struct provider *provider_parse(const char *name, const char *bytes, size_t length,
                                struct err *err);
char *provider_format(const struct provider *provider);

#endif
