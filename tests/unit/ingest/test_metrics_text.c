/* The text for Prometheus, and counters that go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ingest/metrics_text.h"
#include "support/exposition/exposition.h"

#define NOW ((time_t)1795466100)

static struct overview serving(const char *name)
{
    struct overview one = {.expires_at = NOW + 86400,
                           .state = {.phase = STATE_SERVING,
                                     .is_alive = true,
                                     .started = NOW - 100,
                                     .since = NOW - 90,
                                     .last_success = NOW - 5,
                                     .updated = NOW - 5,
                                     .delivered = 7,
                                     .refused = 1},
                           .counts = {.delivered = 7, .refused = 2, .waiting = 3}};

    snprintf(one.name, sizeof one.name, "%s", name);
    overview_judge(&one, NOW, OVERVIEW_AGE_S);
    return one;
}

static char *text_of(struct overview *list, size_t count)
{
    struct metrics_sample samples[4];
    struct metrics_totals totals[4] = {{0}};
    struct buf out;

    for (size_t i = 0; i < count; i++) {
        metrics_totals_follow(&totals[i], &list[i].state);
        samples[i] = (struct metrics_sample){&list[i], &totals[i]};
    }
    buf_init(&out, 1 << 20);
    metrics_text_add(&out, samples, count);
    assert_false(out.overflowed);
    exposition_check(out.data);
    return buf_take(&out);
}

static void test_two_mailboxes_are_told_apart(void **state)
{
    struct overview list[] = {serving("support"), serving("billing")};
    char *text;

    (void)state;
    list[1].state.phase = STATE_PARKED;
    list[1].state.next_try = NOW + 900;
    snprintf(list[1].state.trouble.title, sizeof list[1].state.trouble.title, "x");
    snprintf(list[1].state.trouble.code, sizeof list[1].state.trouble.code, "net.down");
    overview_judge(&list[1], NOW, OVERVIEW_AGE_S);
    text = text_of(list, 2);
#define VALUE(sample) ((long)exposition_value(text, sample))
    assert_int_equal(VALUE("letterbox_build_info{version=\"" LETTERBOX_VERSION "\"}"), 1);
    assert_int_equal(VALUE("letterbox_mailbox_up{mailbox=\"support\"}"), 1);
    assert_int_equal(VALUE("letterbox_mailbox_up{mailbox=\"billing\"}"), 0);
    assert_int_equal(
        VALUE("letterbox_mailbox_state{mailbox=\"billing\",state=\"parked\"}"), 1);
    assert_int_equal(
        VALUE("letterbox_mailbox_state{mailbox=\"support\",state=\"parked\"}"), 0);
    assert_int_equal(
        VALUE("letterbox_mailbox_trouble{mailbox=\"billing\",code=\"net.down\"}"), 1);
    assert_int_equal(
        VALUE("letterbox_mailbox_next_try_timestamp_seconds{mailbox=\"billing\"}"),
        NOW + 900);
    assert_false(exposition_has(
        text, "letterbox_mailbox_next_try_timestamp_seconds{mailbox=\"support\"}"));
    assert_int_equal(
        VALUE("letterbox_mailbox_last_success_timestamp_seconds{mailbox=\"support\"}"),
        NOW - 5);
    assert_int_equal(VALUE("letterbox_mailbox_waiting_messages{mailbox=\"support\"}"), 3);
    assert_int_equal(VALUE("letterbox_mailbox_refused_messages{mailbox=\"support\"}"), 2);
    assert_int_equal(
        VALUE("letterbox_client_secret_expiry_timestamp_seconds{mailbox=\"support\"}"),
        NOW + 86400);
    assert_int_equal(
        VALUE("letterbox_messages_total{mailbox=\"support\",result=\"delivered\"}"), 7);
    free(text);
}

static void test_no_mailbox_is_valid_too(void **state)
{
    (void)state;
    free(text_of(NULL, 0));
}

static void test_what_is_not_known_has_no_sample(void **state)
{
    struct overview one = {.name = "new"};
    char *text;

    (void)state;
    err_set(&one.ledger_error, ERR_REFUSED, "no");
    err_set(&one.state_error, ERR_REFUSED, "no");
    overview_judge(&one, NOW, OVERVIEW_AGE_S);
    text = text_of(&one, 1);
    assert_false(
        exposition_has(text, "letterbox_mailbox_refused_messages{mailbox=\"new\"}"));
    assert_false(exposition_has(
        text, "letterbox_mailbox_last_success_timestamp_seconds{mailbox=\"new\"}"));
    assert_int_equal(VALUE("letterbox_mailbox_state{mailbox=\"new\",state=\"unknown\"}"),
                     1);
    free(text);
}

static void test_trouble_without_a_code_has_its_class(void **state)
{
    struct overview one = serving("support");
    char *text;

    (void)state;
    snprintf(one.state.trouble.title, sizeof one.state.trouble.title, "x");
    snprintf(one.state.trouble.class, sizeof one.state.trouble.class, "fix_setting");
    text = text_of(&one, 1);
    assert_int_equal(
        VALUE("letterbox_mailbox_trouble{mailbox=\"support\",code=\"fix_setting\"}"), 1);
    free(text);
}

/* Names have no such letters; a code comes from a file. */
static void test_labels_are_escaped(void **state)
{
    struct overview one = serving("a\"\\\nb");
    char *text;

    (void)state;
    snprintf(one.state.trouble.title, sizeof one.state.trouble.title, "x");
    snprintf(one.state.trouble.code, sizeof one.state.trouble.code, "\"} 1\n");
    text = text_of(&one, 1);
    assert_int_equal(VALUE("letterbox_mailbox_up{mailbox=\"a\\\"\\\\\\nb\"}"), 1);
    free(text);
}

static uint64_t total(const struct metrics_totals *totals)
{
    return totals->before[METRICS_DELIVERED] + totals->now[METRICS_DELIVERED];
}

static void test_counters_go_on_when_a_mailbox_begins_anew(void **state)
{
    struct metrics_totals totals = {0};
    struct state now = {.started = NOW, .delivered = 4};

    (void)state;
    metrics_totals_follow(&totals, &now);
    assert_int_equal(total(&totals), 4);
    now.delivered = 9;
    metrics_totals_follow(&totals, &now);
    assert_int_equal(total(&totals), 9);
    now = (struct state){.started = NOW + 5, .delivered = 1};
    metrics_totals_follow(&totals, &now);
    assert_int_equal(total(&totals), 10);
    now.started = NOW + 9;
    metrics_totals_follow(&totals, &now);
    assert_int_equal(total(&totals), 11);
    now.delivered = 0; /* within the same second */
    metrics_totals_follow(&totals, &now);
    metrics_totals_follow(&totals, &now);
    assert_int_equal(total(&totals), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_mailboxes_are_told_apart),
        cmocka_unit_test(test_no_mailbox_is_valid_too),
        cmocka_unit_test(test_what_is_not_known_has_no_sample),
        cmocka_unit_test(test_trouble_without_a_code_has_its_class),
        cmocka_unit_test(test_labels_are_escaped),
        cmocka_unit_test(test_counters_go_on_when_a_mailbox_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
