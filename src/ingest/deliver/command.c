/*
 * Delivery into a command's standard input.
 *
 * The message is taken whole into a nameless file first, and the command starts when it
 * is complete.  So a command never sees the half of a message and takes it for the whole
 * (not even when letterbox is killed), it may read as slowly and as little as it likes
 * without the server waiting, and no pipe can fill or break.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/deliver/child.h"
#include "ingest/deliver/deliver.h"
#include "ingest/deliver/meaning.h"
#include "ingest/deliver/spool.h"

#define GRACE_MS   10000 /* after a cancel: a command that works is not cut off at once */
#define OUTPUT_MAX 4096
#define EXIT_LATER 75 /* EX_TEMPFAIL of sysexits(3) */
#define VARIABLES  24

struct delivery {
    const struct settings *settings;
    const struct deliver_envelope *envelope;
    const struct cancel *cancel;
    char **argv;
    int timeout_s;
    int spool;
    struct err why;
};

/* What a command gets of our environment.  Nothing else: a secret may stand in it. */
static const char *const inherited[] = {
    "PATH",     "HOME", "USER",   "LOGNAME",  "SHELL",  "LANG",
    "LANGUAGE", "TZ",   "LC_ALL", "LC_CTYPE", "TMPDIR",
};

static char **words_of(const struct settings *settings, struct err *err)
{
    char **argv = argv_split(settings_text(settings, SET_INGEST_TARGET), err);

    if (argv && !argv[0]) {
        argv_free(&argv);
        err_set_key(err, ERR_SETTING, "ingest.target",
                    _("No command is named for the messages."));
    }
    return argv;
}

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* Is it there, as posix_spawnp will look for it? */
static bool can_run(const char *program)
{
    const char *rest = getenv("PATH");
    bool found = false;

    if (strchr(program, '/'))
        return is_program(program);
    for (rest = rest ? rest : "/bin:/usr/bin"; rest && !found;) {
        const char *colon = strchrnul(rest, ':');
        char *path = mem_format("%.*s/%s", (int)(colon - rest), rest, program);

        found = is_program(path);
        free(path);
        rest = *colon ? colon + 1 : NULL;
    }
    return found;
}

static bool command_prepare(const struct deliver_target *target, struct err *err)
{
    char **argv = words_of(target->settings, err);
    bool found = argv && can_run(argv[0]);

    if (argv && !found)
        err_set_key(err, ERR_SETTING, "ingest.target",
                    _("The command %s is not there, or the ingest's user may not run it. "
                      "Name it with its full path."),
                    argv[0]);
    argv_free(&argv);
    return found;
}

static struct delivery *command_begin(const struct deliver_target *target,
                                      const struct deliver_envelope *envelope,
                                      const struct cancel *cancel, struct err *err)
{
    struct delivery *delivery;
    char **argv = words_of(target->settings, err);
    int spool;

    if (!argv)
        return NULL;
    spool = spool_open(envelope->state_dir, err);
    if (spool < 0) {
        argv_free(&argv);
        return NULL;
    }
    delivery = mem_new(1, sizeof *delivery);
    *delivery = (struct delivery){
        .settings = target->settings,
        .envelope = envelope,
        .cancel = cancel,
        .argv = argv,
        .timeout_s = settings_number(target->settings, SET_INGEST_TIMEOUT_SECONDS, 120),
        .spool = spool,
    };
    return delivery;
}

static bool command_feed(struct delivery *delivery, const char *bytes, size_t length)
{
    return !err_is_set(&delivery->why) &&
           spool_add(delivery->spool, bytes, length, &delivery->why);
}

/* NULL-terminated and cleared with argv_free. */
static char **environment(const struct deliver_envelope *envelope)
{
    char **out = mem_new(VARIABLES, sizeof *out);
    size_t count = 0;

    _Static_assert(sizeof inherited / sizeof *inherited + 7 < VARIABLES, "room and NULL");
    for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++) {
        const char *value = getenv(inherited[i]);

        if (value)
            out[count++] = mem_format("%s=%s", inherited[i], value);
    }
    out[count++] = mem_format("LETTERBOX_MAILBOX=%s", envelope->mailbox);
    out[count++] = mem_format("LETTERBOX_USER=%s", envelope->user);
    out[count++] = mem_format("LETTERBOX_FOLDER=%s", envelope->folder);
    out[count++] = mem_format("LETTERBOX_UIDVALIDITY=%" PRIu64, envelope->numbering);
    out[count++] = mem_format("LETTERBOX_UID=%" PRIu32, envelope->uid);
    out[count++] = mem_format("LETTERBOX_MESSAGE_ID=%s", envelope->message_id);
    out[count++] = mem_format("LETTERBOX_SIZE=%" PRIu64, envelope->size);
    return out;
}

/* A status that ended it, by the rule or by what the settings say of it. */
static enum deliver_status judge_status(const struct delivery *delivery, int exit_status,
                                        struct err *err)
{
    const char *program = delivery->argv[0];
    enum deliver_status rule = exit_status == 0            ? DELIVER_DONE
                               : exit_status == EXIT_LATER ? DELIVER_LATER
                                                           : DELIVER_REFUSED;
    enum deliver_status status =
        meaning_of(delivery->settings, exit_status, rule, rule != DELIVER_REFUSED);

    if (status == DELIVER_REFUSED)
        err_set(err, ERR_SERVER,
                _("The command %s refused the message (exit status %d)."), program,
                exit_status);
    else if (status == DELIVER_LATER)
        err_set(err, ERR_RETRY,
                _("The command %s asked for a later try (exit status %d)."), program,
                exit_status);
    else if (status == DELIVER_DOWN)
        err_set_key(err, ERR_RETRY, "ingest.target",
                    _("The command %s cannot take messages now (exit status %d)."),
                    program, exit_status);
    return status;
}

/* What the end of the command means for the message. */
static enum deliver_status judge(const struct delivery *delivery,
                                 const struct child_result *result, struct err *err)
{
    const char *program = delivery->argv[0];

    if (result->cancelled) {
        err_set(err, ERR_CANCELLED, _("The command %s was ended."), program);
        return DELIVER_DOWN;
    }
    if (result->timed_out) {
        err_set(err, ERR_RETRY, _("The command %s did not end within %d seconds."),
                program, delivery->timeout_s);
        return DELIVER_LATER;
    }
    if (result->exit_status < 0) {
        err_set(err, ERR_RETRY, _("The command %s was ended by signal %d."), program,
                result->signal);
        return DELIVER_LATER;
    }
    return judge_status(delivery, result->exit_status, err);
}

/* The first bytes of what it printed, without the newline at the end. */
static const char *shown_output(struct buf *output)
{
    while (output->length > 0 && isspace((unsigned char)output->data[output->length - 1]))
        buf_truncate(output, output->length - 1);
    return output->length > 0 ? output->data : NULL;
}

static void log_end(const struct delivery *delivery, struct child_result *result)
{
    const char *output = shown_output(&result->output);
    enum log_level level = result->exit_status != 0 ? LOG_WARN
                           : output                 ? LOG_INFO
                                                    : LOG_DEBUG;
    char uid[16], status[16];

    snprintf(uid, sizeof uid, "%" PRIu32, delivery->envelope->uid);
    snprintf(status, sizeof status, "%d", result->exit_status);
    log_event(level, "command", "mailbox", delivery->envelope->mailbox, "uid", uid,
              "program", delivery->argv[0], "status", status, "output", output, NULL);
}

static enum deliver_status run(struct delivery *delivery, struct err *err)
{
    char **variables = environment(delivery->envelope);
    const struct child_request request = {.argv = delivery->argv,
                                          .environment = variables,
                                          .input = delivery->spool,
                                          .timeout_ms = delivery->timeout_s * 1000,
                                          .grace_ms = GRACE_MS,
                                          .cancel = delivery->cancel};
    enum deliver_status status = DELIVER_DOWN;
    struct child_result result;

    buf_init(&result.output, OUTPUT_MAX);
    if (spool_rewind(delivery->spool, err) && child_run(&request, &result, err)) {
        log_end(delivery, &result);
        status = judge(delivery, &result, err);
    }
    buf_free(&result.output);
    argv_free(&variables);
    return status;
}

static enum deliver_status command_finish(struct delivery **delivery, bool complete,
                                          struct err *err)
{
    struct delivery *it = *delivery;
    enum deliver_status status = DELIVER_DOWN;

    if (err_is_set(&it->why))
        err_pass(err, &it->why);
    else if (complete)
        status = run(it, err);
    close(it->spool);
    argv_free(&it->argv);
    free(it);
    *delivery = NULL;
    return status;
}

const struct deliver_ops deliver_command = {
    .id = "command",
    .prepare = command_prepare,
    .begin = command_begin,
    .feed = command_feed,
    .finish = command_finish,
};
