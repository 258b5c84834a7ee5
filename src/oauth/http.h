/*
 * One HTTPS request with libcurl, under our resolver, deadlines and cancel.
 *
 * Shared by the token request and discovery.  No redirect is followed; the answer is
 * capped.
 */
#ifndef LETTERBOX_OAUTH_HTTP_H
#define LETTERBOX_OAUTH_HTTP_H

#include "base/buf.h"
#include "base/scrub.h"
#include "oauth/token.h"

#define HTTP_BODY_MAX (64 * 1024)

/* All borrowed. */
struct http_request {
    const char *url;           /* https */
    const char *form;          /* POSTed when not NULL, else GET */
    const char *authorization; /* value of that header; NULL or "": none */
    const char *proxy;
    const char *ca_file;
    const struct scrub *hidden; /* removed from what comes back; may be NULL */
    int timeout_ms;             /* of each phase */
};

/* Readies libcurl, once in a process.  http_perform does it too; a program calls it
 * before its second thread, because libcurl's own setting up is not safe beside another.
 */
void http_start(void);

/* Fills the transport part of `answer` (phase, failure, host … www_authenticate) and the
 * body into `body` (initialised by the caller).  true when there is an HTTP answer,
 * whatever its status. */
bool http_perform(const struct http_request *request, const struct cancel *cancel,
                  token_progress *progress, void *closure, struct token_answer *answer,
                  struct buf *body);

/* A line of an answer's header, into the member of `answer` that is its own; others are
 * ignored.  For fuzzers too. */
void http_take_header(struct token_answer *answer, const struct scrub *hidden,
                      const char *bytes, size_t length);

#endif
