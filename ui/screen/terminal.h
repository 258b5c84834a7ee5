/*
 * The terminal: taken, given back, and whole again after every way out.
 *
 * Owns curses.  Only this file, input.c and canvas_curses.c include it.
 */
#ifndef LETTERBOX_UI_SCREEN_TERMINAL_H
#define LETTERBOX_UI_SCREEN_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>
#include <termios.h>

#include "ui/screen/stderr_guard.h"

struct terminal {
    FILE *in, *out;
    bool own_tty; /* in and out are one fopen("/dev/tty") */
    struct termios termios;
    struct stderr_guard errors;
    bool has_brackets; /* bracketed paste is worth asking for */
    void *screen;      /* curses' SCREEN */
    bool paused;
};

/* Standard input and output where both are terminals, else /dev/tty.  After
 * signals_start().  false when the terminal cannot place a cursor or is unknown: nothing
 * was written to it then. */
bool terminal_start(struct terminal *terminal);
void terminal_stop(struct terminal *terminal);

int terminal_fd(const struct terminal *terminal); /* readable while keys wait */
bool terminal_is_gone(
    const struct terminal *terminal); /* readable, with nothing to read */

/* Gives the terminal back for a while, and takes it again (drawing all of it anew). */
void terminal_pause(struct terminal *terminal);
void terminal_resume(struct terminal *terminal);

/* While it is paused: keys come one by one, unseen, and none of them is a signal; and as
 * it was before.  Output is as in a shell. */
void terminal_take_keys(const struct terminal *terminal);
void terminal_give_keys(const struct terminal *terminal);

/* Takes over the window's size after SIGWINCH. */
void terminal_follow_size(const struct terminal *terminal);
void terminal_size(int *rows, int *width);

void terminal_bell(void);
void terminal_repaint(void); /* the next drawing writes every cell */

#endif
