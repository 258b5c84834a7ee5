/*
 * A save that is stopped: at each of its system calls in turn, by a failure or by death;
 * at moments of chance; and by another save.
 *
 * Every mailbox here carries a number twice, in its Scope and in its Client secret.  As
 * long as both are the same, no save was ever seen half done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file_calls.h"
#include "base/mem.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"

struct fixture {
    struct scratch scratch;
    struct store *store;
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
    file_calls_use(NULL);
    store_close(&f->store);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void number(struct mailbox *mailbox, int generation)
{
    struct secret_ref *ref = &mailbox->settings.client_secret;
    char text[32];
    int length = snprintf(text, sizeof text, "%d", generation);
    settings_set(&mailbox->settings, SET_OAUTH_SCOPE, text);
    secret_ref_clear(ref);
    ref->place = SECRET_TYPED;
    ref->value = secret_new(text, (size_t)length);
}

/* The mailbox, or a new one, with this number; NULL when it cannot be loaded. */
static struct mailbox *prepare(struct store *store, int generation)
{
    struct mailbox *mailbox = store_mailbox_exists(store, "support")
                                  ? store_load_mailbox(store, "support", NULL)
                                  : mailbox_new("support");
    if (!mailbox)
        return NULL;
    settings_set(&mailbox->settings, SET_AUTH_METHOD, "oauth");
    settings_set(&mailbox->settings, SET_OAUTH_SOURCE, "custom");
    number(mailbox, generation);
    return mailbox;
}

static bool save(struct store *store, int generation, struct err *err)
{
    struct mailbox *mailbox = prepare(store, generation);
    bool saved = mailbox && store_save_mailbox(store, mailbox, err);
    mailbox_free(&mailbox);
    return saved;
}

/* The number that is saved: the same in both places.  -1 when there is no mailbox. */
static int saved_number(struct fixture *f)
{
    struct err err = ERR_INIT;
    if (!store_mailbox_exists(f->store, "support"))
        return -1;
    struct mailbox *mailbox = store_load_mailbox(f->store, "support", &err);
    if (!mailbox)
        fail_msg("%s", err.text);
    struct secret *secret =
        store_read_secret(f->store, &mailbox->settings.client_secret, &err);
    if (!secret)
        fail_msg("%s", err.text);
    assert_string_equal(secret_bytes(secret),
                        settings_text(&mailbox->settings, SET_OAUTH_SCOPE));
    int found = settings_number(&mailbox->settings, SET_OAUTH_SCOPE, -2);
    secret_free(&secret);
    mailbox_free(&mailbox);
    return found;
}

/* Calls are counted; the one with the number `stop_at` fails, or all from it on, or it is
 * the last thing that the process does. */
enum stop { STOP_ONCE, STOP_FROM_HERE, STOP_DEAD };

static int calls_made, stop_at, stop_error;
static enum stop stop_how;

static bool stopped(void)
{
    int now = calls_made++;
    if (now < stop_at || (stop_how == STOP_ONCE && now > stop_at))
        return false;
    if (stop_how == STOP_DEAD)
        kill(getpid(), SIGKILL);
    errno = stop_error;
    return true;
}

static int stop_create(int dir, const char *name, int flags, mode_t mode)
{
    return stopped() ? -1 : file_calls_system.create(dir, name, flags, mode);
}

/* In pieces, so that a file can be half there. */
static ssize_t stop_write(int fd, const void *bytes, size_t length)
{
    return stopped() ? -1 : file_calls_system.write(fd, bytes, length > 40 ? 40 : length);
}

static int stop_mode(int fd, mode_t mode)
{
    return stopped() ? -1 : file_calls_system.set_mode(fd, mode);
}

static int stop_owner(int fd, uid_t owner, gid_t group)
{
    return stopped() ? -1 : file_calls_system.set_owner(fd, owner, group);
}

static int stop_sync(int fd)
{
    return stopped() ? -1 : file_calls_system.sync(fd);
}

static int stop_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    return stopped() ? -1 : file_calls_system.rename(from_dir, from, to_dir, to);
}

static int stop_unlink(int dir, const char *name, int flags)
{
    return stopped() ? -1 : file_calls_system.unlink(dir, name, flags);
}

static int stop_make_directory(int dir, const char *name, mode_t mode)
{
    return stopped() ? -1 : file_calls_system.make_directory(dir, name, mode);
}

static const struct file_calls stopping = {
    .create = stop_create,
    .write = stop_write,
    .set_mode = stop_mode,
    .set_owner = stop_owner,
    .sync = stop_sync,
    .rename = stop_rename,
    .unlink = stop_unlink,
    .make_directory = stop_make_directory,
};

static void stop(int at, enum stop how, int error)
{
    calls_made = 0;
    stop_at = at;
    stop_how = how;
    stop_error = error;
    file_calls_use(&stopping);
}

static void assert_nothing_left_over(struct fixture *f)
{
    assert_int_equal(scratch_count(&f->scratch, "config/secrets"), 1);
    assert_int_equal(scratch_count(&f->scratch, "config/mailboxes"), 1);
}

/* Every call of a save fails once, and what was there before stands or the new does. */
static void fail_each_call(struct fixture *f, int generation, int error)
{
    for (int at = 0;; at++) {
        struct err err = ERR_INIT;
        int before = saved_number(f);
        size_t secrets = scratch_count(&f->scratch, "config/secrets");
        stop(at, STOP_ONCE, error);
        bool saved = save(f->store, generation, &err);
        bool reached = calls_made > at;
        file_calls_use(NULL);
        assert_int_equal(saved_number(f), saved ? generation : before);
        assert_int_equal(saved, !err_is_set(&err));
        if (!saved) {
            assert_int_equal(err.class, ERR_WRITE);
            assert_non_null(strstr(err.text, f->scratch.path));
            assert_int_equal(scratch_count(&f->scratch, "config/secrets"), secrets);
        }
        if (!reached)
            break;
        generation++;
    }
}

static void test_each_step_may_fail_on_the_first_save(void **state)
{
    struct fixture *f = *state;
    fail_each_call(f, 1, ENOSPC);
    assert_true(calls_made > 15); /* two files, three directories */
    assert_nothing_left_over(f);
}

static void test_each_step_may_fail_on_a_later_save(void **state)
{
    struct fixture *f = *state;
    assert_true(save(f->store, 0, NULL));
    fail_each_call(f, 1, EIO);
    assert_true(save(f->store, 1000, NULL));
    assert_nothing_left_over(f);
}

/* The disk stays full: even the cleaning up fails, and still nothing is torn. */
static void test_a_disk_that_stays_full_tears_nothing(void **state)
{
    struct fixture *f = *state;
    assert_true(save(f->store, 0, NULL));
    for (int at = 0, generation = 1;; at++, generation++) {
        int before = saved_number(f);
        stop(at, STOP_FROM_HERE, EROFS);
        bool saved = save(f->store, generation, NULL);
        bool reached = calls_made > at;
        file_calls_use(NULL);
        assert_int_equal(saved_number(f), saved ? generation : before);
        if (!reached)
            break;
    }
    assert_true(save(f->store, 1000, NULL));
    assert_nothing_left_over(f);
}

/* Runs a save in a child that dies at call `at`; false when it came to its end. */
static bool die_at(struct fixture *f, int at, int generation)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        stop(at, STOP_DEAD, 0);
        _exit(save(f->store, generation, NULL) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

static void test_death_at_each_step_leaves_the_old_or_the_new(void **state)
{
    struct fixture *f = *state;
    int last = -1, at;
    for (at = 0; die_at(f, at, at); at++) {
        int now = saved_number(f);
        assert_true(now == last || now == at);
        last = now;
    }
    assert_true(at > 15);
    assert_int_equal(saved_number(f), at);
    assert_nothing_left_over(f); /* of all those deaths */
}

/* Saves in a loop until it is killed, a byte into the pipe for each. */
static void save_for_ever(struct fixture *f, int begin, int pipe_end)
{
    for (int generation = begin;; generation++)
        if (!save(f->store, generation, NULL) || write(pipe_end, "", 1) != 1)
            _exit(1);
}

static void test_death_at_any_moment_leaves_a_whole_mailbox(void **state)
{
    struct fixture *f = *state;
    unsigned seed = 20261123;
    int last = 0;
    assert_true(save(f->store, 0, NULL));
    for (int round = 0; round < 60; round++) {
        int ends[2], status;
        char byte;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            save_for_ever(f, last + 1, ends[1]);
        close(ends[1]);
        for (int saves = rand_r(&seed) % 3; saves >= 0; saves--)
            assert_int_equal(read(ends[0], &byte, 1), 1);
        struct timespec chance = {.tv_nsec = rand_r(&seed) % 2000000};
        nanosleep(&chance, NULL); /* the moment itself is what is tried */
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        close(ends[0]);
        int now = saved_number(f);
        assert_true(now > last);
        last = now;
    }
    assert_true(save(f->store, last + 1, NULL));
    assert_nothing_left_over(f);
}

/* Counts up by one, again and again; returns through the pipe how often it was let. */
static void count_up(struct fixture *f, int pipe_end)
{
    int saved = 0;
    for (int i = 0; i < 40; i++) {
        struct mailbox *mailbox = store_load_mailbox(f->store, "support", NULL);
        if (!mailbox)
            _exit(1);
        number(mailbox, settings_number(&mailbox->settings, SET_OAUTH_SCOPE, -1) + 1);
        saved += store_save_mailbox(f->store, mailbox, NULL);
        mailbox_free(&mailbox);
    }
    _exit(write(pipe_end, &saved, sizeof saved) == sizeof saved ? 0 : 1);
}

static void test_of_two_saves_at_once_none_is_lost(void **state)
{
    struct fixture *f = *state;
    enum { WRITERS = 3 };
    int ends[2], total = 0;
    assert_true(save(f->store, 0, NULL));
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0)
            count_up(f, ends[1]);
    for (int i = 0; i < WRITERS; i++) {
        int status, saved = 0;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(ends[0], &saved, sizeof saved), sizeof saved);
        assert_true(saved > 0);
        total += saved;
    }
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(saved_number(f), total);
    assert_nothing_left_over(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_step_may_fail_on_the_first_save),
        TEST(test_each_step_may_fail_on_a_later_save),
        TEST(test_a_disk_that_stays_full_tears_nothing),
        TEST(test_death_at_each_step_leaves_the_old_or_the_new),
        TEST(test_death_at_any_moment_leaves_a_whole_mailbox),
        TEST(test_of_two_saves_at_once_none_is_lost),
    };
    return cmocka_run_group_tests_name("settings/save stopped", tests, NULL, NULL);
}
