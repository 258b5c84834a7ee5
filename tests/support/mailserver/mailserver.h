/*
 * An IMAP server on 127.0.0.1 with TLS, whose folders remember what was done to them.
 *
 * The scripted server (support/server) plays one exchange; this one is for tests that
 * look at a mailbox after several runs.  It knows what an ingest says and nothing more,
 * serves one client after another on a thread of its own, and takes "user" and
 * "correct-horse".
 * Faults of a test end it; an unknown command is answered with BAD.
 */
#ifndef LETTERBOX_TESTS_MAILSERVER_MAILSERVER_H
#define LETTERBOX_TESTS_MAILSERVER_MAILSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mailserver;

/* What it does wrong.  Zeroed: nothing. */
struct mailserver_faults {
    uint32_t cut_uid;   /* the connection ends in the middle of this message's body */
    unsigned cut_times; /* so often */
    uint32_t refuse_fetch_uid;    /* NO to this one */
    const char *say_no_to_bodies; /* to every UID FETCH of one */
    uint32_t hide_uid;            /* its body is left out, whoever asks for it */
    uint32_t empty_uid;           /* its body comes without a byte */
    /* When it is described, alone or with others: */
    uint32_t refuse_header_uid; /* NO */
    uint32_t cut_header_uid;    /* the connection ends */
    bool refuse_headers;        /* NO to every message */
    const char *cut_at;    /* the connection ends at a command that begins so, once */
    const char *mute_at;   /* each such command is obeyed, and never answered */
    const char *deaf_at;   /* each such command is passed over */
    unsigned copy_ms;      /* how long a COPY or MOVE takes */
    bool refuse_store;     /* NO to every STORE and MOVE */
    const char *and_words; /* behind that NO */
    const char *name;      /* in the greeting, with a blank behind it */
    bool refuse_sets;      /* NO to a STORE, MOVE or COPY of more than one message */
    /* When more than one message is fetched: */
    bool backwards;      /* the last comes first */
    bool uid_behind;     /* the UID is told behind the body */
    uint32_t leave_uid;  /* this one is left out, */
    uint32_t repeat_uid; /* this one comes twice, */
    uint32_t add_uid;    /* this one comes although nobody asked for it */
    bool without_move;
    bool without_uidplus;
    bool with_idle;
    bool read_only; /* SELECT opens read-only */
    bool refuse_login;
    unsigned refuse_times; /* so many log-ins */
    const char *refusal;   /* its words; NULL: "[AUTHENTICATIONFAILED] no" */
    bool with_xoauth2;     /* in place of PLAIN; every token will do */
    const char *late;      /* this message comes while the first STORE is answered */
    bool mute_done;        /* an IDLE is never ended */
    bool hasty_idle;       /* an IDLE is ended by the server, at once */
    const char *say_bye;   /* to every command but LOGOUT, instead of an answer */
    const char *say_no;    /* to every UID SEARCH */
    const char *bye;       /* instead of a greeting; NULL: none */
    unsigned slice;        /* bodies are sent in so many bytes at a time; 0: whole */
};

struct mailserver *mailserver_start(void);
void mailserver_stop(struct mailserver **server);
int mailserver_port(const struct mailserver *server);

/* The machine goes down: no listener, no client, but the folders stay.  And comes back on
 * the same port. */
void mailserver_go_down(struct mailserver *server);
void mailserver_come_back(struct mailserver *server);

void mailserver_set_faults(struct mailserver *server,
                           const struct mailserver_faults *faults);
/* All folders get this UIDVALIDITY, as after a restore of the server. */
void mailserver_renumber(struct mailserver *server, uint32_t uid_validity);
/* INBOX is as it was when `uid_next` was the next UID: what came later is gone, and what
 * is there is unread. */
void mailserver_restore(struct mailserver *server, uint32_t uid_next);

/* A folder is made when it is first named; INBOX is there.  Returns the UID. */
uint32_t mailserver_add(struct mailserver *server, const char *folder, const char *bytes,
                        size_t length);
/* Another client reads it, in INBOX. */
void mailserver_read(struct mailserver *server, uint32_t uid);
bool mailserver_has_folder(struct mailserver *server, const char *folder);
size_t mailserver_count(struct mailserver *server, const char *folder);
size_t mailserver_unseen(struct mailserver *server, const char *folder);

unsigned mailserver_connections(struct mailserver *server);
/* How often a command began so: "UID FETCH". */
unsigned mailserver_heard(struct mailserver *server, const char *command);
/* Waits (10 s at most) until it was heard that often; false when it never is. */
bool mailserver_wait_heard(struct mailserver *server, const char *command,
                           unsigned times);
/* The command that was heard as number `index`, counted from 0; false when there is none.
 */
bool mailserver_command(struct mailserver *server, size_t index, char *out, size_t size);
/* Is that UID in a set of IMAP, as "1,3:5"?  What follows after a blank is passed over.
 */
bool mailserver_set_has(const char *set, uint32_t uid);
/* Waits (10 s at most) until all that the client said was heard and obeyed; false when it
 * never is. */
bool mailserver_wait_quiet(struct mailserver *server);

#endif
