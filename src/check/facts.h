/*
 * Everything a test learnt, typed: what the diagnosis is a pure function of.
 *
 * No secret, token or SASL line is in here.  Texts are safe for a terminal and bounded.
 */
#ifndef LETTERBOX_CHECK_FACTS_H
#define LETTERBOX_CHECK_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "check/stages.h"
#include "imap/session.h"
#include "oauth/auth_methods.h"
#include "oauth/claims.h"
#include "oauth/token.h"
#include "settings/expiry.h"
#include "settings/setting.h"

#define CHECK_PREVIEW_MAX 5

/* What the credential looks like, without being it. */
struct check_credential_shape {
    bool is_guid; /* the shape of Entra's Secret ID */
    bool is_entra_value;
    bool has_outer_blank;
    bool has_special; /* characters that form-encoding changes */
    size_t length;
};

struct check_facts {
    struct settings entered; /* secrets unset, and no login in a URL */
    bool credential_set;     /* a password or secret was entered, or where it is */
    struct check_credential_shape credential;
    struct err settings_error; /* the first, when CHECK_SETTINGS failed */

    struct check_step steps[CHECK_STAGE_COUNT];
    enum check_stage
        failed; /* the stage that failed; CHECK_STAGE_COUNT when all is well */
    bool cancelled;
    time_t began_at; /* by this machine's clock */
    int64_t elapsed_us;

    bool used_oauth;
    struct expiry secret_expiry; /* of the Client secret, on the day of the test */
    char token_url[512];         /* that was asked */
    char client_id[128];         /* that asked */
    char client_auth[8];         /* "post" or "basic" */
    struct token_answer
        token; /* its `token` is NULL: wiped before the facts are handed on */
    struct auth_methods auth_methods; /* looked up after a client was refused */
    bool had_token;
    struct claims claims;

    struct net_failure imap_failure;
    char imap_address[64];
    struct tls_facts imap_tls;
    char greeting[512];
    char capabilities[1024];       /* before login, as the server wrote them */
    char login_capabilities[1024]; /* once logged in; "" when not told */
    enum imap_mechanism mechanism;
    enum imap_status imap_status; /* of the stage that failed */
    struct imap_answer answer;    /* the words of that stage */
    struct imap_folder folder;
    char **folders; /* names, when the folder was missing; or NULL */

    uint32_t unread;
    struct imap_preview previews[CHECK_PREVIEW_MAX];
    size_t preview_count;
    enum imap_status preview_status;
    struct imap_answer preview_answer; /* why there is no preview */
};

struct check_facts *check_facts_new(void);
void check_facts_free(struct check_facts **facts);

/* Notes what was entered, without its secrets. */
void check_facts_enter(struct check_facts *facts, const struct settings *settings);

/* Notes what the credential looks like. */
void check_facts_shape(struct check_facts *facts, const struct secret *credential);

#endif
