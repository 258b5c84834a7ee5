#include "ui/commands/ago.h"

#include <stdio.h>

#include "base/i18n.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

void ago_span(long long seconds, char out[AGO_MAX])
{
    long long days = seconds / DAY;

    if (seconds < 0)
        seconds = 0;
    if (seconds < 2 * MINUTE)
        snprintf(out, AGO_MAX, _("%lld s"), seconds);
    else if (seconds < 2 * HOUR)
        snprintf(out, AGO_MAX, _("%lld min"), seconds / MINUTE);
    else if (seconds < 2 * DAY)
        snprintf(out, AGO_MAX, _("%lld h"), seconds / HOUR);
    else
        snprintf(out, AGO_MAX, ngettext("%lld day", "%lld days", (unsigned long)days),
                 days);
}

void ago_instant(time_t when, time_t now, char out[AGO_MAX])
{
    char span[AGO_MAX];

    ago_span(when > now ? when - now : now - when, span);
    if (when == now)
        snprintf(out, AGO_MAX, "%s", _("now"));
    else if (when > now)
        snprintf(out, AGO_MAX, _("in %s"), span);
    else
        snprintf(out, AGO_MAX, _("%s ago"), span);
}
