#include "support/mailserver/mailserver.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "support/server/certs.h"

#define FOLDERS_MAX  8
#define LINE_SIZE    8192
#define HEARD_MAX    4096
#define WAIT_SECONDS 10

/* What the server's thread waits for: a client's next word (then it is the descriptor),
 * a client, or nothing. */
enum { AT_WORK = -1, ALONE = -2 };

struct message {
    uint32_t uid;
    bool seen, deleted, expunged;
    char *bytes;
    size_t length;
};

struct folder {
    char *name;
    struct message *messages;
    size_t count;
    uint32_t uid_next;
};

struct mailserver {
    int listener, stop_fd, port;
    pthread_t thread;

    /* Of the client being served; the server's thread alone. */
    int fd;
    gnutls_session_t tls;
    char line[LINE_SIZE];
    size_t length;
    struct folder *selected;
    bool is_over;
    bool is_mute; /* as long as it obeys a command */

    atomic_int waiting;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct mailserver_faults faults;
    struct folder folders[FOLDERS_MAX];
    size_t folder_count;
    uint32_t uid_validity;
    unsigned connections;
    char *heard[HEARD_MAX];
    size_t heard_count;
};

/* ---- The wire ---------------------------------------------------------------------- */

/* false when the client is gone or the test is over. */
static bool wait_for(struct mailserver *server, int fd, short events)
{
    struct pollfd waits[] = {{.fd = fd, .events = events},
                             {.fd = server->stop_fd, .events = POLLIN}};

    while (poll(waits, 2, -1) < 0)
        if (errno != EINTR)
            return false;
    return !waits[1].revents;
}

static bool wait_for_client(struct mailserver *server, short events)
{
    bool spoke;

    atomic_store(&server->waiting, server->fd);
    spoke = wait_for(server, server->fd, events);
    atomic_store(&server->waiting, AT_WORK);
    return spoke;
}

static void say_bytes(struct mailserver *server, const char *bytes, size_t length)
{
    while (length > 0 && !server->is_over && !server->is_mute) {
        ssize_t sent = gnutls_record_send(server->tls, bytes, length);

        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (gnutls_error_is_fatal((int)sent) ||
                   !wait_for(server, server->fd, POLLOUT)) {
            server->is_over = true;
        }
    }
}

static void say(struct mailserver *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct mailserver *server, const char *format, ...)
{
    struct buf text;
    va_list args;

    buf_init(&text, 1 << 20);
    va_start(args, format);
    buf_add_format_list(&text, format, args);
    va_end(args);
    say_bytes(server, text.data, text.length);
    buf_free(&text);
}

/* The next line without its end into `out`; false when there is none. */
static bool hear(struct mailserver *server, char *out, size_t size)
{
    for (;;) {
        char *end = memchr(server->line, '\n', server->length);
        ssize_t got;

        if (end) {
            size_t taken = (size_t)(end - server->line) + 1;
            size_t length = taken > 1 && end[-1] == '\r' ? taken - 2 : taken - 1;

            snprintf(out, size, "%.*s", (int)length, server->line);
            server->length -= taken;
            memmove(server->line, server->line + taken, server->length);
            return true;
        }
        if (server->length == sizeof server->line)
            return false;
        got = gnutls_record_recv(server->tls, server->line + server->length,
                                 sizeof server->line - server->length);
        if (got > 0)
            server->length += (size_t)got;
        else if (got == 0 || gnutls_error_is_fatal((int)got) ||
                 !wait_for_client(server, POLLIN))
            return false;
    }
}

static void note(struct mailserver *server, const char *command)
{
    if (server->heard_count < HEARD_MAX)
        server->heard[server->heard_count++] = mem_copy_text(command);
    pthread_cond_broadcast(&server->changed);
}

/* ---- Folders ----------------------------------------------------------------------- */

static struct folder *find_folder(struct mailserver *server, const char *name)
{
    for (size_t i = 0; i < server->folder_count; i++)
        if (!strcmp(server->folders[i].name, name))
            return &server->folders[i];
    return NULL;
}

static struct folder *make_folder(struct mailserver *server, const char *name)
{
    struct folder *folder = find_folder(server, name);

    if (folder)
        return folder;
    assert_true(server->folder_count < FOLDERS_MAX);
    folder = &server->folders[server->folder_count++];
    *folder = (struct folder){.name = mem_copy_text(name), .uid_next = 1};
    return folder;
}

static uint32_t add_message(struct folder *folder, const char *bytes, size_t length)
{
    struct message message = {.uid = folder->uid_next++,
                              .bytes = mem_copy_bytes(bytes, length),
                              .length = length};

    folder->messages =
        mem_resize(folder->messages, folder->count + 1, sizeof *folder->messages);
    folder->messages[folder->count++] = message;
    return message.uid;
}

/* The word in quotes, or up to the next blank; advances *at. */
static void take_word(const char **at, char *out, size_t size)
{
    const char *from = *at + strspn(*at, " ");
    bool quoted = *from == '"';
    size_t length = quoted ? strcspn(++from, "\"") : strcspn(from, " ");

    snprintf(out, size, "%.*s", (int)length, from);
    *at = from + length + (quoted && from[length] == '"');
}

bool mailserver_set_has(const char *set, uint32_t uid)
{
    while (*set && *set != ' ') {
        char *end;
        uint32_t low = (uint32_t)strtoul(set, &end, 10), high = low;

        if (*end == ':')
            high = (uint32_t)strtoul(end + 1, &end, 10);
        if (uid >= low && uid <= high)
            return true;
        set = *end == ',' ? end + 1 : "";
    }
    return false;
}

/* ---- Commands: each answers with the tag ------------------------------------------- */

static void do_select(struct mailserver *server, const char *tag, const char *arguments)
{
    char name[256];

    take_word(&arguments, name, sizeof name);
    server->selected = find_folder(server, name);
    if (!server->selected) {
        say(server, "%s NO [NONEXISTENT] no such folder\r\n", tag);
        return;
    }
    say(server,
        "* FLAGS (\\Seen \\Deleted)\r\n* %zu EXISTS\r\n* 0 RECENT\r\n"
        "* OK [UIDVALIDITY %" PRIu32 "] ok\r\n* OK [UIDNEXT %" PRIu32 "] ok\r\n"
        "* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n%s OK [%s] opened\r\n",
        server->selected->count, server->uid_validity, server->selected->uid_next, tag,
        server->faults.read_only ? "READ-ONLY" : "READ-WRITE");
}

static void do_search(struct mailserver *server, const char *tag)
{
    const struct folder *folder = server->selected;
    struct buf line;

    buf_init(&line, 1 << 20);
    buf_add_text(&line, "* SEARCH");
    for (size_t i = 0; i < folder->count; i++)
        if (!folder->messages[i].seen && !folder->messages[i].expunged)
            buf_add_format(&line, " %" PRIu32, folder->messages[i].uid);
    say(server, "%s\r\n%s OK searched\r\n", line.data, tag);
    buf_free(&line);
}

/* Its Message-ID with brackets, or "". */
static void message_id(const struct message *message, char *out, size_t size)
{
    static const char name[] = "Message-ID: ";
    const char *at = strstr(message->bytes, name);

    snprintf(out, size, "%.*s", at ? (int)strcspn(at + sizeof name - 1, "\r\n") : 0,
             at ? at + sizeof name - 1 : "");
}

static void describe(struct mailserver *server, const struct message *message,
                     size_t number, bool with_envelope)
{
    char id[256];

    message_id(message, id, sizeof id);
    say(server, "* %zu FETCH (UID %" PRIu32 " FLAGS (%s) RFC822.SIZE %zu ", number,
        message->uid, message->seen ? "\\Seen" : "", message->length);
    if (with_envelope)
        say(server, "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL \"%s\"))\r\n", id);
    else
        say(server,
            "BODY[HEADER.FIELDS (MESSAGE-ID)] {%zu}\r\nMessage-ID: %s\r\n\r\n)\r\n",
            strlen(id) + 16, id);
}

static void send_body(struct mailserver *server, const struct message *message,
                      size_t number)
{
    size_t slice = server->faults.slice ? server->faults.slice : message->length + 1;
    size_t length = message->uid == server->faults.empty_uid ? 0 : message->length;
    size_t announced = length;

    if (server->faults.uid_behind)
        say(server, "* %zu FETCH (BODY[] {%zu}\r\n", number, announced);
    else
        say(server, "* %zu FETCH (UID %" PRIu32 " BODY[] {%zu}\r\n", number, message->uid,
            announced);
    if (message->uid == server->faults.cut_uid && server->faults.cut_times > 0) {
        server->faults.cut_times--;
        length /= 2;
    }
    for (size_t at = 0; at < length; at += slice)
        say_bytes(server, message->bytes + at, length - at < slice ? length - at : slice);
    if (length < announced)
        server->is_over = true;
    if (server->faults.uid_behind)
        say(server, " UID %" PRIu32 ")\r\n", message->uid);
    else
        say(server, ")\r\n");
}

static bool is_set(const char *arguments)
{
    return arguments[strspn(arguments, "0123456789")] != ' ';
}

/* How often it is sent. */
static unsigned times(const struct mailserver *server, const struct message *message,
                      const char *arguments)
{
    const struct mailserver_faults *faults = &server->faults;
    bool is_wanted = mailserver_set_has(arguments, message->uid);

    if (message->uid == faults->hide_uid)
        return 0;
    if (message->expunged || !is_set(arguments))
        return !message->expunged && is_wanted;
    if (message->uid == faults->leave_uid)
        return 0;
    if (message->uid == faults->repeat_uid)
        return 2;
    return is_wanted || message->uid == faults->add_uid;
}

/* false with the answer NO. */
static bool send_bodies(struct mailserver *server, const char *tag, const char *arguments)
{
    const struct folder *folder = server->selected;

    if (server->faults.say_no_to_bodies) {
        say(server, "%s NO %s\r\n", tag, server->faults.say_no_to_bodies);
        return false;
    }
    for (size_t i = 0; i < folder->count && !server->is_over; i++) {
        size_t at = server->faults.backwards ? folder->count - 1 - i : i;
        const struct message *message = &folder->messages[at];
        unsigned often = times(server, message, arguments);

        if (often > 0 && message->uid == server->faults.refuse_fetch_uid) {
            say(server, "%s NO that message is broken\r\n", tag);
            return false;
        }
        for (; often > 0 && !server->is_over; often--)
            send_body(server, message, at + 1);
    }
    return true;
}

/* false with the answer NO. */
static bool send_descriptions(struct mailserver *server, const char *tag,
                              const char *arguments)
{
    const struct folder *folder = server->selected;

    for (size_t i = 0; i < folder->count && !server->is_over; i++) {
        const struct message *message = &folder->messages[i];

        if (message->expunged || !mailserver_set_has(arguments, message->uid))
            continue;
        if (server->faults.refuse_headers ||
            message->uid == server->faults.refuse_header_uid) {
            say(server, "%s NO that message is broken\r\n", tag);
            return false;
        }
        if (message->uid == server->faults.cut_header_uid)
            server->is_over = true;
        else
            describe(server, message, i + 1, strcasestr(arguments, "ENVELOPE"));
    }
    return true;
}

static void do_fetch(struct mailserver *server, const char *tag, const char *arguments)
{
    bool is_body = strcasestr(arguments, "BODY.PEEK[]");

    if (is_body ? send_bodies(server, tag, arguments)
                : send_descriptions(server, tag, arguments))
        say(server, "%s OK fetched\r\n", tag);
}

static void forbid(struct mailserver *server, const char *tag)
{
    const char *more = server->faults.and_words;

    say(server, "%s NO [NOPERM] you may not%s\r\n", tag, more ? more : "");
}

static void do_store(struct mailserver *server, const char *tag, const char *arguments)
{
    struct folder *folder = server->selected;

    if (server->faults.refuse_sets && is_set(arguments)) {
        say(server, "%s NO not so many\r\n", tag);
        return;
    }
    if (server->faults.refuse_store || server->faults.read_only) {
        forbid(server, tag);
        return;
    }
    for (size_t i = 0; i < folder->count; i++) {
        struct message *message = &folder->messages[i];

        if (message->expunged || !mailserver_set_has(arguments, message->uid))
            continue;
        message->seen |= strcasestr(arguments, "\\Seen") != NULL;
        message->deleted |= strcasestr(arguments, "\\Deleted") != NULL;
    }
    if (server->faults.late) {
        add_message(folder, server->faults.late, strlen(server->faults.late));
        server->faults.late = NULL;
        say(server, "* %zu EXISTS\r\n", folder->count);
    }
    say(server, "%s OK stored\r\n", tag);
}

/* Nobody else is kept waiting. */
static void take_time(struct mailserver *server, unsigned ms)
{
    struct pollfd stop = {.fd = server->stop_fd, .events = POLLIN};

    pthread_mutex_unlock(&server->lock);
    poll(&stop, 1, (int)ms);
    pthread_mutex_lock(&server->lock);
}

static void do_copy(struct mailserver *server, const char *tag, const char *arguments,
                    bool is_move)
{
    size_t from = (size_t)(server->selected - server->folders);
    const char *at = strchr(arguments, ' ');
    struct folder *to;
    char name[256];

    take_word(&at, name, sizeof name);
    to = find_folder(server, name);
    if (to && server->faults.refuse_sets && is_set(arguments)) {
        say(server, "%s NO not so many\r\n", tag);
        return;
    }
    if (!to) {
        say(server, "%s NO [TRYCREATE] no\r\n", tag);
        return;
    }
    if (is_move && server->faults.refuse_store) {
        forbid(server, tag);
        return;
    }
    for (size_t i = 0; i < server->folders[from].count; i++) {
        struct message *message = &server->folders[from].messages[i];

        if (message->expunged || !mailserver_set_has(arguments, message->uid))
            continue;
        add_message(to, message->bytes, message->length);
        message->expunged = is_move;
        if (is_move)
            say(server, "* %zu EXPUNGE\r\n", i + 1);
    }
    take_time(server, server->faults.copy_ms);
    say(server, "%s OK copied\r\n", tag);
}

static void do_expunge(struct mailserver *server, const char *tag, const char *arguments)
{
    struct folder *folder = server->selected;

    for (size_t i = 0; i < folder->count; i++)
        if (folder->messages[i].deleted &&
            mailserver_set_has(arguments, folder->messages[i].uid))
            folder->messages[i].expunged = true;
    say(server, "%s OK expunged\r\n", tag);
}

static void do_login(struct mailserver *server, const char *tag, const char *arguments)
{
    static const char response[] =
        "AHVzZXIAY29ycmVjdC1ob3JzZQ=="; /* user, correct-horse */
    bool refused = server->faults.refuse_login || server->faults.refuse_times > 0;
    char line[4096];

    server->faults.refuse_times -= server->faults.refuse_times > 0;
    if (strchr(arguments, ' ')) {
        snprintf(line, sizeof line, "%s", strchr(arguments, ' ') + 1);
    } else {
        say(server, "+ \r\n");
        if (!hear(server, line, sizeof line))
            line[0] = '\0';
    }
    if ((!server->faults.with_xoauth2 && strcmp(line, response)) || refused)
        say(server, "%s NO %s\r\n", tag,
            server->faults.refusal ? server->faults.refusal
                                   : "[AUTHENTICATIONFAILED] no");
    else
        say(server, "%s OK in\r\n", tag);
}

static void say_capabilities(struct mailserver *server)
{
    say(server, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=%s%s%s%s\r\n",
        server->faults.with_xoauth2 ? "XOAUTH2" : "PLAIN",
        server->faults.without_move ? "" : " MOVE",
        server->faults.without_uidplus ? "" : " UIDPLUS",
        server->faults.with_idle ? " IDLE" : "");
}

/* Until DONE; `changed` messages end it early in a real server, here only the client. */
static void do_idle(struct mailserver *server, const char *tag)
{
    size_t known = server->selected->count;
    char line[64];

    say(server, "+ idling\r\n");
    if (server->faults.hasty_idle) {
        say(server, "%s OK idled\r\n", tag);
        return;
    }
    while (!server->is_over) {
        struct pollfd waits[] = {{.fd = server->fd, .events = POLLIN},
                                 {.fd = server->stop_fd, .events = POLLIN}};

        pthread_mutex_unlock(&server->lock);
        poll(waits, 2, 10);
        pthread_mutex_lock(&server->lock);
        if (waits[1].revents) {
            server->is_over = true;
        } else if (waits[0].revents || gnutls_record_check_pending(server->tls) > 0) {
            server->is_over = !hear(server, line, sizeof line);
            if (server->faults.mute_done)
                continue;
            say(server, "%s OK idled\r\n", tag);
            return;
        } else if (server->selected->count > known) {
            known = server->selected->count;
            say(server, "* %zu EXISTS\r\n", known);
        }
    }
}

static bool begins(const char *text, const char *word, const char **rest)
{
    size_t length = strlen(word);

    if (strncasecmp(text, word, length) || (text[length] && text[length] != ' '))
        return false;
    *rest = text + length + (text[length] == ' ');
    return true;
}

static void obey(struct mailserver *server, const char *tag, const char *command)
{
    const char *rest;
    char name[256];

    note(server, command);
    server->is_mute =
        server->faults.mute_at && begins(command, server->faults.mute_at, &rest);
    if (server->faults.deaf_at && begins(command, server->faults.deaf_at, &rest))
        return;
    if (server->faults.cut_at && begins(command, server->faults.cut_at, &rest)) {
        server->faults.cut_at = NULL;
        server->is_over = true;
    } else if (server->faults.say_bye && !begins(command, "LOGOUT", &rest)) {
        say(server, "* BYE %s\r\n", server->faults.say_bye);
        server->is_over = true;
    } else if (server->faults.say_no && begins(command, "UID SEARCH", &rest)) {
        say(server, "%s NO %s\r\n", tag, server->faults.say_no);
    } else if (begins(command, "CAPABILITY", &rest)) {
        say_capabilities(server);
        say(server, "%s OK\r\n", tag);
    } else if (begins(command, "AUTHENTICATE", &rest)) {
        do_login(server, tag, rest);
    } else if (begins(command, "NOOP", &rest)) {
        say(server, "%s OK\r\n", tag);
    } else if (begins(command, "LOGOUT", &rest)) {
        say(server, "* BYE bye\r\n%s OK\r\n", tag);
        server->is_over = true;
    } else if (begins(command, "SELECT", &rest)) {
        do_select(server, tag, rest);
    } else if (begins(command, "CREATE", &rest)) {
        take_word(&rest, name, sizeof name);
        make_folder(server, name);
        say(server, "%s OK created\r\n", tag);
    } else if (!server->selected) {
        say(server, "%s BAD nothing is selected\r\n", tag);
    } else if (begins(command, "IDLE", &rest) && server->faults.with_idle) {
        do_idle(server, tag);
    } else if (begins(command, "UID SEARCH", &rest)) {
        do_search(server, tag);
    } else if (begins(command, "UID FETCH", &rest)) {
        do_fetch(server, tag, rest);
    } else if (begins(command, "UID STORE", &rest)) {
        do_store(server, tag, rest);
    } else if (begins(command, "UID MOVE", &rest) && !server->faults.without_move) {
        do_copy(server, tag, rest, true);
    } else if (begins(command, "UID COPY", &rest)) {
        do_copy(server, tag, rest, false);
    } else if (begins(command, "UID EXPUNGE", &rest) && !server->faults.without_uidplus) {
        do_expunge(server, tag, rest);
    } else {
        say(server, "%s BAD what?\r\n", tag);
    }
}

/* ---- Clients ----------------------------------------------------------------------- */

static bool shake_hands(struct mailserver *server)
{
    int code;

    gnutls_init(&server->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    gnutls_set_default_priority(server->tls);
    gnutls_credentials_set(server->tls, GNUTLS_CRD_CERTIFICATE,
                           certs_credentials(CERT_GOOD));
    gnutls_transport_set_int(server->tls, server->fd);
    while ((code = gnutls_handshake(server->tls)) < 0) {
        short events = gnutls_record_get_direction(server->tls) ? POLLOUT : POLLIN;

        if (gnutls_error_is_fatal(code) || !wait_for_client(server, events))
            return false;
    }
    return true;
}

static void greet(struct mailserver *server)
{
    const char *bye, *name;

    pthread_mutex_lock(&server->lock);
    bye = server->faults.bye;
    name = server->faults.name ? server->faults.name : "";
    pthread_mutex_unlock(&server->lock);
    if (bye)
        say(server, "* BYE %s\r\n", bye);
    else
        say(server, "* OK %sready\r\n", name);
    server->is_over = server->is_over || bye;
}

static void serve(struct mailserver *server)
{
    char line[LINE_SIZE], tag[64];
    const char *command;

    server->length = 0;
    server->selected = NULL;
    server->is_mute = false;
    server->is_over = !shake_hands(server);
    greet(server);
    while (!server->is_over && hear(server, line, sizeof line)) {
        command = line;
        take_word(&command, tag, sizeof tag);
        pthread_mutex_lock(&server->lock);
        obey(server, tag, command + strspn(command, " "));
        pthread_mutex_unlock(&server->lock);
    }
    gnutls_deinit(server->tls);
    close(server->fd);
    atomic_store(&server->waiting, ALONE);
}

static void *server_main(void *closure)
{
    struct mailserver *server = closure;
    const int one = 1;

    while (wait_for(server, server->listener, POLLIN)) {
        server->fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (server->fd < 0)
            continue;
        atomic_store(&server->waiting, AT_WORK);
        setsockopt(server->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pthread_mutex_lock(&server->lock);
        server->connections++;
        pthread_mutex_unlock(&server->lock);
        serve(server);
    }
    return NULL;
}

/* On the port that it had, or on any. */
static void open_up(struct mailserver *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int one = 1;

    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(server->stop_fd >= 0 && server->listener >= 0);
    setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size),
                     0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, server_main, server), 0);
}

void mailserver_go_down(struct mailserver *server)
{
    assert_int_equal(eventfd_write(server->stop_fd, 1), 0);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->stop_fd);
}

void mailserver_come_back(struct mailserver *server)
{
    open_up(server);
}

struct mailserver *mailserver_start(void)
{
    struct mailserver *server = mem_new(1, sizeof *server);

    certs_credentials(CERT_GOOD);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    server->uid_validity = 1700000000;
    atomic_store(&server->waiting, ALONE);
    make_folder(server, "INBOX");
    open_up(server);
    return server;
}

void mailserver_stop(struct mailserver **slot)
{
    struct mailserver *server = *slot;

    mailserver_go_down(server);
    for (size_t i = 0; i < server->folder_count; i++) {
        for (size_t j = 0; j < server->folders[i].count; j++)
            free(server->folders[i].messages[j].bytes);
        free(server->folders[i].messages);
        free(server->folders[i].name);
    }
    for (size_t i = 0; i < server->heard_count; i++)
        free(server->heard[i]);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server);
    *slot = NULL;
}

int mailserver_port(const struct mailserver *server)
{
    return server->port;
}

/* ---- What a test sets and sees ----------------------------------------------------- */

void mailserver_set_faults(struct mailserver *server,
                           const struct mailserver_faults *faults)
{
    pthread_mutex_lock(&server->lock);
    server->faults = *faults;
    pthread_mutex_unlock(&server->lock);
}

void mailserver_renumber(struct mailserver *server, uint32_t uid_validity)
{
    pthread_mutex_lock(&server->lock);
    server->uid_validity = uid_validity;
    pthread_mutex_unlock(&server->lock);
}

void mailserver_restore(struct mailserver *server, uint32_t uid_next)
{
    struct folder *inbox;

    pthread_mutex_lock(&server->lock);
    inbox = find_folder(server, "INBOX");
    while (inbox->count > 0 && inbox->messages[inbox->count - 1].uid >= uid_next)
        free(inbox->messages[--inbox->count].bytes);
    for (size_t i = 0; i < inbox->count; i++)
        inbox->messages[i].seen = inbox->messages[i].expunged = false;
    inbox->uid_next = uid_next;
    pthread_mutex_unlock(&server->lock);
}

uint32_t mailserver_add(struct mailserver *server, const char *folder, const char *bytes,
                        size_t length)
{
    uint32_t uid;

    pthread_mutex_lock(&server->lock);
    uid = add_message(make_folder(server, folder), bytes, length);
    pthread_mutex_unlock(&server->lock);
    return uid;
}

bool mailserver_has_folder(struct mailserver *server, const char *folder)
{
    bool found;

    pthread_mutex_lock(&server->lock);
    found = find_folder(server, folder) != NULL;
    pthread_mutex_unlock(&server->lock);
    return found;
}

void mailserver_read(struct mailserver *server, uint32_t uid)
{
    struct folder *inbox;

    pthread_mutex_lock(&server->lock);
    inbox = find_folder(server, "INBOX");
    for (size_t i = 0; i < inbox->count; i++)
        inbox->messages[i].seen |= inbox->messages[i].uid == uid;
    pthread_mutex_unlock(&server->lock);
}

static size_t count(struct mailserver *server, const char *name, bool only_unseen)
{
    const struct folder *folder;
    size_t found = 0;

    pthread_mutex_lock(&server->lock);
    folder = find_folder(server, name);
    for (size_t i = 0; folder && i < folder->count; i++)
        found +=
            !folder->messages[i].expunged && !(only_unseen && folder->messages[i].seen);
    pthread_mutex_unlock(&server->lock);
    return found;
}

size_t mailserver_count(struct mailserver *server, const char *folder)
{
    return count(server, folder, false);
}

size_t mailserver_unseen(struct mailserver *server, const char *folder)
{
    return count(server, folder, true);
}

unsigned mailserver_connections(struct mailserver *server)
{
    unsigned connections;

    pthread_mutex_lock(&server->lock);
    connections = server->connections;
    pthread_mutex_unlock(&server->lock);
    return connections;
}

/* The lock is held. */
static unsigned times_heard(const struct mailserver *server, const char *command)
{
    unsigned times = 0;

    for (size_t i = 0; i < server->heard_count; i++)
        times += !strncasecmp(server->heard[i], command, strlen(command));
    return times;
}

unsigned mailserver_heard(struct mailserver *server, const char *command)
{
    unsigned times;

    pthread_mutex_lock(&server->lock);
    times = times_heard(server, command);
    pthread_mutex_unlock(&server->lock);
    return times;
}

bool mailserver_wait_heard(struct mailserver *server, const char *command, unsigned times)
{
    struct timespec until;
    bool heard;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&server->lock);
    while (!(heard = times_heard(server, command) >= times))
        if (pthread_cond_timedwait(&server->changed, &server->lock, &until))
            break;
    pthread_mutex_unlock(&server->lock);
    return heard;
}

bool mailserver_command(struct mailserver *server, size_t index, char *out, size_t size)
{
    bool is_there;

    pthread_mutex_lock(&server->lock);
    is_there = index < server->heard_count;
    if (is_there)
        snprintf(out, size, "%s", server->heard[index]);
    pthread_mutex_unlock(&server->lock);
    return is_there;
}

static bool is_quiet(struct mailserver *server)
{
    int fd = atomic_load(&server->waiting), unread = 0;

    return fd == ALONE || (fd != AT_WORK && ioctl(fd, FIONREAD, &unread) == 0 &&
                           unread == 0 && atomic_load(&server->waiting) == fd);
}

bool mailserver_wait_quiet(struct mailserver *server)
{
    for (int ms = 0; ms < WAIT_SECONDS * 1000; ms++) {
        if (is_quiet(server))
            return true;
        poll(NULL, 0, 1);
    }
    return false;
}
