/*
 * The wizard as plain lines, for TERM=dumb, screen readers, pipes and --plain; and from
 * an answers file.  Both walk the same wizard as the screens.
 */
#ifndef LETTERBOX_UI_PLAIN_PLAIN_H
#define LETTERBOX_UI_PLAIN_PLAIN_H

#include "ui/setup.h"

/* Prompts on standard error, reads standard input; returns the exit status. */
int plain_run(struct setup *setup);

/* Asks nothing.  Errors all at once, by key, nothing written; else tests (unless
 * --no-test) and saves.  With json the report goes to standard output.  Returns the exit
 * status. */
int plain_answers(struct setup *setup, const char *path, bool json);

#endif
