#include "oauth/scrub.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "oauth/client_auth.h"

/* "Basic realm" and "Bearer error" are no credentials. */
enum {
    SHORTEST_SECRET = 4,
    SHORTEST_JWT = 20,
    SHORTEST_CREDENTIALS = 16,
    TEXT_LIMIT = 64 * 1024
};

static const char removed[] = "[removed]";

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-_.~+/=", c));
}

/* Bytes of a JWT (its header begins with the base64 of `{"`) at this place; else 0. */
static size_t jwt_at(const char *bytes, size_t length)
{
    size_t end = 0;

    if (length < SHORTEST_JWT || memcmp(bytes, "eyJ", 3) != 0)
        return 0;
    while (end < length && is_token_char(bytes[end]))
        end++;
    return end >= SHORTEST_JWT ? end : 0;
}

/* Bytes of an Authorization header's value: "Basic " and base64, "Bearer " and a token.
 */
static size_t credentials_at(const char *bytes, size_t length)
{
    static const char *const schemes[] = {"Basic ", "Bearer "};

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t begin = strlen(schemes[i]), end = begin;

        if (length < begin || strncasecmp(bytes, schemes[i], begin) != 0)
            continue;
        while (end < length && is_token_char(bytes[end]))
            end++;
        if (end - begin >= SHORTEST_CREDENTIALS)
            return end;
    }
    return 0;
}

static size_t word_at(const char *bytes, size_t length, const char *word,
                      size_t word_length)
{
    if (word_length < SHORTEST_SECRET || length < word_length ||
        memcmp(bytes, word, word_length) != 0)
        return 0;
    return word_length;
}

void scrub_add(struct buf *out, const char *bytes, size_t length,
               const struct secret *secret)
{
    struct buf clean, encoded;

    buf_init_secret(&clean, TEXT_LIMIT);
    buf_init_secret(&encoded, TEXT_LIMIT);
    client_auth_encode(&encoded, secret_bytes(secret));
    if (length > TEXT_LIMIT / 4)
        length = TEXT_LIMIT / 4;
    for (size_t at = 0; at < length;) {
        size_t left = length - at;
        size_t skip =
            word_at(bytes + at, left, secret_bytes(secret), secret_length(secret));
        if (!skip)
            skip = word_at(bytes + at, left, encoded.data, encoded.length);
        if (!skip)
            skip = jwt_at(bytes + at, left);
        if (!skip)
            skip = credentials_at(bytes + at, left);
        if (skip)
            buf_add_text(&clean, removed);
        else
            buf_add_char(&clean, bytes[at]);
        at += skip ? skip : 1;
    }
    text_add_safe(out, clean.data, clean.length, 0);
    buf_free(&encoded);
    buf_free(&clean);
}

void scrub_copy(char *out, size_t size, const char *bytes, size_t length,
                const struct secret *secret)
{
    struct buf clean;

    buf_init(&clean, TEXT_LIMIT);
    scrub_add(&clean, bytes, length, secret);
    text_copy_safe(out, size, clean.data, clean.length);
    buf_free(&clean);
}
