/*
 * The terminal whole again after a crash.
 */
#ifndef LETTERBOX_UI_SCREEN_CRASH_H
#define LETTERBOX_UI_SCREEN_CRASH_H

#include <stddef.h>
#include <termios.h>

/* From now on SIGSEGV, SIGABRT, SIGBUS, SIGFPE and SIGILL write `reset` to `fd`, set its
 * `termios`, copy what was written to the file `held` to `errors` (-1, -1: nothing is
 * held), and then take their usual course.  All is copied; on a stack of its own, with
 * async-signal-safe calls alone. */
void crash_arm(int fd, const char *reset, const struct termios *termios, int held,
               int errors);
void crash_disarm(void);

#endif
