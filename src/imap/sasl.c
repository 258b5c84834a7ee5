#include "imap/sasl.h"

#include <gnutls/gnutls.h>
#include <stdint.h>
#include <string.h>

static bool is_clean_name(const char *name)
{
    for (; *name; name++) {
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            return false;
    }
    return true;
}

/* RFC 6750 section 2.1 allows less; servers give what they like, but never a blank. */
static bool is_clean_token(const struct secret *token)
{
    const char *bytes = secret_bytes(token);

    if (secret_length(token) == 0)
        return false;
    for (size_t i = 0; i < secret_length(token); i++) {
        if (bytes[i] <= ' ' || bytes[i] > '~')
            return false;
    }
    return true;
}

static bool encode(const struct buf *raw, struct buf *out)
{
    gnutls_datum_t in = {(unsigned char *)raw->data, (unsigned)raw->length};
    gnutls_datum_t coded;
    bool done;

    if (raw->overflowed || gnutls_base64_encode2(&in, &coded) < 0)
        return false;
    buf_clear(out);
    done = buf_add(out, (const char *)coded.data, coded.size);
    secret_wipe(coded.data, coded.size);
    gnutls_free(coded.data);
    return done;
}

static bool finish(struct buf *raw, struct buf *out)
{
    bool done = encode(raw, out);

    buf_free(raw);
    return done;
}

static void add_bearer(struct buf *raw, const struct secret *token)
{
    buf_add_text(raw, "auth=Bearer ");
    buf_add(raw, secret_bytes(token), secret_length(token));
    buf_add_text(raw, "\001\001");
}

bool sasl_xoauth2(const char *user, const struct secret *token, struct buf *out)
{
    struct buf raw;

    if (!is_clean_name(user) || !is_clean_token(token))
        return false;
    buf_init_secret(&raw, SASL_LINE_MAX);
    buf_add_text(&raw, "user=");
    buf_add_text(&raw, user);
    buf_add_char(&raw, '\001');
    add_bearer(&raw, token);
    return finish(&raw, out);
}

/* saslname of RFC 5801 section 4. */
static void add_sasl_name(struct buf *raw, const char *name)
{
    for (; *name; name++) {
        if (*name == ',')
            buf_add_text(raw, "=2C");
        else if (*name == '=')
            buf_add_text(raw, "=3D");
        else
            buf_add_char(raw, *name);
    }
}

bool sasl_oauthbearer(const char *user, const char *host, int port,
                      const struct secret *token, struct buf *out)
{
    struct buf raw;

    if (!is_clean_name(user) || !is_clean_token(token) || (host && !is_clean_name(host)))
        return false;
    buf_init_secret(&raw, SASL_LINE_MAX);
    buf_add_text(&raw, "n,a=");
    add_sasl_name(&raw, user);
    buf_add_text(&raw, ",\001");
    if (host)
        buf_add_format(&raw, "host=%s\001", host);
    if (port > 0)
        buf_add_format(&raw, "port=%d\001", port);
    add_bearer(&raw, token);
    return finish(&raw, out);
}

bool sasl_plain(const char *user, const struct secret *password, struct buf *out)
{
    struct buf raw;

    if (!is_clean_name(user) || !is_clean_name(secret_bytes(password)))
        return false;
    buf_init_secret(&raw, SASL_LINE_MAX);
    buf_add_char(&raw, '\0');
    buf_add_text(&raw, user);
    buf_add_char(&raw, '\0');
    buf_add(&raw, secret_bytes(password), secret_length(password));
    return finish(&raw, out);
}

bool sasl_decode(const char *base64, size_t length, struct buf *out)
{
    gnutls_datum_t in = {(unsigned char *)(uintptr_t)base64, (unsigned)length};
    gnutls_datum_t plain;
    bool done;

    if (length == 0 || gnutls_base64_decode2(&in, &plain) < 0)
        return false;
    done = buf_add(out, (const char *)plain.data, plain.size);
    secret_wipe(plain.data, plain.size);
    gnutls_free(plain.data);
    return done;
}
