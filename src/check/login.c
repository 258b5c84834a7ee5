#include "check/login.h"

#include <time.h>

#include "base/clock.h"
#include "check/evidence.h"
#include "check/legs.h"

/* May the token server be itself again soon?  Then what it said is no verdict. */
static bool is_passing_trouble(const struct token_answer *answer)
{
    return answer->http_status == 0 || answer->http_status == 429 ||
           answer->http_status >= 500;
}

static struct secret *keep_token(struct legs *legs, const struct token_keeper *keeper,
                                 const struct secret *kept, time_t now)
{
    legs->facts->token.expires_in_s = token_keeper_expires_at(keeper) - now;
    return legs_keep_token(legs, kept);
}

enum origin {
    TOKEN_NEW, /* asked for just now */
    TOKEN_KEPT,
    TOKEN_LATE, /* kept, too: a new one was due, and could not be had */
};

/* The token to go in with, the caller's. */
static struct secret *find_token(struct legs *legs, struct token_keeper *keeper,
                                 enum origin *origin)
{
    time_t now = time(NULL);
    const struct secret *kept =
        keeper ? token_keeper_get(keeper, legs->access, now) : NULL;
    struct secret *token;

    *origin = kept && now < token_keeper_renew_at(keeper) ? TOKEN_KEPT : TOKEN_NEW;
    if (*origin == TOKEN_KEPT)
        return keep_token(legs, keeper, kept, now);
    token = legs_token(legs);
    if (token && keeper)
        token_keeper_put(keeper, legs->access, token, legs->facts->token.expires_in_s,
                         now);
    if (token || !kept || cancel_fired(legs->cancel))
        return token;
    token_keeper_put_off(keeper, legs->facts->token.retry_after_s, time(NULL));
    if (!is_passing_trouble(&legs->facts->token))
        return NULL;
    *origin = TOKEN_LATE;
    return keep_token(legs, keeper, kept, now);
}

static bool go_in(struct legs *legs, const struct secret *credential)
{
    return legs_connect(legs) && legs_authenticate(legs, credential);
}

static bool was_refused(const struct legs *legs)
{
    return legs->facts->steps[CHECK_IMAP_AUTHENTICATE].state == CHECK_FAILED &&
           legs->facts->imap_status == IMAP_NO;
}

static bool authenticate(struct legs *legs, struct token_keeper *keeper,
                         enum origin *origin)
{
    struct secret *token;
    bool done;

    if (!legs->access->uses_token)
        return go_in(legs, legs->access->credential);
    token = find_token(legs, keeper, origin);
    done = token && go_in(legs, token);
    if (!done && token && *origin != TOKEN_NEW && was_refused(legs)) {
        token_keeper_drop(keeper);
        secret_free(&token);
        imap_session_free(&legs->session);
        legs_begin_anew(legs);
        token = find_token(legs, keeper, origin);
        done = token && go_in(legs, token);
    }
    if (!done && token && keeper && was_refused(legs))
        token_keeper_drop(keeper);
    secret_free(&token);
    return done;
}

/* The stage `settings`, which both ways in begin with. */
static bool begin(struct login *login, struct legs *legs)
{
    *login = (struct login){.facts = check_facts_new()};
    legs->facts = login->facts;
    legs->began_us = clock_now_us();
    check_facts_enter(login->facts, &legs->access->settings);
    login->trust = legs_settings(legs);
    legs->trust = login->trust;
    return login->trust != NULL;
}

bool login_open(struct login *login, struct access *access, struct token_keeper *keeper,
                const struct cancel *cancel)
{
    struct legs legs = {.access = access, .cancel = cancel};
    enum origin origin = TOKEN_NEW;
    bool done = begin(login, &legs) && authenticate(&legs, keeper, &origin);

    legs_finish(&legs);
    login->is_token_late = origin == TOKEN_LATE;
    if (done)
        login->session = legs.session;
    else
        imap_session_free(&legs.session);
    return done;
}

bool login_token(struct login *login, struct access *access, struct token_keeper *keeper,
                 const struct cancel *cancel, struct secret **token)
{
    struct legs legs = {.access = access, .cancel = cancel};
    enum origin origin = TOKEN_NEW;

    *token = begin(login, &legs) ? find_token(&legs, keeper, &origin) : NULL;
    login->is_token_late = *token && origin == TOKEN_LATE;
    legs_finish(&legs);
    return *token != NULL;
}

void login_close(struct login *login)
{
    imap_session_free(&login->session);
    tls_trust_free(&login->trust);
    check_facts_free(&login->facts);
}

void login_note_failure(struct login *login, enum check_stage stage,
                        enum imap_status status)
{
    struct check_facts *facts = login->facts;
    struct check_step *step = &facts->steps[stage];

    facts->failed = stage;
    facts->imap_status = status;
    facts->answer = *imap_session_answer(login->session);
    facts->imap_failure = *imap_session_failure(login->session);
    step->state = CHECK_FAILED;
    evidence_of_answer(step->evidence, sizeof step->evidence, status, &facts->answer,
                       &facts->imap_failure);
}
