#include "support/sink/sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"

#define TEXT_MAX (256 << 20)

struct message {
    char *key, *text;
};

struct sink {
    enum sink_kind kind;
    int listener, port;
    pthread_t thread;

    pthread_mutex_t lock; /* guards all below */
    struct message *messages;
    size_t count;
};

/* A client's connection, and the line that it said last, without its end. */
struct client {
    FILE *in;
    int out;
    char *line;
    size_t size;
};

static bool hear(struct client *client)
{
    ssize_t length = getline(&client->line, &client->size, client->in);

    if (length <= 0 || client->line[length - 1] != '\n')
        return false;
    client->line[strcspn(client->line, "\r\n")] = '\0';
    return true;
}

static bool say(const struct client *client, const char *text)
{
    size_t length = strlen(text);

    return send(client->out, text, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static void keep(struct sink *sink, const char *key, const char *text)
{
    pthread_mutex_lock(&sink->lock);
    sink->messages = mem_resize(sink->messages, sink->count + 1, sizeof *sink->messages);
    sink->messages[sink->count++] =
        (struct message){.key = mem_copy_text(key), .text = mem_copy_text(text)};
    pthread_mutex_unlock(&sink->lock);
}

/* ---- HTTP -------------------------------------------------------------------------- */

/* Of "Name: value", when this is its name; else NULL. */
static const char *header(const char *line, const char *name)
{
    size_t length = strlen(name);

    if (strncasecmp(line, name, length) != 0 || line[length] != ':')
        return NULL;
    return line + length + 1 + strspn(line + length + 1, " ");
}

static bool take_body(const struct client *client, struct buf *text, size_t length)
{
    char bytes[16384];

    while (length > 0) {
        size_t part = length < sizeof bytes ? length : sizeof bytes;

        if (fread(bytes, 1, part, client->in) != part || !buf_add(text, bytes, part))
            return false;
        length -= part;
    }
    return true;
}

static void serve_http(struct sink *sink, struct client *client)
{
    char key[256] = "";
    bool is_whole = false;
    size_t length = 0;
    struct buf text;

    buf_init(&text, TEXT_MAX);
    while (!is_whole && hear(client)) {
        const char *value;

        is_whole = client->line[0] == '\0';

        if ((value = header(client->line, "Content-Length")))
            length = strtoul(value, NULL, 10);
        if ((value = header(client->line, "Idempotency-Key")))
            snprintf(key, sizeof key, "%s", value);
    }
    if (is_whole && take_body(client, &text, length)) {
        keep(sink, key, text.length > 0 ? text.data : "");
        say(client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    buf_free(&text);
}

/* ---- LMTP -------------------------------------------------------------------------- */

/* Up to the dot; false when the client went before. */
static bool take_data(struct client *client, struct buf *text)
{
    while (hear(client)) {
        if (strcmp(client->line, ".") == 0)
            return true;
        buf_add_format(text, "%s\r\n", client->line + (client->line[0] == '.'));
    }
    return false;
}

static bool obey(struct sink *sink, struct client *client)
{
    struct buf text;
    bool done = false;

    if (strncasecmp(client->line, "LHLO", 4) == 0)
        return say(client, "250-sink\r\n250 8BITMIME\r\n");
    if (strncasecmp(client->line, "QUIT", 4) == 0)
        return say(client, "221 bye\r\n") && false;
    if (strncasecmp(client->line, "DATA", 4) != 0)
        return say(client, "250 ok\r\n");
    buf_init(&text, TEXT_MAX);
    if (say(client, "354 go on\r\n") && take_data(client, &text)) {
        keep(sink, "", text.length > 0 ? text.data : "");
        done = say(client, "250 kept\r\n");
    }
    buf_free(&text);
    return done;
}

static void serve_lmtp(struct sink *sink, struct client *client)
{
    bool goes_on = say(client, "220 sink\r\n");

    while (goes_on && hear(client))
        goes_on = obey(sink, client);
}

/* ---- Clients ----------------------------------------------------------------------- */

static void serve(struct sink *sink, int fd)
{
    struct client client = {.in = fdopen(fd, "r"), .out = fd};
    const int one = 1;

    if (!client.in)
        abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (sink->kind == SINK_HTTP)
        serve_http(sink, &client);
    else
        serve_lmtp(sink, &client);
    fclose(client.in);
    free(client.line);
}

static void *sink_main(void *closure)
{
    struct sink *sink = closure;
    int fd;

    while ((fd = accept4(sink->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        serve(sink, fd);
    return NULL;
}

struct sink *sink_start(enum sink_kind kind)
{
    struct sink *sink = mem_new(1, sizeof *sink);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    sink->kind = kind;
    pthread_mutex_init(&sink->lock, NULL);
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(sink->listener >= 0);
    assert_int_equal(bind(sink->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(sink->listener, 16), 0);
    assert_int_equal(getsockname(sink->listener, (struct sockaddr *)&address, &size), 0);
    sink->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&sink->thread, NULL, sink_main, sink), 0);
    return sink;
}

void sink_stop(struct sink **slot)
{
    struct sink *sink = *slot;

    if (!sink)
        return;
    shutdown(sink->listener, SHUT_RDWR);
    pthread_join(sink->thread, NULL);
    close(sink->listener);
    for (size_t i = 0; i < sink->count; i++) {
        free(sink->messages[i].key);
        free(sink->messages[i].text);
    }
    free(sink->messages);
    pthread_mutex_destroy(&sink->lock);
    free(sink);
    *slot = NULL;
}

int sink_port(const struct sink *sink)
{
    return sink->port;
}

void sink_each(struct sink *sink, void (*each)(void *closure, const char *text),
               void *closure)
{
    pthread_mutex_lock(&sink->lock);
    for (size_t i = 0; i < sink->count; i++)
        each(closure, sink->messages[i].text);
    pthread_mutex_unlock(&sink->lock);
}

bool sink_has_keys(struct sink *sink)
{
    bool is_right = true;

    pthread_mutex_lock(&sink->lock);
    for (size_t i = 0; i < sink->count && sink->kind == SINK_HTTP; i++) {
        const struct message *a = &sink->messages[i];

        is_right = is_right && a->key[0] != '\0';
        for (size_t j = 0; j < i; j++) {
            const struct message *b = &sink->messages[j];

            if ((strcmp(a->key, b->key) == 0) != (strcmp(a->text, b->text) == 0))
                is_right = false;
        }
    }
    pthread_mutex_unlock(&sink->lock);
    return is_right;
}
