/*
 * Into a mailbox, one step after the other on the calling thread: for the ingest.
 */
#ifndef LETTERBOX_CHECK_LOGIN_H
#define LETTERBOX_CHECK_LOGIN_H

#include <stdbool.h>

#include "check/facts.h"
#include "check/token_keeper.h"
#include "imap/session.h"
#include "net/cancel.h"
#include "settings/access.h"

struct login {
    struct imap_session *session; /* authenticated; NULL when a step failed */
    struct check_facts *facts;    /* how it went, for advice_diagnose; never NULL after */
    struct tls_trust *trust;      /* private */
    bool is_token_late; /* a new token was due, and could not be had: the kept one did */
};

/* Token (for OAuth), connection, TLS, greeting, authentication.  access and cancel are
 * borrowed until login_close.  Nothing is opened yet: that is the caller's.
 *
 * keeper (NULL: none) gives the token that it keeps and is given the new one.  A kept
 * token that the mail server refuses is asked for anew, once, before that counts; one
 * that is due but has not ended does while the token server is in trouble. */
bool login_open(struct login *login, struct access *access, struct token_keeper *keeper,
                const struct cancel *cancel);

/* The token alone: its stages only, no connection to the mail server.  login->session
 * stays NULL, and *token is the caller's when it returns true.  With a keeper it is the
 * one that is kept, as long as it is not due. */
bool login_token(struct login *login, struct access *access, struct token_keeper *keeper,
                 const struct cancel *cancel, struct secret **token);

/* LOGOUT where the session is sound; frees everything.  `login` may be zeroed memory. */
void login_close(struct login *login);

/* Notes a later failure of `session` (of `stage`) in the facts, so that it can be
 * diagnosed like one of the test's. */
void login_note_failure(struct login *login, enum check_stage stage,
                        enum imap_status status);

#endif
