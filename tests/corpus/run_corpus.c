/*
 * Every case of the corpus through the real program, against scripted servers.
 *
 *     run_corpus [-v] [WORD]     only cases whose file and name hold WORD; -v: with all
 *                                that was printed (LETTERBOX_CORPUS does as WORD)
 *     run_corpus -w WORD         the wizard on the first such case, its values entered
 *
 * Some processes share the cases, each in namespaces of its own, so that the ports and
 * names that a case needs are free.  Ends with 0, 1, or 77 where namespaces are not
 * allowed.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "corpus/corpus.h"
#include "corpus/expect.h"
#include "corpus/play.h"
#include "corpus/space.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"
#include "support/server/certs.h"

enum { WORKERS = 4, LONGEST_S = 120, SKIPPED = 77 };

#define OUTPUT_MAX  ((size_t)4 << 20)
#define PROGRAM     TEST_BINARY_DIR "/ui/letterbox"
#define CONFIG_NAME "config"

/* What the processes share. */
struct counts {
    atomic_size_t next; /* case to take */
    atomic_uint ran, wrong;
};

struct run {
    const struct corpus *corpus;
    const char *word; /* of the names that are wanted; NULL: all */
    bool verbose, wizard;
    const char *ca_file;
    struct counts *counts;
};

/* One case under way. */
struct trial {
    const struct run *run;
    const struct corpus_case *the_case;
    const struct scratch *scratch;
    json_t *answers, *provider;
    struct buf wrong;
    int status;
    char *output, *errors, *report;
};

/* ---- The program ------------------------------------------------------------------ */

/* Nothing of this machine's own: no proxy, no locale, no configuration. */
static char **make_environment(const struct corpus_case *the_case)
{
    static const char *const usual[] = {"PATH=/usr/local/bin:/usr/bin:/bin",
                                        "HOME=/nonexistent", "LC_ALL=C.UTF-8"};
    static const char *const kept[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                       "TSAN_OPTIONS", "TERM"};
    const json_t *given = json_object_get(the_case->json, "environment");
    char **environment = mem_new(json_object_size(given) + 8, sizeof(char *));
    size_t count = 0;
    const char *name;
    json_t *value;

    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        environment[count++] = mem_copy_text(usual[i]);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (getenv(kept[i]))
            environment[count++] = mem_format("%s=%s", kept[i], getenv(kept[i]));
    }
    json_object_foreach((json_t *)(uintptr_t)given, name, value)
    {
        environment[count++] = mem_format("%s=%s", name, json_string_value(value));
    }
    return environment;
}

static void use_file(const char *path, int flags, int target)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd < 0 || dup2(fd, target) < 0)
        _exit(126);
}

/* A saved mailbox with the values of the case, opened for an edit: F5 tests it. */
static void become_wizard(const struct scratch *scratch, char **environment)
{
    static const char script[] =
        "\"$0\" setup --answers \"$1\" --no-test --save-untested --config-dir \"$2\""
        " --state-dir \"$3\" >\"$4\" 2>&1 || { cat \"$4\"; exit 1; }\n"
        "exec \"$0\" setup support --config-dir \"$2\" --state-dir \"$3\"\n";
    char *argv[] = {(char[]){"sh"},
                    (char[]){"-c"},
                    mem_copy_text(script),
                    (char[]){PROGRAM},
                    mem_copy_text(scratch_at(scratch, "answers")),
                    mem_copy_text(scratch_at(scratch, CONFIG_NAME)),
                    mem_copy_text(scratch_at(scratch, "state")),
                    mem_copy_text(scratch_at(scratch, "output")),
                    NULL};

    execve("/bin/sh", argv, environment);
    _exit(127);
}

/* The child's side. */
static void become_program(const struct scratch *scratch, char **environment)
{
    char *argv[] = {(char[]){PROGRAM},
                    (char[]){"test"},
                    (char[]){"--answers"},
                    (char[]){"-"},
                    (char[]){"--json"},
                    (char[]){"--report"},
                    mem_copy_text(scratch_at(scratch, "report")),
                    (char[]){"--config-dir"},
                    mem_copy_text(scratch_at(scratch, CONFIG_NAME)),
                    (char[]){"--state-dir"},
                    mem_copy_text(scratch_at(scratch, "state")),
                    NULL};

    use_file(scratch_at(scratch, "answers"), O_RDONLY, STDIN_FILENO);
    use_file(scratch_at(scratch, "output"), O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    use_file(scratch_at(scratch, "errors"), O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    alarm(LONGEST_S);
    execve(argv[0], argv, environment);
    _exit(127);
}

/* Its exit status; 128 and the signal when one ended it. */
static int run_program(const struct run *run, const struct scratch *scratch,
                       char **environment)
{
    int status = 0;
    pid_t pid = fork();

    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0 && run->wizard)
        become_wizard(scratch, environment);
    if (pid == 0)
        become_program(scratch, environment);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static char *read_all(const struct scratch *scratch, const char *name)
{
    char *text = scratch_read(scratch, name, NULL);

    return text ? text : mem_copy_text("");
}

static void write_answers(struct trial *trial)
{
    char *text;

    if (!json_object_get(trial->answers, "tls.ca_file"))
        json_object_set_new(trial->answers, "tls.ca_file",
                            json_string(trial->run->ca_file));
    if (trial->run->wizard) {
        json_object_set_new(trial->answers, "ingest.deliver", json_string("maildir"));
        json_object_set_new(trial->answers, "ingest.target", json_string("/tmp/mail"));
    }
    text = json_dumps(trial->answers, JSON_INDENT(2));
    scratch_write(trial->scratch, "answers", text, strlen(text));
    free(text);
}

/* Saved as `letterbox provider import` does it. */
static void write_provider(struct trial *trial)
{
    struct err err = ERR_INIT;
    struct provider *provider = NULL;
    struct store *store;
    char *text;

    if (!trial->provider)
        return;
    text = json_dumps(trial->provider, JSON_COMPACT);
    store = store_open(scratch_at(trial->scratch, CONFIG_NAME),
                       scratch_at(trial->scratch, "state"), &err);
    provider = store ? provider_parse("keycloak", text, strlen(text), &err) : NULL;
    if (!provider || !store_save_provider(store, provider, true, &err))
        buf_add_format(&trial->wrong, "    provider: %s\n", err.text);
    provider_free(&provider);
    store_close(&store);
    free(text);
}

static void run_against(struct trial *trial, json_t *canaries)
{
    const struct corpus_case *the_case = trial->the_case;
    char **environment = make_environment(the_case);
    char *hosts = play_hosts(the_case, trial->answers, trial->provider);
    struct play *play =
        play_start(the_case, trial->answers, trial->provider, &trial->wrong);

    if (play) {
        unlink(scratch_at(trial->scratch, "report"));
        space_name(trial->scratch, hosts, play_without_dns(the_case));
        trial->status = run_program(trial->run, trial->scratch, environment);
        if (play_token(play))
            json_array_append_new(canaries, json_string(play_token(play)));
        play_stop(&play, canaries);
    }
    argv_free(&environment);
    free(hosts);
    trial->output = read_all(trial->scratch, "output");
    trial->errors = read_all(trial->scratch, "errors");
    trial->report = read_all(trial->scratch, "report");
}

/* ---- One case --------------------------------------------------------------------- */

static void compare(struct trial *trial, const json_t *canaries)
{
    struct buf *wrong = &trial->wrong;
    json_error_t error;
    json_t *json = json_loads(trial->output, JSON_REJECT_DUPLICATES, &error);

    if (json)
        expect_report(trial->the_case, json, wrong);
    else
        buf_add_format(wrong, "    JSON: line %d: %s: %s%s\n", error.line, error.text,
                       trial->output, trial->errors);
    expect_exit(trial->the_case, trial->status, wrong);
    expect_clean_json(json, wrong);
    expect_clean("report", trial->report, wrong);
    expect_clean("standard error", trial->errors, wrong);
    expect_absent("JSON", trial->output, canaries, wrong);
    expect_absent("report", trial->report, canaries, wrong);
    expect_absent("standard error", trial->errors, canaries, wrong);
    json_decref(json);
}

/* A block at once, so that those of other processes do not come between its lines. */
static void print(const struct trial *trial)
{
    struct buf block;

    buf_init(&block, OUTPUT_MAX);
    if (trial->run->verbose || trial->wrong.length > 0)
        buf_add_format(&block, "%s: %s\n%s", trial->the_case->file, trial->the_case->name,
                       trial->wrong.data);
    if (trial->run->verbose)
        buf_add_format(&block, "%s%s%s(exit status %d)\n\n", trial->output, trial->errors,
                       trial->report, trial->status);
    fwrite(block.data, 1, block.length, stdout);
    fflush(stdout);
    buf_free(&block);
}

static void try_case(const struct run *run, const struct corpus_case *the_case,
                     const struct scratch *scratch)
{
    struct trial trial = {.run = run, .the_case = the_case, .scratch = scratch};
    json_t *canaries;

    buf_init(&trial.wrong, OUTPUT_MAX);
    trial.answers = corpus_answers(the_case);
    trial.provider = corpus_provider(the_case);
    canaries = expect_canaries(trial.answers, trial.provider, NULL);
    write_answers(&trial);
    write_provider(&trial);
    run_against(&trial, canaries);
    if (!run->wizard) {
        compare(&trial, canaries);
        print(&trial);
    }
    atomic_fetch_add(&run->counts->ran, 1);
    if (trial.wrong.length > 0)
        atomic_fetch_add(&run->counts->wrong, 1);
    json_decref(canaries);
    json_decref(trial.answers);
    json_decref(trial.provider);
    free(trial.output);
    free(trial.errors);
    free(trial.report);
    buf_free(&trial.wrong);
}

/* ---- All of them ------------------------------------------------------------------ */

/* In a process of its own; ends it. */
static void work(const struct run *run)
{
    struct scratch scratch;
    size_t i;
    bool entered;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    scratch_make(&scratch);
    entered = space_enter(&scratch);
    if (entered)
        mkdir(scratch_at(&scratch, CONFIG_NAME), 0700);
    while (entered &&
           (i = atomic_fetch_add(&run->counts->next, 1)) < run->corpus->count) {
        if (!corpus_case_is_named(&run->corpus->cases[i], run->word))
            continue;
        try_case(run, &run->corpus->cases[i], &scratch);
        if (run->wizard)
            break;
    }
    scratch_remove(&scratch);
    fflush(stderr);
    _exit(entered ? 0 : SKIPPED);
}

static int run_workers(const struct run *run)
{
    int worst = 0, workers = run->wizard ? 1 : WORKERS;

    for (int i = 0; i < workers; i++) {
        pid_t pid = fork();

        if (pid == 0)
            work(run);
        if (pid < 0) {
            perror("fork");
            exit(1);
        }
    }
    for (int i = 0; i < workers; i++) {
        int status = 0;

        wait(&status);
        if (!WIFEXITED(status))
            worst = 1;
        else if (worst == 0)
            worst = WEXITSTATUS(status);
    }
    return worst;
}

static void add_name(char ***names, size_t *count, char *name)
{
    for (size_t i = 0; name && i < *count; i++) {
        if (strcmp((*names)[i], name) == 0) {
            free(name);
            return;
        }
    }
    if (!name)
        return;
    *names = mem_resize(*names, *count + 2, sizeof(char *));
    (*names)[(*count)++] = name;
    (*names)[*count] = NULL;
}

/* Every host of the corpus, for the certificates. */
static char **all_names(const struct corpus *corpus)
{
    char **names = NULL;
    size_t count = 0;

    for (size_t i = 0; i < corpus->count; i++) {
        json_t *answers = corpus_answers(&corpus->cases[i]);
        json_t *provider = corpus_provider(&corpus->cases[i]);
        const char *host = json_string_value(json_object_get(answers, "server.host"));

        add_name(&names, &count, host && host[0] ? mem_copy_text(host) : NULL);
        add_name(&names, &count,
                 corpus_host_of(
                     json_string_value(json_object_get(answers, "oauth.token_url"))));
        add_name(&names, &count,
                 corpus_host_of(
                     json_string_value(json_object_get(provider, "token_endpoint"))));
        add_name(&names, &count,
                 corpus_host_of(json_string_value(json_object_get(provider, "issuer"))));
        json_decref(answers);
        json_decref(provider);
    }
    return names;
}

int main(int argc, char **argv)
{
    struct run run = {.word = getenv("LETTERBOX_CORPUS")};
    struct corpus *corpus = corpus_load(TEST_SOURCE_DIR "/tests/corpus", stdout);
    char **names;
    int status;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0)
            run.verbose = true;
        else if (strcmp(argv[i], "-w") == 0)
            run.wizard = true;
        else
            run.word = argv[i];
    }
    if (!corpus)
        return 1;
    names = all_names(corpus);
    certs_add_names((const char *const *)names);
    run.corpus = corpus;
    run.ca_file = certs_ca_file();
    run.counts = mmap(NULL, sizeof *run.counts, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run.counts == MAP_FAILED)
        return 1;
    fflush(stdout);
    status = run_workers(&run);
    if (status != SKIPPED && !run.wizard)
        printf("%u cases, %u of them wrong\n", run.counts->ran, run.counts->wrong);
    if (run.counts->wrong > 0 || (status == 0 && run.counts->ran == 0))
        status = 1;
    munmap(run.counts, sizeof *run.counts);
    argv_free(&names);
    corpus_free(&corpus);
    return status;
}
