/* The presets of applications: each is whole, and the folder and the built-in copy agree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/mem.h"
#include "settings/consumer.h"
#include "support/scratch/scratch.h"

struct fixture {
    struct consumers *consumers;
    struct scratch scratch;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    scratch_make(&f->scratch);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    consumers_free(&f->consumers);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void load(struct fixture *f, const char *data_dir)
{
    consumers_free(&f->consumers);
    f->consumers = consumers_load(data_dir, &f->err);
}

static void assert_same(const struct consumer *a, const struct consumer *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->label, b->label);
    assert_string_equal(a->hint, b->hint);
    assert_int_equal(argv_count(a->needs), argv_count(b->needs));
    assert_int_equal(argv_count(a->more), argv_count(b->more));
    assert_true(settings_equal(&a->settings, &b->settings));
    assert_memory_equal(a->given, b->given, sizeof a->given);
    assert_int_equal(a->blank_count, b->blank_count);
}

static void test_the_built_in_copy_is_in_step_with_the_folder(void **state)
{
    struct fixture *f = *state;
    struct consumers *built_in = consumers_load("/nowhere", &f->err);

    load(f, TEST_SOURCE_DIR);
    assert_false(err_is_set(&f->err));
    assert_int_equal(built_in->count, f->consumers->count);
    for (size_t i = 0; i < built_in->count; i++)
        assert_same(&built_in->list[i], &f->consumers->list[i]);
    consumers_free(&built_in);
}

static void test_applications_come_before_ways(void **state)
{
    struct fixture *f = *state;
    bool ways = false;

    load(f, "/nowhere");
    assert_true(f->consumers->count >= 11);
    for (size_t i = 0; i < f->consumers->count; i++) {
        assert_true(f->consumers->list[i].is_way || !ways);
        ways = f->consumers->list[i].is_way;
    }
}

static void test_each_application_names_its_target_and_what_it_needs(void **state)
{
    struct fixture *f = *state;

    load(f, "/nowhere");
    for (size_t i = 0; i < f->consumers->count; i++) {
        const struct consumer *consumer = &f->consumers->list[i];
        const char *target = settings_text(&consumer->settings, SET_INGEST_TARGET);

        if (consumer->is_way)
            continue;
        assert_true(consumer->given[SET_INGEST_TARGET]);
        assert_non_null(consumer->mark);
        assert_non_null(strstr(target, consumer->mark));
        assert_true(consumer->needs[0] && consumer->more[0]);
    }
}

/* The value as JSON strings and lists hold it, without quotes that only the line needs.
 */
static void test_each_blank_stands_somewhere_and_is_named(void **state)
{
    struct fixture *f = *state;

    load(f, "/nowhere");
    for (size_t i = 0; i < f->consumers->count; i++) {
        const struct consumer *consumer = &f->consumers->list[i];
        const char *target = settings_text(&consumer->settings, SET_INGEST_TARGET);
        const char *fields = settings_text(&consumer->settings, SET_INGEST_HTTP_FIELDS);
        size_t stands = 0;

        for (const char *at = target; (at = strchr(at, '<')); at++)
            stands++;
        for (const char *at = fields; (at = strchr(at, '<')); at++)
            stands++;
        assert_int_equal(stands, consumer->blank_count);
        if (stands)
            assert_true(consumer_blank_in(consumer, target) ||
                        consumer_blank_in(consumer, fields));
    }
}

static void test_an_unknown_one_has_a_nearest(void **state)
{
    struct fixture *f = *state;
    const struct consumer *nearest;

    load(f, "/nowhere");
    assert_null(consumer_find(f->consumers, "openprojct", &nearest));
    assert_string_equal(nearest->id, "openproject");
    assert_null(consumer_find(f->consumers, "x", &nearest));
    assert_null(nearest);
    assert_non_null(consumer_find(f->consumers, "zammad", NULL));
}

static void write_preset(struct fixture *f, const char *name, const char *text)
{
    scratch_write(&f->scratch, name, text, strlen(text));
}

static void make_folder(struct fixture *f)
{
    assert_int_equal(mkdir(scratch_at(&f->scratch, "presets"), 0755), 0);
    assert_int_equal(mkdir(scratch_at(&f->scratch, "presets/consumers"), 0755), 0);
}

static void test_a_file_is_one_more_or_takes_the_place(void **state)
{
    struct fixture *f = *state;
    size_t before;

    load(f, "/nowhere");
    before = f->consumers->count;
    make_folder(f);
    write_preset(f, "presets/consumers/desk.json",
                 "{\"id\": \"desk\", \"label\": \"Desk\", \"hint\": \"h\", \"settings\": "
                 "{\"ingest.deliver\": \"command\", \"ingest.target\": [\"/bin/a b\"]}}");
    write_preset(f, "presets/consumers/zammad.json",
                 "{\"id\": \"zammad\", \"label\": \"Ours\", \"hint\": \"h\", "
                 "\"settings\": {\"ingest.deliver\": \"lmtp\"}}");
    load(f, f->scratch.path);
    assert_false(err_is_set(&f->err));
    assert_int_equal(f->consumers->count, before + 1);
    assert_string_equal(consumer_find(f->consumers, "zammad", NULL)->label, "Ours");
    assert_string_equal(
        settings_text(&consumer_find(f->consumers, "desk", NULL)->settings,
                      SET_INGEST_TARGET),
        "\"/bin/a b\"");
}

static void test_a_broken_file_is_left_out_and_said(void **state)
{
    static const char *const broken[] = {
        "{",
        "{}",
        "[]",
        "{\"id\": \"a\", \"label\": \"A\", \"hint\": \"h\", \"settings\": {}}",
        "{\"id\": \"a\", \"label\": \"A\", \"hint\": \"h\", \"settings\": "
        "{\"ingest.deliver\": \"lmtp\", \"oauth.scope\": \"x\"}}",
        "{\"id\": \"a\", \"label\": \"A\", \"hint\": \"h\", \"settings\": "
        "{\"ingest.deliver\": \"http\", \"ingest.http_secret\": \"x\"}}",
        "{\"id\": \"a\", \"label\": \"A\", \"hint\": \"h\", \"settings\": "
        "{\"ingest.deliver\": \"lmtp\"}, \"blanks\": {\"x\": \"y\"}}",
    };
    struct fixture *f = *state;

    make_folder(f);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        write_preset(f, "presets/consumers/a.json", broken[i]);
        err_clear(&f->err);
        load(f, f->scratch.path);
        assert_int_equal(f->err.class, ERR_DATA);
        assert_null(consumer_find(f->consumers, "a", NULL));
        assert_non_null(consumer_find(f->consumers, "openproject", NULL));
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_built_in_copy_is_in_step_with_the_folder),
        TEST(test_applications_come_before_ways),
        TEST(test_each_application_names_its_target_and_what_it_needs),
        TEST(test_each_blank_stands_somewhere_and_is_named),
        TEST(test_an_unknown_one_has_a_nearest),
        TEST(test_a_file_is_one_more_or_takes_the_place),
        TEST(test_a_broken_file_is_left_out_and_said),
    };
    return cmocka_run_group_tests_name("settings/consumer", tests, NULL, NULL);
}
