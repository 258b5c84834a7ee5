/*
 * The report of a test as a file, to hand on to whoever must act.
 */
#ifndef LETTERBOX_UI_REPORT_FILE_H
#define LETTERBOX_UI_REPORT_FILE_H

#include <stdbool.h>

#include "advice/advice.h"
#include "base/err.h"

/* Writes report_full() to `path`, mode 0600, whole or not at all.  No secret, token or
 * SASL line can be in it: the facts hold none.  `masked`: no addresses either. */
bool report_file_write(const char *path, const char *mailbox,
                       const struct check_facts *facts, const struct diagnosis *diagnosis,
                       bool masked, struct err *err);

/* The same with report_commands(): the commands of all fixes, to run or to hand on. */
bool report_file_write_commands(const char *path, const char *commands, struct err *err);

#endif
