/*
 * A message taken whole before it is handed on: a nameless file, gone with its last
 * descriptor, also after a crash.
 *
 * Who gets it never sees half of a message and takes it for the whole, may be as slow as
 * it likes without the mail server waiting, and can be told the length.
 */
#ifndef LETTERBOX_INGEST_DELIVER_SPOOL_H
#define LETTERBOX_INGEST_DELIVER_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* A descriptor, the caller's; -1 with err (ERR_WRITE). */
int spool_open(const char *directory, struct err *err);

/* false with err (ERR_WRITE): the disk is full, as a rule. */
bool spool_add(int spool, const char *bytes, size_t length, struct err *err);

/* To the beginning, to be read. */
bool spool_rewind(int spool, struct err *err);

#endif
