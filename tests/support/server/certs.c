#include "support/server/certs.h"

#include <gnutls/x509.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY ((time_t)24 * 60 * 60)

struct leaf_plan {
    const char *name;
    bool other_ca;
    bool weak;
    int from_days, until_days; /* from now */
};

static const struct leaf_plan plans[CERT_COUNT] = {
    [CERT_GOOD] = {"localhost", false, false, -1, 30},
    [CERT_WRONG_NAME] = {"other.invalid", false, false, -1, 30},
    [CERT_EXPIRED] = {"localhost", false, false, -40, -10},
    [CERT_NOT_YET] = {"localhost", false, false, 10, 40},
    [CERT_OTHER_CA] = {"localhost", true, false, -1, 30},
    [CERT_WEAK] = {"localhost", false, true, -1, 30},
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char directory[] = "/tmp/letterbox-certs-XXXXXX";
static char ca_file[sizeof directory + 16];
static gnutls_certificate_credentials_t credentials[CERT_COUNT];

/* A failed call here is a broken machine, not a failed test. */
static void must(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "test certificates: %s: %s\n", what, gnutls_strerror(result));
        exit(1);
    }
}

static void remove_directory(void)
{
    unlink(ca_file);
    rmdir(directory);
    for (size_t i = 0; i < CERT_COUNT; i++)
        gnutls_certificate_free_credentials(credentials[i]);
}

static gnutls_x509_privkey_t make_key(bool weak)
{
    gnutls_x509_privkey_t key;

    must(gnutls_x509_privkey_init(&key), "key");
    if (weak)
        must(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 1024, 0), "RSA key");
    else
        must(gnutls_x509_privkey_generate(
                 key, GNUTLS_PK_EC, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
             "EC key");
    return key;
}

static gnutls_x509_crt_t make_certificate(gnutls_x509_privkey_t key, const char *name,
                                          int from_days, int until_days)
{
    static unsigned char serial;
    time_t now = time(NULL);
    gnutls_x509_crt_t crt;

    serial++;
    must(gnutls_x509_crt_init(&crt), "certificate");
    must(gnutls_x509_crt_set_version(crt, 3), "version");
    must(gnutls_x509_crt_set_serial(crt, &serial, sizeof serial), "serial");
    must(gnutls_x509_crt_set_key(crt, key), "key");
    must(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                       (unsigned)strlen(name)),
         "subject");
    must(gnutls_x509_crt_set_activation_time(crt, now + from_days * DAY), "date");
    must(gnutls_x509_crt_set_expiration_time(crt, now + until_days * DAY), "date");
    return crt;
}

static gnutls_x509_crt_t make_ca(gnutls_x509_privkey_t key, const char *name)
{
    gnutls_x509_crt_t crt = make_certificate(key, name, -100, 100);

    must(gnutls_x509_crt_set_ca_status(crt, 1), "CA");
    must(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN), "usage");
    must(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), "signature");
    return crt;
}

static void add_names(gnutls_x509_crt_t crt, const char *name)
{
    static const unsigned char v4[4] = {127, 0, 0, 1};
    static const unsigned char v6[16] = {[15] = 1};

    must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
                                              (unsigned)strlen(name), GNUTLS_FSAN_SET),
         "name");
    if (strcmp(name, "localhost") != 0)
        return;
    must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v4, sizeof v4,
                                              GNUTLS_FSAN_APPEND),
         "address");
    must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v6, sizeof v6,
                                              GNUTLS_FSAN_APPEND),
         "address");
}

static gnutls_certificate_credentials_t make_leaf(const struct leaf_plan *plan,
                                                  gnutls_x509_crt_t ca,
                                                  gnutls_x509_privkey_t ca_key)
{
    gnutls_x509_privkey_t key = make_key(plan->weak);
    gnutls_x509_crt_t crt =
        make_certificate(key, plan->name, plan->from_days, plan->until_days);
    gnutls_certificate_credentials_t made;

    add_names(crt, plan->name);
    must(gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0),
         "purpose");
    must(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                GNUTLS_KEY_KEY_ENCIPHERMENT),
         "usage");
    must(gnutls_x509_crt_sign2(crt, ca, ca_key, GNUTLS_DIG_SHA256, 0), "signature");
    must(gnutls_certificate_allocate_credentials(&made), "credentials");
    must(gnutls_certificate_set_x509_key(made, &crt, 1, key), "credentials");
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return made;
}

static void write_ca_file(gnutls_x509_crt_t ca)
{
    gnutls_datum_t pem;
    FILE *file;

    if (!mkdtemp(directory))
        must(GNUTLS_E_FILE_ERROR, directory);
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", directory);
    must(gnutls_x509_crt_export2(ca, GNUTLS_X509_FMT_PEM, &pem), "PEM");
    file = fopen(ca_file, "we");
    if (!file || fwrite(pem.data, 1, pem.size, file) != pem.size || fclose(file) != 0)
        must(GNUTLS_E_FILE_ERROR, ca_file);
    gnutls_free(pem.data);
}

static void make_all(void)
{
    gnutls_x509_privkey_t keys[2] = {make_key(false), make_key(false)};
    gnutls_x509_crt_t cas[2] = {make_ca(keys[0], "letterbox test CA"),
                                make_ca(keys[1], "a CA that nobody knows")};

    for (size_t i = 0; i < CERT_COUNT; i++) {
        size_t which = plans[i].other_ca ? 1 : 0;
        credentials[i] = make_leaf(&plans[i], cas[which], keys[which]);
    }
    write_ca_file(cas[0]);
    atexit(remove_directory);
    for (size_t i = 0; i < 2; i++) {
        gnutls_x509_crt_deinit(cas[i]);
        gnutls_x509_privkey_deinit(keys[i]);
    }
}

const char *certs_ca_file(void)
{
    pthread_once(&once, make_all);
    return ca_file;
}

gnutls_certificate_credentials_t certs_credentials(enum cert cert)
{
    pthread_once(&once, make_all);
    return credentials[cert];
}
