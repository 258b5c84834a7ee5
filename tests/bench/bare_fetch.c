/*
 * bare_fetch HOST PORT CA_FILE USER PASSWORD: one UID FETCH 1:* (UID BODY.PEEK[]) over
 * TLS, thrown away as it comes: what server, TLS and loopback take by themselves.
 * Prints how many messages and bytes came.
 */
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

static char bytes[CHUNK + 1];
static gnutls_session_t tls;

static void must(int condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bare_fetch: %s\n", what);
    exit(EXIT_FAILURE);
}

static int dial(const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int fd = -1;

    must(getaddrinfo(host, port, &hints, &list) == 0, "no such host");
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen)) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    must(fd >= 0, "no connection");
    return fd;
}

static void start_tls(int fd, const char *host, const char *ca_file)
{
    gnutls_certificate_credentials_t credentials;

    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_certificate_set_x509_trust_file(credentials, ca_file, GNUTLS_X509_FMT_PEM);
    gnutls_init(&tls, GNUTLS_CLIENT);
    gnutls_set_default_priority(tls);
    gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_session_set_verify_cert(tls, host, 0);
    gnutls_transport_set_int(tls, fd);
    must(gnutls_handshake(tls) == 0, "no TLS");
}

static size_t hear(char *into, size_t size)
{
    ssize_t got;

    do
        got = gnutls_record_recv(tls, into, size);
    while (got == GNUTLS_E_INTERRUPTED || got == GNUTLS_E_AGAIN);
    must(got > 0, "the server is gone");
    return (size_t)got;
}

static void say(const char *line)
{
    must(gnutls_record_send(tls, line, strlen(line)) > 0, "the server is gone");
}

/* Reads up to the line "TAG OK"; the end of a message may look like it only by intent.
 * The last bytes of a chunk are kept, for a line that is cut in two. */
static void hear_answer(const char *tag, unsigned long *messages, unsigned long *total)
{
    static const char fetched[] = " FETCH (UID ";
    size_t kept = 0;
    char end[32];

    snprintf(end, sizeof end, "\r\n%s OK", tag);
    for (;;) {
        size_t got = hear(bytes + kept, CHUNK - kept), length = kept + got;

        *total += got;
        bytes[length] = '\0';
        for (const char *at = bytes;
             (at = memmem(at, length - (size_t)(at - bytes), fetched, 12)); at += 12)
            ++*messages;
        if (memmem(bytes, length, end, strlen(end)))
            return;
        kept = length < 11 ? length : 11;
        memmove(bytes, bytes + length - kept, kept);
    }
}

int main(int argc, char **argv)
{
    unsigned long messages = 0, total = 0, ignored = 0;
    char line[512];

    must(argc == 6, "usage: bare_fetch HOST PORT CA_FILE USER PASSWORD");
    start_tls(dial(argv[1], argv[2]), argv[1], argv[3]);
    hear(bytes, CHUNK);
    snprintf(line, sizeof line, "a LOGIN \"%s\" \"%s\"\r\n", argv[4], argv[5]);
    say(line);
    hear(bytes, CHUNK);
    say("b SELECT INBOX\r\n");
    hear_answer("b", &ignored, &ignored);
    say("c UID FETCH 1:* (UID BODY.PEEK[])\r\n");
    hear_answer("c", &messages, &total);
    printf("%lu %lu\n", messages, total);
    return EXIT_SUCCESS;
}
