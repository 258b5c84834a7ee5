/*
 * SIGINT, SIGTERM and SIGHUP as a cancel, for the commands that have no screen.
 */
#ifndef LETTERBOX_UI_COMMANDS_INTERRUPT_H
#define LETTERBOX_UI_COMMANDS_INTERRUPT_H

#include "net/cancel.h"

/* Installs the handlers; the cancel lives as long as the process.  A second signal ends
 * the process the ordinary way. */
const struct cancel *interrupt_start(void);

#endif
