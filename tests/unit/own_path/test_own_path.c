/* ui/own_path: where this program lies, and whether its name alone leads there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/scratch/scratch.h"
#include "ui/own_path.h"

struct fixture {
    struct scratch scratch;
    char *path, *there, *elsewhere; /* PATH as it was, two directories */
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    scratch_make(&f->scratch);
    f->path = mem_copy_text(getenv("PATH"));
    mkdir(scratch_at(&f->scratch, "there"), 0755);
    mkdir(scratch_at(&f->scratch, "elsewhere"), 0755);
    scratch_script(&f->scratch, "there/letterbox", "exit 0\n");
    f->there = mem_copy_text(scratch_at(&f->scratch, "there"));
    f->elsewhere = mem_copy_text(scratch_at(&f->scratch, "elsewhere"));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    setenv("PATH", f->path, 1);
    scratch_remove(&f->scratch);
    free(f->path);
    free(f->there);
    free(f->elsewhere);
    free(f);
    return 0;
}

static void set_path(const char *first, const char *second)
{
    char *path = mem_format("/usr/bin::%s:%s", first, second);

    setenv("PATH", path, 1);
    free(path);
}

static bool is_found(const struct fixture *f)
{
    char *program = mem_format("%s/letterbox", f->there);
    bool found = own_path_is_found(program);

    free(program);
    return found;
}

static void test_the_first_in_the_path_counts(void **state)
{
    struct fixture *f = *state;

    set_path(f->elsewhere, f->there);
    assert_true(is_found(f));
    scratch_script(&f->scratch, "elsewhere/letterbox", "exit 0\n");
    assert_false(is_found(f));
    set_path(f->there, f->elsewhere);
    assert_true(is_found(f));
    setenv("PATH", f->elsewhere, 1);
    assert_false(is_found(f));
    unsetenv("PATH");
    assert_false(is_found(f));
}

static void test_a_link_in_the_path_leads_there_too(void **state)
{
    struct fixture *f = *state;
    char *program = mem_format("%s/letterbox", f->there);

    assert_int_equal(symlink(program, scratch_at(&f->scratch, "elsewhere/letterbox")), 0);
    set_path(f->elsewhere, "/nowhere");
    assert_true(is_found(f));
    free(program);
}

/* As an upgrade does it, while the program runs: this one, copied, and copied again. */
static void test_a_replaced_program_keeps_its_path(void **state)
{
    struct fixture *f = *state;
    char *command = mem_format("cp /proc/%d/exe %s/own && %s/own --replaced",
                               (int)getpid(), f->there, f->there);
    int status = system(command);

    assert_int_equal(status, 0);
    free(command);
}

static int replaced(const char *program)
{
    char *said;
    int status;

    if (unlink(program) != 0)
        return 2;
    said = own_path();
    status = strcmp(said, program) == 0 ? 0 : 1;
    free(said);
    return status;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_first_in_the_path_counts),
        CASE(test_a_link_in_the_path_leads_there_too),
        CASE(test_a_replaced_program_keeps_its_path),
    };

    if (argc == 2 && strcmp(argv[1], "--replaced") == 0)
        return replaced(argv[0]);
    return cmocka_run_group_tests_name("own_path", tests, NULL, NULL);
}
