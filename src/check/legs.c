#include "check/legs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/scrub.h"
#include "base/text.h"
#include "check/evidence.h"
#include "check/obtain.h"
#include "net/dial.h"
#include "net/stream.h"

enum { TIMEOUT_S = 15, FOLDERS_NAMED = 40, CAPABILITIES_MS = 2000 };

static int timeout_ms(const struct legs *legs)
{
    return 1000 * settings_number(&legs->access->settings, SET_SERVER_TIMEOUT_SECONDS,
                                  TIMEOUT_S);
}

static void report(struct legs *legs, enum check_stage stage)
{
    if (legs->report)
        legs->report(legs->closure, stage, &legs->facts->steps[stage]);
}

static void begin_at(struct legs *legs, enum check_stage stage, int64_t began_us)
{
    legs->facts->steps[stage] =
        (struct check_step){.state = CHECK_RUNNING, .began_us = began_us};
    report(legs, stage);
}

static void begin(struct legs *legs, enum check_stage stage)
{
    begin_at(legs, stage, clock_now_us() - legs->began_us);
}

/* true unless the stage failed. */
static bool end(struct legs *legs, enum check_stage stage, enum check_state state,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool end(struct legs *legs, enum check_stage stage, enum check_state state,
                const char *format, ...)
{
    struct check_step *step = &legs->facts->steps[stage];
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (step->took_us == 0)
        step->took_us = clock_now_us() - legs->began_us - step->began_us;
    step->state =
        cancel_fired(legs->cancel) && state == CHECK_FAILED ? CHECK_STOPPED : state;
    text_copy_safe(step->evidence, sizeof step->evidence, text, strlen(text));
    report(legs, stage);
    return state != CHECK_FAILED;
}

static struct tls_trust *load_trust(struct legs *legs)
{
    const char *ca_file = settings_text(&legs->access->settings, SET_TLS_CA_FILE);
    struct net_failure failure = {0};
    struct tls_trust *trust = tls_trust_load(ca_file, &failure);

    if (!trust)
        err_set_key(&legs->facts->settings_error, ERR_SETTING,
                    setting_defs[SET_TLS_CA_FILE].key, "%s", failure.text);
    return trust;
}

struct tls_trust *legs_settings(struct legs *legs)
{
    struct err *err = &legs->facts->settings_error;
    struct tls_trust *trust = NULL;
    enum check_state state;
    char text[EVIDENCE_MAX];

    begin(legs, CHECK_SETTINGS);
    if (access_complete(legs->access, err)) {
        legs->facts->secret_expiry =
            expiry_of_seconds(legs->access->secret_expires_at, time(NULL));
        check_facts_shape(legs->facts, legs->access->credential);
        trust = load_trust(legs);
    }
    state = evidence_of_settings(text, sizeof text, legs->facts);
    if (trust)
        end(legs, CHECK_SETTINGS, state, "%s", text);
    else
        end(legs, CHECK_SETTINGS, CHECK_FAILED, "%s", err->text);
    return trust;
}

/* The token leg */

static const enum check_stage token_stages[] = {
    [TOKEN_RESOLVE] = CHECK_TOKEN_RESOLVE,
    [TOKEN_CONNECT] = CHECK_TOKEN_CONNECT,
    [TOKEN_TLS] = CHECK_TOKEN_TLS,
    [TOKEN_REQUEST] = CHECK_TOKEN_REQUEST,
};

/* A phase of the request ended well: its stage is done and the next begins. */
static void on_progress(void *closure, enum token_phase phase, int64_t took_us,
                        const struct token_answer *so_far)
{
    struct legs *legs = closure;
    struct check_step *step = &legs->facts->steps[token_stages[phase]];
    char text[EVIDENCE_MAX];

    if (phase == TOKEN_REQUEST)
        return;
    step->took_us = took_us;
    evidence_of_token_phase(text, sizeof text, phase, so_far);
    end(legs, token_stages[phase],
        phase == TOKEN_TLS ? evidence_tls_state(&so_far->tls) : CHECK_OK, "%s", text);
    begin_at(legs, token_stages[phase + 1], step->began_us + took_us);
}

static void note_request(struct legs *legs)
{
    struct check_facts *facts = legs->facts;
    const struct access *access = legs->access;
    const char *url = access->token_url ? access->token_url : access->issuer;

    text_copy_safe(facts->token_url, sizeof facts->token_url, url, strlen(url));
    text_copy_safe(facts->client_id, sizeof facts->client_id, access->client_id,
                   strlen(access->client_id));
    snprintf(facts->client_auth, sizeof facts->client_auth, "%s", access->client_auth);
}

/* A stage that never began (a discovery that failed) begins where it fails. */
static struct secret *fail_token(struct legs *legs)
{
    const struct token_answer *answer = &legs->facts->token;
    enum check_stage stage = token_stages[answer->phase];
    char text[EVIDENCE_MAX];

    evidence_of_token_failure(text, sizeof text, answer);
    end(legs, stage, CHECK_FAILED, "%s", text);
    return NULL;
}

/* Who made the token knows the client secret, and may have written it there. */
static void decode_claims(struct legs *legs, const struct secret *token)
{
    const struct secret *credential = legs->access->credential;
    struct scrub *hidden = scrub_new();

    scrub_hide(hidden, secret_bytes(credential), secret_length(credential));
    claims_decode(token, hidden, &legs->facts->claims);
    scrub_free(&hidden);
}

struct secret *legs_token(struct legs *legs)
{
    struct check_facts *facts = legs->facts;
    struct token_answer *answer = &facts->token;
    struct secret *token;
    char text[EVIDENCE_MAX];
    enum check_state state;
    bool obtained;

    note_request(legs);
    begin(legs, CHECK_TOKEN_RESOLVE);
    obtained = token_obtain(legs->access, legs->cancel, on_progress, legs, answer);
    if (answer->url[0])
        snprintf(facts->token_url, sizeof facts->token_url, "%s", answer->url);
    if (!obtained)
        return fail_token(legs);
    state = evidence_of_token(text, sizeof text, facts);
    end(legs, CHECK_TOKEN_REQUEST, state, "%s", text);
    begin(legs, CHECK_TOKEN_CLAIMS);
    token = answer->token;
    answer->token = NULL;
    facts->had_token = true;
    decode_claims(legs, token);
    state = evidence_of_claims(text, sizeof text, facts);
    end(legs, CHECK_TOKEN_CLAIMS, state, "%s", text);
    return token;
}

/* The client was refused, as it is also when its secret came by the other way. */
static bool is_refused_client(const struct token_answer *answer)
{
    bool names_client = strcmp(answer->error, "invalid_client") == 0 ||
                        strcmp(answer->error, "unauthorized_client") == 0;

    return !answer->is_discovery && answer->aadsts == 0 &&
           ((answer->http_status == 400 && names_client) ||
            (answer->http_status == 401 && (names_client || !answer->error[0])));
}

void legs_look_up_auth_methods(struct legs *legs)
{
    const struct settings *settings = &legs->access->settings;
    struct discovery_request how = {
        .issuer = legs->access->issuer,
        .ca_file = settings_text(settings, SET_TLS_CA_FILE),
        .proxy = settings_text(settings, SET_OAUTH_PROXY),
        .timeout_ms = timeout_ms(legs),
    };

    if (is_refused_client(&legs->facts->token) &&
        !settings_is(settings, SET_OAUTH_SOURCE, "exchange"))
        auth_methods_ask(&how, legs->facts->token_url, legs->cancel,
                         &legs->facts->auth_methods);
}

struct secret *legs_keep_token(struct legs *legs, const struct secret *token)
{
    struct check_facts *facts = legs->facts;
    struct check_step *steps = facts->steps;
    char text[EVIDENCE_MAX];
    enum check_state state;

    note_request(legs);
    for (enum check_stage stage = CHECK_TOKEN_RESOLVE; stage < CHECK_TOKEN_CLAIMS;
         stage++)
        if (steps[stage].state == CHECK_FAILED)
            steps[stage].state = CHECK_WARNED;
    begin(legs, CHECK_TOKEN_CLAIMS);
    facts->had_token = true;
    decode_claims(legs, token);
    state = evidence_of_claims(text, sizeof text, facts);
    end(legs, CHECK_TOKEN_CLAIMS, state, "%s", text);
    return secret_copy(token);
}

void legs_begin_anew(struct legs *legs)
{
    struct check_facts *facts = legs->facts;

    for (enum check_stage stage = CHECK_IMAP_RESOLVE; stage < CHECK_STAGE_COUNT; stage++)
        facts->steps[stage] = (struct check_step){.state = CHECK_WAITING};
    facts->imap_status = IMAP_OK;
    facts->answer = (struct imap_answer){0};
    facts->imap_failure = (struct net_failure){0};
}

/* The IMAP leg */

static bool fail_net(struct legs *legs, enum check_stage stage)
{
    char text[EVIDENCE_MAX];

    evidence_of_net_failure(text, sizeof text, &legs->facts->imap_failure);
    return end(legs, stage, CHECK_FAILED, "%s", text);
}

/* The words and the failure behind a command that did not end well. */
static bool fail_imap(struct legs *legs, enum check_stage stage, enum imap_status status)
{
    struct check_facts *facts = legs->facts;
    char text[EVIDENCE_MAX];

    facts->imap_status = status;
    facts->answer = *imap_session_answer(legs->session);
    facts->imap_failure = *imap_session_failure(legs->session);
    evidence_of_answer(text, sizeof text, status, &facts->answer, &facts->imap_failure);
    return end(legs, stage, CHECK_FAILED, "%s", text);
}

/* Which address it was matters: DNS may lead elsewhere than one thinks. */
static bool fail_connect(struct legs *legs, const struct dial_addresses *tried)
{
    struct check_facts *facts = legs->facts;
    char text[EVIDENCE_MAX];

    snprintf(facts->imap_address, sizeof facts->imap_address, "%s", tried->items[0].text);
    evidence_of_net_failure(text, sizeof text, &facts->imap_failure);
    if (tried->count == 1)
        return end(legs, CHECK_IMAP_CONNECT, CHECK_FAILED, "%s: %s", text,
                   facts->imap_address);
    return end(legs, CHECK_IMAP_CONNECT, CHECK_FAILED, "%s: %s and %zu more", text,
               facts->imap_address, tried->count - 1);
}

static bool resolve_and_connect(struct legs *legs, int *fd)
{
    const char *host = settings_text(&legs->access->settings, SET_SERVER_HOST);
    int port = settings_number(&legs->access->settings, SET_SERVER_PORT, 993);
    struct net_failure *failure = &legs->facts->imap_failure;
    const struct dial_address *used = NULL;
    struct dial_addresses found;

    begin(legs, CHECK_IMAP_RESOLVE);
    if (!dial_resolve(host, port, legs->cancel, clock_now_ms() + timeout_ms(legs), &found,
                      failure))
        return fail_net(legs, CHECK_IMAP_RESOLVE);
    end(legs, CHECK_IMAP_RESOLVE, CHECK_OK, "%s", host);
    begin(legs, CHECK_IMAP_CONNECT);
    *fd = dial_connect(&found, legs->cancel, clock_now_ms() + timeout_ms(legs), &used,
                       failure);
    if (*fd < 0)
        return fail_connect(legs, &found);
    snprintf(legs->facts->imap_address, sizeof legs->facts->imap_address, "%s",
             used->text);
    return end(legs, CHECK_IMAP_CONNECT, CHECK_OK, "%s, port %d", used->text, port);
}

static bool end_tls(struct legs *legs)
{
    char text[EVIDENCE_MAX];

    evidence_of_tls(text, sizeof text, &legs->facts->imap_tls);
    return end(legs, CHECK_IMAP_TLS, evidence_tls_state(&legs->facts->imap_tls), "%s",
               text);
}

static bool implicit_tls(struct legs *legs, struct stream *stream)
{
    const char *host = settings_text(&legs->access->settings, SET_SERVER_HOST);

    begin(legs, CHECK_IMAP_TLS);
    stream_set_deadline(stream, clock_now_ms() + timeout_ms(legs));
    if (stream_start_tls(stream, legs->trust, host, &legs->facts->imap_tls))
        return end_tls(legs);
    legs->facts->imap_failure = *stream_failure(stream);
    return fail_net(legs, CHECK_IMAP_TLS);
}

static bool read_greeting(struct legs *legs, struct stream *stream)
{
    struct check_facts *facts = legs->facts;
    const char *line = "";
    char text[EVIDENCE_MAX];
    enum imap_status status;
    unsigned bits;

    begin(legs, CHECK_IMAP_GREETING);
    legs->session =
        imap_session_open(stream, timeout_ms(legs), legs->access->credential, &status);
    snprintf(facts->greeting, sizeof facts->greeting, "%s",
             imap_session_greeting(legs->session));
    if (status != IMAP_OK)
        return fail_imap(legs, CHECK_IMAP_GREETING, status);
    status = imap_session_capabilities(legs->session, &bits, &line);
    if (status != IMAP_OK)
        return fail_imap(legs, CHECK_IMAP_GREETING, status);
    text_copy_safe(facts->capabilities, sizeof facts->capabilities, line, strlen(line));
    evidence_of_greeting(text, sizeof text, facts->greeting);
    return end(legs, CHECK_IMAP_GREETING, CHECK_OK, "%s", text);
}

static bool start_tls(struct legs *legs)
{
    const char *host = settings_text(&legs->access->settings, SET_SERVER_HOST);
    enum imap_status status;

    begin(legs, CHECK_IMAP_TLS);
    status =
        imap_session_starttls(legs->session, legs->trust, host, &legs->facts->imap_tls);
    if (status != IMAP_OK)
        return fail_imap(legs, CHECK_IMAP_TLS, status);
    return end_tls(legs);
}

bool legs_connect(struct legs *legs)
{
    bool upgrade = settings_is(&legs->access->settings, SET_SERVER_SECURITY, "starttls");
    struct stream *stream;
    int fd = -1;

    if (!resolve_and_connect(legs, &fd))
        return false;
    stream = stream_new(fd, legs->cancel);
    if (!upgrade && !implicit_tls(legs, stream)) {
        stream_free(&stream);
        return false;
    }
    if (!read_greeting(legs, stream))
        return false;
    return !upgrade || start_tls(legs);
}

bool legs_authenticate(struct legs *legs, const struct secret *credential)
{
    struct check_facts *facts = legs->facts;
    const struct settings *settings = &legs->access->settings;
    const char *user = settings_login(settings), *line = "";
    unsigned bits = 0;
    enum imap_status status;

    begin(legs, CHECK_IMAP_AUTHENTICATE);
    status = imap_session_capabilities(legs->session, &bits, &line);
    if (status != IMAP_OK)
        return fail_imap(legs, CHECK_IMAP_AUTHENTICATE, status);
    text_copy_safe(facts->capabilities, sizeof facts->capabilities, line, strlen(line));
    facts->mechanism = imap_choose_mechanism(bits, legs->access->uses_token);
    if (facts->mechanism == IMAP_MECHANISM_NONE) {
        facts->imap_status = IMAP_UNABLE;
        return end(legs, CHECK_IMAP_AUTHENTICATE, CHECK_FAILED, "%s",
                   legs->access->uses_token ? "no XOAUTH2, no OAUTHBEARER"
                                            : "no PLAIN, no LOGIN");
    }
    status = imap_session_authenticate(legs->session, facts->mechanism, user, credential,
                                       settings_text(settings, SET_SERVER_HOST),
                                       settings_number(settings, SET_SERVER_PORT, 993));
    if (status != IMAP_OK)
        return fail_imap(legs, CHECK_IMAP_AUTHENTICATE, status);
    return end(legs, CHECK_IMAP_AUTHENTICATE, CHECK_OK, "%s as %s",
               imap_mechanism_name(facts->mechanism), user);
}

/* For whoever reads the report; the result never waits for it. */
static void note_login_capabilities(struct legs *legs)
{
    struct check_facts *facts = legs->facts;
    const char *line = imap_session_login_capabilities(legs->session, CAPABILITIES_MS);

    if (line)
        text_copy_safe(facts->login_capabilities, sizeof facts->login_capabilities, line,
                       strlen(line));
}

static bool fail_open(struct legs *legs, enum imap_status status)
{
    fail_imap(legs, CHECK_IMAP_OPEN, status);
    if (status == IMAP_NO)
        imap_session_list(legs->session, FOLDERS_NAMED, &legs->facts->folders);
    note_login_capabilities(legs);
    return false;
}

bool legs_open(struct legs *legs)
{
    struct check_facts *facts = legs->facts;
    const char *folder = settings_text(&legs->access->settings, SET_MAILBOX_FOLDER);
    enum imap_status status;
    char text[EVIDENCE_MAX];

    begin(legs, CHECK_IMAP_OPEN);
    status = imap_session_examine(legs->session, folder, &facts->folder);
    if (status != IMAP_OK)
        return fail_open(legs, status);
    evidence_of_folder(text, sizeof text, folder, &facts->folder);
    return end(legs, CHECK_IMAP_OPEN, CHECK_OK, "%s", text);
}

static enum imap_status look_into(struct legs *legs)
{
    struct check_facts *facts = legs->facts;
    struct imap_uids uids = {NULL, 0};
    enum imap_status status = imap_session_search_unseen(legs->session, &uids);
    size_t shown = uids.count < CHECK_PREVIEW_MAX ? uids.count : CHECK_PREVIEW_MAX;

    facts->unread = (uint32_t)uids.count;
    if (status == IMAP_OK && shown)
        status = imap_session_previews(legs->session, uids.items + uids.count - shown,
                                       shown, facts->previews, &facts->preview_count);
    free(uids.items);
    return status;
}

void legs_preview(struct legs *legs)
{
    struct check_facts *facts = legs->facts;
    struct check_step *step = &facts->steps[CHECK_IMAP_PREVIEW];
    char text[EVIDENCE_MAX];

    begin(legs, CHECK_IMAP_PREVIEW);
    facts->preview_status = look_into(legs);
    facts->preview_answer = *imap_session_answer(legs->session);
    if (facts->preview_status == IMAP_OK)
        evidence_of_unread(text, sizeof text, facts->unread);
    else
        evidence_of_answer(text, sizeof text, facts->preview_status,
                           &facts->preview_answer, imap_session_failure(legs->session));
    step->took_us = clock_now_us() - legs->began_us - step->began_us;
    note_login_capabilities(legs);
    end(legs, CHECK_IMAP_PREVIEW,
        facts->preview_status == IMAP_OK ? CHECK_OK : CHECK_WARNED, "%s", text);
}

void legs_finish(struct legs *legs)
{
    struct check_facts *facts = legs->facts;

    facts->failed = CHECK_STAGE_COUNT;
    for (int stage = CHECK_STAGE_COUNT - 1; stage >= 0; stage--) {
        struct check_step *step = &facts->steps[stage];
        if (step->state == CHECK_WAITING || step->state == CHECK_RUNNING)
            step->state = CHECK_SKIPPED;
        if (step->state == CHECK_FAILED || step->state == CHECK_STOPPED)
            facts->failed = stage;
        if (step->state == CHECK_STOPPED)
            facts->cancelled = true;
    }
    facts->elapsed_us = clock_now_us() - legs->began_us;
}
