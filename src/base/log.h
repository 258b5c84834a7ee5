/*
 * Log lines in logfmt (`key=value key="two words"`) to standard error, for the ingest.
 *
 * Values go through text_add_safe; a secret cannot be passed because its type has no
 * text. One line is one write(2).  Any thread.  Nothing is printed below the level that
 * was set: the default prints nothing, so the core stays silent unless a command turns it
 * on.
 */
#ifndef LETTERBOX_BASE_LOG_H
#define LETTERBOX_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Before the first thread.  fd stays the caller's. */
void log_start(int fd, enum log_level level);

/* `fields` is pairs of key and value (const char *), ended by NULL; NULL values are left
 * out: log_event(LOG_INFO, "delivered", "mailbox", name, "uid", uid_text, NULL); */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

#endif
