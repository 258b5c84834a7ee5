#include "force/force.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/argv.h"
#include "base/mem.h"

/* A message is there under its name or not at all, as with a command that cares. */
static const char command[] =
    "cat > $HERE/got/.$$ &&"
    " mv $HERE/got/.$$ $HERE/got/$LETTERBOX_UIDVALIDITY.$LETTERBOX_UID.$$";

static const char *const names[] = {
    [FORCE_MAILDIR] = "maildir",
    [FORCE_COMMAND] = "command",
    [FORCE_HTTP] = "http",
    [FORCE_LMTP] = "lmtp",
};

const char *force_name(enum force_to to)
{
    return names[to];
}

/* ---- The fixture ------------------------------------------------------------------- */

static void set_destination(struct force *force)
{
    struct office *office = force->office;
    char *target;

    if (force->to == FORCE_MAILDIR)
        return;
    if (force->to == FORCE_COMMAND) {
        assert_int_equal(mkdir(scratch_at(&office->scratch, "got"), 0700), 0);
        office_set_command(office, command);
        return;
    }
    force->sink = sink_start(force->to == FORCE_HTTP ? SINK_HTTP : SINK_LMTP);
    target =
        mem_format(force->to == FORCE_HTTP ? "http://127.0.0.1:%d/mail" : "127.0.0.1:%d",
                   sink_port(force->sink));
    office_set(office, SET_INGEST_DELIVER, names[force->to]);
    office_set(office, SET_INGEST_TARGET, target);
    free(target);
}

struct force *force_open(enum force_to to, const char *after)
{
    struct force *force = mem_new(1, sizeof *force);
    const struct scratch *scratch;
    void *office;

    force->to = to;
    force->after = after;
    office_open(&office);
    force->office = office;
    scratch = &force->office->scratch;
    set_destination(force);
    office_set(office, SET_INGEST_ON_SUCCESS, after);
    if (strcmp(after, "move") == 0)
        office_set(office, SET_INGEST_SUCCESS_FOLDER, "Done");
    force->argv[0] = mem_copy_text(LETTERBOX_PROGRAM);
    force->argv[1] = mem_copy_text("ingest");
    force->argv[2] = mem_copy_text("support");
    force->argv[3] = mem_copy_text("--once");
    force->argv[4] = mem_copy_text("--config-dir");
    force->argv[5] = mem_copy_text(scratch_at(scratch, "config"));
    force->argv[6] = mem_copy_text("--state-dir");
    force->argv[7] = mem_copy_text(scratch_at(scratch, "state"));
    return force;
}

void force_close(struct force **slot)
{
    struct force *force = *slot;
    void *office = force->office;

    for (size_t i = 0; force->argv[i]; i++)
        free(force->argv[i]);
    office_close(&office);
    sink_stop(&force->sink);
    free(force);
    *slot = NULL;
}

static void subject(char *out, size_t size, unsigned number)
{
    snprintf(out, size, "message-%u", number);
}

void force_mail(struct force *force, unsigned count)
{
    char name[32];

    while (count-- > 0) {
        subject(name, sizeof name, ++force->mailed);
        assert_int_equal(office_mail(force->office, name), force->mailed);
    }
}

char *force_text(unsigned number)
{
    char name[32];

    subject(name, sizeof name, number);
    return office_message_text(name);
}

/* ---- Runs -------------------------------------------------------------------------- */

static const char *output(const struct force *force)
{
    return scratch_at(&force->office->scratch, "said");
}

struct trace_end force_trace(struct force *force, trace_look *look, void *closure)
{
    struct trace_end end;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    end = trace_run(force->argv, output(force), look, closure);
    force_wait_for_orphans();
    return end;
}

bool force_has_begun(const struct force *force, struct trace *trace,
                     const struct trace_call *call)
{
    const char *state = scratch_at(&force->office->scratch, "state/support");
    char path[1024];

    return call->is_exit && call->number == SYS_openat && call->result >= 0 &&
           trace_path(trace, (int)call->result, path, sizeof path) &&
           strncmp(path, state, strlen(state)) == 0;
}

pid_t force_start(struct force *force)
{
    int fd = open(output(force), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid;

    assert_true(fd >= 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0)
            execv(force->argv[0], force->argv);
        _exit(127);
    }
    assert_true(pid > 0);
    close(fd);
    return pid;
}

bool force_end(pid_t pid, int64_t us, int *status)
{
    struct pollfd wait = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    const struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    assert_true(wait.fd >= 0);
    ppoll(&wait, 1, &time, NULL);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, status, 0), pid);
    close(wait.fd);
    return WIFEXITED(*status);
}

void force_wait_for_orphans(void)
{
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
        ;
}

int force_run(struct force *force)
{
    int status;

    if (!force_end(force_start(force), 60000000, &status))
        fail_msg("a run that nobody disturbed was ended by signal %d: %s",
                 WTERMSIG(status), force_said(force));
    force_wait_for_orphans();
    return WEXITSTATUS(status);
}

void force_run_well(struct force *force)
{
    int status;

    if (force->to == FORCE_MAILDIR)
        office_read_all(force->office);
    status = force_run(force);

    if (status != 0)
        fail_msg("a run that nobody disturbed ended with %d: %s", status,
                 force_said(force));
}

char *force_said(struct force *force)
{
    return scratch_read(&force->office->scratch, "said", NULL);
}

/* ---- What came of it --------------------------------------------------------------- */

/* Counts one message, whole or not. */
static void count_text_of(const struct force *force, const char *text,
                          struct force_counts *counts)
{
    const char *at = strstr(text, "Subject: message-");
    unsigned long number = at ? strtoul(at + 17, NULL, 10) : 0;
    char *whole;

    if (number < 1 || number > force->mailed) {
        counts->broken++;
        return;
    }
    whole = force_text((unsigned)number);
    if (strcmp(whole, text) == 0)
        counts->times[number]++;
    else
        counts->broken++;
    free(whole);
}

/* Adds what the files of a directory hold. */
static void count_files(const struct force *force, const char *folder,
                        struct force_counts *counts)
{
    char **files = scratch_names(&force->office->scratch, folder);

    for (size_t i = 0; files[i]; i++) {
        char *path = mem_format("%s/%s", folder, files[i]);
        char *got = scratch_read(&force->office->scratch, path, NULL);

        /* What a killed command left in the middle is no delivery. */
        if (files[i][0] != '.')
            count_text_of(force, got ? got : "", counts);
        free(got);
        free(path);
    }
    argv_free(&files);
}

struct counting {
    const struct force *force;
    struct force_counts *counts;
};

static void count_text(void *closure, const char *text)
{
    const struct counting *counting = closure;

    count_text_of(counting->force, text, counting->counts);
}

void force_count(struct force *force, struct force_counts *counts)
{
    struct counting counting = {force, counts};

    assert_true(force->mailed <= FORCE_MESSAGES_MAX);
    *counts = (struct force_counts){0};
    if (force->sink) {
        sink_each(force->sink, count_text, &counting);
    } else if (force->to == FORCE_COMMAND) {
        count_files(force, "got", counts);
    } else {
        count_files(force, "mail/new", counts);
        count_files(force, "mail/cur", counts);
    }
}

unsigned force_times(struct force *force, unsigned number)
{
    struct force_counts counts;

    force_count(force, &counts);
    return counts.times[number];
}

static const char *wrong_in_the_mailbox(const struct force *force)
{
    struct mailserver *server = force->office->server;
    static char text[120];
    size_t left = strcmp(force->after, "seen") == 0 ? mailserver_unseen(server, "INBOX")
                                                    : mailserver_count(server, "INBOX");

    if (left != 0) {
        snprintf(text, sizeof text, "%zu messages are left in INBOX", left);
        return text;
    }
    if (strcmp(force->after, "move") == 0 &&
        mailserver_count(server, "Done") != force->mailed) {
        snprintf(text, sizeof text, "%zu messages are in Done",
                 mailserver_count(server, "Done"));
        return text;
    }
    return NULL;
}

const char *force_wrong(struct force *force, unsigned most)
{
    static char text[120];
    struct force_counts counts;

    force_count(force, &counts);
    for (unsigned i = 1; i <= force->mailed; i++) {
        snprintf(text, sizeof text, "message %u was delivered %u times", i,
                 counts.times[i]);
        if (counts.times[i] < 1 || counts.times[i] > most)
            return text;
    }
    if (counts.broken != 0)
        return "something was delivered that is no whole message";
    if (force->sink && !sink_has_keys(force->sink))
        return "a message had no Idempotency-Key, or not the same each time";
    if (force->to == FORCE_MAILDIR &&
        scratch_count(&force->office->scratch, "mail/tmp") != 0)
        return "something is left in mail/tmp";
    return wrong_in_the_mailbox(force);
}

void force_read_ledger(const char *path, bool *known, bool *recorded, unsigned most)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *database = NULL;

    for (unsigned i = 0; i <= most; i++) {
        recorded[i] = false;
        if (known)
            known[i] = false;
    }
    /* A ledger that is not yet made has no such table. */
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(database, "SELECT uid, state FROM message", -1, &statement,
                           NULL) == SQLITE_OK)
        while (sqlite3_step(statement) == SQLITE_ROW) {
            int uid = sqlite3_column_int(statement, 0);

            assert_in_range(uid, 1, most);
            recorded[uid] =
                strcmp((const char *)sqlite3_column_text(statement, 1), "delivered") == 0;
            if (known)
                known[uid] = true;
        }
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* ---- Chance ------------------------------------------------------------------------ */

unsigned force_seed(void)
{
    static unsigned seed;
    const char *wanted = getenv("LETTERBOX_TEST_SEED");

    if (seed == 0) {
        seed = wanted ? (unsigned)strtoul(wanted, NULL, 10) : (unsigned)getpid();
        seed += seed == 0;
        print_message("LETTERBOX_TEST_SEED=%u\n", seed);
    }
    return seed;
}

unsigned force_chance(unsigned below)
{
    static unsigned state;
    static bool is_started;

    if (!is_started)
        state = force_seed();
    is_started = true;
    return (unsigned)rand_r(&state) % below;
}
