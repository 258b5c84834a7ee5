/*
 * From the settings of a mailbox to an access token.  Used by the test, the ingest and
 * `letterbox token` alike.
 */
#ifndef LETTERBOX_CHECK_OBTAIN_H
#define LETTERBOX_CHECK_OBTAIN_H

#include "oauth/token.h"
#include "settings/access.h"

/* Discovers the token endpoint first where only an issuer is known.  true when
 * answer->token is there; `answer` is filled in every case, token_answer_clear after. */
bool token_obtain(const struct access *access, const struct cancel *cancel,
                  token_progress *progress, void *closure, struct token_answer *answer);

#endif
