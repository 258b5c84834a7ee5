/*
 * One person at the wizard: the program in a terminal, keys pressed, and what is left
 * afterwards.
 */
#ifndef LETTERBOX_TESTS_LIVE_WALK_H
#define LETTERBOX_TESTS_LIVE_WALK_H

#include <jansson.h>

#include "live/live.h"
#include "support/terminal/pty.h"

struct walk {
    struct live *live; /* borrowed */
    struct pty *pty;
    json_t *answers; /* what is entered: the sandbox's for this way */
    const char *way;
};

/* Opens the wizard; the way's mailbox is as new.  walk_finish ends what this began. */
void walk_begin(struct walk *walk, void **state, const char *way);
/* The same, and then OAuth and the choice `source` rows below the first, on the page that
 * follows. */
void walk_begin_oauth(struct walk *walk, void **state, const char *way, int source);

/* Types the answer with this key into the field with this label, in place of what is
 * there. */
void walk_enter(const struct walk *walk, const char *label, const char *key);
/* Chooses what stands `down` rows below the field's first choice. */
void walk_choose(const struct walk *walk, const char *label, int down);
/* PgDn, and then the page whose first field this is. */
void walk_turn_page(const struct walk *walk, const char *label);

/* The page Server. */
void walk_enter_server(const struct walk *walk);

/* From the page Server to the end: Processing, a test that passes, Save, Leave; then what
 * a person is left with: the terminal as it was, no secret in its bytes or in the saved
 * file, and all mail in the Maildir, once, however often the ingest runs. */
void walk_finish(struct walk *walk);

#endif
