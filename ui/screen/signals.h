/*
 * Signals as bytes in a pipe, so that the loop meets them where it waits.
 */
#ifndef LETTERBOX_UI_SCREEN_SIGNALS_H
#define LETTERBOX_UI_SCREEN_SIGNALS_H

#include <stdbool.h>

/* SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGCONT go to the pipe; one
 * that was ignored stays so (nohup).  Before curses starts, which takes only signals that
 * nobody has.  false when there is no pipe to be had. */
bool signals_start(void);
void signals_stop(void); /* as they were before */

int signals_fd(void);   /* readable while one waits */
int signals_next(void); /* 0: none waits */

/* Stops this process and those it runs with, as Ctrl-Z does; returns when it goes on. */
void signals_suspend(void);

#endif
