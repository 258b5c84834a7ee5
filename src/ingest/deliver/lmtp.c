/*
 * Delivery by LMTP (RFC 2033), to a socket of this machine or to HOST:PORT.
 *
 * One recipient, so one answer to each message.  The message goes in one BDAT chunk
 * (RFC 3030) where the server has CHUNKING, which keeps it byte for byte; else by DATA,
 * whose lines must end in CR LF.  libetpan's LMTP is not used: it takes a message as one
 * piece of memory (docs/decisions/0008-deliveries.md).
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ingest/deliver/deliver.h"
#include "ingest/deliver/spool.h"
#include "net/dial.h"
#include "net/stream.h"

#define ANSWER_BUDGET (64 * 1024) /* bytes a server may answer to one command */
#define LINE_SIZE     1024
#define CHUNK         (16 * 1024)

struct delivery {
    const struct deliver_target *target;
    const struct deliver_envelope *envelope;
    const struct cancel *cancel;
    int spool;
    uint64_t length;
    struct err why;
};

/* The conversation of one message. */
struct talk {
    const struct delivery *delivery;
    struct stream *stream;
    char buffer[4096];
    size_t from, to;
    bool chunking, eight_bit, size;
    char said[LINE_SIZE]; /* the last line of the last answer, safe */
};

static const char *address_of(const struct deliver_target *target)
{
    return settings_text(target->settings, SET_INGEST_TARGET);
}

static const char *recipient_of(const struct delivery *delivery)
{
    const char *own = settings_text(delivery->target->settings, SET_INGEST_RECIPIENT);

    return own[0] ? own : delivery->envelope->user;
}

static bool lmtp_prepare(const struct deliver_target *target, struct err *err)
{
    const char *own = settings_text(target->settings, SET_INGEST_RECIPIENT);
    const char *user = settings_text(target->settings, SET_MAILBOX_USER);
    const char *recipient = own[0]    ? own
                            : user[0] ? user
                                      : settings_login(target->settings);

    return (strchr(recipient, '@') && !strpbrk(recipient, " <>\r\n\t")) ||
           err_set_key(err, ERR_SETTING, "ingest.recipient",
                       _("\"%s\" is no address that LMTP could deliver to: enter one."),
                       recipient);
}

static struct delivery *lmtp_begin(const struct deliver_target *target,
                                   const struct deliver_envelope *envelope,
                                   const struct cancel *cancel, struct err *err)
{
    int spool = spool_open(envelope->state_dir, err);
    struct delivery *delivery;

    if (spool < 0)
        return NULL;
    delivery = mem_new(1, sizeof *delivery);
    *delivery = (struct delivery){
        .target = target, .envelope = envelope, .cancel = cancel, .spool = spool};
    return delivery;
}

static bool lmtp_feed(struct delivery *delivery, const char *bytes, size_t length)
{
    delivery->length += length;
    return !err_is_set(&delivery->why) &&
           spool_add(delivery->spool, bytes, length, &delivery->why);
}

/* ---- Connecting -------------------------------------------------------------------- */

static bool unreachable(const struct talk *talk, const char *why, struct err *err)
{
    return err_set_key(err, ERR_RETRY, "ingest.target",
                       _("The LMTP server %s cannot be reached: %s"),
                       address_of(talk->delivery->target), why);
}

/* A socket of this machine answers at once or not at all. */
static int connect_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;

        close(fd);
        errno = error;
        fd = -1;
    }
    return fd;
}

static int connect_host(const struct talk *talk, struct net_failure *failure)
{
    const struct delivery *delivery = talk->delivery;
    const char *address = address_of(delivery->target);
    const char *colon = strrchr(address, ':');
    bool has_brackets = address[0] == '[' && colon > address && colon[-1] == ']';
    size_t length = colon ? (size_t)(colon - address) - 2 * has_brackets : 0;
    char *host = mem_copy_bytes(address + has_brackets, length);
    int port = colon ? (int)strtol(colon + 1, NULL, 10) : 0;
    int64_t deadline =
        clock_now_ms() + 1000LL * settings_number(delivery->target->settings,
                                                  SET_SERVER_TIMEOUT_SECONDS, 15);
    struct dial_addresses found;
    const struct dial_address *used;
    int fd = -1;

    if (dial_resolve(host, port, delivery->cancel, deadline, &found, failure))
        fd = dial_connect(&found, delivery->cancel, deadline, &used, failure);
    free(host);
    return fd;
}

static bool open_talk(struct talk *talk, struct err *err)
{
    const struct delivery *delivery = talk->delivery;
    const char *address = address_of(delivery->target);
    struct net_failure failure = {0};
    int fd = address[0] == '/' ? connect_path(address) : connect_host(talk, &failure);

    if (fd < 0)
        return unreachable(talk, address[0] == '/' ? strerror(errno) : failure.text, err);
    talk->stream = stream_new(fd, delivery->cancel);
    stream_set_deadline(talk->stream,
                        clock_now_ms() +
                            1000LL * settings_number(delivery->target->settings,
                                                     SET_INGEST_TIMEOUT_SECONDS, 120));
    return true;
}

/* ---- Talking ----------------------------------------------------------------------- */

static int next_byte(struct talk *talk)
{
    ssize_t got;

    if (talk->from == talk->to) {
        got = stream_read(talk->stream, talk->buffer, sizeof talk->buffer);
        if (got <= 0)
            return -1;
        talk->from = 0;
        talk->to = (size_t)got;
    }
    return (unsigned char)talk->buffer[talk->from++];
}

/* One line without its end; what does not fit is dropped. */
static bool read_line(struct talk *talk, char line[LINE_SIZE])
{
    size_t length = 0;
    int c;

    while ((c = next_byte(talk)) >= 0 && c != '\n')
        if (length + 1 < LINE_SIZE)
            line[length++] = (char)c;
    while (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return c >= 0;
}

static void note_extension(struct talk *talk, const char *word)
{
    talk->chunking = talk->chunking || strcasecmp(word, "CHUNKING") == 0;
    talk->eight_bit = talk->eight_bit || strcasecmp(word, "8BITMIME") == 0;
    talk->size = talk->size || strncasecmp(word, "SIZE", 4) == 0;
}

/* The code of an answer of one or many lines (RFC 5321 4.2); -1 when none came. */
static int read_answer(struct talk *talk)
{
    char line[LINE_SIZE];

    stream_set_budget(talk->stream, ANSWER_BUDGET);
    do {
        if (!read_line(talk, line) || strlen(line) < 3 ||
            !isdigit((unsigned char)line[0]))
            return -1;
        text_copy_safe(talk->said, sizeof talk->said, line, strlen(line));
        if (strlen(line) > 4)
            note_extension(talk, line + 4);
    } while (line[3] == '-');
    return (int)strtol(line, NULL, 10);
}

static int ask(struct talk *talk, const char *command)
{
    char *line = mem_format("%s\r\n", command);
    bool sent = stream_write(talk->stream, line, strlen(line));

    free(line);
    return sent ? read_answer(talk) : -1;
}

/* ---- The message ------------------------------------------------------------------- */

static bool send_spool(struct talk *talk)
{
    char bytes[CHUNK];
    ssize_t got;

    while ((got = read(talk->delivery->spool, bytes, sizeof bytes)) > 0)
        if (!stream_write(talk->stream, bytes, (size_t)got))
            return false;
    return got == 0;
}

static int send_chunk(struct talk *talk)
{
    char *command = mem_format("BDAT %" PRIu64 " LAST\r\n", talk->delivery->length);
    bool sent = stream_write(talk->stream, command, strlen(command)) && send_spool(talk);

    free(command);
    return sent ? read_answer(talk) : -1;
}

/* Lines ended by CR LF, and a dot doubled at their beginning (RFC 5321 4.5.2).  A bare LF
 * becomes a line's end too: a server that takes it for one must not see another's dot. */
struct stuffing {
    char out[2 * CHUNK];
    size_t length;
    char last;
};

static void stuff(struct stuffing *to, char c)
{
    if (c == '\n' && to->last != '\r')
        to->out[to->length++] = '\r';
    if (c == '.' && to->last == '\n')
        to->out[to->length++] = '.';
    to->out[to->length++] = c;
    to->last = c;
}

static bool send_stuffed(struct talk *talk)
{
    struct stuffing to = {.last = '\n'};
    char bytes[CHUNK / 2];
    ssize_t got;

    while ((got = read(talk->delivery->spool, bytes, sizeof bytes)) > 0) {
        to.length = 0;
        for (ssize_t i = 0; i < got; i++)
            stuff(&to, bytes[i]);
        if (!stream_write(talk->stream, to.out, to.length))
            return false;
    }
    if (got < 0)
        return false;
    return to.last == '\n' ? stream_write(talk->stream, ".\r\n", 3)
                           : stream_write(talk->stream, "\r\n.\r\n", 5);
}

static int send_data(struct talk *talk)
{
    int code = ask(talk, "DATA");

    if (code != 354)
        return code;
    return send_stuffed(talk) ? read_answer(talk) : -1;
}

/* ---- What it comes to -------------------------------------------------------------- */

static enum deliver_status lost(const struct talk *talk, bool is_message, struct err *err)
{
    const struct net_failure *failure = stream_failure(talk->stream);

    /* It may be this one alone that takes so long: the others go on, as with HTTP. */
    if (is_message && failure->reason == NET_TIMED_OUT) {
        err_set(err, ERR_RETRY, _("The LMTP server did not take the message in time."));
        return DELIVER_LATER;
    }
    if (failure->reason == NET_CANCELLED)
        err_set(err, ERR_CANCELLED,
                _("A message was on its way when the ingest was told to stop."));
    else
        unreachable(talk, failure->text[0] ? failure->text : _("no LMTP was spoken"),
                    err);
    return DELIVER_DOWN;
}

/* `refusal`: what a permanent refusal at this point is about. */
static enum deliver_status judge(const struct talk *talk, int code,
                                 enum deliver_status refusal, const char *key,
                                 struct err *err)
{
    enum deliver_status status;

    if (code < 0)
        return lost(talk, refusal == DELIVER_REFUSED, err);
    if (code / 100 == 2)
        return DELIVER_DONE;
    status = code / 100 == 5 ? refusal : code == 421 ? DELIVER_DOWN : DELIVER_LATER;
    /* A mailbox that is full, a queue that is closed: every message meets it. */
    if (status == DELIVER_LATER && refusal == DELIVER_DOWN)
        status = DELIVER_DOWN;
    err_set_key(err,
                code / 100 != 5             ? ERR_RETRY
                : status == DELIVER_REFUSED ? ERR_SERVER
                                            : ERR_SETTING,
                key, _("The LMTP server answered: %s"), talk->said);
    return status;
}

static char *mail_command(const struct talk *talk)
{
    char size[40] = "";

    if (talk->size)
        snprintf(size, sizeof size, " SIZE=%" PRIu64, talk->delivery->length);
    return mem_format("MAIL FROM:<>%s%s", talk->eight_bit ? " BODY=8BITMIME" : "", size);
}

/* From the greeting to the answer for the message. */
static enum deliver_status converse(struct talk *talk, struct err *err)
{
    char *mail, *rcpt;
    enum deliver_status status;

    status = judge(talk, read_answer(talk), DELIVER_DOWN, "ingest.target", err);
    if (status == DELIVER_DONE)
        status =
            judge(talk, ask(talk, "LHLO localhost"), DELIVER_DOWN, "ingest.target", err);
    if (status != DELIVER_DONE)
        return status;
    mail = mail_command(talk);
    rcpt = mem_format("RCPT TO:<%s>", recipient_of(talk->delivery));
    status = judge(talk, ask(talk, mail), DELIVER_REFUSED, "", err);
    if (status == DELIVER_DONE)
        status = judge(talk, ask(talk, rcpt), DELIVER_DOWN, "ingest.recipient", err);
    if (status == DELIVER_DONE)
        status = judge(talk, talk->chunking ? send_chunk(talk) : send_data(talk),
                       DELIVER_REFUSED, "", err);
    free(rcpt);
    free(mail);
    return status;
}

static void log_end(const struct talk *talk, enum deliver_status status)
{
    char uid[16];

    snprintf(uid, sizeof uid, "%" PRIu32, talk->delivery->envelope->uid);
    log_event(status == DELIVER_DONE ? LOG_DEBUG : LOG_WARN, "lmtp", "mailbox",
              talk->delivery->envelope->mailbox, "uid", uid, "answer",
              talk->said[0] ? talk->said : NULL, NULL);
}

static enum deliver_status send_message(const struct delivery *delivery, struct err *err)
{
    struct talk *talk = mem_new(1, sizeof *talk);
    enum deliver_status status = DELIVER_DOWN;

    talk->delivery = delivery;
    if (open_talk(talk, err)) {
        status = converse(talk, err);
        log_end(talk, status);
        /* The answer is there: nobody waits for that to QUIT. */
        if (stream_failure(talk->stream)->reason == NET_OK)
            stream_write(talk->stream, "QUIT\r\n", 6);
        stream_free(&talk->stream);
    }
    free(talk);
    return status;
}

static enum deliver_status lmtp_finish(struct delivery **delivery, bool complete,
                                       struct err *err)
{
    struct delivery *it = *delivery;
    enum deliver_status status = DELIVER_DOWN;

    if (err_is_set(&it->why))
        err_pass(err, &it->why);
    else if (complete && spool_rewind(it->spool, err))
        status = send_message(it, err);
    close(it->spool);
    free(it);
    *delivery = NULL;
    return status;
}

const struct deliver_ops deliver_lmtp = {
    .id = "lmtp",
    .prepare = lmtp_prepare,
    .begin = lmtp_begin,
    .feed = lmtp_feed,
    .finish = lmtp_finish,
};
