/*
 * A stream (net/stream.h) whose server is an array of bytes: no socket, no clock, no TLS,
 * so that the IMAP session meets thousands of servers in a second.
 *
 * It says that it is under TLS, so that credentials are sent.  In the server's bytes 0x01
 * stands for the last line that the client sent, and 0x02 for that line's tag: so an
 * input echoes a credential, or answers a command, wherever it comes in the session.
 */
#ifndef LETTERBOX_FUZZ_SCRIPT_STREAM_H
#define LETTERBOX_FUZZ_SCRIPT_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "net/stream.h"

/* The bytes are borrowed; at most `chunk` of them come with one read. */
struct stream *script_stream_new(const uint8_t *bytes, size_t size, size_t chunk);

#endif
