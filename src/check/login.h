/*
 * Into a mailbox, one step after the other on the calling thread: for the ingest.
 */
#ifndef LETTERBOX_CHECK_LOGIN_H
#define LETTERBOX_CHECK_LOGIN_H

#include <stdbool.h>

#include "check/facts.h"
#include "imap/session.h"
#include "net/cancel.h"
#include "settings/access.h"

struct login {
    struct imap_session *session; /* authenticated; NULL when a step failed */
    struct check_facts *facts;    /* how it went, for advice_diagnose; never NULL after */
    struct tls_trust *trust;      /* private */
};

/* Token (for OAuth), connection, TLS, greeting, authentication.  access and cancel are
 * borrowed until login_close.  Nothing is opened yet: that is the caller's. */
bool login_open(struct login *login, struct access *access, const struct cancel *cancel);

/* The token alone: its stages only, no connection to the mail server.  login->session
 * stays NULL, and *token is the caller's when it returns true. */
bool login_token(struct login *login, struct access *access, const struct cancel *cancel,
                 struct secret **token);

/* LOGOUT where the session is sound; frees everything.  `login` may be zeroed memory. */
void login_close(struct login *login);

/* Notes a later failure of `session` (of `stage`) in the facts, so that it can be
 * diagnosed like one of the test's. */
void login_note_failure(struct login *login, enum check_stage stage,
                        enum imap_status status);

#endif
