/*
 * A server on 127.0.0.1 that takes messages, by HTTP POST or by LMTP, and remembers each
 * that came whole.
 *
 * It remembers a message before it answers, and serves one client after another on a
 * thread of its own.  A client that goes away in the middle leaves nothing.  Messages
 * must be lines ended by CR LF.  Faults of a test end it.
 */
#ifndef LETTERBOX_TESTS_SINK_SINK_H
#define LETTERBOX_TESTS_SINK_SINK_H

#include <stdbool.h>

enum sink_kind {
    SINK_HTTP,
    SINK_LMTP,
};

struct sink;

struct sink *sink_start(enum sink_kind kind);
void sink_stop(struct sink **sink);
int sink_port(const struct sink *sink);

/* Calls `each` with the text of every message that came, in their order. */
void sink_each(struct sink *sink, void (*each)(void *closure, const char *text),
               void *closure);
/* Had every message an Idempotency-Key (HTTP; by LMTP there is none to have), the same
 * for the same text, and another for another? */
bool sink_has_keys(struct sink *sink);

#endif
