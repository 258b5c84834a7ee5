#include "base/file_calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int create(int dir, const char *name, int flags, mode_t mode)
{
    return openat(dir, name, flags, mode);
}

const struct file_calls file_calls_system = {
    .create = create,
    .write = write,
    .set_mode = fchmod,
    .set_owner = fchown,
    .sync = fsync,
    .rename = renameat,
    .unlink = unlinkat,
    .make_directory = mkdirat,
};

static const struct file_calls *in_use = &file_calls_system;

const struct file_calls *file_calls(void)
{
    return in_use;
}

void file_calls_use(const struct file_calls *calls)
{
    in_use = calls ? calls : &file_calls_system;
}
