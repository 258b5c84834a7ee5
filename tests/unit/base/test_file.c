/* base/file: what is trusted, and that a file is whole or not replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/file_calls.h"
#include "base/mem.h"
#include "support/scratch/scratch.h"

struct fixture {
    struct scratch scratch;
    int dir;
    struct buf text;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    scratch_make(&f->scratch);
    f->dir = open(f->scratch.path, O_RDONLY | O_DIRECTORY);
    buf_init(&f->text, 64);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    file_calls_use(NULL);
    close(f->dir);
    buf_free(&f->text);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *name, const char *text, mode_t mode)
{
    scratch_write(&f->scratch, name, text, strlen(text));
    assert_int_equal(chmod(scratch_at(&f->scratch, name), mode), 0);
}

/* Reads "x" and expects this class of error (ERR_NONE: none). */
static void read_x(struct fixture *f, enum file_privacy privacy, enum err_class class)
{
    struct file_stamp stamp;
    err_clear(&f->err);
    buf_clear(&f->text);
    bool read =
        file_read(f->dir, "x", "/etc/my dir/x", privacy, &f->text, &stamp, &f->err);
    assert_int_equal(f->err.class, class);
    assert_int_equal(read, class == ERR_NONE);
    assert_int_equal(stamp.exists, class == ERR_NONE);
}

static void test_a_mode_that_is_too_wide_names_the_repair(void **state)
{
    struct fixture *f = *state;
    put(f, "x", "text", 0600);
    read_x(f, FILE_PRIVATE, ERR_NONE);
    assert_string_equal(f->text.data, "text");
    put(f, "x", "text", 0640);
    read_x(f, FILE_SHARED, ERR_NONE);
    read_x(f, FILE_PRIVATE, ERR_DATA);
    assert_non_null(strstr(f->err.text, "chmod 600 '/etc/my dir/x'"));
    put(f, "x", "text", 0644);
    read_x(f, FILE_PUBLIC, ERR_NONE);
    read_x(f, FILE_SHARED, ERR_DATA);
    assert_non_null(strstr(f->err.text, "chmod 640 '/etc/my dir/x'"));
    put(f, "x", "text", 0664);
    read_x(f, FILE_PUBLIC, ERR_DATA);
    assert_non_null(strstr(f->err.text, "chmod 644"));
    put(f, "x", "text", 0660);
    read_x(f, FILE_SHARED, ERR_DATA);
}

static void test_a_link_is_not_followed(void **state)
{
    struct fixture *f = *state;
    put(f, "secret", "text", 0600);
    assert_int_equal(symlinkat("secret", f->dir, "x"), 0);
    read_x(f, FILE_PRIVATE, ERR_DATA);
    assert_non_null(strstr(f->err.text, "symbolic link"));
    assert_string_equal(f->text.data, "");
}

static void test_only_a_regular_file_is_read(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkfifoat(f->dir, "x", 0600), 0); /* and it does not hang */
    read_x(f, FILE_PRIVATE, ERR_DATA);
    unlinkat(f->dir, "x", 0);
    assert_int_equal(mkdirat(f->dir, "x", 0700), 0);
    read_x(f, FILE_PRIVATE, ERR_DATA);
}

static void test_a_strangers_file_is_not_trusted(void **state)
{
    struct fixture *f = *state;
    if (geteuid() != 0)
        skip();
    put(f, "x", "text", 0600);
    assert_int_equal(chown(scratch_at(&f->scratch, "x"), 12345, (gid_t)-1), 0);
    read_x(f, FILE_PRIVATE, ERR_DATA);
    assert_non_null(strstr(f->err.text, "chown 0 '/etc/my dir/x'"));
}

static void test_a_missing_file_and_a_long_one_are_named(void **state)
{
    struct fixture *f = *state;
    read_x(f, FILE_PRIVATE, ERR_DATA);
    assert_non_null(strstr(f->err.text, "does not exist"));
    char text[66];
    memset(text, 'x', 65);
    text[64] = '\0';
    put(f, "x", text, 0600);
    read_x(f, FILE_PRIVATE, ERR_NONE);
    text[64] = 'x', text[65] = '\0';
    put(f, "x", text, 0600);
    read_x(f, FILE_PRIVATE, ERR_DATA);
    assert_non_null(strstr(f->err.text, "64 bytes"));
}

static bool replace_x(struct fixture *f, const char *text, mode_t mode,
                      struct file_stamp *stamp)
{
    err_clear(&f->err);
    return file_replace(f->dir, "x", "/etc/x", text, strlen(text), mode, (gid_t)-1, stamp,
                        &f->err);
}

static void test_a_replaced_file_has_mode_content_and_stamp(void **state)
{
    struct fixture *f = *state;
    struct file_stamp first, second, now;
    struct stat st;
    umask(077);
    assert_true(replace_x(f, "one", 0640, &first));
    assert_true(replace_x(f, "two", 0640, &second));
    umask(022);
    assert_int_equal(fstatat(f->dir, "x", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    read_x(f, FILE_SHARED, ERR_NONE);
    assert_string_equal(f->text.data, "two");
    assert_int_equal(scratch_count(&f->scratch, "."), 1);
    assert_true(file_stamp_get(f->dir, "x", &now));
    assert_true(file_stamp_equal(&now, &second));
    assert_false(file_stamp_equal(&now, &first));
    assert_false(file_stamp_get(f->dir, "y", &now));
    assert_false(file_stamp_equal(&now, &second));
}

static int fail_with;
static const char *fail_in;

static int fails(const char *call)
{
    if (strcmp(fail_in, call) != 0)
        return 0;
    errno = fail_with;
    return -1;
}

static int failing_create(int dir, const char *name, int flags, mode_t mode)
{
    return fails("create") ? -1 : file_calls_system.create(dir, name, flags, mode);
}

/* Half of it first, as a disk does that fills up meanwhile. */
static ssize_t failing_write(int fd, const void *bytes, size_t length)
{
    if (length < 2 && fails("write"))
        return -1;
    return file_calls_system.write(fd, bytes, length < 2 ? length : length / 2);
}

static int failing_mode(int fd, mode_t mode)
{
    return fails("set_mode") ? -1 : file_calls_system.set_mode(fd, mode);
}

static int failing_sync(int fd)
{
    return fails("sync") ? -1 : file_calls_system.sync(fd);
}

static int failing_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    return fails("rename") ? -1 : file_calls_system.rename(from_dir, from, to_dir, to);
}

static void test_a_failed_replacement_leaves_the_old_file_alone(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *call;
        int error;
        const char *said;
    } cases[] = {
        {"create", EACCES, "no right"},     {"create", EROFS, "read-only"},
        {"create", ENOSPC, "disk is full"}, {"write", ENOSPC, "disk is full"},
        {"write", EIO, "Input/output"},     {"set_mode", EPERM, "no right"},
        {"sync", EDQUOT, "disk is full"},   {"rename", EROFS, "read-only"},
    };
    struct file_calls calls = file_calls_system;
    calls.create = failing_create;
    calls.write = failing_write;
    calls.set_mode = failing_mode;
    calls.sync = failing_sync;
    calls.rename = failing_rename;
    assert_true(replace_x(f, "old", 0600, NULL));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fail_in = cases[i].call;
        fail_with = cases[i].error;
        file_calls_use(&calls);
        assert_false(replace_x(f, "the new text", 0600, NULL));
        file_calls_use(NULL);
        assert_int_equal(f->err.class, ERR_WRITE);
        assert_non_null(strstr(f->err.text, "/etc/x"));
        assert_non_null(strstr(f->err.text, cases[i].said));
        assert_int_equal(scratch_count(&f->scratch, "."), 1);
        read_x(f, FILE_PRIVATE, ERR_NONE);
        assert_string_equal(f->text.data, "old");
    }
    fail_in = "nothing";
    file_calls_use(&calls);
    assert_true(replace_x(f, "written in small pieces", 0600, NULL));
    read_x(f, FILE_PRIVATE, ERR_NONE);
    assert_string_equal(f->text.data, "written in small pieces");
}

static char *left_behind;

/* A crash before the rename: the temporary file stays. */
static int lost_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    (void)from_dir;
    (void)to_dir;
    (void)to;
    left_behind = mem_copy_text(from);
    return 0;
}

static void test_a_temporary_file_is_told_by_its_name(void **state)
{
    struct fixture *f = *state;
    struct file_calls calls = file_calls_system;
    calls.rename = lost_rename;
    file_calls_use(&calls);
    assert_true(replace_x(f, "text", 0600, NULL));
    assert_true(file_is_temporary(left_behind, "x"));
    assert_false(file_is_temporary(left_behind, "y"));
    assert_false(file_is_temporary(left_behind, ""));
    assert_false(file_is_temporary("x", "x"));
    assert_false(file_is_temporary(".x", "x"));
    assert_false(file_is_temporary(".x.0123456789abcdef.tmp2", "x"));
    free(left_behind);
}

static unsigned synced; /* directories */
static int sync_error;

static int count_sync(int fd)
{
    (void)fd;
    synced++;
    errno = sync_error;
    return sync_error ? -1 : 0;
}

static void test_all_above_a_path_is_synced_or_told(void **state)
{
    struct fixture *f = *state;
    struct file_calls calls = file_calls_system;
    char *path = mem_copy_text(scratch_at(&f->scratch, "a/b//c"));
    unsigned slashes = 0;
    for (const char *at = path; *at; at++)
        slashes += *at == '/';
    close(file_open_directory(path, 0700, true, &f->err));
    calls.sync = count_sync;
    file_calls_use(&calls);
    synced = 0;
    assert_true(file_sync_above(path, &f->err));
    assert_true(synced >= 3); /* b, a, and the scratch directory */
    assert_true(geteuid() != 0 || synced == slashes);
    assert_true(file_sync_above("name", &f->err));
    sync_error = EINVAL; /* directories that need no sync */
    assert_true(file_sync_above(path, &f->err));
    sync_error = ENOSPC;
    assert_false(file_sync_above(path, &f->err));
    assert_int_equal(f->err.class, ERR_WRITE);
    assert_non_null(strstr(f->err.text, path));
    sync_error = 0;
    free(path);
}

static void test_a_directory_is_made_with_all_above_it(void **state)
{
    struct fixture *f = *state;
    char *path = mem_copy_text(scratch_at(&f->scratch, "a/b//c"));
    struct stat st;
    umask(077);
    assert_int_equal(file_open_directory(path, 0750, false, &f->err), -1);
    assert_int_equal(f->err.class, ERR_DATA);
    int fd = file_open_directory(path, 0750, true, NULL);
    umask(022);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
    close(fd);
    assert_int_equal(stat(scratch_at(&f->scratch, "a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
    fd = file_open_directory(path, 0750, true, NULL);
    assert_true(fd >= 0);
    close(fd);
    free(path);

    put(f, "x", "", 0600);
    err_clear(&f->err);
    assert_int_equal(
        file_open_directory(scratch_at(&f->scratch, "x/y"), 0750, true, &f->err), -1);
    assert_true(err_is_set(&f->err));
}

static void test_a_path_is_quoted_for_a_shell_when_it_must_be(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/etc/letterbox/a-1.json", "/etc/letterbox/a-1.json"},
        {"/a b", "'/a b'"},
        {"it's", "'it'\\''s'"},
        {"-rf", "./'-rf'"},
        {"", "''"},
        {"$(x)", "'$(x)'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *quoted = file_quote_path(cases[i][0]);
        assert_string_equal(quoted, cases[i][1]);
        free(quoted);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_mode_that_is_too_wide_names_the_repair),
        TEST(test_a_link_is_not_followed),
        TEST(test_only_a_regular_file_is_read),
        TEST(test_a_strangers_file_is_not_trusted),
        TEST(test_a_missing_file_and_a_long_one_are_named),
        TEST(test_a_replaced_file_has_mode_content_and_stamp),
        TEST(test_a_failed_replacement_leaves_the_old_file_alone),
        TEST(test_a_temporary_file_is_told_by_its_name),
        TEST(test_all_above_a_path_is_synced_or_told),
        TEST(test_a_directory_is_made_with_all_above_it),
        cmocka_unit_test(test_a_path_is_quoted_for_a_shell_when_it_must_be),
    };
    return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
