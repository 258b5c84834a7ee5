/* Words with a secret planted in them: byte 0 is how much of the output there is room
 * for, byte 1 where the part begins that is copied. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/scrub.h"
#include "fuzz/fuzz.h"

static void check(const char *out)
{
    fuzz_need_clean(out);
    fuzz_need_no_canary(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t room = fuzz_byte(&input) * 16 + 1, begin = fuzz_byte(&input), length;
    struct scrub *hidden = scrub_new();
    char *words = fuzz_planted(&input, &length);
    char *out = mem_new(room, 1);

    scrub_hide(hidden, FUZZ_CANARY, strlen(FUZZ_CANARY));
    scrub_copy(hidden, out, room, words, length);
    check(out);
    scrub_copy_part(hidden, out, room, words, length, begin, length);
    check(out);
    scrub_copy_part(hidden, out, room, words, length, 0, begin);
    check(out);
    if (!scrub_finds(hidden, words, length))
        FUZZ_NEED(!fuzz_has_canary(words, length < 16 * 1024 ? length : 16 * 1024));
    free(out);
    free(words);
    scrub_free(&hidden);
    return 0;
}
