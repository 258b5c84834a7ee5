/*
 * How a mailbox stands, for whoever watches: STATE/NAME/status.json and STATE/NAME/lock.
 *
 * The ingest of a mailbox holds the lock as long as it lives, so what the file says is
 * the present only while the lock is held: a process that was killed leaves "serving"
 * behind. The file is replaced whole (on a full disk overwritten) and never synced; what
 * a crash of the machine takes with it was about a process that is gone.  Other programs
 * ask `letterbox status --json` (docs/WATCHING.md).
 */
#ifndef LETTERBOX_INGEST_STATE_H
#define LETTERBOX_INGEST_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

struct diagnosis;

enum state_phase {
    STATE_NEVER,    /* as read: no ingest has served this mailbox yet */
    STATE_STARTING, /* getting ready, or on the way in */
    STATE_SERVING,  /* in the mailbox: fetching, or listening for mail */
    STATE_WAITING,  /* not connected; tries by itself at next_try */
    STATE_PARKED,   /* a person has to act; tried now and then all the same */
    STATE_STOPPED,  /* ended by itself or as it was told */
};

/* What stands in the way.  Text is safe for a terminal; "" where there is none. */
struct state_trouble {
    char code[64];  /* the diagnosis's, or "" */
    char class[16]; /* as a diagnosis has it: "fix_setting", "retry_later", … */
    char stage[24]; /* "imap.authenticate", or "" */
    char field[ERR_KEY_MAX];
    char title[ERR_TEXT_MAX]; /* "": there is no trouble */
    char fix[ERR_TEXT_MAX];   /* the first thing to do, or "" */
    time_t at;
};

struct state {
    enum state_phase phase;
    long pid;
    time_t started; /* the process's work on this mailbox */
    time_t since;   /* this phase */
    time_t
        last_success; /* the last whole pass over the unread; 0: none since `started` */
    time_t next_try;  /* 0: none is planned */
    struct state_trouble trouble;

    /* Since `started`. */
    unsigned delivered, repeated, refused;
    unsigned deferred; /* how often a message was left for later */

    unsigned waiting_messages; /* left for later as of now */
    time_t updated;
    bool is_alive; /* as read: its process lives; else the rest is history */
};

const char *state_phase_id(enum state_phase phase); /* "serving" */

/* Notes why: from the diagnosis where there is one (may be NULL), else from `why`. */
void state_trouble_set(struct state_trouble *trouble, const struct err *why,
                       const struct diagnosis *diagnosis, time_t now);

/* The file's content, with a newline at the end; the caller's (free()). */
char *state_format(const struct state *state);

/* From the file's bytes; ERR_DATA.  Members that are missing are as zeroed. */
bool state_parse(const char *bytes, size_t length, struct state *state, struct err *err);

/* Takes the lock of STATE/NAME (`directory`, open; `path` for the sentence): a descriptor
 * to be closed, or -1 with ERR_RETRY when another ingest has it, ERR_WRITE. */
int state_lock(int directory, const char *path, struct err *err);

/* Does an ingest hold that lock?  Takes nothing, so that it disturbs nobody. */
bool state_is_locked(int directory);

/* Reads STATE/NAME, given as its path; nothing there is STATE_NEVER.  ERR_DATA when the
 * file cannot be understood or trusted, ERR_REFUSED when this user may not read it. */
bool state_read(const char *directory, struct state *state, struct err *err);

/* ---- For the one who holds the lock ------------------------------------------------ */

struct state_file {
    int directory; /* borrowed; -1: nothing is written */
    struct state now;
    int64_t written_ms; /* clock_now_ms */
    bool is_stale;      /* the file is older than `now` */
};

/* The phase from now on.  Written at once. */
void state_file_turn(struct state_file *file, enum state_phase phase);

/* `now` has changed: written, but no more than once a second. */
void state_file_touch(struct state_file *file);

/* Writes what was left; to be called now and then while nothing changes. */
void state_file_catch_up(struct state_file *file);

#endif
