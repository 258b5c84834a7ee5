#include "ui/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/secret.h"

static bool read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    char chunk[4096];
    ssize_t count;

    do {
        count = read(fd, chunk, sizeof chunk);
        if (count > 0)
            buf_add(out, chunk, (size_t)count);
    } while ((count > 0 && !out->overflowed) || (count < 0 && errno == EINTR));
    secret_wipe(chunk, sizeof chunk);
    if (count < 0)
        return err_set(err, ERR_DATA, _("%s cannot be read: %s."), path, strerror(errno));
    if (out->overflowed)
        return err_set(err, ERR_DATA,
                       _("%s is longer than %zu KiB: this is another kind of file."),
                       path, out->limit / 1024);
    return true;
}

bool input_file_read(const char *path, struct buf *out, bool *is_open_to_others,
                     struct err *err)
{
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat status;
    bool good;

    if (is_open_to_others)
        *is_open_to_others = false;
    if (fd < 0)
        return err_set(err, ERR_DATA, _("%s cannot be opened: %s."), path,
                       strerror(errno));
    if (is_open_to_others && !is_input && fstat(fd, &status) == 0 &&
        S_ISREG(status.st_mode))
        *is_open_to_others = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    good = read_all(fd, is_input ? _("standard input") : path, out, err);
    if (!is_input)
        close(fd);
    return good;
}
