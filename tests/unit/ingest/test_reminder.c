/* The ingest's reminder of a Client secret that ends: once a day, from 30 days before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/reminder.h"
#include "support/scratch/scratch.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

/* 2026-11-23T20:35:00Z */
#define NOW 1795466100

struct desk {
    struct scratch scratch;
    struct store *store;
    struct mailbox *mailbox;
    struct reminder reminder;
    int fd;
};

static int open_desk(void **state)
{
    struct desk *desk = mem_new(1, sizeof *desk);
    struct err err = ERR_INIT;
    struct settings *settings;

    scratch_make(&desk->scratch);
    desk->store = store_open(scratch_at(&desk->scratch, "config"), NULL, &err);
    assert_non_null(desk->store);
    desk->mailbox = mailbox_new("support");
    settings = &desk->mailbox->settings;
    settings_set(settings, SET_AUTH_METHOD, "oauth");
    settings_set(settings, SET_OAUTH_SOURCE, "exchange");
    settings_set(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "2026-12-24");
    desk->fd =
        open(scratch_at(&desk->scratch, "log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    log_start(desk->fd, LOG_INFO);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    log_start(-1, LOG_OFF);
    close(desk->fd);
    mailbox_free(&desk->mailbox);
    store_close(&desk->store);
    scratch_remove(&desk->scratch);
    free(desk);
    return 0;
}

/* What one look adds to the log; the caller's. */
static char *look(struct desk *desk, time_t now)
{
    char *log;

    assert_int_equal(ftruncate(desk->fd, 0), 0);
    assert_int_equal(lseek(desk->fd, 0, SEEK_SET), 0);
    reminder_look(&desk->reminder, desk->store, desk->mailbox, now);
    log = scratch_read(&desk->scratch, "log", NULL);
    assert_non_null(log);
    return log;
}

static void assert_said(struct desk *desk, time_t now, const char *part)
{
    char *log = look(desk, now);

    if (part ? !strstr(log, part) : log[0] != '\0')
        fail_msg("%s, not: %s", log, part ? part : "nothing");
    free(log);
}

static void test_a_day_has_one_line_from_thirty_days_before(void **state)
{
    struct desk *desk = *state;

    assert_said(desk, NOW, NULL); /* 31 days */
    assert_said(desk, NOW + HOUR, NULL);
    assert_said(desk, NOW + DAY,
                "level=warn event=secret-expires mailbox=support date=2026-12-24 "
                "days_left=30 todo=\"Make a new Client secret and enter it with its "
                "date: letterbox setup support\"\n");
    assert_said(desk, NOW + DAY + HOUR, NULL);
    assert_said(desk, NOW + DAY + 4 * HOUR, "days_left=29"); /* the next day of UTC */
    assert_said(desk, NOW + DAY + 5 * HOUR, NULL);
    assert_said(desk, NOW + 31 * DAY, "days_left=0");
    assert_said(desk, NOW + 32 * DAY, "days_left=-1");
}

static void test_the_first_look_says_it_at_once(void **state)
{
    struct desk *desk = *state;

    assert_said(desk, NOW + 20 * DAY, "days_left=11");
}

static void test_a_clock_that_was_wrong_keeps_no_reminder(void **state)
{
    struct desk *desk = *state;

    assert_said(desk, NOW + 4000 * DAY, "days_left=-");
    assert_said(desk, NOW + 20 * DAY, "days_left=11");
    assert_said(desk, NOW + 20 * DAY + HOUR, NULL);
}

static void test_without_a_date_nothing_is_said(void **state)
{
    struct desk *desk = *state;

    settings_set(&desk->mailbox->settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "");
    assert_said(desk, NOW, NULL);
    assert_said(desk, NOW + 400 * DAY, NULL);
}

static void put_provider(struct desk *desk, const char *expires_at)
{
    char *text = mem_format("{\"client_id\": \"a\", \"client_secret\": \"planted\","
                            " \"token_endpoint\": \"https://id.example.com/token\","
                            " \"client_secret_expires_at\": %s}",
                            expires_at);
    struct err err = ERR_INIT;
    struct provider *provider = provider_parse("own", text, strlen(text), &err);

    assert_non_null(provider);
    if (!store_save_provider(desk->store, provider, true, &err))
        fail_msg("%s", err.text);
    provider_free(&provider);
    free(text);
}

/* It was replaced while the ingest ran: no more lines. */
static void test_a_providers_date_is_read_anew_each_day(void **state)
{
    struct desk *desk = *state;

    settings_set(&desk->mailbox->settings, SET_OAUTH_SOURCE, "provider");
    settings_set(&desk->mailbox->settings, SET_OAUTH_PROVIDER, "own");
    put_provider(desk, "1796000000"); /* 2026-11-30 */
    assert_said(desk, NOW,
                "date=2026-11-30 days_left=7 todo=\"Make a new Client secret and add the "
                "provider again: letterbox provider add --replace own FILE\"");
    put_provider(desk, "1900000000");
    assert_said(desk, NOW + DAY, NULL);
}

#define UNIT(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_a_day_has_one_line_from_thirty_days_before),
        UNIT(test_the_first_look_says_it_at_once),
        UNIT(test_a_clock_that_was_wrong_keeps_no_reminder),
        UNIT(test_without_a_date_nothing_is_said),
        UNIT(test_a_providers_date_is_read_anew_each_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
