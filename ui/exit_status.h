/*
 * The exit statuses of every command, after sysexits(3); docs/EXIT-STATUS.md lists them.
 */
#ifndef LETTERBOX_UI_EXIT_STATUS_H
#define LETTERBOX_UI_EXIT_STATUS_H

#include "advice/advice.h"
#include "base/err.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_USAGE = 64,
    EXIT_DATA = 65,     /* a settings file that does not parse or must not be trusted */
    EXIT_SERVER = 69,   /* a server refused, or is not reachable for good */
    EXIT_INTERNAL = 70, /* a fault of letterbox */
    EXIT_WRITE = 73,    /* something could not be written */
    EXIT_RETRY = 75,    /* later: network, throttling, 5xx */
    EXIT_REFUSED = 77,  /* credentials or permissions */
    EXIT_SETTING = 78,  /* a setting must change */
    EXIT_CANCELLED = 130,
};

int exit_status_of_err(const struct err *err);

/* EXIT_DONE for NULL: the test passed. */
int exit_status_of_diagnosis(const struct diagnosis *diagnosis);

#endif
