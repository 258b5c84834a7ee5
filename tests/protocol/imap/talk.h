/*
 * A client of the scripted server, for the tests of imap/: what stands between a script
 * and an open session, once.
 */
#ifndef LETTERBOX_TESTS_PROTOCOL_IMAP_TALK_H
#define LETTERBOX_TESTS_PROTOCOL_IMAP_TALK_H

#include <stdbool.h>

#include "imap/session.h"
#include "support/server/server.h"

#define TALK_TIMEOUT_MS 5000

#define TALK_GREETING                                                                    \
    SERVER_SAY("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 "             \
               "AUTH=OAUTHBEARER IDLE MOVE UIDPLUS] ready\r\n")
/* The script of a server that has logged somebody in. */
#define TALK_LOGGED_IN                                                                   \
    SERVER_TLS(CERT_GOOD), TALK_GREETING, SERVER_HEAR("* AUTHENTICATE PLAIN *"),         \
        SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS] in\r\n")
#define TALK_LOGOUT SERVER_HEAR("* LOGOUT"), SERVER_SAY("* BYE bye\r\n$TAG OK out\r\n")

/* Peak memory of the process in KiB, to see that it does not grow; 0 under a sanitizer,
 * which keeps freed memory for itself. */
long talk_peak_memory(void);

struct talk {
    struct server *server;
    struct cancel cancel;
    struct tls_trust *trust;
    struct stream *stream; /* NULL once the session has it */
    struct imap_session *session;
    enum imap_status greeted;
};

/* Connects; with TLS from the start when `tls`. */
void talk_connect(struct talk *talk, const struct server_step *script, bool tls);
/* And reads the greeting. */
void talk_open(struct talk *talk, const struct server_step *script, int timeout_ms);
/* And logs in by PLAIN: for scripts that begin with TALK_LOGGED_IN. */
void talk_log_in(struct talk *talk, const struct server_step *script);

enum imap_status talk_authenticate(struct talk *talk, enum imap_mechanism mechanism,
                                   const char *user, const char *credential);
const struct imap_answer *talk_answer(const struct talk *talk);
enum net_reason talk_reason(const struct talk *talk);

/* Frees the session and stops the server, which fails the test when the client left the
 * script. */
void talk_end(struct talk *talk);

#endif
