#include "support/server/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define CONNECTIONS_MAX 64
#define LINE_MAX_BYTES  (64 * 1024)
#define TICK_MS         20
#define WAIT_SECONDS    10

struct server_client {
    struct server *server;
    pthread_t thread;
    unsigned number;
    int fd;
    gnutls_session_t tls;
    char *line; /* what was read and not yet used; LINE_MAX_BYTES */
    size_t length;
    char *told; /* the line that a function heard last; behind `line`, as long */
    char tag[64];
    /* Guarded by the server's lock. */
    size_t step;
    bool ended;
    bool server_spoke_last;
    unsigned round_trips;
};

struct server {
    server_play *play; /* with closure; NULL: the scripts */
    void *closure;
    const struct server_step *const *scripts;
    const struct server_step *only; /* backs scripts when there is one */
    size_t script_count;
    int listener, stop_fd, port;
    pthread_t acceptor;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Guarded by the lock. */
    struct server_client *clients[CONNECTIONS_MAX];
    unsigned client_count;
    char *heard;
    size_t heard_length;
    char complaint[512];
};

static void complain(struct server_client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct server_client *client, const char *format, ...)
{
    struct server *server = client->server;
    va_list args;
    int used;

    pthread_mutex_lock(&server->lock);
    if (server->complaint[0] == '\0') {
        used = snprintf(server->complaint, sizeof server->complaint,
                        "connection %u, step %zu: ", client->number, client->step);
        va_start(args, format);
        vsnprintf(server->complaint + used, sizeof server->complaint - (size_t)used,
                  format, args);
        va_end(args);
        /* Now too: the client's own assertion may end the test before server_stop. */
        fprintf(stderr, "test server: %s\n", server->complaint);
    }
    pthread_mutex_unlock(&server->lock);
}

/* 1 when the socket is ready, 0 after `ms` (-1: never), -1 when the server must stop. */
static int wait_for(struct server_client *client, short events, int ms)
{
    for (;;) {
        struct pollfd fds[2] = {{client->fd, events, 0},
                                {client->server->stop_fd, POLLIN, 0}};
        int ready = poll(fds, 2, ms);

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0 || fds[1].revents)
            return -1;
        return fds[0].revents ? 1 : 0;
    }
}

static void count_received(struct server_client *client)
{
    pthread_mutex_lock(&client->server->lock);
    if (client->server_spoke_last)
        client->round_trips++;
    client->server_spoke_last = false;
    pthread_mutex_unlock(&client->server->lock);
}

static void count_sent(struct server_client *client)
{
    pthread_mutex_lock(&client->server->lock);
    client->server_spoke_last = true;
    pthread_mutex_unlock(&client->server->lock);
}

static ssize_t raw_receive(struct server_client *client, void *bytes, size_t size)
{
    ssize_t got = recv(client->fd, bytes, size, 0);

    if (got > 0)
        count_received(client);
    return got;
}

static ssize_t raw_send(struct server_client *client, const void *bytes, size_t length)
{
    ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL);

    if (sent > 0)
        count_sent(client);
    return sent;
}

static ssize_t tls_pull(gnutls_transport_ptr_t pointer, void *bytes, size_t size)
{
    struct server_client *client = pointer;
    ssize_t got = raw_receive(client, bytes, size);

    if (got < 0)
        gnutls_transport_set_errno(client->tls, errno);
    return got;
}

static ssize_t tls_push(gnutls_transport_ptr_t pointer, const void *bytes, size_t length)
{
    struct server_client *client = pointer;
    ssize_t sent = raw_send(client, bytes, length);

    if (sent < 0)
        gnutls_transport_set_errno(client->tls, errno);
    return sent;
}

static bool try_again(struct server_client *client, ssize_t result)
{
    if (client->tls)
        return result < 0 && !gnutls_error_is_fatal((int)result);
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

/* false when the client is gone or the server stops. */
static bool say(struct server_client *client, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = client->tls ? gnutls_record_send(client->tls, bytes, length)
                                   : raw_send(client, bytes, length);

        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (!try_again(client, sent) || wait_for(client, POLLOUT, -1) < 0) {
            return false;
        }
    }
    return true;
}

/* Bytes read, 0 when the client is gone or the server stops. */
static size_t receive(struct server_client *client, char *bytes, size_t size)
{
    for (;;) {
        ssize_t got = client->tls ? gnutls_record_recv(client->tls, bytes, size)
                                  : raw_receive(client, bytes, size);

        if (got > 0)
            return (size_t)got;
        if (!try_again(client, got) || wait_for(client, POLLIN, -1) < 0)
            return 0;
    }
}

static void keep_heard(struct server *server, const char *bytes, size_t length)
{
    char *grown;

    pthread_mutex_lock(&server->lock);
    grown = realloc(server->heard, server->heard_length + length + 1);
    if (grown) {
        server->heard = grown;
        memcpy(grown + server->heard_length, bytes, length);
        server->heard_length += length;
        grown[server->heard_length] = '\0';
    }
    pthread_mutex_unlock(&server->lock);
}

static bool fill(struct server_client *client)
{
    size_t got;

    if (client->length + 1 >= LINE_MAX_BYTES) {
        complain(client, "the client's line is endless");
        return false;
    }
    got = receive(client, client->line + client->length,
                  LINE_MAX_BYTES - 1 - client->length);
    keep_heard(client->server, client->line + client->length, got);
    client->length += got;
    client->line[client->length] = '\0';
    return got > 0;
}

static void use(struct server_client *client, size_t length)
{
    client->length -= length;
    memmove(client->line, client->line + length, client->length + 1);
}

/* Waits for a line; its length without CR LF goes to *length, with it to *taken. */
static bool read_line(struct server_client *client, size_t *length, size_t *taken)
{
    char *end;

    while (!(end = memchr(client->line, '\n', client->length))) {
        if (!fill(client))
            return false;
    }
    *taken = (size_t)(end - client->line) + 1;
    *length = *taken - 1;
    if (*length > 0 && client->line[*length - 1] == '\r')
        --*length;
    return true;
}

static bool match_line(struct server_client *client, const char *pattern)
{
    size_t length, taken;
    bool matches;

    if (!read_line(client, &length, &taken))
        return false;
    client->line[length] = '\0';
    matches = fnmatch(pattern, client->line, 0) == 0;
    /* Only a command has a tag; a continuation must not replace it. */
    if (strncmp(pattern, "* ", 2) == 0)
        snprintf(client->tag, sizeof client->tag, "%.*s", (int)strcspn(client->line, " "),
                 client->line);
    if (!matches)
        complain(client, "expected \"%s\", heard \"%s\"", pattern, client->line);
    use(client, taken);
    return matches;
}

static bool listen_to_line(struct server_client *client)
{
    size_t length, taken;

    if (!read_line(client, &length, &taken))
        return false;
    if (length > 0 && client->line[0] >= '0' && client->line[0] <= '9')
        snprintf(client->tag, sizeof client->tag, "%.*s",
                 (int)strcspn(client->line, " \r\n"), client->line);
    use(client, taken);
    return true;
}

/* The header's lines up to the empty one, then as many bytes as it announces. */
static bool read_header_and_body(struct server_client *client)
{
    size_t length, taken, body = 0;

    do {
        if (!read_line(client, &length, &taken))
            return false;
        if (strncasecmp(client->line, "Content-Length:", 15) == 0)
            body = (size_t)strtoul(client->line + 15, NULL, 10);
        use(client, taken);
    } while (length > 0);
    while (client->length < body) {
        if (!fill(client))
            return false;
    }
    use(client, body);
    return true;
}

static bool read_request(struct server_client *client, const char *pattern)
{
    return match_line(client, pattern) && read_header_and_body(client);
}

static bool send_reply(struct server_client *client, size_t status, const char *body)
{
    char head[256];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %zu %s\r\nContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                          status, status < 400 ? "OK" : "Error", strlen(body));

    return say(client, head, (size_t)length) && say(client, body, strlen(body));
}

static bool say_with_tag(struct server_client *client, const char *text)
{
    const char *mark;

    while ((mark = strstr(text, "$TAG"))) {
        if (!say(client, text, (size_t)(mark - text)) ||
            !say(client, client->tag, strlen(client->tag)))
            return false;
        text = mark + 4;
    }
    return say(client, text, strlen(text));
}

static bool drip(struct server_client *client, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char ignored[256];
        int ready = wait_for(client, POLLIN, TICK_MS);

        if (ready < 0 || (ready > 0 && receive(client, ignored, sizeof ignored) == 0))
            return false;
        if (!say(client, text + i, 1))
            return false;
    }
    return true;
}

static bool start_tls(struct server_client *client, enum cert cert)
{
    gnutls_session_t session;
    int result;

    gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK);
    gnutls_set_default_priority(session);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, certs_credentials(cert));
    gnutls_transport_set_ptr(session, client);
    gnutls_transport_set_pull_function(session, tls_pull);
    gnutls_transport_set_push_function(session, tls_push);
    gnutls_handshake_set_timeout(session, GNUTLS_INDEFINITE_TIMEOUT);
    client->tls = session;
    while ((result = gnutls_handshake(session)) < 0) {
        short events = gnutls_record_get_direction(session) ? POLLOUT : POLLIN;

        if (gnutls_error_is_fatal(result) || wait_for(client, events, -1) < 0)
            return false;
    }
    return true;
}

static bool hang(struct server_client *client)
{
    char ignored[4096];
    size_t got;

    while ((got = receive(client, ignored, sizeof ignored)) > 0)
        keep_heard(client->server, ignored, got);
    return false;
}

static bool reset(struct server_client *client)
{
    struct linger linger = {.l_onoff = 1};

    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    return false;
}

static bool repeat(struct server_client *client, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        if (!say(client, text, strlen(text)))
            return false;
    }
    return true;
}

static bool flood(struct server_client *client, const char *text, size_t length)
{
    while (say(client, text, length))
        continue;
    return false;
}

/* false when the connection is over. */
static bool play_step(struct server_client *client, const struct server_step *step)
{
    switch (step->action) {
    case SERVER_DO_TLS:
        return start_tls(client, (enum cert)step->number);
    case SERVER_DO_SAY:
        return say_with_tag(client, step->text);
    case SERVER_DO_BYTES:
        return say(client, step->text, step->number);
    case SERVER_DO_HEAR:
        return match_line(client, step->text);
    case SERVER_DO_LISTEN:
        return listen_to_line(client);
    case SERVER_DO_REQUEST:
        return read_request(client, step->text);
    case SERVER_DO_REPLY:
        return send_reply(client, step->number, step->text);
    case SERVER_DO_DRIP:
        return drip(client, step->text, step->number);
    case SERVER_DO_REPEAT:
        return repeat(client, step->text, step->number);
    case SERVER_DO_FLOOD:
        return flood(client, step->text, step->number);
    case SERVER_DO_AWAIT:
        return wait_for(client, POLLIN, -1) > 0;
    case SERVER_DO_RESET:
        return reset(client);
    case SERVER_DO_CLOSE:
        return false;
    case SERVER_DO_HANG:
    case SERVER_DO_END:
        return hang(client);
    }
    return false;
}

bool server_client_hear(struct server_client *client, const char **line)
{
    size_t length, taken;

    if (!read_line(client, &length, &taken))
        return false;
    memcpy(client->told, client->line, length);
    client->told[length] = '\0';
    *line = client->told;
    use(client, taken);
    return true;
}

bool server_client_request(struct server_client *client, const char **line)
{
    return server_client_hear(client, line) && read_header_and_body(client);
}

bool server_client_listen(struct server_client *client)
{
    if (client->length == 0 && !fill(client))
        return false;
    use(client, client->length);
    return true;
}

bool server_client_say(struct server_client *client, const char *bytes, size_t length)
{
    return say(client, bytes, length);
}

bool server_client_start_tls(struct server_client *client, enum cert cert)
{
    return start_tls(client, cert);
}

void server_client_hang(struct server_client *client)
{
    hang(client);
}

void server_client_reset(struct server_client *client)
{
    reset(client);
}

static void play_script(struct server_client *client)
{
    struct server *server = client->server;
    size_t which =
        client->number < server->script_count ? client->number : server->script_count - 1;
    const struct server_step *script = server->scripts[which];

    for (const struct server_step *step = script;; step++) {
        pthread_mutex_lock(&server->lock);
        client->step = (size_t)(step - script);
        if (step->action == SERVER_DO_END)
            client->ended = true;
        pthread_cond_broadcast(&server->changed);
        pthread_mutex_unlock(&server->lock);
        if (!play_step(client, step))
            break;
    }
}

static void *client_main(void *argument)
{
    struct server_client *client = argument;

    if (client->server->play)
        client->server->play(client, client->server->closure);
    else
        play_script(client);
    if (client->tls)
        gnutls_deinit(client->tls);
    close(client->fd);
    return NULL;
}

static bool add_client(struct server *server, int fd)
{
    struct server_client *client = calloc(1, sizeof *client);
    int one = 1;

    if (!client || !(client->line = calloc(2, LINE_MAX_BYTES))) {
        free(client);
        return false;
    }
    client->told = client->line + LINE_MAX_BYTES;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    client->server = server;
    client->fd = fd;
    client->round_trips = 1;
    client->server_spoke_last = true;
    pthread_mutex_lock(&server->lock);
    client->number = server->client_count;
    if (pthread_create(&client->thread, NULL, client_main, client) == 0)
        server->clients[server->client_count++] = client;
    else
        abort();
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
    return true;
}

static void *acceptor_main(void *argument)
{
    struct server *server = argument;

    while (server->client_count < CONNECTIONS_MAX) {
        struct pollfd fds[2] = {{server->listener, POLLIN, 0},
                                {server->stop_fd, POLLIN, 0}};
        int fd;

        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        if (fds[1].revents)
            break;
        fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0 && !add_client(server, fd))
            close(fd);
    }
    return NULL;
}

static bool listen_at(struct server *server, const char *ip, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};
    socklen_t length = sizeof address;
    int one = 1;

    server->listener =
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (server->listener < 0 || inet_pton(AF_INET, ip, &address.sin_addr) != 1 ||
        setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &length) != 0)
        return false;
    server->port = ntohs(address.sin_port);
    return true;
}

/* Listening, and not yet served; NULL with errno. */
static struct server *server_new(const char *ip, int port)
{
    struct server *server = calloc(1, sizeof *server);

    if (!server)
        abort();
    if (!listen_at(server, ip, port)) {
        int error = errno;

        if (server->listener >= 0)
            close(server->listener);
        free(server);
        errno = error;
        return NULL;
    }
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    certs_ca_file(); /* makes the certificates now, not within a client's deadline */
    return server;
}

static struct server *serve(struct server *server)
{
    if (pthread_create(&server->acceptor, NULL, acceptor_main, server) != 0)
        abort();
    return server;
}

static struct server *start(const struct server_step *only,
                            const struct server_step *const *scripts, size_t count)
{
    struct server *server = server_new("127.0.0.1", 0);

    if (!server) {
        perror("test server");
        exit(1);
    }
    server->only = only;
    server->scripts = scripts ? scripts : &server->only;
    server->script_count = count;
    return serve(server);
}

struct server *server_start(const struct server_step *steps)
{
    return start(steps, NULL, 1);
}

struct server *server_start_each(const struct server_step *const *scripts, size_t count)
{
    return start(NULL, scripts, count);
}

struct server *server_start_playing(const char *address, int port, server_play *play,
                                    void *closure)
{
    struct server *server = server_new(address, port);

    if (!server)
        return NULL;
    server->play = play;
    server->closure = closure;
    return serve(server);
}

void server_stop(struct server **slot)
{
    struct server *server = *slot;
    char complaint[sizeof server->complaint];

    *slot = NULL;
    if (!server)
        return;
    eventfd_write(server->stop_fd, 1);
    pthread_join(server->acceptor, NULL);
    for (unsigned i = 0; i < server->client_count; i++) {
        pthread_join(server->clients[i]->thread, NULL);
        free(server->clients[i]->line);
        free(server->clients[i]);
    }
    close(server->listener);
    close(server->stop_fd);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    memcpy(complaint, server->complaint, sizeof complaint);
    free(server->heard);
    free(server);
    if (complaint[0] != '\0')
        fail_msg("the client left the script: %s", complaint);
}

int server_port(const struct server *server)
{
    return server->port;
}

/* Waits for the newest client to come to a step, or (SIZE_MAX) to the end. */
static bool wait_until(struct server *server, size_t index)
{
    struct timespec until;
    bool there = false;
    int result = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&server->lock);
    while (!there && result == 0) {
        if (server->client_count > 0) {
            const struct server_client *client =
                server->clients[server->client_count - 1];
            there = index == SIZE_MAX ? client->ended : client->step >= index;
        }
        if (!there)
            result = pthread_cond_timedwait(&server->changed, &server->lock, &until);
    }
    pthread_mutex_unlock(&server->lock);
    return there;
}

bool server_wait_step(struct server *server, size_t index)
{
    return wait_until(server, index);
}

bool server_wait_end(struct server *server)
{
    return wait_until(server, SIZE_MAX);
}

unsigned server_connections(struct server *server)
{
    unsigned count;

    pthread_mutex_lock(&server->lock);
    count = server->client_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

unsigned server_round_trips(struct server *server)
{
    unsigned count;

    pthread_mutex_lock(&server->lock);
    count = server->client_count ? server->clients[0]->round_trips : 0;
    pthread_mutex_unlock(&server->lock);
    return count;
}

char *server_heard(struct server *server)
{
    char *copy;

    pthread_mutex_lock(&server->lock);
    copy = strdup(server->heard ? server->heard : "");
    pthread_mutex_unlock(&server->lock);
    return copy;
}

const char *server_complaint(struct server *server)
{
    const char *complaint;

    pthread_mutex_lock(&server->lock);
    complaint = server->complaint[0] ? server->complaint : NULL;
    pthread_mutex_unlock(&server->lock);
    return complaint;
}
