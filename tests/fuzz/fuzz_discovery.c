/* A discovery document of the issuer https://id.example.org. */
#include <string.h>

#include "base/err.h"
#include "fuzz/fuzz.h"
#include "oauth/discovery.h"

#define ISSUER "https://id.example.org"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct discovery found = {0};
    struct err err = ERR_INIT;
    bool done = discovery_parse(ISSUER, (const char *)data, size, &found, &err);

    fuzz_need_err(&err, !done);
    if (done) {
        FUZZ_NEED(found.issuer && strncmp(found.issuer, ISSUER, strlen(ISSUER)) == 0);
        FUZZ_NEED(found.token_endpoint);
        FUZZ_NEED(strncasecmp(found.token_endpoint, "https://", 8) == 0);
        fuzz_need_clean(found.token_endpoint);
    }
    discovery_free(&found);
    return 0;
}
