#include "wizard/follow.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "settings/mailbox.h"
#include "wizard/consuming.h"
#include "wizard/entra.h"

#define FOLLOWER(name)                                                                   \
    void follow_##name(const struct wizard_context *context, struct settings *settings,  \
                       const bool touched[SET_COUNT], const char *before)

static bool is_empty(const struct settings *settings, enum setting_id id)
{
    return settings_text(settings, id)[0] == '\0';
}

/* Puts `value` where nothing stands, or where what stands there is still `was`, the value
 * that letterbox itself had put there. */
static void follow(struct settings *settings, const bool touched[SET_COUNT],
                   enum setting_id id, const char *was, const char *value)
{
    if (is_empty(settings, id) || (!touched[id] && settings_is(settings, id, was)))
        settings_set(settings, id, value);
}

/* The Token URL was derived from `cloud` and `tenant`; derives it from today's.  A bare
 * path is completed whoever put it there: it can never be what was meant. */
static void follow_token_url(const struct wizard_context *context,
                             struct settings *settings, const bool touched[SET_COUNT],
                             const char *cloud, const char *tenant)
{
    char *was = entra_derived_url(context->exchange, cloud, tenant);
    char *url =
        entra_derived_url(context->exchange, settings_text(settings, SET_OAUTH_CLOUD),
                          settings_text(settings, SET_OAUTH_TENANT));

    if (settings_is(settings, SET_OAUTH_TOKEN_URL, context->exchange->token_path))
        settings_set(settings, SET_OAUTH_TOKEN_URL, url);
    else
        follow(settings, touched, SET_OAUTH_TOKEN_URL, was, url);
    free(was);
    free(url);
}

static void put_exchange(const struct wizard_context *context, struct settings *settings,
                         const bool touched[SET_COUNT])
{
    const char *cloud_id = settings_text(settings, SET_OAUTH_CLOUD);
    const struct preset_cloud *cloud = preset_cloud_find(context->exchange, cloud_id);

    follow(settings, touched, SET_OAUTH_SCOPE, "", context->exchange->delegated_scope);
    follow_token_url(context, settings, touched, cloud_id,
                     settings_text(settings, SET_OAUTH_TENANT));
    if (cloud)
        follow(settings, touched, SET_SERVER_HOST, "", cloud->imap_host);
}

/* Away from Exchange its pre-fills would only be in the way. */
static void take_exchange_away(const struct wizard_context *context,
                               struct settings *settings, const bool touched[SET_COUNT])
{
    char *url =
        entra_derived_url(context->exchange, settings_text(settings, SET_OAUTH_CLOUD),
                          settings_text(settings, SET_OAUTH_TENANT));
    const char *host = settings_text(settings, SET_SERVER_HOST);

    follow(settings, touched, SET_OAUTH_SCOPE, context->exchange->delegated_scope, "");
    follow(settings, touched, SET_OAUTH_TOKEN_URL, url, "");
    if (entra_cloud_by_imap(context->exchange, host) && !touched[SET_SERVER_HOST])
        settings_set(settings, SET_SERVER_HOST, "");
    free(url);
}

FOLLOWER(choice)
{
    (void)before;
    if (entra_is_exchange(settings))
        put_exchange(context, settings, touched);
    else
        take_exchange_away(context, settings, touched);
}

FOLLOWER(cloud)
{
    const struct preset_exchange *exchange = context->exchange;
    const struct preset_cloud *was = preset_cloud_find(exchange, before);
    const struct preset_cloud *now =
        preset_cloud_find(exchange, settings_text(settings, SET_OAUTH_CLOUD));

    follow_token_url(context, settings, touched, before,
                     settings_text(settings, SET_OAUTH_TENANT));
    if (!was || !now)
        return;
    follow(settings, touched, SET_SERVER_HOST, was->imap_host, now->imap_host);
    if (!is_empty(settings, SET_OAUTH_SCOPE))
        follow(settings, touched, SET_OAUTH_SCOPE, was->scope, now->scope);
}

FOLLOWER(tenant)
{
    follow_token_url(context, settings, touched, settings_text(settings, SET_OAUTH_CLOUD),
                     before);
}

/* With Basic auth the login is the mailbox's address more often than not. */
FOLLOWER(username)
{
    char *user = settings->text[SET_MAILBOX_USER];
    char old[256] = "";

    if (strlen(user) < sizeof old)
        memcpy(old, user, strlen(user) + 1);
    follow(settings, touched, SET_MAILBOX_USER, before,
           settings_text(settings, SET_BASIC_USERNAME));
    if (!settings_is(settings, SET_MAILBOX_USER, old))
        follow_user(context, settings, touched, old);
}

/* The name that a mailbox address suggests: its local part in the letters of a name; ""
 * when none is left. */
static void name_from_address(const char *address, char *out, size_t size)
{
    size_t length = 0;

    for (; *address && *address != '@' && length + 1 < size && length < MAILBOX_NAME_MAX;
         address++) {
        unsigned char c = (unsigned char)tolower((unsigned char)*address);
        bool is_first = length == 0;

        if ((isascii(c) && isalnum(c)) || (!is_first && strchr("._-", c)))
            out[length++] = (char)c;
        else if (!is_first && out[length - 1] != '-')
            out[length++] = '-';
    }
    while (length > 0 && out[length - 1] == '-')
        length--;
    out[length] = '\0';
}

FOLLOWER(user)
{
    char was[MAILBOX_NAME_MAX + 1];
    char name[MAILBOX_NAME_MAX + 1];

    (void)context;
    name_from_address(before, was, sizeof was);
    name_from_address(settings_text(settings, SET_MAILBOX_USER), name, sizeof name);
    follow(settings, touched, SET_NAME, was, name);
}

FOLLOWER(security)
{
    bool tls = settings_is(settings, SET_SERVER_SECURITY, "tls");

    (void)context;
    (void)before;
    follow(settings, touched, SET_SERVER_PORT, tls ? "143" : "993", tls ? "993" : "143");
}

static const char *value_for(const struct consumer *consumer, enum setting_id id)
{
    return consumer && consumer->given[id] ? settings_text(&consumer->settings, id)
                                           : setting_defs[id].preset;
}

/* The way is what was chosen; what goes with it is filled in. */
FOLLOWER(consumer)
{
    const struct consumer *was = consuming_find(context, before);
    const struct consumer *now = consuming_chosen(context, settings);

    if (!now)
        return;
    for (enum setting_id id = 0; id < SET_COUNT; id++) {
        if (now->given[id] || (was && was->given[id]))
            follow(settings, touched, id, value_for(was, id), value_for(now, id));
    }
    settings_set(settings, SET_INGEST_DELIVER, value_for(now, SET_INGEST_DELIVER));
}
