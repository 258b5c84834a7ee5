#include "ui/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "ingest/deliver/child.h"

enum { OUTPUT_MAX = 8192, LOOK_MS = 10000, START_MS = 120000, COMMANDS_MAX = 2 };

extern char **environ;

/* ---- The machine ------------------------------------------------------------------- */

static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
    const struct passwd *user = getpwnam(name);

    if (!user)
        return false;
    *uid = user->pw_uid;
    *gid = user->pw_gid;
    return true;
}

static const struct systemd_host system_host = {
    .marker = "/run/systemd/system",
    .config_dir = "/etc/letterbox",
    .state_dir = "/var/lib/letterbox",
    .unit_dir = "/etc/systemd/system",
    .user = geteuid,
    .find_user = find_user,
};

static const struct systemd_host *in_use = &system_host;

const struct systemd_host *systemd_host(void)
{
    return in_use;
}

void systemd_host_use(const struct systemd_host *host)
{
    in_use = host ? host : &system_host;
}

bool systemd_is_booted(void)
{
    struct stat status;

    return lstat(systemd_host()->marker, &status) == 0 && S_ISDIR(status.st_mode);
}

/* ---- A job ------------------------------------------------------------------------- */

struct command {
    char **argv; /* owned */
    int timeout_ms;
};

struct systemd_job {
    pthread_t thread;
    struct cancel ended, cancel;
    struct command commands[COMMANDS_MAX];
    size_t count;
    bool looks;
    struct systemd_result result;
};

/* The first line that is not empty: systemctl says there what is wrong, and after it
 * where more is to be read. */
static void take_said(struct systemd_job *job, const char *text)
{
    text += strspn(text, "\r\n \t");
    text_copy_safe(job->result.said, sizeof job->result.said, text,
                   strcspn(text, "\r\n"));
}

static void explain_end(struct systemd_job *job, const struct command *command,
                        const struct child_result *child)
{
    char text[128];

    if (child->timed_out)
        snprintf(text, sizeof text, _("%s did not end within %d s"), command->argv[0],
                 command->timeout_ms / 1000);
    else if (child->output.length > 0)
        return take_said(job, child->output.data);
    else
        snprintf(text, sizeof text, _("%s ended with status %d"), command->argv[0],
                 child->exit_status);
    take_said(job, text);
}

static bool run_command(struct systemd_job *job, const struct command *command, int input)
{
    struct child_request request = {.argv = command->argv,
                                    .environment = environ,
                                    .input = input,
                                    .timeout_ms = command->timeout_ms,
                                    .cancel = &job->cancel};
    struct child_result child = {.timed_out = false};
    struct err err = ERR_INIT;
    bool done;

    buf_init(&child.output, OUTPUT_MAX);
    if (!child_run(&request, &child, &err)) {
        take_said(job, err.text);
        buf_free(&child.output);
        return false;
    }
    done = child.exit_status == 0;
    if (!done)
        explain_end(job, command, &child);
    else if (job->looks)
        systemd_parse_units(child.output.length > 0 ? child.output.data : "",
                            &job->result.units);
    buf_free(&child.output);
    return done;
}

static void *work(void *closure)
{
    struct systemd_job *job = closure;
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

    job->result.done = input >= 0;
    for (size_t i = 0; job->result.done && i < job->count; i++)
        job->result.done = run_command(job, &job->commands[i], input);
    if (input >= 0)
        close(input);
    cancel_fire(&job->ended);
    return NULL;
}

static void free_job(struct systemd_job **job)
{
    cancel_close(&(*job)->ended);
    cancel_close(&(*job)->cancel);
    for (size_t i = 0; i < (*job)->count; i++)
        argv_free(&(*job)->commands[i].argv);
    free(*job);
    *job = NULL;
}

/* NULL when it cannot be had; frees it then. */
static struct systemd_job *launch(struct systemd_job *job)
{
    bool has_cancel = cancel_init(&job->cancel);
    bool has_ended = cancel_init(&job->ended);

    if (!has_cancel || !has_ended || pthread_create(&job->thread, NULL, work, job) != 0)
        free_job(&job);
    return job;
}

/* The names of units have no blanks. */
static void add_command(struct systemd_job *job, int timeout_ms, const char *verb,
                        const char *units)
{
    char *line = mem_format("systemctl --no-pager --no-ask-password %s %s", verb, units);

    job->commands[job->count].argv = argv_split(line, NULL);
    job->commands[job->count++].timeout_ms = timeout_ms;
    free(line);
}

struct systemd_job *systemd_look(const char *mailbox)
{
    struct systemd_job *job = mem_new(1, sizeof *job);
    char *units =
        mem_format("letterbox-ingest.service letterbox-ingest@%s.service", mailbox);

    job->looks = true;
    add_command(job, LOOK_MS, "--property=Id,LoadState,ActiveState,UnitFileState show",
                units);
    free(units);
    return launch(job);
}

struct systemd_job *systemd_start(const char *unit)
{
    struct systemd_job *job = mem_new(1, sizeof *job);

    add_command(job, START_MS, "enable", unit);
    add_command(job, START_MS, "restart", unit);
    return launch(job);
}

int systemd_job_fd(const struct systemd_job *job)
{
    return job ? job->ended.fd : -1;
}

void systemd_job_take(struct systemd_job **job, struct systemd_result *result)
{
    pthread_join((*job)->thread, NULL);
    *result = (*job)->result;
    free_job(job);
}

void systemd_job_drop(struct systemd_job **job)
{
    struct systemd_result unwanted;

    if (!*job)
        return;
    cancel_fire(&(*job)->cancel);
    systemd_job_take(job, &unwanted);
}

/* ---- What systemctl prints --------------------------------------------------------- */

static bool says(const char *line, size_t length, const char *word)
{
    return strlen(word) == length && strncmp(line, word, length) == 0;
}

static void take_property(const char *line, size_t length, struct systemd_unit *unit)
{
    if (says(line, length, "LoadState=loaded"))
        unit->is_loaded = true;
    else if (says(line, length, "ActiveState=active") ||
             says(line, length, "ActiveState=activating") ||
             says(line, length, "ActiveState=reloading"))
        unit->is_active = true;
    else if (says(line, length, "UnitFileState=enabled"))
        unit->is_enabled = true;
}

void systemd_parse_units(const char *text, struct systemd_units *units)
{
    struct systemd_unit *unit = &units->all;

    *units = (struct systemd_units){.all = {.is_loaded = false}};
    while (*text) {
        size_t length = strcspn(text, "\n");

        if (length == 0)
            unit = &units->one;
        take_property(text, length, unit);
        text += length + (text[length] == '\n');
    }
}
