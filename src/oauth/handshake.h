/*
 * Why a handshake of libcurl's failed: one more over net/stream, for the facts.
 */
#ifndef LETTERBOX_OAUTH_HANDSHAKE_H
#define LETTERBOX_OAUTH_HANDSHAKE_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/cancel.h"
#include "net/dial.h"
#include "net/failure.h"
#include "net/tls.h"

/* All borrowed. */
struct handshake {
    const char *host; /* of the endpoint */
    int port;
    const struct dial_addresses *addresses; /* of the endpoint, or of the proxy */
    const char *proxy;                      /* URL; NULL: none */
    const char *ca_file;
    const struct cancel *cancel;
    int64_t deadline; /* clock_now_ms */
};

/* true when it fails again, with the facts and the reason; false when it does not, or
 * nothing could be learnt: `failure` is left alone then.  Nothing but the handshake is
 * sent. */
bool handshake_examine(const struct handshake *handshake, struct tls_facts *facts,
                       struct net_failure *failure);

/* Does the certificate of a verified session hold before the rules of net/stream too,
 * which are stricter than libcurl's about weak keys? */
bool handshake_is_strong(gnutls_session_t session, const char *host);

#endif
