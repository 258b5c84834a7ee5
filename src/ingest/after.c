#include "ingest/after.h"

#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "ingest/after_refusal.h"
#include "ingest/trouble.h"

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

/* One thing done to some messages. */
struct step {
    struct imap_session *session;
    enum imap_status (*carry_out)(const struct step *step, const uint32_t *uids,
                                  size_t count);
    enum after after;
    const struct after_place *place;
    const char *folder; /* that is made when it is missing; or NULL */
    struct err *complaint;
};

static enum imap_status mark(const struct step *step, const uint32_t *uids, size_t count)
{
    return imap_session_mark_seen(step->session, uids, count);
}

static enum imap_status move(const struct step *step, const uint32_t *uids, size_t count)
{
    return imap_session_move(step->session, uids, count, step->folder);
}

static enum imap_status copy(const struct step *step, const uint32_t *uids, size_t count)
{
    return imap_session_copy(step->session, uids, count, step->folder);
}

static enum imap_status erase(const struct step *step, const uint32_t *uids, size_t count)
{
    return imap_session_delete(step->session, uids, count);
}

static bool tell(const struct step *step, enum imap_status status, struct err *err)
{
    return after_refusal_tell(step->session, status, step->after, step->place, err);
}

/* A copy that was not answered in time was made, most likely. */
static bool may_be_copied(const struct step *step, enum imap_status status)
{
    return step->carry_out == copy && status == IMAP_STREAM &&
           imap_session_failure(step->session)->reason == NET_TIMED_OUT;
}

/* Once more when only the folder was missing; *done is true when it may be done, too. */
static enum imap_status carry_out(const struct step *step, const uint32_t *uids,
                                  size_t count, bool *done)
{
    enum imap_status status = step->carry_out(step, uids, count);

    *done = false;
    if (status == IMAP_NO && step->folder &&
        !strcasecmp(imap_session_answer(step->session)->code, "TRYCREATE")) {
        status = imap_session_create(step->session, step->folder);
        if (status != IMAP_OK)
            return status;
        status = step->carry_out(step, uids, count);
    }
    *done = status == IMAP_OK || may_be_copied(step, status);
    return status;
}

static bool is_about_all(const struct step *step, enum imap_status status)
{
    return status == IMAP_NO && after_refusal_of(step->session) == AFTER_REFUSAL_RIGHTS;
}

/* All at once, else one by one, so that one bad message holds up no other. */
static bool take_step(const struct step *step, const uint32_t *uids, size_t count,
                      bool *done, struct err *err)
{
    bool all_done;
    enum imap_status status = carry_out(step, uids, count, &all_done);

    for (size_t i = 0; i < count; i++)
        done[i] = all_done;
    if (trouble_ends_session(status))
        return tell(step, status, err);
    if (status == IMAP_OK)
        return true;
    if (count == 1 || is_about_all(step, status)) {
        tell(step, status, step->complaint);
        return true;
    }
    for (size_t i = 0; i < count; i++)
        if (!take_step(step, &uids[i], 1, &done[i], err))
            return false;
    return true;
}

static bool copy_and_erase(struct step step, const uint32_t *uids, size_t count,
                           bool *done, struct err *err)
{
    uint32_t copied[IMAP_SET_MAX];
    bool erased[IMAP_SET_MAX];
    size_t copies = 0;

    step.carry_out = copy;
    if (!take_step(&step, uids, count, done, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (done[i])
            copied[copies++] = uids[i];
    step.carry_out = erase;
    step.folder = NULL;
    return copies == 0 || take_step(&step, copied, copies, erased, err);
}

bool after_carry_out(enum after after, struct imap_session *session, const uint32_t *uids,
                     size_t count, const struct after_place *place, bool *done,
                     struct err *complaint, struct err *err)
{
    struct step step = {
        .session = session, .after = after, .place = place, .complaint = complaint};

    memset(done, 0, count * sizeof *done);
    switch (after) {
    case AFTER_SEEN:
        step.carry_out = mark;
        break;
    case AFTER_MOVE:
        step.carry_out = move;
        step.folder = place->to;
        if (!imap_session_can_move(session))
            return copy_and_erase(step, uids, count, done, err);
        break;
    case AFTER_DELETE:
        step.carry_out = erase;
        break;
    case AFTER_KEEP:
        return true;
    }
    return take_step(&step, uids, count, done, err);
}
