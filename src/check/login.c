#include "check/login.h"

#include "base/clock.h"
#include "check/evidence.h"
#include "check/legs.h"

static bool authenticate(struct legs *legs)
{
    struct secret *token = NULL;
    bool done = false;

    if (legs->access->uses_token) {
        token = legs_token(legs);
        if (!token)
            return false;
    }
    if (legs_connect(legs))
        done = legs_authenticate(legs, token ? token : legs->access->credential);
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

bool login_open(struct login *login, struct access *access, const struct cancel *cancel)
{
    struct legs legs = {.access = access, .cancel = cancel};
    bool done = begin(login, &legs) && authenticate(&legs);

    legs_finish(&legs);
    if (done)
        login->session = legs.session;
    else
        imap_session_free(&legs.session);
    return done;
}

bool login_token(struct login *login, struct access *access, const struct cancel *cancel,
                 struct secret **token)
{
    struct legs legs = {.access = access, .cancel = cancel};

    *token = begin(login, &legs) ? legs_token(&legs) : NULL;
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
