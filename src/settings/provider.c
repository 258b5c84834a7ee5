#include "settings/provider.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "settings/json_value.h"

void provider_free(struct provider **address)
{
    struct provider *provider = *address;

    if (!provider)
        return;
    secret_ref_clear(&provider->client_secret);
    free(provider->name);
    free(provider->title);
    free(provider->issuer);
    free(provider->token_endpoint);
    free(provider->client_id);
    free(provider->auth_method);
    free(provider->scope);
    json_decref(provider->extra);
    free(provider);
    *address = NULL;
}

static bool bad(const char *name, const char *key, const char *what, struct err *err)
{
    return err_set_key(err, ERR_DATA, key, _("Provider %s: \"%s\" %s."), name, key, what);
}

/* An optional string member; false when it is there and no string. */
static bool take_text(const json_t *root, const char *name, const char *key, char **slot,
                      struct err *err)
{
    const json_t *value = json_object_get(root, key);

    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value) || !text_is_clean(json_string_value(value)))
        return bad(name, key, _("must be a string of one line"), err);
    *slot = mem_copy_text(json_string_value(value));
    return true;
}

static bool check_https(const char *name, const char *key, const char *text,
                        struct err *err)
{
    struct url url;
    struct err why = ERR_INIT;
    bool good;

    if (!text)
        return true;
    if (!url_parse(text, &url, &why))
        return bad(name, key, _("is not a full URL"), err);
    good = strcmp(url.scheme, "https") == 0 && !url.has_userinfo;
    url_free(&url);
    return good ||
           bad(name, key, _("must be an https URL without a password in it"), err);
}

/* RFC 7591, section 2: absent means client_secret_basic. */
static bool take_auth_method(struct provider *provider, const json_t *root,
                             struct err *err)
{
    static const char key[] = "token_endpoint_auth_method";
    const json_t *value = json_object_get(root, key);
    const char *method = value ? json_string_value(value) : "client_secret_basic";

    if (method && strcmp(method, "client_secret_post") == 0)
        provider->auth_method = mem_copy_text("post");
    else if (method && strcmp(method, "client_secret_basic") == 0)
        provider->auth_method = mem_copy_text("basic");
    else
        return bad(
            provider->name, key,
            _("must be client_secret_basic or client_secret_post: letterbox has no "
              "other way to authenticate a client"),
            err);
    return true;
}

static bool take_members(struct provider *provider, const json_t *root, struct err *err)
{
    const char *name = provider->name;
    const json_t *secret = json_object_get(root, "client_secret");
    const json_t *expires = json_object_get(root, "client_secret_expires_at");

    if (!take_text(root, name, "client_name", &provider->title, err) ||
        !take_text(root, name, "issuer", &provider->issuer, err) ||
        !take_text(root, name, "token_endpoint", &provider->token_endpoint, err) ||
        !take_text(root, name, "client_id", &provider->client_id, err) ||
        !take_text(root, name, "scope", &provider->scope, err) ||
        !take_auth_method(provider, root, err) ||
        !check_https(name, "issuer", provider->issuer, err) ||
        !check_https(name, "token_endpoint", provider->token_endpoint, err))
        return false;
    if (!provider->client_id || !provider->client_id[0])
        return bad(name, "client_id", _("is missing"), err);
    if (!secret)
        return bad(name, "client_secret", _("is missing"), err);
    if (!provider->issuer && !provider->token_endpoint)
        return bad(name, "token_endpoint",
                   _("is missing, and there is no \"issuer\" either"), err);
    if (expires && !json_is_integer(expires))
        return bad(name, "client_secret_expires_at", _("must be seconds since 1970"),
                   err);
    provider->secret_expires_at = (time_t)json_integer_value(expires);
    return secret_ref_from_json(&provider->client_secret, secret, "client_secret", err);
}

/* The members that let somebody in: RFC 7591 and the token of RFC 7592, which would
 * change the registration itself and has no use here.  Neither is kept with the rest. */
static void drop_secrets(json_t *root)
{
    static const char *const secrets[] = {"client_secret", "registration_access_token"};

    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        json_object_del(root, secrets[i]);
}

struct provider *provider_parse(const char *name, const char *bytes, size_t length,
                                struct err *err)
{
    struct provider *provider = mem_new(1, sizeof *provider);
    struct err why = ERR_INIT;
    bool good = false;

    provider->name = mem_copy_text(name);
    provider->extra = json_value_parse(bytes, length, &why);
    if (provider->extra)
        good = take_members(provider, provider->extra, err);
    else
        err_set(err, why.class, _("Provider %s: %s"), name, why.text);
    drop_secrets(provider->extra);
    if (!good)
        provider_free(&provider);
    else if (!provider->title || !provider->title[0])
        mem_replace_text(&provider->title, name);
    return provider;
}

char *provider_format(const struct provider *provider)
{
    json_t *root = json_deep_copy(provider->extra);
    json_t *secret = secret_ref_to_json(&provider->client_secret);
    char *text, *line;

    if (provider->token_endpoint)
        json_object_set_new(root, "token_endpoint",
                            json_string(provider->token_endpoint));
    if (secret)
        json_object_set_new(root, "client_secret", secret);
    text = json_dumps(root, JSON_INDENT(2));
    line = mem_format("%s\n", text);
    free(text);
    json_decref(root);
    return line;
}
