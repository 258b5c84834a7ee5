/* Text made fit to be shown, measured and wrapped: byte 0 is a width, byte 1 a limit. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

#define TEXT_MAX (1024 * 1024)

/* Lines that fit, whole clusters, nothing lost and an end. */
static void check_wrap(const char *text, int columns)
{
    size_t skip;

    for (size_t length; *text; text += length + skip) {
        int width = -1;

        length = text_wrap(text, columns, &skip);
        FUZZ_NEED(length + skip > 0);
        FUZZ_NEED(length + skip <= strlen(text));
        FUZZ_NEED(!memchr(text, '\n', length));
        for (size_t i = 0; i < skip; i++)
            FUZZ_NEED(text[length + i] == ' ' || text[length + i] == '\n');
        text_fit(text, columns, &width);
        FUZZ_NEED(width >= 0 && width <= columns);
    }
}

static void check_steps(const char *text)
{
    size_t length = strlen(text), at = 0, steps = 0, back = 0;

    while (at < length) {
        size_t next = text_next(text, at);

        FUZZ_NEED(next > at && next <= length);
        at = next;
        steps++;
    }
    FUZZ_NEED(text_next(text, length) == length);
    while (at > 0) {
        size_t previous = text_previous(text, at);

        FUZZ_NEED(previous < at);
        at = previous;
        back++;
    }
    FUZZ_NEED(steps == back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    int columns = (int)(fuzz_byte(&input) % 100) + 2;
    size_t limit = fuzz_byte(&input);
    char fixed[40];
    struct buf lines;

    text_copy_safe(fixed, sizeof fixed, (const char *)input.data, input.size);
    fuzz_need_clean(fixed);
    buf_init(&lines, TEXT_MAX);
    text_add_safe(&lines, (const char *)input.data, input.size, limit);
    FUZZ_NEED(limit == 0 || lines.length <= limit);
    FUZZ_NEED(strlen(lines.data) == lines.length);
    fuzz_need_clean(lines.data);
    check_steps(lines.data);
    check_wrap(lines.data, columns);
    text_distance(fixed, "oauth.client_secret");

    /* The same with its line breaks kept. */
    buf_clear(&lines);
    while (input.size > 0) {
        char *line = fuzz_line(&input);

        text_add_safe(&lines, line, strlen(line), 0);
        buf_add_char(&lines, '\n');
        free(line);
    }
    check_wrap(lines.data, columns);
    buf_free(&lines);
    return 0;
}
