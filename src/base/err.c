#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* Longer than the text that is kept, so that cutting is left to text_copy_safe, which
 * knows where a character ends. */
#define RAW_MAX (2 * ERR_TEXT_MAX)

static void set(struct err *err, enum err_class class, const char *key,
                const char *format, va_list args)
{
    if (!err || err_is_set(err))
        return;
    char raw[RAW_MAX];
    vsnprintf(raw, sizeof raw, format, args);
    size_t length = strlen(raw);
    while (length && strchr(" \t\r\n", raw[length - 1]))
        length--;
    err->class = class;
    text_copy_safe(err->key, sizeof err->key, key, strlen(key));
    text_copy_safe(err->text, sizeof err->text, raw, length);
}

bool err_set(struct err *err, enum err_class class, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, class, "", format, args);
    va_end(args);
    return false;
}

bool err_set_key(struct err *err, enum err_class class, const char *key,
                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, class, key, format, args);
    va_end(args);
    return false;
}

bool err_pass(struct err *err, const struct err *why)
{
    if (err && !err_is_set(err))
        *err = *why;
    return false;
}

bool err_is_set(const struct err *err)
{
    return err && err->class != ERR_NONE;
}

void err_clear(struct err *err)
{
    if (err)
        *err = (struct err)ERR_INIT;
}

void err_list_add(struct err_list *list, const struct err *err)
{
    list->items = mem_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = *err;
}

void err_list_free(struct err_list *list)
{
    free(list->items);
    list->items = NULL;
    list->count = 0;
}
