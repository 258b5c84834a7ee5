#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define CA_FILE_MAX  (4 * 1024 * 1024)
#define SHARED_MS    (60 * 60 * 1000) /* after that a new session gets a trust read anew */
#define NOT_VERIFIED ((unsigned)-1)   /* GnuTLS, before it has looked */

/* Of a certificate that are looked at: GnuTLS reads all of them for each. */
#define NAMES_MAX 256

/* What a trust was read from, as far as it can be seen: the CA file as it was, and not
 * too long ago, because the system's trust changes, too. */
struct trust_key {
    char *ca_file;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    int64_t loaded_ms; /* clock_now_ms */
};

struct tls_trust {
    gnutls_certificate_credentials_t credentials;
    struct trust_key key;
    unsigned users;
    struct tls_trust *next;
};

/* Those in use: a megabyte each with the system's authorities, and a hundred sessions
 * want the same one. */
static struct tls_trust *shared;
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- Trust ------------------------------------------------------------------------ */

static bool read_ca_file(const char *path, struct buf *pem, struct net_failure *failure)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    char chunk[16 * 1024];
    ssize_t got = -1;

    if (fd < 0)
        return net_fail(failure, NET_TLS_CA_FILE, errno, "%s: %s", path,
                        strerrordesc_np(errno));
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        while ((got = read(fd, chunk, sizeof chunk)) > 0)
            buf_add(pem, chunk, (size_t)got);
    } else {
        errno = EISDIR;
    }
    if (got < 0)
        net_fail(failure, NET_TLS_CA_FILE, errno, "%s: %s", path, strerrordesc_np(errno));
    else if (pem->overflowed)
        net_fail(failure, NET_TLS_CA_FILE, EFBIG, "%s: %s", path, strerrordesc_np(EFBIG));
    close(fd);
    return got == 0 && !pem->overflowed;
}

static bool add_ca_file(struct tls_trust *trust, const char *path,
                        struct net_failure *failure)
{
    struct buf pem;
    gnutls_datum_t datum;
    bool done;
    int added;

    buf_init(&pem, CA_FILE_MAX);
    done = read_ca_file(path, &pem, failure);
    if (done) {
        datum = (gnutls_datum_t){(unsigned char *)pem.data, (unsigned)pem.length};
        added = gnutls_certificate_set_x509_trust_mem(trust->credentials, &datum,
                                                      GNUTLS_X509_FMT_PEM);
        if (added == 0)
            added = GNUTLS_E_NO_CERTIFICATE_FOUND;
        if (added < 0)
            done = net_fail(failure, NET_TLS_CA_FILE, added, "%s: %s", path,
                            gnutls_strerror(added));
    }
    buf_free(&pem);
    return done;
}

static struct trust_key key_of(const char *ca_file)
{
    struct trust_key key = {.ca_file = mem_copy_text(ca_file ? ca_file : ""),
                            .loaded_ms = clock_now_ms()};
    struct stat st;

    if (key.ca_file[0] != '\0' && stat(key.ca_file, &st) == 0) {
        key.device = st.st_dev;
        key.inode = st.st_ino;
        key.size = st.st_size;
        key.modified = st.st_mtim;
    }
    return key;
}

static bool serves(const struct trust_key *old, const struct trust_key *wanted)
{
    return strcmp(old->ca_file, wanted->ca_file) == 0 && old->device == wanted->device &&
           old->inode == wanted->inode && old->size == wanted->size &&
           old->modified.tv_sec == wanted->modified.tv_sec &&
           old->modified.tv_nsec == wanted->modified.tv_nsec &&
           wanted->loaded_ms - old->loaded_ms < SHARED_MS;
}

static struct tls_trust *find_shared(const struct trust_key *key)
{
    struct tls_trust *trust;

    pthread_mutex_lock(&shared_lock);
    for (trust = shared; trust && !serves(&trust->key, key);)
        trust = trust->next;
    if (trust)
        trust->users++;
    pthread_mutex_unlock(&shared_lock);
    return trust;
}

static void share(struct tls_trust *trust)
{
    pthread_mutex_lock(&shared_lock);
    trust->next = shared;
    shared = trust;
    pthread_mutex_unlock(&shared_lock);
}

/* false while somebody else still uses it. */
static bool leave_shared(struct tls_trust *trust)
{
    struct tls_trust **at = &shared;
    bool is_last;

    pthread_mutex_lock(&shared_lock);
    is_last = --trust->users == 0;
    while (is_last && *at && *at != trust)
        at = &(*at)->next;
    if (is_last && *at)
        *at = trust->next;
    pthread_mutex_unlock(&shared_lock);
    return is_last;
}

static struct tls_trust *load(const char *ca_file, struct net_failure *failure)
{
    struct tls_trust *trust = mem_new(1, sizeof *trust);
    int result = gnutls_certificate_allocate_credentials(&trust->credentials);

    trust->users = 1;
    if (result < 0) {
        net_fail(failure, NET_SYSTEM, result, "%s", gnutls_strerror(result));
        free(trust);
        return NULL;
    }
    /* A machine without any trust of its own is no fault: then ca_file alone counts, and
     * every other server is untrusted. */
    gnutls_certificate_set_x509_system_trust(trust->credentials);
    if (ca_file && ca_file[0] != '\0' && !add_ca_file(trust, ca_file, failure))
        tls_trust_free(&trust);
    return trust;
}

struct tls_trust *tls_trust_load(const char *ca_file, struct net_failure *failure)
{
    struct trust_key key = key_of(ca_file);
    struct tls_trust *trust = find_shared(&key);

    *failure = (struct net_failure){0};
    if (trust) {
        free(key.ca_file);
        return trust;
    }
    trust = load(ca_file, failure);
    if (!trust) {
        free(key.ca_file);
        return NULL;
    }
    trust->key = key;
    share(trust);
    return trust;
}

void tls_trust_free(struct tls_trust **address)
{
    struct tls_trust *trust = *address;

    *address = NULL;
    if (!trust || !leave_shared(trust))
        return;
    gnutls_certificate_free_credentials(trust->credentials);
    free(trust->key.ca_file);
    free(trust);
}

gnutls_certificate_credentials_t tls_trust_credentials(const struct tls_trust *trust)
{
    return trust->credentials;
}

/* ---- What a handshake showed ------------------------------------------------------- */

static void describe_name(gnutls_x509_crt_t crt,
                          int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned),
                          char *out, size_t size)
{
    gnutls_datum_t name;

    if (get(crt, &name, 0) < 0)
        return;
    text_copy_safe(out, size, (const char *)name.data, name.size);
    gnutls_free(name.data);
}

static void add_alternative_name(struct buf *names, unsigned type, const char *value,
                                 size_t size)
{
    char address[INET6_ADDRSTRLEN];

    if (type == GNUTLS_SAN_IPADDRESS) {
        if (!inet_ntop(size == 4 ? AF_INET : AF_INET6, value, address, sizeof address) ||
            (size != 4 && size != 16))
            return;
        value = address;
        size = strlen(address);
    } else if (type != GNUTLS_SAN_DNSNAME) {
        return;
    }
    if (names->length > 0)
        buf_add_char(names, ' ');
    text_add_safe(names, value, size, 0);
}

static void describe_names(gnutls_x509_crt_t crt, char *out, size_t size)
{
    struct buf names;

    buf_init(&names, 16 * 1024);
    for (unsigned i = 0; i < NAMES_MAX && !names.overflowed; i++) {
        char value[512] = "";
        size_t length = sizeof value;
        int type = gnutls_x509_crt_get_subject_alt_name(crt, i, value, &length, NULL);

        if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
            continue;
        if (type < 0)
            break;
        add_alternative_name(&names, (unsigned)type, value, length);
    }
    text_copy_safe(out, size, names.data, names.length);
    buf_free(&names);
}

void tls_read_certificate(const gnutls_datum_t *der, struct tls_certificate *out)
{
    gnutls_x509_crt_t crt;

    *out = (struct tls_certificate){0};
    if (gnutls_x509_crt_init(&crt) < 0)
        return;
    if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0) {
        describe_name(crt, gnutls_x509_crt_get_dn3, out->subject, sizeof out->subject);
        describe_name(crt, gnutls_x509_crt_get_issuer_dn3, out->issuer,
                      sizeof out->issuer);
        describe_names(crt, out->names, sizeof out->names);
        out->valid_from = gnutls_x509_crt_get_activation_time(crt);
        out->valid_until = gnutls_x509_crt_get_expiration_time(crt);
    }
    gnutls_x509_crt_deinit(crt);
}

static void fill_facts(gnutls_session_t session, struct tls_facts *facts)
{
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    const char *version, *suite;

    if (!chain && !facts->handshaken)
        return; /* nothing was agreed on yet */
    version = gnutls_protocol_get_name(gnutls_protocol_get_version(session));
    suite = gnutls_ciphersuite_get(session);
    /* GnuTLS says "TLS1.3". */
    if (version && strncmp(version, "TLS", 3) == 0)
        snprintf(facts->version, sizeof facts->version, "TLS %s", version + 3);
    if (suite)
        snprintf(facts->cipher, sizeof facts->cipher, "%s", suite);
    for (unsigned i = 0; chain && i < count && i < TLS_CHAIN_MAX; i++) {
        tls_read_certificate(&chain[i], &facts->chain[i]);
        facts->chain_length++;
    }
}

/* In the order in which a person has to look: a certificate for another name says that
 * the host is wrong, whatever else may be wrong with it. */
static const struct {
    unsigned bit;
    enum net_reason reason;
    const char *words;
} faults[] = {
    {GNUTLS_CERT_UNEXPECTED_OWNER, NET_TLS_NAME,
     N_("the certificate is for another name")},
    {GNUTLS_CERT_REVOKED, NET_TLS_REVOKED, N_("the certificate is revoked")},
    {GNUTLS_CERT_INSECURE_ALGORITHM, NET_TLS_WEAK,
     N_("a key or signature of the chain is too weak")},
    {GNUTLS_CERT_SIGNER_NOT_FOUND, NET_TLS_UNTRUSTED,
     N_("the issuer is not known to this system")},
    {GNUTLS_CERT_SIGNER_NOT_CA, NET_TLS_UNTRUSTED,
     N_("the issuer is not a certificate authority")},
    {GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, NET_TLS_UNTRUSTED,
     N_("the issuer may not issue for this name")},
    {GNUTLS_CERT_SIGNATURE_FAILURE, NET_TLS_UNTRUSTED, N_("a signature is wrong")},
    {GNUTLS_CERT_EXPIRED, NET_TLS_EXPIRED, N_("a certificate has expired")},
    {GNUTLS_CERT_NOT_ACTIVATED, NET_TLS_NOT_YET, N_("a certificate is not valid yet")},
    {GNUTLS_CERT_PURPOSE_MISMATCH, NET_TLS_UNTRUSTED,
     N_("the certificate is not meant for a server")},
    {GNUTLS_CERT_MISSING_OCSP_STATUS, NET_TLS_UNTRUSTED,
     N_("the certificate demands an OCSP answer, and the server sent none")},
    {GNUTLS_CERT_INVALID_OCSP_STATUS, NET_TLS_UNTRUSTED,
     N_("the OCSP answer that the server sent does not hold")},
    {GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, NET_TLS_UNTRUSTED,
     N_("the certificate has a critical extension that is not known")},
};

const char *tls_fault(const struct tls_facts *facts, size_t index)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if ((facts->verify_status & faults[i].bit) && index-- == 0)
            return faults[i].words;
    }
    return NULL;
}

static enum net_reason reason_of_verification(unsigned status)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (status & faults[i].bit)
            return faults[i].reason;
    }
    return NET_TLS_UNTRUSTED;
}

static enum net_reason fail_verification(unsigned status, struct net_failure *failure)
{
    enum net_reason reason = reason_of_verification(status);
    gnutls_datum_t words;

    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) <
        0) {
        net_fail(failure, reason, GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR, NULL);
        return reason;
    }
    net_fail(failure, reason, GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR, "%s",
             (const char *)words.data);
    gnutls_free(words.data);
    return reason;
}

static enum net_reason fail_handshake(gnutls_session_t session, int code,
                                      struct net_failure *failure)
{
    enum net_reason reason = NET_TLS_FAILED;
    const char *alert = NULL;

    switch (code) {
    case GNUTLS_E_FATAL_ALERT_RECEIVED:
        alert = gnutls_alert_get_name(gnutls_alert_get(session));
        break;
    case GNUTLS_E_UNEXPECTED_PACKET:
    case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
    case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
        reason = NET_TLS_NOT_TLS;
        break;
    case GNUTLS_E_PREMATURE_TERMINATION:
        reason = NET_CLOSED;
        break;
    case GNUTLS_E_INSUFFICIENT_SECURITY:
    case GNUTLS_E_DH_PRIME_UNACCEPTABLE:
        reason = NET_TLS_WEAK;
        break;
    case GNUTLS_E_NO_CERTIFICATE_FOUND:
        reason = NET_TLS_UNTRUSTED;
        break;
    }
    net_fail(failure, reason, code, "%s%s%s", gnutls_strerror(code), alert ? " " : "",
             alert ? alert : "");
    return reason;
}

enum net_reason tls_examine(gnutls_session_t session, int handshake_code,
                            const char *host, struct tls_facts *facts,
                            struct net_failure *failure)
{
    (void)host; /* bound to the session by gnutls_session_set_verify_cert */
    *facts = (struct tls_facts){0};
    facts->handshaken = handshake_code == GNUTLS_E_SUCCESS;
    facts->verify_status = gnutls_session_get_verify_cert_status(session);
    if (facts->verify_status == NOT_VERIFIED)
        facts->verify_status = 0;
    fill_facts(session, facts);
    if (handshake_code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
        return fail_verification(facts->verify_status, failure);
    if (handshake_code < 0)
        return fail_handshake(session, handshake_code, failure);
    *failure = (struct net_failure){0};
    return NET_OK;
}
