/*
 * The bell of a mailbox: STATE/NAME/bell, by which another process makes the ingest that
 * serves it look at once.
 *
 * A FIFO (fifo(7)) that is there as long as that ingest lives, mode 0600: its user may
 * ring, nobody waits for anybody, and whoever rings learns whether it was heard.  A ring
 * is not kept: an ingest that begins later looks anyway.
 */
#ifndef LETTERBOX_INGEST_BELL_H
#define LETTERBOX_INGEST_BELL_H

#include <stdbool.h>

/* ---- For the ingest, which holds the lock of STATE/NAME (`directory`, open) -------- */

/* A descriptor that is readable once it was rung; for bell_take_down.  -1 where the file
 * system has no FIFOs, or the system no descriptor: then nobody is heard. */
int bell_hang(int directory);
void bell_take_down(int directory, int *bell); /* *bell may be -1; is -1 then */

/* What was rung so far is heard; bell may be -1. */
void bell_hush(int bell);

/* ---- For others -------------------------------------------------------------------- */

/* Of STATE/NAME, given as its path; false when nobody hears it. */
bool bell_ring(const char *directory);

#endif
