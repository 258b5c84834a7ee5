/*
 * The order that loses nothing, looked for at every system call of a run: announced
 * before it is delivered, delivered before that is recorded, recorded before the server
 * is told; and each of them on the disk, not only in memory (docs/decisions/0003).
 *
 * It holds for each message by itself, in whatever groups they go.
 */
#ifndef LETTERBOX_TESTS_FORCE_ORDER_H
#define LETTERBOX_TESTS_FORCE_ORDER_H

#include "force/force.h"
#include "support/trace/disk.h"

struct order {
    struct force *force;
    struct disk *disk; /* owned */
    size_t syncs, commands;
    bool announced[FORCE_MESSAGES_MAX + 1]; /* by number, as the disk's ledger has it */
    bool recorded[FORCE_MESSAGES_MAX + 1];
    char wrong[200]; /* the first thing that is; "" while there is none */
};

void order_begin(struct order *order, struct force *force);
void order_end(struct order *order);

/* For each stop of the program. */
void order_look(struct order *order, struct trace *trace, const struct trace_call *call);

#endif
