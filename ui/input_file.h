/*
 * A file that a person names on the command line, or standard input.
 */
#ifndef LETTERBOX_UI_INPUT_FILE_H
#define LETTERBOX_UI_INPUT_FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads all of `path` ("-": standard input) into `out`, made with buf_init_secret: what
 * it holds may be a secret.  The file is the person's own, wherever and however it lies,
 * so its mode is no error; *is_open_to_others (may be NULL) says that others can read it.
 * ERR_DATA when it cannot be read, or is longer than the limit of `out`. */
bool input_file_read(const char *path, struct buf *out, bool *is_open_to_others,
                     struct err *err);

#endif
