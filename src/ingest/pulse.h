/*
 * What a run shows to whoever supervises it: its phase, and until when it may be silent.
 *
 * Before each step the run says how long that may take at most.  One that is later than
 * it said hangs, because every wait of its own has a deadline.
 */
#ifndef LETTERBOX_INGEST_PULSE_H
#define LETTERBOX_INGEST_PULSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ingest/state.h"

struct pulse {
    _Atomic int64_t due_ms; /* clock_now_ms */
    _Atomic int phase;      /* enum state_phase */
    int wake_fd;            /* an eventfd that is told of a new phase; -1: none.  Set
                               before the run begins */
};

/* The run has nothing to be late with. */
void pulse_init(struct pulse *pulse, int wake_fd);

/* ---- For the run; pulse may be NULL ------------------------------------------------ */

void pulse_allow(struct pulse *pulse, int64_t ms);
void pulse_rest(struct pulse *pulse); /* for as long as it takes */
void pulse_show(struct pulse *pulse, enum state_phase phase);

/* ---- For the one who supervises ---------------------------------------------------- */

bool pulse_is_late(const struct pulse *pulse, int64_t now_ms);
enum state_phase pulse_phase(const struct pulse *pulse);

#endif
