#include "base/spelling.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- One escape -------------------------------------------------------------------- */

/* What an escape stands for: UTF-8, or one byte. */
struct read {
    char bytes[4];
    size_t length;
};

/* Reads an escape at the beginning of the bytes; how many it takes, 0 when there is none.
 */
typedef size_t reader(const char *bytes, size_t length, struct read *out);

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* How many digits there are, `most` at most; their value. */
static size_t read_digits(const char *bytes, size_t length, int base, size_t most,
                          uint32_t *value)
{
    size_t count = 0;

    *value = 0;
    for (; count < most && count < length; count++) {
        int digit = hex_value(bytes[count]);

        if (digit < 0 || digit >= base)
            break;
        *value = *value * (uint32_t)base + (uint32_t)digit;
    }
    return count;
}

static void put_byte(struct read *out, uint32_t byte)
{
    out->bytes[0] = (char)byte;
    out->length = 1;
}

static void put_code_point(struct read *out, uint32_t point)
{
    if (point < 0x80) {
        put_byte(out, point);
        return;
    }
    out->length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = out->length; i-- > 1; point >>= 6)
        out->bytes[i] = (char)(0x80 | (point & 0x3f));
    out->bytes[0] = (char)((0xf00u >> out->length & 0xf0) | point);
}

static size_t read_percent(const char *bytes, size_t length, struct read *out)
{
    uint32_t value;

    if (bytes[0] != '%' || read_digits(bytes + 1, length - 1, 16, 2, &value) != 2)
        return 0;
    put_byte(out, value);
    return 3;
}

/* Of ASCII alone: other characters are sent as they are, or by their number. */
static const struct {
    const char *name;
    char c;
} entities[] = {
    {"amp", '&'},    {"lt", '<'},     {"gt", '>'},       {"quot", '"'},
    {"apos", '\''},  {"nbsp", ' '},   {"excl", '!'},     {"num", '#'},
    {"dollar", '$'}, {"percnt", '%'}, {"lpar", '('},     {"rpar", ')'},
    {"ast", '*'},    {"midast", '*'}, {"plus", '+'},     {"comma", ','},
    {"period", '.'}, {"sol", '/'},    {"colon", ':'},    {"semi", ';'},
    {"equals", '='}, {"quest", '?'},  {"commat", '@'},   {"lsqb", '['},
    {"lbrack", '['}, {"bsol", '\\'},  {"rsqb", ']'},     {"rbrack", ']'},
    {"Hat", '^'},    {"lowbar", '_'}, {"UnderBar", '_'}, {"grave", '`'},
    {"lcub", '{'},   {"lbrace", '{'}, {"verbar", '|'},   {"vert", '|'},
    {"rcub", '}'},   {"rbrace", '}'}, {"Tab", '\t'},     {"NewLine", '\n'},
};

static size_t read_entity(const char *bytes, size_t length, struct read *out)
{
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        size_t name = strlen(entities[i].name);

        if (length > name && memcmp(bytes, entities[i].name, name) == 0 &&
            bytes[name] == ';') {
            put_byte(out, (unsigned char)entities[i].c);
            return name + 1;
        }
    }
    return 0;
}

/* "&amp;", "&#38;", "&#x26;"; a number may lack its semicolon. */
static size_t read_html(const char *bytes, size_t length, struct read *out)
{
    bool is_hex = length > 2 && (bytes[2] == 'x' || bytes[2] == 'X');
    size_t at = is_hex ? 3 : 2, digits;
    uint32_t point;

    if (bytes[0] != '&' || length < 3)
        return 0;
    if (bytes[1] != '#') {
        size_t taken = read_entity(bytes + 1, length - 1, out);

        return taken ? taken + 1 : 0;
    }
    digits = read_digits(bytes + at, length - at, is_hex ? 16 : 10, 9, &point);
    if (digits == 0 || point > 0x10ffff)
        return 0;
    put_code_point(out, point);
    at += digits;
    return at < length && bytes[at] == ';' ? at + 1 : at;
}

/* Behind a "\u": four digits, or any in braces. */
static size_t read_unicode(const char *bytes, size_t length, uint32_t *point)
{
    size_t digits;

    if (length == 0 || bytes[0] != '{')
        return read_digits(bytes, length, 16, 4, point) == 4 ? 4 : 0;
    digits = read_digits(bytes + 1, length - 1, 16, 6, point);
    return digits > 0 && digits + 1 < length && bytes[digits + 1] == '}' ? digits + 2 : 0;
}

/* A code point that stands as two surrogates: the second is read too. */
static size_t read_surrogates(const char *bytes, size_t length, size_t taken,
                              uint32_t *point)
{
    uint32_t low;
    size_t more;

    if (*point < 0xd800 || *point > 0xdbff || length < taken + 2 || bytes[taken] != '\\')
        return taken;
    more = read_unicode(bytes + taken + 2, length - taken - 2, &low);
    if (more == 0 || low < 0xdc00 || low > 0xdfff)
        return taken;
    *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
    return taken + 2 + more;
}

static size_t read_backslash(const char *bytes, size_t length, struct read *out)
{
    static const char blanks[] = "abfnrtv";
    uint32_t value = 0;
    size_t taken = 0;

    if (bytes[0] != '\\' || length < 2)
        return 0;
    if (bytes[1] == 'u' || bytes[1] == 'U')
        taken = read_unicode(bytes + 2, length - 2, &value);
    if (taken) {
        taken = read_surrogates(bytes, length, taken + 2, &value);
        put_code_point(out, value > 0x10ffff ? '?' : value);
        return taken;
    }
    if (bytes[1] == 'x' || bytes[1] == 'X')
        taken = read_digits(bytes + 2, length - 2, 16, 2, &value);
    if (taken) {
        put_byte(out, value);
        return taken + 2;
    }
    taken = read_digits(bytes + 1, length - 1, 8, 3, &value);
    if (taken > 1)
        put_byte(out, value & 0xff);
    else
        put_byte(out, strchr(blanks, bytes[1]) ? ' ' : (unsigned char)bytes[1]);
    return taken > 1 ? taken + 1 : 2;
}

/* "=2B"; and "=" at the end of a line, which is nothing. */
static size_t read_equals(const char *bytes, size_t length, struct read *out)
{
    uint32_t value;

    if (bytes[0] != '=' || length < 2)
        return 0;
    out->length = 0;
    if (bytes[1] == '\n')
        return 2;
    if (length > 2 && bytes[1] == '\r' && bytes[2] == '\n')
        return 3;
    if (read_digits(bytes + 1, length - 1, 16, 2, &value) != 2)
        return 0;
    put_byte(out, value);
    return 3;
}

static reader *const readers[SPELLING_COUNT] = {
    [SPELLING_PERCENT] = read_percent,
    [SPELLING_HTML] = read_html,
    [SPELLING_BACKSLASH] = read_backslash,
    [SPELLING_EQUALS] = read_equals,
};

static const char marks[SPELLING_COUNT] = {
    [SPELLING_PERCENT] = '%',
    [SPELLING_HTML] = '&',
    [SPELLING_BACKSLASH] = '\\',
    [SPELLING_EQUALS] = '=',
};

/* ---- A whole text ------------------------------------------------------------------ */

void spelled_init(struct spelled *spelled, const char *bytes, size_t length)
{
    buf_init_secret(&spelled->text, length);
    buf_add(&spelled->text, bytes, length);
    spelled->from = mem_new(length + 1, sizeof *spelled->from);
    for (size_t i = 0; i <= length; i++)
        spelled->from[i] = i;
}

static void add(struct spelled *out, const char *bytes, size_t length, size_t from)
{
    for (size_t i = 0; i < length; i++)
        out->from[out->text.length + i] = from;
    buf_add(&out->text, bytes, length);
}

bool spelled_read(struct spelled *out, const struct spelled *in, enum spelling spelling)
{
    const char *bytes = in->text.data;
    size_t length = in->text.length;
    bool found = false;

    if (!memchr(bytes, marks[spelling], length))
        return false;
    /* No escape is shorter than what it stands for. */
    buf_init_secret(&out->text, length);
    out->from = mem_new(length + 1, sizeof *out->from);
    for (size_t at = 0, taken; at < length; at += taken) {
        struct read read;

        taken = readers[spelling](bytes + at, length - at, &read);
        found = found || taken > 0;
        if (taken > 0)
            add(out, read.bytes, read.length, in->from[at]);
        else
            add(out, bytes + at, taken = 1, in->from[at]);
    }
    out->from[out->text.length] = in->from[length];
    if (!found)
        spelled_free(out);
    return found;
}

void spelled_free(struct spelled *spelled)
{
    buf_free(&spelled->text);
    free(spelled->from);
    spelled->from = NULL;
}
