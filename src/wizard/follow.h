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
FOLLOWER(consumer); /* fills in what suits it */

#undef FOLLOWER

#endif
