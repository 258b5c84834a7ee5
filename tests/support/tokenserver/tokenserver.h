/*
 * A token endpoint on 127.0.0.1 with TLS, for tests that ask it many times.
 *
 * It serves one request after another on a thread of its own, whatever is in it, and
 * answers as the test has set.  The tokens are "token-1", "token-2" and so on.
 */
#ifndef LETTERBOX_TESTS_TOKENSERVER_TOKENSERVER_H
#define LETTERBOX_TESTS_TOKENSERVER_TOKENSERVER_H

struct tokenserver;

struct tokenserver_mood {
    int status;          /* 200: a token */
    int expires_in;      /* seconds */
    const char *headers; /* further ones, each with CR LF; NULL: none */
    const char *error;   /* unless 200: the OAuth error */
};

struct tokenserver *tokenserver_start(void);
void tokenserver_stop(struct tokenserver **server);

/* "https://127.0.0.1:PORT/token"; as long as the server lives. */
const char *tokenserver_url(const struct tokenserver *server);
void tokenserver_set(struct tokenserver *server, const struct tokenserver_mood *mood);
unsigned tokenserver_asked(struct tokenserver *server);

#endif
