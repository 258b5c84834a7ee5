/*
 * How a saved mailbox does, from all that is known of it: its settings, its state, its
 * ledger.  For `letterbox status` and for the metrics.
 */
#ifndef LETTERBOX_INGEST_OVERVIEW_H
#define LETTERBOX_INGEST_OVERVIEW_H

#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "ingest/ledger_view.h"
#include "ingest/state.h"
#include "settings/expiry.h"
#include "settings/mailbox.h"
#include "settings/store.h"

/* What its state comes to, now. */
enum overview_health {
    OVERVIEW_SERVING,
    OVERVIEW_STARTING,
    OVERVIEW_WAITING, /* not connected: for its turn, or in trouble; tries by itself */
    OVERVIEW_PARKED,  /* a person has to act */
    OVERVIEW_STOPPED, /* as it was told; no process, so none fetches now */
    OVERVIEW_FAILED,  /* the same, after a run that ended with an error */
    OVERVIEW_DIED,    /* its process ended without a word */
    OVERVIEW_SILENT,  /* its process lives and has said nothing for too long */
    OVERVIEW_NEVER,   /* no ingest has served it yet */
    OVERVIEW_UNKNOWN, /* the state cannot be read */
};

/* How much that matters. */
enum overview_care {
    OVERVIEW_WELL,
    OVERVIEW_BY_ITSELF, /* trouble that passes: nothing to do yet */
    OVERVIEW_NOBODY,    /* nobody fetches its mail */
    OVERVIEW_PERSON,    /* a person has to act */
    OVERVIEW_BLIND,     /* it cannot be told */
};

/* A mailbox that no process serves at the moment (cron starts one now and then) is well
 * for so long after its last success, when nothing else was asked for. */
#define OVERVIEW_AGE_S 3600

struct overview {
    char name[MAILBOX_NAME_MAX + 1];
    char *directory; /* STATE/NAME */

    struct err settings_error; /* set: they cannot be read; what they say is zero */
    bool idle;
    int poll_seconds;
    int timeout_seconds; /* of a delivery */
    struct expiry expiry;
    time_t expires_at; /* the Client secret; midnight of the day; 0: not known */

    struct err state_error; /* set: `state` is zeroed */
    struct state state;
    struct err ledger_error; /* set: the counts are not known */
    struct ledger_counts counts;

    enum overview_health health;
    enum overview_care care;
};

struct overview_how {
    time_t now;
    long max_age;  /* seconds, as OVERVIEW_AGE_S */
    bool as_owner; /* root looks at STATE/NAME as its owner (base/owner.h): only while the
                      process has one thread */
    struct ledger_memory *memory; /* this mailbox's, from one look to the next, or NULL */
};

/* Looks.  Whatever cannot be read is in it as an error.  `name` is a valid one. */
void overview_take(struct overview *overview, struct store *store, const char *name,
                   const struct overview_how *how);
void overview_free(struct overview *overview);

/* The judgement alone, from the rest of `overview`: pure. */
void overview_judge(struct overview *overview, time_t now, long max_age);

const char *overview_health_id(enum overview_health health); /* "serving" */

#endif
