/*
 * The form and the header of a token request (RFC 6749 2.3.1, 4.4.2; its appendix B).
 */
#ifndef LETTERBOX_OAUTH_CLIENT_AUTH_H
#define LETTERBOX_OAUTH_CLIENT_AUTH_H

#include <stdbool.h>

#include "base/buf.h"
#include "oauth/token.h"

/* The request body; `out` made with buf_init_secret. */
bool client_auth_form(const struct token_request *request, struct buf *out);

/* "Basic …" for client_secret_basic, empty for post; `out` made with buf_init_secret. */
bool client_auth_header(const struct token_request *request, struct buf *out);

#endif
