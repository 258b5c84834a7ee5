#include "base/clock.h"

#include <string.h>

int64_t clock_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_ms(void)
{
    return clock_now_us() / 1000;
}

void clock_format_utc(time_t when, char *out, size_t size)
{
    struct tm tm;

    if (!gmtime_r(&when, &tm) || !strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm))
        out[0] = '\0';
}

bool clock_parse_date(const char *text, time_t *when)
{
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct tm tm = {0}, back;
        const char *end = strptime(text, forms[i], &tm);
        int day = tm.tm_mday;
        if (!end || *end)
            continue;
        *when = timegm(&tm);
        /* strptime takes 2026-02-31; the calendar does not give it back. */
        return gmtime_r(when, &back) && back.tm_mday == day;
    }
    return false;
}
