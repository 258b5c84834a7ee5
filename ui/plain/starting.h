/*
 * How the ingest of what was saved is started, in lines on standard error.
 */
#ifndef LETTERBOX_UI_PLAIN_STARTING_H
#define LETTERBOX_UI_PLAIN_STARTING_H

#include "net/cancel.h"
#include "ui/setup.h"

/* Waits for what is looked at or started, unless the cancel fires, and says how it
 * stands. */
void starting_tell(struct setup *setup, const struct cancel *cancel);

#endif
