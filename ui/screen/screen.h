/*
 * The wizard on a terminal.
 */
#ifndef LETTERBOX_UI_SCREEN_SCREEN_H
#define LETTERBOX_UI_SCREEN_SCREEN_H

#include "ui/setup.h"

enum screen_end {
    SCREEN_SAVED,
    SCREEN_LEFT,       /* without saving */
    SCREEN_SIGNALLED,  /* SIGTERM, SIGHUP, SIGINT */
    SCREEN_IMPOSSIBLE, /* this terminal cannot: use the plain prompts */
};

/* Runs until the person leaves or saves; the terminal is whole again when it returns.
 * *signal_number is set for SCREEN_SIGNALLED. */
enum screen_end screen_run(struct setup *setup, int *signal_number);

#endif
