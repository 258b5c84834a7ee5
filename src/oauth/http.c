#include "oauth/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "net/dial.h"
#include "net/stream.h"
#include "oauth/proxy.h"

/* The bundle of Debian and of everyone who follows it.  libcurl's own default there is
 * the directory beside it, which takes ten times as long to read. */
#define SYSTEM_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

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
    CURL *easy;
    CURLM *multi;
    struct curl_slist *resolve, *headers;
    int bundle; /* memfd with the system's trust and ca_file; -1: none */
    char error[CURL_ERROR_SIZE];
    int64_t began_us, deadline;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

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

/* Headers */

static size_t on_header(char *bytes, size_t size, size_t count, void *closure)
{
    struct token_answer *answer = closure;
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
    size_t length = size * count, trimmed = length;

    while (trimmed && strchr("\r\n ", bytes[trimmed - 1]))
        trimmed--;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        size_t skip = strlen(wanted[i].name);
        if (trimmed < skip || strncasecmp(bytes, wanted[i].name, skip) != 0)
            continue;
        while (skip < trimmed && bytes[skip] == ' ')
            skip++;
        text_copy_safe(wanted[i].slot, wanted[i].size, bytes + skip, trimmed - skip);
    }
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *closure)
{
    return buf_add(closure, bytes, size * count) ? size * count : 0;
}

static void read_clock(struct token_answer *answer)
{
    time_t server = answer->server_date[0] ? curl_getdate(answer->server_date, NULL) : -1;

    if (server > 0)
        answer->clock_skew_s = (int64_t)server - (int64_t)time(NULL);
}

/* Setting up */

static bool copy_file(int to, const char *path)
{
    char chunk[16 * 1024];
    ssize_t got = -1;
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    while (from >= 0 && (got = read(from, chunk, sizeof chunk)) > 0)
        if (write(to, chunk, (size_t)got) != got)
            break;
    if (from >= 0)
        close(from);
    return got == 0;
}

/* libcurl takes one bundle: the system's and ca_file, one behind the other.  Where the
 * system has none, ca_file stands beside libcurl's own directory. */
static void use_trust(struct http *http)
{
    const char *ca_file = http->request->ca_file;
    bool own = ca_file && ca_file[0];
    char path[64];

    if (access(SYSTEM_BUNDLE, R_OK) != 0) {
        if (own)
            curl_easy_setopt(http->easy, CURLOPT_CAINFO, ca_file);
        return;
    }
    curl_easy_setopt(http->easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(http->easy, CURLOPT_CAINFO, SYSTEM_BUNDLE);
    if (!own)
        return;
    http->bundle = memfd_create("letterbox-trust", MFD_CLOEXEC);
    if (http->bundle >= 0 && copy_file(http->bundle, SYSTEM_BUNDLE) &&
        write(http->bundle, "\n", 1) == 1 && copy_file(http->bundle, ca_file)) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", http->bundle);
        curl_easy_setopt(http->easy, CURLOPT_CAINFO, path);
    }
}

static void use_proxy(struct http *http)
{
    struct token_answer *answer = http->answer;

    curl_easy_setopt(http->easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(http->easy, CURLOPT_PROXY, http->proxy.url ? http->proxy.url : "");
    if (!http->proxy.url)
        return;
    snprintf(answer->proxy, sizeof answer->proxy, "%s:%d", http->proxy.host,
             http->proxy.port);
    answer->proxy_from_environment = http->proxy.from_environment;
}

static void set_options(struct http *http)
{
    const struct http_request *request = http->request;
    CURL *easy = http->easy;

    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "letterbox/" LETTERBOX_VERSION);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http->answer);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http->body);
    if (request->form) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->form));
    }
    http->headers = curl_slist_append(NULL, "Accept: application/json");
    if (request->authorization && request->authorization[0]) {
        char *header = mem_format("Authorization: %s", request->authorization);
        http->headers = curl_slist_append(http->headers, header);
        secret_wipe(header, strlen(header));
        free(header);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
    use_trust(http);
    use_proxy(http);
}

/* Our own resolver answers, so that neither a cancel nor a deadline waits for
 * getaddrinfo. */
static bool resolve(struct http *http)
{
    const char *host = http->proxy.url ? http->proxy.host : http->url.host;
    int port = http->proxy.url ? http->proxy.port : http->url.port;
    struct dial_addresses found;
    struct buf entry;

    begin_phase(http, TOKEN_RESOLVE);
    text_copy_safe(http->answer->host, sizeof http->answer->host, host, strlen(host));
    if (!dial_resolve(host, port, http->cancel, http->deadline, &found,
                      &http->answer->failure))
        return false;
    buf_init(&entry, 4096);
    buf_add_format(&entry, "%s:%d:", host, port);
    for (size_t i = 0; i < found.count; i++)
        buf_add_format(&entry, strchr(found.items[i].text, ':') ? "%s[%s]" : "%s%s",
                       i ? "," : "", found.items[i].text);
    http->resolve = curl_slist_append(NULL, entry.data);
    curl_easy_setopt(http->easy, CURLOPT_RESOLVE, http->resolve);
    buf_free(&entry);
    end_phase(http, clock_now_us() - http->began_us);
    return true;
}

/* Running */

/* When the transfer came past this point, in µs since it began; 0: not yet. */
static int64_t passed(struct http *http, CURLINFO info)
{
    curl_off_t when = 0;

    return curl_easy_getinfo(http->easy, info, &when) == CURLE_OK ? (int64_t)when : 0;
}

static void note_address(struct http *http)
{
    char *address = NULL;

    if (curl_easy_getinfo(http->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK &&
        address)
        text_copy_safe(http->answer->address, sizeof http->answer->address, address,
                       strlen(address));
}

static void note_tls(struct http *http)
{
    struct curl_tlssessioninfo *info = NULL;

    if (curl_easy_getinfo(http->easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK && info &&
        info->backend == CURLSSLBACKEND_GNUTLS && info->internals)
        tls_examine(info->internals, 0, http->url.host, &http->answer->tls,
                    &(struct net_failure){0});
}

/* Phases end as libcurl passes them.  The times are libcurl's: one call may pass several.
 */
static void follow_phases(struct http *http)
{
    int64_t connected = passed(http, CURLINFO_CONNECT_TIME_T);
    int64_t shaken = passed(http, CURLINFO_APPCONNECT_TIME_T);

    if (http->answer->phase == TOKEN_CONNECT && connected) {
        note_address(http);
        end_phase(http, connected);
        begin_phase(http, TOKEN_TLS);
    }
    if (http->answer->phase == TOKEN_TLS && shaken) {
        note_tls(http);
        end_phase(http, shaken - connected);
        begin_phase(http, TOKEN_REQUEST);
    }
}

/* Waits for libcurl's descriptors or the cancel; false when the phase must end. */
static bool wait_for_more(struct http *http)
{
    struct curl_waitfd cancelled = {.fd = http->cancel->fd, .events = CURL_WAIT_POLLIN};
    int64_t left = http->deadline - clock_now_ms();

    if (left <= 0)
        return net_fail(&http->answer->failure, NET_TIMED_OUT, 0, NULL);
    curl_multi_poll(http->multi, &cancelled, 1, left > 1000 ? 1000 : (int)left, NULL);
    if (cancel_fired(http->cancel))
        return net_fail(&http->answer->failure, NET_CANCELLED, 0, NULL);
    return true;
}

/* The result of the transfer; false when it was given up. */
static bool transfer(struct http *http, CURLcode *result)
{
    int running = 1, left;
    CURLMsg *message;

    begin_phase(http, TOKEN_CONNECT);
    curl_multi_add_handle(http->multi, http->easy);
    while (running) {
        if (curl_multi_perform(http->multi, &running) != CURLM_OK)
            return net_fail(&http->answer->failure, NET_SYSTEM, 0, "libcurl");
        follow_phases(http);
        if (running && !wait_for_more(http))
            return false;
    }
    while ((message = curl_multi_info_read(http->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            *result = message->data.result;
    return true;
}

/* Why it failed */

/* A handshake over our own stream, for the facts; true when it fails as libcurl's did. */
static bool shake_again(struct http *http, const struct tls_trust *trust,
                        int64_t deadline)
{
    const struct dial_address *used;
    struct dial_addresses found;
    struct net_failure failure = {0};
    struct stream *stream;
    bool shaken;
    int fd;

    if (!dial_resolve(http->url.host, http->url.port, http->cancel, deadline, &found,
                      &failure))
        return false;
    fd = dial_connect(&found, http->cancel, deadline, &used, &failure);
    if (fd < 0)
        return false;
    stream = stream_new(fd, http->cancel);
    stream_set_deadline(stream, deadline);
    shaken = stream_start_tls(stream, trust, http->url.host, &http->answer->tls);
    if (!shaken)
        http->answer->failure = *stream_failure(stream);
    stream_free(&stream);
    return !shaken;
}

/* libcurl says little of a handshake that failed.  One more over our own stream tells
 * which check it was and what the certificate says. */
static bool examine_handshake(struct http *http)
{
    struct tls_trust *trust;
    bool told;

    if (http->proxy.url)
        return false;
    trust = tls_trust_load(http->request->ca_file, &http->answer->failure);
    if (!trust)
        return true;
    told = shake_again(http, trust, clock_now_ms() + http->request->timeout_ms);
    tls_trust_free(&trust);
    return told;
}

static enum net_reason reason_of(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return NET_TLS_UNTRUSTED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_USE_SSL_FAILED:
        return NET_TLS_FAILED;
    case CURLE_SSL_CACERT_BADFILE:
        return NET_TLS_CA_FILE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return NET_NAME_UNKNOWN;
    case CURLE_OPERATION_TIMEDOUT:
        return NET_TIMED_OUT;
    case CURLE_GOT_NOTHING:
        return NET_CLOSED;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return NET_RESET;
    default:
        return NET_SYSTEM;
    }
}

static void explain(struct http *http, CURLcode code)
{
    struct net_failure *failure = &http->answer->failure;
    enum net_reason reason = reason_of(code);
    const char *words = http->error[0] ? http->error : curl_easy_strerror(code);
    long os_error = 0;

    if (http->body->overflowed) {
        net_fail(failure, NET_TOO_MUCH, 0, NULL);
    } else if (http->answer->phase == TOKEN_TLS && reason != NET_TIMED_OUT &&
               examine_handshake(http)) {
        return;
    } else if (code == CURLE_COULDNT_CONNECT &&
               curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &os_error) == CURLE_OK &&
               os_error) {
        net_fail_errno(failure, (int)os_error);
    } else if (code == CURLE_COULDNT_CONNECT) {
        net_fail(failure, NET_REFUSED, (int)code, "%s", words);
    } else {
        net_fail(failure, reason, (int)code, "%s", words);
    }
}

static bool run(struct http *http)
{
    CURLcode result = CURLE_OK;
    curl_off_t retry_after = 0;
    long status = 0;

    set_options(http);
    if (!resolve(http) || !transfer(http, &result))
        return false;
    if (result != CURLE_OK) {
        explain(http, result);
        return false;
    }
    follow_phases(http);
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    http->answer->http_status = (int)status;
    if (curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK &&
        retry_after > 0)
        http->answer->retry_after_s = retry_after < 86400 ? (int)retry_after : 86400;
    read_clock(http->answer);
    return true;
}

static void wipe_headers(struct curl_slist *list)
{
    for (struct curl_slist *at = list; at; at = at->next)
        secret_wipe(at->data, strlen(at->data));
    curl_slist_free_all(list);
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
                        .bundle = -1};
    bool answered = false;

    answer->retry_after_s = -1;
    if (!url_parse(request->url, &http.url, NULL))
        return net_fail(&answer->failure, NET_SYSTEM, 0, "%s", "URL");
    pthread_once(&curl_once, start_curl);
    proxy_choose(request->proxy, http.url.host, &http.proxy);
    http.easy = curl_easy_init();
    http.multi = curl_multi_init();
    if (!http.easy || !http.multi)
        abort();
    answered = run(&http);
    curl_multi_remove_handle(http.multi, http.easy);
    curl_easy_cleanup(http.easy);
    curl_multi_cleanup(http.multi);
    wipe_headers(http.headers);
    curl_slist_free_all(http.resolve);
    if (http.bundle >= 0)
        close(http.bundle);
    proxy_free(&http.proxy);
    url_free(&http.url);
    return answered;
}
