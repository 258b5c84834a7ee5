#include "ui/start.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "ingest/state.h"
#include "ui/own_path.h"
#include "ui/start_needs.h"

/* ---- Looking ----------------------------------------------------------------------- */

static void look_at_lock(struct start *start)
{
    char *path = mem_format("%s/%s", start->state, start->name);
    struct state state;

    /* The lock alone counts: what another user's file says is not read as root. */
    state_read(path, &state, NULL);
    start->is_served = state.is_alive;
    free(path);
}

static bool is_at(const struct start *start, const char *config, const char *state)
{
    return strcmp(start->config, config) == 0 && strcmp(start->state, state) == 0;
}

void start_end(struct start *start)
{
    systemd_job_drop(&start->job);
    start_lines_free(&start->needs);
    free(start->name);
    free(start->config);
    free(start->state);
    free(start->missing);
    *start = (struct start){.stage = START_NONE};
}

/* The ingest makes a Maildir, but nothing above it: a file system may not be mounted. */
static char *missing_above(const struct settings *settings)
{
    char *path = mem_copy_text(settings_text(settings, SET_INGEST_TARGET));
    const char *above = dirname(path);
    bool is_missing = settings_is(settings, SET_INGEST_DELIVER, "maildir") &&
                      access(above, F_OK) != 0 && errno == ENOENT;
    char *missing = is_missing ? mem_copy_text(above) : NULL;

    free(path);
    return missing;
}

void start_begin(struct start *start, const struct store *store, const char *name,
                 const struct settings *settings)
{
    const struct systemd_host *host = systemd_host();

    start_end(start);
    start->name = mem_copy_text(name);
    start->config = mem_copy_text(store_config_dir(store));
    start->state = mem_copy_text(store_state_dir(store));
    start->settings = settings;
    start->missing = missing_above(settings);
    start->stage = START_KNOWN;
    look_at_lock(start);
    if (!systemd_is_booted())
        start->hindrance = HINDRANCE_NOT_BOOTED;
    else if (!is_at(start, host->config_dir, host->state_dir))
        start->hindrance = HINDRANCE_OTHER_DIRECTORIES;
    else
        start->job = systemd_look(name);
    if (start->hindrance != HINDRANCE_NONE)
        return;
    start_needs(name, settings, &start->needs);
    if (start->job)
        start->stage = START_LOOKING;
    else
        start->hindrance = HINDRANCE_NO_UNIT;
}

/* A mailbox with a unit of its own is left to that. */
static void choose_unit(struct start *start, const struct systemd_units *units)
{
    bool has_own = units->one.is_active || units->one.is_enabled;

    if (has_own)
        snprintf(start->unit, sizeof start->unit, "letterbox-ingest@%s.service",
                 start->name);
    else if (units->all.is_loaded)
        snprintf(start->unit, sizeof start->unit, "letterbox-ingest.service");
    else
        start->hindrance = HINDRANCE_NO_UNIT;
    start->is_active = has_own ? units->one.is_active : units->all.is_active;
}

int start_fd(const struct start *start)
{
    return systemd_job_fd(start->job);
}

void start_take(struct start *start)
{
    struct pollfd ended = {.fd = start_fd(start), .events = POLLIN};
    struct systemd_result result;

    if (!start->job || poll(&ended, 1, 0) <= 0)
        return;
    systemd_job_take(&start->job, &result);
    if (start->stage == START_LOOKING) {
        start->stage = START_KNOWN;
        if (result.done)
            choose_unit(start, &result.units);
        else
            start->hindrance = HINDRANCE_NO_ANSWER;
    } else {
        start->stage = result.done ? START_STARTED : START_FAILED;
        start->is_active = start->is_active || result.done;
    }
    snprintf(start->said, sizeof start->said, "%s", result.said);
}

bool start_wait(struct start *start, const struct cancel *cancel)
{
    struct pollfd waits[] = {{.fd = start_fd(start), .events = POLLIN},
                             {.fd = cancel->fd, .events = POLLIN}};

    while (start->job && !cancel_fired(cancel)) {
        poll(waits, 2, -1);
        start_take(start);
    }
    return !start->job;
}

/* ---- Starting ---------------------------------------------------------------------- */

static bool is_root(void)
{
    return systemd_host()->user() == 0;
}

bool start_can_go(const struct start *start)
{
    return start->unit[0] && is_root() &&
           (start->stage == START_KNOWN || start->stage == START_FAILED ||
            (start->stage == START_STARTED && start->needs.count > 0));
}

void start_go(struct start *start)
{
    if (!start_can_go(start))
        return;
    start_lines_free(&start->needs);
    start_needs(start->name, start->settings, &start->needs);
    start->job = systemd_start(start->unit);
    start->stage = start->job ? START_STARTING : START_FAILED;
    if (!start->job)
        snprintf(start->said, sizeof start->said, "%s",
                 _("The system has no room for another thread."));
}

/* ---- Telling ----------------------------------------------------------------------- */

static void command(struct start_lines *lines, char *text)
{
    start_lines_take(lines, START_COMMAND, text);
}

/* Are these the directories without an option, in this environment? */
static bool is_found_here(const struct start *start)
{
    struct store *store = store_open(NULL, NULL, NULL);
    bool is_found =
        store && is_at(start, store_config_dir(store), store_state_dir(store));

    if (store)
        store_close(&store);
    return is_found;
}

/* `program` on these directories, which it finds by itself, or has to be given. */
static char *command_line(const struct start *start, const char *program, bool finds)
{
    char *word = file_quote_path(program);
    char *config = file_quote_path(start->config);
    char *state = file_quote_path(start->state);
    char *text =
        finds ? mem_copy_text(word)
              : mem_format("%s --config-dir %s --state-dir %s", word, config, state);

    free(word);
    free(config);
    free(state);
    return text;
}

/* This program, as whoever saved the mailbox would type it. */
static char *program_here(const struct start *start, const char *path)
{
    return command_line(start, own_path_is_found(path) ? "letterbox" : path,
                        is_found_here(start));
}

/* As cron finds it, which has neither this PATH nor this environment. */
static char *program_anywhere(const struct start *start, const char *path)
{
    const struct systemd_host *host = systemd_host();

    return command_line(start, path, is_at(start, host->config_dir, host->state_dir));
}

static void tell_missing(const struct start *start, struct start_lines *lines)
{
    char *quoted;

    if (!start->missing)
        return;
    quoted = file_quote_path(start->missing);
    start_lines_add(lines, START_WARN,
                    _("The directory for the Maildir is not there yet. Make it:"));
    command(lines, mem_format("mkdir -p %s", quoted));
    free(quoted);
}

static void tell_by_hand(const struct start *start, struct start_lines *lines)
{
    const char *known = systemd_host()->program;
    char *path = known ? mem_copy_text(known) : own_path();
    char *program = program_here(start, path);
    char *whole = program_anywhere(start, path);

    tell_missing(start, lines);
    start_lines_add(lines, START_TEXT, _("Fetch its mail once, to try:"));
    command(lines, mem_format("%s ingest %s --once", program, start->name));
    if (start->hindrance == HINDRANCE_NOT_BOOTED)
        start_lines_add(lines, START_TEXT,
                        _("systemd does not run here. For all day, under whatever starts "
                          "services here:"));
    else if (start->hindrance == HINDRANCE_NO_UNIT)
        start_lines_add(lines, START_TEXT,
                        _("letterbox's systemd units are not installed. For all day, "
                          "under whatever starts services here:"));
    else if (start->hindrance == HINDRANCE_NO_ANSWER)
        start_lines_take(lines, START_TEXT,
                         mem_format(_("systemd does not say how its units stand: %s. For "
                                      "all day, under whatever starts services here:"),
                                    start->said));
    else
        start_lines_take(lines, START_TEXT,
                         mem_format(_("The systemd units serve %s. For all day from "
                                      "these directories:"),
                                    systemd_host()->config_dir));
    command(lines, mem_format("%s ingest %s", program, start->name));
    start_lines_add(lines, START_TEXT,
                    _("Or every five minutes, as a line of crontab -e:"));
    start_lines_take(lines, START_ENTRY,
                     mem_format("*/5 * * * * %s ingest %s --once", whole, start->name));
    free(path);
    free(program);
    free(whole);
}

static void tell_restart(const struct start *start, struct start_lines *lines)
{
    start_lines_add(lines, START_TEXT,
                    start->needs.count > 0
                        ? _("After that, to start it anew:")
                        : _("The service runs, and takes these values by itself. To "
                            "start it anew all the same:"));
    command(lines, mem_format("systemctl restart %s", start->unit));
    if (start_can_go(start))
        start_lines_add(lines, START_KEY, _("s does it: starts the service anew."));
}

static void tell_offer(const struct start *start, struct start_lines *lines)
{
    if (start->is_active) {
        tell_restart(start, lines);
        return;
    }
    start_lines_add(lines, START_TEXT,
                    is_root() ? _("To start it now, and at each boot:")
                              : _("To start it now, and at each boot, as root:"));
    command(lines, mem_format("systemctl enable --now %s", start->unit));
    if (start_can_go(start))
        start_lines_add(lines, START_KEY, _("s does it: now, and at each boot."));
}

/* Whoever started it before all was ready is not told that all is well. */
static void tell_started(const struct start *start, struct start_lines *lines)
{
    start_lines_add(lines, START_GOOD,
                    _("The ingest runs, and starts again at each boot."));
    if (start->needs.count > 0) {
        start_lines_copy(lines, &start->needs);
        tell_restart(start, lines);
    }
    start_lines_add(lines, START_TEXT, _("How it fares, and its log:"));
    command(lines, mem_format("letterbox status %s", start->name));
    command(lines, mem_format("journalctl -f -u %s", start->unit));
}

static void tell_failed(const struct start *start, struct start_lines *lines)
{
    start_lines_take(lines, START_BAD,
                     mem_format(_("The service did not start: %s"), start->said));
    start_lines_add(lines, START_TEXT, _("Its log says why:"));
    command(lines, mem_format("journalctl --no-pager -n 30 -u %s", start->unit));
    if (start_can_go(start))
        start_lines_add(lines, START_KEY, _("s tries once more."));
}

void start_tell(const struct start *start, struct start_lines *lines)
{
    if (start->stage == START_NONE)
        return;
    if (start->is_served && start->stage != START_STARTED)
        start_lines_add(lines, START_GOOD, _("An ingest is at work on it."));
    switch (start->stage) {
    case START_LOOKING:
        start_lines_add(lines, START_TEXT, _("Asking systemd how the service stands..."));
        return;
    case START_STARTING:
        start_lines_take(lines, START_TEXT, mem_format(_("Starting %s..."), start->unit));
        return;
    case START_STARTED:
        tell_started(start, lines);
        return;
    case START_FAILED:
        tell_failed(start, lines);
        break;
    default:
        break;
    }
    if (start->hindrance != HINDRANCE_NONE) {
        tell_by_hand(start, lines);
        return;
    }
    start_lines_copy(lines, &start->needs);
    if (start->stage == START_KNOWN)
        tell_offer(start, lines);
}
