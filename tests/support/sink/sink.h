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

#include <stddef.h>

enum sink_kind {
    SINK_HTTP,
    SINK_LMTP,
};

struct sink;

struct sink *sink_start(enum sink_kind kind);
void sink_stop(struct sink **sink);
int sink_port(const struct sink *sink);

/* How many messages came, those that came again counted again. */
size_t sink_count(struct sink *sink);
/* How often this very text came; fails the test when its Idempotency-Key (HTTP) was
 * missing once, or not the same each time. */
size_t sink_times(struct sink *sink, const char *text);

#endif
