/*
 * From a host name to a connected socket.
 *
 * Names are resolved on a thread of their own, because getaddrinfo cannot be stopped:
 * after a cancel or a deadline that thread is left to finish alone with its own copy of
 * everything. Connecting races both address families (RFC 8305: 250 ms apart, IPv6 first
 * as sorted by the system, the first to answer wins).
 */
#ifndef LETTERBOX_NET_DIAL_H
#define LETTERBOX_NET_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/cancel.h"
#include "net/failure.h"

#define DIAL_ADDRESS_MAX 16

struct dial_address {
    struct sockaddr_storage address;
    socklen_t length;
    char text[64]; /* "192.0.2.1", without the port */
};

struct dial_addresses {
    struct dial_address items[DIAL_ADDRESS_MAX];
    size_t count;
};

/* deadline: clock_now_ms() at which to give up. */
bool dial_resolve(const char *host, int port, const struct cancel *cancel,
                  int64_t deadline, struct dial_addresses *found,
                  struct net_failure *failure);

/* A connected, non-blocking, close-on-exec socket with TCP_NODELAY and
 * keepalive, the caller's; -1 on
 * failure (that of the last address).  *used gets the address that won. */
int dial_connect(const struct dial_addresses *addresses, const struct cancel *cancel,
                 int64_t deadline, const struct dial_address **used,
                 struct net_failure *failure);

#endif
