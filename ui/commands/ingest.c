#include "ui/commands/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "advice/report.h"
#include "base/i18n.h"
#include "base/log.h"
#include "ingest/metrics.h"
#include "ingest/service.h"
#include "ui/commands/interrupt.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"

#define CONNECTIONS_MOST 100000

struct telling {
    bool to_programs; /* --json */
    int worst;        /* exit status */
};

/* What the run came to as one object on one line, and why it failed as a line of the log.
 */
static void tell_programs(const struct service_result *result)
{
    const struct ingest_counts *counts = result->counts;
    const struct diagnosis *diagnosis = result->diagnosis;
    const char *code = diagnosis ? diagnosis->code : NULL;
    const char *error = diagnosis      ? diagnosis->title
                        : result->done ? NULL
                                       : result->err->text;
    json_t *object =
        json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:s?, s:s?}", "mailbox",
                  result->name, "ok", result->done, "unread", (json_int_t)counts->found,
                  "delivered", (json_int_t)counts->delivered, "repeated",
                  (json_int_t)counts->repeated, "refused", (json_int_t)counts->refused,
                  "deferred", (json_int_t)counts->deferred, "code", code, "error", error);

    json_print_line(object);
    if (error && result->err->class != ERR_CANCELLED)
        log_event(LOG_ERROR, "failed", "mailbox", result->name, "code", code, "error",
                  error, NULL);
}

static void tell_person(const struct service_result *result)
{
    const struct ingest_counts *counts = result->counts;
    const struct diagnosis *diagnosis = result->diagnosis;

    if (result->done || counts->found || counts->delivered)
        printf(_("%s: %u unread, %u delivered, %u repeated, %u refused, %u deferred\n"),
               result->name, counts->found, counts->delivered, counts->repeated,
               counts->refused, counts->deferred);
    if (diagnosis) {
        fprintf(stderr, "letterbox: %s: %s: %s\n", result->name,
                check_stage_id(diagnosis->stage), diagnosis->title);
        fprintf(stderr, _("Run letterbox test %s to see the whole diagnosis.\n"),
                result->name);
    } else if (!result->done && result->err->class != ERR_CANCELLED) {
        command_fail(result->err);
    }
}

static int status_of(const struct service_result *result)
{
    if (result->diagnosis)
        return exit_status_of_diagnosis(result->diagnosis);
    return result->done ? EXIT_DONE : exit_status_of_err(result->err);
}

/* The greatest status counts. */
static void tell(void *closure, const struct service_result *result)
{
    struct telling *telling = closure;
    int status = status_of(result);

    if (telling->to_programs)
        tell_programs(result);
    else
        tell_person(result);
    telling->worst = status > telling->worst ? status : telling->worst;
}

/* false unless it is a whole number that makes sense. */
static bool read_connections(const char *text, unsigned *connections)
{
    char *end;
    long number;

    *connections = SERVICE_CONNECTIONS;
    if (!text)
        return true;
    number = strtol(text, &end, 10);
    if (end == text || *end || number < 1 || number > CONNECTIONS_MOST)
        return false;
    *connections = (unsigned)number;
    return true;
}

/* --metrics.  A wrong place is refused; one that cannot be had for now must not keep the
 * mail from coming. */
static bool start_metrics(const char *place, struct store *store, const char *name,
                          struct metrics **metrics, struct err *err)
{
    struct err why = ERR_INIT;

    if (place)
        *metrics = metrics_start(place, store, name, &why);
    if (why.class == ERR_USAGE)
        return err_pass(err, &why);
    if (err_is_set(&why))
        log_event(LOG_WARN, "metrics-failed", "error", why.text, NULL);
    return true;
}

static int run(const struct options *options, struct store *store)
{
    const struct cancel *cancel = interrupt_start();
    struct service_options how = {.name = options->all ? NULL : options->words[0],
                                  .once = options->once,
                                  .cancel = cancel,
                                  .tell = tell};
    struct telling telling = {.to_programs = options->json, .worst = EXIT_DONE};
    struct metrics *metrics = NULL;
    struct err err = ERR_INIT;
    bool done;

    if (options->all + options->word_count != 1)
        return command_usage(&command_ingest, _("ingest wants a NAME or --all."));
    if (!read_connections(options->connections, &how.connections))
        return command_usage(&command_ingest,
                             _("--connections is a number from 1 to %d."),
                             CONNECTIONS_MOST);
    log_start(STDERR_FILENO, options->verbose ? LOG_DEBUG : LOG_INFO);
    if (options->json)
        log_set_form(LOG_JSON);
    if (!options->once)
        how.reload = interrupt_hang_up();
    how.closure = &telling;
    done = start_metrics(options->metrics, store, how.name, &metrics, &err) &&
           service_run(store, &how, &err);
    metrics_stop(&metrics);
    if (!done)
        return command_fail(&err);
    return cancel_fired(cancel) ? EXIT_CANCELLED : telling.worst;
}

const struct command command_ingest = {
    .name = "ingest",
    .usage = "NAME|--all [--once] [--connections N] [--metrics PLACE]",
    .summary = N_("fetch unread mail to where it goes"),
    .more = N_(
        "Takes the unread messages of a saved mailbox, oldest first, delivers each, and\n"
        "only then marks, moves or deletes it as the mailbox says. Runs until it is\n"
        "told to stop, or, with --once, until nothing unread is left. While it runs it\n"
        "takes notice of what is saved; SIGHUP makes it begin anew with every mailbox.\n"
        "With --json each line of the log is one JSON object, and so is the result.\n"
        "With --metrics it gives figures for Prometheus; docs/WATCHING.md lists both."),
    .options =
        OPTION_ALL | OPTION_ONCE | OPTION_CONNECTIONS | OPTION_JSON | OPTION_METRICS,
    .most_words = 1,
    .run = run,
};
