#include "support/program/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/mem.h"

static void child_opens(const struct scratch *scratch, const char *name, int flags,
                        int fd)
{
    int opened = open(scratch_at(scratch, name), flags, 0600);

    if (opened < 0 || dup2(opened, fd) < 0)
        _exit(126);
}

struct program_outcome program_run(const struct scratch *scratch, const char *command,
                                   const char *options, const char *input)
{
    char *line = mem_format("%s/ui/letterbox %s --config-dir %s/config %s",
                            TEST_BINARY_DIR, command, scratch->path, options);
    char **argv = argv_split(line, NULL);
    struct program_outcome outcome;
    pid_t pid;

    scratch_write(scratch, "in", input, strlen(input));
    pid = fork();
    if (pid == 0) {
        if (chdir(scratch->path) != 0)
            _exit(125);
        child_opens(scratch, "in", O_RDONLY, STDIN_FILENO);
        child_opens(scratch, "out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
        child_opens(scratch, "err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
        execv(argv[0], argv);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &outcome.status, 0), pid);
    assert_true(WIFEXITED(outcome.status));
    outcome.status = WEXITSTATUS(outcome.status);
    outcome.out = scratch_read(scratch, "out", NULL);
    outcome.err = scratch_read(scratch, "err", NULL);
    argv_free(&argv);
    free(line);
    return outcome;
}

void program_outcome_free(struct program_outcome *outcome)
{
    free(outcome->out);
    free(outcome->err);
}
