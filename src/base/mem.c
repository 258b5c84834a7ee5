#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *mem_new(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (!memory)
        abort();
    return memory;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *memory;

    if (size && count > SIZE_MAX / size)
        abort();
    memory = realloc(old, count && size ? count * size : 1);
    if (!memory)
        abort();
    return memory;
}

char *mem_copy_bytes(const char *bytes, size_t length)
{
    char *copy = mem_new(length + 1, 1);

    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

char *mem_copy_text(const char *text)
{
    return text ? mem_copy_bytes(text, strlen(text)) : NULL;
}

char *mem_format(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    int length;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        abort();
    return text;
}

void mem_replace_text(char **slot, const char *text)
{
    char *copy = mem_copy_text(text);

    free(*slot);
    *slot = copy;
}
