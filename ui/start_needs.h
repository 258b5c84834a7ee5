/*
 * What the service's own user still needs for a mailbox: computed from its settings, with
 * the commands filled in.
 *
 * The service may write in the state directory alone, sees nothing of /home, and is not
 * root: a Maildir elsewhere, a command, a secret in somebody's file each want a word.
 */
#ifndef LETTERBOX_UI_START_NEEDS_H
#define LETTERBOX_UI_START_NEEDS_H

#include "settings/setting.h"
#include "ui/start_text.h"

/* Adds to `lines`; nothing when nothing is needed.  Asks systemd_host() for the rest:
 * what is done already is not said. */
void start_needs(const char *name, const struct settings *settings,
                 struct start_lines *lines);

#endif
