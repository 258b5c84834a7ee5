#include "imap/wire.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"

#define NESTING_MAX  64
#define WORDLESS_MAX 32
#define FILLER       " -\r\n"

/* ---- What passes ------------------------------------------------------------------- */

void wire_init(struct wire *wire, struct stream *stream, wire_notice *notice,
               void *closure)
{
    *wire = (struct wire){.stream = stream, .notice = notice, .closure = closure};
    buf_init(&wire->line, WIRE_LINE_MAX);
}

void wire_free(struct wire *wire)
{
    stream_free(&wire->stream);
    buf_free(&wire->line);
    secret_wipe(wire->bytes, sizeof wire->bytes);
}

void wire_set_budget(struct wire *wire, uint64_t bytes)
{
    stream_set_budget(wire->stream, bytes);
    wire->literal_limit = bytes;
}

bool wire_has_more(const struct wire *wire)
{
    return wire->from < wire->to;
}

static bool is_word(const char *at, const char *word)
{
    size_t length = strlen(word);

    return strncasecmp(at, word, length) == 0 &&
           (at[length] == ' ' || at[length] == '\0' || at[length] == '\r');
}

/* "* OK …", "12 NO …", "+ …": lines that end in text for people. */
static bool is_status_line(const char *line)
{
    static const char *const words[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
    const char *second = strchr(line, ' ');

    if (line[0] == '+')
        return true;
    for (size_t i = 0; second && i < sizeof words / sizeof words[0]; i++) {
        if (is_word(second + 1, words[i]))
            return true;
    }
    return false;
}

/* "* CAPABILITY …", "* 12 EXISTS", "* 3 EXPUNGE". */
static bool is_noticed(const char *line)
{
    const char *word;

    if (strncmp(line, "* ", 2) != 0)
        return false;
    word = line + 2 + strspn(line + 2, "0123456789");
    if (word == line + 2)
        return strncasecmp(word, "CAPABILITY", strlen("CAPABILITY")) == 0;
    return *word == ' ' && (is_word(word + 1, "EXISTS") || is_word(word + 1, "EXPUNGE"));
}

/* Size announced by a line that ends in {n}, or -1; INT64_MAX stands for all beyond. */
static int64_t announced_literal(const char *tail, size_t length)
{
    uint64_t size = 0;
    size_t at = length, digits;

    if (at == 0 || tail[--at] != '}')
        return -1;
    if (at > 0 && tail[at - 1] == '+')
        at--;
    for (digits = 0; at > 0 && tail[at - 1] >= '0' && tail[at - 1] <= '9'; digits++)
        at--;
    if (digits > 18)
        return INT64_MAX;
    if (digits == 0 || at == 0 || tail[at - 1] != '{')
        return -1;
    for (size_t i = 0; i < digits; i++)
        size = size * 10 + (uint64_t)(tail[at + i] - '0');
    return (int64_t)size;
}

static bool garble(struct wire *wire, const char *why)
{
    wire->garbled = true;
    return stream_fail(wire->stream, NET_SYSTEM, why);
}

/* libetpan allocates at "{n}" wherever it stands, before it looks for the end of the
 * line.
 */
static bool track_literal(struct wire *wire, char c)
{
    if (c == '{') {
        wire->counts = true;
        wire->counted = 0;
    } else if (wire->counts && c >= '0' && c <= '9') {
        wire->counted = wire->counted * 10 + (uint64_t)(c - '0');
        if (wire->counted > wire->literal_limit)
            return stream_fail(wire->stream, NET_TOO_MUCH, NULL);
    } else if (c != ' ') {
        wire->counts = false;
    }
    return true;
}

static bool track_nesting(struct wire *wire, char c)
{
    if (wire->escaped) {
        wire->escaped = false;
    } else if (wire->quoted) {
        wire->escaped = c == '\\';
        wire->quoted = c != '"';
    } else if (c == '"') {
        wire->quoted = true;
    } else if (c == '(' || c == '[') {
        if (++wire->depth > NESTING_MAX)
            return garble(wire, "brackets nested too deeply");
    } else if ((c == ')' || c == ']') && wire->depth > 0) {
        wire->depth--;
    }
    return wire->quoted || track_literal(wire, c);
}

static void keep_tail(struct wire *wire, const char *bytes, size_t length)
{
    size_t room = sizeof wire->tail;

    if (length >= room) {
        memcpy(wire->tail, bytes + length - room, room);
        wire->tail_length = room;
        return;
    }
    if (wire->tail_length + length > room) {
        size_t drop = wire->tail_length + length - room;

        memmove(wire->tail, wire->tail + drop, wire->tail_length - drop);
        wire->tail_length -= drop;
    }
    memcpy(wire->tail + wire->tail_length, bytes, length);
    wire->tail_length += length;
}

static bool end_line(struct wire *wire)
{
    size_t length = wire->tail_length - 1; /* without the LF */
    int64_t literal = -1;

    if (length > 0 && wire->tail[length - 1] == '\r')
        length--;
    if (!wire->is_status)
        literal = announced_literal(wire->tail, length);
    if (literal > 0 && (uint64_t)literal > wire->literal_limit)
        return stream_fail(wire->stream, NET_TOO_MUCH, NULL);
    if (!wire->continues && (wire->is_status || is_noticed(wire->line.data))) {
        size_t end = strcspn(wire->line.data, "\r\n");

        wire->line.data[end] = '\0';
        wire->notice(wire->closure, wire->line.data, end);
    }
    wire->has_literal = literal >= 0;
    wire->literal_left = literal > 0 ? (uint64_t)literal : 0;
    wire->continues = literal >= 0;
    buf_clear(&wire->line);
    wire->tail_length = 0;
    wire->quoted = wire->escaped = false;
    if (!wire->continues) {
        wire->depth = 0;
        wire->is_status = false;
    }
    return true;
}

/* Looks at bytes of a line on their way out; the last may be its LF. */
static bool pass_line(struct wire *wire, const char *bytes, size_t length)
{
    size_t room = WIRE_LINE_MAX - wire->line.length;

    if (memchr(bytes, '\0', length))
        return garble(wire, "a NUL outside of a literal");
    buf_add(&wire->line, bytes, length < room ? length : room);
    keep_tail(wire, bytes, length);
    if (!wire->continues && !wire->is_status)
        wire->is_status = is_status_line(wire->line.data);
    for (size_t i = 0; !wire->is_status && i < length; i++) {
        if (!track_nesting(wire, bytes[i]))
            return false;
    }
    if (bytes[length - 1] == '\n')
        return end_line(wire);
    return true;
}

static bool fill(struct wire *wire)
{
    ssize_t got;

    if (wire->from == wire->to)
        wire->from = wire->to = 0;
    if (wire->from > 0) {
        memmove(wire->bytes, wire->bytes + wire->from, wire->to - wire->from);
        wire->to -= wire->from;
        wire->from = 0;
    }
    got = stream_read(wire->stream, wire->bytes + wire->to, WIRE_BUFFER - wire->to);
    if (got < 0)
        return false;
    wire->to += (size_t)got;
    return true;
}

/* Waits for the rest of the line or a full buffer; bytes that can be handed out, 0 on
 * failure. */
static size_t line_ready(struct wire *wire)
{
    size_t looked = 0;

    for (;;) {
        size_t there = wire->to - wire->from;
        char *start = wire->bytes + wire->from;
        char *end = memchr(start + looked, '\n', there - looked);

        if (end)
            return (size_t)(end - start) + 1;
        if (there == WIRE_BUFFER)
            return there;
        looked = there;
        if (!fill(wire))
            return 0;
    }
}

/* Up to `size` bytes of the literal, where they are. */
static ssize_t lend_literal(struct wire *wire, const char **bytes, size_t size)
{
    if (wire->from == wire->to && !fill(wire))
        return -1;
    if (size > wire->to - wire->from)
        size = wire->to - wire->from;
    if (size > wire->literal_left)
        size = (size_t)wire->literal_left;
    *bytes = wire->bytes + wire->from;
    wire->from += size;
    wire->literal_left -= size;
    return (ssize_t)size;
}

static ssize_t take_literal(struct wire *wire, char *bytes, size_t size)
{
    const char *from;
    ssize_t got = lend_literal(wire, &from, size);

    if (got > 0)
        memcpy(bytes, from, (size_t)got);
    return got;
}

/* ---- Our own commands -------------------------------------------------------------- */

bool wire_write(struct wire *wire, const char *bytes, size_t length)
{
    return stream_write(wire->stream, bytes, length);
}

bool wire_write_text(struct wire *wire, const char *text)
{
    return wire_write(wire, text, strlen(text));
}

bool wire_read_line(struct wire *wire, struct buf *line, int64_t *literal)
{
    bool ended = false;

    buf_clear(line);
    if (!wire_skip_literal(wire))
        return false;
    while (!ended) {
        size_t ready = line_ready(wire);
        const char *start = wire->bytes + wire->from;
        size_t room = line->limit - line->length;

        if (ready == 0 || !pass_line(wire, start, ready))
            return false;
        ended = start[ready - 1] == '\n';
        buf_add(line, start, ready < room ? ready : room);
        wire->from += ready;
    }
    while (line->length > 0 &&
           (line->data[line->length - 1] == '\n' || line->data[line->length - 1] == '\r'))
        buf_truncate(line, line->length - 1);
    *literal = wire->has_literal ? (int64_t)wire->literal_left : -1;
    return true;
}

ssize_t wire_read_literal(struct wire *wire, char *bytes, size_t size)
{
    if (wire->literal_left == 0)
        return 0;
    return take_literal(wire, bytes, size);
}

ssize_t wire_lend_literal(struct wire *wire, const char **bytes)
{
    if (wire->literal_left == 0)
        return 0;
    return lend_literal(wire, bytes, WIRE_BUFFER);
}

bool wire_skip_literal(struct wire *wire)
{
    const char *ignored;
    ssize_t got;

    while ((got = wire_lend_literal(wire, &ignored)) > 0)
        continue;
    return got == 0;
}

/* ---- libetpan ---------------------------------------------------------------------- */

/* "1 OK" and no more, which libetpan takes for no answer at all. */
static bool lacks_text(const struct wire *wire, const char *line, size_t length)
{
    static const char *const words[] = {" OK\r\n", " NO\r\n", " BAD\r\n"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t tail = strlen(words[i]);

        if (!wire->continues && length > tail && length <= WORDLESS_MAX &&
            memcmp(line + length - tail, words[i], tail) == 0)
            return memchr(line, ' ', length) == line + length - tail;
    }
    return false;
}

/* libetpan crashes on "[PERMANENTFLAGS (" without a flag behind it.  Nobody needs that
 * list, so the word is made one that libetpan does not know. */
static void hide_flags(char *line, size_t length)
{
    static const char word[] = "[PERMANENTFLAGS";
    char head[32] = "";

    memcpy(head, line, length < sizeof head ? length : sizeof head - 1);
    for (size_t i = 0; is_status_line(head) && i + sizeof word <= length; i++) {
        if (strncasecmp(line + i, word, sizeof word - 1) == 0)
            line[i + 1] = 'X';
    }
}

static ssize_t low_read(mailstream_low *low, void *bytes, size_t size)
{
    struct wire *wire = low->data;
    bool wordless, begins = !wire->continues;
    size_t ready;

    if (wire->literal_left > 0)
        return take_literal(wire, bytes, size);
    ready = line_ready(wire);
    wordless = lacks_text(wire, wire->bytes + wire->from, ready) &&
               size >= ready + strlen(FILLER);
    if (ready > size)
        ready = size;
    if (ready == 0 || !pass_line(wire, wire->bytes + wire->from, ready))
        return -1;
    memcpy(bytes, wire->bytes + wire->from, ready);
    wire->from += ready;
    if (begins)
        hide_flags(bytes, ready);
    if (!wordless)
        return (ssize_t)ready;
    memcpy((char *)bytes + ready - 2, FILLER, strlen(FILLER));
    return (ssize_t)(ready - 2 + strlen(FILLER));
}

/* Never 0: libetpan would try again for ever. */
static ssize_t low_write(mailstream_low *low, const void *bytes, size_t length)
{
    struct wire *wire = low->data;

    return stream_write(wire->stream, bytes, length) ? (ssize_t)length : -1;
}

static int low_close(mailstream_low *low)
{
    (void)low; /* the session closes the stream */
    return 0;
}

static int low_get_fd(mailstream_low *low)
{
    (void)low;
    return -1;
}

/* The driver frees the low itself. */
static void low_free(mailstream_low *low)
{
    free(low);
}

static void low_cancel(mailstream_low *low)
{
    (void)low; /* cancelling is struct cancel's */
}

static mailstream_low_driver driver = {
    .mailstream_read = low_read,
    .mailstream_write = low_write,
    .mailstream_close = low_close,
    .mailstream_get_fd = low_get_fd,
    .mailstream_free = low_free,
    .mailstream_cancel = low_cancel,
};

mailstream *wire_new_mailstream(struct wire *wire)
{
    mailstream_low *low = mailstream_low_new(wire, &driver);
    mailstream *made = low ? mailstream_new(low, WIRE_BUFFER) : NULL;

    if (!made)
        abort(); /* out of memory, as in base/mem.h */
    return made;
}
