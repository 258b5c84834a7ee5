/* AUTHENTICATE and LOGIN: ours, because the server's reasons are in what libetpan throws
 * away. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "imap/names.h"
#include "imap/sasl.h"
#include "imap/session.h"
#include "imap/session_private.h"

#define CHALLENGES_MAX 8
#define LOGIN_LINE_MAX (8 * 1024)

static const struct {
    enum imap_mechanism mechanism;
    const char *name;
    const char *after_error; /* what the client says to an error challenge */
} mechanisms[] = {
    {IMAP_MECHANISM_NONE, "", ""},
    {IMAP_XOAUTH2, "XOAUTH2", ""},
    {IMAP_OAUTHBEARER, "OAUTHBEARER", "AQ=="}, /* RFC 7628 section 3.2.3 */
    {IMAP_PLAIN, "PLAIN", "*"},
    {IMAP_LOGIN, "LOGIN", ""},
};

const char *imap_mechanism_name(enum imap_mechanism mechanism)
{
    return mechanisms[mechanism].name;
}

enum imap_mechanism imap_choose_mechanism(unsigned capabilities, bool have_token)
{
    if (have_token) {
        if (capabilities & IMAP_CAN_OAUTHBEARER)
            return IMAP_OAUTHBEARER;
        return capabilities & IMAP_CAN_XOAUTH2 ? IMAP_XOAUTH2 : IMAP_MECHANISM_NONE;
    }
    if (capabilities & IMAP_CAN_PLAIN)
        return IMAP_PLAIN;
    return capabilities & IMAP_CAN_LOGIN_DISABLED ? IMAP_MECHANISM_NONE : IMAP_LOGIN;
}

static bool is_visible_ascii(const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

static void add_quoted(struct buf *line, const char *text)
{
    buf_add_char(line, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_add_char(line, '\\');
        buf_add_char(line, *text);
    }
    buf_add_char(line, '"');
}

bool session_add_folder(struct buf *line, const char *folder)
{
    struct buf wire;
    bool done;

    buf_init(&wire, NAMES_MAX);
    done = names_to_wire(folder, &wire);
    if (done)
        add_quoted(line, wire.data);
    buf_free(&wire);
    return done;
}

/* Takes the decoded challenge of a refusal; only the first counts. */
static void keep_challenge(struct imap_session *session, const char *line)
{
    struct imap_answer *answer = &session->answer;
    const char *coded = line + 1 + strspn(line + 1, " ");
    struct buf plain;

    if (answer->challenge[0] != '\0')
        return;
    buf_init_secret(&plain, SASL_LINE_MAX);
    if (!sasl_decode(coded, strlen(coded), &plain))
        buf_add_text(&plain, coded);
    session_keep_words(session, answer->challenge, sizeof answer->challenge, plain.data,
                       plain.length);
    buf_free(&plain);
}

/* One write: a line that is sent in two can take two round trips. */
static bool write_line(struct imap_session *session, const char *text)
{
    struct buf line;
    bool done;

    buf_init_secret(&line, SASL_LINE_MAX + 2);
    buf_add_text(&line, text);
    buf_add_text(&line, "\r\n");
    done = wire_write(&session->wire, line.data, line.length);
    buf_free(&line);
    return done;
}

/* From the command line to its tagged answer; `payload` still to be sent, or NULL when it
 * went as the initial response. */
static bool converse(struct imap_session *session, const char *payload,
                     const char *after_error)
{
    struct buf line;
    int64_t literal;
    bool tagged = false, sound = true;

    buf_init_secret(&line, WIRE_LINE_MAX);
    for (int challenges = 0; sound && !tagged;) {
        sound = wire_read_line(&session->wire, &line, &literal);
        if (!sound)
            break;
        tagged = session_is_tagged(session, line.data);
        if (line.data[0] != '+')
            continue; /* untagged lines may come at any time */
        if (payload) {
            sound = write_line(session, payload);
            payload = NULL;
            continue;
        }
        keep_challenge(session, line.data);
        sound = ++challenges <= CHALLENGES_MAX && write_line(session, after_error);
    }
    buf_free(&line);
    return tagged;
}

static bool make_payload(enum imap_mechanism mechanism, const char *user,
                         const struct secret *credential, const char *host, int port,
                         struct buf *out)
{
    switch (mechanism) {
    case IMAP_XOAUTH2:
        return sasl_xoauth2(user, credential, out);
    case IMAP_OAUTHBEARER:
        return sasl_oauthbearer(user, host, port, credential, out);
    case IMAP_PLAIN:
        return sasl_plain(user, credential, out);
    default:
        return false;
    }
}

static bool authenticate(struct imap_session *session, enum imap_mechanism mechanism,
                         const struct buf *payload)
{
    bool initial = session->capabilities & IMAP_CAN_SASL_IR;
    struct buf line;
    bool done;

    buf_init_secret(&line, SASL_LINE_MAX + 64);
    session_add_tag(session, &line);
    buf_add_format(&line, "AUTHENTICATE %s", imap_mechanism_name(mechanism));
    if (initial)
        buf_add_format(&line, " %s", payload->data);
    buf_add_text(&line, "\r\n");
    done = wire_write(&session->wire, line.data, line.length) &&
           converse(session, initial ? NULL : payload->data,
                    mechanisms[mechanism].after_error);
    buf_free(&line);
    return done;
}

static bool log_in(struct imap_session *session, const char *user,
                   const struct secret *password)
{
    struct buf line;
    bool done;

    buf_init_secret(&line, LOGIN_LINE_MAX);
    session_add_tag(session, &line);
    buf_add_text(&line, "LOGIN ");
    add_quoted(&line, user);
    buf_add_char(&line, ' ');
    add_quoted(&line, secret_bytes(password));
    buf_add_text(&line, "\r\n");
    done = !line.overflowed && wire_write(&session->wire, line.data, line.length) &&
           session_read_answer(session, WIRE_LINE_MAX, NULL, NULL);
    buf_free(&line);
    return done;
}

/* Before anything is sent: can these values go by this mechanism? */
static bool prepare(enum imap_mechanism mechanism, const char *user,
                    const struct secret *credential, const char *host, int port,
                    struct buf *payload)
{
    if (mechanism == IMAP_LOGIN)
        return is_visible_ascii(user) && is_visible_ascii(secret_bytes(credential)) &&
               strlen(user) + secret_length(credential) < LOGIN_LINE_MAX / 2 - 64;
    return make_payload(mechanism, user, credential, host, port, payload);
}

enum imap_status imap_session_authenticate(struct imap_session *session,
                                           enum imap_mechanism mechanism,
                                           const char *user,
                                           const struct secret *credential,
                                           const char *host, int port)
{
    struct stream *stream = session->wire.stream;
    struct buf payload;
    enum imap_status status = IMAP_UNABLE;
    bool done = false;

    session->answer = (struct imap_answer){.code = ""};
    buf_init_secret(&payload, SASL_LINE_MAX);
    if (session->is_preauthenticated || !stream_is_tls(stream) ||
        !prepare(mechanism, user, credential, host, port, &payload))
        goto done;
    scrub_hide(session->hidden, secret_bytes(credential), secret_length(credential));
    scrub_hide(session->hidden, payload.data, payload.length);
    session->told_since_login = false;
    stream_set_private(stream, true);
    if (session_begin(session, SESSION_BUDGET))
        done = mechanism == IMAP_LOGIN ? log_in(session, user, credential)
                                       : authenticate(session, mechanism, &payload);
    status = session_finish(session, done);
    stream_set_private(stream, false);
    if (status == IMAP_OK) {
        session->is_logged_in = true;
        session->etpan->imap_state = MAILIMAP_STATE_AUTHENTICATED;
    }
done:
    buf_free(&payload);
    return status;
}
