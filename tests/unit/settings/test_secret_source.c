/* settings/secret_source: files, variables and commands, and what is never said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/mem.h"
#include "settings/secret_source.h"
#include "support/scratch/scratch.h"

enum { ENDED_MS = 10000 };

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_make(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

/* The secret, or "(none)" and the error; nothing that was planted is ever in it. */
static struct err err;

static const char *read_ref(struct secret_ref *ref)
{
    static char found[256];
    err_clear(&err);
    struct secret *secret = secret_source_read(ref, &err);
    snprintf(found, sizeof found, "%s", secret ? secret_bytes(secret) : "(none)");
    assert_int_equal(secret == NULL, err_is_set(&err));
    assert_null(strstr(err.text, "planted"));
    secret_free(&secret);
    secret_ref_clear(ref);
    return found;
}

static const char *read_file(const char *text, mode_t mode)
{
    unlink(scratch_at(&scratch, "secret")); /* the one before may be read-only */
    scratch_write(&scratch, "secret", text, strlen(text));
    chmod(scratch_at(&scratch, "secret"), mode);
    struct secret_ref ref = {.place = SECRET_FILE,
                             .name = mem_copy_text(scratch_at(&scratch, "secret"))};
    return read_ref(&ref);
}

static void test_one_newline_at_the_end_is_dropped(void **state)
{
    (void)state;
    assert_string_equal(read_file("abc", 0600), "abc");
    assert_string_equal(read_file("abc\n", 0600), "abc");
    assert_string_equal(read_file("abc\r\n", 0400), "abc");
    assert_string_equal(read_file("abc\n\n", 0600), "abc\n");
    assert_string_equal(read_file(" abc \r", 0600), " abc \r");
}

static void test_a_file_that_others_can_read_is_refused(void **state)
{
    (void)state;
    assert_string_equal(read_file("planted", 0640), "(none)");
    assert_int_equal(err.class, ERR_DATA);
    assert_non_null(strstr(err.text, "chmod 600"));
    assert_string_equal(read_file("planted", 0604), "(none)");
}

static void test_an_empty_or_missing_file_is_no_secret(void **state)
{
    (void)state;
    assert_string_equal(read_file("\n", 0600), "(none)");
    assert_non_null(strstr(err.text, "empty"));
    struct secret_ref ref = {.place = SECRET_FILE, .name = mem_copy_text("/nowhere/x")};
    assert_string_equal(read_ref(&ref), "(none)");
    assert_non_null(strstr(err.text, "/nowhere/x"));
}

static void test_a_variable_is_read_when_it_is_set(void **state)
{
    (void)state;
    setenv("LETTERBOX_TEST_SECRET", "from the environment", 1);
    struct secret_ref ref = {.place = SECRET_ENV,
                             .name = mem_copy_text("LETTERBOX_TEST_SECRET")};
    assert_string_equal(read_ref(&ref), "from the environment");
    unsetenv("LETTERBOX_TEST_SECRET");
    ref = (struct secret_ref){.place = SECRET_ENV,
                              .name = mem_copy_text("LETTERBOX_TEST_SECRET")};
    assert_string_equal(read_ref(&ref), "(none)");
    assert_non_null(strstr(err.text, "LETTERBOX_TEST_SECRET"));
}

static const char *run(char *const *words)
{
    struct secret_ref ref = {.place = SECRET_COMMAND, .argv = argv_copy(words)};
    return read_ref(&ref);
}

static void test_the_first_line_of_a_command_is_the_secret(void **state)
{
    (void)state;
    char sh[] = "sh", c[] = "-c", two[] = "echo 'a  b'; echo planted; echo planted >&2";
    assert_string_equal(run((char *[]){sh, c, two, NULL}), "a  b");
    char printf_[] = "printf", text[] = "no newline";
    assert_string_equal(run((char *[]){printf_, text, NULL}), "no newline");
}

static void test_a_command_has_no_shell_and_no_input(void **state)
{
    (void)state;
    char echo[] = "echo", text[] = "$HOME; * | cat";
    assert_string_equal(run((char *[]){echo, text, NULL}), "$HOME; * | cat");
    char cat[] = "cat"; /* would wait for input */
    assert_string_equal(run((char *[]){cat, NULL}), "(none)");
    assert_non_null(strstr(err.text, "empty"));
}

static void test_a_failing_command_says_how_and_not_what(void **state)
{
    (void)state;
    char sh[] = "sh", c[] = "-c", fails[] = "echo planted; exit 3";
    assert_string_equal(run((char *[]){sh, c, fails, NULL}), "(none)");
    assert_non_null(strstr(err.text, "status 3"));
    char dies[] = "echo planted; kill -9 $$";
    assert_string_equal(run((char *[]){sh, c, dies, NULL}), "(none)");
    assert_non_null(strstr(err.text, "signal 9"));
    char missing[] = "/nowhere/pass";
    assert_string_equal(run((char *[]){missing, NULL}), "(none)");
    assert_non_null(strstr(err.text, "/nowhere/pass"));
    char floods[] = "head -c 200000 /dev/zero | tr '\\0' x";
    assert_string_equal(run((char *[]){sh, c, floods, NULL}), "(none)");
    assert_non_null(strstr(err.text, "longer than"));
}

/* What hangs is ended after its time, with the children that it has: the one that holds
 * the output open and the one that has closed it. */
static void test_a_command_that_hangs_is_ended(void **state)
{
    (void)state;
    char sh[] = "sh", c[] = "-c";
    secret_source_command_ms = 1000;
    char *pid_file = mem_copy_text(scratch_at(&scratch, "pid"));
    char *hangs = mem_format("exec >&-; sleep 600 & echo $! > %s; wait", pid_file);
    assert_string_equal(run((char *[]){sh, c, hangs, NULL}), "(none)");
    assert_non_null(strstr(err.text, "within 1 s"));
    char *pid = scratch_read(&scratch, "pid", NULL);
    assert_non_null(pid);
    /* Its end is waited for: a signal takes a moment to be delivered. */
    int fd = pidfd_open((pid_t)strtol(pid, NULL, 10), 0);
    if (fd >= 0) {
        struct pollfd ended = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&ended, 1, ENDED_MS), 1);
        close(fd);
    }
    free(pid);
    free(hangs);
    free(pid_file);
    secret_source_command_ms = 10000;
}

static void test_no_reference_is_no_secret(void **state)
{
    (void)state;
    struct secret_ref ref = {.place = SECRET_UNSET};
    assert_string_equal(read_ref(&ref), "(none)");
    assert_int_equal(err.class, ERR_SETTING);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_newline_at_the_end_is_dropped),
        TEST(test_a_file_that_others_can_read_is_refused),
        TEST(test_an_empty_or_missing_file_is_no_secret),
        TEST(test_a_variable_is_read_when_it_is_set),
        TEST(test_the_first_line_of_a_command_is_the_secret),
        TEST(test_a_command_has_no_shell_and_no_input),
        TEST(test_a_failing_command_says_how_and_not_what),
        TEST(test_a_command_that_hangs_is_ended),
        TEST(test_no_reference_is_no_secret),
    };
    return cmocka_run_group_tests_name("settings/secret_source", tests, NULL, NULL);
}
