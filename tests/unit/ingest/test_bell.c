/* ingest/bell: heard while an ingest listens, and nobody waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ingest/bell.h"
#include "support/scratch/scratch.h"

#define MORE_THAN_A_PIPE_HOLDS 100000

struct fixture {
    struct scratch scratch;
    int directory;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    scratch_make(&f->scratch);
    f->directory = open(f->scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    close(f->directory);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static bool is_rung(int bell)
{
    struct pollfd wait = {.fd = bell, .events = POLLIN};

    return poll(&wait, 1, 0) > 0;
}

static void test_a_ring_is_heard_once_and_the_next_again(void **state)
{
    struct fixture *f = *state;
    int bell = bell_hang(f->directory);

    assert_true(bell >= 0);
    assert_false(is_rung(bell));
    for (int i = 0; i < 2; i++) {
        assert_true(bell_ring(f->scratch.path));
        assert_true(is_rung(bell));
        bell_hush(bell);
        assert_false(is_rung(bell));
    }
    bell_take_down(f->directory, &bell);
    assert_int_equal(bell, -1);
    assert_int_equal(scratch_count(&f->scratch, "."), 0);
    bell_take_down(f->directory, &bell);
    bell_hush(bell);
}

static void test_nobody_hears_where_none_hangs(void **state)
{
    struct fixture *f = *state;

    assert_false(bell_ring(f->scratch.path));
    assert_false(bell_ring(scratch_at(&f->scratch, "missing")));
}

static void test_one_that_was_left_behind_is_not_heard_and_hung_anew(void **state)
{
    struct fixture *f = *state;
    struct stat status;
    int bell;

    assert_int_equal(mkfifo(scratch_at(&f->scratch, "bell"), 0644), 0);
    assert_false(bell_ring(f->scratch.path));
    bell = bell_hang(f->directory);
    assert_true(bell_ring(f->scratch.path));
    assert_true(is_rung(bell));
    assert_int_equal(stat(scratch_at(&f->scratch, "bell"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    bell_take_down(f->directory, &bell);
}

static void test_a_file_or_a_link_in_its_place_is_not_written_to(void **state)
{
    struct fixture *f = *state;
    char *text;
    int bell;

    scratch_write(&f->scratch, "other", "kept", 4);
    assert_int_equal(
        symlink(scratch_at(&f->scratch, "other"), scratch_at(&f->scratch, "bell")), 0);
    assert_false(bell_ring(f->scratch.path));
    bell = bell_hang(f->directory);
    assert_true(bell >= 0);
    bell_take_down(f->directory, &bell);
    scratch_write(&f->scratch, "bell", "kept", 4);
    assert_false(bell_ring(f->scratch.path));
    text = scratch_read(&f->scratch, "bell", NULL);
    assert_string_equal(text, "kept");
    free(text);
    text = scratch_read(&f->scratch, "other", NULL);
    assert_string_equal(text, "kept");
    free(text);
}

static void test_one_who_never_stops_ringing_waits_for_nobody(void **state)
{
    struct fixture *f = *state;
    int bell = bell_hang(f->directory);

    for (int i = 0; i < MORE_THAN_A_PIPE_HOLDS; i++)
        assert_true(bell_ring(f->scratch.path));
    bell_hush(bell);
    assert_false(is_rung(bell));
    bell_take_down(f->directory, &bell);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_ring_is_heard_once_and_the_next_again),
        CASE(test_nobody_hears_where_none_hangs),
        CASE(test_one_that_was_left_behind_is_not_heard_and_hung_anew),
        CASE(test_a_file_or_a_link_in_its_place_is_not_written_to),
        CASE(test_one_who_never_stops_ringing_waits_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
