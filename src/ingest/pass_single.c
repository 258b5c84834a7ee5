/* Messages taken one by one: each is delivered, recorded and marked before the next is
 * asked for. */
#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "ingest/pass_private.h"
#include "ingest/trouble.h"

#define BATCH 64 /* messages that are described and announced together */

/* The way of a message's bytes, from the server to its destination. */
struct flow {
    const struct pass *pass;
    const struct deliver_ops *ops;
    struct delivery *delivery;
    bool is_empty; /* nothing has come */
    bool stopped;  /* the destination wants no more of them */
};

static bool pour(void *closure, const char *bytes, size_t length)
{
    struct flow *flow = closure;

    pass_tell_progress(flow->pass);
    flow->is_empty = false;
    flow->stopped = !flow->ops->feed(flow->delivery, bytes, length);
    return !flow->stopped;
}

/* Gone, or is it only that the server does not give it? */
static bool not_given(struct pass *pass, const struct imap_message *message,
                      unsigned attempts, struct err *err)
{
    struct imap_message still;
    struct err why = ERR_INIT;
    size_t found = 0;
    enum imap_status status =
        imap_session_describe(pass->session, &message->uid, 1, &still, &found);

    if (status == IMAP_OK && found == 0) {
        pass_log(pass, LOG_INFO, "gone", message, NULL);
        return ledger_forget(pass->ledger, message->uid, err);
    }
    if (status == IMAP_OK)
        err_set(&why, ERR_SERVER,
                _("The server lists the message, but does not give it."));
    else
        trouble_of_session(pass->session, status, _("looking at the messages"), &why);
    if (trouble_ends_session(status))
        return pass_break_off(pass, message, why.class != ERR_CANCELLED, &why, err);
    return pass_defer(pass, message, attempts, &why, err);
}

/* A destination that was down at this message before, or a server in trouble, and another
 * one went through since: it stumbles over this message (its worker dies of it, and a
 * proxy says 502). */
static bool is_to_blame(const struct pass *pass, const struct ledger_row *row,
                        const struct err *why)
{
    bool was_tried = row->state == LEDGER_DEFERRED || row->state == LEDGER_AGAIN;
    bool others = false;

    return was_tried && (why->class == ERR_RETRY || why->class == ERR_SETTING) &&
           ledger_delivered_after(pass->ledger, row->last_at, &others, NULL) && others;
}

static bool fetch_failed(struct pass *pass, const struct imap_message *message,
                         const struct ledger_row *row, enum imap_status status,
                         struct err *err)
{
    bool is_over = trouble_ends_session(status);
    unsigned attempts = row->attempts + 1;
    struct err why = ERR_INIT;

    if (!is_over && (status == IMAP_OK ||
                     !strcasecmp(imap_session_answer(pass->session)->code, "GONE")))
        return not_given(pass, message, attempts, err);
    trouble_of_session(pass->session, status, _("fetching a message"), &why);
    if (is_over)
        return pass_break_off(pass, message, why.class != ERR_CANCELLED, &why, err);
    if (pass->weigh)
        pass->weigh(pass->closure, &why);
    if (why.class == ERR_RETRY && !is_to_blame(pass, row, &why))
        return pass_break_off(pass, message, false, &why, err);
    return pass_defer(pass, message, attempts, &why, err);
}

static bool attempt(struct pass *pass, const struct imap_message *message,
                    const struct ledger_row *row, struct err *err)
{
    unsigned attempts = row->attempts + 1;
    struct flow flow = {.pass = pass, .ops = pass->ops, .is_empty = true};
    struct deliver_envelope envelope;
    struct err why = ERR_INIT;
    enum deliver_status status;
    enum imap_status fetched;
    bool is_given;

    pass_envelope(pass, message, &envelope);
    if (!ledger_begin(pass->ledger, message->uid, err))
        return false;
    flow.delivery = pass->ops->begin(pass->target, &envelope, pass->cancel, &why);
    if (!flow.delivery) {
        pass->is_destination = true;
        return pass_break_off(pass, message, false, &why, err);
    }
    fetched = imap_session_fetch(pass->session, message->uid, pass_most_bytes(pass), pour,
                                 &flow);
    is_given = fetched == IMAP_OK && !(flow.is_empty && message->size > 0);
    status = pass->ops->finish(&flow.delivery, is_given && !flow.stopped, &why);
    if (!is_given && !flow.stopped)
        return fetch_failed(pass, message, row, fetched, err);
    if (status == DELIVER_DOWN && !flow.stopped && is_to_blame(pass, row, &why))
        status = DELIVER_LATER;
    /* Bytes that were not taken are still on their way: the session ended with them. */
    switch (flow.stopped ? DELIVER_DOWN : status) {
    case DELIVER_DONE:
        return pass_delivered(pass, message, err);
    case DELIVER_REFUSED:
        return pass_refuse(pass, message, why.text, err);
    case DELIVER_LATER:
        return pass_defer(pass, message, attempts, &why, err);
    case DELIVER_DOWN:
        break;
    }
    pass->is_destination = why.class != ERR_CANCELLED;
    return pass_break_off(pass, message, false, &why, err);
}

static bool take(struct pass *pass, const struct imap_message *message,
                 const struct item *item, struct err *err)
{
    char room[160];
    const char *why;

    if (!message)
        return pass_absent(pass, item, err);
    if (pass_is_others(message, item))
        return pass_leave(pass, message, err);
    why = pass_why_refused(pass, message, &item->row, room, sizeof room);
    if (why)
        return pass_refuse(pass, message, why, err);
    return attempt(pass, message, &item->row, err);
}

/* One that is read is left to others, or was put back and has a row. */
static bool announce(struct pass *pass, const struct imap_message *messages, size_t count,
                     struct err *err)
{
    struct ledger_message rows[BATCH];
    size_t unread = 0;

    for (size_t i = 0; i < count; i++)
        if (!messages[i].seen)
            rows[unread++] =
                (struct ledger_message){.uid = messages[i].uid,
                                        .size = messages[i].size,
                                        .message_id = messages[i].message_id};
    return unread == 0 || ledger_announce(pass->ledger, rows, unread, err);
}

/* Described and taken; one that is not described is gone.  When the server refuses to
 * describe them, *refused says why, and none was taken. */
static bool take_described(struct pass *pass, const struct item *items, size_t count,
                           struct err *refused, struct err *err)
{
    struct imap_message messages[BATCH];
    uint32_t uids[BATCH];
    size_t found = 0, next = 0;
    enum imap_status status;

    for (size_t i = 0; i < count; i++)
        uids[i] = items[i].uid;
    status = imap_session_describe(pass->session, uids, count, messages, &found);
    if (status != IMAP_OK) {
        trouble_of_session(pass->session, status, _("looking at the messages"), refused);
        return !trouble_ends_session(status) ||
               pass_broke_off_describing(pass, items, count, messages, found, refused,
                                         err);
    }
    if (!announce(pass, messages, found, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool is_there = next < found && messages[next].uid == items[i].uid;

        if (!pass_may_go_on(pass, err) ||
            !take(pass, is_there ? &messages[next] : NULL, &items[i], err))
            return false;
        next += is_there;
    }
    return true;
}

/* After a refusal of all together: it may be one of them alone that is bad.  When each is
 * refused it is the server. */
static bool take_each(struct pass *pass, const struct item *items, size_t count,
                      const struct err *why, struct err *err)
{
    bool is_bad[BATCH];
    size_t bad = 0;

    for (size_t i = 0; i < count; i++) {
        struct err refused = ERR_INIT;

        if (!pass_may_go_on(pass, err) ||
            !take_described(pass, &items[i], 1, &refused, err))
            return false;
        bad += is_bad[i] = err_is_set(&refused);
    }
    if (bad == count && count > 1)
        return err_pass(err, why);
    for (size_t i = 0; i < count; i++)
        if (is_bad[i] && !pass_blame(pass, &items[i], why, err))
            return false;
    return true;
}

/* Those that were tried as often, so that no suspect is described together with another
 * that is less of one. */
static size_t batch_length(const struct item *items, size_t left)
{
    size_t length = 1;

    while (length < left && length < BATCH &&
           items[length].row.attempts == items[0].row.attempts)
        length++;
    return length;
}

static bool take_batch(struct pass *pass, const struct item *items, size_t count,
                       struct err *err)
{
    struct err refused = ERR_INIT;

    return take_described(pass, items, count, &refused, err) &&
           (!err_is_set(&refused) || take_each(pass, items, count, &refused, err));
}

bool pass_take_singly(struct pass *pass, const struct items *items, struct err *err)
{
    for (size_t at = 0, count; at < items->count; at += count) {
        count = batch_length(items->list + at, items->count - at);
        if (!take_batch(pass, items->list + at, count, err))
            return false;
    }
    return true;
}
