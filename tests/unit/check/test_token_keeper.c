/* One cached token, and several who use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "check/token_keeper.h"
#include "support/scratch/scratch.h"

#define NOW 1800000000

struct desk {
    struct scratch scratch;
    struct access access;
    struct token_keeper *ingest, *command; /* of two processes */
};

static int open_desk(void **state)
{
    struct desk *desk = mem_new(1, sizeof *desk);

    scratch_make(&desk->scratch);
    settings_init(&desk->access.settings);
    desk->access.uses_token = true;
    desk->access.token_url = mem_copy_text("https://id.example.com/token");
    desk->access.client_id = mem_copy_text("letterbox");
    desk->access.client_auth = mem_copy_text("post");
    desk->access.credential = secret_new("battery-staple", 14);
    desk->ingest = token_keeper_new(scratch_at(&desk->scratch, "support"));
    desk->command = token_keeper_new(scratch_at(&desk->scratch, "support"));
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    token_keeper_free(&desk->ingest);
    token_keeper_free(&desk->command);
    settings_free(&desk->access.settings);
    secret_free(&desk->access.credential);
    free(desk->access.token_url);
    free(desk->access.client_id);
    free(desk->access.client_auth);
    scratch_remove(&desk->scratch);
    free(desk);
    return 0;
}

static void put(struct desk *desk, struct token_keeper *keeper, const char *text,
                time_t now)
{
    struct secret *token = secret_new(text, strlen(text));

    token_keeper_put(keeper, &desk->access, token, 3600, now);
    secret_free(&token);
}

static void expect(struct desk *desk, struct token_keeper *keeper, const char *text,
                   time_t now)
{
    const struct secret *token = token_keeper_get(keeper, &desk->access, now);

    if (!text) {
        assert_null(token);
    } else {
        assert_non_null(token);
        assert_string_equal(secret_bytes(token), text);
    }
}

static void test_what_one_has_asked_for_serves_the_other(void **state)
{
    struct desk *desk = *state;

    put(desk, desk->ingest, "one", NOW);
    expect(desk, desk->command, "one", NOW + 10);
}

static void test_a_token_that_is_due_gives_way_to_the_other_s_newer_one(void **state)
{
    struct desk *desk = *state;

    put(desk, desk->ingest, "one", NOW);
    expect(desk, desk->command, "one", NOW);
    put(desk, desk->command, "two", NOW + 2900);
    expect(desk, desk->ingest, "one", NOW + 2990);
    expect(desk, desk->ingest, "two", NOW + 3010);
    assert_int_equal(token_keeper_expires_at(desk->ingest), NOW + 2900 + 3600);
}

static void test_a_token_server_in_trouble_is_left_alone(void **state)
{
    static const struct {
        int asked_s, pause_s;
    } cases[] = {{-1, 60}, {5, 60}, {300, 300}, {100000, 3600}};
    struct desk *desk = *state;

    put(desk, desk->ingest, "one", NOW);
    assert_int_equal(token_keeper_renew_at(desk->ingest), NOW + 3000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        token_keeper_put_off(desk->ingest, cases[i].asked_s, NOW + 3000);
        assert_int_equal(token_keeper_renew_at(desk->ingest),
                         NOW + 3000 + cases[i].pause_s);
    }
    expect(desk, desk->ingest, "one", NOW + 3599);
    put(desk, desk->command, "two", NOW + 3100);
    expect(desk, desk->ingest, "two", NOW + 3200);
    assert_int_equal(token_keeper_renew_at(desk->ingest), NOW + 3100 + 3000);
    token_keeper_put_off(desk->ingest, 300, NOW + 6100);
    token_keeper_drop(desk->ingest);
    assert_int_equal(token_keeper_renew_at(desk->ingest), 0);
}

static void test_a_refused_token_takes_no_newer_one_with_it(void **state)
{
    struct desk *desk = *state;

    put(desk, desk->ingest, "one", NOW);
    put(desk, desk->command, "two", NOW + 60);
    token_keeper_drop(desk->ingest);
    expect(desk, desk->ingest, "two", NOW + 70);
    token_keeper_drop(desk->ingest);
    assert_int_equal(scratch_count(&desk->scratch, "support"), 0);
}

static void test_a_refused_token_is_not_taken_up_again(void **state)
{
    struct desk *desk = *state;

    put(desk, desk->ingest, "one", NOW);
    token_keeper_drop(desk->ingest);
    put(desk, desk->command, "one", NOW);
    expect(desk, desk->ingest, NULL, NOW + 1);
    expect(desk, desk->command, "one", NOW + 1);
}

static void test_another_s_token_for_other_values_is_left_alone(void **state)
{
    struct desk *desk = *state;

    put(desk, desk->ingest, "one", NOW);
    settings_set(&desk->access.settings, SET_OAUTH_SCOPE, "other");
    put(desk, desk->command, "two", NOW + 2900);
    settings_set(&desk->access.settings, SET_OAUTH_SCOPE, "");
    expect(desk, desk->ingest, "one", NOW + 3010);
    expect(desk, desk->ingest, NULL, NOW + 3600);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_one_has_asked_for_serves_the_other),
        TEST(test_a_token_that_is_due_gives_way_to_the_other_s_newer_one),
        TEST(test_a_token_server_in_trouble_is_left_alone),
        TEST(test_a_refused_token_takes_no_newer_one_with_it),
        TEST(test_a_refused_token_is_not_taken_up_again),
        TEST(test_another_s_token_for_other_values_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
