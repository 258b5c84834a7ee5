/*
 * One mailbox's run, as the sources of ingest.h share it; nobody else includes it.
 */
#ifndef LETTERBOX_INGEST_RUN_H
#define LETTERBOX_INGEST_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "imap/session.h"
#include "ingest/backoff.h"
#include "ingest/ingest.h"
#include "ingest/pass.h"
#include "ingest/reminder.h"
#include "ingest/stand.h"
#include "ingest/stop.h"
#include "ingest/visit.h"

struct run {
    struct store *store;
    const struct mailbox *mailbox;
    const struct ingest_options *options;
    const struct cancel *cancel; /* never NULL */
    struct ingest_counts *counts;
    struct diagnosis **diagnosis;

    /* As long as it lives. */
    char *directory; /* STATE/NAME */
    int directory_fd, lock_fd;
    int bell; /* -1: nobody is heard */
    struct token_keeper *keeper;
    struct stand stand;
    struct backoff backoff;
    struct reminder reminder;
    bool in_turns;    /* it left the last time to let others have their turn */
    unsigned asked_s; /* how long the server that failed asked to be left alone */

    /* As long as it is in the mailbox. */
    bool has_slot;
    const struct deliver_ops *ops;
    struct deliver_target target;
    struct secret *secret;     /* owned; the target's */
    struct deliver_line *line; /* the target's */
    struct ledger *ledger;
    struct visit visit;
    struct pass pass;
    int64_t pass_began_ms; /* clock_now_ms */
    unsigned taken_before; /* counts->delivered, when it began */
    bool is_in;            /* the folder is open */
};

bool run_is_cancelled(const struct run *run);

/* Until then (clock_now_ms), the cancel, or `sooner` (a descriptor that becomes readable;
 * -1: none); the session, if there is one, is kept alive. A status that is not IMAP_OK is
 * the session's end. */
void run_pause(struct run *run, int64_t until, int sooner);
enum imap_status run_pause_inside(struct run *run, int64_t until, int sooner);

/* In IDLE where the server has it, else until poll_seconds have passed; sooner when a
 * message that was put off is due, or a token, or the bell is rung.  false with err when
 * the session is lost or the run is cancelled. */
bool run_wait_for_mail(struct run *run, struct err *err);

/* Seconds until a mailbox that has left its place to others is to come back. */
int64_t run_turn_ms(const struct run *run);

/* The longest that a step of the run may take: its deadlines, one after the other. */
int64_t run_step_ms(const struct run *run);
int64_t run_way_in_ms(const struct run *run);

#endif
