#include "oauth/claims.h"

#include <gnutls/gnutls.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"

enum { TOKEN_LIMIT = 64 * 1024 };

/* The middle of header.payload.signature (RFC 7519, 3); 0 when it is no such token.  Five
 * parts are an encrypted one (RFC 7516), whose payload is not for us. */
static size_t find_payload(const char *token, const char **payload)
{
    const char *first = strchr(token, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;

    if (!second || strchr(second + 1, '.'))
        return 0;
    *payload = first + 1;
    return (size_t)(second - first - 1);
}

/* base64url without padding (RFC 7515, 2) into bytes. */
static bool decode(const char *text, size_t length, struct buf *out)
{
    gnutls_datum_t in, bytes = {NULL, 0};
    struct buf padded;
    bool done;

    buf_init_secret(&padded, TOKEN_LIMIT + 4);
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        buf_add_char(&padded, c == '-' ? '+' : c == '_' ? '/' : c);
    }
    while (padded.length % 4 && !padded.overflowed)
        buf_add_char(&padded, '=');
    in = (gnutls_datum_t){(unsigned char *)padded.data, (unsigned)padded.length};
    done = !padded.overflowed && length > 0 && gnutls_base64_decode2(&in, &bytes) == 0;
    if (done) {
        done = buf_add(out, (const char *)bytes.data, bytes.size);
        gnutls_free(bytes.data);
    }
    buf_free(&padded);
    return done;
}

static void copy(char *out, size_t size, const json_t *value, const struct scrub *hidden)
{
    if (json_is_string(value))
        scrub_copy(hidden, out, size, json_string_value(value),
                   json_string_length(value));
}

/* The first of several names that is there. */
static void copy_first(char *out, size_t size, const json_t *root,
                       const char *const *names, const struct scrub *hidden)
{
    for (; *names && !out[0]; names++)
        copy(out, size, json_object_get(root, *names), hidden);
}

/* `aud` is a string or an array of strings (RFC 7519, 4.1.3). */
static void copy_audience(char *out, size_t size, const json_t *value,
                          const struct scrub *hidden)
{
    struct buf all;

    if (!json_is_array(value)) {
        copy(out, size, value, hidden);
        return;
    }
    buf_init(&all, 4 * size);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *one = json_string_value(json_array_get(value, i));
        if (one && all.length)
            buf_add_char(&all, ' ');
        if (one)
            buf_add_text(&all, one);
    }
    scrub_copy(hidden, out, size, all.data, all.length);
    buf_free(&all);
}

static void copy_roles(struct claims *claims, const json_t *roles,
                       const struct scrub *hidden)
{
    for (size_t i = 0; i < json_array_size(roles) && claims->role_count < CLAIMS_ROLE_MAX;
         i++)
        if (json_is_string(json_array_get(roles, i)))
            copy(claims->roles[claims->role_count++], sizeof claims->roles[0],
                 json_array_get(roles, i), hidden);
}

static time_t instant(const json_t *root, const char *name)
{
    const json_t *value = json_object_get(root, name);
    double seconds = json_number_value(value);

    return seconds > 0 && seconds < 1e12 ? (time_t)seconds : 0;
}

static void take(struct claims *claims, const json_t *root, const struct scrub *hidden)
{
    static const char *const app[] = {"appid", "azp", "client_id", NULL};
    const struct {
        const char *name;
        char *text;
        size_t size;
    } texts[] = {
        {"iss", claims->iss, sizeof claims->iss},
        {"scp", claims->scp, sizeof claims->scp},
        {"oid", claims->oid, sizeof claims->oid},
        {"tid", claims->tid, sizeof claims->tid},
        {"sub", claims->sub, sizeof claims->sub},
        {"email", claims->email, sizeof claims->email},
        {"preferred_username", claims->preferred_username,
         sizeof claims->preferred_username},
    };

    claims->decoded = true;
    copy_audience(claims->aud, sizeof claims->aud, json_object_get(root, "aud"), hidden);
    copy_roles(claims, json_object_get(root, "roles"), hidden);
    copy_first(claims->appid, sizeof claims->appid, root, app, hidden);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        copy(texts[i].text, texts[i].size, json_object_get(root, texts[i].name), hidden);
    claims->expires = instant(root, "exp");
    claims->issued = instant(root, "iat");
    claims->not_before = instant(root, "nbf");
}

void claims_decode(const struct secret *token, const struct scrub *hidden,
                   struct claims *claims)
{
    const char *payload = NULL;
    size_t length;
    struct buf text;
    json_t *root = NULL;

    *claims = (struct claims){0};
    if (secret_length(token) > TOKEN_LIMIT)
        return;
    length = find_payload(secret_bytes(token), &payload);
    buf_init_secret(&text, TOKEN_LIMIT);
    if (length && decode(payload, length, &text))
        root = json_loadb(text.data, text.length, 0, NULL);
    if (json_is_object(root))
        take(claims, root, hidden);
    json_decref(root);
    buf_free(&text);
}

bool claims_have_role(const struct claims *claims, const char *role)
{
    for (size_t i = 0; i < claims->role_count; i++)
        if (strcmp(claims->roles[i], role) == 0)
            return true;
    return false;
}
