#include "oauth/http.h"

#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/scrub.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/url.h"
#include "net/dial.h"
#include "oauth/handshake.h"
#include "oauth/proxy.h"
#include "oauth/trust_file.h"

enum { HEADERS_MAX = 64 * 1024, RETRY_AFTER_MAX_S = 86400, TURN_MS = 1000 };

/* One request under way. */
struct http {
    const struct http_request *request;
    const struct cancel *cancel;
    token_progress *progress;
    void *closure;
    struct token_answer *answer;
    struct buf *body;

    struct url url;
    struct proxy proxy;
    struct dial_addresses addresses; /* of the host, or of the proxy */
    int fd;                          /* connected, until libcurl takes it; else -1 */
    bool tunnels;                    /* a proxy must first be asked to CONNECT */
    bool rejected;                   /* the handshake was good for libcurl, not for us */
    CURL *easy;
    CURLM *multi;
    struct curl_slist *resolve, *headers;
    struct trust_file trust;
    size_t header_bytes;
    char error[CURL_ERROR_SIZE];
    int64_t began_us, deadline;
    int64_t tunnel_us; /* how long the tunnel took, on libcurl's clock */
};

/* ---- libcurl in this process ------------------------------------------------------ */

/* Its buffers have held the secret and the token, so what it leaves is wiped. */
static void *wipe_and_resize(void *old, size_t size)
{
    size_t had = old ? malloc_usable_size(old) : 0;
    void *fresh = malloc(size);

    if (!fresh || !old)
        return fresh;
    memcpy(fresh, old, had < size ? had : size);
    secret_wipe_free(old);
    return fresh;
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, secret_wipe_free,
                             wipe_and_resize, strdup, calloc) != CURLE_OK)
        abort();
}

void http_start(void)
{
    pthread_once(&curl_once, start_curl);
}

/* ---- Phases ----------------------------------------------------------------------- */

static void begin_phase(struct http *http, enum token_phase phase)
{
    http->answer->phase = phase;
    http->began_us = clock_now_us();
    http->deadline = clock_now_ms() + http->request->timeout_ms;
}

static void end_phase(struct http *http, int64_t took_us)
{
    if (http->progress)
        http->progress(http->closure, http->answer->phase, took_us, http->answer);
}

/* When the transfer came past this point, in µs since it began; 0: not yet. */
static int64_t passed(const struct http *http, CURLINFO info)
{
    curl_off_t when = 0;

    return curl_easy_getinfo(http->easy, info, &when) == CURLE_OK ? (int64_t)when : 0;
}

static long proxy_status(const struct http *http)
{
    long status = 0;

    return curl_easy_getinfo(http->easy, CURLINFO_HTTP_CONNECTCODE, &status) == CURLE_OK
               ? status
               : 0;
}

/* The session below; NULL where libcurl is of another flavour. */
static gnutls_session_t tls_session(const struct http *http)
{
    struct curl_tlssessioninfo *info = NULL;

    if (curl_easy_getinfo(http->easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info &&
        info->backend == CURLSSLBACKEND_GNUTLS)
        return info->internals;
    return NULL;
}

/* libcurl has verified the session when this is called, but takes weaker keys than
 * net/stream does.  Nothing was sent yet. */
static int on_handshake(void *closure, char *server, char *local, int server_port,
                        int local_port)
{
    struct http *http = closure;
    gnutls_session_t session = tls_session(http);

    (void)server, (void)local, (void)server_port, (void)local_port;
    http->rejected = session && !handshake_is_strong(session, http->url.host);
    if (session && !http->rejected) {
        tls_examine(session, GNUTLS_E_SUCCESS, http->url.host, &http->answer->tls,
                    &(struct net_failure){0});
        http->answer->tls.verify_status = 0;
    }
    return http->rejected ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Phases end as libcurl passes them.  The times are libcurl's: one call may pass several.
 */
static void follow_phases(struct http *http)
{
    int64_t shaken = http->rejected ? 0 : passed(http, CURLINFO_APPCONNECT_TIME_T);

    if (http->answer->phase == TOKEN_CONNECT && proxy_status(http) / 100 == 2) {
        http->tunnel_us = passed(http, CURLINFO_TOTAL_TIME_T);
        end_phase(http, clock_now_us() - http->began_us);
        begin_phase(http, TOKEN_TLS);
    }
    if (http->answer->phase == TOKEN_TLS && shaken) {
        end_phase(http, shaken > http->tunnel_us ? shaken - http->tunnel_us : 0);
        begin_phase(http, TOKEN_REQUEST);
    }
}

/* ---- What comes back -------------------------------------------------------------- */

void http_take_header(struct token_answer *answer, const struct scrub *hidden,
                      const char *bytes, size_t length)
{
    const struct {
        const char *name;
        char *slot;
        size_t size;
    } wanted[] = {
        {"content-type:", answer->content_type, sizeof answer->content_type},
        {"date:", answer->server_date, sizeof answer->server_date},
        {"www-authenticate:", answer->www_authenticate, sizeof answer->www_authenticate},
        {"location:", answer->location, sizeof answer->location},
    };

    while (length && strchr("\r\n ", bytes[length - 1]))
        length--;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        size_t skip = strlen(wanted[i].name);
        if (length < skip || strncasecmp(bytes, wanted[i].name, skip) != 0)
            continue;
        while (skip < length && bytes[skip] == ' ')
            skip++;
        scrub_copy(hidden, wanted[i].slot, wanted[i].size, bytes + skip, length - skip);
    }
}

static size_t on_header(char *bytes, size_t size, size_t count, void *closure)
{
    struct http *http = closure;
    size_t length = size * count;

    http->header_bytes += length;
    if (http->header_bytes > HEADERS_MAX)
        return 0;
    http_take_header(http->answer, http->request->hidden, bytes, length);
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *closure)
{
    return buf_add(closure, bytes, size * count) ? size * count : 0;
}

static void read_answer(struct http *http)
{
    struct token_answer *answer = http->answer;
    time_t server = answer->server_date[0] ? curl_getdate(answer->server_date, NULL) : -1;
    curl_off_t retry_after = 0;
    long status = 0;

    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    answer->http_status = (int)status;
    if (curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK &&
        retry_after > 0)
        answer->retry_after_s =
            retry_after < RETRY_AFTER_MAX_S ? (int)retry_after : RETRY_AFTER_MAX_S;
    if (server > 0)
        answer->clock_skew_s = (int64_t)server - (int64_t)time(NULL);
}

/* ---- What is asked ---------------------------------------------------------------- */

/* libcurl asks for a socket: it gets the one that is connected already, once. */
static curl_socket_t on_socket(void *closure, curlsocktype purpose,
                               struct curl_sockaddr *address)
{
    struct http *http = closure;
    curl_socket_t fd = http->fd;

    (void)purpose;
    (void)address;
    http->fd = -1;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_socket_options(void *closure, curl_socket_t fd, curlsocktype purpose)
{
    (void)closure;
    (void)fd;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static void set_transport(struct http *http)
{
    CURL *easy = http->easy;

    curl_easy_setopt(easy, CURLOPT_URL, http->request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, http);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_options);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_handshake);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, http);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    trust_file_open(&http->trust, http->request->ca_file);
    trust_file_use(&http->trust, easy);
}

static void set_proxy(struct http *http)
{
    struct token_answer *answer = http->answer;

    curl_easy_setopt(http->easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(http->easy, CURLOPT_PROXY, http->proxy.url ? http->proxy.url : "");
    curl_easy_setopt(http->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!http->proxy.url)
        return;
    http->tunnels = strncasecmp(http->proxy.url, "http", 4) == 0;
    text_copy_safe(answer->proxy, sizeof answer->proxy, http->proxy.host,
                   strlen(http->proxy.host));
    snprintf(answer->proxy + strlen(answer->proxy),
             sizeof answer->proxy - strlen(answer->proxy), ":%d", http->proxy.port);
    answer->proxy_from_environment = http->proxy.from_environment;
}

static void set_exchange(struct http *http)
{
    const struct http_request *request = http->request;
    CURL *easy = http->easy;
    struct buf line;

    curl_easy_setopt(easy, CURLOPT_USERAGENT, "letterbox/" LETTERBOX_VERSION);
    /* Some servers compress unasked; the body's limit counts what is unpacked. */
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http->body);
    if (request->form) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->form));
    }
    http->headers = curl_slist_append(NULL, "Accept: application/json");
    if (request->authorization && request->authorization[0]) {
        buf_init_secret(&line, HEADERS_MAX);
        buf_add_format(&line, "Authorization: %s", request->authorization);
        http->headers = curl_slist_append(http->headers, line.data);
        buf_free(&line);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
}

/* ---- Running ---------------------------------------------------------------------- */

/* Our own resolver and our own connection, so that neither a cancel nor a deadline waits
 * for libcurl, and both legs of a test connect in the same way. */
static bool resolve_and_connect(struct http *http)
{
    const char *host = http->proxy.url ? http->proxy.host : http->url.host;
    int port = http->proxy.url ? http->proxy.port : http->url.port;
    struct token_answer *answer = http->answer;
    const struct dial_address *used = NULL;
    char *entry;

    begin_phase(http, TOKEN_RESOLVE);
    text_copy_safe(answer->host, sizeof answer->host, host, strlen(host));
    if (!dial_resolve(host, port, http->cancel, http->deadline, &http->addresses,
                      &answer->failure))
        return false;
    end_phase(http, clock_now_us() - http->began_us);
    begin_phase(http, TOKEN_CONNECT);
    http->fd = dial_connect(&http->addresses, http->cancel, http->deadline, &used,
                            &answer->failure);
    if (http->fd < 0)
        return false;
    snprintf(answer->address, sizeof answer->address, "%s", used->text);
    /* So libcurl has no name to look up. */
    entry = mem_format(strchr(used->text, ':') ? "%s:%d:[%s]" : "%s:%d:%s", host, port,
                       used->text);
    http->resolve = curl_slist_append(NULL, entry);
    free(entry);
    curl_easy_setopt(http->easy, CURLOPT_RESOLVE, http->resolve);
    if (!http->tunnels) {
        end_phase(http, clock_now_us() - http->began_us);
        begin_phase(http, TOKEN_TLS);
    }
    return true;
}

/* Waits for libcurl's descriptors or the cancel; false when the phase must end. */
static bool wait_for_more(struct http *http)
{
    struct curl_waitfd cancelled = {.fd = http->cancel->fd, .events = CURL_WAIT_POLLIN};
    int64_t left = http->deadline - clock_now_ms();

    if (left <= 0)
        return net_fail(&http->answer->failure, NET_TIMED_OUT, 0, NULL);
    curl_multi_poll(http->multi, &cancelled, 1, left < TURN_MS ? (int)left : TURN_MS,
                    NULL);
    if (cancel_fired(http->cancel))
        return net_fail(&http->answer->failure, NET_CANCELLED, 0, NULL);
    return true;
}

/* The result of the transfer; false when it was given up. */
static bool transfer(struct http *http, CURLcode *result)
{
    int running = 1, left;
    CURLMsg *message;

    curl_multi_add_handle(http->multi, http->easy);
    while (running) {
        if (curl_multi_perform(http->multi, &running) != CURLM_OK)
            return net_fail(&http->answer->failure, NET_SYSTEM, 0, "libcurl");
        follow_phases(http);
        if (running && !wait_for_more(http))
            return false;
    }
    while ((message = curl_multi_info_read(http->multi, &left))) {
        if (message->msg == CURLMSG_DONE)
            *result = message->data.result;
    }
    return true;
}

/* ---- Why it failed ---------------------------------------------------------------- */

static enum net_reason reason_of(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_ABORTED_BY_CALLBACK:
        return NET_TLS_UNTRUSTED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
        return NET_TLS_FAILED;
    case CURLE_SSL_CACERT_BADFILE:
        return NET_TLS_CA_FILE;
    case CURLE_OPERATION_TIMEDOUT:
        return NET_TIMED_OUT;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return NET_CLOSED;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return NET_REFUSED;
    case CURLE_OUT_OF_MEMORY: /* of what a header may take */
        return NET_TOO_MUCH;
    default:
        return NET_SYSTEM;
    }
}

/* libcurl says little of a handshake that failed. */
static bool examine_handshake(struct http *http)
{
    struct handshake handshake = {.host = http->url.host,
                                  .port = http->url.port,
                                  .addresses = &http->addresses,
                                  .proxy = http->proxy.url,
                                  .ca_file = http->request->ca_file,
                                  .cancel = http->cancel,
                                  .deadline = http->deadline};

    return handshake_examine(&handshake, &http->answer->tls, &http->answer->failure);
}

static void explain(struct http *http, CURLcode code)
{
    struct token_answer *answer = http->answer;
    const char *words = http->error[0] ? http->error : curl_easy_strerror(code);
    enum net_reason reason = reason_of(code);
    char clean[sizeof answer->failure.text];
    long os_error = 0;

    if (code == CURLE_PROXY)
        answer->phase = TOKEN_CONNECT;
    curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &os_error);
    /* They may be of what the server said. */
    scrub_copy(http->request->hidden, clean, sizeof clean, words, strlen(words));
    if (http->body->overflowed || http->header_bytes > HEADERS_MAX)
        net_fail(&answer->failure, NET_TOO_MUCH, 0, NULL);
    else if (answer->phase == TOKEN_CONNECT && proxy_status(http) >= 300)
        net_fail(&answer->failure, NET_REFUSED, (int)proxy_status(http),
                 "CONNECT: HTTP %ld", proxy_status(http));
    else if (answer->phase == TOKEN_TLS && examine_handshake(http))
        return;
    else if (reason == NET_CLOSED && os_error)
        net_fail_errno(&answer->failure, (int)os_error);
    else
        net_fail(&answer->failure, reason, (int)code, "%s", clean);
}

static bool run(struct http *http)
{
    CURLcode result = CURLE_OK;

    set_transport(http);
    set_proxy(http);
    set_exchange(http);
    if (!resolve_and_connect(http) || !transfer(http, &result))
        return false;
    if (result != CURLE_OK) {
        explain(http, result);
        return false;
    }
    read_answer(http);
    end_phase(http, clock_now_us() - http->began_us);
    return true;
}

bool http_perform(const struct http_request *request, const struct cancel *cancel,
                  token_progress *progress, void *closure, struct token_answer *answer,
                  struct buf *body)
{
    struct http http = {.request = request,
                        .cancel = cancel,
                        .progress = progress,
                        .closure = closure,
                        .answer = answer,
                        .body = body,
                        .fd = -1,
                        .trust = {.fd = -1}};
    bool answered;

    answer->retry_after_s = -1;
    text_copy_safe(answer->url, sizeof answer->url, request->url, strlen(request->url));
    http_start();
    if (!url_parse(request->url, &http.url, NULL))
        return net_fail(&answer->failure, NET_SYSTEM, 0, "%s", "URL");
    proxy_choose(request->proxy, http.url.host, &http.proxy);
    http.easy = curl_easy_init();
    http.multi = curl_multi_init();
    if (!http.easy || !http.multi)
        abort();
    answered = run(&http);
    curl_multi_remove_handle(http.multi, http.easy);
    curl_easy_cleanup(http.easy);
    curl_multi_cleanup(http.multi);
    curl_slist_free_all(http.headers);
    curl_slist_free_all(http.resolve);
    trust_file_close(&http.trust);
    if (http.fd >= 0)
        close(http.fd);
    proxy_free(&http.proxy);
    url_free(&http.url);
    return answered;
}
