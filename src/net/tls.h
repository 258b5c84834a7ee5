/*
 * What there is to know of a TLS connection, and the trust it is checked against.
 *
 * Verification is always on: chain, validity, name (RFC 6125), TLS 1.2 or newer, the
 * system's priorities.  There is no switch that turns it off.
 */
#ifndef LETTERBOX_NET_TLS_H
#define LETTERBOX_NET_TLS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "net/failure.h"

#define TLS_CHAIN_MAX 6

struct tls_certificate {
    char subject[160]; /* RFC 4514, safe for a terminal */
    char issuer[160];
    char names[256]; /* DNS names and addresses, blank-separated, cut with "…" */
    time_t valid_from, valid_until;
};

/* Plain data, filled as far as the handshake came, also when it failed. */
struct tls_facts {
    bool handshaken;
    char version[16]; /* "TLS 1.3" */
    char cipher[64];
    struct tls_certificate chain[TLS_CHAIN_MAX]; /* the server's own first */
    size_t chain_length;
    unsigned verify_status; /* GNUTLS_CERT_… bits; 0: good, or not looked at yet */
};

/* What the verification found wrong, in the order in which a person has to look: the
 * first for index 0, and so on; NULL behind the last.  N_(). */
const char *tls_fault(const struct tls_facts *facts, size_t index);

/* The system's trust and the PEM bundle `ca_file` beside it (NULL or "": none).  One
 * that another session uses, and that was read in the last hour from the same file, is
 * shared (read-only, any thread); each gets its own tls_trust_free.  NULL with failure
 * NET_TLS_CA_FILE naming what is wrong with the file. */
struct tls_trust;
struct tls_trust *tls_trust_load(const char *ca_file, struct net_failure *failure);
void tls_trust_free(struct tls_trust **trust);
gnutls_certificate_credentials_t tls_trust_credentials(const struct tls_trust *trust);

/* Reads a certificate (DER); one that is none leaves all empty.  For fuzzers too. */
void tls_read_certificate(const gnutls_datum_t *der, struct tls_certificate *out);

/* Fills facts from a session whose handshake ended, and the reason from its verify status
 * and error code: NET_OK, or what is first wrong (name before chain before dates…). */
enum net_reason tls_examine(gnutls_session_t session, int handshake_code,
                            const char *host, struct tls_facts *facts,
                            struct net_failure *failure);

#endif
