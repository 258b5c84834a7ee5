#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "ingest/deliver/child.h"
#include "ingest/deliver/deliver.h"
#include "support/scratch/scratch.h"

struct fixture {
    struct scratch scratch;
    struct settings settings;
    struct deliver_target target;
    struct deliver_envelope envelope;
    struct err err;
};

static int setup(void **state)
{
    struct fixture *fixture = mem_new(1, sizeof *fixture);

    scratch_make(&fixture->scratch);
    settings_init(&fixture->settings);
    fixture->target.settings = &fixture->settings;
    settings_set(&fixture->settings, SET_INGEST_DELIVER, "command");
    settings_set(&fixture->settings, SET_INGEST_TARGET,
                 scratch_at(&fixture->scratch, "take"));
    fixture->envelope = (struct deliver_envelope){.mailbox = "support",
                                                  .user = "support@example.com",
                                                  .folder = "INBOX",
                                                  .numbering = 1700000000,
                                                  .uid = 12,
                                                  .message_id = "<a@example.com>",
                                                  .size = 5,
                                                  .state_dir = fixture->scratch.path};
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    settings_free(&fixture->settings);
    scratch_remove(&fixture->scratch);
    free(fixture);
    return 0;
}

static enum deliver_status deliver(struct fixture *fixture, const char *bytes,
                                   size_t length, bool complete)
{
    struct delivery *delivery;
    enum deliver_status status;

    err_clear(&fixture->err);
    delivery =
        deliver_command.begin(&fixture->target, &fixture->envelope, NULL, &fixture->err);
    assert_non_null(delivery);
    for (size_t at = 0; at < length; at += 70000)
        assert_true(deliver_command.feed(delivery, bytes + at,
                                         length - at < 70000 ? length - at : 70000));
    status = deliver_command.finish(&delivery, complete, &fixture->err);
    assert_null(delivery);
    return status;
}

/* One message to a script in $HERE. */
static enum deliver_status run(struct fixture *fixture, const char *script)
{
    char *text = mem_format("HERE=%s\n%s", fixture->scratch.path, script);
    enum deliver_status status;

    scratch_script(&fixture->scratch, "take", text);
    status = deliver(fixture, "hello", 5, true);
    free(text);
    return status;
}

static void expect_file(const struct fixture *fixture, const char *name, const char *text)
{
    char *content = scratch_read(&fixture->scratch, name, NULL);

    assert_non_null(content);
    assert_string_equal(content, text);
    free(content);
}

static void test_a_command_that_ends_well_has_taken_the_message(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(run(fixture, "cat > $HERE/got"), DELIVER_DONE);
    expect_file(fixture, "got", "hello");
}

static void test_exit_status_75_asks_for_a_later_try(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(run(fixture, "exit 75"), DELIVER_LATER);
    assert_int_equal(fixture->err.class, ERR_RETRY);
}

static void test_any_other_exit_status_refuses(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(run(fixture, "exit 1"), DELIVER_REFUSED);
    assert_non_null(strstr(fixture->err.text, "exit status 1"));
    assert_int_equal(run(fixture, "exit 77"), DELIVER_REFUSED);
}

static void test_a_command_that_a_signal_ended_is_tried_again(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(run(fixture, "kill -SEGV $$"), DELIVER_LATER);
    assert_int_equal(fixture->err.class, ERR_RETRY);
}

static void test_a_command_need_not_read_the_message(void **state)
{
    struct fixture *fixture = *state;
    size_t length = 4 << 20;
    char *bytes = mem_new(length, 1);

    scratch_script(&fixture->scratch, "take", "exec <&-; exit 0");
    assert_int_equal(deliver(fixture, bytes, length, true), DELIVER_DONE);
    free(bytes);
}

static void test_a_large_message_and_a_large_answer_pass_each_other(void **state)
{
    struct fixture *fixture = *state;
    size_t length = (8 << 20) + 3;
    char *bytes = mem_new(length, 1), *size;

    memset(bytes, 'x', length);
    size = mem_format("tee /dev/stderr | wc -c | tr -d ' \\n' > %s",
                      scratch_at(&fixture->scratch, "size"));
    scratch_script(&fixture->scratch, "take", size);
    assert_int_equal(deliver(fixture, bytes, length, true), DELIVER_DONE);
    expect_file(fixture, "size", "8388611");
    free(size);
    free(bytes);
}

static void test_a_message_that_broke_off_never_reaches_the_command(void **state)
{
    struct fixture *fixture = *state;
    char *text = mem_format("touch %s", scratch_at(&fixture->scratch, "ran"));

    scratch_script(&fixture->scratch, "take", text);
    assert_int_equal(deliver(fixture, "half", 4, false), DELIVER_DOWN);
    assert_null(scratch_read(&fixture->scratch, "ran", NULL));
    assert_int_equal(scratch_count(&fixture->scratch, ""), 1);
    free(text);
}

static void test_the_envelope_is_in_the_environment_and_little_else(void **state)
{
    struct fixture *fixture = *state;

    setenv("IMAP_PASSWORD", "canary-7f3a", 1);
    setenv("LANG", "C.UTF-8", 1);
    assert_int_equal(run(fixture, "env > $HERE/env\n"
                                  "echo $LETTERBOX_MAILBOX $LETTERBOX_USER "
                                  "$LETTERBOX_FOLDER $LETTERBOX_UIDVALIDITY "
                                  "$LETTERBOX_UID $LETTERBOX_MESSAGE_ID "
                                  "$LETTERBOX_SIZE $LANG > $HERE/facts"),
                     DELIVER_DONE);
    expect_file(fixture, "facts",
                "support support@example.com INBOX 1700000000 12 <a@example.com> 5 "
                "C.UTF-8\n");
    char *all = scratch_read(&fixture->scratch, "env", NULL);

    assert_null(strstr(all, "canary"));
    assert_non_null(strstr(all, "PATH="));
    free(all);
    unsetenv("IMAP_PASSWORD");
}

static void test_words_reach_the_command_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    char *target = mem_format("%s \"two words\" '$HOME;rm *' ''",
                              scratch_at(&fixture->scratch, "take"));

    settings_set(&fixture->settings, SET_INGEST_TARGET, target);
    assert_int_equal(run(fixture, "for a; do echo \"[$a]\"; done > $HERE/words"),
                     DELIVER_DONE);
    expect_file(fixture, "words", "[two words]\n[$HOME;rm *]\n[]\n");
    free(target);
}

static void test_the_command_inherits_three_descriptors(void **state)
{
    struct fixture *fixture = *state;
    int leak = dup(STDIN_FILENO); /* without close-on-exec, as a library might */

    assert_true(leak > 2);
    assert_int_equal(run(fixture, "ls /proc/self/fd > $HERE/fds"), DELIVER_DONE);
    /* 3 is the directory that ls reads. */
    expect_file(fixture, "fds", "0\n1\n2\n3\n");
    close(leak);
}

/* The mask in a file, without 32 and 33, which are the C library's own. */
static unsigned long mask_in(const struct fixture *fixture, const char *name)
{
    char *text = scratch_read(&fixture->scratch, name, NULL);
    unsigned long mask;

    assert_non_null(text);
    assert_true(text[0] != '\0');
    mask = strtoul(text, NULL, 16) & 0x7fffffff;
    free(text);
    return mask;
}

static void test_the_command_has_its_signals_back(void **state)
{
    struct fixture *fixture = *state;
    sigset_t blocked, before;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    assert_int_equal(run(fixture, "sed -n 's/SigBlk:\t//p' /proc/self/status > $HERE/b\n"
                                  "sed -n 's/SigIgn:\t//p' /proc/self/status > $HERE/i"),
                     DELIVER_DONE);
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(mask_in(fixture, "b"), 0);
    assert_int_equal(mask_in(fixture, "i"), 0);
}

static void test_a_command_that_is_not_there_is_a_setting(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;

    assert_false(deliver_command.prepare(&fixture->target, &err));
    assert_int_equal(err.class, ERR_SETTING);
    assert_string_equal(err.key, "ingest.target");
    assert_int_equal(deliver(fixture, "hello", 5, true), DELIVER_DOWN);
    assert_int_equal(fixture->err.class, ERR_SETTING);
    settings_set(&fixture->settings, SET_INGEST_TARGET, "");
    err_clear(&err);
    assert_false(deliver_command.prepare(&fixture->target, &err));
    assert_int_equal(err.class, ERR_SETTING);
}

static void test_a_command_is_looked_up_in_path(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;

    settings_set(&fixture->settings, SET_INGEST_TARGET, "cat -");
    assert_true(deliver_command.prepare(&fixture->target, &err));
    assert_int_equal(deliver(fixture, "hello", 5, true), DELIVER_DONE);
    settings_set(&fixture->settings, SET_INGEST_TARGET, "no-such-command-7f3a");
    assert_false(deliver_command.prepare(&fixture->target, &err));
}

static void test_no_descriptor_and_no_child_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct scratch self = {.path = "/proc/self"};
    size_t before = scratch_count(&self, "fd");

    assert_int_equal(run(fixture, "exit 0"), DELIVER_DONE);
    assert_int_equal(run(fixture, "exit 75"), DELIVER_LATER);
    assert_int_equal(scratch_count(&self, "fd"), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* The runner itself, with limits that a test can wait for. */

static struct child_result shell(const char *script, int timeout_ms,
                                 const struct cancel *cancel, size_t room)
{
    char *argv[] = {mem_copy_text("/bin/sh"), mem_copy_text("-c"), mem_copy_text(script),
                    NULL};
    char *const nothing[] = {NULL};
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const struct child_request request = {.argv = argv,
                                          .environment = nothing,
                                          .input = input,
                                          .timeout_ms = timeout_ms,
                                          .grace_ms = 1,
                                          .cancel = cancel};
    struct child_result result;
    struct err err = ERR_INIT;

    buf_init(&result.output, room);
    assert_true(child_run(&request, &result, &err));
    close(input);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    return result;
}

static const char hanging[] = "echo $$; exec sleep 600";

/* Waits until it runs no more; false when it still does after 10 s. */
static bool ends(pid_t pid)
{
    int fd = pidfd_open(pid, 0);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    bool ended;

    if (fd < 0)
        return errno == ESRCH;
    ended = poll(&wait, 1, 10000) == 1;
    close(fd);
    return ended;
}

/* The number that a script printed first. */
static pid_t printed_pid(const struct child_result *result)
{
    pid_t pid = (pid_t)strtol(result->output.data, NULL, 10);

    assert_true(pid > 1);
    return pid;
}

static void test_a_command_that_hangs_is_ended(void **state)
{
    struct child_result result = shell(hanging, 1000, NULL, 100);

    (void)state;
    assert_true(result.timed_out);
    assert_int_equal(result.signal, SIGTERM);
    assert_true(ends(printed_pid(&result)));
    buf_free(&result.output);
}

static void test_what_a_hanging_command_started_is_ended_too(void **state)
{
    struct child_result result =
        shell("sleep 600 & echo $!; wait; exit 0", 1000, NULL, 100);

    (void)state;
    assert_true(result.timed_out);
    assert_true(ends(printed_pid(&result)));
    buf_free(&result.output);
}

static void test_a_command_that_ignores_sigterm_is_killed(void **state)
{
    struct child_result result =
        shell("trap '' TERM; while :; do sleep 1; done", 1000, NULL, 100);

    (void)state;
    assert_true(result.timed_out);
    assert_int_equal(result.signal, SIGKILL);
    buf_free(&result.output);
}

static void test_a_cancel_ends_a_command_that_does_not_end(void **state)
{
    struct cancel cancel;
    struct child_result result;

    (void)state;
    assert_true(cancel_init(&cancel));
    cancel_fire(&cancel);
    result = shell(hanging, 600000, &cancel, 100);
    assert_true(result.cancelled);
    assert_false(result.timed_out);
    buf_free(&result.output);
    cancel_close(&cancel);
}

static void test_a_child_left_in_the_background_is_not_waited_for(void **state)
{
    struct child_result result = shell("sleep 600 & echo $!", 600000, NULL, 100);

    (void)state;
    assert_int_equal(result.exit_status, 0);
    assert_int_equal(kill(printed_pid(&result), SIGKILL), 0);
    buf_free(&result.output);
}

static void test_output_is_kept_to_its_limit_and_the_rest_is_read(void **state)
{
    struct child_result result =
        shell("head -c 1000000 /dev/zero | tr '\\0' x; exit 3", 600000, NULL, 4096);

    (void)state;
    assert_int_equal(result.exit_status, 3);
    assert_int_equal(result.output.length, 4096);
    buf_free(&result.output);
}

static void test_endless_output_does_not_outlast_the_deadline(void **state)
{
    struct child_result result = shell("exec yes", 50, NULL, 4096);

    (void)state;
    assert_true(result.timed_out);
    buf_free(&result.output);
}

static void test_where_a_message_has_no_room_is_told(void **state)
{
    const struct rlimit small = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    static const char bytes[1000];
    struct fixture *fixture = *state;
    struct delivery *delivery;
    enum deliver_status status;
    bool taken;

    scratch_script(&fixture->scratch, "take", "cat");
    delivery =
        deliver_command.begin(&fixture->target, &fixture->envelope, NULL, &fixture->err);
    assert_non_null(delivery);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    taken = deliver_command.feed(delivery, bytes, sizeof bytes);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_false(taken);
    status = deliver_command.finish(&delivery, false, &fixture->err);
    assert_int_equal(status, DELIVER_DOWN);
    assert_int_equal(fixture->err.class, ERR_WRITE);
    assert_non_null(strstr(fixture->err.text, fixture->scratch.path));
    assert_non_null(strstr(fixture->err.text, strerror(EFBIG)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_command_that_ends_well_has_taken_the_message),
        TEST(test_exit_status_75_asks_for_a_later_try),
        TEST(test_any_other_exit_status_refuses),
        TEST(test_a_command_that_a_signal_ended_is_tried_again),
        TEST(test_a_command_need_not_read_the_message),
        TEST(test_a_large_message_and_a_large_answer_pass_each_other),
        TEST(test_a_message_that_broke_off_never_reaches_the_command),
        TEST(test_the_envelope_is_in_the_environment_and_little_else),
        TEST(test_words_reach_the_command_as_they_are),
        TEST(test_the_command_inherits_three_descriptors),
        TEST(test_the_command_has_its_signals_back),
        TEST(test_a_command_that_is_not_there_is_a_setting),
        TEST(test_a_command_is_looked_up_in_path),
        TEST(test_no_descriptor_and_no_child_is_left),
        TEST(test_where_a_message_has_no_room_is_told),
        cmocka_unit_test(test_a_command_that_hangs_is_ended),
        cmocka_unit_test(test_what_a_hanging_command_started_is_ended_too),
        cmocka_unit_test(test_a_command_that_ignores_sigterm_is_killed),
        cmocka_unit_test(test_a_cancel_ends_a_command_that_does_not_end),
        cmocka_unit_test(test_a_child_left_in_the_background_is_not_waited_for),
        cmocka_unit_test(test_output_is_kept_to_its_limit_and_the_rest_is_read),
        cmocka_unit_test(test_endless_output_does_not_outlast_the_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
