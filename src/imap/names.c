#include "imap/names.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistr.h>

#include "base/text.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* Bits on their way from 16 to 6 or back. */
struct bits {
    uint32_t value;
    unsigned count;
};

static void add_unit(struct bits *bits, uint32_t unit, struct buf *out)
{
    bits->value = bits->value << 16 | unit;
    bits->count += 16;
    while (bits->count >= 6) {
        bits->count -= 6;
        buf_add_char(out, alphabet[bits->value >> bits->count & 0x3f]);
    }
    bits->value &= (1u << bits->count) - 1;
}

static void end_shift(struct bits *bits, struct buf *out)
{
    if (bits->count > 0)
        buf_add_char(out, alphabet[bits->value << (6 - bits->count) & 0x3f]);
    buf_add_char(out, '-');
    *bits = (struct bits){0};
}

bool names_to_wire(const char *name, struct buf *out)
{
    const uint8_t *at = (const uint8_t *)name;
    struct bits bits = {0};
    bool shifted = false;

    if (*name == '\0' || !text_is_clean(name))
        return false;
    while (*at) {
        ucs4_t c;

        at += u8_mbtouc(&c, at, strlen((const char *)at));
        if (c < 0x80) {
            if (shifted)
                end_shift(&bits, out);
            shifted = false;
            buf_add_char(out, (char)c);
            if (c == '&')
                buf_add_char(out, '-');
            continue;
        }
        if (!shifted)
            buf_add_char(out, '&');
        shifted = true;
        if (c >= 0x10000) {
            add_unit(&bits, 0xd800 + ((c - 0x10000) >> 10), out);
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        add_unit(&bits, c, out);
    }
    if (shifted)
        end_shift(&bits, out);
    return !out->overflowed;
}

static bool add_character(ucs4_t c, struct buf *out)
{
    uint8_t bytes[6];
    int length = u8_uctomb(bytes, c, sizeof bytes);

    return length > 0 && buf_add(out, (const char *)bytes, (size_t)length);
}

/* One UTF-16 unit; *high keeps the first half of a pair. */
static bool take_unit(uint32_t unit, uint32_t *high, struct buf *out)
{
    bool is_high = unit >= 0xd800 && unit < 0xdc00;
    bool is_low = unit >= 0xdc00 && unit < 0xe000;
    uint32_t before = *high;

    if ((before != 0) != is_low)
        return false;
    *high = is_high ? unit : 0;
    if (is_high)
        return true;
    if (is_low)
        unit = 0x10000 + ((before - 0xd800) << 10) + (unit - 0xdc00);
    return add_character(unit, out);
}

/* What stands between "&" and "-"; *at ends behind the "-". */
static bool decode_shift(const char **at, struct buf *out)
{
    struct bits bits = {0};
    uint32_t high = 0;

    for (; **at && **at != '-'; ++*at) {
        const char *digit = strchr(alphabet, **at);

        if (!digit)
            return false;
        bits.value = bits.value << 6 | (uint32_t)(digit - alphabet);
        bits.count += 6;
        if (bits.count >= 16) {
            bits.count -= 16;
            if (!take_unit(bits.value >> bits.count & 0xffff, &high, out))
                return false;
            bits.value &= (1u << bits.count) - 1;
        }
    }
    if (**at != '-' || high != 0 || bits.value != 0 || bits.count >= 6)
        return false;
    ++*at;
    return true;
}

bool names_from_wire(const char *wire, struct buf *out)
{
    while (*wire) {
        if (*wire == '&' && wire[1] == '-') {
            buf_add_char(out, '&');
            wire += 2;
        } else if (*wire == '&') {
            wire++;
            if (!decode_shift(&wire, out))
                return false;
        } else {
            /* Servers with UTF-8 of their own send it as it is. */
            buf_add_char(out, *wire++);
        }
    }
    return !out->overflowed && out->length > 0 && text_is_clean(out->data);
}
