/*
 * A very small HTTP/1.1 server for GET /metrics, on a loopback address.
 *
 * Every client is taken for hostile: at most eight connections (the oldest gives way to a
 * new one), 4 KB of request, five seconds for all of it, one answer and the end.  It
 * never blocks and starts no thread: its owner's loop asks it what to poll and lets it
 * work.
 */
#ifndef LETTERBOX_INGEST_METRICS_SERVER_H
#define LETTERBOX_INGEST_METRICS_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct metrics_server;

#define METRICS_SERVER_POLLS 9 /* the listener and its connections */

extern int metrics_server_patience_ms; /* 5 s; only a test makes it shorter */

/* Adds what GET /metrics gets; called at most once a second. */
typedef void metrics_server_body(void *closure, struct buf *out);

/* Is it an address rather than a file's name: something with a port behind it? */
bool metrics_server_is_address(const char *place);

/* "127.0.0.1:PORT" or "[::1]:PORT"; port 0 is any that is free.  NULL with err:
 * ERR_USAGE when it is not a loopback address, ERR_WRITE when it cannot be had. */
struct metrics_server *metrics_server_new(const char *address, metrics_server_body *body,
                                          void *closure, struct err *err);
void metrics_server_free(struct metrics_server **server); /* *server may be NULL */

unsigned metrics_server_port(const struct metrics_server *server);

/* Fills `polls` (METRICS_SERVER_POLLS of them) and returns how many; *timeout_ms is
 * lowered to when a connection has had its time. */
size_t metrics_server_polls(struct metrics_server *server, struct pollfd *polls,
                            int *timeout_ms);

/* After poll: does what can be done without waiting. */
void metrics_server_work(struct metrics_server *server);

#endif
