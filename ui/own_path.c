#include "ui/own_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define NAME "letterbox"

/* readlink(2) of /proc/PID/exe says it of a file that has no name any more: proc(5). */
#define DELETED " (deleted)"

char *own_path(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    size_t suffix = sizeof DELETED - 1;

    if (length <= 0 || path[0] != '/')
        return mem_copy_text(NAME);
    path[length] = '\0';
    if ((size_t)length > suffix && strcmp(path + length - suffix, DELETED) == 0)
        path[(size_t)length - suffix] = '\0';
    return mem_copy_text(path);
}

/* Do both names lead to the same file? */
static bool is_same(const char *found, const char *path)
{
    char *real = realpath(found, NULL);
    bool same = strcmp(found, path) == 0 || (real && strcmp(real, path) == 0);

    free(real);
    return same;
}

/* The first in PATH counts, as in the shell. */
bool own_path_is_found(const char *path)
{
    const char *rest = getenv("PATH");
    bool is_there = false, is_it = false;

    while (rest && *rest && !is_there) {
        size_t length = strcspn(rest, ":");
        char *found = mem_format("%.*s/" NAME, (int)length, rest);

        is_it = is_same(found, path);
        is_there = is_it || access(found, X_OK) == 0;
        free(found);
        rest += length;
        rest += *rest == ':';
    }
    return is_it;
}
