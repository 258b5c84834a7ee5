#include "protocol/imap/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "base/clock.h"
#include "net/dial.h"

long talk_peak_memory(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
#endif
}

void talk_connect(struct talk *talk, const struct server_step *script, bool tls)
{
    struct dial_addresses addresses;
    const struct dial_address *used;
    struct net_failure failure;
    struct tls_facts facts;
    int64_t deadline = clock_now_ms() + TALK_TIMEOUT_MS;
    int fd;

    *talk = (struct talk){.server = server_start(script)};
    assert_true(cancel_init(&talk->cancel));
    talk->trust = tls_trust_load(certs_ca_file(), &failure);
    assert_non_null(talk->trust);
    assert_true(dial_resolve("127.0.0.1", server_port(talk->server), &talk->cancel,
                             deadline, &addresses, &failure));
    fd = dial_connect(&addresses, &talk->cancel, deadline, &used, &failure);
    assert_true(fd >= 0);
    talk->stream = stream_new(fd, &talk->cancel);
    stream_set_deadline(talk->stream, clock_now_ms() + TALK_TIMEOUT_MS);
    if (tls)
        assert_true(stream_start_tls(talk->stream, talk->trust, "localhost", &facts));
}

void talk_open(struct talk *talk, const struct server_step *script, int timeout_ms)
{
    talk_connect(talk, script, script[0].action == SERVER_DO_TLS);
    talk->session = imap_session_open(talk->stream, timeout_ms, NULL, &talk->greeted);
    talk->stream = NULL;
}

void talk_log_in(struct talk *talk, const struct server_step *script)
{
    talk_open(talk, script, TALK_TIMEOUT_MS);
    assert_int_equal(talk->greeted, IMAP_OK);
    assert_int_equal(talk_authenticate(talk, IMAP_PLAIN, "user", "password"), IMAP_OK);
}

enum imap_status talk_authenticate(struct talk *talk, enum imap_mechanism mechanism,
                                   const char *user, const char *credential)
{
    struct secret *secret = secret_new(credential, strlen(credential));
    enum imap_status status = imap_session_authenticate(
        talk->session, mechanism, user, secret, "localhost", server_port(talk->server));

    secret_free(&secret);
    return status;
}

const struct imap_answer *talk_answer(const struct talk *talk)
{
    return imap_session_answer(talk->session);
}

enum net_reason talk_reason(const struct talk *talk)
{
    return imap_session_failure(talk->session)->reason;
}

void talk_end(struct talk *talk)
{
    imap_session_free(&talk->session);
    stream_free(&talk->stream);
    tls_trust_free(&talk->trust);
    cancel_close(&talk->cancel);
    server_stop(&talk->server);
}
