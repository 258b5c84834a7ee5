/*
 * Log lines to standard error, for the ingest: logfmt (`key=value key="two words"`), or
 * one JSON object a line.
 *
 * Each begins with time (RFC 3339, UTC, milliseconds), level and event; docs/WATCHING.md
 * lists the events.  Where the descriptor is the journal's own (JOURNAL_STREAM of
 * sd-daemon(3) names it), a logfmt line has the priority "<N>" in front and no time,
 * which the journal has already.
 *
 * Values go through text_add_safe; a secret cannot be passed because its type has no
 * text.  In JSON every value is a string.  One line is one write(2); what does not fit
 * into 4000 bytes is left out by whole fields, the last first.  Any thread.  Nothing is
 * printed below the level that was set: the default prints nothing, so the core stays
 * silent unless a command turns it on.
 */
#ifndef LETTERBOX_BASE_LOG_H
#define LETTERBOX_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum log_form { LOG_LOGFMT, LOG_JSON };

/* Before the first thread.  fd stays the caller's; the form is LOG_LOGFMT. */
void log_start(int fd, enum log_level level);

/* After log_start, before the first thread. */
void log_set_form(enum log_form form);

/* `fields` is pairs of key and value (const char *), ended by NULL; NULL values are left
 * out: log_event(LOG_INFO, "delivered", "mailbox", name, "uid", uid_text, NULL); */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

#endif
