/*
 * What follows from a value: pre-fills, and their moving on when what they came from
 * changes.  A value that a person typed is never overwritten; an empty one may be filled.
 */
#ifndef LETTERBOX_WIZARD_FOLLOW_H
#define LETTERBOX_WIZARD_FOLLOW_H

#include "wizard/field.h"

#define FOLLOWER(name)                                                                   \
    void follow_##name(const struct wizard_context *context, struct settings *settings,  \
                       const bool touched[SET_COUNT], const char *before)

FOLLOWER(choice); /* of auth.method and oauth.source: Exchange's pre-fills come and go */
FOLLOWER(cloud);
FOLLOWER(tenant);
FOLLOWER(username);
FOLLOWER(user);
FOLLOWER(security);

#undef FOLLOWER

/* The name that a mailbox address suggests: its local part in the letters of a name; ""
 * when none is left.  `out` is at least MAILBOX_NAME_MAX + 1 bytes. */
void follow_name_from_address(const char *address, char *out, size_t size);

#endif
