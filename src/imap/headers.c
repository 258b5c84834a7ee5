#include "imap/headers.h"

#include <libetpan/mailimf.h>
#include <libetpan/mailmime_decode.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

#define VALUE_MAX (4 * 1024)

static size_t line_length(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));

    return newline ? (size_t)(newline - line) + 1 : (size_t)(end - line);
}

static void add_trimmed(struct buf *value, const char *bytes, size_t length)
{
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    if (length > value->limit - value->length)
        length = value->limit - value->length;
    buf_add(value, bytes, length);
}

static void trim(struct buf *value)
{
    size_t length = value->length;

    while (length > 0 && value->data[length - 1] == ' ')
        length--;
    buf_truncate(value, length);
    buf_drop_front(value, strspn(value->data, " \t"));
}

/* The raw value with its folds taken out. */
static bool find(const char *block, size_t length, const char *name, struct buf *value)
{
    const char *end = block + length;
    size_t name_length = strlen(name);

    for (const char *line = block; line < end; line += line_length(line, end)) {
        const char *next;

        if ((size_t)(end - line) <= name_length || line[name_length] != ':' ||
            strncasecmp(line, name, name_length) != 0)
            continue;
        next = line + line_length(line, end);
        line += name_length + 1;
        add_trimmed(value, line, (size_t)(next - line));
        while (next < end && (*next == ' ' || *next == '\t')) {
            size_t more = line_length(next, end);

            add_trimmed(value, next, more);
            next += more;
        }
        trim(value);
        return true;
    }
    return false;
}

bool headers_copy(const char *block, size_t length, const char *name,
                  const struct scrub *hidden, char *out, size_t size)
{
    struct buf value;
    bool found;

    buf_init(&value, VALUE_MAX);
    found = find(block, length, name, &value) &&
            !scrub_finds(hidden, value.data, value.length);
    text_copy_safe(out, size, value.data, found ? value.length : 0);
    buf_free(&value);
    return found;
}

bool headers_show(const char *block, size_t length, const char *name,
                  const struct scrub *hidden, char *out, size_t size)
{
    struct buf value;
    char *decoded = NULL;
    size_t at = 0;
    bool found;

    buf_init(&value, VALUE_MAX);
    found = find(block, length, name, &value);
    if (strstr(value.data, "=?") &&
        mailmime_encoded_phrase_parse("utf-8", value.data, strlen(value.data), &at,
                                      "utf-8", &decoded) == MAILIMF_NO_ERROR &&
        decoded)
        scrub_copy(hidden, out, size, decoded, strlen(decoded));
    else
        scrub_copy(hidden, out, size, value.data, value.length);
    free(decoded);
    buf_free(&value);
    return found;
}
