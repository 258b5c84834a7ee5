#include "ui/commands/command.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "advice/report.h"
#include "base/argv.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "ui/commands/interrupt.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"

/* One mailbox's run: its own thread, nothing shared but the store, which only reads. */
struct worker {
    struct store *store;
    const char *name;
    const struct options *options;
    pthread_t thread;
    bool started;
    int status;
};

/* With --json: what the run came to as one object on one line, and why it failed as a
 * line of the log. */
static int tell_programs(const char *name, bool done, const struct ingest_counts *counts,
                         const struct diagnosis *diagnosis, const struct err *err)
{
    const char *code = diagnosis ? diagnosis->code : NULL;
    const char *error = diagnosis ? diagnosis->title : done ? NULL : err->text;
    json_t *object = json_pack(
        "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:s?, s:s?}", "mailbox", name, "ok", done,
        "unread", (json_int_t)counts->found, "delivered", (json_int_t)counts->delivered,
        "repeated", (json_int_t)counts->repeated, "refused", (json_int_t)counts->refused,
        "deferred", (json_int_t)counts->deferred, "code", code, "error", error);

    json_print_line(object);
    if (error)
        log_event(LOG_ERROR, "failed", "mailbox", name, "code", code, "error", error,
                  NULL);
    if (diagnosis)
        return exit_status_of_diagnosis(diagnosis);
    return done ? EXIT_DONE : exit_status_of_err(err);
}

static int tell(const char *name, bool done, const struct ingest_counts *counts,
                const struct diagnosis *diagnosis, const struct err *err)
{
    if (done || counts->found)
        printf(_("%s: %u unread, %u delivered, %u repeated, %u refused, %u deferred\n"),
               name, counts->found, counts->delivered, counts->repeated, counts->refused,
               counts->deferred);
    if (diagnosis) {
        fprintf(stderr, "letterbox: %s: %s: %s\n", name, check_stage_id(diagnosis->stage),
                diagnosis->title);
        fprintf(stderr, _("Run letterbox test %s to see the whole diagnosis.\n"), name);
        return exit_status_of_diagnosis(diagnosis);
    }
    return done ? EXIT_DONE : command_fail(err);
}

static void *work(void *closure)
{
    struct worker *worker = closure;
    struct ingest_options how = {.once = worker->options->once,
                                 .cancel = interrupt_start()};
    struct ingest_counts counts = {0};
    struct diagnosis *diagnosis = NULL;
    struct err err = ERR_INIT;
    struct mailbox *mailbox = store_load_mailbox(worker->store, worker->name, &err);
    bool done;

    if (!mailbox) {
        worker->status = worker->options->json
                             ? tell_programs(worker->name, false, &counts, NULL, &err)
                             : command_fail(&err);
        return NULL;
    }
    done = ingest_run(worker->store, mailbox, &how, &counts, &diagnosis, &err);
    worker->status = (worker->options->json ? tell_programs : tell)(
        worker->name, done, &counts, diagnosis, &err);
    diagnosis_free(&diagnosis);
    mailbox_free(&mailbox);
    return NULL;
}

static int ingest_all(const struct options *options, struct store *store)
{
    struct err err = ERR_INIT;
    char **names = store_mailbox_names(store, &err);
    struct worker *workers;
    size_t count;
    int worst = EXIT_DONE;

    if (!names)
        return command_fail(&err);
    count = argv_count(names);
    workers = mem_new(count + 1, sizeof *workers);
    for (size_t i = 0; i < count; i++) {
        workers[i] =
            (struct worker){.store = store, .name = names[i], .options = options};
        workers[i].started = !pthread_create(&workers[i].thread, NULL, work, &workers[i]);
        if (!workers[i].started)
            workers[i].status = EXIT_RETRY;
    }
    for (size_t i = 0; i < count; i++) {
        if (workers[i].started)
            pthread_join(workers[i].thread, NULL);
        worst = workers[i].status > worst ? workers[i].status : worst;
    }
    free(workers);
    argv_free(&names);
    return worst;
}

static int run(const struct options *options, struct store *store)
{
    struct worker worker = {.store = store, .options = options};

    if (options->all + options->word_count != 1)
        return command_usage(&command_ingest, _("ingest wants a NAME or --all."));
    log_start(STDERR_FILENO, options->verbose ? LOG_DEBUG : LOG_INFO);
    if (options->json)
        log_set_form(LOG_JSON);
    interrupt_start();
    if (options->all)
        return ingest_all(options, store);
    worker.name = options->words[0];
    work(&worker);
    return worker.status;
}

const struct command command_ingest = {
    .name = "ingest",
    .usage = "NAME|--all [--once] [--json]",
    .summary = N_("fetch unread mail to where it goes"),
    .more = N_(
        "Takes the unread messages of a saved mailbox, oldest first, delivers each, and\n"
        "only then marks, moves or deletes it as the mailbox says. Runs until it is\n"
        "told to stop, or, with --once, until nothing unread is left. With --json each "
        "line\n"
        "of the log is one JSON object, and so is the result."),
    .options = OPTION_ALL | OPTION_ONCE | OPTION_JSON,
    .most_words = 1,
    .run = run,
};
