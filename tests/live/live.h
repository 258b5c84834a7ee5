/*
 * What the live tests share: the sandbox that runs beside them (tests/sandbox/), and the
 * real letterbox with directories of its own.  Faults end the test.
 */
#ifndef LETTERBOX_TESTS_LIVE_LIVE_H
#define LETTERBOX_TESTS_LIVE_LIVE_H

#include <jansson.h>

#include "support/scratch/scratch.h"

enum { LIVE_MESSAGES = 7, LIVE_SKIPPED = 77 };

struct live {
    json_t *sandbox; /* sandbox.json */
    struct scratch scratch;
    char config_dir[SCRATCH_PATH_MAX + 32], state_dir[SCRATCH_PATH_MAX + 32];
    char *output, *errors; /* of the last live_run; owned */
};

/* cmocka set-up and tear-down; the state is a struct live.  Without a sandbox (its
 * software is not installed) the process ends with LIVE_SKIPPED. */
int live_set_up(void **state);
/* The same without cmocka, and without the provider "sandbox" that it adds. */
struct live *live_open(void);
int live_tear_down(void **state);

/* The program's path. */
const char *live_program(void);

/* A string of sandbox.json by path, as "clients.odd.id"; borrowed. */
const char *live_value(const struct live *live, const char *path);
const char *live_find(const struct live *live, const char *path); /* "" when none */
/* Where an endpoint is, as "imaps_expired". */
const char *live_host(const struct live *live, const char *endpoint);
int live_port(const struct live *live, const char *endpoint);

/* The answers of a way ("basic", "exchange", "provider", "custom"), delivering to the
 * Maildir "mail" of the scratch directory; the caller's. */
json_t *live_answers(const struct live *live, const char *way);
/* Takes `answers` into a file of mode 600; returns its path, valid as scratch_at's. */
const char *live_write_answers(const struct live *live, json_t *answers);

/* The mailbox of a way as it was in the beginning: all messages there, all unread. */
void live_refill(const struct live *live, const char *way);

/* Runs letterbox with these arguments (NULL at the end) and the directories of this test;
 * its exit status, or 128 and the signal.  What it printed is in output and errors. */
int live_run(struct live *live, const char *const *arguments);
#define LIVE_RUN(live, ...) live_run(live, (const char *const[]){__VA_ARGS__, NULL})

#endif
