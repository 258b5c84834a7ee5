/*
 * Saved mailboxes with a state and a ledger as the ingest leaves them, for the commands
 * that look at those.
 */
#ifndef LETTERBOX_TESTS_WATCHED_H
#define LETTERBOX_TESTS_WATCHED_H

#include <jansson.h>

#include "ingest/ledger.h"
#include "ingest/state.h"
#include "support/program/program.h"

struct watched {
    struct scratch scratch; /* config/, state/ */
    int lock;               /* held as the ingest holds it; -1: by nobody */
};

/* For cmocka: *state is the struct watched. */
int watched_open(void **state);
int watched_close(void **state);

/* Saves a mailbox; on_failure moves to the folder "Failed". */
void watched_save(struct watched *watched, const char *name, const char *expires_at);

/* Makes state/NAME, with this in its status.json; NULL: no such file. */
void watched_write(struct watched *watched, const char *name, const struct state *state);

/* An ingest lives there from now on; once in a test. */
void watched_lock(struct watched *watched, const char *name);

/* The ledger of NAME, turned to its folder; the caller's. */
struct ledger *watched_ledger(struct watched *watched, const char *name);
void watched_record(struct ledger *ledger, uint32_t uid, enum ledger_state state,
                    const char *why, const char *settled);

/* Runs the command with these options, and its JSON, which must be valid; the caller's.
 */
struct program_outcome watched_run(struct watched *watched, const char *command,
                                   const char *options);
json_t *watched_json(struct watched *watched, const char *command, const char *options,
                     int status);

void watched_assert_has(const char *text, const char *part);
void watched_assert_lacks(const char *text, const char *part);

#endif
