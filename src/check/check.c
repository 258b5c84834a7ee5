#include "check/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "check/legs.h"
#include "net/cancel.h"
#include "oauth/http.h"

/* Each stage begins and ends once, and the end is one more: there is always room. */
enum { QUEUE_MAX = 2 * CHECK_STAGE_COUNT + 4 };

/* Shared by the caller and the worker; freed by whoever lets go last. */
struct check {
    pthread_mutex_t mutex; /* guards all but what is said to be the worker's */
    unsigned holders;
    uint32_t job;
    struct check_event queue[QUEUE_MAX];
    size_t first, count;
    int event_fd;
    bool ended;                /* CHECK_ENDED was posted: nothing is posted after it */
    struct check_facts *facts; /* from then on, until taken */
    struct check_step steps[CHECK_STAGE_COUNT]; /* as posted, for a cancel */
    struct settings entered;
    int64_t began_us;

    struct cancel cancel;  /* fired by the caller, polled by both legs */
    struct access *access; /* the worker's own */
};

static void let_go(struct check *check)
{
    bool last;

    pthread_mutex_lock(&check->mutex);
    last = --check->holders == 0;
    pthread_mutex_unlock(&check->mutex);
    if (!last)
        return;
    check_facts_free(&check->facts);
    access_free(&check->access);
    settings_free(&check->entered);
    cancel_close(&check->cancel);
    close(check->event_fd);
    pthread_mutex_destroy(&check->mutex);
    free(check);
}

/* The mutex is held. */
static void post(struct check *check, const struct check_event *event)
{
    uint64_t one = 1;

    if (check->count == QUEUE_MAX)
        return;
    check->queue[(check->first + check->count++) % QUEUE_MAX] = *event;
    while (write(check->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

/* The mutex is held.  Takes the facts. */
static void post_end(struct check *check, struct check_facts *facts)
{
    struct check_event event = {.kind = CHECK_ENDED, .job = check->job};

    check->ended = true;
    check->facts = facts;
    post(check, &event);
}

static void on_step(void *closure, enum check_stage stage, const struct check_step *step)
{
    struct check *check = closure;
    struct check_event event = {
        .kind = CHECK_STEP, .job = check->job, .stage = stage, .step = *step};

    pthread_mutex_lock(&check->mutex);
    check->steps[stage] = *step;
    if (!check->ended)
        post(check, &event);
    pthread_mutex_unlock(&check->mutex);
}

/* The token leg on a thread of its own. */
struct token_leg {
    struct legs legs;
    struct secret *token;
    pthread_t thread;
    bool started;
};

static void *run_token_leg(void *closure)
{
    struct token_leg *leg = closure;

    leg->token = legs_token(&leg->legs);
    if (!leg->token)
        legs_look_up_auth_methods(&leg->legs);
    return NULL;
}

static void start_token_leg(struct token_leg *leg, const struct legs *legs)
{
    leg->legs = *legs;
    leg->started = pthread_create(&leg->thread, NULL, run_token_leg, leg) == 0;
    if (!leg->started)
        run_token_leg(leg);
}

static const struct secret *wait_for_token(struct token_leg *leg)
{
    if (leg->started)
        pthread_join(leg->thread, NULL);
    return leg->token;
}

static void skip_token_stages(struct legs *legs)
{
    for (int stage = CHECK_TOKEN_RESOLVE; stage <= CHECK_TOKEN_CLAIMS; stage++)
        legs->facts->steps[stage].state = CHECK_SKIPPED;
}

/* Both legs side by side up to the greeting, so that one that fails does not hide the
 * other; then the rest with what the token leg brought. */
static void run_legs(struct legs *legs)
{
    struct token_leg token_leg = {.started = false};
    const struct secret *credential = legs->access->credential;
    bool connected;

    if (legs->access->uses_token)
        start_token_leg(&token_leg, legs);
    else
        skip_token_stages(legs);
    connected = legs_connect(legs);
    if (legs->access->uses_token)
        credential = wait_for_token(&token_leg);
    if (connected && credential && legs_authenticate(legs, credential) && legs_open(legs))
        legs_preview(legs);
    secret_free(&token_leg.token);
}

static void *work(void *closure)
{
    struct check *check = closure;
    struct check_facts *facts = check_facts_new();
    struct legs legs = {.access = check->access,
                        .cancel = &check->cancel,
                        .facts = facts,
                        .began_us = check->began_us,
                        .report = on_step,
                        .closure = check};
    struct tls_trust *trust;

    check_facts_enter(facts, &check->access->settings);
    trust = legs_settings(&legs);
    legs.trust = trust;
    if (trust)
        run_legs(&legs);
    legs_finish(&legs);
    pthread_mutex_lock(&check->mutex);
    if (!check->ended) {
        post_end(check, facts);
        facts = NULL;
    }
    pthread_mutex_unlock(&check->mutex);
    /* The answer is out; the goodbye to the server may take its time. */
    imap_session_free(&legs.session);
    tls_trust_free(&trust);
    check_facts_free(&facts);
    let_go(check);
    return NULL;
}

struct check *check_start(struct access **access, uint32_t job, struct err *err)
{
    struct check *check = mem_new(1, sizeof *check);
    pthread_attr_t attributes;
    pthread_t thread;
    int failed;

    http_start();
    pthread_mutex_init(&check->mutex, NULL);
    check->holders = 2;
    check->job = job;
    check->access = *access;
    *access = NULL;
    settings_copy(&check->entered, &check->access->settings);
    check->began_us = clock_now_us();
    check->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    check->cancel.fd = -1;
    if (check->event_fd < 0 || !cancel_init(&check->cancel)) {
        failed = errno;
    } else {
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        failed = pthread_create(&thread, &attributes, work, check);
        pthread_attr_destroy(&attributes);
    }
    if (!failed)
        return check;
    err_set(err, ERR_INTERNAL, _("The test cannot start: %s."), strerror(failed));
    check->holders = 1;
    let_go(check);
    return NULL;
}

int check_fd(const struct check *check)
{
    return check->event_fd;
}

bool check_next_event(struct check *check, struct check_event *event)
{
    uint64_t waiting;
    bool found;

    pthread_mutex_lock(&check->mutex);
    found = check->count > 0;
    if (found) {
        *event = check->queue[check->first];
        check->first = (check->first + 1) % QUEUE_MAX;
        check->count--;
    }
    /* Only an empty queue is silent. */
    if (check->count == 0 && read(check->event_fd, &waiting, sizeof waiting) < 0)
        waiting = 0;
    pthread_mutex_unlock(&check->mutex);
    return found;
}

struct check_facts *check_take_facts(struct check *check)
{
    struct check_facts *facts;

    pthread_mutex_lock(&check->mutex);
    facts = check->facts;
    check->facts = NULL;
    pthread_mutex_unlock(&check->mutex);
    return facts;
}

/* What was seen so far; the rest is not waited for. */
static struct check_facts *cancelled_facts(const struct check *check)
{
    struct check_facts *facts = check_facts_new();

    check_facts_enter(facts, &check->entered);
    memcpy(facts->steps, check->steps, sizeof facts->steps);
    facts->cancelled = true;
    facts->elapsed_us = clock_now_us() - check->began_us;
    for (int stage = CHECK_STAGE_COUNT - 1; stage >= 0; stage--) {
        struct check_step *step = &facts->steps[stage];
        if (step->state == CHECK_WAITING) {
            step->state = CHECK_SKIPPED;
        } else if (step->state == CHECK_RUNNING) {
            step->state = CHECK_STOPPED;
            step->took_us = facts->elapsed_us - step->began_us;
            facts->failed = stage;
        }
    }
    if (facts->failed == CHECK_STAGE_COUNT)
        facts->failed = CHECK_SETTINGS;
    return facts;
}

void check_cancel(struct check *check)
{
    cancel_fire(&check->cancel);
    pthread_mutex_lock(&check->mutex);
    if (!check->ended)
        post_end(check, cancelled_facts(check));
    pthread_mutex_unlock(&check->mutex);
}

void check_free(struct check **check)
{
    bool ended;

    if (!*check)
        return;
    pthread_mutex_lock(&(*check)->mutex);
    ended = (*check)->ended;
    pthread_mutex_unlock(&(*check)->mutex);
    /* After the end the worker only says goodbye to the server, which is bounded. */
    if (!ended)
        cancel_fire(&(*check)->cancel);
    let_go(*check);
    *check = NULL;
}

struct check_facts *check_settings_failed(const struct settings *settings,
                                          const struct err *why)
{
    struct check_facts *facts = check_facts_new();

    check_facts_enter(facts, settings);
    facts->settings_error = *why;
    for (int stage = 0; stage < CHECK_STAGE_COUNT; stage++)
        facts->steps[stage].state = CHECK_SKIPPED;
    facts->failed = CHECK_SETTINGS;
    facts->steps[CHECK_SETTINGS].state = CHECK_FAILED;
    text_copy_safe(facts->steps[CHECK_SETTINGS].evidence,
                   sizeof facts->steps[CHECK_SETTINGS].evidence, why->text,
                   strlen(why->text));
    return facts;
}
