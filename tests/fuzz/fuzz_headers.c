/* The lines of an HTTP answer's header, as libcurl hands them on, with the client secret
 * planted in them. */
#include <stdlib.h>
#include <string.h>

#include "base/scrub.h"
#include "fuzz/fuzz.h"
#include "oauth/http.h"

static void check_text(const char *text)
{
    fuzz_need_clean(text);
    fuzz_need_no_canary(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct token_answer answer = {.retry_after_s = -1};
    struct scrub *hidden = scrub_new();
    size_t length;
    char *text = fuzz_planted(&input, &length), *line = text;

    scrub_hide(hidden, FUZZ_CANARY, strlen(FUZZ_CANARY));
    while (line < text + length) {
        const char *end = memchr(line, '\n', (size_t)(text + length - line));
        size_t whole = end ? (size_t)(end - line) + 1 : (size_t)(text + length - line);
        char *copy = malloc(whole); /* just as large, so that a byte too far is seen */

        memcpy(copy, line, whole);
        http_take_header(&answer, hidden, copy, whole);
        free(copy);
        line += whole;
    }
    check_text(answer.content_type);
    check_text(answer.server_date);
    check_text(answer.www_authenticate);
    check_text(answer.location);
    scrub_free(&hidden);
    free(text);
    return 0;
}
