#include "oauth/scrub.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

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

static size_t secret_at(const char *bytes, size_t length, const struct secret *secret)
{
    size_t whole = secret_length(secret);

    if (whole < SHORTEST_SECRET || length < whole ||
        memcmp(bytes, secret_bytes(secret), whole) != 0)
        return 0;
    return whole;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character of a form: its bytes, and in *c what they stand for. */
static size_t form_character(const char *bytes, size_t length, char *c)
{
    *c = bytes[0] == '+' ? ' ' : bytes[0];
    if (length < 3 || bytes[0] != '%' || hex_value(bytes[1]) < 0 ||
        hex_value(bytes[2]) < 0)
        return 1;
    *c = (char)(hex_value(bytes[1]) << 4 | hex_value(bytes[2]));
    return 3;
}

/* The secret as a form has it, whichever characters were encoded and in which case:
 * a server that repeats the request may have written it anew. */
static size_t form_secret_at(const char *bytes, size_t length,
                             const struct secret *secret)
{
    const char *wanted = secret_bytes(secret);
    size_t at = 0;

    if (secret_length(secret) < SHORTEST_SECRET)
        return 0;
    for (; *wanted; wanted++) {
        char c;
        size_t step = at < length ? form_character(bytes + at, length - at, &c) : 0;

        if (step == 0 || c != *wanted)
            return 0;
        at += step;
    }
    return at;
}

static void add_scrubbed(struct buf *out, const char *bytes, size_t length,
                         const struct secret *secret)
{
    struct buf clean;

    buf_init_secret(&clean, TEXT_LIMIT);
    if (length > TEXT_LIMIT / 4)
        length = TEXT_LIMIT / 4;
    for (size_t at = 0; at < length;) {
        size_t left = length - at;
        size_t skip = secret_at(bytes + at, left, secret);
        if (!skip)
            skip = form_secret_at(bytes + at, left, secret);
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
    buf_free(&clean);
}

void scrub_copy(char *out, size_t size, const char *bytes, size_t length,
                const struct secret *secret)
{
    struct buf clean;

    buf_init(&clean, TEXT_LIMIT);
    add_scrubbed(&clean, bytes, length, secret);
    text_copy_safe(out, size, clean.data, clean.length);
    buf_free(&clean);
}
