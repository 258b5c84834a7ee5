/*
 * The corpus: what servers answered, and the diagnosis that must come of it.
 *
 * README.md beside this file describes the format.  A case is looked at through these
 * functions, which put the way's own values under those of the case, so that the scripted
 * servers and the facts of the pure test are made of the same.
 */
#ifndef LETTERBOX_TESTS_CORPUS_CORPUS_H
#define LETTERBOX_TESTS_CORPUS_CORPUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Borrowed from the corpus. */
struct corpus_case {
    const char *file; /* "entra.json" */
    const char *name;
    const json_t *json; /* as in the file */
    const json_t *way;  /* what stands under it */
};

struct corpus {
    struct corpus_case *cases;
    size_t count;
    json_t *ways;
    json_t *files; /* name to array */
};

/* All cases of a directory, file by file in order.  NULL after complaints, a line each
 * with file and case, on `out`: what does not parse, unknown keys, missing ones. */
struct corpus *corpus_load(const char *directory, FILE *out);
void corpus_free(struct corpus **corpus);

/* Does "entra.json: a sentence" hold `word`?  NULL: always. */
bool corpus_case_is_named(const struct corpus_case *the_case, const char *word);

/* The answers file of the case; the caller's. */
json_t *corpus_answers(const struct corpus_case *the_case);
/* The file of the OpenID provider; the caller's.  NULL when the way has none. */
json_t *corpus_provider(const struct corpus_case *the_case);

/* What a server does instead of an answer, and after what; `does` NULL: it answers. */
struct corpus_fault {
    const char *does;
    const char *after;
};

/* leg: "token", "imap", "proxy". */
struct corpus_fault corpus_fault(const struct corpus_case *the_case, const char *leg);
bool corpus_fault_is(const struct corpus_fault *fault, const char *does,
                     const char *after);

/* An HTTP answer. */
struct corpus_reply {
    int status;
    json_t *headers; /* name to text; a Date is made of now */
    char *body;
    size_t length;
    char *token; /* that the body holds; or NULL */
};

/* part: "token", "discovery", "proxy".  false when the case has none (there is always one
 * for the token).  corpus_reply_clear after. */
bool corpus_reply(const struct corpus_case *the_case, const char *part,
                  struct corpus_reply *reply);
void corpus_reply_clear(struct corpus_reply *reply);

/* What the mail server says: key "greeting", "capability", "capability_after"; NULL when
 * it has none.  Placeholders are filled; the caller's. */
char *corpus_imap_text(const struct corpus_case *the_case, const char *key);
/* The same for what is a list of lines; $TAG stays.  Never NULL; the caller's. */
json_t *corpus_imap_lines(const struct corpus_case *the_case, const char *key);

/* "good", "expired", …; key: "token_tls" or "imap_tls". */
const char *corpus_tls(const struct corpus_case *the_case, const char *key);

/* The host of a URL; the caller's, NULL when it is none. */
char *corpus_host_of(const char *url);

#endif
