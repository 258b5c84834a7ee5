#include "advice/look.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"

const char *look_entered(const struct check_facts *facts, enum setting_id id)
{
    const char *text = facts->entered.text[id];
    return text ? text : "";
}

bool look_entered_is(const struct check_facts *facts, enum setting_id id,
                     const char *text)
{
    return strcmp(look_entered(facts, id), text) == 0;
}

bool look_is_cancelled(const struct check_facts *facts)
{
    return facts->cancelled && (facts->failed == CHECK_STAGE_COUNT ||
                                facts->steps[facts->failed].state != CHECK_FAILED);
}

bool look_passed(const struct check_facts *facts)
{
    return facts->failed == CHECK_STAGE_COUNT && !facts->cancelled;
}

bool look_stage_belongs(const struct check_facts *facts, enum check_stage stage)
{
    return facts->used_oauth || !check_stage_is_token(stage) ||
           !look_entered_is(facts, SET_AUTH_METHOD, "basic");
}

enum check_state look_state(const struct check_step *step)
{
    if (step->state == CHECK_WAITING)
        return CHECK_SKIPPED;
    return step->state == CHECK_RUNNING ? CHECK_STOPPED : step->state;
}

bool look_has_preview(const struct check_facts *facts)
{
    enum check_state state = facts->steps[CHECK_IMAP_PREVIEW].state;
    return state == CHECK_OK || state == CHECK_WARNED;
}

bool look_in_token_leg(const struct check_facts *facts)
{
    return facts->failed >= CHECK_TOKEN_RESOLVE && facts->failed <= CHECK_TOKEN_CLAIMS;
}

const struct net_failure *look_failure(const struct check_facts *facts)
{
    return look_in_token_leg(facts) ? &facts->token.failure : &facts->imap_failure;
}

enum net_reason look_reason(const struct check_facts *facts)
{
    if (!look_in_token_leg(facts) &&
        (facts->imap_status == IMAP_NO || facts->imap_status == IMAP_BAD ||
         facts->imap_status == IMAP_BYE || facts->imap_status == IMAP_GARBLED))
        return NET_OK;
    return look_failure(facts)->reason;
}

const struct tls_facts *look_tls(const struct check_facts *facts)
{
    return look_in_token_leg(facts) ? &facts->token.tls : &facts->imap_tls;
}

const struct tls_certificate *look_certificate(const struct check_facts *facts)
{
    const struct tls_facts *tls = look_tls(facts);
    return tls->chain_length > 0 ? &tls->chain[0] : NULL;
}

/* Parses the Token URL that was asked, or that was entered when nothing was asked. */
static bool parse_token_url(const struct check_facts *facts, struct url *url)
{
    const char *text =
        facts->token_url[0] ? facts->token_url : look_entered(facts, SET_OAUTH_TOKEN_URL);
    return text[0] != '\0' && url_parse(text, url, NULL);
}

void look_token_host(const struct check_facts *facts, struct buf *out)
{
    struct url url;
    if (!parse_token_url(facts, &url))
        return;
    text_add_safe(out, url.host, strlen(url.host), 0);
    url_free(&url);
}

void look_token_path(const struct check_facts *facts, struct buf *out)
{
    struct url url;
    if (!parse_token_url(facts, &url))
        return;
    text_add_safe(out, url.path, strlen(url.path), 0);
    url_free(&url);
}

void look_host(const struct check_facts *facts, struct buf *out)
{
    if (!look_in_token_leg(facts)) {
        const char *host = look_entered(facts, SET_SERVER_HOST);
        text_add_safe(out, host, strlen(host), 0);
    } else if (facts->token.host[0]) {
        buf_add_text(out, facts->token.host);
    } else {
        look_token_host(facts, out);
    }
}

int look_port(const struct check_facts *facts)
{
    if (!look_in_token_leg(facts)) {
        const char *text = look_entered(facts, SET_SERVER_PORT);
        long port = strtol(text, NULL, 10);
        return port > 0 && port <= 65535 ? (int)port : 0;
    }
    /* "host:port", when there is a proxy: that is who was dialled. */
    const char *colon = strrchr(facts->token.proxy, ':');
    if (colon)
        return (int)strtol(colon + 1, NULL, 10);
    struct url url;
    if (!parse_token_url(facts, &url))
        return 0;
    int port = url.port;
    url_free(&url);
    return port;
}

/* "Suggested Backoff Time: 59001 milliseconds" */
static int backoff_seconds(const char *words)
{
    static const char before[] = "Backoff Time: ";
    const char *at = strstr(words, before);
    long ms = at ? strtol(at + strlen(before), NULL, 10) : 0;
    return ms > 0 && ms < 1000000000 ? (int)((ms + 999) / 1000) : 0;
}

int look_retry_after(const struct check_facts *facts)
{
    if (look_in_token_leg(facts))
        return facts->token.retry_after_s > 0 ? facts->token.retry_after_s : 0;
    int seconds = backoff_seconds(facts->answer.text);
    return seconds ? seconds : backoff_seconds(facts->answer.bye);
}

/* oauth/http has it as the failure's code; where libcurl ended the request itself, it is
 * in its words alone. */
int look_proxy_status(const struct check_facts *facts)
{
    static const char *const before[] = {"CONNECT tunnel failed, response ",
                                         "Received HTTP code "};
    const struct net_failure *failure = &facts->token.failure;
    if (!facts->token.proxy[0])
        return 0;
    if (facts->failed == CHECK_TOKEN_CONNECT && failure->reason == NET_REFUSED &&
        failure->code >= 300 && failure->code <= 599)
        return failure->code;
    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        const char *at = strstr(facts->token.failure.text, before[i]);
        if (at)
            return (int)strtol(at + strlen(before[i]), NULL, 10);
    }
    return facts->token.http_status == 407 ? 407 : 0;
}

void look_tenant(const struct check_facts *facts, struct buf *out)
{
    struct buf path;
    buf_init(&path, 1024);
    look_token_path(facts, &path);
    if (path.length > 1) {
        text_add_safe(out, path.data + 1, strcspn(path.data + 1, "/"), 0);
    } else {
        const char *entered = look_entered(facts, SET_OAUTH_TENANT);
        text_add_safe(out, entered, strlen(entered), 0);
    }
    buf_free(&path);
}

time_t look_server_time(const struct check_facts *facts)
{
    const char *date = facts->token.server_date;
    time_t when = date[0] ? curl_getdate(date, NULL) : -1;
    return when > 0 ? when : 0;
}

const char *look_mailbox(const struct check_facts *facts)
{
    const char *user = look_entered(facts, SET_MAILBOX_USER);
    return user[0] ? user : look_entered(facts, SET_BASIC_USERNAME);
}

const char *look_client_id(const struct check_facts *facts)
{
    return facts->client_id[0] ? facts->client_id
                               : look_entered(facts, SET_OAUTH_CLIENT_ID);
}

static void add_part(struct buf *out, const char *part)
{
    if (!part[0])
        return;
    if (out->length > 0)
        buf_add_char(out, ' ');
    text_add_safe(out, part, strlen(part), 0);
}

static void add_imap_words(const struct check_facts *facts, struct buf *out)
{
    const struct imap_answer *answer = &facts->answer;
    if (answer->code[0]) {
        buf_add_char(out, '[');
        text_add_safe(out, answer->code, strlen(answer->code), 0);
        buf_add_char(out, ']');
    }
    add_part(out, answer->text);
    add_part(out, answer->challenge);
    if (!strstr(out->data ? out->data : "", answer->alert))
        add_part(out, answer->alert);
    if (strcmp(answer->bye, answer->text) != 0)
        add_part(out, answer->bye);
}

static void add_token_words(const struct token_answer *token, struct buf *out)
{
    if (token->said[0]) {
        add_part(out, token->said);
        return;
    }
    /* Microsoft's description begins with its number and needs no name before it. */
    if (token->error[0] && !token->aadsts) {
        add_part(out, token->error);
        if (token->description[0])
            buf_add_char(out, ':');
    }
    add_part(out,
             token->description[0] || !token->aadsts ? token->description : token->error);
}

void look_said(const struct check_facts *facts, struct buf *out)
{
    if (facts->failed == CHECK_SETTINGS)
        return; /* letterbox's own sentence, not a server's */
    if (look_in_token_leg(facts))
        add_token_words(&facts->token, out);
    else
        add_imap_words(facts, out);
}

void look_words(const struct check_facts *facts, struct buf *out)
{
    look_said(facts, out);
    if (out->length == 0)
        add_part(out, look_failure(facts)->text);
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

void look_challenge(const struct check_facts *facts, const char *name, struct buf *out)
{
    char *quoted = mem_format("\"%s\"", name);
    const char *at = strstr(facts->answer.challenge, quoted);
    if (at) {
        at = skip_blanks(at + strlen(quoted));
        at = *at == ':' ? skip_blanks(at + 1) : "";
        bool is_text = *at == '"';
        at += is_text;
        text_add_safe(out, at, strcspn(at, is_text ? "\"" : " ,}"), 0);
    }
    free(quoted);
}

void look_challenge_host(const struct check_facts *facts, struct buf *out)
{
    struct buf text;
    struct url url;
    buf_init(&text, 1024);
    look_challenge(facts, "openid-configuration", &text);
    if (text.length > 0 && url_parse(text.data, &url, NULL)) {
        text_add_safe(out, url.host, strlen(url.host), 0);
        url_free(&url);
    }
    buf_free(&text);
}

/* Steps through the words of a list: true while there is one, which is not empty. */
static bool next_word(const char **list, char separator, const char **word,
                      size_t *length)
{
    while (**list == separator)
        (*list)++;
    if (**list == '\0')
        return false;
    const char *end = strchr(*list, separator);
    *word = *list;
    *length = end ? (size_t)(end - *list) : strlen(*list);
    *list += *length;
    return true;
}

bool look_contains_any(const char *text, const char *list, char separator)
{
    const char *word;
    size_t length;
    while (next_word(&list, separator, &word, &length)) {
        for (const char *at = text; *at; at++) {
            if (strncasecmp(at, word, length) == 0)
                return true;
        }
    }
    return false;
}

bool look_is_any(const char *text, const char *list, char separator)
{
    const char *word;
    size_t length;
    while (next_word(&list, separator, &word, &length)) {
        if (strlen(text) == length && strncasecmp(text, word, length) == 0)
            return true;
    }
    return false;
}

bool look_ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcasecmp(text + length - tail, end) == 0;
}

bool look_is_guid(const char *text)
{
    if (strlen(text) != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}
