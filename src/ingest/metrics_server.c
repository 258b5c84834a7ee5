#include "ingest/metrics_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

#define CONNECTIONS_MAX (METRICS_SERVER_POLLS - 1)
#define BACKLOG         64
#define REQUEST_MAX     4096
#define ANSWER_MAX      (32 * 1024 * 1024)
#define BODY_AGE_MS     1000
#define REST_MAX        (256 * 1024) /* of a request that is answered already */
#define DEAF_MS         1000         /* after no descriptor was to be had */

int metrics_server_patience_ms = 5000;

enum phase {
    READING,
    WRITING,
    ENDING, /* the answer is out; what still comes is thrown away, so that the answer is
               not lost to a reset (RFC 9112 9.6) */
};

struct connection {
    int fd; /* -1: free */
    enum phase phase;
    int64_t until;
    struct buf request, answer;
    size_t sent, thrown_away;
};

struct metrics_server {
    int fd;
    unsigned port;
    metrics_server_body *body;
    void *closure;
    struct buf made; /* the last body */
    int64_t made_ms; /* 0: none was made */
    int64_t deaf_until;
    struct connection connections[CONNECTIONS_MAX];
};

/* ---- The address ------------------------------------------------------------------- */

bool metrics_server_is_address(const char *place)
{
    const char *colon = strrchr(place, ':');
    const char *port = colon ? colon + 1 : place;

    return !strchr(place, '/') && port[strspn(port, "0123456789")] == '\0' &&
           port[0] != '\0';
}

static bool parse_port(const char *text, in_port_t *port)
{
    unsigned long number = strtoul(text, NULL, 10);

    *port = htons((uint16_t)number);
    return strlen(text) <= 5 && number <= 65535;
}

static bool parse_host(const char *host, in_port_t port, struct sockaddr_storage *address,
                       socklen_t *length)
{
    struct sockaddr_in *v4 = (void *)address;
    struct sockaddr_in6 *v6 = (void *)address;

    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        *length = sizeof *v4;
        return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        *length = sizeof *v6;
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    return false;
}

static bool parse_address(const char *text, struct sockaddr_storage *address,
                          socklen_t *length, struct err *err)
{
    const char *colon = strrchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : 0;
    bool in_brackets = size > 2 && text[0] == '[' && text[size - 1] == ']';
    char *host = mem_copy_bytes(text + in_brackets, size - 2 * in_brackets);
    in_port_t port;
    bool done = colon && in_brackets == (strchr(host, ':') != NULL) &&
                parse_port(colon + 1, &port) && parse_host(host, port, address, length);

    free(host);
    return done || err_set(err, ERR_USAGE,
                           _("The metrics are for this machine alone: %s is not a "
                             "loopback address with a port. Give 127.0.0.1:9751 or "
                             "[::1]:9751, or the path of a file."),
                           text);
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6
                     ? ((struct sockaddr_in6 *)(void *)&address)->sin6_port
                     : ((struct sockaddr_in *)(void *)&address)->sin_port);
}

struct metrics_server *metrics_server_new(const char *address, metrics_server_body *body,
                                          void *closure, struct err *err)
{
    struct metrics_server *server = mem_new(1, sizeof *server);
    struct sockaddr_storage where;
    socklen_t length = 0;
    const int yes = 1;

    server->fd = -1;
    server->body = body;
    server->closure = closure;
    buf_init(&server->made, ANSWER_MAX);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        server->connections[i].fd = -1;
    if (!parse_address(address, &where, &length, err))
        goto failed;
    server->fd = socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->fd < 0 ||
        setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(server->fd, (struct sockaddr *)&where, length) != 0 ||
        listen(server->fd, BACKLOG) != 0) {
        err_set(err, ERR_WRITE, _("The metrics cannot be served at %s: %s."), address,
                strerror(errno));
        goto failed;
    }
    server->port = port_of(server->fd);
    return server;
failed:
    metrics_server_free(&server);
    return NULL;
}

static void hang_up(struct connection *connection)
{
    if (connection->fd < 0)
        return;
    close(connection->fd);
    connection->fd = -1;
    buf_free(&connection->request);
    buf_free(&connection->answer);
}

void metrics_server_free(struct metrics_server **server)
{
    if (!*server)
        return;
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        hang_up(&(*server)->connections[i]);
    if ((*server)->fd >= 0)
        close((*server)->fd);
    buf_free(&(*server)->made);
    free(*server);
    *server = NULL;
}

unsigned metrics_server_port(const struct metrics_server *server)
{
    return server->port;
}

/* ---- Requests and answers ---------------------------------------------------------- */

static const struct buf *fresh_body(struct metrics_server *server)
{
    int64_t now = clock_now_ms();

    if (server->made_ms == 0 || now - server->made_ms >= BODY_AGE_MS) {
        buf_clear(&server->made);
        server->body(server->closure, &server->made);
        server->made_ms = now > 0 ? now : 1;
    }
    return &server->made;
}

static void answer(struct connection *connection, const char *status, const char *type,
                   const char *body, size_t length, bool head_only)
{
    struct buf *out = &connection->answer;

    buf_add_format(out,
                   "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                   "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                   "%sConnection: close\r\n\r\n",
                   status, type, length,
                   strncmp(status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
    if (!head_only)
        buf_add(out, body, length);
    connection->phase = WRITING;
}

static void refuse(struct connection *connection, const char *status)
{
    char *text = mem_format("%s\n", status + 4);

    answer(connection, status, "text/plain; charset=utf-8", text, strlen(text), false);
    free(text);
}

/* The next word of the request line, ended by a blank; NULL when there is none. */
static char *take_word(char **rest)
{
    char *word = *rest;
    char *blank = strchr(word, ' ');

    if (!blank || blank == word)
        return NULL;
    *blank = '\0';
    *rest = blank + 1;
    return word;
}

static bool is_metrics(const char *target)
{
    static const char path[] = "/metrics";

    return strncmp(target, path, sizeof path - 1) == 0 &&
           (target[sizeof path - 1] == '\0' || target[sizeof path - 1] == '?');
}

static void answer_request(struct metrics_server *server, struct connection *connection)
{
    char *line = connection->request.data;
    char *method, *target;
    const struct buf *body;
    bool head_only;

    line[strcspn(line, "\r\n")] = '\0';
    method = take_word(&line);
    target = method ? take_word(&line) : NULL;
    if (!target || (strcmp(line, "HTTP/1.1") != 0 && strcmp(line, "HTTP/1.0") != 0)) {
        refuse(connection, "400 Bad Request");
        return;
    }
    head_only = strcmp(method, "HEAD") == 0;
    if (!head_only && strcmp(method, "GET") != 0) {
        refuse(connection, "405 Method Not Allowed");
        return;
    }
    if (!is_metrics(target)) {
        refuse(connection, "404 Not Found");
        return;
    }
    body = fresh_body(server);
    answer(connection, "200 OK", "text/plain; version=0.0.4; charset=utf-8", body->data,
           body->length, head_only);
}

/* ---- Working ----------------------------------------------------------------------- */

/* Is the connection still there?  *got is 0 when nothing came for now. */
static bool receive(struct connection *connection, char *bytes, size_t size, size_t *got)
{
    ssize_t count = recv(connection->fd, bytes, size, 0);

    *got = count > 0 ? (size_t)count : 0;
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static void read_request(struct metrics_server *server, struct connection *connection)
{
    struct buf *request = &connection->request;
    char bytes[1024];
    size_t got;

    do {
        if (!receive(connection, bytes, sizeof bytes, &got)) {
            hang_up(connection);
            return;
        }
        if (memchr(bytes, '\0', got)) {
            refuse(connection, "400 Bad Request");
            return;
        }
        if (!buf_add(request, bytes, got)) {
            refuse(connection, "431 Request Header Fields Too Large");
            return;
        }
        if (strstr(request->data, "\r\n\r\n") || strstr(request->data, "\n\n")) {
            answer_request(server, connection);
            return;
        }
    } while (got > 0);
}

static void write_answer(struct connection *connection)
{
    const struct buf *out = &connection->answer;

    while (connection->sent < out->length) {
        ssize_t count = send(connection->fd, out->data + connection->sent,
                             out->length - connection->sent, MSG_NOSIGNAL);

        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (count <= 0) {
            hang_up(connection);
            return;
        }
        connection->sent += (size_t)count;
    }
    shutdown(connection->fd, SHUT_WR);
    connection->phase = ENDING;
}

/* As much as is there, but no more than a bit at a time: others wait, too. */
static void throw_away(struct connection *connection)
{
    char bytes[REQUEST_MAX];
    size_t got;

    if (!receive(connection, bytes, sizeof bytes, &got) ||
        (connection->thrown_away += got) > REST_MAX)
        hang_up(connection);
}

static void work_on(struct metrics_server *server, struct connection *connection)
{
    if (connection->phase == READING)
        read_request(server, connection);
    if (connection->fd >= 0 && connection->phase == WRITING)
        write_answer(connection);
    if (connection->fd >= 0 && connection->phase == ENDING)
        throw_away(connection);
    if (connection->fd >= 0 && clock_now_ms() >= connection->until)
        hang_up(connection);
}

/* A free place, or that of whoever has been there longest. */
static struct connection *find_place(struct metrics_server *server)
{
    struct connection *oldest = &server->connections[0];

    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *one = &server->connections[i];

        if (one->fd < 0)
            return one;
        if (one->until < oldest->until)
            oldest = one;
    }
    hang_up(oldest);
    return oldest;
}

/* false when nobody else is there. */
static bool take_in(struct metrics_server *server)
{
    int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct connection *connection;

    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        server->deaf_until = clock_now_ms() + DEAF_MS;
    if (fd < 0)
        return false;
    connection = find_place(server);
    *connection = (struct connection){
        .fd = fd, .until = clock_now_ms() + metrics_server_patience_ms};
    buf_init(&connection->request, REQUEST_MAX);
    buf_init(&connection->answer, ANSWER_MAX);
    return true;
}

static void lower(int *timeout_ms, int64_t left)
{
    if (left < *timeout_ms || *timeout_ms < 0)
        *timeout_ms = left > 0 ? (int)left : 0;
}

size_t metrics_server_polls(struct metrics_server *server, struct pollfd *polls,
                            int *timeout_ms)
{
    int64_t deaf = server->deaf_until - clock_now_ms();
    size_t count = 1;

    polls[0] = (struct pollfd){.fd = deaf > 0 ? -1 : server->fd, .events = POLLIN};
    if (deaf > 0)
        lower(timeout_ms, deaf);
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
        const struct connection *one = &server->connections[i];
        int64_t left = one->until - clock_now_ms();

        if (one->fd < 0)
            continue;
        polls[count++] = (struct pollfd){
            .fd = one->fd, .events = one->phase == WRITING ? POLLOUT : POLLIN};
        lower(timeout_ms, left);
    }
    return count;
}

void metrics_server_work(struct metrics_server *server)
{
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (server->connections[i].fd >= 0)
            work_on(server, &server->connections[i]);
    for (int i = 0; i < BACKLOG && take_in(server); i++)
        continue;
}
