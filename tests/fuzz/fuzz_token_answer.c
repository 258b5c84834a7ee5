/* What a token endpoint answers: byte 0 picks the HTTP status, the rest is the body, with
 * the client secret planted in it. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "oauth/token.h"

static void check_text(const char *text)
{
    fuzz_need_clean(text);
    fuzz_need_no_canary(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 400, 401, 302, 429, 500, 503, 0};
    struct fuzz_input input = {data, size};
    int status = statuses[fuzz_byte(&input) % 8];
    struct secret *secret = secret_new(FUZZ_CANARY, strlen(FUZZ_CANARY));
    struct token_answer answer = {.retry_after_s = -1, .expires_in_s = -1};
    size_t length;
    char *body = fuzz_planted(&input, &length);
    bool got = token_answer_parse(&answer, status, body, length, secret);

    FUZZ_NEED(got == (answer.token != NULL));
    FUZZ_NEED(!got || secret_length(answer.token) > 0);
    FUZZ_NEED(answer.expires_in_s >= -1);
    check_text(answer.error);
    check_text(answer.description);
    check_text(answer.trace_id);
    check_text(answer.correlation_id);
    check_text(answer.timestamp);
    check_text(answer.said);
    check_text(answer.token_type);
    check_text(answer.scope);
    token_answer_clear(&answer);
    secret_free(&secret);
    free(body);
    return 0;
}
