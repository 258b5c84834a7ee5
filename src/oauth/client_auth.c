#include "oauth/client_auth.h"

#include <gnutls/gnutls.h>
#include <string.h>

#include "base/secret.h"
#include "base/url.h"

static void add_pair(struct buf *out, const char *name, const char *value)
{
    if (out->length)
        buf_add_char(out, '&');
    url_add_form(out, name);
    buf_add_char(out, '=');
    url_add_form(out, value);
}

/* The words of a person's own parameters; those that the grant itself is made of stay. */
static void add_parameters(struct buf *out, char *const *words)
{
    static const char *const reserved[] = {"grant_type", "client_id", "client_secret",
                                           "scope"};

    for (size_t i = 0; words && words[i]; i++) {
        size_t length = strcspn(words[i], "=");
        bool is_reserved = words[i][length] != '=';
        struct buf name;

        buf_init(&name, 1024);
        buf_add(&name, words[i], length);
        for (size_t j = 0; j < sizeof reserved / sizeof reserved[0]; j++)
            is_reserved = is_reserved || strcmp(name.data, reserved[j]) == 0;
        if (!is_reserved)
            add_pair(out, name.data, words[i] + length + 1);
        buf_free(&name);
    }
}

bool client_auth_form(const struct token_request *request, struct buf *out)
{
    add_pair(out, "grant_type", "client_credentials");
    if (request->client_auth == CLIENT_AUTH_POST) {
        add_pair(out, "client_id", request->client_id);
        add_pair(out, "client_secret", secret_bytes(request->client_secret));
    }
    if (request->scope && request->scope[0])
        add_pair(out, "scope", request->scope);
    add_parameters(out, request->parameters);
    return !out->overflowed;
}

bool client_auth_header(const struct token_request *request, struct buf *out)
{
    struct buf pair;
    gnutls_datum_t plain, encoded = {NULL, 0};
    bool done;

    if (request->client_auth != CLIENT_AUTH_BASIC)
        return true;
    buf_init_secret(&pair, out->limit);
    url_add_form(&pair, request->client_id);
    buf_add_char(&pair, ':');
    url_add_form(&pair, secret_bytes(request->client_secret));
    plain = (gnutls_datum_t){(unsigned char *)pair.data, (unsigned)pair.length};
    done = !pair.overflowed && gnutls_base64_encode2(&plain, &encoded) == 0;
    if (done) {
        buf_add_text(out, "Basic ");
        done = buf_add(out, (const char *)encoded.data, encoded.size);
        secret_wipe(encoded.data, encoded.size);
        gnutls_free(encoded.data);
    }
    buf_free(&pair);
    return done;
}
