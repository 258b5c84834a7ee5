/*
 * A program that runs on: what it says, when it says it, and how it ends.  Faults end the
 * test, with all that it said; it ends with the test's process.
 */
#ifndef LETTERBOX_TESTS_RUNNING_H
#define LETTERBOX_TESTS_RUNNING_H

#include <stdbool.h>

struct running;

/* Starts it with nothing to read; standard output and standard error are one. */
struct running *running_start(const char *const *argv);
/* Kills it when it still runs; *running may be NULL. */
void running_free(struct running **running);

/* Waits until it says `text`, behind what an earlier wait was satisfied with. */
void running_wait(struct running *running, const char *text);
/* The same for so many lines that have it. */
void running_wait_times(struct running *running, const char *text, unsigned times);

/* Waits for its end; its exit status, or 128 and the signal. */
int running_end(struct running *running);
/* The same after a SIGTERM. */
int running_stop(struct running *running);

/* All that it has said, as far as it was waited for. */
const char *running_said(const struct running *running);
/* How many lines of that have it. */
unsigned running_count(const struct running *running, const char *text);

/* The most memory that it has taken, in KiB (VmHWM, proc(5)).  While it runs. */
long running_peak(const struct running *running);

#endif
