#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "support/echo/echo.h"

#define WAYS_MAX 64
#define TEXT_MAX (1024 * 1024)

void fuzz_need(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

void fuzz_need_clean(const char *text)
{
    FUZZ_NEED(!text || text_is_clean(text));
}

void fuzz_need_clean_lines(const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        char *line = mem_copy_bytes(text, length);

        fuzz_need_clean(line);
        free(line);
        text += length + (text[length] == '\n');
    }
}

/* The canary, once as each way of writing has it; "" where it is of more than the canary.
 */
static char *const *spelled_canaries(void)
{
    static char *spelled[WAYS_MAX + 1];

    FUZZ_NEED(echo_count() <= WAYS_MAX);
    for (size_t i = 0; !spelled[i] && i < echo_count(); i++)
        spelled[i] = strcmp(echo_name(i), ECHO_OF_LINE) == 0 ? mem_copy_text("")
                                                             : echo_write(i, FUZZ_CANARY);
    return spelled;
}

bool fuzz_has_canary(const char *bytes, size_t length)
{
    for (char *const *spelled = spelled_canaries(); *spelled; spelled++) {
        if (**spelled && memmem(bytes, length, *spelled, strlen(*spelled)))
            return true;
    }
    return false;
}

void fuzz_need_no_canary(const char *text)
{
    FUZZ_NEED(!text || !fuzz_has_canary(text, strlen(text)));
}

void fuzz_need_err(const struct err *err, bool failed)
{
    if (err_is_set(err) != failed)
        fprintf(stderr, "the error: %s\n", err->text);
    FUZZ_NEED(err_is_set(err) == failed);
    FUZZ_NEED(!failed || err->text[0] != '\0');
    fuzz_need_clean(err->text);
    fuzz_need_clean(err->key);
}

unsigned fuzz_byte(struct fuzz_input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

static char *take(struct fuzz_input *input, size_t length)
{
    char *text = mem_new(length + 1, 1);
    size_t kept = 0;

    for (size_t i = 0; i < length; i++) {
        if (input->data[i] != '\0')
            text[kept++] = (char)input->data[i];
    }
    input->data += length;
    input->size -= length;
    return text;
}

char *fuzz_line(struct fuzz_input *input)
{
    const uint8_t *end = input->size > 0 ? memchr(input->data, '\n', input->size) : NULL;
    char *line = take(input, end ? (size_t)(end - input->data) : input->size);

    if (end)
        fuzz_byte(input);
    return line;
}

char *fuzz_rest(struct fuzz_input *input)
{
    return take(input, input->size);
}

char *fuzz_planted(struct fuzz_input *input, size_t *length)
{
    char *const *spelled = spelled_canaries();
    struct buf text;

    buf_init(&text, TEXT_MAX);
    while (input->size > 0) {
        unsigned byte = fuzz_byte(input);

        if (byte == FUZZ_PLANT)
            buf_add_text(&text, spelled[fuzz_byte(input) % echo_count()]);
        else
            buf_add_char(&text, (char)byte);
    }
    *length = text.length;
    return buf_take(&text);
}
