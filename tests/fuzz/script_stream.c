#include "fuzz/script_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SENT_MAX 8192
#define ECHO     0x01
#define TAG      0x02

struct stream {
    const uint8_t *bytes;
    size_t size, chunk;
    const char *echo; /* what is still to come of an ECHO or TAG */
    size_t echo_left;
    bool has_budget;
    uint64_t budget, bytes_in, bytes_out;
    struct net_failure failure;
    char sent[SENT_MAX];
    size_t sent_length;
};

struct stream *script_stream_new(const uint8_t *bytes, size_t size, size_t chunk)
{
    struct stream *stream = mem_new(1, sizeof *stream);

    stream->bytes = bytes;
    stream->size = size;
    stream->chunk = chunk > 0 ? chunk : 1;
    return stream;
}

void stream_free(struct stream **slot)
{
    free(*slot);
    *slot = NULL;
}

void stream_set_deadline(struct stream *stream, int64_t deadline)
{
    (void)stream;
    (void)deadline;
}

void stream_set_budget(struct stream *stream, uint64_t bytes)
{
    stream->has_budget = bytes > 0;
    stream->budget = bytes;
}

bool stream_start_tls(struct stream *stream, const struct tls_trust *trust,
                      const char *host, struct tls_facts *facts)
{
    (void)trust;
    (void)host;
    *facts = (struct tls_facts){0};
    return stream_fail(stream, NET_TLS_FAILED, NULL);
}

bool stream_is_tls(const struct stream *stream)
{
    (void)stream;
    return true;
}

static void begin_echo(struct stream *stream, uint8_t which)
{
    const char *end = stream->sent;
    const char *limit = stream->sent + stream->sent_length;

    while (end < limit && *end != '\r' && (which == ECHO || *end != ' '))
        end++;
    stream->echo = stream->sent;
    stream->echo_left = (size_t)(end - stream->sent);
}

/* One byte of the server's; -1 at the end. */
static int next_byte(struct stream *stream)
{
    for (;;) {
        if (stream->echo_left > 0) {
            stream->echo_left--;
            return (unsigned char)*stream->echo++;
        }
        if (stream->size == 0)
            return -1;
        stream->size--;
        if (*stream->bytes != ECHO && *stream->bytes != TAG)
            return *stream->bytes++;
        begin_echo(stream, *stream->bytes++);
    }
}

/* What is made of the client's line cannot come before the client had its turn. */
static bool waits_for_client(const struct stream *stream)
{
    return stream->echo_left == 0 && stream->size > 0 &&
           (*stream->bytes == ECHO || *stream->bytes == TAG);
}

ssize_t stream_read(struct stream *stream, void *bytes, size_t size)
{
    size_t count = 0;
    int byte;

    if (stream->failure.reason != NET_OK)
        return -1;
    if (size > stream->chunk)
        size = stream->chunk;
    if (stream->has_budget && size > stream->budget)
        size = (size_t)stream->budget;
    if (size == 0) {
        net_fail(&stream->failure, NET_TOO_MUCH, 0, NULL);
        return -1;
    }
    while (count < size && !(count > 0 && waits_for_client(stream)) &&
           (byte = next_byte(stream)) >= 0)
        ((uint8_t *)bytes)[count++] = (uint8_t)byte;
    if (count == 0) {
        net_fail(&stream->failure, NET_CLOSED, 0, NULL);
        return -1;
    }
    stream->budget -= stream->has_budget ? count : 0;
    stream->bytes_in += count;
    return (ssize_t)count;
}

bool stream_write(struct stream *stream, const void *bytes, size_t length)
{
    if (stream->failure.reason != NET_OK)
        return false;
    stream->sent_length = length < SENT_MAX ? length : SENT_MAX;
    memcpy(stream->sent, bytes, stream->sent_length);
    stream->echo_left = 0;
    stream->bytes_out += length;
    return true;
}

int stream_wait(struct stream *stream, int64_t until, int sooner)
{
    (void)until;
    (void)sooner;
    if (stream->failure.reason != NET_OK)
        return -1;
    return stream->size > 0 || stream->echo_left > 0;
}

void stream_forgive(struct stream *stream)
{
    (void)stream;
}

bool stream_fail(struct stream *stream, enum net_reason reason, const char *text)
{
    if (stream->failure.reason == NET_OK)
        net_fail(&stream->failure, reason, 0, text ? "%s" : NULL, text);
    return false;
}

const struct net_failure *stream_failure(const struct stream *stream)
{
    return &stream->failure;
}

uint64_t stream_bytes_in(const struct stream *stream)
{
    return stream->bytes_in;
}

uint64_t stream_bytes_out(const struct stream *stream)
{
    return stream->bytes_out;
}

void stream_set_tap(struct stream *stream, stream_tap *tap, void *closure)
{
    (void)stream;
    (void)tap;
    (void)closure;
}

void stream_set_private(struct stream *stream, bool is_private)
{
    (void)stream;
    (void)is_private;
}
