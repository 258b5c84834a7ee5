/*
 * Testing again every minute: when the next test is due, and what is said of it.
 *
 * Knows no clock: the time comes with each call.  Which tests there are, and when nobody
 * wants them any more, is ui/screen/deeds.c's.
 */
#ifndef LETTERBOX_UI_SCREEN_REPEAT_H
#define LETTERBOX_UI_SCREEN_REPEAT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define REPEAT_EVERY_S 60 /* from the end of a test to the begin of the next */

/* Now, on both clocks: one to count with, one to tell. */
struct moment {
    int64_t us; /* clock_now_us() */
    time_t date;
};

enum repeat_state {
    REPEAT_OFF,
    REPEAT_ON,
    REPEAT_PASSED,  /* was on until a test passed */
    REPEAT_STOPPED, /* was on until a failure that does not pass by waiting */
};

/* Starts zeroed, and again with every test that is not one again. */
struct repeat {
    enum repeat_state state;
    unsigned tests;      /* that have ended, of the same values */
    struct moment ended; /* the last of them */
};

/* A test has ended now. */
void repeat_note(struct repeat *repeat, struct moment now, bool passed,
                 bool may_pass_later);

/* Microseconds until the next test, 0 when it is due; -1 when there is none to come. */
int64_t repeat_wait_us(const struct repeat *repeat, struct moment now);

/* "Tested 3 times, last at 14:06:30; again at 14:07:30. Esc stops.", in local time.  It
 * changes with a test, never with the clock.  `testing`: one is under way.  NULL when
 * there is nothing to say; else the caller's (free()). */
char *repeat_sentence(const struct repeat *repeat, bool testing);

#endif
