/* settings/store: where settings live, who may read them, and that a save is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/mem.h"
#include "settings/shelf.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"

#define FILE_OF "config/mailboxes/support.json"

struct fixture {
    struct scratch scratch;
    struct store *store;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    scratch_make(&f->scratch);
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

static void type_secret(struct secret_ref *ref, const char *bytes)
{
    secret_ref_clear(ref);
    ref->place = SECRET_TYPED;
    ref->value = secret_new(bytes, strlen(bytes));
}

static struct mailbox *new_basic(const char *name, const char *password)
{
    struct mailbox *mailbox = mailbox_new(name);
    settings_set(&mailbox->settings, SET_AUTH_METHOD, "basic");
    settings_set(&mailbox->settings, SET_BASIC_USERNAME, "user");
    type_secret(&mailbox->settings.basic_password, password);
    return mailbox;
}

static void save(struct fixture *f, struct mailbox *mailbox)
{
    if (!store_save_mailbox(f->store, mailbox, &f->err))
        fail_msg("%s", f->err.text);
}

static void save_new(struct fixture *f, const char *name, const char *password)
{
    struct mailbox *mailbox = new_basic(name, password);
    save(f, mailbox);
    mailbox_free(&mailbox);
}

static void assert_password(struct fixture *f, const char *name, const char *expected)
{
    struct mailbox *mailbox = store_load_mailbox(f->store, name, &f->err);
    if (!mailbox)
        fail_msg("%s", f->err.text);
    struct secret *secret =
        store_read_secret(f->store, &mailbox->settings.basic_password, &f->err);
    if (!secret)
        fail_msg("%s", f->err.text);
    assert_string_equal(secret_bytes(secret), expected);
    secret_free(&secret);
    mailbox_free(&mailbox);
}

static mode_t mode_of(struct fixture *f, const char *name)
{
    struct stat st;
    assert_int_equal(stat(scratch_at(&f->scratch, name), &st), 0);
    return st.st_mode & 07777;
}

static void test_looking_creates_nothing(void **state)
{
    struct fixture *f = *state;
    char **names = store_mailbox_names(f->store, &f->err);
    assert_int_equal(argv_count(names), 0);
    assert_non_null(names);
    argv_free(&names);
    names = store_provider_names(f->store, &f->err);
    assert_non_null(names);
    argv_free(&names);
    assert_false(store_mailbox_exists(f->store, "support"));
    assert_false(err_is_set(&f->err));
    assert_null(store_load_mailbox(f->store, "support", &f->err));
    assert_int_equal(f->err.class, ERR_SETTING);
    assert_int_equal(scratch_count(&f->scratch, "."), 0);
}

static void test_a_saved_mailbox_has_its_secret_apart_and_nobody_reads_it(void **state)
{
    struct fixture *f = *state;
    umask(0);
    struct mailbox *mailbox = new_basic("support", "planted");
    save(f, mailbox);
    umask(022);
    assert_int_equal(mailbox->settings.basic_password.place, SECRET_STORED);
    assert_true(mailbox->stamp.exists);
    mailbox_free(&mailbox);
    char *text = scratch_read(&f->scratch, FILE_OF, NULL);
    assert_null(strstr(text, "planted"));
    free(text);
    assert_int_equal(mode_of(f, "config"), 0750);
    assert_int_equal(mode_of(f, "config/mailboxes"), 0750);
    assert_int_equal(mode_of(f, FILE_OF), 0640);
    assert_int_equal(mode_of(f, "config/secrets"), 0700);
    char **names = scratch_names(&f->scratch, "config/secrets");
    char *path = mem_format("config/secrets/%s", names[0]);
    assert_int_equal(strncmp(names[0], "support.password.", 17), 0);
    assert_int_equal(mode_of(f, path), 0600);
    free(path);
    argv_free(&names);
    assert_password(f, "support", "planted");
}

static void test_any_secret_comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    static const char *const secrets[] = {"a",  " a ", "a\n",    "a\r\n",
                                          "\n", "a\r", "ä\x01%s"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        char name[] = "m0";
        name[1] = (char)('0' + i);
        save_new(f, name, secrets[i]);
        assert_password(f, name, secrets[i]);
    }
}

static void test_a_stored_secret_may_be_edited_with_an_editor(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "old");
    char **names = scratch_names(&f->scratch, "config/secrets");
    char *path = mem_format("config/secrets/%s", names[0]);
    scratch_write(&f->scratch, path, "new\n", 4);
    assert_password(f, "support", "new");
    free(path);
    argv_free(&names);
}

static void test_the_old_secret_goes_and_that_of_others_stays(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "one");
    save_new(f, "support.sales", "two"); /* begins with the other's name */
    struct mailbox *mailbox = store_load_mailbox(f->store, "support", &f->err);
    type_secret(&mailbox->settings.basic_password, "three");
    save(f, mailbox);
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 2);
    assert_password(f, "support", "three");
    assert_password(f, "support.sales", "two");

    /* Kept as it is: the same file. */
    save(f, mailbox);
    assert_password(f, "support", "three");

    /* Not asked for any more. */
    settings_set(&mailbox->settings, SET_AUTH_METHOD, "oauth");
    save(f, mailbox);
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 1);
    assert_int_equal(mailbox->settings.basic_password.place, SECRET_UNSET);
    mailbox_free(&mailbox);
    assert_password(f, "support.sales", "two");
}

static void test_a_secret_that_a_copied_file_refers_to_stays(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "one");
    char *text = scratch_read(&f->scratch, FILE_OF, NULL);
    scratch_write(&f->scratch, "config/mailboxes/copy.json", text, strlen(text));
    chmod(scratch_at(&f->scratch, "config/mailboxes/copy.json"), 0640);
    free(text);
    struct mailbox *mailbox = store_load_mailbox(f->store, "support", &f->err);
    type_secret(&mailbox->settings.basic_password, "two");
    save(f, mailbox);
    assert_password(f, "copy", "one");
    assert_password(f, "support", "two");

    /* A file that cannot be read might refer to anything. */
    scratch_write(&f->scratch, "config/mailboxes/copy.json", "{", 1);
    type_secret(&mailbox->settings.basic_password, "three");
    save(f, mailbox);
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 3);
    assert_password(f, "support", "three");
    mailbox_free(&mailbox);
}

static void test_a_changed_file_is_not_overwritten(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "one");
    struct mailbox *first = store_load_mailbox(f->store, "support", &f->err);
    struct mailbox *second = store_load_mailbox(f->store, "support", &f->err);
    type_secret(&first->settings.basic_password, "two");
    save(f, first);
    type_secret(&second->settings.basic_password, "three");
    assert_false(store_save_mailbox(f->store, second, &f->err));
    assert_int_equal(f->err.class, ERR_WRITE);
    assert_non_null(strstr(f->err.text, "support.json"));
    assert_int_equal(second->settings.basic_password.place, SECRET_TYPED);
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 1);
    assert_password(f, "support", "two");

    /* So is a new one of a name that is taken meanwhile, and one that was removed. */
    struct mailbox *third = new_basic("support", "four");
    err_clear(&f->err);
    assert_false(store_save_mailbox(f->store, third, &f->err));
    unlink(scratch_at(&f->scratch, FILE_OF));
    err_clear(&f->err);
    assert_false(store_save_mailbox(f->store, first, &f->err));
    assert_non_null(strstr(f->err.text, "removed"));
    assert_false(store_mailbox_exists(f->store, "support"));
    mailbox_free(&first);
    mailbox_free(&second);
    mailbox_free(&third);
}

static void test_a_save_waits_for_the_lock_and_then_says_so(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "one");
    int held = open(scratch_at(&f->scratch, "config/.lock"), O_RDWR);
    assert_int_equal(flock(held, LOCK_EX), 0);
    struct mailbox *mailbox = store_load_mailbox(f->store, "support", &f->err);
    type_secret(&mailbox->settings.basic_password, "two");
    store_lock_wait_ms = 100;
    assert_false(store_save_mailbox(f->store, mailbox, &f->err));
    store_lock_wait_ms = 5000;
    assert_int_equal(f->err.class, ERR_WRITE);
    assert_non_null(strstr(f->err.text, "Another letterbox"));
    assert_password(f, "support", "one");
    close(held);
    err_clear(&f->err);
    save(f, mailbox);
    mailbox_free(&mailbox);
}

static void test_a_reference_to_nothing_is_not_saved(void **state)
{
    struct fixture *f = *state;
    struct mailbox *mailbox = new_basic("support", "one");
    secret_ref_clear(&mailbox->settings.basic_password);
    mailbox->settings.basic_password.place = SECRET_STORED;
    mailbox->settings.basic_password.name = mem_copy_text("support.password.gone");
    assert_false(store_save_mailbox(f->store, mailbox, &f->err));
    assert_string_equal(f->err.key, "basic.password");
    assert_false(store_mailbox_exists(f->store, "support"));
    mailbox_free(&mailbox);
}

static void test_a_name_cannot_leave_its_directory(void **state)
{
    struct fixture *f = *state;
    struct mailbox *mailbox = new_basic("../support", "one");
    assert_false(store_save_mailbox(f->store, mailbox, &f->err));
    assert_string_equal(f->err.key, "name");
    assert_int_equal(scratch_count(&f->scratch, "."), 0);
    mailbox_free(&mailbox);
    err_clear(&f->err);
    assert_null(store_load_mailbox(f->store, "../secrets/x", &f->err));
    assert_null(store_load_provider(f->store, "..", &f->err));
}

static void test_a_relative_secret_file_is_completed(void **state)
{
    struct fixture *f = *state;
    struct mailbox *mailbox = new_basic("support", "one");
    secret_ref_clear(&mailbox->settings.basic_password);
    mailbox->settings.basic_password.place = SECRET_FILE;
    mailbox->settings.basic_password.name = mem_copy_text("secret.txt");
    save(f, mailbox);
    assert_int_equal(mailbox->settings.basic_password.name[0], '/');
    assert_non_null(strstr(mailbox->settings.basic_password.name, "/secret.txt"));
    mailbox_free(&mailbox);
}

/* Loading FILE_OF fails with this in the sentence. */
static void assert_not_loaded(struct fixture *f, const char *said)
{
    err_clear(&f->err);
    assert_null(store_load_mailbox(f->store, "support", &f->err));
    assert_int_equal(f->err.class, ERR_DATA);
    assert_non_null(strstr(f->err.text, scratch_at(&f->scratch, FILE_OF)));
    if (!strstr(f->err.text, said))
        fail_msg("%s", f->err.text);
}

static void test_a_file_that_must_not_be_used_names_its_repair(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "one");
    char *path = mem_copy_text(scratch_at(&f->scratch, FILE_OF));
    char *repair = mem_format("chmod 640 %s", path);
    chmod(path, 0644);
    assert_not_loaded(f, repair);
    free(repair);
    chmod(path, 0640);

    scratch_write(&f->scratch, FILE_OF, "{\n \"version\": 1,", 16);
    repair = mem_format("mv %s %s.broken", path, path);
    assert_not_loaded(f, "line 2, column");
    assert_not_loaded(f, repair);
    free(repair);
    scratch_write(&f->scratch, FILE_OF, "{\"version\": 2}", 14);
    assert_not_loaded(f, "version 2");
    scratch_write(&f->scratch, FILE_OF, "{\"version\": 1, \"auth\": 1}", 25);
    assert_not_loaded(f, "auth");
    assert_string_equal(f->err.key, "auth.method");
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_not_loaded(f, "symbolic link");
    free(path);
}

static void test_a_secret_that_others_can_read_is_not_used(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "planted");
    char **names = scratch_names(&f->scratch, "config/secrets");
    char *path = mem_format("config/secrets/%s", names[0]);
    chmod(scratch_at(&f->scratch, path), 0644);
    struct mailbox *mailbox = store_load_mailbox(f->store, "support", &f->err);
    assert_null(store_read_secret(f->store, &mailbox->settings.basic_password, &f->err));
    assert_int_equal(f->err.class, ERR_DATA);
    char *repair = mem_format("chmod 600 %s", scratch_at(&f->scratch, path));
    assert_non_null(strstr(f->err.text, repair));
    free(repair);
    mailbox_free(&mailbox);
    free(path);
    argv_free(&names);
}

static void test_a_directory_that_others_can_change_is_not_used(void **state)
{
    struct fixture *f = *state;
    save_new(f, "support", "one");
    chmod(scratch_at(&f->scratch, "config/mailboxes"), 0770);
    assert_null(store_load_mailbox(f->store, "support", &f->err));
    assert_int_equal(f->err.class, ERR_DATA);
    assert_non_null(strstr(f->err.text, "chmod 750"));
    err_clear(&f->err);
    assert_null(store_mailbox_names(f->store, &f->err));
    assert_true(err_is_set(&f->err));
}

static void test_names_come_in_order_and_without_strangers(void **state)
{
    struct fixture *f = *state;
    save_new(f, "b", "1");
    save_new(f, "a.json", "2");
    save_new(f, "c", "3");
    scratch_write(&f->scratch, "config/mailboxes/README", "", 0);
    scratch_write(&f->scratch, "config/mailboxes/Upper.json", "", 0);
    scratch_write(&f->scratch, "config/mailboxes/b.json~", "", 0);
    scratch_write(&f->scratch, "config/mailboxes/.hidden.json", "", 0);
    char **names = store_mailbox_names(f->store, &f->err);
    assert_int_equal(argv_count(names), 3);
    assert_string_equal(names[0], "a.json");
    assert_string_equal(names[1], "b");
    assert_string_equal(names[2], "c");
    argv_free(&names);
}

static void test_a_user_without_rights_is_told_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    if (geteuid() != 0)
        skip();
    save_new(f, "support", "one");
    chmod(f->scratch.path, 0755);
    chmod(scratch_at(&f->scratch, "config"), 0755);
    chmod(scratch_at(&f->scratch, "config/mailboxes"), 0755);
    pid_t child = fork();
    if (child == 0) {
        struct err why = ERR_INIT;
        if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        if (store_load_mailbox(f->store, "support", &why) || why.class != ERR_REFUSED)
            _exit(2);
        err_clear(&why);
        struct mailbox *mailbox = new_basic("other", "two");
        if (store_save_mailbox(f->store, mailbox, &why) || why.class != ERR_WRITE)
            _exit(3);
        _exit(strstr(why.text, "no right to") ? 0 : 4);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(scratch_count(&f->scratch, "config/mailboxes"), 1);
    assert_password(f, "support", "one");
}

static void test_directories_come_from_the_environment(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    setenv("LETTERBOX_CONFIG_DIR", "/some/config", 1);
    setenv("LETTERBOX_STATE_DIR", "/some/state", 1);
    struct store *store = store_open(NULL, NULL, &err);
    assert_string_equal(store_config_dir(store), "/some/config");
    assert_string_equal(store_state_dir(store), "/some/state");
    store_close(&store);
    store = store_open("/given", NULL, &err);
    assert_string_equal(store_config_dir(store), "/given");
    store_close(&store);
    assert_null(store);
    unsetenv("LETTERBOX_CONFIG_DIR");
    unsetenv("LETTERBOX_STATE_DIR");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_looking_creates_nothing),
        TEST(test_a_saved_mailbox_has_its_secret_apart_and_nobody_reads_it),
        TEST(test_any_secret_comes_back_as_it_was),
        TEST(test_a_stored_secret_may_be_edited_with_an_editor),
        TEST(test_the_old_secret_goes_and_that_of_others_stays),
        TEST(test_a_secret_that_a_copied_file_refers_to_stays),
        TEST(test_a_changed_file_is_not_overwritten),
        TEST(test_a_save_waits_for_the_lock_and_then_says_so),
        TEST(test_a_reference_to_nothing_is_not_saved),
        TEST(test_a_name_cannot_leave_its_directory),
        TEST(test_a_relative_secret_file_is_completed),
        TEST(test_a_file_that_must_not_be_used_names_its_repair),
        TEST(test_a_secret_that_others_can_read_is_not_used),
        TEST(test_a_directory_that_others_can_change_is_not_used),
        TEST(test_names_come_in_order_and_without_strangers),
        TEST(test_a_user_without_rights_is_told_and_nothing_changes),
        cmocka_unit_test(test_directories_come_from_the_environment),
    };
    return cmocka_run_group_tests_name("settings/store", tests, NULL, NULL);
}
