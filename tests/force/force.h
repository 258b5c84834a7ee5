/*
 * What the tests of this ring share: a mailbox with its server and its destination, the
 * real `letterbox ingest NAME --once` on it, ended by force in some way, and the look at
 * what came of it once a second run was left alone.
 *
 * The long forms (support/longform) try every case; else the tests take some of them,
 * which ones depends on LETTERBOX_TEST_SEED (printed).
 * Faults end the test.
 */
#ifndef LETTERBOX_TESTS_FORCE_FORCE_H
#define LETTERBOX_TESTS_FORCE_FORCE_H

#include "protocol/ingest/office.h"
#include "support/sink/sink.h"
#include "support/trace/trace.h"

enum {
    FORCE_SKIPPED = 77, /* exit status of a test that cannot run here */
    FORCE_MESSAGES_MAX = 1000,
};

enum force_to {
    FORCE_MAILDIR,
    FORCE_COMMAND,
    FORCE_HTTP,
    FORCE_LMTP,
};

struct force {
    struct office *office;
    enum force_to to;
    const char *after; /* ingest.on_success */
    struct sink *sink; /* FORCE_HTTP, FORCE_LMTP */
    unsigned mailed;   /* messages 1 to this, which are their UIDs too */
    char *argv[10];    /* of the program; owned texts */
};

/* after: "seen", "move" (to Done) or "delete". */
struct force *force_open(enum force_to to, const char *after);
void force_close(struct force **force);
/* "maildir", for messages. */
const char *force_name(enum force_to to);

/* So many more messages in INBOX. */
void force_mail(struct force *force, unsigned count);
/* The text of message `number`; the caller's. */
char *force_text(unsigned number);

/* A run under ptrace. */
struct trace_end force_trace(struct force *force, trace_look *look, void *closure);
/* For its `look`: has the state directory just been opened?  What comes before touches no
 * message. */
bool force_has_begun(const struct force *force, struct trace *trace,
                     const struct trace_call *call);
/* A run beside the test. */
pid_t force_start(struct force *force);
/* Ends it after so long, when it has not ended before; true when it had. */
bool force_end(pid_t pid, int64_t us, int *status);
/* Commands that a killed run left behind come to their end. */
void force_wait_for_orphans(void);
/* A run that nobody disturbs; its exit status. */
int force_run(struct force *force);
/* The same, which must succeed.  Before it a reader takes what is in a Maildir's new/. */
void force_run_well(struct force *force);

struct force_counts {
    unsigned times[FORCE_MESSAGES_MAX + 1]; /* by number: whole deliveries */
    unsigned broken;                        /* what is no whole message */
};

void force_count(struct force *force, struct force_counts *counts);
unsigned force_times(struct force *force, unsigned number);
/* Every message was delivered, none more than `most` times, nothing else was, and each
 * is marked, moved or deleted.  NULL when that is so; else what is wrong, good until the
 * next call. */
const char *force_wrong(struct force *force, unsigned most);
/* What a ledger says of the messages up to `most`: which it knows (may be NULL), and
 * which it has recorded as delivered; none when there is no ledger. */
void force_read_ledger(const char *path, bool *known, bool *recorded, unsigned most);
/* What the runs have printed; the caller's. */
char *force_said(struct force *force);

/* Of this process, printed when it is first asked for. */
unsigned force_seed(void);
/* A number from 0 to `below` - 1, which follows from the seed. */
unsigned force_chance(unsigned below);

#endif
