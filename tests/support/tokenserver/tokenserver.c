#include "support/tokenserver/tokenserver.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "support/server/certs.h"

struct tokenserver {
    int listener, stop_fd;
    char url[64];
    pthread_t thread;

    /* Of the client being served. */
    int fd;
    gnutls_session_t tls;

    pthread_mutex_t lock; /* guards all below */
    struct tokenserver_mood mood;
    unsigned asked;
};

/* false when the test is over. */
static bool wait_for(const struct tokenserver *server, int fd, short events)
{
    struct pollfd waits[] = {{.fd = fd, .events = events},
                             {.fd = server->stop_fd, .events = POLLIN}};

    while (poll(waits, 2, -1) < 0)
        if (errno != EINTR)
            return false;
    return !waits[1].revents;
}

/* Is the call to be made again?  Waits until it can. */
static bool again(const struct tokenserver *server, ssize_t result)
{
    short events = gnutls_record_get_direction(server->tls) ? POLLOUT : POLLIN;

    return result < 0 && !gnutls_error_is_fatal((int)result) &&
           wait_for(server, server->fd, events);
}

/* The request up to the end of its body; false when the client is gone. */
static bool hear(const struct tokenserver *server)
{
    char text[8192];
    size_t length = 0;

    while (length < sizeof text - 1) {
        ssize_t got =
            gnutls_record_recv(server->tls, text + length, sizeof text - 1 - length);
        const char *end, *size;

        if (got > 0)
            length += (size_t)got;
        else if (!again(server, got))
            return false;
        text[length] = '\0';
        end = strstr(text, "\r\n\r\n");
        size = strcasestr(text, "\r\nContent-Length:");
        if (end && length >= (size_t)(end + 4 - text) +
                                 (size < end && size ? strtoul(size + 17, NULL, 10) : 0))
            return true;
    }
    return false;
}

static void say(const struct tokenserver *server, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t sent = gnutls_record_send(server->tls, text, length);

        if (sent > 0) {
            text += sent;
            length -= (size_t)sent;
        } else if (!again(server, sent)) {
            return;
        }
    }
}

static void answer(struct tokenserver *server)
{
    struct tokenserver_mood mood;
    char *body, *text;
    unsigned number;

    pthread_mutex_lock(&server->lock);
    mood = server->mood;
    number = ++server->asked;
    pthread_mutex_unlock(&server->lock);
    body = mood.status == 200
               ? mem_format("{\"access_token\":\"token-%u\",\"token_type\":\"Bearer\","
                            "\"expires_in\":%d}",
                            number, mood.expires_in)
               : mem_format("{\"error\":\"%s\"}", mood.error ? mood.error : "none");
    text = mem_format("HTTP/1.1 %d Mood\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\nConnection: close\r\n%s\r\n%s",
                      mood.status, strlen(body), mood.headers ? mood.headers : "", body);
    say(server, text);
    free(text);
    free(body);
}

static void serve(struct tokenserver *server)
{
    int code;

    gnutls_init(&server->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    gnutls_set_default_priority(server->tls);
    gnutls_credentials_set(server->tls, GNUTLS_CRD_CERTIFICATE,
                           certs_credentials(CERT_GOOD));
    gnutls_transport_set_int(server->tls, server->fd);
    while ((code = gnutls_handshake(server->tls)) < 0 && again(server, code))
        continue;
    if (code == 0 && hear(server)) {
        answer(server);
        gnutls_bye(server->tls, GNUTLS_SHUT_WR);
    }
    gnutls_deinit(server->tls);
    close(server->fd);
}

static void *server_main(void *closure)
{
    struct tokenserver *server = closure;

    while (wait_for(server, server->listener, POLLIN)) {
        server->fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (server->fd >= 0)
            serve(server);
    }
    return NULL;
}

struct tokenserver *tokenserver_start(void)
{
    struct tokenserver *server = mem_new(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    certs_credentials(CERT_GOOD);
    pthread_mutex_init(&server->lock, NULL);
    server->mood = (struct tokenserver_mood){.status = 200, .expires_in = 3600};
    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(server->stop_fd >= 0 && server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size),
                     0);
    snprintf(server->url, sizeof server->url, "https://127.0.0.1:%d/token",
             ntohs(address.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, server_main, server), 0);
    return server;
}

void tokenserver_stop(struct tokenserver **slot)
{
    struct tokenserver *server = *slot;

    assert_int_equal(eventfd_write(server->stop_fd, 1), 0);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->stop_fd);
    pthread_mutex_destroy(&server->lock);
    free(server);
    *slot = NULL;
}

const char *tokenserver_url(const struct tokenserver *server)
{
    return server->url;
}

void tokenserver_set(struct tokenserver *server, const struct tokenserver_mood *mood)
{
    pthread_mutex_lock(&server->lock);
    server->mood = *mood;
    pthread_mutex_unlock(&server->lock);
}

unsigned tokenserver_asked(struct tokenserver *server)
{
    unsigned asked;

    pthread_mutex_lock(&server->lock);
    asked = server->asked;
    pthread_mutex_unlock(&server->lock);
    return asked;
}
