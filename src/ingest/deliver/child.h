/*
 * One run of another program: an argument list, never a shell.
 *
 * The program leads a process group of its own and inherits three descriptors: what it
 * reads, and one pipe for all that it prints.  It is waited for together with its output,
 * a deadline and a cancel; the last two end the whole group (SIGTERM, and SIGKILL two
 * seconds later).  What it leaves in the background after a good end lives on.
 */
#ifndef LETTERBOX_INGEST_DELIVER_CHILD_H
#define LETTERBOX_INGEST_DELIVER_CHILD_H

#include <stdbool.h>

#include "base/buf.h"
#include "net/cancel.h"

struct err;

/* All borrowed. */
struct child_request {
    char *const *argv; /* argv[0] is looked up in PATH when it holds no slash */
    char *const *environment;
    int input;                   /* its standard input, from where its offset stands */
    int timeout_ms;              /* until it must have ended */
    int grace_ms;                /* the same, counted from when the cancel was seen */
    const struct cancel *cancel; /* may be NULL */
};

struct child_result {
    bool timed_out;
    bool cancelled;    /* ended by us because of the cancel */
    int exit_status;   /* -1 when a signal ended it */
    int signal;        /* that did, or 0 */
    struct buf output; /* what it printed, up to the buffer's limit: the caller makes it
                          before the call and frees it after */
};

/* false with err when the program could not be started: ERR_SETTING when there is none or
 * it may not be run, ERR_WRITE when the system has no room for it. */
bool child_run(const struct child_request *request, struct child_result *result,
               struct err *err);

#endif
