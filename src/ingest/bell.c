#include "ingest/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define FILE_NAME "bell"

#define FLAGS     (O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)

static bool is_bell(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* Open for writing, too: else it would be readable for ever once somebody had rung and
 * gone (pipe(7): POLLHUP). */
int bell_hang(int directory)
{
    int bell = -1;

    /* What a killed ingest, or another program, left there. */
    unlinkat(directory, FILE_NAME, 0);
    if (mkfifoat(directory, FILE_NAME, 0600) == 0)
        bell = openat(directory, FILE_NAME, O_RDWR | FLAGS);
    if (bell < 0 || is_bell(bell))
        return bell;
    close(bell);
    return -1;
}

void bell_take_down(int directory, int *bell)
{
    if (*bell < 0)
        return;
    unlinkat(directory, FILE_NAME, 0);
    close(*bell);
    *bell = -1;
}

void bell_hush(int bell)
{
    char rings[256];

    while (bell >= 0 && read(bell, rings, sizeof rings) > 0)
        continue;
}

bool bell_ring(const char *directory)
{
    char *path = mem_format("%s/" FILE_NAME, directory);
    int bell = open(path, O_WRONLY | FLAGS);
    bool is_heard = bell >= 0 && is_bell(bell);

    /* One that is full has been rung. */
    if (is_heard)
        is_heard = write(bell, "!", 1) == 1 || errno == EAGAIN;
    if (bell >= 0)
        close(bell);
    free(path);
    return is_heard;
}
