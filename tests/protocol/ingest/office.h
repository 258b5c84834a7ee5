/*
 * A mailbox "support" on a mail server of the test's own, saved, with a Maildir "mail" to
 * fill: what every test of the ingest begins with.
 */
#ifndef LETTERBOX_TESTS_INGEST_OFFICE_H
#define LETTERBOX_TESTS_INGEST_OFFICE_H

#include "base/err.h"
#include "ingest/ingest.h"
#include "support/mailserver/mailserver.h"
#include "support/scratch/scratch.h"

struct office {
    struct scratch scratch;
    struct mailserver *server;
    struct store *store;
    struct mailbox *mailbox;

    /* Of the last run. */
    struct ingest_counts counts;
    struct diagnosis *diagnosis;
    struct err err;
};

/* For cmocka: *state is the office. */
int office_open(void **state);
int office_close(void **state);

void office_set(struct office *office, enum setting_id id, const char *value);
/* ingest.deliver is command, and this script the command; $HERE is the scratch directory.
 */
void office_set_command(struct office *office, const char *script);

/* OAuth, with tokens from there. */
void office_use_tokens(struct office *office, const char *token_url);

/* A message "SUBJECT" in INBOX; returns its UID. */
uint32_t office_mail(struct office *office, const char *subject);
/* Its text; the caller's. */
char *office_message_text(const char *subject);

/* One run, --once. */
bool office_run(struct office *office);
/* The same, which must succeed. */
void office_run_well(struct office *office);

/* Messages in mail/new and mail/cur: all, and those that are whole and office_mail's. */
size_t office_delivered(const struct office *office);
size_t office_count_subject(const struct office *office, const char *subject);

/* What a reader does: from mail/new to mail/cur, with a flag. */
void office_read_all(const struct office *office);

/* Runs one statement on the ledger. */
void office_change_ledger(const struct office *office, const char *sql);

#endif
