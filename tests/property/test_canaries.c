/*
 * Servers that write back what they were sent, at every place where their words are kept
 * and in every way to write it: nothing of it is in what the program prints or leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/scrub.h"
#include "property/look.h"
#include "support/echo/echo.h"

#define STEPS_MAX 24
#define TEXT_MAX  (64 * 1024)

/* Each round another spelling comes to each place; together the rounds bring all of them,
 * each to some place of every scene. */
#define STRIDE 3

struct stage {
    size_t round, places;
    struct server_step token[STEPS_MAX], imap[STEPS_MAX];
    size_t token_count, imap_count;
    char *texts[4 * STEPS_MAX];
    size_t text_count;
};

/* ---- Scripts ------------------------------------------------------------------------
 */

static char *keep(struct stage *stage, char *text)
{
    assert_true(stage->text_count < sizeof stage->texts / sizeof stage->texts[0]);
    return stage->texts[stage->text_count++] = text;
}

/* The next place's way to write it. */
static const char *spell(struct stage *stage, const char *secret)
{
    size_t which = (stage->round * STRIDE + stage->places++) % echo_count();

    return keep(stage, echo_write(which, secret));
}

/* The same where a line must not end. */
static const char *spell_line(struct stage *stage, const char *secret)
{
    char *text = (char *)(uintptr_t)spell(stage, secret);

    for (char *at = text; *at; at++)
        *at = *at == '\r' || *at == '\n' ? ' ' : *at;
    return text;
}

static void add_step(struct server_step *steps, size_t *count, struct server_step step)
{
    assert_true(*count < STEPS_MAX - 1);
    steps[(*count)++] = step;
}

static void add_token(struct stage *stage, char *reply)
{
    static const struct server_step begin[] = {SERVER_TLS(CERT_GOOD),
                                               SERVER_REQUEST("*")};
    const struct server_step say = {SERVER_DO_BYTES, keep(stage, reply), strlen(reply)};

    for (size_t i = 0; i < 2; i++)
        add_step(stage->token, &stage->token_count, begin[i]);
    add_step(stage->token, &stage->token_count, say);
}

/* The server speaks, then listens. */
static void add_imap(struct stage *stage, char *text)
{
    static const struct server_step tls = SERVER_TLS(CERT_GOOD), listen = SERVER_LISTEN;
    const struct server_step say = {SERVER_DO_SAY, keep(stage, text), strlen(text)};

    if (stage->imap_count == 0)
        add_step(stage->imap, &stage->imap_count, tls);
    add_step(stage->imap, &stage->imap_count, say);
    add_step(stage->imap, &stage->imap_count, listen);
}

static char *reply(const char *status, const char *headers, const char *body)
{
    return mem_format(
        "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
        headers, strlen(body), body);
}

static void give_token(struct stage *stage)
{
    char *body = mem_format("{\"token_type\":\"Bearer\",\"expires_in\":3599,"
                            "\"access_token\":\"%s\",\"scope\":\"imap\"}",
                            ECHO_TOKEN);

    add_token(stage, reply("200 OK", "Content-Type: application/json\r\n", body));
    free(body);
}

static void greet(struct stage *stage, const char *mechanism)
{
    add_imap(stage,
             mem_format("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=%s] Lab ready\r\n",
                        mechanism));
}

/* What is still asked is granted: LOGOUT, and what the ingest asks behind a test. */
static void add_rest(struct stage *stage)
{
    for (int i = 0; i < 4; i++)
        add_imap(stage, mem_copy_text("$TAG OK done\r\n"));
}

static char *base64_of(const char *text)
{
    /* The first spelling of that name, of another text. */
    for (size_t i = 0; i < echo_count(); i++) {
        if (strcmp(echo_name(i), "base64") == 0)
            return echo_write(i, text);
    }
    return NULL;
}

/* ---- Scenes -------------------------------------------------------------------------
 */

static void set_member(struct stage *stage, json_t *object, const char *name)
{
    json_object_set_new(object, name, json_string(spell(stage, ECHO_SECRET)));
}

static void make_token_refused(struct stage *stage)
{
    static const char *const members[] = {
        "error_description", "error_uri", "trace_id", "correlation_id",
        "timestamp",         "suberror",  "message"};
    json_t *body = json_object(), *inner = json_object();
    char *headers, *text;

    if (stage->round % 2)
        set_member(stage, body, "error");
    else
        json_object_set_new(body, "error", json_string("invalid_client"));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        set_member(stage, body, members[i]);
    set_member(stage, inner, "inner");
    json_object_set_new(body, "claims", inner);
    text = json_dumps(body, 0);
    headers = mem_format(
        "Content-Type: application/json; x=%s\r\nWWW-Authenticate: Basic realm=\"%s\"\r\n"
        "Location: https://x/%s\r\nDate: Tue, 17 Nov 2026 10:00:00 GMT %s\r\nX-Y: %s\r\n",
        spell(stage, ECHO_SECRET), spell(stage, ECHO_SECRET), spell(stage, ECHO_SECRET),
        spell(stage, ECHO_SECRET), spell(stage, ECHO_SECRET));
    add_token(stage, reply("401 Unauthorized", headers, text));
    greet(stage, "XOAUTH2");
    add_rest(stage);
    free(text);
    free(headers);
    json_decref(body);
}

static void make_web_page(struct stage *stage)
{
    static const char *const statuses[] = {"503 Unavailable", "200 OK", "302 Found",
                                           "400 Bad Request"};
    char *body = mem_format(
        "<html><title>%s</title><input value=\"%s\"> %s\n<p>%s %s</html>",
        spell(stage, ECHO_SECRET), spell(stage, ECHO_SECRET), spell(stage, ECHO_SECRET),
        spell(stage, ECHO_SECRET), spell(stage, ECHO_SECRET));
    char *headers = mem_format("Content-Type: text/html\r\nLocation: /login?next=%s\r\n",
                               spell(stage, ECHO_SECRET));
    char *status =
        mem_format("%s %s", statuses[stage->round % 4], spell_line(stage, ECHO_SECRET));

    add_token(stage, reply(status, headers, body));
    greet(stage, "XOAUTH2");
    add_rest(stage);
    free(status);
    free(headers);
    free(body);
}

static void make_token_with_words(struct stage *stage)
{
    char *scope = mem_format("imap %s", spell_line(stage, ECHO_TOKEN));
    json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s}", "token_type",
                             stage->round % 2 ? "Bearer" : spell(stage, ECHO_TOKEN),
                             "access_token", ECHO_TOKEN, "scope", scope, "refresh_token",
                             spell(stage, ECHO_TOKEN), "id", spell(stage, ECHO_TOKEN));
    char *text = json_dumps(body, 0);
    char *headers =
        mem_format("Content-Type: text/plain; %s\r\nLocation: https://x/%s\r\n",
                   spell(stage, ECHO_TOKEN), spell(stage, ECHO_TOKEN));

    add_token(stage, reply("200 OK", headers, text));
    greet(stage, "XOAUTH2");
    add_imap(stage, mem_format("$TAG NO [AUTHENTICATIONFAILED] %s\r\n",
                               spell_line(stage, ECHO_TOKEN)));
    add_rest(stage);
    free(headers);
    free(text);
    json_decref(body);
    free(scope);
}

/* The refusal of a login, which may come as a BYE. */
static void refuse(struct stage *stage, const char *secret)
{
    char *inner = mem_format("{\"status\":\"401\",\"schemes\":\"%s\",\"scope\":\"%s\"}",
                             spell_line(stage, secret), spell_line(stage, secret));
    char *challenge = base64_of(inner);
    const char *bye = spell_line(stage, secret);

    add_imap(stage,
             mem_format("* OK [ALERT] %s\r\n* NO %s\r\n* CAPABILITY %s\r\n+ %s\r\n",
                        spell_line(stage, secret), spell_line(stage, secret),
                        spell_line(stage, secret), challenge));
    add_imap(stage,
             mem_format("%s%s%s$TAG NO [%s] %s\r\n", stage->round % 2 ? "* BYE " : "",
                        stage->round % 2 ? bye : "", stage->round % 2 ? "\r\n" : "",
                        spell_line(stage, secret), spell_line(stage, secret)));
    add_rest(stage);
    free(challenge);
    free(inner);
}

static void make_token_not_taken(struct stage *stage)
{
    give_token(stage);
    greet(stage, stage->round % 2 ? "XOAUTH2" : "OAUTHBEARER");
    refuse(stage, ECHO_TOKEN);
}

static void make_password_refused(struct stage *stage)
{
    greet(stage, "PLAIN");
    refuse(stage, ECHO_PASSWORD);
}

static void log_in(struct stage *stage, const char *secret)
{
    add_imap(
        stage,
        mem_format("* CAPABILITY IMAP4rev1 %s\r\n$TAG OK [CAPABILITY IMAP4rev1] %s\r\n",
                   spell_line(stage, secret), spell_line(stage, secret)));
}

/* A name in a quoted string. */
static char *quote(const char *text)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (; *text; text++) {
        if (strchr("\"\\", *text))
            buf_add_char(&out, '\\');
        buf_add_char(&out, *text);
    }
    return buf_take(&out);
}

static void refuse_folder(struct stage *stage, const char *secret)
{
    char *name = quote(spell_line(stage, secret));

    log_in(stage, secret);
    add_imap(stage, mem_format("* OK [ALERT] %s\r\n* 3 EXISTS\r\n* NO %s\r\n"
                               "$TAG NO [NONEXISTENT %s] %s\r\n",
                               spell_line(stage, secret), spell_line(stage, secret),
                               spell_line(stage, secret), spell_line(stage, secret)));
    add_imap(stage,
             mem_format("* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"%s\"\r\n"
                        "* BYE %s\r\n$TAG OK %s\r\n",
                        name, spell_line(stage, secret), spell_line(stage, secret)));
    add_rest(stage);
    free(name);
}

static void make_folder_missing(struct stage *stage)
{
    give_token(stage);
    greet(stage, "XOAUTH2");
    refuse_folder(stage, ECHO_TOKEN);
}

static void make_folder_refused(struct stage *stage)
{
    greet(stage, "PLAIN");
    refuse_folder(stage, ECHO_PASSWORD);
}

static void make_preview(struct stage *stage)
{
    char *coded = base64_of(ECHO_TOKEN), *header;

    header =
        mem_format("Subject: %s =?utf-8?b?%s?=\r\nFrom: \"%s\" <a@example.org>\r\n\r\n",
                   spell(stage, ECHO_TOKEN), coded, spell(stage, ECHO_TOKEN));
    give_token(stage);
    greet(stage, "XOAUTH2");
    log_in(stage, ECHO_TOKEN);
    add_imap(stage,
             mem_format("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] %s\r\n"
                        "$TAG OK [READ-ONLY] %s\r\n",
                        spell_line(stage, ECHO_TOKEN), spell_line(stage, ECHO_TOKEN)));
    add_imap(stage, mem_copy_text("* SEARCH 5\r\n$TAG OK found\r\n"));
    add_imap(stage, mem_format("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (Subject From)] {%zu}"
                               "\r\n%s)\r\n$TAG OK %s\r\n",
                               strlen(header), header, spell_line(stage, ECHO_TOKEN)));
    add_rest(stage);
    free(header);
    free(coded);
}

static const struct {
    const char *name;
    void (*make)(struct stage *stage);
    bool passes;
} scenes[] = {
    {"the token is refused", make_token_refused, false},
    {"a web page instead of a token", make_web_page, false},
    {"a token with words", make_token_with_words, false},
    {"the token is not taken", make_token_not_taken, false},
    {"the password is refused", make_password_refused, false},
    {"the folder is missing", make_folder_missing, false},
    {"the folder is refused", make_folder_refused, false},
    {"a preview", make_preview, true},
};

/* ---- Runs ---------------------------------------------------------------------------
 */

static void look_at_test(const char *what, struct home *home, bool passes)
{
    static const char *const json[] = {"test",       "box",       "--json", "--report",
                                       "report.txt", "--verbose", NULL};
    static const char *const lines[] = {"test", "box", NULL};
    struct home_run run;
    json_t *document;

    home_run(home, &run, json);
    look_at_run(what, &run);
    document = look_at_json(what, &run);
    if (json_is_true(json_object_get(document, "ok")) != passes)
        print_message("%s: %s", what, run.out);
    assert_int_equal(json_is_true(json_object_get(document, "ok")), passes);
    /* So that it is not clean for being silent. */
    if (!strstr(run.out, SCRUB_REMOVED))
        print_message("%s: %s", what, run.out);
    assert_non_null(strstr(run.out, SCRUB_REMOVED));
    json_decref(document);
    home_forget(&run);
    home_run(home, &run, lines);
    look_at_run(what, &run);
    home_forget(&run);
}

static void look_at_others(const char *what, struct home *home)
{
    static const char *const ingest[] = {"ingest", "box", "--once", "--verbose", NULL};
    static const char *const token[] = {"token", "box", NULL};
    struct home_run run;

    home_run(home, &run, ingest);
    look_at_run(what, &run);
    home_forget(&run);
    if (!home->token)
        return;
    home_run(home, &run, token);
    /* What it is for. */
    if (run.status == 0)
        assert_string_equal(run.out, ECHO_TOKEN "\n");
    else
        look_at_run(what, &run);
    home_forget(&run);
}

static void play(size_t scene, size_t round)
{
    static const struct server_step end = SERVER_END;
    struct stage stage = {.round = round};
    char *what = mem_format("%s, round %zu", scenes[scene].name, round);
    struct home home;

    scenes[scene].make(&stage);
    stage.token[stage.token_count] = stage.imap[stage.imap_count] = end;
    home_open(&home, stage.token_count > 0 ? stage.token : NULL, stage.imap);
    home_save(&home);
    look_at_test(what, &home, scenes[scene].passes);
    look_at_others(what, &home);
    look_at_files(what, &home);
    home_close(&home);
    for (size_t i = 0; i < stage.text_count; i++)
        free(stage.texts[i]);
    free(what);
}

static void test_nothing_that_a_server_repeats_is_shown(void **state)
{
    (void)state;
    for (size_t scene = 0; scene < sizeof scenes / sizeof scenes[0]; scene++) {
        for (size_t round = 0; round * STRIDE < echo_count(); round++)
            play(scene, round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_that_a_server_repeats_is_shown),
    };

    return cmocka_run_group_tests_name("property/canaries", tests, NULL, NULL);
}
