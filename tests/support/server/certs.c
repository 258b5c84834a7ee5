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

enum ca { CA_TEST, CA_UNKNOWN, CA_FIREWALL, CA_COUNT, CA_ITSELF };

static const struct {
    const char *name, *organization;
} ca_plans[CA_COUNT] = {
    [CA_TEST] = {"letterbox test CA", NULL},
    [CA_UNKNOWN] = {"a CA that nobody knows", NULL},
    [CA_FIREWALL] = {"FGT60E4Q16000000", "Fortinet"},
};

struct leaf_plan {
    const char *name;
    enum ca ca;
    bool weak;
    int from_days, until_days; /* from now */
};

static const struct leaf_plan plans[CERT_COUNT] = {
    [CERT_GOOD] = {"localhost", CA_TEST, false, -1, 30},
    [CERT_WRONG_NAME] = {"other.invalid", CA_TEST, false, -1, 30},
    [CERT_EXPIRED] = {"localhost", CA_TEST, false, -40, -10},
    [CERT_NOT_YET] = {"localhost", CA_TEST, false, 10, 40},
    [CERT_OTHER_CA] = {"localhost", CA_UNKNOWN, false, -1, 30},
    [CERT_WEAK] = {"localhost", CA_TEST, true, -1, 30},
    [CERT_SELF_SIGNED] = {"localhost", CA_ITSELF, false, -1, 30},
    [CERT_INSPECTED] = {"localhost", CA_FIREWALL, false, -1, 30},
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char directory[] = "/tmp/letterbox-certs-XXXXXX";
static char ca_file[sizeof directory + 16];
static gnutls_certificate_credentials_t credentials[CERT_COUNT];
static const char *const *further_names;

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

static gnutls_x509_crt_t make_ca(gnutls_x509_privkey_t key, enum ca ca)
{
    const char *organization = ca_plans[ca].organization;
    gnutls_x509_crt_t crt = make_certificate(key, ca_plans[ca].name, -100, 100);

    if (organization)
        must(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                           organization, (unsigned)strlen(organization)),
             "organization");
    must(gnutls_x509_crt_set_ca_status(crt, 1), "CA");
    must(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN), "usage");
    must(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0), "signature");
    return crt;
}

static void add_name(gnutls_x509_crt_t crt, const char *name)
{
    must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
                                              (unsigned)strlen(name), GNUTLS_FSAN_APPEND),
         "name");
}

static void add_names(gnutls_x509_crt_t crt, const char *name)
{
    static const unsigned char v4[4] = {127, 0, 0, 1};
    static const unsigned char v6[16] = {[15] = 1};

    add_name(crt, name);
    if (strcmp(name, "localhost") != 0)
        return;
    for (const char *const *next = further_names; next && *next; next++)
        add_name(crt, *next);
    must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v4, sizeof v4,
                                              GNUTLS_FSAN_APPEND),
         "address");
    must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v6, sizeof v6,
                                              GNUTLS_FSAN_APPEND),
         "address");
}

static gnutls_certificate_credentials_t make_leaf(const struct leaf_plan *plan,
                                                  const gnutls_x509_crt_t *cas,
                                                  const gnutls_x509_privkey_t *ca_keys)
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
    must(plan->ca == CA_ITSELF
             ? gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0)
             : gnutls_x509_crt_sign2(crt, cas[plan->ca], ca_keys[plan->ca],
                                     GNUTLS_DIG_SHA256, 0),
         "signature");
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
    gnutls_x509_privkey_t keys[CA_COUNT];
    gnutls_x509_crt_t cas[CA_COUNT];

    for (enum ca ca = 0; ca < CA_COUNT; ca++) {
        keys[ca] = make_key(false);
        cas[ca] = make_ca(keys[ca], ca);
    }
    for (size_t i = 0; i < CERT_COUNT; i++)
        credentials[i] = make_leaf(&plans[i], cas, keys);
    write_ca_file(cas[CA_TEST]);
    atexit(remove_directory);
    for (enum ca ca = 0; ca < CA_COUNT; ca++) {
        gnutls_x509_crt_deinit(cas[ca]);
        gnutls_x509_privkey_deinit(keys[ca]);
    }
}

void certs_add_names(const char *const *names)
{
    further_names = names;
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
