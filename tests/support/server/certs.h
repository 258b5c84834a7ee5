/*
 * Certificates for tests, made when the first is asked for; nothing of them is in the
 * repository.  A fault of the making ends the test program with a sentence.
 */
#ifndef LETTERBOX_TESTS_SERVER_CERTS_H
#define LETTERBOX_TESTS_SERVER_CERTS_H

#include <gnutls/gnutls.h>

enum cert {
    CERT_GOOD,        /* localhost, 127.0.0.1, ::1; signed by the test CA */
    CERT_WRONG_NAME,  /* signed by the test CA, for other.invalid only */
    CERT_EXPIRED,     /* good but for its dates, which are over */
    CERT_NOT_YET,     /* good but for its dates, which are to come */
    CERT_OTHER_CA,    /* good but for its CA, which nobody knows */
    CERT_WEAK,        /* good but for its key: 1024 bits of RSA */
    CERT_SELF_SIGNED, /* good but that nobody signed it but itself */
    CERT_INSPECTED,   /* good but for its CA, which is a firewall's that opens TLS */
    CERT_COUNT,
};

/* The certificates (but CERT_WRONG_NAME) will be for these DNS names too; borrowed,
 * ended by NULL.  Before the first is asked for. */
void certs_add_names(const char *const *names);

/* Path of the test CA in PEM, in a temporary directory that is removed at exit. */
const char *certs_ca_file(void);

/* What a server needs to show that certificate; shared, never freed by the caller. */
gnutls_certificate_credentials_t certs_credentials(enum cert cert);

#endif
