/* A program that dies while it holds secrets leaves no core file. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/argv.h"
#include "base/mem.h"
#include "property/look.h"
#include "support/echo/echo.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

static const struct server_step hanging[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_SAY("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Lab ready\r\n"),
    SERVER_LISTEN,
    SERVER_HANG,
};

static const char *const words[] = {"test", "--answers", "-", NULL};

static size_t count_cores(struct home *home)
{
    char **names = scratch_names(&home->scratch, ".");
    size_t count = 0;

    for (size_t i = 0; names[i]; i++)
        count += strncmp(names[i], "core", 4) == 0;
    argv_free(&names);
    return count;
}

/* Is the limit of core files nought, for itself and for ever? */
static void expect_no_cores_allowed(pid_t pid)
{
    char *path = mem_format("/proc/%d/limits", (int)pid), line[256];
    FILE *file = fopen(path, "r");
    bool found = false;

    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        long soft = -1, hard = -1;

        if (sscanf(line, "Max core file size %ld %ld", &soft, &hard) != 2)
            continue;
        assert_int_equal(soft, 0);
        assert_int_equal(hard, 0);
        found = true;
    }
    assert_true(found);
    fclose(file);
    free(path);
}

static void test_a_crash_leaves_no_core_file(void **state)
{
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGQUIT};

    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct home home;
        pid_t pid;
        int status;

        home_open(&home, NULL, hanging);
        pid = home_start(&home, words);
        /* It has sent its password, and waits. */
        assert_true(server_wait_step(home.imap, 3));
        expect_no_cores_allowed(pid);
        kill(pid, signals[i]);
        status = home_wait(pid);
        assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_false(WIFSIGNALED(status) && WCOREDUMP(status));
        assert_int_equal(count_cores(&home), 0);
        look_at_files("a crash", &home);
        home_close(&home);
    }
}

/* The same without the program's own care, or the test above would prove nothing. */
static void test_a_core_file_would_be_found(void **state)
{
    struct home home;
    pid_t pid;
    int status;

    (void)state;
    if (IS_SANITIZED) {
        print_message("Not under a sanitizer: it turns core files off by itself.\n");
        skip();
    }
    home_open(&home, NULL, hanging);
    scratch_script(&home.scratch, "die", "kill -QUIT $$\n");
    pid = home_start_other(&home, "/bin/sh", "die");
    status = home_wait(pid);
    if (!WCOREDUMP(status) || count_cores(&home) == 0) {
        print_message("This machine writes no core file into the working directory "
                      "(/proc/sys/kernel/core_pattern): nothing was proved.\n");
        home_close(&home);
        skip();
    }
    home_close(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_core_file_would_be_found),
        cmocka_unit_test(test_a_crash_leaves_no_core_file),
    };

    return cmocka_run_group_tests_name("property/core", tests, NULL, NULL);
}
