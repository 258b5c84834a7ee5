#include "ingest/deliver/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

static bool failed(struct err *err)
{
    return err_set(err, ERR_WRITE,
                   _("A message cannot be kept in the state directory: %s"),
                   strerror(errno));
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
        failed(err);
    return fd;
}

bool spool_add(int spool, const char *bytes, size_t length, struct err *err)
{
    while (length > 0) {
        ssize_t written = write(spool, bytes, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return failed(err);
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool spool_rewind(int spool, struct err *err)
{
    return lseek(spool, 0, SEEK_SET) == 0 || failed(err);
}
