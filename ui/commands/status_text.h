/*
 * How mailboxes do, as text of 80 columns.
 */
#ifndef LETTERBOX_UI_COMMANDS_STATUS_TEXT_H
#define LETTERBOX_UI_COMMANDS_STATUS_TEXT_H

#include <stddef.h>
#include <time.h>

#include "ingest/overview.h"

/* A line each under a heading, and below it what stands in the way; the caller's. */
char *status_text_table(const struct overview *list, size_t count, time_t now);

/* All that is known of one; the caller's. */
char *status_text_page(const struct overview *one, time_t now);

#endif
