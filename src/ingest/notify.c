#include "ingest/notify.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

struct notify {
    int fd;
    struct sockaddr_un address;
    socklen_t length;
    int64_t ping_ms;
};

/* A path, or "@name" of the abstract namespace. */
static bool read_address(struct notify *notify, const char *name)
{
    size_t length = name ? strlen(name) : 0;

    if (length < 2 || length >= sizeof notify->address.sun_path ||
        (name[0] != '/' && name[0] != '@'))
        return false;
    notify->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(notify->address.sun_path, name, length);
    if (name[0] == '@')
        notify->address.sun_path[0] = '\0';
    notify->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

static int64_t number_in(const char *name)
{
    const char *text = getenv(name);
    char *end;
    intmax_t number = text ? strtoimax(text, &end, 10) : 0;

    return text && *end == '\0' && number > 0 ? number : 0;
}

/* WATCHDOG_PID says whose business it is; systemd leaves it out for any process. */
static int64_t read_ping_ms(void)
{
    int64_t pid = number_in("WATCHDOG_PID");
    int64_t half_ms = number_in("WATCHDOG_USEC") / 2000;

    if (getenv("WATCHDOG_PID") && pid != (int64_t)getpid())
        return 0;
    return half_ms;
}

struct notify *notify_open(void)
{
    struct notify *notify = mem_new(1, sizeof *notify);

    notify->fd = -1;
    if (read_address(notify, getenv("NOTIFY_SOCKET")))
        notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    notify->ping_ms = read_ping_ms();
    if (notify->fd < 0)
        notify_close(&notify);
    return notify;
}

void notify_close(struct notify **address)
{
    struct notify *notify = *address;

    if (!notify)
        return;
    if (notify->fd >= 0)
        close(notify->fd);
    free(notify);
    *address = NULL;
}

void notify_say(const struct notify *notify, const char *lines)
{
    if (notify)
        (void)!sendto(notify->fd, lines, strlen(lines), MSG_NOSIGNAL,
                      (const struct sockaddr *)&notify->address, notify->length);
}

int64_t notify_ping_ms(const struct notify *notify)
{
    return notify ? notify->ping_ms : 0;
}
