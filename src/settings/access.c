#include "settings/access.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "settings/store.h"

struct access *access_prepare(const struct store *store, const struct settings *settings)
{
    struct access *access = mem_new(1, sizeof *access);

    settings_copy(&access->settings, settings);
    access->uses_token = settings_is(settings, SET_AUTH_METHOD, "oauth");
    access->config_dir = mem_copy_text(store_config_dir(store));
    access->state_dir = mem_copy_text(store_state_dir(store));
    return access;
}

static bool read_secret(struct access *access, struct store *store,
                        const struct secret_ref *ref, enum setting_id id, struct err *err)
{
    struct err why = ERR_INIT;

    access->credential = store_read_secret(store, ref, &why);
    return access->credential ||
           err_set_key(err, why.class, setting_defs[id].key, "%s", why.text);
}

static bool take_provider(struct access *access, struct store *store, struct err *err)
{
    const char *name = settings_text(&access->settings, SET_OAUTH_PROVIDER);
    struct err why = ERR_INIT;
    struct provider *provider = store_load_provider(store, name, &why);
    bool done;

    if (!provider)
        return err_set_key(err, why.class, setting_defs[SET_OAUTH_PROVIDER].key, "%s",
                           why.text);
    access->token_url = mem_copy_text(provider->token_endpoint);
    if (!access->token_url)
        access->issuer = mem_copy_text(provider->issuer);
    access->client_id = mem_copy_text(provider->client_id);
    access->client_auth = mem_copy_text(provider->auth_method);
    access->secret_expires_at = provider->secret_expires_at;
    done = read_secret(access, store, &provider->client_secret, SET_OAUTH_PROVIDER, err);
    provider_free(&provider);
    return done;
}

static bool take_oauth(struct access *access, struct store *store, struct err *err)
{
    const struct settings *settings = &access->settings;
    bool exchange = settings_is(settings, SET_OAUTH_SOURCE, "exchange");
    time_t expires_at;

    if (settings_is(settings, SET_OAUTH_SOURCE, "provider"))
        return take_provider(access, store, err);
    access->token_url = mem_copy_text(settings_text(settings, SET_OAUTH_TOKEN_URL));
    access->client_id = mem_copy_text(settings_text(settings, SET_OAUTH_CLIENT_ID));
    access->client_auth =
        mem_copy_text(exchange ? "post" : settings_text(settings, SET_OAUTH_CLIENT_AUTH));
    if (clock_parse_date(settings_text(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT),
                         &expires_at))
        access->secret_expires_at = expires_at;
    return read_secret(access, store, &settings->client_secret, SET_OAUTH_CLIENT_SECRET,
                       err);
}

bool access_complete(struct access *access, struct err *err)
{
    struct settings *settings = &access->settings;
    struct store *store;
    bool done = false;

    if (!access->config_dir)
        return true;
    store = store_open(access->config_dir, access->state_dir, err);
    if (store && access->uses_token)
        done = take_oauth(access, store, err);
    else if (store)
        done = read_secret(access, store, &settings->basic_password, SET_BASIC_PASSWORD,
                           err);
    store_close(&store);
    secret_ref_clear(&settings->basic_password);
    secret_ref_clear(&settings->client_secret);
    mem_replace_text(&access->config_dir, NULL);
    mem_replace_text(&access->state_dir, NULL);
    return done;
}

struct access *access_resolve(const struct store *store, const struct settings *settings,
                              struct err *err)
{
    struct access *access = access_prepare(store, settings);

    if (!access_complete(access, err))
        access_free(&access);
    return access;
}

void access_free(struct access **address)
{
    struct access *access = *address;

    if (!access)
        return;
    settings_free(&access->settings);
    secret_free(&access->credential);
    free(access->token_url);
    free(access->issuer);
    free(access->client_id);
    free(access->client_auth);
    free(access->config_dir);
    free(access->state_dir);
    free(access);
    *address = NULL;
}
