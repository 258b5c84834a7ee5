/*
 * Text with who and where left out, so that a report can be handed to strangers.
 *
 * E-mail addresses (RFC 5322 addr-spec, plain, quoted for a shell, percent-encoded or
 * escaped), the login name and host addresses (IPv4, IPv6) become "<address 1>",
 * "<user 1>", "<host address 1>"; the same one is the same name wherever it stands.
 * Names of hosts and GUIDs stay: without them nobody could help.  Where it is not sure
 * how far an address reaches, more is left out, not less.
 */
#ifndef LETTERBOX_ADVICE_MASK_H
#define LETTERBOX_ADVICE_MASK_H

#include "check/facts.h"

struct mask;

/* Knows the run's own names, which no shape tells from other words.  The caller's
 * (mask_free). */
struct mask *mask_new(const struct check_facts *facts);
void mask_free(struct mask **mask);

/* The text with names for what is left out; the caller's (free()).  Give it whole texts,
 * before they are wrapped. */
char *mask_text(struct mask *mask, const char *text);

#endif
