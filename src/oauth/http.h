/*
 * One HTTPS request with libcurl, under our resolver, deadlines and cancel.
 *
 * Shared by the token request and discovery.  No redirect is followed; the answer is
 * capped.
 */
#ifndef LETTERBOX_OAUTH_HTTP_H
#define LETTERBOX_OAUTH_HTTP_H

#include "base/buf.h"
#include "oauth/token.h"

#define HTTP_BODY_MAX (64 * 1024)

/* All borrowed. */
struct http_request {
    const char *url;           /* https */
    const char *form;          /* POSTed when not NULL, else GET */
    const char *authorization; /* value of that header; NULL or "": none */
    const char *proxy;
    const char *ca_file;
    const struct tls_trust
        *trust;     /* the same trust, for the facts of a failed handshake */
    int timeout_ms; /* of each phase */
};

/* Fills the transport part of `answer` (phase, failure, host … www_authenticate) and the
 * body into `body` (initialised by the caller).  true when there is an HTTP answer,
 * whatever its status. */
bool http_perform(const struct http_request *request, const struct cancel *cancel,
                  token_progress *progress, void *closure, struct token_answer *answer,
                  struct buf *body);

#endif
