#include "base/clock.h"

#include <stdio.h>
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
    struct tm parts;
    if (!size)
        return;
    if (!gmtime_r(&when, &parts) || !strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &parts))
        out[0] = '\0';
}

/* As many digits as `pattern` has letters "0"; every other character stands for itself.
 */
static bool has_shape(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++) {
        bool digit = *text >= '0' && *text <= '9';
        if (*pattern == '0' ? !digit : *text != *pattern)
            return false;
    }
    return true;
}

static int number_at(const char *text, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

/* After "T": the time, a fraction that is dropped, and UTC's offset. */
static bool parse_time(const char *text, struct tm *parts)
{
    if (!has_shape(text, "00:00:00"))
        return false;
    parts->tm_hour = number_at(text, 2);
    parts->tm_min = number_at(text + 3, 2);
    parts->tm_sec = number_at(text + 6, 2);
    text += 8;
    if (*text == '.') {
        size_t digits = strspn(text + 1, "0123456789");
        if (!digits)
            return false;
        text += 1 + digits;
    }
    return strcmp(text, "Z") == 0 || strcmp(text, "z") == 0 ||
           strcmp(text, "+00:00") == 0 || strcmp(text, "-00:00") == 0;
}

bool clock_parse_date(const char *text, time_t *when)
{
    struct tm parts = {0};
    if (!has_shape(text, "0000-00-00"))
        return false;
    parts.tm_year = number_at(text, 4) - 1900;
    parts.tm_mon = number_at(text + 5, 2) - 1;
    parts.tm_mday = number_at(text + 8, 2);
    text += 10;
    if (*text && !((*text == 'T' || *text == 't') && parse_time(text + 1, &parts)))
        return false;

    /* timegm() carries over what is too large: a date that it had to change is none. */
    struct tm asked = parts;
    *when = timegm(&parts);
    return parts.tm_year == asked.tm_year && parts.tm_mon == asked.tm_mon &&
           parts.tm_mday == asked.tm_mday && parts.tm_hour == asked.tm_hour &&
           parts.tm_min == asked.tm_min && parts.tm_sec == asked.tm_sec;
}
