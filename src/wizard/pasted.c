#include "wizard/pasted.h"

#include <string.h>
#include <strings.h>
#include <unistr.h>

struct range {
    ucs4_t first, last;
};

static bool is_in(ucs4_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

static bool is_blank(ucs4_t c)
{
    static const struct range blanks[] = {
        {'\t', '\r'},     {' ', ' '},       {0x00a0, 0x00a0}, {0x2000, 0x200a},
        {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
    };

    return is_in(c, blanks, sizeof blanks / sizeof *blanks);
}

/* Zero-width and direction marks: web pages put them into what is copied. */
static bool is_invisible(ucs4_t c)
{
    static const struct range marks[] = {
        {0x00ad, 0x00ad}, {0x200b, 0x200f}, {0x202a, 0x202e},
        {0x2060, 0x2064}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
    };

    return is_in(c, marks, sizeof marks / sizeof *marks);
}

/* What is around a value or in it, character by character, into `out`. */
static unsigned clean_blanks(struct buf *out, const char *text, enum pasted_kind kind)
{
    size_t keep = 0; /* up to the last character that is no blank */
    size_t left = strlen(text);
    unsigned found = 0, pending = 0;

    buf_init_secret(out, left);
    while (left > 0) {
        ucs4_t c = 0;
        int length = u8_mbtouc(&c, (const uint8_t *)text, left);

        if (is_invisible(c)) {
            found |= PASTED_INVISIBLE;
        } else if (is_blank(c)) {
            pending |= c != ' ' ? PASTED_ODD_BLANK : 0;
            if (kind == PASTED_WORD && keep > 0)
                pending |= PASTED_INNER_BLANK;
            else if (out->length == 0)
                found |= PASTED_BLANK;
            else
                buf_add_char(out, ' ');
        } else {
            buf_add(out, text, (size_t)length);
            keep = out->length;
            found |= pending;
            pending = 0;
        }
        text += length;
        left -= (size_t)length;
    }
    if (out->length > keep || pending)
        found |= PASTED_BLANK;
    buf_truncate(out, keep);
    return found;
}

bool pasted_is_blanked(const char *text)
{
    struct buf clean;
    unsigned found = clean_blanks(&clean, text, PASTED_LINE);

    buf_free(&clean);
    return found & (PASTED_BLANK | PASTED_INVISIBLE);
}

/* How a table, a mail or a file calls the value that it gives. */
static const char *const labels[] = {
    "client secret",
    "client_secret",
    "clientsecret",
    "secret value",
    "secret",
    "value",
    "password",
    "app password",
    "application (client) id",
    "application id",
    "app id",
    "app_id",
    "client id",
    "client_id",
    "clientid",
    "directory (tenant) id",
    "directory id",
    "tenant id",
    "tenant_id",
    "tenantid",
    "tenant",
    "oauth 2.0 token endpoint (v2)",
    "token endpoint",
    "token_endpoint",
    "token url",
    "token_url",
    "scope",
    "user name",
    "username",
    "user",
    "e-mail",
    "email",
    "mailbox",
    "imap server",
    "imap host",
    "server",
    "host",
};

static size_t skip_blanks(const char *text)
{
    return strspn(text, " ");
}

/* The bytes of a label and its ":" or "=" in front of `text`; 0 when there is none.  One
 * plain word and ":" may be the value's own, unless a blank or quote follows. */
static size_t label_length(const char *text)
{
    size_t quote = text[0] == '"' || text[0] == '\'' ? 1 : 0;

    if (strncasecmp(text, "Bearer ", 7) == 0 || strncasecmp(text, "mailto:", 7) == 0)
        return 7;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        size_t length = strlen(labels[i]);
        const char *at = text + quote + length;
        bool plain = !strpbrk(labels[i], " _");

        if (strncasecmp(text + quote, labels[i], length) != 0 ||
            (quote && *at++ != text[0]))
            continue;
        at += skip_blanks(at);
        if (*at != ':' && *at != '=')
            continue;
        if (*at == ':' && plain && at[1] != ' ' && at[1] != '"' && at[1] != '\'')
            continue;
        at++;
        at += skip_blanks(at);
        return *at ? (size_t)(at - text) : 0;
    }
    return 0;
}

/* The bytes of the quotes on each side; false when there is no pair around `text`. */
static bool quote_lengths(const char *text, size_t length, size_t *first, size_t *last)
{
    static const char *const pairs[][2] = {
        {"\"", "\""},
        {"'", "'"},
        {"`", "`"},
        {"\xe2\x80\x9c", "\xe2\x80\x9d"}, /* “…” */
        {"\xe2\x80\x9e", "\xe2\x80\x9c"}, /* „…“ */
        {"\xe2\x80\x9d", "\xe2\x80\x9d"}, /* ”…” */
        {"\xe2\x80\x98", "\xe2\x80\x99"}, /* ‘…’ */
        {"\xe2\x80\x9a", "\xe2\x80\x98"}, /* ‚…‘ */
        {"\xc2\xab", "\xc2\xbb"},         /* «…» */
        {"\xc2\xbb", "\xc2\xab"},         /* »…« */
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        *first = strlen(pairs[i][0]);
        *last = strlen(pairs[i][1]);
        if (length > *first + *last && strncmp(text, pairs[i][0], *first) == 0 &&
            strcmp(text + length - *last, pairs[i][1]) == 0)
            return true;
    }
    return false;
}

/* One layer of what is around the value; what it was, or 0. */
static unsigned peel(struct buf *value, enum pasted_kind kind)
{
    size_t first, last;
    size_t label = label_length(value->data);
    char end = value->length > 1 ? value->data[value->length - 1] : '\0';

    if (label > 0) {
        buf_drop_front(value, label);
        return PASTED_LABEL;
    }
    if (quote_lengths(value->data, value->length, &first, &last)) {
        buf_truncate(value, value->length - last);
        buf_drop_front(value, first);
        return PASTED_QUOTES;
    }
    if (kind != PASTED_PASSWORD && (end == ',' || end == ';')) {
        buf_truncate(value, value->length - 1);
        return PASTED_END;
    }
    return 0;
}

unsigned pasted_clean(struct buf *out, const char *text, enum pasted_kind kind)
{
    unsigned found, layer;
    struct buf rough;

    /* Labels hold blanks, so those inside a word wait until the label is gone. */
    found = clean_blanks(&rough, text, kind == PASTED_WORD ? PASTED_LINE : kind);
    while ((layer = peel(&rough, kind)) != 0) {
        size_t blanks = skip_blanks(rough.data);

        found |= layer;
        buf_drop_front(&rough, blanks);
        while (rough.length > 0 && rough.data[rough.length - 1] == ' ')
            buf_truncate(&rough, rough.length - 1);
    }
    found |= clean_blanks(out, rough.data, kind);
    buf_free(&rough);
    return found;
}
