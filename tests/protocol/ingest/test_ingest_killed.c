/* Killed at random instants, with a reader at the Maildir: then one more run, and every
 * message is there once. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "protocol/ingest/office.h"

#define ROUNDS    40
#define PER_ROUND 5

static pid_t start_child(const struct office *office)
{
    char *argv[] = {mem_copy_text(TEST_BINARY_DIR "/tests/protocol/ingest/ingest_child"),
                    mem_copy_text(scratch_at(&office->scratch, "config")),
                    mem_copy_text(scratch_at(&office->scratch, "state")),
                    mem_copy_text("support"), NULL};
    pid_t pid;

    assert_int_equal(posix_spawn(&pid, argv[0], NULL, NULL, argv, environ), 0);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    return pid;
}

/* Lets it run so long at most, then kills it; true when it had ended by itself. */
static bool end_child(pid_t pid, int64_t us)
{
    struct pollfd wait = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    const struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    int status;

    assert_true(wait.fd >= 0);
    ppoll(&wait, 1, &time, NULL);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(wait.fd);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFEXITED(status);
}

static void mail(struct office *office, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char *subject = mem_format("message-%u", i);

        office_mail(office, subject);
        free(subject);
    }
}

static void expect_each_once(struct office *office, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char *subject = mem_format("message-%u", i);

        if (office_count_subject(office, subject) != 1)
            fail_msg("%s was delivered %zu times", subject,
                     office_count_subject(office, subject));
        free(subject);
    }
    assert_int_equal(office_delivered(office), count);
    assert_int_equal(scratch_count(&office->scratch, "mail/tmp"), 0);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

static void test_a_killed_ingest_loses_nothing_and_delivers_nothing_twice(void **state)
{
    struct office *office = *state;
    unsigned count = PER_ROUND, killed = 0, seed = (unsigned)getpid();
    int64_t began = clock_now_us(), whole;

    mail(office, 0, PER_ROUND);
    assert_true(end_child(start_child(office), 60000000));
    whole = clock_now_us() - began;
    for (int round = 0; round < ROUNDS; round++) {
        mail(office, count, PER_ROUND);
        count += PER_ROUND;
        killed += !end_child(start_child(office), rand_r(&seed) % whole);
        office_read_all(office);
    }
    print_message("%u of %d runs of %.1f ms were killed\n", killed, ROUNDS,
                  (double)whole / 1000);
    assert_true(killed > 0);
    assert_true(end_child(start_child(office), 60000000));
    expect_each_once(office, count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_killed_ingest_loses_nothing_and_delivers_nothing_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
