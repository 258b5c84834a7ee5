/*
 * From a saved mailbox to its opened folder: logged in, selected, the ledger turned to
 * it.
 */
#ifndef LETTERBOX_INGEST_VISIT_H
#define LETTERBOX_INGEST_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "advice/advice.h"
#include "check/login.h"
#include "ingest/ledger.h"
#include "net/cancel.h"
#include "settings/mailbox.h"
#include "settings/store.h"

struct err;

#define VISIT_LOOK_AGAIN_MS (9 * 60 * 1000)

/* Zeroed: nobody is there. */
struct visit {
    struct access *access; /* private */
    struct login login;    /* its session is the one to talk on */
    uint32_t uid_validity, uid_next;
    uint64_t numbering; /* ledger.h */
    int64_t opened_ms;  /* when the folder was opened last; clock_now_ms */
    uint64_t former;    /* the numbering before, when it has changed; else 0 */
    bool doubt;         /* as ledger_entry has it */
    unsigned asked_s;   /* after a failure: how long the server asked to be left alone;
                           0: it did not */
};

/* Reads the credential anew each time: it may have been changed, and a token ends.  false
 * with err, and with *diagnosis (the caller's; NULL before) when the mailbox could not be
 * reached.  keeper and cancel are borrowed until visit_end. */
bool visit_begin(struct visit *visit, struct store *store, const struct mailbox *mailbox,
                 struct ledger *ledger, struct token_keeper *keeper,
                 const struct cancel *cancel, struct diagnosis **diagnosis,
                 struct err *err);

/* After a failure on the open session: a refusal that the diagnoses know as the server's
 * passing trouble becomes ERR_RETRY, and asked_s is set. */
void visit_weigh_loss(struct visit *visit, struct err *why);

/* Asks for a new token, so that a connection that is lost later finds one.  The session
 * is not touched.  false when none was given, also where the old one does for a while. */
bool visit_renew_token(struct visit *visit, struct token_keeper *keeper,
                       const struct cancel *cancel);

/* Opens the folder again, when that was long ago (VISIT_LOOK_AGAIN_MS): one that was
 * deleted and made anew stays the old one for a session, empty for ever, and not every
 * server tells.  false with err when it is another one now, or cannot be opened. */
bool visit_look_again(struct visit *visit, const struct settings *settings,
                      struct err *err);
void visit_end(struct visit *visit);

#endif
