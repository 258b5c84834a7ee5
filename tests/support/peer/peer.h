/*
 * Another IMAP client at the same mailbox: it puts messages there, looks at what has
 * become of them, and does what other people's clients do.  It shares no code with
 * src/imap and src/net.  The server's certificate is not looked at.  Faults end the test.
 */
#ifndef LETTERBOX_TESTS_PEER_H
#define LETTERBOX_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;

struct peer_place {
    const char *host;
    int port; /* TLS from the start */
    const char *user, *password;
};

/* Logs in. */
struct peer *peer_open(const struct peer_place *place);
void peer_close(struct peer **peer); /* *peer may be NULL */

/* Sends a command; all that was answered, up to the tagged line and with it, until the
 * next call.  Anything but OK fails the test. */
const char *peer_ask(struct peer *peer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, but false when it is not OK; *answer may be NULL. */
bool peer_try(struct peer *peer, const char **answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* APPEND.  `flags` as "(\\Deleted)", or "" for none. */
void peer_append(struct peer *peer, const char *folder, const char *flags,
                 const char *bytes, size_t length);
bool peer_try_append(struct peer *peer, const char *folder, const char *flags,
                     const char *bytes, size_t length);
/* A message "Subject: SUBJECT" of one line. */
void peer_mail(struct peer *peer, const char *folder, const char *subject);
/* `count` messages of about `size` bytes each in one go (MULTIAPPEND), as many "SUBJECT
 * N" with a Message-ID each. */
void peer_mail_many(struct peer *peer, const char *folder, const char *flags,
                    const char *subject, unsigned count, size_t size);

/* How many messages of the folder, which is opened for it, a SEARCH finds ("ALL",
 * "UNSEEN", "SUBJECT x DELETED").  Its UID (the first's) in *uid, which may be NULL. */
unsigned peer_search(struct peer *peer, const char *folder, const char *what,
                     uint32_t *uid);
uint32_t peer_uid_validity(struct peer *peer, const char *folder);

/* The message as libcurl gets it from the server, over a connection of its own; the
 * caller's (free()). */
char *peer_fetch(const struct peer_place *place, const char *folder, uint32_t uid,
                 size_t *length);

#endif
