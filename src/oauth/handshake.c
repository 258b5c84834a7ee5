#include "oauth/handshake.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/stream.h"

enum { TURN_MS = 1000 };

#define VERIFY_PROFILE GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM)

static bool wait_a_turn(CURLM *multi, const struct handshake *handshake)
{
    struct curl_waitfd cancelled = {.fd = handshake->cancel->fd,
                                    .events = CURL_WAIT_POLLIN};
    int64_t left = handshake->deadline - clock_now_ms();

    if (left <= 0 || cancel_fired(handshake->cancel))
        return false;
    curl_multi_poll(multi, &cancelled, 1, left < TURN_MS ? (int)left : TURN_MS, NULL);
    return true;
}

/* A socket through the proxy up to the endpoint; -1 when there is none.  libcurl knows
 * the proxies' ways; what it connects stays ours as a copy of its descriptor. */
static int open_tunnel(const struct handshake *handshake)
{
    char *url = mem_format("http://%s:%d/", handshake->host, handshake->port);
    CURL *easy = curl_easy_init();
    CURLM *multi = curl_multi_init();
    curl_socket_t socket = CURL_SOCKET_BAD;
    int running = 1, fd = -1;

    if (!easy || !multi)
        abort();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, handshake->proxy);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_multi_add_handle(multi, easy);
    do {
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            break;
    } while (running && wait_a_turn(multi, handshake));
    if (!running && curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK &&
        socket != CURL_SOCKET_BAD)
        fd = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    free(url);
    return fd;
}

bool handshake_examine(const struct handshake *handshake, struct tls_facts *facts,
                       struct net_failure *failure)
{
    const struct dial_address *used;
    struct net_failure ignored;
    struct stream *stream;
    struct tls_trust *trust = tls_trust_load(handshake->ca_file, &ignored);
    bool failed = false;
    int fd;

    if (!trust) {
        *failure = ignored;
        return true;
    }
    fd = handshake->proxy ? open_tunnel(handshake)
                          : dial_connect(handshake->addresses, handshake->cancel,
                                         handshake->deadline, &used, &ignored);
    if (fd >= 0) {
        stream = stream_new(fd, handshake->cancel);
        stream_set_deadline(stream, handshake->deadline);
        failed = !stream_start_tls(stream, trust, handshake->host, facts);
        if (failed)
            *failure = *stream_failure(stream);
        stream_free(&stream);
    }
    tls_trust_free(&trust);
    return failed;
}

bool handshake_is_strong(gnutls_session_t session, const char *host)
{
    unsigned status = 0;

    gnutls_session_set_verify_cert(session, host, VERIFY_PROFILE);
    return gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
}
