/*
 * What comes along with a value that is copied from a web page, a mail or a file: blanks,
 * invisible characters, quotes, "Client secret:" before it, a comma behind it.
 *
 * Pure functions over UTF-8 text.
 */
#ifndef LETTERBOX_WIZARD_PASTED_H
#define LETTERBOX_WIZARD_PASTED_H

#include <stdbool.h>

#include "base/buf.h"

/* What the value is, and so what cannot be part of it. */
enum pasted_kind {
    PASTED_WORD,     /* an ID, a host, a URL: no blank in it either */
    PASTED_LINE,     /* words with blanks between them: a scope, an address, a folder */
    PASTED_SECRET,   /* made by a machine */
    PASTED_PASSWORD, /* made by a person, perhaps: may end in a comma, may have quotes */
};

/* What was found; bits. */
enum pasted_trace {
    PASTED_BLANK = 1,       /* around it */
    PASTED_INVISIBLE = 2,   /* zero-width, byte order mark, soft hyphen, direction mark */
    PASTED_ODD_BLANK = 4,   /* in it: a non-breaking one, a tab */
    PASTED_INNER_BLANK = 8, /* in a word: any */
    PASTED_LABEL = 16,      /* "Client secret:", "client_secret=", "Bearer " */
    PASTED_QUOTES = 32,     /* around it, of any kind */
    PASTED_END = 64,        /* a comma or semicolon */
};

/* Puts into `out` (initialised by this; the caller's buf_free; wiped, for the text may be
 * a secret) what is left of `text` without them, and returns what was found.  Unusual
 * blanks between words (a non-breaking one) become usual ones. */
unsigned pasted_clean(struct buf *out, const char *text, enum pasted_kind kind);

/* Is there a blank around `text`, or an invisible character anywhere in it? */
bool pasted_is_blanked(const char *text);

#endif
