/* A certificate, in DER: its names and dates, fit to be shown. */
#include "fuzz/fuzz.h"
#include "net/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const gnutls_datum_t der = {(unsigned char *)(uintptr_t)data, (unsigned)size};
    struct tls_certificate certificate;

    tls_read_certificate(&der, &certificate);
    fuzz_need_clean(certificate.subject);
    fuzz_need_clean(certificate.issuer);
    fuzz_need_clean(certificate.names);
    return 0;
}
