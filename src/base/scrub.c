#include "base/scrub.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/spelling.h"
#include "base/text.h"
#include "base/url.h"

enum {
    SHORTEST_SECRET = 4,
    TELLING = 12, /* so many in a row are no accident */
    WORD_MAX = 8, /* letters and digits that are fewer may be part of a word */
    BLANKS_MAX = 8,
    NEIGHBOURS_MAX = 32,
    TEXT_MAX = 16 * 1024,
    SECRET_MAX = 128 * 1024,
    NEEDLE_MAX = 8 * SECRET_MAX,
    SHORTEST_JWT = 20,
    SHORTEST_CREDENTIALS = 16, /* "Basic realm" and "Bearer error" are none */
    LAYERS = 2,                /* spellings upon each other */
};

/* ---- What is looked for ------------------------------------------------------------ */

struct needle {
    uint32_t at, length; /* in the scrub's text: in lower case, without what is skipped,
                            unless it is exact */
    bool is_exact;       /* too little would be left without what is skipped */
    bool is_coded;       /* stands in the middle of base64, which goes with it */
    bool is_word;        /* may be part of an ordinary word */
};

/* A long token has tens of thousands of tellings, and each session has a scrub of its
 * own: so they are places in one text, and no more. */
struct scrub {
    struct buf text; /* all needles, one behind the other */
    struct needle *needles;
    size_t count;
    uint32_t *tellings; /* where in the text so many characters of a needle stand that
                           they tell it; by what they are */
    size_t telling_count;
    bool has_exact;
    uint8_t pairs[256 * 256 / 8]; /* a bit for each two characters: does something of
                                     this begin with them? */
};

struct scrub *scrub_new(void)
{
    struct scrub *scrub = mem_new(1, sizeof *scrub);

    buf_init_secret(&scrub->text, UINT32_MAX);
    return scrub;
}

void scrub_free(struct scrub **slot)
{
    struct scrub *scrub = *slot;

    if (!scrub)
        return;
    buf_free(&scrub->text);
    free(scrub->needles);
    free(scrub->tellings);
    free(scrub);
    *slot = NULL;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "+" because it is a form's blank. */
static bool is_skipped(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f || c == '+';
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool may_be_in_word(const char *bytes, size_t length)
{
    size_t letters = 0, digits = 0;

    for (size_t i = 0; i < length; i++) {
        letters += is_letter(bytes[i]);
        digits += is_digit(bytes[i]);
    }
    if (letters == length || digits == length)
        return length < TELLING;
    return letters + digits == length && length < WORD_MAX;
}

static const char *needle_text(const struct scrub *scrub, const struct needle *needle)
{
    return scrub->text.data + needle->at;
}

static bool has_needle(const struct scrub *scrub, const struct buf *text)
{
    for (size_t i = 0; i < scrub->count; i++) {
        const struct needle *known = &scrub->needles[i];

        if (known->length == text->length &&
            memcmp(needle_text(scrub, known), text->data, text->length) == 0)
            return true;
    }
    return false;
}

static size_t pair_of(char first, char second)
{
    return (size_t)(unsigned char)first << 8 | (unsigned char)second;
}

static void note_pair(struct scrub *scrub, char first, char second)
{
    size_t pair = pair_of(first, second);

    scrub->pairs[pair / 8] |= (uint8_t)(1U << pair % 8);
}

static bool has_pair(const struct scrub *scrub, char first, char second)
{
    size_t pair = pair_of(first, second);

    return scrub->pairs[pair / 8] >> pair % 8 & 1;
}

/* Of the same, the one that has most of its needle behind it comes first. */
static int compare_tellings(const void *a, const void *b, void *closure)
{
    const char *text = closure;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = memcmp(text + left, text + right, TELLING);

    return order != 0 ? order : (left > right) - (left < right);
}

static void add_tellings(struct scrub *scrub, const struct needle *needle)
{
    const char *text = needle_text(scrub, needle);
    size_t more = needle->length < TELLING ? 0 : needle->length - TELLING + 1;

    if (needle->is_exact || more == 0)
        return;
    scrub->tellings =
        mem_resize(scrub->tellings, scrub->telling_count + more, sizeof *scrub->tellings);
    for (size_t i = 0; i < more; i++) {
        scrub->tellings[scrub->telling_count++] = needle->at + (uint32_t)i;
        note_pair(scrub, text[i], text[i + 1]);
    }
}

static void keep_needle(struct scrub *scrub, struct needle needle, const struct buf *text)
{
    needle.at = (uint32_t)scrub->text.length;
    needle.length = (uint32_t)text->length;
    if (!buf_add(&scrub->text, text->data, text->length))
        abort(); /* out of memory, as in base/mem.h */
    scrub->needles = mem_resize(scrub->needles, scrub->count + 1, sizeof *scrub->needles);
    scrub->needles[scrub->count++] = needle;
    scrub->has_exact = scrub->has_exact || needle.is_exact;
    note_pair(scrub, text->data[0], text->length > 1 ? text->data[1] : '\0');
    add_tellings(scrub, &needle);
}

static void add_needle(struct scrub *scrub, const char *bytes, size_t length,
                       bool is_coded)
{
    struct needle needle = {.is_coded = is_coded,
                            .is_word = !is_coded && may_be_in_word(bytes, length)};
    struct buf text;

    buf_init_secret(&text, NEEDLE_MAX);
    for (size_t i = 0; i < length; i++) {
        if (!is_skipped(bytes[i]))
            buf_add_char(&text, fold(bytes[i]));
    }
    needle.is_exact = text.length < SHORTEST_SECRET;
    if (needle.is_exact) {
        buf_clear(&text);
        buf_add(&text, bytes, length);
    }
    if (!has_needle(scrub, &text))
        keep_needle(scrub, needle, &text);
    buf_free(&text);
}

/* Those digits that the bytes alone decide, when `before` others stand before them. */
static void add_base64(struct scrub *scrub, const char *bytes, size_t length,
                       size_t before, const char *digits)
{
    size_t begin = (8 * before + 5) / 6, end = 8 * (before + length) / 6;
    struct buf coded;

    buf_init_secret(&coded, NEEDLE_MAX);
    for (size_t i = begin; i < end; i++) {
        size_t bit = 6 * i - 8 * before;
        unsigned pair = (unsigned)(unsigned char)bytes[bit / 8] << 8;

        if (bit / 8 + 1 < length)
            pair |= (unsigned char)bytes[bit / 8 + 1];
        buf_add_char(&coded, digits[pair >> (10 - bit % 8) & 63]);
    }
    add_needle(scrub, coded.data, coded.length, true);
    buf_free(&coded);
}

static void add_hexadecimal(struct scrub *scrub, const char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    struct buf coded;

    buf_init_secret(&coded, NEEDLE_MAX);
    for (size_t i = 0; i < length; i++) {
        buf_add_char(&coded, digits[(unsigned char)bytes[i] >> 4]);
        buf_add_char(&coded, digits[(unsigned char)bytes[i] & 15]);
    }
    add_needle(scrub, coded.data, coded.length, false);
    buf_free(&coded);
}

/* The bytes, and what they become in what is written of them elsewhere. */
static void add_all(struct scrub *scrub, const char *bytes, size_t length)
{
    static const char *const alphabets[] = {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};

    add_needle(scrub, bytes, length, false);
    add_hexadecimal(scrub, bytes, length);
    for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++) {
        for (size_t before = 0; before < 3; before++)
            add_base64(scrub, bytes, length, before, alphabets[i]);
    }
}

void scrub_hide(struct scrub *scrub, const char *bytes, size_t length)
{
    struct buf form;

    if (length < SHORTEST_SECRET || length > SECRET_MAX)
        return;
    /* An Authorization header has the base64 of a form (RFC 6749 2.3.1). */
    buf_init_secret(&form, NEEDLE_MAX);
    url_add_form(&form, bytes);
    add_all(scrub, bytes, length);
    add_all(scrub, form.data, form.length);
    buf_free(&form);
    if (scrub->telling_count > 0)
        qsort_r(scrub->tellings, scrub->telling_count, sizeof *scrub->tellings,
                compare_tellings, scrub->text.data);
}

/* ---- Where it is ------------------------------------------------------------------- */

/* How many bytes at this place do not part what stands before them from what stands
 * behind: they are nothing on a terminal, or little. */
static size_t skip_at(const struct buf *text, size_t at)
{
    static const char selectors[] = "\xef\xb8"; /* U+FE00 to U+FE0F, of variation */

    if (is_skipped(text->data[at]))
        return 1;
    return text->length - at >= 3 && memcmp(text->data + at, selectors, 2) == 0 ? 3 : 0;
}

/* The place of the next character from `at` on; the text's end when there is none near.
 */
static size_t next_character(const struct buf *text, size_t at)
{
    size_t skip;

    for (int i = 0; at < text->length && (skip = skip_at(text, at)) > 0; i++) {
        if (i == BLANKS_MAX)
            return text->length;
        at += skip;
    }
    return at;
}

/* How many characters from `begin` on are the wanted ones; *end gets the place behind the
 * last. */
static size_t count_same(const struct buf *text, size_t begin, const char *wanted,
                         size_t length, size_t *end)
{
    size_t same = 0;

    *end = begin;
    for (size_t at = begin; same < length; at = next_character(text, at + 1)) {
        if (at >= text->length || fold(text->data[at]) != wanted[same])
            break;
        same++;
        *end = at + 1;
    }
    return same;
}

/* Where the needle that begins here ends; `begin` when it does not begin here. */
static size_t match(const struct scrub *scrub, const struct needle *needle,
                    const struct buf *text, size_t begin)
{
    const char *wanted = needle_text(scrub, needle);
    size_t length = needle->length, end;

    if (!needle->is_exact)
        return count_same(text, begin, wanted, length, &end) == length ? end : begin;
    if (text->length - begin < length || memcmp(text->data + begin, wanted, length) != 0)
        return begin;
    return begin + length;
}

/* The first telling that is not below these characters. */
static size_t find_telling(const struct scrub *scrub, const char here[TELLING])
{
    size_t low = 0, high = scrub->telling_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(scrub->text.data + scrub->tellings[middle], here, TELLING) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The needle that a place in the scrub's text is in. */
static const struct needle *needle_at(const struct scrub *scrub, uint32_t at)
{
    size_t low = 0, high = scrub->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (scrub->needles[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return &scrub->needles[low];
}

/* The longest row of a needle's characters that begins here, wherever in the needle; its
 * end, or `begin`. */
static size_t match_telling(const struct scrub *scrub, const struct buf *text,
                            size_t begin, bool *is_coded)
{
    char here[TELLING];
    size_t count = 0, longest = begin, first;

    for (size_t at = begin; at < text->length && count < TELLING;
         at = next_character(text, at + 1))
        here[count++] = fold(text->data[at]);
    if (count < TELLING)
        return begin;
    first = find_telling(scrub, here);
    for (size_t i = first; i < scrub->telling_count && i - first < NEIGHBOURS_MAX; i++) {
        uint32_t at = scrub->tellings[i];
        const struct needle *needle = needle_at(scrub, at);
        const char *wanted = scrub->text.data + at;
        size_t end;

        if (memcmp(wanted, here, TELLING) != 0)
            break;
        count_same(text, begin, wanted, needle->at + needle->length - at, &end);
        if (end <= longest)
            continue;
        longest = end;
        *is_coded = needle->is_coded;
    }
    return longest;
}

static bool is_in_word(const struct buf *text, size_t at)
{
    char c = at < text->length ? text->data[at] : ' ';

    return is_letter(c) || is_digit(c) || (unsigned char)c >= 0x80;
}

static bool is_base64(const struct buf *text, size_t at)
{
    char c = at < text->length ? text->data[at] : ' ';

    return is_letter(c) || is_digit(c) || c == '+' || c == '/' || c == '-' || c == '_';
}

/* Marks what was found, for base64 all of it; returns its end. */
static size_t mark(const struct spelled *spelled, bool is_coded, size_t begin, size_t end,
                   bool *marked)
{
    const struct buf *text = &spelled->text;

    while (is_coded && begin > 0 && is_base64(text, begin - 1))
        begin--;
    while (is_coded && is_base64(text, end))
        end++;
    while (is_coded && end < text->length && text->data[end] == '=')
        end++;
    memset(marked + spelled->from[begin], true,
           spelled->from[end] - spelled->from[begin]);
    return end;
}

/* A word may stand there several times in a row. */
static size_t match_row(const struct scrub *scrub, const struct needle *needle,
                        const struct buf *text, size_t begin)
{
    size_t end = match(scrub, needle, text, begin), next;

    if (!needle->is_word)
        return end;
    if (end == begin || (begin > 0 && is_in_word(text, begin - 1)))
        return begin;
    while ((next = match(scrub, needle, text, end)) > end)
        end = next;
    return is_in_word(text, end) ? begin : end;
}

/* Most places need no longer look than this. */
static bool may_begin(const struct scrub *scrub, const struct buf *text, size_t begin)
{
    size_t next = next_character(text, begin + 1);

    if (scrub->has_exact)
        return true;
    return next < text->length &&
           has_pair(scrub, fold(text->data[begin]), fold(text->data[next]));
}

/* The end of what is hidden and begins here; `begin` when nothing does. */
static size_t match_any(const struct scrub *scrub, const struct buf *text, size_t begin,
                        bool *is_coded)
{
    size_t longest;

    if (!may_begin(scrub, text, begin))
        return begin;
    longest = match_telling(scrub, text, begin, is_coded);
    for (size_t i = 0; i < scrub->count; i++) {
        const struct needle *needle = &scrub->needles[i];
        size_t end = needle->is_exact || needle->length < TELLING
                         ? match_row(scrub, needle, text, begin)
                         : begin;

        if (end <= longest)
            continue;
        longest = end;
        *is_coded = needle->is_coded;
    }
    return longest;
}

static bool mark_spelled(const struct scrub *scrub, const struct spelled *spelled,
                         bool *marked)
{
    const struct buf *text = &spelled->text;
    bool found = false;

    for (size_t at = 0, end; at < text->length; at = end) {
        bool is_coded = false;

        end = match_any(scrub, text, at, &is_coded);
        if (end > at)
            end = mark(spelled, is_coded, at, end, marked);
        else
            end = at + 1;
        found = found || marked[spelled->from[at]];
    }
    return found;
}

/* In this text, and in what it becomes when its escapes are read. */
static bool mark_hidden(const struct scrub *scrub, const struct spelled *spelled,
                        int layers, bool *marked)
{
    bool found = mark_spelled(scrub, spelled, marked);

    for (int i = 0; layers > 0 && i < SPELLING_COUNT; i++) {
        struct spelled inner;

        if (!spelled_read(&inner, spelled, (enum spelling)i))
            continue;
        found = mark_hidden(scrub, &inner, layers - 1, marked) || found;
        spelled_free(&inner);
    }
    return found;
}

/* ---- What looks like a token ------------------------------------------------------- */

static bool is_token_char(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("-_.~+/=", c));
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

/* A header's parameter: error="…".  "=" ends base64, and stands nowhere else in it. */
static bool is_parameter(const char *bytes, size_t length, size_t left)
{
    size_t name = 0;

    while (name < length && bytes[name] != '=')
        name++;
    return (name < length && name + 1 < length && bytes[name + 1] != '=') ||
           (name + 1 == length && length < left && bytes[length] == '"');
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
        if (end - begin >= SHORTEST_CREDENTIALS &&
            !is_parameter(bytes + begin, end - begin, length - begin))
            return end;
    }
    return 0;
}

static void mark_tokens(const char *bytes, size_t length, bool *marked)
{
    for (size_t at = 0, skip; at < length; at += skip ? skip : 1) {
        skip = jwt_at(bytes + at, length - at);
        if (!skip)
            skip = credentials_at(bytes + at, length - at);
        memset(marked + at, true, skip);
    }
}

/* ---- Copies ------------------------------------------------------------------------ */

/* One mark for each byte; the caller's (free()). */
static bool *find(const struct scrub *scrub, const char *bytes, size_t length,
                  bool *found)
{
    bool *marked = mem_new(length + 1, sizeof *marked);
    struct spelled spelled;

    if (scrub && scrub->count > 0) {
        spelled_init(&spelled, bytes, length);
        *found = mark_hidden(scrub, &spelled, LAYERS, marked);
        spelled_free(&spelled);
    }
    return marked;
}

static void add_clean(struct buf *out, const struct scrub *scrub, const char *bytes,
                      size_t length, size_t begin, size_t end)
{
    bool *marked = find(scrub, bytes, length, &(bool){false});

    mark_tokens(bytes, length, marked);
    for (size_t at = begin; at < end; at++) {
        if (!marked[at])
            buf_add_char(out, bytes[at]);
        else if (at == begin || !marked[at - 1])
            buf_add_text(out, SCRUB_REMOVED);
    }
    free(marked);
}

void scrub_copy_part(const struct scrub *scrub, char *out, size_t size, const char *bytes,
                     size_t length, size_t begin, size_t end)
{
    struct buf clean, safe;

    length = length < TEXT_MAX ? length : TEXT_MAX;
    end = end < length ? end : length;
    buf_init_secret(&clean, 4 * TEXT_MAX);
    buf_init_secret(&safe, 16 * TEXT_MAX);
    add_clean(&clean, scrub, bytes, length, begin < end ? begin : end, end);
    /* Making it safe leaves something out, and what it parted comes together. */
    text_add_safe(&safe, clean.data, clean.length, TEXT_MAX);
    buf_clear(&clean);
    add_clean(&clean, scrub, safe.data, safe.length, 0, safe.length);
    text_copy_safe(out, size, clean.data, clean.length);
    buf_free(&clean);
    buf_free(&safe);
}

void scrub_copy(const struct scrub *scrub, char *out, size_t size, const char *bytes,
                size_t length)
{
    scrub_copy_part(scrub, out, size, bytes, length, 0, length);
}

bool scrub_finds(const struct scrub *scrub, const char *bytes, size_t length)
{
    bool found = false;

    free(find(scrub, bytes, length < TEXT_MAX ? length : TEXT_MAX, &found));
    return found;
}
