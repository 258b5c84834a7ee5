/* ingest/state_dir: what root made does not lock the ingest's own user out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "ingest/state_dir.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"

enum { SERVICE = 64123 };

struct fixture {
    struct scratch scratch;
    struct store *store;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    scratch_make(&f->scratch);
    chmod(f->scratch.path, 0755);
    f->store = store_open(scratch_at(&f->scratch, "config"),
                          scratch_at(&f->scratch, "state"), NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    store_close(&f->store);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void only_as_root(void)
{
    if (geteuid() != 0)
        skip();
}

static void make(struct fixture *f, const char *name, mode_t mode, uid_t owner)
{
    const char *path = scratch_at(&f->scratch, name);

    assert_int_equal(mkdir(path, mode), 0);
    assert_int_equal(chown(path, owner, owner), 0);
}

static void write_file(struct fixture *f, const char *name, uid_t owner)
{
    scratch_write(&f->scratch, name, "x", 1);
    assert_int_equal(chown(scratch_at(&f->scratch, name), owner, owner), 0);
}

static uid_t owner_of(struct fixture *f, const char *name)
{
    struct stat status;

    assert_int_equal(lstat(scratch_at(&f->scratch, name), &status), 0);
    return status.st_uid;
}

/* Opens it as the service; its sentence, the caller's, or NULL when that worked. */
static char *try_as_service(struct fixture *f)
{
    struct err err = ERR_INIT;
    size_t length;
    int ends[2], status;
    pid_t child;
    char text[ERR_TEXT_MAX + 1] = "";

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        if (setgid(SERVICE) != 0 || setuid(SERVICE) != 0)
            _exit(99);
        if (state_dir_open(f->store, "support", &err) >= 0)
            _exit(0);
        length = strlen(err.text);
        _exit(write(ends[1], err.text, length) == (ssize_t)length ? (int)err.class : 99);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(read(ends[0], text, sizeof text - 1) >= 0);
    close(ends[0]);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 0)
        return NULL;
    assert_int_equal(WEXITSTATUS(status), ERR_REFUSED);
    return mem_copy_text(text);
}

static void assert_names_the_command(struct fixture *f, const char *what)
{
    char *said = try_as_service(f);
    char *command =
        mem_format("chown -R %d:%d %s", SERVICE, SERVICE, scratch_at(&f->scratch, what));

    assert_non_null(said);
    if (!strstr(said, command))
        fail_msg("%s", said);
    free(command);
    free(said);
}

static void test_it_is_made_for_its_user(void **state)
{
    struct fixture *f = *state;
    int fd = state_dir_open(f->store, "support", &f->err);

    assert_true(fd >= 0);
    state_dir_hand_over(fd);
    close(fd);
    assert_int_equal(owner_of(f, "state/support"), geteuid());
}

static void test_root_gives_what_it_makes_to_the_owner_of_state(void **state)
{
    struct fixture *f = *state;
    int fd;

    only_as_root();
    make(f, "state", 0750, SERVICE);
    fd = state_dir_open(f->store, "support", &f->err);
    assert_true(fd >= 0);
    write_file(f, "state/support/ledger.db", 0);
    make(f, "state/support/Maildir", 0700, 0);
    write_file(f, "state/support/Maildir/message", 0);
    write_file(f, "elsewhere", 0);
    assert_int_equal(link(scratch_at(&f->scratch, "elsewhere"),
                          scratch_at(&f->scratch, "state/support/hard")),
                     0);
    assert_int_equal(symlink(scratch_at(&f->scratch, "elsewhere"),
                             scratch_at(&f->scratch, "state/support/soft")),
                     0);
    state_dir_hand_over(fd);
    close(fd);
    assert_int_equal(owner_of(f, "state/support"), SERVICE);
    assert_int_equal(owner_of(f, "state/support/ledger.db"), SERVICE);
    assert_int_equal(owner_of(f, "state/support/Maildir/message"), SERVICE);
    assert_int_equal(owner_of(f, "elsewhere"), 0);
}

static void test_root_keeps_what_is_in_its_own_state(void **state)
{
    struct fixture *f = *state;
    int fd;

    only_as_root();
    make(f, "state", 0750, 0);
    fd = state_dir_open(f->store, "support", &f->err);
    assert_true(fd >= 0);
    write_file(f, "state/support/ledger.db", 0);
    state_dir_hand_over(fd);
    close(fd);
    assert_int_equal(owner_of(f, "state/support/ledger.db"), 0);
}

static void test_a_directory_of_root_is_said_with_the_command(void **state)
{
    struct fixture *f = *state;

    only_as_root();
    make(f, "state", 0750, SERVICE);
    make(f, "state/support", 0700, 0);
    assert_names_the_command(f, "state/support");
}

static void test_a_file_of_root_is_said_with_the_command(void **state)
{
    struct fixture *f = *state;

    only_as_root();
    make(f, "state", 0750, SERVICE);
    make(f, "state/support", 0700, SERVICE);
    write_file(f, "state/support/ledger.db", 0);
    assert_names_the_command(f, "state/support");
    write_file(f, "state/support/ledger.db", SERVICE);
    assert_null(try_as_service(f));
}

static void test_a_state_of_root_is_said_with_the_command(void **state)
{
    struct fixture *f = *state;

    only_as_root();
    make(f, "state", 0755, 0);
    assert_names_the_command(f, "state");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_it_is_made_for_its_user),
        CASE(test_root_gives_what_it_makes_to_the_owner_of_state),
        CASE(test_root_keeps_what_is_in_its_own_state),
        CASE(test_a_directory_of_root_is_said_with_the_command),
        CASE(test_a_file_of_root_is_said_with_the_command),
        CASE(test_a_state_of_root_is_said_with_the_command),
    };
#undef CASE

    return cmocka_run_group_tests(tests, NULL, NULL);
}
