/*
 * What can be told of Microsoft's names by their shape: tenants, login hosts, scopes.
 *
 * Pure functions over text and the Exchange preset; nothing is looked up.
 */
#ifndef LETTERBOX_WIZARD_ENTRA_H
#define LETTERBOX_WIZARD_ENTRA_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/preset.h"
#include "settings/setting.h"
#include "wizard/field.h"

#define ENTRA_GUID_LENGTH 36

bool entra_is_guid(const char *text);

/* The only GUID in `text`, whatever is around it ("api://…", braces, a sentence, a line
 * break in it), into `out`; false when there is none, or more than one. */
bool entra_find_guid(const char *text, char out[ENTRA_GUID_LENGTH + 1]);

/* 00000000-…: stands for a GUID in an example. */
bool entra_is_nil_guid(const char *text);

/* The directory of personal Microsoft accounts. */
bool entra_is_personal_tenant(const char *text);

/* A directory by GUID or by domain name: the only two that client credentials take. */
bool entra_is_tenant(const char *text);

/* "common", "organizations", "consumers": no directory, so refused in this flow. */
bool entra_is_shared_tenant(const char *text);

/* "TENANT", "{tenant}", "<tenant-id>", "YOUR_TENANT": left over from an example. */
bool entra_is_placeholder(const char *text);

/* Does the Exchange page ask for what is used? */
bool entra_is_exchange(const struct settings *settings);

/* Is there a scheme-less, host-less Token URL: "/oauth2/v2.0/token"? */
bool entra_is_only_path(const char *token_url);

/* The first part of the path of a Token URL ("https://host/TENANT/oauth2/…") as far as it
 * fits; "" when there is none. */
void entra_tenant_in_url(const char *token_url, char *out, size_t size);

/* The host of a URL in lower case; "" when it is no absolute URL. */
void entra_host_in_url(const char *url, char *out, size_t size);

/* The first cloud with this login host / with this IMAP host (or another name of it) /
 * with this scope; or NULL. */
const struct preset_cloud *entra_cloud_by_login(const struct preset_exchange *exchange,
                                                const char *host);
const struct preset_cloud *entra_cloud_by_imap(const struct preset_exchange *exchange,
                                               const char *host);
const struct preset_cloud *entra_cloud_by_scope(const struct preset_exchange *exchange,
                                                const char *scope);

/* Where the token comes from, outside the Exchange page too: the Token URL, or what the
 * context tells of the chosen provider; "" when that is not known. */
const char *entra_token_source(const struct wizard_context *context,
                               const struct settings *settings);

/* The cloud these settings are about: the chosen one on the Exchange page; elsewhere that
 * of the IMAP host, else of where the token comes from; NULL when Microsoft is not in
 * sight. */
const struct preset_cloud *entra_cloud(const struct wizard_context *context,
                                       const struct settings *settings);

/* The Token URL that follows from a cloud and a tenant: only the path while there is no
 * such cloud or tenant.  The caller's (free()). */
char *entra_derived_url(const struct preset_exchange *exchange, const char *cloud,
                        const char *tenant);

/* A scope that only a signed-in user can be given. */
bool entra_scope_is_delegated(const struct preset_exchange *exchange, const char *scope);

#endif
