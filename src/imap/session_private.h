/*
 * What the sources of imap/session.h share; nobody else includes it.
 *
 * A command is session_begin, then either our own exchange (session_run) or libetpan's,
 * then session_finish, which says how it went from what the wire saw pass.
 */
#ifndef LETTERBOX_IMAP_SESSION_PRIVATE_H
#define LETTERBOX_IMAP_SESSION_PRIVATE_H

#include <libetpan/mailimap.h>

#include "base/scrub.h"
#include "imap/session.h"
#include "imap/wire.h"

/* What a server may send in answer to an ordinary command. */
#define SESSION_BUDGET    (256 * 1024)

#define SESSION_AHEAD_MAX 2

enum session_result { RESULT_NONE, RESULT_OK, RESULT_NO, RESULT_BAD };

/* What a command that was sent ahead is for. */
enum session_errand { ERRAND_FETCH, ERRAND_DESCRIBE };

struct imap_session {
    struct wire wire;
    mailimap *etpan;
    int timeout_ms;

    /* Commands that were sent ahead: a server may work on them side by side, mix their
     * answers and end them in any order (RFC 3501 5.5; Dovecot does). */
    struct {
        enum session_errand errand;
        uint32_t tag;
        enum session_result result; /* once it is answered */
    } ahead[SESSION_AHEAD_MAX];
    size_t ahead_count;
    bool reads_ahead;

    /* Of the command under way. */
    struct imap_answer answer;
    enum session_result result; /* of its tagged line */

    struct scrub *hidden; /* of all that comes back: the credential, the SASL line */

    struct net_failure stopped; /* of an IDLE that was cancelled; NET_OK else */

    uint32_t exists; /* messages in the folder, as the server told last */
    bool has_news;   /* they became more, and nobody was told or has searched since */

    bool said_bye;
    bool ended; /* nothing may be sent any more */
    bool is_preauthenticated;
    bool is_logged_in;
    bool told_since_login; /* the capabilities are not older than the last login */
    bool knows_capabilities;
    unsigned capabilities;
    char capability_line[1024];
    char greeting[512];
};

/* false when the session is over: then session_finish says why. */
bool session_begin(struct imap_session *session, uint64_t budget);

/* Sends a command (without tag and CR LF) whose answer is read later; false when the
 * session is over or too much is on its way. */
bool session_send_ahead(struct imap_session *session, enum session_errand errand,
                        const char *command);
/* Instead of session_begin: turns to the answers of what was sent ahead. */
bool session_begin_ahead(struct imap_session *session, uint64_t budget);
/* Notes the tagged line that has just come; true when it was the last of them. */
bool session_end_one(struct imap_session *session, const char *line);
/* Instead of session_finish: how each errand went, IMAP_OK for one that nobody sent. */
void session_finish_ahead(struct imap_session *session, bool parsed,
                          enum imap_status *fetched, enum imap_status *described);

/* "5,7:9": the UIDs in that order, three or more in a row as a range. */
void session_add_set(struct buf *line, const uint32_t *uids, size_t count);

/* `parsed`: whoever read the answer understood it. */
enum imap_status session_finish(struct imap_session *session, bool parsed);

/* Begins a command line with the next tag; the caller adds the rest and CR LF. */
void session_add_tag(struct imap_session *session, struct buf *line);

/* Is this the tagged line that ends the command under way (one of those sent ahead)? */
bool session_is_tagged(const struct imap_session *session, const char *line);

/* Called with each untagged line. */
typedef void session_line(void *closure, const char *line);

/* Sends `command` (without tag and CR LF) and reads to its tagged line; each (may be
 * NULL) sees what comes before. */
enum imap_status session_run(struct imap_session *session, uint64_t budget,
                             size_t line_max, session_line *each, void *closure,
                             const char *command);

/* Reads until the tagged line; false on failure. */
bool session_read_answer(struct imap_session *session, size_t line_max,
                         session_line *each, void *closure);

/* Does the logged-in server have it?  Asks when only the greeting told. */
bool session_can(struct imap_session *session, enum imap_capability capability);

/* Copies a server's words: safe, and without what is hidden. */
void session_keep_words(struct imap_session *session, char *out, size_t size,
                        const char *words, size_t length);

/* Adds a folder's name as a quoted string; false when it is no name. */
bool session_add_folder(struct buf *line, const char *folder);

#endif
