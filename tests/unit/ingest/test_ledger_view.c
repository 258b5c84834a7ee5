/* The ledger as others see it: counted, listed, put back, while the ingest has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/owner.h"
#include "base/text.h"
#include "ingest/ledger.h"
#include "ingest/ledger_view.h"
#include "support/scratch/scratch.h"

struct desk {
    struct scratch scratch;
    struct ledger *ledger; /* the ingest's, open all the while */
};

static void run_sql(const struct desk *desk, const char *sql)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(scratch_at(&desk->scratch, "ledger.sqlite"), &database),
                     SQLITE_OK);
    sqlite3_busy_timeout(database, 5000);
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(database));
    sqlite3_close(database);
}

/* As if the one before had been entered long ago. */
static void turn_to(struct desk *desk, uint32_t uid_validity)
{
    const struct ledger_source inbox = {.host = "imap.example.com",
                                        .user = "support",
                                        .folder = "INBOX",
                                        .uid_validity = uid_validity};
    struct ledger_entry entry;

    run_sql(desk, "UPDATE source SET entered_at = entered_at - 60");
    assert_true(ledger_enter(desk->ledger, &inbox, &entry, NULL));
}

static int open_desk(void **state)
{
    struct desk *desk = mem_new(1, sizeof *desk);

    scratch_make(&desk->scratch);
    desk->ledger = ledger_open(desk->scratch.path, NULL);
    assert_non_null(desk->ledger);
    turn_to(desk, 7);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    ledger_close(&desk->ledger);
    scratch_remove(&desk->scratch);
    free(desk);
    return 0;
}

static void announce(struct desk *desk, uint32_t uid, const char *message_id)
{
    const struct ledger_message message = {
        .uid = uid, .size = 120, .message_id = message_id};

    assert_true(ledger_announce(desk->ledger, &message, 1, NULL));
}

static void refuse(struct desk *desk, uint32_t uid, const char *settled)
{
    announce(desk, uid, "<a@example.com>");
    assert_true(ledger_begin(desk->ledger, uid, NULL));
    assert_true(ledger_record(desk->ledger, uid, LEDGER_REFUSED, "No such queue.", NULL));
    assert_true(ledger_settle(desk->ledger, uid, settled, NULL));
}

static void deliver(struct desk *desk, uint32_t uid)
{
    announce(desk, uid, "<b@example.com>");
    assert_true(ledger_begin(desk->ledger, uid, NULL));
    assert_true(ledger_record(desk->ledger, uid, LEDGER_DELIVERED, NULL, NULL));
}

static void defer(struct desk *desk, uint32_t uid)
{
    announce(desk, uid, "<c@example.com>");
    assert_true(ledger_begin(desk->ledger, uid, NULL));
    assert_true(ledger_defer(desk->ledger, uid, true, "Try later.", NULL));
}

static struct ledger_view *open_view(const struct desk *desk, enum ledger_view_use use)
{
    struct err err = ERR_INIT;
    struct ledger_view *view = ledger_view_open(desk->scratch.path, use, &err);

    assert_string_equal(err.text, "");
    assert_non_null(view);
    return view;
}

/* Counting */

static void test_messages_are_counted_by_what_they_wait_for(void **state)
{
    struct desk *desk = *state;
    struct ledger_counts counts;

    turn_to(desk, 6);
    deliver(desk, 1);
    refuse(desk, 2, "keep");
    turn_to(desk, 7);
    deliver(desk, 1);
    deliver(desk, 2);
    refuse(desk, 3, "keep");
    defer(desk, 4);
    announce(desk, 5, "");
    assert_true(ledger_view_count_at(desk->scratch.path, NULL, &counts, NULL));
    assert_int_equal(counts.delivered, 2);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.waiting, 2);
    assert_int_equal(counts.earlier, 2);
}

static void test_what_has_not_changed_is_not_counted_again(void **state)
{
    struct desk *desk = *state;
    struct ledger_memory memory = {.is_known = false};
    struct ledger_counts counts;

    deliver(desk, 1);
    assert_true(ledger_view_count_at(desk->scratch.path, &memory, &counts, NULL));
    assert_int_equal(counts.delivered, 1);
    memory.counts.delivered = 77; /* as a mark */
    assert_true(ledger_view_count_at(desk->scratch.path, &memory, &counts, NULL));
    assert_int_equal(counts.delivered, 77);
    deliver(desk, 2);
    assert_true(ledger_view_count_at(desk->scratch.path, &memory, &counts, NULL));
    assert_int_equal(counts.delivered, 2);
}

static void test_without_a_ledger_nothing_waits(void **state)
{
    struct desk *desk = *state;
    struct ledger_counts counts = {.waiting = 1};
    struct err err = ERR_INIT;

    assert_true(
        ledger_view_count_at(scratch_at(&desk->scratch, "none"), NULL, &counts, &err));
    assert_int_equal(counts.waiting, 0);
    assert_null(
        ledger_view_open(scratch_at(&desk->scratch, "none"), LEDGER_VIEW_READ, &err));
    assert_false(err_is_set(&err));
}

static void test_what_is_no_ledger_is_told(void **state)
{
    struct desk *desk = *state;
    struct err err = ERR_INIT;
    char text[4096];

    memset(text, 'x', sizeof text);
    assert_int_equal(mkdir(scratch_at(&desk->scratch, "other"), 0700), 0);
    scratch_write(&desk->scratch, "other/ledger.sqlite", text, sizeof text);
    assert_null(
        ledger_view_open(scratch_at(&desk->scratch, "other"), LEDGER_VIEW_READ, &err));
    assert_int_equal(err.class, ERR_DATA);
}

static void test_a_ledger_that_is_just_being_made_is_none_yet(void **state)
{
    struct desk *desk = *state;
    struct err err = ERR_INIT;

    assert_int_equal(mkdir(scratch_at(&desk->scratch, "new"), 0700), 0);
    scratch_write(&desk->scratch, "new/ledger.sqlite", "", 0);
    assert_null(
        ledger_view_open(scratch_at(&desk->scratch, "new"), LEDGER_VIEW_READ, &err));
    assert_false(err_is_set(&err));
}

/* Listing */

struct list {
    uint32_t uids[2000];
    size_t count, most;
    struct ledger_line last;
};

static bool take(void *closure, const struct ledger_line *line)
{
    struct list *list = closure;

    assert_in_range(list->count, 0, 1999);
    list->uids[list->count++] = line->uid;
    list->last = *line;
    return list->most == 0 || list->count < list->most;
}

static struct list list_of(const struct desk *desk, const char *state, uint64_t most,
                           uint64_t *left_out)
{
    struct ledger_view *view = open_view(desk, LEDGER_VIEW_READ);
    struct list list = {.count = 0};

    assert_true(ledger_view_list(view, state, most, left_out, take, &list, NULL));
    ledger_view_close(&view);
    return list;
}

static void test_the_newest_come_last(void **state)
{
    struct desk *desk = *state;
    struct list list;

    turn_to(desk, 6);
    deliver(desk, 99);
    turn_to(desk, 7);
    deliver(desk, 12);
    refuse(desk, 5, "seen");
    defer(desk, 7);
    list = list_of(desk, NULL, 0, NULL);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.uids[0], 5);
    assert_int_equal(list.uids[1], 7);
    assert_int_equal(list.uids[2], 12);
    list = list_of(desk, "refused", 0, NULL);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.last.uid, 5);
    assert_string_equal(list.last.state, "refused");
    assert_string_equal(list.last.settled, "seen");
    assert_string_equal(list.last.message_id, "<a@example.com>");
    assert_string_equal(list.last.last_error, "No such queue.");
    assert_int_equal(list.last.attempts, 1);
    assert_int_equal(list.last.size, 120);
    assert_in_range(list.last.last_at, list.last.first_at, time(NULL));
}

/* More than a few chunks; every third is refused. */
static void fill(const struct desk *desk)
{
    run_sql(desk, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                  " WHERE i < 1000) INSERT INTO message (source, uid, state, message_id,"
                  " size, first_at, last_at) SELECT (SELECT max(id) FROM source), i,"
                  " iif(i % 3, 'delivered', 'refused'), '', 1, 1, 1 FROM n");
}

static void test_a_long_list_comes_whole_and_in_order(void **state)
{
    struct desk *desk = *state;
    struct list list;

    fill(desk);
    list = list_of(desk, NULL, 0, NULL);
    assert_int_equal(list.count, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(list.uids[i], i + 1);
    list = list_of(desk, "refused", 0, NULL);
    assert_int_equal(list.count, 333);
    assert_int_equal(list.uids[332], 999);
}

static void test_the_newest_few_are_found_and_the_others_counted(void **state)
{
    struct desk *desk = *state;
    uint64_t left_out;
    struct list list;

    fill(desk);
    list = list_of(desk, NULL, 300, &left_out);
    assert_int_equal(list.count, 300);
    assert_int_equal(list.uids[0], 701);
    assert_int_equal(left_out, 700);
    list = list_of(desk, "refused", 2, &left_out);
    assert_int_equal(list.uids[0], 996);
    assert_int_equal(list.uids[1], 999);
    assert_int_equal(left_out, 331);
    list = list_of(desk, "refused", 400, &left_out);
    assert_int_equal(list.count, 333);
    assert_int_equal(left_out, 0);
}

/* The ingest writes while a reader stands in the middle of the list, and a checkpoint
 * that no reader is in the way of empties the journal. */
static bool take_while_writing(void *closure, const struct ledger_line *line)
{
    struct desk *desk = closure;
    struct stat journal;

    assert_true(ledger_defer(desk->ledger, line->uid, true, "later", NULL));
    if (line->uid != 100)
        return line->uid < 200;
    run_sql(desk, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(stat(scratch_at(&desk->scratch, "ledger.sqlite-wal"), &journal), 0);
    assert_int_equal(journal.st_size, 0);
    return true;
}

static void test_a_reader_holds_up_nobody(void **state)
{
    struct desk *desk = *state;
    struct ledger_view *view;

    fill(desk);
    view = open_view(desk, LEDGER_VIEW_READ);
    assert_true(ledger_view_list(view, NULL, 0, NULL, take_while_writing, desk, NULL));
    ledger_view_close(&view);
}

static void test_texts_of_strangers_are_made_safe(void **state)
{
    struct desk *desk = *state;
    struct list list;

    announce(desk, 1, "<a\x1b[31m\xff\n@b>");
    run_sql(desk, "UPDATE message SET last_error = 'x' || char(27, 7, 10, 0x202e) || 'y',"
                  " state = 'deferred' || char(27)");
    list = list_of(desk, NULL, 0, NULL);
    assert_true(text_is_clean(list.last.message_id));
    assert_true(text_is_clean(list.last.last_error));
    assert_true(text_is_clean(list.last.state));
}

/* Putting back */

static enum ledger_retry retry(const struct desk *desk, uint32_t uid)
{
    struct ledger_view *view = open_view(desk, LEDGER_VIEW_CHANGE);
    enum ledger_retry outcome;

    assert_true(ledger_view_retry(view, uid, &outcome, NULL));
    ledger_view_close(&view);
    return outcome;
}

static struct ledger_line line_of(const struct desk *desk, uint32_t uid)
{
    struct ledger_view *view = open_view(desk, LEDGER_VIEW_READ);
    struct list list = {.most = uid};

    assert_true(ledger_view_list(view, NULL, 0, NULL, take, &list, NULL));
    ledger_view_close(&view);
    assert_int_equal(list.last.uid, uid);
    return list.last;
}

/* As the ingest sees it. */
static struct ledger_row find(const struct desk *desk, uint32_t uid)
{
    struct ledger_row row;

    assert_true(ledger_find(desk->ledger, uid, &row, NULL));
    return row;
}

static void test_a_refused_message_is_put_back(void **state)
{
    struct desk *desk = *state;
    struct ledger_line line;

    refuse(desk, 1, "seen");
    run_sql(desk, "UPDATE message SET attempts = 10, first_at = 1, last_at = 1");
    assert_int_equal(retry(desk, 1), LEDGER_RETRY_DONE);
    line = line_of(desk, 1);
    assert_string_equal(line.state, "again");
    assert_string_equal(line.settled, "");
    assert_int_equal(line.attempts, 0);
    assert_in_range(line.first_at, 2, time(NULL));
    assert_string_equal(line.last_error, "No such queue.");
    assert_int_equal(find(desk, 1).state, LEDGER_AGAIN);
    assert_int_equal(retry(desk, 1), LEDGER_RETRY_WAITING);
}

static void test_what_cannot_be_put_back_is_told_apart(void **state)
{
    struct desk *desk = *state;

    refuse(desk, 1, "move");
    refuse(desk, 2, "delete");
    deliver(desk, 3);
    defer(desk, 4);
    assert_int_equal(retry(desk, 1), LEDGER_RETRY_MOVED);
    assert_int_equal(retry(desk, 2), LEDGER_RETRY_DELETED);
    assert_int_equal(retry(desk, 3), LEDGER_RETRY_DELIVERED);
    assert_int_equal(retry(desk, 4), LEDGER_RETRY_WAITING);
    assert_int_equal(retry(desk, 5), LEDGER_RETRY_UNKNOWN);
    assert_string_equal(line_of(desk, 1).state, "refused");
}

static void test_all_are_put_back_that_can_be(void **state)
{
    struct desk *desk = *state;
    struct ledger_retries retries;
    struct ledger_view *view;

    turn_to(desk, 6);
    refuse(desk, 1, "keep");
    turn_to(desk, 7);
    refuse(desk, 1, "keep");
    refuse(desk, 2, "");
    refuse(desk, 3, "move");
    refuse(desk, 4, "delete");
    deliver(desk, 5);
    view = open_view(desk, LEDGER_VIEW_CHANGE);
    assert_true(ledger_view_retry_all(view, &retries, NULL));
    assert_int_equal(retries.done, 2);
    assert_int_equal(retries.moved, 1);
    assert_int_equal(retries.deleted, 1);
    ledger_view_close(&view);
    assert_string_equal(line_of(desk, 5).state, "delivered");
}

static void test_a_view_for_reading_changes_nothing(void **state)
{
    struct desk *desk = *state;
    struct ledger_view *view = open_view(desk, LEDGER_VIEW_READ);
    enum ledger_retry outcome;
    struct err err = ERR_INIT;

    refuse(desk, 1, "keep");
    assert_false(ledger_view_retry(view, 1, &outcome, &err));
    assert_int_equal(err.class, ERR_WRITE);
    ledger_view_close(&view);
}

/* Another user's ledger */

enum { NOBODY = 65534 };

static void give_away(const struct desk *desk)
{
    static const char *const names[] = {".", "ledger.sqlite", "ledger.sqlite-wal",
                                        "ledger.sqlite-shm"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (access(scratch_at(&desk->scratch, names[i]), F_OK) == 0)
            assert_int_equal(chown(scratch_at(&desk->scratch, names[i]), NOBODY, NOBODY),
                             0);
}

/* The files that a look leaves behind are the owner's, who could not open root's. */
static void test_root_looks_as_the_owner(void **state)
{
    static const char *const names[] = {"ledger.sqlite-wal", "ledger.sqlite-shm"};
    struct desk *desk = *state;
    struct ledger_counts counts;
    struct owner owner;

    if (geteuid() != 0)
        skip();
    refuse(desk, 1, "keep");
    ledger_close(&desk->ledger); /* the last to close takes -wal and -shm away */
    give_away(desk);
    assert_true(owner_enter(&owner, desk->scratch.path, NULL));
    assert_int_equal(geteuid(), NOBODY);
    assert_int_equal(getegid(), NOBODY);
    assert_true(ledger_view_count_at(desk->scratch.path, NULL, &counts, NULL));
    assert_int_equal(retry(desk, 1), LEDGER_RETRY_DONE);
    owner_leave(&owner);
    assert_int_equal(geteuid(), 0);
    assert_int_equal(counts.refused, 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat status;

        if (stat(scratch_at(&desk->scratch, names[i]), &status) == 0)
            assert_int_equal(status.st_uid, NOBODY);
    }
}

static void test_nobody_else_may_look(void **state)
{
    struct desk *desk = *state;
    struct ledger_counts counts;
    struct err err = ERR_INIT;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(desk->scratch.path, 0755), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    assert_false(ledger_view_count_at(desk->scratch.path, NULL, &counts, &err));
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(err.class, ERR_REFUSED);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_messages_are_counted_by_what_they_wait_for),
        UNIT(test_what_has_not_changed_is_not_counted_again),
        UNIT(test_without_a_ledger_nothing_waits),
        UNIT(test_what_is_no_ledger_is_told),
        UNIT(test_a_ledger_that_is_just_being_made_is_none_yet),
        UNIT(test_the_newest_come_last),
        UNIT(test_a_long_list_comes_whole_and_in_order),
        UNIT(test_the_newest_few_are_found_and_the_others_counted),
        UNIT(test_a_reader_holds_up_nobody),
        UNIT(test_texts_of_strangers_are_made_safe),
        UNIT(test_a_refused_message_is_put_back),
        UNIT(test_what_cannot_be_put_back_is_told_apart),
        UNIT(test_all_are_put_back_that_can_be),
        UNIT(test_a_view_for_reading_changes_nothing),
        UNIT(test_root_looks_as_the_owner),
        UNIT(test_nobody_else_may_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
