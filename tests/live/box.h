/*
 * A mailbox of one test's own at one of the real servers, another client in it, and the
 * real `letterbox ingest` that serves it.  Faults end the test.
 */
#ifndef LETTERBOX_TESTS_LIVE_BOX_H
#define LETTERBOX_TESTS_LIVE_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "live/live.h"
#include "support/peer/peer.h"
#include "support/program/running.h"

enum {
    KIND_CYRUS = 1 << 0,
    KIND_NO_MOVE = 1 << 1,
    KIND_NO_UIDPLUS = 1 << 2,
    KIND_NO_IDLE = 1 << 3,
    KIND_STRICT = 1 << 4, /* the sandbox's imaps_strict */
};

struct box_kind {
    const char *name;
    const char *endpoint; /* of sandbox.json */
    unsigned traits;
};

/* What every case is tried against; a strict Dovecot is asked for by name. */
enum { BOX_KINDS = 5 };
extern const struct box_kind box_kinds[BOX_KINDS];
extern const struct box_kind box_strict;

struct box {
    struct live *live;
    const struct box_kind *kind;
    char user[64];
    char folder[64]; /* that the ingest is set to; peers write it so */
    json_t *answers; /* to be changed before box_save */
    struct peer_place place;
    struct peer *peer;
    struct running *ingest; /* NULL: none runs */
};

/* A case, tried against each kind that has none of the traits in `without`, or against
 * `only` that one. */
struct box_case {
    const char *name;
    void (*test)(void **state); /* *state is a struct box */
    unsigned without;
    const struct box_kind *only;
};

#define BOX_CASE(function)                                                               \
    {                                                                                    \
        .name = #function, .test = (function)                                            \
    }

/* Runs them all, each with a mailbox that is empty and settings with which nothing
 * happens by itself: the ingest polls once a day, delivers to the Maildir "mail" and
 * marks as seen.  Skips those whose server cannot be had.  For main() to return. */
int box_run_cases(const char *group, const struct box_case *cases, size_t count);

/* Settings, by key. */
void box_set(struct box *box, const char *key, const char *value);
void box_set_number(struct box *box, const char *key, int value);
void box_set_switch(struct box *box, const char *key, bool value);
/* Delivers by this shell script; $HERE is the scratch directory. */
void box_set_script(struct box *box, const char *text);
/* Saves the answers as the mailbox "box", untested. */
void box_save(struct box *box);
/* Replaces a part of the saved file: for what the wizard would not take. */
void box_edit(struct box *box, const char *part, const char *by);

/* The ingest that runs on. */
void box_start(struct box *box);
/* Its end on SIGTERM, which must be 130. */
void box_stop(struct box *box);
/* `ingest --once`; whoever starts it waits for its end (box->ingest). */
void box_start_once(struct box *box);
/* The same, which must end so; what it said, until the next of these calls. */
const char *box_run(struct box *box, int status);

/* What the ingest said and did on the wire, as the server wrote it down: how often a line
 * of it begins with this behind its tag ("UID MOVE", "EXPUNGE"). */
unsigned box_heard(const struct box *box, const char *command);
/* Waits until it is so often at least. */
void box_wait_heard(const struct box *box, const char *command, unsigned times);

/* Messages in the Maildir; those with this subject. */
unsigned box_delivered(const struct box *box);
unsigned box_delivered_subject(const struct box *box, const char *subject);
/* The only message there, the caller's (free()). */
char *box_message(const struct box *box, size_t *length);
void box_wait_delivered(const struct box *box, unsigned count);

/* "stop", "start" (see tests/sandbox/README.md) for the server of this box. */
void box_server(const struct box *box, const char *word);

/* The directory of this mailbox at the server, below the sandbox's. */
char *box_server_path(const struct box *box, const char *below);

#endif
