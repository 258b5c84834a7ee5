/*
 * After a save: how the ingest of this mailbox is started here, and starting it.
 *
 * Where systemd runs, its units are installed, serve these directories, and this is root,
 * start_go() does it.  Everywhere else start_tell() has the commands.  The last screen,
 * the plain prompts and the answers file show the same lines.
 */
#ifndef LETTERBOX_UI_START_H
#define LETTERBOX_UI_START_H

#include <stdbool.h>

#include "net/cancel.h"
#include "settings/setting.h"
#include "settings/store.h"
#include "ui/systemd.h"
#include "ui/start_text.h"

enum start_stage {
    START_NONE,     /* nothing was saved yet */
    START_LOOKING,  /* systemctl is asked how the units stand */
    START_KNOWN,    /* what there is to say is known */
    START_STARTING, /* start_go() is at work */
    START_STARTED,
    START_FAILED,
};

/* Why systemd does not run this mailbox's ingest. */
enum start_hindrance {
    HINDRANCE_NONE,
    HINDRANCE_NOT_BOOTED,
    HINDRANCE_OTHER_DIRECTORIES, /* the units serve others than these */
    HINDRANCE_NO_UNIT,
    HINDRANCE_NO_ANSWER, /* systemctl failed: `said` has why */
};

struct start {
    enum start_stage stage;
    enum start_hindrance hindrance;
    char *name, *config, *state;
    char *missing; /* the directory above a Maildir, where there is none; else NULL */
    char unit[SYSTEMD_UNIT_MAX];
    bool is_active;                  /* that unit, when it was looked at */
    bool is_served;                  /* an ingest holds the mailbox's lock */
    const struct settings *settings; /* what was saved; borrowed */
    struct start_lines needs;        /* as it stood at the save, or the last start */
    struct systemd_job *job;
    char said[ERR_TEXT_MAX]; /* systemctl, when it failed */
};

/* Begins to look; forgets what was known of an earlier save.  The settings are borrowed
 * until then, or until start_end. */
void start_begin(struct start *start, const struct store *store, const char *name,
                 const struct settings *settings);
void start_end(struct start *start);

/* Readable when start_take() has something to take; -1: there is nothing to wait for. */
int start_fd(const struct start *start);
void start_take(struct start *start);

/* May start_go() be called, now?  Also once it runs and something is still needed. */
bool start_can_go(const struct start *start);
void start_go(struct start *start);

/* Until there is nothing more to wait for; false when the cancel fired before. */
bool start_wait(struct start *start, const struct cancel *cancel);

/* What to say after "Saved". */
void start_tell(const struct start *start, struct start_lines *lines);

#endif
