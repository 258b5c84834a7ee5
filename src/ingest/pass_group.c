/*
 * Messages taken in groups, for destinations that can make many durable at once.
 *
 * While one group is synced and recorded, the server is at work on the next one and on
 * the descriptions of those behind it; the order for each message stays what it is:
 * announced, fetched, durably delivered, durably recorded, then marked.  A round:
 *
 *   ask for the next group, and for more descriptions
 *   make the present group durable; record it and announce the next one, by one sync
 *   read the next group (into tmp/, so to speak) and the descriptions
 *   mark, move or delete the present group
 *
 * A group has begun an attempt for each of its messages, and takes it back for those that
 * it says nothing about: whatever kills the process makes all of them suspects, which are
 * taken one by one behind all others, so that the one that did it holds up no other.
 */
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/pass_private.h"
#include "ingest/trouble.h"

#define GROUP_MOST  IMAP_SET_MAX
#define GROUP_BYTES (16 * 1024 * 1024) /* one larger message is a group of its own */

enum fate { WAITING, HELD, BLAMED };

struct group {
    struct imap_message messages[GROUP_MOST];
    struct item items[GROUP_MOST];
    enum fate fates[GROUP_MOST];
    size_t count;
    uint64_t bytes;
    bool is_announced; /* in the ledger, which waits to hear what became of them */

    struct deliver_group *held; /* the destination's */
    size_t order[GROUP_MOST];   /* the messages in it, as they were held */
    size_t held_count;
};

struct convoy {
    struct pass *pass;
    const struct items *items;
    struct items *late;

    /* Those that are described, or about to be; `at` and `next` are not in a group yet.
     */
    const struct item *batch;
    size_t batch_count, at;
    struct imap_message described[IMAP_SET_MAX];
    size_t described_count, next;
    size_t asked; /* items, from the first on */

    bool asks_messages, asks_description; /* answers that are on their way */
    bool is_partial; /* the server refused to describe the batch as a whole */

    struct group *present, *coming;
    struct group groups[2];

    /* The message that is coming. */
    struct delivery *delivery; /* NULL: none, or nobody wants it */
    bool is_empty;             /* nothing of it has come */
    size_t place;              /* in the coming group */
    bool is_guess;             /* the server has not said that it is that one */

    bool failed; /* the destination, at `place`, because of why */
    struct err why;
};

/* ---- What comes from the server ---------------------------------------------------- */

static void let_go(struct convoy *convoy, struct err *why)
{
    if (convoy->delivery)
        convoy->pass->ops->finish(&convoy->delivery, false, why);
}

static bool find_waiting(const struct group *group, uint32_t uid, size_t *place)
{
    for (size_t i = 0; i < group->count; i++) {
        if (group->fates[i] == WAITING && (uid == 0 || group->messages[i].uid == uid)) {
            *place = i;
            return true;
        }
    }
    return false;
}

/* What nobody asked for, and what came already, is passed over; so is the rest when the
 * destination has failed.  A server that tells the UID behind the message answers in
 * order, as a rule. */
static bool begin_message(void *closure, uint32_t uid)
{
    struct convoy *convoy = closure;
    struct pass *pass = convoy->pass;
    struct deliver_envelope envelope;

    if (convoy->failed || !find_waiting(convoy->coming, uid, &convoy->place))
        return false;
    convoy->is_guess = uid == 0;
    pass_envelope(pass, &convoy->coming->messages[convoy->place], &envelope);
    convoy->delivery =
        pass->ops->begin(pass->target, &envelope, pass->cancel, &convoy->why);
    convoy->is_empty = true;
    convoy->failed = !convoy->delivery;
    return !convoy->failed;
}

static bool take_bytes(void *closure, const char *bytes, size_t length)
{
    struct convoy *convoy = closure;

    pass_tell_progress(convoy->pass);
    convoy->is_empty = false;
    if (convoy->delivery && !convoy->pass->ops->feed(convoy->delivery, bytes, length)) {
        let_go(convoy, &convoy->why);
        convoy->failed = true;
    }
    return true;
}

static bool end_message(void *closure, uint32_t uid)
{
    struct convoy *convoy = closure;
    struct group *group = convoy->coming;
    const struct imap_message *message = &group->messages[convoy->place];

    if (!convoy->delivery)
        return true;
    if ((convoy->is_guess && message->uid != uid) ||
        (convoy->is_empty && message->size > 0)) {
        let_go(convoy, NULL);
        return true;
    }
    if (!convoy->pass->ops->hold(&convoy->delivery, &group->held, &convoy->why)) {
        convoy->failed = true;
        return true;
    }
    group->fates[convoy->place] = HELD;
    group->order[group->held_count++] = convoy->place;
    return true;
}

/* ---- Asking ------------------------------------------------------------------------ */

static size_t uids_of(const struct group *group, uint32_t *uids)
{
    for (size_t i = 0; i < group->count; i++)
        uids[i] = group->messages[i].uid;
    return group->count;
}

/* What fails here is told by the read. */
static void ask(struct convoy *convoy)
{
    struct group *coming = convoy->coming;
    uint32_t uids[IMAP_SET_MAX];
    size_t left = convoy->items->count - convoy->asked;

    if (coming->count > 0) {
        imap_session_send_fetch(convoy->pass->session, uids, uids_of(coming, uids));
        convoy->asks_messages = true;
    }
    if (convoy->at < convoy->batch_count || left == 0)
        return;
    convoy->batch = convoy->items->list + convoy->asked;
    convoy->batch_count = left < IMAP_SET_MAX ? left : IMAP_SET_MAX;
    convoy->at = convoy->next = convoy->described_count = 0;
    convoy->asked += convoy->batch_count;
    convoy->is_partial = false;
    for (size_t i = 0; i < convoy->batch_count; i++)
        uids[i] = convoy->batch[i].uid;
    imap_session_send_describe(convoy->pass->session, uids, convoy->batch_count);
    convoy->asks_description = true;
}

/* The message that broke the session: the one that was coming, else the next one, else
 * the first that was not described. */
static bool broke_off(struct convoy *convoy, enum imap_status status, bool was_coming,
                      bool was_describing, struct err *err)
{
    struct pass *pass = convoy->pass;
    struct group *group = convoy->coming;
    struct err why = ERR_INIT;

    trouble_of_session(pass->session, status, _("fetching a message"), &why);
    if (!was_coming && !find_waiting(group, 0, &convoy->place))
        return pass_broke_off_describing(
            pass, convoy->batch, was_describing ? convoy->batch_count : 0,
            convoy->described, convoy->described_count, &why, err);
    group->fates[convoy->place] = BLAMED;
    return pass_break_off(pass, &group->messages[convoy->place],
                          why.class != ERR_CANCELLED, &why, err);
}

static void read_answers(struct convoy *convoy, struct imap_ahead *ahead,
                         uint32_t uids[IMAP_SET_MAX])
{
    static const struct imap_fetch_sink sink = {begin_message, take_bytes, end_message};

    *ahead = (struct imap_ahead){.sink = &sink,
                                 .closure = convoy,
                                 .max_bytes = pass_most_bytes(convoy->pass),
                                 .messages = convoy->described,
                                 .uids = uids};
    ahead->all_bytes = convoy->coming->bytes + ahead->max_bytes;
    for (size_t i = 0; convoy->asks_description && i < convoy->batch_count; i++)
        uids[ahead->count++] = convoy->batch[i].uid;
    imap_session_read_ahead(convoy->pass->session, ahead);
    if (convoy->asks_description)
        convoy->described_count = ahead->found;
    convoy->asks_description = convoy->asks_messages = false;
}

/* Reads what was asked for.  Whoever was not answered is still WAITING then. */
static bool read_round(struct convoy *convoy, struct err *err)
{
    struct pass *pass = convoy->pass;
    struct group *group = convoy->coming;
    uint32_t uids[IMAP_SET_MAX];
    struct imap_ahead ahead;
    bool was_coming, was_describing = convoy->asks_description;

    if (!convoy->asks_messages && !convoy->asks_description)
        return true;
    read_answers(convoy, &ahead, uids);
    was_coming = convoy->delivery != NULL;
    let_go(convoy, NULL);
    if (convoy->failed) {
        pass->is_destination = convoy->why.class != ERR_CANCELLED;
        group->fates[convoy->place] = BLAMED;
        return pass_break_off(pass, &group->messages[convoy->place], false, &convoy->why,
                              err);
    }
    if (trouble_ends_session(ahead.fetched))
        return broke_off(convoy, ahead.fetched, was_coming, was_describing, err);
    convoy->is_partial = convoy->is_partial || ahead.described != IMAP_OK;
    return true;
}

/* Nothing of what still comes is wanted, but the session is, for what comes later. */
static void read_away(struct convoy *convoy)
{
    uint32_t uids[IMAP_SET_MAX];
    struct imap_ahead ahead;

    convoy->failed = true;
    if (convoy->asks_messages || convoy->asks_description)
        read_answers(convoy, &ahead, uids);
}

/* ---- The next group ---------------------------------------------------------------- */

/* Refused before it is fetched. */
static bool refuse(struct pass *pass, const struct imap_message *message, const char *why,
                   struct err *err)
{
    const struct ledger_message row = {
        .uid = message->uid, .size = message->size, .message_id = message->message_id};

    return ledger_announce(pass->ledger, &row, 1, err) &&
           pass_refuse(pass, message, why, err);
}

/* Adds the next of the batch, unless there is something else to do with it. */
static bool add_next(struct convoy *convoy, struct group *group, struct err *err)
{
    const struct item *item = &convoy->batch[convoy->at++];
    const struct imap_message *message = &convoy->described[convoy->next];
    char room[160];
    const char *why;

    if (convoy->next == convoy->described_count || message->uid != item->uid) {
        if (!convoy->is_partial)
            return pass_absent(convoy->pass, item, err);
        items_add(convoy->late, item);
        return true;
    }
    convoy->next++;
    if (pass_is_others(message, item))
        return pass_leave(convoy->pass, message, err);
    why = pass_why_refused(convoy->pass, message, &item->row, room, sizeof room);
    if (why)
        return refuse(convoy->pass, message, why, err);
    group->messages[group->count] = *message;
    group->items[group->count] = *item;
    group->fates[group->count++] = WAITING;
    group->bytes += message->size;
    return true;
}

static bool fill_group(struct convoy *convoy, struct err *err)
{
    struct group *group = convoy->coming;

    group->count = group->held_count = 0;
    group->bytes = 0;
    group->is_announced = false;
    while (convoy->at < convoy->batch_count && group->count < GROUP_MOST) {
        if (group->count > 0 && convoy->next < convoy->described_count &&
            group->bytes + convoy->described[convoy->next].size > GROUP_BYTES)
            break;
        if (!add_next(convoy, group, err))
            return false;
    }
    return true;
}

/* ---- Durable ----------------------------------------------------------------------- */

static bool announce(struct pass *pass, struct group *group, struct err *err)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct imap_message *message = &group->messages[i];
        const struct ledger_message row = {.uid = message->uid,
                                           .size = message->size,
                                           .message_id = message->message_id};

        if (!ledger_announce(pass->ledger, &row, 1, err) ||
            !ledger_begin(pass->ledger, message->uid, err))
            return false;
    }
    return true;
}

/* The first `done` that were held are there; who waits was not answered. */
static bool record(struct pass *pass, const struct group *group, size_t done,
                   struct err *err)
{
    for (size_t i = 0; i < done; i++) {
        if (!ledger_record(pass->ledger, group->messages[group->order[i]].uid,
                           LEDGER_DELIVERED, NULL, err))
            return false;
    }
    for (size_t i = 0; i < group->count; i++) {
        if (group->fates[i] == WAITING &&
            !ledger_unbegin(pass->ledger, group->messages[i].uid, err))
            return false;
    }
    return true;
}

static bool write_down(struct convoy *convoy, struct group *group, size_t done,
                       struct group *next, struct err *err)
{
    struct ledger *ledger = convoy->pass->ledger;

    if (group->count == 0 && (!next || next->count == 0))
        return true;
    if (!ledger_open_batch(ledger, true, err))
        return false;
    if (!record(convoy->pass, group, done, err) ||
        (next && !announce(convoy->pass, next, err))) {
        ledger_roll_back(ledger);
        return false;
    }
    if (!ledger_commit(ledger, err))
        return false;
    group->is_announced = false;
    if (next)
        next->is_announced = true;
    return true;
}

/* What was held but did not get there is as if it had not come. */
static void give_back(struct group *group, size_t done)
{
    for (size_t i = done; i < group->held_count; i++)
        group->fates[group->order[i]] = WAITING;
    group->held_count = done;
}

/* Makes the group durable and records it, together with what `next` (may be NULL)
 * begins. */
static bool commit(struct convoy *convoy, struct group *group, struct group *next,
                   struct err *err)
{
    struct pass *pass = convoy->pass;
    struct err why = ERR_INIT;
    size_t done = 0, blamed = group->count;
    bool all = pass->ops->commit(&group->held, true, &done, &why);

    if (!all && done < group->held_count) {
        blamed = group->order[done];
        group->fates[blamed] = BLAMED;
        group->held_count--;
        memmove(group->order + done, group->order + done + 1,
                (group->held_count - done) * sizeof *group->order);
    }
    give_back(group, done);
    if (!write_down(convoy, group, done, all ? next : NULL, err))
        return false;
    for (size_t i = 0; i < done; i++) {
        pass->counts->delivered++;
        pass_log(pass, LOG_INFO, "delivered", &group->messages[group->order[i]], NULL);
    }
    if (all)
        return true;
    pass->is_destination = true;
    if (blamed < group->count)
        return pass_break_off(pass, &group->messages[blamed], false, &why, err);
    return err_pass(err, &why);
}

/* Marks what is there; who was not answered has its turn behind the others. */
static bool settle(struct convoy *convoy, struct group *group, struct err *err)
{
    uint32_t uids[IMAP_SET_MAX];

    for (size_t i = 0; i < group->count; i++)
        if (group->fates[i] == WAITING)
            items_add(convoy->late, &group->items[i]);
    for (size_t i = 0; i < group->held_count; i++)
        uids[i] = group->messages[group->order[i]].uid;
    return pass_settle(convoy->pass, uids, group->held_count, LEDGER_DELIVERED,
                       pass_wanted_after(convoy->pass, LEDGER_DELIVERED), err);
}

/* ---- Rounds ------------------------------------------------------------------------ */

static bool take_round(struct convoy *convoy, struct err *err)
{
    ask(convoy);
    if (!commit(convoy, convoy->present, convoy->coming, err) ||
        !read_round(convoy, err)) {
        read_away(convoy);
        return false;
    }
    return settle(convoy, convoy->present, err);
}

static bool is_over(const struct convoy *convoy)
{
    return convoy->asked == convoy->items->count && convoy->at == convoy->batch_count &&
           convoy->coming->count == 0;
}

/* Takes the coming group for the present one, and fills another unless it is to end. */
static bool move_on(struct convoy *convoy, bool *ends, struct err *err)
{
    struct group *group = convoy->present;

    convoy->present = convoy->coming;
    convoy->coming = group;
    group->count = 0;
    *ends = *ends || !pass_tell_progress(convoy->pass);
    return *ends || fill_group(convoy, err);
}

/* The last group has nothing to wait for. */
static bool take_rounds(struct convoy *convoy, struct err *err)
{
    bool ends = false;

    do {
        if (!take_round(convoy, err) || !move_on(convoy, &ends, err))
            return false;
    } while (!ends && !is_over(convoy));
    if (!commit(convoy, convoy->present, NULL, err) ||
        !settle(convoy, convoy->present, err))
        return false;
    convoy->present->count = 0;
    return !ends || err_set(err, ERR_CANCELLED, _("Cancelled between two messages."));
}

/* What came whole before the trouble is not fetched a second time. */
static void save_rest(struct convoy *convoy)
{
    for (size_t i = 0; i < 2; i++) {
        struct group *group = &convoy->groups[i];

        if (group->is_announced)
            commit(convoy, group, NULL, NULL);
        convoy->pass->ops->commit(&group->held, false, NULL, NULL);
    }
}

bool pass_take_groups(struct pass *pass, const struct items *items, struct items *late,
                      struct err *err)
{
    struct convoy *convoy;
    bool done;

    if (items->count == 0)
        return true;
    convoy = mem_new(1, sizeof *convoy);
    convoy->pass = pass;
    convoy->items = items;
    convoy->late = late;
    convoy->present = &convoy->groups[0];
    convoy->coming = &convoy->groups[1];
    done = take_rounds(convoy, err);
    if (!done)
        save_rest(convoy);
    free(convoy);
    return done;
}
