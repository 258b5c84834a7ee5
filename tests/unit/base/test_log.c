/* A line of the log, in each of its forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

struct wire {
    int ends[2];
    char line[8192];
};

static int open_wire(void **state)
{
    struct wire *wire = calloc(1, sizeof *wire);

    assert_int_equal(pipe2(wire->ends, O_CLOEXEC | O_NONBLOCK), 0);
    unsetenv("JOURNAL_STREAM");
    log_start(wire->ends[1], LOG_INFO);
    *state = wire;
    return 0;
}

static int close_wire(void **state)
{
    struct wire *wire = *state;

    log_start(-1, LOG_OFF);
    unsetenv("JOURNAL_STREAM");
    close(wire->ends[0]);
    close(wire->ends[1]);
    free(wire);
    return 0;
}

/* What was logged since; "" for nothing. */
static const char *read_line(struct wire *wire)
{
    ssize_t got = read(wire->ends[0], wire->line, sizeof wire->line - 1);

    wire->line[got > 0 ? got : 0] = '\0';
    return wire->line;
}

/* "2026-11-28T14:02:11.123Z" */
static void assert_is_instant(const char *text)
{
    time_t when;

    assert_int_equal(strlen(text), 24);
    assert_int_equal(text[19], '.');
    assert_true(clock_parse_date(text, &when));
}

static void test_a_line_of_logfmt(void **state)
{
    char when[25] = "", rest[200];
    const char *line;

    log_event(LOG_WARN, "refused", "uid", "7", "message_id", "<a@b>", "error",
              "it said \"no\"", "size", NULL, "empty", "", NULL);
    line = read_line(*state);
    assert_int_equal(sscanf(line, "time=%24s %199[^\n]", when, rest), 2);
    assert_is_instant(when);
    assert_string_equal(rest, "level=warn event=refused uid=7 message_id=<a@b> "
                              "error=\"it said \\\"no\\\"\" empty=\"\"");
    assert_int_equal(line[strlen(line) - 1], '\n');
}

/* JOURNAL_STREAM names this descriptor. */
static void be_the_journal(int fd, long wrong_by)
{
    struct stat status;
    char stream[64];

    assert_int_equal(fstat(fd, &status), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev,
             (uintmax_t)status.st_ino + (uintmax_t)wrong_by);
    setenv("JOURNAL_STREAM", stream, 1);
    log_start(fd, LOG_DEBUG);
}

static void test_the_journal_has_the_time_and_wants_the_priority(void **state)
{
    static const struct {
        enum log_level level;
        const char *line;
    } cases[] = {
        {LOG_ERROR, "<3>level=error event=x id=<a> b=c\n"},
        {LOG_WARN, "<4>level=warn event=x id=<a> b=c\n"},
        {LOG_INFO, "<6>level=info event=x id=<a> b=c\n"},
        {LOG_DEBUG, "<7>level=debug event=x id=<a> b=c\n"},
    };
    struct wire *wire = *state;

    be_the_journal(wire->ends[1], 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        log_event(cases[i].level, "x", "id", "<a>", "b", "c", NULL);
        assert_string_equal(read_line(wire), cases[i].line);
    }
}

static void test_a_stream_that_leads_elsewhere_is_not_the_journal(void **state)
{
    static const char *const streams[] = {"", ":", "1", "1:", "1:2:3", "x:y", "-1:-1"};
    struct wire *wire = *state;

    be_the_journal(wire->ends[1], 1);
    log_event(LOG_INFO, "x", NULL);
    assert_memory_equal(read_line(wire), "time=", 5);
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        setenv("JOURNAL_STREAM", streams[i], 1);
        log_start(wire->ends[1], LOG_INFO);
        log_event(LOG_INFO, "x", NULL);
        assert_memory_equal(read_line(wire), "time=", 5);
    }
}

static json_t *read_object(struct wire *wire)
{
    const char *line = read_line(wire);
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);

    if (!object)
        fail_msg("%s: %s", error.text, line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    return object;
}

static const char *member(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void test_a_line_of_json(void **state)
{
    json_t *object;

    log_set_form(LOG_JSON);
    log_event(LOG_INFO, "delivered", "uid", "7", "error", "it said \"no\" \\", NULL);
    object = read_object(*state);
    assert_is_instant(member(object, "time"));
    assert_string_equal(member(object, "level"), "info");
    assert_string_equal(member(object, "event"), "delivered");
    assert_string_equal(member(object, "uid"), "7");
    assert_string_equal(member(object, "error"), "it said \"no\" \\");
    json_decref(object);
}

static void test_json_has_its_time_in_the_journal_too(void **state)
{
    struct wire *wire = *state;
    json_t *object;

    be_the_journal(wire->ends[1], 0);
    log_set_form(LOG_JSON);
    log_event(LOG_INFO, "x", NULL);
    object = read_object(wire);
    assert_is_instant(member(object, "time"));
    json_decref(object);
}

/* Every pair of bytes, a line for each that is first. */
static void test_json_is_valid_for_any_bytes(void **state)
{
    log_set_form(LOG_JSON);
    for (int first = 1; first < 256; first++) {
        char value[2 * 255 + 1];

        for (int second = 1; second < 256; second++) {
            value[2 * (second - 1)] = (char)first;
            value[2 * (second - 1) + 1] = (char)second;
        }
        value[sizeof value - 1] = '\0';
        log_event(LOG_INFO, "x", "value", value, NULL);
        json_decref(read_object(*state));
    }
}

static void test_what_does_not_fit_is_left_out_by_whole_fields(void **state)
{
    static const enum log_form forms[] = {LOG_JSON, LOG_LOGFMT};
    char quotes[1000];

    memset(quotes, '"', sizeof quotes - 1);
    quotes[sizeof quotes - 1] = '\0';
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const char *line;

        log_set_form(forms[i]);
        log_event(LOG_INFO, "x", "a", quotes, "b", quotes, "c", quotes, "d", quotes, "e",
                  "5", NULL);
        line = read_line(*state);
        assert_in_range(strlen(line), 3000, 4002);
        assert_int_equal(line[strlen(line) - 1], '\n');
        assert_non_null(strstr(line, forms[i] == LOG_JSON ? "\"c\": \"" : " c=\""));
        assert_null(strstr(line, forms[i] == LOG_JSON ? "\"d\"" : " d="));
    }
    log_set_form(LOG_JSON);
    log_event(LOG_INFO, "x", "a", quotes, "b", quotes, "c", quotes, "d", quotes, NULL);
    json_decref(read_object(*state));
}

static void test_below_the_level_nothing_is_said(void **state)
{
    log_event(LOG_DEBUG, "x", NULL);
    assert_string_equal(read_line(*state), "");
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_wire, close_wire)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_a_line_of_logfmt),
        UNIT(test_the_journal_has_the_time_and_wants_the_priority),
        UNIT(test_a_stream_that_leads_elsewhere_is_not_the_journal),
        UNIT(test_a_line_of_json),
        UNIT(test_json_has_its_time_in_the_journal_too),
        UNIT(test_json_is_valid_for_any_bytes),
        UNIT(test_what_does_not_fit_is_left_out_by_whole_fields),
        UNIT(test_below_the_level_nothing_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
