#include "ingest/after.h"

#include <string.h>
#include <strings.h>

static const char *const ids[] = {
    [AFTER_KEEP] = "keep",
    [AFTER_SEEN] = "seen",
    [AFTER_MOVE] = "move",
    [AFTER_DELETE] = "delete",
};

static enum after named(const char *id)
{
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (!strcmp(ids[i], id))
            return (enum after)i;
    return AFTER_KEEP;
}

static enum imap_status move(struct imap_session *session, uint32_t uid,
                             const char *folder)
{
    enum imap_status status = imap_session_move(session, uid, folder);

    if (status != IMAP_NO || strcasecmp(imap_session_answer(session)->code, "TRYCREATE"))
        return status;
    status = imap_session_create(session, folder);
    return status == IMAP_OK ? imap_session_move(session, uid, folder) : status;
}

enum after after_success(const struct settings *settings)
{
    return named(settings_text(settings, SET_INGEST_ON_SUCCESS));
}

enum after after_failure(const struct settings *settings)
{
    return named(settings_text(settings, SET_INGEST_ON_FAILURE));
}

const char *after_id(enum after after)
{
    return ids[after];
}

enum after after_still_due(enum after wanted, const char *settled)
{
    enum after done = named(settled);

    if (wanted == AFTER_KEEP)
        return AFTER_KEEP;
    return done == AFTER_MOVE || done == AFTER_DELETE ? AFTER_SEEN : wanted;
}

enum imap_status after_carry_out(enum after after, struct imap_session *session,
                                 uint32_t uid, const char *folder)
{
    switch (after) {
    case AFTER_SEEN:
        return imap_session_mark_seen(session, uid);
    case AFTER_MOVE:
        return move(session, uid, folder);
    case AFTER_DELETE:
        return imap_session_delete(session, uid);
    case AFTER_KEEP:
        break;
    }
    return IMAP_OK;
}
