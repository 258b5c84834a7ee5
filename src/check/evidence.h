/*
 * The one line that stands beside a stage: what was seen there, in few words.
 *
 * Texts are safe for a terminal already where they come from a server.
 */
#ifndef LETTERBOX_CHECK_EVIDENCE_H
#define LETTERBOX_CHECK_EVIDENCE_H

#include <stddef.h>

#include "check/facts.h"
#include "settings/access.h"

#define EVIDENCE_MAX 256

/* How one logs in; the state warns when the Client secret ends soon, or has ended. */
enum check_state evidence_of_settings(char *out, size_t size,
                                      const struct check_facts *facts);

void evidence_of_net_failure(char *out, size_t size, const struct net_failure *failure);

/* "TLS 1.3, valid until 2027-03-01"; the state warns when that is near. */
void evidence_of_tls(char *out, size_t size, const struct tls_facts *tls);
enum check_state evidence_tls_state(const struct tls_facts *tls);

void evidence_of_token_phase(char *out, size_t size, enum token_phase phase,
                             const struct token_answer *answer);
void evidence_of_token_failure(char *out, size_t size, const struct token_answer *answer);
enum check_state evidence_of_token(char *out, size_t size,
                                   const struct check_facts *facts);
enum check_state evidence_of_claims(char *out, size_t size,
                                    const struct check_facts *facts);

/* The server's software where its greeting tells it, else the greeting. */
void evidence_of_greeting(char *out, size_t size, const char *greeting);
void evidence_of_answer(char *out, size_t size, enum imap_status status,
                        const struct imap_answer *answer,
                        const struct net_failure *failure);
void evidence_of_folder(char *out, size_t size, const char *name,
                        const struct imap_folder *folder);
void evidence_of_unread(char *out, size_t size, uint32_t unread);

#endif
