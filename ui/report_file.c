#include "ui/report_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "advice/report.h"
#include "base/file.h"
#include "base/mem.h"

/* Takes `text`. */
static bool write_text(const char *path, char *text, struct err *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *folder = slash ? mem_copy_bytes(path, (size_t)(slash - path + 1)) : NULL;
    int dir = file_open_directory(folder ? folder : ".", 0700, false, err);
    bool written = false;

    if (dir >= 0) {
        written =
            file_replace(dir, name, path, text, strlen(text), 0600, (gid_t)-1, NULL, err);
        close(dir);
    }
    free(folder);
    free(text);
    return written;
}

bool report_file_write(const char *path, const char *mailbox,
                       const struct check_facts *facts, const struct diagnosis *diagnosis,
                       bool masked, struct err *err)
{
    return write_text(path, report_full(mailbox, facts, diagnosis, masked), err);
}

bool report_file_write_commands(const char *path, const char *commands, struct err *err)
{
    return write_text(path, mem_copy_text(commands), err);
}
