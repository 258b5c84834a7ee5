/*
 * Why a connection failed, typed, so that advice can be a table.
 */
#ifndef LETTERBOX_NET_FAILURE_H
#define LETTERBOX_NET_FAILURE_H

#include <stdbool.h>

enum net_reason {
    NET_OK = 0,
    NET_CANCELLED,
    NET_TIMED_OUT,      /* the stage's deadline passed */
    NET_NAME_UNKNOWN,   /* DNS: no such name, or no address */
    NET_NAME_TEMPORARY, /* DNS: the resolver does not answer */
    NET_REFUSED,        /* ECONNREFUSED */
    NET_UNREACHABLE,    /* no route, network down */
    NET_RESET,          /* ECONNRESET, EPIPE */
    NET_CLOSED,         /* the server ended the connection */
    NET_TLS_FAILED,     /* handshake: alert, protocol, not TLS at all */
    NET_TLS_NOT_TLS,    /* the answer was plain text */
    NET_TLS_UNTRUSTED,  /* issuer unknown */
    NET_TLS_NAME,       /* certificate for another name */
    NET_TLS_EXPIRED,
    NET_TLS_NOT_YET, /* not yet valid: often the local clock */
    NET_TLS_REVOKED,
    NET_TLS_WEAK,    /* insecure algorithm or key */
    NET_TLS_CA_FILE, /* tls.ca_file cannot be read or holds no certificate */
    NET_INJECTED,    /* plain text was waiting behind STARTTLS */
    NET_TOO_MUCH,    /* more bytes than the operation may take */
    NET_SYSTEM,      /* another errno */
};

struct net_failure {
    enum net_reason reason;
    int code;       /* errno, GnuTLS code or EAI_… behind it, 0 when none */
    char text[256]; /* the library's own words, safe for a terminal; "" when none */
};

/* Sets it (text from `format`, may be NULL) and returns false. */
bool net_fail(struct net_failure *failure, enum net_reason reason, int code,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* From errno. */
bool net_fail_errno(struct net_failure *failure, int error);

#endif
