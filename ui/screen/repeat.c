#include "ui/screen/repeat.h"

#include <stddef.h>
#include <stdio.h>

#include "base/i18n.h"
#include "base/mem.h"

#define SECOND_US INT64_C(1000000)

void repeat_note(struct repeat *repeat, struct moment now, bool passed,
                 bool may_pass_later)
{
    repeat->tests++;
    repeat->ended = now;
    if (repeat->state != REPEAT_ON)
        return;
    if (passed)
        repeat->state = REPEAT_PASSED;
    else if (!may_pass_later)
        repeat->state = REPEAT_STOPPED;
}

int64_t repeat_wait_us(const struct repeat *repeat, struct moment now)
{
    int64_t wait = repeat->ended.us + REPEAT_EVERY_S * SECOND_US - now.us;

    if (repeat->state != REPEAT_ON)
        return -1;
    return wait > 0 ? wait : 0;
}

#define TIME_SIZE 16

static void format_time(time_t when, char out[TIME_SIZE])
{
    struct tm local;

    if (!localtime_r(&when, &local) || strftime(out, TIME_SIZE, "%H:%M:%S", &local) == 0)
        snprintf(out, TIME_SIZE, "?");
}

char *repeat_sentence(const struct repeat *repeat, bool testing)
{
    char last[TIME_SIZE], next[TIME_SIZE];

    format_time(repeat->ended.date, last);
    format_time(repeat->ended.date + REPEAT_EVERY_S, next);
    switch (repeat->state) {
    case REPEAT_ON:
        if (testing)
            return mem_format(
                ngettext("Tested %u time, last at %s; testing again now. Esc stops.",
                         "Tested %u times, last at %s; testing again now. Esc stops.",
                         repeat->tests),
                repeat->tests, last);
        return mem_format(ngettext("Tested %u time, last at %s; again at %s. Esc stops.",
                                   "Tested %u times, last at %s; again at %s. Esc stops.",
                                   repeat->tests),
                          repeat->tests, last, next);
    case REPEAT_PASSED:
        return mem_format(_("Passed at %s, with test number %u."), last, repeat->tests);
    case REPEAT_STOPPED:
        return mem_copy_text(_("Testing every minute has ended: this does not pass by "
                               "waiting."));
    case REPEAT_OFF:
        break;
    }
    return NULL;
}
