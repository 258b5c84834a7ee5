#include "ingest/visit.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "advice/look.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/log.h"
#include "ingest/after.h"
#include "ingest/trouble.h"
#include "settings/access.h"

#define FOLDERS_MAX 50 /* names for "did you mean" */

/* The class of an error with that diagnosis, so that both lead to one exit status. */
static enum err_class class_of(const struct diagnosis *diagnosis)
{
    if (diagnosis->is_refusal)
        return ERR_REFUSED;
    switch (diagnosis->class) {
    case ADVICE_FIX_SETTING:
        return ERR_SETTING;
    case ADVICE_FIX_SERVER:
        return ERR_SERVER;
    case ADVICE_RETRY_NOW:
    case ADVICE_RETRY_LATER:
        return ERR_RETRY;
    case ADVICE_CANCELLED:
        return ERR_CANCELLED;
    case ADVICE_INTERNAL:
        break;
    }
    return ERR_INTERNAL;
}

/* Says why the way in ended, from what was noted on it. */
static bool explain(struct visit *visit, struct diagnosis **diagnosis, struct err *err)
{
    const struct diagnosis *found = *diagnosis = advice_diagnose(visit->login.facts);

    visit->asked_s = (unsigned)look_retry_after(visit->login.facts);
    if (!found)
        return err_set(err, ERR_INTERNAL, _("The mailbox could not be reached."));
    return err_set_key(err, class_of(found),
                       found->field == SET_NONE ? "" : setting_defs[found->field].key,
                       "%s: %s", check_stage_id(found->stage), found->title);
}

static bool select_folder(struct visit *visit, const char *folder,
                          struct imap_folder *opened, struct diagnosis **diagnosis,
                          struct err *err)
{
    struct login *login = &visit->login;
    enum imap_status status = imap_session_select(login->session, folder, opened);

    if (status == IMAP_OK)
        return true;
    login_note_failure(login, CHECK_IMAP_OPEN, status);
    if (status == IMAP_NO)
        imap_session_list(login->session, FOLDERS_MAX, &login->facts->folders);
    return explain(visit, diagnosis, err);
}

/* Delivering what cannot be marked afterwards would fill the ledger with complaints, and
 * without a UIDVALIDITY (RFC 3501 2.3.1.1) a new message could pass for an old one. */
static bool can_be_served(const struct settings *settings,
                          const struct imap_folder *opened, struct err *err)
{
    const char *folder = settings_text(settings, SET_MAILBOX_FOLDER);

    if (opened->uid_validity == 0)
        return err_set(err, ERR_SERVER,
                       _("The server gives the folder %s no UIDVALIDITY, so its messages "
                         "cannot be told apart. Nothing was fetched."),
                       folder);
    if (!opened->read_only ||
        (after_success(settings) == AFTER_KEEP && after_failure(settings) == AFTER_KEEP))
        return true;
    return err_set_key(err, ERR_REFUSED, setting_defs[SET_MAILBOX_FOLDER].key,
                       _("The server opens the folder %s for reading only, so messages "
                         "cannot be marked, moved or deleted. Nothing was fetched."),
                       folder);
}

static bool enter_ledger(struct visit *visit, const struct mailbox *mailbox,
                         struct ledger *ledger, struct err *err)
{
    const struct settings *settings = &mailbox->settings;
    const struct ledger_source source = {
        .host = settings_text(settings, SET_SERVER_HOST),
        .user = settings_login(settings),
        .folder = settings_text(settings, SET_MAILBOX_FOLDER),
        .uid_validity = visit->uid_validity,
        .uid_next = visit->uid_next,
    };
    struct ledger_entry entry;
    char before[16], now[16], next[16];

    if (!ledger_enter(ledger, &source, &entry, err))
        return false;
    visit->numbering = entry.numbering;
    visit->former = entry.known_as;
    visit->doubt = entry.in_doubt;
    snprintf(before, sizeof before, "%" PRIu32, (uint32_t)entry.known_as);
    snprintf(now, sizeof now, "%" PRIu32, source.uid_validity);
    snprintf(next, sizeof next, "%" PRIu32, source.uid_next);
    if (entry.known_as != 0)
        log_event(LOG_WARN, "renumbered", "mailbox", mailbox->name, "folder",
                  source.folder, "uid_validity", now, "before", before, "uid_next", next,
                  NULL);
    return true;
}

bool visit_begin(struct visit *visit, struct store *store, const struct mailbox *mailbox,
                 struct ledger *ledger, struct token_keeper *keeper,
                 const struct cancel *cancel, struct diagnosis **diagnosis,
                 struct err *err)
{
    const struct settings *settings = &mailbox->settings;
    struct imap_folder opened;

    *visit = (struct visit){.access = access_resolve(store, settings, err)};
    if (!visit->access)
        return false;
    if (!login_open(&visit->login, visit->access, keeper, cancel))
        return explain(visit, diagnosis, err);
    if (!select_folder(visit, settings_text(settings, SET_MAILBOX_FOLDER), &opened,
                       diagnosis, err) ||
        !can_be_served(settings, &opened, err))
        return false;
    visit->uid_validity = opened.uid_validity;
    visit->uid_next = opened.uid_next;
    visit->opened_ms = clock_now_ms();
    return enter_ledger(visit, mailbox, ledger, err);
}

void visit_weigh_loss(struct visit *visit, struct err *why)
{
    struct login *login = &visit->login;
    const char *bye = imap_session_answer(login->session)->bye;
    struct diagnosis *found;

    login_note_failure(login, CHECK_IMAP_PREVIEW, bye[0] ? IMAP_BYE : IMAP_NO);
    visit->asked_s = (unsigned)look_retry_after(login->facts);
    if (why->class != ERR_SERVER && why->class != ERR_REFUSED)
        return;
    found = advice_diagnose(login->facts);
    if (found && (found->class == ADVICE_RETRY_NOW || found->class == ADVICE_RETRY_LATER))
        why->class = ERR_RETRY;
    diagnosis_free(&found);
}

bool visit_renew_token(struct visit *visit, struct token_keeper *keeper,
                       const struct cancel *cancel)
{
    struct login login = {0};
    struct secret *token = NULL;
    bool has_one = login_token(&login, visit->access, keeper, cancel, &token);
    bool is_new = has_one && !login.is_token_late;

    secret_free(&token);
    login_close(&login);
    return is_new;
}

bool visit_look_again(struct visit *visit, const struct settings *settings,
                      struct err *err)
{
    const char *folder = settings_text(settings, SET_MAILBOX_FOLDER);
    struct imap_session *session = visit->login.session;
    struct imap_folder opened;
    enum imap_status status;

    if (clock_now_ms() - visit->opened_ms < VISIT_LOOK_AGAIN_MS)
        return true;
    status = imap_session_select(session, folder, &opened);
    visit->opened_ms = clock_now_ms();
    if (status != IMAP_OK)
        return trouble_of_session(session, status, _("opening the folder again"), err);
    if (opened.uid_validity != visit->uid_validity ||
        (opened.uid_next > 0 && opened.uid_next < visit->uid_next))
        return err_set(err, ERR_RETRY, _("The folder %s was made anew."), folder);
    visit->uid_next = opened.uid_next;
    return true;
}

void visit_end(struct visit *visit)
{
    login_close(&visit->login);
    access_free(&visit->access);
}
