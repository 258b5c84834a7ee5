/*
 * Figures for Prometheus: the text exposition format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).  Pure.
 */
#ifndef LETTERBOX_INGEST_METRICS_TEXT_H
#define LETTERBOX_INGEST_METRICS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ingest/overview.h"

struct buf;

enum metrics_result {
    METRICS_DELIVERED,
    METRICS_REPEATED,
    METRICS_REFUSED,
    METRICS_DEFERRED,
    METRICS_RESULT_COUNT,
};

/* A mailbox's counters.  The state counts since the mailbox was `started`; a counter for
 * Prometheus goes on when that begins anew.  Zeroed: nothing was counted. */
struct metrics_totals {
    time_t started;                        /* of the state that was added last */
    uint64_t before[METRICS_RESULT_COUNT]; /* of those that ended */
    uint64_t now[METRICS_RESULT_COUNT];
};

/* What the state says is what is counted now. */
void metrics_totals_follow(struct metrics_totals *totals, const struct state *state);

struct metrics_sample {
    const struct overview *overview;
    const struct metrics_totals *totals;
};

/* Adds the whole text.  Times that are not known have no sample. */
void metrics_text_add(struct buf *out, const struct metrics_sample *samples,
                      size_t count);

#endif
