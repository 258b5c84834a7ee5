#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"

/* What an empty buffer points to until it grows; never written. */
static char nothing[1] = "";

static void init(struct buf *buf, size_t limit, bool wipes)
{
    *buf = (struct buf){.data = nothing, .limit = limit, .wipes = wipes};
}

void buf_init(struct buf *buf, size_t limit)
{
    init(buf, limit, false);
}

void buf_init_secret(struct buf *buf, size_t limit)
{
    init(buf, limit, true);
}

static void release(struct buf *buf)
{
    if (buf->data == nothing)
        return;
    if (buf->wipes)
        secret_wipe(buf->data, buf->capacity);
    free(buf->data);
}

void buf_free(struct buf *buf)
{
    release(buf);
    init(buf, buf->limit, buf->wipes);
}

void buf_clear(struct buf *buf)
{
    buf_truncate(buf, 0);
    buf->overflowed = false;
}

/* Room for `more` bytes and the NUL.  A buffer of secrets moves by hand, since realloc
 * would leave the old copy behind. */
static void grow(struct buf *buf, size_t more)
{
    size_t needed = buf->length + more + 1;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    char *data;

    if (needed <= buf->capacity)
        return;
    while (capacity < needed)
        capacity *= 2;
    if (buf->wipes || buf->data == nothing) {
        data = mem_new(capacity, 1);
        memcpy(data, buf->data, buf->length + 1);
        release(buf);
    } else {
        data = mem_resize(buf->data, capacity, 1);
    }
    buf->data = data;
    buf->capacity = capacity;
}

bool buf_add(struct buf *buf, const char *bytes, size_t length)
{
    if (buf->overflowed || length > buf->limit - buf->length) {
        buf->overflowed = true;
        return false;
    }
    if (length == 0)
        return true;
    grow(buf, length);
    memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
    return true;
}

bool buf_add_text(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

bool buf_add_char(struct buf *buf, char c)
{
    return buf_add(buf, &c, 1);
}

bool buf_add_format_list(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    int length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0 || buf->overflowed || (size_t)length > buf->limit - buf->length) {
        buf->overflowed = true;
        return false;
    }
    grow(buf, (size_t)length);
    vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
    buf->length += (size_t)length;
    return true;
}

bool buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list args;
    bool added;

    va_start(args, format);
    added = buf_add_format_list(buf, format, args);
    va_end(args);
    return added;
}

void buf_drop_front(struct buf *buf, size_t count)
{
    size_t left;

    if (count > buf->length)
        count = buf->length;
    if (count == 0)
        return;
    left = buf->length - count;
    memmove(buf->data, buf->data + count, left);
    buf_truncate(buf, left);
}

void buf_truncate(struct buf *buf, size_t length)
{
    if (length >= buf->length)
        return;
    if (buf->wipes)
        secret_wipe(buf->data + length, buf->length - length);
    buf->length = length;
    buf->data[length] = '\0';
}

char *buf_take(struct buf *buf)
{
    char *data = buf->data == nothing ? mem_copy_text("") : buf->data;

    init(buf, buf->limit, buf->wipes);
    return data;
}
