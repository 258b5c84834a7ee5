/*
 * A growing string with a hard cap.
 *
 * Every buffer names its limit when it is made, so no input can make letterbox take more
 * memory than that.  Past the limit nothing is added, the buffer is marked `overflowed`,
 * and every later add does nothing: build a whole text, then look once.
 *
 * The data is always terminated by a NUL that `length` does not count; it may hold NULs.
 * A buffer made with buf_init_secret wipes what it frees and what it grows out of.
 */
#ifndef LETTERBOX_BASE_BUF_H
#define LETTERBOX_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* never NULL after init; "" when empty */
    size_t length;
    size_t capacity; /* private */
    size_t limit;    /* most bytes that `length` can reach */
    bool overflowed;
    bool wipes; /* private */
};

void buf_init(struct buf *buf, size_t limit);
void buf_init_secret(struct buf *buf, size_t limit);

/* Frees the data (wiped when it is secret); the struct can be initialised again. */
void buf_free(struct buf *buf);

/* Length 0, the memory kept (wiped when it is secret), overflowed false. */
void buf_clear(struct buf *buf);

/* The adds return false when the limit would be passed: nothing of that call is added. */
bool buf_add(struct buf *buf, const char *bytes, size_t length);
bool buf_add_text(struct buf *buf, const char *text);
bool buf_add_char(struct buf *buf, char c);
bool buf_add_format(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool buf_add_format_list(struct buf *buf, const char *format, va_list args);

/* Removes `count` bytes from the front (all when there are fewer). */
void buf_drop_front(struct buf *buf, size_t count);

/* Shortens to `length`; longer is ignored. */
void buf_truncate(struct buf *buf, size_t length);

/* The terminated data, now the caller's (free()); the buffer is empty again. */
char *buf_take(struct buf *buf);

#endif
