/*
 * Times in words: "12 s ago", "in 4 min".
 */
#ifndef LETTERBOX_UI_COMMANDS_AGO_H
#define LETTERBOX_UI_COMMANDS_AGO_H

#include <stddef.h>
#include <time.h>

#define AGO_MAX 48 /* room enough for each of them, in any language */

/* How long that is: "12 s", "4 min", "3 h", "12 days"; what is below 0 counts as 0. */
void ago_span(long long seconds, char out[AGO_MAX]);

/* When that was or will be, seen from `now`: "12 s ago", "now", "in 4 min". */
void ago_instant(time_t when, time_t now, char out[AGO_MAX]);

#endif
