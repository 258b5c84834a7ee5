#include "ingest/pass.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/after.h"
#include "ingest/renumbered.h"
#include "ingest/trouble.h"

#define BATCH 64 /* messages that are described and announced together */

/* A message to deliver, and what the ledger knew of it when the pass began. */
struct item {
    uint32_t uid;
    struct ledger_row row;
};

struct items {
    struct item *list;
    size_t count;
};

/* The way of a message's bytes, from the server to its destination. */
struct flow {
    const struct pass *pass;
    const struct deliver_ops *ops;
    struct delivery *delivery;
    bool stopped; /* the destination wants no more of them */
};

static bool tell_progress(const struct pass *pass)
{
    return !pass->progress || pass->progress(pass->closure);
}

/* Between two messages. */
static bool may_go_on(const struct pass *pass, struct err *err)
{
    return tell_progress(pass) ||
           err_set(err, ERR_CANCELLED, _("Cancelled between two messages."));
}

static void log_message(enum log_level level, const char *event, const struct pass *pass,
                        const struct imap_message *message, const char *why)
{
    char uid[16], size[24];

    snprintf(uid, sizeof uid, "%" PRIu32, message->uid);
    snprintf(size, sizeof size, "%" PRIu64, message->size);
    log_event(level, event, "mailbox", pass->mailbox->name, "uid", uid, "message_id",
              message->message_id[0] ? message->message_id : NULL, "size",
              message->size > 0 ? size : NULL, "error", why, NULL);
}

/* What the settings want for a message in that state, and where a move goes. */
static enum after wanted_after(const struct pass *pass, enum ledger_state state,
                               const char **folder)
{
    const struct settings *settings = &pass->mailbox->settings;
    bool refused = state == LEDGER_REFUSED;

    *folder = settings_text(settings, refused ? SET_INGEST_FAILURE_FOLDER
                                              : SET_INGEST_SUCCESS_FOLDER);
    return refused ? after_failure(settings) : after_success(settings);
}

/* Marks, moves or deletes.  A server's refusal is a complaint, not the end: the ledger
 * knows that the message is settled, and the next run comes back to it. */
static bool settle(struct pass *pass, const struct imap_message *message,
                   enum ledger_state state, const char *settled, struct err *err)
{
    const char *folder;
    enum after wanted = wanted_after(pass, state, &folder);
    enum after due = after_still_due(wanted, settled);
    enum imap_status status = after_carry_out(due, pass->session, message->uid, folder);
    struct err why = ERR_INIT;

    if (status == IMAP_OK)
        return due != wanted ||
               ledger_settle(pass->ledger, message->uid, after_id(due), err);
    if (trouble_ends_session(status))
        return trouble_of_session(pass->session, status,
                                  _("marking, moving or deleting a message"), err);
    trouble_of_session(pass->session, status, _("marking, moving or deleting a message"),
                       &why);
    log_message(LOG_WARN, "unsettled", pass, message, why.text);
    err_pass(&pass->complaint, &why);
    return true;
}

static bool delivered(struct pass *pass, const struct imap_message *message,
                      const char *event, unsigned *count, struct err *err)
{
    if (!ledger_record(pass->ledger, message->uid, LEDGER_DELIVERED, NULL, err))
        return false;
    ++*count;
    log_message(LOG_INFO, event, pass, message, NULL);
    return settle(pass, message, LEDGER_DELIVERED, "", err);
}

static bool refuse(struct pass *pass, const struct imap_message *message, const char *why,
                   struct err *err)
{
    if (!ledger_record(pass->ledger, message->uid, LEDGER_REFUSED, why, err))
        return false;
    pass->counts->refused++;
    log_message(LOG_WARN, "refused", pass, message, why);
    return settle(pass, message, LEDGER_REFUSED, "", err);
}

/* What a message may have; no hostile server may fill the disk. */
static uint64_t most_bytes(const struct pass *pass)
{
    return (uint64_t)settings_number(&pass->mailbox->settings, SET_INGEST_MAX_MEGABYTES,
                                     1024) *
           1000000;
}

static bool refuse_size(struct pass *pass, const struct imap_message *message,
                        struct err *err)
{
    char why[120];

    snprintf(why, sizeof why,
             _("The message has %" PRIu64 " bytes, more than ingest.max_megabytes (%s)."),
             message->size,
             settings_text(&pass->mailbox->settings, SET_INGEST_MAX_MEGABYTES));
    return refuse(pass, message, why, err);
}

static void due_at(struct pass *pass, time_t when)
{
    pass->left++;
    if (pass->retry_at == 0 || when < pass->retry_at)
        pass->retry_at = when;
}

/* Left as it is for a later run, although the others can have their turn now. */
static bool defer(struct pass *pass, const struct imap_message *message,
                  unsigned attempts, const struct err *why, struct err *err)
{
    pass->counts->deferred++;
    due_at(pass, time(NULL) + pass_retry_delay(attempts));
    log_message(LOG_WARN, "deferred", pass, message, why->text);
    return ledger_defer(pass->ledger, message->uid, true, why->text, err);
}

/* The same, and nothing more can be done now: `why` is also why the pass ends.  Whether
 * it says something about the message is whether it counts as an attempt. */
static bool break_off(struct pass *pass, const struct imap_message *message, bool counted,
                      const struct err *why, struct err *err)
{
    pass->counts->deferred++;
    log_message(LOG_WARN, "deferred", pass, message, why->text);
    ledger_defer(pass->ledger, message->uid, counted, why->text, NULL);
    return err_pass(err, why);
}

static bool pour(void *closure, const char *bytes, size_t length)
{
    struct flow *flow = closure;

    tell_progress(flow->pass);
    flow->stopped = !flow->ops->feed(flow->delivery, bytes, length);
    return !flow->stopped;
}

static bool fetch_failed(struct pass *pass, const struct imap_message *message,
                         unsigned attempts, enum imap_status status, struct err *err)
{
    const struct imap_answer *answer = imap_session_answer(pass->session);
    bool is_over = trouble_ends_session(status);
    struct err why = ERR_INIT;

    if (!is_over && !strcasecmp(answer->code, "GONE")) {
        log_message(LOG_INFO, "gone", pass, message, NULL);
        return ledger_forget(pass->ledger, message->uid, err);
    }
    trouble_of_session(pass->session, status, _("fetching a message"), &why);
    if (is_over)
        return break_off(pass, message, why.class != ERR_CANCELLED, &why, err);
    return defer(pass, message, attempts, &why, err);
}

static bool attempt(struct pass *pass, const struct imap_message *message,
                    const struct deliver_envelope *envelope, unsigned attempts,
                    struct err *err)
{
    struct flow flow = {.pass = pass, .ops = pass->ops};
    struct err why = ERR_INIT;
    enum deliver_status status;
    enum imap_status fetched;

    if (!ledger_begin(pass->ledger, message->uid, err))
        return false;
    flow.delivery = pass->ops->begin(pass->target, envelope, pass->cancel, &why);
    if (!flow.delivery) {
        pass->is_destination = true;
        return break_off(pass, message, false, &why, err);
    }
    fetched =
        imap_session_fetch(pass->session, message->uid, most_bytes(pass), pour, &flow);
    status = pass->ops->finish(&flow.delivery, fetched == IMAP_OK && !flow.stopped, &why);
    if (fetched != IMAP_OK && !flow.stopped)
        return fetch_failed(pass, message, attempts, fetched, err);
    /* Bytes that were not taken are still on their way: the session ended with them. */
    switch (flow.stopped ? DELIVER_DOWN : status) {
    case DELIVER_DONE:
        return delivered(pass, message, "delivered", &pass->counts->delivered, err);
    case DELIVER_REFUSED:
        return refuse(pass, message, why.text, err);
    case DELIVER_LATER:
        return defer(pass, message, attempts, &why, err);
    case DELIVER_DOWN:
        break;
    }
    pass->is_destination = why.class != ERR_CANCELLED;
    return break_off(pass, message, false, &why, err);
}

static bool take(struct pass *pass, const struct imap_message *message,
                 const struct ledger_row *row, struct err *err)
{
    const struct settings *settings = &pass->mailbox->settings;
    const char *user = settings_text(settings, SET_MAILBOX_USER);
    const struct deliver_envelope envelope = {
        .mailbox = pass->mailbox->name,
        .user = user[0] ? user : settings_login(settings),
        .folder = settings_text(settings, SET_MAILBOX_FOLDER),
        .uid_validity = pass->uid_validity,
        .uid = message->uid,
        .message_id = message->message_id,
        .size = message->size,
        .state_dir = pass->state_dir,
    };
    bool doubt = row->state == LEDGER_DELIVERING || row->state == LEDGER_DEFERRED ||
                 row->state == LEDGER_AGAIN ||
                 (row->state == LEDGER_UNKNOWN && pass->doubt);

    if (doubt && pass->ops->has && pass->ops->has(pass->target, &envelope))
        return delivered(pass, message, "repeated", &pass->counts->repeated, err);
    if (message->size > most_bytes(pass))
        return refuse_size(pass, message, err);
    if (row->attempts >= PASS_ATTEMPTS_MAX &&
        time(NULL) - row->first_at >= PASS_PATIENCE_S)
        return refuse(pass, message, _("It was tried too often without success."), err);
    return attempt(pass, message, &envelope, row->attempts + 1, err);
}

static const struct imap_message *described(const struct imap_message *messages,
                                            size_t count, uint32_t uid)
{
    for (size_t i = 0; i < count; i++)
        if (messages[i].uid == uid)
            return &messages[i];
    return NULL;
}

static bool announce(struct pass *pass, const struct imap_message *messages, size_t count,
                     struct err *err)
{
    struct ledger_message rows[BATCH];

    for (size_t i = 0; i < count; i++)
        rows[i] = (struct ledger_message){.uid = messages[i].uid,
                                          .size = messages[i].size,
                                          .message_id = messages[i].message_id};
    return ledger_announce(pass->ledger, rows, count, err);
}

/* A message that is not described is gone. */
static bool take_absent(struct pass *pass, const struct item *item, struct err *err)
{
    const struct imap_message message = {.uid = item->uid};

    if (item->row.state != LEDGER_AGAIN)
        return true;
    log_message(LOG_WARN, "gone", pass, &message,
                _("It was put back, but is not in the folder any more."));
    return ledger_forget(pass->ledger, item->uid, err);
}

static bool take_described(struct pass *pass, const struct imap_message *message,
                           const struct item *item, struct err *err)
{
    if (!message)
        return take_absent(pass, item, err);
    /* One that is seen now was another's to read, unless somebody wants it again. */
    if (message->seen && item->row.state != LEDGER_AGAIN)
        return true;
    return take(pass, message, &item->row, err);
}

static bool take_batch(struct pass *pass, const struct item *items, size_t count,
                       struct err *err)
{
    struct imap_message messages[BATCH];
    uint32_t uids[BATCH];
    size_t found = 0;
    enum imap_status status;

    for (size_t i = 0; i < count; i++)
        uids[i] = items[i].uid;
    status = imap_session_describe(pass->session, uids, count, messages, &found);
    if (status != IMAP_OK)
        return trouble_of_session(pass->session, status, _("looking at the messages"),
                                  err);
    if (!announce(pass, messages, found, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct imap_message *message = described(messages, found, items[i].uid);

        if (cancel_fired(pass->cancel))
            return err_set(err, ERR_CANCELLED, _("Cancelled between two messages."));
        if (!take_described(pass, message, &items[i], err))
            return false;
        if (!may_go_on(pass, err))
            return false;
    }
    return true;
}

static bool take_all(struct pass *pass, const struct items *items, struct err *err)
{
    for (size_t at = 0; at < items->count; at += BATCH) {
        size_t left = items->count - at;

        if (!take_batch(pass, items->list + at, left < BATCH ? left : BATCH, err))
            return false;
    }
    return true;
}

/* One that an earlier run delivered or refused: what is left to do is done now. */
static bool take_settled(struct pass *pass, const struct item *item, struct err *err)
{
    const struct imap_message message = {.uid = item->uid};
    const char *folder;

    if (wanted_after(pass, item->row.state, &folder) == AFTER_KEEP)
        return true;
    if (item->row.state == LEDGER_REFUSED) {
        pass->counts->refused++;
    } else {
        pass->counts->repeated++;
        log_message(LOG_INFO, "repeated", pass, &message, NULL);
    }
    return settle(pass, &message, item->row.state, item->row.settled, err);
}

/* One that was never tried to its end (the destination was down) is not early: whoever
 * runs the pass has waited for that. */
static bool is_early(struct pass *pass, const struct ledger_row *row)
{
    time_t due = row->last_at + pass_retry_delay(row->attempts);
    bool is_waiting = (row->state == LEDGER_DEFERRED || row->state == LEDGER_AGAIN) &&
                      row->attempts > 0;

    if (!pass->patient || !is_waiting || due <= time(NULL))
        return false;
    due_at(pass, due);
    return true;
}

/* Sorts the unread messages by what the ledger knows of them: settled ones are dealt with
 * at once; what was tried before waits in `late` behind what is fresh, so that a message
 * that breaks the session each time holds up no other. */
static bool sort_out(struct pass *pass, const struct imap_uids *uids, struct items *fresh,
                     struct items *late, struct err *err)
{
    for (size_t i = 0; i < uids->count; i++) {
        struct item item = {.uid = uids->items[i]};
        struct items *into;

        if (!ledger_find(pass->ledger, item.uid, &item.row, err))
            return false;
        if (item.row.state == LEDGER_DELIVERED || item.row.state == LEDGER_REFUSED) {
            if (!take_settled(pass, &item, err) || !may_go_on(pass, err))
                return false;
        } else if (!is_early(pass, &item.row)) {
            into = item.row.attempts > 0 ? late : fresh;
            into->list[into->count++] = item;
        }
    }
    return true;
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

bool pass_run(struct pass *pass, struct err *err)
{
    struct imap_uids uids = {0};
    struct items fresh = {0}, late = {0};
    enum imap_status status = imap_session_search_unseen(pass->session, &uids);
    bool done;

    pass->left = 0;
    pass->retry_at = 0;
    pass->is_destination = false;
    pass->found = (unsigned)uids.count;
    if (status != IMAP_OK)
        return trouble_of_session(pass->session, status,
                                  _("searching for unread messages"), err);
    if (!add_again(pass, &uids, err)) {
        free(uids.items);
        return false;
    }
    if (pass->former != 0 && !renumbered_recognise(pass, &uids, err)) {
        free(uids.items);
        return false;
    }
    fresh.list = mem_new(uids.count + 1, sizeof *fresh.list);
    late.list = mem_new(uids.count + 1, sizeof *late.list);
    done = sort_out(pass, &uids, &fresh, &late, err) && take_all(pass, &fresh, err) &&
           take_all(pass, &late, err);
    free(fresh.list);
    free(late.list);
    free(uids.items);
    return done;
}

int pass_retry_delay(unsigned attempts)
{
    unsigned doublings = attempts > 0 ? attempts - 1 : 0;

    return doublings < 6 ? 60 << doublings : 3600;
}
