/* What becomes of a message: delivered, refused, put off; and what is done to it then. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/pass_private.h"
#include "ingest/trouble.h"

void items_add(struct items *items, const struct item *item)
{
    if (items->count == items->room) {
        items->room = items->room ? 2 * items->room : 16;
        items->list = mem_resize(items->list, items->room, sizeof *items->list);
    }
    items->list[items->count++] = *item;
}

bool pass_tell_progress(const struct pass *pass)
{
    return !pass->progress || pass->progress(pass->closure);
}

bool pass_may_go_on(const struct pass *pass, struct err *err)
{
    return pass_tell_progress(pass) ||
           err_set(err, ERR_CANCELLED, _("Cancelled between two messages."));
}

void pass_log(const struct pass *pass, enum log_level level, const char *event,
              const struct imap_message *message, const char *why)
{
    char uid[16], size[24];

    snprintf(uid, sizeof uid, "%" PRIu32, message->uid);
    snprintf(size, sizeof size, "%" PRIu64, message->size);
    log_event(level, event, "mailbox", pass->mailbox->name, "uid", uid, "message_id",
              message->message_id[0] ? message->message_id : NULL, "size",
              message->size > 0 ? size : NULL, "error", why, NULL);
}

uint64_t pass_most_bytes(const struct pass *pass)
{
    return (uint64_t)settings_number(&pass->mailbox->settings, SET_INGEST_MAX_MEGABYTES,
                                     1024) *
           1000000;
}

void pass_envelope(const struct pass *pass, const struct imap_message *message,
                   struct deliver_envelope *envelope)
{
    const struct settings *settings = &pass->mailbox->settings;
    const char *user = settings_text(settings, SET_MAILBOX_USER);

    *envelope = (struct deliver_envelope){
        .mailbox = pass->mailbox->name,
        .user = user[0] ? user : settings_login(settings),
        .folder = settings_text(settings, SET_MAILBOX_FOLDER),
        .numbering = pass->numbering,
        .uid = message->uid,
        .message_id = message->message_id,
        .size = message->size,
        .state_dir = pass->state_dir,
    };
}

/* ---- Marked, moved, deleted -------------------------------------------------------- */

enum after pass_wanted_after(const struct pass *pass, enum ledger_state state)
{
    const struct settings *settings = &pass->mailbox->settings;

    return state == LEDGER_REFUSED ? after_failure(settings) : after_success(settings);
}

static bool note_settled(struct pass *pass, const uint32_t *uids, const bool *done,
                         size_t count, enum after after, struct err *err)
{
    if (!ledger_open_batch(pass->ledger, false, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (done[i] && !ledger_settle(pass->ledger, uids[i], after_id(after), err)) {
            ledger_roll_back(pass->ledger);
            return false;
        }
    }
    return ledger_commit(pass->ledger, err);
}

static bool note_all_settled(struct pass *pass, const uint32_t *uids, size_t count,
                             enum after after, struct err *err)
{
    bool done[IMAP_SET_MAX];

    memset(done, 1, count * sizeof *done);
    return note_settled(pass, uids, done, count, after, err);
}

bool pass_settle(struct pass *pass, const uint32_t *uids, size_t count,
                 enum ledger_state state, enum after due, struct err *err)
{
    const struct settings *settings = &pass->mailbox->settings;
    const struct after_place place = {
        .login = settings_login(settings),
        .from = settings_text(settings, SET_MAILBOX_FOLDER),
        .to =
            settings_text(settings, state == LEDGER_REFUSED ? SET_INGEST_FAILURE_FOLDER
                                                            : SET_INGEST_SUCCESS_FOLDER),
    };
    enum after wanted = pass_wanted_after(pass, state);
    bool done[IMAP_SET_MAX];
    struct err why = ERR_INIT;

    if (count == 0 || due == AFTER_KEEP)
        return count == 0 || due != wanted ||
               note_all_settled(pass, uids, count, due, err);
    if (!after_carry_out(due, pass->session, uids, count, &place, done, &why, err)) {
        if (due == wanted)
            note_settled(pass, uids, done, count, due, NULL);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct imap_message message = {.uid = uids[i]};

        if (!done[i])
            pass_log(pass, LOG_WARN, "unsettled", &message, why.text);
    }
    if (err_is_set(&why))
        err_pass(&pass->complaint, &why);
    /* One that was moved and is still there is only marked; it stays moved. */
    return due != wanted || note_settled(pass, uids, done, count, due, err);
}

/* ---- Outcomes ---------------------------------------------------------------------- */

static bool record(struct pass *pass, const struct imap_message *message,
                   enum ledger_state state, const char *why, struct err *err)
{
    return ledger_record(pass->ledger, message->uid, state, why, err);
}

static bool settle_one(struct pass *pass, const struct imap_message *message,
                       enum ledger_state state, struct err *err)
{
    return pass_settle(pass, &message->uid, 1, state, pass_wanted_after(pass, state),
                       err);
}

bool pass_delivered(struct pass *pass, const struct imap_message *message,
                    struct err *err)
{
    if (!record(pass, message, LEDGER_DELIVERED, NULL, err))
        return false;
    pass->counts->delivered++;
    pass_log(pass, LOG_INFO, "delivered", message, NULL);
    return settle_one(pass, message, LEDGER_DELIVERED, err);
}

bool pass_refuse(struct pass *pass, const struct imap_message *message, const char *why,
                 struct err *err)
{
    if (!record(pass, message, LEDGER_REFUSED, why, err))
        return false;
    pass->counts->refused++;
    pass_log(pass, LOG_WARN, "refused", message, why);
    return settle_one(pass, message, LEDGER_REFUSED, err);
}

static const char *why_tried_out(const struct ledger_row *row)
{
    bool is_tried_out = row->attempts >= PASS_ATTEMPTS_MAX &&
                        time(NULL) - row->first_at >= PASS_PATIENCE_S;

    return is_tried_out ? _("It was tried too often without success.") : NULL;
}

const char *pass_why_refused(const struct pass *pass, const struct imap_message *message,
                             const struct ledger_row *row, char *room, size_t size)
{
    if (message->size > pass_most_bytes(pass)) {
        snprintf(
            room, size,
            _("The message has %" PRIu64 " bytes, more than ingest.max_megabytes (%s)."),
            message->size,
            settings_text(&pass->mailbox->settings, SET_INGEST_MAX_MEGABYTES));
        return room;
    }
    return why_tried_out(row);
}

void pass_due_at(struct pass *pass, time_t when)
{
    if (pass->retry_at == 0 || when < pass->retry_at)
        pass->retry_at = when;
    pass->left++;
}

bool pass_defer(struct pass *pass, const struct imap_message *message, unsigned attempts,
                const struct err *why, struct err *err)
{
    pass->counts->deferred++;
    pass_due_at(pass, time(NULL) + pass_retry_delay(attempts));
    pass_log(pass, LOG_WARN, "deferred", message, why->text);
    return ledger_defer(pass->ledger, message->uid, true, why->text, err);
}

bool pass_blame(struct pass *pass, const struct item *item, const struct err *why,
                struct err *err)
{
    const struct imap_message message = {.uid = item->uid};
    const struct ledger_message row = {.uid = item->uid, .message_id = ""};
    const char *tried_out = why_tried_out(&item->row);

    if (!ledger_announce(pass->ledger, &row, 1, err))
        return false;
    if (tried_out)
        return pass_refuse(pass, &message, tried_out, err);
    return ledger_begin(pass->ledger, item->uid, err) &&
           pass_defer(pass, &message, item->row.attempts + 1, why, err);
}

bool pass_broke_off_describing(struct pass *pass, const struct item *items, size_t count,
                               const struct imap_message *messages, size_t described,
                               const struct err *why, struct err *err)
{
    size_t at = 0;

    while (at < described && messages[at].uid == items[at].uid)
        at++;
    if (at < count && why->class != ERR_CANCELLED)
        pass_blame(pass, &items[at], why, NULL);
    return err_pass(err, why);
}

bool pass_break_off(struct pass *pass, const struct imap_message *message, bool counted,
                    const struct err *why, struct err *err)
{
    pass->counts->deferred++;
    pass_log(pass, LOG_WARN, "deferred", message, why->text);
    ledger_defer(pass->ledger, message->uid, counted, why->text, NULL);
    return err_pass(err, why);
}

bool pass_absent(struct pass *pass, const struct item *item, struct err *err)
{
    const struct imap_message message = {.uid = item->uid};

    if (item->row.state == LEDGER_AGAIN)
        pass_log(pass, LOG_WARN, "gone", &message,
                 _("It was put back, but is not in the folder any more."));
    else
        pass_log(pass, LOG_INFO, "gone", &message, NULL);
    return ledger_forget(pass->ledger, item->uid, err);
}

bool pass_leave(struct pass *pass, const struct imap_message *message, struct err *err)
{
    pass_log(pass, LOG_INFO, "left", message, NULL);
    return ledger_forget(pass->ledger, message->uid, err);
}

bool pass_is_others(const struct imap_message *message, const struct item *item)
{
    return message->seen && item->row.state != LEDGER_AGAIN;
}
