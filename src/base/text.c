#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <unigbrk.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base/buf.h"
#include "base/mem.h"

#define ELLIPSIS        "\xe2\x80\xa6"
#define ELLIPSIS_LENGTH (sizeof ELLIPSIS - 1)

static const uint8_t *as_u8(const char *text)
{
    return (const uint8_t *)text;
}

enum showing { SHOW, SHOW_BLANK, SHOW_MARK, SHOW_NOTHING };

/* What a code point from a stranger is shown as. */
static enum showing showing_of(ucs4_t c)
{
    if (c == '\r' || c == '\n' || c == '\t' || c == 0x2028 || c == 0x2029)
        return SHOW_BLANK;
    if (c >= 0x20 && c < 0x7f)
        return SHOW;
    if ((c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef))
        return SHOW_NOTHING;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                UC_CATEGORY_MASK_Cs |
                                                UC_CATEGORY_MASK_Cn) ||
        uc_is_property_default_ignorable_code_point(c))
        return SHOW_MARK;
    return SHOW;
}

/* Reads one code point; an invalid byte is one of length 1 that shows as a mark. */
static size_t read_one(const char *bytes, size_t length, enum showing *showing)
{
    ucs4_t c;
    int used = u8_mbtoucr(&c, as_u8(bytes), length);
    if (used <= 0) {
        *showing = SHOW_MARK;
        return 1;
    }
    *showing = showing_of(c);
    return (size_t)used;
}

/* The adding half of text_add_safe: keeps to `room` bytes, and remembers where the text
 * could be cut so that the ellipsis still fits. */
struct safe_out {
    struct buf *buf;
    size_t start;
    size_t room;
    size_t cut; /* last length with room for the ellipsis behind it */
};

static bool put(struct safe_out *out, const char *bytes, size_t length)
{
    size_t used = out->buf->length - out->start;
    if (length > out->room - used) {
        buf_truncate(out->buf, out->cut);
        if (out->room >= ELLIPSIS_LENGTH)
            buf_add(out->buf, ELLIPSIS, ELLIPSIS_LENGTH);
        return false;
    }
    if (!buf_add(out->buf, bytes, length))
        return false;
    if (out->room - used - length >= ELLIPSIS_LENGTH)
        out->cut = out->buf->length;
    return true;
}

void text_add_safe(struct buf *out, const char *bytes, size_t length, size_t max_bytes)
{
    struct safe_out to = {
        .buf = out,
        .start = out->length,
        .room = max_bytes ? max_bytes : SIZE_MAX,
        .cut = out->length,
    };
    bool blank_before = false;
    for (size_t at = 0; at < length;) {
        enum showing showing;
        size_t used = read_one(bytes + at, length - at, &showing);
        bool fits = true;
        if (showing == SHOW)
            fits = put(&to, bytes + at, used);
        else if (showing == SHOW_MARK)
            fits = put(&to, "?", 1);
        else if (showing == SHOW_BLANK && !blank_before)
            fits = put(&to, " ", 1);
        if (!fits)
            return;
        blank_before = showing == SHOW_BLANK;
        at += used;
    }
}

void text_copy_safe(char *out, size_t size, const char *bytes, size_t length)
{
    if (!size)
        return;
    out[0] = '\0';
    if (size == 1)
        return;
    struct buf buf;
    buf_init(&buf, size - 1);
    text_add_safe(&buf, bytes, length, size - 1);
    memcpy(out, buf.data, buf.length + 1);
    buf_free(&buf);
}

bool text_is_clean(const char *text)
{
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        enum showing showing;
        at += read_one(text + at, length - at, &showing);
        if (showing == SHOW_BLANK || showing == SHOW_MARK)
            return false;
    }
    return true;
}

/* "UTF-8" as the encoding makes characters of ambiguous width narrow, as terminals do. */
static int width_of(const char *text, size_t length)
{
    return u8_width(as_u8(text), length, "UTF-8");
}

int text_width(const char *text)
{
    return width_of(text, strlen(text));
}

/* Bytes of the grapheme cluster at the front of `text`, which is not empty.
 *
 * u8_grapheme_next() looks at two code points at a time and so splits flags and joined
 * emoji; u8_grapheme_breaks() does not, but wants an array.  A window of the text keeps
 * that cheap; a break near its end may only be there because the text was cut. */
static size_t cluster_length(const char *text, size_t length)
{
    enum { WINDOW = 64, DOUBT = 8 };
    char breaks[WINDOW];
    if (length <= WINDOW) {
        u8_grapheme_breaks(as_u8(text), length, breaks);
        for (size_t i = 1; i < length; i++)
            if (breaks[i])
                return i;
        return length;
    }
    u8_grapheme_breaks(as_u8(text), WINDOW, breaks);
    for (size_t i = 1; i < WINDOW - DOUBT; i++)
        if (breaks[i])
            return i;
    /* A cluster this long is not writing any more: cut it between code points. */
    size_t cut = WINDOW - DOUBT;
    while (cut > 1 && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    return cut;
}

size_t text_next(const char *text, size_t offset)
{
    size_t length = strlen(text);
    return offset < length ? offset + cluster_length(text + offset, length - offset)
                           : length;
}

/* From the front, because where a cluster ends can depend on all before it (flags). */
size_t text_previous(const char *text, size_t offset)
{
    size_t length = strlen(text);
    if (offset > length)
        offset = length;
    size_t before = 0;
    for (size_t at = 0; at < offset; at = text_next(text, at))
        before = at;
    return before;
}

size_t text_fit(const char *text, int columns, int *width)
{
    size_t length = strlen(text);
    size_t at = 0;
    int taken = 0;
    while (at < length) {
        size_t cluster = cluster_length(text + at, length - at);
        int more = width_of(text + at, cluster);
        if (taken + more > columns)
            break;
        taken += more;
        at += cluster;
    }
    if (width)
        *width = taken;
    return at;
}

size_t text_wrap(const char *text, int columns, size_t *skip)
{
    *skip = 0;
    if (!*text)
        return 0;
    size_t line = strcspn(text, "\n");
    size_t fits = text_fit(text, columns, NULL);
    size_t length = line;
    if (fits < line) {
        /* Back to the last blank in what fits, or just behind it. */
        length = fits;
        if (text[fits] != ' ') {
            while (length && text[length - 1] != ' ')
                length--;
            if (strspn(text, " ") >= length)
                length = fits ? fits : text_next(text, 0);
        }
    }
    size_t after = length + strspn(text + length, " ");
    while (length && text[length - 1] == ' ')
        length--;
    if (after >= line && text[line] == '\n')
        after = line + 1;
    *skip = after - length;
    return length;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, three rows at a time. */
size_t text_distance(const char *a, const char *b)
{
    size_t rows = strlen(a), columns = strlen(b);
    size_t *before = mem_new(columns + 1, sizeof *before);
    size_t *above = mem_new(columns + 1, sizeof *above);
    size_t *row = mem_new(columns + 1, sizeof *row);
    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]),
                           least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    size_t distance = row[columns];
    free(before);
    free(above);
    free(row);
    return distance;
}
