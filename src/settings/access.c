#include "settings/access.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "settings/store.h"

static struct access *access_new(const struct settings *settings)
{
    struct access *access = mem_new(1, sizeof *access);

    settings_copy(&access->settings, settings);
    secret_ref_clear(&access->settings.basic_password);
    secret_ref_clear(&access->settings.client_secret);
    access->uses_token = settings_is(settings, SET_AUTH_METHOD, "oauth");
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
    done = read_secret(access, store, &provider->client_secret, SET_OAUTH_PROVIDER, err);
    provider_free(&provider);
    return done;
}

static bool take_oauth(struct access *access, struct store *store,
                       const struct settings *settings, struct err *err)
{
    bool exchange = settings_is(settings, SET_OAUTH_SOURCE, "exchange");

    if (settings_is(settings, SET_OAUTH_SOURCE, "provider"))
        return take_provider(access, store, err);
    access->token_url = mem_copy_text(settings_text(settings, SET_OAUTH_TOKEN_URL));
    access->client_id = mem_copy_text(settings_text(settings, SET_OAUTH_CLIENT_ID));
    access->client_auth =
        mem_copy_text(exchange ? "post" : settings_text(settings, SET_OAUTH_CLIENT_AUTH));
    return read_secret(access, store, &settings->client_secret, SET_OAUTH_CLIENT_SECRET,
                       err);
}

struct access *access_resolve(struct store *store, const struct settings *settings,
                              struct err *err)
{
    struct access *access = access_new(settings);
    bool done;

    if (access->uses_token)
        done = take_oauth(access, store, settings, err);
    else
        done = read_secret(access, store, &settings->basic_password, SET_BASIC_PASSWORD,
                           err);
    if (!done)
        access_free(&access);
    return access;
}

struct access *access_copy(const struct access *access)
{
    struct access *copy = access_new(&access->settings);

    copy->uses_token = access->uses_token;
    copy->credential = secret_copy(access->credential);
    copy->token_url = mem_copy_text(access->token_url);
    copy->issuer = mem_copy_text(access->issuer);
    copy->client_id = mem_copy_text(access->client_id);
    copy->client_auth = mem_copy_text(access->client_auth);
    return copy;
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
    free(access);
    *address = NULL;
}
