#include "support/echo/echo.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define TEXT_MAX 4096
#define PART     9 /* so many characters in a row are no accident */

/* ---- One spelling ------------------------------------------------------------------ */

/* A character by its code: what stands before and behind the digits. */
struct escape {
    const char *before;
    unsigned radix;
    int width;
    const char *digits;
    const char *after;
};

#define LOWER "0123456789abcdef"
#define UPPER "0123456789ABCDEF"

static const struct escape percent = {"%", 16, 2, UPPER, ""};
static const struct escape percent_small = {"%", 16, 2, LOWER, ""};
static const struct escape percent_of_percent = {"%25", 16, 2, LOWER, ""};
static const struct escape html_of_percent_sign = {"&#37;", 16, 2, UPPER, ""};
static const struct escape decimal = {"&#", 10, 1, LOWER, ";"};
static const struct escape hexadecimal_entity = {"&#x", 16, 1, LOWER, ";"};
static const struct escape long_entity = {"&#x", 16, 6, UPPER, ""};
static const struct escape unicode = {"\\u", 16, 4, LOWER, ""};
static const struct escape unicode_capital = {"\\u", 16, 4, UPPER, ""};
static const struct escape backslash_x = {"\\x", 16, 2, LOWER, ""};
static const struct escape equals = {"=", 16, 2, UPPER, ""};
static const struct escape two_digits = {"", 16, 2, LOWER, ""};

static void add_escape(struct buf *out, const struct escape *escape, unsigned code)
{
    char digits[12];
    size_t at = sizeof digits;

    for (int i = 0; i < escape->width || code > 0; i++, code /= escape->radix)
        digits[--at] = escape->digits[code % escape->radix];
    buf_add_text(out, escape->before);
    buf_add(out, digits + at, sizeof digits - at);
    buf_add_text(out, escape->after);
}

/* The characters in `marks` (NULL: all) escaped, the others as they are. */
static char *escape(const char *text, const char *marks, const struct escape *how)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (; *text; text++) {
        if (!marks || strchr(marks, *text))
            add_escape(&out, how, (unsigned char)*text);
        else
            buf_add_char(&out, *text);
    }
    return buf_take(&out);
}

static char *base64_of(const char *bytes, size_t length, const char *last, bool pads)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *out = mem_new(length * 2 + 8, 1);
    size_t made = 0;

    for (size_t bit = 0; bit < 8 * length; bit += 6) {
        unsigned pair = (unsigned)(unsigned char)bytes[bit / 8] << 8;
        unsigned digit;

        if (bit / 8 + 1 < length)
            pair |= (unsigned char)bytes[bit / 8 + 1];
        digit = pair >> (10 - bit % 8) & 63;
        out[made++] = digit < 62 ? digits[digit] : last[digit - 62];
    }
    while (pads && made % 4 != 0)
        out[made++] = '=';
    return out;
}

static char *base64_with(const char *before, const char *secret, const char *after,
                         const char *last, bool pads)
{
    char *whole = mem_format("%s%s%s", before, secret, after);
    char *out = base64_of(whole, strlen(whole), last, pads);

    free(whole);
    return out;
}

#define FORM_MARKS " !\"#$%&'()+,/:;<=>?@[\\]^`{|}"

static char *as_it_is(const char *secret)
{
    return mem_copy_text(secret);
}

static char *in_upper_case(const char *secret)
{
    char *out = mem_copy_text(secret);

    for (char *at = out; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return out;
}

static char *in_lower_case(const char *secret)
{
    char *out = mem_copy_text(secret);

    for (char *at = out; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return out;
}

static char *twice(const char *secret)
{
    return mem_format("%s%s", secret, secret);
}

static char *glued(const char *secret)
{
    return mem_format("x%sx", secret);
}

static char *cut(const char *secret)
{
    return mem_copy_bytes(secret, 14);
}

static char *percent_upper(const char *secret)
{
    return escape(secret, NULL, &percent);
}

static char *percent_lower(const char *secret)
{
    return escape(secret, NULL, &percent_small);
}

static char *percent_some(const char *secret)
{
    return escape(secret, FORM_MARKS, &percent);
}

static char *percent_twice(const char *secret)
{
    return escape(secret, FORM_MARKS, &percent_of_percent);
}

static char *as_form(const char *secret)
{
    char *out = escape(secret, "!\"#$%&'()+,/:;<=>?@[\\]^`{|}~", &percent);

    for (char *at = out; *at; at++)
        *at = *at == ' ' ? '+' : *at;
    return out;
}

/* A character and what is written for it. */
struct named {
    char c;
    const char *name;
};

static char *by_name(const char *secret, const struct named *names, size_t count)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (; *secret; secret++) {
        size_t i = 0;

        while (i < count && names[i].c != *secret)
            i++;
        if (i < count)
            buf_add_text(&out, names[i].name);
        else
            buf_add_char(&out, *secret);
    }
    return buf_take(&out);
}

static const struct named entities[] = {
    {'&', "&amp;"},  {'<', "&lt;"},    {'>', "&gt;"},     {'"', "&quot;"},
    {'+', "&plus;"}, {'/', "&sol;"},   {'%', "&percnt;"}, {'=', "&equals;"},
    {']', "&rsqb;"}, {'\\', "&bsol;"}, {'!', "&excl;"},   {'_', "&lowbar;"},
    {' ', "&nbsp;"},
};

static char *html_names(const char *secret)
{
    return by_name(secret, entities, sizeof entities / sizeof entities[0]);
}

/* What every library escapes; the first of them. */
static char *html_few_names(const char *secret)
{
    return by_name(secret, entities, 4);
}

static char *html_decimal(const char *secret)
{
    return escape(secret, NULL, &decimal);
}

static char *html_hexadecimal(const char *secret)
{
    return escape(secret, NULL, &hexadecimal_entity);
}

static char *html_no_semicolon(const char *secret)
{
    return escape(secret, NULL, &long_entity);
}

static char *html_of_percent(const char *secret)
{
    return escape(secret, FORM_MARKS, &html_of_percent_sign);
}

static char *json_unicode(const char *secret)
{
    return escape(secret, NULL, &unicode);
}

static char *json_some_unicode(const char *secret)
{
    return escape(secret, "&<>\"\\+/=", &unicode_capital);
}

static char *backslash_hex(const char *secret)
{
    return escape(secret, NULL, &backslash_x);
}

static char *backslashes(const char *secret)
{
    static const struct named names[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'/', "\\/"}};

    return by_name(secret, names, sizeof names / sizeof names[0]);
}

static char *quoted_printable(const char *secret)
{
    return escape(secret, "=\"&<>+/%\\", &equals);
}

static char *hexadecimal(const char *secret)
{
    return escape(secret, NULL, &two_digits);
}

static char *base64_padded(const char *secret)
{
    return base64_with("", secret, "", "+/", true);
}

static char *base64_bare(const char *secret)
{
    return base64_with("", secret, "", "+/", false);
}

static char *base64_url(const char *secret)
{
    return base64_with("", secret, "", "-_", false);
}

static char *base64_second(const char *secret)
{
    return base64_with("x", secret, "!", "+/", true);
}

static char *base64_third(const char *secret)
{
    return base64_with("xy", secret, "!", "+/", true);
}

static char *base64_of_pair(const char *secret)
{
    return base64_with("box:", secret, "", "+/", true);
}

static char *base64_of_form_pair(const char *secret)
{
    char *form = as_form(secret);
    char *out = base64_with("box:", form, "", "+/", true);

    free(form);
    return out;
}

static char *base64_of_plain(const char *secret)
{
    char line[512] = {0};
    int length = snprintf(line, sizeof line, "%cbox@example.com%c%s", 0, 0, secret);

    return base64_of(line, (size_t)length, "+/", true);
}

static char *base64_of_xoauth2(const char *secret)
{
    return base64_with("user=box@example.com\001auth=Bearer ", secret, "\001\001", "+/",
                       true);
}

static char *base64_of_base64(const char *secret)
{
    char *line = base64_of_xoauth2(secret);
    char *out = base64_padded(line);

    free(line);
    return out;
}

static char *percent_of_base64(const char *secret)
{
    char *coded = base64_of_pair(secret);
    char *out = escape(coded, "+/=", &percent_small);

    free(coded);
    return out;
}

static char *credentials(const char *secret)
{
    return mem_format("Bearer %s", secret);
}

static char *folded(const char *secret)
{
    return mem_format("%.7s\r\n %s", secret, secret + 7);
}

static const struct {
    const char *name;
    char *(*write)(const char *secret);
} spellings[] = {
    {"as it is", as_it_is},
    {"in upper case", in_upper_case},
    {"in lower case", in_lower_case},
    {"twice", twice},
    {"glued to letters", glued},
    {"its beginning", cut},
    {"percent-encoded, upper case", percent_upper},
    {"percent-encoded, lower case", percent_lower},
    {"percent-encoded where needed", percent_some},
    {"percent-encoded twice", percent_twice},
    {"as a form", as_form},
    {"as HTML, with names", html_names},
    {"as HTML, with four names", html_few_names},
    {"as HTML, decimal", html_decimal},
    {"as HTML, hexadecimal", html_hexadecimal},
    {"as HTML, without semicolons", html_no_semicolon},
    {"percent-encoded, as HTML", html_of_percent},
    {"in JSON, all escaped", json_unicode},
    {"in JSON, some escaped", json_some_unicode},
    {"with \\x", backslash_hex},
    {"with backslashes", backslashes},
    {"quoted-printable", quoted_printable},
    {"hexadecimal", hexadecimal},
    {"base64", base64_padded},
    {"base64 without padding", base64_bare},
    {"base64url", base64_url},
    {"base64, one later", base64_second},
    {"base64, two later", base64_third},
    {"base64 of id:secret", base64_of_pair},
    {"base64 of the form's id:secret", base64_of_form_pair},
    {"base64 of PLAIN", base64_of_plain},
    {"base64 of XOAUTH2", base64_of_xoauth2},
    {ECHO_OF_LINE, base64_of_base64},
    {"base64, percent-encoded", percent_of_base64},
    {"behind Bearer", credentials},
    {"folded", folded},
};

size_t echo_count(void)
{
    return sizeof spellings / sizeof spellings[0];
}

const char *echo_name(size_t which)
{
    return spellings[which].name;
}

char *echo_write(size_t which, const char *secret)
{
    return spellings[which].write(secret);
}

/* ---- Found again ------------------------------------------------------------------- */

/* Lower case, and without blanks, so that a wrapped screen hides nothing. */
static char *squeeze(const char *bytes, size_t length, size_t *kept)
{
    char *out = mem_new(length + 1, 1);

    *kept = 0;
    for (size_t i = 0; i < length; i++) {
        if (!isspace((unsigned char)bytes[i]))
            out[(*kept)++] = (char)tolower((unsigned char)bytes[i]);
    }
    return out;
}

/* Is any part of the spelled secret in there that is so many characters of the secret? */
static bool has_part(const char *bytes, size_t length, const char *spelled,
                     const char *secret)
{
    size_t whole, characters = strlen(secret);
    char *wanted = squeeze(spelled, strlen(spelled), &whole);
    size_t part = characters < PART ? whole : whole * PART / characters;
    bool found = false;

    for (size_t i = 0; !found && i + part <= whole; i++)
        found = memmem(bytes, length, wanted + i, part) != NULL;
    free(wanted);
    return found;
}

const char *echo_find(const char *bytes, size_t length, const char *secret)
{
    /* Of these the secret is the whole; the others hold what is no secret. */
    static char *(*const whole[])(const char *) = {
        as_it_is,          percent_upper,     percent_some,    percent_twice,
        as_form,           html_names,        html_few_names,  html_decimal,
        html_hexadecimal,  html_no_semicolon, html_of_percent, json_unicode,
        json_some_unicode, backslash_hex,     backslashes,     quoted_printable,
        hexadecimal,       base64_bare,       base64_url,
    };
    const char *found = NULL;
    size_t kept;
    char *text = squeeze(bytes, length, &kept);

    for (size_t i = 0; !found && i < sizeof whole / sizeof whole[0]; i++) {
        char *spelled = whole[i](secret);

        for (size_t which = 0; which < echo_count(); which++) {
            if (spellings[which].write == whole[i] &&
                has_part(text, kept, spelled, secret))
                found = spellings[which].name;
        }
        free(spelled);
    }
    /* The middles of base64 that begins one or two bytes before. */
    for (size_t before = 1; !found && before < 3; before++) {
        char *coded = base64_with(before == 1 ? "x" : "xy", secret, "", "+/", false);
        size_t length_of_it = strlen(coded);

        if (length_of_it > 4) {
            coded[length_of_it - 1] = '\0';
            if (has_part(text, kept, coded + 3, secret))
                found = before == 1 ? "base64, one later" : "base64, two later";
        }
        free(coded);
    }
    free(text);
    return found;
}
