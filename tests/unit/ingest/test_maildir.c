#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/mem.h"
#include "ingest/deliver/deliver.h"
#include "support/scratch/scratch.h"

struct fixture {
    struct scratch scratch;
    struct settings settings;
    struct deliver_target target;
    struct deliver_envelope envelope;
};

static int setup(void **state)
{
    struct fixture *fixture = mem_new(1, sizeof *fixture);

    scratch_make(&fixture->scratch);
    settings_init(&fixture->settings);
    fixture->target.settings = &fixture->settings;
    settings_set(&fixture->settings, SET_INGEST_TARGET,
                 scratch_at(&fixture->scratch, "mail"));
    settings_set(&fixture->settings, SET_SERVER_HOST, "imap.example.com");
    settings_set(&fixture->settings, SET_MAILBOX_USER, "support@example.com");
    fixture->envelope = (struct deliver_envelope){.mailbox = "support",
                                                  .user = "support@example.com",
                                                  .folder = "INBOX",
                                                  .numbering = 1700000000,
                                                  .uid = 12,
                                                  .message_id = "<a@example.com>",
                                                  .size = 5};
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

static void prepare(struct fixture *fixture)
{
    struct err err = ERR_INIT;

    deliver_maildir.prepare(&fixture->target, &err);
    assert_string_equal(err.text, "");
}

static enum deliver_status deliver(struct fixture *fixture, const char *bytes,
                                   size_t length, bool complete)
{
    struct err err = ERR_INIT;
    struct delivery *delivery =
        deliver_maildir.begin(&fixture->target, &fixture->envelope, NULL, &err);
    enum deliver_status status;

    assert_string_equal(err.text, "");
    assert_non_null(delivery);
    assert_true(deliver_maildir.feed(delivery, bytes, length));
    status = deliver_maildir.finish(&delivery, complete, &err);
    assert_null(delivery);
    return status;
}

static bool has(const struct fixture *fixture)
{
    bool found;

    assert_true(deliver_maildir.has(&fixture->target, &fixture->envelope,
                                    &fixture->envelope.uid, 1, &found, NULL));
    return found;
}

/* "Not found" would be delivered again. */
static void test_where_nobody_can_look_nothing_is_taken_for_absent(void **state)
{
    static const char *const folders[] = {"mail/new", "mail/cur"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        struct err err = ERR_INIT;
        bool found;

        prepare(fixture);
        assert_int_equal(rmdir(scratch_at(&fixture->scratch, folders[i])), 0);
        assert_false(deliver_maildir.has(&fixture->target, &fixture->envelope,
                                         &fixture->envelope.uid, 1, &found, &err));
        assert_int_equal(err.class, ERR_WRITE);
        assert_string_equal(err.key, "ingest.target");
    }
}

/* "mail/FOLDER/NAME" of the first file there; the caller's. */
static char *first_in(const struct fixture *fixture, const char *folder)
{
    char *directory = mem_format("mail/%s", folder);
    char **names = scratch_names(&fixture->scratch, directory);
    char *path;

    assert_non_null(names[0]);
    path = mem_format("%s/%s", directory, names[0]);
    argv_free(&names);
    free(directory);
    return path;
}

static void test_a_message_arrives_byte_for_byte(void **state)
{
    static const char bytes[] = "From: a\r\n\r\n8-bit \xff, NUL \0, bare \r and \n.\r\n";
    struct fixture *fixture = *state;
    size_t length;
    char *path, *content;

    prepare(fixture);
    assert_int_equal(deliver(fixture, bytes, sizeof bytes - 1, true), DELIVER_DONE);
    path = first_in(fixture, "new");
    content = scratch_read(&fixture->scratch, path, &length);
    assert_int_equal(length, sizeof bytes - 1);
    assert_memory_equal(content, bytes, length);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 0);
    free(content);
    free(path);
}

static void test_the_maildir_is_made_under_a_directory_that_is_there(void **state)
{
    struct fixture *fixture = *state;
    struct stat st;

    prepare(fixture);
    prepare(fixture);
    for (const char *const *name =
             (const char *const[]){"mail/tmp", "mail/new", "mail/cur", NULL};
         *name; name++) {
        assert_int_equal(stat(scratch_at(&fixture->scratch, *name), &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_int_equal(st.st_mode & 0777, 0700);
    }
}

static void expect_refused_target(struct fixture *fixture, const char *target,
                                  const char *words)
{
    struct err err = ERR_INIT;

    settings_set(&fixture->settings, SET_INGEST_TARGET, target);
    assert_false(deliver_maildir.prepare(&fixture->target, &err));
    assert_int_equal(err.class, ERR_SETTING);
    assert_string_equal(err.key, "ingest.target");
    assert_non_null(strstr(err.text, words));
}

static void test_a_target_that_cannot_be_is_named_before_any_message(void **state)
{
    struct fixture *fixture = *state;

    scratch_write(&fixture->scratch, "file", "x", 1);
    expect_refused_target(fixture, "mail/support", "");
    expect_refused_target(fixture, "", "");
    expect_refused_target(fixture, scratch_at(&fixture->scratch, "absent/mail"),
                          "is not there: make it");
    expect_refused_target(fixture, scratch_at(&fixture->scratch, "file"), "no Maildir");
}

static void test_nothing_stays_of_a_message_that_broke_off(void **state)
{
    struct fixture *fixture = *state;

    prepare(fixture);
    assert_int_equal(deliver(fixture, "half", 4, false), DELIVER_DOWN);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 0);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/new"), 0);
    assert_false(has(fixture));
}

static void test_what_a_crash_left_in_tmp_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    char *path, *content, *left;

    prepare(fixture);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    path = first_in(fixture, "new");
    left = mem_format("mail/tmp/%s", strrchr(path, '/') + 1);
    assert_int_equal(
        rename(scratch_at(&fixture->scratch, path), scratch_at(&fixture->scratch, left)),
        0);
    scratch_write(&fixture->scratch, left, "what a crash left, and longer", 29);
    assert_false(has(fixture));
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    content = scratch_read(&fixture->scratch, path, NULL);
    assert_string_equal(content, "whole");
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 0);
    free(content);
    free(left);
    free(path);
}

static void test_another_program_s_file_in_tmp_stays(void **state)
{
    struct fixture *fixture = *state;

    prepare(fixture);
    scratch_write(&fixture->scratch, "mail/tmp/1.other.host", "x", 1);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 1);
}

static void test_a_link_in_tmp_is_not_written_through(void **state)
{
    struct fixture *fixture = *state;
    char *path, *left, *content;

    prepare(fixture);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    path = first_in(fixture, "new");
    left = mem_format("mail/tmp/%s", strrchr(path, '/') + 1);
    scratch_write(&fixture->scratch, "victim", "precious", 8);
    assert_int_equal(symlink(scratch_at(&fixture->scratch, "victim"),
                             scratch_at(&fixture->scratch, left)),
                     0);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    content = scratch_read(&fixture->scratch, "victim", NULL);
    assert_string_equal(content, "precious");
    free(content);
    free(left);
    free(path);
}

static void test_a_delivered_message_is_found_in_new_and_in_cur(void **state)
{
    static const char *const suffixes[] = {":2,", ":2,S", ":2,FRS"};
    struct fixture *fixture = *state;
    char *path;

    prepare(fixture);
    assert_false(has(fixture));
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    assert_true(has(fixture));
    path = first_in(fixture, "new");
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char *read = mem_format("mail/cur/%s%s", strrchr(path, '/') + 1, suffixes[i]);

        assert_int_equal(rename(scratch_at(&fixture->scratch, path),
                                scratch_at(&fixture->scratch, read)),
                         0);
        assert_true(has(fixture));
        free(path);
        path = read;
    }
    free(path);
}

static void test_every_part_of_the_identity_makes_another_name(void **state)
{
    struct fixture *fixture = *state;
    struct deliver_envelope plain = fixture->envelope;

    prepare(fixture);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    fixture->envelope.uid = 13;
    assert_false(has(fixture));
    fixture->envelope = plain;
    fixture->envelope.numbering++;
    assert_false(has(fixture));
    fixture->envelope = plain;
    fixture->envelope.folder = "Bugs";
    assert_false(has(fixture));
    fixture->envelope = plain;
    fixture->envelope.mailbox = "sales";
    assert_false(has(fixture));
    fixture->envelope = plain;
    settings_set(&fixture->settings, SET_SERVER_HOST, "imap.example.org");
    assert_false(has(fixture));
    settings_set(&fixture->settings, SET_SERVER_HOST, "imap.example.com");
    settings_set(&fixture->settings, SET_MAILBOX_USER, "sales@example.com");
    assert_false(has(fixture));
    settings_set(&fixture->settings, SET_MAILBOX_USER, "support@example.com");
    assert_true(has(fixture));
}

static void test_delivering_again_does_not_make_two(void **state)
{
    struct fixture *fixture = *state;

    prepare(fixture);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/new"), 1);
}

static void test_a_message_takes_the_group_rights_of_the_maildir(void **state)
{
    struct fixture *fixture = *state;
    struct stat st;
    char *path;

    prepare(fixture);
    assert_int_equal(chmod(scratch_at(&fixture->scratch, "mail/tmp"), 0770), 0);
    assert_int_equal(deliver(fixture, "whole", 5, true), DELIVER_DONE);
    path = first_in(fixture, "new");
    assert_int_equal(stat(scratch_at(&fixture->scratch, path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    free(path);
}

/* A message in the group under this UID. */
static void hold(struct fixture *fixture, uint32_t uid, struct deliver_group **group)
{
    struct err err = ERR_INIT;
    struct delivery *delivery;

    fixture->envelope.uid = uid;
    delivery = deliver_maildir.begin(&fixture->target, &fixture->envelope, NULL, &err);
    assert_non_null(delivery);
    assert_true(deliver_maildir.feed(delivery, "whole", 5));
    assert_true(deliver_maildir.hold(&delivery, group, &err));
    assert_null(delivery);
}

static void test_a_group_is_there_at_once_and_not_before(void **state)
{
    static const uint32_t asked[] = {1, 2, 3, 4, 5, 6};
    static const bool expected[] = {false, true, true, true, false, false};
    struct fixture *fixture = *state;
    struct deliver_group *group = NULL;
    bool found[6];
    size_t done;

    prepare(fixture);
    for (uint32_t uid = 2; uid <= 4; uid++)
        hold(fixture, uid, &group);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/new"), 0);
    assert_true(deliver_maildir.commit(&group, true, &done, NULL));
    assert_null(group);
    assert_int_equal(done, 3);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/new"), 3);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 0);
    assert_true(
        deliver_maildir.has(&fixture->target, &fixture->envelope, asked, 6, found, NULL));
    assert_memory_equal(found, expected, sizeof expected);
}

static void test_nothing_stays_of_a_group_that_nobody_wants(void **state)
{
    struct fixture *fixture = *state;
    struct deliver_group *group = NULL;

    prepare(fixture);
    hold(fixture, 1, &group);
    hold(fixture, 2, &group);
    assert_true(deliver_maildir.commit(&group, false, NULL, NULL));
    assert_int_equal(scratch_count(&fixture->scratch, "mail/new"), 0);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 0);
    assert_true(deliver_maildir.commit(&group, true, NULL, NULL));
}

/* The second cannot be renamed: a directory stands where it belongs. */
static void test_a_group_that_fails_in_the_middle_tells_how_many_are_there(void **state)
{
    struct fixture *fixture = *state;
    struct deliver_group *group = NULL;
    struct err err = ERR_INIT;
    size_t done;
    char **names, *path;

    prepare(fixture);
    hold(fixture, 2, &group);
    names = scratch_names(&fixture->scratch, "mail/tmp");
    path = mem_format("mail/new/%s", names[0]);
    assert_int_equal(mkdir(scratch_at(&fixture->scratch, path), 0700), 0);
    free(path);
    argv_free(&names);
    assert_true(deliver_maildir.commit(&group, false, NULL, NULL));
    for (uint32_t uid = 1; uid <= 3; uid++)
        hold(fixture, uid, &group);
    assert_false(deliver_maildir.commit(&group, true, &done, &err));
    assert_int_equal(done, 1);
    assert_int_equal(err.class, ERR_WRITE);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 0);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/new"), 2);
}

/* /dev/full in the place of the file: every write fails as on a full disk. */
static void test_a_full_disk_is_the_destination_s_trouble(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    struct delivery *delivery;
    int full, file;

    prepare(fixture);
    file = dup(STDIN_FILENO); /* the number that the delivery's file gets */
    assert_true(file >= 0);
    close(file);
    delivery = deliver_maildir.begin(&fixture->target, &fixture->envelope, NULL, &err);
    assert_non_null(delivery);
    full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(dup2(full, file + 1), file + 1); /* after tmp */
    close(full);
    assert_false(deliver_maildir.feed(delivery, "whole", 5));
    assert_int_equal(deliver_maildir.finish(&delivery, true, &err), DELIVER_DOWN);
    assert_int_equal(err.class, ERR_WRITE);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/tmp"), 0);
    assert_int_equal(scratch_count(&fixture->scratch, "mail/new"), 0);
}

static void test_a_maildir_that_went_away_is_the_destination_s_trouble(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;

    assert_null(deliver_maildir.begin(&fixture->target, &fixture->envelope, NULL, &err));
    assert_int_equal(err.class, ERR_WRITE);
}

static void test_destinations_are_found_by_their_id(void **state)
{
    (void)state;
    assert_ptr_equal(deliver_find("maildir"), &deliver_maildir);
    assert_ptr_equal(deliver_find("command"), &deliver_command);
    assert_null(deliver_find("pigeon"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_where_nobody_can_look_nothing_is_taken_for_absent),
        TEST(test_a_message_arrives_byte_for_byte),
        TEST(test_the_maildir_is_made_under_a_directory_that_is_there),
        TEST(test_a_target_that_cannot_be_is_named_before_any_message),
        TEST(test_nothing_stays_of_a_message_that_broke_off),
        TEST(test_what_a_crash_left_in_tmp_is_replaced),
        TEST(test_another_program_s_file_in_tmp_stays),
        TEST(test_a_link_in_tmp_is_not_written_through),
        TEST(test_a_delivered_message_is_found_in_new_and_in_cur),
        TEST(test_every_part_of_the_identity_makes_another_name),
        TEST(test_delivering_again_does_not_make_two),
        TEST(test_a_message_takes_the_group_rights_of_the_maildir),
        TEST(test_a_group_is_there_at_once_and_not_before),
        TEST(test_nothing_stays_of_a_group_that_nobody_wants),
        TEST(test_a_group_that_fails_in_the_middle_tells_how_many_are_there),
        TEST(test_a_full_disk_is_the_destination_s_trouble),
        TEST(test_a_maildir_that_went_away_is_the_destination_s_trouble),
        cmocka_unit_test(test_destinations_are_found_by_their_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
