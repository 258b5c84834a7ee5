/*
 * Is the report of a test what its case expects?
 */
#ifndef LETTERBOX_TESTS_CORPUS_EXPECT_H
#define LETTERBOX_TESTS_CORPUS_EXPECT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "corpus/corpus.h"

/* `report` as of `letterbox test --json`.  Adds a line to `wrong` for everything that
 * differs: "    code: wanted A, got B". */
void expect_report(const struct corpus_case *the_case, const json_t *report,
                   struct buf *wrong);
void expect_exit(const struct corpus_case *the_case, int status, struct buf *wrong);

/* No line of `text` holds what a terminal must not get. */
void expect_clean(const char *what, const char *text, struct buf *wrong);
/* Nor does any string of the JSON. */
void expect_clean_json(const json_t *json, struct buf *wrong);

/* None of these strings is in `text`; short ones are no canaries. */
void expect_absent(const char *what, const char *text, const json_t *canaries,
                   struct buf *wrong);

/* What must be in no output: the secrets of the answers and of the provider, and the
 * token.  An array; the caller's. */
json_t *expect_canaries(const json_t *answers, const json_t *provider, const char *token);

#endif
