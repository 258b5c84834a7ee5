/*
 * Telling systemd how the service fares: the protocol of sd_notify(3).
 *
 * A datagram of "NAME=value" lines to the socket named in NOTIFY_SOCKET.  Why this is not
 * libsystemd stands in docs/decisions/0013-a-service.md.  One thread.
 */
#ifndef LETTERBOX_INGEST_NOTIFY_H
#define LETTERBOX_INGEST_NOTIFY_H

#include <stdint.h>

struct notify;

/* From the environment; NULL when nobody wants to be told, and then every call below does
 * nothing. */
struct notify *notify_open(void);
void notify_close(struct notify **notify);

/* "READY=1", "STATUS=2 mailboxes", or several lines.  A word that does not get through is
 * dropped: systemd will miss the pings, and a service must not hang for its status. */
void notify_say(const struct notify *notify, const char *lines);

/* Milliseconds between two "WATCHDOG=1"s: half of what systemd waits for.  0: it does
 * not. */
int64_t notify_ping_ms(const struct notify *notify);

#endif
