#include "ingest/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/bell.h"
#include "ingest/run.h"
#include "ingest/slots.h"
#include "ingest/state_dir.h"

/* ---- Getting ready ----------------------------------------------------------------- */

/* What it has as long as it lives: another ingest on the same mailbox is kept out. */
static bool hold(struct run *run, struct err *err)
{
    if (run->lock_fd >= 0)
        return true;
    if (run->directory_fd < 0)
        run->directory_fd = state_dir_open(run->store, run->mailbox->name, err);
    if (run->directory_fd < 0)
        return false;
    run->lock_fd = state_lock(run->directory_fd, run->directory, err);
    if (run->lock_fd < 0)
        return false;
    stand_write_to(&run->stand, run->directory_fd);
    if (!run->options->once)
        run->bell = bell_hang(run->directory_fd);
    return true;
}

/* The key that the destination wants, where one is set. */
static bool read_target(struct run *run, struct err *err)
{
    const struct settings *settings = &run->mailbox->settings;
    const struct secret_ref *ref =
        settings_secret_const(settings, SET_INGEST_HTTP_SECRET);
    struct err why = ERR_INIT;

    run->target.settings = settings;
    run->target.asked_s = &run->asked_s;
    run->target.line = &run->line;
    if (ref->place == SECRET_UNSET || !setting_is_used(settings, SET_INGEST_HTTP_SECRET))
        return true;
    run->target.secret = run->secret = store_read_secret(run->store, ref, &why);
    return run->secret ||
           err_set_key(err, why.class, setting_defs[SET_INGEST_HTTP_SECRET].key, "%s",
                       why.text);
}

/* The destination and the ledger, before anybody is called. */
static bool get_ready(struct run *run, struct err *err)
{
    const char *destination = settings_text(&run->mailbox->settings, SET_INGEST_DELIVER);

    run->ops = deliver_find(destination);
    if (!run->ops)
        return err_set_key(err, ERR_SETTING, setting_defs[SET_INGEST_DELIVER].key,
                           _("This letterbox does not know how to deliver to \"%s\"."),
                           destination);
    if (!read_target(run, err) || !run->ops->prepare(&run->target, err))
        return false;
    run->ledger = ledger_open(run->directory, err);
    return run->ledger != NULL;
}

/* ---- In and out -------------------------------------------------------------------- */

static void get_out(struct run *run)
{
    visit_end(&run->visit);
    run->is_in = false;
    ledger_close(&run->ledger);
    secret_free(&run->secret);
    if (run->has_slot)
        slots_give_back(run->options->slots);
    run->has_slot = false;
}

static bool cancelled(struct err *err)
{
    return err_set(err, ERR_CANCELLED, _("The ingest was told to stop."));
}

static void tell_it_lives(void *closure)
{
    struct run *run = closure;

    stand_live(&run->stand);
}

static bool take_slot(struct run *run, struct err *err)
{
    pulse_rest(run->options->pulse);
    run->has_slot = slots_take(run->options->slots, run->cancel, tell_it_lives, run);
    if (!run->has_slot && run_is_cancelled(run))
        return cancelled(err);
    return run->has_slot ||
           err_set(err, ERR_RETRY, _("The system has no descriptor left."));
}

/* Between two messages, and within one: false when the run is to end after this one. */
static bool on_progress(void *closure)
{
    struct run *run = closure;

    pulse_allow(run->options->pulse, run_step_ms(run));
    stand_count(&run->stand, run->counts);
    return !stop_is_wanted(run->options->stop);
}

/* The server's word is looked at with the eyes of a diagnosis. */
static void on_refusal(void *closure, struct err *why)
{
    struct run *run = closure;

    visit_weigh_loss(&run->visit, why);
    run->asked_s = run->visit.asked_s;
}

/* With more mailboxes than connections it comes and goes all day. */
static void log_connected(const struct run *run)
{
    const struct settings *settings = &run->mailbox->settings;
    char number[16];

    snprintf(number, sizeof number, "%" PRIu32, run->visit.uid_validity);
    log_event(run->in_turns ? LOG_DEBUG : LOG_INFO, "connected", "mailbox",
              run->mailbox->name, "host", settings_text(settings, SET_SERVER_HOST),
              "folder", settings_text(settings, SET_MAILBOX_FOLDER), "uid_validity",
              number, NULL);
}

static bool get_in(struct run *run, struct err *err)
{
    pulse_allow(run->options->pulse, run_step_ms(run));
    stand_try(&run->stand);
    if (!hold(run, err) || !get_ready(run, err) || !take_slot(run, err))
        return false;
    pulse_allow(run->options->pulse, run_way_in_ms(run));
    if (!visit_begin(&run->visit, run->store, run->mailbox, run->ledger, run->keeper,
                     run->cancel, run->diagnosis, err)) {
        run->asked_s = run->visit.asked_s;
        return false;
    }
    run->is_in = true;
    log_connected(run);
    if (run->visit.login.is_token_late)
        log_event(LOG_WARN, "token-not-renewed", "mailbox", run->mailbox->name, NULL);
    run->pass = (struct pass){.mailbox = run->mailbox,
                              .ops = run->ops,
                              .target = &run->target,
                              .ledger = run->ledger,
                              .session = run->visit.login.session,
                              .numbering = run->visit.numbering,
                              .state_dir = run->directory,
                              .cancel = run->cancel,
                              .former = run->visit.former,
                              .doubt = run->visit.doubt,
                              .patient = !run->options->once,
                              .counts = run->counts,
                              .progress = on_progress,
                              .weigh = on_refusal,
                              .closure = run};
    return true;
}

/* ---- Passes ------------------------------------------------------------------------ */

static void log_done(const struct run *run)
{
    const struct ingest_counts *counts = run->counts;
    const unsigned numbers[] = {run->pass.found, counts->delivered, counts->repeated,
                                counts->refused, counts->deferred};
    char text[sizeof numbers / sizeof *numbers][16];

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        snprintf(text[i], sizeof text[i], "%u", numbers[i]);
    log_event(run->pass.found > 0 ? LOG_INFO : LOG_DEBUG, "done", "mailbox",
              run->mailbox->name, "unread", text[0], "delivered", text[1], "repeated",
              text[2], "refused", text[3], "deferred", text[4], NULL);
}

static void remind(struct run *run)
{
    time_t now = run->options->now ? run->options->now() : time(NULL);

    reminder_look(&run->reminder, run->store, run->mailbox, now);
}

static bool one_pass(struct run *run, struct err *err)
{
    struct pass *pass = &run->pass;
    bool done;

    remind(run);
    pulse_allow(run->options->pulse, run_step_ms(run));
    run->pass_began_ms = clock_now_ms();
    run->taken_before = run->counts->delivered;
    bell_hush(run->bell); /* before it looks, so that a later ring is for the next */
    stop_begin_work(run->options->stop);
    done = pass_run(pass, err);
    if (run->ops->hang_up)
        run->ops->hang_up(&run->line);
    stop_end_work(run->options->stop);
    /* The first that saw them all, however often the connection was lost before. */
    if (!run->backoff.has_worked && pass->found > run->counts->found)
        run->counts->found = pass->found;
    stand_count(&run->stand, run->counts);
    if (!done)
        return false;
    backoff_note_success(&run->backoff);
    stand_succeed(&run->stand, pass->left,
                  err_is_set(&pass->complaint) ? &pass->complaint : NULL);
    if (!run->options->once)
        err_clear(&pass->complaint);
    log_done(run);
    return true;
}

/* Why a pass ended that was not whole: the destination's word stands. */
static void look_at_loss(struct run *run, struct err *why)
{
    if (!run->pass.is_destination && why->class != ERR_CANCELLED)
        on_refusal(run, why);
}

enum served {
    SERVED_ALL,  /* --once: nothing is left to do */
    SERVED_TURN, /* others want the place */
    SERVED_LOST, /* err says why */
};

/* Until the connection is lost, the destination is down, or all is done. */
static enum served serve(struct run *run, struct err *err)
{
    run->asked_s = 0;
    diagnosis_free(run->diagnosis);
    if (!run->is_in && !get_in(run, err))
        return SERVED_LOST;
    stand_serve(&run->stand);
    for (;;) {
        if (!one_pass(run, err))
            break;
        if (run->options->once)
            return SERVED_ALL;
        if (slots_are_wanted(run->options->slots))
            return SERVED_TURN;
        if (!run_wait_for_mail(run, err) ||
            !visit_look_again(&run->visit, &run->mailbox->settings, err))
            break;
    }
    look_at_loss(run, err);
    return SERVED_LOST;
}

/* ---- All day ----------------------------------------------------------------------- */

static unsigned any_number(void)
{
    unsigned number = 0;

    if (getrandom(&number, sizeof number, GRND_NONBLOCK) < 0)
        number = (unsigned)clock_now_us();
    return number;
}

static void take_turns(struct run *run)
{
    int64_t ms = run_turn_ms(run);

    get_out(run);
    run->in_turns = true;
    stand_take_turns(&run->stand, time(NULL) + (time_t)(ms / 1000));
    run_pause(run, clock_now_ms() + ms, run->bell);
}

/* The mail server has done nothing wrong when the destination is down: its session is
 * kept, unless somebody else has use for the place.  No bell shortens this: who asked to
 * be left alone is. */
static void wait_for_better(struct run *run, const struct err *why)
{
    struct backoff_plan plan =
        backoff_next(&run->backoff, why->class, run->asked_s, any_number());
    int64_t end = clock_now_ms() + plan.seconds * 1000LL;
    bool stays = run->is_in && run->pass.is_destination && !plan.is_parked &&
                 !slots_are_wanted(run->options->slots);

    run->in_turns = false;
    stand_fail(&run->stand, why, *run->diagnosis, &plan);
    if (!stays || run_pause_inside(run, end, -1) != IMAP_OK) {
        get_out(run);
        run_pause(run, end, -1);
    }
}

static bool serve_all_day(struct run *run, struct err *err)
{
    while (!run_is_cancelled(run)) {
        struct err why = ERR_INIT;

        remind(run);
        if (serve(run, &why) == SERVED_TURN)
            take_turns(run);
        else if (!run_is_cancelled(run))
            wait_for_better(run, &why);
    }
    diagnosis_free(run->diagnosis);
    return cancelled(err);
}

static bool serve_once(struct run *run, struct err *err)
{
    if (run_is_cancelled(run))
        return cancelled(err);
    remind(run);
    if (serve(run, err) != SERVED_ALL)
        return false;
    return !err_is_set(&run->pass.complaint) || err_pass(err, &run->pass.complaint);
}

static void end(struct run *run, const struct err *why)
{
    bool was_told = !why || why->class == ERR_CANCELLED;

    pulse_allow(run->options->pulse, run_step_ms(run));
    get_out(run);
    stand_stop(&run->stand, was_told ? NULL : why, *run->diagnosis);
    token_keeper_free(&run->keeper);
    bell_take_down(run->directory_fd, &run->bell);
    if (run->lock_fd >= 0)
        close(run->lock_fd);
    state_dir_hand_over(run->directory_fd);
    if (run->directory_fd >= 0)
        close(run->directory_fd);
    free(run->directory);
    pulse_rest(run->options->pulse);
}

bool ingest_run(struct store *store, const struct mailbox *mailbox,
                const struct ingest_options *options, struct ingest_counts *counts,
                struct diagnosis **diagnosis, struct err *err)
{
    static const struct cancel never = {.fd = -1};
    struct diagnosis *own = NULL;
    struct err why = ERR_INIT;
    struct run run = {.store = store,
                      .mailbox = mailbox,
                      .options = options,
                      .cancel = options->stop     ? &options->stop->cancel
                                : options->cancel ? options->cancel
                                                  : &never,
                      .counts = counts,
                      .diagnosis = diagnosis ? diagnosis : &own,
                      .directory_fd = -1,
                      .lock_fd = -1,
                      .bell = -1};
    bool done;

    *counts = (struct ingest_counts){0};
    *run.diagnosis = NULL;
    run.directory = mem_format("%s/%s", store_state_dir(store), mailbox->name);
    run.keeper = token_keeper_new(run.directory);
    stand_begin(&run.stand, mailbox->name, options->pulse);
    done = options->once ? serve_once(&run, &why) : serve_all_day(&run, &why);
    end(&run, done ? NULL : &why);
    diagnosis_free(&own);
    return done || err_pass(err, &why);
}
