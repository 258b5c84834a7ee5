/*
 * Keeps what libraries write to standard error off the screen, and shows it afterwards.
 */
#ifndef LETTERBOX_UI_SCREEN_STDERR_GUARD_H
#define LETTERBOX_UI_SCREEN_STDERR_GUARD_H

struct stderr_guard {
    int held;   /* a file in memory that stands in for standard error; -1: none */
    int errors; /* the true one; -1 */
};

/* Standard error that is no terminal, or without memory to hold it, stays as it is. */
void stderr_guard_start(struct stderr_guard *guard);

/* Puts standard error back and writes to it what was held, made safe for a terminal. */
void stderr_guard_stop(struct stderr_guard *guard);

#endif
