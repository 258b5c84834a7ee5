/*
 * Time, in one place.  Durations are monotonic; dates are UTC.
 */
#ifndef LETTERBOX_BASE_CLOCK_H
#define LETTERBOX_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

int64_t clock_now_ms(void); /* monotonic */
int64_t clock_now_us(void); /* monotonic */

/* "2026-11-23T20:35:00Z" (RFC 3339) into `out`, at least 21 bytes. */
void clock_format_utc(time_t when, char *out, size_t size);

/* "YYYY-MM-DD" or an RFC 3339 instant in UTC; false when it is no such date. */
bool clock_parse_date(const char *text, time_t *when);

#endif
