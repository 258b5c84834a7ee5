/* base/err, log, clock and url: what is said, and what is understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "base/url.h"

static void test_the_first_error_wins(void **state)
{
    (void)state;
    struct err err = ERR_INIT, other = ERR_INIT;
    assert_false(err_is_set(&err));
    assert_false(err_set_key(&err, ERR_SETTING, "oauth.scope", "%s is wrong", "this"));
    assert_false(err_set(&err, ERR_DATA, "later"));
    assert_int_equal(err.class, ERR_SETTING);
    assert_string_equal(err.key, "oauth.scope");
    assert_string_equal(err.text, "this is wrong");
    assert_false(err_pass(&other, &err));
    assert_string_equal(other.text, "this is wrong");
    err_clear(&err);
    assert_false(err_is_set(&err));
    assert_false(err_set(NULL, ERR_DATA, "nobody asks"));
    assert_false(err_pass(NULL, &other));
    assert_false(err_is_set(NULL));
}

static void test_an_error_is_one_safe_line(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    err_set(&err, ERR_SERVER, "said: %s\n\n", "\x1b]0;x\x07 and\nmore");
    assert_string_equal(err.text, "said: ?]0;x? and more");
}

static void test_a_long_error_ends_between_characters(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char text[2 * ERR_TEXT_MAX + 1] = "";
    for (int i = 0; i < ERR_TEXT_MAX; i++)
        memcpy(text + 2 * i, "ü", 3);
    err_set(&err, ERR_DATA, "x%s", text);
    assert_true(strlen(err.text) < ERR_TEXT_MAX);
    assert_true(text_is_clean(err.text));
    assert_null(strchr(err.text, '?'));
    assert_string_equal(err.text + strlen(err.text) - 3, "…");
}

static void test_a_list_keeps_every_error(void **state)
{
    (void)state;
    struct err_list list = {0};
    for (int i = 0; i < 10; i++) {
        struct err err = ERR_INIT;
        err_set(&err, ERR_SETTING, "%d", i);
        err_list_add(&list, &err);
    }
    assert_int_equal(list.count, 10);
    assert_string_equal(list.items[9].text, "9");
    err_list_free(&list);
    assert_null(list.items);
}

/* What was logged, behind its time. */
static void read_line(int fd, char *line, size_t size)
{
    ssize_t got = read(fd, line, size - 1);
    assert_true(got > 0);
    line[got] = '\0';
    char *after = strstr(line, " level=");
    assert_non_null(after);
    memmove(line, after + 1, strlen(after));
}

static void test_a_log_line_is_logfmt(void **state)
{
    (void)state;
    int ends[2];
    char line[8192];
    assert_int_equal(pipe(ends), 0);
    log_start(ends[1], LOG_INFO);
    log_event(LOG_DEBUG, "unseen", NULL);
    log_event(LOG_INFO, "delivered", "mailbox", "support", "left", NULL, "why",
              "a \"b\"\\\nc\x1b", "none", "", NULL);
    read_line(ends[0], line, sizeof line);
    assert_string_equal(line, "level=info event=delivered mailbox=support "
                              "why=\"a \\\"b\\\"\\\\ c?\" none=\"\"\n");

    char *endless = malloc(100001);
    memset(endless, 'x', 100000);
    endless[100000] = '\0';
    log_event(LOG_ERROR, "long", "a", endless, "b", endless, "c", endless, "d", endless,
              "e", endless, "f", endless, "g", endless, "h", endless, NULL);
    read_line(ends[0], line, sizeof line);
    assert_true(strlen(line) < 4096);
    assert_string_equal(line + strlen(line) - 4, "…\n"); /* the last value is whole */
    assert_int_equal(strcspn(line, "\n"), strlen(line) - 1);
    free(endless);
    log_start(-1, LOG_OFF);
    close(ends[0]);
    close(ends[1]);
}

static void test_dates_are_those_of_the_calendar(void **state)
{
    (void)state;
    time_t when;
    char text[32];
    assert_true(clock_parse_date("2026-11-23T20:35:07Z", &when));
    clock_format_utc(when, text, sizeof text);
    assert_string_equal(text, "2026-11-23T20:35:07Z");
    assert_true(clock_parse_date("2028-02-29", &when));
    clock_format_utc(when, text, sizeof text);
    assert_string_equal(text, "2028-02-29T00:00:00Z");
    assert_true(clock_parse_date("2026-11-23T20:35:07.123+00:00", &when));

    static const char *const none[] = {"",
                                       "2026",
                                       "2026-1-05",
                                       "2027-02-29",
                                       "2026-13-01",
                                       "2026-00-10",
                                       " 2026-01-01",
                                       "2026-01-01x",
                                       "2026-01-01T24:00:00Z",
                                       "20260101",
                                       "2026-01-01T10:00:00",
                                       "2026-01-01T10:00:00+02:00",
                                       "2026-01-01T10:00:00.Z"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(clock_parse_date(none[i], &when));
}

static void test_a_url_has_its_parts(void **state)
{
    (void)state;
    struct url url;
    assert_true(url_parse("HTTPS://Login.Example.COM/a/token?x=1", &url, NULL));
    assert_string_equal(url.scheme, "https");
    assert_string_equal(url.host, "login.example.com");
    assert_int_equal(url.port, 443);
    assert_string_equal(url.path, "/a/token");
    assert_string_equal(url.query, "x=1");
    assert_false(url.has_userinfo || url.has_fragment);
    url_free(&url);
    assert_true(url_parse("http://u:p@[::1]:8080#f", &url, NULL));
    assert_string_equal(url.host, "::1");
    assert_int_equal(url.port, 8080);
    assert_string_equal(url.path, "/");
    assert_null(url.query);
    assert_true(url.has_userinfo && url.has_fragment);
    url_free(&url);
    assert_true(url_parse("socks5h://proxy:1080", &url, NULL));
    assert_string_equal(url.scheme, "socks5h");
    url_free(&url);
}

static void test_a_path_is_not_a_url(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "/oauth2/v2.0/token",
                                       "login.example.com/token",
                                       "https:/host/x",
                                       "https://",
                                       "https:///x",
                                       "https://a b/",
                                       "https://host:99999/",
                                       "https://[::1/"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct url url;
        struct err err = ERR_INIT;
        assert_false(url_parse(none[i], &url, &err));
        assert_int_equal(err.class, ERR_SETTING);
        assert_true(err.text[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_error_wins),
        cmocka_unit_test(test_an_error_is_one_safe_line),
        cmocka_unit_test(test_a_long_error_ends_between_characters),
        cmocka_unit_test(test_a_list_keeps_every_error),
        cmocka_unit_test(test_a_log_line_is_logfmt),
        cmocka_unit_test(test_dates_are_those_of_the_calendar),
        cmocka_unit_test(test_a_url_has_its_parts),
        cmocka_unit_test(test_a_path_is_not_a_url),
    };
    return cmocka_run_group_tests_name("base/words", tests, NULL, NULL);
}
