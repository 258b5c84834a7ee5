/*
 * So many connections at a time, and not all at once.
 *
 * A run takes a slot before it connects and gives it back when it has left.  Slots are
 * given in the order in which they were asked for, one at a time with a little pause, so
 * that a restarted server, or this machine's start, does not see every mailbox log in in
 * the same moment.  Any thread.
 */
#ifndef LETTERBOX_INGEST_SLOTS_H
#define LETTERBOX_INGEST_SLOTS_H

#include <stdbool.h>

#include "net/cancel.h"

#define SLOTS_PAUSE_MS 50 /* between two that are given */

struct slots;

struct slots *slots_new(unsigned count); /* 1 at least */
void slots_free(struct slots **slots);   /* nobody has or wants one */

/* Waits for a slot, and calls `tell` on this thread each minute meanwhile (NULL: nobody
 * is told).  false when the cancel fired. slots may be NULL here and below: there are
 * enough. */
bool slots_take(struct slots *slots, const struct cancel *cancel,
                void (*tell)(void *closure), void *closure);
void slots_give_back(struct slots *slots);

/* Does somebody wait whose turn a slot's return would be? */
bool slots_are_wanted(struct slots *slots);
/* Are all of them taken?  Then somebody may want one soon. */
bool slots_are_taken(struct slots *slots);

#endif
