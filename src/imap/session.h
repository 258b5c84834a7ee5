/*
 * One IMAP session (RFC 3501) over net/stream, on libetpan.
 *
 * AUTHENTICATE is ours: the server's SASL challenge, the response code of a refusal and
 * the text of a BYE are kept, because they are what the diagnosis lives on.  libetpan
 * parses the rest, over our stream as its driver.  One thread at a time; a session ends
 * with its first stream failure.  Every command has the stream's deadline, set anew by
 * each call here from the time-out given to imap_session_open.
 */
#ifndef LETTERBOX_IMAP_SESSION_H
#define LETTERBOX_IMAP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/secret.h"
#include "net/stream.h"

struct imap_session;

enum imap_status {
    IMAP_OK,
    IMAP_NO,      /* the server said NO: see imap_answer */
    IMAP_BAD,     /* the server said BAD */
    IMAP_BYE,     /* the server ended the session: text in imap_answer */
    IMAP_GARBLED, /* the answer is no IMAP */
    IMAP_STREAM,  /* the connection failed: see imap_session_failure */
    IMAP_UNABLE,  /* the server does not have what is needed; nothing was sent */
};

/* The server's words for the last command, safe for a terminal. */
struct imap_answer {
    char code[64];  /* response code without brackets: "AUTHENTICATIONFAILED"; or "" */
    char text[512]; /* behind the code */
    char challenge[1024]; /* decoded SASL error challenge (JSON as a rule); or "" */
    char bye[256];        /* text of an untagged BYE; or "" */
    char alert[256]; /* an untagged NO, BAD or [ALERT] on the way, its code included */
};

enum imap_mechanism {
    IMAP_MECHANISM_NONE,
    IMAP_XOAUTH2,     /* Google's and Microsoft's; the target mailbox's address as user */
    IMAP_OAUTHBEARER, /* RFC 7628 */
    IMAP_PLAIN,       /* RFC 4616 */
    IMAP_LOGIN,       /* the LOGIN command; only for ASCII without CR, LF, NUL */
};

enum imap_capability {
    IMAP_CAN_SASL_IR = 1 << 0,
    IMAP_CAN_XOAUTH2 = 1 << 1,
    IMAP_CAN_OAUTHBEARER = 1 << 2,
    IMAP_CAN_PLAIN = 1 << 3,
    IMAP_CAN_LOGIN_DISABLED = 1 << 4,
    IMAP_CAN_STARTTLS = 1 << 5,
    IMAP_CAN_IDLE = 1 << 6,
    IMAP_CAN_MOVE = 1 << 7,
    IMAP_CAN_UIDPLUS = 1 << 8,
    IMAP_CAN_ID = 1 << 9,
    IMAP_CAN_LITERAL_PLUS = 1 << 10,
};

/* Reads the greeting.  Takes the stream, also on failure.  *status tells how it went; the
 * session is returned in every case, so that its answer and failure can be read.  What
 * the server says is kept without `known` (may be NULL), which it may have from another
 * connection, and without what imap_session_authenticate sends it. */
struct imap_session *imap_session_open(struct stream *stream, int timeout_ms,
                                       const struct secret *known,
                                       enum imap_status *status);
/* Says LOGOUT within a short deadline when the connection is sound, then frees. */
void imap_session_free(struct imap_session **session);

const struct imap_answer *imap_session_answer(const struct imap_session *session);
const struct net_failure *imap_session_failure(const struct imap_session *session);
struct stream *imap_session_stream(struct imap_session *session);
const char *imap_session_greeting(
    const struct imap_session *session); /* its text, safe, "" when none; one that
                                            logs in begins with "PREAUTH" */

/* STARTTLS (RFC 2595), then the handshake.  What was buffered before it is NET_INJECTED;
 * capabilities learnt before it are forgotten. */
enum imap_status imap_session_starttls(struct imap_session *session,
                                       const struct tls_trust *trust, const char *host,
                                       struct tls_facts *facts);

/* Bits of enum imap_capability.  Asks the server only when neither greeting nor login
 * told: that saves a round trip.  The list as the server wrote it is in *line when not
 * NULL. */
enum imap_status imap_session_capabilities(struct imap_session *session, unsigned *bits,
                                           const char **line);

/* The list of the server that is logged in to: as the login answer told it, else as asked
 * now, for at most `timeout_ms`; NULL when it does not tell.  A server that lets the time
 * pass breaks the session, so it is asked last. */
const char *imap_session_login_capabilities(struct imap_session *session, int timeout_ms);

/* The mechanism to use: for a token XOAUTH2 or OAUTHBEARER as offered (OAUTHBEARER first,
 * but XOAUTH2 for Exchange and Gmail, which offer nothing else); for a password PLAIN,
 * else LOGIN unless disabled.  NONE when nothing fits. */
enum imap_mechanism imap_choose_mechanism(unsigned capabilities, bool have_token);
const char *imap_mechanism_name(enum imap_mechanism mechanism);

/* Initial response only with SASL-IR, as far as the capabilities are known.  host and
 * port are for OAUTHBEARER.  What the server says is kept without the credential, should
 * it echo it.  IMAP_UNABLE, with nothing sent: no TLS, a server that began with PREAUTH,
 * or values that the mechanism cannot carry (control characters; for LOGIN all but
 * ASCII). */
enum imap_status imap_session_authenticate(struct imap_session *session,
                                           enum imap_mechanism mechanism,
                                           const char *user,
                                           const struct secret *credential,
                                           const char *host, int port);

struct imap_folder {
    uint32_t exists;
    uint32_t uid_validity;
    uint32_t uid_next;
    bool read_only;
};

/* EXAMINE: nothing in the mailbox changes.  The name is UTF-8; the wire's modified UTF-7
 * is made here (RFC 3501 5.1.3). */
enum imap_status imap_session_examine(struct imap_session *session, const char *folder,
                                      struct imap_folder *opened);
enum imap_status imap_session_select(struct imap_session *session, const char *folder,
                                     struct imap_folder *opened);

/* Folder names as UTF-8, at most `max`, for "did you mean"; the caller's (argv_free). */
enum imap_status imap_session_list(struct imap_session *session, size_t max,
                                   char ***names);

struct imap_uids {
    uint32_t *items; /* ascending; free() */
    size_t count;
};

/* UID SEARCH UNSEEN. */
enum imap_status imap_session_search_unseen(struct imap_session *session,
                                            struct imap_uids *uids);

struct imap_preview {
    uint32_t uid;
    char subject[160]; /* RFC 2047 decoded, safe for a terminal */
    char from[160];
    time_t date; /* INTERNALDATE; 0 when the server gave none */
};

/* Subject, From and date of these messages, in the order given; returns how many in
 * *count. */
enum imap_status imap_session_previews(struct imap_session *session, const uint32_t *uids,
                                       size_t wanted, struct imap_preview *previews,
                                       size_t *count);

/* Called with the message as it comes, byte for byte, in chunks; false breaks the session
 * (IMAP_STREAM, NET_CANCELLED). */
typedef bool imap_body_sink(void *closure, const char *bytes, size_t length);

struct imap_message {
    uint32_t uid;
    uint64_t size;        /* RFC822.SIZE */
    char message_id[256]; /* with its angle brackets, safe; "" when none */
    bool seen;
};

/* Size, Message-ID and \Seen of messages, before they are fetched; those that are there,
 * in the order asked for. */
enum imap_status imap_session_describe(struct imap_session *session, const uint32_t *uids,
                                       size_t count, struct imap_message *messages,
                                       size_t *found);

/* UID FETCH BODY.PEEK[]: streams one message; memory does not grow with its size.  A
 * message that is gone is IMAP_NO with code "GONE"; one of more than max_bytes breaks the
 * session (NET_TOO_MUCH).  The time-out counts anew with every 64 KiB.  Only IMAP_OK
 * means that the sink has all of it. */
enum imap_status imap_session_fetch(struct imap_session *session, uint32_t uid,
                                    uint64_t max_bytes, imap_body_sink *sink,
                                    void *closure);

#define IMAP_SET_MAX 256 /* messages that one command is about */

/* Who takes the messages: in any order, some perhaps not at all, and what nobody asked
 * for too. */
struct imap_fetch_sink {
    /* A message comes; uid is 0 when the server tells it behind the message.  false: it
     * is passed over. */
    bool (*begin)(void *closure, uint32_t uid);
    imap_body_sink *bytes; /* as with imap_session_fetch */
    /* It is whole; uid is 0 when it was not told at all.  false breaks the session. */
    bool (*end)(void *closure, uint32_t uid);
};

/* Commands sent ahead, at most one of each: the server is at work on them while we do
 * something else.  Until their answers are read no other call is made (LOGOUT is left out
 * then).  false when the session is over, which the read tells too. */
bool imap_session_send_fetch(struct imap_session *session, const uint32_t *uids,
                             size_t count);
bool imap_session_send_describe(struct imap_session *session, const uint32_t *uids,
                                size_t count);

/* Both answers, which the server may mix.  The time-out counts anew with each message
 * that the sink takes, every 64 KiB of one, and every 64 descriptions. */
struct imap_ahead {
    const struct imap_fetch_sink *sink; /* NULL when no message was asked for */
    void *closure;
    uint64_t max_bytes; /* of one message, and */
    uint64_t all_bytes; /* of all of them (NET_TOO_MUCH) */

    const uint32_t *uids; /* the descriptions that were asked for */
    size_t count;
    struct imap_message *messages; /* gets those that are there, in that order… */
    size_t found;                  /* …so many */

    enum imap_status fetched, described; /* IMAP_OK for what was not sent */
};
void imap_session_read_ahead(struct imap_session *session, struct imap_ahead *ahead);

/* Of at most IMAP_SET_MAX messages, by one command; UIDs that are not there are passed
 * over by the server. */
enum imap_status imap_session_mark_seen(struct imap_session *session,
                                        const uint32_t *uids, size_t count);
/* Does the server have MOVE?  Asks when only the greeting told. */
bool imap_session_can_move(struct imap_session *session);
/* MOVE (RFC 6851); IMAP_UNABLE where the server does not have it.  A missing folder is
 * IMAP_NO with code TRYCREATE, here and in copy; both may take four time-outs. */
enum imap_status imap_session_move(struct imap_session *session, const uint32_t *uids,
                                   size_t count, const char *folder);
enum imap_status imap_session_copy(struct imap_session *session, const uint32_t *uids,
                                   size_t count, const char *folder);
/* \Deleted and UID EXPUNGE (RFC 4315); without UIDPLUS the last is left out, never a
 * plain EXPUNGE. */
enum imap_status imap_session_delete(struct imap_session *session, const uint32_t *uids,
                                     size_t count);
enum imap_status imap_session_create(struct imap_session *session, const char *folder);

/* IDLE (RFC 2177) until the server says something of messages (true in *news), `until_ms`
 * (clock_now_ms) passes, the descriptor `sooner` (-1: none) is readable, or the cancel
 * fires (IMAP_STREAM, NET_CANCELLED; the session stays usable for LOGOUT).  A new message
 * that was told of in the answer to another command, after the last search began, is news
 * at once: no server tells of it again. */
enum imap_status imap_session_idle(struct imap_session *session, int64_t until_ms,
                                   int sooner, bool *news);
enum imap_status imap_session_noop(struct imap_session *session, bool *news);

/* Has the server told of a new message since the last search began, and nobody heard of
 * it yet? */
bool imap_session_has_news(const struct imap_session *session);

#endif
