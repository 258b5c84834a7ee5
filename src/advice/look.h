/*
 * Looking at the facts of a test: the few questions that matching, filling in and the
 * report all ask.  Pure; nothing is owned, every pointer is into the facts.
 */
#ifndef LETTERBOX_ADVICE_LOOK_H
#define LETTERBOX_ADVICE_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "check/facts.h"

/* A value that was entered; "" when there is none. */
const char *look_entered(const struct check_facts *facts, enum setting_id id);
bool look_entered_is(const struct check_facts *facts, enum setting_id id,
                     const char *text);

/* Stopped by a person, so that nothing is to be concluded from where it stands. */
bool look_is_cancelled(const struct check_facts *facts);

/* All is well, and nobody stopped it. */
bool look_passed(const struct check_facts *facts);

/* Has this way of logging in that stage?  Basic auth has no token's. */
bool look_stage_belongs(const struct check_facts *facts, enum check_stage stage);

/* Of a test that has ended: nothing waits or runs any more. */
enum check_state look_state(const struct check_step *step);

/* Was there a look into the folder? */
bool look_has_preview(const struct check_facts *facts);

/* Did the token leg fail?  (else the IMAP leg, or nothing did) */
bool look_in_token_leg(const struct check_facts *facts);

/* The leg that failed: its connection failure, its TLS, its own certificate (NULL when
 * none was seen). */
const struct net_failure *look_failure(const struct check_facts *facts);
const struct tls_facts *look_tls(const struct check_facts *facts);
const struct tls_certificate *look_certificate(const struct check_facts *facts);

/* Why the connection of that leg failed; NET_OK when what counts is the server's answer:
 * a server that says BYE hangs up as well. */
enum net_reason look_reason(const struct check_facts *facts);

/* Adds the name and the port of the server that the failed leg talks to (the proxy's when
 * the token leg goes through one). */
void look_host(const struct check_facts *facts, struct buf *out);
int look_port(const struct check_facts *facts);

/* What the proxy answered when it was asked for a connection to the token server: an HTTP
 * status, 0 when there is no proxy or it let the connection through. */
int look_proxy_status(const struct check_facts *facts);

/* Seconds that the server asked to wait (Retry-After, or Exchange's back-off in its
 * words), rounded up; 0 when it did not. */
int look_retry_after(const struct check_facts *facts);

/* Parts of the Token URL; nothing is added when it is no URL. */
void look_token_host(const struct check_facts *facts, struct buf *out);
void look_token_path(const struct check_facts *facts, struct buf *out);

/* The tenant as the Token URL names it, else as it was entered. */
void look_tenant(const struct check_facts *facts, struct buf *out);

/* When the token server answered, by its own clock (the Date header); 0 when it did not
 * say. */
time_t look_server_time(const struct check_facts *facts);

/* The mailbox's address as it is logged in with. */
const char *look_mailbox(const struct check_facts *facts);

/* The Client ID that asked, or that was entered when nothing was asked. */
const char *look_client_id(const struct check_facts *facts);

/* What the server said at the stage that failed, as one line for a person; nothing when
 * it said nothing. */
void look_said(const struct check_facts *facts, struct buf *out);

/* A member of the SASL challenge (RFC 7628 3.2.2), text or number; nothing when there is
 * none of this name.  The challenge may be cut short, so it need not be whole JSON. */
void look_challenge(const struct check_facts *facts, const char *name, struct buf *out);

/* The host of the provider that the challenge names (openid-configuration). */
void look_challenge_host(const struct check_facts *facts, struct buf *out);

/* The same, and where it said nothing the library's words for the failure: what rows
 * match with. */
void look_words(const struct check_facts *facts, struct buf *out);

/* Is one of the words of `list` (separated by `separator`) within `text` / equal to it?
 * ASCII case does not matter.  Empty words never match. */
bool look_contains_any(const char *text, const char *list, char separator);
bool look_is_any(const char *text, const char *list, char separator);

/* Does `text` end in `end`?  ASCII case does not matter. */
bool look_ends_in(const char *text, const char *end);

/* 8-4-4-4-12 hexadecimal digits. */
bool look_is_guid(const char *text);

#endif
