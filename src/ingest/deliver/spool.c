#include "ingest/deliver/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

/* Of the nameless file, from "DIRECTORY/#123 (deleted)"; the caller's. */
static char *directory_of(int spool)
{
    char *link = mem_format("/proc/self/fd/%d", spool);
    char path[PATH_MAX];
    ssize_t length = readlink(link, path, sizeof path - 1);
    char *slash;

    free(link);
    path[length > 0 ? length : 0] = '\0';
    slash = strrchr(path, '/');
    return slash ? mem_copy_bytes(path, (size_t)(slash - path))
                 : mem_copy_text(_("the state directory"));
}

static bool failed(const char *directory, int error, struct err *err)
{
    return err_set(err, ERR_WRITE, _("A message cannot be kept in %s: %s"), directory,
                   strerror(error));
}

static bool spool_failed(int spool, struct err *err)
{
    int error = errno;
    char *directory = directory_of(spool);

    failed(directory, error, err);
    free(directory);
    return false;
}

int spool_open(const char *directory, struct err *err)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        char *path = mem_format("%s/spool.XXXXXX", directory);

        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
        free(path);
    }
    if (fd < 0)
        failed(directory, errno, err);
    return fd;
}

bool spool_add(int spool, const char *bytes, size_t length, struct err *err)
{
    while (length > 0) {
        ssize_t written = write(spool, bytes, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return spool_failed(spool, err);
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool spool_rewind(int spool, struct err *err)
{
    return lseek(spool, 0, SEEK_SET) == 0 || spool_failed(spool, err);
}
