/* settings/credentials: stored secrets as systemd hands them to a service. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/secret.h"
#include "settings/credentials.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"

/* As the unit names them. */
#define DIRECTORY "letterbox-ingest.service"
#define NAME      "support.client_secret.0123456789abcdef"
#define COPY      DIRECTORY "/secrets_" NAME

struct fixture {
    struct scratch scratch;
    struct store *store;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    scratch_make(&f->scratch);
    mkdir(scratch_at(&f->scratch, DIRECTORY), 0500 | S_IWUSR);
    setenv("CREDENTIALS_DIRECTORY", scratch_at(&f->scratch, DIRECTORY), 1);
    f->store = store_open(scratch_at(&f->scratch, "config"),
                          scratch_at(&f->scratch, "state"), NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    unsetenv("CREDENTIALS_DIRECTORY");
    store_close(&f->store);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *path, mode_t mode, const char *text)
{
    scratch_write(&f->scratch, path, text, strlen(text));
    assert_int_equal(chmod(scratch_at(&f->scratch, path), mode), 0);
}

static struct secret *read_stored(struct fixture *f)
{
    struct secret_ref ref = {.place = SECRET_STORED, .name = mem_copy_text(NAME)};
    struct secret *secret = store_read_secret(f->store, &ref, &f->err);

    secret_ref_clear(&ref);
    return secret;
}

static void assert_reads(struct fixture *f, const char *expected)
{
    struct secret *secret = read_stored(f);

    if (!secret)
        fail_msg("%s", f->err.text);
    assert_string_equal(secret_bytes(secret), expected);
    assert_false(err_is_set(&f->err));
    secret_free(&secret);
}

static void put_in_config(struct fixture *f, const char *text)
{
    mkdir(scratch_at(&f->scratch, "config"), 0750);
    mkdir(scratch_at(&f->scratch, "config/secrets"), 0700);
    put(f, "config/secrets/" NAME, 0600, text);
}

static void test_a_credential_comes_before_the_file(void **state)
{
    struct fixture *f = *state;

    put_in_config(f, "of the file");
    put(f, COPY, 0400, "of the service\n");
    assert_reads(f, "of the service");
}

/* With an access list the list's mask stands where the group's right would. */
static void test_the_mask_of_an_access_list_is_no_fault(void **state)
{
    struct fixture *f = *state;

    put(f, COPY, 0440, "of the service");
    assert_reads(f, "of the service");
}

static void test_one_that_others_can_read_is_refused(void **state)
{
    struct fixture *f = *state;

    put_in_config(f, "of the file");
    put(f, COPY, 0444, "of the service");
    assert_null(read_stored(f));
    assert_int_equal(f->err.class, ERR_DATA);
    assert_non_null(strstr(f->err.text, COPY));
}

static void test_a_directory_that_others_can_enter_is_refused(void **state)
{
    struct fixture *f = *state;

    put(f, COPY, 0400, "of the service");
    chmod(scratch_at(&f->scratch, DIRECTORY), 0755);
    assert_null(read_stored(f));
    assert_int_equal(f->err.class, ERR_DATA);
}

static void test_a_link_is_not_followed(void **state)
{
    struct fixture *f = *state;

    put(f, "elsewhere", 0400, "planted");
    assert_int_equal(
        symlink(scratch_at(&f->scratch, "elsewhere"), scratch_at(&f->scratch, COPY)), 0);
    assert_null(read_stored(f));
    assert_int_equal(f->err.class, ERR_DATA);
}

static void test_without_a_copy_the_file_is_read(void **state)
{
    struct fixture *f = *state;

    put_in_config(f, "of the file");
    assert_reads(f, "of the file");
    setenv("CREDENTIALS_DIRECTORY", "relative", 1);
    assert_reads(f, "of the file");
    setenv("CREDENTIALS_DIRECTORY", "/nonexistent/letterbox-ingest.service", 1);
    assert_reads(f, "of the file");
}

/* What a service's user sees: root's directory, which it may not enter. */
static void test_a_secret_saved_later_names_the_restart(void **state)
{
    struct fixture *f = *state;

    credentials_explain_missing(NAME, &f->err);
    assert_int_equal(f->err.class, ERR_SETTING);
    assert_non_null(strstr(f->err.text, NAME));
    assert_non_null(strstr(f->err.text, "systemctl restart letterbox-ingest.service"));
}

/* Nor is it systemd's to restart. */
static void test_another_supervisors_directory_is_no_unit(void **state)
{
    struct fixture *f = *state;

    setenv("CREDENTIALS_DIRECTORY", "/run/letterbox/", 1);
    credentials_explain_missing(NAME, &f->err);
    assert_int_equal(f->err.class, ERR_SETTING);
    assert_non_null(strstr(f->err.text, "in /run/letterbox/. Put a copy there, named "
                                        "secrets_" NAME ","));
    assert_null(strstr(f->err.text, "systemctl"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_a_credential_comes_before_the_file),
        CASE(test_the_mask_of_an_access_list_is_no_fault),
        CASE(test_one_that_others_can_read_is_refused),
        CASE(test_a_directory_that_others_can_enter_is_refused),
        CASE(test_a_link_is_not_followed),
        CASE(test_without_a_copy_the_file_is_read),
        CASE(test_a_secret_saved_later_names_the_restart),
        CASE(test_another_supervisors_directory_is_no_unit),
    };
#undef CASE

    return cmocka_run_group_tests(tests, NULL, NULL);
}
