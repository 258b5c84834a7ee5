#include "oauth/token.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/scrub.h"
#include "oauth/client_auth.h"
#include "oauth/form_value.h"
#include "oauth/http.h"
#include "oauth/page_words.h"

enum { FORM_LIMIT = 256 * 1024, TOKEN_LIMIT = 60 * 1024 };

#define LONGEST_LIFE_S 1e12

/* A string member, scrubbed. */
static void take(char *out, size_t size, const json_t *root, const char *name,
                 const struct scrub *hidden)
{
    const json_t *value = json_object_get(root, name);

    if (json_is_string(value))
        scrub_copy(hidden, out, size, json_string_value(value),
                   json_string_length(value));
}

/* The number is a hint: error_codes first, else AADSTS… in the words. */
static int find_aadsts(const json_t *root, const char *description)
{
    const json_t *first = json_array_get(json_object_get(root, "error_codes"), 0);
    const char *at = strstr(description, "AADSTS");
    json_int_t code = json_integer_value(first);

    if (code > 0 && code <= 99999999)
        return (int)code;
    if (at) {
        long number = strtol(at + strlen("AADSTS"), NULL, 10);
        return number > 0 && number <= 99999999 ? (int)number : 0;
    }
    return 0;
}

static void take_error(struct token_answer *answer, const json_t *root,
                       const struct scrub *hidden)
{
    const json_t *inner = json_object_get(root, "error");

    take(answer->error, sizeof answer->error, root, "error", hidden);
    take(answer->description, sizeof answer->description, root, "error_description",
         hidden);
    /* {"error": {"code": "invalid_client", "message": "…"}}, as some have it. */
    if (json_is_string(json_object_get(inner, "code"))) {
        take(answer->error, sizeof answer->error, inner, "code", hidden);
        take(answer->description, sizeof answer->description, inner, "message", hidden);
    }
    take(answer->trace_id, sizeof answer->trace_id, root, "trace_id", hidden);
    take(answer->correlation_id, sizeof answer->correlation_id, root, "correlation_id",
         hidden);
    take(answer->timestamp, sizeof answer->timestamp, root, "timestamp", hidden);
    answer->aadsts = find_aadsts(root, answer->description);
}

/* Some servers send it as a string; -1 when it is no number of seconds. */
static int64_t seconds(const json_t *value)
{
    const char *text = json_string_value(value);
    double number = json_number_value(value);
    char *end;

    if (text) {
        number = strtod(text, &end);
        if (end == text || *end)
            return -1;
    } else if (!json_is_number(value)) {
        return -1;
    }
    return number >= 0 && number < LONGEST_LIFE_S ? (int64_t)number : -1;
}

/* A token travels in an IMAP line and in headers: only what RFC 6750, 2.1 allows there.
 */
static bool is_token(const char *text, size_t length)
{
    if (length == 0 || length > TOKEN_LIMIT || strlen(text) != length)
        return false;
    for (; *text; text++)
        if (*text <= 0x20 || *text >= 0x7F)
            return false;
    return true;
}

static void trim_end(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
}

static void take_token(struct token_answer *answer, const json_t *root,
                       const struct scrub *hidden)
{
    const json_t *token = json_object_get(root, "access_token");

    take(answer->token_type, sizeof answer->token_type, root, "token_type", hidden);
    trim_end(answer->token_type);
    take(answer->scope, sizeof answer->scope, root, "scope", hidden);
    answer->expires_in_s = seconds(json_object_get(root, "expires_in"));
    if (json_is_string(token) &&
        is_token(json_string_value(token), json_string_length(token)) &&
        strcasecmp(answer->token_type, "Bearer") == 0)
        answer->token = secret_new(json_string_value(token), json_string_length(token));
}

static bool is_token_name(const char *name)
{
    return strcasestr(name, "token") && !strcasestr(name, "type") &&
           !strcasestr(name, "endpoint");
}

/* "accessToken", "token", …: under any name, at any depth. */
static bool holds_any_token(json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;

    json_object_foreach(value, name, member)
    {
        if ((json_is_string(member) && is_token_name(name)) || holds_any_token(member))
            return true;
    }
    json_array_foreach(value, i, member)
    {
        if (holds_any_token(member))
            return true;
    }
    return false;
}

/* Of a page its words; of anything else its bytes. */
static void take_words(struct token_answer *answer, const char *body, size_t length,
                       const struct scrub *hidden)
{
    struct buf words;

    buf_init(&words, length); /* all of it: a cut could leave half a secret */
    if (page_is_one(body, length))
        page_words(body, length, &words);
    if (words.length > 0) {
        body = words.data;
        length = words.length;
    }
    scrub_copy(hidden, answer->said, sizeof answer->said, body, length);
    buf_free(&words);
}

/* access_token, refresh_token, id_token, …, as an old form too: nothing but the name
 * tells what must not be shown. */
static void take_beginning(struct token_answer *answer, json_t *root, const char *body,
                           size_t length, const struct scrub *hidden)
{
    static const char name[] = "access_token", any[] = "_token";

    if (memmem(body, length, name, sizeof name - 1))
        answer->holds_token = true;
    if (answer->holds_token)
        snprintf(answer->said, sizeof answer->said, "%s",
                 _("(an answer with an access_token in it, not shown)"));
    else if (memmem(body, length, any, sizeof any - 1) || holds_any_token(root))
        snprintf(answer->said, sizeof answer->said, "%s",
                 _("(an answer with a token in it, not shown)"));
    else
        take_words(answer, body, length, hidden);
}

/* An error in the old way, as a form. */
static void take_form_error(struct token_answer *answer, const char *body, size_t length,
                            const struct scrub *hidden)
{
    const struct {
        const char *name;
        char *out;
        size_t size;
    } values[] = {
        {"error", answer->error, sizeof answer->error},
        {"error_description", answer->description, sizeof answer->description},
    };

    if (memchr(body, '<', length) || memmem(body, length, "_token", 6))
        return;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct buf value;

        buf_init(&value, length);
        if (form_value(body, length, values[i].name, &value))
            scrub_copy(hidden, values[i].out, values[i].size, value.data, value.length);
        buf_free(&value);
    }
    answer->aadsts = find_aadsts(NULL, answer->description);
}

/* Tokens of the answer must not stand in its other words, whether it is taken or not. */
static void hide_tokens(struct scrub *hidden, const json_t *root)
{
    static const char *const names[] = {"access_token", "refresh_token", "id_token"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *value = json_object_get(root, names[i]);

        if (json_is_string(value))
            scrub_hide(hidden, json_string_value(value), json_string_length(value));
    }
}

/* The headers came before the token that they may repeat. */
static void scrub_headers(struct token_answer *answer, const struct scrub *hidden)
{
    const struct {
        char *text;
        size_t size;
    } headers[] = {
        {answer->content_type, sizeof answer->content_type},
        {answer->server_date, sizeof answer->server_date},
        {answer->www_authenticate, sizeof answer->www_authenticate},
        {answer->location, sizeof answer->location},
    };

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        scrub_copy(hidden, headers[i].text, headers[i].size, headers[i].text,
                   strlen(headers[i].text));
}

/* Some servers begin with it, and a parser may overlook it (RFC 8259 8.1). */
static void skip_byte_order_mark(const char **body, size_t *length)
{
    if (*length >= 3 && memcmp(*body, "\xEF\xBB\xBF", 3) == 0) {
        *body += 3;
        *length -= 3;
    }
}

static bool parse(struct token_answer *answer, int http_status, const char *body,
                  size_t length, struct scrub *hidden)
{
    json_t *root;

    skip_byte_order_mark(&body, &length);
    /* Which of two tokens would count is nobody's to guess. */
    root = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
    answer->http_status = http_status;
    answer->expires_in_s = -1;
    answer->is_json = json_is_object(root);
    if (answer->is_json) {
        hide_tokens(hidden, root);
        scrub_headers(answer, hidden);
        take_error(answer, root, hidden);
        if (http_status >= 200 && http_status < 300 && !answer->error[0])
            take_token(answer, root, hidden);
        answer->holds_token = json_object_get(root, "access_token");
    }
    if (!root && length > 0)
        take_form_error(answer, body, length, hidden);
    if (!answer->token && !answer->error[0] && !answer->description[0])
        take_beginning(answer, root, body, length, hidden);
    json_decref(root);
    return answer->token != NULL;
}

bool token_answer_parse(struct token_answer *answer, int http_status, const char *body,
                        size_t length, const struct secret *secret)
{
    struct scrub *hidden = scrub_new();
    bool got;

    scrub_hide(hidden, secret_bytes(secret), secret_length(secret));
    got = parse(answer, http_status, body, length, hidden);
    scrub_free(&hidden);
    return got;
}

bool token_fetch(const struct token_request *request, const struct cancel *cancel,
                 token_progress *progress, void *closure, struct token_answer *answer)
{
    struct scrub *hidden = scrub_new();
    struct http_request http = {.url = request->url,
                                .proxy = request->proxy,
                                .ca_file = request->ca_file,
                                .hidden = hidden,
                                .timeout_ms = request->timeout_ms};
    struct buf form, authorization, body;
    bool fetched = false;

    *answer = (struct token_answer){.retry_after_s = -1, .expires_in_s = -1};
    scrub_hide(hidden, secret_bytes(request->client_secret),
               secret_length(request->client_secret));
    buf_init_secret(&form, FORM_LIMIT);
    buf_init_secret(&authorization, FORM_LIMIT);
    buf_init_secret(&body, HTTP_BODY_MAX);
    if (!client_auth_form(request, &form) ||
        !client_auth_header(request, &authorization)) {
        net_fail(&answer->failure, NET_TOO_MUCH, 0, NULL);
    } else {
        http.form = form.data;
        http.authorization = authorization.data;
        if (http_perform(&http, cancel, progress, closure, answer, &body))
            fetched = parse(answer, answer->http_status, body.data, body.length, hidden);
    }
    buf_free(&body);
    buf_free(&authorization);
    buf_free(&form);
    scrub_free(&hidden);
    return fetched;
}

void token_answer_clear(struct token_answer *answer)
{
    secret_free(&answer->token);
    *answer = (struct token_answer){0};
}
