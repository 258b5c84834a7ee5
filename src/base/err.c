#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void set(struct err *err, enum err_class class, const char *key,
                const char *format, va_list args) __attribute__((format(printf, 4, 0)));

static void set(struct err *err, enum err_class class, const char *key,
                const char *format, va_list args)
{
    char raw[ERR_TEXT_MAX];
    int length;

    if (!err || err_is_set(err))
        return;
    length = vsnprintf(raw, sizeof raw, format, args);
    if (length < 0)
        length = 0;
    if ((size_t)length >= sizeof raw)
        length = (int)sizeof raw - 1;
    err->class = class;
    snprintf(err->key, sizeof err->key, "%s", key);
    text_copy_safe(err->text, sizeof err->text, raw, (size_t)length);
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
    *list = (struct err_list){NULL, 0};
}
