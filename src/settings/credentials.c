#include "settings/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/secret_source.h"

/* As the units name it in LoadCredential=; systemd puts "_" and the file's name behind.
 */
#define PREFIX "secrets_"

static const char *directory(void)
{
    const char *path = getenv("CREDENTIALS_DIRECTORY");

    return path && path[0] == '/' ? path : NULL;
}

bool credentials_given(void)
{
    return directory() != NULL;
}

/* Who may change it may put another secret in a secret's place. */
static bool check_directory(int fd, const char *path, struct err *err)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return err_set(err, ERR_DATA, _("The directory %s cannot be examined: %s."), path,
                       strerror(errno));
    if ((status.st_uid != geteuid() && status.st_uid != 0) ||
        (status.st_mode & (S_IWGRP | S_IRWXO)))
        return err_set(err, ERR_DATA,
                       _("The credentials in %s are not trusted: other users can get at "
                         "them."),
                       path);
    return true;
}

struct secret *credentials_read(const char *name, struct err *err)
{
    const char *where = directory();
    struct secret *secret = NULL;
    struct file_stamp stamp;
    char *file, *path;
    int dir;

    if (!where)
        return NULL;
    file = mem_format(PREFIX "%s", name);
    path = mem_format("%s/%s", where, file);
    dir = open(where, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir >= 0 && file_stamp_get(dir, file, &stamp) && check_directory(dir, where, err))
        secret = secret_source_read_file(dir, file, path, FILE_SHARED, false, err);
    if (dir >= 0)
        close(dir);
    free(path);
    free(file);
    return secret;
}

/* systemd's have the name of the unit; those of another supervisor any name. */
static bool is_unit(const char *name)
{
    static const char end[] = ".service";
    size_t length = strlen(name);

    return length >= sizeof end && strcmp(name + length - (sizeof end - 1), end) == 0;
}

bool credentials_explain_missing(const char *name, struct err *err)
{
    const char *where = directory();
    const char *unit = strrchr(where, '/') + 1;
    char *quoted;

    if (!is_unit(unit))
        return err_set(
            err, ERR_SETTING,
            _("The secret %s was saved after this service began, and is not in "
              "%s. Put a copy there, named %s%s, and start the service anew."),
            name, where, PREFIX, name);
    quoted = file_quote_path(unit);

    err_set(err, ERR_SETTING,
            _("The secret %s was saved after this service began, so the service does not "
              "have it yet. Start it anew, as root: systemctl restart %s"),
            name, quoted);
    free(quoted);
    return false;
}
