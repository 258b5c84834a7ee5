#include "ingest/pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/pass_private.h"
#include "ingest/renumbered.h"
#include "ingest/trouble.h"

#define WINDOW 4096 /* messages that are looked up together */

/* ---- What an earlier run left ------------------------------------------------------ */

/* Settled messages for which one thing is still due. */
struct overdue {
    enum ledger_state state;
    enum after due;
    uint32_t uids[IMAP_SET_MAX];
    size_t count;
};

/* Success and failure, each with what was set and with what is left of a move. */
struct overdues {
    struct overdue list[4];
};

static bool flush(struct pass *pass, struct overdue *overdue, struct err *err)
{
    size_t count = overdue->count;

    overdue->count = 0;
    if (count > 0 && !renumbered_check(pass, overdue->uids, count, err))
        return false;
    return (pass_settle(pass, overdue->uids, count, overdue->state, overdue->due, err) &&
            (count == 0 || pass_may_go_on(pass, err)));
}

/* One that an earlier run delivered or refused: what is left to do is done soon. */
static bool take_settled(struct pass *pass, const struct item *item,
                         struct overdues *overdues, struct err *err)
{
    const struct imap_message message = {.uid = item->uid};
    bool is_refused = item->row.state == LEDGER_REFUSED;
    enum after wanted = pass_wanted_after(pass, item->row.state);
    enum after due = after_still_due(wanted, item->row.settled);
    struct overdue *overdue = &overdues->list[2 * is_refused + (due != wanted)];

    if (wanted == AFTER_KEEP)
        return true;
    if (is_refused) {
        pass->counts->refused++;
    } else {
        pass->counts->repeated++;
        pass_log(pass, LOG_INFO, "repeated", &message, NULL);
    }
    /* There is nothing that renumbered_check could compare. */
    if (!item->row.is_described)
        return pass_settle(pass, &item->uid, 1, item->row.state, due, err);
    overdue->state = item->row.state;
    overdue->due = due;
    overdue->uids[overdue->count++] = item->uid;
    return overdue->count < IMAP_SET_MAX || flush(pass, overdue, err);
}

/* At most IMAP_SET_MAX messages that are at their destination, and of which the ledger
 * does not know it.  They are delivered, whatever another client has done meanwhile. */
static bool record_there(struct pass *pass, const struct items *items,
                         const struct imap_message *messages, size_t count,
                         struct err *err)
{
    uint32_t uids[IMAP_SET_MAX];
    size_t next = 0, to = 0;

    if (!ledger_open_batch(pass->ledger, true, err))
        return false;
    for (size_t i = 0; i < items->count; i++) {
        const struct imap_message *message = &messages[next];
        const struct ledger_message row = {.uid = message->uid,
                                           .size = message->size,
                                           .message_id = message->message_id};
        uint32_t uid = items->list[i].uid;
        bool is_here = next < count && message->uid == uid;

        if ((is_here && !ledger_announce(pass->ledger, &row, 1, err)) ||
            !ledger_record(pass->ledger, uid, LEDGER_DELIVERED, NULL, err)) {
            ledger_roll_back(pass->ledger);
            return false;
        }
        if (!is_here)
            continue;
        next++;
        pass->counts->repeated++;
        pass_log(pass, LOG_INFO, "repeated", message, NULL);
        uids[to++] = uid;
    }
    return ledger_commit(pass->ledger, err) &&
           pass_settle(pass, uids, to, LEDGER_DELIVERED,
                       pass_wanted_after(pass, LEDGER_DELIVERED), err);
}

static bool take_there(struct pass *pass, const struct items *there, struct err *err)
{
    struct imap_message *messages = mem_new(IMAP_SET_MAX, sizeof *messages);
    uint32_t uids[IMAP_SET_MAX];
    bool done = true;

    for (size_t at = 0; done && at < there->count; at += IMAP_SET_MAX) {
        size_t left = there->count - at, found;
        const struct items some = {.list = there->list + at,
                                   .count = left < IMAP_SET_MAX ? left : IMAP_SET_MAX};
        enum imap_status status;

        for (size_t i = 0; i < some.count; i++)
            uids[i] = some.list[i].uid;
        status = imap_session_describe(pass->session, uids, some.count, messages, &found);
        done = status == IMAP_OK ? record_there(pass, &some, messages, found, err)
                                 : trouble_of_session(pass->session, status,
                                                      _("looking at the messages"), err);
        done = done && pass_may_go_on(pass, err);
    }
    free(messages);
    return done;
}

/* ---- Sorting ----------------------------------------------------------------------- */

/* What is looked up together, by what the ledger and the destination know of it. */
struct window {
    struct items fresh; /* taken now */
    struct items there; /* delivered already, but not recorded */
    struct overdues overdues;
    struct ledger_row rows[WINDOW];
    uint32_t doubtful[WINDOW];
    bool found[WINDOW];
};

static bool is_doubtful(const struct pass *pass, const struct ledger_row *row)
{
    return row->state == LEDGER_DELIVERING || row->state == LEDGER_DEFERRED ||
           row->state == LEDGER_AGAIN || (row->state == LEDGER_UNKNOWN && pass->doubt);
}

/* Which of these does the destination have?  None, where it cannot tell. */
static bool ask_destination(struct pass *pass, const uint32_t *uids, size_t count,
                            bool *found, struct err *err)
{
    const struct imap_message none = {0};
    struct deliver_envelope envelope;

    memset(found, 0, count * sizeof *found);
    pass_envelope(pass, &none, &envelope);
    if (count == 0 || !pass->ops->has ||
        pass->ops->has(pass->target, &envelope, uids, count, found, err))
        return true;
    pass->is_destination = true;
    return false;
}

/* Asks for those that it may have; *count of them. */
static bool ask_for_doubtful(struct pass *pass, struct window *window,
                             const uint32_t *uids, size_t all, size_t *count,
                             struct err *err)
{
    *count = 0;
    for (size_t i = 0; i < all; i++)
        if (is_doubtful(pass, &window->rows[i]))
            window->doubtful[(*count)++] = uids[i];
    return ask_destination(pass, window->doubtful, *count, window->found, err);
}

/* One that was never tried to its end (the destination was down) is not early: whoever
 * runs the pass has waited for that. */
static bool is_early(struct pass *pass, const struct ledger_row *row)
{
    time_t due = row->last_at + pass_retry_delay(row->attempts), now = time(NULL);
    bool is_waiting = (row->state == LEDGER_DEFERRED || row->state == LEDGER_AGAIN) &&
                      row->attempts > 0;

    /* Tried at a time that is still to come: by a clock that was put right since. */
    if (!pass->patient || !is_waiting || due <= now || row->last_at > now)
        return false;
    pass_due_at(pass, due);
    return true;
}

/* A message that was tried, or at which the destination was down: it may be the reason.
 */
static bool is_late(const struct ledger_row *row)
{
    return row->attempts > 0 || row->state == LEDGER_DEFERRED ||
           row->state == LEDGER_AGAIN;
}

/* Sorts messages by what is known of them: settled ones are dealt with at once; what was
 * tried before waits in `late` behind what is fresh, so that a message that breaks the
 * session each time, or its destination, holds up no other. */
static bool sort_out(struct pass *pass, struct window *window, const uint32_t *uids,
                     size_t count, struct items *late, struct err *err)
{
    size_t doubtful, next = 0;

    if (!ledger_find_all(pass->ledger, uids, count, window->rows, err) ||
        !ask_for_doubtful(pass, window, uids, count, &doubtful, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct item item = {.uid = uids[i], .row = window->rows[i]};
        bool is_asked = next < doubtful && window->doubtful[next] == uids[i];
        bool is_there = is_asked && window->found[next];

        next += is_asked;
        if (item.row.state == LEDGER_DELIVERED || item.row.state == LEDGER_REFUSED) {
            if (!take_settled(pass, &item, &window->overdues, err))
                return false;
        } else if (is_there) {
            items_add(&window->there, &item);
        } else if (!is_early(pass, &item.row)) {
            items_add(is_late(&item.row) ? late : &window->fresh, &item);
        }
    }
    for (size_t i = 0; i < sizeof window->overdues.list / sizeof *window->overdues.list;
         i++)
        if (!flush(pass, &window->overdues.list[i], err))
            return false;
    return true;
}

static bool take_window(struct pass *pass, struct window *window, const uint32_t *uids,
                        size_t count, struct items *late, struct err *err)
{
    window->fresh.count = window->there.count = 0;
    return sort_out(pass, window, uids, count, late, err) &&
           take_there(pass, &window->there, err) &&
           (pass->ops->hold ? pass_take_groups(pass, &window->fresh, late, err)
                            : pass_take_singly(pass, &window->fresh, err));
}

/* Whoever has waited longest is first, then who was tried least, so that of these, too,
 * none holds up another. */
static int compare_late(const void *left, const void *right)
{
    const struct item *a = left, *b = right;

    if (a->row.last_at != b->row.last_at)
        return a->row.last_at < b->row.last_at ? -1 : 1;
    if (a->row.attempts != b->row.attempts)
        return a->row.attempts < b->row.attempts ? -1 : 1;
    return a->uid < b->uid ? -1 : a->uid > b->uid;
}

static bool take_all(struct pass *pass, const struct imap_uids *uids, struct err *err)
{
    struct window *window = mem_new(1, sizeof *window);
    struct items late = {0};
    bool done = true;

    for (size_t at = 0; done && at < uids->count; at += WINDOW) {
        size_t left = uids->count - at;

        done = take_window(pass, window, uids->items + at, left < WINDOW ? left : WINDOW,
                           &late, err);
    }
    if (late.count > 0)
        qsort(late.list, late.count, sizeof *late.list, compare_late);
    done = done && pass_take_singly(pass, &late, err);
    free(window->fresh.list);
    free(window->there.list);
    free(window);
    free(late.list);
    return done;
}

/* Merges what was put back into what is unread; both ascending. */
static bool add_again(struct pass *pass, struct imap_uids *uids, struct err *err)
{
    uint32_t *again, *merged;
    size_t count, a = 0, u = 0, to = 0;
    bool listed = ledger_list_again(pass->ledger, &again, &count, err);

    if (!listed || count == 0) {
        free(again);
        return listed;
    }
    merged = mem_new(uids->count + count, sizeof *merged);
    while (a < count || u < uids->count) {
        if (u == uids->count || (a < count && again[a] < uids->items[u]))
            merged[to++] = again[a++];
        else if (a < count && again[a] == uids->items[u])
            a++;
        else
            merged[to++] = uids->items[u++];
    }
    free(again);
    free(uids->items);
    *uids = (struct imap_uids){.items = merged, .count = to};
    return true;
}

/* Takes from `begun`, ascending, those that are unread; how many are left. */
static size_t without_unread(uint32_t *begun, size_t count, const struct imap_uids *uids)
{
    size_t u = 0, to = 0;

    for (size_t i = 0; i < count; i++) {
        while (u < uids->count && uids->items[u] < begun[i])
            u++;
        if (u == uids->count || uids->items[u] != begun[i])
            begun[to++] = begun[i];
    }
    return to;
}

/* What was begun, or put off, and is not among the unread any more: another client has
 * read it, or taken it out.  If it has reached its destination all the same, that is
 * recorded. */
static bool leave_to_others(struct pass *pass, const struct imap_uids *uids,
                            struct err *err)
{
    struct items there = {0};
    bool *found = NULL;
    uint32_t *begun;
    size_t count;
    bool done = ledger_list_begun(pass->ledger, &begun, &count, err);

    if (done && (count = without_unread(begun, count, uids)) > 0) {
        found = mem_new(count, sizeof *found);
        done = ask_destination(pass, begun, count, found, err);
    }
    for (size_t i = 0; done && i < count; i++) {
        const struct imap_message message = {.uid = begun[i]};
        const struct item item = {.uid = begun[i]};

        if (found[i])
            items_add(&there, &item);
        else
            done = pass_leave(pass, &message, err);
    }
    done = done && take_there(pass, &there, err);
    free(there.list);
    free(found);
    free(begun);
    return done;
}

bool pass_run(struct pass *pass, struct err *err)
{
    struct imap_uids uids = {0};
    enum imap_status status = imap_session_search_unseen(pass->session, &uids);
    bool done;

    pass->retry_at = 0;
    pass->left = 0;
    pass->is_destination = false;
    pass->found = (unsigned)uids.count;
    if (status != IMAP_OK)
        return trouble_of_session(pass->session, status,
                                  _("searching for unread messages"), err);
    done = add_again(pass, &uids, err) && leave_to_others(pass, &uids, err) &&
           (pass->former == 0 || renumbered_recognise(pass, &uids, err)) &&
           take_all(pass, &uids, err) &&
           (!pass->doubt || ledger_trust(pass->ledger, err));
    pass->doubt = pass->doubt && !done;
    free(uids.items);
    return done;
}

int pass_retry_delay(unsigned attempts)
{
    unsigned doublings = attempts > 0 ? attempts - 1 : 0;

    return doublings < 6 ? 60 << doublings : 3600;
}
