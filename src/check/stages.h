/*
 * The stages of the live test, in their order; ids as in the JSON.
 */
#ifndef LETTERBOX_CHECK_STAGES_H
#define LETTERBOX_CHECK_STAGES_H

#include <stdbool.h>
#include <stdint.h>

enum check_stage {
    CHECK_SETTINGS,
    CHECK_TOKEN_RESOLVE,
    CHECK_TOKEN_CONNECT,
    CHECK_TOKEN_TLS,
    CHECK_TOKEN_REQUEST,
    CHECK_TOKEN_CLAIMS,
    CHECK_IMAP_RESOLVE,
    CHECK_IMAP_CONNECT,
    CHECK_IMAP_TLS,
    CHECK_IMAP_GREETING,
    CHECK_IMAP_AUTHENTICATE,
    CHECK_IMAP_OPEN,
    CHECK_IMAP_PREVIEW,
    CHECK_STAGE_COUNT,
};

enum check_state {
    CHECK_WAITING, /* not yet begun; `skipped` in the JSON of an ended test */
    CHECK_RUNNING,
    CHECK_OK,
    CHECK_WARNED,
    CHECK_FAILED,
    CHECK_SKIPPED,
    CHECK_STOPPED, /* "cancelled" */
};

struct check_step {
    enum check_state state;
    int64_t began_us; /* since the test began */
    int64_t took_us;
    char evidence[256]; /* one line, safe for a terminal; "" while there is none */
};

const char *check_stage_id(enum check_stage stage);    /* "token.request" */
const char *check_stage_label(enum check_stage stage); /* "request", N_() */
bool check_stage_is_token(enum check_stage stage);
const char *check_state_id(enum check_state state);    /* "ok" */
const char *check_state_label(enum check_state state); /* of a test that ended, N_() */

#endif
