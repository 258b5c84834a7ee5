#include "protocol/check/trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/report.h"
#include "base/mem.h"

const struct server_step trial_token_good[] = {
    TRIAL_ASKED,
    SERVER_REPLY(200, TRIAL_TOKEN_JSON),
    SERVER_END,
};

const struct server_step trial_imap_good[] = {
    TRIAL_OPENED,
    SERVER_HEAR("* UID SEARCH UNSEEN"),
    SERVER_SAY("* SEARCH 5 9\r\n$TAG OK found\r\n"),
    SERVER_HEAR("* UID FETCH 5,9 *"),
    SERVER_SAY("* 5 FETCH (UID 5 INTERNALDATE \"17-Jul-2026 02:44:25 +0000\" "
               "BODY[HEADER.FIELDS (Subject From)] {34}\r\n"
               "Subject: =?utf-8?q?caf=C3=A9?=\r\n\r\n)\r\n"
               "* 9 FETCH (UID 9 INTERNALDATE \"17-Jul-2026 02:44:26 +0000\" "
               "BODY[HEADER.FIELDS (Subject From)] {22}\r\n"
               "Subject: a\x1b[2Jb\x07 c\r\n\r\n)\r\n"
               "$TAG OK fetched\r\n"),
    SERVER_HEAR("* LOGOUT"),
    SERVER_SAY("* BYE\r\n$TAG OK\r\n"),
    SERVER_END,
};

static void set_number(struct trial *trial, enum setting_id id, int number)
{
    char text[16];

    snprintf(text, sizeof text, "%d", number);
    trial_set(trial, id, text);
}

void trial_setup(struct trial *trial, const struct server_step *token_script,
                 const struct server_step *imap_script)
{
    struct access *access = mem_new(1, sizeof *access);
    const char *credential = token_script ? TRIAL_SECRET : TRIAL_PASSWORD;

    *trial = (struct trial){.access = access};
    settings_init(&access->settings);
    access->credential = secret_new(credential, strlen(credential));
    access->uses_token = token_script != NULL;
    trial_set(trial, SET_AUTH_METHOD, token_script ? "oauth" : "basic");
    if (token_script) {
        trial->token = server_start(token_script);
        access->token_url =
            mem_format("https://localhost:%d/token", server_port(trial->token));
        access->client_id = mem_copy_text("box");
        access->client_auth = mem_copy_text("post");
        trial_set(trial, SET_OAUTH_SOURCE, "custom");
        trial_set(trial, SET_OAUTH_TOKEN_URL, access->token_url);
        trial_set(trial, SET_OAUTH_CLIENT_ID, "box");
        trial_set(trial, SET_OAUTH_SCOPE, "imap");
    } else {
        trial_set(trial, SET_BASIC_USERNAME, "box");
    }
    trial->imap = server_start(imap_script);
    set_number(trial, SET_SERVER_PORT, server_port(trial->imap));
    trial_set(trial, SET_SERVER_HOST, "localhost");
    trial_set(trial, SET_MAILBOX_USER, "box@example.com");
    trial_set(trial, SET_TLS_CA_FILE, certs_ca_file());
}

void trial_set(struct trial *trial, enum setting_id id, const char *text)
{
    settings_set(&trial->access->settings, id, text);
}

/* The last state of every stage, as the observer saw it. */
struct seen {
    struct check_step steps[CHECK_STAGE_COUNT];
};

static void on_step(void *closure, enum check_stage stage, const struct check_step *step)
{
    struct seen *seen = closure;

    /* Nothing begins after its end, and nothing ends that did not begin. */
    if (step->state == CHECK_RUNNING)
        assert_int_equal(seen->steps[stage].state, CHECK_WAITING);
    else
        assert_int_equal(seen->steps[stage].state, CHECK_RUNNING);
    assert_true(step->took_us >= 0);
    seen->steps[stage] = *step;
}

static void assert_same_steps(const struct seen *seen, const struct check_facts *facts)
{
    for (int stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        const struct check_step *step = &seen->steps[stage];

        if (step->state == CHECK_WAITING || step->state == CHECK_RUNNING) {
            assert_int_equal(facts->steps[stage].state, CHECK_SKIPPED);
        } else {
            assert_int_equal(facts->steps[stage].state, step->state);
            assert_string_equal(facts->steps[stage].evidence, step->evidence);
        }
    }
}

void trial_run(struct trial *trial)
{
    struct seen seen = {0};
    struct err err = ERR_INIT;

    trial->facts = check_run(&trial->access, -1, on_step, &seen, &err);
    assert_null(trial->access);
    assert_non_null(trial->facts);
    assert_same_steps(&seen, trial->facts);
    trial_assert_no_secret(trial->facts);
}

void trial_teardown(struct trial *trial)
{
    check_facts_free(&trial->facts);
    access_free(&trial->access);
    if (trial->token)
        server_stop(&trial->token);
    server_stop(&trial->imap);
}

static void assert_absent(const void *bytes, size_t size, const char *secret)
{
    assert_null(memmem(bytes, size, secret, strlen(secret)));
}

void trial_assert_no_secret(const struct check_facts *facts)
{
    static const char *const planted[] = {TRIAL_SECRET, TRIAL_PASSWORD, TRIAL_TOKEN,
                                          "p~1%2B2%2F3%3D"};

    struct diagnosis *diagnosis = advice_diagnose(facts);
    char *report = report_full("box", facts, diagnosis, false);

    assert_null(facts->token.token);
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
        assert_absent(facts, sizeof *facts, planted[i]);
        assert_absent(report, strlen(report), planted[i]);
        for (int id = 0; id < SET_COUNT; id++)
            assert_null(
                strstr(settings_text(&facts->entered, (enum setting_id)id), planted[i]));
    }
    free(report);
    diagnosis_free(&diagnosis);
}

void trial_assert_state(const struct trial *trial, enum check_stage stage,
                        enum check_state state, const char *evidence)
{
    const struct check_step *step = &trial->facts->steps[stage];

    if (step->state != state)
        print_message("%s: %s\n", check_stage_id(stage), step->evidence);
    assert_string_equal(check_state_id(step->state), check_state_id(state));
    if (evidence)
        assert_string_equal(step->evidence, evidence);
}

void trial_assert_failed(const struct trial *trial, enum check_stage stage)
{
    if (trial->facts->failed != stage && trial->facts->failed < CHECK_STAGE_COUNT)
        print_message("%s: %s\n", check_stage_id(trial->facts->failed),
                      trial->facts->steps[trial->facts->failed].evidence);
    assert_int_equal(trial->facts->failed, stage);
    trial_assert_state(trial, stage, CHECK_FAILED, NULL);
    assert_string_not_equal(trial->facts->steps[stage].evidence, "");
    assert_false(trial->facts->cancelled);
}

int trial_without_proxies(void **state)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",   "no_proxy",    "NO_PROXY"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    return 0;
}
