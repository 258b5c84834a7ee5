#include "net/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"

#define AHEAD_SIZE    4096
#define TLS_NOISE_MAX 64
#define POLL_MAX_MS   (60 * 60 * 1000)
#define RECORD_ALERT  0x15 /* the first byte of a TLS record: RFC 8446 section 5.1 */
#define RECORD_HELLOS 0x16

/* The system's policy stays in force; this is what it may still allow and we do not. Keys
 * of less than 112 bits of strength (RSA below 2048) are refused too: a priority string
 * cannot say so (GnuTLS 3.7 drops a profile that is appended), so the check is told. */
#define OLD_VERSIONS   "-VERS-TLS1.1:-VERS-TLS1.0"
#define VERIFY_PROFILE GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM)

struct stream {
    int fd;
    const struct cancel *cancel;
    int64_t deadline;
    bool has_budget;
    uint64_t budget; /* bytes that may still be read */

    gnutls_session_t tls; /* NULL: plain */
    bool received_any;
    unsigned char first_byte; /* that came after the handshake was begun */
    int transport_error;      /* errno of the last socket call under TLS */
    bool has_ended;           /* the socket has told of its end */

    struct net_failure failure;
    bool in_wait; /* the failure, if any, is that of stream_wait */
    bool ignores_cancel;
    bool is_private;
    uint64_t bytes_in, bytes_out;
    stream_tap *tap;
    void *tap_closure;

    char ahead[AHEAD_SIZE]; /* read by stream_wait, not yet taken */
    size_t ahead_from, ahead_to;
};

struct stream *stream_new(int fd, const struct cancel *cancel)
{
    struct stream *stream = mem_new(1, sizeof *stream);

    stream->fd = fd;
    stream->cancel = cancel;
    stream->deadline = INT64_MIN;
    return stream;
}

void stream_free(struct stream **slot)
{
    struct stream *stream = *slot;

    if (!stream)
        return;
    if (stream->tls)
        gnutls_deinit(stream->tls);
    close(stream->fd);
    secret_wipe(stream->ahead, sizeof stream->ahead);
    free(stream);
    *slot = NULL;
}

void stream_set_deadline(struct stream *stream, int64_t deadline)
{
    stream->deadline = deadline;
}

void stream_set_budget(struct stream *stream, uint64_t bytes)
{
    stream->has_budget = bytes > 0;
    stream->budget = bytes;
}

static bool has_failed(const struct stream *stream)
{
    return stream->failure.reason != NET_OK;
}

static bool is_cancelled(const struct stream *stream)
{
    return !stream->ignores_cancel && cancel_fired(stream->cancel);
}

/* Checked before every read and write, so that a peer that never makes us wait is held
 * to the deadline too. */
static bool may_go_on(struct stream *stream)
{
    if (has_failed(stream))
        return false;
    if (is_cancelled(stream))
        return net_fail(&stream->failure, NET_CANCELLED, 0, NULL);
    if (clock_now_ms() >= stream->deadline)
        return net_fail(&stream->failure, NET_TIMED_OUT, 0, NULL);
    return true;
}

/* Waits for the socket until `until`, or until `sooner` (-1: none) is readable: 1, 0 when
 * the time is up, -1 with failure set. */
static int wait_for(struct stream *stream, short events, int64_t until, int sooner)
{
    for (;;) {
        int cancel = stream->ignores_cancel ? -1 : stream->cancel->fd;
        struct pollfd fds[] = {{.fd = stream->fd, .events = events},
                               {.fd = cancel, .events = POLLIN},
                               {.fd = sooner, .events = POLLIN}};
        int64_t left = until - clock_now_ms();
        int ready;

        if (left <= 0)
            return 0;
        ready = poll(fds, sizeof fds / sizeof *fds,
                     left > POLL_MAX_MS ? POLL_MAX_MS : (int)left);
        if (ready < 0 && errno != EINTR) {
            net_fail_errno(&stream->failure, errno);
            return -1;
        }
        if (ready > 0 && fds[1].revents) {
            net_fail(&stream->failure, NET_CANCELLED, 0, NULL);
            return -1;
        }
        if (ready > 0)
            return fds[0].revents ? 1 : 0;
    }
}

static bool wait_in_time(struct stream *stream, short events)
{
    int ready = wait_for(stream, events, stream->deadline, -1);

    if (ready == 0)
        net_fail(&stream->failure, NET_TIMED_OUT, 0, NULL);
    return ready > 0;
}

static void show_tap(struct stream *stream, bool sent, const char *bytes, size_t length)
{
    if (stream->tap)
        stream->tap(stream->tap_closure, sent, stream->is_private ? NULL : bytes, length);
}

/* ---- TLS --------------------------------------------------------------------------- */

static ssize_t transport_pull(gnutls_transport_ptr_t pointer, void *bytes, size_t size)
{
    struct stream *stream = pointer;
    ssize_t got = recv(stream->fd, bytes, size, 0);

    stream->transport_error = got < 0 ? errno : 0;
    stream->has_ended = got == 0;
    if (got < 0) {
        gnutls_transport_set_errno(stream->tls, errno);
    } else if (got > 0 && !stream->received_any) {
        stream->received_any = true;
        memcpy(&stream->first_byte, bytes, 1);
    }
    return got;
}

static ssize_t transport_push(gnutls_transport_ptr_t pointer, const void *bytes,
                              size_t length)
{
    struct stream *stream = pointer;
    ssize_t sent = send(stream->fd, bytes, length, MSG_NOSIGNAL);

    stream->transport_error = sent < 0 ? errno : 0;
    if (sent < 0)
        gnutls_transport_set_errno(stream->tls, errno);
    return sent;
}

/* Where a record breaks off GnuTLS complains of its length. */
static bool is_end(const struct stream *stream, int code)
{
    return code == GNUTLS_E_PREMATURE_TERMINATION ||
           (code == GNUTLS_E_UNEXPECTED_PACKET_LENGTH && stream->has_ended);
}

static bool is_transport_fault(const struct stream *stream, int code)
{
    return code == GNUTLS_E_PULL_ERROR || code == GNUTLS_E_PUSH_ERROR ||
           is_end(stream, code); /* ECONNRESET too */
}

/* The socket's own error says more than GnuTLS's "Error in the pull function". */
static bool fail_tls(struct stream *stream, int code)
{
    if (is_transport_fault(stream, code) && stream->transport_error != 0)
        return net_fail_errno(&stream->failure, stream->transport_error);
    if (is_end(stream, code))
        return net_fail(&stream->failure, NET_CLOSED, code, NULL);
    return net_fail(&stream->failure, NET_TLS_FAILED, code, "%s", gnutls_strerror(code));
}

static bool is_address(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 ||
           inet_pton(AF_INET6, host, &address) == 1;
}

static int make_session(struct stream *stream, const struct tls_trust *trust,
                        const char *host)
{
    int result = gnutls_init(&stream->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK);

    if (result < 0) {
        stream->tls = NULL;
        return result;
    }
    /* The system's policy stays in force; only what it may still allow is taken away. */
    result = gnutls_set_default_priority_append(stream->tls, OLD_VERSIONS, NULL, 0);
    if (result == 0)
        result = gnutls_credentials_set(stream->tls, GNUTLS_CRD_CERTIFICATE,
                                        tls_trust_credentials(trust));
    if (result == 0 && !is_address(host))
        result = gnutls_server_name_set(stream->tls, GNUTLS_NAME_DNS, host, strlen(host));
    if (result < 0)
        return result;
    gnutls_session_set_verify_cert(stream->tls, host, VERIFY_PROFILE);
    gnutls_transport_set_ptr(stream->tls, stream);
    gnutls_transport_set_pull_function(stream->tls, transport_pull);
    gnutls_transport_set_push_function(stream->tls, transport_push);
    /* Waiting is ours. */
    gnutls_handshake_set_timeout(stream->tls, GNUTLS_INDEFINITE_TIMEOUT);
    return 0;
}

/* GnuTLS's result; not a fatal one when waiting failed (then failure is set). */
static int shake_hands(struct stream *stream)
{
    int result = GNUTLS_E_AGAIN;

    while (may_go_on(stream)) {
        result = gnutls_handshake(stream->tls);
        if (result == 0 || gnutls_error_is_fatal(result))
            return result;
        if (result != GNUTLS_E_AGAIN)
            continue;
        if (!wait_in_time(stream,
                          gnutls_record_get_direction(stream->tls) ? POLLOUT : POLLIN))
            return result;
    }
    return result;
}

/* A TLS server never speaks first, so whatever waits behind a protocol's STARTTLS was put
 * there to be taken for an answer under TLS (CVE-2011-0411 and its kin). */
static bool is_injected(const struct stream *stream)
{
    char byte;

    if (stream->ahead_from < stream->ahead_to)
        return true;
    return stream->bytes_in > 0 &&
           recv(stream->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void fail_handshake(struct stream *stream, int code, const char *host,
                           struct tls_facts *facts)
{
    struct net_failure earlier = stream->failure;

    tls_examine(stream->tls, code, host, facts, &stream->failure);
    if (earlier.reason != NET_OK)
        stream->failure = earlier;
    else if (stream->received_any && stream->first_byte != RECORD_ALERT &&
             stream->first_byte != RECORD_HELLOS)
        net_fail(&stream->failure, NET_TLS_NOT_TLS, code, NULL);
    else if (is_transport_fault(stream, code))
        fail_tls(stream, code);
}

bool stream_start_tls(struct stream *stream, const struct tls_trust *trust,
                      const char *host, struct tls_facts *facts)
{
    int result;

    *facts = (struct tls_facts){0};
    if (!may_go_on(stream))
        return false;
    if (stream->tls)
        return net_fail(&stream->failure, NET_TLS_FAILED, 0, NULL);
    if (is_injected(stream))
        return net_fail(&stream->failure, NET_INJECTED, 0, NULL);
    result = make_session(stream, trust, host);
    if (result < 0)
        return fail_tls(stream, result);
    result = shake_hands(stream);
    if (result == 0)
        return tls_examine(stream->tls, result, host, facts, &stream->failure) == NET_OK;
    fail_handshake(stream, result, host, facts);
    return false;
}

bool stream_is_tls(const struct stream *stream)
{
    return stream->tls != NULL;
}

/* ---- Bytes ------------------------------------------------------------------------- */

/* Bytes taken from the socket, 0 when it has none now, -1 with failure set. */
static ssize_t receive_plain(struct stream *stream, void *bytes, size_t size)
{
    ssize_t got;

    do {
        got = recv(stream->fd, bytes, size, 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0)
        return got;
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got == 0)
        net_fail(&stream->failure, NET_CLOSED, 0, NULL);
    else
        net_fail_errno(&stream->failure, errno);
    return -1;
}

static ssize_t receive_tls(struct stream *stream, void *bytes, size_t size)
{
    ssize_t got = GNUTLS_E_INTERRUPTED;

    /* Warnings and wishes for a new handshake are not followed, and not for ever. */
    for (int tries = 0; tries < TLS_NOISE_MAX; tries++) {
        got = gnutls_record_recv(stream->tls, bytes, size);
        if (got > 0)
            return got;
        if (got == GNUTLS_E_AGAIN)
            return 0;
        if (got == 0 || gnutls_error_is_fatal((int)got))
            break;
    }
    if (got == 0)
        net_fail(&stream->failure, NET_CLOSED, 0, NULL);
    else
        fail_tls(stream, (int)got);
    return -1;
}

static ssize_t receive_now(struct stream *stream, void *bytes, size_t size)
{
    return stream->tls ? receive_tls(stream, bytes, size)
                       : receive_plain(stream, bytes, size);
}

static ssize_t count_received(struct stream *stream, const char *bytes, size_t length)
{
    if (stream->has_budget && length > stream->budget) {
        net_fail(&stream->failure, NET_TOO_MUCH, 0, NULL);
        return -1;
    }
    if (stream->has_budget)
        stream->budget -= length;
    stream->bytes_in += length;
    show_tap(stream, false, bytes, length);
    return (ssize_t)length;
}

static ssize_t take_ahead(struct stream *stream, void *bytes, size_t size)
{
    size_t there = stream->ahead_to - stream->ahead_from;

    if (size > there)
        size = there;
    memcpy(bytes, stream->ahead + stream->ahead_from, size);
    stream->ahead_from += size;
    return count_received(stream, bytes, size);
}

ssize_t stream_read(struct stream *stream, void *bytes, size_t size)
{
    stream->in_wait = false;
    /* What stream_wait has read is no wait any more: a cancel that fires just now must
     * not tear a line in two, and so make the session unfit for its LOGOUT. */
    if (!has_failed(stream) && stream->ahead_from < stream->ahead_to)
        return take_ahead(stream, bytes, size);
    while (may_go_on(stream)) {
        ssize_t got = receive_now(stream, bytes, size);

        if (got > 0)
            return count_received(stream, bytes, (size_t)got);
        if (got < 0 || !wait_in_time(stream, POLLIN))
            return -1;
    }
    return -1;
}

/* Bytes sent, 0 to wait, -1 with failure set. */
static ssize_t send_now(struct stream *stream, const char *bytes, size_t length)
{
    ssize_t sent = stream->tls ? gnutls_record_send(stream->tls, bytes, length)
                               : send(stream->fd, bytes, length, MSG_NOSIGNAL);

    if (sent > 0)
        return sent;
    if (stream->tls) {
        if (sent == 0 || !gnutls_error_is_fatal((int)sent))
            return 0;
        fail_tls(stream, (int)sent);
        return -1;
    }
    if (sent == 0 || errno == EAGAIN || errno == EINTR)
        return 0;
    net_fail_errno(&stream->failure, errno);
    return -1;
}

bool stream_write(struct stream *stream, const void *bytes, size_t length)
{
    const char *next = bytes;

    stream->in_wait = false;
    while (length > 0) {
        ssize_t sent;

        if (!may_go_on(stream))
            return false;
        sent = send_now(stream, next, length);
        if (sent < 0 || (sent == 0 && !wait_in_time(stream, POLLOUT)))
            return false;
        show_tap(stream, true, next, (size_t)sent);
        stream->bytes_out += (uint64_t)sent;
        next += sent;
        length -= (size_t)sent;
    }
    return !has_failed(stream);
}

/* Under TLS a readable socket may hold no more than a ticket or half a record, so what is
 * readable is decrypted here and kept. */
int stream_wait(struct stream *stream, int64_t until, int sooner)
{
    if (has_failed(stream))
        return -1;
    stream->in_wait = true;
    for (;;) {
        ssize_t got;
        int ready;

        if (stream->ahead_from < stream->ahead_to)
            return 1;
        if (is_cancelled(stream)) {
            net_fail(&stream->failure, NET_CANCELLED, 0, NULL);
            return -1;
        }
        got = receive_now(stream, stream->ahead, sizeof stream->ahead);
        if (got < 0)
            return -1;
        stream->ahead_from = 0;
        stream->ahead_to = (size_t)got;
        if (got > 0)
            return 1;
        ready = wait_for(stream, POLLIN, until, sooner);
        if (ready <= 0)
            return ready;
    }
}

void stream_forgive(struct stream *stream)
{
    enum net_reason reason = stream->failure.reason;

    if (!stream->in_wait || (reason != NET_CANCELLED && reason != NET_TIMED_OUT))
        return;
    if (reason == NET_CANCELLED)
        stream->ignores_cancel = true;
    stream->failure = (struct net_failure){0};
}

bool stream_fail(struct stream *stream, enum net_reason reason, const char *text)
{
    if (!has_failed(stream))
        net_fail(&stream->failure, reason, 0, text ? "%s" : NULL, text);
    stream->in_wait = false;
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
    stream->tap = tap;
    stream->tap_closure = closure;
}

void stream_set_private(struct stream *stream, bool is_private)
{
    stream->is_private = is_private;
}
