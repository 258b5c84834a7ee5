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

static const char ellipsis[] = "…";

/* One character of `bytes`: its length, and the code point, or 0xFFFD for an invalid
 * byte. */
static size_t decode(const char *bytes, size_t length, ucs4_t *point)
{
    int taken = u8_mbtoucr(point, (const uint8_t *)bytes, length);

    if (taken > 0)
        return (size_t)taken;
    *point = 0xFFFD;
    return 1;
}

/* Controls, and format characters that hide or turn text around (general category Cf
 * holds the bidirectional ones, the zero-width ones and the tags); also line separators.
 */
static bool is_unsafe(ucs4_t point)
{
    return point == 0xFFFD || uc_is_general_category(point, UC_CONTROL) ||
           uc_is_general_category(point, UC_FORMAT) ||
           uc_is_general_category(point, UC_SURROGATE) ||
           uc_is_general_category(point, UC_PRIVATE_USE) ||
           uc_is_general_category(point, UC_UNASSIGNED) || point == 0x2028 ||
           point == 0x2029;
}

static bool is_line_blank(ucs4_t point)
{
    return point == '\r' || point == '\n' || point == '\t';
}

void text_add_safe(struct buf *out, const char *bytes, size_t length, size_t max_bytes)
{
    size_t start = out->length;
    bool after_blank = false;

    for (size_t at = 0; at < length;) {
        ucs4_t point;
        size_t taken = decode(bytes + at, length - at, &point);
        const char *add = bytes + at;
        size_t added = taken;

        at += taken;
        if (is_line_blank(point)) {
            if (after_blank)
                continue;
            add = " ";
            added = 1;
        } else if (is_unsafe(point)) {
            add = "?";
            added = 1;
        }
        after_blank = is_line_blank(point);
        if (max_bytes && out->length - start + added > max_bytes) {
            buf_add_text(out, ellipsis);
            return;
        }
        if (!buf_add(out, add, added))
            return;
    }
}

/* The largest prefix of `text` that is at most `size` bytes and ends between characters.
 */
static size_t prefix(const char *text, size_t size)
{
    size_t length = strlen(text);

    if (length <= size)
        return length;
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
        size--;
    return size;
}

void text_copy_safe(char *out, size_t size, const char *bytes, size_t length)
{
    struct buf safe;
    size_t kept;

    if (size == 0)
        return;
    buf_init(&safe, 4 * size + sizeof ellipsis);
    text_add_safe(&safe, bytes, length, 2 * size);
    kept = safe.length < size ? safe.length : size - 1;
    if (kept < safe.length && size > sizeof ellipsis) {
        kept = prefix(safe.data, size - sizeof ellipsis);
        buf_truncate(&safe, kept);
        buf_add_text(&safe, ellipsis);
        kept = safe.length;
    } else {
        kept = prefix(safe.data, kept);
    }
    memcpy(out, safe.data, kept);
    out[kept] = '\0';
    buf_free(&safe);
}

bool text_is_clean(const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at < length;) {
        ucs4_t point;
        size_t taken = decode(text + at, length - at, &point);
        if (is_unsafe(point))
            return false;
        at += taken;
    }
    return true;
}

/* The columns of one grapheme cluster: those of its widest character. */
static int cluster_width(const char *text, size_t length)
{
    int widest = 0;

    for (size_t at = 0; at < length;) {
        ucs4_t point;
        size_t taken = decode(text + at, length - at, &point);
        int width = uc_width(point, "UTF-8");
        widest = width > widest ? width : widest;
        at += taken;
    }
    return widest;
}

size_t text_next(const char *text, size_t offset)
{
    size_t length = strlen(text);
    const uint8_t *next;

    if (offset >= length)
        return length;
    if ((unsigned char)text[offset] < 0x80 && (unsigned char)text[offset + 1] < 0x80)
        return offset + 1;
    next =
        u8_grapheme_next((const uint8_t *)text + offset, (const uint8_t *)text + length);
    return next ? (size_t)(next - (const uint8_t *)text) : length;
}

size_t text_previous(const char *text, size_t offset)
{
    const uint8_t *previous;

    if (offset == 0)
        return 0;
    previous = u8_grapheme_prev((const uint8_t *)text + offset, (const uint8_t *)text);
    return previous ? (size_t)(previous - (const uint8_t *)text) : 0;
}

size_t text_fit(const char *text, int columns, int *width)
{
    size_t at = 0;
    int used = 0;

    while (text[at]) {
        size_t next = text_next(text, at);
        int more = cluster_width(text + at, next - at);
        if (used + more > columns)
            break;
        used += more;
        at = next;
    }
    if (width)
        *width = used;
    return at;
}

int text_width(const char *text)
{
    int width;

    text_fit(text, INT32_MAX, &width);
    return width;
}

size_t text_wrap(const char *text, int columns, size_t *skip)
{
    size_t line = strcspn(text, "\n");
    size_t fits = text_fit(text, columns, NULL);
    size_t end;

    if (fits >= line) {
        *skip = text[line] == '\n' ? 1 : 0;
        return line;
    }
    end = fits;
    if (text[end] != ' ')
        while (end > 0 && text[end - 1] != ' ')
            end--;
    if (end == 0)
        end = fits ? fits : text_next(text, 0);
    *skip = strspn(text + end, " ");
    while (end > 1 && text[end - 1] == ' ') {
        end--;
        ++*skip;
    }
    return end;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Damerau-Levenshtein, the restricted form, on bytes: three rows are enough. */
size_t text_distance(const char *a, const char *b)
{
    size_t rows = strlen(a), columns = strlen(b), distance;
    size_t *memory = mem_new(3 * (columns + 1), sizeof *memory);
    size_t *before = memory, *last = memory + columns + 1, *now = last + columns + 1,
           *swap;

    for (size_t j = 0; j <= columns; j++)
        last[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        now[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t cost = a[i - 1] != b[j - 1];
            now[j] = smallest(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        swap = before;
        before = last;
        last = now;
        now = swap;
    }
    distance = last[columns];
    free(memory);
    return distance;
}
