/*
 * A live test against two scripted servers: the token endpoint and the mail server.
 */
#ifndef LETTERBOX_TESTS_PROTOCOL_CHECK_TRIAL_H
#define LETTERBOX_TESTS_PROTOCOL_CHECK_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "check/check.h"
#include "support/server/server.h"

/* Planted: trial_run fails the test when one of them is in the facts or in a report. */
#define TRIAL_SECRET   "p~1+2/3=%&-s3cret"
#define TRIAL_PASSWORD "pa55-w0rd"
#define TRIAL_TOKEN    "opaque-t0ken-4711"
#define TRIAL_TOKEN_JSON                                                                 \
    "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"" TRIAL_TOKEN "\"}"

/* Steps that many scripts share. */
#define TRIAL_ASKED SERVER_TLS(CERT_GOOD), SERVER_REQUEST("POST /token HTTP/1.1")
#define TRIAL_GREETING(capabilities)                                                     \
    SERVER_TLS(CERT_GOOD),                                                               \
        SERVER_SAY("* OK [CAPABILITY IMAP4rev1 " capabilities "] Lab ready\r\n")
#define TRIAL_LOGGED_IN                                                                  \
    TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"), SERVER_HEAR("* AUTHENTICATE XOAUTH2 *"),     \
        SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1 IDLE MOVE] in\r\n")
#define TRIAL_OPENED                                                                     \
    TRIAL_LOGGED_IN, SERVER_HEAR("* EXAMINE *"),                                         \
        SERVER_SAY("* 12 EXISTS\r\n* OK [UIDVALIDITY 3] v\r\n* OK [UIDNEXT 10] n\r\n"    \
                   "$TAG OK [READ-ONLY] open\r\n")

extern const struct server_step trial_token_good[];
extern const struct server_step trial_imap_good[];

struct trial {
    struct server *token; /* NULL: no token endpoint */
    struct server *imap;
    struct access *access;
    struct check_facts *facts;
};

/* OAuth (custom) when token_script is not NULL, else Basic auth. */
void trial_setup(struct trial *trial, const struct server_step *token_script,
                 const struct server_step *imap_script);
void trial_set(struct trial *trial, enum setting_id id, const char *text);
/* check_run; fails the test when a secret is in the facts, or when the steps that were
 * reported are not those of the facts. */
void trial_run(struct trial *trial);
/* Also fails the test when a client did not follow its script. */
void trial_teardown(struct trial *trial);

void trial_assert_no_secret(const struct check_facts *facts);

/* This stage is the first that failed, and those named after it were not reached. */
void trial_assert_failed(const struct trial *trial, enum check_stage stage);
void trial_assert_state(const struct trial *trial, enum check_stage stage,
                        enum check_state state, const char *evidence);

/* Group setup: the machine's own proxy has no say. */
int trial_without_proxies(void **state);

#endif
