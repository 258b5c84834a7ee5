/*
 * SIGINT, SIGTERM and SIGHUP as a cancel, for the commands that have no screen.
 */
#ifndef LETTERBOX_UI_COMMANDS_INTERRUPT_H
#define LETTERBOX_UI_COMMANDS_INTERRUPT_H

#include <stdbool.h>

#include "net/cancel.h"

/* Installs the handlers; the cancel lives as long as the process.  A second signal, half
 * a second later or more, ends the process the ordinary way. */
const struct cancel *interrupt_start(void);

/* After interrupt_start: SIGHUP by itself from now on, as services take it, and not as an
 * end; NULL where a terminal is there to be closed.  The eventfd is read by whoever acts
 * on it. */
const struct cancel *interrupt_hang_up(void);

/* Takes a Ctrl-C back, where it ended one wait and not the program: the cancel waits for
 * the next.  false when it was another signal, which stands. */
bool interrupt_take_back(void);

#endif
