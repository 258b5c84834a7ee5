#include "support/peer/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define ANSWER_MAX  (256 * 1024 * 1024)
#define PATIENCE_S  120
#define BATCH_BYTES (8 * 1024 * 1024) /* of one APPEND of many */

struct peer {
    int fd;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t tls;
    unsigned tag;
    struct buf answer; /* of the command under way */
    char input[16384];
    size_t at, end; /* what of it is still to be read */
};

/* ---- Bytes ------------------------------------------------------------------------- */

static void send_bytes(struct peer *peer, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = gnutls_record_send(peer->tls, bytes, length);

        if (sent <= 0)
            fail_msg("the server does not take it: %s", gnutls_strerror((int)sent));
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void receive(struct peer *peer)
{
    ssize_t got;

    do {
        got = gnutls_record_recv(peer->tls, peer->input, sizeof peer->input);
    } while (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED);
    if (got <= 0)
        fail_msg("the server says no more: %s; until then:\n%s",
                 got == 0 ? "closed" : gnutls_strerror((int)got), peer->answer.data);
    peer->at = 0;
    peer->end = (size_t)got;
}

static void take_bytes(struct peer *peer, size_t length)
{
    while (length > 0) {
        size_t part;

        if (peer->at == peer->end)
            receive(peer);
        part = peer->end - peer->at < length ? peer->end - peer->at : length;
        assert_true(buf_add(&peer->answer, peer->input + peer->at, part));
        peer->at += part;
        length -= part;
    }
}

/* A line with its end, behind what is in `answer`; where it begins there. */
static size_t take_line(struct peer *peer)
{
    size_t start = peer->answer.length;

    do {
        take_bytes(peer, 1);
    } while (peer->answer.data[peer->answer.length - 1] != '\n');
    return start;
}

/* What is announced at the end of the line, or 0. */
static size_t literal_of(const char *line)
{
    const char *brace = strrchr(line, '{');
    char *end;
    unsigned long length;

    if (!brace)
        return 0;
    length = strtoul(brace + 1, &end, 10);
    return strcmp(end, "}\r\n") == 0 ? length : 0;
}

/* ---- Commands ---------------------------------------------------------------------- */

static void begin(struct peer *peer)
{
    char tag[16];

    buf_clear(&peer->answer);
    snprintf(tag, sizeof tag, "p%u ", ++peer->tag);
    send_bytes(peer, tag, strlen(tag));
}

/* Reads to the tagged line: is it OK? */
static bool end(struct peer *peer)
{
    char tag[16];
    size_t start, length;

    snprintf(tag, sizeof tag, "p%u ", peer->tag);
    for (;;) {
        start = take_line(peer);
        while ((length = literal_of(peer->answer.data + start)) > 0) {
            take_bytes(peer, length);
            start = take_line(peer);
        }
        if (strncmp(peer->answer.data + start, tag, strlen(tag)) == 0)
            return strncmp(peer->answer.data + start + strlen(tag), "OK", 2) == 0;
    }
}

static bool ask(struct peer *peer, const char *format, va_list words)
{
    struct buf line;
    bool done;

    buf_init(&line, 65536);
    buf_add_format_list(&line, format, words);
    assert_true(buf_add_text(&line, "\r\n"));
    begin(peer);
    send_bytes(peer, line.data, line.length);
    done = end(peer);
    buf_free(&line);
    return done;
}

const char *peer_ask(struct peer *peer, const char *format, ...)
{
    va_list words;
    bool done;

    va_start(words, format);
    done = ask(peer, format, words);
    va_end(words);
    if (!done)
        fail_msg("%s: %s", format, peer->answer.data);
    return peer->answer.data;
}

bool peer_try(struct peer *peer, const char **answer, const char *format, ...)
{
    va_list words;
    bool done;

    va_start(words, format);
    done = ask(peer, format, words);
    va_end(words);
    if (answer)
        *answer = peer->answer.data;
    return done;
}

/* ---- A connection ------------------------------------------------------------------ */

static int dial(const struct peer_place *place)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)place->port)};
    bool is_name = strcmp(place->host, "localhost") == 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(
        inet_pton(AF_INET, is_name ? "127.0.0.1" : place->host, &address.sin_addr), 1);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

struct peer *peer_open(const struct peer_place *place)
{
    struct peer *peer = mem_new(1, sizeof *peer);
    int result;

    buf_init(&peer->answer, ANSWER_MAX);
    peer->fd = dial(place);
    assert_int_equal(gnutls_certificate_allocate_credentials(&peer->credentials), 0);
    assert_int_equal(gnutls_init(&peer->tls, GNUTLS_CLIENT), 0);
    assert_int_equal(gnutls_set_default_priority(peer->tls), 0);
    assert_int_equal(
        gnutls_credentials_set(peer->tls, GNUTLS_CRD_CERTIFICATE, peer->credentials), 0);
    gnutls_transport_set_int(peer->tls, peer->fd);
    gnutls_record_set_timeout(peer->tls, PATIENCE_S * 1000);
    do {
        result = gnutls_handshake(peer->tls);
    } while (result < 0 && !gnutls_error_is_fatal(result));
    if (result < 0)
        fail_msg("no TLS with the server: %s", gnutls_strerror(result));
    take_line(peer);
    peer_ask(peer, "LOGIN \"%s\" \"%s\"", place->user, place->password);
    return peer;
}

void peer_close(struct peer **peer)
{
    if (!*peer)
        return;
    gnutls_deinit((*peer)->tls);
    gnutls_certificate_free_credentials((*peer)->credentials);
    close((*peer)->fd);
    buf_free(&(*peer)->answer);
    free(*peer);
    *peer = NULL;
}

/* ---- Messages ---------------------------------------------------------------------- */

static void add_literal(struct buf *line, const char *flags, const char *bytes,
                        size_t length)
{
    assert_true(
        buf_add_format(line, " %s%s{%zu+}\r\n", flags, flags[0] ? " " : "", length));
    assert_true(buf_add(line, bytes, length));
}

bool peer_try_append(struct peer *peer, const char *folder, const char *flags,
                     const char *bytes, size_t length)
{
    struct buf line;
    bool done;

    buf_init(&line, ANSWER_MAX);
    assert_true(buf_add_format(&line, "APPEND \"%s\"", folder));
    add_literal(&line, flags, bytes, length);
    buf_add_text(&line, "\r\n");
    begin(peer);
    send_bytes(peer, line.data, line.length);
    done = end(peer);
    buf_free(&line);
    return done;
}

void peer_append(struct peer *peer, const char *folder, const char *flags,
                 const char *bytes, size_t length)
{
    if (!peer_try_append(peer, folder, flags, bytes, length))
        fail_msg("APPEND %s: %s", folder, peer->answer.data);
}

static char *make_mail(const char *subject, size_t size)
{
    char *head = mem_format("From: Anna <anna@example.org>\r\nSubject: %s\r\n"
                            "Message-ID: <%s@example.org>\r\n\r\nHello.\r\n",
                            subject, subject);
    size_t length = strlen(head);
    char *text = mem_new(size + length + 3, 1);

    memcpy(text, head, length);
    for (; length + 2 < size; length++)
        text[length] = length % 78 == 76 ? '\r' : length % 78 == 77 ? '\n' : 'x';
    if (length + 2 == size)
        memcpy(text + length, "\r\n", 2);
    free(head);
    return text;
}

void peer_mail(struct peer *peer, const char *folder, const char *subject)
{
    char *text = make_mail(subject, 0);

    peer_append(peer, folder, "", text, strlen(text));
    free(text);
}

void peer_mail_many(struct peer *peer, const char *folder, const char *flags,
                    const char *subject, unsigned count, size_t size)
{
    struct buf line;

    buf_init(&line, BATCH_BYTES + size + 4096);
    for (unsigned i = 0; i < count;) {
        buf_clear(&line);
        assert_true(buf_add_format(&line, "APPEND \"%s\"", folder));
        for (; i < count && line.length < BATCH_BYTES; i++) {
            char *name = mem_format("%s.%u", subject, i);
            char *text = make_mail(name, size);

            add_literal(&line, flags, text, strlen(text));
            free(text);
            free(name);
        }
        buf_add_text(&line, "\r\n");
        begin(peer);
        send_bytes(peer, line.data, line.length);
        if (!end(peer))
            fail_msg("APPEND of many: %s", peer->answer.data);
    }
    buf_free(&line);
}

/* ---- Looking ----------------------------------------------------------------------- */

unsigned peer_search(struct peer *peer, const char *folder, const char *what,
                     uint32_t *uid)
{
    const char *at;
    unsigned count = 0;

    peer_ask(peer, "EXAMINE \"%s\"", folder);
    at = strstr(peer_ask(peer, "UID SEARCH %s", what), "* SEARCH");
    if (!at)
        return 0;
    for (at += strlen("* SEARCH"); *at == ' ';) {
        char *next;
        unsigned long found = strtoul(at, &next, 10);

        if (next == at)
            break;
        if (count++ == 0 && uid)
            *uid = (uint32_t)found;
        at = next;
    }
    return count;
}

uint32_t peer_uid_validity(struct peer *peer, const char *folder)
{
    const char *at =
        strstr(peer_ask(peer, "STATUS \"%s\" (UIDVALIDITY)", folder), "(UIDVALIDITY ");

    assert_non_null(at);
    return (uint32_t)strtoul(at + strlen("(UIDVALIDITY "), NULL, 10);
}

static size_t keep(char *bytes, size_t size, size_t count, void *closure)
{
    return buf_add(closure, bytes, size * count) ? size * count : 0;
}

char *peer_fetch(const struct peer_place *place, const char *folder, uint32_t uid,
                 size_t *length)
{
    char *url = mem_format("imaps://%s:%d/%s;UID=%u", place->host, place->port, folder,
                           (unsigned)uid);
    CURL *curl = curl_easy_init();
    struct buf message;
    CURLcode result;

    buf_init(&message, ANSWER_MAX);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_USERNAME, place->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, place->password);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)PATIENCE_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &message);
    result = curl_easy_perform(curl);
    if (result != CURLE_OK)
        fail_msg("curl does not fetch %s: %s", url, curl_easy_strerror(result));
    curl_easy_cleanup(curl);
    free(url);
    *length = message.length;
    return buf_take(&message);
}
