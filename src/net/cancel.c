#include "net/cancel.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool cancel_init(struct cancel *cancel)
{
    cancel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return cancel->fd >= 0;
}

void cancel_close(struct cancel *cancel)
{
    if (cancel->fd >= 0)
        close(cancel->fd);
    cancel->fd = -1;
}

void cancel_fire(struct cancel *cancel)
{
    static const uint64_t one = 1;
    int saved = errno;

    /* It fails only when the counter is full, and then the descriptor is readable. */
    if (write(cancel->fd, &one, sizeof one) < 0)
        errno = saved;
}

bool cancel_fired(const struct cancel *cancel)
{
    struct pollfd fd = {.fd = cancel->fd, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}
