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
#define SESSION_BUDGET (256 * 1024)

enum session_result { RESULT_NONE, RESULT_OK, RESULT_NO, RESULT_BAD };

struct imap_session {
    struct wire wire;
    mailimap *etpan;
    int timeout_ms;

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

/* `parsed`: whoever read the answer understood it. */
enum imap_status session_finish(struct imap_session *session, bool parsed);

/* Begins a command line with the next tag; the caller adds the rest and CR LF. */
void session_add_tag(struct imap_session *session, struct buf *line);

/* Is this the tagged line that ends the command under way? */
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
