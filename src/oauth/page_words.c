#include "oauth/page_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return isspace((unsigned char)c);
}

bool page_is_one(const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length && is_blank(bytes[at]))
        at++;
    return at + 1 < length && bytes[at] == '<' &&
           (isalpha((unsigned char)bytes[at + 1]) || strchr("!?", bytes[at + 1]));
}

static bool begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(end - at) >= length && strncasecmp(at, word, length) == 0;
}

/* Behind the next `word`, or the end. */
static const char *behind(const char *at, const char *end, const char *word)
{
    while (at < end && !begins(at, end, word))
        at++;
    return at < end ? at + strlen(word) : end;
}

/* Elements whose content nobody reads. */
static const char *skip_element(const char *at, const char *end)
{
    static const struct {
        const char *open, *close;
    } elements[] = {{"<!--", "-->"}, {"<script", "</script>"}, {"<style", "</style>"}};

    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
        if (begins(at, end, elements[i].open))
            return behind(at, end, elements[i].close);
    }
    return behind(at, end, ">");
}

/* One character reference of the few that plain text needs; *at moves behind it. */
static char reference(const char **at, const char *end)
{
    static const struct {
        const char *name;
        char sign;
    } names[] = {{"&amp;", '&'},   {"&lt;", '<'},   {"&gt;", '>'},    {"&quot;", '"'},
                 {"&apos;", '\''}, {"&#39;", '\''}, {"&#x27;", '\''}, {"&nbsp;", ' '}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (begins(*at, end, names[i].name)) {
            *at += strlen(names[i].name);
            return names[i].sign;
        }
    }
    return *(*at)++;
}

void page_words(const char *bytes, size_t length, struct buf *out)
{
    const char *at = bytes, *end = bytes + length;
    bool blank = false;

    while (at < end && !out->overflowed) {
        char c;

        if (*at == '<') {
            at = skip_element(at, end);
            blank = true;
            continue;
        }
        c = *at == '&' ? reference(&at, end) : *at++;
        if (is_blank(c)) {
            blank = true;
            continue;
        }
        if (blank && out->length > 0)
            buf_add_char(out, ' ');
        blank = false;
        buf_add_char(out, c);
    }
}
