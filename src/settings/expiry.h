/*
 * How long a Client secret still lasts: whole days of UTC, from a date or an instant.
 *
 * A secret that ends at noon lasts "today" all day: administrators are told too early
 * rather than too late.  All but expiry_of_mailbox are pure; `now` is in seconds since
 * 1970.
 */
#ifndef LETTERBOX_SETTINGS_EXPIRY_H
#define LETTERBOX_SETTINGS_EXPIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "settings/setting.h"

struct store;

#define EXPIRY_SOON_DAYS 30

enum expiry_state {
    EXPIRY_NONE,  /* no date is known, or it is none; or it never ends */
    EXPIRY_FINE,  /* more than EXPIRY_SOON_DAYS away */
    EXPIRY_SOON,  /* that many days or fewer */
    EXPIRY_TODAY, /* it is that day now */
    EXPIRY_PAST,
};

struct expiry {
    enum expiry_state state;
    int days_left; /* 0 today, negative when past; 0 for EXPIRY_NONE */
    char day[12];  /* "2027-03-31"; "" for EXPIRY_NONE */
};

/* From "YYYY-MM-DD" or an RFC 3339 instant in UTC; "" or anything else is EXPIRY_NONE. */
struct expiry expiry_of_date(const char *date, time_t now);

/* From seconds since 1970, as RFC 7591's client_secret_expires_at: 0 is never. */
struct expiry expiry_of_seconds(time_t seconds, time_t now);

/* From what these settings ask for: the date beside the secret; nothing for Basic auth
 * and for an existing provider, whose own date counts. */
struct expiry expiry_of_settings(const struct settings *settings, time_t now);

/* The same, with an existing provider's own date read from its file; EXPIRY_NONE when
 * that cannot be read, which is another's error to tell. */
struct expiry expiry_of_mailbox(struct store *store, const struct settings *settings,
                                time_t now);

/* Is there something to warn of? */
bool expiry_is_near(const struct expiry *expiry);

/* "The Client secret expires on 2027-03-31, in 12 days." into `out`; "" when no date is
 * known. */
void expiry_sentence(const struct expiry *expiry, char *out, size_t size);

/* "in 12 days", "today", "3 days ago"; "" when no date is known. */
void expiry_distance(const struct expiry *expiry, char *out, size_t size);

#endif
