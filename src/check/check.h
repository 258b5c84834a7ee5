/*
 * The live test: stages, facts, and the worker that runs them.
 *
 * The token leg and the IMAP leg up to the greeting run side by side on two threads; each
 * works on a deep copy of the access and posts events.  Nothing else is shared.  Cancel
 * answers at once: the caller lets go, and the threads end by themselves with their own
 * copy.
 */
#ifndef LETTERBOX_CHECK_CHECK_H
#define LETTERBOX_CHECK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "check/facts.h"
#include "check/stages.h"
#include "settings/access.h"

struct err;
struct check;

enum check_event_kind {
    CHECK_STEP,  /* `stage` changed to `step` */
    CHECK_ENDED, /* the facts are there: check_take_facts */
};

struct check_event {
    enum check_event_kind kind;
    uint32_t job;
    enum check_stage stage;
    struct check_step step;
};

/* Starts the threads; the first follows the references of an access that is only
 * prepared. Takes *access and sets it to NULL, also on failure.  `job` comes back in
 * every event. */
struct check *check_start(struct access **access, uint32_t job, struct err *err);

/* The test of values that are not complete: stage `settings` failed, nothing is
 * connected. */
struct check_facts *check_settings_failed(const struct settings *settings,
                                          const struct err *why);

/* Readable while events wait. */
int check_fd(const struct check *check);
/* The next event; false when none waits.  Never blocks. */
bool check_next_event(struct check *check, struct check_event *event);
/* After CHECK_ENDED, once: the caller's (check_facts_free). */
struct check_facts *check_take_facts(struct check *check);

/* Stages under way become `cancelled`; CHECK_ENDED follows without waiting for any
 * thread. */
void check_cancel(struct check *check);
/* Lets go at any moment; never waits.  Sets *check to NULL. */
void check_free(struct check **check);

/* The same, blocking, for the commands; observer (may be NULL) sees each step.  cancel_fd
 * readable cancels (-1: none). */
typedef void check_observer(void *closure, enum check_stage stage,
                            const struct check_step *step);
struct check_facts *check_run(struct access **access, int cancel_fd,
                              check_observer *observer, void *closure, struct err *err);

#endif
