/*
 * Microsoft's clouds, as far as a diagnosis must know them.
 *
 * presets/services/ holds what the wizard pre-fills and may be edited; this table holds
 * what a server that was really met tells of itself, and is asked without any file.
 */
#ifndef LETTERBOX_ADVICE_CLOUDS_H
#define LETTERBOX_ADVICE_CLOUDS_H

#include "check/facts.h"

struct cloud {
    const char *id; /* as in oauth.cloud */
    const char *label;
    const char *login_hosts; /* blank-separated, the one to use first */
    const char *scope;       /* the one that client credentials need */
    const char *imap_host;
    const char *audiences; /* hosts that `aud` of a token for its mailboxes names */
    const char *connect;   /* what Connect-ExchangeOnline needs besides, with a blank */
};

/* The cloud of a login host or IMAP host; NULL when it is none of Microsoft's.  For the
 * login host that two clouds share, the one of `imap_host` (may be NULL) counts. */
const struct cloud *cloud_of_login_host(const char *login_host, const char *imap_host);
const struct cloud *cloud_of_imap_host(const char *imap_host);

/* The cloud whose mailboxes a token with this `aud` is for; NULL when for none.  The
 * resource's GUID is the same in all: *any is true then. */
const struct cloud *cloud_of_audience(const char *aud, bool *any);

/* The cloud that this test is about: the IMAP host's, else the login host's, else the one
 * entered, else the global one.  Never NULL. */
const struct cloud *cloud_of_facts(const struct check_facts *facts);

/* The cloud whose Entra the token was asked of: it is the tenant's own.  Where two share
 * the login host, the token's audience and then the cloud entered decide.  The global one
 * when the login host is none of Microsoft's; never NULL. */
const struct cloud *cloud_of_login(const struct check_facts *facts);

#endif
