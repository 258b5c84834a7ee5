/*
 * An answers file, from the file system into the wizard.  For setup and for test.
 */
#ifndef LETTERBOX_UI_PLAIN_ANSWERS_FILE_H
#define LETTERBOX_UI_PLAIN_ANSWERS_FILE_H

#include "base/err.h"
#include "ui/repair.h"
#include "ui/setup.h"

/* Reads `path` ("-": standard input), takes what it holds into setup->wizard, and checks
 * every page up to `last`.  Adds each error once per key; false when there was one.
 * `given` (may be NULL) tells which keys were there.  What is worth knowing but no error
 * (unused keys, a scope that was put in, a file that others can read) is said on standard
 * error, and so is what stands as a warning beside a field ("warning: key: message"),
 * which is kept in setup->warnings, too.  With setup->repair what is not valid is
 * repaired first, where a fix is known; the changes are said and kept in `repairs`. */
bool answers_file_take(struct setup *setup, const char *path, enum page_id last,
                       bool given[SET_COUNT], struct repair_log *repairs,
                       struct err_list *errors);

/* On standard error, a line each: "key: message". */
void answers_file_print_errors(const struct err_list *errors);

/* 65 when the file did not parse, else 78. */
int answers_file_status(const struct err_list *errors);

#endif
