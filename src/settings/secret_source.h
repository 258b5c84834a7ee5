/*
 * Secrets that letterbox does not keep itself: in a file, a variable, or behind a
 * command.
 */
#ifndef LETTERBOX_SETTINGS_SECRET_SOURCE_H
#define LETTERBOX_SETTINGS_SECRET_SOURCE_H

#include "settings/setting.h"

struct err;

/* The secret behind any place but SECRET_STORED, the caller's; NULL with err. */
struct secret *secret_source_read(const struct secret_ref *ref, struct err *err);

/* A file that its owner alone may read; one newline at its end is dropped. */
struct secret *secret_source_read_file(const char *path, struct err *err);

#endif
