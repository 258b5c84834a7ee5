/*
 * One connection: a socket, plain or under TLS, with a deadline, a cancel, a byte budget
 * and a redacting tap.
 *
 * Errors are sticky: after the first, every call fails with the same failure, so a
 * protocol above may look once.  One thread at a time.
 */
#ifndef LETTERBOX_NET_STREAM_H
#define LETTERBOX_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/cancel.h"
#include "net/failure.h"
#include "net/tls.h"

struct stream;

/* Takes the socket (non-blocking).  cancel is borrowed for the stream's life. */
struct stream *stream_new(int fd, const struct cancel *cancel);
void stream_free(struct stream **stream); /* closes; no TLS goodbye, nothing waits */

/* The next operation must be done by then (clock_now_ms) and within so many bytes read.
 * Until the first deadline is set, every operation is too late. */
void stream_set_deadline(struct stream *stream, int64_t deadline);
void stream_set_budget(struct stream *stream, uint64_t bytes); /* 0: none */

/* TLS over the socket: SNI for names (never for addresses), verified against host.  facts
 * is filled also on failure.  Anything read before the handshake and not yet taken is
 * NET_INJECTED. */
bool stream_start_tls(struct stream *stream, const struct tls_trust *trust,
                      const char *host, struct tls_facts *facts);
bool stream_is_tls(const struct stream *stream);

/* Bytes read (at least 1), or -1; the end of the connection is -1 with NET_CLOSED. */
ssize_t stream_read(struct stream *stream, void *bytes, size_t size);
/* Everything, or false. */
bool stream_write(struct stream *stream, const void *bytes, size_t length);

/* Waits until something can be read, for at most until `until` (clock_now_ms), and not
 * when the descriptor `sooner` (-1: none) becomes readable: 1, 0 when the time is up, -1
 * on failure or cancel.  For IDLE. */
int stream_wait(struct stream *stream, int64_t until, int sooner);

/* A cancelled or timed-out wait of IDLE ends the wait, not the session: after a failed
 * stream_wait the stream works again, and the cancel that ended the wait is not looked at
 * any more (deadlines still hold).  Does nothing after any other failure. */
void stream_forgive(struct stream *stream);

/* Breaks the stream for a reason that only the protocol above can see; returns false. */
bool stream_fail(struct stream *stream, enum net_reason reason, const char *text);

const struct net_failure *stream_failure(const struct stream *stream);
uint64_t stream_bytes_in(const struct stream *stream);
uint64_t stream_bytes_out(const struct stream *stream);

/* Called with every chunk that is not private; for -v and tests.  While private is true
 * the tap gets NULL and the length. */
typedef void stream_tap(void *closure, bool sent, const char *bytes, size_t length);
void stream_set_tap(struct stream *stream, stream_tap *tap, void *closure);
void stream_set_private(struct stream *stream, bool is_private);

#endif
