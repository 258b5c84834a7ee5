#include "wizard/steps.h"

#include "base/i18n.h"
#include "wizard/entra.h"
#include "wizard/pages.h"

static bool is_oauth(const struct settings *settings)
{
    return settings_is(settings, SET_AUTH_METHOD, "oauth");
}

static bool is_provider(const struct settings *settings)
{
    return is_oauth(settings) && settings_is(settings, SET_OAUTH_SOURCE, "provider");
}

static bool is_custom(const struct settings *settings)
{
    return is_oauth(settings) && settings_is(settings, SET_OAUTH_SOURCE, "custom");
}

static bool is_basic(const struct settings *settings)
{
    return settings_is(settings, SET_AUTH_METHOD, "basic");
}

#define FIELDS(table)                                                                    \
    .fields = page_##table##_fields,                                                     \
    .field_count = sizeof page_##table##_fields / sizeof *page_##table##_fields

const struct page wizard_pages[PAGE_COUNT] = {
    [PAGE_AUTHENTICATION] = {"authentication", N_("Authentication"),
                             N_("How letterbox shows the mail server who it is."),
                             FIELDS(authentication)},
    [PAGE_OAUTH_PROVIDER] = {"oauth-provider", N_("OAuth provider"),
                             N_("Where the token comes from."), FIELDS(oauth_provider),
                             .visible = is_oauth},
    [PAGE_EXCHANGE] = {"exchange", "Microsoft Exchange",
                       N_("The app's values from the Entra admin center."),
                       FIELDS(exchange), .visible = entra_is_exchange},
    [PAGE_OPENID] = {"openid", N_("OpenID provider"),
                     N_("A provider that is set up already, and the scope for this "
                        "mailbox."),
                     FIELDS(openid), .visible = is_provider},
    [PAGE_CUSTOM] = {"custom", N_("Custom"),
                     N_("The client as the token server knows it."), FIELDS(custom),
                     .visible = is_custom},
    [PAGE_BASIC] = {"basic", "Basic auth", N_("The login of the mailbox."), FIELDS(basic),
                    .visible = is_basic},
    [PAGE_SERVER] = {"server", N_("Server"),
                     N_("Which mailbox is read, and on which server."), FIELDS(server)},
    [PAGE_PROCESSING] = {"processing", N_("Processing"),
                         N_("Where messages go, and what happens to them in the "
                            "mailbox."),
                         FIELDS(processing)},
    [PAGE_TEST] = {"test", N_("Test"),
                   N_("Everything is tried now, as it is entered; nothing in the mailbox "
                      "changes."),
                   NULL, 0},
    [PAGE_REVIEW] = {"review", N_("Review"),
                     N_("All of it once more, before it is saved."), FIELDS(review)},
};

size_t steps_on_the_way(const struct settings *settings, enum page_id way[PAGE_COUNT])
{
    size_t count = 0;

    for (enum page_id id = 0; id < PAGE_COUNT; id++) {
        if (!wizard_pages[id].visible || wizard_pages[id].visible(settings))
            way[count++] = id;
    }
    return count;
}

bool steps_find(const struct settings *settings, enum setting_id id, enum page_id *page,
                size_t *field)
{
    enum page_id way[PAGE_COUNT];
    size_t count = steps_on_the_way(settings, way);

    for (size_t i = 0; i < count; i++) {
        const struct page *here = &wizard_pages[way[i]];

        for (size_t j = 0; j < here->field_count; j++) {
            if (here->fields[j].setting != id ||
                !field_is_visible(&here->fields[j], settings))
                continue;
            *page = way[i];
            *field = j;
            return true;
        }
    }
    return false;
}
