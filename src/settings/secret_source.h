/*
 * Secrets that letterbox does not keep itself: in a file, a variable, or behind a
 * command.
 */
#ifndef LETTERBOX_SETTINGS_SECRET_SOURCE_H
#define LETTERBOX_SETTINGS_SECRET_SOURCE_H

#include <stdbool.h>

#include "base/file.h"
#include "settings/setting.h"

struct err;

/* The secret behind any place but SECRET_STORED, the caller's; NULL with err, which never
 * holds a word of what was read.  A command has no shell, no terminal and no input, 10 s,
 * and only the first line that it prints counts. */
struct secret *secret_source_read(const struct secret_ref *ref, struct err *err);

/* How long a command has: 10 s.  Only a test makes it shorter. */
extern int secret_source_command_ms;

/* A file in `dir` (AT_FDCWD: `name` is a path) that is as private as that; one newline at
 * its end is dropped, with the carriage return before it when `crlf`. */
struct secret *secret_source_read_file(int dir, const char *name, const char *path,
                                       enum file_privacy privacy, bool crlf,
                                       struct err *err);

#endif
