/*
 * A place for the real program to live in: directories of its own, answers that lead to
 * scripted servers, and runs of it whose every byte is kept.
 */
#ifndef LETTERBOX_TESTS_PROPERTY_HOME_H
#define LETTERBOX_TESTS_PROPERTY_HOME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "support/scratch/scratch.h"
#include "support/server/server.h"

#define HOME_WORDS_MAX 12

struct home {
    struct scratch scratch;
    struct server *token, *imap; /* token NULL: Basic auth */
    json_t *answers;             /* to change before home_save */
};

/* From now on, for this process and what it starts, the system has no authorities:
 * reading them takes a third of a run's time under a sanitizer.  Does nothing where that
 * is not allowed. */
void home_without_authorities(void);

/* The servers play these scripts, which outlive the home; without a token script it is
 * Basic auth with ECHO_PASSWORD, else OAuth with ECHO_SECRET. */
void home_open(struct home *home, const struct server_step *token,
               const struct server_step *imap);
void home_close(struct home *home);

/* Saves the answers as the mailbox "box", untested.  Fails the test when it cannot. */
void home_save(struct home *home);

/* One run; home_forget after. */
struct home_run {
    int status; /* as of waitpid */
    char *out, *err;
    size_t out_length, err_length;
    long peak_kb; /* the most memory that it took */
};

/* `words` up to NULL, behind the program's name; the answers are its standard input.
 * Fails the test when it has not ended after a minute (two under a sanitizer). */
void home_run(struct home *home, struct home_run *run, const char *const *words);
void home_forget(struct home_run *run);
/* Starts it and does not wait: for who ends it otherwise.  Core files may be written,
 * into the scratch directory. */
pid_t home_start(struct home *home, const char *const *words);
/* Another program in its place. */
pid_t home_start_other(struct home *home, const char *path, const char *word);
int home_wait(pid_t pid);

/* Environment words for support/terminal. */
const char *const *home_environment(struct home *home);

#endif
