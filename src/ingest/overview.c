#include "ingest/overview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/owner.h"

/* The ingest says something at least this often, whatever the settings. */
#define SILENCE_S      (30 * 60)
#define DELIVERY_WAITS 4 /* of a destination, as ingest/waiting.c allows them */

static const char *const health_ids[] = {
    [OVERVIEW_SERVING] = "serving", [OVERVIEW_STARTING] = "starting",
    [OVERVIEW_WAITING] = "waiting", [OVERVIEW_PARKED] = "parked",
    [OVERVIEW_STOPPED] = "stopped", [OVERVIEW_FAILED] = "failed",
    [OVERVIEW_DIED] = "died",       [OVERVIEW_SILENT] = "silent",
    [OVERVIEW_NEVER] = "never",     [OVERVIEW_UNKNOWN] = "unknown",
};

const char *overview_health_id(enum overview_health health)
{
    return health_ids[health];
}

static time_t later_of(time_t a, time_t b)
{
    return a > b ? a : b;
}

/* How long a process that lives may go without a sign. */
static long most_silence(const struct overview *overview, long max_age)
{
    long most = later_of(max_age, SILENCE_S);

    most = later_of(most, 2L * overview->poll_seconds);
    return later_of(most, DELIVERY_WAITS * (long)overview->timeout_seconds);
}

static enum overview_health health_of(const struct overview *overview, time_t now,
                                      long max_age)
{
    const struct state *state = &overview->state;
    time_t sign = later_of(later_of(state->updated, state->last_success), state->since);

    if (err_is_set(&overview->state_error))
        return OVERVIEW_UNKNOWN;
    if (state->phase == STATE_NEVER)
        return state->is_alive ? OVERVIEW_STARTING : OVERVIEW_NEVER;
    /* Between the last word of a process and its end, and of one that has just begun. */
    if (state->phase == STATE_STOPPED)
        return state->is_alive           ? OVERVIEW_STARTING
               : state->trouble.title[0] ? OVERVIEW_FAILED
                                         : OVERVIEW_STOPPED;
    if (!state->is_alive)
        return OVERVIEW_DIED;
    if (state->phase == STATE_PARKED)
        return OVERVIEW_PARKED;
    if (now - later_of(sign, state->next_try) > most_silence(overview, max_age))
        return OVERVIEW_SILENT;
    if (state->phase == STATE_WAITING)
        return OVERVIEW_WAITING;
    return state->phase == STATE_SERVING ? OVERVIEW_SERVING : OVERVIEW_STARTING;
}

static bool passes_by_itself(const struct state_trouble *trouble)
{
    return strncmp(trouble->class, "retry_", strlen("retry_")) == 0;
}

static enum overview_care care_of(const struct overview *overview, time_t now,
                                  long max_age)
{
    const struct state *state = &overview->state;
    bool is_recent = now - state->last_success <= max_age;

    switch (overview->health) {
    case OVERVIEW_SERVING:
    case OVERVIEW_STARTING:
        return OVERVIEW_WELL;
    case OVERVIEW_WAITING: /* or, with nothing wrong, for its turn */
        return state->trouble.title[0] ? OVERVIEW_BY_ITSELF : OVERVIEW_WELL;
    case OVERVIEW_STOPPED:
        return is_recent ? OVERVIEW_WELL : OVERVIEW_NOBODY;
    case OVERVIEW_FAILED:
        if (!passes_by_itself(&state->trouble))
            return OVERVIEW_PERSON;
        return now - later_of(state->since, state->last_success) <= max_age
                   ? OVERVIEW_BY_ITSELF
                   : OVERVIEW_NOBODY;
    case OVERVIEW_PARKED:
        return OVERVIEW_PERSON;
    case OVERVIEW_DIED:
    case OVERVIEW_SILENT:
    case OVERVIEW_NEVER:
        return OVERVIEW_NOBODY;
    case OVERVIEW_UNKNOWN:
        break;
    }
    return OVERVIEW_BLIND;
}

void overview_judge(struct overview *overview, time_t now, long max_age)
{
    overview->health = health_of(overview, now, max_age);
    overview->care = care_of(overview, now, max_age);
}

static void look_at_settings(struct overview *overview, struct store *store, time_t now)
{
    struct mailbox *mailbox =
        store_load_mailbox(store, overview->name, &overview->settings_error);

    if (!mailbox)
        return;
    overview->idle = settings_switch(&mailbox->settings, SET_INGEST_IDLE);
    overview->poll_seconds =
        (int)settings_number(&mailbox->settings, SET_INGEST_POLL_SECONDS, 60);
    overview->timeout_seconds =
        (int)settings_number(&mailbox->settings, SET_INGEST_TIMEOUT_SECONDS, 120);
    overview->expiry = expiry_of_mailbox(store, &mailbox->settings, now);
    if (!clock_parse_date(overview->expiry.day, &overview->expires_at))
        overview->expires_at = 0;
    mailbox_free(&mailbox);
}

static void look_at_state(struct overview *overview, const struct overview_how *how)
{
    const char *directory = overview->directory;
    struct owner owner = {.is_other = false};

    if (how->as_owner && !owner_enter(&owner, directory, &overview->state_error)) {
        err_pass(&overview->ledger_error, &overview->state_error);
        return;
    }
    if (!state_read(directory, &overview->state, &overview->state_error))
        overview->state = (struct state){.phase = STATE_NEVER};
    ledger_view_count_at(directory, how->memory, &overview->counts,
                         &overview->ledger_error);
    owner_leave(&owner);
}

void overview_take(struct overview *overview, struct store *store, const char *name,
                   const struct overview_how *how)
{
    *overview = (struct overview){.directory = NULL};
    snprintf(overview->name, sizeof overview->name, "%s", name);
    overview->directory = mem_format("%s/%s", store_state_dir(store), overview->name);
    look_at_settings(overview, store, how->now);
    look_at_state(overview, how);
    overview_judge(overview, how->now, how->max_age);
}

void overview_free(struct overview *overview)
{
    free(overview->directory);
    overview->directory = NULL;
}
