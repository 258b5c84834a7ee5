/*
 * A relay of this machine between a client and a server on TLS, which ends one connection
 * at a chosen place, or holds it there: after so many TLS records (RFC 8446 5.1) and
 * bytes of the next one.
 *
 * It has a thread of its own and serves one client after another.  A conversation without
 * TLS counts as one record, for its first kilobytes.  Faults end the test.
 */
#ifndef LETTERBOX_TESTS_RELAY_RELAY_H
#define LETTERBOX_TESTS_RELAY_RELAY_H

#include <stdbool.h>
#include <stddef.h>

struct relay;

enum relay_way {
    RELAY_TO_SERVER,
    RELAY_TO_CLIENT,
    RELAY_WAYS,
};

enum relay_end {
    RELAY_STAYS,   /* nothing happens */
    RELAY_CLOSES,  /* both sides see the end of the stream, without TLS's own */
    RELAY_RESETS,  /* both sides get a TCP reset */
    RELAY_SILENCE, /* nothing passes any more, until the client goes */
    RELAY_HOLDS,   /* nothing passes, until relay_release */
};

struct relay_cut {
    enum relay_end end;
    enum relay_way way;
    size_t records; /* so many pass whole */
    size_t bytes;   /* and so many of the next, or all when it has fewer */
};

/* To that port of an address of loopback (another name is taken for 127.0.0.1), and
 * itself at that address. */
struct relay *relay_start(const char *address, int port);
void relay_stop(struct relay **relay);
int relay_port(const struct relay *relay);

/* For the next connection; those after it are left alone again. */
void relay_cut_next(struct relay *relay, const struct relay_cut *cut);
/* After RELAY_HOLDS: waits until the connection is held; false when it ended before that.
 * What was on its way then has been said, and not been heard. */
bool relay_wait_held(struct relay *relay);
void relay_release(struct relay *relay);
/* How many records of the latest connection passed that way. */
size_t relay_records(struct relay *relay, enum relay_way way);

#endif
