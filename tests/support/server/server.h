/*
 * A server on 127.0.0.1 that plays a script to each client: good, slow, broken, hostile.
 *
 *     static const struct server_step script[] = {
 *         SERVER_TLS(CERT_GOOD),
 *         SERVER_SAY("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"),
 *         SERVER_HEAR("* AUTHENTICATE PLAIN"),
 *         SERVER_SAY("+ \r\n"),
 *         SERVER_HEAR("*"),
 *         SERVER_SAY("$TAG OK done\r\n"),
 *         SERVER_END,
 *     };
 *     struct server *server = server_start(script);
 *     … connect to localhost, server_port(server); CA: certs_ca_file() …
 *     server_stop(&server);     fails the test when the client did not follow the script
 *
 * Every connection has a thread; the test's own thread calls the functions below.  A
 * client that goes away in the middle is no fault of the script; one that says something
 * else is.  Nothing sleeps: every wait ends with the client, or with server_stop().
 */
#ifndef LETTERBOX_TESTS_SERVER_SERVER_H
#define LETTERBOX_TESTS_SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "support/server/certs.h"

enum server_action {
    SERVER_DO_END,
    SERVER_DO_TLS,
    SERVER_DO_SAY,
    SERVER_DO_BYTES,
    SERVER_DO_HEAR,
    SERVER_DO_LISTEN,
    SERVER_DO_REQUEST,
    SERVER_DO_REPLY,
    SERVER_DO_DRIP,
    SERVER_DO_REPEAT,
    SERVER_DO_FLOOD,
    SERVER_DO_AWAIT,
    SERVER_DO_CLOSE,
    SERVER_DO_RESET,
    SERVER_DO_HANG,
};

struct server_step {
    enum server_action action;
    const char *text;
    size_t number;
};

/* The handshake, with that certificate; at the start of the script, or after STARTTLS. */
#define SERVER_TLS(cert)                                                                 \
    {                                                                                    \
        SERVER_DO_TLS, NULL, (cert)                                                      \
    }
/* Sends text.  "$TAG" is the first word of the last line that was heard by a pattern
 * that begins with "* ". */
#define SERVER_SAY(text)                                                                 \
    {                                                                                    \
        SERVER_DO_SAY, (text), sizeof(text) - 1                                          \
    }
/* Sends bytes as they are: NULs too, and no "$TAG". */
#define SERVER_SAY_BYTES(bytes, length)                                                  \
    {                                                                                    \
        SERVER_DO_BYTES, (bytes), (length)                                               \
    }
/* Reads a line, which must match the fnmatch(3) pattern (without its CR LF).  In a
 * pattern `*` stands for anything, so "* NOOP" is NOOP with any tag; `\` quotes. */
#define SERVER_HEAR(pattern)                                                             \
    {                                                                                    \
        SERVER_DO_HEAR, (pattern), 0                                                     \
    }
/* Reads a line, whatever it is; one that begins with a digit is a command, and has the
 * tag. */
#define SERVER_LISTEN                                                                    \
    {                                                                                    \
        SERVER_DO_LISTEN, NULL, 0                                                        \
    }
/* Reads an HTTP request with its body; its first line must match the pattern. */
#define SERVER_REQUEST(pattern)                                                          \
    {                                                                                    \
        SERVER_DO_REQUEST, (pattern), 0                                                  \
    }
/* An HTTP answer: application/json, its length, Connection: close. */
#define SERVER_REPLY(status, body)                                                       \
    {                                                                                    \
        SERVER_DO_REPLY, (body), (status)                                                \
    }
/* Sends text, one byte every 20 ms. */
#define SERVER_DRIP(text)                                                                \
    {                                                                                    \
        SERVER_DO_DRIP, (text), sizeof(text) - 1                                         \
    }
/* Sends text that many times. */
#define SERVER_REPEAT(text, times)                                                       \
    {                                                                                    \
        SERVER_DO_REPEAT, (text), (times)                                                \
    }
/* Sends text again and again until the client goes: an endless line, a huge literal. */
#define SERVER_FLOOD(text)                                                               \
    {                                                                                    \
        SERVER_DO_FLOOD, (text), sizeof(text) - 1                                        \
    }
/* Waits until the client has said something, and leaves it unread: what comes next then
 * meets a client whose connection stands. */
#define SERVER_AWAIT                                                                     \
    {                                                                                    \
        SERVER_DO_AWAIT, NULL, 0                                                         \
    }
/* Ends the connection: in order; with a TCP reset; never (until the client goes). */
#define SERVER_CLOSE                                                                     \
    {                                                                                    \
        SERVER_DO_CLOSE, NULL, 0                                                         \
    }
#define SERVER_RESET                                                                     \
    {                                                                                    \
        SERVER_DO_RESET, NULL, 0                                                         \
    }
#define SERVER_HANG                                                                      \
    {                                                                                    \
        SERVER_DO_HANG, NULL, 0                                                          \
    }
/* The end of every script: what the client still says is read and ignored. */
#define SERVER_END                                                                       \
    {                                                                                    \
        SERVER_DO_END, NULL, 0                                                           \
    }

struct server;

/* One connection of a server that is a function instead of a script.  What returns a bool
 * is false when the client is gone or the server stops. */
struct server_client;

/* Reads a line; *line is without its CR LF, and good until the next call. */
bool server_client_hear(struct server_client *client, const char **line);
/* Reads an HTTP request with its body; *line is its first line. */
bool server_client_request(struct server_client *client, const char **line);
/* Reads whatever comes next, once. */
bool server_client_listen(struct server_client *client);
bool server_client_say(struct server_client *client, const char *bytes, size_t length);
bool server_client_start_tls(struct server_client *client, enum cert cert);
/* Reads and ignores everything until the client goes. */
void server_client_hang(struct server_client *client);
/* The connection's end will be a TCP reset. */
void server_client_reset(struct server_client *client);

/* Called for every connection, on a thread of its own; the connection ends with it. */
typedef void server_play(struct server_client *client, void *closure);

/* At an IPv4 address of this machine and a port.  NULL, with errno, when it is not to be
 * had. */
struct server *server_start_playing(const char *address, int port, server_play *play,
                                    void *closure);

/* Every connection plays `steps`, which must live as long as the server. */
struct server *server_start(const struct server_step *steps);
/* The first connection plays scripts[0] and so on; those after the last play the last. */
struct server *server_start_each(const struct server_step *const *scripts, size_t count);
/* Closes everything, joins every thread, and fails the test (cmocka) when a client said
 * something that the script did not expect. */
void server_stop(struct server **server);

int server_port(const struct server *server);

/* Waits (10 s at most) until the newest connection is at step `index` of its script, so
 * that a test can act in the middle of an exchange; false when it never comes. */
bool server_wait_step(struct server *server, size_t index);
/* Waits until the script was played to its end; false as above. */
bool server_wait_end(struct server *server);

unsigned server_connections(struct server *server);
/* Round trips of the first connection so far: one for TCP, and one for every time the
 * client spoke after the server had, TLS included. */
unsigned server_round_trips(struct server *server);
/* All that clients said under TLS or plain, handshakes left out; the caller's (free()).
 */
char *server_heard(struct server *server);
/* What a client said against the script, or NULL; the server's. */
const char *server_complaint(struct server *server);

#endif
