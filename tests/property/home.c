#include "property/home.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "support/echo/echo.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEADLINE_MS (120 * 1000)
#else
#define DEADLINE_MS (60 * 1000)
#endif

void home_without_authorities(void)
{
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("/dev/null", "/etc/ssl/certs/ca-certificates.crt", NULL, MS_BIND, NULL) !=
            0)
        print_message("With the system's authorities: %s\n", strerror(errno));
}

/* ---- The place --------------------------------------------------------------------- */

static void set_text(struct home *home, const char *key, const char *text)
{
    json_object_set_new(home->answers, key, json_string(text));
}

static void answer_oauth(struct home *home)
{
    char *url = mem_format("https://localhost:%d/token", server_port(home->token));

    set_text(home, "auth.method", "oauth");
    set_text(home, "oauth.source", "custom");
    set_text(home, "oauth.token_url", url);
    set_text(home, "oauth.client_id", "box");
    set_text(home, "oauth.client_secret", ECHO_SECRET);
    set_text(home, "oauth.scope", "imap");
    free(url);
}

static void answer_basic(struct home *home)
{
    set_text(home, "auth.method", "basic");
    set_text(home, "basic.username", "box@example.com");
    set_text(home, "basic.password", ECHO_PASSWORD);
}

void home_open(struct home *home, const struct server_step *token,
               const struct server_step *imap)
{
    *home = (struct home){.answers = json_object()};
    scratch_make(&home->scratch);
    if (token)
        home->token = server_start(token);
    home->imap = server_start(imap);
    set_text(home, "name", "box");
    if (token)
        answer_oauth(home);
    else
        answer_basic(home);
    set_text(home, "server.host", "localhost");
    json_object_set_new(home->answers, "server.port",
                        json_integer(server_port(home->imap)));
    json_object_set_new(home->answers, "server.timeout_seconds", json_integer(3));
    set_text(home, "tls.ca_file", certs_ca_file());
    set_text(home, "mailbox.user", "box@example.com");
    set_text(home, "ingest.deliver", "maildir");
    set_text(home, "ingest.target", scratch_at(&home->scratch, "mail"));
}

void home_close(struct home *home)
{
    if (home->token)
        server_stop(&home->token);
    server_stop(&home->imap);
    json_decref(home->answers);
    scratch_remove(&home->scratch);
}

void home_save(struct home *home)
{
    static const char *const words[] = {"setup", "--answers", "-", "--no-test", NULL};
    struct home_run run;

    home_run(home, &run, words);
    if (run.status != 0)
        print_message("%s%s", run.out, run.err);
    assert_int_equal(run.status, 0);
    home_forget(&run);
}

/* ---- A run ------------------------------------------------------------------------- */

const char *const *home_environment(struct home *home)
{
    static char config[SCRATCH_PATH_MAX + 64], state[SCRATCH_PATH_MAX + 64];
    static const char *const words[] = {config, state, "no_proxy=*", NULL};

    snprintf(config, sizeof config, "LETTERBOX_CONFIG_DIR=%s/config", home->scratch.path);
    snprintf(state, sizeof state, "LETTERBOX_STATE_DIR=%s/state", home->scratch.path);
    return words;
}

static void put_answers(struct home *home)
{
    char *text = json_dumps(home->answers, JSON_COMPACT);

    scratch_write(&home->scratch, "answers", text, strlen(text));
    free(text);
}

/* Between fork and exec: nothing but system calls and what was made before. */
static void become(const struct home *home, char *const *argv, char *const *env,
                   const char *in, const char *out, const char *err)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

    dup2(open(in, O_RDONLY), STDIN_FILENO);
    dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &all);
    if (chdir(home->scratch.path) == 0)
        execve(argv[0], argv, env);
    _exit(127);
}

/* `first` up to NULL comes before the words. */
static pid_t start(struct home *home, const char *const *first, const char *const *words)
{
    const char *const *own = home_environment(home);
    const char *argv[HOME_WORDS_MAX + 4] = {NULL};
    const char *env[16] = {"LC_ALL=C.UTF-8", "TERM=dumb", "HOME=/nonexistent",
                           "PATH=/usr/bin:/bin"};
    const char *sanitizer = getenv("ASAN_OPTIONS");
    char options[256];
    size_t count = 4, word = 0;
    char in[SCRATCH_PATH_MAX], out[SCRATCH_PATH_MAX], err[SCRATCH_PATH_MAX];
    pid_t pid;

    for (size_t i = 0; first[i]; i++)
        argv[word++] = first[i];
    for (size_t i = 0; words[i]; i++) {
        assert_true(i < HOME_WORDS_MAX);
        argv[word++] = words[i];
    }
    for (size_t i = 0; own[i]; i++)
        env[count++] = own[i];
    /* What was freed is kept from use by it, and would count as taken. */
    snprintf(options, sizeof options, "ASAN_OPTIONS=%s:quarantine_size_mb=1",
             sanitizer ? sanitizer : "");
    env[count++] = options;
    put_answers(home);
    snprintf(in, sizeof in, "%s", scratch_at(&home->scratch, "answers"));
    snprintf(out, sizeof out, "%s", scratch_at(&home->scratch, "out"));
    snprintf(err, sizeof err, "%s", scratch_at(&home->scratch, "err"));
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become(home, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env, in,
               out, err);
    return pid;
}

pid_t home_start(struct home *home, const char *const *words)
{
    static const char *const first[] = {LETTERBOX_PROGRAM, NULL};

    return start(home, first, words);
}

pid_t home_start_other(struct home *home, const char *path, const char *word)
{
    const char *const first[] = {path, NULL}, *const words[] = {word, NULL};

    return start(home, first, words);
}

int home_wait(pid_t pid)
{
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    int status = 0, ready;

    assert_true(ended.fd >= 0);
    do
        ready = poll(&ended, 1, DEADLINE_MS);
    while (ready < 0 && errno == EINTR);
    close(ended.fd);
    if (ready == 0) {
        print_message("The program does not end: it is killed.\n");
        kill(pid, SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(ready > 0);
    return status;
}

void home_run(struct home *home, struct home_run *run, const char *const *words)
{
    static const char *const first[] = {MEASURE, "measured", LETTERBOX_PROGRAM, NULL};
    char *measured;

    *run = (struct home_run){0};
    assert_int_equal(home_wait(start(home, first, words)), 0);
    measured = scratch_read(&home->scratch, "measured", NULL);
    assert_int_equal(sscanf(measured, "%d %ld", &run->status, &run->peak_kb), 2);
    free(measured);
    run->out = scratch_read(&home->scratch, "out", &run->out_length);
    run->err = scratch_read(&home->scratch, "err", &run->err_length);
    assert_non_null(run->out);
    assert_non_null(run->err);
}

void home_forget(struct home_run *run)
{
    free(run->out);
    free(run->err);
}
