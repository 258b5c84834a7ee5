#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

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

bool fuzz_has_canary(const char *bytes, size_t length)
{
    return memmem(bytes, length, FUZZ_CANARY, strlen(FUZZ_CANARY)) != NULL;
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
