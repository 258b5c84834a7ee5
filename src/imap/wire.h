/*
 * The line layer of IMAP between a stream and those who parse: our own commands and
 * libetpan, which gets it as its stream driver.
 *
 * It hands out at most one line (or a part of one literal) at a time, so no parser reads
 * ahead: between commands everything that the server sent too early is here, where
 * STARTTLS can see it. Every status line (tagged, untagged OK, NO, BAD, BYE, PREAUTH),
 * every CAPABILITY, and every EXISTS and EXPUNGE is shown to `notice` as it passes,
 * whoever asked for it: libetpan loses the response code of a refusal and the text of a
 * BYE, and a server tells of a new message once, in the answer to whatever comes next.
 *
 * What libetpan cannot stand is refused before it gets there: literals beyond the budget
 * (it allocates what the server announces) and deep nesting (it recurses; 60 kB of "("
 * overflow its stack).
 */
#ifndef LETTERBOX_IMAP_WIRE_H
#define LETTERBOX_IMAP_WIRE_H

#include <libetpan/mailstream.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "net/stream.h"

#define WIRE_BUFFER   (16 * 1024)
#define WIRE_LINE_MAX (8 * 1024) /* of one line, what is kept for reading */

/* One physical line without its CR LF, terminated; cut at WIRE_LINE_MAX. */
typedef void wire_notice(void *closure, const char *line, size_t length);

struct wire {
    struct stream *stream; /* owned */
    wire_notice *notice;
    void *closure;
    bool garbled; /* the stream was broken because this is no IMAP */

    /* Private. */
    uint64_t literal_limit;
    char bytes[WIRE_BUFFER];
    size_t from, to;
    struct buf line; /* the head of the line that is passing */
    char tail[32];   /* its last bytes, to see a literal's size */
    size_t tail_length;
    bool continues;       /* the line goes on behind a literal */
    bool is_status;       /* a status line never has a literal: its text is free */
    bool quoted, escaped; /* within "…" */
    unsigned depth;       /* of "(" and "[" */
    bool counts;          /* behind "{": in the size of a literal… */
    uint64_t counted;     /* …which is this so far */
    bool has_literal;
    uint64_t literal_left;
};

/* Takes the stream. */
void wire_init(struct wire *wire, struct stream *stream, wire_notice *notice,
               void *closure);
void wire_free(struct wire *wire);

/* Sets how many bytes the next command may take, literals included. */
void wire_set_budget(struct wire *wire, uint64_t bytes);

/* libetpan's end of it; freed by libetpan with the mailstream, the wire stays. */
mailstream *wire_new_mailstream(struct wire *wire);

bool wire_write(struct wire *wire, const char *bytes, size_t length);
bool wire_write_text(struct wire *wire, const char *text);

/* The rest of the physical line, without CR LF, into `line` (cleared first; what does not
 * fit is dropped).  When it ends in a literal, *literal gets its size and the literal
 * comes next; else -1. */
bool wire_read_line(struct wire *wire, struct buf *line, int64_t *literal);
/* Up to `size` bytes of the literal; 0 at its end; -1 on failure. */
ssize_t wire_read_literal(struct wire *wire, char *bytes, size_t size);
/* The same without a copy: *bytes is the wire's, until its next call. */
ssize_t wire_lend_literal(struct wire *wire, const char **bytes);
bool wire_skip_literal(struct wire *wire);

/* Did the server send more than was asked for so far? */
bool wire_has_more(const struct wire *wire);

#endif
