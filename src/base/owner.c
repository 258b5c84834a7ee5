#include "base/owner.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

/* A process that cannot be root again must not go on half as one, half as the other. */
static void must(int result)
{
    if (result != 0)
        abort();
}

bool owner_enter(struct owner *owner, const char *directory, struct err *err)
{
    struct stat status;

    *owner = (struct owner){.user = geteuid(), .group = getegid()};
    if (owner->user != 0 || lstat(directory, &status) != 0 || status.st_uid == 0)
        return true;
    owner->group_count = getgroups(0, NULL);
    if (owner->group_count < 0)
        owner->group_count = 0;
    owner->groups = mem_new((size_t)owner->group_count + 1, sizeof *owner->groups);
    owner->group_count = getgroups(owner->group_count, owner->groups);
    owner->is_other = true;
    if (owner->group_count >= 0 && setgroups(0, NULL) == 0 &&
        setegid(status.st_gid) == 0 && seteuid(status.st_uid) == 0)
        return true;
    err_set(err, ERR_REFUSED, _("%s cannot be looked at as its owner (uid %u): %s"),
            directory, (unsigned)status.st_uid, strerror(errno));
    owner_leave(owner);
    return false;
}

void owner_leave(struct owner *owner)
{
    if (!owner->is_other)
        return;
    must(seteuid(owner->user));
    must(setegid(owner->group));
    if (owner->group_count > 0)
        must(setgroups((size_t)owner->group_count, owner->groups));
    free(owner->groups);
    *owner = (struct owner){.is_other = false};
}
