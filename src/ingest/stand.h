/*
 * How a run stands: kept in its status file, and told in the log once, when it changes.
 *
 * "waiting" is told when a trouble is new or another than before, "parked" once with its
 * diagnosis as long as that stays the same, "recovered" after the first pass that was
 * whole again.
 */
#ifndef LETTERBOX_INGEST_STAND_H
#define LETTERBOX_INGEST_STAND_H

#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "ingest/backoff.h"
#include "ingest/ingest.h"
#include "ingest/pulse.h"
#include "ingest/state.h"

struct stand {
    const char *name; /* of the mailbox; borrowed */
    struct pulse *pulse;
    struct state_file file;
    bool is_told;                /* `file.now.trouble` is in the log */
    bool was_parked;             /* since it last worked */
    struct state_trouble parked; /* what was told of that */
};

/* Of this moment on; nothing is written until there is a directory. */
void stand_begin(struct stand *stand, const char *name, struct pulse *pulse);

/* The directory of the status file, open and locked; borrowed. */
void stand_write_to(struct stand *stand, int directory);

/* On the way in.  What it waited or was parked for is still true until it is in. */
void stand_try(struct stand *stand);
void stand_serve(struct stand *stand);

/* These are the counts now; written soon. */
void stand_count(struct stand *stand, const struct ingest_counts *counts);

/* It is at work, or waits in line: written when the last word is a minute old, so that
 * nobody takes it for one that hangs. */
void stand_live(struct stand *stand);

/* To be called while nothing changes: writes what could not be written before.  false
 * when something is left. */
bool stand_catch_up(struct stand *stand);

/* A whole pass, with so many messages left for later.  complaint (NULL: none): what the
 * server would not let be done with one that was delivered. */
void stand_succeed(struct stand *stand, unsigned left, const struct err *complaint);

/* Out of the mailbox until then, with nothing wrong. */
void stand_take_turns(struct stand *stand, time_t next_try);

/* It failed, and this is the plan.  who and fix are the diagnosis's (may be NULL). */
void stand_fail(struct stand *stand, const struct err *why,
                const struct diagnosis *diagnosis, const struct backoff_plan *plan);

/* It ends; `why` (may be NULL) unless it was told to or is done. */
void stand_stop(struct stand *stand, const struct err *why,
                const struct diagnosis *diagnosis);

#endif
