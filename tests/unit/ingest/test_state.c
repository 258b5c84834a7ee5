/* The status file and the lock that says whether it is the present. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "advice/advice.h"
#include "base/mem.h"
#include "ingest/state.h"
#include "support/scratch/scratch.h"

struct room {
    struct scratch scratch;
    int directory;
};

static int enter(void **state)
{
    struct room *room = mem_new(1, sizeof *room);

    scratch_make(&room->scratch);
    room->directory = open(room->scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = room;
    return 0;
}

static int leave(void **state)
{
    struct room *room = *state;

    close(room->directory);
    scratch_remove(&room->scratch);
    free(room);
    return 0;
}

/* 2026-11-23T20:35:00Z */
#define THEN ((time_t)1795466100)

static const struct state parked = {
    .phase = STATE_PARKED,
    .pid = 4711,
    .started = THEN,
    .since = THEN + 1,
    .next_try = THEN + 900,
    .trouble = {.code = "imap.login_refused",
                .class = "fix_setting",
                .stage = "imap.authenticate",
                .field = "basic.password",
                .title = "The password is wrong",
                .fix = "Enter \"it\" again.",
                .at = THEN + 1},
    .delivered = 4000000000,
    .repeated = 2,
    .refused = 3,
    .deferred = 4,
    .waiting_messages = 5,
    .updated = THEN + 2,
};

static void test_a_state_is_read_as_it_was_written(void **state)
{
    char *text = state_format(&parked);
    struct state again;

    (void)state;
    assert_non_null(strstr(text, "\"version\": 1"));
    assert_non_null(strstr(text, "\"state\": \"parked\""));
    assert_non_null(strstr(text, "\"next_try\": \"2026-11-23T20:50:00Z\""));
    assert_non_null(strstr(text, "\"last_success\": null"));
    assert_true(state_parse(text, strlen(text), &again, NULL));
    assert_int_equal(again.phase, STATE_PARKED);
    assert_int_equal(again.pid, 4711);
    assert_int_equal(again.started, THEN);
    assert_int_equal(again.since, THEN + 1);
    assert_int_equal(again.last_success, 0);
    assert_int_equal(again.next_try, THEN + 900);
    assert_int_equal(again.updated, THEN + 2);
    assert_int_equal(again.delivered, 4000000000);
    assert_int_equal(again.repeated, 2);
    assert_int_equal(again.refused, 3);
    assert_int_equal(again.deferred, 4);
    assert_int_equal(again.waiting_messages, 5);
    assert_memory_equal(&again.trouble, &parked.trouble, sizeof again.trouble);
    free(text);
}

static void test_without_trouble_there_is_no_error(void **state)
{
    const struct state serving = {.phase = STATE_SERVING};
    char *text = state_format(&serving);
    struct state again;

    (void)state;
    assert_non_null(strstr(text, "\"error\": null"));
    assert_true(state_parse(text, strlen(text), &again, NULL));
    assert_string_equal(again.trouble.title, "");
    free(text);
}

static void test_what_is_no_status_is_told(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{",
        "{\"version\": 2, \"state\": \"serving\"}",
        "{\"version\": 1, \"state\": \"dancing\"}",
        "{\"version\": 1, \"state\": \"never\"}",
        "{\"version\": 1}",
    };
    struct state read;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct err err = ERR_INIT;

        assert_false(state_parse(texts[i], strlen(texts[i]), &read, &err));
        assert_int_equal(err.class, ERR_DATA);
    }
}

static void test_members_of_another_kind_are_as_if_they_were_missing(void **state)
{
    static const char text[] =
        "{\"version\": 1, \"state\": \"serving\", \"pid\": \"x\", \"since\": 5,"
        " \"delivered\": -1, \"refused\": 99999999999, \"error\": [1],"
        " \"started\": \"yesterday\"}";
    struct state read;

    (void)state;
    assert_true(state_parse(text, sizeof text - 1, &read, NULL));
    assert_int_equal(read.phase, STATE_SERVING);
    assert_int_equal(read.pid, 0);
    assert_int_equal(read.since, 0);
    assert_int_equal(read.started, 0);
    assert_int_equal(read.delivered, 0);
    assert_int_equal(read.refused, 0);
    assert_string_equal(read.trouble.title, "");
}

static void test_words_of_another_program_are_made_safe(void **state)
{
    static const char text[] = "{\"version\": 1, \"state\": \"waiting\", \"error\":"
                               " {\"title\": \"a\\u001b[2Jb\"}}";
    struct state read;

    (void)state;
    assert_true(state_parse(text, sizeof text - 1, &read, NULL));
    assert_null(strchr(read.trouble.title, '\033'));
}

static void test_an_error_without_a_diagnosis_has_the_diagnosis_s_classes(void **state)
{
    static const struct {
        enum err_class from;
        const char *to;
    } rows[] = {
        {ERR_SETTING, "fix_setting"}, {ERR_DATA, "fix_setting"},
        {ERR_REFUSED, "fix_server"},  {ERR_SERVER, "fix_server"},
        {ERR_RETRY, "retry_later"},   {ERR_WRITE, "retry_later"},
        {ERR_INTERNAL, "internal"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct err why = {
            .class = rows[i].from, .key = "ingest.target", .text = "It is so."};
        struct state_trouble trouble;

        state_trouble_set(&trouble, &why, NULL, THEN);
        assert_string_equal(trouble.class, rows[i].to);
        assert_string_equal(trouble.title, "It is so.");
        assert_string_equal(trouble.field, "ingest.target");
        assert_string_equal(trouble.code, "");
        assert_int_equal(trouble.at, THEN);
    }
}

static void test_a_diagnosis_is_told_with_its_first_fix(void **state)
{
    char title[] = "The folder is not there", fix[] = "Make it.";
    const struct diagnosis diagnosis = {.code = "imap.folder_missing",
                                        .class = ADVICE_FIX_SETTING,
                                        .stage = CHECK_IMAP_OPEN,
                                        .field = SET_MAILBOX_FOLDER,
                                        .title = title,
                                        .fixes = {{.text = fix}},
                                        .fix_count = 1};
    const struct err why = {.class = ERR_SETTING, .text = "something"};
    struct state_trouble trouble;

    (void)state;
    state_trouble_set(&trouble, &why, &diagnosis, THEN);
    assert_string_equal(trouble.code, "imap.folder_missing");
    assert_string_equal(trouble.class, "fix_setting");
    assert_string_equal(trouble.stage, "imap.open");
    assert_string_equal(trouble.field, "mailbox.folder");
    assert_string_equal(trouble.title, title);
    assert_string_equal(trouble.fix, fix);
}

/* ---- Files ------------------------------------------------------------------------- */

static void test_a_mailbox_that_was_never_served_says_so(void **state)
{
    struct room *room = *state;
    struct state read;

    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_int_equal(read.phase, STATE_NEVER);
    assert_true(state_read(scratch_at(&room->scratch, "absent"), &read, NULL));
    assert_int_equal(read.phase, STATE_NEVER);
    assert_false(read.is_alive);
}

static void test_a_turn_is_written_at_once_for_its_owner_alone(void **state)
{
    struct room *room = *state;
    struct state_file file = {.directory = room->directory, .now = {.pid = 1}};
    struct state read;
    struct stat status;

    state_file_turn(&file, STATE_STARTING);
    state_file_turn(&file, STATE_SERVING);
    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_int_equal(read.phase, STATE_SERVING);
    assert_true(read.since > 0 && read.updated >= read.since);
    assert_int_equal(stat(scratch_at(&room->scratch, "status.json"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(scratch_count(&room->scratch, "."), 1);
}

static void test_a_touch_waits_for_its_second_and_is_made_up_for(void **state)
{
    struct room *room = *state;
    struct state_file file = {.directory = room->directory};
    struct state read;

    state_file_turn(&file, STATE_SERVING);
    file.now.delivered = 1;
    file.written_ms += 3600 * 1000; /* no second passes in this test */
    state_file_touch(&file);
    state_file_catch_up(&file);
    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_int_equal(read.delivered, 0);
    file.written_ms -= 2 * 3600 * 1000;
    state_file_catch_up(&file);
    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_int_equal(read.delivered, 1);
    assert_false(file.is_stale);
}

/* As on a full disk: what is there can be overwritten, longer and shorter. */
static void test_a_status_is_written_where_no_second_file_can_be(void **state)
{
    struct room *room = *state;
    struct state_file file = {.directory = room->directory};
    struct state read;

    state_file_turn(&file, STATE_SERVING);
    assert_int_equal(mkdir(scratch_at(&room->scratch, ".status.json.tmp"), 0700), 0);
    memset(file.now.trouble.title, 'x', 200);
    state_file_turn(&file, STATE_PARKED);
    assert_false(file.is_stale);
    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_int_equal(read.phase, STATE_PARKED);
    assert_int_equal(strlen(read.trouble.title), 200);
    file.now.trouble.title[1] = '\0';
    state_file_turn(&file, STATE_WAITING);
    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_int_equal(read.phase, STATE_WAITING);
    assert_string_equal(read.trouble.title, "x");
}

static void test_a_status_that_others_may_write_is_not_trusted(void **state)
{
    struct room *room = *state;
    struct state_file file = {.directory = room->directory};
    struct err err = ERR_INIT;
    struct state read;

    state_file_turn(&file, STATE_SERVING);
    assert_int_equal(chmod(scratch_at(&room->scratch, "status.json"), 0666), 0);
    assert_false(state_read(room->scratch.path, &read, &err));
    assert_int_equal(err.class, ERR_DATA);
}

static void test_the_lock_tells_the_living_from_the_dead(void **state)
{
    struct room *room = *state;
    struct state_file file = {.directory = room->directory};
    struct err err = ERR_INIT;
    struct state read;
    int fd;

    assert_false(state_is_locked(room->directory));
    fd = state_lock(room->directory, room->scratch.path, &err);
    assert_true(fd >= 0);
    state_file_turn(&file, STATE_SERVING);
    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_true(read.is_alive);
    assert_int_equal(state_lock(room->directory, room->scratch.path, &err), -1);
    assert_int_equal(err.class, ERR_RETRY);
    close(fd);
    assert_true(state_read(room->scratch.path, &read, NULL));
    assert_false(read.is_alive);
    assert_int_equal(read.phase, STATE_SERVING);
}

static void test_looking_at_the_lock_keeps_nobody_out(void **state)
{
    struct room *room = *state;
    int status, fd = state_lock(room->directory, room->scratch.path, NULL);
    pid_t child;

    close(fd);
    child = fork();
    if (child == 0) {
        bool is_free = !state_is_locked(room->directory);

        fd = state_lock(room->directory, room->scratch.path, NULL);
        _exit(is_free && fd >= 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_false(state_is_locked(room->directory));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_state_is_read_as_it_was_written),
        TEST(test_without_trouble_there_is_no_error),
        TEST(test_what_is_no_status_is_told),
        TEST(test_members_of_another_kind_are_as_if_they_were_missing),
        TEST(test_words_of_another_program_are_made_safe),
        TEST(test_an_error_without_a_diagnosis_has_the_diagnosis_s_classes),
        TEST(test_a_diagnosis_is_told_with_its_first_fix),
        TEST(test_a_mailbox_that_was_never_served_says_so),
        TEST(test_a_turn_is_written_at_once_for_its_owner_alone),
        TEST(test_a_touch_waits_for_its_second_and_is_made_up_for),
        TEST(test_a_status_is_written_where_no_second_file_can_be),
        TEST(test_a_status_that_others_may_write_is_not_trusted),
        TEST(test_the_lock_tells_the_living_from_the_dead),
        TEST(test_looking_at_the_lock_keeps_nobody_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
