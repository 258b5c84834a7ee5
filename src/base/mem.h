/*
 * Allocation that does not fail.
 *
 * letterbox is a program, not a library for strangers: every size that a server or a file
 * can choose is capped before it reaches these calls (see base/buf.h), so running out of
 * memory is not an answer a caller could give a better reply to.  These functions call
 * abort() then, and the crash handler of ui/screen/terminal puts the terminal back.
 * The reasons are in docs/decisions/0002-allocation.md.
 *
 * What they return is freed with free().  Any thread.
 */
#ifndef LETTERBOX_BASE_MEM_H
#define LETTERBOX_BASE_MEM_H

#include <stddef.h>

/* Zeroed memory for `count` things of `size` bytes; never NULL. */
void *mem_new(size_t count, size_t size);

/* Grows or shrinks to `count` things of `size` bytes; the new part is not zeroed.
 * Never for secrets: the old block is not wiped (struct buf can be told to wipe). */
void *mem_resize(void *old, size_t count, size_t size);

/* A copy of `text`, or NULL when `text` is NULL. */
char *mem_copy_text(const char *text);

/* A terminated copy of the first `length` bytes. */
char *mem_copy_bytes(const char *bytes, size_t length);

/* printf into fresh memory. */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Frees *slot and puts a copy of `text` (may be NULL) there. `text` may point into *slot.
 */
void mem_replace_text(char **slot, const char *text);

#endif
