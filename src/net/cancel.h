/*
 * One cancel for many waits: an eventfd that becomes and stays readable.
 *
 * Every blocking call of net/, oauth/ and imap/ takes one and polls it beside its own
 * descriptor, so Cancel answers at once wherever the work is.  Any thread may fire it.
 */
#ifndef LETTERBOX_NET_CANCEL_H
#define LETTERBOX_NET_CANCEL_H

#include <stdbool.h>

struct cancel {
    int fd;
};

bool cancel_init(
    struct cancel *cancel); /* false when the system has no descriptor left */
void cancel_close(struct cancel *cancel);
void cancel_fire(struct cancel *cancel); /* async-signal-safe */
bool cancel_fired(const struct cancel *cancel);

#endif
