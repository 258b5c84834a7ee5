#include "corpus/play.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/url.h"
#include "support/server/server.h"

#define ANSWER_MAX ((size_t)1 << 20)
#define SAID_MAX   ((size_t)1 << 20)

struct play {
    const struct corpus_case *the_case;
    struct corpus_fault token_fault, imap_fault, proxy_fault;
    struct corpus_reply token, discovery, proxy;
    bool has_discovery, has_proxy;
    enum cert token_cert, imap_cert;
    bool starttls;
    struct server *token_server, *imap_server, *proxy_server;
    pthread_mutex_t lock;
    json_t *credentials; /* under the lock: what was sent to log in */
};

/* ---- Common ----------------------------------------------------------------------- */

static enum cert cert_of(const struct corpus_case *the_case, const char *key)
{
    static const struct {
        const char *name;
        enum cert cert;
    } certs[] = {
        {"good", CERT_GOOD},
        {"expired", CERT_EXPIRED},
        {"not_yet", CERT_NOT_YET},
        {"self_signed", CERT_SELF_SIGNED},
        {"other_name", CERT_WRONG_NAME},
        {"untrusted", CERT_OTHER_CA},
        {"weak", CERT_WEAK},
        {"inspected", CERT_INSPECTED},
    };
    const char *name = corpus_tls(the_case, key);

    for (size_t i = 0; i < sizeof certs / sizeof certs[0]; i++) {
        if (strcmp(certs[i].name, name) == 0)
            return certs[i].cert;
    }
    fprintf(stderr, "%s: \"%s\": no such certificate: %s\n", the_case->file,
            the_case->name, name);
    exit(1);
}

static bool say_text(struct server_client *client, const char *text)
{
    return server_client_say(client, text, strlen(text));
}

/* What is done instead of an answer; to close needs nothing. */
static void fail(struct server_client *client, const char *does)
{
    if (strcmp(does, "hang") == 0)
        server_client_hang(client);
    else if (strcmp(does, "reset") == 0)
        server_client_reset(client);
}

/* The hello of a server that speaks TLS 1.0 and nothing newer (RFC 2246 7.4.1.3): record,
 * message, version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression. */
static const char old_hello[] = "\x16\x03\x01\x00\x2a"
                                "\x02\x00\x00\x26"
                                "\x03\x01"
                                "0123456789abcdef0123456789abcdef"
                                "\x00\x00\x2f\x00";

/* true when the connection ends in this way before anything was said. */
static bool fails_at_once(struct server_client *client, const struct corpus_fault *fault,
                          const char *plain_words)
{
    if (corpus_fault_is(fault, "plain", NULL)) {
        if (strncmp(plain_words, "* ", 2) == 0 || server_client_listen(client))
            say_text(client, plain_words);
        server_client_hang(client);
        return true;
    }
    if (corpus_fault_is(fault, "old_tls", NULL)) {
        if (server_client_listen(client))
            server_client_say(client, old_hello, sizeof old_hello - 1);
        server_client_hang(client);
        return true;
    }
    if (!corpus_fault_is(fault, NULL, "connect"))
        return false;
    if (strcmp(fault->does, "hang") != 0)
        server_client_listen(client);
    fail(client, fault->does);
    return true;
}

/* ---- Token endpoint --------------------------------------------------------------- */

static bool say_reply(struct server_client *client, const struct corpus_reply *reply)
{
    struct buf answer;
    const char *name;
    json_t *value;
    bool said;

    buf_init(&answer, ANSWER_MAX);
    buf_add_format(&answer, "HTTP/1.1 %d %s\r\n", reply->status,
                   reply->status < 400 ? "OK" : "Error");
    json_object_foreach(reply->headers, name, value)
    {
        buf_add_format(&answer, "%s: %s\r\n", name, json_string_value(value));
    }
    if (!json_object_get(reply->headers, "Content-Length"))
        buf_add_format(&answer, "Content-Length: %zu\r\n", reply->length);
    buf_add_text(&answer, "Connection: close\r\n\r\n");
    buf_add(&answer, reply->body, reply->length);
    said = server_client_say(client, answer.data, answer.length);
    buf_free(&answer);
    return said;
}

/* One request, on a connection that stands. */
static void serve_token(struct server_client *client, struct play *play)
{
    const struct corpus_fault *fault = &play->token_fault;
    const char *line;

    if (fails_at_once(client, fault,
                      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n"
                      "Connection: close\r\n\r\n<html>The plain HTTP request was sent "
                      "to HTTPS port</html>"))
        return;
    if (!server_client_start_tls(client, play->token_cert) ||
        !server_client_request(client, &line))
        return;
    if (corpus_fault_is(fault, NULL, "request"))
        fail(client, fault->does);
    else
        say_reply(client, play->has_discovery && strncmp(line, "GET ", 4) == 0
                              ? &play->discovery
                              : &play->token);
}

static void play_token_leg(struct server_client *client, void *closure)
{
    serve_token(client, closure);
}

/* A proxy that lets the client through is the token endpoint from there on. */
static void play_proxy(struct server_client *client, void *closure)
{
    struct play *play = closure;
    const char *line;

    if (!server_client_request(client, &line))
        return;
    if (play->proxy.status != 200)
        say_reply(client, &play->proxy);
    else if (say_text(client, "HTTP/1.1 200 Connection established\r\n\r\n"))
        serve_token(client, play);
}

/* ---- Mail server ------------------------------------------------------------------ */

struct imap {
    struct play *play;
    struct server_client *client;
    char tag[64];
    bool under_tls, logged_in;
    bool over;
};

static void keep_credential(struct imap *imap, const char *line)
{
    pthread_mutex_lock(&imap->play->lock);
    json_array_append_new(imap->play->credentials, json_string(line));
    pthread_mutex_unlock(&imap->play->lock);
}

/* One line, CR LF added, $TAG filled in. */
static bool say_line(struct imap *imap, const char *line)
{
    struct buf filled;
    const char *mark;
    bool said;

    buf_init(&filled, SAID_MAX);
    while ((mark = strstr(line, "$TAG"))) {
        buf_add(&filled, line, (size_t)(mark - line));
        buf_add_text(&filled, imap->tag);
        line = mark + strlen("$TAG");
    }
    buf_add_format(&filled, "%s\r\n", line);
    said = server_client_say(imap->client, filled.data, filled.length);
    buf_free(&filled);
    return said;
}

/* A list of lines; the client answers each that begins with "+".  The connection is over
 * when none of them ends the command. */
static void say_lines(struct imap *imap, const char *key)
{
    json_t *lines = corpus_imap_lines(imap->play->the_case, key), *line;
    const char *heard;
    size_t i;

    imap->over = true;
    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(line);

        if (!say_line(imap, text))
            break;
        if (strncmp(text, "$TAG ", 5) == 0)
            imap->over = false;
        if (text[0] == '+' && !server_client_hear(imap->client, &heard))
            break;
    }
    json_decref(lines);
}

/* true when the case ends the session after what was just done.  Who was answered says
 * something first, or a reset could overtake the answer. */
static bool fails_after(struct imap *imap, const char *what)
{
    const struct corpus_fault *fault = &imap->play->imap_fault;
    bool answered = strcmp(what, "credential") != 0;
    const char *line;

    if (!corpus_fault_is(fault, NULL, what))
        return false;
    imap->over = true;
    if (!answered || strcmp(fault->does, "hang") == 0 ||
        server_client_hear(imap->client, &line))
        fail(imap->client, fault->does);
    return true;
}

static void on_capability(struct imap *imap)
{
    char *list = corpus_imap_text(imap->play->the_case,
                                  imap->logged_in ? "capability_after" : "capability");
    char *line = mem_format("* CAPABILITY %s", list ? list : "IMAP4rev1");

    say_line(imap, line);
    say_line(imap, "$TAG OK CAPABILITY completed.");
    free(list);
    free(line);
    fails_after(imap, "capability");
}

static void on_starttls(struct imap *imap)
{
    json_t *lines = corpus_imap_lines(imap->play->the_case, "starttls");
    const char *last =
        json_string_value(json_array_get(lines, json_array_size(lines) - 1));
    bool agreed = last && strncasecmp(last, "$TAG OK", 7) == 0;

    json_decref(lines);
    say_lines(imap, "starttls");
    if (imap->over || !agreed || fails_after(imap, "starttls"))
        return;
    imap->under_tls = server_client_start_tls(imap->client, imap->play->imap_cert);
    imap->over = !imap->under_tls;
}

/* Without an initial response the server asks for it. */
static void on_login(struct imap *imap, const char *arguments)
{
    const char *response = strchr(arguments, ' ');

    if (response) {
        keep_credential(imap, response + 1);
    } else {
        const char *line;

        if (!say_line(imap, "+ ") || !server_client_hear(imap->client, &line)) {
            imap->over = true;
            return;
        }
        keep_credential(imap, line);
    }
    if (fails_after(imap, "credential"))
        return;
    say_lines(imap, "authenticate");
    imap->logged_in = true;
    fails_after(imap, "authenticate");
}

static void on_open(struct imap *imap)
{
    say_lines(imap, "open");
    fails_after(imap, "open");
}

static void on_list(struct imap *imap)
{
    say_lines(imap, "list");
}

static void on_search(struct imap *imap)
{
    say_line(imap, "* SEARCH");
    say_line(imap, "$TAG OK SEARCH completed.");
}

static void on_logout(struct imap *imap)
{
    say_line(imap, "* BYE IMAP4 server is closing the connection");
    say_line(imap, "$TAG OK LOGOUT completed.");
    imap->over = true;
}

static void obey(struct imap *imap, const char *line)
{
    static const struct {
        const char *verb;
        void (*act)(struct imap *imap);
    } verbs[] = {
        {"CAPABILITY", on_capability}, {"STARTTLS", on_starttls},
        {"EXAMINE ", on_open},         {"LIST ", on_list},
        {"UID SEARCH ", on_search},    {"LOGOUT", on_logout},
    };
    size_t tag = strcspn(line, " ");
    char *command = mem_copy_text(line[tag] ? line + tag + 1 : "");

    snprintf(imap->tag, sizeof imap->tag, "%.*s", (int)tag, line);
    if (strncasecmp(command, "AUTHENTICATE ", 13) == 0) {
        on_login(imap, command + 13);
    } else if (strncasecmp(command, "LOGIN ", 6) == 0) {
        on_login(imap, command);
    } else {
        size_t i = 0, count = sizeof verbs / sizeof verbs[0];

        while (i < count &&
               strncasecmp(command, verbs[i].verb, strlen(verbs[i].verb)) != 0)
            i++;
        if (i < count)
            verbs[i].act(imap);
        else
            say_line(imap, "$TAG OK done");
    }
    free(command);
}

static void play_imap_leg(struct server_client *client, void *closure)
{
    struct play *play = closure;
    struct imap imap = {.play = play, .client = client};
    char *greeting = corpus_imap_text(play->the_case, "greeting");
    char *plain_words = mem_format("%s\r\n", greeting);
    const char *line;

    if (!fails_at_once(client, &play->imap_fault, plain_words) &&
        (play->starttls || server_client_start_tls(client, play->imap_cert)) &&
        say_line(&imap, greeting)) {
        /* Nothing comes after a farewell. */
        imap.over = strncasecmp(greeting, "* BYE", 5) == 0;
        if (!imap.over && !fails_after(&imap, "greeting")) {
            while (!imap.over && server_client_hear(client, &line))
                obey(&imap, line);
        }
    }
    free(plain_words);
    free(greeting);
}

/* ---- All of it -------------------------------------------------------------------- */

static bool start_at(struct play *play, struct server **server, const char *address,
                     int port, server_play *function, struct buf *wrong)
{
    *server = server_start_playing(address, port, function, play);
    if (!*server)
        buf_add_format(wrong, "    %s:%d is not to be had: %s\n", address, port,
                       strerror(errno));
    return *server != NULL;
}

static int port_of(const char *url, int otherwise)
{
    struct url parts;
    struct err err = ERR_INIT;
    int port = otherwise;

    if (url && url_parse(url, &parts, &err)) {
        port = parts.port ? parts.port : otherwise;
        url_free(&parts);
    }
    return port;
}

static const char *token_url_of(const json_t *answers, const json_t *provider)
{
    const char *url = json_string_value(json_object_get(answers, "oauth.token_url"));

    if (!url)
        url = json_string_value(json_object_get(provider, "token_endpoint"));
    return url ? url : json_string_value(json_object_get(provider, "issuer"));
}

static const char *proxy_url_of(const struct corpus_case *the_case, const json_t *answers)
{
    const char *url = json_string_value(json_object_get(answers, "oauth.proxy"));

    return url ? url
               : json_string_value(json_object_get(
                     json_object_get(the_case->json, "environment"), "https_proxy"));
}

static bool is_absent(const struct corpus_fault *fault)
{
    return corpus_fault_is(fault, "refuse", NULL) ||
           corpus_fault_is(fault, "unresolved", NULL) ||
           corpus_fault_is(fault, "no_dns", NULL);
}

static bool start_servers(struct play *play, const json_t *answers,
                          const json_t *provider, struct buf *wrong)
{
    const char *token_url = token_url_of(answers, provider);
    const char *proxy_url = proxy_url_of(play->the_case, answers);
    const json_t *port = json_object_get(answers, "server.port");
    int imap_port = json_is_integer(port) ? (int)json_integer_value(port) : 993;

    if (token_url && !is_absent(&play->token_fault) &&
        !start_at(play, &play->token_server, PLAY_TOKEN_ADDRESS, port_of(token_url, 443),
                  play_token_leg, wrong))
        return false;
    if (proxy_url && play->has_proxy && !is_absent(&play->proxy_fault) &&
        !start_at(play, &play->proxy_server, PLAY_PROXY_ADDRESS, port_of(proxy_url, 1080),
                  play_proxy, wrong))
        return false;
    return is_absent(&play->imap_fault) ||
           start_at(play, &play->imap_server, PLAY_IMAP_ADDRESS, imap_port, play_imap_leg,
                    wrong);
}

struct play *play_start(const struct corpus_case *the_case, const json_t *answers,
                        const json_t *provider, struct buf *wrong)
{
    struct play *play = mem_new(1, sizeof *play);
    const char *security = json_string_value(json_object_get(answers, "server.security"));

    play->the_case = the_case;
    play->token_fault = corpus_fault(the_case, "token");
    play->imap_fault = corpus_fault(the_case, "imap");
    play->proxy_fault = corpus_fault(the_case, "proxy");
    corpus_reply(the_case, "token", &play->token);
    play->has_discovery = corpus_reply(the_case, "discovery", &play->discovery);
    play->has_proxy = corpus_reply(the_case, "proxy", &play->proxy);
    play->token_cert = cert_of(the_case, "token_tls");
    play->imap_cert = cert_of(the_case, "imap_tls");
    play->starttls = security && strcmp(security, "starttls") == 0;
    play->credentials = json_array();
    pthread_mutex_init(&play->lock, NULL);
    if (!start_servers(play, answers, provider, wrong))
        play_stop(&play, NULL);
    return play;
}

void play_stop(struct play **slot, json_t *canaries)
{
    struct play *play = *slot;

    *slot = NULL;
    server_stop(&play->token_server);
    server_stop(&play->imap_server);
    server_stop(&play->proxy_server);
    if (canaries)
        json_array_extend(canaries, play->credentials);
    json_decref(play->credentials);
    corpus_reply_clear(&play->token);
    corpus_reply_clear(&play->discovery);
    corpus_reply_clear(&play->proxy);
    pthread_mutex_destroy(&play->lock);
    free(play);
}

const char *play_token(const struct play *play)
{
    return play->token.token;
}

/* ---- Names ------------------------------------------------------------------------ */

static void add_host(struct buf *hosts, const char *name, const char *address)
{
    if (name && name[0])
        buf_add_format(hosts, "%s %s\n", address, name);
}

static bool has_no_name(const struct corpus_fault *fault)
{
    return corpus_fault_is(fault, "unresolved", NULL) ||
           corpus_fault_is(fault, "no_dns", NULL);
}

/* Where two legs talk to one name, the first line counts. */
char *play_hosts(const struct corpus_case *the_case, const json_t *answers,
                 const json_t *provider)
{
    struct corpus_fault token = corpus_fault(the_case, "token");
    struct corpus_fault imap = corpus_fault(the_case, "imap");
    struct corpus_fault proxy = corpus_fault(the_case, "proxy");
    const char *imap_host = json_string_value(json_object_get(answers, "server.host"));
    char *token_host = corpus_host_of(token_url_of(answers, provider));
    char *proxy_host = corpus_host_of(proxy_url_of(the_case, answers));
    struct buf hosts;

    buf_init(&hosts, ANSWER_MAX);
    add_host(&hosts, "localhost", "127.0.0.1");
    if (!has_no_name(&token))
        add_host(&hosts, token_host, PLAY_TOKEN_ADDRESS);
    if (!has_no_name(&imap))
        add_host(&hosts, imap_host, PLAY_IMAP_ADDRESS);
    if (json_object_get(the_case->json, "proxy") && !has_no_name(&proxy))
        add_host(&hosts, proxy_host, PLAY_PROXY_ADDRESS);
    free(token_host);
    free(proxy_host);
    return buf_take(&hosts);
}

bool play_without_dns(const struct corpus_case *the_case)
{
    struct corpus_fault token = corpus_fault(the_case, "token");
    struct corpus_fault imap = corpus_fault(the_case, "imap");

    return corpus_fault_is(&token, "no_dns", NULL) ||
           corpus_fault_is(&imap, "no_dns", NULL);
}
