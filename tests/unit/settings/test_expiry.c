/* How long a Client secret still lasts, in whole days of UTC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/err.h"
#include "settings/expiry.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

/* 2026-11-23T20:35:00Z */
#define NOW 1795466100

struct date_case {
    const char *date;
    enum expiry_state state;
    int days_left;
};

static void assert_case(const struct date_case *c, time_t now)
{
    struct expiry expiry = expiry_of_date(c->date, now);

    if (expiry.state != c->state || expiry.days_left != c->days_left)
        fail_msg("\"%s\": state %d, %d days", c->date, expiry.state, expiry.days_left);
    if (c->state == EXPIRY_NONE)
        assert_string_equal(expiry.day, "");
    else
        assert_memory_equal(expiry.day, c->date, 10);
}

static void test_thirty_days_are_soon_and_one_more_is_not(void **state)
{
    static const struct date_case cases[] = {
        {"2028-11-23", EXPIRY_FINE, 731},  {"2026-12-24", EXPIRY_FINE, 31},
        {"2026-12-23", EXPIRY_SOON, 30},   {"2026-11-24", EXPIRY_SOON, 1},
        {"2026-11-23", EXPIRY_TODAY, 0},   {"2026-11-22", EXPIRY_PAST, -1},
        {"2025-11-23", EXPIRY_PAST, -365},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_case(&cases[i], NOW);
}

static void test_what_is_no_date_says_nothing(void **state)
{
    static const char *const dates[] = {"",           "soon",       "2026-13-01",
                                        "2026-02-30", "31.12.2026", "2026-11-23T"};

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        assert_case(&(struct date_case){dates[i], EXPIRY_NONE, 0}, NOW);
    assert_int_equal(expiry_of_seconds(0, NOW).state, EXPIRY_NONE);
    assert_int_equal(expiry_of_seconds(-1, NOW).state, EXPIRY_NONE);
    assert_int_equal(expiry_of_seconds((time_t)INT64_MAX, NOW).state, EXPIRY_NONE);
}

/* One second before midnight in UTC it is still that day, wherever the machine stands. */
static void test_days_are_those_of_utc_in_every_time_zone(void **state)
{
    static const char *const zones[] = {"UTC", "Pacific/Kiritimati", "Etc/GMT+12",
                                        "XYZ-14"};
    const time_t midnight = NOW - NOW % DAY;

    (void)state;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        setenv("TZ", zones[i], 1);
        tzset();
        assert_case(&(struct date_case){"2026-11-23", EXPIRY_TODAY, 0}, midnight);
        assert_case(&(struct date_case){"2026-11-23", EXPIRY_TODAY, 0},
                    midnight + DAY - 1);
        assert_case(&(struct date_case){"2026-11-23", EXPIRY_PAST, -1}, midnight + DAY);
        assert_case(&(struct date_case){"2026-11-23", EXPIRY_SOON, 1}, midnight - 1);
        assert_string_equal(expiry_of_seconds(midnight + DAY - 1, NOW).day, "2026-11-23");
        assert_int_equal(expiry_of_seconds(midnight + DAY - 1, NOW).state, EXPIRY_TODAY);
    }
    unsetenv("TZ");
    tzset();
}

/* The hour at which it ends does not count: it is that day. */
static void test_an_instant_is_its_day(void **state)
{
    (void)state;
    assert_case(&(struct date_case){"2026-11-23T00:00:01Z", EXPIRY_TODAY, 0}, NOW);
    assert_case(&(struct date_case){"2026-12-23T23:59:59Z", EXPIRY_SOON, 30}, NOW);
    assert_case(&(struct date_case){"1969-12-31T12:00:00Z", EXPIRY_PAST, -1}, HOUR);
}

static void assert_sentence(const char *date, const char *wanted)
{
    struct expiry expiry = expiry_of_date(date, NOW);
    char sentence[128];

    expiry_sentence(&expiry, sentence, sizeof sentence);
    assert_string_equal(sentence, wanted);
}

static void test_the_sentence_tells_the_day_and_how_far_it_is(void **state)
{
    (void)state;
    assert_sentence("2026-12-05", "The Client secret expires on 2026-12-05, in 12 days.");
    assert_sentence("2026-11-24", "The Client secret expires on 2026-11-24, in 1 day.");
    assert_sentence("2026-11-23", "The Client secret expires on 2026-11-23, today.");
    assert_sentence("2026-11-22", "The Client secret expired on 2026-11-22, 1 day ago.");
    assert_sentence("", "");
}

static void test_only_what_is_near_is_warned_of(void **state)
{
    static const struct {
        const char *date;
        bool near;
    } cases[] = {{"", false},
                 {"2026-12-24", false},
                 {"2026-12-23", true},
                 {"2026-11-23", true},
                 {"2020-01-01", true}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expiry expiry = expiry_of_date(cases[i].date, NOW);

        assert_int_equal(expiry_is_near(&expiry), cases[i].near);
    }
}

static void test_the_date_counts_where_its_secret_is_used(void **state)
{
    struct settings settings;

    (void)state;
    settings_init(&settings);
    settings_set(&settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "2026-12-05");
    settings_set(&settings, SET_OAUTH_SOURCE, "exchange");
    assert_int_equal(expiry_of_settings(&settings, NOW).state, EXPIRY_NONE);
    settings_set(&settings, SET_AUTH_METHOD, "basic");
    assert_int_equal(expiry_of_settings(&settings, NOW).state, EXPIRY_NONE);
    settings_set(&settings, SET_AUTH_METHOD, "oauth");
    assert_int_equal(expiry_of_settings(&settings, NOW).days_left, 12);
    settings_set(&settings, SET_OAUTH_SOURCE, "custom");
    assert_int_equal(expiry_of_settings(&settings, NOW).days_left, 12);
    settings_set(&settings, SET_OAUTH_SOURCE, "provider");
    assert_int_equal(expiry_of_settings(&settings, NOW).state, EXPIRY_NONE);
    settings_free(&settings);
}

/* RFC 7591: its own date counts, not the one beside a secret that is not used. */
static void test_a_provider_has_its_own_date(void **state)
{
    static const char text[] =
        "{\"client_id\": \"a\", \"client_secret\": {\"env\": \"X\"},"
        " \"token_endpoint\": \"https://id.example.com/token\","
        " \"client_secret_expires_at\": 1796000000}"; /* 2026-11-30 */
    struct scratch scratch;
    struct settings settings;
    struct err err = ERR_INIT;
    struct store *store;
    struct provider *provider = provider_parse("own", text, sizeof text - 1, &err);

    (void)state;
    scratch_make(&scratch);
    store = store_open(scratch_at(&scratch, "config"), NULL, &err);
    assert_non_null(provider);
    assert_true(store_save_provider(store, provider, false, &err));
    settings_init(&settings);
    settings_set(&settings, SET_AUTH_METHOD, "oauth");
    settings_set(&settings, SET_OAUTH_SOURCE, "provider");
    settings_set(&settings, SET_OAUTH_PROVIDER, "own");
    settings_set(&settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "2026-12-05");
    assert_int_equal(expiry_of_mailbox(store, &settings, NOW).days_left, 7);
    settings_set(&settings, SET_OAUTH_PROVIDER, "gone");
    assert_int_equal(expiry_of_mailbox(store, &settings, NOW).state, EXPIRY_NONE);
    settings_free(&settings);
    provider_free(&provider);
    store_close(&store);
    scratch_remove(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thirty_days_are_soon_and_one_more_is_not),
        cmocka_unit_test(test_what_is_no_date_says_nothing),
        cmocka_unit_test(test_days_are_those_of_utc_in_every_time_zone),
        cmocka_unit_test(test_an_instant_is_its_day),
        cmocka_unit_test(test_the_sentence_tells_the_day_and_how_far_it_is),
        cmocka_unit_test(test_only_what_is_near_is_warned_of),
        cmocka_unit_test(test_the_date_counts_where_its_secret_is_used),
        cmocka_unit_test(test_a_provider_has_its_own_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
