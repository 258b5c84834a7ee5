/*
 * The servers of a case: token endpoint, mail server, proxy, at loopback addresses of
 * their own, with the ports that the case names; for who is alone in a network namespace.
 */
#ifndef LETTERBOX_TESTS_CORPUS_PLAY_H
#define LETTERBOX_TESTS_CORPUS_PLAY_H

#include "base/buf.h"
#include "corpus/corpus.h"

/* Where each is: /etc/hosts leads there. */
#define PLAY_TOKEN_ADDRESS "127.0.1.1"
#define PLAY_IMAP_ADDRESS  "127.0.2.1"
#define PLAY_PROXY_ADDRESS "127.0.3.1"

struct play;

/* NULL, with a line in `wrong`, when a port is not to be had. */
struct play *play_start(const struct corpus_case *the_case, const json_t *answers,
                        const json_t *provider, struct buf *wrong);
/* Ends the servers, and adds to `canaries` the credential lines that they were sent. */
void play_stop(struct play **play, json_t *canaries);

/* Borrowed: the token that the endpoint gives, or NULL. */
const char *play_token(const struct play *play);

/* What /etc/hosts must hold for the case; the caller's. */
char *play_hosts(const struct corpus_case *the_case, const json_t *answers,
                 const json_t *provider);
/* Does the case want a resolver that does not answer? */
bool play_without_dns(const struct corpus_case *the_case);

#endif
