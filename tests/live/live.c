#include "live/live.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

#define ARGUMENT_MAX 16

/* The one that ctest started, or another that this program is told of. */
static const char *sandbox_link(void)
{
    const char *link = getenv("LETTERBOX_TEST_SANDBOX");

    return link ? link : TEST_BINARY_DIR "/sandbox";
}

struct live *live_open(void)
{
    struct live *live = mem_new(1, sizeof *live);
    char *path = mem_format("%s/sandbox.json", sandbox_link());
    json_error_t error;

    live->sandbox = json_load_file(path, 0, &error);
    free(path);
    if (!live->sandbox) {
        fprintf(stderr, "Skipped: there is no sandbox (%s).\n", error.text);
        exit(LIVE_SKIPPED);
    }
    scratch_make(&live->scratch);
    snprintf(live->config_dir, sizeof live->config_dir, "%s/config", live->scratch.path);
    snprintf(live->state_dir, sizeof live->state_dir, "%s/state", live->scratch.path);
    return live;
}

static void forget_output(struct live *live)
{
    free(live->output);
    free(live->errors);
    live->output = live->errors = NULL;
}

int live_tear_down(void **state)
{
    struct live *live = *state;

    scratch_remove(&live->scratch);
    json_decref(live->sandbox);
    forget_output(live);
    free(live);
    return 0;
}

const char *live_program(void)
{
    return TEST_BINARY_DIR "/ui/letterbox";
}

static json_t *find(const struct live *live, const char *path)
{
    json_t *value = live->sandbox;

    while (value && *path) {
        size_t length = strcspn(path, ".");
        char *key = mem_copy_bytes(path, length);

        value = json_object_get(value, key);
        free(key);
        path += length + (path[length] == '.');
    }
    return value;
}

const char *live_find(const struct live *live, const char *path)
{
    const char *text = json_string_value(find(live, path));

    return text ? text : "";
}

const char *live_value(const struct live *live, const char *path)
{
    const char *text = json_string_value(find(live, path));

    if (!text)
        fail_msg("sandbox.json has no %s", path);
    return text;
}

static json_t *find_endpoint(const struct live *live, const char *name)
{
    json_t *endpoint = json_object_get(find(live, "endpoints"), name);

    if (!endpoint)
        fail_msg("sandbox.json has no endpoint %s", name);
    return endpoint;
}

const char *live_host(const struct live *live, const char *endpoint)
{
    return json_string_value(json_object_get(find_endpoint(live, endpoint), "host"));
}

int live_port(const struct live *live, const char *endpoint)
{
    return (int)json_integer_value(
        json_object_get(find_endpoint(live, endpoint), "port"));
}

json_t *live_answers(const struct live *live, const char *way)
{
    json_t *answers = json_deep_copy(json_object_get(find(live, "answers"), way));

    assert_non_null(answers);
    json_object_set_new(answers, "ingest.target",
                        json_string(scratch_at(&live->scratch, "mail")));
    return answers;
}

const char *live_write_answers(const struct live *live, json_t *answers)
{
    char *text = json_dumps(answers, JSON_INDENT(2));
    const char *path;

    scratch_write(&live->scratch, "answers.json", text, strlen(text));
    path = scratch_at(&live->scratch, "answers.json");
    assert_int_equal(chmod(path, 0600), 0);
    free(text);
    json_decref(answers);
    return path;
}

/* Runs a program with its output in files; its wait status. */
static int run(const char *const *argv, const char *output, const char *errors)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        int in = open("/dev/null", O_RDONLY);
        int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int err = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
            dup2(err, STDERR_FILENO) < 0)
            _exit(126);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int live_run(struct live *live, const char *const *arguments)
{
    const char *argv[ARGUMENT_MAX + 6] = {live_program()};
    size_t count = 1;
    int status;

    for (size_t i = 0; arguments[i]; i++) {
        assert_true(i < ARGUMENT_MAX);
        argv[count++] = arguments[i];
    }
    argv[count++] = "--config-dir";
    argv[count++] = live->config_dir;
    argv[count++] = "--state-dir";
    argv[count++] = live->state_dir;
    status = run(argv, scratch_at(&live->scratch, "output"),
                 scratch_at(&live->scratch, "errors"));
    forget_output(live);
    live->output = scratch_read(&live->scratch, "output", NULL);
    live->errors = scratch_read(&live->scratch, "errors", NULL);
    return status;
}

void live_refill(const struct live *live, const char *way)
{
    char address[64];
    const char *argv[] = {TEST_SOURCE_DIR "/tests/sandbox/sandbox", "refill",
                          sandbox_link(), address, NULL};

    snprintf(address, sizeof address, "%s@sandbox.test", way);
    assert_int_equal(run(argv, scratch_at(&live->scratch, "output"),
                         scratch_at(&live->scratch, "errors")),
                     0);
}

int live_set_up(void **state)
{
    struct live *live = live_open();
    const char *ca_file = live_value(live, "ca_file");
    char provider[SCRATCH_PATH_MAX];

    *state = live;
    snprintf(provider, sizeof provider, "%s/provider.json", live_value(live, "dir"));
    assert_int_equal(
        LIVE_RUN(live, "provider", "add", "sandbox", provider, "--ca-file", ca_file), 0);
    return 0;
}
