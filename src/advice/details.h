/*
 * Everything that a test learnt, as rows of a name and a value: for the details page and
 * for the report.
 *
 * Values are safe for a terminal, on one line and bounded.  A secret is only said to be
 * set, or not to be.  A row without a value is left out, and so is a section without
 * rows.
 */
#ifndef LETTERBOX_ADVICE_DETAILS_H
#define LETTERBOX_ADVICE_DETAILS_H

#include "check/facts.h"

#define DETAILS_VALUE_MAX 1200 /* bytes */

/* In the order in which they are told. */
enum details_section {
    DETAILS_SUPPORT, /* what the provider's support asks for */
    DETAILS_TOKEN_SERVER,
    DETAILS_TOKEN_TLS,
    DETAILS_TOKEN,
    DETAILS_MAIL_SERVER,
    DETAILS_MAIL_TLS,
    DETAILS_FOLDER,
    DETAILS_PREVIEW, /* subjects and senders of messages */
    DETAILS_ENTERED,
    DETAILS_STAGES, /* that were reached */
};

const char *details_title(enum details_section section); /* N_() */

/* Name and value are the callee's for the call alone; the name is translated where it is
 * a word, and as programs write it where it is a claim, a header or a setting. */
typedef void details_visitor(void *closure, enum details_section section,
                             const char *name, const char *value);

void details_walk(const struct check_facts *facts, details_visitor *visit, void *closure);

#endif
