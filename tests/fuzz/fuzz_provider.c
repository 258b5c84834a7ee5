/* A provider file: what can be read can be written and read again, and stays the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "fuzz/fuzz.h"
#include "settings/provider.h"

static void check(const struct provider *provider)
{
    char *first = provider_format(provider), *second;
    struct err err = ERR_INIT;
    struct provider *again;

    FUZZ_NEED(provider->client_id && (provider->issuer || provider->token_endpoint));
    again = provider_parse("realm", first, strlen(first), &err);
    fuzz_need_err(&err, false);
    FUZZ_NEED(again);
    second = provider_format(again);
    if (strcmp(first, second) != 0)
        fprintf(stderr, "%s%s", first, second);
    FUZZ_NEED(strcmp(first, second) == 0);
    provider_free(&again);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct provider *provider = provider_parse("realm", (const char *)data, size, &err);

    fuzz_need_err(&err, !provider);
    /* A typed secret is allowed here until the store has put it away; it cannot be
     * written. */
    if (provider && provider->client_secret.place != SECRET_TYPED)
        check(provider);
    provider_free(&provider);
    return 0;
}
