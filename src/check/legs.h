/*
 * The two legs of a test, stage by stage: the token's, and IMAP's.
 *
 * Each call runs its stages in order, fills its own part of the facts, and reports every
 * change of a stage.  The two legs share nothing but what is read-only, so they may run
 * on two threads; the ingest runs them one after the other (check/login.h).
 */
#ifndef LETTERBOX_CHECK_LEGS_H
#define LETTERBOX_CHECK_LEGS_H

#include <stdbool.h>
#include <stdint.h>

#include "check/facts.h"
#include "net/cancel.h"
#include "net/tls.h"
#include "settings/access.h"

typedef void legs_report(void *closure, enum check_stage stage,
                         const struct check_step *step);

struct legs {
    struct access *access;         /* borrowed; completed in stage `settings` */
    const struct cancel *cancel;   /* borrowed */
    const struct tls_trust *trust; /* borrowed, until the session is freed */
    struct check_facts *facts;     /* borrowed */
    int64_t began_us;              /* when the test began */
    legs_report *report;           /* NULL: nobody looks */
    void *closure;
    struct imap_session
        *session; /* owned by whoever made the legs; NULL before the greeting */
};

/* Stage `settings`: the references are followed and the trust is loaded.  NULL when one
 * of them is no good. */
struct tls_trust *legs_settings(struct legs *legs);

/* token.resolve … token.claims.  The token, the caller's; NULL when a stage failed. */
struct secret *legs_token(struct legs *legs);

/* After a token leg that failed: where the client was refused, as it is also when its
 * secret came by the way that the provider does not take, looks into the provider's
 * metadata.  For the test; it is no stage, and what it finds are facts. */
void legs_look_up_auth_methods(struct legs *legs);

/* The same stages with a token that was asked for before: a copy, the caller's.  Its
 * claims are read; the stages before them are not reached, or, where they were tried just
 * now and failed, warn. */
struct secret *legs_keep_token(struct legs *legs, const struct secret *token);

/* Forgets how the IMAP leg went so far: it is gone once more.  There is no session. */
void legs_begin_anew(struct legs *legs);

/* imap.resolve … imap.greeting; with STARTTLS the greeting comes before TLS. */
bool legs_connect(struct legs *legs);

/* imap.authenticate, with the token or the password. */
bool legs_authenticate(struct legs *legs, const struct secret *credential);

/* imap.open: EXAMINE. */
bool legs_open(struct legs *legs);

/* imap.preview: never fails a test; at worst it is `warned`. */
void legs_preview(struct legs *legs);

/* Marks what was not reached as skipped, and names the first stage that failed. */
void legs_finish(struct legs *legs);

#endif
