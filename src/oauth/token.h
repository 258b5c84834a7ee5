/*
 * The token request of RFC 6749 4.4 (client credentials), with libcurl.
 *
 * One POST, no redirect followed, certificates verified, the answer capped at 64 KiB.
 * Names are resolved by net/dial and handed to libcurl, so a cancel never waits for DNS.
 */
#ifndef LETTERBOX_OAUTH_TOKEN_H
#define LETTERBOX_OAUTH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/secret.h"
#include "net/cancel.h"
#include "net/failure.h"
#include "net/tls.h"

enum client_auth {
    CLIENT_AUTH_POST,  /* client_secret_post: id and secret in the form */
    CLIENT_AUTH_BASIC, /* client_secret_basic: each form-encoded first (RFC 6749 2.3.1) */
};

/* All borrowed. */
struct token_request {
    const char *url;
    const char *client_id;
    const struct secret *client_secret;
    enum client_auth client_auth;
    const char *scope;       /* "" leaves the parameter out */
    char *const *parameters; /* "name=value" words, raw values; NULL: none */
    const char *proxy;       /* URL; NULL or "": what the environment says */
    const char *ca_file;     /* counts beside the system's trust; NULL or "": none */
    int timeout_ms;          /* for each phase */
};

enum token_phase {
    TOKEN_RESOLVE,
    TOKEN_CONNECT,
    TOKEN_TLS,
    TOKEN_REQUEST,
};

/* What came back.  Plain data but for the token. */
struct token_answer {
    char url[512];     /* that was asked; safe */
    bool is_discovery; /* it is an issuer's document: the token was not asked for yet */
    enum token_phase phase;     /* how far it came */
    struct net_failure failure; /* of that phase; NET_OK when there is an HTTP answer */
    char host[256];             /* that was resolved: the proxy's when there is one */
    char proxy[256];            /* in effect, without userinfo; "" when none */
    bool proxy_from_environment;
    char address[64]; /* connected to */
    struct tls_facts tls;

    int http_status; /* 0: no answer */
    char content_type[96];
    char server_date[64]; /* the Date header, as sent */
    int64_t clock_skew_s; /* server minus local; 0 when there was no Date */
    int retry_after_s;    /* -1 when not said */
    char www_authenticate[256];
    char location[256]; /* of a redirect, which is not followed */

    /* RFC 6749 5.2 and Microsoft's additions; safe, secret and token-like strings
     * removed. */
    bool is_json;
    char error[64];
    char description[1024];
    int aadsts; /* first of error_codes, else AADSTS… of the description; 0 when none */
    char trace_id[64];
    char correlation_id[64];
    char timestamp[64];
    char said[512];   /* its beginning, when it names no error; none of a token */
    bool holds_token; /* an access_token is in it, usable or not */

    struct secret *token; /* RFC 6749 5.1; NULL when refused */
    char token_type[32];
    int64_t expires_in_s; /* -1 when not said; a string is accepted */
    char scope[256];      /* as granted; "" when not said */
};

/* Called as phases end, on the calling thread, for the live drawing.  took_us of that
 * phase. */
typedef void token_progress(void *closure, enum token_phase phase, int64_t took_us,
                            const struct token_answer *so_far);

/* true when there is a token.  `answer` is filled in every case; token_answer_clear
 * after. */
bool token_fetch(const struct token_request *request, const struct cancel *cancel,
                 token_progress *progress, void *closure, struct token_answer *answer);
void token_answer_clear(struct token_answer *answer);

/* Pure: status and body into the fields above.  `secret` is removed from every text. true
 * when it holds a usable Bearer token.  For tests and fuzzers too. */
bool token_answer_parse(struct token_answer *answer, int http_status, const char *body,
                        size_t length, const struct secret *secret);

#endif
