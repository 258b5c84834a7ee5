/*
 * What can be told of Google's names by their shape.
 *
 * Google's mailboxes cannot be reached with client credentials, so each of these is worth
 * a warning wherever OAuth was chosen.
 */
#ifndef LETTERBOX_WIZARD_GOOGLE_H
#define LETTERBOX_WIZARD_GOOGLE_H

#include <stdbool.h>

#include "wizard/field.h"

bool google_is_mail_host(const char *host);
bool google_is_token_host(const char *host);
bool google_is_client_id(const char *client_id);
bool google_is_address(const char *address); /* one of a consumer account */

/* Says so. */
void google_warn(struct notice *notice);

#endif
