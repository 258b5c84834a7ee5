#include "property/scenes.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "support/echo/echo.h"

#define TEXT_MAX (64 * 1024)

/* From round to round: a scene has more places than that. */
#define STRIDE 3

/* ---- Scripts ----------------------------------------------------------------------- */

static char *keep(struct scene *scene, char *text)
{
    assert_true(scene->text_count < SCENE_TEXTS_MAX);
    return scene->texts[scene->text_count++] = text;
}

/* The next place's way to write it. */
static const char *spell(struct scene *scene, const char *secret)
{
    size_t which = (scene->round * STRIDE + scene->places++) % echo_count();

    return keep(scene, echo_write(which, secret));
}

/* The same where a line must not end. */
static const char *spell_line(struct scene *scene, const char *secret)
{
    char *text = (char *)(uintptr_t)spell(scene, secret);

    for (char *at = text; *at; at++)
        *at = *at == '\r' || *at == '\n' ? ' ' : *at;
    return text;
}

static void add_step(struct server_step *steps, size_t *count, struct server_step step)
{
    assert_true(*count < SCENE_STEPS_MAX - 1);
    steps[(*count)++] = step;
}

static void add_token(struct scene *scene, char *reply)
{
    static const struct server_step begin[] = {SERVER_TLS(CERT_GOOD),
                                               SERVER_REQUEST("*")};
    const struct server_step say = {SERVER_DO_BYTES, keep(scene, reply), strlen(reply)};

    for (size_t i = 0; i < 2; i++)
        add_step(scene->token, &scene->token_count, begin[i]);
    add_step(scene->token, &scene->token_count, say);
}

/* The server speaks, then listens. */
static void add_imap(struct scene *scene, char *text)
{
    static const struct server_step tls = SERVER_TLS(CERT_GOOD), listen = SERVER_LISTEN;
    const struct server_step say = {SERVER_DO_SAY, keep(scene, text), strlen(text)};

    if (scene->imap_count == 0)
        add_step(scene->imap, &scene->imap_count, tls);
    add_step(scene->imap, &scene->imap_count, say);
    add_step(scene->imap, &scene->imap_count, listen);
}

static char *reply(const char *status, const char *headers, const char *body)
{
    return mem_format(
        "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
        headers, strlen(body), body);
}

static void give_token(struct scene *scene)
{
    char *body = mem_format("{\"token_type\":\"Bearer\",\"expires_in\":3599,"
                            "\"access_token\":\"%s\",\"scope\":\"imap\"}",
                            ECHO_TOKEN);

    add_token(scene, reply("200 OK", "Content-Type: application/json\r\n", body));
    free(body);
}

static void greet(struct scene *scene, const char *mechanism)
{
    add_imap(scene,
             mem_format("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=%s] Lab ready\r\n",
                        mechanism));
}

/* What is still asked is granted: LOGOUT, and what the ingest asks behind a test. */
static void add_rest(struct scene *scene)
{
    for (int i = 0; i < 4; i++)
        add_imap(scene, mem_copy_text("$TAG OK done\r\n"));
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

/* ---- Scenes ------------------------------------------------------------------------ */

static void set_member(struct scene *scene, json_t *object, const char *name)
{
    json_object_set_new(object, name, json_string(spell(scene, ECHO_SECRET)));
}

static void make_token_refused(struct scene *scene)
{
    static const char *const members[] = {
        "error_description", "error_uri", "trace_id", "correlation_id",
        "timestamp",         "suberror",  "message"};
    json_t *body = json_object(), *inner = json_object();
    char *headers, *text;

    if (scene->round % 2)
        set_member(scene, body, "error");
    else
        json_object_set_new(body, "error", json_string("invalid_client"));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        set_member(scene, body, members[i]);
    set_member(scene, inner, "inner");
    json_object_set_new(body, "claims", inner);
    text = json_dumps(body, 0);
    headers = mem_format(
        "Content-Type: application/json; x=%s\r\nWWW-Authenticate: Basic realm=\"%s\"\r\n"
        "Location: https://x/%s\r\nDate: Tue, 17 Nov 2026 10:00:00 GMT %s\r\nX-Y: %s\r\n",
        spell(scene, ECHO_SECRET), spell(scene, ECHO_SECRET), spell(scene, ECHO_SECRET),
        spell(scene, ECHO_SECRET), spell(scene, ECHO_SECRET));
    add_token(scene, reply("401 Unauthorized", headers, text));
    greet(scene, "XOAUTH2");
    add_rest(scene);
    free(text);
    free(headers);
    json_decref(body);
}

static void make_web_page(struct scene *scene)
{
    static const char *const statuses[] = {"503 Unavailable", "200 OK", "302 Found",
                                           "400 Bad Request"};
    char *body = mem_format(
        "<html><title>%s</title><input value=\"%s\"> %s\n<p>%s %s</html>",
        spell(scene, ECHO_SECRET), spell(scene, ECHO_SECRET), spell(scene, ECHO_SECRET),
        spell(scene, ECHO_SECRET), spell(scene, ECHO_SECRET));
    char *headers = mem_format("Content-Type: text/html\r\nLocation: /login?next=%s\r\n",
                               spell(scene, ECHO_SECRET));
    char *status =
        mem_format("%s %s", statuses[scene->round % 4], spell_line(scene, ECHO_SECRET));

    add_token(scene, reply(status, headers, body));
    greet(scene, "XOAUTH2");
    add_rest(scene);
    free(status);
    free(headers);
    free(body);
}

static void make_token_with_words(struct scene *scene)
{
    char *scope = mem_format("imap %s", spell_line(scene, ECHO_TOKEN));
    json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s}", "token_type",
                             scene->round % 2 ? "Bearer" : spell(scene, ECHO_TOKEN),
                             "access_token", ECHO_TOKEN, "scope", scope, "refresh_token",
                             spell(scene, ECHO_TOKEN), "id", spell(scene, ECHO_TOKEN));
    char *text = json_dumps(body, 0);
    char *headers =
        mem_format("Content-Type: text/plain; %s\r\nLocation: https://x/%s\r\n",
                   spell(scene, ECHO_TOKEN), spell(scene, ECHO_TOKEN));

    add_token(scene, reply("200 OK", headers, text));
    greet(scene, "XOAUTH2");
    add_imap(scene, mem_format("$TAG NO [AUTHENTICATIONFAILED] %s\r\n",
                               spell_line(scene, ECHO_TOKEN)));
    add_rest(scene);
    free(headers);
    free(text);
    json_decref(body);
    free(scope);
}

/* The refusal of a login, which may come as a BYE. */
static void refuse(struct scene *scene, const char *secret)
{
    char *inner = mem_format("{\"status\":\"401\",\"schemes\":\"%s\",\"scope\":\"%s\"}",
                             spell_line(scene, secret), spell_line(scene, secret));
    char *challenge = base64_of(inner);
    const char *bye = spell_line(scene, secret);

    add_imap(scene,
             mem_format("* OK [ALERT] %s\r\n* NO %s\r\n* CAPABILITY %s\r\n+ %s\r\n",
                        spell_line(scene, secret), spell_line(scene, secret),
                        spell_line(scene, secret), challenge));
    add_imap(scene,
             mem_format("%s%s%s$TAG NO [%s] %s\r\n", scene->round % 2 ? "* BYE " : "",
                        scene->round % 2 ? bye : "", scene->round % 2 ? "\r\n" : "",
                        spell_line(scene, secret), spell_line(scene, secret)));
    add_rest(scene);
    free(challenge);
    free(inner);
}

static void make_token_not_taken(struct scene *scene)
{
    give_token(scene);
    greet(scene, scene->round % 2 ? "XOAUTH2" : "OAUTHBEARER");
    refuse(scene, ECHO_TOKEN);
}

static void make_password_refused(struct scene *scene)
{
    greet(scene, "PLAIN");
    refuse(scene, ECHO_PASSWORD);
}

static void log_in(struct scene *scene, const char *secret)
{
    add_imap(
        scene,
        mem_format("* CAPABILITY IMAP4rev1 %s\r\n$TAG OK [CAPABILITY IMAP4rev1] %s\r\n",
                   spell_line(scene, secret), spell_line(scene, secret)));
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

static void refuse_folder(struct scene *scene, const char *secret)
{
    char *name = quote(spell_line(scene, secret));

    log_in(scene, secret);
    add_imap(scene, mem_format("* OK [ALERT] %s\r\n* 3 EXISTS\r\n* NO %s\r\n"
                               "$TAG NO [NONEXISTENT %s] %s\r\n",
                               spell_line(scene, secret), spell_line(scene, secret),
                               spell_line(scene, secret), spell_line(scene, secret)));
    add_imap(scene,
             mem_format("* LIST () \"/\" INBOX\r\n* LIST () \"/\" \"%s\"\r\n"
                        "* BYE %s\r\n$TAG OK %s\r\n",
                        name, spell_line(scene, secret), spell_line(scene, secret)));
    add_rest(scene);
    free(name);
}

static void make_folder_missing(struct scene *scene)
{
    give_token(scene);
    greet(scene, "XOAUTH2");
    refuse_folder(scene, ECHO_TOKEN);
}

static void make_folder_refused(struct scene *scene)
{
    greet(scene, "PLAIN");
    refuse_folder(scene, ECHO_PASSWORD);
}

static void make_preview(struct scene *scene)
{
    char *coded = base64_of(ECHO_TOKEN), *header;

    header =
        mem_format("Subject: %s =?utf-8?b?%s?=\r\nFrom: \"%s\" <a@example.org>\r\n\r\n",
                   spell(scene, ECHO_TOKEN), coded, spell(scene, ECHO_TOKEN));
    give_token(scene);
    greet(scene, "XOAUTH2");
    log_in(scene, ECHO_TOKEN);
    add_imap(scene,
             mem_format("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] %s\r\n"
                        "$TAG OK [READ-ONLY] %s\r\n",
                        spell_line(scene, ECHO_TOKEN), spell_line(scene, ECHO_TOKEN)));
    add_imap(scene, mem_copy_text("* SEARCH 5\r\n$TAG OK found\r\n"));
    add_imap(scene, mem_format("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (Subject From)] {%zu}"
                               "\r\n%s)\r\n$TAG OK %s\r\n",
                               strlen(header), header, spell_line(scene, ECHO_TOKEN)));
    add_rest(scene);
    free(header);
    free(coded);
}

static const struct {
    const char *name;
    void (*make)(struct scene *scene);
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

size_t scene_count(void)
{
    return sizeof scenes / sizeof scenes[0];
}

size_t scene_rounds(void)
{
    return (echo_count() + STRIDE - 1) / STRIDE;
}

const char *scene_name(size_t which)
{
    return scenes[which].name;
}

bool scene_passes(size_t which)
{
    return scenes[which].passes;
}

void scene_make(struct scene *scene, size_t which, size_t round)
{
    static const struct server_step end = SERVER_END;

    *scene = (struct scene){.round = round};
    scenes[which].make(scene);
    scene->token[scene->token_count] = scene->imap[scene->imap_count] = end;
}

void scene_free(struct scene *scene)
{
    for (size_t i = 0; i < scene->text_count; i++)
        free(scene->texts[i]);
}
