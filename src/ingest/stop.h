/*
 * Telling a mailbox's run to end: at once, or after the message under way.
 *
 * The run itself says when it is at work on messages.  Outside of that every end is at
 * once: nothing is torn.  Any thread may tell it.
 */
#ifndef LETTERBOX_INGEST_STOP_H
#define LETTERBOX_INGEST_STOP_H

#include <pthread.h>
#include <stdbool.h>

#include "net/cancel.h"

struct stop {
    struct cancel cancel; /* fired: at once; every wait of the run looks at it */
    pthread_mutex_t lock; /* guards the rest */
    bool is_wanted;
    bool is_at_work;
};

bool stop_init(struct stop *stop); /* false when the system has no descriptor left */
void stop_destroy(struct stop *stop);

void stop_at_once(struct stop *stop);
void stop_after_message(struct stop *stop);

/* ---- For the run; stop may be NULL: nobody ever wants it to end -------------------- */

bool stop_is_wanted(struct stop *stop);
void stop_begin_work(struct stop *stop);
void stop_end_work(struct stop *stop);

#endif
