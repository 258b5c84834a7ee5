#include "settings/expiry.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "settings/store.h"

enum { DAY_S = 24 * 60 * 60, DAYS_MOST = 1000000 };

/* The number of the day since 1970, also of an instant before. */
static long long day_of(time_t when)
{
    long long seconds = when;

    return seconds / DAY_S - (seconds % DAY_S < 0 ? 1 : 0);
}

static struct expiry expiry_at(time_t when, time_t now)
{
    struct expiry expiry = {.state = EXPIRY_FINE};
    long long days = day_of(when) - day_of(now);
    char instant[32];

    clock_format_utc(when, instant, sizeof instant);
    if (instant[0] == '\0' || days > DAYS_MOST || days < -DAYS_MOST)
        return (struct expiry){.state = EXPIRY_NONE};
    snprintf(expiry.day, sizeof expiry.day, "%.10s", instant);
    expiry.days_left = (int)days;
    if (days < 0)
        expiry.state = EXPIRY_PAST;
    else if (days == 0)
        expiry.state = EXPIRY_TODAY;
    else if (days <= EXPIRY_SOON_DAYS)
        expiry.state = EXPIRY_SOON;
    return expiry;
}

struct expiry expiry_of_date(const char *date, time_t now)
{
    time_t when;

    if (!clock_parse_date(date, &when))
        return (struct expiry){.state = EXPIRY_NONE};
    return expiry_at(when, now);
}

struct expiry expiry_of_seconds(time_t seconds, time_t now)
{
    if (seconds <= 0)
        return (struct expiry){.state = EXPIRY_NONE};
    return expiry_at(seconds, now);
}

static bool uses_provider(const struct settings *settings)
{
    return settings_is(settings, SET_AUTH_METHOD, "oauth") &&
           settings_is(settings, SET_OAUTH_SOURCE, "provider");
}

struct expiry expiry_of_settings(const struct settings *settings, time_t now)
{
    if (!settings_is(settings, SET_AUTH_METHOD, "oauth") || uses_provider(settings))
        return (struct expiry){.state = EXPIRY_NONE};
    return expiry_of_date(settings_text(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT),
                          now);
}

struct expiry expiry_of_mailbox(struct store *store, const struct settings *settings,
                                time_t now)
{
    struct provider *provider;
    struct expiry expiry = {.state = EXPIRY_NONE};

    if (!uses_provider(settings))
        return expiry_of_settings(settings, now);
    provider =
        store_load_provider(store, settings_text(settings, SET_OAUTH_PROVIDER), NULL);
    if (provider)
        expiry = expiry_of_seconds(provider->secret_expires_at, now);
    provider_free(&provider);
    return expiry;
}

bool expiry_is_near(const struct expiry *expiry)
{
    return expiry->state >= EXPIRY_SOON;
}

void expiry_distance(const struct expiry *expiry, char *out, size_t size)
{
    int days = expiry->days_left < 0 ? -expiry->days_left : expiry->days_left;

    switch (expiry->state) {
    case EXPIRY_NONE:
        snprintf(out, size, "%s", "");
        break;
    case EXPIRY_FINE:
    case EXPIRY_SOON:
        snprintf(out, size, ngettext("in %d day", "in %d days", (unsigned)days), days);
        break;
    case EXPIRY_TODAY:
        snprintf(out, size, "%s", _("today"));
        break;
    case EXPIRY_PAST:
        snprintf(out, size, ngettext("%d day ago", "%d days ago", (unsigned)days), days);
        break;
    }
}

void expiry_sentence(const struct expiry *expiry, char *out, size_t size)
{
    char distance[64];

    expiry_distance(expiry, distance, sizeof distance);
    switch (expiry->state) {
    case EXPIRY_NONE:
        snprintf(out, size, "%s", "");
        break;
    case EXPIRY_FINE:
    case EXPIRY_SOON:
    case EXPIRY_TODAY:
        snprintf(out, size, _("The Client secret expires on %s, %s."), expiry->day,
                 distance);
        break;
    case EXPIRY_PAST:
        snprintf(out, size, _("The Client secret expired on %s, %s."), expiry->day,
                 distance);
        break;
    }
}
