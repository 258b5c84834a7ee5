#include "advice/shapes.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define QUOTED_MAX  130
#define LITERAL_MAX 64

/* ---- Characters -------------------------------------------------------------- */

static bool is_alnum(char c)
{
    return isalnum((unsigned char)c) && (unsigned char)c < 0x80;
}

/* Dashes, quotes, dots and arrows beyond ASCII: the General Punctuation and Arrows
 * blocks, and the signs of Latin-1. */
static bool is_sign_beyond_ascii(const char *at)
{
    const unsigned char *u = (const unsigned char *)at;

    return (u[0] == 0xE2 && (u[1] == 0x80 || u[1] == 0x81 || u[1] == 0x86)) ||
           (u[0] == 0xC2 && u[1] >= 0xA0 && u[1] <= 0xBF);
}

const char *shape_character_before(const char *start, const char *at)
{
    at--;
    while (at > start && ((unsigned char)*at & 0xC0) == 0x80)
        at--;
    return at;
}

bool shape_is_word(const char *at)
{
    return is_alnum(*at) || *at == '_' ||
           ((unsigned char)*at >= 0x80 && !is_sign_beyond_ascii(at));
}

/* RFC 5322 atext and the dot, and RFC 6532's characters beyond ASCII. */
static bool is_local(const char *at)
{
    return shape_is_word(at) || (*at && strchr(".!#$%&'*+-/=?^`{|}~", *at));
}

bool shape_is_escape(const char *at)
{
    return at[0] == '%' && isxdigit((unsigned char)at[1]) &&
           isxdigit((unsigned char)at[2]);
}

static bool begins_with(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

static int digit_of(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

char *shape_comparable(const char *text, size_t length)
{
    char *key = mem_copy_bytes(text, length);
    bool again = true;

    while (again) {
        char *to = key;

        again = false;
        for (const char *from = key; *from; from++) {
            char c = *from;

            if (shape_is_escape(from)) {
                c = (char)(16 * digit_of(from[1]) + digit_of(from[2]));
                from += 2;
                again = true;
            }
            if (c != '\0')
                *to++ = (unsigned char)c < 0x80 ? (char)tolower((unsigned char)c) : c;
        }
        *to = '\0';
    }
    return key;
}

/* ---- E-mail addresses -------------------------------------------------------- */

/* Bytes of what stands for "@" here: itself, or one of its escapes. */
static size_t at_sign_length(const char *at)
{
    static const char *const forms[] = {"@",     "%40",    "%2540", "\\u0040",
                                        "&#64;", "&#x40;", "＠"};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (begins_with(at, forms[i]))
            return strlen(forms[i]);
    }
    return 0;
}

/* Is what stands before `at`, without a blank, the beginning of a URL? */
static bool is_in_url(const char *start, const char *at)
{
    const char *word = at;

    while (word > start && !strchr(" \n\"<(", word[-1]))
        word--;
    for (; word < at; word++) {
        if (begins_with(word, "://") || begins_with(word, "%3A%2F%2F"))
            return true;
    }
    return false;
}

static bool parts_a_url(const char *at)
{
    static const char *const escapes[] = {"%2F", "%3F", "%26", "%3D", "%23"};

    if (strchr("/?&=#", *at))
        return true;
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (begins_with(at, escapes[i]))
            return true;
    }
    return false;
}

/* Where the quoted string begins that ends before `at`, in JSON with a backslash before
 * both quotes; where its word begins when the opening quote is not there. */
static const char *quoted_begin(const char *start, const char *at)
{
    const char *close = at - 1, *word = close;
    bool escaped = close > start && close[-1] == '\\', in_word = true;

    for (const char *open = close - 1;
         open >= start && *open != '\n' && close - open < QUOTED_MAX; open--) {
        bool slashed = open > start && open[-1] == '\\';

        if (*open == '"' && slashed == escaped)
            return escaped ? open - 1 : open;
        in_word = in_word && *open != ' ';
        if (in_word)
            word = open;
    }
    return word;
}

/* Where the local part of the address begins whose "@" is at `at`, not before `start`;
 * `at` when there is none. */
static const char *local_begin(const char *text, const char *start, const char *at)
{
    bool in_url = is_in_url(text, at);
    const char *begin = at;

    if (at > start && at[-1] == '"')
        return quoted_begin(start, at);
    while (begin > start) {
        const char *before = shape_character_before(start, begin);

        if (!is_local(before) || (in_url && parts_a_url(before)))
            break;
        begin = before;
    }
    /* It stopped within the escape that parts the URL. */
    if (in_url && begin > start && begin[-1] == '%' && begin + 2 <= at)
        begin += 2;
    /* What opens a quotation, a list or a path before it. */
    while (begin < at && strchr("'`*{|/=?&#", *begin))
        begin++;
    return begin;
}

static const char *domain_end(const char *at)
{
    const char *end = at;

    if (*at == '[') {
        size_t length = strcspn(at, "]\n");
        if (length < LITERAL_MAX && at[length] == ']')
            return at + length + 1;
    }
    while (shape_is_word(end) || (*end && strchr(".-", *end)) ||
           begins_with(end, "%2E") || begins_with(end, "%2D"))
        end += *end == '%' ? 3 : 1;
    while (end > at && strchr(".-_", end[-1]))
        end--;
    return end;
}

static char *comparable_address(const char *begin, const char *sign, size_t sign_length,
                                const char *end)
{
    char *plain =
        mem_format("%.*s@%.*s", (int)(sign - begin), begin,
                   (int)(end - sign - (ptrdiff_t)sign_length), sign + sign_length);
    char *key = shape_comparable(plain, strlen(plain));

    free(plain);
    return key;
}

bool shape_find_address(const char *text, const char *from, struct shape *found)
{
    for (const char *at = from; *at;) {
        size_t sign = at_sign_length(at);
        const char *begin = sign ? local_begin(text, from, at) : at;

        if (begin < at) {
            found->begin = begin;
            found->end = domain_end(at + sign);
            found->key = comparable_address(begin, at, sign, found->end);
            return true;
        }
        at += sign ? sign : 1;
    }
    return false;
}

/* ---- Host addresses ---------------------------------------------------------- */

static bool is_ipv6_char(const char *at)
{
    return isxdigit((unsigned char)*at) || *at == ':' || *at == '.';
}

static bool host_may_begin(const char *start, const char *at)
{
    return at == start ||
           !(shape_is_word(shape_character_before(start, at)) || at[-1] == '.');
}

/* The IPv6 address of exactly these bytes (percent-encoding undone), or NULL. */
static char *ipv6_of(const char *text, size_t length)
{
    char shown[INET6_ADDRSTRLEN];
    struct in6_addr address;
    char *plain = shape_comparable(text, length);
    bool valid =
        strpbrk(plain, "0123456789abcdef") && inet_pton(AF_INET6, plain, &address) == 1;

    free(plain);
    if (!valid || !inet_ntop(AF_INET6, &address, shown, sizeof shown))
        return NULL;
    return mem_copy_text(shown);
}

/* Bytes of an IPv6 address at `at`; *key gets it. */
static size_t ipv6_length(const char *start, const char *at, char **key)
{
    size_t length = 0;

    if (!host_may_begin(start, at))
        return 0;
    while (is_ipv6_char(at + length) || begins_with(at + length, "%3A"))
        length += at[length] == '%' ? 3 : 1;
    if (shape_is_word(at + length))
        return 0;
    while (length > 0 && !(*key = ipv6_of(at, length)) && strchr(".:", at[length - 1]))
        length--;
    return *key ? length : 0;
}

/* One number of an IPv4 address; its length, 0 when it is none. */
static size_t octet_length(const char *at)
{
    size_t length = strspn(at, "0123456789");

    return length >= 1 && length <= 3 && strtol(at, NULL, 10) <= 255 ? length : 0;
}

static size_t ipv4_length(const char *start, const char *at, char **key)
{
    const char *next = at;

    if (!host_may_begin(start, at))
        return 0;
    for (int i = 0; i < 4; i++) {
        size_t length = octet_length(next);

        if (length == 0 || (i < 3 && next[length] != '.'))
            return 0;
        next += length + (i < 3);
    }
    /* Five numbers are an object identifier, or a version. */
    if (shape_is_word(next) || (next[0] == '.' && isdigit((unsigned char)next[1])))
        return 0;
    *key = mem_copy_bytes(at, (size_t)(next - at));
    return (size_t)(next - at);
}

bool shape_find_host(const char *text, const char *from, struct shape *found)
{
    for (const char *at = from; *at; at++) {
        size_t length = 0;

        found->key = NULL;
        if (is_ipv6_char(at))
            length = ipv6_length(text, at, &found->key);
        if (length == 0 && isdigit((unsigned char)*at))
            length = ipv4_length(text, at, &found->key);
        if (length > 0) {
            found->begin = at;
            found->end = at + length;
            return true;
        }
    }
    return false;
}
