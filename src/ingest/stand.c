#include "ingest/stand.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "advice/advice.h"
#include "base/clock.h"
#include "base/log.h"

#define SIGN_MS (60 * 1000)

static const char *or_null(const char *text)
{
    return text && text[0] ? text : NULL;
}

static void turn(struct stand *stand, enum state_phase phase)
{
    state_file_turn(&stand->file, phase);
    pulse_show(stand->pulse, phase);
}

void stand_begin(struct stand *stand, const char *name, struct pulse *pulse)
{
    *stand = (struct stand){.name = name, .pulse = pulse};
    stand->file.directory = -1;
    stand->file.now.pid = (long)getpid();
    stand->file.now.started = time(NULL);
    turn(stand, STATE_STARTING);
}

void stand_write_to(struct stand *stand, int directory)
{
    stand->file.directory = directory;
    state_file_turn(&stand->file, stand->file.now.phase);
}

void stand_try(struct stand *stand)
{
    stand->file.now.next_try = 0;
    state_file_touch(&stand->file);
}

void stand_serve(struct stand *stand)
{
    stand->file.now.next_try = 0;
    turn(stand, STATE_SERVING);
}

void stand_count(struct stand *stand, const struct ingest_counts *counts)
{
    struct state *now = &stand->file.now;

    if (now->delivered == counts->delivered && now->repeated == counts->repeated &&
        now->refused == counts->refused && now->deferred == counts->deferred) {
        stand_live(stand);
        return;
    }
    now->delivered = counts->delivered;
    now->repeated = counts->repeated;
    now->refused = counts->refused;
    now->deferred = counts->deferred;
    state_file_touch(&stand->file);
}

void stand_live(struct stand *stand)
{
    if (clock_now_ms() - stand->file.written_ms >= SIGN_MS)
        state_file_touch(&stand->file);
}

bool stand_catch_up(struct stand *stand)
{
    struct state_file *file = &stand->file;

    state_file_catch_up(file);
    return !file->is_stale || file->directory < 0;
}

static void tell_recovery(const struct stand *stand)
{
    const struct state_trouble *trouble = &stand->file.now.trouble;
    char seconds[24];

    snprintf(seconds, sizeof seconds, "%lld", (long long)(time(NULL) - trouble->at));
    log_event(LOG_INFO, "recovered", "mailbox", stand->name, "after", seconds, "code",
              or_null(trouble->code), "title", trouble->title, NULL);
}

void stand_succeed(struct stand *stand, unsigned left, const struct err *complaint)
{
    struct state *now = &stand->file.now;

    if (stand->is_told)
        tell_recovery(stand);
    stand->is_told = stand->was_parked = false;
    now->trouble = (struct state_trouble){.at = 0};
    if (complaint)
        state_trouble_set(&now->trouble, complaint, NULL, time(NULL));
    now->last_success = time(NULL);
    now->waiting_messages = left;
    turn(stand, STATE_SERVING);
}

void stand_take_turns(struct stand *stand, time_t next_try)
{
    stand->file.now.next_try = next_try;
    turn(stand, STATE_WAITING);
}

/* ---- Trouble ----------------------------------------------------------------------- */

/* With a code the words may differ: they hold times, addresses and the like. */
static bool is_same(const struct state_trouble *a, const struct state_trouble *b)
{
    if (a->code[0] || b->code[0])
        return strcmp(a->code, b->code) == 0 && strcmp(a->field, b->field) == 0;
    return strcmp(a->title, b->title) == 0;
}

static void tell_parked(struct stand *stand, const struct diagnosis *diagnosis,
                        const char *seconds)
{
    const struct state_trouble *trouble = &stand->file.now.trouble;
    bool has_fix = diagnosis && diagnosis->fix_count > 0;

    if (stand->was_parked && is_same(trouble, &stand->parked))
        return;
    log_event(LOG_ERROR, "parked", "mailbox", stand->name, "code", or_null(trouble->code),
              "class", trouble->class, "stage", or_null(trouble->stage), "field",
              or_null(trouble->field), "title", trouble->title, "who",
              has_fix ? or_null(diagnosis->fixes[0].who) : NULL, "fix",
              or_null(trouble->fix), "seconds", seconds, NULL);
    stand->was_parked = true;
    stand->parked = *trouble;
}

void stand_fail(struct stand *stand, const struct err *why,
                const struct diagnosis *diagnosis, const struct backoff_plan *plan)
{
    struct state *now = &stand->file.now;
    const struct state_trouble before = now->trouble;
    bool is_new;
    char seconds[16];

    state_trouble_set(&now->trouble, why, diagnosis, time(NULL));
    is_new = !stand->is_told || !is_same(&now->trouble, &before);
    if (!is_new)
        now->trouble.at = before.at;
    stand->is_told = true;
    now->next_try = time(NULL) + plan->seconds;
    snprintf(seconds, sizeof seconds, "%u", plan->seconds);
    if (plan->is_parked)
        tell_parked(stand, diagnosis, seconds);
    else
        log_event(is_new ? LOG_WARN : LOG_DEBUG, "waiting", "mailbox", stand->name,
                  "seconds", seconds, "code", or_null(now->trouble.code), "error",
                  why->text, NULL);
    turn(stand, plan->is_parked ? STATE_PARKED : STATE_WAITING);
}

void stand_stop(struct stand *stand, const struct err *why,
                const struct diagnosis *diagnosis)
{
    if (why)
        state_trouble_set(&stand->file.now.trouble, why, diagnosis, time(NULL));
    stand->file.now.next_try = 0;
    turn(stand, STATE_STOPPED);
}
